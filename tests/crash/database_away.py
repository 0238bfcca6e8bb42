# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL away for some seconds and back: clear refusals in time, nothing half posted.

No thread is left over, and engine and pool find the server again by themselves.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import psycopg
from killing import kill_minus_nine
from races_arena import Answer, Arena, audit_faults

from gongji.kernel.errors import Refusal
from gongji.runtime.postgres import EmbeddedPostgres
from gongji.settlement import batch, errors
from gongji.settlement.records import Record
from patience import LOADED

# Five tries of a refused connection and their pauses, and the queue before: two seconds. The rest
# is a loaded machine; the limit of the wait for an answer is 60 s.
ANSWER_S_MAX = 15.0 * LOADED
READY_S_MAX = 30.0 * LOADED
LOOK_S_MAX = 15.0 * LOADED  # the limit of the pool is 5 s
CLIENTS = 8
LOOK_UPS = 3


class Clients:
    """Threads that ask one key after another and keep every answer with its time."""

    def __init__(self, ring: Arena, people: list[int]) -> None:
        self.told: list[tuple[float, float, Answer]] = []
        self.final: dict[str, Record] = {}
        self._ring, self._stop = ring, threading.Event()
        self.looked_at = self.longest_look_s = 0.0
        self._threads = [threading.Thread(target=self._ask, args=(p,)) for p in people]
        self._threads += [threading.Thread(target=self.look_up) for _ in range(LOOK_UPS)]

    def look_up(self) -> None:
        """Look-ups through the pool, as doors make them; each ends within the limit."""
        while not self._stop.is_set():
            start = time.monotonic()
            with contextlib.suppress(psycopg.OperationalError):
                with self._ring.platforms[0].connect() as conn:
                    conn.execute("SELECT 1")
                self.looked_at = time.monotonic()
            self.longest_look_s = max(self.longest_look_s, time.monotonic() - start)
            time.sleep(0.05)

    def settled_since(self, moment: float) -> bool:
        """Whether something that was asked after that moment has been settled."""
        return any(start > moment and isinstance(a, Record) for start, _, a in self.told)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60 * LOADED)

    def _ask(self, owner: int) -> None:
        while not self._stop.is_set():
            command: Any = self._ring.world.purchase(owner, 10)
            answer: Answer = None
            while not isinstance(answer, Record):
                start = time.monotonic()
                answer = self._ring.answer(command)
                self.told.append((start, time.monotonic() - start, answer))
                time.sleep(0.01)
            self.final[command.key.msgid] = answer


def away_and_back(postgres: EmbeddedPostgres, ring: Arena, seconds: float) -> None:
    """Take the server away under traffic, bring it back, and judge every answer."""
    people = [ring.world.person(current=100000) for _ in range(CLIENTS)]
    ring.settled(ring.world.purchase(people[0], 10))
    before = threading.active_count()
    clients = Clients(ring, people)
    clients.start()
    time.sleep(0.5)
    kill_minus_nine(postgres, children=True)
    gone = time.monotonic()
    time.sleep(seconds)
    coming = time.monotonic()
    postgres.start()
    back = time.monotonic()
    while clients.looked_at <= back or not any(
        start > back and isinstance(a, Record) for start, _, a in clients.told
    ):
        assert time.monotonic() - back < READY_S_MAX
        time.sleep(0.02)
    clients.finish()
    refused = [(s, took, a) for s, took, a in clients.told if isinstance(a, Refusal)]
    assert {a.code for _, _, a in refused} <= {errors.BUSY, errors.OUTCOME_UNKNOWN}
    told = [(s, s + took, a) for s, took, a in clients.told]
    assert not [a for s, end, a in told if isinstance(a, Record) and gone < s and end < coming]
    # Who was told nothing has waited behind a commit whose outcome was being looked up.
    waited = [end - start for start, end, _ in told if start < coming and end > gone]
    assert waited
    assert max(waited) < batch.UNKNOWN_WAIT_S_MAX + ANSWER_S_MAX
    assert clients.longest_look_s < LOOK_S_MAX
    assert threading.active_count() <= before
    with psycopg.connect(postgres.url) as conn:
        rows = conn.execute("SELECT msgid, setl_id FROM settlement").fetchall()
    assert len(rows) == len(clients.final) + 1
    assert {m: r.setl_id for m, r in clients.final.items()}.items() <= set(rows)
    assert audit_faults(postgres.url) == []
