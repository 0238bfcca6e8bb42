# SPDX-License-Identifier: Apache-2.0
"""Eight writers on the same accounts in random order: no deadlock, no retry, nothing refused.

The control is plain SQL that locks the same accounts in the order in which they come.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors as pg
from races_arena import Arena
from tangle import WRITERS, write_and_judge

from patience import LOADED

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

SEED = 11
WAVES = 6
CONTROL_S_MAX = 30 * LOADED


def test_eight_writers_never_deadlock(arena: MakeArena) -> None:
    write_and_judge(arena(engines=WRITERS), SEED, waves=WAVES)


def test_accounts_locked_as_they_come_do_deadlock(arena: MakeArena) -> None:
    ring = arena(engines=1)
    world = ring.world
    people = [world.person(current=100) for _ in range(6)]
    met = threading.Event()
    end = time.monotonic() + CONTROL_S_MAX

    def write(seed: int) -> None:
        luck = random.Random(seed)
        with psycopg.connect(world.url) as conn:
            while not met.is_set() and time.monotonic() < end:
                try:
                    for owner in luck.sample(people, 4):
                        # tidy: fault, rows locked in any order
                        conn.execute("UPDATE account SET year = year WHERE owner = %s", (owner,))
                        time.sleep(0.001)
                    conn.commit()
                except pg.DeadlockDetected:
                    conn.rollback()
                    met.set()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert met.is_set()
    assert ring.deadlocks_at_the_end() > 0
