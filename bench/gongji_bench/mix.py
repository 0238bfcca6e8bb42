# SPDX-License-Identifier: Apache-2.0
"""What is sent in which order: new messages, re-sent ones, changed ones, reversals.

The kind of every slot is fixed before the clock starts; what a slot refers to is the oldest
acknowledged message that has not been used for it yet, at least LAG behind.
"""

from __future__ import annotations

import random
from collections import deque

NEW, RESENT, CHANGED, REVERSED = range(4)
FAILED = 4  # an answer that is none: busy, or wrong
PER_HUNDRED = (96, 1, 1, 2)
LAG = 300  # acknowledged messages that lie between a message and what refers to it


def kinds(count: int, seed: int) -> bytes:
    """The kinds of ``count`` slots, in random order."""
    return bytes(random.Random(seed).choices(range(4), weights=PER_HUNDRED, k=count))


class Slots:
    """Hands out slots as (kind, number of the new message that it is or refers to)."""

    __slots__ = ("_acknowledged", "_free", "_kinds", "_lag", "_new", "_slot", "issued")

    def __init__(self, news: int, seed: int, lag: int = LAG) -> None:
        self._kinds = kinds(news, seed)
        self._free = news
        self._new = 0
        self._slot = 0
        self._lag = lag
        self._acknowledged: deque[int] = deque()
        self.issued = [0, 0, 0, 0]

    def take(self) -> tuple[int, int] | None:
        """The next slot; None when every new message has been sent."""
        if self._new >= self._free:
            return None
        kind = self._kinds[self._slot % self._free]
        self._slot += 1
        if kind != NEW and len(self._acknowledged) > self._lag:
            self.issued[kind] += 1
            # Each is referred to once: a reversed message is never re-sent as if it were live.
            return kind, self._acknowledged.popleft()
        number = self._new
        self._new += 1
        self.issued[NEW] += 1
        return NEW, number

    def acknowledge(self, number: int) -> None:
        """A new message was accepted."""
        # Only a few are ever referred to; a bounded queue keeps the driver small.
        if len(self._acknowledged) <= 4 * self._lag:
            self._acknowledged.append(number)
