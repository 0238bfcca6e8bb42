# SPDX-License-Identifier: Apache-2.0
"""Checks over time: overlaps, holes, values that a scheme lacks, corrections that reach too far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from gongji.policy.keys import SCHEMES, alternatives, needed_keys
from gongji.policy.library import ONE_DAY, governing
from gongji.policy.reading import Fault, Shelf, path_of
from gongji.policy.records import ACTIVE, Pack, Value

FAR = dt.date.max
SHORT_HOLE_DAYS = 31  # a shorter silence between two values of one area is a slip


def check(shelf: Shelf, today: dt.date) -> Iterator[Fault]:
    """All findings over time."""
    for area, pack in shelf.packs.items():
        for key, records in pack.values.items():
            dated = sorted(
                (r for r in records if r.from_date), key=lambda r: (r.from_date or FAR, r.line)
            )
            yield from _overlaps(dated)
            yield from _holes(shelf, area, key, dated)
            yield from _between(dated)
            yield from _silent(dated)
            yield from _withdrawn(records, dated)
            yield from _shadowed(pack, key, records)
            yield from _past_parent(shelf, area, key, dated)
    for area in _leaves(shelf):
        yield from _lacking(shelf, area, today)


def _at(record: Value, code: str, text: str) -> Fault:
    return Fault(record.file, record.line, record.key, code, text)


def _start(record: Value) -> dt.date:
    return record.from_date or FAR


def _end(record: Value) -> dt.date:
    return record.until or FAR


def _overlaps(dated: list[Value]) -> Iterator[Fault]:
    for number, record in enumerate(dated):
        for later in dated[number + 1 :]:
            if later.known_from != record.known_from or _start(later) > _end(record):
                continue
            open_before = record.until is None and _start(later) > _start(record)
            reason = "give the earlier one an until" if open_before else "keep one of them"
            yield _at(
                later,
                "overlap",
                f"in force from {later.from_date} together with the record of "
                f"{record.file}:{record.line}; {reason}",
            )


def _holes(shelf: Shelf, area: int, key: str, dated: list[Value]) -> Iterator[Fault]:
    for number, later in enumerate(dated):
        before = [_end(r) for r in dated[:number]]
        if not before or max(before) == FAR:
            continue
        day = max(before) + ONE_DAY
        if day >= _start(later):
            continue
        last = _start(later) - ONE_DAY
        filled = any(
            governing(shelf.packs[code].values.get(key, ()), day, None)
            for code in _above(shelf, area)
        )
        if not filled:
            yield _at(later, "gap", f"nothing is in force from {day} to {last}")
        elif (last - day).days < SHORT_HOLE_DAYS:
            yield _at(
                later,
                "gap",
                f"from {day} to {last} the area is silent and the value above it holds: "
                "is the until right?",
            )


def _between(dated: list[Value]) -> Iterator[Fault]:
    """A record entered later must not silently replace a record that begins after it."""
    for record in dated:
        for other in dated:
            if record.known_from > other.known_from and _start(record) < _start(other) <= _end(
                record
            ):
                yield _at(
                    record,
                    "between",
                    f"entered on {record.known_from}, it would also replace the value in force "
                    f"from {other.from_date} ({other.file}:{other.line}); give it an until",
                )


def _silent(dated: list[Value]) -> Iterator[Fault]:
    """Other figures for days that were already told need a word why; a change begins later."""
    for record in dated:
        for other in dated:
            covered = _start(record) <= _end(other) and _start(other) <= _end(record)
            if (
                record.known_from > other.known_from
                and covered
                and _start(record) <= _start(other)
                and record.value != other.value
                and not record.note
            ):
                yield _at(
                    record,
                    "between",
                    f"entered on {record.known_from}, it alters the days from "
                    f"{max(_start(record), _start(other))} ({other.file}:{other.line}) and no "
                    "note says why; a change begins on its own day",
                )
                break


def _withdrawn(records: list[Value], dated: list[Value]) -> Iterator[Fault]:
    """A record without a day never stands before one with a day, however late it is entered."""
    for record in records:
        if record.from_date is not None:
            continue
        for other in dated:
            if record.known_from > other.known_from and record.value != other.value:
                yield _at(
                    record,
                    "between",
                    f"without a day in force it does not replace {other.written} "
                    f"({other.file}:{other.line}); give it a from",
                )
                break


def _shadowed(pack: Pack, key: str, records: list[Value]) -> Iterator[Fault]:
    """A fuller key goes before a shorter one on every day, also where it has no day itself."""
    names = alternatives(key)
    for record in records:
        if record.from_date is not None or record.inherit_if_unconfirmed:
            continue
        for shorter in names[names.index(key) + 1 :]:
            for other in pack.values.get(shorter, ()):
                if other.from_date is not None:
                    yield _at(
                        record,
                        "between",
                        f"without a day in force it hides {shorter} ({other.file}:{other.line}) "
                        "on every day; give it a from",
                    )
                    return


def _past_parent(shelf: Shelf, area: int, key: str, dated: list[Value]) -> Iterator[Fault]:
    for code in _above(shelf, area):
        above = [r for r in shelf.packs[code].values.get(key, ()) if r.from_date]
        if not above:
            continue
        last = max(_end(r) for r in above)
        first = min(_start(r) for r in above)
        for record in dated:
            if first <= _start(record) <= last < _end(record):
                yield _at(
                    record,
                    "parent-until",
                    f"runs on after {last}, when the value of area {code} ends without successor",
                )
        return


def _above(shelf: Shelf, area: int) -> tuple[int, ...]:
    return path_of(shelf.packs, area)[1:]


def _leaves(shelf: Shelf) -> list[int]:
    """Active areas that settle: no other pack hangs below them."""
    parents = {pack.parent for pack in shelf.packs.values()}
    return [
        area
        for area, pack in shelf.packs.items()
        if pack.status == ACTIVE and area not in parents and pack.parent is not None
    ]


def _lacking(shelf: Shelf, area: int, today: dt.date) -> Iterator[Fault]:
    path = [area, *_above(shelf, area)]
    for scheme in SCHEMES:
        for keys in needed_keys(scheme):
            spoken = any(
                governing(shelf.packs[code].values.get(key, ()), today, None)
                for code in path
                for key in keys
            )
            if not spoken:
                yield Fault(
                    f"{area}/index.yaml",
                    1,
                    keys[-1],
                    "lacking",
                    f"{scheme}: no value and no word that it is unconfirmed on {today}",
                )
