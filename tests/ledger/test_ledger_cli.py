# SPDX-License-Identifier: Apache-2.0
"""``gongji audit`` as an auditor runs it: exit codes, plain and JSON reports, anchors."""

from __future__ import annotations

import json

import psycopg
import pytest
from ledger_tools import documents_of, fund, guards_off, prove, settle

from gongji.ledger import accounts as a
from gongji.runtime import cli, cli_audit
from gongji.runtime.errors import UserError

pytestmark = pytest.mark.postgres


@pytest.fixture
def audited(
    conn: psycopg.Connection, db: str, monkeypatch: pytest.MonkeyPatch
) -> psycopg.Connection:
    """A small sealed ledger; its settlements are made up, so the settlement room is left out."""
    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    monkeypatch.setattr(cli_audit, "settlement_room", lambda: (documents_of(()), []))
    fund(conn, {1: (1_000, 0)})
    settle(conn, 1, [(1, a.PA_CURRENT, 10)])
    prove(conn)
    return conn


def test_a_clean_ledger(audited: psycopg.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit"]) == 0
    out = capsys.readouterr().out
    assert out.rstrip().endswith("clean")
    assert "head of the seal chain: 2:" in out
    head = out.split("head of the seal chain: ")[1].split()[0]
    assert cli.main(["audit", "--anchor", head]) == 0


def test_faults_are_listed(audited: psycopg.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    with guards_off(audited):
        # tidy: fault, a fen that no posting moved
        audited.execute("UPDATE account SET current_fen = current_fen + 1")
    assert cli.main(["audit"]) == 1
    assert "account owner 1: current_fen 990 (sum of postings), found 991" in (
        capsys.readouterr().out
    )
    assert cli.main(["audit", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["clean"] is False
    assert report["listed"][0]["table"] == "account"
    assert report["counts"]["posting"] == 6


def test_no_audit_no_verdict(
    audited: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["audit", "--anchor", "7:abc"]) == 2
    assert "is not SEQ:HASH" in capsys.readouterr().err
    monkeypatch.setenv("GONGJI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert cli.main(["audit"]) == 2
    assert "cannot reach the database" in capsys.readouterr().err


def test_an_empty_database_is_no_clean_ledger(
    pg_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = pg_server.create()  # type: ignore[attr-defined]
    monkeypatch.setenv("GONGJI_DATABASE_URL", pg_server.url_of(name))  # type: ignore[attr-defined]
    assert cli.main(["audit"]) == 2
    pg_server.drop(name)  # type: ignore[attr-defined]


def test_the_settlement_room_brings_its_checks() -> None:
    documents, checks = cli_audit.settlement_room()
    assert callable(documents)
    assert checks


@pytest.mark.parametrize("text", ["", "1", "0:" + "00" * 32, "x:" + "00" * 32, "1:00"])
def test_anchors_are_checked(text: str) -> None:
    with pytest.raises(UserError):
        cli_audit.parse_anchor(text)
    assert cli_audit.parse_anchor("3:" + "ab" * 32) == (3, bytes.fromhex("ab" * 32))
