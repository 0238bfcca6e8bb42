# SPDX-License-Identifier: Apache-2.0
"""The only writer of insurance relations and of their history, and how they are read.

A change of state is dated: before its day the relation stays what it was, so a break stays a
break after payment resumes. The same day may be stated again to correct it; every statement is
kept in ``coverage_event`` with what it replaced. The caller owns the transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.range import DateRange

from gongji.members import errors
from gongji.members.errors import refusal
from gongji.members.people import (
    INSURED,
    NOT_INSURED,
    ONE_DAY,
    PAUSED,
    TERMINATED,
    Coverage,
    Days,
)

Conn = Connection[Any]

_COLUMNS = (
    "owner, coverage_no, insutype, area, psn_type, retired, status, civil_servant, aid_class,"
    " flexible, credit_base_fen, begun, paused, ended, employer"
)
# Nearly nobody has a break: an empty set is read as NULL, which costs nothing to decode.
BREAKS_COLUMN = "NULLIF(breaks, '{}')"


def breaks_from(column: Multirange[dt.date] | None) -> tuple[Days, ...]:
    """Read ``BREAKS_COLUMN``: ranges with both days included, ascending."""
    if not column:
        return ()
    # Stored ranges are bounded and end before their upper bound; the table's CHECK holds that.
    return tuple((r.lower, r.upper - ONE_DAY) for r in column if r.lower and r.upper)


def add_coverage(conn: Conn, owner: int, coverage: Coverage) -> None:
    """Add an insurance relation.

    Raises: Refusal 2021 when its number is taken, 2022-2023 for bad data.
    """
    _check_status(coverage.status)
    if coverage.ended is not None and coverage.ended < coverage.begun:
        raise refusal(errors.DATES_REVERSED)
    if any(last < first for first, last in coverage.breaks):
        raise refusal(errors.DATES_REVERSED)
    added = conn.execute(
        f"INSERT INTO coverage ({_COLUMNS}, breaks)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (*coverage_row(owner, coverage), _multirange(coverage.breaks)),
    )
    if added.rowcount == 0:
        raise refusal(errors.COVERAGE_EXISTS, coverage_no=coverage.coverage_no)


def coverage_row(owner: int, c: Coverage) -> tuple[Any, ...]:
    """Give the row of table coverage up to ``employer``, for single and bulk writers."""
    first = (owner, c.coverage_no, c.insutype, c.area, c.psn_type, c.retired, c.status)
    second = (c.civil_servant, c.aid_class, c.flexible, c.credit_base_fen)
    return (*first, *second, c.begun, c.paused, c.ended, c.employer)


def set_status(conn: Conn, owner: int, coverage_no: int, status: int, on: dt.date) -> None:
    """Change the state of an insurance relation from ``on``; the days before keep theirs.

    Pausing counts from that day on, terminating makes it the last day, resuming counts from that
    day on and leaves the days without insurance before it as a break. What was stated of days
    from ``on`` on is replaced: resuming on the day of the pause takes the pause back.

    Raises: Refusal 2020, 2022, 2023. Concurrency: locks the row.
    """
    _check_status(status)
    found = conn.execute(
        f"SELECT {_COLUMNS}, {BREAKS_COLUMN} FROM coverage"
        " WHERE owner = %s AND coverage_no = %s FOR UPDATE",
        (owner, coverage_no),
    ).fetchone()
    if found is None:
        raise refusal(errors.COVERAGE_UNKNOWN, coverage_no=coverage_no)
    old = Coverage(*found[1:-1], breaks=breaks_from(found[-1]))
    if on < old.begun:
        raise refusal(errors.DATES_REVERSED)
    new = changed(old, status, on)
    conn.execute(
        "UPDATE coverage SET status = %s, paused = %s, ended = %s, breaks = %s"
        " WHERE owner = %s AND coverage_no = %s",
        (new.status, new.paused, new.ended, _multirange(new.breaks), owner, coverage_no),
    )
    conn.execute(
        "INSERT INTO coverage_event (owner, event_id, coverage_no, status, from_day, before, after)"
        " VALUES (%s, nextval('coverage_event_seq'), %s, %s, %s, %s, %s)",
        (owner, coverage_no, status, on, _history(old), _history(new)),
    )


def changed(old: Coverage, status: int, on: dt.date) -> Coverage:
    """Give the relation as it is once ``status`` holds from ``on``; nothing is read or written."""
    # A relation terminated on a day still counts on that day.
    kept_until = on if status == TERMINATED else on - ONE_DAY
    breaks = [(first, min(last, kept_until)) for first, last in old.breaks if first <= kept_until]
    gap = _open_gap(old)
    if gap is not None and gap <= kept_until:
        breaks = [days for days in breaks if days[0] < gap]  # none: a gap is behind every break
        breaks.append((gap, kept_until))
    paused = None
    if status == PAUSED:
        paused = on
        if breaks and breaks[-1][1] == on - ONE_DAY:  # without insurance already: one break
            paused = breaks.pop()[0]
    ended = on if status == TERMINATED else None
    return replace(old, status=status, paused=paused, ended=ended, breaks=tuple(breaks))


def _open_gap(c: Coverage) -> dt.date | None:
    """The first day from which the relation does not count as it stands; None: it counts."""
    if c.status == PAUSED and c.paused is not None:
        return max(c.paused, c.begun)
    if c.ended is not None and c.status in (INSURED, TERMINATED):
        return c.ended + ONE_DAY
    return None if c.status == INSURED else c.begun


def load_coverages(conn: Conn, owners: Iterable[int]) -> dict[int, tuple[Coverage, ...]]:
    """Read coverage of many persons, each in the order of its number; others are absent."""
    rows = conn.execute(
        f"SELECT {_COLUMNS}, {BREAKS_COLUMN} FROM coverage WHERE owner = ANY(%s)"
        " ORDER BY owner, coverage_no",
        (list(owners),),
    ).fetchall()
    found: dict[int, list[Coverage]] = {}
    for row in rows:
        one = Coverage(*row[1:-1], breaks=breaks_from(row[-1]))
        found.setdefault(row[0], []).append(one)
    return {owner: tuple(coverages) for owner, coverages in found.items()}


def _multirange(breaks: Iterable[Days]) -> Multirange[dt.date]:
    return Multirange([DateRange(first, last + ONE_DAY) for first, last in breaks])


def _history(c: Coverage) -> Jsonb:
    facts = {"status": c.status, "paused": c.paused, "ended": c.ended, "breaks": c.breaks}
    return Jsonb(facts, dumps=msgspec.json.encode)


def _check_status(status: int) -> None:
    if not NOT_INSURED <= status <= TERMINATED:
        raise refusal(errors.STATUS_UNKNOWN, status=status)


__all__ = [
    "BREAKS_COLUMN",
    "add_coverage",
    "breaks_from",
    "changed",
    "coverage_row",
    "load_coverages",
    "set_status",
]
