# SPDX-License-Identifier: Apache-2.0
"""A locked or slow row refuses its own members alone; the lane goes on for everybody else."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from races_arena import Arena, codes
from settlement_world import NOW, make_platform

from clock import Clock
from gongji.kernel.errors import Refusal
from gongji.settlement import batch, errors, queueing
from gongji.settlement.records import Record

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]
LOCK_WAIT_S = 3.0
TWENTY = 20
BAD = 7
PROMPT_S = LOCK_WAIT_S - 0.5  # before the wait of the blocked one is over


@pytest.fixture
def ring(arena: MakeArena, monkeypatch: pytest.MonkeyPatch) -> Arena:
    """One engine whose members wait three seconds for a lock."""
    monkeypatch.setattr(queueing, "LOCK_WAIT_S_MAX", LOCK_WAIT_S)
    return arena(engines=1)


@contextmanager
def locked(ring: Arena, table: str, owner: int) -> Iterator[psycopg.Connection[Any]]:
    """Another transaction that holds a row until the end of the block, or its own."""
    with psycopg.connect(ring.world.url) as other:
        other.execute(f"SELECT 1 FROM {table} WHERE owner = %s FOR UPDATE", (owner,))
        yield other


class Timed:
    """An answer and when it came, seconds after the start."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.after_s = 0.0


async def timed(ring: Arena, commands: list[Any]) -> list[Timed]:
    """Ask the engine of this loop, all at once."""
    engine, start = ring.platforms[0].engine, time.monotonic()

    async def one(command: Any) -> Timed:
        found = Timed()
        try:
            found.answer = await engine.settle(command)
        except Refusal as refused:
            found.answer = refused
        found.after_s = time.monotonic() - start
        return found

    return list(await asyncio.gather(*map(one, commands)))


def crowd(ring: Arena) -> tuple[list[int], list[Any], int]:
    """Twenty people, a purchase of each, and the giver of the bad one."""
    people = [ring.world.person(current=50) for _ in range(TWENTY)]
    giver = ring.world.person(current=1000)
    ring.world.authorise(giver, people[BAD])
    return people, [ring.world.purchase(one, 100) for one in people], giver


@pytest.mark.parametrize("held", ["person", "account", "giver"])
def test_one_locked_row_refuses_one_of_twenty(ring: Arena, held: str) -> None:
    people, commands, giver = crowd(ring)
    table = "person" if held == "person" else "account"
    with locked(ring, table, giver if held == "giver" else people[BAD]):
        answers = asyncio.run(timed(ring, commands))
        again = ring.answer(commands[BAD])
    assert codes([one.answer for one in answers]) == {"record": TWENTY - 1, errors.BUSY: 1}
    assert answers[BAD].answer.code == errors.BUSY
    assert answers[BAD].after_s >= LOCK_WAIT_S
    assert max(one.after_s for i, one in enumerate(answers) if i != BAD) < PROMPT_S
    assert ring.world.count("settlement") == TWENTY - 1
    assert isinstance(again, Refusal)
    assert again.code == errors.BUSY
    # Nothing was done, and the key is not used up.
    assert ring.settled(commands[BAD]).relatives_fen == 50
    ring.assert_clean()


def test_a_lock_that_goes_away_in_time_settles(ring: Arena) -> None:
    people, commands, _ = crowd(ring)

    async def released() -> list[Timed]:
        with locked(ring, "person", people[BAD]) as other:
            asked = asyncio.create_task(timed(ring, commands))
            await asyncio.sleep(1.2)
            other.rollback()
            return await asked

    answers = asyncio.run(released())
    assert codes([one.answer for one in answers]) == {"record": TWENTY}
    assert 1.2 <= answers[BAD].after_s < LOCK_WAIT_S
    ring.assert_clean()


def test_the_lane_stands_still_for_a_named_time_only(ring: Arena) -> None:
    """While one waits for a lock the others are answered as ever."""
    world = ring.world
    stuck, giver = world.person(current=100), world.person(current=100)
    free = [world.person(current=100) for _ in range(5)]
    world.authorise(giver, stuck)

    async def traffic() -> list[float]:
        await timed(ring, [world.purchase(free[0], 1)])
        with locked(ring, "person", stuck), locked(ring, "account", giver):
            asked = asyncio.create_task(timed(ring, [world.purchase(stuck, 1)]))
            await asyncio.sleep(batch.BATCH_LOCK_MS_MAX / 1000 + 0.2)
            waits = [(await timed(ring, [world.purchase(one, 1)]))[0].after_s for one in free]
            assert not asked.done()
            await asked
        return waits

    waits = asyncio.run(traffic())
    assert max(waits) < batch.BATCH_LOCK_MS_MAX / 1000, waits
    ring.assert_clean()


def test_undo_and_reversal_of_somebody_locked_are_busy_and_change_nothing(ring: Arena) -> None:
    world = ring.world
    patient, giver = world.person(current=100), world.person(current=1000)
    world.authorise(giver, patient)
    first = world.settle(patient, world.visit(patient, 4000), 4000)
    record = ring.settled(first)
    reverse, undo = (
        world.reverse(patient, record.setl_id),
        world.undo(patient, first.key.msgid, "2207"),
    )
    never = world.undo(patient, "NEVER", "2207")
    other = world.person(current=10)
    with locked(ring, "account", giver):
        commands = [reverse, undo, never, world.purchase(other, 10)]
        answers = asyncio.run(timed(ring, commands))
    assert codes([one.answer for one in answers]) == {errors.BUSY: 3, "record": 1}
    assert answers[3].after_s < PROMPT_S
    assert max(one.after_s for one in answers) < LOCK_WAIT_S + 2, "each waits its own time only"
    assert world.balance(giver) == (1000 - record.relatives_fen, 0)
    mirror = ring.settled(undo)
    assert mirror.reversal_of == record.setl_id
    assert ring.answer(reverse).code == errors.ALREADY_REVERSED
    ring.assert_clean()


def test_whoever_waits_for_a_lock_is_answered_when_the_engine_stops(ring: Arena) -> None:
    people, commands, _ = crowd(ring)

    async def stopped() -> list[Timed]:
        with locked(ring, "person", people[BAD]):
            asked = asyncio.create_task(timed(ring, commands))
            await asyncio.sleep(1.0)
            await asyncio.to_thread(ring.platforms[0].engine.stop)
            return await asked

    answers = asyncio.run(stopped())
    assert codes([one.answer for one in answers]) == {"record": TWENTY - 1, errors.BUSY: 1}
    assert answers[BAD].after_s < LOCK_WAIT_S
    assert ring.world.count("settlement") == TWENTY - 1


def test_callers_in_threads_are_not_held_up_either(ring: Arena) -> None:
    people, commands, _ = crowd(ring)
    with locked(ring, "person", people[BAD]):
        start = time.monotonic()
        free = [i for i in range(TWENTY) if i != BAD]
        answers = ring.at_once([commands[i] for i in (BAD, *free)])
        assert time.monotonic() - start >= LOCK_WAIT_S
    assert codes(answers) == {errors.BUSY: 1, "record": TWENTY - 1}
    ring.assert_clean()


def test_a_locked_table_is_busy_for_all_and_passes(ring: Arena) -> None:
    _, commands, _ = crowd(ring)
    with psycopg.connect(ring.world.url) as other:
        other.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        answers = asyncio.run(timed(ring, commands))
    assert codes([one.answer for one in answers]) == {errors.BUSY: TWENTY}
    assert all(one.after_s < LOCK_WAIT_S + 3 for one in answers)
    assert isinstance(ring.answer(commands[0]), Record)
    ring.assert_clean()


def test_one_slow_statement_refuses_its_own_member(ring: Arena) -> None:
    people, commands, _ = crowd(ring)
    conn = ring.world.conn
    conn.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.owner ="
        f" {people[BAD]} THEN PERFORM pg_sleep(30); END IF; RETURN NEW; END $$"
    )
    conn.execute(
        "CREATE TRIGGER slow BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION slow()"
    )
    conn.commit()
    answers = asyncio.run(timed(ring, commands))
    assert codes([one.answer for one in answers]) == {"record": TWENTY - 1, errors.BUSY: 1}
    assert answers[BAD].answer.code == errors.BUSY
    assert ring.log.errors["database away: QueryCanceled"] == 0
    conn.execute("DROP TRIGGER slow ON message")
    conn.commit()
    ring.settled(commands[BAD])
    ring.assert_clean()


def test_a_row_locked_elsewhere_is_found_among_single_members(ring: Arena) -> None:
    """Fee lines are locked without their patient: no service of ours does that."""
    world = ring.world
    people, commands, _ = crowd(ring)
    visit = world.visit(people[BAD], 40)
    commands[BAD] = world.settle(people[BAD], visit, 40)
    with psycopg.connect(world.url) as other:
        other.execute("SELECT 1 FROM fee_batch WHERE mdtrt_id = %s FOR UPDATE", (visit,))
        answers = asyncio.run(timed(ring, commands))
    assert codes([one.answer for one in answers]) == {"record": TWENTY - 1, errors.BUSY: 1}
    ring.settled(commands[BAD])
    ring.assert_clean()


def test_the_time_of_a_settlement_is_read_under_its_locks(arena: MakeArena) -> None:
    """Asked before midnight, settled after it: it belongs to the new day and its limits."""
    ring = arena(engines=1)
    late = dt.datetime.combine(NOW.date(), dt.time(23, 59, 59), NOW.tzinfo)
    clock = Clock(late)
    platform = make_platform(ring.world.url, now=clock)
    patient, giver = ring.world.person(current=0), ring.world.person(current=1000)
    ring.world.authorise(giver, patient, day_limit_fen=100)

    async def over_midnight() -> tuple[Any, Any]:
        first = await platform.engine.settle(ring.world.purchase(patient, 80))
        with locked(ring, "person", patient) as other:
            asked = asyncio.create_task(platform.engine.settle(ring.world.purchase(patient, 80)))
            await asyncio.sleep(0.2)
            clock.set(late + dt.timedelta(seconds=2))
            other.rollback()
            return first, await asked

    try:
        first, second = asyncio.run(over_midnight())
    finally:
        platform.stop()
    assert (first.made_at, second.made_at) == (late, late + dt.timedelta(seconds=2))
    assert (first.relatives_fen, second.relatives_fen) == (80, 80)
