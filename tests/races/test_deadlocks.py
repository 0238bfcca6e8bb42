# SPDX-License-Identifier: Apache-2.0
"""Eight writers on the same accounts in random order: no deadlock, no retry, nothing refused.

The control is plain SQL that locks the same accounts in the order in which they come.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from races_arena import Arena, codes

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

WRITERS = 8
PEOPLE = 30
WAVES = 6
WAVE_SIZE = 25  # commands of one writer in one wave
CONTROL_S_MAX = 30


def _tangle(arena: Arena, luck: random.Random) -> list[int]:
    """People who all give to one another in random order."""
    world = arena.world
    people = [world.person(current=luck.randrange(3000)) for _ in range(PEOPLE)]
    for patient in people:
        for giver in luck.sample([p for p in people if p != patient], 4):
            world.authorise(giver, patient)
    return people


def test_eight_writers_never_deadlock(arena: MakeArena) -> None:
    luck = random.Random(11)
    ring = arena(engines=WRITERS)
    people = _tangle(ring, luck)

    async def one_writer(number: int) -> list[Any]:
        engine, answers = ring.platforms[number].engine, []
        for _ in range(WAVES):
            wave: list[Any] = [
                ring.world.purchase(luck.choice(people), luck.randrange(1, 900))
                for _ in range(WAVE_SIZE)
            ]
            done = [r for r in answers if r.kind == 1 and r.reversed_by is None]
            for record in luck.sample(done, min(len(done), 8)):
                wave.append(ring.world.reverse(record.owner, record.setl_id, institution=11))
                record.reversed_by = -1
            answers += await asyncio.gather(*map(engine.settle, wave))
        return answers

    async def all_writers() -> list[Any]:
        return await asyncio.gather(*map(one_writer, range(WRITERS)))

    answers = [a for group in asyncio.run(all_writers()) for a in group]
    assert codes(answers) == {"record": len(answers)}
    assert len(answers) > WRITERS * WAVES * WAVE_SIZE
    assert ring.log.errors == {}
    assert ring.deadlocks_at_the_end() == 0
    ring.assert_clean()


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
