# SPDX-License-Identifier: Apache-2.0
"""A bad line between a pharmacy and the gateway: loss, cuts, replays, and old messages again.

Every fault is drawn from the seed. What a client has to do is always the same: send its key again
until there is an answer.
"""

from __future__ import annotations

import contextlib
import random
from typing import Any

from http_traffic import HttpClient
from line_client import LineServer

LOST = 0.3  # the request never arrives
CUT = 0.1  # it is done, its answer never arrives
REPLAYED = 0.5  # a second copy arrives, some of them much later than messages sent after it
KEPT_MAX = 20  # old messages of a client that may still arrive again


class FaultyClient(HttpClient):
    """``HttpClient`` whose messages get lost, come twice, come late, or lose their answer."""

    def __init__(self, server: LineServer, certificates: dict[int, str], seed: str) -> None:
        super().__init__(server, certificates)
        self._luck = random.Random(seed)
        self._other = HttpClient(server, certificates)  # the way that copies take
        self._old: list[dict[str, Any]] = []
        self.faults = {"lost": 0, "cut": 0, "replayed": 0}

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One message over the bad line; raises OSError when there is no answer."""
        if self._luck.random() < LOST:
            self.faults["lost"] += 1
            raise ConnectionResetError("lost on its way")
        answer = super().ask(request)
        self._old = [*self._old, request][-KEPT_MAX:]
        if self._luck.random() < REPLAYED:
            self.faults["replayed"] += 1
            with contextlib.suppress(OSError):
                self._other.ask(self._luck.choice([request, *self._old]))
        if self._luck.random() < CUT:
            self.faults["cut"] += 1
            self.close()
            raise ConnectionResetError("the answer is lost")
        return answer

    def close(self) -> None:
        """Close both connections."""
        super().close()
        self._other.close()
