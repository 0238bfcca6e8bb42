# SPDX-License-Identifier: Apache-2.0
"""Steps that no shipped pack settles yet: confirmed in a pack, they reach the kernel and pay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import copied

from gongji.kernel.benefit import (
    BOUNDS_ABOVE_THRESHOLD,
    BOUNDS_ABSOLUTE,
    CAP_IN_POLICY,
    CHRONIC,
    DEDUCTIBLE_PER_VISIT,
    INPATIENT,
    NEW_YEAR,
    NO_LIMIT_FEN,
    OUTPATIENT,
    SEGMENTS_OF_YEAR,
    BenefitResult,
    BenefitRules,
    BenefitState,
    Bill,
    settle_benefit,
)
from gongji.policy.benefit_rules import CHRONIC_CLASS_I, CHRONIC_CLASS_II
from gongji.policy.compiled import AreaPolicy
from gongji.policy.errors import PolicyGap
from gongji.policy.library import PolicyLibrary
from gongji.policy.provenance import USED

NANCHANG, EMPLOYEE, RESIDENT = 360100, 310, 390
DAY = dt.date(2026, 3, 1)
STAY = (INPATIENT, 3, False, 45, 1)


def policy(folder: Path, values: str, scheme: int = EMPLOYEE) -> AreaPolicy:
    """Nanchang with further confirmed values, each written with its own unit."""
    root = copied(folder)
    (root / "360100" / "further.yaml").write_text(
        "area: 360100\ntopic: further\n"
        "defaults: {checked: 2026-12-01, known_from: 2026-12-02, from: 2026-03-01,"
        " published: 2026-02-01, source: P36, article: 试, confidence: high, unit: yuan}\n"
        f"blocks:\n  - values:\n{values}",
        encoding="utf-8",
    )
    return PolicyLibrary.load(root).compiled(NANCHANG, scheme, DAY)


def settle(rules: BenefitRules, yuan: int, state: BenefitState = NEW_YEAR) -> BenefitResult:
    return settle_benefit(rules, state, Bill(yuan * 100, 0, 0, 0, yuan * 100))


AID = """\
      aid.threshold: 2000
      aid.threshold.C1: 0
      aid.ratio: {value: 60, unit: percent}
      aid.ratio.C1: {value: 90, unit: percent}
      aid.cap: 1000
"""


def test_medical_aid_by_class(tmp_path: Path) -> None:
    """10,800: deductible 800, pooled 8,500, burden 2,300; the class decides the aid."""
    area = policy(tmp_path, AID)
    none = settle(area.benefit(*STAY), 10_800)
    assert (none.aid_fen, none.burden_fen) == (0, 230_000)
    poorest = settle(area.benefit(*STAY, aid_class=1), 10_800)
    assert (poorest.aid_fen, poorest.burden_fen) == (100_000, 130_000)  # 2,070, capped
    other = settle(area.benefit(*STAY, aid_class=2), 10_800)
    assert (other.aid_fen, other.burden_fen) == (18_000, 212_000)  # 60 % of 300
    steps = area.provenance(*STAY, aid_class=1)["aid"]
    assert [(s.key, s.status) for s in steps] == [
        ("aid.threshold.C1", USED),
        ("aid.ratio.C1", USED),
        ("aid.cap", USED),
    ]


def test_aid_with_one_value_open_is_not_settled(tmp_path: Path) -> None:
    area = policy(tmp_path, AID.replace("      aid.cap: 1000\n", ""))
    assert settle(area.benefit(*STAY, aid_class=1), 10_800).aid_fen == 0


SUBSIDY = """\
      sub.inpatientRatio.in: {value: 50, unit: percent}
      sub.outpatientRatio: {value: 20, unit: percent}
      sub.cap: 1000
"""


def test_the_subsidy_of_civil_servants_and_its_cap(tmp_path: Path) -> None:
    area = policy(tmp_path, SUBSIDY)
    rules = area.benefit(*STAY, civil_servant=True)
    assert settle(rules, 10_800).subsidy_fen == 100_000  # 1,150, capped
    earlier = NEW_YEAR._replace(subsidy_paid_fen=99_999)
    assert settle(rules, 10_800, earlier).subsidy_fen == 1
    chronic = (CHRONIC, 3, False, 45, 1, CHRONIC_CLASS_I)
    assert area.benefit(*chronic, civil_servant=True).subsidy_ratio_bp == 5_000
    visit = area.benefit(OUTPATIENT, 3, False, 45, 1, civil_servant=True)
    assert settle(visit, 1_300).subsidy_fen == 15_000  # 20 % of 300 + 450
    assert settle(area.benefit(*STAY), 10_800).subsidy_fen == 0


SERIOUS = """\
      res.serious.cap: 300000
      res.serious.threshold: 12000
      res.serious.ratio: {value: [{upto: 30000, ratio: 60}, {ratio: 65}], unit: segments}
      res.serious.bounds: {value: %s, unit: choice}
"""


@pytest.mark.parametrize(
    ("word", "bounds", "paid_yuan"),
    [
        # A burden of 40,600: 18,000 x 60 % + 10,600 x 65 %, or 28,600 x 60 %.
        ("ABSOLUTE", BOUNDS_ABSOLUTE, 17_690),
        ("ABOVE_THRESHOLD", BOUNDS_ABOVE_THRESHOLD, 17_160),
    ],
)
def test_serious_illness_insurance_in_segments(
    tmp_path: Path, word: str, bounds: int, paid_yuan: int
) -> None:
    area = policy(tmp_path, SERIOUS % word, RESIDENT)
    rules = area.benefit(*STAY)
    assert (rules.serious_bounds, rules.serious_cap_fen) == (bounds, 30_000_000)
    result = settle(rules, 100_600)  # deductible 600, pooled 60,000
    assert (result.pooled_fen, result.serious_fen) == (6_000_000, paid_yuan * 100)
    assert area.benefit(OUTPATIENT, 1, False, 8, 1).serious_threshold_fen == NO_LIMIT_FEN


def test_serious_segments_without_a_reading_are_a_gap(tmp_path: Path) -> None:
    lines = (SERIOUS % "ABSOLUTE").splitlines(keepends=True)
    with pytest.raises(PolicyGap) as caught:
        policy(tmp_path, "".join(lines[:3]), RESIDENT).benefit(*STAY)
    assert caught.value.key == "res.serious.bounds"


def test_a_deductible_and_a_cap_for_each_visit(tmp_path: Path) -> None:
    values = """\
      op.deductibleMode: {value: PER_VISIT, unit: choice}
      op.deductible: 50
      op.deductible.L3: 90
      op.perVisitCap.L2: 100
"""
    area = policy(tmp_path, values)
    rules = area.benefit(OUTPATIENT, 2, False, 45, 1)
    assert (rules.deductible_mode, rules.visit_cap_fen) == (DEDUCTIBLE_PER_VISIT, 10_000)
    used = NEW_YEAR._replace(deductible_used_fen=5_000)
    assert [settle(rules, yuan, used).pooled_fen for yuan in (50, 150, 1_050)] == [0, 6_000, 10_000]
    third = area.benefit(OUTPATIENT, 3, False, 45, 1)
    assert (third.deductible_fen, third.visit_cap_fen) == (9_000, NO_LIMIT_FEN)


def test_a_cap_of_a_visit_that_is_not_confirmed_is_a_gap(tmp_path: Path) -> None:
    area = policy(tmp_path, "      op.perVisitCap: {value: 100, confidence: low}\n")
    with pytest.raises(PolicyGap) as caught:
        area.benefit(OUTPATIENT, 2, False, 45, 1)
    assert caught.value.key == "op.perVisitCap"


def test_segments_and_a_cap_over_the_year_of_class_two_care(tmp_path: Path) -> None:
    values = """\
      chr.classII.cap: 3000
      ip.ratio.L3.in: {value: [{upto: 1000, ratio: 50}, {ratio: 80}], unit: segments}
      ip.segmentBasis: {value: YEAR, unit: choice}
      ip.capBasis: {value: IN_POLICY, unit: choice}
"""
    rules = policy(tmp_path, values).benefit(CHRONIC, 3, False, 45, 1, CHRONIC_CLASS_II)
    assert (rules.segment_basis, rules.cap_basis) == (SEGMENTS_OF_YEAR, CAP_IN_POLICY)
    assert (rules.large_ratio_bp, rules.large_cap_fen) == (0, 0)
    year = NEW_YEAR._replace(in_policy_used_fen=50_000)
    result = settle(rules, 4_000, year)  # 500 x 50 % + 2,000 x 80 %; 1,500 lie beyond the cap
    assert (result.pooled_fen, result.large_base_fen, result.large_fen) == (185_000, 150_000, 0)


@pytest.mark.parametrize(
    ("recipient", "settlement", "most"),
    [("3", "2", 2), ("2", "3", 2), ("3", "none", 3), ("none", "2", 2), ("none", "none", 0)],
)
def test_the_smaller_number_of_givers_holds(
    tmp_path: Path, recipient: str, settlement: str, most: int
) -> None:
    values = (
        f"      ma.maxGiversPerRecipient: {{value: {recipient}, unit: count}}\n"
        f"      ma.maxGiversPerSettlement: {{value: {settlement}, unit: count}}\n"
    )
    assert policy(tmp_path, values).sharing.max_givers == most
