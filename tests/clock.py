# SPDX-License-Identifier: Apache-2.0
"""The clock of a test world: a value that the test sets, the same for platform and services."""

from __future__ import annotations

import datetime as dt

from gongji.care.visits import CIVIL_TIME

Moment = str | dt.date | dt.datetime
HOUR = dt.time(10)  # of a day that is given without an hour


def moment(given: Moment) -> dt.datetime:
    """Civil time of "2026-03-02", "2026-03-02 09:00", a date or a time; a day means 10:00."""
    if isinstance(given, str):
        found = dt.datetime.fromisoformat(given)
        given = found if len(given) > len("2026-03-02") else found.date()
    if not isinstance(given, dt.datetime):
        given = dt.datetime.combine(given, HOUR)
    return given if given.tzinfo else given.replace(tzinfo=CIVIL_TIME)


class Clock:
    """The present of one server; called to be read, moved by ``set``."""

    def __init__(self, given: Moment) -> None:
        self.set(given)

    def set(self, given: Moment) -> None:
        """Put it forward or back."""
        self.now = moment(given)

    def __call__(self) -> dt.datetime:
        return self.now
