# SPDX-License-Identifier: Apache-2.0
"""Faults planted in the books of real settlements: the database refuses them to the application,
and the audit finds what a superuser with the guards asleep has done, and names the row.
"""

# tidy: faults, each put in for a check of the audit to find
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import errors as pg
from settlement_world import World

from gongji.ledger import canonical
from gongji.ledger.audit import Report, audit
from gongji.ledger.sealing import head, seal_pending
from gongji.settlement.audit import CHECKS, documents
from gongji.settlement.postings import document_of
from gongji.settlement.records import RECORD_COLUMNS, pack, record_from_row

pytestmark = pytest.mark.postgres
Intruder = psycopg.Connection[Any]
MONEY = ("entry", "posting", "ledger_batch", "seal")
KEPT = (*MONEY, "settlement", "message", "rule_set")


@pytest.fixture
def book(world: World) -> World:
    """A settlement by own account and a relative, its reversal, two that stand; sealed, clean."""
    giver, patient = world.person(current=5000), world.person(current=1000)
    world.authorise(giver, patient, year_limit_fen=9000)
    first = world.platform.engine.settle_now(
        world.settle(patient, world.visit(patient, 40000), 40000)
    )
    assert first is not None
    world.platform.engine.settle_now(world.reverse(patient, first.setl_id))
    world.platform.engine.settle_now(world.settle(patient, world.visit(patient, 40000), 40000))
    world.platform.engine.settle_now(world.purchase(patient, 0, self_paid=700))
    while seal_pending(world.conn):
        pass
    report = _audit(world)
    assert report.clean, report.faults
    assert report.counts["unsealed batches"] == 0
    return world


@pytest.fixture
def intruder(book: World, pg_server: Any) -> Iterator[Intruder]:
    """A superuser for whom no trigger fires; without one, the owner who puts them to sleep."""
    if pg_server.embedded is not None:
        with pg_server.superuser(book.url) as conn:
            conn.execute("SET session_replication_role = replica")
            conn.commit()
            yield conn
        return
    with psycopg.connect(book.url) as conn:
        for table in (*KEPT, "account"):
            conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        conn.commit()
        yield conn


def _audit(world: World, **options: Any) -> Report:
    world.conn.rollback()
    with psycopg.connect(world.url) as conn:
        return audit(conn, settlement_documents=documents, checks=CHECKS, replay=True, **options)


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {0} SET {1} = {1} + 1", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"],
)
def test_the_application_cannot_rewrite_history(
    book: World, pg_server: Any, table: str, statement: str
) -> None:
    columns = {"seal": "seq", "ledger_batch": "entries", "rule_set": "area"}
    with pytest.raises(pg.RestrictViolation):
        book.conn.execute(statement.format(table, columns.get(table, "owner")))
    book.conn.rollback()
    if pg_server.embedded is not None:  # its application is no superuser
        with pytest.raises(pg.InsufficientPrivilege):
            book.conn.execute("SET session_replication_role = replica")
    assert _audit(book).clean


@pytest.mark.parametrize(
    "change",
    ["outcome = 1", "fingerprint = ''", "outcome = 2, result_id = 0", "msgid = msgid || '2'"],
)
def test_a_message_is_cancelled_and_never_changed(book: World, change: str) -> None:
    book.conn.execute("UPDATE message SET outcome = 2")
    with pytest.raises(pg.RestrictViolation):
        book.conn.execute(f"UPDATE message SET {change}")
    book.conn.rollback()


# Table, change of its newest row, table that a fault must name.
PLANTED = [
    ("posting", "amount_fen = amount_fen + 1", "posting"),
    ("posting", "party = party + 1", "posting"),
    ("posting", "account = account + 1", "posting"),
    ("account", "current_fen = current_fen + 1", "account"),
    ("entry", "business_date = business_date - 1", "entry"),
    ("entry", "reversal_of = 4711", "entry"),
    ("seal", "hash = sha256('x')", "seal"),
    ("ledger_batch", "leaves = leaves || sha256('x')", "ledger_batch"),
    ("settlement", "msgid = msgid || 'x'", "settlement"),
    ("settlement", "infno = '2304'", "settlement"),
    ("settlement", "institution_id = 4", "settlement"),
    ("settlement", "service_date = service_date - 400", "entry"),
    ("settlement", "made_at = made_at - interval '1 day'", "entry"),
    ("settlement", "insured_area = 360400", "entry"),
    ("settlement", "insutype = 390", "entry"),
    ("settlement", "reversed_by = 4711", "settlement"),
    ("settlement", "rules_id = 4711", "rule_set"),
    ("settlement", "total_fen = total_fen + 1, cash_fen = cash_fen + 1", "settlement"),
    ("settlement", "hospital_fen = 1, total_fen = total_fen + 1", "settlement"),
    ("settlement", "record = set_byte(record, 0, 7)", "settlement"),
    ("settlement", "record = ''", "settlement"),
    ("message", "result_id = 4711", "settlement"),
    ("message", "owner = owner + 1", "settlement"),
    ("message", "infno = '2304'", "settlement"),
    ("accumulator", "op_scope_fen = op_scope_fen + 1", "accumulator"),
    ("accumulator", "year = year - 1", "accumulator"),
    ("authorisation", "used_year_fen = 0", "authorisation"),
    ("authorisation", "used_day_fen = used_day_fen - 1", "authorisation"),
    ("authorisation", "used_day = used_day - 1", "authorisation"),
    ("authorisation", "used_grant_fen = 0", "authorisation"),
    ("rule_set", "body = jsonb_set(body, '{sharing,0}', '77')", "rule_set"),
    ("rule_set", "body = '{}'", "rule_set"),
    ("rule_set", "provenance = '{}'", "rule_set"),
    ("rule_set", "pack_digest = sha256('x')", "rule_set"),
    ("rule_set", "area = 360400", "rule_set"),
]


@pytest.mark.parametrize(("table", "change", "named"), PLANTED)
def test_a_planted_change_is_found(
    book: World, intruder: Intruder, table: str, change: str, named: str
) -> None:
    newest = f"(SELECT max(ctid) FROM {table})"
    changed = intruder.execute(f"UPDATE {table} SET {change} WHERE ctid = {newest}")
    assert changed.rowcount == 1
    intruder.commit()
    report = _audit(book)
    assert named in {fault.table for fault in report.faults}, report.faults
    # Every fault names its row: no check gave up half way, and none hides what comes after.
    assert all(fault.table != "-" for fault in report.faults), report.faults


@pytest.mark.parametrize(
    "table",
    [*MONEY[:3], "account", "settlement", "message", "rule_set", "accumulator", "authorisation"],
)
@pytest.mark.parametrize("which", ["min", "max"])
def test_a_removed_row_is_found(book: World, intruder: Intruder, table: str, which: str) -> None:
    intruder.execute(f"DELETE FROM {table} WHERE ctid = (SELECT {which}(ctid) FROM {table})")
    intruder.commit()
    report = _audit(book)
    assert not report.clean
    assert all(fault.table != "-" for fault in report.faults), report.faults


def test_a_settlement_removed_with_all_its_traces_is_found_by_a_published_head(
    book: World, intruder: Intruder
) -> None:
    """Money put back, sums corrected, chain cut off behind it: the head that is kept elsewhere."""
    before = head(book.conn)
    (setl_id,) = intruder.execute("SELECT setl_id FROM settlement WHERE infno = '2102'").fetchone()
    for table, key in (("settlement", "setl_id"), ("message", "result_id")):
        intruder.execute(f"DELETE FROM {table} WHERE {key} = %s", (setl_id,))
    intruder.execute("DELETE FROM posting WHERE entry_id = %s", (setl_id,))
    (batch_id,) = intruder.execute(
        "DELETE FROM entry WHERE entry_id = %s RETURNING batch_id", (setl_id,)
    ).fetchone()
    intruder.execute("DELETE FROM ledger_batch WHERE batch_id = %s", (batch_id,))
    intruder.execute("DELETE FROM seal WHERE batch_id = %s", (batch_id,))
    intruder.commit()
    assert _audit(book).clean  # it had been paid in cash alone: nothing else has moved
    report = _audit(book, anchors=[(before.seq, before.hash)])
    assert [fault.table for fault in report.faults] == ["seal"]


def _reseal(conn: Intruder) -> None:
    conn.execute("DELETE FROM seal")
    conn.commit()
    while seal_pending(conn, sweep=True):
        pass


def _forge(conn: Intruder, change: Callable[[Any], Any]) -> int:
    """Rewrite the record of the visit that stands, its leaf and the chain; returns its number."""
    row = conn.execute(
        f"SELECT {RECORD_COLUMNS} FROM settlement s WHERE infno = '2207' AND reversed_by IS NULL"
    ).fetchone()
    record = record_from_row(row)
    record.body = change(record.body)
    packed = pack(record)
    conn.execute("UPDATE settlement SET record = %s WHERE setl_id = %s", (packed, record.setl_id))
    legs = conn.execute(
        "SELECT seq, owner, account, party, amount_fen FROM posting WHERE entry_id = %s"
        " ORDER BY seq",
        (record.setl_id,),
    ).fetchall()
    batch_id, kind, day = conn.execute(
        "SELECT batch_id, kind, business_date FROM entry WHERE entry_id = %s", (record.setl_id,)
    ).fetchone()
    leaf = canonical.sm3(
        canonical.canonical_entry(
            record.setl_id,
            record.owner,
            kind,
            canonical.day_number(day),
            0,
            canonical.canonical_legs([cell for leg in legs for cell in leg]),
            document_of(record, packed),
        )
    )
    conn.execute("UPDATE ledger_batch SET leaves = %s WHERE batch_id = %s", (leaf, batch_id))
    _reseal(conn)
    return record.setl_id


def test_a_forged_record_in_a_rewritten_chain_is_found_by_the_replay(
    book: World, intruder: Intruder
) -> None:
    """Sums, postings, leaves and seals all agree; only the calculation does not."""
    setl_id = _forge(
        intruder, lambda body: msgspec.structs.replace(body, own_current_before_fen=700)
    )
    report = _audit(book)
    assert report.faults
    assert {fault.table for fault in report.faults} == {"settlement"}
    assert {fault.key.split()[0] for fault in report.faults} == {str(setl_id)}
    assert all("calculated again" in fault.check for fault in report.faults)
    with psycopg.connect(book.url) as conn:
        assert audit(conn, settlement_documents=documents, checks=CHECKS).clean


def test_the_forger_alone_changes_nothing(book: World, intruder: Intruder) -> None:
    """Control: the same forgery with the true record passes, so the replay found the lie."""
    _forge(intruder, lambda body: body)
    assert _audit(book).clean
