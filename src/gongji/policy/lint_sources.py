# SPDX-License-Identifier: Apache-2.0
"""Checks of one statement against another: premiums that do not add up, worse sources that win."""

from __future__ import annotations

from collections.abc import Iterator

from gongji.policy.premium_sums import published_totals
from gongji.policy.reading import Fault, Shelf
from gongji.policy.records import Value
from gongji.policy.units import show

GRADES = "ABCP"  # from the best to the worst: a product decision never corrects a document
_CONFIDENT = frozenset({"high", "medium"})


def check(shelf: Shelf) -> Iterator[Fault]:
    """All findings of this kind."""
    yield from _premiums(shelf)
    for pack in shelf.packs.values():
        for records in pack.values.values():
            yield from _worse_source(shelf, records)


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


def _rank(shelf: Shelf, record: Value) -> int:
    source = shelf.sources.get(record.source)
    return GRADES.find(source.grade) if source else len(GRADES)


def _at(record: Value, code: str, text: str) -> Fault:
    return Fault(record.file, record.line, record.key, code, text)
