# SPDX-License-Identifier: Apache-2.0
"""Monthly credits of everybody who is due one: coverage meets the ledger here.

Due is whoever has a personal account and an employees' coverage in force on the first of the
month. Safe to run again at any time: the ledger credits an account once per month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg

from gongji.kernel.benefit import EMPLOYEE
from gongji.ledger.crediting import Member, Policy, credit_month
from gongji.ledger.periodic import Outcome, Run
from gongji.members.idcard import age_on
from gongji.members.people import coverage_that_counts
from gongji.members.services import load_insured

PAGE_SIZE = 2000  # accounts looked at in one short transaction


def due(conn: psycopg.Connection[Any], month: dt.date) -> Iterator[Member]:
    """Accounts with a coverage that counts, by ascending owner; reads in pages of its own."""
    first = month.replace(day=1)
    last_owner = 0
    while True:
        with conn.transaction():
            rows = conn.execute(
                "SELECT owner FROM account WHERE owner > %s ORDER BY owner LIMIT %s",
                (last_owner, PAGE_SIZE),
            ).fetchall()
            insured = load_insured(conn, [owner for (owner,) in rows])
        if not rows:
            return
        for (owner,) in rows:
            person = insured.get(owner)
            if person is None:
                continue
            coverage = coverage_that_counts(person.coverages, EMPLOYEE, first)
            if coverage is not None:
                age = age_on(person.birth, first)
                base_fen = coverage.credit_base_fen
                yield Member(owner, coverage.area, coverage.retired, base_fen, age)
        last_owner = rows[-1][0]


def credit_all(conn: psycopg.Connection[Any], policy: Policy, month: dt.date, run: Run) -> Outcome:
    """Credit a month to everybody due; returns what was done and what was left out, and why."""
    return credit_month(conn, policy, due(conn, month), month, run)
