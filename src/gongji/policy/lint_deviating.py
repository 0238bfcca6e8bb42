# SPDX-License-Identifier: Apache-2.0
"""Checks that no weak value which really differs from its parent's is marked to give way to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from gongji.policy.deviating import stands_in
from gongji.policy.library import governing
from gongji.policy.reading import Fault, Shelf, path_of
from gongji.policy.records import DECIDES_MONEY, Value


def check(shelf: Shelf, today: dt.date) -> Iterator[Fault]:
    """A finding for each such value, judged by the parent's value on its first day."""
    for area, pack in shelf.packs.items():
        for records in pack.values.values():
            for record in records:
                if not record.inherit_if_unconfirmed or record.confidence in DECIDES_MONEY:
                    continue
                parent = _above(shelf, area, record, record.from_date or today)
                if parent is None or stands_in(parent, record):
                    continue
                yield Fault(
                    record.file,
                    record.line,
                    record.key,
                    "deviates",
                    f"{record.written} is not confirmed and differs from {parent.written} of "
                    f"{parent.area}: it is denied, so it cannot be inherited",
                )


def _above(shelf: Shelf, area: int, record: Value, on: dt.date) -> Value | None:
    for code in path_of(shelf.packs, area)[1:]:
        found = governing(shelf.packs[code].values.get(record.key, ()), on, None)
        if found is not None and found.confidence in DECIDES_MONEY:
            return found
    return None
