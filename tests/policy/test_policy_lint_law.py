# SPDX-License-Identifier: Apache-2.0
"""Lint of the law itself: floors of a province, premiums that must add up, sources that win."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import block, written

from gongji.policy.lint import lint
from gongji.policy.reading import Fault

TODAY = dt.date(2026, 12, 1)
PROVINCE, CITY = 990000, 990100
NATION = block("ma.use.outpatient", "true", unit="yes_no")
FLOORS = [
    block("floor.op.ratio.in", "50", unit="percent"),
    block("floor.op.ratio.ret", "60", unit="percent"),
    block("floor.op.levelGap", "10", unit="percent"),
    block("floor.op.capWageShare.in", "3", unit="percent"),
    block("area.averageWage", "90000", unit="yuan_per_year"),
]


def findings(folder: Path, packs: dict[int, list[str]]) -> list[Fault]:
    """What lint says, without the values that such a small pack lacks."""
    root = written(folder, {100000: [NATION], **packs})
    return [fault for fault in lint(root, today=TODAY) if fault.code != "lacking"]


def ratios(in_service: tuple[int, int, int], retired: tuple[int, int, int]) -> list[str]:
    pairs = [("in", in_service), ("ret", retired)]
    return [
        block(f"op.ratio.L{level}.{status}", str(ratio), unit="percent")
        for status, three in pairs
        for level, ratio in enumerate(three, 1)
    ]


def test_a_city_at_the_floor_is_clean(tmp_path: Path) -> None:
    # 3 % of an average wage of 90,000 yuan is 2,700 yuan.
    city = [*ratios((70, 60, 50), (80, 70, 60)), block("op.annualCap.in", "2700")]
    assert findings(tmp_path, {PROVINCE: FLOORS, CITY: city}) == []


@pytest.mark.parametrize(
    ("in_service", "retired", "cap", "key"),
    [
        ((70, 60, 49), (80, 70, 60), "2700", "op.ratio.L3.in"),
        ((70, 60, 50), (80, 70, 59), "2700", "op.ratio.L3.ret"),
        ((70, 61, 50), (80, 70, 60), "2700", "op.ratio.L2.in"),
        ((70, 60, 50), (80, 70, 60), "2699", "op.annualCap.in"),
    ],
)
def test_a_child_weaker_than_its_parents_floor_is_named(
    tmp_path: Path,
    in_service: tuple[int, int, int],
    retired: tuple[int, int, int],
    cap: str,
    key: str,
) -> None:
    city = [*ratios(in_service, retired), block("op.annualCap.in", cap)]
    (fault,) = findings(tmp_path, {PROVINCE: FLOORS, CITY: city})
    assert (fault.code, fault.key, fault.file) == ("floor", key, "990100/values.yaml")
    assert "area 990000" in fault.text


def test_a_floor_without_a_date_holds_always(tmp_path: Path) -> None:
    floor = block("floor.op.ratio.in", "50", unit="percent", since="unknown", confidence="low")
    city = [block("op.ratio.L3", "45", unit="percent", since="2024-01-01")]
    (fault,) = findings(tmp_path, {PROVINCE: [floor], CITY: city})
    assert (fault.code, fault.key) == ("floor", "op.ratio.L3")


def test_a_floor_does_not_reach_back(tmp_path: Path) -> None:
    floor = block("floor.op.ratio.in", "50", unit="percent", since="2024-01-01")
    city = [
        block("op.ratio.L3.in", "45", unit="percent", more="until: 2023-12-31"),
        block("op.ratio.L3.in", "50", unit="percent", since="2024-01-01"),
    ]
    assert findings(tmp_path / "a", {PROVINCE: [floor], CITY: city}) == []
    runs_on = [city[0].replace("2023-12-31", "2024-01-01"), city[1].replace("01-01", "01-02", 1)]
    (fault,) = findings(tmp_path / "b", {PROVINCE: [floor], CITY: runs_on})
    assert fault.code == "floor"


def flexible(
    base: str, total: str, confidence: str = "medium", more: str = "note: 无"
) -> list[str]:
    """Tangshan's parts of 2023: 9 %, 11 yuan and 30 yuan a month, with a base and a total."""
    year = "flex.2023"
    return [
        block(f"{year}.base", base, unit="yuan_per_month", since="2023-07-01"),
        block(f"{year}.rate", "9", unit="percent", since="2023-07-01"),
        block(f"{year}.monthly.large", "11", unit="yuan_per_month", since="2023-07-01"),
        block(f"{year}.monthly.longTermCare", "30", unit="yuan_per_month", since="2023-07-01"),
        block(
            f"{year}.publishedYear",
            total,
            unit="yuan_per_year",
            since="2023-07-01",
            confidence=confidence,
            more=more,
        ),
    ]


def test_a_published_year_must_add_up(tmp_path: Path) -> None:
    # 6,091 x 9 % = 548.19; (548.19 + 11 + 30) x 12 = 7,070.28. With 6,490: 7,501.20.
    right = flexible("6091", '"7070.28"')
    assert findings(tmp_path / "a", {PROVINCE: [NATION], CITY: right}) == []
    (fault,) = findings(tmp_path / "b", {PROVINCE: [NATION], CITY: flexible("6490", '"7070.28"')})
    assert (fault.code, fault.key) == ("premium", "flex.2023.publishedYear")
    assert "7,501.20" in fault.text
    doubted = flexible("6490", '"7070.28"', "low", "note: 与各项之和不合")
    assert findings(tmp_path / "c", {PROVINCE: [NATION], CITY: doubted}) == []
    silent = flexible("6490", '"7070.28"', "low", "")
    (fault,) = findings(tmp_path / "d", {PROVINCE: [NATION], CITY: silent})
    assert fault.code == "premium"


def test_a_published_month_must_add_up(tmp_path: Path) -> None:
    # Yichang 2024: 304 + 13 + 0.80 = 317.80, printed as 425.80.
    month = {"basic": "304", "large": "13", "longTermCare": '"0.80"'}
    parts = [
        block(f"flex.2024.monthly.{name}", value, unit="yuan_per_month")
        for name, value in month.items()
    ]
    total = block("flex.2024.publishedMonth", '"425.80"', unit="yuan_per_month")
    (fault,) = findings(tmp_path / "a", {PROVINCE: [NATION], CITY: [*parts, total]})
    assert fault.code == "premium"
    assert "317.80" in fault.text
    right = total.replace("425.80", "317.80")
    assert findings(tmp_path / "b", {PROVINCE: [NATION], CITY: [*parts, right]}) == []
    (fault,) = findings(tmp_path / "c", {PROVINCE: [NATION], CITY: [right]})
    assert "to check it by" in fault.text


SOURCES = """\
  PRESS: {title: 报纸, address: "https://example.invalid/p", date: 2021-01-01, grade: B}
  PORTAL: {title: 网页, address: "https://example.invalid/c", date: 2021-01-01, grade: C}
"""


@pytest.mark.parametrize(
    ("first", "second", "value", "found"),
    [
        ("DOC", "PORTAL", "200000", ["contradicts", "grade"]),
        ("DOC", "PRESS", "200000", ["contradicts"]),
        ("PORTAL", "PRESS", "200000", []),  # corrected by something better
        ("DOC", "PRESS", "100000", []),  # the same value
        ("PRESS", "PRESS", "200000", []),  # the same document, read again
    ],
)
def test_a_worse_source_does_not_correct_a_better_one(
    tmp_path: Path, first: str, second: str, value: str, found: list[str]
) -> None:
    records = [
        block("ip.cap", "100000", confidence="medium").replace("source: DOC", f"source: {first}"),
        block("ip.cap", value, known="2021-05-01", confidence="medium").replace(
            "source: DOC", f"source: {second}"
        ),
    ]
    root = written(tmp_path, {100000: records})
    with (root / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(SOURCES)
    assert [fault.code for fault in lint(root, today=TODAY)] == found


def test_a_later_rule_told_by_the_press_is_no_contradiction(tmp_path: Path) -> None:
    records = [
        block("ip.cap", "100000", more="until: 2021-12-31"),
        block("ip.cap", "200000", since="2022-01-01", known="2022-01-05").replace("DOC", "PRESS"),
    ]
    root = written(tmp_path, {100000: [record.replace("high", "medium") for record in records]})
    with (root / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(SOURCES)
    assert lint(root, today=TODAY) == []
