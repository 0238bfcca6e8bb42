# SPDX-License-Identifier: Apache-2.0
"""Checks against what a figure of its kind can be: lost digits, fen for yuan, days that cannot be.

The bounds are wide: they hold every figure that was met in any text of 2018 to 2026, so that only
a slip of the pen lies outside. A true figure outside them moves the bound here, with its source.
Zero and "none" are words of the law and are never a slip.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from gongji.kernel.benefit import NO_LIMIT_FEN
from gongji.policy.reading import Fault, Shelf
from gongji.policy.records import Value
from gongji.policy.units import ONE_HUNDRED_PERCENT_BP, ONE_PERCENT_BP, ratios, show

DAYS_AHEAD_MAX = 400  # a day of checking further ahead of the clock than this is a mistyped year
YUAN = 100  # fen


class Bounds(NamedTuple):
    """Least and most of one kind of key, fen or basis points."""

    keys: re.Pattern[str]
    least: int
    most: int


def _bounds(keys: str, least: int, most: int) -> Bounds:
    return Bounds(re.compile(keys + r"\Z"), least, most)


_RATIOS = (
    _bounds(r"(res\.)?(op|ip|chr)\..*[rR]atio.*", 2_000, 10_000),
    _bounds(r"res\.serious\.(aided\.)?ratio", 4_000, 10_000),
    _bounds(r"ip\.largeAmount\.ratio", 4_000, 10_000),
    _bounds(r"xr\..*|care\.classBFirstSelf", 100, 5_000),
    _bounds(r"pa\.creditIn", 100, 1_000),
    _bounds(r"pa\.interest", 1, 1_000),
    _bounds(r"flex\..*\.rate|premium\.employee\..*", 200, 2_000),
    _bounds(r"ma\.retainedWageShare", 100, 5_000),
)
_AMOUNTS = (
    _bounds(r"(res\.)?op\.(outside\.)?(d|repeatD)eductible.*", 10 * YUAN, 5_000 * YUAN),
    _bounds(r"(res\.)?ip\..*[dD]eductible.*", 10 * YUAN, 20_000 * YUAN),
    _bounds(r"(res\.)?op\.annualCap.*", 20 * YUAN, 100_000 * YUAN),
    _bounds(r"(res\.)?op\.perVisitCap.*", 10 * YUAN, 10_000 * YUAN),
    _bounds(r"(res\.)?ip\.cap|ip\.largeAmount\.cap", 20_000 * YUAN, 5_000_000 * YUAN),
    _bounds(r"res\.serious\.(aided\.)?threshold", 1_000 * YUAN, 100_000 * YUAN),
    _bounds(r"res\.serious\.(aided\.)?cap", 20_000 * YUAN, 5_000_000 * YUAN),
    _bounds(r"pa\.creditRet(\.from[0-9]{2})?", 10 * YUAN, 2_000 * YUAN),
    _bounds(r"pa\.creditRetYearly.*", 120 * YUAN, 24_000 * YUAN),
    _bounds(r"ma\.retainedBalance", 100 * YUAN, 20_000 * YUAN),
    _bounds(r"res\.premium\.[0-9]{4}\.(personal|subsidy).*", 10 * YUAN, 5_000 * YUAN),
    _bounds(r"flex\.[0-9]{4}\.base", 1_000 * YUAN, 60_000 * YUAN),
    _bounds(r"area\.averageWage", 20_000 * YUAN, 500_000 * YUAN),
)


def check(shelf: Shelf, today: dt.date) -> Iterator[Fault]:
    """All findings of this kind."""
    for pack in shelf.packs.values():
        records = [record for found in pack.values.values() for record in found]
        for record in records:
            yield from _days(record, today)
            if record.confidence != "unconfirmed":
                yield from _figures(record)
                yield from _relations(record)
        yield from _windows(records)
        yield from _favour(records)


def _at(record: Value, code: str, text: str) -> Fault:
    return Fault(record.file, record.line, record.key, code, text)


def _figures(record: Value) -> Iterator[Fault]:
    """Percent and basis points are named by ``lint_figures`` when they are above 100 or below 1."""
    found = ratios(record.value, record.written_unit)
    shares = [share for share in found if ONE_PERCENT_BP <= share <= ONE_HUNDRED_PERCENT_BP]
    for figure, unit, table in (
        *((share, "bp", _RATIOS) for share in shares),
        *((fen, "fen", _AMOUNTS) for fen in _amounts(record)),
    ):
        for bounds in table:
            if figure and bounds.keys.match(record.key):
                if not bounds.least <= figure <= bounds.most:
                    least, most = show(bounds.least, unit, "en"), show(bounds.most, unit, "en")
                    yield _at(
                        record,
                        "range",
                        f"{show(figure, unit, 'en')} is outside {least} to {most}: "
                        "a digit lost or the wrong unit?",
                    )
                break


def _amounts(record: Value) -> list[int]:
    if not record.unit.startswith("fen"):
        return []
    found = record.value if isinstance(record.value, tuple) else (record.value,)
    return [item for item in found if isinstance(item, int) and item < NO_LIMIT_FEN]


def _relations(record: Value) -> Iterator[Fault]:
    if record.unit != "relations":
        return
    twice = [name for name, count in Counter(record.names()).items() if count > 1]
    if twice:
        yield _at(record, "choice", f"{', '.join(twice)} stands twice")


def _days(record: Value, today: dt.date) -> Iterator[Fault]:
    for name, day in (("checked", record.checked), ("known_from", record.known_from)):
        if (day - today).days > DAYS_AHEAD_MAX:
            yield _at(record, "date", f"{name} {day} lies ahead of {today}: is the year right?")
    if record.until == dt.date.max:
        yield _at(record, "dates", "a value without an end has no until: leave it out")
    if record.published[:4].isdigit() and int(record.published[:4]) > record.checked.year:
        yield _at(
            record, "date", f"published {record.published}, after it was checked {record.checked}"
        )


def _windows(records: list[Value]) -> Iterator[Fault]:
    """A window of payment closes after it opens; both written with one belief."""
    opens = {(r.key, r.known_from): r for r in records if r.key.endswith(".windowFrom")}
    for record in records:
        if not record.key.endswith(".windowTo"):
            continue
        first = opens.get((record.key.removesuffix("To") + "From", record.known_from))
        if first is None or record.unit != "date" or first.unit != "date":
            continue
        if str(record.value) < str(first.value):
            yield _at(record, "dates", f"{record.written} lies before the window opens")


# What the retired never have less of, and what never more: N-17 of the national framework.
_FAVOURED = re.compile(r"(op|ip)\.(ratio|annualCap|pharmacyRatio|deductible)[.a-zA-Z0-9]*\.ret\Z")


def _favour(records: list[Value]) -> Iterator[Fault]:
    pairs: dict[tuple[str, object, object], dict[str, Value]] = defaultdict(dict)
    for record in records:
        if _FAVOURED.match(record.key):
            pairs[(record.key, record.from_date, record.known_from)]["ret"] = record
        family, _, status = record.key.rpartition(".")
        if status == "in":
            pairs[(f"{family}.ret", record.from_date, record.known_from)]["in"] = record
    for pair in pairs.values():
        retired, serving = pair.get("ret"), pair.get("in")
        if retired is None or serving is None:
            continue
        mine, theirs = retired.value, serving.value
        if not isinstance(mine, int) or not isinstance(theirs, int):
            continue
        if "ratio" in retired.key.lower() and max(mine, theirs) > ONE_HUNDRED_PERCENT_BP:
            continue  # named as a slip already
        if mine > theirs if "deductible" in retired.key else mine < theirs:
            yield _at(retired, "order", f"is worse than {serving.key}: in and ret swapped?")
