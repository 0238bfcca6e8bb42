# SPDX-License-Identifier: Apache-2.0
"""At the turn of the year: interest of the year that is over, and the roll current -> carried.

Both run in batches, each account once per year, and may be started again after any crash. Usual
order: last monthly credit, interest, roll; any order is safe, since interest counts both buckets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

from gongji.kernel.errors import InvariantError, Refusal
from gongji.kernel.money import WHOLE_BP, half_up
from gongji.ledger.accounts import INTEREST, INTEREST_PAID, PA_CARRIED, PA_CURRENT, YEAR_ROLL
from gongji.ledger.arrays import ints
from gongji.ledger.crediting import Policy, bucket_of, gift, sources
from gongji.ledger.errors import year_not_ended
from gongji.ledger.locking import AccountRow
from gongji.ledger.periodic import Movement, Outcome, Run, document, run_batches
from gongji.ledger.services import Posting

PAGE_SIZE = 5000

# One pass over all postings: an account's daily closing balances, added up (fen x days).
_PRODUCTS = """
INSERT INTO pg_temp.interest_product (owner, fen_days)
SELECT p.owner, sum(p.amount_fen
  * (%(last)s::date - greatest(e.business_date, %(first)s::date) + 1)) AS fen_days
FROM posting AS p JOIN entry AS e ON e.entry_id = p.entry_id
WHERE p.account IN (%(current)s, %(carried)s) AND e.business_date <= %(last)s::date
GROUP BY p.owner
"""


def pay_interest(conn: Connection[Any], policy: Policy, year: int, run: Run) -> Outcome:
    """Simple interest of a finished year on both buckets, rounded half-up to the fen, once.

    Each day's closing balance earns a day's share of the yearly rate in force on 31 December
    (actual days of the year, 365 or 366): balance x days x rate / days of the year. Money counts
    from the day of its entry on. Raises Refusal before the year is over.
    """
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    if run.business_date <= last:
        raise year_not_ended(year)
    days = (last - first).days + 1
    _add_up(conn, first, last)
    total = Outcome()
    page_sql = (
        "SELECT owner, fen_days FROM pg_temp.interest_product WHERE owner > %s"
        " ORDER BY owner LIMIT %s"
    )
    for page in _pages(conn, page_sql):
        products = {owner: int(fen_days) for owner, fen_days in page}

        def plan(
            row: AccountRow, outcome: Outcome, products: dict[int, int] = products
        ) -> Movement | None:
            return _interest(row, outcome, policy, last, days, products[row.owner])

        total.add(run_batches(conn, run, INTEREST, year, products, plan))
    return total


def _add_up(conn: Connection[Any], first: dt.date, last: dt.date) -> None:
    """Products of the year in a table of this session; the year is over, so they are final."""
    if conn.info.transaction_status is not TransactionStatus.IDLE:
        raise InvariantError("a periodic run needs its own transactions")
    with conn.transaction():
        conn.execute("DROP TABLE IF EXISTS pg_temp.interest_product")
        conn.execute(
            "CREATE TEMP TABLE interest_product (owner bigint PRIMARY KEY, fen_days numeric)"
        )
        params = {"first": first, "last": last, "current": PA_CURRENT, "carried": PA_CARRIED}
        conn.execute(_PRODUCTS, params)


def _pages(conn: Connection[Any], sql: str, *params: object) -> Iterator[list[tuple[Any, ...]]]:
    """Pages of rows by ascending owner, each read in a transaction of its own."""
    last_owner = 0
    while True:
        with conn.transaction():
            page = conn.execute(sql, (*params, last_owner, PAGE_SIZE)).fetchall()
        if not page:
            return
        yield page
        last_owner = page[-1][0]


def _interest(
    row: AccountRow,
    outcome: Outcome,
    policy: Policy,
    last: dt.date,
    days: int,
    fen_days: int,
) -> Movement | None:
    bucket = bucket_of(row, last.year, outcome)
    if bucket is None:
        return None
    try:
        rate_bp, origin = policy.interest_bp(row.area, last)
    except Refusal as gap:
        outcome.gap(row.area, gap.en)
        return None
    amount_fen = half_up(fen_days * rate_bp, WHOLE_BP * days)
    if amount_fen <= 0:
        outcome.nothing += 1
        return None
    why = document(
        what="interest",
        period=last.year,
        area=row.area,
        fen_days=fen_days,
        days=days,
        rate_bp=rate_bp,
        amount_fen=amount_fen,
        sources=sources(origin),
    )
    return Movement(gift(row, INTEREST_PAID, bucket, amount_fen), why, amount_fen)


def roll_year(conn: Connection[Any], year: int, run: Run) -> Outcome:
    """Move what is left of ``year`` from the current to the carried bucket, and begin the next.

    Raises Refusal before the year is over. An account further back is brought up in one step.
    """
    if run.business_date.year <= year:
        raise year_not_ended(year)

    def plan(row: AccountRow, outcome: Outcome) -> Movement | None:
        if row.year > year:
            outcome.repeated += 1
            return None
        if row.current_fen == 0:
            outcome.nothing += 1
            return None
        legs = (
            Posting(row.owner, PA_CURRENT, row.area, -row.current_fen),
            Posting(row.owner, PA_CARRIED, row.area, row.current_fen),
        )
        why = document(what="year roll", period=year, amount_fen=row.current_fen)
        return Movement(legs, why, row.current_fen)

    def begin_next(conn: Connection[Any], owners: Sequence[int]) -> None:
        conn.execute(
            "UPDATE account SET year = %s WHERE owner = ANY(%s::bigint[]) AND year <= %s",
            (year + 1, ints(owners), year),
        )

    total = Outcome()
    page_sql = "SELECT owner FROM account WHERE year <= %s AND owner > %s ORDER BY owner LIMIT %s"
    for page in _pages(conn, page_sql, year):
        owners = [row[0] for row in page]
        total.add(run_batches(conn, run, YEAR_ROLL, year, owners, plan, begin_next))
    return total
