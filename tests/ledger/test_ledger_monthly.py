# SPDX-License-Identifier: Apache-2.0
"""The monthly run over coverages: who is due, with which base, across pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import psycopg
import pytest
from ledger_tools import AREA, balance, clean, fund, run_on

from gongji.members.people import INSURED, PAUSED, Coverage
from gongji.members.services import coverage_row
from gongji.policy.library import PolicyLibrary
from gongji.settlement import monthly

pytestmark = pytest.mark.postgres
JULY = dt.date(2025, 7, 1)
IN_SERVICE = Coverage(
    1, 310, AREA, "1101", False, INSURED, False, 0, False, 600_000, dt.date(2020, 1, 1), None, None
)


def insure(conn: psycopg.Connection, owner: int, *coverages: Coverage) -> None:
    conn.execute(
        "INSERT INTO person (owner, psn_no, cert_type, cert_enc, name_enc, sex, birth)"
        " VALUES (%s, %s, '01', '', '', 1, '1980-01-01') ON CONFLICT DO NOTHING",
        (owner, f"T{owner}"),
    )
    for coverage in coverages:
        row = coverage_row(owner, coverage)
        places = ", ".join(["%s"] * len(row))
        conn.execute(f"INSERT INTO coverage VALUES ({places})", row)
    conn.commit()


def test_everybody_due_is_credited_once(
    conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monthly, "PAGE_SIZE", 2)
    fund(conn, dict.fromkeys((1, 2, 3, 4, 5, 6), (0, 0)))
    paused = replace(IN_SERVICE, status=PAUSED, paused=dt.date(2025, 6, 30))
    insure(conn, 1, IN_SERVICE)
    insure(conn, 2, replace(IN_SERVICE, retired=True))
    insure(conn, 3, replace(IN_SERVICE, insutype=390))  # residents have no account to credit
    insure(conn, 4, paused, replace(IN_SERVICE, coverage_no=2, credit_base_fen=1_000_000))
    insure(conn, 5, paused)
    insure(conn, 7, IN_SERVICE)  # no account
    library = PolicyLibrary.load()
    outcome = monthly.credit_all(conn, library, dt.date(2025, 7, 20), run_on(JULY))
    assert outcome.moved == 3
    assert [balance(conn, o)[0] for o in range(1, 7)] == [12_000, 7_700, 0, 20_000, 0, 0]
    assert monthly.credit_all(conn, library, JULY, run_on(JULY)).repeated == 3
    clean(conn)
