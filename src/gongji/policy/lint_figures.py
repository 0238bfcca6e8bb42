# SPDX-License-Identifier: Apache-2.0
"""Checks of figures: ratio slips, sums that do not add up, orders of level, copied templates.

The template is a set of Beijing figures of about 2010-2015 that portal pages print for other
cities (deductible 1,800 or 1,300, ratios 50/70/80, cap 20,000).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from gongji.policy.reading import Fault, Shelf
from gongji.policy.records import Value
from gongji.policy.units import ONE_HUNDRED_PERCENT_BP, ONE_PERCENT_BP, ratios

BEIJING = 11
TEMPLATE_DEDUCTIBLES_FEN = frozenset({180_000, 130_000})
TEMPLATE_CAP_FEN = 2_000_000
TEMPLATE_RATIOS_BP = frozenset({5_000, 7_000, 8_000})
TEMPLATE_HITS_MIN = 4  # of the six figures, among values that begin on one day

# Parts that must add up to the whole, by coverage year.
_SUMS = (
    ("personalAided", "aid", "personal"),
    ("personalStudent", "aidStudent", "personal"),
)


def check(shelf: Shelf) -> Iterator[Fault]:
    """All findings on figures."""
    for area, pack in shelf.packs.items():
        records = [record for found in pack.values.values() for record in found]
        for record in records:
            yield from _ratio(record)
        if area // 10_000 != BEIJING:
            yield from _template(records)
        yield from _orders(records)
        yield from _sums(records)


def _at(record: Value, code: str, text: str) -> Fault:
    return Fault(record.file, record.line, record.key, code, text)


def _ratio(record: Value) -> Iterator[Fault]:
    if record.confidence == "unconfirmed":
        return
    for ratio_bp in ratios(record.value, record.written_unit):
        if ratio_bp > ONE_HUNDRED_PERCENT_BP:
            yield _at(record, "ratio", f"{record.written} {record.written_unit} is above 100 %")
        elif 0 < ratio_bp < ONE_PERCENT_BP and record.key != "pa.interest":
            yield _at(
                record,
                "ratio",
                f"{record.written} {record.written_unit} is below 1 %: percent or basis points?",
            )


def _template(records: list[Value]) -> Iterator[Fault]:
    by_day: dict[dt.date | None, list[Value]] = defaultdict(list)
    for record in records:
        if not record.key.startswith("op."):
            continue
        if record.key.startswith("op.deductible") and record.value in TEMPLATE_DEDUCTIBLES_FEN:
            yield _at(record, "template", f"{record.written} is a figure of the copied template")
        if record.key.startswith("op.annualCap") and record.value == TEMPLATE_CAP_FEN:
            yield _at(record, "template", f"{record.written} is a figure of the copied template")
        by_day[record.from_date].append(record)
    wanted = TEMPLATE_DEDUCTIBLES_FEN | TEMPLATE_RATIOS_BP | {TEMPLATE_CAP_FEN}
    for day, group in by_day.items():
        figures = {r.value for r in group if isinstance(r.value, int) and r.value in wanted}
        if len(figures) >= TEMPLATE_HITS_MIN:
            first = min(group, key=lambda r: (r.file, r.line))
            yield _at(
                first,
                "template",
                f"the values from {day} hold {len(figures)} figures of the copied template",
            )


def _orders(records: list[Value]) -> Iterator[Fault]:
    """A higher level never pays a larger share nor asks a smaller deductible."""
    groups: dict[tuple[str, object, object], dict[str, Value]] = defaultdict(dict)
    for record in records:
        for level in ("L1", "L2", "L3"):
            part = f".{level}"
            if part in record.key and ("ratio." in record.key or "deductible." in record.key):
                family = record.key.replace(part, ".L?")
                groups[(family, record.from_date, record.known_from)][level] = record
    for (family, _, _), levels in groups.items():
        for low, high in (("L1", "L2"), ("L2", "L3")):
            if low not in levels or high not in levels:
                continue
            below, above = _first(levels[low]), _first(levels[high])
            if below is None or above is None:
                continue
            if "ratio" in family and max(below, above) > ONE_HUNDRED_PERCENT_BP:
                continue  # named as a slip already
            wrong = above > below if "ratio" in family else above < below
            if wrong:
                yield _at(levels[high], "order", f"does not fit {levels[low].key}: levels swapped?")


def _first(record: Value) -> int | None:
    value = record.value
    if isinstance(value, tuple) and value and isinstance(value[0], int):
        return value[0]
    return value if isinstance(value, int) else None


def _sums(records: list[Value]) -> Iterator[Fault]:
    by_key = {(r.key, r.known_from): r for r in records}
    for key, known_from in list(by_key):
        head, _, tail = key.rpartition(".")
        if not head.startswith("res.premium."):
            continue
        for one, other, whole in _SUMS:
            if tail != one:
                continue
            parts = [by_key.get((f"{head}.{name}", known_from)) for name in (one, other, whole)]
            figures = [r.value if r and isinstance(r.value, int) else None for r in parts]
            a, b, total = figures
            if a is None or b is None or total is None:
                continue
            if a + b != total:
                yield _at(
                    by_key[(key, known_from)],
                    "sum",
                    f"with {head}.{other} it does not add up to {head}.{whole}",
                )
