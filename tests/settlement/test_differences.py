# SPDX-License-Identifier: Apache-2.0
"""Reversing an earlier visit whose deductible later ones have used: what funds are then short.

Nanchang, employees, outpatients at level 3: 55 % behind 300 yuan a year. Sums worked by hand; fen.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from settlement_world import World

from gongji.gateway.explaining import explanation
from gongji.settlement.due import open_differences
from gongji.settlement.records import Record

pytestmark = pytest.mark.postgres


def visit(world: World, patient: int, fen: int) -> Record:
    command = world.settle(patient, world.visit(patient, fen), fen)
    record = world.platform.engine.settle_now(command)
    assert record is not None
    return record


def reverse(world: World, patient: int, record: Record) -> Record:
    mirror = world.platform.engine.settle_now(world.reverse(patient, record.setl_id))
    assert mirror is not None
    return mirror


def open_of(world: World, patient: int) -> list[tuple[int, int, int]]:
    """(year, pooled, all funds) that are open."""
    found = open_differences(world.conn, patient)
    world.conn.commit()
    return [(one.year, one.pooled_fen, one.fund_fen) for one in found]


def test_what_a_later_visit_got_too_much_is_told_and_kept(world: World) -> None:
    patient = world.person(current=500_000)
    first = visit(world, patient, 30_000)  # all deductible
    second = visit(world, patient, 100_000)
    assert (first.body.benefit.fund_fen, second.body.benefit.fund_fen) == (0, 55_000)
    mirror = reverse(world, patient, first)
    # By itself the second gives (1,000 - 300) x 55 % = 385: 165 too much.
    assert open_of(world, patient) == [(2026, 16_500, 16_500)]
    told = json.loads(explanation(mirror))["fundDifference"]
    assert told["amount"] == 165
    assert "165.00" in told["text"]
    world.assert_clean()


def test_a_later_visit_that_pays_the_deductible_makes_it_good(world: World) -> None:
    patient = world.person(current=500_000)
    first, _ = visit(world, patient, 30_000), visit(world, patient, 100_000)
    reverse(world, patient, first)
    again = visit(world, patient, 20_000)  # 200 of the deductible that is open again
    assert again.body.benefit.fund_fen == 0
    # 1,200 behind 300 at 55 % are 495; 550 were paid.
    assert open_of(world, patient) == [(2026, 5_500, 5_500)]
    visit(world, patient, 10_000)
    assert open_of(world, patient) == []
    world.assert_clean()


def test_reversing_the_later_one_too_leaves_nothing(world: World) -> None:
    patient = world.person(current=500_000)
    first, second = visit(world, patient, 30_000), visit(world, patient, 100_000)
    reverse(world, patient, first)
    reverse(world, patient, second)
    assert open_of(world, patient) == []
    world.assert_clean()


def test_an_undone_reversal_leaves_nothing(world: World) -> None:
    patient = world.person(current=500_000)
    first, _ = visit(world, patient, 30_000), visit(world, patient, 100_000)
    mirror = reverse(world, patient, first)
    world.platform.engine.settle_now(world.undo(patient, mirror.msgid, "2208"))
    assert open_of(world, patient) == []
    world.assert_clean()


def test_two_in_one_batch_are_told_as_one_after_the_other(world: World) -> None:
    patient = world.person(current=500_000)
    first, second = visit(world, patient, 30_000), visit(world, patient, 30_000)
    visit(world, patient, 100_000)
    for record in (first, second):
        reverse(world, patient, record)
    assert open_of(world, patient) == [(2026, 16_500, 16_500)]
    world.assert_clean()


def test_nobody_else_differs(world: World) -> None:
    one, other = world.person(current=500_000), world.person(current=500_000)
    first: Any = visit(world, one, 30_000)
    visit(world, other, 100_000)
    reverse(world, one, first)
    assert open_of(world, one) == open_of(world, other) == []
    world.assert_clean()
