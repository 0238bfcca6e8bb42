# SPDX-License-Identifier: Apache-2.0
"""Ids of settlements and visits: what a crashed server forgets is not used after it."""

from __future__ import annotations

import psycopg
import pytest

from gongji.ledger.wire import Wire
from gongji.settlement.platform import ID_BLOCK, Ids

pytestmark = pytest.mark.postgres


def taken(ids: Ids, wire: Wire, count: int) -> set[int]:
    ids.reserve(wire, count)
    return {ids.next() for _ in range(count)}


def test_ids_of_two_writers_never_meet(db: str) -> None:
    one, other = Ids("entry_seq"), Ids("entry_seq")
    with psycopg.connect(db) as first, psycopg.connect(db) as second:
        here, there = Wire(first), Wire(second)
        found = [taken(one, here, 700), taken(other, there, 700), taken(one, here, 700)]
    assert len(set().union(*found)) == 2100


def test_ids_that_a_crash_took_back_are_not_used(db: str) -> None:
    """A block was fetched, the server fell before the sequence was on its disk."""
    one, other = Ids("entry_seq"), Ids("entry_seq")
    with psycopg.connect(db) as conn:
        wire = Wire(conn)
        taken(one, wire, 1)
        wire.rollback()
    with psycopg.connect(db, autocommit=True) as after:
        row = after.execute("SELECT last_value FROM entry_seq").fetchone()
        assert row is not None
        after.execute("SELECT setval('entry_seq', %s)", (row[0] - ID_BLOCK,))
    with psycopg.connect(db) as first, psycopg.connect(db) as second:
        mine = taken(one, Wire(first), 500)
        theirs = taken(other, Wire(second), 500)
    assert not mine & theirs
