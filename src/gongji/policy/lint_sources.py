# SPDX-License-Identifier: Apache-2.0
"""Checks of what a value rests on: the grade of its source, the place the text speaks for, and
one statement against another: premiums that do not add up, worse sources that win."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from gongji.policy.library import ONE_DAY
from gongji.policy.premium_sums import published_totals
from gongji.policy.reading import Fault, Shelf, path_of
from gongji.policy.records import Value
from gongji.policy.units import show

GRADES = "ABCP"  # from the best to the worst: a product decision never corrects a document
_CONFIDENT = frozenset({"high", "medium"})
_ADDRESS = re.compile(r"^(https?://|docs/)|[a-z0-9-]+\.[a-z]+/[^\s；]+")
_GRADES_OF = {"high": "A", "medium": "ABP"}  # what a source must be for a value to decide money


def check(shelf: Shelf) -> Iterator[Fault]:
    """All findings of this kind."""
    yield from _premiums(shelf)
    for pack in shelf.packs.values():
        for records in pack.values.values():
            yield from _worse_source(shelf, records)
            for record in records:
                if not _superseded(record, records):
                    yield from _weak_source(shelf, record)
                    yield from _lost_source(shelf, record)
                    yield from _foreign_source(shelf, record)


def _premiums(shelf: Shelf) -> Iterator[Fault]:
    """A total that decides money adds up; one that does not is of low confidence and says why."""
    for item in published_totals(shelf):
        total = item.total
        if item.adds_up or (total.confidence not in _CONFIDENT and total.note):
            continue
        if item.computed_fen is None:
            text = "a total without base and rate, or a monthly sum, to check it by"
        else:
            text = (
                f"{total.shown('en')}: the parts give {show(item.computed_fen, total.unit, 'en')}"
            )
        yield _at(total, "premium", text)


def _worse_source(shelf: Shelf, records: list[Value]) -> Iterator[Fault]:
    """A correction rests on a source at least as good; a withdrawal needs none."""
    for record in records:
        if record.confidence == "unconfirmed":
            continue
        for other in records:
            if other.from_date is None or not record.covers(other.from_date):
                continue
            later = record.known_from > other.known_from
            if not later or record.value == other.value or record.source == other.source:
                continue
            if _rank(shelf, record) > _rank(shelf, other):
                yield _at(
                    record,
                    "contradicts",
                    f"{record.written} ({record.source}) would replace {other.written} of the "
                    f"better source {other.source} ({other.file}:{other.line})",
                )


def _weak_source(shelf: Shelf, record: Value) -> Iterator[Fault]:
    """High confidence needs an official text, medium at least press: portals copy each other."""
    source = shelf.sources.get(record.source)
    wanted = _GRADES_OF.get(record.confidence)
    if source and wanted and source.grade not in wanted:
        text = (
            "a portal alone is low, also where several agree"
            if source.grade == "C"
            else "only an official text, a faithful copy or central press is of high confidence"
        )
        yield _at(record, "grade", f"{text}; {record.source} is of grade {source.grade}")


def _lost_source(shelf: Shelf, record: Value) -> Iterator[Fault]:
    """What nobody can look up again decides nothing: a full address or a document number."""
    source = shelf.sources.get(record.source)
    if source is None or record.confidence not in _CONFIDENT or source.number:
        return
    if not _ADDRESS.search(source.address):
        yield _at(record, "address", f"{record.source} has neither a full address nor a number")


def _foreign_source(shelf: Shelf, record: Value) -> Iterator[Fault]:
    """A text that speaks for one area says nothing about its province or about another city."""
    source = shelf.sources.get(record.source)
    if source is None or source.of is None or record.confidence not in _CONFIDENT:
        return
    known = record.area in shelf.packs
    if known and source.of not in (record.area, *path_of(shelf.packs, record.area)):
        text = f"{record.source} speaks for {source.of}, not for {record.area}"
        yield _at(record, "place", text)


def _superseded(record: Value, records: list[Value]) -> bool:
    """Whether later beliefs replace the record on every day on which it was in force."""
    day, last = record.from_date, record.until or dt.date.max
    while day is not None and day <= last:
        over = [r for r in records if r.known_from > record.known_from and r.covers(day)]
        if not over:
            return False
        ends = max(r.until or dt.date.max for r in over)
        if ends == dt.date.max:
            return True
        day = ends + ONE_DAY
    return day is not None


def _rank(shelf: Shelf, record: Value) -> int:
    source = shelf.sources.get(record.source)
    return GRADES.find(source.grade) if source else len(GRADES)


def _at(record: Value, code: str, text: str) -> Fault:
    return Fault(record.file, record.line, record.key, code, text)
