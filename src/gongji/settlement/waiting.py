# SPDX-License-Identifier: Apache-2.0
"""Answers that an event loop still owes, watched by one timer: none is waited for without end."""

from __future__ import annotations

import asyncio
from collections import deque

from gongji.settlement import errors
from gongji.settlement.lanes import LoopAnswer

WATCH_S = 1.0  # how often overdue answers are looked for
KEPT_MIN = 1024  # answers watched before those given are sorted out


class Waiting:
    """Answers not given yet, in the order of asking; overdue ones are told "unknown".

    One timer looks at all of them, which costs a request less than a timer of its own. All wait
    equally long.
    """

    def __init__(self) -> None:
        self._answers: deque[tuple[float, LoopAnswer]] = deque()
        self._room = KEPT_MIN
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, answer: LoopAnswer, loop: asyncio.AbstractEventLoop, wait_s_max: float) -> None:
        """Watch an answer of the running loop."""
        if len(self._answers) >= self._room:
            # One that is stuck in front must not keep all that was answered behind it.
            self._answers = deque(one for one in self._answers if not one[1].done)
            self._room = KEPT_MIN + 2 * len(self._answers)
        self._answers.append((loop.time() + wait_s_max, answer))
        if self._timer is None or self._loop is not loop:
            self._loop = loop
            self._timer = loop.call_later(WATCH_S, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._answers and (self._answers[0][1].done or self._answers[0][0] <= now):
            answer = self._answers.popleft()[1]
            if not answer.done:
                answer.set(errors.outcome_unknown())
        self._timer = loop.call_later(WATCH_S, self._look, loop) if self._answers else None
