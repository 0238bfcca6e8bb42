# SPDX-License-Identifier: Apache-2.0
"""Days of cover against the calendar of the standard library, waits by hand and by property."""

from __future__ import annotations

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.kernel import cover
from gongji.kernel.cover import Window, resident_start, resident_wait, stamp

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2120, 12, 31))
YEARS = st.integers(0, 12)


def at(day: dt.date) -> int:
    return stamp(day.year, day.month, day.day)


def day_of(number: int) -> dt.date:
    return dt.date(*cover.parts(number))


# Jiangxi, coverage year 2026.
JIANGXI = Window(
    at(dt.date(2025, 10, 15)),
    at(dt.date(2026, 2, 28)),
    at(dt.date(2025, 12, 31)),
    at(dt.date(2026, 1, 1)),
    at(dt.date(2026, 12, 31)),
)


@given(DAYS, DAYS)
def test_stamps_are_in_the_order_of_days(one: dt.date, other: dt.date) -> None:
    assert (at(one) < at(other)) == (one < other)
    assert day_of(at(one)) == one


@given(DAYS)
def test_the_next_day(day: dt.date) -> None:
    assert day_of(cover.next_day(at(day))) == day + dt.timedelta(days=1)


@given(DAYS, st.integers(0, 60))
def test_months_later(day: dt.date, months: int) -> None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    assert day_of(cover.plus_months(at(day), months)) == dt.date(
        year, month + 1, min(day.day, last)
    )


@pytest.mark.parametrize(
    ("missed", "repaid", "months"),
    [
        (0, 0, 3),
        (1, 0, 3),
        (2, 0, 4),
        (3, 0, 5),
        (3, 1, 4),
        (3, 9, 3),
        (4, 0, 6),
        (4, 3, 6),
        (5, 0, 7),
        (5, 1, 6),
        (5, 4, 6),
        (8, 2, 8),
    ],
)
def test_waits_of_residents(missed: int, repaid: int, months: int) -> None:
    """3 months, 1 more for each further year, 1 less for each repaid; from 4 years on 6 or more."""
    assert resident_wait(3, 1, missed, repaid, 6) == months


@given(YEARS, YEARS)
def test_a_wait_grows_with_the_break_and_shrinks_with_repaying(missed: int, repaid: int) -> None:
    months = resident_wait(3, 1, missed, repaid, 6)
    assert months >= (6 if missed >= 4 else 3)
    assert resident_wait(3, 1, missed + 1, repaid, 6) >= months
    assert resident_wait(3, 1, missed, repaid + 1, 6) <= months


STARTS = [
    ((2025, 10, 14), False, cover.NOT_OPEN, None),
    ((2025, 10, 15), False, cover.WHOLE_YEAR, (2026, 1, 1)),
    ((2025, 12, 31), False, cover.WHOLE_YEAR, (2026, 1, 1)),
    ((2026, 1, 1), False, cover.NEXT_DAY, (2026, 1, 2)),
    ((2026, 2, 28), False, cover.NEXT_DAY, (2026, 3, 1)),
    ((2026, 3, 1), False, cover.LATE, (2026, 6, 2)),
    ((2026, 9, 30), False, cover.NOT_THIS_YEAR, None),
    ((2026, 9, 29), False, cover.LATE, (2026, 12, 30)),
    ((2025, 11, 1), True, cover.BROKEN, (2026, 4, 1)),
    ((2026, 1, 31), True, cover.BROKEN, (2026, 5, 1)),
]


@pytest.mark.parametrize(("paid", "broken", "kind", "day"), STARTS)
def test_starts_in_jiangxi(
    paid: tuple[int, int, int], broken: bool, kind: int, day: tuple[int, int, int] | None
) -> None:
    start = resident_start(JIANGXI, stamp(*paid), broken, 3)
    assert start.kind == kind
    assert (cover.parts(start.day) if start.day else None) == day


def test_a_place_that_names_no_day_for_late_january() -> None:
    silent = JIANGXI._replace(whole_year_until=0)
    assert resident_start(silent, stamp(2025, 12, 1), False, 3).kind == cover.WHOLE_YEAR
    assert resident_start(silent, stamp(2026, 1, 5), False, 3) == (cover.UNKNOWN, 0, 0)


@given(st.dates(dt.date(2025, 10, 15), dt.date(2026, 12, 31)), st.booleans(), st.integers(0, 12))
def test_later_payment_never_covers_earlier(paid: dt.date, broken: bool, wait: int) -> None:
    one = resident_start(JIANGXI, at(paid), broken, wait)
    next_one = resident_start(JIANGXI, at(paid + dt.timedelta(days=1)), broken, wait)
    never = 10**9
    assert (next_one.day or never) >= (one.day or never)
    assert one.day == 0 or one.day >= JIANGXI.year_starts
    assert one.day == 0 or one.day > at(paid) or one.kind == cover.WHOLE_YEAR


@pytest.mark.parametrize(
    ("broken", "repaid", "day"),
    [
        (3, True, (2026, 5, 1)),  # within the grace: the month of payment
        (4, True, (2026, 8, 21)),  # Fujian: 3 months
        (2, False, (2026, 8, 21)),
    ],
)
def test_employees(broken: int, repaid: bool, day: tuple[int, int, int]) -> None:
    start = cover.employee_start(stamp(2026, 5, 20), broken, repaid, 3, 3)
    assert cover.parts(start.day) == day


@pytest.mark.parametrize(
    ("year", "month", "days"),
    [
        (2024, 2, 29),
        (2023, 2, 28),
        (2000, 2, 29),  # every 400 years a leap year after all
        (1900, 2, 28),
        (2100, 2, 28),
        (2024, 1, 31),
        (2024, 3, 31),
        (2024, 4, 30),
    ],
)
def test_months_have_their_days(year: int, month: int, days: int) -> None:
    assert cover.month_length(year, month) == days


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ((2016, 1, 31), 1, (2016, 2, 29)),
        ((2015, 1, 31), 1, (2015, 2, 28)),
        ((2015, 1, 31), 13, (2016, 2, 29)),
        ((2024, 11, 30), 3, (2025, 2, 28)),
    ],
)
def test_the_last_day_of_a_shorter_month(
    day: tuple[int, int, int], months: int, later: tuple[int, int, int]
) -> None:
    assert cover.parts(cover.plus_months(stamp(*day), months)) == later


def test_a_start_without_a_wait_says_so() -> None:
    first_day = JIANGXI.year_starts
    assert resident_start(JIANGXI, stamp(2025, 10, 14), False, 3) == (cover.NOT_OPEN, 0, 0)
    assert resident_start(JIANGXI, stamp(2025, 11, 1), False, 3) == (
        cover.WHOLE_YEAR,
        first_day,
        0,
    )
    next_day = stamp(2026, 1, 6)
    assert resident_start(JIANGXI, stamp(2026, 1, 5), False, 3) == (cover.NEXT_DAY, next_day, 0)
    month_of_payment = stamp(2026, 5, 1)
    assert cover.employee_start(stamp(2026, 5, 20), 3, True, 3, 3) == (
        cover.NEXT_DAY,
        month_of_payment,
        0,
    )


def test_edges_of_the_window_and_of_the_year() -> None:
    # Paid on the closing day is in time: what makes the person wait is the break.
    closing = resident_start(JIANGXI, stamp(2026, 2, 28), True, 3)
    assert closing == (cover.BROKEN, stamp(2026, 6, 1), 3)
    # Cover that begins on the last day of the year is still of this year.
    last = resident_start(JIANGXI, stamp(2026, 12, 30), False, 0)
    assert last == (cover.LATE, stamp(2026, 12, 31), 0)
    # Where no day is named, "in time" ends with the old year: New Year's Day is not.
    silent = JIANGXI._replace(whole_year_until=0)
    assert resident_start(silent, stamp(2025, 12, 31), False, 3).kind == cover.WHOLE_YEAR
    assert resident_start(silent, stamp(2026, 1, 1), False, 3).kind == cover.UNKNOWN


def test_a_newborn_is_covered_from_birth_when_paid_in_time() -> None:
    born, last = stamp(2026, 3, 5), stamp(2026, 6, 3)  # 90 days, the day of birth included
    assert cover.newborn_start(born, born, last) == (cover.NEWBORN, born, 0)
    assert cover.newborn_start(born, last, last) == (cover.NEWBORN, born, 0)
    assert cover.newborn_start(born, stamp(2026, 6, 4), last) == (cover.UNKNOWN, 0, 0)
