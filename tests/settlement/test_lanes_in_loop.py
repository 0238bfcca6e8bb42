# SPDX-License-Identifier: Apache-2.0
"""Lanes that live in an event loop: batches beside reading and answering."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from settlement_world import KEY, World, institutions, make_platform

from gongji.kernel.errors import Refusal
from gongji.ledger.wire import Wire
from gongji.members.privacy import PrivacyBox
from gongji.settlement import errors
from gongji.settlement.engine import Engine
from gongji.settlement.lanes import BATCH_MAX
from gongji.settlement.records import Record
from gongji.settlement.waiting import KEPT_MIN
from patience import LOADED

pytestmark = pytest.mark.postgres
TOGETHER = 40
STACK_TOO_LARGE = 1 << 56  # bytes: more than a process can address


@pytest.fixture
def world(db: str) -> Iterator[World]:
    """A world whose engine serves the event loops of a test."""
    with psycopg.connect(db) as conn:
        institutions(conn, PrivacyBox(KEY))
        platform = make_platform(db)
        try:
            yield World(db, platform, conn)
        finally:
            platform.stop()


def _engine(world: World) -> Engine:
    engine = world.platform.engine
    assert isinstance(engine, Engine)
    return engine


async def _together(world: World, commands: list[Any]) -> list[Any]:
    return await asyncio.gather(*map(_engine(world).settle, commands), return_exceptions=True)


def _batches(world: World) -> list[int]:
    """Sizes of the batches in the ledger."""
    with psycopg.connect(world.url) as conn:
        rows = conn.execute("SELECT entries FROM ledger_batch ORDER BY batch_id").fetchall()
    return [row[0] for row in rows]


def test_what_arrives_together_is_written_together(world: World) -> None:
    people = [world.person(current=1000) for _ in range(TOGETHER)]

    async def twice() -> list[Any]:
        await _engine(world).settle(world.purchase(people[0], 1))
        return await _together(world, [world.purchase(one, 100) for one in people])

    answers = asyncio.run(twice())
    assert all(isinstance(one, Record) for one in answers)
    assert _batches(world)[-2:] == [1, TOGETHER]


def test_the_loop_goes_on_while_a_batch_waits_for_a_lock(world: World) -> None:
    """Another transaction holds the patient; the loop serves others and answers in the end."""
    patient = world.person(current=500)

    async def held() -> tuple[int, Any]:
        await _engine(world).settle(world.purchase(patient, 1))
        with psycopg.connect(world.url) as other:
            other.execute("SELECT 1 FROM person WHERE owner = %s FOR UPDATE", (patient,))
            asked = asyncio.create_task(_engine(world).settle(world.purchase(patient, 100)))
            turns = 0
            while turns < 50:
                await asyncio.sleep(0.002)
                turns += 1
            assert not asked.done()
            other.rollback()
        return turns, await asked

    turns, record = asyncio.run(held())
    assert turns == 50
    assert record.own_fen == 100


def test_a_trial_stores_nothing_and_a_refusal_harms_nobody(world: World) -> None:
    poor, rich = world.person(current=0), world.person(current=900)

    async def mixed() -> tuple[Record, list[Any]]:
        trial = await _engine(world).trial(world.purchase(rich, 300))
        return trial, await _together(
            world, [world.purchase(rich, 300), world.settle(poor, 987654, 5)]
        )

    trial, (record, refused) = asyncio.run(mixed())
    assert (trial.setl_id, trial.own_fen) == (0, 300)
    assert record.own_fen == 300
    assert isinstance(refused, Refusal)
    assert refused.code == errors.VISIT_NOT_FOUND
    assert world.count("settlement") == 1


def test_one_loop_after_another_and_threads_beside_them(world: World) -> None:
    patient = world.person(current=1000)
    for _ in range(3):
        answers = asyncio.run(_together(world, [world.purchase(patient, 10) for _ in range(3)]))
        assert [one.own_fen for one in answers] == [10, 10, 10]
        _engine(world).settle_now(world.purchase(patient, 10))
    assert world.balance(patient) == (1000 - 120, 0)


def test_stopping_in_its_own_loop_answers_what_is_queued(world: World) -> None:
    patient = world.person(current=1000)

    async def stopped() -> list[Any]:
        engine = _engine(world)
        asked = [asyncio.create_task(engine.settle(world.purchase(patient, 1))) for _ in range(9)]
        await asyncio.sleep(0)
        engine.stop()
        with pytest.raises(Refusal) as late:
            await engine.settle(world.purchase(patient, 1))
        assert late.value.code == errors.BUSY
        return await asyncio.wait_for(asyncio.gather(*asked), 30)

    assert len(asyncio.run(stopped())) == 9
    assert world.count("settlement") == 9


def test_a_connection_that_dies_between_batches_is_made_anew(world: World) -> None:
    patient = world.person(current=1000)

    async def cut() -> Record | None:
        engine = _engine(world)
        await engine.settle(world.purchase(patient, 1))
        with psycopg.connect(world.url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND pid <> %s",
                (world.conn.info.backend_pid,),
            )
        await asyncio.sleep(0.05)
        return await engine.settle(world.purchase(patient, 2))

    record = asyncio.run(cut())
    assert record is not None
    assert record.own_fen == 2
    assert world.count("settlement") == 2


def test_a_loop_that_is_gone_with_a_batch_under_way_leaves_nothing_half_done(world: World) -> None:
    patient = world.person(current=500)
    with psycopg.connect(world.url) as holder:
        holder.execute("SELECT 1 FROM person WHERE owner = %s FOR UPDATE", (patient,))

        async def abandoned() -> None:
            engine = _engine(world)
            asked = asyncio.create_task(engine.settle(world.purchase(patient, 100)))
            await asyncio.sleep(0.3)
            asked.cancel()

        asyncio.run(abandoned())
        threading.Timer(0.2, holder.rollback).start()
        record = _engine(world).settle_now(world.purchase(patient, 7))
        assert record is not None
    until = time.monotonic() + 20 * LOADED
    while world.balance(patient)[0] not in (393, 493) and time.monotonic() < until:
        time.sleep(0.05)
    assert world.balance(patient)[0] in (393, 493)  # the first one is whole, or it never was


def test_one_who_cannot_be_told_stops_nobody_else(world: World) -> None:
    one, other = world.person(current=100), world.person(current=100)

    def deaf(outcome: Any) -> None:
        raise ValueError("cannot be told")

    async def ask() -> list[Any]:
        engine = _engine(world)
        await engine.settle(world.purchase(one, 1))
        engine.submit(world.purchase(one, 5), deaf)
        neighbour = await asyncio.wait_for(engine.settle(world.purchase(other, 5)), 20)
        return [neighbour, await asyncio.wait_for(engine.settle(world.purchase(other, 6)), 20)]

    assert [record.own_fen for record in asyncio.run(ask())] == [5, 6]
    assert world.count("settlement") == 4


def _broken_behind_commit(faults: list[Exception]) -> Callable[[Wire, Any], Any]:
    """An exchange that fails when the commit is done, once for each fault; it takes them out."""
    exchange = Wire._exchange

    def broken(wire: Wire, calls: Any) -> Any:
        answer = exchange(wire, calls)
        if calls[-1][0].sql == b"COMMIT" and faults:
            raise faults.pop()
        return answer

    return broken


@pytest.mark.parametrize("fault", [OSError, RuntimeError])
def test_whatever_fails_behind_a_commit_is_not_told_as_nothing_done(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    """The commit is done, then something that is no error of the database happens, once."""
    patient = world.person(current=100)
    faults: list[Exception] = [fault("after the commit")]
    broken = _broken_behind_commit(faults)

    async def ask() -> Any:
        engine = _engine(world)
        await engine.settle(world.purchase(patient, 1))
        monkeypatch.setattr(Wire, "_exchange", broken)
        return await engine.settle(world.purchase(patient, 5))

    record = asyncio.run(ask())
    assert faults == []
    assert record.own_fen == 5
    assert world.count("settlement") == 2
    assert world.balance(patient) == (94, 0)


def test_a_first_settlement_needs_no_other_connection(world: World) -> None:
    """Ids and a rule set are needed for the first time while uploads hold the whole pool."""
    patient = world.person(current=500)
    purchase = world.purchase(patient, 100)
    pool = world.platform.pool

    async def alone() -> Any:
        held = [pool.getconn() for _ in range(pool.max_size)]
        try:
            return await _engine(world).settle(purchase)
        finally:
            for conn in held:
                pool.putconn(conn)

    record = asyncio.run(alone())
    assert isinstance(record, Record)
    assert record.own_fen == 100


@contextlib.contextmanager
def no_threads() -> Iterator[None]:
    """The system gives no new thread."""
    usual = threading.stack_size(STACK_TOO_LARGE)
    try:
        with pytest.raises(RuntimeError):
            threading.Thread(target=int).start()
        yield
    finally:
        threading.stack_size(usual)


def test_without_a_thread_to_connect_in_a_batch_is_refused_and_the_lane_goes_on(
    world: World,
) -> None:
    patient = world.person(current=100)

    async def ask() -> tuple[list[Any], Any]:
        with no_threads():
            refused = await _together(world, [world.purchase(patient, 1) for _ in range(3)])
        return refused, await _engine(world).settle(world.purchase(patient, 5))

    refused, record = asyncio.run(ask())
    assert [one.code for one in refused] == [errors.BUSY] * 3
    assert record.own_fen == 5
    assert world.count("settlement") == 1


def test_without_a_thread_to_look_it_up_in_an_outcome_is_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = world.person(current=100)
    broken = _broken_behind_commit([OSError("after the commit")])

    async def ask() -> tuple[Any, Any]:
        engine = _engine(world)
        await engine.settle(world.purchase(patient, 1))
        command = world.purchase(patient, 5)
        monkeypatch.setattr(Wire, "_exchange", broken)
        with no_threads():
            (unknown,) = await _together(world, [command])
        return unknown, await engine.settle(command)

    unknown, record = asyncio.run(ask())
    assert unknown.code == errors.OUTCOME_UNKNOWN
    assert record.own_fen == 5
    assert world.balance(patient) == (94, 0)


def test_what_no_lane_can_take_ends_no_lane(world: World) -> None:
    patient = world.person(current=100)
    thing: Any = SimpleNamespace(owner=patient)  # no command

    async def ask() -> tuple[Any, Any]:
        (told,) = await _together(world, [thing])
        return told, await _engine(world).settle(world.purchase(patient, 5))

    with pytest.raises(Refusal) as by_thread:
        _engine(world).settle_now(thing)
    record = _engine(world).settle_now(world.purchase(patient, 5))
    by_loop, other = asyncio.run(ask())
    assert by_thread.value.code == by_loop.code == errors.OUTCOME_UNKNOWN
    assert record is not None
    assert record.own_fen == other.own_fen == 5


def test_one_stuck_answer_does_not_keep_those_behind_it(world: World) -> None:
    """Another transaction holds a patient; trials of others are answered and let go."""
    stuck, other = world.person(current=500), world.person(current=500)
    kept: weakref.WeakSet[Any] = weakref.WeakSet()
    told = 0

    async def ask() -> tuple[int, int]:
        engine = _engine(world)
        await engine.trial(world.purchase(other, 1))
        await engine.settle(world.purchase(stuck, 1))
        with psycopg.connect(world.url) as holder:
            holder.execute("SELECT 1 FROM person WHERE owner = %s FOR UPDATE", (stuck,))
            asked = asyncio.create_task(engine.settle(world.purchase(stuck, 100)))
            command = world.purchase(other, 5)
            for number in range(3 * KEPT_MIN):

                def deliver(outcome: Any) -> None:
                    nonlocal told
                    told += 1

                kept.add(deliver)
                engine.submit(command, deliver, trial=True)
                while told + BATCH_MAX <= number:
                    await asyncio.sleep(0)
            while told < 3 * KEPT_MIN:
                await asyncio.sleep(0)
            engine.submit(command, lambda _: None, trial=True)
            holder.rollback()
        await asked
        return told, len(kept)

    answered, still_kept = asyncio.run(ask())
    assert answered == 3 * KEPT_MIN
    assert still_kept <= KEPT_MIN + 2 * BATCH_MAX + 2


def test_rule_sets_are_stored_again_behind_a_lost_connection(world: World) -> None:
    """A standby that took over may lack the rule set that the lost server had stored."""
    patient = world.person(current=500)

    async def twice() -> list[Any]:
        first = await _engine(world).settle(world.purchase(patient, 1))
        with psycopg.connect(world.url, autocommit=True) as conn:
            conn.execute("ALTER TABLE rule_set DISABLE TRIGGER USER")  # as if it had never come
            # tidy: fault, a rule set that a standby lacks
            conn.execute("UPDATE rule_set SET digest = digest || '\\x00'")
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <>"
                " pg_backend_pid() AND datname = current_database() AND application_name = ''"
                " AND query LIKE '%COMMIT%'"
            )
        second = await _engine(world).settle(world.purchase(patient, 2))
        return [first, second]

    first, second = asyncio.run(twice())
    assert first.rules_id != second.rules_id
