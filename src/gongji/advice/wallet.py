# SPDX-License-Identifier: Apache-2.0
"""Where the wallet is looked up: provinces open it, so a city without a pack is not unknown.

Everything else of a city without a pack stays unknown; this one value says "the whole province".
"""

from __future__ import annotations

from gongji.policy.library import PolicyLibrary

OPEN = "ma.wallet.open"
IN_OWN_POOL = "ma.wallet.inOwnPool"


def wallet_area(library: PolicyLibrary, area: int) -> int:
    """The area to ask: itself where a pack speaks for it, else its province."""
    province = area // 10_000 * 10_000
    spoken_for = {area, area // 100 * 100} & set(library.areas())
    return area if spoken_for or province not in library.areas() else province
