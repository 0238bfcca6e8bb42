# SPDX-License-Identifier: Apache-2.0
"""May the parent's value stand in for one of an area that may not decide money?

Only where nothing is allowed by it that the area's own text would forbid: the same value, or a
narrower rule of the parent. A real difference is denied, never passed over.
"""

from __future__ import annotations

from gongji.policy.records import Value

_SCOPES = {"POOL": 1, "PROVINCE": 2, "NATIONAL_WALLET": 3, "NATION": 3}
_COUNTS = ("ma.maxGiversPerRecipient", "ma.maxGiversPerSettlement", "ma.maxRecipientsPerGiver")


def stands_in(parent: Value, weak: Value) -> bool:
    """Whether the parent's value may hold while the area's own is not confirmed."""
    if weak.value in (parent.value, "unconfirmed"):
        return True
    return _narrower(weak.key, parent.value, weak.value)


def _narrower(key: str, parent: object, weak: object) -> bool:
    """Whether the parent allows less than the text of the area: the rest is denied either way."""
    if key in ("ma.treatmentArea", "ma.insuredArea"):
        return _SCOPES.get(str(parent), 9) <= _SCOPES.get(str(weak), 0)
    if key == "ma.relations" and isinstance(parent, tuple) and isinstance(weak, tuple):
        return set(parent) <= set(weak)
    if not isinstance(parent, int) or not isinstance(weak, int):
        return False
    if key.startswith("ma.use."):
        return parent <= weak
    if key in _COUNTS:  # 0 = any number
        return parent != 0 and (weak == 0 or parent <= weak)
    return False
