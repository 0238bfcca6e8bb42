# SPDX-License-Identifier: Apache-2.0
"""The monthly run over coverages: who is due, with which base, across pages."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from ledger_tools import AREA, balance, clean, fund, run_on

from gongji.members import idcard
from gongji.members.people import INSURED, PAUSED, Coverage
from gongji.members.privacy import PrivacyBox
from gongji.members.services import add_coverage, register_person
from gongji.policy.library import PACKS, PolicyLibrary
from gongji.settlement import monthly

pytestmark = pytest.mark.postgres
JULY = dt.date(2025, 7, 1)
BOX = PrivacyBox(b"l" * 32)
IN_SERVICE = Coverage(
    1, 310, AREA, "1101", False, INSURED, False, 0, False, 600_000, dt.date(2020, 1, 1), None, None
)


def insure(
    conn: psycopg.Connection, owner: int, *coverages: Coverage, birth: str = "1980-01-01"
) -> None:
    """Register the person of that number, who was born then."""
    conn.execute("SELECT setval('person_seq', %s, false)", (owner,))
    certno = idcard.make(AREA, dt.date.fromisoformat(birth), owner)
    register_person(conn, BOX, cert_type="01", certno=certno, name="演示", today=JULY)
    for coverage in coverages:
        add_coverage(conn, owner, coverage)
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


BANDS = """\
area: 110100
topic: account
blocks:
  - {unit: yuan_per_month, from: 2024-01-01, published: "2024", source: P30, article: 试,
     confidence: high, checked: 2026-11-22, known_from: 2026-11-22,
     values: {pa.creditRet: 100, pa.creditRet.from70: 110}}
"""


def test_the_sum_of_the_retired_goes_by_the_age_reached(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    """100 yuan a month, 110 from 70: on the first of the month, not on the day of the run."""
    root = tmp_path / "packs"
    shutil.copytree(PACKS, root)
    (root / "110100").mkdir()
    (root / "110100" / "index.yaml").write_text(
        "area: 110100\nname_zh: 某市\nname_en: A city\nparent: 110000\nstatus: ACTIVE\n",
        encoding="utf-8",
    )
    (root / "110100" / "account.yaml").write_text(BANDS, encoding="utf-8")
    retired = replace(IN_SERVICE, area=110100, retired=True)
    births = {1: "1955-07-01", 2: "1955-07-02", 3: "1930-01-01", 4: "1965-01-01"}
    fund(conn, dict.fromkeys(births, (0, 0)))
    for owner, birth in births.items():
        insure(conn, owner, retired, birth=birth)
    library = PolicyLibrary.load(root)
    monthly.credit_all(conn, library, dt.date(2025, 7, 20), run_on(JULY))
    assert [balance(conn, owner)[0] for owner in births] == [11_000, 10_000, 11_000, 10_000]
    row = conn.execute("SELECT document FROM credit_run WHERE owner = 3").fetchone()
    conn.rollback()
    assert row is not None
    assert json.loads(row[0])["sources"][0]["key"] == "pa.creditRet.from70"
    clean(conn)
