# SPDX-License-Identifier: Apache-2.0
"""Which date decides what: the day of service, how far back, and never ahead."""

from __future__ import annotations

import datetime as dt

import pytest

from gongji.policy import days
from gongji.policy.library import PolicyLibrary

CIVIL = dt.timezone(dt.timedelta(hours=8))
TODAY = dt.date(2026, 3, 2)
BEGUN, ENDED, LEAVES = dt.date(2026, 2, 20), dt.date(2026, 3, 1), dt.date(2026, 3, 3)


def test_the_day_of_service() -> None:
    day = days.service_day
    assert day(BEGUN, None, TODAY, stay=False) == BEGUN
    assert day(BEGUN, ENDED, TODAY, stay=True) == ENDED
    assert day(BEGUN, None, TODAY, stay=True, interim=True) == TODAY
    assert day(BEGUN, ENDED, TODAY, stay=True, interim=True) == TODAY
    assert day(BEGUN, None, TODAY, stay=True) == TODAY
    assert day(BEGUN, None, TODAY, stay=True, leaving_on=LEAVES) == LEAVES
    assert day(BEGUN, ENDED, TODAY, stay=True, leaving_on=LEAVES) == ENDED


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-03-02 00:00", "2026-03-02"),
        ("2026-03-02 23:49", "2026-03-02"),
        ("2026-03-02 23:51", "2026-03-03"),
        ("2026-12-31 23:59", "2027-01-01"),
    ],
)
def test_a_clock_may_run_ahead_by_minutes(now: str, last: str) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=CIVIL)
    assert days.latest_service_day(moment) == dt.date.fromisoformat(last)
    assert days.settlement_day(moment) == moment.date()


def test_the_year_before_is_settled_online() -> None:
    library = PolicyLibrary.load()
    for area in (360100, 150100, 440100):
        first = days.earliest_service_day(library, area, TODAY)
        assert first == dt.date(2025, 1, 1)
    record = library.require(360100, days.YEARS_BACK_KEY, TODAY)
    assert record.source == "GJ-07"  # a product decision, told as one
    assert "产品决定" in record.note
