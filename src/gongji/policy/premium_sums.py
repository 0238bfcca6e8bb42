# SPDX-License-Identifier: Apache-2.0
"""The premium of flexible employment as a sum of its parts: base x rate + items, and the year.

A published total is never taken as a fact. It is compared with what the parts of the same day
give; where they differ, the parts hold and the difference is said.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gongji.kernel.money import ratio_of
from gongji.policy.library import governing
from gongji.policy.reading import Shelf, path_of
from gongji.policy.records import Value

MONTHS = 12
_PUBLISHED = re.compile(r"flex\.(?P<year>20[0-9]{2})\.published(?P<span>Year|Month)\Z")

Find = Callable[[str], Value | None]


class PremiumSum(NamedTuple):
    """What the parts of a coverage year give, in fen; ``parts`` are the records they come from."""

    month_fen: int
    year_fen: int
    parts: tuple[Value, ...]


class Published(NamedTuple):
    """A published total beside the sum of its parts (None: parts are missing)."""

    total: Value
    span: str  # Year or Month
    computed: PremiumSum | None

    @property
    def computed_fen(self) -> int | None:
        """The sum that the total should equal."""
        if self.computed is None:
            return None
        return self.computed.year_fen if self.span == "Year" else self.computed.month_fen

    @property
    def adds_up(self) -> bool:
        """Does the total follow from its parts?"""
        return self.computed_fen == self.total.value


def add_up(find: Find, year: str) -> PremiumSum | None:
    """The sum of the parts that ``find`` gives; None without base and rate or a monthly sum."""
    base, rate = find(f"flex.{year}.base"), find(f"flex.{year}.rate")
    basic = find(f"flex.{year}.monthly.basic")
    if base is not None and rate is not None:
        parts = [base, rate]
        month_fen = ratio_of(base.integer(), rate.integer())
    elif basic is not None:
        parts = [basic]
        month_fen = basic.integer()
    else:
        return None
    year_fen = 0
    for item in ("large", "longTermCare"):
        monthly, yearly = find(f"flex.{year}.monthly.{item}"), find(f"flex.{year}.yearly.{item}")
        if monthly is not None:
            parts.append(monthly)
            month_fen += monthly.integer()
        if yearly is not None:
            parts.append(yearly)
            year_fen += yearly.integer()
    return PremiumSum(month_fen, year_fen + MONTHS * month_fen, tuple(parts))


def published_totals(shelf: Shelf) -> Iterator[Published]:
    """Every published total of the packs, beside the parts believed on the day it was entered."""
    for area, pack in shelf.packs.items():
        for key, records in pack.values.items():
            match = _PUBLISHED.match(key)
            if match is None:
                continue
            for total in records:
                if not isinstance(total.value, int):
                    continue
                day = total.from_date or dt.date(int(match["year"]), 1, 1)

                def find(wanted: str, area: int = area, day: dt.date = day) -> Value | None:
                    for code in path_of(shelf.packs, area):
                        found = governing(shelf.packs[code].values.get(wanted, ()), day, None)
                        if found is not None:
                            return found if isinstance(found.value, int) else None
                    return None

                yield Published(total, match["span"], add_up(find, match["year"]))
