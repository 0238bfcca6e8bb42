# SPDX-License-Identifier: Apache-2.0
"""2601 against the message it undoes, at once: afterwards the message has had no effect.

Whichever comes first, either the settlement is refused as cancelled, or it was made and the undo
reversed it. The control without locks breaks that, or needs the database's keys to save it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from races_arena import Answer, Arena, codes

from gongji.kernel.errors import Refusal
from gongji.settlement import batch, errors
from gongji.settlement.records import Record

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

ROUNDS = 25


def _pair(arena: Arena) -> tuple[int, int, list[Any]]:
    """(giver, patient, [settlement, its undo])."""
    world = arena.world
    giver, patient = world.person(current=5000), world.person(current=1000)
    world.authorise(giver, patient)
    settle = world.settle(patient, world.visit(patient, 4000), 4000)
    return giver, patient, [settle, world.undo(patient, settle.key.msgid, "2207")]


def _never_happened(arena: Arena, giver: int, patient: int, answers: list[Answer]) -> None:
    settle, undo = answers
    if isinstance(settle, Record):
        assert isinstance(undo, Record)
        assert undo.reversal_of == settle.setl_id
    else:
        assert isinstance(settle, Refusal)
        assert (settle.code, undo) == (errors.KEY_CANCELLED, None)
    assert arena.world.balance(giver) == (5000, 0)
    assert arena.world.balance(patient) == (1000, 0)


def test_settlement_and_its_undo_at_once_never_happened(arena: MakeArena) -> None:
    ring = arena(engines=2)
    for _ in range(ROUNDS):
        giver, patient, pair = _pair(ring)
        answers = ring.at_once(pair)
        _never_happened(ring, giver, patient, answers)
        assert codes([ring.answer(pair[0])]) == {errors.KEY_CANCELLED: 1}
    ring.assert_clean()


def test_undo_that_looked_before_the_settlement_was_committed(
    arena: MakeArena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settlement holds its locks until the undo has read what it will undo: nothing yet."""
    ring = arena(engines=2)
    giver, patient, pair = _pair(ring)
    ring.meeting(2)
    answers = ring.at_once(pair)
    _never_happened(ring, giver, patient, answers)
    ring.assert_clean()


def test_undo_by_another_person_never_cancels_what_is_live(
    arena: MakeArena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another patient's undo shares no lock with the settlement, only the key."""
    ring = arena(engines=2)
    _, patient, (settle, _) = _pair(ring)
    stranger = ring.world.person(current=0)
    undo = ring.world.undo(stranger, settle.key.msgid, "2207")
    ring.meeting(2, certain=True)
    answers = ring.at_once([settle, undo])
    if isinstance(answers[0], Record):
        assert codes(answers[1:]) == {errors.UNDO_OTHER_PERSON: 1}
        assert ring.answer(settle) == answers[0]
    else:
        assert codes(answers) == {errors.KEY_CANCELLED: 1, "nothing": 1}
        assert ring.world.balance(patient) == (1000, 0)
    ring.assert_clean()


def test_settlement_and_undo_without_locks_miss_each_other(arena: MakeArena) -> None:
    ring = arena(engines=2, lock=False)
    _, _, pair = _pair(ring)
    ring.meeting(2)
    ring.at_once(pair)
    assert ring.log.errors["UniqueViolation"] > 0


@pytest.mark.parametrize("times", [2, 20])
def test_many_undos_at_once_reverse_once(arena: MakeArena, times: int) -> None:
    ring = arena(engines=4)
    giver, patient, (settle, _) = _pair(ring)
    ring.settled(settle)
    undos = [ring.world.undo(patient, settle.key.msgid, "2207") for _ in range(times)]
    ring.meeting(min(times, 4))
    answers = ring.at_once(undos)
    assert codes(answers) == {"record": 1, "nothing": times - 1}
    assert ring.world.balance(giver) == (5000, 0)
    assert ring.world.balance(patient) == (1000, 0)
    ring.assert_clean()


def test_undo_and_reversal_at_once_reverse_once(arena: MakeArena) -> None:
    ring = arena(engines=2)
    for _ in range(ROUNDS):
        giver, patient, (settle, undo) = _pair(ring)
        record = ring.settled(settle)
        answers = ring.at_once([ring.world.reverse(patient, record.setl_id), undo])
        assert codes(answers) in (
            {"record": 1, "nothing": 1},
            {"record": 1, errors.ALREADY_REVERSED: 1},
        )
        assert ring.world.balance(giver) == (5000, 0)
        assert ring.world.balance(patient) == (1000, 0)
    ring.assert_clean()


def test_undo_of_a_reversal_and_the_reversal_at_once(arena: MakeArena) -> None:
    """Whatever the order, afterwards the reversal has had no effect: the settlement stands."""
    ring = arena(engines=2)
    for number in range(ROUNDS):
        giver, patient, (settle, _) = _pair(ring)
        record = ring.settled(settle)
        reversal = ring.world.reverse(patient, record.setl_id)
        undo = ring.world.undo(patient, reversal.key.msgid, "2208")
        if number == 0:
            ring.meeting(2)
        answers = ring.at_once([reversal, undo])
        if isinstance(answers[0], Record):
            assert isinstance(answers[1], Record)
            assert answers[1].reversal_of == answers[0].setl_id
        else:
            assert codes(answers) == {errors.KEY_CANCELLED: 1, "nothing": 1}
        assert ring.world.balance(giver) == (2000, 0)
        assert ring.world.balance(patient) == (0, 0)
    ring.assert_clean()


def test_nothing_is_patched_away() -> None:
    """The meeting of one test must not leak into the next."""
    assert batch.load.__module__ == "gongji.settlement.facts"


def test_what_was_restored_is_reversed_by_the_first_id_and_stays_undone(arena: MakeArena) -> None:
    """An institution knows the first setl_id only; and an undone settlement never comes back."""
    ring = arena(engines=1)
    world = ring.world
    giver, patient, (settle, undo) = _pair(ring)
    record = ring.settled(settle)
    lost = world.reverse(patient, record.setl_id)
    ring.settled(lost)
    restored = ring.settled(world.undo(patient, lost.key.msgid, "2208"))
    again = ring.settled(world.reverse(patient, record.setl_id))
    assert again.reversal_of == restored.setl_id
    assert ring.world.balance(giver) == (5000, 0)

    giver, patient, (settle, undo) = _pair(ring)
    record = ring.settled(settle)
    lost = world.reverse(patient, record.setl_id)
    ring.settled(lost)
    assert ring.answer(undo) is None
    assert ring.answer(world.undo(patient, lost.key.msgid, "2208")) is None
    assert world.balance(giver) == (5000, 0)
    assert codes([ring.answer(settle), ring.answer(lost)]) == {errors.KEY_CANCELLED: 2}
    ring.assert_clean()
