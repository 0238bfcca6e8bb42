# SPDX-License-Identifier: Apache-2.0
"""Threads are shared fairly: one person's messages never hold all of them.

A row of a person that another transaction has locked keeps a thread for as long as the database
waits for it. Beyond AT_ONCE_MAX the messages of that person wait here, and others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gongji.settlement.errors import busy

AT_ONCE_MAX = 2  # messages of one person in threads
TURN_WAIT_S_MAX = 8.0  # then "busy" (3180)


class Turns:
    """Turns of persons, by psn_no; nothing is kept of who has no message here."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def of(self, psn_no: str) -> AsyncIterator[None]:
        """Wait for a turn of this person and hold it; raises Refusal 3180 after TURN_WAIT_S_MAX.

        Messages without a person ("") never wait.
        """
        if not psn_no:
            yield
            return
        turn, users = self._open.get(psn_no, (asyncio.Semaphore(AT_ONCE_MAX), 0))
        self._open[psn_no] = turn, users + 1
        try:
            try:
                await asyncio.wait_for(turn.acquire(), TURN_WAIT_S_MAX)
            except TimeoutError:
                raise busy() from None
            try:
                yield
            finally:
                turn.release()
        finally:
            turn, users = self._open[psn_no]
            if users == 1:
                del self._open[psn_no]
            else:
                self._open[psn_no] = turn, users - 1
