# SPDX-License-Identifier: Apache-2.0
"""Every balance, limit, yearly sum and key of the centre against the independent auditor."""

from __future__ import annotations

from random_ops import Run

from gongji.policy.compiled import POOL_CHRONIC_II, POOL_INPATIENT, POOL_OUTPATIENT
from gongji.settlement.lookups import ACCUMULATOR_COLUMNS

POOLS = {POOL_OUTPATIENT: 0, POOL_CHRONIC_II: 3, POOL_INPATIENT: 6}


def compare_books(run: Run) -> None:
    """Raise AssertionError at the first difference, with the seed."""
    where = f"seed {run.seed}, after step {run.step}"
    books, conn, today = run.auditor, run.world.conn, run.today
    for owner, person in books.people.items():
        if person.money is not None:
            assert run.world.balance(owner) == tuple(person.money), (where, owner)
    for recipient, grants in books.grants.items():
        for grant in grants:
            row = conn.execute(
                "SELECT CASE WHEN used_day = %s THEN used_day_fen ELSE 0 END,"
                " CASE WHEN used_year = %s THEN used_year_fen ELSE 0 END, used_grant_fen"
                " FROM authorisation WHERE recipient = %s AND auth_id = %s",
                (today, today.year, recipient, grant.auth_id),
            ).fetchone()
            used = [books.used(recipient, grant, n, today) for n in ("day", "year", "grant")]
            assert list(row or ()) == used, (where, recipient, grant)
    for year in {case.year for case in books.cases}:
        row = conn.execute(
            f"SELECT {ACCUMULATOR_COLUMNS} FROM accumulator"
            " WHERE owner = %s AND year = %s AND scheme = %s",
            year,
        ).fetchone()
        assert row is not None, (where, year)
        for pool, first in POOLS.items():
            found = (*row[first : first + 3], *row[9:])
            assert found == tuple(books.state(year, pool)), (where, year, pool)
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
