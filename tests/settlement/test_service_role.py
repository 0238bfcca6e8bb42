# SPDX-License-Identifier: Apache-2.0
"""The rights that the ledger's guide gives to a role without tables: enough to do all the work,
too few to rewrite anything.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import errors as pg
from settlement_world import DAY, KEY, NOW, PHARMACY, World, institutions, library, make_platform

from gongji.ledger.audit import audit
from gongji.ledger.periodic import Run
from gongji.ledger.sealing import seal_pending
from gongji.ledger.yearly import pay_interest, roll_year
from gongji.members.privacy import PrivacyBox
from gongji.settlement.audit import CHECKS, documents
from gongji.settlement.monthly import credit_all

pytestmark = pytest.mark.postgres
GUIDE = Path(__file__).parents[2] / "docs" / "ledger.md"
ROLE = "gongji_service"
KEPT = {
    "entry": "owner",
    "posting": "owner",
    "ledger_batch": "writer",
    "seal": "seq",
    "credit_run": "owner",
    "settlement": "owner",
    "message": "fingerprint",
    "rule_set": "area",
}


def rights() -> str:
    """The statements of the guide."""
    (found,) = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return found


@pytest.fixture
def service(db: str, pg_server: Any) -> Iterator[str]:
    """URL of the role with the rights of the guide on the database of this test."""
    if pg_server.embedded is None:
        pytest.skip("needs the superuser of the embedded server to make a role")
    with pg_server.superuser(db) as conn:
        conn.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'service'")
        conn.execute(rights())
    parts = urlsplit(db)
    host = parts.netloc.rpartition("@")[2]
    yield urlunsplit(parts._replace(netloc=f"{ROLE}:service@{host}"))
    with pg_server.superuser(db) as conn:
        conn.execute(f"DROP OWNED BY {ROLE}")
        conn.execute(f"DROP ROLE {ROLE}")


def test_the_service_needs_no_more(db: str, service: str) -> None:
    with psycopg.connect(db) as owner:
        institutions(owner, PrivacyBox(KEY))
        platform = make_platform(service)
        world = World(service, platform, owner)
        giver, patient = world.person(current=5000), world.person(current=1000)
        world.authorise(giver, patient)
        settle, visit = platform.engine.settle_now, world.visit(patient, 40000)
        record = settle(world.settle(patient, visit, 40000))
        assert record is not None
        assert record.relatives_fen == 5000
        assert settle(world.reverse(patient, record.setl_id)) is not None
        bought = world.purchase(patient, 700)
        assert settle(bought) is not None
        assert settle(world.undo(patient, bought.key.msgid, "2102", institution=PHARMACY))
        platform.stop()
    with psycopg.connect(service) as conn:
        credit_all(conn, library(), DAY.replace(day=1), Run(DAY, NOW, "test"))
        later = Run(dt.date(2027, 1, 2), NOW, "test")
        pay_interest(conn, library(), 2026, later)
        assert roll_year(conn, 2026, later).moved == 2
        while seal_pending(conn):
            pass
        report = audit(conn, settlement_documents=documents, checks=CHECKS, replay=True)
        assert report.clean, report.faults


@pytest.mark.parametrize("table", [*KEPT, "account"])
def test_the_service_can_rewrite_nothing(service: str, table: str) -> None:
    column = KEPT.get(table, "owner")
    with psycopg.connect(service) as conn:
        # tidy: faults, the database must refuse each
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER USER",
            f"DROP TABLE {table}",
        ):
            with pytest.raises(pg.InsufficientPrivilege):
                conn.execute(statement)
            conn.rollback()
