# SPDX-License-Identifier: Apache-2.0
"""Walls and reports of the ledger, each by itself: what another guard would hide, broken alone."""

# tidy: faults are injected here

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import psycopg
import pytest
from ledger_tools import AREA, DAY, NOW, fund, guards_off, prove, reverse, run_on, settle

from gongji.kernel.errors import InvariantError
from gongji.ledger import accounts as a
from gongji.ledger import audit_sums
from gongji.ledger.crediting import Member, credit_month
from gongji.ledger.periodic import Outcome
from gongji.ledger.report import FAULTS_LISTED_MAX, Report
from gongji.ledger.services import Batch, IdBlock, NewEntry, Posting, prepare
from gongji.policy.library import PolicyLibrary

WANG, LI = 1001, 1002


def entry(*legs: tuple[int, int], kind: int = a.SETTLEMENT, owner: int = WANG) -> Batch:
    postings = tuple(Posting(owner, account, 77, fen) for account, fen in legs)
    return Batch([NewEntry(owner, 1, kind, DAY, None, postings)], "test", NOW)


@pytest.mark.parametrize("odd", [1, -1])
def test_a_fen_too_much_or_too_little_is_no_entry(odd: int) -> None:
    """Every leg has the sign of a payment: only the sum tells."""
    legs = ((a.INSTITUTION, 100 + odd), (a.FUND_EMPLOYEE_POOLED, -60), (a.CASH, -40))
    with pytest.raises(InvariantError, match=f"sums to {odd} fen, not to 0"):
        prepare(entry(*legs))
    with pytest.raises(InvariantError, match=f"sums to {odd} fen, not to 0"):
        prepare(entry((a.PA_CURRENT, 5 + odd), (a.OPENING_BALANCES, -5), kind=a.OPENING))


def test_balances_move_by_all_that_an_entry_posts() -> None:
    legs = ((a.PA_CURRENT, 7), (a.PA_CARRIED, 4), (a.PA_CURRENT, -2), (a.OPENING_BALANCES, -9))
    assert prepare(entry(*legs, kind=a.OPENING)).deltas == {WANG: [5, 4]}


def test_a_correction_may_move_nothing_at_all() -> None:
    prepared = prepare(entry(kind=a.CORRECTION))
    assert (prepared.deltas, len(prepared.leaves)) == ({}, 32)


def test_what_batches_did_adds_up() -> None:
    one = Outcome(1, 2, 3, 4, 5, 6, 7, {(AREA, "gap"): 8})
    total = Outcome(10, 20, 30, 40, 50, 60, 70, {(AREA, "gap"): 1, (1, "other"): 2})
    total.add(one)
    assert total == Outcome(11, 22, 33, 44, 55, 66, 77, {(AREA, "gap"): 9, (1, "other"): 2})
    total.gap(1, "other")
    total.gap(2, "third")
    assert (total.gaps[1, "other"], total.gaps[2, "third"]) == (3, 1)


def test_a_report_counts_what_it_does_not_list() -> None:
    report = Report()
    report._check = "sums"
    for number in range(FAULTS_LISTED_MAX + 3):
        report.fault("entry", f"entry {number}", 0, 1)
    report.seconds = {"sums": 0.5, "chain": 0.25}
    report.head_seq, report.head_hash = 4, "ab"
    report.count("entry", 2)
    report.count("entry", 3)
    report.note("wait")
    lines = report.lines()
    assert lines[0].split() == [str(FAULTS_LISTED_MAX), "FAULTS", "sums", "(0.50", "s)"]
    assert lines[1].split() == ["ok", "chain", "(0.25", "s)"]
    assert lines[2:5] == ["rows: 5 entry", "note: wait", "head of the seal chain: 4:ab"]
    assert lines[5] == "FAULT [sums] entry entry 0: 0, found 1"
    assert lines[-2:] == ["... and 3 faults more", f"{FAULTS_LISTED_MAX + 3} faults"]
    assert len(lines) == 7 + FAULTS_LISTED_MAX
    assert not report.clean
    assert Report().lines() == ["rows: ", "clean"]


# ---- with a database --------------------------------------------------------------------------


@pytest.fixture
def book(conn: psycopg.Connection) -> psycopg.Connection:
    """Two settlements, the second reversed."""
    fund(conn, {WANG: (100_000, 0)})
    settle(conn, WANG, [(WANG, a.PA_CURRENT, 100)])
    reverse(conn, settle(conn, WANG, [(WANG, a.PA_CURRENT, 200)]))
    return conn


def faults(report: Report) -> set[tuple[str, str, str]]:
    return {(one.check, one.expected, one.found) for one in report.faults}


@pytest.mark.postgres
def test_an_entry_reversed_twice_is_found(book: psycopg.Connection) -> None:  # tidy: a fault
    with guards_off(book):
        book.execute("DROP INDEX entry_reversal_of")
        book.execute(
            "INSERT INTO entry SELECT owner, entry_id + 100, batch_id, kind, business_date,"
            " reversal_of FROM entry WHERE reversal_of IS NOT NULL"
        )
    mirrors = "reversals mirror their originals"
    assert (mirrors, "reversed once at most", "2 times") in faults(prove(book))


@pytest.mark.postgres
def test_a_settlement_that_takes_back_is_found(book: psycopg.Connection) -> None:  # tidy: fault
    """The fund 10 yuan the other way, cash instead: the entry still sums to 0."""
    with guards_off(book):
        for account, fen in ((a.FUND_EMPLOYEE_POOLED, 4_000), (a.CASH, -4_000)):
            book.execute(
                "UPDATE posting SET amount_fen = amount_fen + %s WHERE account = %s"
                " AND entry_id = (SELECT min(entry_id) FROM entry WHERE kind = %s)",
                (fen, account, a.SETTLEMENT),
            )
    only_pay = "settlements only pay"
    assert (only_pay, "a leg that pays", "1000 fen the other way") in faults(prove(book))


@pytest.mark.postgres
def test_a_number_missing_in_the_chain_is_named(book: psycopg.Connection) -> None:
    last = len(prove(book).faults), prove(book).head_seq
    assert last[0] == 0
    with guards_off(book):
        # tidy: a fault, a number left out
        book.execute("UPDATE seal SET seq = seq + 5 WHERE seq = %s", (last[1],))
    found = faults(prove(book))
    assert ("seals form one chain", f"seq {last[1]} next", f"seq {last[1] + 5}") in found


@pytest.mark.postgres
def test_only_leaves_without_a_document_are_called_unchecked(book: psycopg.Connection) -> None:
    with guards_off(book):
        # tidy: faults, an entry without a record and a posting altered
        book.execute("INSERT INTO entry VALUES (%s, 999, 1, 6, '2025-02-01', NULL)", (WANG,))
        # tidy: faults, the same
        book.execute("UPDATE posting SET party = party + 1 WHERE account = %s", (a.PA_CURRENT,))
    report = prove(book)
    assert not report.clean
    assert not any("not checked" in note for note in report.notes)


@pytest.mark.postgres
def test_the_audit_reads_one_snapshot_and_writes_nothing(book: psycopg.Connection) -> None:
    seen: list[Any] = []

    def look(conn: psycopg.Connection, report: Report, replay: bool) -> None:
        """Look."""
        for name in ("transaction_isolation", "transaction_read_only"):
            seen.extend(conn.execute(f"SHOW {name}").fetchone() or ())

    assert prove(book, checks=[look]).clean
    assert seen == ["repeatable read", "on"]


@pytest.mark.postgres
def test_a_lost_connection_is_no_fault_but_the_end(book: psycopg.Connection) -> None:
    def lost(conn: psycopg.Connection, report: Report, replay: bool) -> None:
        """Lose."""
        raise psycopg.OperationalError("gone")

    with pytest.raises(psycopg.OperationalError, match="gone"):
        prove(book, checks=[lost])


@pytest.mark.postgres
def test_a_flood_of_wrong_rows_is_read_in_part(conn: psycopg.Connection) -> None:
    rows = audit_sums._rows(conn, "SELECT generate_series(1, 100000)")
    assert len(rows) == 2 * FAULTS_LISTED_MAX


@pytest.mark.postgres
def test_ids_of_a_block_are_taken_in_their_order(conn: psycopg.Connection) -> None:
    block = IdBlock(4)
    (first, second) = block.take(conn, 2)
    assert second == first + 1
    assert block.take(conn, 1) == [first + 2]
    assert block.take(conn, 0) == []
    # One is left, the other two are of the next block.
    assert block.take(conn, 3) == [first + 3, first + 4, first + 5]


@pytest.mark.postgres
def test_a_base_is_sealed_where_it_decided(conn: psycopg.Connection) -> None:
    """The retired get a fixed sum: a base that somebody sends along decides nothing."""
    fund(conn, {WANG: (0, 0), LI: (0, 0)})
    members = [Member(WANG, AREA, False, 812_345), Member(LI, AREA, True, 500_000)]
    july = dt.date(2025, 7, 1)
    credit_month(conn, PolicyLibrary.load(), members, july, run_on(july))
    rows = conn.execute("SELECT owner, document FROM credit_run").fetchall()
    assert {owner: json.loads(why)["base_fen"] for owner, why in rows} == {WANG: 812_345, LI: 0}
