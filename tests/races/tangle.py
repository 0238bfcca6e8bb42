# SPDX-License-Identifier: Apache-2.0
"""Eight writers on the same accounts in random order: families who all pay for one another."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

from races_arena import Arena, codes

WRITERS = 8
PEOPLE = 30
WAVE_SIZE = 25  # commands of one writer in one wave


def _tangle(arena: Arena, luck: random.Random) -> list[int]:
    """People who all give to one another in random order."""
    world = arena.world
    people = [world.person(current=luck.randrange(3000)) for _ in range(PEOPLE)]
    for patient in people:
        for giver in luck.sample([p for p in people if p != patient], 4):
            world.authorise(giver, patient)
    return people


def write_and_judge(ring: Arena, seed: int, *, waves: int, seconds: float = 0) -> None:
    """Settle and reverse for so many waves, or seconds; no deadlock, no retry, no refusal."""
    luck = random.Random(seed)
    people = _tangle(ring, luck)
    end = time.monotonic() + seconds
    done = 0

    async def one_writer(number: int) -> None:
        nonlocal done
        engine, live, wave_no = ring.platforms[number].engine, [], 0
        while wave_no < waves or time.monotonic() < end:
            wave_no += 1
            wave: list[Any] = [
                ring.world.purchase(luck.choice(people), luck.randrange(1, 900))
                for _ in range(WAVE_SIZE)
            ]
            for record in luck.sample(live, min(len(live), 8)):
                wave.append(ring.world.reverse(record.owner, record.setl_id, institution=11))
                live.remove(record)
            answers = await asyncio.gather(*map(engine.settle, wave))
            assert codes(answers) == {"record": len(wave)}
            live = [*live, *(r for r in answers if r.kind == 1)][-200:]
            done += len(wave)

    async def all_writers() -> None:
        await asyncio.gather(*map(one_writer, range(WRITERS)))

    asyncio.run(all_writers())
    assert done > WRITERS * waves * WAVE_SIZE
    assert ring.log.errors == {}, seed
    assert ring.deadlocks_at_the_end() == 0, seed
    ring.assert_clean()
