# SPDX-License-Identifier: Apache-2.0
"""What may belong to a supplement that is not confirmed is cash: settled, told, kept, repeated."""

from __future__ import annotations

import json

import msgspec
import pytest
from settlement_world import World

from gongji.gateway.explaining import explanation
from gongji.kernel.benefit import BenefitRules
from gongji.kernel.withholding import FOR_SERIOUS, FOR_SUBSIDY
from gongji.settlement.explain import explain
from gongji.settlement.records import Body, Record, pack
from gongji.settlement.replay import differences
from gongji.settlement.rules import load_provenance, load_rules

pytestmark = pytest.mark.postgres


def stay(world: World, patient: int, total: int, insutype: int) -> Record:
    visit = world.visit(patient, total, setting=4, status=2, insutype=insutype)
    command = world.settle(
        patient, visit, total, batch="", med_type="21", insutype=insutype, key=world.key("2304")
    )
    return world.platform.engine.settle_now(command)


def test_a_residents_stay_above_the_least_threshold(world: World) -> None:
    """60,000.00 at level 3: deductible 600.00; 59,400 x 60 % = 35,640; left 24,360.00. Of these
    5,000.00 surely remain: the giver pays them, 19,360.00 are cash."""
    child, giver = world.person(insutype=390), world.person(current=5_000_000)
    world.authorise(giver, child)
    record = stay(world, child, 6_000_000, 390)
    shared = record.body.sharing
    assert (shared.eligible_fen, shared.relatives_fen) == (500_000, 500_000)
    assert (shared.cash_fen, shared.withheld_fen) == (1_936_000, 1_936_000)
    assert shared.withheld_for == FOR_SERIOUS
    told = json.loads(explanation(record))
    assert told["withheld"] == 19360
    assert told["withheldText"].startswith("现金里的这一部分可能由大病保险支付，规定还没有确认，")
    steps, _, _ = load_provenance(world.conn, record.rules_id)
    last = explain(record, steps, "zh")[-1]
    assert (last.step, last.amount_fen) == ("withheld", 1_936_000)
    assert "没有用个人账户" in last.text
    assert any("居民大病起付线" in line for line in last.sources)
    # The whole is repeated from what was kept.
    rules = load_rules(world.conn, record.rules_id)
    assert differences(*rules, record.body) == []


def test_below_every_threshold_nothing_is_withheld(world: World) -> None:
    """3,000.00 at level 3: 600 + 40 % of 2,400 = 1,560.00 are left, all paid by the giver."""
    child, giver = world.person(insutype=390), world.person(current=5_000_000)
    world.authorise(giver, child)
    record = stay(world, child, 300_000, 390)
    shared = record.body.sharing
    assert (shared.relatives_fen, shared.cash_fen, shared.withheld_fen) == (156_000, 0, 0)
    assert "withheld" not in json.loads(explanation(record))


def test_a_civil_servants_own_account_is_spared_too(world: World) -> None:
    """An ordinary visit of 300.00 lies within the deductible: all of it may be the subsidy's."""
    servant = world.person(current=100_000, civil_servant=True)
    giver = world.person(current=100_000)
    world.authorise(giver, servant)
    visit = world.visit(servant, 30_000)
    record = world.platform.engine.settle_now(world.settle(servant, visit, 30_000))
    shared = record.body.sharing
    assert (record.own_fen, record.relatives_fen, record.cash_fen) == (0, 0, 30_000)
    assert (shared.withheld_fen, shared.withheld_for) == (30_000, FOR_SUBSIDY)
    assert [leg.reason for leg in record.body.legs] == [14]


def test_a_record_made_before_the_fields_reads_and_repeats(world: World) -> None:
    """The last fields of the kernel's results are taken away, as older records have them."""
    patient = world.person(current=10_000)
    record = world.platform.engine.settle_now(
        world.settle(patient, world.visit(patient, 50_000), 50_000)
    )
    body = msgspec.msgpack.decode(pack(record))[0]
    names = Body.__struct_fields__
    for name, kept in (("benefit", 12), ("sharing", 6)):
        place = names.index(name)
        body[place] = body[place][:kept]
    old = msgspec.msgpack.decode(msgspec.msgpack.encode(body), type=Body)
    assert (old.sharing.withheld_fen, old.benefit.serious_uncounted_fen) == (0, 0)
    benefit, sharing_rules = load_rules(world.conn, record.rules_id)
    before = BenefitRules(*benefit[: BenefitRules._fields.index("serious_counts")])
    rules = (before, sharing_rules)
    assert [what for what, _, _ in differences(*rules, old)] == []


def test_interim_bills_of_a_stay_withhold_what_the_stay_withholds_at_once(world: World) -> None:
    """Twice 30,000.00 give what 60,000.00 give: 5,000.00 of the giver, 19,360.00 withheld."""
    child, giver = world.person(insutype=390), world.person(current=5_000_000)
    world.authorise(giver, child)
    visit = world.visit(child, 3_000_000, setting=4, status=2, insutype=390)
    settle = world.platform.engine.settle_now
    first = settle(world.stay_bill(child, visit, 3_000_000, insutype=390))
    # 30,000: deductible 600; 29,400 x 60 % = 17,640; left 12,360, of which 7,360 are open.
    assert (first.relatives_fen, first.body.sharing.withheld_fen) == (500_000, 736_000)
    world.more_lines(child, visit, 3_000_000)
    last = settle(world.stay_bill(child, visit, 3_000_000, insutype=390, interim=False))
    both = [first.body.sharing, last.body.sharing]
    assert sum(one.relatives_fen for one in both) == 500_000
    assert sum(one.withheld_fen for one in both) == 1_936_000
    assert sum(one.cash_fen for one in both) == 1_936_000
    assert differences(*load_rules(world.conn, last.rules_id), last.body) == []
    assert last.body.sharing.withheld_for == FOR_SERIOUS
    assert [leg.reason for leg in last.body.legs] == [14]
