# SPDX-License-Identifier: Apache-2.0
"""Short ways to make accounts and entries in the tests of the ledger."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg

from gongji.ledger import accounts as a
from gongji.ledger.audit import Report, audit
from gongji.ledger.opening import Opening, open_with_balances
from gongji.ledger.periodic import Run
from gongji.ledger.sealing import seal_pending
from gongji.ledger.services import Batch, NewEntry, Posting, next_ids, post

AREA = 360100
HOSPITAL = 77
DAY = dt.date(2025, 7, 1)
NOW = dt.datetime(2025, 7, 1, 8, 30, tzinfo=dt.UTC)
GUARDED = ("account", "entry", "posting", "ledger_batch", "seal", "credit_run")
SEEDS = int(os.environ.get("GONGJI_TEST_SEEDS", "8"))


def run_on(day: dt.date, batch_size: int = 500) -> Run:
    return Run(day, dt.datetime.combine(day, dt.time(2), dt.UTC), "test", batch_size)


def fund(conn: psycopg.Connection, balances: Mapping[int, tuple[int, int]]) -> None:
    """Accounts with (current, carried) fen, opened through the ledger."""
    rows = [Opening(o, AREA, 2025, dt.date(2020, 1, 1), c, k) for o, (c, k) in balances.items()]
    open_with_balances(conn, rows, run_on(dt.date(2025, 1, 1)))
    conn.commit()


def settlement(
    entry_id: int,
    patient: int,
    payers: Iterable[tuple[int, int, int]],
    *,
    fund_fen: int = 3000,
    cash_fen: int = 500,
    document: bytes = b"",
) -> NewEntry:
    """A settlement; ``payers`` = (owner, bucket, fen)."""
    legs = [Posting(owner, bucket, AREA, -fen) for owner, bucket, fen in payers]
    legs.append(Posting(patient, a.FUND_EMPLOYEE_POOLED, AREA, -fund_fen))
    legs.append(Posting(patient, a.CASH, HOSPITAL, -cash_fen))
    total = -sum(leg.amount_fen for leg in legs)
    legs.append(Posting(patient, a.INSTITUTION, HOSPITAL, total))
    return NewEntry(patient, entry_id, a.SETTLEMENT, DAY, None, tuple(legs), document)


def mirror(entry: NewEntry, entry_id: int) -> NewEntry:
    """The reversal (or the restore) of an entry."""
    kind = a.RESTORE if entry.kind == a.REVERSAL else a.REVERSAL
    legs = tuple(leg._replace(amount_fen=-leg.amount_fen) for leg in entry.postings)
    return NewEntry(entry.owner, entry_id, kind, DAY, entry.entry_id, legs, entry.document)


def batch(*entries: NewEntry) -> Batch:
    return Batch(entries, "test", NOW)


def settle(
    conn: psycopg.Connection, patient: int, payers: Iterable[tuple[int, int, int]]
) -> NewEntry:
    """Post one settlement and commit."""
    entry = settlement(next_ids(conn, 1)[0], patient, payers)
    post(conn, batch(entry), lock=True)
    conn.commit()
    return entry


def reverse(conn: psycopg.Connection, entry: NewEntry) -> NewEntry:
    """Post its mirror and commit."""
    back = mirror(entry, next_ids(conn, 1)[0])
    post(conn, batch(back), lock=True)
    conn.commit()
    return back


def balance(conn: psycopg.Connection, owner: int) -> tuple[int, int]:
    row = conn.execute(
        "SELECT current_fen, carried_fen FROM account WHERE owner = %s", (owner,)
    ).fetchone()
    conn.commit()
    assert row is not None
    return row[0], row[1]


def documents_of(entries: Iterable[NewEntry]) -> Callable[..., Mapping[int, bytes]]:
    """A source of sealed documents, as the settlement room has one."""
    known = {entry.entry_id: entry.document for entry in entries}

    def source(conn: psycopg.Connection, keys: Sequence[tuple[int, int]]) -> Mapping[int, bytes]:
        return {entry_id: known.get(entry_id, b"") for _, entry_id in keys}

    return source


def prove(conn: psycopg.Connection, **options: object) -> Report:
    """Seal what is there and audit it; no documents unless given."""
    conn.commit()
    while seal_pending(conn):
        pass
    options.setdefault("settlement_documents", documents_of(()))
    report = audit(conn, **options)  # type: ignore[arg-type]
    conn.commit()
    return report


def clean(conn: psycopg.Connection) -> Report:
    """Audit that must find nothing."""
    report = prove(conn)
    assert report.clean, "\n".join(report.lines())
    return report


@contextmanager
def guards_off(conn: psycopg.Connection) -> Iterator[None]:
    """What an intruder with the rights of the tables' owner does: puts the triggers to sleep."""
    for table in GUARDED:
        conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in GUARDED:
        conn.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    conn.commit()
