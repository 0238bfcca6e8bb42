# SPDX-License-Identifier: Apache-2.0
"""From which day somebody is covered: payment against the window, breaks against waiting periods.

A day is one whole number, ``stamp(year, month, day)``: months are counted exactly and later days
are larger. A wait counts from the day after payment, or from the first day of the year where
payment came before it: texts do not say from which day, and this is the cautious reading.
Rules: national framework N-20 (residents), N-24 and N-25 (employees).
"""

from __future__ import annotations

from typing import NamedTuple

_DAYS = 32  # days of a month in a stamp, one more than the longest has
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LONG_BREAK_YEARS = 4  # from here on a repaired wait keeps a minimum

# How a start came about.
NOT_OPEN = 0  # the window has not opened: nothing can be paid yet
WHOLE_YEAR = 1  # paid in time: from the first day of the year
NEXT_DAY = 2  # paid inside the window, in the year itself: from the day after payment
LATE = 3  # paid after the window
BROKEN = 4  # paid in the window, but cover had been broken
UNKNOWN = 5  # the place does not say from when a payment of this day counts
NOT_THIS_YEAR = 6  # the wait ends after the year
NEWBORN = 7  # insured within the days that the law gives a newborn: from the day of birth


class Window(NamedTuple):
    """Days of one coverage year, as stamps; ``whole_year_until`` 0 = the place names none."""

    opens: int
    closes: int
    whole_year_until: int
    year_starts: int
    year_ends: int


class Start(NamedTuple):
    """First day of cover (0 = none is known), how it came about, months waited."""

    kind: int
    day: int
    wait_months: int


def stamp(year: int, month: int, day: int) -> int:
    """A day of the calendar as one number."""
    return (year * 12 + month - 1) * _DAYS + day


def parts(day: int) -> tuple[int, int, int]:
    """(year, month, day) of a stamp."""
    months, of_month = divmod(day, _DAYS)
    return months // 12, months % 12 + 1, of_month


def month_length(year: int, month: int) -> int:
    """Days of a month."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _LENGTHS[month - 1]


def next_day(day: int) -> int:
    """The day after."""
    year, month, of_month = parts(day)
    if of_month < month_length(year, month):
        return day + 1
    return (day // _DAYS + 1) * _DAYS + 1


def plus_months(day: int, months: int) -> int:
    """The same day of a later month, or that month's last day where it is shorter."""
    later = day // _DAYS + months
    length = month_length(later // 12, later % 12 + 1)
    return later * _DAYS + min(day % _DAYS, length)


def resident_wait(
    fixed_months: int, per_year_months: int, missed_years: int, repaid_years: int, least_long: int
) -> int:
    """Months that a resident waits who paid late or had a break (N-20).

    ``fixed_months``, and ``per_year_months`` for each missed year after the first; each repaid
    year takes one of those off again. From LONG_BREAK_YEARS on at least ``least_long`` remain.
    """
    further = max(0, missed_years - 1)
    months = fixed_months + per_year_months * max(0, further - repaid_years)
    if missed_years >= LONG_BREAK_YEARS:
        return max(months, least_long)
    return months


def resident_start(window: Window, paid: int, broken: bool, wait_months: int) -> Start:
    """First day of a resident's cover for a payment on ``paid``.

    ``wait_months`` is what applies if the person must wait at all: to late payment (0 where the
    place excuses it) and to a break. Who paid in the window without a break does not wait.
    """
    if paid < window.opens:
        return Start(NOT_OPEN, 0, 0)
    after = max(window.year_starts, next_day(paid))
    if paid > window.closes or broken:
        kind = LATE if paid > window.closes else BROKEN
        day = plus_months(after, wait_months)
        if day > window.year_ends:
            return Start(NOT_THIS_YEAR, 0, wait_months)
        return Start(kind, day, wait_months)
    in_time = window.whole_year_until or window.year_starts - 1
    if paid <= in_time:
        return Start(WHOLE_YEAR, window.year_starts, 0)
    if window.whole_year_until:
        return Start(NEXT_DAY, after, 0)
    return Start(UNKNOWN, 0, 0)


def newborn_start(born: int, paid: int, last: int) -> Start:
    """First day of a newborn's cover in the year of birth: the day of birth where the premium of
    that year was paid by ``last``; later the place says from when, which is not known here."""
    if paid <= last:
        return Start(NEWBORN, born, 0)
    return Start(UNKNOWN, 0, 0)


def employee_start(
    paid: int, broken_months: int, repaid: bool, grace_months: int, wait_months: int
) -> Start:
    """First day of an employee's full benefits after a break (N-24, N-25).

    Up to ``grace_months`` and repaid: the month of payment, without a wait. Otherwise
    ``wait_months`` count from the day after payment.
    """
    if broken_months <= grace_months and repaid:
        return Start(NEXT_DAY, paid - paid % _DAYS + 1, 0)
    return Start(LATE, plus_months(next_day(paid), wait_months), wait_months)
