# SPDX-License-Identifier: Apache-2.0
"""What would we pay: every model and order by hand, refusals, wallet, variants."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gongji.advice.explain import explain
from gongji.advice.family import Family, Relative, bill_of
from gongji.advice.may_i import Question, may_i
from gongji.advice.paying import what_would_we_pay
from gongji.advice.variants import NextRules, OneLess, OneMore, OtherLevel, OtherOrder, what_if
from gongji.kernel import reasons
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT
from gongji.kernel.errors import Refusal
from gongji.policy.library import PACKS, PolicyLibrary

NANCHANG, JIUJIANG, FAR = 360100, 360400, 990100
DAY = dt.date(2026, 3, 2)
BLOCK = """\
  - {{unit: {unit}, from: 2026-01-09, published: "2026", source: P30, article: 试, confidence: high,
     checked: 2026-11-22, known_from: 2026-11-23, values: {{{key}: {value}}}}}
"""


@pytest.fixture(scope="module")
def shipped() -> PolicyLibrary:
    return PolicyLibrary.load()


def packs(folder: Path, *changes: tuple[str, str, str]) -> PolicyLibrary:
    """The shipped packs, with values of Nanchang that differ: (key, unit, value)."""
    root = folder / "packs"
    shutil.copytree(PACKS, root)
    blocks = "".join(BLOCK.format(key=k, unit=u, value=v) for k, u, v in changes)
    text = f"area: {NANCHANG}\ntopic: mutual_aid\nblocks:\n{blocks}"
    (root / str(NANCHANG) / "mutual_aid_here.yaml").write_text(text, encoding="utf-8")
    return PolicyLibrary.load(root)


def model(name: str) -> tuple[str, str, str]:
    return ("ma.model", "choice", name)


def order(name: str) -> tuple[str, str, str]:
    return ("ma.giverOrder", "choice", name)


def visit(*relatives: Relative, yuan: int = 300, own: int = 0) -> Family:
    """A first outpatient visit at a level 3 hospital: up to 300 yuan all is deductible, so all of
    it is the person's."""
    return Family(
        NANCHANG,
        310,
        OUTPATIENT,
        3,
        bill_of(yuan * 100),
        DAY,
        own_current_fen=own * 100,
        relatives=relatives,
    )


def kin(label: str, current: int = 0, carried: int = 0, **more: object) -> Relative:
    """A spouse of the same place with balances in yuan."""
    values: dict[str, object] = {"relation": "SPOUSE", "area": NANCHANG, **more}
    return Relative(label, current_fen=current * 100, carried_fen=carried * 100, **values)  # type: ignore[arg-type]


def paid(library: PolicyLibrary, family: Family) -> list[tuple[str, int, int]]:
    """(label, yuan, reason) in the order of payment; everything must sum to the bill."""
    answer = what_would_we_pay(library, family)
    assert answer.refusal is None
    whole = answer.fund_fen + answer.own_fen + answer.relatives_fen + answer.cash_fen
    assert whole == family.bill.total_fen
    return [(one.label, one.paid_fen // 100, one.reason) for one in answer.gave]


def test_the_worked_example_of_nanchang(shipped: PolicyLibrary) -> None:
    """20,000 in all, 1,500 outside: (17,500 - 800) x 85 % = 14,195; 5,805 left, 4,305 payable."""
    family = Family(
        NANCHANG,
        310,
        INPATIENT,
        3,
        bill_of(2_000_000, 120_000, 30_000, 100_000),
        dt.date(2026, 1, 10),
        own_current_fen=150_000,
        relatives=(kin("甲", 2000), kin("乙", 3000)),
    )
    answer = what_would_we_pay(shipped, family)
    assert answer.benefit is not None
    assert answer.sharing is not None
    assert (answer.benefit.pooled_fen, answer.benefit.burden_fen) == (1_419_500, 580_500)
    assert answer.sharing.eligible_fen == 430_500
    assert (answer.own_fen, answer.cash_fen) == (150_000, 150_000)
    assert [one.paid_fen for one in answer.gave] == [200_000, 80_500]
    titles = [item.article for item in answer.steps["deductible"]]
    assert titles == ["省医保局解读（住院分娩调整前的起付线，全省职工）"]
    assert not answer.weak


def test_authorise_keeps_the_floor(tmp_path: Path) -> None:
    library = packs(tmp_path, ("ma.retainedBalance", "yuan", "100"))
    assert paid(library, visit(kin("甲", 250), kin("乙", 60))) == [
        ("甲", 150, reasons.RETAINED_BALANCE),
        ("乙", 0, reasons.RETAINED_BALANCE),
    ]


def test_a_floor_as_a_share_of_the_average_wage(tmp_path: Path) -> None:
    """5 % of a wage of 4,000 a year is 200, above the floor of 100."""
    library = packs(
        tmp_path,
        ("ma.retainedBalance", "yuan", "100"),
        ("ma.retainedWageShare", "percent", "5"),
        ("area.averageWage", "yuan_per_year", "4000"),
    )
    assert paid(library, visit(kin("甲", 250)))[0][:2] == ("甲", 50)


def test_only_carried_balances(tmp_path: Path) -> None:
    library = packs(tmp_path, ("ma.sourceBalance", "choice", "ACCUMULATED_ONLY"))
    assert paid(library, visit(kin("甲", 500, 40), kin("乙", 500))) == [
        ("甲", 40, reasons.BUCKET_NOT_SHARABLE),
        ("乙", 0, reasons.BUCKET_NOT_SHARABLE),
    ]


def test_a_pocket_pays_what_was_moved_and_no_floor_twice(tmp_path: Path) -> None:
    """The floor of 2,000 bound the move; since then the giver has spent down to 5 yuan."""
    library = packs(tmp_path, model("TRANSFER_POCKET"), ("ma.retainedBalance", "yuan", "2000"))
    family = visit(kin("甲", 5, set_aside_fen=18_000), kin("乙", 9000))
    assert paid(library, family) == [
        ("甲", 180, reasons.GRANT_EXHAUSTED),
        ("乙", 0, reasons.NOTHING_MOVED),
    ]


def test_a_group_pays_up_to_the_grant_and_the_balance(tmp_path: Path) -> None:
    library = packs(tmp_path, model("GROUP_GRANT"))
    family = visit(kin("甲", 500, set_aside_fen=5_000), kin("乙", 70, set_aside_fen=90_000))
    assert paid(library, replace(family, relatives=(*family.relatives, kin("丙", 800)))) == [
        ("甲", 50, reasons.GRANT_EXHAUSTED),
        ("乙", 70, reasons.BALANCE_EXHAUSTED),
        ("丙", 0, reasons.NOTHING_GRANTED),
    ]


def test_another_province_only_by_wallet(tmp_path: Path, shipped: PolicyLibrary) -> None:
    far = kin("子", 900, area=FAR, relation="CHILD")
    assert paid(shipped, visit(far)) == [("子", 0, reasons.GIVER_IN_OTHER_PROVINCE)]
    wallet = replace(far, way="WALLET", set_aside_fen=12_000)
    # Nobody says whether the wallet is open there: nothing is paid.
    assert paid(shipped, visit(wallet)) == [("子", 0, reasons.RULE_NOT_CONFIRMED)]
    gaps = what_would_we_pay(shipped, visit(wallet)).gaps
    assert [(gap.step, gap.code) for gap in gaps] == [("wallet", 1100)]
    root = tmp_path / "packs"
    shutil.copytree(PACKS, root)
    # A province says that it is open in all its cities; the city itself has no pack.
    (root / "990000").mkdir()
    (root / "990000" / "index.yaml").write_text(
        "area: 990000\nname_zh: 外省\nname_en: Elsewhere\nparent: 100000\nstatus: ACTIVE\n",
        encoding="utf-8",
    )
    text = "area: 990000\ntopic: wallet\nblocks:\n" + BLOCK.format(
        key="ma.wallet.open", unit="yes_no", value="true"
    )
    (root / "990000" / "wallet.yaml").write_text(text, encoding="utf-8")
    library = PolicyLibrary.load(root)
    assert paid(library, visit(wallet)) == [("子", 120, reasons.GRANT_EXHAUSTED)]
    # Who gives inside the province is asked first, whatever the place in the family's order.
    assert paid(library, visit(wallet, kin("妻", 250))) == [
        ("妻", 250, reasons.BALANCE_EXHAUSTED),
        ("子", 50, reasons.PAID_ALL_ASKED),
    ]
    none = replace(wallet, set_aside_fen=None)
    assert paid(library, visit(none)) == [("子", 0, reasons.NO_WALLET_QUOTA)]
    asked = Question(NANCHANG, 310, "CHILD", "outpatient", DAY, FAR)
    assert (may_i(library, asked).verdict, may_i(library, asked).wallet) == ("YES", True)
    assert may_i(shipped, asked).verdict == "UNCONFIRMED"
    # Inside one province the wallet needs a word of its own.
    near = replace(wallet, area=JIUJIANG)
    assert paid(library, visit(near)) == [("子", 0, reasons.RULE_NOT_CONFIRMED)]


ORDERS = {
    "CONFIGURED": ["甲", "乙", "丙"],
    "BINDING_TIME_ASC": ["乙", "丙", "甲"],
    "FILING_ORDER": ["乙", "丙", "甲"],
    "LATEST_BOUND_FIRST": ["甲", "丙", "乙"],
    "LARGEST_BALANCE_FIRST": ["丙", "甲", "乙"],
    "LOCAL_THEN_REMOTE": ["乙", "甲", "丙"],
    "SINGLE": ["甲", "乙", "丙"],
}


@pytest.mark.parametrize("name", ORDERS)
def test_orders_found_in_practice(tmp_path: Path, name: str) -> None:
    """甲 bound last with 20 yuan, 乙 bound first with 10, 丙 elsewhere in the province with 30."""
    library = packs(tmp_path, order(name))
    family = visit(
        kin("甲", 20, bound_on=dt.date(2026, 2, 3)),
        kin("乙", 10, bound_on=dt.date(2026, 2, 1)),
        kin("丙", 30, bound_on=dt.date(2026, 2, 2), area=JIUJIANG),
    )
    assert [label for label, _, _ in paid(library, family)] == ORDERS[name]


@pytest.mark.parametrize("key", ["ma.maxGiversPerRecipient", "ma.maxGiversPerSettlement"])
def test_one_giver(tmp_path: Path, key: str) -> None:
    library = packs(tmp_path, (key, "count", "1"))
    assert paid(library, visit(kin("甲", 10), kin("乙", 400))) == [
        ("甲", 10, reasons.BALANCE_EXHAUSTED),
        ("乙", 0, reasons.GIVERS_PER_SETTLEMENT),
    ]


def test_own_account_must_be_empty(tmp_path: Path) -> None:
    """Only the part in policy may be paid: 300 of a bill of 350, so 200 stay in the account."""
    library = packs(tmp_path, ("ma.ownMustBeZero", "yes_no", "true"))
    family = replace(visit(kin("甲", 400), own=500), bill=bill_of(35_000, 5_000))
    assert paid(library, family) == [("甲", 0, reasons.NOTHING_LEFT_TO_PAY)]


BLOCKED = [
    ({"paused": True}, reasons.AUTHORISATION_PAUSED),
    ({"bound_on": dt.date(2026, 3, 3)}, reasons.AUTHORISATION_NOT_YET_VALID),
    ({"valid_until": dt.date(2026, 3, 1)}, reasons.AUTHORISATION_EXPIRED),
    ({"relation": "PARENT_IN_LAW"}, reasons.RELATION_NOT_ALLOWED),
    ({"relation": "CHILD_IN_LAW"}, reasons.RELATION_NOT_ALLOWED),
    ({"employee": False}, reasons.GIVER_NOT_EMPLOYEE),
    ({"insured": False}, reasons.DISSOLVED_BY_GIVERS_BREAK),
    ({"uses": 1 << INPATIENT}, reasons.USE_NOT_GRANTED),
    ({"visit_limit_fen": 0}, reasons.LIMIT_PER_VISIT),
    ({"day_limit_fen": 0}, reasons.LIMIT_PER_DAY),
    ({"year_limit_fen": 0}, reasons.LIMIT_PER_YEAR),
]


@pytest.mark.parametrize(("facts", "reason"), BLOCKED)
def test_why_a_relative_does_not_pay(
    shipped: PolicyLibrary, facts: dict[str, object], reason: int
) -> None:
    assert paid(shipped, visit(kin("甲", 900, **facts))) == [("甲", 0, reason)]


WORDS = ["SPOUSE", "PARENT", "CHILD", "SIBLING", "PATERNAL_GRANDPARENT", "MATERNAL_GRANDPARENT"]


@pytest.mark.parametrize("word", [*WORDS, "SON_S_CHILD", "DAUGHTER_S_CHILD"])
def test_all_eight_relations_give(shipped: PolicyLibrary, word: str) -> None:
    assert paid(shipped, visit(kin("甲", 900, relation=word)))[0][1] == 300


def test_gaps_are_answers(shipped: PolicyLibrary) -> None:
    chronic = replace(visit(kin("甲", 1)), setting=CHRONIC, visit_class=2)
    answer = what_would_we_pay(shipped, chronic)
    assert answer.refusal is not None
    assert answer.refusal.key == "chr.classII.cap"
    assert answer.benefit is None
    assert "尚未确认" in answer.refusal.zh
    unknown = what_would_we_pay(shipped, replace(chronic, area=990000))
    assert unknown.refusal is not None
    assert unknown.refusal.code == 1100
    aided = replace(visit(), setting=INPATIENT, aid_class=1)
    shown = what_would_we_pay(shipped, aided)
    assert shown.refusal is None


def test_a_use_that_is_not_confirmed_is_told_as_such(tmp_path: Path) -> None:
    """What nobody confirms is refused; the explanation does not call it forbidden."""
    packs(tmp_path, ("ma.use.outpatient", "yes_no", "true"))
    file = tmp_path / "packs" / str(NANCHANG) / "mutual_aid_here.yaml"
    written = file.read_text(encoding="utf-8").replace("confidence: high", "confidence: low")
    file.write_text(written, encoding="utf-8")
    answer = what_would_we_pay(PolicyLibrary.load(tmp_path / "packs"), visit(kin("妈妈", 900)))
    assert answer.gave[0].reason == reasons.USE_NOT_ALLOWED
    told = {one.step: one for one in explain(answer)}["giver_1"]
    assert "还没有官方确认" in told.text
    assert "ma.use.outpatient" in told.sources[0]
    file.write_text(written.replace("low", "high").replace("true", "false"), encoding="utf-8")
    no = what_would_we_pay(PolicyLibrary.load(tmp_path / "packs"), visit(kin("妈妈", 900)))
    told = {one.step: one for one in explain(no)}["giver_1"]
    assert "当地不允许用家人的钱付这类费用" in told.text
    assert told.sources == (
        "用于普通门诊：否（袁州区政府职工医保家庭共济问答（转载） 试，自 2026-01-09 起）",
    )


def test_care_outside_the_province(shipped: PolicyLibrary) -> None:
    """1,000 in policy, unfiled: 20 % first; 800 above the inpatient deductible of 800 = nothing."""
    family = replace(
        visit(kin("甲", 5000), yuan=1000), setting=INPATIENT, care_area=440100, filed=0
    )
    answer = what_would_we_pay(shipped, family)
    assert answer.bill.first_self_fen == 20_000
    assert answer.fund_fen == 0
    assert [item.key for item in answer.steps["extra_first_self"]] == ["xr.unfiled.extraFirstSelf"]
    assert answer.gave[0].reason == reasons.CARE_OUTSIDE_AREA


@pytest.mark.parametrize(
    "facts",
    [
        {"level": 7},
        {"scheme": 340},
        {"own_current_fen": -1},
        {"relatives": (Relative("甲", "COUSIN", NANCHANG),)},
        {"relatives": (Relative("甲", 10, NANCHANG, way="RANDOM"),)},
        {"bill": bill_of(0)},
    ],
)
def test_facts_that_cannot_be(shipped: PolicyLibrary, facts: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        what_would_we_pay(shipped, replace(visit(), **facts))  # type: ignore[arg-type]


def test_arguments_of_the_policy_that_do_not_exist(shipped: PolicyLibrary) -> None:
    with pytest.raises(Refusal, match="1107"):
        what_would_we_pay(shipped, replace(visit(), setting=9))


def test_variants_side_by_side(shipped: PolicyLibrary) -> None:
    """500 yuan in policy, deductible 300: 200 x 55 % = 110 at level 3, 130 at level 1 (65 %).

    Left to the person 390; 甲 pays 100, 乙 290 of 300.
    """
    family = visit(kin("甲", 100), kin("乙", 300), yuan=500)
    base, variants = what_if(shipped, family)
    assert (base.fund_fen, base.relatives_fen, base.cash_fen) == (11_000, 39_000, 0)
    by_words = {one.zh: one for one in variants}
    first = by_words["改在一级机构就医"]
    assert (first.fund_fen, first.relatives_fen, first.cash_fen) == (2_000, -2_000, 0)
    turned = by_words["次序改为乙、甲"]
    assert [one.paid_fen for one in turned.answer.gave] == [30_000, 9_000]
    less = by_words["不绑定乙"]
    assert (less.relatives_fen, less.cash_fen) == (-29_000, 29_000)
    assert all(sum((v.fund_fen, v.own_fen, v.relatives_fen, v.cash_fen)) == 0 for v in variants)
    more = what_if(shipped, visit(yuan=500), [OneMore(kin("丙", 90))])[1][0]
    assert (more.kind, more.relatives_fen, more.cash_fen) == ("more", 9_000, -9_000)


def test_the_next_change_of_the_rules(shipped: PolicyLibrary) -> None:
    """2023-06-30: deductible 600, nothing paid of 500. From 2023-07-01: 300, 200 x 55 % = 110."""
    family = replace(visit(yuan=500), date=dt.date(2023, 6, 30))
    _, variants = what_if(shipped, family, [NextRules()])
    assert [(one.zh, one.fund_fen) for one in variants] == [("2023-07-01 起的新规定", 11_000)]
    assert what_if(shipped, replace(family, date=dt.date(2099, 1, 1)), [NextRules()])[1] == ()


@pytest.mark.parametrize("change", [OtherOrder((0, 0)), OneLess(2), OtherLevel(7)])
def test_changes_that_cannot_be(
    shipped: PolicyLibrary, change: OtherOrder | OneLess | OtherLevel
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        what_if(shipped, visit(kin("甲", 1), kin("乙", 1)), [change])
