# SPDX-License-Identifier: Apache-2.0
"""Stays settled by interim bills, with returns in between: the fund, the givers, the limits.

Nanchang, employees, level 3, first stay of the year: 85 % behind a deductible of 800 yuan. Every
sum is worked by hand; fen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from settlement_world import World

from family import AGENCY
from gongji.kernel import reasons
from gongji.kernel.errors import Refusal
from gongji.ledger import accounts as codes
from gongji.ledger.periodic import Run
from gongji.ledger.services import set_account_status
from gongji.ledger.yearly import roll_year
from gongji.settlement import errors
from gongji.settlement.records import Record
from gongji.sharing import services as sharing

pytestmark = pytest.mark.postgres


@pytest.fixture
def town(world: World) -> Iterator[World]:
    """A world whose books are audited at the end."""
    yield world
    world.assert_clean()


def settled(world: World, command: Any) -> Record:
    record = world.platform.engine.settle_now(command)
    assert record is not None
    return record


def refused(world: World, command: Any) -> int:
    with pytest.raises(Refusal) as caught:
        world.platform.engine.settle_now(command)
    return int(caught.value.code)


def final(world: World, owner: int, stay: int, total: int, **more: Any) -> Any:
    """2304 at the end."""
    return world.stay_bill(owner, stay, total, interim=False, **more)


def paid(record: Record) -> tuple[int, int, int, int, int]:
    """(bill, fund, own account, relatives, cash)."""
    body = record.body
    own, relatives, cash = record.own_fen, record.relatives_fen, record.cash_fen
    return body.bill.total_fen, body.benefit.fund_fen, own, relatives, cash


def test_returns_behind_an_interim_bill_go_back_where_the_money_came_from(town: World) -> None:
    giver, patient = town.person(current=20_000, carried=50_000), town.person(current=30_000)
    town.authorise(giver, patient, year_limit_fen=100_000)
    stay = town.visit(patient, 200_000, setting=4)
    interim = settled(town, town.stay_bill(patient, stay, 200_000))
    # (2,000 - 800) x 85 % = 1,020; of 980 the own account pays 300, the giver 200 and 480 carried.
    assert paid(interim) == (200_000, 102_000, 30_000, 68_000, 0)
    assert (town.balance(patient), town.balance(giver)) == ((0, 0), (0, 2_000))
    # 400 of it are returned, 100 outside the catalogue come, all in one upload.
    town.more_lines(patient, stay, -40_000, self_paid=10_000)
    town.discharge(patient, stay)
    last = settled(town, final(town, patient, stay, -30_000))
    # At once: (1,600 - 800) x 85 % = 680, burden 920 and 100: fund -340, giver -60, cash +100.
    assert paid(last) == (-30_000, -34_000, 0, -6_000, 10_000)
    assert last.body.legs[0].reason == reasons.GIVEN_BACK
    assert (town.balance(patient), town.balance(giver)) == ((0, 0), (0, 8_000))
    (used,) = town.conn.execute("SELECT used_year_fen FROM authorisation").fetchone()
    assert used == 62_000
    (kind,) = town.conn.execute(
        "SELECT kind FROM entry WHERE entry_id = %s", (last.setl_id,)
    ).fetchone()
    assert kind == codes.CORRECTION
    # And backwards, the last first.
    assert refused(town, town.reverse(patient, interim.setl_id)) == errors.SETTLED_SINCE
    settled(town, town.reverse(patient, last.setl_id))
    assert town.balance(giver) == (0, 2_000)
    settled(town, town.reverse(patient, interim.setl_id))
    assert (town.balance(patient), town.balance(giver)) == ((30_000, 0), (20_000, 50_000))


def test_the_whole_stay_may_be_returned(town: World) -> None:
    patient = town.person(current=5_000)
    stay = town.visit(patient, 100_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 100_000))
    town.more_lines(patient, stay, -100_000)
    town.discharge(patient, stay)
    last = settled(town, final(town, patient, stay, -100_000))
    assert paid(last) == (-100_000, -17_000, -5_000, 0, -78_000)
    assert town.balance(patient) == (5_000, 0)


def test_more_than_was_billed_is_not_returned(town: World) -> None:
    patient = town.person(current=0)
    stay = town.visit(patient, 100_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 100_000))
    town.more_lines(patient, stay, -100_000)
    town.conn.execute(  # tidy: fault, a return as care never keeps it
        "UPDATE fee_batch SET total_fen = total_fen - 1, in_policy_fen = in_policy_fen - 1"
        " WHERE upload_no = 2"
    )
    town.conn.commit()
    assert refused(town, town.stay_bill(patient, stay, -100_001)) == errors.BILL_BELOW_ZERO


def test_a_stay_ends_without_further_lines(town: World) -> None:
    patient = town.person(current=0)
    stay = town.visit(patient, 200_000, setting=4)
    interim = settled(town, town.stay_bill(patient, stay, 200_000))
    assert refused(town, town.stay_bill(patient, stay, 0)) == errors.ALREADY_SETTLED
    town.discharge(patient, stay)
    last = settled(town, final(town, patient, stay, 0))
    assert paid(last) == (0, 0, 0, 0, 0)
    assert refused(town, final(town, patient, stay, 0)) == errors.ALREADY_SETTLED
    settled(town, town.reverse(patient, last.setl_id))
    settled(town, town.reverse(patient, interim.setl_id))


def test_a_stay_over_new_year_counts_in_the_year_of_its_discharge(town: World) -> None:
    clock = town.clock
    patient = town.person(current=0)
    clock.set("2026-12-30")
    stay = town.visit(patient, 500_000, setting=4, day=dt.date(2026, 12, 20))
    settled(town, town.stay_bill(patient, stay, 500_000))
    assert _pooled(town, patient) == {2026: 357_000}  # (5,000 - 800) x 85 %
    town.more_lines(patient, stay, 500_000)
    clock.set("2027-01-05")
    town.discharge(patient, stay)
    last = settled(town, final(town, patient, stay, 500_000))
    assert last.body.benefit.fund_fen == 425_000
    assert _pooled(town, patient) == {2026: 0, 2027: 782_000}
    settled(town, town.reverse(patient, last.setl_id))
    assert _pooled(town, patient) == {2026: 357_000, 2027: 0}


def _pooled(world: World, owner: int) -> dict[int, int]:
    rows = world.conn.execute(
        "SELECT year, ip_pooled_fen FROM accumulator WHERE owner = %s", (owner,)
    ).fetchall()
    world.conn.commit()
    return dict(rows)


def test_limits_of_the_days_of_interim_bills_are_given_back(town: World) -> None:
    clock = town.clock
    giver, patient = town.person(current=500_000), town.person(current=0)
    auth = town.authorise(giver, patient, day_limit_fen=60_000, visit_limit_fen=100_000)
    stay = town.visit(patient, 50_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 50_000))  # all deductible: 500 of the giver
    clock.set("2026-03-03")
    town.more_lines(patient, stay, 100_000)
    second = settled(town, town.stay_bill(patient, stay, 100_000))
    # Whole: (1,500 - 800) x 85 % = 595; of 905 500 are paid, 405 more, the visit holds 500.
    assert paid(second) == (100_000, 59_500, 0, 40_500, 0)
    town.more_lines(patient, stay, -130_000)
    third = settled(town, town.stay_bill(patient, stay, -130_000))
    # 200 are left, all deductible: 405 of this day and 300 of the first go back.
    assert paid(third) == (-130_000, -59_500, 0, -70_500, 0)
    used = town.conn.execute(
        "SELECT used_day, used_day_fen, used_year_fen, used_grant_fen FROM authorisation"
        " WHERE auth_id = %s",
        (auth,),
    ).fetchone()
    assert used == (dt.date(2026, 3, 3), 0, 20_000, 20_000)


def test_a_giver_whose_authorisation_ended_gets_back_and_pays_no_more(town: World) -> None:
    giver, patient = town.person(current=200_000), town.person(current=0)
    auth = town.authorise(giver, patient)
    stay = town.visit(patient, 70_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 70_000))
    sharing.end(town.conn, patient, auth, actor=AGENCY, now=town.clock())
    town.conn.commit()
    town.more_lines(patient, stay, 10_000)
    more = settled(town, town.stay_bill(patient, stay, 10_000))
    assert (paid(more), more.body.legs[0].reason) == (
        (10_000, 0, 0, 0, 10_000),
        reasons.AUTHORISATION_ENDED,
    )
    town.more_lines(patient, stay, -30_000)
    back = settled(town, town.stay_bill(patient, stay, -30_000))
    # 500 are left: the cash goes back first, then 200 of the giver.
    assert paid(back) == (-30_000, 0, 0, -20_000, -10_000)
    assert town.balance(giver) == (150_000, 0)


def test_money_of_a_past_year_comes_back_as_carried_money(town: World) -> None:
    clock = town.clock
    clock.set("2026-12-30")
    giver, patient = town.person(current=50_000, carried=20_000), town.person(current=10_000)
    town.authorise(giver, patient)
    # Below the deductible, so that no fund pays: 300 a year.
    bought = settled(town, town.purchase(patient, 28_000, at=clock.now))
    assert (bought.own_fen, bought.relatives_fen) == (10_000, 18_000)
    clock.set("2027-01-04")
    late = settled(town, town.purchase(patient, 5_000, at=clock.now))
    roll_year(town.conn, 2026, Run(clock.now.date(), clock.now, "test"))
    assert town.balance(giver) == (0, 47_000)
    reversal = settled(town, town.reverse(patient, bought.setl_id, institution=11))
    assert (town.balance(patient), town.balance(giver)) == ((0, 10_000), (0, 65_000))
    # What was bought in January before the roll was money of 2026 as well.
    settled(town, town.reverse(patient, late.setl_id, institution=11))
    assert town.balance(giver) == (0, 70_000)
    # The undone reversal takes it from where it went.
    undo = town.undo(patient, reversal.msgid, "2208", institution=11)
    settled(town, undo)
    assert (town.balance(patient), town.balance(giver)) == ((0, 0), (0, 52_000))


def test_money_of_a_closed_account_is_due_to_heirs(town: World) -> None:
    giver, patient = town.person(current=20_000, carried=10_000), town.person(current=0)
    town.authorise(giver, patient)
    bought = settled(town, town.purchase(patient, 25_000))
    set_account_status(town.conn, giver, codes.CLOSED)
    town.conn.commit()
    reversal = settled(town, town.reverse(patient, bought.setl_id, institution=11))
    assert [(one.owner, one.account) for one in reversal.landed] == [(giver, codes.DUE_TO_HEIRS)]
    assert town.balance(giver) == (0, 5_000)
    (held,) = town.conn.execute(
        "SELECT sum(amount_fen)::bigint FROM posting WHERE account = %s AND owner = %s",
        (codes.DUE_TO_HEIRS, giver),
    ).fetchone()
    assert held == 25_000
    undo = town.undo(patient, reversal.msgid, "2208", institution=11)
    assert refused(town, undo) == errors.CANNOT_RESTORE


def test_a_final_bill_whose_money_back_was_spent_is_not_reversed(town: World) -> None:
    giver, patient = town.person(current=100_000), town.person(current=0)
    town.authorise(giver, patient)
    stay = town.visit(patient, 60_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 60_000))
    town.more_lines(patient, stay, -40_000)
    town.discharge(patient, stay)
    last = settled(town, final(town, patient, stay, -40_000))
    giver_stay = town.visit(giver, 80_000, setting=4)
    settled(town, town.stay_bill(giver, giver_stay, 80_000))
    assert refused(town, town.reverse(patient, last.setl_id)) == errors.MONEY_GONE


def test_visit_limit_holds_over_charge_batches_and_comes_back(town: World) -> None:
    first, second = town.person(current=100_000), town.person(current=100_000)
    patient = town.person(current=0)
    town.authorise(first, patient, visit_limit_fen=10_000)
    town.authorise(second, patient)
    visit = town.visit(patient, 8_000, batches=("B1", "B2", "B3"))
    made = [settled(town, town.settle(patient, visit, 8_000, batch=b)) for b in ("B1", "B2", "B3")]
    legs = [[leg.current_fen for leg in one.body.legs] for one in made]
    assert legs == [[8_000, 0], [2_000, 6_000], [0, 8_000]]
    assert [one.body.legs[0].reason for one in made[1:]] == [reasons.LIMIT_PER_VISIT] * 2
    settled(town, town.reverse(patient, made[0].setl_id))
    again = settled(town, town.settle(patient, visit, 8_000, batch="B1"))
    assert [leg.current_fen for leg in again.body.legs] == [8_000, 0]


def test_money_of_a_past_year_goes_back_to_a_giver_of_a_patient_without_account(
    town: World,
) -> None:
    clock = town.clock
    clock.set("2026-12-30")
    giver, patient = town.person(current=50_000), town.person(current=None)
    town.authorise(giver, patient)
    stay = town.visit(patient, 40_000, setting=4, day=dt.date(2026, 12, 20))
    settled(town, town.stay_bill(patient, stay, 40_000))
    clock.set("2027-01-05")
    roll_year(town.conn, 2026, Run(clock.now.date(), clock.now, "test"))
    town.more_lines(patient, stay, -30_000)
    back = settled(town, town.stay_bill(patient, stay, -30_000))
    assert paid(back) == (-30_000, 0, 0, -30_000, 0)
    assert town.balance(giver) == (0, 40_000)


def test_a_giver_who_stands_twice_must_have_the_money_of_both_legs(town: World) -> None:
    giver, patient = town.person(current=60_000), town.person(current=0)
    town.authorise(giver, patient)
    stay = town.visit(patient, 20_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 20_000))
    town.conn.execute("UPDATE authorisation SET state = 3, ended_at = %s", (NOW,))
    town.conn.commit()
    town.authorise(giver, patient)
    town.more_lines(patient, stay, 20_000)
    settled(town, town.stay_bill(patient, stay, 20_000))
    town.more_lines(patient, stay, -40_000)
    back = settled(town, town.stay_bill(patient, stay, -40_000))
    assert town.balance(giver) == (60_000, 0)
    # 300 are left of the 400 that came back in two legs of 200: the reversal is refused.
    settled(town, town.purchase(giver, 30_000))
    assert town.balance(giver) == (30_000, 0)
    assert refused(town, town.reverse(patient, back.setl_id)) == errors.MONEY_GONE


def test_what_goes_to_heirs_is_not_in_the_balance_that_is_told(town: World) -> None:
    patient = town.person(current=30_000)
    stay = town.visit(patient, 20_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 20_000))
    town.conn.execute("UPDATE account SET status = 3 WHERE owner = %s", (patient,))
    town.conn.commit()
    town.more_lines(patient, stay, -5_000)
    back = settled(town, town.stay_bill(patient, stay, -5_000))
    assert town.balance(patient) == (10_000, 0)
    assert back.balance_after_fen == 10_000
