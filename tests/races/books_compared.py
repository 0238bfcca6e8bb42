# SPDX-License-Identifier: Apache-2.0
"""Every balance, limit, yearly sum, difference and key of the centre against the auditor's."""

from __future__ import annotations

from typing import Any

from auditor_packs import POOL_CLASS_II, POOL_STAYS, POOL_VISITS
from random_ops import Run

from gongji.settlement.due import held_money, open_differences
from gongji.settlement.lookups import ACCUMULATOR_COLUMNS

POOLS = {POOL_VISITS: 0, POOL_CLASS_II: 3, POOL_STAYS: 6}


def compare_books(run: Run) -> None:
    """Raise AssertionError at the first difference, with the seed."""
    where = f"seed {run.seed}, after step {run.step}"
    books, conn = run.auditor, run.world.conn
    for owner, person in books.people.items():
        if person.money is not None:
            assert run.world.balance(owner) == tuple(person.money), (where, owner)
            held = sum(one.amount_fen for one in held_money(conn, owner))
            assert held == person.heirs, (where, owner)
        found = {
            (one.owner, one.year, one.scheme): tuple(one[3:6])
            for one in open_differences(conn, owner)
        }
        assert found == books.differences(owner), (where, owner)
    _compare_limits(run, where)
    _compare_years(run, where)
    prefix = f"S{run.seed}-%"
    for table, expected in (
        ("message", len(books.messages)),
        ("settlement", sum(len(case.ids) for case in books.cases)),
    ):
        row = conn.execute(
            f"SELECT count(*) FROM {table} WHERE msgid LIKE %s", (prefix,)
        ).fetchone()
        assert row == (expected,), (where, table)
    conn.commit()


def _compare_limits(run: Run, where: str) -> None:
    books, today = run.auditor, run.today
    for recipient, grants in books.grants.items():
        for grant in grants:
            row = run.world.conn.execute(
                "SELECT CASE WHEN used_day = %s THEN used_day_fen ELSE 0 END,"
                " CASE WHEN used_year = %s THEN used_year_fen ELSE 0 END, used_grant_fen"
                " FROM authorisation WHERE recipient = %s AND auth_id = %s",
                (today, today.year, recipient, grant.auth_id),
            ).fetchone()
            names = ("day", "year", "grant")
            used = [books.spent(recipient, grant.auth_id, n, today) for n in names]
            assert list(row or ()) == used, (where, recipient, grant)


def _compare_years(run: Run, where: str) -> None:
    books = run.auditor
    for year in {case.year for case in books.cases}:
        row: Any = run.world.conn.execute(
            f"SELECT {ACCUMULATOR_COLUMNS} FROM accumulator"
            " WHERE owner = %s AND year = %s AND scheme = %s",
            year,
        ).fetchone()
        assert row is not None, (where, year)
        for pool, first in POOLS.items():
            used = books.used(year, pool)
            expected = (
                *(used.deductible, used.seen, used.pooled),
                *(used.large, used.burden, used.serious, 0, used.left, 0),
            )
            assert (*row[first : first + 3], *row[9:]) == expected, (where, year, pool)
