# SPDX-License-Identifier: Apache-2.0
"""An event loop in a thread of its own, for callers that have none: the command line, tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

STOP_WAIT_S_MAX = 10

_T = TypeVar("_T")


class OwnLoop:
    """Begins with the first coroutine that is run in it."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return the result of a coroutine; callers in several threads may run some at once."""
        return asyncio.run_coroutine_threadsafe(work, self._started()).result()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._gate:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="gongji-own-loop", daemon=True
                )
                self._thread.start()
            return self._loop

    def close(self) -> None:
        """End the loop and its thread; what is still running in it is not answered."""
        with self._gate:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STOP_WAIT_S_MAX)
        if not thread.is_alive():
            loop.close()
