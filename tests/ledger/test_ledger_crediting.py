# SPDX-License-Identifier: Apache-2.0
"""Credits, interest, year-end roll: right to the fen, once, sealed with their source; a crash at
any batch is healed by starting again."""

from __future__ import annotations

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from ledger_tools import AREA, balance, clean, fund, run_on, settle

from gongji.kernel.errors import InvariantError, Refusal
from gongji.ledger import accounts as a
from gongji.ledger import errors, periodic
from gongji.ledger.crediting import Member, credit_month
from gongji.ledger.opening import Opening, open_with_balances
from gongji.ledger.services import set_account_status
from gongji.ledger.yearly import pay_interest, roll_year
from gongji.policy.library import PolicyLibrary
from gongji.policy.provenance import Provenance

pytestmark = pytest.mark.postgres
WANG, LI, ZHAO = 1001, 1002, 1003
JULY = dt.date(2025, 7, 15)
ORIGIN = Provenance("pa.test", 35, "basis_points", "a notice", "1", dt.date(2020, 1, 1), "high", 1)


class Rates:
    """A policy with one interest rate and no packs; area 999999 is a gap."""

    def __init__(self, rate_bp: int = 35) -> None:
        self.rate_bp = rate_bp

    def credit_fen(
        self, area: int, on: dt.date, retired: bool, base_fen: int, *, age: int = 0
    ) -> tuple[int, tuple[Provenance, ...]]:
        return base_fen // 50, (ORIGIN,)

    def interest_bp(self, area: int, on: dt.date) -> tuple[int, tuple[Provenance, ...]]:
        if area == 999999:
            raise Refusal(1102, "未确认", "the rate is not confirmed")
        return self.rate_bp, (ORIGIN,)


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def test_jiangxi_credits_two_percent_or_the_fixed_sum(
    conn: psycopg.Connection, library: PolicyLibrary
) -> None:
    fund(conn, {WANG: (0, 0), LI: (0, 0)})
    members = [Member(WANG, AREA, False, 812_345), Member(LI, AREA, True, 0)]
    outcome = credit_month(conn, library, members, JULY, run_on(JULY))
    assert (outcome.moved, outcome.amount_fen) == (2, 16_247 + 7_700)
    assert balance(conn, WANG) == (16_247, 0)  # 2 % of 8,123.45 yuan
    assert balance(conn, LI) == (7_700, 0)  # 77 yuan
    row = conn.execute("SELECT document FROM credit_run WHERE owner = %s", (LI,)).fetchone()
    conn.rollback()
    assert row is not None
    why = json.loads(row[0])
    assert (why["period"], why["amount_fen"], why["retired"]) == (202507, 7700, True)
    assert why["sources"][0]["from"] == "2023-01-01"
    assert why["sources"][0]["source"]
    clean(conn)


def test_a_month_is_credited_once(conn: psycopg.Connection) -> None:
    fund(conn, {WANG: (0, 0)})
    member = Member(WANG, AREA, False, 500_000)
    twice = credit_month(conn, Rates(), [member, member], JULY, run_on(JULY, 1))
    again = credit_month(conn, Rates(), [member], dt.date(2025, 7, 1), run_on(JULY))
    assert (twice.moved, twice.repeated) == (1, 1)
    assert (again.moved, again.repeated) == (0, 1)
    august = credit_month(conn, Rates(), [member], dt.date(2025, 8, 1), run_on(JULY))
    assert august.moved == 1
    assert balance(conn, WANG) == (20_000, 0)
    clean(conn)


def test_an_unconfirmed_value_credits_nothing(
    conn: psycopg.Connection, library: PolicyLibrary
) -> None:
    fund(conn, {WANG: (100_000, 0), LI: (100_000, 0)})
    before_the_reform = dt.date(2019, 5, 1)
    outcome = credit_month(
        conn, library, [Member(WANG, AREA, True, 0)], before_the_reform, run_on(JULY)
    )
    assert outcome.moved == 0
    assert [area for area, _ in outcome.gaps] == [AREA]
    elsewhere = credit_month(conn, library, [Member(LI, 999999, True, 0)], JULY, run_on(JULY))
    assert sum(elsewhere.gaps.values()) == 1
    # tidy: fault, an area without a pack
    conn.execute("UPDATE account SET area = 999999 WHERE owner = %s", (LI,))
    conn.commit()
    interest = pay_interest(conn, Rates(), 2025, run_on(dt.date(2026, 1, 1)))
    assert (interest.moved, interest.gaps) == (1, {(999999, "the rate is not confirmed"): 1})
    clean(conn)


def test_who_gets_nothing_is_counted_with_the_reason(conn: psycopg.Connection) -> None:
    fund(conn, {WANG: (0, 0), LI: (0, 0)})
    set_account_status(conn, LI, a.CLOSED)
    conn.commit()
    members = [
        Member(WANG, AREA, False, 0),
        Member(LI, AREA, False, 5000),
        Member(ZHAO, AREA, False, 5000),
    ]
    outcome = credit_month(conn, Rates(), members, JULY, run_on(JULY))
    counts = (outcome.nothing, outcome.closed, outcome.without_account)
    assert (outcome.moved, *counts) == (0, 1, 1, 1)
    corrected = credit_month(conn, Rates(), [Member(WANG, AREA, False, 5000)], JULY, run_on(JULY))
    assert corrected.moved == 1  # a base reported late is not lost
    clean(conn)


def test_the_roll_moves_current_to_carried_and_opens_the_year(conn: psycopg.Connection) -> None:
    fund(conn, {WANG: (700, 30), LI: (0, 5)})
    new_year = run_on(dt.date(2026, 1, 1))
    early = credit_month(
        conn, Rates(), [Member(WANG, AREA, False, 5000)], dt.date(2026, 1, 1), new_year
    )
    assert (early.moved, early.not_rolled) == (0, 1)
    with pytest.raises(Refusal) as refused:
        roll_year(conn, 2025, run_on(dt.date(2025, 12, 31)))
    assert refused.value.code == errors.YEAR_NOT_ENDED
    outcome = roll_year(conn, 2025, new_year)
    assert (outcome.moved, outcome.amount_fen, outcome.nothing) == (1, 700, 1)
    assert roll_year(conn, 2025, new_year).moved == 0
    assert (balance(conn, WANG), balance(conn, LI)) == ((0, 730), (0, 5))
    january = credit_month(
        conn, Rates(), [Member(WANG, AREA, False, 5000)], dt.date(2026, 1, 1), new_year
    )
    december = credit_month(
        conn, Rates(), [Member(WANG, AREA, False, 5000)], dt.date(2025, 12, 1), new_year
    )
    assert (january.moved, december.moved) == (1, 1)
    assert balance(conn, WANG) == (100, 830)  # the late December is carried money
    clean(conn)


@pytest.mark.parametrize(("rate_bp", "cents"), [(0, 0), (35, 35), (150, 150), (10_000, 10_000)])
def test_interest_of_a_full_year(conn: psycopg.Connection, rate_bp: int, cents: int) -> None:
    fund(conn, {WANG: (4_000, 6_000)})
    outcome = pay_interest(conn, Rates(rate_bp), 2025, run_on(dt.date(2026, 1, 1)))
    assert outcome.amount_fen == cents
    assert balance(conn, WANG) == (4_000 + cents, 6_000)
    assert pay_interest(conn, Rates(rate_bp), 2025, run_on(dt.date(2026, 1, 2))).moved == 0
    clean(conn)


def test_interest_counts_days_of_the_closing_balance(conn: psycopg.Connection) -> None:
    """100,000 fen all year; on 1 July 40,000 are spent: 181 days of one, 184 of the other."""
    fund(conn, {WANG: (100_000, 0)})
    settle(conn, LI, [(WANG, a.PA_CURRENT, 40_000)])  # business date 2025-07-01
    with pytest.raises(Refusal):
        pay_interest(conn, Rates(150), 2025, run_on(dt.date(2025, 12, 31)))
    roll_year(conn, 2025, run_on(dt.date(2026, 1, 1)))
    outcome = pay_interest(conn, Rates(150), 2025, run_on(dt.date(2026, 1, 3)))
    fen_days = 100_000 * 181 + 60_000 * 184
    assert outcome.amount_fen == round(fen_days * 150 / 10_000 / 365)
    assert balance(conn, WANG) == (0, 60_000 + outcome.amount_fen)
    clean(conn)


def test_a_leap_year_has_366_days(conn: psycopg.Connection) -> None:
    rows = [Opening(WANG, AREA, 2024, dt.date(2024, 12, 31), 0, 366_000)]
    open_with_balances(conn, rows, run_on(dt.date(2024, 12, 31)))
    conn.commit()
    outcome = pay_interest(conn, Rates(100), 2024, run_on(dt.date(2025, 1, 1)))
    assert outcome.amount_fen == 10  # one day of 366,000 fen at 1 %
    clean(conn)


def test_a_crash_at_any_batch_is_healed_by_running_again(
    conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = range(1, 8)
    fund(conn, dict.fromkeys(owners, (100, 0)))
    members = [Member(owner, AREA, False, 5000) for owner in owners]
    real = periodic.post
    for survive in range(4):
        calls = iter(range(100))

        def failing(*args: object, **options: object) -> int:
            if next(calls) == survive:  # noqa: B023
                raise ConnectionError("killed")
            return real(*args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(periodic, "post", failing)
        with pytest.raises(ConnectionError):
            credit_month(conn, Rates(), members, dt.date(2025, 1 + survive, 1), run_on(JULY, 2))
        monkeypatch.setattr(periodic, "post", real)
        clean(conn)
        credit_month(conn, Rates(), members, dt.date(2025, 1 + survive, 1), run_on(JULY, 2))
        assert {balance(conn, o) for o in owners} == {(100 + 100 * (survive + 1), 0)}
    clean(conn)


def test_two_runs_at_once_credit_once(db: str) -> None:
    owners = range(1, 41)
    with psycopg.connect(db) as conn:
        fund(conn, dict.fromkeys(owners, (0, 0)))
    gate = threading.Barrier(4)

    def one(number: int) -> int:
        members = [Member(owner, AREA, False, 5000) for owner in owners]
        with psycopg.connect(db) as mine:
            gate.wait(60)
            order = members if number % 2 else members[::-1]
            return credit_month(mine, Rates(), order, JULY, run_on(JULY, 7)).moved

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == len(owners)
    with psycopg.connect(db) as conn:
        assert {balance(conn, owner) for owner in owners} == {(100, 0)}
        clean(conn)


def test_a_run_needs_its_own_transactions(conn: psycopg.Connection) -> None:
    conn.execute("SELECT 1")
    with pytest.raises(InvariantError):
        credit_month(conn, Rates(), [Member(WANG, AREA, False, 1)], JULY, run_on(JULY))
    with pytest.raises(InvariantError):
        pay_interest(conn, Rates(), 2024, run_on(JULY))


def test_a_take_over_may_be_repeated(conn: psycopg.Connection) -> None:
    rows = [Opening(o, AREA, 2025, dt.date(2025, 1, 1), o, 2 * o) for o in (3, 1, 2, 3)]
    rows.append(Opening(4, AREA, 2025, dt.date(2025, 1, 1), 0, 0))
    assert open_with_balances(conn, rows, run_on(JULY, 2)) == 4
    assert open_with_balances(conn, rows, run_on(JULY)) == 0
    conn.commit()
    assert [balance(conn, o) for o in (1, 2, 3, 4)] == [(1, 2), (2, 4), (3, 6), (0, 0)]
    clean(conn)
