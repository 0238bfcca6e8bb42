# SPDX-License-Identifier: Apache-2.0
"""Compilation to kernel rules: steps, levels, classes, supplements, sharing, provenance."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import copied, replace

from gongji.kernel.benefit import (
    CAP_FUND,
    CAP_IN_POLICY,
    CHRONIC,
    DEDUCTIBLE_PER_VISIT,
    DEDUCTIBLE_YEARLY,
    INPATIENT,
    NO_LIMIT_FEN,
    OUTPATIENT,
    PHARMACY,
    SEGMENTS_WITH_DEDUCTIBLE,
    BenefitRules,
)
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import (
    BASE_IN_POLICY,
    CARRIED_ONLY,
    CURRENT_FIRST,
    ORDER_CONFIGURED,
    ORDER_SINGLE,
)
from gongji.policy.benefit_rules import CHILDBIRTH, CHRONIC_CLASS_I, CHRONIC_CLASS_II
from gongji.policy.compiled import (
    POOL_CHRONIC_II,
    POOL_INPATIENT,
    POOL_OUTPATIENT,
    XR_IN_PROVINCE,
    XR_LONG_TERM,
    XR_REFERRAL,
    XR_RETURNING,
    XR_UNFILED,
    AreaPolicy,
)
from gongji.policy.errors import BAD_ARGUMENT, PolicyGap
from gongji.policy.library import ONE_DAY, PolicyLibrary
from gongji.policy.provenance import NOT_CONFIRMED_NOT_PAID, NOT_IN_LAW, USED

D = dt.date
NANCHANG, JIUJIANG, EMPLOYEE, RESIDENT = 360100, 360400, 310, 390
DAY = D(2026, 3, 1)
SHIPPED = PolicyLibrary.load()
BRAVER = PolicyLibrary.load(accept=frozenset({"high", "medium", "decided", "low"}))


def policy(
    on: D = DAY, area: int = NANCHANG, scheme: int = EMPLOYEE, library: PolicyLibrary = SHIPPED
) -> AreaPolicy:
    return library.compiled(area, scheme, on)


def test_outpatient_rules_are_yearly_and_have_no_supplement() -> None:
    rules = policy().benefit(OUTPATIENT, 2, False, 45, 1)
    assert rules.deductible_mode == DEDUCTIBLE_YEARLY
    assert rules.deductible_fen == 30_000
    assert rules.segment_ratio_bp == (6000,) * 4
    assert rules.segment_upto_fen == (NO_LIMIT_FEN,) * 4
    assert (rules.visit_cap_fen, rules.cap_basis, rules.cap_fen) == (
        NO_LIMIT_FEN,
        CAP_FUND,
        200_000,
    )
    assert (rules.large_ratio_bp, rules.subsidy_ratio_bp, rules.aid_ratio_bp) == (0, 0, 0)
    assert (rules.serious_threshold_fen, rules.aid_threshold_fen) == (NO_LIMIT_FEN, NO_LIMIT_FEN)


@pytest.mark.parametrize(
    ("level", "retired", "ratio_bp", "cap_fen"),
    [
        (0, False, 6500, 200_000),
        (1, False, 6500, 200_000),
        (2, False, 6000, 200_000),
        (3, False, 5500, 200_000),
        (0, True, 7000, 300_000),
        (3, True, 6000, 300_000),
    ],
)
def test_level_and_status(level: int, retired: bool, ratio_bp: int, cap_fen: int) -> None:
    rules = policy().benefit(OUTPATIENT, level, retired, 45, 1)
    assert (rules.segment_ratio_bp[0], rules.cap_fen) == (ratio_bp, cap_fen)


def test_the_pharmacy_pays_like_level_one_whatever_its_level() -> None:
    for level in range(4):
        rules = policy().benefit(PHARMACY, level, True, 70, 1)
        assert (rules.segment_ratio_bp[0], rules.deductible_fen) == (7000, 30_000)


def test_stays_count_the_deductible_per_visit_with_the_large_amount_scheme() -> None:
    rules = policy(D(2025, 7, 1)).benefit(INPATIENT, 3, False, 45, 1)
    assert (rules.deductible_mode, rules.deductible_fen) == (DEDUCTIBLE_PER_VISIT, 80_000)
    assert (rules.cap_fen, rules.large_ratio_bp, rules.large_cap_fen) == (
        10_000_000,
        9_000,
        40_000_000,
    )


@pytest.mark.parametrize(
    ("admission", "deductible_fen"),
    [(0, 80_000), (1, 80_000), (2, 70_000), (4, 50_000), (5, 0), (6, 0), (1000, 0)],
)
def test_the_deductible_by_admission(admission: int, deductible_fen: int) -> None:
    rules = policy(area=JIUJIANG).benefit(INPATIENT, 3, False, 45, admission)
    assert rules.deductible_fen == deductible_fen


def test_classes_of_chronic_care_and_childbirth() -> None:
    first = policy().benefit(CHRONIC, 3, False, 45, 1, CHRONIC_CLASS_I)
    assert (first.deductible_fen, first.cap_fen, first.large_ratio_bp) == (0, 10_000_000, 9_000)
    for visit_class in (0, CHRONIC_CLASS_II):
        with pytest.raises(PolicyGap) as caught:
            policy().benefit(CHRONIC, 3, False, 45, 1, visit_class)
        assert caught.value.key == "chr.classII.cap"
    birth = policy().benefit(INPATIENT, 3, False, 30, 1, CHILDBIRTH)
    assert (birth.deductible_fen, birth.segment_ratio_bp[0]) == (0, 9_000)


def test_class_one_care_before_july_2025_waits_for_the_inpatient_ratio() -> None:
    with pytest.raises(PolicyGap) as caught:
        policy(D(2025, 6, 30)).benefit(CHRONIC, 3, False, 45, 1, CHRONIC_CLASS_I)
    assert caught.value.key == "ip.ratio.L3"


def test_the_subsidy_is_paid_only_by_a_library_that_accepts_it() -> None:
    ask = (INPATIENT, 3, False, 45, 1)
    assert policy().benefit(*ask, civil_servant=True).subsidy_ratio_bp == 0
    steps = policy().provenance(*ask, civil_servant=True)["subsidy"]
    assert [s.status for s in steps] == [NOT_CONFIRMED_NOT_PAID, USED]
    assert "未确认，不予支付" in steps[0].sentence("zh")
    paid = policy(library=BRAVER).benefit(*ask, civil_servant=True)
    assert (paid.subsidy_ratio_bp, paid.subsidy_cap_fen) == (9_600, NO_LIMIT_FEN)
    retired = policy(library=BRAVER).benefit(INPATIENT, 3, True, 70, 1, civil_servant=True)
    assert retired.subsidy_ratio_bp == 9_800
    outpatient = policy(library=BRAVER).benefit(OUTPATIENT, 3, True, 70, 1, civil_servant=True)
    assert outpatient.subsidy_ratio_bp == 2_000
    assert policy(library=BRAVER).benefit(*ask).subsidy_ratio_bp == 0


def test_an_area_may_refuse_rather_than_leave_a_step_out(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(
        root,
        "100000/steps.yaml",
        "sub.ifUnconfirmed: NOT_SETTLED_HERE",
        "sub.ifUnconfirmed: REFUSE",
    )
    strict = PolicyLibrary.load(root).compiled(NANCHANG, EMPLOYEE, DAY)
    assert strict.benefit(INPATIENT, 3, False, 45, 1)
    with pytest.raises(PolicyGap) as caught:
        strict.benefit(INPATIENT, 3, False, 45, 1, civil_servant=True)
    assert caught.value.key == "sub.inpatientRatio.in"


def test_aid_is_not_settled_here() -> None:
    rules = policy().benefit(INPATIENT, 3, False, 45, 1, aid_class=1)
    assert (rules.aid_threshold_fen, rules.aid_ratio_bp) == (NO_LIMIT_FEN, 0)
    steps = policy().provenance(INPATIENT, 3, False, 45, 1, aid_class=1)["aid"]
    assert [s.key for s in steps] == ["aid.ifUnconfirmed"]


def test_serious_illness_of_residents() -> None:
    day = D(2025, 8, 1)
    cautious = policy(day, scheme=RESIDENT).benefit(INPATIENT, 3, False, 45, 1)
    assert cautious.serious_threshold_fen == NO_LIMIT_FEN
    paid = policy(day, scheme=RESIDENT, library=BRAVER).benefit(INPATIENT, 3, False, 45, 1)
    assert (paid.serious_threshold_fen, paid.serious_ratio_bp[0], paid.serious_cap_fen) == (
        1_700_000,
        6_000,
        25_000_000,
    )
    aided = policy(day, scheme=RESIDENT, library=BRAVER).benefit(
        INPATIENT, 3, False, 45, 1, aid_class=2
    )
    assert (aided.serious_threshold_fen, aided.serious_ratio_bp[0], aided.serious_cap_fen) == (
        850_000,
        6_500,
        NO_LIMIT_FEN,
    )
    assert policy(day, library=BRAVER).benefit(INPATIENT, 3, False, 45, 1).serious_cap_fen == 0


def test_where_the_fund_pays_nothing_no_deductible_is_used_up() -> None:
    rules = policy(scheme=RESIDENT, area=JIUJIANG).benefit(PHARMACY, 0, False, 8, 1)
    assert (rules.deductible_mode, rules.deductible_fen) == (DEDUCTIBLE_PER_VISIT, 0)
    assert rules.segment_ratio_bp == (0, 0, 0, 0)


def test_segments_and_their_basis(tmp_path: Path) -> None:
    root = copied(tmp_path)
    written = (
        "ip.ratio.L3.in: {value: [{upto: 40000, ratio: 85}, {ratio: 95}], unit: segments}\n"
        "      ip.segmentBasis: {value: WITH_DEDUCTIBLE, unit: choice}\n"
        "      ip.capBasis: {value: IN_POLICY, unit: choice}"
    )
    replace(root, "360100/inpatient.yaml", "ip.ratio.L3.in: 85", written)
    rules = (
        PolicyLibrary.load(root)
        .compiled(NANCHANG, EMPLOYEE, DAY)
        .benefit(INPATIENT, 3, False, 45, 1)
    )
    assert rules.segment_upto_fen == (4_000_000, NO_LIMIT_FEN, NO_LIMIT_FEN, NO_LIMIT_FEN)
    assert rules.segment_ratio_bp == (8_500, 9_500, 9_500, 9_500)
    assert (rules.segment_basis, rules.cap_basis) == (SEGMENTS_WITH_DEDUCTIBLE, CAP_IN_POLICY)


def test_several_segments_without_a_basis_are_a_gap(tmp_path: Path) -> None:
    root = copied(tmp_path)
    written = "ip.ratio.L3.in: {value: [{upto: 40000, ratio: 85}, {ratio: 95}], unit: segments}"
    replace(root, "360100/inpatient.yaml", "ip.ratio.L3.in: 85", written)
    with pytest.raises(PolicyGap) as caught:
        PolicyLibrary.load(root).compiled(NANCHANG, EMPLOYEE, DAY).benefit(4, 3, False, 45, 1)
    assert caught.value.key == "ip.segmentBasis"


def test_sharing_in_jiangxi_before_and_after_the_national_notice() -> None:
    before, after = policy(D(2026, 1, 8)), policy(D(2026, 1, 9))
    assert (before.sharing.max_givers, before.giver_order) == (1, ORDER_SINGLE)
    assert (after.sharing.max_givers, after.giver_order) == (0, ORDER_CONFIGURED)
    assert after.sharing.eligible_base == BASE_IN_POLICY
    assert (after.sharing.own_buckets, after.sharing.giver_buckets) == (CURRENT_FIRST,) * 2
    assert (after.sharing.retained_fen, after.sharing.own_must_be_zero) == (0, 0)
    assert after.sharing.relatives_count_to_deductible == 1
    assert (after.insured_scope, after.treatment_scope, after.model) == (2, 2, "AUTHORISE")
    assert policy(D(2026, 1, 8), scheme=RESIDENT).sharing == before.sharing


def test_only_carried_balances_where_the_pack_says_so(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, "100000/mutual_aid.yaml", "{value: ALL,", "{value: ACCUMULATED_ONLY,")
    rules = PolicyLibrary.load(root).compiled(NANCHANG, EMPLOYEE, DAY).sharing
    assert (rules.own_buckets, rules.giver_buckets) == (CURRENT_FIRST, CARRIED_ONLY)


def test_relations_widen_in_december_2024_and_never_hold_in_laws() -> None:
    three, eight = policy(D(2024, 12, 8)).relations, policy(D(2024, 12, 9)).relations
    assert {10, 22, 32, 51, 52} <= three
    assert not three & {41, 61, 63, 71, 77}
    assert {41, 44, 60, 61, 64, 70, 71, 77} <= eight
    in_laws = {28, 38, 45, 46, 53, 54, 55, 56, 65, 66, 68, 72, 74, 76, 78, 99}
    assert not eight & in_laws


def test_uses_that_are_not_confirmed_are_not_allowed(tmp_path: Path) -> None:
    assert all(policy().use_allowed(s) for s in (OUTPATIENT, PHARMACY, CHRONIC, INPATIENT))
    assert not policy(D(2020, 1, 1)).use_allowed(OUTPATIENT)
    root = copied(tmp_path)
    replace(
        root,
        "360000/mutual_aid.yaml",
        "ma.use.inpatient: {value: true, confidence: medium",
        "ma.use.inpatient: {value: true, confidence: low",
    )
    changed = PolicyLibrary.load(root).compiled(NANCHANG, EMPLOYEE, DAY)
    assert not changed.use_allowed(INPATIENT)
    assert changed.use_allowed(OUTPATIENT)


def test_mutual_aid_did_not_exist_before_2021() -> None:
    with pytest.raises(PolicyGap):
        _ = policy(D(2021, 4, 21)).sharing
    with pytest.raises(PolicyGap):
        _ = policy(D(2021, 4, 21)).relations


@pytest.mark.parametrize(
    ("filed", "bp"),
    [
        (XR_IN_PROVINCE, 0),
        (XR_LONG_TERM, 0),
        (XR_REFERRAL, 1000),
        (XR_UNFILED, 2000),
        (XR_RETURNING, 1000),
    ],
)
def test_extra_first_self_pay_by_filing(filed: int, bp: int) -> None:
    assert policy().extra_first_self_bp(INPATIENT, filed) == bp
    if filed != XR_IN_PROVINCE:
        with pytest.raises(PolicyGap):
            policy(D(2025, 11, 29)).extra_first_self_bp(INPATIENT, filed)


def test_pools() -> None:
    assert AreaPolicy.pool(OUTPATIENT) == AreaPolicy.pool(PHARMACY) == POOL_OUTPATIENT
    assert AreaPolicy.pool(INPATIENT, CHILDBIRTH) == POOL_INPATIENT
    assert AreaPolicy.pool(CHRONIC, CHRONIC_CLASS_I) == POOL_INPATIENT
    assert AreaPolicy.pool(CHRONIC) == AreaPolicy.pool(CHRONIC, CHRONIC_CLASS_II) == POOL_CHRONIC_II


@pytest.mark.parametrize(
    "ask",
    [
        (0, 1, False, 45, 1, 0),
        (5, 1, False, 45, 1, 0),
        (OUTPATIENT, 4, False, 45, 1, 0),
        (OUTPATIENT, -1, False, 45, 1, 0),
        (OUTPATIENT, 1, False, 45, 1, CHRONIC_CLASS_I),
        (INPATIENT, 1, False, 45, 1, CHRONIC_CLASS_I),
        (CHRONIC, 1, False, 45, 1, CHILDBIRTH),
        (INPATIENT, 1, False, -1, 1, 0),
        (INPATIENT, 1, False, 151, 1, 0),
        (INPATIENT, 1, False, 45, -1, 0),
    ],
)
def test_arguments_that_do_not_exist_are_refused(ask: tuple[int, int, bool, int, int, int]) -> None:
    with pytest.raises(Refusal) as caught:
        policy().benefit(*ask)
    assert caught.value.code == BAD_ARGUMENT


def test_answers_are_kept() -> None:
    ask = (INPATIENT, 3, False, 45, 1)
    assert policy().benefit(*ask) is policy().benefit(*ask)
    assert policy().provenance(*ask) is policy().provenance(*ask)
    assert policy().sharing is policy().sharing


def test_every_step_has_its_provenance() -> None:
    steps = policy().provenance(INPATIENT, 3, False, 45, 1)
    assert set(steps) == {"deductible", "pooled", "cap", "large", "serious", "subsidy", "aid"}
    deductible = steps["deductible"][0]
    assert (deductible.value, deductible.unit, deductible.area) == (
        (80_000,),
        "fen_by_admission",
        360100,
    )
    assert deductible.date == D(2025, 7, 1)
    assert "新华社" in deductible.source_title
    assert deductible.article
    assert deductible.confidence == "medium"
    assert "洪医保发〔2025〕27号" in steps["pooled"][0].source_title
    assert "800 元" in deductible.sentence("zh")
    assert "800 yuan" in deductible.sentence("en")
    assert [s.status for s in steps["serious"]] == [NOT_IN_LAW]
    sharing = policy().sources()
    assert {"relations", "eligible_base", "buckets", "retained", "own_first", "max_givers"} <= set(
        sharing
    )
    assert {"order", "insured_area", "treatment_area", "deductible_counts"} <= set(sharing)
    assert all(item.source_title for items in sharing.values() for item in items)


def test_on_every_day_of_change_each_question_has_rules_or_a_named_gap() -> None:
    for area in (NANCHANG, JIUJIANG):
        days = {d for change in SHIPPED.dates(area) for d in (change - ONE_DAY, change)}
        for day in days:
            for scheme in (EMPLOYEE, RESIDENT):
                for setting in (OUTPATIENT, PHARMACY, CHRONIC, INPATIENT):
                    for level in (0, 3):
                        _rules_or_gap(policy(day, area, scheme), setting, level)


def _rules_or_gap(compiled: AreaPolicy, setting: int, level: int) -> None:
    found: BenefitRules | PolicyGap
    try:
        found = compiled.benefit(setting, level, False, 70, 2, civil_servant=True, aid_class=1)
    except PolicyGap as gap:
        found = gap
    if isinstance(found, PolicyGap):
        assert found.key in found.zh
        assert found.key in found.en
        assert found.why
        return
    flat = [n for field in found for n in (field if isinstance(field, tuple) else (field,))]
    assert all(type(n) is int and 0 <= n <= NO_LIMIT_FEN for n in flat)
    assert len(found.segment_upto_fen) == len(found.serious_ratio_bp) == 4
