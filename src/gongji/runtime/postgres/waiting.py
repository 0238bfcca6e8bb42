# SPDX-License-Identifier: Apache-2.0
"""A wait with a limit in seconds that tells the user once it becomes long."""

from __future__ import annotations

import time
from collections.abc import Callable

QUIET_SECONDS = 2.0  # anything longer is told
POLL_SECONDS = 0.02

Progress = Callable[[str], None]


def silent(message: str) -> None:
    """Progress for callers who do not want any."""


class Wait:
    """``while wait.more(): …`` sleeps a little each time and ends when the limit has passed."""

    def __init__(self, tell: Progress, seconds_max: float, message: str) -> None:
        self._tell = tell
        self._message = message
        self._start = time.monotonic()
        self._end = self._start + seconds_max
        self._next = self._start + QUIET_SECONDS

    def more(self) -> bool:
        """Sleep a little; False when the limit has passed."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 2 * QUIET_SECONDS
            self._tell(f"{self._message} ({now - self._start:.0f} s)")
        time.sleep(POLL_SECONDS)
        return now < self._end
