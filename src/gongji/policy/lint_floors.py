# SPDX-License-Identifier: Apache-2.0
"""Checks against what a province holds its cities to: least ratios, least gaps, least caps.

A floor is a bound, not a benefit: it decides no money, so that a floor of low confidence or
without a date is checked as well. Only values that govern on some day are held to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gongji.kernel.money import ratio_of
from gongji.policy.library import governing
from gongji.policy.reading import Fault, Shelf, path_of
from gongji.policy.records import Value
from gongji.policy.units import ratios

FLOOR = "floor."
LEVELS = ("L1", "L2", "L3")
STATUSES = ("in", "ret")


def check(shelf: Shelf) -> Iterator[Fault]:
    """Records that are weaker than a floor of an area above them (or of their own)."""
    for area in shelf.packs:
        path = path_of(shelf.packs, area)
        if any(key.startswith(FLOOR) for code in path for key in shelf.packs[code].values):
            yield from _Held(shelf, path).findings()


class _Held:
    """One area held to the floors on its path."""

    def __init__(self, shelf: Shelf, path: Sequence[int]) -> None:
        self._packs = [shelf.packs[code] for code in path]
        self._area = path[0]

    def findings(self) -> Iterator[Fault]:
        told: set[tuple[str, int, str]] = set()
        for day in self._days():
            for fault in self._on(day):
                mark = (fault.file, fault.line, fault.text)
                if mark not in told:
                    told.add(mark)
                    yield fault

    def _days(self) -> list[dt.date]:
        """Days on which an outpatient value or a floor begins; the first stands for unknown."""
        keys = ("op.", FLOOR, "area.")
        found = {
            record.from_date or dt.date.min
            for pack in self._packs
            for key, records in pack.values.items()
            if key.startswith(keys)
            for record in records
        }
        return sorted(found)

    def _find(self, day: dt.date, *keys: str) -> Value | None:
        for pack in self._packs:
            for key in keys:
                record = governing(pack.values.get(key, ()), day, None)
                if record is not None and record.confidence != "unconfirmed":
                    return record
        return None

    def _on(self, day: dt.date) -> Iterator[Fault]:
        for status in STATUSES:
            found = [self._find(day, f"op.ratio.{n}.{status}", f"op.ratio.{n}") for n in LEVELS]
            yield from self._ratios(day, status, found)
            yield from self._gaps(day, found)
            yield from self._cap(day, status)

    def _ratios(self, day: dt.date, status: str, found: list[Value | None]) -> Iterator[Fault]:
        floor = self._find(day, f"floor.op.ratio.{status}", "floor.op.ratio")
        if floor is None:
            return
        for record in found:
            if record is not None and record.area == self._area:
                least_bp = min(ratios(record.value, record.unit), default=floor.integer())
                if least_bp < floor.integer():
                    yield self._weak(record, floor, "is below")

    def _gaps(self, day: dt.date, found: list[Value | None]) -> Iterator[Fault]:
        floor = self._find(day, "floor.op.levelGap")
        if floor is None:
            return
        for low, high in pairwise(found):
            if low is None or high is None or self._area not in (low.area, high.area):
                continue
            shares = ratios(low.value, low.unit), ratios(high.value, high.unit)
            if all(shares) and min(shares[0]) - max(shares[1]) < floor.integer():
                own = high if high.area == self._area else low
                other = low if own is high else high
                yield self._weak(own, floor, f"stands too near to {other.key} for")

    def _cap(self, day: dt.date, status: str) -> Iterator[Fault]:
        share = "floor.op.capWageShare"
        floor = self._find(day, f"{share}.{status}", share)
        cap = self._find(day, f"op.annualCap.{status}", "op.annualCap")
        wage = self._find(day, "area.averageWage")
        if floor is None or cap is None or wage is None or cap.area != self._area:
            return
        if cap.integer() < ratio_of(wage.integer(), floor.integer()):
            yield self._weak(cap, floor, f"is, of the average wage {wage.shown('en')}, below")

    def _weak(self, record: Value, floor: Value, how: str) -> Fault:
        text = f"{record.written} {how} the floor {floor.shown('en')} of area {floor.area}"
        return Fault(record.file, record.line, record.key, "floor", text)
