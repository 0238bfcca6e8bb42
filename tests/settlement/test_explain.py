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
    assert told["large"].text.startswith("大额补助付 0.00 元。")
    assert told["giver_1"].text == (
        "第 1 位家人（配偶）付 50.00 元。第 1 位家人的个人账户已用完。"
        "账户有新的钱进来，就可以再付。"
    )
    # 300 of the deductible, 200 x 55 % = 110: the figures behind the pooled fund are told.
    assert "算法是 200.00 元 × 55%。" in told["pooled"].text
    assert any("授权" in source for source in told["asked"].sources)
    assert any("300" in source for source in told["deductible"].sources)
    english = explain(record, steps, "en")
    assert english[0].text == "The bill of 2026-03-02 is 530.00 yuan."


def test_a_trial_is_told_like_its_settlement(world: World) -> None:
    giver, patient = world.person(current=90000), world.person(current=10000)
    world.authorise(giver, patient, relation=52, visit_limit_fen=7000)
    visit = world.visit(patient, 50000)
    trial = world.platform.engine.trial_now(world.settle(patient, visit, 50000))
    steps, _, _ = load_provenance(world.conn, trial.rules_id)
    told = {one.step: one for one in explain(trial, steps)}
    assert told["giver_1"].text.startswith(
        "第 1 位家人（子女）付 70.00 元。已到第 1 位家人设的单次限额 70.00 元。"
    )
    record = world.platform.engine.settle_now(world.settle(patient, visit, 50000))
    assert record is not None
    assert explain(record, steps) == explain(trial, steps)


def test_a_reversal_is_told_with_negative_amounts(world: World) -> None:
    patient = world.person(current=10000)
    visit = world.visit(patient, 5000)
    record = world.platform.engine.settle_now(world.settle(patient, visit, 5000))
    assert record is not None
    mirror = world.platform.engine.settle_now(world.reverse(patient, record.setl_id))
    assert mirror is not None
    told = {one.step: one.amount_fen for one in explain(mirror, {})}
    assert (told["total"], told["own"], told["cash"]) == (-5000, -5000, 0)
    assert explain(mirror, {})[0].text == "这是退费，下面的钱都退回原处。"


def test_a_further_bill_of_a_stay_says_that_it_tells_what_moves(world: World) -> None:
    patient = world.person(current=0)
    stay = world.visit(patient, 100000, setting=4)
    first = world.platform.engine.settle_now(world.stay_bill(patient, stay, 100000))
    world.more_lines(patient, stay, -20000)
    second = world.platform.engine.settle_now(world.stay_bill(patient, stay, -20000))
    assert first is not None
    assert second is not None
    steps, _, _ = load_provenance(world.conn, second.rules_id)
    assert "further" not in {one.step for one in explain(first, steps)}
    told = {one.step: one for one in explain(second, steps)}
    assert "下面写这次的变动" in told["further"].text
    # (1,000 - 800) x 85 % = 170 of the first bill; 800 are all deductible.
    assert (told["pooled"].amount_fen, told["cash"].amount_fen) == (-17000, -3000)
