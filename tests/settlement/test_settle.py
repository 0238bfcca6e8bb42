# SPDX-License-Identifier: Apache-2.0
"""Settlements, reversals and undos through the engine, to the fen, on real PostgreSQL."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace
from settlement_world import OTHER, World

from gongji.kernel import reasons
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import USE_NONE, USE_OWN_ONLY
from gongji.settlement import errors
from gongji.settlement.commands import Declared


def refused(world: World, command: object) -> Refusal:
    """The refusal that a command meets."""
    with pytest.raises(Refusal) as caught:
        world.platform.engine.settle_now(command)
    return caught.value


def test_own_account_then_giver_then_cash(world: World) -> None:
    # Nanchang, level 3, outpatient 2026: deductible 300, 55 %: 500 -> fund 110, burden 390.
    giver = world.person(current=20000)
    patient = world.person(current=10000)
    world.authorise(giver, patient)
    visit = world.visit(patient, 50000, self_paid=3000)
    record = world.platform.engine.settle_now(world.settle(patient, visit, 53000))
    assert record is not None
    assert record.body.benefit.deductible_fen == 30000
    assert record.body.benefit.fund_fen == 11000
    assert (record.own_fen, record.relatives_fen, record.cash_fen) == (10000, 20000, 12000)
    assert record.body.legs[0].reason == reasons.BALANCE_EXHAUSTED
    assert world.balance(patient) == (0, 0)
    assert world.balance(giver) == (0, 0)
    world.assert_clean()


def test_second_visit_counts_the_deductible_once(world: World) -> None:
    patient = world.person(current=0)
    first = world.visit(patient, 20000)
    second = world.visit(patient, 20000)
    one = world.platform.engine.settle_now(world.settle(patient, first, 20000))
    two = world.platform.engine.settle_now(world.settle(patient, second, 20000))
    assert one is not None
    assert two is not None
    assert (one.body.benefit.deductible_fen, one.body.benefit.fund_fen) == (20000, 0)
    assert (two.body.benefit.deductible_fen, two.body.benefit.fund_fen) == (10000, 5500)


def test_reversal_restores_everything(world: World) -> None:
    giver = world.person(current=4000, carried=6000)
    patient = world.person(current=1000)
    world.authorise(giver, patient, year_limit_fen=50000, grant_fen=90000)
    visit = world.visit(patient, 50000)
    before = world.conn.execute(
        "SELECT used_day_fen, used_year_fen, used_grant_fen FROM authorisation"
    ).fetchall()
    record = world.platform.engine.settle_now(world.settle(patient, visit, 50000))
    assert record is not None
    assert record.relatives_fen == 10000
    mirror = world.platform.engine.settle_now(world.reverse(patient, record.setl_id))
    assert mirror is not None
    assert mirror.sign == -1
    assert world.balance(giver) == (4000, 6000)
    assert world.balance(patient) == (1000, 0)
    world.conn.rollback()
    after = world.conn.execute(
        "SELECT used_day_fen, used_year_fen, used_grant_fen FROM authorisation"
    ).fetchall()
    assert after == before
    sums = world.conn.execute("SELECT * FROM accumulator").fetchone()
    assert sums is not None
    assert set(sums[3:]) == {0}
    assert refused(world, world.reverse(patient, record.setl_id)).code == errors.ALREADY_REVERSED
    again = world.platform.engine.settle_now(world.settle(patient, visit, 50000))
    assert again is not None
    assert again.body.sharing == record.body.sharing
    world.assert_clean()


def test_same_key_gives_the_first_answer_and_other_body_is_refused(world: World) -> None:
    patient = world.person(current=60000)
    visit = world.visit(patient, 50000)
    command = world.settle(patient, visit, 50000)
    first = world.platform.engine.settle_now(command)
    assert world.platform.engine.settle_now(command) == first
    other = replace(command, key=replace(command.key, fingerprint=b"x"))
    assert refused(world, other).code == errors.KEY_REUSED
    new_key = world.settle(patient, visit, 50000)
    refusal = refused(world, new_key)
    assert refusal.code == errors.ALREADY_SETTLED
    assert first is not None
    assert refusal.details["setl_id"] == first.setl_id
    assert world.count("settlement") == 1


def test_refused_request_does_not_burn_its_key(world: World) -> None:
    patient = world.person(current=60000)
    visit = world.visit(patient, 50000)
    command = world.settle(patient, visit, 49999)
    assert refused(world, command).code == errors.AMOUNT_CHANGED
    assert world.count("message") == 0
    fixed = replace(command, declared=Declared(50000))
    assert world.platform.engine.settle_now(fixed) is not None


def test_refusals_leave_no_trace(world: World) -> None:
    patient = world.person(current=60000)
    interrupted = world.person(current=60000, status=2)
    visit = world.visit(patient, 50000)
    other = world.visit(patient, 50000, institution=OTHER)
    cancelled = world.visit(patient, 50000, status=3)
    paused = world.visit(interrupted, 50000)
    cases = [
        (world.settle(patient, 77, 50000), errors.VISIT_NOT_FOUND),
        (world.settle(patient, other, 50000), errors.VISIT_OF_OTHER_INSTITUTION),
        (world.settle(patient, cancelled, 50000), errors.VISIT_CANCELLED),
        (world.settle(interrupted, paused, 50000), errors.COVERAGE_NOT_ACTIVE),
        (world.settle(patient, visit, 50000, batch="B2"), errors.NO_LINES),
        (world.settle(patient, visit, 50000, insutype=390), errors.SCHEME_DIFFERS),
        (world.settle(patient, visit, 50000, med_type="13"), errors.MED_TYPE_DIFFERS),
        (world.reverse(patient, 5), errors.SETTLEMENT_NOT_FOUND),
    ]
    for command, code in cases:
        assert refused(world, command).code == code
    assert world.count("settlement") == 0
    assert world.count("message") == 0
    assert world.count("accumulator") == 0


def test_caller_decides_which_accounts_are_used(world: World) -> None:
    giver = world.person(current=20000)
    patient = world.person(current=10000)
    world.authorise(giver, patient)
    none = world.visit(patient, 20000)
    own = world.visit(patient, 20000)
    record = world.platform.engine.settle_now(world.settle(patient, none, 20000, use=USE_NONE))
    assert record is not None
    assert (record.own_fen, record.relatives_fen, record.cash_fen) == (0, 0, 20000)
    record = world.platform.engine.settle_now(world.settle(patient, own, 20000, use=USE_OWN_ONLY))
    assert record is not None
    assert (record.own_fen, record.relatives_fen) == (10000, 0)


def test_trial_equals_settlement_and_stores_nothing(world: World) -> None:
    giver = world.person(current=20000)
    patient = world.person(current=10000)
    world.authorise(giver, patient)
    visit = world.visit(patient, 50000)
    command = world.settle(patient, visit, 50000)
    trial = world.platform.engine.trial_now(command)
    assert world.count("settlement") == 0
    assert world.balance(giver) == (20000, 0)
    record = world.platform.engine.settle_now(command)
    assert record is not None
    assert (trial.body, trial.balance_after_fen) == (record.body, record.balance_after_fen)
    assert trial.setl_id == 0


def test_purchase_makes_its_visit(world: World) -> None:
    giver = world.person(current=20000)
    child = world.person(current=None, insutype=390, birth=dt.date(2018, 5, 1))
    world.authorise(giver, child, relation=20)
    record = world.platform.engine.settle_now(world.purchase(child, 8000, insutype=390))
    assert record is not None
    assert record.mdtrt_id > 0
    assert record.own_fen == 0
    assert record.relatives_fen + record.cash_fen + record.body.benefit.fund_fen == 8000
    assert world.count("visit") == 1
    assert world.count("fee_batch") == 1
    world.assert_clean()


def test_stay_settles_all_unsettled_lines_and_reversal_frees_them(world: World) -> None:
    # Example A of the policy notes: Nanchang, level 3, first admission, from 2025-07-01.
    giver = world.person(current=200000)
    patient = world.person(current=150000)
    world.authorise(giver, patient)
    stay = world.visit(patient, 875000, batches=("D1", "D2"), setting=4, status=2)
    command = world.settle(patient, stay, 1750000, batch="", med_type="21")
    record = world.platform.engine.settle_now(command)
    assert record is not None
    assert record.body.benefit.pooled_fen == 1419500
    assert (record.own_fen, record.relatives_fen, record.cash_fen) == (150000, 180500, 0)
    again = world.settle(patient, stay, 1750000, batch="", med_type="21")
    refusal = refused(world, again)
    assert (refusal.code, refusal.details["setl_id"]) == (errors.ALREADY_SETTLED, record.setl_id)
    world.platform.engine.settle_now(world.reverse(patient, record.setl_id))
    assert world.platform.engine.settle_now(again) is not None
    world.assert_clean()


def test_undo_before_and_after_arrival(world: World) -> None:
    patient = world.person(current=60000)
    visit = world.visit(patient, 50000)
    late = world.settle(patient, visit, 50000)
    undo = world.undo(patient, late.key.msgid, "2207")
    assert world.platform.engine.settle_now(undo) is None
    assert refused(world, late).code == errors.KEY_CANCELLED
    command = world.settle(patient, visit, 50000)
    record = world.platform.engine.settle_now(command)
    assert record is not None
    mirror = world.platform.engine.settle_now(world.undo(patient, command.key.msgid, "2207"))
    assert mirror is not None
    assert mirror.reversal_of == record.setl_id
    assert world.balance(patient) == (60000, 0)
    assert refused(world, command).code == errors.KEY_CANCELLED
    again = world.undo(patient, command.key.msgid, "2207")
    assert world.platform.engine.settle_now(again) is None
    world.assert_clean()


def test_undo_of_a_reversal_restores_the_settlement(world: World) -> None:
    patient = world.person(current=60000)
    visit = world.visit(patient, 50000)
    record = world.platform.engine.settle_now(world.settle(patient, visit, 50000))
    assert record is not None
    reversal = world.reverse(patient, record.setl_id)
    world.platform.engine.settle_now(reversal)
    restored = world.platform.engine.settle_now(world.undo(patient, reversal.key.msgid, "2208"))
    assert restored is not None
    assert world.balance(patient) == (60000 - record.own_fen, 0)
    assert refused(world, world.settle(patient, visit, 50000)).code == errors.ALREADY_SETTLED
    world.assert_clean()


def test_limits_count_by_day_and_year(world: World) -> None:
    giver = world.person(current=100000)
    patient = world.person(current=0)
    world.authorise(giver, patient, visit_limit_fen=9000, day_limit_fen=12000)
    paid = []
    for _ in range(3):
        visit = world.visit(patient, 10000)
        record = world.platform.engine.settle_now(world.settle(patient, visit, 10000))
        assert record is not None
        paid.append((record.relatives_fen, record.body.legs[0].reason))
    assert paid == [
        (9000, reasons.LIMIT_PER_VISIT),
        (3000, reasons.LIMIT_PER_DAY),
        (0, reasons.LIMIT_PER_DAY),
    ]


def test_interim_settlements_of_a_stay_ask_its_deductible_once(world: World) -> None:
    # Level 3, deductible 800, 85 %: first 500 all deductible, then 300 of 10,000.
    patient = world.person(current=0)
    stay = world.visit(patient, 50000, setting=4, status=1)
    interim = world.settle(patient, stay, 50000, batch="", med_type="21", interim=True)
    first = world.platform.engine.settle_now(interim)
    assert first is not None
    assert (first.body.benefit.deductible_fen, first.body.benefit.fund_fen) == (50000, 0)
    world.more_lines(patient, stay, 1000000)
    world.discharge(patient, stay)
    final = world.settle(patient, stay, 1000000, batch="", med_type="21")
    second = world.platform.engine.settle_now(final)
    assert second is not None
    # (10,000 - 300) x 85 % = 8,245.
    assert (second.body.benefit.deductible_fen, second.body.benefit.fund_fen) == (30000, 824500)
    world.assert_clean()
