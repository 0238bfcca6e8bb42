# SPDX-License-Identifier: Apache-2.0
"""A commit whose answer never comes: the engine finds out by the key and answers one effect.

The connection is cut before the COMMIT reaches the server, at once after it, and after the server
has committed but before its reply; then also during the look-up itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import proxy as proxies
import psycopg
import pytest
import uvloop
from proxy import AFTER, AT, BEFORE, RESET, Proxy
from races_arena import Arena, codes
from settlement_world import make_platform

from gongji.kernel.errors import Refusal
from gongji.settlement import batch, errors
from gongji.settlement.platform import Platform
from gongji.settlement.records import Record

pytestmark = pytest.mark.postgres
MODES = (BEFORE, AT, AFTER)


@contextmanager
def behind_proxy(url: str) -> Iterator[tuple[Proxy, Platform]]:
    """A platform whose every connection passes a proxy."""
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT current_setting('port')").fetchone()
        assert row is not None
        user, password = conn.info.user, conn.info.password
        database, host = conn.info.dbname, conn.info.host
    proxy = Proxy("127.0.0.1" if host.startswith("/") else host, int(row[0]))
    through = (
        f"postgresql://{user}:{password}@127.0.0.1:{proxy.port}/{database}"
        "?sslmode=disable&gssencmode=disable"
    )
    platform = make_platform(through)
    try:
        yield proxy, platform
    finally:
        platform.stop()
        proxy.close()


@pytest.fixture
def ring(arena: Callable[..., Arena]) -> Arena:
    """A world; the engine under test stands behind a proxy of its own."""
    return arena(engines=1)


def _asked(ring: Arena) -> tuple[int, int, Any]:
    giver, patient = ring.world.person(current=5000), ring.world.person(current=1000)
    ring.world.authorise(giver, patient)
    return giver, patient, ring.world.settle(patient, ring.world.visit(patient, 4000), 4000)


def _warm(ring: Arena, platform: Platform) -> None:
    """Connection, ids and rules at hand, so that the next commit is of the settlement itself."""
    patient = ring.world.person(current=10)
    platform.engine.settle_now(ring.world.settle(patient, ring.world.visit(patient, 10), 10))


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("mode", MODES)
def test_cut_commit_has_exactly_one_effect(ring: Arena, mode: str, times: int) -> None:
    giver, patient, command = _asked(ring)
    with behind_proxy(ring.world.url) as (proxy, platform):
        _warm(ring, platform)
        proxy.cut_next(mode, times)
        record = platform.engine.settle_now(command)
        assert proxy.cuts == times
        assert isinstance(record, Record)
        assert record.own_fen + record.relatives_fen == 4000
        assert platform.engine.settle_now(command) == record
    assert ring.world.count("settlement") == 2
    assert ring.world.balance(patient) == (0, 0)
    assert ring.world.balance(giver) == (2000, 0)
    ring.assert_clean()


@pytest.mark.parametrize("mode", MODES)
def test_cut_commit_of_a_whole_group(ring: Arena, mode: str) -> None:
    """Settlements, a reversal, an undo and a refused member in one cut batch."""
    world = ring.world
    _, patient, command = _asked(ring)
    with behind_proxy(world.url) as (proxy, platform):
        record = platform.engine.settle_now(command)
        assert record is not None
        other = world.person(current=400)
        group: list[Any] = [world.purchase(other, 100) for _ in range(5)]
        group.append(world.reverse(patient, record.setl_id))
        group.append(world.undo(other, "NEVER-CAME", "2207"))
        group.append(world.settle(patient, 77, 1))

        async def send() -> list[Any]:
            # The lane of this loop is at work by then: its own connection is the one that is cut.
            await platform.engine.settle(world.purchase(other, 100))
            proxy.cut_next(mode)
            settling = map(platform.engine.settle, group)
            return await asyncio.gather(*settling, return_exceptions=True)

        answers = asyncio.run(send())
        assert proxy.cuts == 1
        assert codes(answers) == {"record": 6, "nothing": 1, errors.VISIT_NOT_FOUND: 1}
    assert world.count("settlement") == 8
    assert world.balance(other) == (0, 0)
    assert world.balance(patient) == (1000, 0)
    ring.assert_clean()


def test_a_last_word_and_a_reset_at_once(ring: Arena) -> None:
    """The loop is told of both in one event, and of nothing after it."""
    _, _, command = _asked(ring)
    with behind_proxy(ring.world.url) as (proxy, platform):

        async def send() -> Record | None:
            for _ in range(2):  # its connection is made in a thread: the second is sent by the loop
                other = ring.world.person(current=10)
                await platform.engine.settle(
                    ring.world.settle(other, ring.world.visit(other, 10), 10)
                )
            proxy.cut_next(RESET)
            settling = asyncio.create_task(platform.engine.settle(command))
            while not proxy.at_commit.is_set():
                await asyncio.sleep(0)
            proxy.go_on.set()
            assert proxy.is_cut.wait(10)  # the loop stands still until both are there
            return await asyncio.wait_for(settling, 20)

        record = uvloop.run(send())
    assert proxy.cuts == 1
    assert record is not None
    assert record.own_fen + record.relatives_fen == 4000
    assert ring.world.count("settlement") == 3
    ring.assert_clean()


@pytest.mark.parametrize("mode", MODES)
def test_outcome_that_stays_unknown_is_never_acknowledged(
    ring: Arena, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every commit is cut for longer than the engine looks: "unknown", and a re-send converges."""
    monkeypatch.setattr(batch, "UNKNOWN_WAIT_S_MAX", 1)
    giver, _, command = _asked(ring)
    with behind_proxy(ring.world.url) as (proxy, platform):
        _warm(ring, platform)
        proxy.cut_next(mode, 10**9)
        with pytest.raises(Refusal) as caught:
            platform.engine.settle_now(command)
        assert caught.value.code == errors.OUTCOME_UNKNOWN
        proxy.cut_next(mode, 0)
        record = platform.engine.settle_now(command)
        assert isinstance(record, Record)
    assert ring.world.count("settlement") == 2
    assert ring.world.balance(giver) == (2000, 0)
    ring.assert_clean()


@pytest.mark.parametrize("mode", MODES)
def test_unknown_outcome_can_be_undone(
    ring: Arena, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2601 after "unknown": afterwards the message has had no effect, whatever had happened."""
    monkeypatch.setattr(batch, "UNKNOWN_WAIT_S_MAX", 1)
    giver, patient, command = _asked(ring)
    with behind_proxy(ring.world.url) as (proxy, platform):
        _warm(ring, platform)
        proxy.cut_next(mode, 10**9)
        with pytest.raises(Refusal) as unknown:
            platform.engine.settle_now(command)
        assert unknown.value.code == errors.OUTCOME_UNKNOWN
        proxy.cut_next(mode, 0)
        platform.engine.settle_now(ring.world.undo(patient, command.key.msgid, "2207"))
        with pytest.raises(Refusal) as caught:
            platform.engine.settle_now(command)
        assert caught.value.code == errors.KEY_CANCELLED
    assert ring.world.balance(giver) == (5000, 0)
    assert ring.world.balance(patient) == (1000, 0)
    ring.assert_clean()


def test_the_proxy_does_cut(ring: Arena) -> None:
    """Control: a plain connection through it loses its commit, or the answer to it."""
    with behind_proxy(ring.world.url) as (proxy, platform):
        for mode, rows in ((BEFORE, 0), (AFTER, 1)):
            with psycopg.connect(platform.url) as conn:
                # tidy: any row, to have something to commit
                conn.execute("INSERT INTO reference_version VALUES (%s, 1)", (f"cut {mode}",))
                proxy.cut_next(mode)
                with pytest.raises(psycopg.OperationalError):
                    conn.commit()
            found = ring.world.conn.execute(
                "SELECT count(*) FROM reference_version WHERE name = %s", (f"cut {mode}",)
            ).fetchone()
            ring.world.conn.commit()
            assert found == (rows,)
    assert proxies.COMMIT == b"COMMIT\x00"
