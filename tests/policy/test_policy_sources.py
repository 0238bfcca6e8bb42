# SPDX-License-Identifier: Apache-2.0
"""What values rest on: grades, the place a text speaks for, addresses; and facts once corrected."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import pytest
from policy_packs import copied, replace

from gongji.policy.claims import read_claims
from gongji.policy.errors import PolicyGap
from gongji.policy.library import DECIDES_MONEY, PACKS, PolicyLibrary, governing
from gongji.policy.lint import lint
from gongji.policy.reading import Fault, Shelf, read_shelf
from gongji.policy.records import Value

D = dt.date
TODAY = D(2026, 12, 1)
NUMBER = re.compile(r"[\u4e00-\u9fff]{2,6}〔20[0-9]{2}〕[0-9]+号")


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    return read_shelf(PACKS)


@lru_cache(maxsize=1)
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def deciding() -> list[Value]:
    """Records that hold on some day as believed today, at a confidence that decides money."""
    found = []
    for pack in shelf().packs.values():
        for records in pack.values.values():
            days = {r.from_date for r in records if r.from_date}
            held = {id(r): r for day in days if (r := governing(records, day, None))}
            undated = [r for r in records if r.from_date is None]
            found += [r for r in (*held.values(), *undated) if r.confidence in DECIDES_MONEY]
    return found


def held(area: int, key: str, on: dt.date, known: dt.date | None = None) -> Value:
    record = governing(library().records(area, key), on, known)
    assert record is not None, (area, key, on)
    return record


def planted(root: Path, code: str) -> list[Fault]:
    return [fault for fault in lint(root, today=TODAY) if fault.code == code]


def test_what_decides_money_cites_a_source_of_the_grade_its_confidence_needs() -> None:
    wanted = {"high": {"A"}, "medium": {"A", "B"}, "decided": {"P"}}
    assert [
        (r.area, r.key, r.confidence, r.source)
        for r in deciding()
        if shelf().sources[r.source].grade not in wanted[r.confidence]
    ] == []


def test_a_text_that_speaks_for_one_area_carries_no_value_of_another() -> None:
    at_odds = []
    for record in deciding():
        of = shelf().sources[record.source].of
        if of is not None and of not in library().path(record.area):
            at_odds.append((record.area, record.key, record.source, of))
    assert at_odds == []


def test_one_document_number_stands_for_one_document() -> None:
    """Several reports of one document may share its number; an article names no other number."""
    titles = defaultdict(set)
    for source in shelf().sources.values():
        if source.number:
            titles[source.number].add(source.id)
    assert titles["洪医保发〔2025〕27号"] == {"P36"}
    wrong = []
    for record in deciding():
        number = shelf().sources[record.source].number
        named = NUMBER.findall(record.article)
        if number and named and not any(number in each or each in number for each in named):
            wrong.append((record.area, record.key, record.article, number))
    assert wrong == []


@pytest.mark.parametrize("level", ["L1", "L2", "L3"])
def test_the_deductible_of_nanchang_does_not_cite_the_notice_on_ratios(level: str) -> None:
    on = D(2026, 3, 1)
    deductible = held(360100, f"ip.deductible.{level}", on)
    assert deductible.source == "JX-BIRTH"
    assert deductible.confidence == "medium"
    assert "27号没有起付线" in deductible.note
    assert held(360100, f"ip.ratio.{level}.in", on).source == "P36"
    before = held(360100, f"ip.deductible.{level}", on, D(2026, 11, 25))
    assert before.source == "P36"
    assert before.value == deductible.value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("res.ip.deductible.L1", (10_000,)),
        ("res.ip.deductible.L2", (40_000,)),
        ("res.ip.deductible.L3", (60_000,)),
        ("res.ip.ratio.L1", 9_000),
        ("res.ip.ratio.L2", 8_000),
        ("res.ip.ratio.L3", 6_000),
    ],
)
def test_residents_stays_in_jiangxi_stand_on_the_bureaus_reading(key: str, value: object) -> None:
    now = held(360000, key, D(2023, 12, 31))
    assert (now.value, now.source, now.confidence) == (value, "JX-BIRTH", "medium")
    assert held(360000, key, D(2023, 12, 30)).confidence == "low"


def test_a_private_site_is_no_press_and_pays_nothing() -> None:
    assert shelf().sources["P38"].grade == "C"
    assert [(r.area, r.key) for r in deciding() if r.source == "P38"] == []


def test_guizhou_does_not_pay_by_the_texts_of_two_of_its_cities() -> None:
    assert shelf().sources["P116"].of == 520200  # Liupanshui
    assert shelf().sources["P115"].of == 520100  # Guiyang
    asked = ((520400, "op.ratio.L1.in"), (520400, "op.deductible"), (520300, "res.op.ratio.L1"))
    for area, key in asked:
        with pytest.raises(PolicyGap) as gap:
            library().require(area, (key,), D(2026, 3, 1))
        assert "low" in str(gap.value)


def test_near_relatives_in_fujian_begin_on_the_day_the_bureau_names() -> None:
    assert len(held(350000, "ma.relations", D(2024, 12, 5)).names()) == 3
    first = held(350000, "ma.relations", D(2024, 12, 6))
    assert len(first.names()) == 8
    assert first.source == "FJ-NEAR"
    assert len(held(350000, "ma.relations", D(2024, 12, 5), D(2026, 11, 25)).names()) == 8


def test_the_claim_on_herbal_slices_and_the_pack_of_sanming_agree() -> None:
    claim = next(c for c in read_claims()[0] if c.id == "C149")
    assert (claim.kind, claim.area, claim.keys) == ("value", 350400, ("op.tcmPiecesRatio",))
    assert held(350400, "op.tcmPiecesRatio", D(2026, 3, 1)).confidence == "low"


def test_press_at_high_confidence_and_a_portal_at_medium_are_found(tmp_path: Path) -> None:
    root = copied(tmp_path)
    old = "  P36: {title: 洪医保发〔2025〕27号（南昌市政府网站文本，转载）"
    text = (root / "sources.yaml").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith(old))
    for grade, keys in (("B", 3), ("C", 6)):
        changed = text.replace(row, row.replace("grade: A", f"grade: {grade}"))
        (root / "sources.yaml").write_text(changed, encoding="utf-8")
        assert len(planted(root, "grade")) == keys


def test_a_city_text_under_its_province_is_found(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, "360000/outpatient.yaml", "source: P34", "source: P37", count=9)
    assert {fault.key for fault in planted(root, "place")} >= {"op.deductible"}
    assert all("speaks for 360400, not for 360000" in f.text for f in planted(root, "place"))


def test_a_source_without_address_is_found(tmp_path: Path) -> None:
    root = copied(tmp_path)
    address = '"http://zhejianglong.com/c/3242346.html"'
    replace(root, "sources.yaml", address, "网页存档，无固定地址")
    assert len(planted(root, "address")) == 12


def test_a_note_against_the_register_of_claims_is_found(tmp_path: Path) -> None:
    root = copied(tmp_path)
    place = "value: {area: 350400, key: op.tcmPiecesRatio}"
    replace(root, "claims-b.yaml", place, 'rejected: "未核对"')
    (fault,) = planted(root, "claim")
    assert "the pack holds op.tcmPiecesRatio" not in fault.key
    assert "op.tcmPiecesRatio" in fault.text
