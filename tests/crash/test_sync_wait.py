# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's trap: a cancelled wait for the synchronous standby looks like success.

The standby does not exist, so every commit hangs. Cancelling it gives a WARNING and "COMMIT"; the
engine must not acknowledge that, and afterwards the message has exactly one effect.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from races_arena import Answer, Arena
from settlement_world import DAY, NOW, library

from gongji.kernel.errors import Refusal
from gongji.ledger.crediting import Member, credit_month
from gongji.ledger.periodic import NotReplicated, Outcome, Run
from gongji.runtime.postgres import EmbeddedPostgres
from gongji.settlement import batch, engine, errors
from gongji.settlement.records import Record
from patience import LOADED

pytestmark = pytest.mark.postgres
WAIT_S_MAX = 20 * LOADED
STILL_S = 0.6  # how long "no answer" is watched
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'"


@contextmanager
def ghost_standby(server: EmbeddedPostgres) -> Iterator[psycopg.Connection[Any]]:
    """Commits wait for a standby that is not there; gives a superuser's connection."""
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("SET synchronous_commit = local")
        _standby(admin, "ghost")
        try:
            _until(lambda: _commits_wait(server, admin))
            yield admin
        finally:
            _standby(admin, "")


def _standby(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    admin.execute("SELECT pg_reload_conf()")
    _until(lambda: admin.execute("SHOW synchronous_standby_names").fetchone() == (name,))


def _commits_wait(server: EmbeddedPostgres, admin: psycopg.Connection[Any]) -> bool:
    """Whether a commit waits by now.

    Backends take the setting from shared memory, where the checkpointer puts it when it comes to
    it: a while after SHOW tells it here, on a busy machine.
    """
    with psycopg.connect(server.admin_url, autocommit=True) as probe:
        pid = probe.info.backend_pid
        emit = threading.Thread(
            target=probe.execute, args=("SELECT pg_logical_emit_message(true, 'probe', '')",)
        )
        emit.start()
        waits = False
        while emit.is_alive() and not waits:
            found = admin.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE pid = %s AND wait_event = 'SyncRep'",
                (pid,),
            )
            waits = found.fetchone() is not None
            time.sleep(0.01)
        emit.join(timeout=WAIT_S_MAX)
        return waits


def _until(holds: Callable[[], Any]) -> Any:
    end = time.monotonic() + WAIT_S_MAX
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def _waiting(admin: psycopg.Connection[Any]) -> list[int]:
    return [row[0] for row in admin.execute(WAITING).fetchall()]


class Asked:
    """One request in a thread of its own."""

    def __init__(self, ring: Arena, command: Any) -> None:
        self.answers: list[Answer] = []
        self._thread = threading.Thread(target=lambda: self.answers.append(ring.answer(command)))
        self._thread.start()

    def answer(self) -> Answer:
        """Wait for it."""
        self._thread.join(timeout=WAIT_S_MAX)
        (one,) = self.answers
        return one


def _ready(ring: Arena) -> tuple[int, int, Any]:
    """A warm engine, and one settlement to ask."""
    world = ring.world
    giver, patient = world.person(current=5000), world.person(current=1000)
    world.authorise(giver, patient)
    ring.settled(world.settle(giver, world.visit(giver, 10), 10))
    return giver, patient, world.settle(patient, world.visit(patient, 4000), 4000)


def test_cancelled_wait_is_not_acknowledged(
    own_server: EmbeddedPostgres, crash_arena: Arena
) -> None:
    ring = crash_arena
    giver, patient, command = _ready(ring)
    with ghost_standby(own_server) as admin:
        asked = Asked(ring, command)
        (pid,) = _until(lambda: _waiting(admin))
        admin.execute("SELECT pg_cancel_backend(%s)", (pid,))
        _until(lambda: pid not in _waiting(admin))
        # Committed here, but not on the standby: the engine knows better than to answer. Others
        # see it a moment after the wait has ended.
        _until(lambda: admin_count(own_server) == 2)
        _until(lambda: _waiting(admin))
        time.sleep(STILL_S)
        assert asked.answers == []
    record = asked.answer()
    assert isinstance(record, Record)
    assert (record.own_fen, record.relatives_fen, record.cash_fen) == (1000, 3000, 0)
    assert ring.answer(command) == record
    assert ring.world.count("settlement") == 2
    assert ring.world.balance(giver) == (1990, 0)
    assert ring.world.balance(patient) == (0, 0)
    ring.assert_clean()


def admin_count(server: EmbeddedPostgres) -> int:
    """Settlements that are visible, whether replicated or not."""
    with psycopg.connect(server.url) as conn:
        row = conn.execute("SELECT count(*) FROM settlement").fetchone()
    assert row is not None
    return int(row[0])


def test_outcome_that_stays_unknown_is_said_to_be_unknown(
    own_server: EmbeddedPostgres, crash_arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The waits of the look-ups are cancelled, too, for longer than the engine looks."""
    monkeypatch.setattr(batch, "UNKNOWN_WAIT_S_MAX", 1)
    ring = crash_arena
    giver, patient, command = _ready(ring)
    with ghost_standby(own_server) as admin:
        for _ in range(2):  # a repeat while the standby is away is not acknowledged either
            asked = Asked(ring, command)
            _cancel_until_answered(admin, asked)
            answer = asked.answer()
            assert isinstance(answer, Refusal)
            assert answer.code == errors.OUTCOME_UNKNOWN
    _one_effect(ring, giver, patient, command)


def _cancel_until_answered(admin: psycopg.Connection[Any], asked: Asked) -> None:
    end = time.monotonic() + WAIT_S_MAX
    while not asked.answers and time.monotonic() < end:
        for pid in _waiting(admin):
            admin.execute("SELECT pg_cancel_backend(%s)", (pid,))
        time.sleep(0.02)


def _one_effect(ring: Arena, giver: int, patient: int, command: Any) -> None:
    record = ring.settled(command)
    assert record.relatives_fen == 3000
    assert ring.world.count("settlement") == 2
    assert (ring.world.balance(giver), ring.world.balance(patient)) == ((1990, 0), (0, 0))
    ring.assert_clean()


def test_no_caller_waits_without_end(
    own_server: EmbeddedPostgres, crash_arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody cancels the commit: callers of both kinds are told "unknown" in time."""
    ring = crash_arena
    giver, patient, command = _ready(ring)
    monkeypatch.setattr(engine, "ANSWER_WAIT_S_MAX", 1)
    with ghost_standby(own_server):
        with pytest.raises(Refusal) as by_thread:
            ring.platforms[0].engine.settle_now(command)
        with pytest.raises(Refusal) as by_loop:
            asyncio.run(ring.platforms[0].engine.settle(command))
        assert by_thread.value.code == by_loop.value.code == errors.OUTCOME_UNKNOWN
    monkeypatch.setattr(engine, "ANSWER_WAIT_S_MAX", WAIT_S_MAX)
    _one_effect(ring, giver, patient, command)


def test_a_monthly_credit_whose_wait_is_cancelled_is_not_counted_as_made(
    own_server: EmbeddedPostgres, crash_arena: Arena
) -> None:
    """The run ends with the fault; started again, it finds the money made once."""
    owner = crash_arena.world.person(current=0)
    month, faults = DAY.replace(day=1), []

    def credit(conn: psycopg.Connection[Any]) -> Outcome:
        member = Member(owner, 360100, False, 500_000)
        return credit_month(conn, library(), [member], month, Run(DAY, NOW, "test"))

    def run() -> None:
        with psycopg.connect(own_server.url) as conn:
            try:
                credit(conn)
            except psycopg.OperationalError as fault:
                faults.append(type(fault))

    with ghost_standby(own_server) as admin:
        running = threading.Thread(target=run)
        running.start()
        (pid,) = _until(lambda: _waiting(admin))
        admin.execute("SELECT pg_cancel_backend(%s)", (pid,))
        running.join(timeout=WAIT_S_MAX)
        assert faults == [NotReplicated]
    with psycopg.connect(own_server.url) as conn:
        again = credit(conn)
    assert (again.moved, again.repeated) == (0, 1)
    assert crash_arena.world.balance(owner) == (10_000, 0)
    crash_arena.assert_clean()


def test_control_a_plain_client_takes_the_cancelled_wait_for_success(
    own_server: EmbeddedPostgres,
) -> None:
    """What the engine guards against: no error, only a notice."""
    notices: list[str] = []
    with psycopg.connect(own_server.url) as conn, ghost_standby(own_server) as admin:
        conn.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        # tidy: any row, to have something to commit
        conn.execute("INSERT INTO reference_version VALUES ('plain', 1)")
        commit = threading.Thread(target=conn.commit)
        commit.start()
        (pid,) = _until(lambda: _waiting(admin))
        admin.execute("SELECT pg_cancel_backend(%s)", (pid,))
        commit.join(timeout=WAIT_S_MAX)
        assert not commit.is_alive()
    assert any(batch.SYNC_WAIT_CANCELLED in notice for notice in notices)
