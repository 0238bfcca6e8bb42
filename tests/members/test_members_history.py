# SPDX-License-Identifier: Apache-2.0
"""Insurance has a history: breaks stay breaks, and one function says which relation counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.members import idcard, people, services
from gongji.members.coverages import changed
from gongji.members.people import (
    INSURED,
    INVALID,
    PAUSED,
    TERMINATED,
    Coverage,
    breaks_between,
    coverage_that_counts,
    insured_on,
)
from gongji.members.privacy import PrivacyBox

Conn = psycopg.Connection[Any]

BEGUN = dt.date(2026, 1, 1)
LATER = dt.date(2026, 12, 31)
BASE = Coverage(
    1, 310, 360100, "11", False, INSURED, False, 0, False, 0, dt.date(2010, 1, 1), None, None
)
EMPLOYEES = (310,)


def day(month: int, number: int) -> dt.date:
    return dt.date(2026, month, number)


def through(coverage: Coverage, *changes: tuple[int, dt.date]) -> Coverage:
    for status, on in changes:
        coverage = changed(coverage, status, on)
    return coverage


def test_a_break_stays_one_after_payment_resumes() -> None:
    again = through(BASE, (PAUSED, day(6, 1)), (INSURED, day(7, 1)))
    assert again.breaks == ((day(6, 1), day(6, 30)),)
    found = [again.active_on(on) for on in (day(5, 31), day(6, 1), day(6, 30), day(7, 1))]
    assert found == [True, False, False, True]
    twice = through(again, (PAUSED, day(9, 1)), (INSURED, day(9, 15)))
    assert twice.breaks == ((day(6, 1), day(6, 30)), (day(9, 1), day(9, 14)))


@pytest.mark.parametrize(
    ("changes", "breaks", "paused"),
    [
        # The pause was wrong: resumed on its day.
        ([(PAUSED, day(6, 1)), (INSURED, day(6, 1))], (), None),
        # The break was paid up later, from its first day.
        ([(PAUSED, day(6, 1)), (INSURED, day(7, 1)), (INSURED, day(6, 1))], (), None),
        # It ended earlier than stated.
        (
            [(PAUSED, day(6, 1)), (INSURED, day(7, 1)), (INSURED, day(6, 15))],
            ((day(6, 1), day(6, 14)),),
            None,
        ),
        # Paused already: a later day of the same changes nothing, an earlier one does.
        ([(PAUSED, day(6, 1)), (PAUSED, day(6, 10))], (), day(6, 1)),
        ([(PAUSED, day(6, 10)), (PAUSED, day(6, 1))], (), day(6, 1)),
        # Paused anew inside a break that was over.
        ([(PAUSED, day(6, 1)), (INSURED, day(7, 1)), (PAUSED, day(6, 20))], (), day(6, 1)),
        # Terminated, and the same relation revived.
        ([(TERMINATED, day(3, 31)), (INSURED, day(5, 1))], ((day(4, 1), day(4, 30)),), None),
        ([(TERMINATED, day(3, 31)), (INSURED, day(4, 1))], (), None),
    ],
)
def test_days_are_corrected(changes: Any, breaks: Any, paused: dt.date | None) -> None:
    found = through(BASE, *changes)
    assert (found.breaks, found.paused) == (breaks, paused)


CHANGES = st.lists(
    st.tuples(st.sampled_from([INSURED, PAUSED, TERMINATED, INVALID]), st.integers(0, 60)),
    max_size=7,
)


@given(CHANGES)
def test_a_change_touches_no_day_before_it(changes: list[tuple[int, int]]) -> None:
    """Against a model of single days: before its day all stays, from it on the new state holds."""
    begun = dt.date(2026, 1, 1)
    coverage = replace(BASE, begun=begun)
    days = [begun + dt.timedelta(days=n) for n in range(80)]
    model = dict.fromkeys(days, True)
    void = False
    for status, number in changes:
        on = begun + dt.timedelta(days=number)
        coverage = changed(coverage, status, on)
        if status == INVALID:  # the relation is void: no day of it counts while it stands so
            void = True
            continue
        if void:
            model, void = dict.fromkeys(days, False), False
        for one in days:
            if one == on and status == TERMINATED:
                continue  # the last day stays as it was
            if one >= on:
                model[one] = status == INSURED
    if void:
        model = dict.fromkeys(days, False)
    assert {one: coverage.active_on(one) for one in days} == model
    ranges = coverage.insured_days(days[-1])
    assert {one: any(a <= one <= b for a, b in ranges) for one in days} == model
    for (_, last), (first, _) in zip(coverage.breaks, coverage.breaks[1:], strict=False):
        assert last < first


def row(number: int, begun: dt.date, ended: dt.date | None = None, **more: Any) -> Coverage:
    status = TERMINATED if ended else INSURED
    facts = {"coverage_no": number, "begun": begun, "ended": ended, "status": status, **more}
    return replace(BASE, **facts)


def test_the_relation_that_counts() -> None:
    service = row(1, dt.date(2010, 1, 1), day(3, 31))
    retired = row(2, day(4, 1), retired=True)
    rows = (service, retired)
    assert coverage_that_counts(rows, 310, day(3, 31), 2) is service
    # Registered under the first: the relation of the day counts.
    assert coverage_that_counts(rows, 310, day(4, 1), 1) is retired
    assert coverage_that_counts(rows, 390, day(4, 1)) is None
    # The old row was not closed: the one that began last counts all the same.
    open_end = replace(service, status=INSURED, ended=None)
    assert coverage_that_counts((open_end, retired), 310, day(4, 5), 1) is retired
    # On the same first day the one under which the visit was registered, else the higher number.
    twins = (row(1, day(1, 1)), row(2, day(1, 1)))
    assert coverage_that_counts(twins, 310, day(4, 5), 1) is twins[0]
    assert coverage_that_counts(twins, 310, day(4, 5)) is twins[1]
    resident = row(3, day(1, 1), insutype=390)
    assert insured_on((resident, service), (310, 390), day(4, 5)) is resident
    assert insured_on((resident, service), (310, 390), day(3, 5)) is service


def test_breaks_between_two_days() -> None:
    old, new = row(1, dt.date(2010, 1, 1), day(2, 28)), row(2, day(6, 1))
    assert breaks_between((old, new), EMPLOYEES, day(1, 10), day(7, 1)) == (day(3, 1),)
    assert breaks_between((old, new), EMPLOYEES, day(4, 1), day(7, 1)) == (day(4, 1),)
    assert breaks_between((old, new), EMPLOYEES, day(6, 1), day(7, 1)) == ()
    assert breaks_between((old,), EMPLOYEES, day(1, 10), day(2, 28)) == ()
    assert breaks_between((old,), EMPLOYEES, day(1, 10), day(3, 1)) == (day(3, 1),)
    # A change of the employer without a day between is no break, whatever the order of rows.
    next_one = row(2, day(3, 1))
    assert breaks_between((next_one, old), EMPLOYEES, day(1, 10), day(7, 1)) == ()
    # The time before the first insurance is none, and another scheme does not fill a gap.
    assert breaks_between((new,), EMPLOYEES, day(1, 10), day(7, 1)) == ()
    filled = (old, new, row(3, day(3, 1), day(5, 31), insutype=390))
    assert breaks_between(filled, EMPLOYEES, day(1, 10), day(7, 1)) == (day(3, 1),)
    assert breaks_between(filled, (310, 390), day(1, 10), day(7, 1)) == ()
    again = through(BASE, (PAUSED, day(6, 1)), (INSURED, day(7, 1)))
    assert breaks_between((again,), EMPLOYEES, day(1, 10), day(8, 1)) == (day(6, 1),)
    assert breaks_between((), EMPLOYEES, day(1, 10), day(8, 1)) == ()


def test_the_history_is_kept(conn: Conn) -> None:
    owner = services.register_person(
        conn,
        PrivacyBox(b"m" * 32),
        cert_type="01",
        certno=idcard.make(360100, dt.date(1980, 1, 1), 1),
        name="王演示",
        today=LATER,
    )
    services.add_coverage(conn, owner, BASE)
    for status, on in ((PAUSED, day(6, 1)), (INSURED, day(7, 1)), (PAUSED, day(9, 1))):
        services.set_status(conn, owner, 1, status, on)
    (kept,) = services.load_coverages(conn, [owner])[owner]
    assert (kept.status, kept.paused) == (people.PAUSED, day(9, 1))
    assert kept.breaks == ((day(6, 1), day(6, 30)),)
    events = conn.execute(
        "SELECT status, from_day, after ->> 'breaks' FROM coverage_event ORDER BY event_id"
    ).fetchall()
    assert [row[:2] for row in events] == [
        (PAUSED, day(6, 1)),
        (INSURED, day(7, 1)),
        (PAUSED, day(9, 1)),
    ]
    assert events[2][2] == '[["2026-06-01", "2026-06-30"]]'
    services.add_coverage(conn, owner, replace(kept, coverage_no=2))
    assert services.load_coverages(conn, [owner])[owner][1].breaks == kept.breaks
    with pytest.raises(psycopg.errors.RestrictViolation):
        # tidy: fault, the database must refuse it
        conn.execute("DELETE FROM coverage_event")


def test_replies_know_the_place_of_the_day(conn: Conn) -> None:
    box = PrivacyBox(b"m" * 32)
    certno = idcard.make(360100, dt.date(1980, 1, 1), 1)
    owner = services.register_person(
        conn, box, cert_type="01", certno=certno, name="王演示", today=LATER
    )
    services.add_coverage(conn, owner, row(1, dt.date(2010, 1, 1), day(3, 31)))
    services.add_coverage(conn, owner, row(2, day(4, 1), area=360400))
    services.add_coverage(
        conn, owner, row(3, day(5, 1), area=360900, insutype=390, status=PAUSED, paused=day(6, 1))
    )
    brief = services.load_briefs(conn, box, [owner])[owner]
    assert [one.until for one in brief.insurances] == [day(3, 31), None, day(5, 31)]
    places = [coverage_that_counts(brief.insurances, 310, on) for on in (day(3, 31), day(4, 1))]
    assert [place.area for place in places if place] == [360100, 360400]
