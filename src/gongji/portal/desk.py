# SPDX-License-Identifier: Apache-2.0
"""What every page needs: the library, today's date, the files and the index of the search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property

from gongji.policy.library import PolicyLibrary
from gongji.portal import assets
from gongji.portal.search import Index


class Desk:
    """One per process; read by several threads and never changed after the first question."""

    def __init__(self, library: PolicyLibrary, today: Callable[[], dt.date]) -> None:
        self.library = library
        self.today = today
        self.assets = assets.load()
        self.by_address = {asset.address: asset for asset in self.assets.values()}

    @cached_property
    def index(self) -> Index:
        """The index of the search, made when somebody searches first."""
        return Index(self.library)
