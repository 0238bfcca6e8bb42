# SPDX-License-Identifier: Apache-2.0
"""Several settlements of one stay build on each other: only the last that stands is reversed.

Also inside one batch, across engines (whose settlement numbers are in no order), and when the
next settlement and the reversal of the one before come at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from races_arena import Answer, Arena, codes
from test_one_batch import together

from gongji.kernel.errors import Refusal
from gongji.settlement import errors
from gongji.settlement.records import Record

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]
FIRST_FEN, NEXT_FEN = 50_000, 1_000_000


def begun(arena: Arena) -> tuple[int, int, list[Any]]:
    """(patient, stay, [settlement of what there is]); one settlement can be sent."""
    patient = arena.world.person(current=10_000)
    stay = arena.world.visit(patient, FIRST_FEN, setting=4)
    return patient, stay, [arena.world.stay_bill(patient, stay, FIRST_FEN)]


def twice(arena: Arena, engines: tuple[int, int] = (0, 0)) -> tuple[int, list[Any], list[Record]]:
    """(patient, messages, records) of a stay that is settled twice."""
    patient, stay, messages = begun(arena)
    records = [arena.settled(messages[0], engines[0])]
    arena.world.more_lines(patient, stay, NEXT_FEN)
    messages.append(arena.world.stay_bill(patient, stay, NEXT_FEN))
    records.append(arena.settled(messages[1], engines[1]))
    return patient, messages, records


def refused_for(answer: Answer, newest: Record) -> bool:
    """Whether it says that the newest is to be reversed first."""
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.details["setl_id"]) == (errors.SETTLED_SINCE, newest.setl_id)
    return f"请先撤销结算 {newest.setl_id}" in answer.zh and "reverse settlement" in answer.en


def test_the_last_is_reversed_first(arena: MakeArena) -> None:
    ring = arena(engines=1)
    world = ring.world
    patient, (early, _), (first, second) = twice(ring)
    assert refused_for(ring.answer(world.reverse(patient, first.setl_id)), second)
    undo = world.undo(patient, early.key.msgid, "2304")
    assert refused_for(ring.answer(undo), second)
    ring.settled(world.reverse(patient, second.setl_id))
    assert ring.settled(undo).reversal_of == first.setl_id
    assert world.balance(patient) == (10_000, 0)
    ring.assert_clean()


def test_the_last_by_time_not_by_number(arena: MakeArena) -> None:
    """The later settlement has the smaller number: engines draw numbers in blocks."""
    ring = arena(engines=2)
    world = ring.world
    for engine in (1, 0):  # each has drawn its block now
        ring.settled(world.purchase(world.person(current=0), 100), engine)
    found = [twice(ring, pair) for pair in ((0, 1), (1, 0))]
    assert {first.setl_id < second.setl_id for _, _, (first, second) in found} == {True, False}
    for patient, _, (first, second) in found:
        assert refused_for(ring.answer(world.reverse(patient, first.setl_id)), second)
        ring.settled(world.reverse(patient, second.setl_id))
        ring.settled(world.reverse(patient, first.setl_id))
    ring.assert_clean()


def test_reversals_inside_one_batch(arena: MakeArena) -> None:
    ring = arena(engines=1)
    world = ring.world
    patient, _, (first, second) = twice(ring)
    backs = [world.reverse(patient, one.setl_id) for one in (first, second, first)]
    answers = together(ring, *backs)
    assert refused_for(answers[0], second)
    assert codes(answers[1:]) == {"record": 2}
    assert world.balance(patient) == (10_000, 0)
    ring.assert_clean()


def test_undos_inside_one_batch(arena: MakeArena) -> None:
    ring = arena(engines=1)
    patient, messages, (_, second) = twice(ring)
    undos = [ring.world.undo(patient, m.key.msgid, "2304") for m in (*messages, messages[0])]
    answers = together(ring, *undos)
    assert refused_for(answers[0], second)
    assert codes(answers[1:]) == {"record": 2}
    ring.assert_clean()


def test_settlement_before_the_reversal_of_the_one_before_in_one_batch(arena: MakeArena) -> None:
    ring = arena(engines=1)
    patient, stay, messages = begun(ring)
    first = ring.settled(messages[0])
    ring.world.more_lines(patient, stay, NEXT_FEN)
    following = ring.world.stay_bill(patient, stay, NEXT_FEN)
    answers = together(ring, following, ring.world.reverse(patient, first.setl_id))
    assert isinstance(answers[0], Record)
    assert refused_for(answers[1], answers[0])
    ring.assert_clean()


def _at_once(ring: Arena) -> list[Answer]:
    """The next settlement of a stay, and the reversal of the one before it."""
    patient, stay, messages = begun(ring)
    first = ring.settled(messages[0])
    ring.world.more_lines(patient, stay, NEXT_FEN)
    following = ring.world.stay_bill(patient, stay, NEXT_FEN)
    ring.meeting(2)
    return ring.at_once([following, ring.world.reverse(patient, first.setl_id)])


def test_next_settlement_and_reversal_at_once(arena: MakeArena) -> None:
    """One of them comes first: then the other is refused, as later or as changed in its amount."""
    ring = arena(engines=2)
    for _ in range(8):
        answers = _at_once(ring)
        assert codes(answers) in (
            {"record": 1, errors.SETTLED_SINCE: 1},
            {"record": 1, errors.AMOUNT_CHANGED: 1},
        )
    ring.assert_clean()


def test_next_settlement_and_reversal_without_locks_miss_each_other(arena: MakeArena) -> None:
    ring = arena(engines=2, lock=False)
    assert codes(_at_once(ring)) == {"record": 2}


@pytest.mark.parametrize("times", [2, 8])
def test_all_of_a_stay_reversed_at_once(arena: MakeArena, times: int) -> None:
    """Whatever the order, the earlier one falls only when nothing stands behind it."""
    ring = arena(engines=4)
    world = ring.world
    patient, _, records = twice(ring)
    ring.meeting(4)
    ring.at_once([world.reverse(patient, one.setl_id) for one in records for _ in range(times)])
    conn = world.conn
    standing = conn.execute(
        "SELECT setl_id FROM settlement WHERE owner = %s AND kind = 1 AND reversed_by IS NULL",
        (patient,),
    ).fetchall()
    conn.commit()
    assert standing in ([], [(records[0].setl_id,)])
    ring.assert_clean()
