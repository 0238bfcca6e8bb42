# SPDX-License-Identifier: Apache-2.0
"""Premiums and days of cover from packs: Jiangxi as shipped, two totals that do not add up."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from test_advice_golden import faults

from gongji.advice.covered import CoverAnswer, CoverQuestion, when_covered
from gongji.advice.premiums import compared, flexible_premium, resident_premium
from gongji.kernel.errors import Refusal
from gongji.policy.library import PACKS, PolicyLibrary

NANCHANG, NOWHERE = 360100, 990100
ACCEPT_LOW = frozenset({"high", "medium", "decided", "low"})


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def planted(folder: Path, *values: tuple[str, str, str, str]) -> PolicyLibrary:
    """The shipped packs with a place 990100 below the nation: (key, unit, value, confidence)."""
    root = folder / "packs"
    shutil.copytree(PACKS, root)
    for code, above in ((990000, 100000), (990100, 990000)):
        (root / str(code)).mkdir()
        (root / str(code) / "index.yaml").write_text(
            f"area: {code}\nname_zh: 某地\nname_en: A place\nparent: {above}\nstatus: ACTIVE\n",
            encoding="utf-8",
        )
    blocks = "".join(
        f"  - {{unit: {unit}, from: 2023-07-01, published: '2023', source: P30, article: 试, "
        f"confidence: {confidence}, checked: 2026-11-22, known_from: 2026-11-22, "
        f"values: {{{key}: {value}}}}}\n"
        for key, unit, value, confidence in values
    )
    (root / "990100" / "values.yaml").write_text(
        f"area: 990100\ntopic: values\nblocks:\n{blocks}", encoding="utf-8"
    )
    return PolicyLibrary.load(root, accept=ACCEPT_LOW)


# ---- premiums ----------------------------------------------------------------------------------

RESIDENTS = [
    # coverage year, group, own part, subsidy: each figure belongs to its year of cover
    (2025, "", 40_000, 67_000),
    (2026, "", 40_000, 70_000),
    (2026, "aided", 8_000, 70_000),
    (2026, "student", 20_000, 70_000),
]


@pytest.mark.parametrize(("year", "group", "own", "subsidy"), RESIDENTS)
def test_residents_of_jiangxi(
    library: PolicyLibrary, year: int, group: str, own: int, subsidy: int
) -> None:
    got = resident_premium(library, NANCHANG, year, group)
    assert (got.total_fen, got.subsidy_fen) == (own, subsidy)
    # The window of 2025 stands on portals alone, the premium on the nation's notice.
    window_2025 = ["res.premium.2025.windowFrom", "res.premium.2025.windowTo"]
    assert [gap.key for gap in got.gaps] == (window_2025 if year == 2025 else [])
    if year == 2026:
        window = (got.window_from, got.window_to)
        assert window == (dt.date(2025, 10, 15), dt.date(2026, 2, 28))
    assert all(item.source_title for item in got.values)


def test_a_premium_that_nobody_knows(library: PolicyLibrary) -> None:
    got = resident_premium(library, NANCHANG, 2031)
    assert got.total_fen is None
    assert [gap.key for gap in got.gaps] == ["res.premium.2031.personal"]
    assert resident_premium(library, NANCHANG, 2025, "aided").total_fen is None


def test_long_term_care_is_added(tmp_path: Path) -> None:
    packs = planted(
        tmp_path,
        ("res.premium.2025.personal", "yuan", "400", "high"),
        ("res.premium.2025.longTermCare", "yuan", "30", "high"),
    )
    got = resident_premium(packs, NOWHERE, 2025)
    assert got.total_fen == 43_000
    assert [item.amount_fen for item in got.items] == [40_000, 3_000]


def test_tangshan_does_not_add_up(tmp_path: Path) -> None:
    """6,490 x 9 % = 584.10 + 11 + 30 = 625.10 a month, 7,501.20 a year; published: 7,070.28."""
    packs = planted(
        tmp_path,
        ("flex.2023.base", "yuan_per_month", "6490", "low"),
        ("flex.2023.rate", "percent", "9", "low"),
        ("flex.2023.monthly.large", "yuan_per_month", "11", "low"),
        ("flex.2023.monthly.longTermCare", "yuan_per_month", "30", "low"),
    )
    got = flexible_premium(packs, NOWHERE, 2023, claimed_fen=707_028)
    assert (got.month_fen, got.total_fen, got.difference_fen) == (62_510, 750_120, 43_092)
    assert [item.amount_fen for item in got.items] == [58_410, 1_100, 3_000]
    zh, en = compared(750_120, 707_028)
    assert zh == "公布的合计 7070.28 元不对。按各项应为 7501.20 元，少了 430.92 元。"
    assert "430.92 yuan less" in en


def test_yichang_does_not_add_up(tmp_path: Path) -> None:
    """304 + 13 + 0.80 = 317.80 a month; published: 425.80."""
    packs = planted(
        tmp_path,
        ("flex.2024.monthly.basic", "yuan_per_month", "304", "low"),
        ("flex.2024.monthly.large", "yuan_per_month", "13", "low"),
        ("flex.2024.monthly.longTermCare", "yuan_per_month", '"0.80"', "low"),
    )
    got = flexible_premium(packs, NOWHERE, 2024, claimed_fen=42_580, months=1)
    assert (got.month_fen, got.total_fen, got.difference_fen) == (31_780, 31_780, -10_800)
    assert compared(31_780, 42_580)[0].endswith("多了 108.00 元。")
    assert compared(5, 5)[0] == "公布的合计与各项相符。"
    # What the deployment does not accept gives no total, and the reason.
    shipped = PolicyLibrary.load(tmp_path / "packs")
    unsure = flexible_premium(shipped, NOWHERE, 2024)
    assert unsure.total_fen is None
    assert unsure.gaps[0].key == "flex.2024.monthly.basic"


def test_a_place_without_flexible_figures(library: PolicyLibrary) -> None:
    got = flexible_premium(library, NANCHANG, 2025)
    assert got.total_fen is None
    assert {gap.key for gap in got.gaps} == {"flex.2025.base", "flex.2025.rate"}


def test_questions_that_cannot_be(library: PolicyLibrary) -> None:
    with pytest.raises(ValueError, match="group"):
        resident_premium(library, NANCHANG, 2026, "kings")
    with pytest.raises(ValueError, match="months"):
        flexible_premium(library, NANCHANG, 2026, months=13)
    with pytest.raises(Refusal, match="1100"):
        resident_premium(library, NOWHERE, 2026)
    with pytest.raises(ValueError, match="scheme"):
        when_covered(library, CoverQuestion(NANCHANG, 340, dt.date(2026, 1, 1)))
    with pytest.raises(ValueError, match="coverage year"):
        when_covered(library, CoverQuestion(NANCHANG, 390, dt.date(2026, 1, 1)))


# ---- when am I covered -------------------------------------------------------------------------


def jiangxi(library: PolicyLibrary, paid: dt.date, **more: object) -> CoverAnswer:
    values: dict[str, object] = {"year": 2026, **more}
    return when_covered(library, CoverQuestion(NANCHANG, 390, paid, **values))  # type: ignore[arg-type]


COVERED = [
    (dt.date(2025, 9, 1), {}, None, 0),
    (dt.date(2025, 10, 15), {}, dt.date(2026, 1, 1), 0),
    (dt.date(2025, 12, 31), {}, dt.date(2026, 1, 1), 0),
    (dt.date(2026, 1, 1), {}, dt.date(2026, 1, 2), 0),
    (dt.date(2026, 2, 28), {}, dt.date(2026, 3, 1), 0),
    # Late: who had no break in 2025 need not wait, others 3 months and one more for each
    # further year.
    (dt.date(2026, 3, 1), {}, dt.date(2026, 3, 2), 0),
    (dt.date(2026, 3, 1), {"missed_years": 1}, dt.date(2026, 6, 2), 3),
    (dt.date(2026, 3, 1), {"missed_years": 3}, dt.date(2026, 8, 2), 5),
    (dt.date(2026, 3, 1), {"missed_years": 3, "repaid_years": 2}, dt.date(2026, 6, 2), 3),
    (dt.date(2026, 3, 1), {"missed_years": 3, "exempt": True}, dt.date(2026, 3, 2), 0),
    (dt.date(2026, 10, 5), {"missed_years": 1}, None, 3),
    (dt.date(2025, 11, 1), {"missed_years": 1}, dt.date(2026, 4, 1), 3),
]


@pytest.mark.parametrize(("paid", "facts", "start", "wait"), COVERED)
def test_residents_of_jiangxi_in_2026(
    library: PolicyLibrary,
    paid: dt.date,
    facts: dict[str, object],
    start: dt.date | None,
    wait: int,
) -> None:
    got = jiangxi(library, paid, **facts)
    assert (got.start, got.wait_months) == (start, wait), got
    assert got.end == (dt.date(2026, 12, 31) if start else None)
    assert [f for f in faults(got.zh) if "explained" not in f] == []
    assert got.values


def test_a_long_break_needs_its_minimum(tmp_path: Path) -> None:
    packs = planted(
        tmp_path,
        ("res.premium.2026.windowFrom", "date", "2025-10-01", "high"),
        ("res.premium.2026.windowTo", "date", "2025-12-31", "high"),
        ("wait.residentLeastLong", "months", "6", "high"),
    )
    asked = CoverQuestion(NOWHERE, 390, dt.date(2026, 1, 9), 2026, missed_years=5, repaid_years=4)
    got = when_covered(packs, asked)
    assert (got.start, got.wait_months) == (dt.date(2026, 7, 10), 6)


def test_a_place_without_a_window(tmp_path: Path) -> None:
    packs = planted(tmp_path, ("flex.wait", "months", "3", "high"))
    got = when_covered(packs, CoverQuestion(NOWHERE, 390, dt.date(2026, 1, 9), 2026))
    assert got.start is None
    assert {gap.key for gap in got.gaps} == {
        "res.premium.2026.windowFrom",
        "res.premium.2026.windowTo",
    }


FUJIAN = (
    ("wait.employeeGraceMonths", "months", "3", "high"),
    ("wait.employeeRepaidMonths", "months", "3", "high"),
    ("wait.employeeUnpaidMonths", "months", "6", "high"),
    ("wait.employeeShare", "percent", "50", "high"),
)


@pytest.mark.parametrize(
    ("broken", "repaid", "start", "wait", "share"),
    [
        (3, True, dt.date(2025, 5, 1), 0, 0),
        (4, True, dt.date(2025, 8, 21), 3, 5_000),
        (4, False, dt.date(2025, 11, 21), 6, 5_000),
        (1, False, dt.date(2025, 11, 21), 6, 5_000),
    ],
)
def test_employees_by_the_rule_of_fujian(
    tmp_path: Path, broken: int, repaid: bool, start: dt.date, wait: int, share: int
) -> None:
    packs = planted(tmp_path, *FUJIAN)
    asked = CoverQuestion(NOWHERE, 310, dt.date(2025, 5, 20), broken_months=broken, repaid=repaid)
    got = when_covered(packs, asked)
    assert (got.start, got.wait_months, got.share_bp) == (start, wait, share)
    assert [f for f in faults(got.zh) if "explained" not in f] == []


def test_employees_without_a_local_rule(library: PolicyLibrary) -> None:
    """The national frame gives no day of effect and leaves the wait to the place."""
    got = when_covered(library, CoverQuestion(NANCHANG, 310, dt.date(2026, 5, 20), broken_months=5))
    assert got.start is None
    assert [gap.key for gap in got.gaps] == ["wait.employeeGraceMonths"]


@pytest.mark.parametrize("area", [NANCHANG, 350000])
def test_an_employee_without_a_break_does_not_wait(library: PolicyLibrary, area: int) -> None:
    """Neither Fujian's six months nor a gap: rules on breaks are not asked where there is none."""
    got = when_covered(library, CoverQuestion(area, 310, dt.date(2026, 5, 20)))
    assert (got.start, got.wait_months, got.gaps) == (dt.date(2026, 5, 1), 0, ())
    assert got.zh.startswith("没有断缴，不用等")
    assert [f for f in faults(got.zh) if "explained" not in f] == []


# Newborns, and groups of which nobody speaks


@pytest.mark.parametrize(
    ("born", "paid", "start"),
    [
        ((2026, 1, 10), (2026, 1, 10), (2026, 1, 10)),
        ((2026, 1, 10), (2026, 3, 15), (2026, 1, 10)),
        ((2026, 1, 10), (2026, 4, 10), (2026, 1, 10)),  # the 90th day
        ((2026, 1, 10), (2026, 4, 11), None),
    ],
)
def test_a_newborn_insured_in_time_is_covered_from_birth(
    library: PolicyLibrary,
    born: tuple[int, int, int],
    paid: tuple[int, int, int],
    start: tuple[int, int, int] | None,
) -> None:
    asked = CoverQuestion(360100, 390, dt.date(*paid), 2026, born_on=dt.date(*born))
    got = when_covered(library, asked)
    assert got.start == (dt.date(*start) if start else None)
    assert got.end == (dt.date(2026, 12, 31) if start else None)
    assert [item.key for item in got.values] == ["wait.newbornDays"]
    assert "医保办函〔2021〕11号" in got.values[0].sentence()


def test_a_newborn_is_not_insured_before_birth(library: PolicyLibrary) -> None:
    born = dt.date(2026, 1, 10)
    for paid, year in ((dt.date(2026, 1, 9), 2026), (dt.date(2026, 1, 10), 2025)):
        with pytest.raises(ValueError, match="newborn"):
            when_covered(library, CoverQuestion(360100, 390, paid, year, born_on=born))


def test_the_general_premium_stands_for_a_group_of_which_nobody_speaks(
    library: PolicyLibrary,
) -> None:
    got = resident_premium(library, 360100, 2026, "young")
    assert got.total_fen == 40_000
    assert [gap.key for gap in got.gaps] == ["res.premium.2026.personal.young"]
    assert "没有找到这类人另外的数额" in got.gaps[0].zh
    # Who has aid to the premium is not told the general sum.
    assert resident_premium(library, 360100, 2026, "lowIncome").total_fen is None
    assert resident_premium(library, 360100, 2026, "student").total_fen == 20_000
