# SPDX-License-Identifier: Apache-2.0
"""The same message many times at once, over several engines: one effect, equal answers.

Without locks the database's unique keys are the last wall: the race appears as a UniqueViolation,
which engines with locks never meet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from races_arena import Arena, codes, records

from gongji.kernel.errors import Refusal
from gongji.settlement import errors

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

TIMES = 100


def _one_settlement(arena: Arena) -> Any:
    world = arena.world
    # Rich enough that only the keys stand against a second effect.
    giver, patient = world.person(current=900000), world.person(current=500000)
    world.authorise(giver, patient)
    return world.settle(patient, world.visit(patient, 4000), 4000)


def _with_other_body(command: Any) -> Any:
    return replace(command, key=replace(command.key, fingerprint=b"other"))


def test_a_hundred_equal_messages_have_one_effect(arena: MakeArena) -> None:
    ring = arena(engines=4)
    command = _one_settlement(ring)
    ring.meeting(4)
    answers = ring.at_once([command] * TIMES)
    assert codes(answers) == {"record": TIMES}
    assert all(answer == answers[0] for answer in answers)
    assert ring.world.count("settlement") == 1
    assert ring.world.count("message") == 1
    assert codes([ring.answer(_with_other_body(command))]) == {errors.KEY_REUSED: 1}
    assert ring.log.errors == {}
    ring.assert_clean()


def test_equal_messages_without_locks_collide(arena: MakeArena) -> None:
    ring = arena(engines=4, lock=False)
    command = _one_settlement(ring)
    ring.meeting(4)
    ring.at_once([command] * TIMES)
    assert ring.log.errors["UniqueViolation"] > 0


def test_one_key_with_two_bodies_at_once_has_one_winner(arena: MakeArena) -> None:
    ring = arena(engines=4)
    command = _one_settlement(ring)
    ring.meeting(4)
    bodies = [command, _with_other_body(command)]
    answers = ring.at_once([bodies[i // 2 % 2] for i in range(TIMES)])
    assert codes(answers) == {"record": TIMES // 2, errors.KEY_REUSED: TIMES // 2}
    assert len({r.setl_id for r in records(answers)}) == 1
    assert ring.world.count("settlement") == 1
    assert ring.log.errors == {}
    ring.assert_clean()


def test_one_batch_under_two_keys_is_settled_once(arena: MakeArena) -> None:
    ring = arena(engines=4)
    command = _one_settlement(ring)
    keys = [ring.world.key("2207") for _ in range(40)]
    ring.meeting(4)
    answers = ring.at_once([replace(command, key=key) for key in keys])
    assert codes(answers) == {"record": 1, errors.ALREADY_SETTLED: 39}
    (record,) = records(answers)
    others = [a for a in answers if isinstance(a, Refusal)]
    assert {a.details["setl_id"] for a in others} == {record.setl_id}
    assert ring.log.errors == {}
    ring.assert_clean()


def test_one_key_for_two_people_has_one_effect(arena: MakeArena) -> None:
    # No lock is shared between the two patients: the key itself is the only meeting point.
    ring = arena(engines=2)
    one, two = _one_settlement(ring), _one_settlement(ring)
    two = replace(two, key=replace(one.key, fingerprint=b"other"))
    ring.meeting(2, certain=True)
    answers = ring.at_once([one, two])
    assert codes(answers) == {"record": 1, errors.KEY_REUSED: 1}
    assert ring.log.errors == {"UniqueViolation": 1}
    assert ring.world.count("settlement") == 1
    ring.assert_clean()
