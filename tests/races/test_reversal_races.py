# SPDX-License-Identifier: Apache-2.0
"""Reversals at once: exactly one per settlement succeeds, and every fen is back where it was.

Without locks two engines both plan the mirror and the unique ``reversal_of`` is the last wall:
the race appears as a UniqueViolation.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from races_arena import Arena, codes, records

from gongji.settlement import errors
from gongji.settlement.records import Record

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

SETTLEMENTS = 500
CONNECTIONS = 20
FAMILIES = 25


def _settled(arena: Arena) -> tuple[int, int, Record]:
    """(giver, patient, record) of one settlement that own account and giver paid."""
    world = arena.world
    giver, patient = world.person(current=3000, carried=2000), world.person(current=1000)
    world.authorise(giver, patient, year_limit_fen=100000, grant_fen=100000)
    return giver, patient, arena.settled(world.settle(patient, world.visit(patient, 5000), 5000))


@pytest.mark.parametrize("times", [2, 20])
def test_one_reversal_of_many_succeeds(arena: MakeArena, times: int) -> None:
    ring = arena(engines=4)
    giver, patient, record = _settled(ring)
    ring.meeting(min(times, 4))
    answers = ring.at_once([ring.world.reverse(patient, record.setl_id) for _ in range(times)])
    assert codes(answers) == {"record": 1, errors.ALREADY_REVERSED: times - 1}
    assert ring.world.balance(giver) == (3000, 2000)
    assert ring.world.balance(patient) == (1000, 0)
    assert ring.log.errors == {}
    ring.assert_clean()


@pytest.mark.parametrize("times", [2, 20])
def test_reversals_without_locks_are_both_planned(arena: MakeArena, times: int) -> None:
    ring = arena(engines=4, lock=False)
    _, patient, record = _settled(ring)
    ring.meeting(min(times, 4))
    ring.at_once([ring.world.reverse(patient, record.setl_id) for _ in range(times)])
    assert ring.log.errors["UniqueViolation"] > 0


def _families(arena: Arena) -> tuple[list[int], list[Any]]:
    """People of all families, and settlements of children's visits at their givers' cost."""
    world, commands, people = arena.world, [], []
    for _ in range(FAMILIES):
        givers = [world.person(current=30000, carried=10000) for _ in range(2)]
        patients = [world.person(current=500) for _ in range(4)]
        people += [*givers, *patients]
        for patient in patients:
            for giver in givers:
                world.authorise(giver, patient)
        for number in range(SETTLEMENTS // FAMILIES):
            patient = patients[number % len(patients)]
            commands.append(world.purchase(patient, 700 + number))
    return people, commands


def _sums(arena: Arena) -> tuple[list[Any], list[Any]]:
    conn = arena.world.conn
    accounts = conn.execute("SELECT owner, current_fen, carried_fen FROM account ORDER BY 1")
    used = conn.execute(
        "SELECT recipient, auth_id, used_grant_fen FROM authorisation ORDER BY 1, 2"
    )
    both = accounts.fetchall(), used.fetchall()
    conn.commit()
    return both


def test_five_hundred_settlements_are_each_reversed_once(arena: MakeArena) -> None:
    ring = arena(engines=4)
    _, commands = _families(ring)
    before = _sums(ring)
    settled = records(ring.at_once(commands, threads=CONNECTIONS))
    assert len(settled) == SETTLEMENTS
    assert _sums(ring) != before
    twice = [
        ring.world.reverse(r.owner, r.setl_id, institution=r.institution_id)
        for r in settled
        for _ in range(2)
    ]
    random.Random(7).shuffle(twice)
    answers = ring.at_once(twice, threads=CONNECTIONS)
    assert codes(answers) == {"record": SETTLEMENTS, errors.ALREADY_REVERSED: SETTLEMENTS}
    assert _sums(ring) == before
    assert ring.world.conn.execute(
        "SELECT count(*), sum(total_fen), sum(cash_fen) FROM settlement"
    ).fetchone() == (2 * SETTLEMENTS, 0, 0)
    assert ring.log.errors == {}
    ring.assert_clean()


def test_reversal_and_new_settlement_of_one_batch_at_once(arena: MakeArena) -> None:
    """The batch is free again only after the reversal: never two live settlements of it."""
    ring = arena(engines=2)
    world = ring.world
    for _ in range(15):
        patient = world.person(current=1000)
        visit = world.visit(patient, 900)
        record = ring.settled(world.settle(patient, visit, 900))
        answers = ring.at_once(
            [world.reverse(patient, record.setl_id), world.settle(patient, visit, 900)]
        )
        assert isinstance(answers[0], Record)
        (number,) = world.conn.execute(
            "SELECT count(*) FROM settlement WHERE owner = %s AND kind = 1 AND reversed_by IS NULL",
            (patient,),
        ).fetchone()
        world.conn.commit()
        assert number == (1 if isinstance(answers[1], Record) else 0)
    assert ring.log.errors == {}
    ring.assert_clean()
