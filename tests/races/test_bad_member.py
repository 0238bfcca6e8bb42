# SPDX-License-Identifier: Apache-2.0
"""One bad member in a group of 500: the others are posted, it alone is refused with its code.

Bad by its own content, by a broken invariant, by an error of the database, by a fault of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from races_arena import Arena, codes

from gongji.kernel.errors import Refusal
from gongji.settlement import batch, errors, writes
from gongji.settlement.commands import Declared

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

GROUP = 500
BAD = 321


def _group(arena: Arena) -> list[Any]:
    world = arena.world
    giver = world.person(current=1000)
    people = [world.person(current=50) for _ in range(50)]
    for patient in people:
        world.authorise(giver, patient)
    return [world.purchase(people[i % 50], 100) for i in range(GROUP)]


def _all_at_once(arena: Arena, commands: list[Any]) -> list[Any]:
    engine = arena.platforms[0].engine

    async def send() -> list[Any]:
        return await asyncio.gather(*map(engine.settle, commands), return_exceptions=True)

    return asyncio.run(send())


def _only_the_bad_one(arena: Arena, answers: list[Any], code: int) -> None:
    assert codes(answers) == {"record": GROUP - 1, code: 1}
    assert isinstance(answers[BAD], Refusal)
    assert arena.world.count("settlement") == GROUP - 1
    assert arena.world.count("message") == GROUP - 1
    arena.assert_clean()


def test_one_wrong_amount_among_500(arena: MakeArena) -> None:
    ring = arena(engines=1)
    commands = _group(ring)
    commands[BAD] = replace(commands[BAD], declared=Declared(101))
    _only_the_bad_one(ring, _all_at_once(ring, commands), errors.AMOUNT_CHANGED)
    assert ring.log.errors == {}


def test_one_broken_invariant_among_500(arena: MakeArena, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = arena(engines=1)
    commands = _group(ring)
    honest, bad = writes.entry_of, commands[BAD].key.msgid

    def unbalanced(record: Any, packed: bytes) -> Any:
        entry = honest(record, packed)
        if record.msgid != bad:
            return entry
        first, *rest = entry.postings
        return entry._replace(postings=(first._replace(amount_fen=first.amount_fen + 1), *rest))

    monkeypatch.setattr(writes, "entry_of", unbalanced)
    _only_the_bad_one(ring, _all_at_once(ring, commands), errors.INTERNAL)
    assert ring.log.errors["InvariantError"] > 0


def test_one_error_of_the_database_among_500(arena: MakeArena) -> None:
    ring = arena(engines=1)
    commands = _group(ring)
    bad = commands[BAD].key.msgid
    ring.world.conn.execute(
        f"ALTER TABLE settlement ADD CONSTRAINT no_such CHECK (msgid <> '{bad}')"
    )
    ring.world.conn.commit()
    _only_the_bad_one(ring, _all_at_once(ring, commands), errors.INTERNAL)
    assert ring.log.errors["CheckViolation"] > 0


def test_one_unstorable_text_among_500(arena: MakeArena) -> None:
    ring = arena(engines=1)
    commands = _group(ring)
    key = replace(commands[BAD].key, msgid="nul \x00 inside")
    commands[BAD] = replace(commands[BAD], key=key)
    _only_the_bad_one(ring, _all_at_once(ring, commands), errors.INTERNAL)


def test_one_fault_of_ours_among_500(arena: MakeArena, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = arena(engines=1)
    commands = _group(ring)
    plan, bad = batch.plan_settlement, commands[BAD].key.msgid

    def stumble(ctx: Any, world: Any, command: Any, out: Any) -> Any:
        if command.key.msgid == bad:
            raise KeyError("stumbled")
        return plan(ctx, world, command, out)

    monkeypatch.setattr(batch, "plan_settlement", stumble)
    _only_the_bad_one(ring, _all_at_once(ring, commands), errors.INTERNAL)
    assert ring.log.errors["KeyError"] > 0


def test_an_institution_unknown_to_this_process_hurts_nobody_else(arena: MakeArena) -> None:
    ring = arena(engines=1)
    commands = _group(ring)
    key = replace(commands[BAD].key, institution_id=999)
    commands[BAD] = replace(commands[BAD], key=key)
    _only_the_bad_one(ring, _all_at_once(ring, commands), errors.INTERNAL)
