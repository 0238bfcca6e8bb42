# SPDX-License-Identifier: Apache-2.0
"""Money wanted twice at once: it is given once. Each race has its control without locks.

In a control the race "appears" when the database itself has to refuse an overdraft (its CHECK is
the last wall) or when limits and deductibles are used twice; with locks neither ever happens.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from races_arena import Arena, codes, records
from settlement_world import DAY, NOW

from gongji.kernel import reasons
from gongji.kernel.errors import Refusal
from gongji.ledger import accounts as codes_of
from gongji.ledger import services as ledger

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

PATIENTS = 50
YUAN = 100


def _last_yuan(arena: Arena) -> tuple[int, list[object]]:
    """One giver's last yuan and 50 settlements that want it; every other patient has a second."""
    world = arena.world
    giver = world.person(current=YUAN)
    commands = []
    for number in range(PATIENTS):
        patient = world.person(current=0)
        world.authorise(giver, patient)
        if number % 2:
            world.authorise(world.person(current=YUAN), patient)
        commands.append(world.settle(patient, world.visit(patient, YUAN), YUAN))
    return giver, commands


def test_last_yuan_goes_to_exactly_one_of_fifty(arena: MakeArena) -> None:
    ring = arena(engines=5)
    giver, commands = _last_yuan(ring)
    ring.meeting(5)
    done = records(ring.at_once(commands))
    assert len(done) == PATIENTS
    from_giver = [r.body.legs[0].current_fen for r in done if r.body.payers[0].giver == giver]
    assert sorted(from_giver) == [0] * (PATIENTS - 1) + [YUAN]
    for record in done:
        legs, got = record.body.legs, record.body.legs[0].current_fen
        second = legs[1].current_fen if len(legs) > 1 else 0
        assert got + second + record.cash_fen == YUAN
        if not got:
            assert legs[0].reason == reasons.BALANCE_EXHAUSTED
            assert second == (YUAN if len(legs) > 1 else 0)
    assert ring.world.balance(giver) == (0, 0)
    assert ring.log.errors == {}
    ring.assert_clean()


def test_last_yuan_without_locks_is_promised_twice(arena: MakeArena) -> None:
    ring = arena(engines=5, lock=False)
    giver, commands = _last_yuan(ring)
    ring.meeting(5)
    ring.at_once(commands)
    # Two engines gave the same yuan away; only the CHECK of the account kept it from going.
    assert ring.log.errors["CheckViolation"] > 0
    assert ring.world.balance(giver) == (0, 0)


def _never_used(arena: Arena) -> tuple[int, list[object]]:
    """Two patients want all of an account that has never paid anything."""
    world = arena.world
    giver = world.person(current=YUAN)
    commands = []
    for _ in range(2):
        patient = world.person(current=0)
        world.authorise(giver, patient)
        commands.append(world.settle(patient, world.visit(patient, YUAN), YUAN))
    return giver, commands


def test_never_used_account_cannot_be_overdrawn(arena: MakeArena) -> None:
    ring = arena(engines=2)
    giver, commands = _never_used(ring)
    ring.meeting(2)
    done = records(ring.at_once(commands))
    assert sorted(r.relatives_fen for r in done) == [0, YUAN]
    assert ring.world.balance(giver) == (0, 0)
    assert ring.log.errors == {}
    ring.assert_clean()


def test_never_used_account_without_locks_is_wanted_twice(arena: MakeArena) -> None:
    ring = arena(engines=2, lock=False)
    _, commands = _never_used(ring)
    ring.meeting(2)
    ring.at_once(commands)
    assert ring.log.errors["CheckViolation"] > 0


def test_accounts_without_row_or_money_give_nothing(arena: MakeArena) -> None:
    ring = arena(engines=2)
    world = ring.world
    without, empty = world.person(current=None), world.person(current=0)
    commands = []
    for _ in range(2):
        patient = world.person(current=None)
        world.authorise(without, patient)
        world.authorise(empty, patient)
        commands.append(world.settle(patient, world.visit(patient, YUAN), YUAN))
    ring.meeting(2)
    done = records(ring.at_once(commands))
    assert [r.cash_fen for r in done] == [YUAN, YUAN]
    why = [reasons.GIVER_HAS_NO_ACCOUNT, reasons.BALANCE_EXHAUSTED]
    assert [[leg.reason for leg in r.body.legs] for r in done] == [why, why]
    ring.assert_clean()


def test_first_money_arrives_while_two_spend_it(arena: MakeArena) -> None:
    ring = arena(engines=2)
    world = ring.world
    for _ in range(10):
        patient = world.person(current=0)
        commands = [world.settle(patient, world.visit(patient, YUAN), YUAN) for _ in range(2)]
        amount = 150
        legs = (
            ledger.Posting(patient, codes_of.PA_CURRENT, 360100, amount),
            ledger.Posting(patient, codes_of.OPENING_BALANCES, 360100, -amount),
        )
        (number,) = ledger.next_ids(world.conn, 1)
        entry = ledger.NewEntry(patient, number, codes_of.OPENING, DAY, None, legs)
        ledger.post(world.conn, ledger.Batch([entry], "test", NOW), lock=True)
        done: list[object] = []
        # The credit holds its lock until the commit, so the settlements queue up behind it.
        spend = threading.Thread(target=lambda c=commands, d=done: d.extend(ring.at_once(c)))
        spend.start()
        world.conn.commit()
        spend.join()
        paid = sum(r.own_fen for r in records(done))
        assert world.balance(patient) == (amount - paid, 0)
        assert paid in (0, YUAN, amount)
    assert ring.log.errors == {}
    ring.assert_clean()


def _two_visits(arena: Arena) -> tuple[int, list[object]]:
    """Two visits of one patient, each large enough to use up the deductible of 300 yuan alone."""
    world = arena.world
    patient = world.person(current=0)
    commands = [world.settle(patient, world.visit(patient, 40000), 40000) for _ in range(2)]
    return patient, commands


def test_two_visits_share_one_deductible(arena: MakeArena) -> None:
    ring = arena(engines=2)
    _, commands = _two_visits(ring)
    ring.meeting(2)
    done = records(ring.at_once(commands))
    assert sorted(r.body.benefit.deductible_fen for r in done) == [0, 30000]
    # Nanchang, level 3, 55 %: (400 - 300) x 55 % and 400 x 55 %.
    assert sorted(r.body.benefit.fund_fen for r in done) == [5500, 22000]
    assert ring.log.errors == {}
    ring.assert_clean()


def test_two_visits_without_locks_pay_the_deductible_twice(arena: MakeArena) -> None:
    ring = arena(engines=2, lock=False)
    _, commands = _two_visits(ring)
    ring.meeting(2)
    done = records(ring.at_once(commands))
    assert [r.body.benefit.deductible_fen for r in done] == [30000, 30000]
    # No wall of the database stands here: the year's sums are simply wrong, and the audit says so.
    # Run again one after the other, the two visits give less.
    assert {fault.table for fault in ring.faults()} == {"accumulator", "fund_difference"}


def test_two_visits_share_the_cap(arena: MakeArena) -> None:
    # The pooled fund pays 2,000 yuan a year for outpatient care in Nanchang, whoever asks first.
    ring = arena(engines=4)
    world = ring.world
    patient = world.person(current=0)
    commands = [world.settle(patient, world.visit(patient, 150000), 150000) for _ in range(4)]
    ring.meeting(4)
    done = records(ring.at_once(commands))
    assert sum(r.body.benefit.pooled_fen for r in done) == 200000
    assert ring.log.errors == {}
    ring.assert_clean()


def _limited(arena: Arena) -> list[object]:
    """Two settlements of one patient against a day limit of one yuan and a grant of one yuan."""
    world = arena.world
    giver, patient = world.person(current=1000), world.person(current=0)
    world.authorise(giver, patient, day_limit_fen=YUAN, grant_fen=YUAN)
    return [world.settle(patient, world.visit(patient, YUAN), YUAN) for _ in range(2)]


def test_limits_hold_for_two_at_once(arena: MakeArena) -> None:
    ring = arena(engines=2)
    commands = _limited(ring)
    ring.meeting(2)
    done = records(ring.at_once(commands))
    assert sorted(r.relatives_fen for r in done) == [0, YUAN]
    assert ring.log.errors == {}
    ring.assert_clean()


def test_limits_without_locks_are_passed(arena: MakeArena) -> None:
    ring = arena(engines=2, lock=False)
    commands = _limited(ring)
    ring.meeting(2)
    done = records(ring.at_once(commands))
    assert sum(r.relatives_fen for r in done) == 2 * YUAN
    assert "authorisation" in {fault.table for fault in ring.faults()}


def test_refusals_are_refusals_and_not_faults(arena: MakeArena) -> None:
    ring = arena(engines=3)
    world = ring.world
    patient = world.person(current=1000)
    visit = world.visit(patient, YUAN)
    wrong = [world.settle(patient, visit, YUAN + 1) for _ in range(20)]
    answers = ring.at_once([*wrong, world.settle(patient, visit, YUAN)])
    assert all(isinstance(a, Refusal) for a in answers[:-1])
    assert codes(answers)["record"] == 1
    assert ring.log.errors == {}
    ring.assert_clean()
