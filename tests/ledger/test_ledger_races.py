# SPDX-License-Identifier: Apache-2.0
"""Races on a real server, several connections at once; each with a control that loses the race."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from ledger_tools import AREA, balance, batch, clean, fund, mirror, prove, settle, settlement
from psycopg import errors as pg

from gongji.kernel.errors import Refusal
from gongji.ledger import accounts as a
from gongji.ledger import errors
from gongji.ledger.arrays import ints
from gongji.ledger.locking import AccountRow, lock_accounts
from gongji.ledger.services import NewAccount, next_ids, open_accounts, post
from patience import LOADED

pytestmark = pytest.mark.postgres
WRITERS = 8
ROUNDS = 30
CONTROL_ROUNDS_MAX = 2000  # a few are enough; the control ends with the first deadlock
GATE_S_MAX = 60 * LOADED
PEOPLE = range(1, 13)
SEED = 20250701

Locker = Callable[[psycopg.Connection, list[int]], dict[int, AccountRow]]


def together(db: str, work: Callable[[psycopg.Connection, int], object]) -> list[object]:
    """Run ``work`` on its own connection in each of the writers, all starting at once."""
    gate = threading.Barrier(WRITERS)

    def one(number: int) -> object:
        with psycopg.connect(db) as conn:
            gate.wait(GATE_S_MAX)
            return work(conn, number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def ordered(conn: psycopg.Connection, owners: list[int]) -> dict[int, AccountRow]:
    return lock_accounts(conn, owners)


def as_they_come(conn: psycopg.Connection, owners: list[int]) -> dict[int, AccountRow]:
    """The control: locks row by row in the order of the request."""
    found = {}
    for owner in owners:
        found.update(lock_accounts(conn, [owner]))
    return found


def unlocked(conn: psycopg.Connection, owners: list[int]) -> dict[int, AccountRow]:
    """The control: reads without locking."""
    rows = conn.execute(
        "SELECT owner, area, status, current_fen, carried_fen, year FROM account"
        " WHERE owner = ANY(%s::bigint[])",
        (ints(owners),),
    ).fetchall()
    return {row[0]: AccountRow(*row) for row in rows}


def random_order_traffic(db: str, lock: Locker, rounds: int) -> Counter[str]:
    """Each writer pays with four accounts in random order, many times."""
    with psycopg.connect(db) as conn:
        fund(conn, dict.fromkeys(PEOPLE, (1000000, 0)))

    over = threading.Event()  # one deadlock is proof enough, and each costs a second

    def work(conn: psycopg.Connection, number: int) -> Counter[str]:
        rng = random.Random(SEED + number)
        seen: Counter[str] = Counter()
        for _ in range(rounds):
            if over.is_set():
                break
            owners = rng.sample(PEOPLE, 4)
            try:
                lock(conn, owners)
                payers = [(owner, a.PA_CURRENT, rng.randint(1, 9)) for owner in owners]
                entry = settlement(next_ids(conn, 1)[0], owners[0], payers)
                post(conn, batch(entry), lock=False)
                conn.commit()
                seen["posted"] += 1
            except pg.DeadlockDetected:
                conn.rollback()
                seen["deadlock"] += 1
                over.set()
        return seen

    total: Counter[str] = Counter()
    for seen in together(db, work):
        assert isinstance(seen, Counter)
        total.update(seen)
    return total


def test_random_order_from_many_writers_never_deadlocks(db: str) -> None:
    seen = random_order_traffic(db, ordered, ROUNDS)
    assert seen == {"posted": WRITERS * ROUNDS}
    with psycopg.connect(db) as conn:
        clean(conn)


def test_control_without_the_lock_order_deadlocks_appear(db: str) -> None:
    seen = random_order_traffic(db, as_they_come, CONTROL_ROUNDS_MAX)
    assert seen["deadlock"] > 0
    with psycopg.connect(db) as conn:
        clean(conn)  # a deadlock loses time, never money


def spend_what_is_seen(db: str, lock: Locker) -> Counter[str]:
    """All writers at once read a balance of 100 fen and spend 100 of it when they see it."""
    gate = threading.Barrier(WRITERS)

    def work(conn: psycopg.Connection, number: int) -> str:
        row = lock(conn, [1])[1]
        if lock is unlocked:  # everybody has read before anybody writes
            gate.wait(GATE_S_MAX)
        if row.current_fen < 100:
            conn.rollback()
            return "saw nothing left"
        try:
            entry = settlement(next_ids(conn, 1)[0], 1, [(1, a.PA_CURRENT, 100)])
            post(conn, batch(entry), lock=False)
            conn.commit()
        except Refusal as refused:
            conn.rollback()
            last_wall = refused.code == errors.BALANCE_NOT_ENOUGH
            return "stopped by the last wall" if last_wall else refused.en
        return "paid"

    return Counter(str(result) for result in together(db, work))


def test_the_last_yuan_is_spent_once(db: str) -> None:
    with psycopg.connect(db) as conn:
        fund(conn, {1: (100, 0)})
        seen = spend_what_is_seen(db, ordered)
        assert seen == {"paid": 1, "saw nothing left": WRITERS - 1}
        assert balance(conn, 1) == (0, 0)
        clean(conn)


def test_control_without_the_lock_all_see_the_same_yuan(db: str) -> None:
    """The race appears (all decide to pay); the CHECK of the database is what is left."""
    with psycopg.connect(db) as conn:
        fund(conn, {1: (100, 0)})
        seen = spend_what_is_seen(db, unlocked)
        assert seen == {"paid": 1, "stopped by the last wall": WRITERS - 1}
        clean(conn)


def test_control_a_balance_written_back_without_a_lock_is_lost(db: str) -> None:
    """Read, add, write back: what ``post`` never does loses money, and the audit tells."""
    with psycopg.connect(db) as conn:
        fund(conn, {1: (100, 0)})
    gate = threading.Barrier(WRITERS)

    def work(conn: psycopg.Connection, number: int) -> None:
        row = unlocked(conn, [1])[1]
        gate.wait(GATE_S_MAX)
        # tidy: fault, a balance written back by hand
        conn.execute("UPDATE account SET current_fen = %s WHERE owner = 1", (row.current_fen - 1,))
        conn.commit()

    together(db, work)
    with psycopg.connect(db) as conn:
        assert balance(conn, 1) == (99, 0)  # eight payments, one fen
        assert [(f.table, f.key) for f in prove(conn).faults] == [("account", "owner 1")]


def test_an_account_never_used_cannot_be_overdrawn(db: str) -> None:
    with psycopg.connect(db) as conn:
        open_accounts(conn, [NewAccount(1, AREA, 2025, dt.date(2025, 1, 1))])
        conn.commit()

    def work(conn: psycopg.Connection, number: int) -> int:
        try:
            entry = settlement(next_ids(conn, 1)[0], 1, [(1, a.PA_CURRENT, 1)])
            post(conn, batch(entry), lock=number % 2 == 0)
            conn.commit()
        except Refusal as refused:
            conn.rollback()
            return refused.code
        return 0

    assert set(together(db, work)) == {errors.BALANCE_NOT_ENOUGH}
    with psycopg.connect(db) as conn:
        assert balance(conn, 1) == (0, 0)
        clean(conn)


def test_opening_at_once_opens_once(db: str) -> None:
    day = dt.date(2025, 1, 1)

    def work(conn: psycopg.Connection, number: int) -> int:
        opened = open_accounts(conn, [NewAccount(o, AREA, 2025, day) for o in (3, 1, 2)])
        conn.commit()
        return opened

    assert sorted(together(db, work)) == [0] * (WRITERS - 1) + [3]


def test_each_settlement_is_reversed_exactly_once(db: str) -> None:
    """Every writer reverses every settlement: N succeed, the rest hear that it is done."""
    with psycopg.connect(db) as conn:
        fund(conn, dict.fromkeys(PEOPLE, (10000, 0)))
        entries = [settle(conn, o, [(o, a.PA_CURRENT, 100)]) for o in PEOPLE for _ in range(4)]

    def work(conn: psycopg.Connection, number: int) -> Counter[int]:
        seen: Counter[int] = Counter()
        for entry in random.Random(number).sample(entries, len(entries)):
            try:
                post(conn, batch(mirror(entry, next_ids(conn, 1)[0])), lock=True)
                conn.commit()
                seen[0] += 1
            except Refusal as refused:
                conn.rollback()
                seen[refused.code] += 1
        return seen

    total: Counter[int] = Counter()
    for seen in together(db, work):
        assert isinstance(seen, Counter)
        total.update(seen)
    assert total == {0: len(entries), errors.ALREADY_REVERSED: (WRITERS - 1) * len(entries)}
    with psycopg.connect(db) as conn:
        assert {balance(conn, owner) for owner in PEOPLE} == {(10_000, 0)}
        clean(conn)
