# SPDX-License-Identifier: Apache-2.0
"""Seeded random operations against an auditor written apart: a dict of buckets and a list.

The auditor predicts each answer from the request alone; it shares no code with the ledger.
GONGJI_TEST_SEEDS sets how many seeds run.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

import psycopg
import pytest
from ledger_tools import AREA, SEEDS, batch, clean, fund, mirror, run_on, settlement

from gongji.kernel.errors import Refusal
from gongji.ledger.crediting import Member, credit_month
from gongji.ledger.services import NewEntry, next_ids, post

pytestmark = pytest.mark.postgres
STEPS = 60
TOO_LOW, TWICE = 3002, 3001
OWNERS = tuple(range(11, 19))


class TwoPercent:
    """A policy without packs: 2 % of the base, 80 yuan for the retired."""

    def credit_fen(
        self, area: int, on: dt.date, retired: bool, base_fen: int, *, age: int = 0
    ) -> tuple[int, tuple[()]]:
        return (8000 if retired else (base_fen * 200 + 5000) // 10_000), ()

    def interest_bp(self, area: int, on: dt.date) -> tuple[int, tuple[()]]:
        return 35, ()


@dataclass
class Auditor:
    """What must be: fen by (owner, bucket), and what every accepted entry moved."""

    fen: dict[tuple[int, int], int]
    moved: dict[int, dict[tuple[int, int], int]] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    months: set[tuple[int, int]] = field(default_factory=set)

    def answer(self, moves: dict[tuple[int, int], int], undoes: int | None) -> int:
        """0, or the number of the refusal; takes the moves over when it is 0."""
        if any(self.fen[where] + change < 0 for where, change in moves.items()):
            return TOO_LOW
        if undoes is not None and undoes in self.undone:
            return TWICE
        for where, change in moves.items():
            self.fen[where] += change
        if undoes is not None:
            self.undone.add(undoes)
        return 0


def ask(conn: psycopg.Connection, *entries: NewEntry) -> int:
    try:
        post(conn, batch(*entries), lock=True)
    except Refusal as refused:
        conn.rollback()
        return refused.code
    conn.commit()
    return 0


def pay(conn: psycopg.Connection, rng: random.Random, auditor: Auditor, book: list) -> None:
    entries, moves = [], {}
    for entry_id in next_ids(conn, rng.randint(1, 3)):
        mine: dict[tuple[int, int], int] = {}
        for owner in rng.sample(OWNERS, rng.randint(1, 3)):
            mine[owner, rng.randint(1, 2)] = -rng.choice([1, 7, 99, 1500, 4000])
        payers = [(owner, bucket, -fen) for (owner, bucket), fen in mine.items()]
        entry = settlement(entry_id, rng.choice(OWNERS), payers, cash_fen=rng.randint(1, 9))
        auditor.moved[entry_id] = mine
        entries.append(entry)
        for where, change in mine.items():
            moves[where] = moves.get(where, 0) + change
    expected = auditor.answer(moves, None)
    assert ask(conn, *entries) == expected
    if expected == 0:
        book.extend(entries)


def undo(conn: psycopg.Connection, rng: random.Random, auditor: Auditor, book: list) -> None:
    if not book:
        return
    entry = rng.choice(book)
    back = mirror(entry, next_ids(conn, 1)[0])
    moves = {where: -change for where, change in auditor.moved[entry.entry_id].items()}
    expected = auditor.answer(moves, entry.entry_id)
    assert ask(conn, back) == expected
    if expected == 0:
        auditor.moved[back.entry_id] = moves
        book.append(back)


def credit(conn: psycopg.Connection, rng: random.Random, auditor: Auditor, book: list) -> None:
    conn.rollback()
    month = dt.date(2025, rng.randint(1, 12), rng.randint(1, 28))
    members = []
    for owner in rng.sample(OWNERS, 4):
        retired, base_fen = owner % 3 == 0, rng.randint(0, 900_000)
        members.append(Member(owner, AREA, retired, base_fen))
        if (owner, month.month) not in auditor.months:
            gain = 8000 if retired else int(base_fen * 2 / 100 + 0.5)
            auditor.fen[owner, 1] += gain
            if gain:
                auditor.months.add((owner, month.month))
    credit_month(conn, TwoPercent(), members, month, run_on(dt.date(2025, 12, 31), 3))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_operations_agree_with_the_auditor(conn: psycopg.Connection, seed: int) -> None:
    rng = random.Random(seed)
    start = {owner: (rng.randint(0, 9000), rng.randint(0, 9000)) for owner in OWNERS}
    fund(conn, start)
    auditor = Auditor({(o, b + 1): fen for o, pair in start.items() for b, fen in enumerate(pair)})
    book: list[NewEntry] = []
    for _ in range(STEPS):
        rng.choice([pay, pay, pay, undo, undo, credit])(conn, rng, auditor, book)
    rows = conn.execute("SELECT owner, current_fen, carried_fen FROM account").fetchall()
    found = {(o, b + 1): fen for o, *pair in rows for b, fen in enumerate(pair)}
    assert found == auditor.fen, f"seed {seed}"
    clean(conn)
