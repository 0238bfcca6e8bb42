# SPDX-License-Identifier: Apache-2.0
"""Sealing: in order of visibility, incremental, with several sealers at once; known vectors."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from ledger_tools import batch, clean, fund, settle, settlement

from gongji.kernel.errors import InvariantError
from gongji.ledger import accounts as a
from gongji.ledger import canonical, sealing
from gongji.ledger.sealing import head, seal_pending
from gongji.ledger.services import next_ids, post

pytestmark = pytest.mark.postgres
WANG = 1001


def test_sm3_is_the_national_standard() -> None:
    """GB/T 32905, appendix A: the digest of "abc"."""
    assert canonical.sm3(b"abc").hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


def test_the_bytes_of_an_entry_are_fixed() -> None:
    legs = canonical.canonical_legs([0, 7, 1, 360100, -5, 1, 7, 20, 77, 5])
    assert len(legs) == 2 * canonical.POSTING_BYTES
    day = canonical.day_number(dt.date(2000, 1, 2))
    whole = canonical.canonical_entry(11, 7, 1, day, 0, legs, b"why")
    assert whole[:4] == b"GJE1"
    assert whole.endswith(b"why")
    assert struct.unpack(">qqhiqh", whole[4:36]) == (11, 7, 1, 1, 0, 2)
    assert canonical.sm3(whole).hex() == (
        "0874c312abb5198ac80f6b89996013b5b3e945f32a2fc7d602ef91cb793c77dc"
    )


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        canonical.microseconds(dt.datetime(2025, 1, 1))  # noqa: DTZ001


def test_seals_are_incremental_and_limited(conn: psycopg.Connection) -> None:
    assert seal_pending(conn) == 0
    assert head(conn) == (0, canonical.GENESIS)
    conn.rollback()
    fund(conn, {WANG: (100_000, 0)})
    for _ in range(4):
        settle(conn, WANG, [(WANG, a.PA_CURRENT, 1)])
    assert [seal_pending(conn, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert head(conn).seq == 5
    conn.rollback()
    clean(conn)


def test_sealing_wants_its_own_transaction(conn: psycopg.Connection) -> None:
    conn.execute("SELECT 1")
    with pytest.raises(InvariantError, match="own transaction"):
        seal_pending(conn)


def test_a_batch_that_becomes_visible_late_is_sealed_late(
    conn: psycopg.Connection, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(conn, {WANG: (100_000, 0), 1002: (100, 0)})
    with psycopg.connect(db) as slow:
        entry = settlement(next_ids(slow, 1)[0], 1002, [(1002, a.PA_CURRENT, 1)])
        late = post(slow, batch(entry), lock=True)
        for _ in range(5):
            settle(conn, WANG, [(WANG, a.PA_CURRENT, 1)])
        assert seal_pending(conn) == 6
        slow.commit()
    monkeypatch.setattr(sealing, "LOOK_BACK", 2)
    assert seal_pending(conn) == 0  # further back than a quick run looks
    assert seal_pending(conn, sweep=True) == 1
    order = conn.execute("SELECT batch_id FROM seal ORDER BY seq").fetchall()
    conn.rollback()
    assert order[-1] == (late,)
    assert order != sorted(order)
    clean(conn)


def test_several_sealers_make_one_chain(db: str, new_db: Callable[[], str]) -> None:
    with psycopg.connect(db) as conn:
        fund(conn, {WANG: (100_000, 0)})
        for _ in range(60):
            settle(conn, WANG, [(WANG, a.PA_CURRENT, 1)])

    def seal(_: int) -> int:
        with psycopg.connect(db) as mine:
            done = 0
            while sealed := seal_pending(mine, 7):
                done += sealed
            return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(seal, range(4))) == 61
    with psycopg.connect(db) as conn:
        clean(conn)


def test_without_the_lock_sealers_collide(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: sealers under different locks want the same place in the chain."""
    with psycopg.connect(db) as conn, psycopg.connect(db) as other:
        fund(conn, {WANG: (100_000, 0)})
        other.execute("SELECT 1 FROM ledger_batch")
        with conn.transaction():
            conn.execute("SET LOCAL lock_timeout = '5s'")
            # tidy: fault, a sealer under another lock
            conn.execute("INSERT INTO seal VALUES (1, 1, '\\x00', now())")
            monkeypatch.setattr(sealing, "SEAL_LOCK", 1)
            other.rollback()
            other.execute("SET statement_timeout = '300ms'")
            other.commit()
            with pytest.raises(psycopg.errors.QueryCanceled):
                seal_pending(other)
            raise psycopg.Rollback
