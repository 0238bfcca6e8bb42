# SPDX-License-Identifier: Apache-2.0
"""Each guard proved by breaking it: the database refuses rewriting, and an intruder who can put
its guards to sleep is found by the audit, which names the row."""

# tidy: faults, put into a ledger past its guards
from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from ledger_tools import (
    AREA,
    balance,
    clean,
    fund,
    guards_off,
    prove,
    reverse,
    run_on,
    settle,
)
from psycopg import errors as pg

from gongji.ledger import accounts as a
from gongji.ledger.sealing import head
from gongji.ledger.yearly import roll_year

pytestmark = pytest.mark.postgres
WANG, LI = 1001, 1002
KEPT = ("entry", "posting", "ledger_batch", "seal", "credit_run")


@pytest.fixture
def book(conn: psycopg.Connection) -> psycopg.Connection:
    """Openings, three settlements, a reversal, a year-end roll; sealed and clean."""
    fund(conn, {WANG: (100_000, 5_000), LI: (20_000, 0)})
    settle(conn, WANG, [(WANG, a.PA_CURRENT, 100), (LI, a.PA_CURRENT, 50)])
    reverse(conn, settle(conn, WANG, [(WANG, a.PA_CARRIED, 200)]))
    settle(conn, LI, [(LI, a.PA_CURRENT, 300)])
    roll_year(conn, 2025, run_on(dt.date(2026, 1, 1)))
    report = clean(conn)
    assert report.counts["unsealed batches"] == 0
    return conn


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_history_cannot_be_rewritten(book: psycopg.Connection, table: str, statement: str) -> None:
    column = {"seal": "seq", "ledger_batch": "entries"}.get(table, "owner")
    with pytest.raises(pg.RestrictViolation, match=f"table {table} keeps its history"):
        book.execute(statement.format(table, column, column))
    book.rollback()
    clean(book)


@pytest.mark.parametrize("statement", ["DELETE FROM account", "TRUNCATE account"])
def test_accounts_cannot_be_removed(book: psycopg.Connection, statement: str) -> None:
    with pytest.raises(pg.RestrictViolation):
        book.execute(statement)
    book.rollback()


@pytest.mark.parametrize("bucket", ["current_fen", "carried_fen"])
def test_the_database_refuses_a_negative_bucket(book: psycopg.Connection, bucket: str) -> None:
    with pytest.raises(pg.CheckViolation):
        book.execute(f"UPDATE account SET {bucket} = -1 WHERE owner = %s", (WANG,))
    book.rollback()


def test_the_database_refuses_a_zero_posting_and_a_second_reversal(
    book: psycopg.Connection,
) -> None:
    with pytest.raises(pg.CheckViolation):
        book.execute("INSERT INTO posting VALUES (1001, 1, 0, 1, 0, 0)")
    book.rollback()
    with pytest.raises(pg.UniqueViolation, match="entry_reversal_of"):
        book.execute(
            "INSERT INTO entry SELECT owner, entry_id + 1000, batch_id, kind, business_date,"
            " reversal_of FROM entry WHERE reversal_of IS NOT NULL"
        )
    book.rollback()


# Every column of every sealed row: table, column, another value, table that the fault names.
CHANGES = [
    ("posting", "owner", "owner + 1", "entry"),
    ("posting", "entry_id", "entry_id + 100", "posting"),
    ("posting", "seq", "seq + 100", "entry"),
    ("posting", "account", "13", "entry"),
    ("posting", "party", "party + 1", "entry"),
    ("posting", "amount_fen", "amount_fen + 1", "posting"),
    ("entry", "owner", "owner + 7", "entry"),
    ("entry", "entry_id", "entry_id + 100", "entry"),
    ("entry", "batch_id", "batch_id + 100", "entry"),
    ("entry", "kind", "6", "entry"),
    ("entry", "business_date", "business_date - 1", "entry"),
    ("entry", "reversal_of", "4711", "entry"),
    ("ledger_batch", "batch_id", "batch_id + 100", "seal"),
    ("ledger_batch", "made_at", "made_at + interval '1 microsecond'", "seal"),
    ("ledger_batch", "writer", "writer || ' '", "seal"),
    ("ledger_batch", "entries", "entries + 1", "seal"),
    ("ledger_batch", "entry_ids", "entry_ids || 5::bigint", "seal"),
    ("ledger_batch", "leaves", "set_byte(leaves, 31, get_byte(leaves, 31) # 1)", "seal"),
    ("seal", "seq", "seq + 100", "seal"),
    ("seal", "batch_id", "batch_id + 100", "seal"),
    ("seal", "hash", "set_byte(hash, 0, get_byte(hash, 0) # 128)", "seal"),
    ("seal", "sealed_at", "sealed_at - interval '1 microsecond'", "seal"),
    ("credit_run", "owner", "owner + 7", "credit_run"),
    ("credit_run", "period", "period - 1", "credit_run"),
    ("credit_run", "kind", "4", "credit_run"),
    ("credit_run", "entry_id", "entry_id + 100", "credit_run"),
    ("credit_run", "document", "set_byte(document, 3, get_byte(document, 3) # 1)", "entry"),
    ("account", "owner", "owner + 7", "account"),
    ("account", "current_fen", "current_fen + 1", "account"),
    ("account", "carried_fen", "carried_fen + 1", "account"),
]


@pytest.mark.parametrize(("table", "column", "value", "named"), CHANGES)
def test_one_changed_value_is_found_and_named(
    book: psycopg.Connection, table: str, column: str, value: str, named: str
) -> None:
    newest = f"(SELECT max(ctid) FROM {table})"
    with guards_off(book):
        row = book.execute(f"SELECT * FROM {table} WHERE ctid = {newest}").fetchone()
        assert row is not None
        book.execute(f"UPDATE {table} SET {column} = {value} WHERE ctid = {newest}")
    report = prove(book)
    assert not report.clean
    assert named in {fault.table for fault in report.faults}
    keys = " ".join(fault.key for fault in report.faults if fault.table == named)
    names = {str(cell) for cell in row if isinstance(cell, int)}
    assert any(name in keys for name in names), (keys, row)


@pytest.mark.parametrize("table", ["posting", "entry", "ledger_batch", "seal", "account"])
def test_a_removed_row_is_found(book: psycopg.Connection, table: str) -> None:
    with guards_off(book):
        book.execute(f"DELETE FROM {table} WHERE ctid = (SELECT min(ctid) FROM {table})")
    report = prove(book)
    assert not report.clean


def test_a_smuggled_entry_is_found(book: psycopg.Connection) -> None:
    """Balanced, with its account moved along: only the hashes can tell."""
    with guards_off(book):
        book.execute("INSERT INTO entry VALUES (%s, 999, 1, 6, '2025-02-01', NULL)", (LI,))
        book.execute(
            "INSERT INTO posting VALUES (%(o)s, 999, 0, 1, %(a)s, 700), (%(o)s, 999, 1, 32,"
            " %(a)s, -700)",
            {"o": LI, "a": AREA},
        )
        book.execute("UPDATE account SET current_fen = current_fen + 700 WHERE owner = %s", (LI,))
    report = prove(book)
    assert [(f.table, f.key) for f in report.faults] == [("entry", f"owner {LI}, entry 999")]


def test_a_chain_rewritten_to_the_end_is_found_by_a_published_head(
    book: psycopg.Connection,
) -> None:
    before = head(book)
    book.rollback()
    with guards_off(book):
        book.execute("DELETE FROM seal")
        book.execute("UPDATE ledger_batch SET writer = 'other' WHERE batch_id = 1")
    rewritten = prove(book)
    assert rewritten.clean  # nothing inside the database can tell any more
    anchored = prove(book, anchors=[(before.seq, before.hash)])
    assert [fault.table for fault in anchored.faults] == ["seal"]
    beyond = prove(book, anchors=[(before.seq + 50, before.hash)])
    assert not beyond.clean


def test_a_reversal_that_is_no_mirror_is_found(book: psycopg.Connection) -> None:
    """The fen go back to another bucket: each entry still sums to 0."""
    with guards_off(book):
        book.execute(
            "UPDATE posting SET account = %s FROM entry AS e WHERE e.entry_id = posting.entry_id"
            " AND e.reversal_of IS NOT NULL AND account = %s",
            (a.PA_CURRENT, a.PA_CARRIED),
        )
        book.execute(
            "UPDATE account SET carried_fen = carried_fen - 200, current_fen = current_fen + 200"
            " WHERE owner = %s",
            (WANG,),
        )
    report = prove(book)
    checks = {fault.check for fault in report.faults}
    assert checks == {"reversals mirror their originals", "leaves are their rows"}
    assert balance(book, WANG)[0] == 200


def test_the_audit_survives_a_check_that_breaks(book: psycopg.Connection) -> None:
    def fine(conn: psycopg.Connection, report: object, replay: bool) -> None:
        """Works."""
        conn.execute("SELECT 1")

    def broken(conn: psycopg.Connection, report: object, replay: bool) -> None:
        """Breaks."""
        conn.execute("SELECT * FROM no_such_table")

    report = prove(book, checks=[broken, fine])
    assert [fault.key for fault in report.faults] == ["Breaks"]
    assert {"Breaks", "Works"} <= set(report.seconds)
    assert "1 faults" in report.lines()[-1]
    assert report.as_dict()["clean"] is False


def test_settlement_documents_are_part_of_the_leaf(book: psycopg.Connection) -> None:
    def other(conn: psycopg.Connection, keys: list[tuple[int, int]]) -> dict[int, bytes]:
        return {entry_id: b"changed" for _, entry_id in keys}

    report = prove(book, settlement_documents=other)
    assert report.fault_count == 4
    assert {fault.check for fault in report.faults} == {"leaves are their rows"}
    unknown = prove(book, settlement_documents=None)
    assert unknown.clean
