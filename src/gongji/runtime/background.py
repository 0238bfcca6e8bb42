# SPDX-License-Identifier: Apache-2.0
"""What goes on beside answering: look-ups kept fresh, batches sealed, a database revived."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable

import psycopg

from gongji.ledger.sealing import seal_pending
from gongji.runtime.errors import UserError
from gongji.settlement.platform import Platform

SEAL_EVERY_S = 1.0
SWEEP_EVERY = 300  # every so many rounds the sealer looks through all batches
REFRESH_EVERY_S = 2.0
CONNECT_TIMEOUT_S = 5

log = logging.getLogger("gongji.server")


class Background:
    """A started platform at work: kept fresh, its batches sealed, stopped in the end."""

    def __init__(
        self, platform: Platform, *, seal: bool, revive: Callable[[], object] | None = None
    ) -> None:
        self.platform = platform
        self._revive = revive
        self._seal = seal
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Start what goes on beside the platform."""
        # What is loaded by now lives as long as the process: no collection has to walk it again.
        # Records and rows of a batch die young: looking at all others so often only costs time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        self._tasks.append(asyncio.create_task(self._refresh_forever()))
        if self._seal:
            self._tasks.append(asyncio.create_task(self._seal_forever()))

    async def end(self) -> None:
        """Stop, with everything answered that was asked."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.platform.stop)

    async def _refresh_forever(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            try:
                await asyncio.to_thread(self._refresh_once)
            except (psycopg.Error, OSError) as why:
                log.warning("database away: %s", type(why).__name__)
                if self._revive is not None:
                    await asyncio.to_thread(self._try_revive)

    def _refresh_once(self) -> None:
        with psycopg.connect(self.platform.url, connect_timeout=CONNECT_TIMEOUT_S) as conn:
            self.platform.catalogue.refresh(conn)
            self.platform.institutions.refresh(conn)

    def _try_revive(self) -> None:
        """An embedded server that was killed is started again; its recovery loses nothing."""
        if self._revive is not None:
            try:
                self._revive()
            except UserError as why:
                log.error("the embedded database cannot be started: %s", why)

    async def _seal_forever(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(SEAL_EVERY_S)
            try:
                await asyncio.to_thread(self._seal_once, rounds % SWEEP_EVERY == 0)
            except psycopg.Error as why:
                log.warning("sealing waits: %s", type(why).__name__)
            rounds += 1

    def _seal_once(self, sweep: bool) -> None:
        with psycopg.connect(self.platform.url) as conn:
            while seal_pending(conn, sweep=sweep):
                pass
