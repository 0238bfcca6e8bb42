# SPDX-License-Identifier: Apache-2.0
"""Messages that meet inside one batch of one engine: as if they had come one after the other.

The batch is given to the engine's runner directly, so that its members are surely together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from races_arena import Answer, Arena, codes

from gongji.settlement import errors
from gongji.settlement.batch import Done, Job

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]


def together(arena: Arena, *commands: Any) -> list[Answer]:
    """Answers of commands that share a batch."""
    jobs = [Job(command) for command in commands]
    arena.platforms[0].engine._writes[0]._runner.run(jobs)
    outcomes = [job.outcome for job in jobs]
    return [o.record if isinstance(o, Done) else o for o in outcomes]


@pytest.fixture
def ring(arena: MakeArena) -> Arena:
    """One engine."""
    return arena(engines=1)


def test_settlement_beside_a_repeated_reversal_of_the_same_batch(ring: Arena) -> None:
    world = ring.world
    patient = world.person(current=1000)
    visit = world.visit(patient, 400)
    first = ring.settled(world.settle(patient, visit, 400))
    ring.settled(world.reverse(patient, first.setl_id))
    answers = together(
        ring, world.settle(patient, visit, 400), world.reverse(patient, first.setl_id)
    )
    assert codes(answers) == {"record": 1, errors.ALREADY_REVERSED: 1}
    assert answers[0].own_fen == 400
    ring.assert_clean()


def test_two_settlements_of_one_charge_batch(ring: Arena) -> None:
    world = ring.world
    patient = world.person(current=1000)
    visit = world.visit(patient, 400)
    answers = together(ring, *(world.settle(patient, visit, 400) for _ in range(3)))
    assert codes(answers) == {"record": 1, errors.ALREADY_SETTLED: 2}
    ring.assert_clean()


def test_two_final_settlements_of_one_stay(ring: Arena) -> None:
    world = ring.world
    patient = world.person(current=1000)
    stay = world.visit(patient, 200000, setting=4, status=2)
    commands = [world.settle(patient, stay, 200000, batch="", med_type="21") for _ in range(3)]
    answers = together(ring, *commands)
    assert codes(answers) == {"record": 1, errors.ALREADY_SETTLED: 2}
    ring.assert_clean()


def test_relatives_share_the_last_yuan_in_the_order_of_arrival(ring: Arena) -> None:
    world = ring.world
    giver = world.person(current=250)
    patients = [world.person(current=0) for _ in range(4)]
    for patient in patients:
        world.authorise(giver, patient)
    answers = together(ring, *(world.purchase(patient, 100) for patient in patients))
    assert [a.relatives_fen for a in answers] == [100, 100, 50, 0]
    assert world.balance(giver) == (0, 0)
    ring.assert_clean()


def test_giver_is_a_patient_of_the_same_batch(ring: Arena) -> None:
    world = ring.world
    giver, patient = world.person(current=150), world.person(current=0)
    world.authorise(giver, patient)
    answers = together(ring, world.purchase(giver, 100), world.purchase(patient, 100))
    assert [(a.own_fen, a.relatives_fen) for a in answers] == [(100, 0), (0, 50)]
    ring.assert_clean()


def test_undos_and_reversals_of_one_settlement(ring: Arena) -> None:
    world = ring.world
    giver, patient = world.person(current=300), world.person(current=100)
    world.authorise(giver, patient)
    command = world.settle(patient, world.visit(patient, 400), 400)
    record = ring.settled(command)
    answers = together(
        ring,
        world.undo(patient, command.key.msgid, "2207"),
        world.reverse(patient, record.setl_id),
        world.undo(patient, command.key.msgid, "2207"),
        world.undo(patient, "NEVER", "2207"),
        world.undo(patient, "NEVER", "2207"),
    )
    assert codes(answers) == {"record": 1, errors.ALREADY_REVERSED: 1, "nothing": 3}
    assert world.balance(giver) == (300, 0)
    ring.assert_clean()


def test_undo_comes_before_its_message(ring: Arena) -> None:
    world = ring.world
    patient = world.person(current=1000)
    command = world.settle(patient, world.visit(patient, 400), 400)
    undo = world.undo(patient, command.key.msgid, "2207")
    assert codes(together(ring, undo, command)) == {"nothing": 1, errors.KEY_CANCELLED: 1}
    assert codes(together(ring, undo)) == {"nothing": 1}
    assert codes(together(ring, command)) == {errors.KEY_CANCELLED: 1}
    ring.assert_clean()


def test_repeat_beside_new_messages(ring: Arena) -> None:
    world = ring.world
    patient = world.person(current=1000)
    first = world.purchase(patient, 100)
    record = ring.settled(first)
    other = replace(first, key=replace(first.key, fingerprint=b"other"))
    answers = together(ring, first, world.purchase(patient, 100))
    assert answers[0] == record
    assert answers[1].own_fen == 100
    assert codes(together(ring, other, first)) == {errors.KEY_REUSED: 1, "record": 1}
    ring.assert_clean()
