# SPDX-License-Identifier: Apache-2.0
"""A settlement told in sentences: every fen, every giver, with sources, without names."""

from __future__ import annotations

from settlement_world import World

from gongji.settlement.explain import explain
from gongji.settlement.rules import load_provenance


def test_every_fen_is_told_with_its_source(world: World) -> None:
    first = world.person(current=5000)
    second = world.person(current=90000)
    patient = world.person(current=10000)
    world.authorise(first, patient)
    world.authorise(second, patient)
    visit = world.visit(patient, 50000, self_paid=3000)
    record = world.platform.engine.settle_now(world.settle(patient, visit, 53000))
    assert record is not None
    steps, area, digest = load_provenance(world.conn, record.rules_id)
    assert area == 360100
    assert len(digest) == 32
    told = {one.step: one for one in explain(record, steps)}
    paid = [told[s].amount_fen for s in ("pooled", "own", "giver_1", "giver_2", "cash")]
    assert paid == [11000, 10000, 5000, 24000, 3000]
    assert sum(paid) == 53000
    assert told["large"].text == "大额补助支付 0.00 元。"
    assert "余额已用完" in told["giver_1"].text
    assert any("300" in source for source in told["deductible"].sources)
    english = explain(record, steps, "en")
    assert english[0].text == "The bill is 530.00 yuan."


def test_a_reversal_is_told_with_negative_amounts(world: World) -> None:
    patient = world.person(current=10000)
    visit = world.visit(patient, 5000)
    record = world.platform.engine.settle_now(world.settle(patient, visit, 5000))
    assert record is not None
    mirror = world.platform.engine.settle_now(world.reverse(patient, record.setl_id))
    assert mirror is not None
    told = {one.step: one.amount_fen for one in explain(mirror, {})}
    assert (told["total"], told["own"], told["cash"]) == (-5000, -5000, 0)
