# SPDX-License-Identifier: Apache-2.0
"""Money that went back and is taken again: where it lies by then, and who may still be asked.

Reversals that are undone, and final bills of stays that gave money back and are reversed. Every sum
is worked by hand; fen.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest
from settlement_world import NOW, World
from test_stays_in_parts import final, paid, refused, settled, town

from clock import Clock, moment
from family import AGENCY
from gongji.gateway.explaining import explanation
from gongji.ledger.accounts import CLOSED, FROZEN
from gongji.ledger.periodic import Run
from gongji.ledger.services import set_account_status
from gongji.ledger.yearly import roll_year
from gongji.settlement import errors
from gongji.sharing import services as sharing

pytestmark = pytest.mark.postgres
__all__ = ["town"]  # a fixture

Change = Callable[[World, int, int], None]


@pytest.fixture
def clock(town: World) -> Clock:
    """The clock of the world."""
    return town.clock


def leave(world: World, stay: int, day: str = "2026-03-02") -> None:
    """The patient is discharged at nine."""
    (owner,) = world.conn.execute("SELECT owner FROM visit WHERE mdtrt_id = %s", (stay,)).fetchone()
    world.discharge(owner, stay, moment(f"{day} 09:00"))


def of(world: World, patient: int) -> int:
    """The patient's authorisation."""
    (auth_id,) = world.conn.execute(
        "SELECT auth_id FROM authorisation WHERE recipient = %s", (patient,)
    ).fetchone()
    return int(auth_id)


def turn(world: World, clock: Clock, day: str, year: int) -> None:
    """The clock goes to a day, on which that year is rolled."""
    clock.set(day)
    roll_year(world.conn, year, Run(clock.now.date(), clock.now, "test"))


def buy_again(world: World, giver: int, patient: int) -> None:
    """The day's limit is used by another purchase."""
    assert settled(world, world.purchase(patient, 8_000)).relatives_fen == 8_000


def end(world: World, giver: int, patient: int) -> None:
    """The giver ends the authorisation."""
    sharing.end(world.conn, patient, of(world, patient), actor=AGENCY, now=world.clock())


def pause(world: World, giver: int, patient: int) -> None:
    """The giver pauses the authorisation."""
    sharing.pause(world.conn, patient, of(world, patient), actor=AGENCY, now=world.clock())


def run_out(world: World, giver: int, patient: int) -> None:
    """The authorisation's last day is over."""
    last = NOW.date() - dt.timedelta(days=1)
    # tidy: a day that is over, which the service rightly refuses to set
    world.conn.execute("UPDATE authorisation SET valid_until = %s", (last,))


def freeze(world: World, giver: int, patient: int) -> None:
    """The giver's account is frozen."""
    set_account_status(world.conn, giver, FROZEN)


def close(world: World, giver: int, patient: int) -> None:
    """The giver has died: the account is closed."""
    set_account_status(world.conn, giver, CLOSED)


@pytest.mark.parametrize("change", [buy_again, end, pause, run_out, freeze, close])
def test_nobody_pays_again_who_may_not_pay_today(town: World, change: Change) -> None:
    giver, patient = town.person(current=50_000), town.person(current=0)
    town.authorise(giver, patient, day_limit_fen=10_000)
    bought = settled(town, town.purchase(patient, 9_000))
    reversal = settled(town, town.reverse(patient, bought.setl_id, institution=11))
    change(town, giver, patient)
    town.conn.commit()
    before = town.balance(giver)
    undo = town.undo(patient, reversal.msgid, "2208", institution=11)
    assert refused(town, undo) == errors.CANNOT_RESTORE
    assert town.balance(giver) == before


@pytest.mark.parametrize(("limit", "batch"), [(10_000, 3_000), (5_000, 3_000), (4_000, 2_000)])
def test_limits_are_met_to_the_fen(town: World, limit: int, batch: int) -> None:
    """Of three batches of a visit the first was reversed; that is undone behind the third."""
    giver, patient = town.person(current=50_000), town.person(current=0)
    town.authorise(giver, patient, visit_limit_fen=limit)
    visit = town.visit(patient, batch, batches=("B1", "B2", "B3"))
    first, _ = [settled(town, town.settle(patient, visit, batch, batch=b)) for b in ("B1", "B2")]
    reversal = settled(town, town.reverse(patient, first.setl_id))
    settled(town, town.settle(patient, visit, batch, batch="B3"))
    undo = town.undo(patient, reversal.msgid, "2208")
    if 3 * batch <= limit:
        settled(town, undo)
        assert town.balance(giver) == (50_000 - 3 * batch, 0)
    else:
        assert refused(town, undo) == errors.CANNOT_RESTORE


def test_an_undone_reversal_of_a_year_that_is_over_takes_carried_money(
    town: World, clock: Clock
) -> None:
    clock.set("2026-12-30")
    giver, patient = town.person(current=50_000), town.person(current=2_000)
    town.authorise(giver, patient)
    bought = settled(town, town.purchase(patient, 30_000, at=clock.now))
    reversal = settled(town, town.reverse(patient, bought.setl_id, institution=11))
    turn(town, clock, "2027-01-02", 2026)
    town.fund(giver, 40_000)
    town.fund(patient, 5_000)
    settled(town, town.undo(patient, reversal.msgid, "2208", institution=11))
    # 20 of the patient's and 280 of the giver's money of 2026, which is carried money now.
    assert (town.balance(patient), town.balance(giver)) == ((5_000, 0), (40_000, 22_000))


def test_a_final_bill_that_gave_back_is_reversed_after_the_turn_of_the_year(
    town: World, clock: Clock
) -> None:
    clock.set("2026-12-28")
    giver, patient = town.person(current=60_000), town.person(current=10_000)
    town.authorise(giver, patient)
    stay = town.visit(patient, 60_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 60_000))
    assert (town.balance(patient), town.balance(giver)) == ((0, 0), (10_000, 0))
    town.more_lines(patient, stay, -55_000)
    leave(town, stay, "2026-12-28")
    last = settled(town, final(town, patient, stay, -55_000))
    # Of 50 left the own account pays all: 500 go back to the giver, 50 to the own account.
    assert paid(last) == (-55_000, 0, -5_000, -50_000, 0)
    turn(town, clock, "2027-01-02", 2026)
    town.fund(giver, 70_000)
    town.fund(patient, 8_000)
    settled(town, town.reverse(patient, last.setl_id))
    assert (town.balance(patient), town.balance(giver)) == ((8_000, 0), (70_000, 10_000))


def test_what_goes_back_is_money_of_both_years(town: World, clock: Clock) -> None:
    clock.set("2026-12-28")
    giver, patient = town.person(current=60_000), town.person(current=10_000)
    town.authorise(giver, patient)
    stay = town.visit(patient, 40_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 40_000))  # own 100, giver 300 of 2026
    turn(town, clock, "2027-01-02", 2026)
    town.fund(giver, 50_000)
    town.fund(patient, 3_000)
    town.more_lines(patient, stay, 20_000)
    settled(town, town.stay_bill(patient, stay, 20_000))  # own 30, giver 170 of 2027
    assert (town.balance(patient), town.balance(giver)) == ((0, 0), (33_000, 30_000))
    town.more_lines(patient, stay, -55_000)
    leave(town, stay, "2027-01-02")
    last = settled(town, final(town, patient, stay, -55_000))
    # 50 are left. The giver gets 470 back, the 170 of 2027 first; the own account 80, 30 of them
    # of 2027. What is of 2026 is carried money.
    assert paid(last) == (-55_000, 0, -8_000, -47_000, 0)
    assert (town.balance(patient), town.balance(giver)) == ((3_000, 5_000), (50_000, 60_000))
    settled(town, town.reverse(patient, last.setl_id))
    assert (town.balance(patient), town.balance(giver)) == ((0, 0), (33_000, 30_000))
    again = settled(town, final(town, patient, stay, -55_000))
    turn(town, clock, "2028-01-03", 2027)
    town.fund(giver, 1_000)
    assert (town.balance(patient), town.balance(giver)) == ((0, 8_000), (1_000, 110_000))
    settled(town, town.reverse(patient, again.setl_id))
    assert (town.balance(patient), town.balance(giver)) == ((0, 0), (1_000, 63_000))


@pytest.mark.parametrize("change", [freeze, close])
def test_a_bill_that_gave_back_stands_where_the_account_may_not_pay(
    town: World, change: Change
) -> None:
    giver, patient = town.person(current=60_000), town.person(current=0)
    town.authorise(giver, patient)
    stay = town.visit(patient, 40_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 40_000))
    town.more_lines(patient, stay, -30_000)
    leave(town, stay)
    last = settled(town, final(town, patient, stay, -30_000))
    change(town, giver, patient)
    town.conn.commit()
    assert refused(town, town.reverse(patient, last.setl_id)) == errors.MONEY_GONE
    assert town.balance(giver) == (50_000, 0)


def test_the_reversal_of_a_bill_that_gave_back_says_that_it_takes_again(town: World) -> None:
    giver, patient = town.person(current=100_000), town.person(current=0)
    town.authorise(giver, patient)
    stay = town.visit(patient, 60_000, setting=4)
    settled(town, town.stay_bill(patient, stay, 60_000))
    town.more_lines(patient, stay, -40_000)
    back = settled(town, town.stay_bill(patient, stay, -40_000))
    (gave,) = json.loads(explanation(back))["payers"]
    assert (gave["amount"], "退还" in gave["text"]) == (-400, True)
    (taken,) = json.loads(explanation(settled(town, town.reverse(patient, back.setl_id))))["payers"]
    assert (taken["amount"], taken["reason"], "重新扣回" in taken["text"]) == (400, 15, True)
