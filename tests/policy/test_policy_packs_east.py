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
from gongji.policy.records import Value

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
        ("350000/mutual_aid.yaml", "disinfectant: {value: true", "disinfectant: {value: false"),
        ("350000/waiting.yaml", "wait.employeeShare: 50", "wait.employeeShare: 5"),
        ("350900/outpatient.yaml", "value: 19000", "value: 1900"),
        ("120000/outpatient.yaml", "op.deductible.in: 800", "op.deductible.in: 80"),
        ("440000/waiting.yaml", "res.serious.incentive: 3800", "res.serious.incentive: 380"),
        ("100000/waiting.yaml", "wait.residentLeastLong: 6", "wait.residentLeastLong: 3"),
        ("310000/mutual_aid.yaml", "from: 2022-08-31", "from: 2022-08-01"),
        ("310000/mutual_aid.yaml", "from: 2022-07-31", "from: 2022-07-01"),
        ("440000/mutual_aid.yaml", "from: 2024-12-09", "from: 2024-12-31"),
    ],
)
def test_a_slip_in_a_figure_is_noticed_by_a_case(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    root = copied(tmp_path)
    replace(root, file, old, new)
    wrong = [outcome for outcome in run_cases(root) if outcome.differences]
    assert wrong


# Areas whose packs name the document, or say that there is none, for every value.
NATION_AND_EAST = frozenset({10, 11, 12, 14, 21, 22, 31, 32, 33, 34, 35, 36, 44})


def in_nation_and_east(library: PolicyLibrary) -> list[Value]:
    return [
        record
        for area in library.areas()
        if area // 10_000 in NATION_AND_EAST
        for records in library.pack(area).values.values()
        for record in records
    ]


@pytest.mark.parametrize(
    ("area", "key", "source"),
    [
        (350000, "ma.maxGiversPerRecipient", "GJ-04"),
        (120000, "ma.maxGiversPerRecipient", "GJ-04"),
        (440000, "ma.maxGiversPerRecipient", "GJ-04"),
        (360000, "ma.maxGiversPerRecipient", "GJ-03"),
        (340000, "ma.treatmentArea", "GJ-01"),
    ],
)
def test_what_no_text_says_is_labelled_a_product_decision(
    library: PolicyLibrary, area: int, key: str, source: str
) -> None:
    record = library.require(area, key, DAY)
    assert record.source == source
    assert record.confidence == "decided"
    assert "产品决定" in record.note
    assert library.sources[source].grade == "P"


def test_beijing_and_inside_jiangxi_until_2026_rest_on_their_own_texts(
    library: PolicyLibrary,
) -> None:
    assert library.require(110000, "ma.maxGiversPerRecipient", DAY).source == "P145"
    last = dt.date(2026, 1, 8)
    one = library.require(360000, "ma.maxGiversPerRecipient", last)
    assert (one.integer(), one.source, one.confidence) == (1, "P30", "medium")
    earlier = library.require(360000, "ma.maxGiversPerRecipient", dt.date(2024, 12, 8))
    assert (earlier.integer(), earlier.confidence) == (1, "high")


def test_no_document_is_named_for_what_is_recalled_or_was_not_seen(
    library: PolicyLibrary,
) -> None:
    records = in_nation_and_east(library)
    recalled = {r.key for r in records if r.confidence == "recalled"}
    assert recalled  # some figures are shown although they are only remembered
    assert {r.source for r in records if r.confidence == "recalled"} == {"RECALLED"}
    assert not [r for r in records if r.confidence == "unconfirmed" and r.source.startswith("GJ-")]


def test_only_weak_texts_that_agree_with_the_nation_leave_it_in_force(
    library: PolicyLibrary,
) -> None:
    inheriting = {(r.area, r.key) for r in in_nation_and_east(library) if r.inherit_if_unconfirmed}
    assert inheriting == {
        (120000, "ma.insuredArea"),  # a municipality is one pooling area
        (310000, "wait.residentMonths"),
        (320000, "ma.proof"),
        (340000, "ma.use.inpatient"),
        (340000, "ma.use.checkup"),
        (340000, "ma.retainedBalance"),
        (341300, "ma.use.inpatient"),
        (360000, "res.premium.2025.personal"),
        (360000, "res.premium.2025.subsidy"),
        (440000, "ma.use.premiumResident"),
        (440000, "ma.maxGiversPerRecipient"),
    }


@pytest.mark.parametrize("area", [360100, 340600, 350400, 310000, 440100, 120000])
def test_the_notice_on_other_provinces_opens_no_premium_inside_one(
    library: PolicyLibrary, area: int
) -> None:
    with pytest.raises(PolicyGap):
        library.require(area, "ma.use.premiumLongTermCare", DAY)
    assert library.require(100000, "ma.use.premiumLongTermCare", DAY).integer() == 1


@pytest.mark.parametrize("area", [350000, 340000, 310000, 110000, 120000, 440000, 440100])
@pytest.mark.parametrize("year", [2024, 2026])
def test_the_national_minimum_is_not_the_premium_of_a_place(
    library: PolicyLibrary, area: int, year: int
) -> None:
    for day in (dt.date(year, 3, 1), dt.date(year, 12, 31)):
        with pytest.raises(PolicyGap):
            library.require(area, f"res.premium.{year}.personal", day)


def test_a_sister_in_guangdong_shares_from_the_day_of_the_province_not_of_the_nation(
    library: PolicyLibrary,
) -> None:
    for area in (440000, 440100):
        before = library.require(area, "ma.relations", dt.date(2024, 12, 31)).names()
        since = library.require(area, "ma.relations", dt.date(2025, 1, 1)).names()
        assert before == ("SPOUSE", "PARENT", "CHILD")
        assert "SIBLING" in since
        assert len(since) == 8
