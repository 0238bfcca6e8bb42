# SPDX-License-Identifier: Apache-2.0
"""The day of service of a bill and the insurance relation that counts on it; policy.days rules."""

from __future__ import annotations

import datetime as dt

from gongji.members.people import Coverage, coverage_that_counts
from gongji.policy import days
from gongji.policy.library import PolicyLibrary
from gongji.settlement import errors
from gongji.settlement.facts import VisitRow, World


def service_day_of(
    visit: VisitRow,
    now: dt.datetime,
    *,
    stay: bool,
    interim: bool,
    leaving_on: dt.date | None = None,
) -> dt.date:
    """Give the day of service of a visit or stay, as it is settled at ``now``.

    Raises: Refusal 3115 for a day that has not come.
    """
    day = days.service_day(
        visit.begun_on,
        visit.ended_on,
        days.settlement_day(now),
        stay=stay,
        interim=interim,
        leaving_on=leaving_on,
    )
    return settled_as(day, now)


def settled_as(stated: dt.date, now: dt.datetime) -> dt.date:
    """Give the day of service for a stated one: today where the sender's clock has reached
    tomorrow minutes early.

    Raises: Refusal 3115 for a day that has not come.
    """
    if stated > days.latest_service_day(now):
        raise errors.service_in_future(stated)
    return min(stated, days.settlement_day(now))


def coverage_of(
    library: PolicyLibrary,
    world: World,
    owner: int,
    insutype: int,
    day: dt.date,
    now: dt.datetime,
    registered: int | None = None,
) -> Coverage:
    """Pick the relation that counts on the day of service, which must still be settled online.

    ``registered``: the number under which the visit was registered. Raises: Refusal 3107 where
    none is in force, 3116 for a day too far back, 3150; PolicyGap.
    """
    if owner not in world.births:
        raise errors.person_not_found()
    found = coverage_that_counts(world.coverages.get(owner, ()), insutype, day, registered)
    if found is None:
        raise errors.coverage_not_active(insutype, day.isoformat())
    today = days.settlement_day(now)
    if day.year < today.year:
        first = days.earliest_service_day(library, found.area, today)
        if day < first:
            raise errors.service_too_old(day, first)
    return found
