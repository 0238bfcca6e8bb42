# SPDX-License-Identifier: Apache-2.0
"""Which date decides what, in one place; the table for people is docs/dates.md.

Three dates: benefits and the rules of the place go by the day of service, facts about persons and
accounts by the day of settlement, knowledge by the day of posting. Days are civil days; pure
functions, the clock is passed in.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gongji.policy.library import PolicyLibrary

YEARS_BACK_KEY = "claim.onlineYearsBack"
# Clocks of institutions run ahead of ours by seconds, seldom by minutes.
CLOCK_AHEAD_MAX = dt.timedelta(minutes=10)


def settlement_day(now: dt.datetime) -> dt.date:
    """Give the day of settlement: the civil day of ``now``, which carries the civil zone.

    By it go authorisations (state, first and last day), givers' and recipients' standing, states
    and balances of accounts, givers' limits per day and year, the floor, and interim bills.
    """
    return now.date()


def service_day(
    begun_on: dt.date,
    ended_on: dt.date | None,
    today: dt.date,
    *,
    stay: bool,
    interim: bool = False,
    leaving_on: dt.date | None = None,
) -> dt.date:
    """Give the day of service, by which benefits and the rules of the place go.

    The day on which a visit or purchase began; for a stay the day of discharge. An interim bill
    of a stay goes by the day of settlement, and so does a trial before the discharge unless the
    caller states when the patient leaves (``leaving_on``).
    """
    if not stay:
        return begun_on
    if interim:
        return today
    return ended_on or leaving_on or today


def latest_service_day(now: dt.datetime) -> dt.date:
    """Give the last day of service that a sender may name: today, or tomorrow within minutes of
    midnight, when the sender's clock may already show it."""
    return (now + CLOCK_AHEAD_MAX).date()


def earliest_service_day(library: PolicyLibrary, area: int, today: dt.date) -> dt.date:
    """Give the first day of service that can still be settled online on ``today``.

    1 January of as many calendar years back as the area's policy of today allows; what lies
    before is a manual claim (零星报销). Raises PolicyGap where no value may decide.
    """
    years = library.require(area, YEARS_BACK_KEY, today).integer()
    return dt.date(today.year - years, 1, 1)
