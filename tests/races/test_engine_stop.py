# SPDX-License-Identifier: Apache-2.0
"""Stopping an engine in traffic: every request that was taken is answered, later ones are refused.

More than one batch is queued when the end is asked for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from races_arena import Arena, codes

from gongji.settlement import errors
from gongji.settlement.lanes import BATCH_MAX

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]


def test_everything_queued_is_answered_before_the_end(arena: MakeArena) -> None:
    ring = arena(engines=1)
    world = ring.world
    engine = ring.platforms[0].engine
    people = [world.person(current=100) for _ in range(20)]
    count = 2 * BATCH_MAX + 50
    commands = [world.purchase(people[i % len(people)], 10) for i in range(count)]

    async def all_then_stop() -> list[object]:
        tasks = [asyncio.create_task(engine.settle(command)) for command in commands]
        await asyncio.sleep(0)
        stopper = threading.Thread(target=ring.platforms[0].stop)
        stopper.start()
        answers = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)
        stopper.join()
        return answers

    assert codes(asyncio.run(all_then_stop())) == {"record": count}
    assert world.count("settlement") == count
    assert codes([ring.answer(world.purchase(people[0], 10))]) == {errors.BUSY: 1}
    ring.assert_clean()
