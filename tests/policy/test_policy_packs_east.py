# SPDX-License-Identifier: Apache-2.0
"""Packs of the east and of the four great cities: who reads which pack, and what may decide."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import copied, replace

from gongji.kernel.benefit import EMPLOYEE, INPATIENT, OUTPATIENT, RESIDENT
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import CARRIED_ONLY, CURRENT_FIRST, ORDER_FILING
from gongji.policy import errors
from gongji.policy.cases import run_cases
from gongji.policy.errors import PolicyGap
from gongji.policy.library import PolicyLibrary

DAY = dt.date(2026, 11, 25)


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.mark.parametrize(
    ("code", "home"),
    [(340621, 340600), (350428, 350400), (110105, 110000), (310115, 310000), (440106, 440100)],
)
def test_a_county_or_district_reads_its_pooling_area(
    library: PolicyLibrary, code: int, home: int
) -> None:
    assert library.home(code) == home
    assert library.compiled(code, EMPLOYEE, DAY).area == home


@pytest.mark.parametrize(
    "area", [330000, 330200, 330300, 330700, 320100, 320200, 321300, 340300, 341200, 341300]
)
def test_a_draft_settles_nothing(library: PolicyLibrary, area: int) -> None:
    with pytest.raises(Refusal) as refused:
        library.compiled(area, EMPLOYEE, DAY)
    assert refused.value.code == errors.AREA_IS_DRAFT


def test_shanghai_gives_only_what_is_carried_and_beijing_pays_by_filing(
    library: PolicyLibrary,
) -> None:
    assert library.compiled(310000, RESIDENT, DAY).sharing.giver_buckets == CARRIED_ONLY
    beijing = library.compiled(110000, EMPLOYEE, DAY)
    assert beijing.sharing.giver_buckets == CURRENT_FIRST
    assert beijing.giver_order == ORDER_FILING


def test_fujian_keeps_2000_and_its_portal_numbers_decide_nothing(library: PolicyLibrary) -> None:
    sanming = library.compiled(350400, EMPLOYEE, DAY)
    assert sanming.model == "TRANSFER_POCKET"
    assert library.require(350400, "ma.retainedBalance", DAY).integer() == 200_000
    with pytest.raises(PolicyGap):
        library.require(350400, "ma.maxRecipientsPerGiver", DAY)


def test_the_portal_order_of_anhui_stops_mutual_aid_rather_than_being_replaced(
    library: PolicyLibrary,
) -> None:
    with pytest.raises(PolicyGap) as gap:
        _ = library.compiled(340600, EMPLOYEE, DAY).giver_order
    assert gap.value.key == "ma.giverOrder"


def test_a_stay_in_guangdong_is_not_shared_while_unconfirmed(library: PolicyLibrary) -> None:
    guangzhou = library.compiled(440100, EMPLOYEE, DAY)
    assert guangzhou.use_allowed(OUTPATIENT)
    assert not guangzhou.use_allowed(INPATIENT)
    assert library.compiled(110000, EMPLOYEE, DAY).use_allowed(INPATIENT)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("310000/account.yaml", "value: 1890", "value: 1980"),
        ("310000/mutual_aid.yaml", "value: ACCUMULATED_ONLY", "value: ALL"),
        ("310000/premium.yaml", "value: 1040", "value: 1400"),
        ("350000/mutual_aid.yaml", "ma.retainedBalance: 2000", "ma.retainedBalance: 200"),
        ("350000/waiting.yaml", "wait.employeeShare: 50", "wait.employeeShare: 5"),
        ("350900/outpatient.yaml", "value: 19000", "value: 1900"),
        ("120000/outpatient.yaml", "op.deductible.in: 800", "op.deductible.in: 80"),
        ("440000/waiting.yaml", "res.serious.incentive: 3800", "res.serious.incentive: 380"),
        ("100000/waiting.yaml", "wait.residentLeastLong: 6", "wait.residentLeastLong: 3"),
    ],
)
def test_a_slip_in_a_figure_is_noticed_by_a_case(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    root = copied(tmp_path)
    replace(root, file, old, new)
    wrong = [outcome for outcome in run_cases(root) if outcome.differences]
    assert wrong
