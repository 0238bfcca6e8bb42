# SPDX-License-Identifier: Apache-2.0
"""Locks and statements that take too long: "busy", nothing half done, and the key still works.

The limits are those of the engine's connection, shortened for the tests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from races_arena import Arena

from gongji.kernel.errors import Refusal
from gongji.settlement import errors, platform, queueing
from gongji.settlement.records import Record
from patience import LOADED

pytestmark = pytest.mark.postgres
TABLES = ("settlement", "entry", "posting", "message", "accumulator", "ledger_batch")
ANSWER_S_MAX = 7.0 * LOADED  # on an idle machine less than the limits of real operation
TRIES_MAX = 60


@pytest.fixture
def ring(arena: Callable[..., Arena], monkeypatch: pytest.MonkeyPatch) -> Arena:
    """An engine that waits a second for a lock and half a second for a statement."""
    options = platform.BATCH_OPTIONS
    for long in ("lock_timeout=500", "statement_timeout=5000"):
        assert long in options
    short = options.replace("lock_timeout=500", "lock_timeout=300")
    short = short.replace("statement_timeout=5000", "statement_timeout=500")
    monkeypatch.setattr(platform, "BATCH_OPTIONS", short)
    monkeypatch.setattr(queueing, "LOCK_WAIT_S_MAX", 1.0)
    return arena(engines=1)


def _rows(ring: Arena) -> dict[str, int]:
    return {table: ring.world.count(table) for table in TABLES}


def _busy(ring: Arena, command: Any) -> None:
    """The command is refused as busy within the limit, without a trace."""
    before, start = _rows(ring), time.monotonic()
    answer = ring.answer(command)
    assert isinstance(answer, Refusal)
    assert answer.code == errors.BUSY
    assert time.monotonic() - start < ANSWER_S_MAX
    assert _rows(ring) == before


def _settled_at_last(ring: Arena, command: Any) -> Record:
    """The record, tried again while busy: so short a limit is passed by a loaded machine alone."""
    for _ in range(TRIES_MAX):
        answer = ring.answer(command)
        if not isinstance(answer, Refusal) or answer.code != errors.BUSY:
            break
    assert isinstance(answer, Record), answer
    return answer


def _asked(ring: Arena) -> tuple[int, int, Any]:
    giver, patient = ring.world.person(current=5000), ring.world.person(current=1000)
    ring.world.authorise(giver, patient)
    return giver, patient, ring.world.settle(patient, ring.world.visit(patient, 4000), 4000)


@pytest.mark.parametrize("table", ["person", "account", "giver"])
def test_a_lock_that_cannot_be_had(ring: Arena, table: str) -> None:
    giver, patient, command = _asked(ring)
    locked = giver if table == "giver" else patient
    name = "account" if table == "giver" else table
    with psycopg.connect(ring.world.url) as other:
        other.execute(f"SELECT owner FROM {name} WHERE owner = %s FOR UPDATE", (locked,))
        _busy(ring, command)
        _busy(ring, command)
    assert _settled_at_last(ring, command).relatives_fen == 3000
    ring.assert_clean()


def test_a_statement_that_takes_too_long(ring: Arena) -> None:
    _, _, command = _asked(ring)
    conn = ring.world.conn
    conn.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(5); RETURN NEW; END $$"
    )
    conn.execute(
        "CREATE TRIGGER slow BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION slow()"
    )
    conn.commit()
    _busy(ring, command)
    conn.execute("DROP TRIGGER slow ON message")
    conn.commit()
    assert _settled_at_last(ring, command).relatives_fen == 3000
    ring.assert_clean()


def test_a_backend_that_is_terminated_is_replaced(ring: Arena) -> None:
    """An operator ends the engine's connection: the next request finds a new one."""
    _, patient, command = _asked(ring)
    _settled_at_last(ring, ring.world.purchase(patient, 10))
    with psycopg.connect(ring.world.url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND query LIKE '%%COMMIT%%'"
        )
    assert _settled_at_last(ring, command).own_fen == 990
    ring.world.conn.close()
    with psycopg.connect(ring.world.url) as conn:
        ring.world.conn = conn
        assert ring.world.count("settlement") == 2
    ring.assert_clean()
