# SPDX-License-Identifier: Apache-2.0
"""Slips of the pen that a jurist would see: lost digits, fen for yuan, days that cannot be,
figures of past years altered without a word, a silence of a day, the retired put below the active.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import block, copied, replace, written

from gongji.policy.lint import lint
from gongji.policy.reading import Fault

TODAY = dt.date(2026, 12, 1)
INPATIENT, OUTPATIENT = "360100/inpatient.yaml", "360000/outpatient.yaml"
RESIDENTS, ACCOUNT = "360000/residents.yaml", "360000/account.yaml"
SHARING = "360000/mutual_aid.yaml"
L3 = "ip.ratio.L3.in: 85"


def codes(root: Path, code: str) -> list[Fault]:
    """Findings of one code."""
    return [fault for fault in lint(root, today=TODAY) if fault.code == code]


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        (INPATIENT, L3, "ip.ratio.L3.in: 8", "range"),
        (RESIDENTS, "res.ip.ratio.L3: 60", "res.ip.ratio.L3: 6", "range"),
        (OUTPATIENT, "op.deductible: 300", "op.deductible: {value: 300, unit: fen}", "range"),
        (OUTPATIENT, "op.deductible: 300", "op.deductible: 30000", "range"),
        (ACCOUNT, "pa.creditRet: 77", "pa.creditRet: 7700", "range"),
        (ACCOUNT, "pa.creditIn: 2", "pa.creditIn: 20", "range"),
        ("360000/inpatient.yaml", "ip.cap: 100000", "ip.cap: 10000", "range"),
        (INPATIENT, L3, "ip.ratio.L3.in: {value: 85, checked: 2036-11-01}", "date"),
        (INPATIENT, L3, "ip.ratio.L3.in: {value: 85, known_from: 2036-11-01}", "date"),
        (INPATIENT, L3, "ip.ratio.L3.in: {value: 85, published: 2030-01-01}", "date"),
        (INPATIENT, L3, "ip.ratio.L3.in: {value: 85, until: 9999-12-31}", "dates"),
        (INPATIENT, L3, "ip.ratio.L3.in: 86", "order"),  # the retired have 85
        (OUTPATIENT, "op.annualCap.ret: 3000", "op.annualCap.ret: 1900", "order"),
        (SHARING, "[SPOUSE, PARENT, CHILD]", "[SPOUSE, SPOUSE, CHILD]", "choice"),
        (
            "360000/premium.yaml",
            "res.premium.2026.windowTo: {value: 2026-02-28",
            "res.premium.2026.windowTo: {value: 2025-02-28",
            "dates",
        ),
    ],
)
def test_a_slip_is_named_where_it_stands(
    tmp_path: Path, file: str, old: str, new: str, code: str
) -> None:
    root = copied(tmp_path)
    line = replace(root, file, old, new)
    found = codes(root, code)
    assert found, lint(root, today=TODAY)
    assert {fault.file for fault in found} == {file}
    # Of a pair the finding stands at one of the two.
    assert min(abs(fault.line - line) for fault in found) <= 4


@pytest.mark.parametrize("value", ["0", "none"])
def test_words_of_the_law_are_no_slip(tmp_path: Path, value: str) -> None:
    root = written(tmp_path, {100000: [block("ip.cap", value)]})
    assert lint(root, today=TODAY) == []


def test_other_figures_for_past_days_need_a_word_why(tmp_path: Path) -> None:
    """A change of 2025 entered with the day of 2023 would alter both years."""
    old = block("ip.cap", "100000", since="2023-01-01")
    new = {"since": "2023-01-01", "known": "2025-05-01"}
    silent = block("ip.cap", "120000", more="until: 2026-12-31", **new)
    told = block("ip.cap", "120000", more="note: 原件写 120000", **new)
    later = block(
        "ip.cap", "120000", since="2025-05-01", known="2025-05-01", more="until: 2030-12-31"
    )
    (fault,) = lint(written(tmp_path / "a", {100000: [old, silent]}), today=TODAY)
    assert (fault.code, fault.key) == ("between", "ip.cap")
    assert "2023-01-01" in fault.text
    assert lint(written(tmp_path / "b", {100000: [old, told]}), today=TODAY) == []
    assert lint(written(tmp_path / "c", {100000: [old, later]}), today=TODAY) == []


def test_a_silence_of_a_day_is_named_although_the_parent_speaks(tmp_path: Path) -> None:
    above = block("ip.cap", "300000")
    first = block("ip.cap", "100000", more="until: 2025-06-29")
    second = block("ip.cap", "200000", since="2025-07-01")
    faults = codes(written(tmp_path / "a", {100000: [above], 990000: [first, second]}), "gap")
    assert [fault.key for fault in faults] == ["ip.cap"]
    assert "2025-06-30 to 2025-06-30" in faults[0].text
    # A longer one may be meant: the city had no rule of its own for a while.
    second = block("ip.cap", "200000", since="2025-09-01")
    assert codes(written(tmp_path / "b", {100000: [above], 990000: [first, second]}), "gap") == []


def test_a_withdrawal_without_a_day_withdraws_nothing(tmp_path: Path) -> None:
    value = block("ip.cap", "100000")
    doubt = {"confidence": "unconfirmed", "known": "2025-05-01"}
    undated = block("ip.cap", "null", since="unknown", **doubt)
    dated = block("ip.cap", "null", since="2020-01-01", **doubt)
    (fault,) = lint(written(tmp_path / "a", {100000: [value, undated]}), today=TODAY)
    assert fault.code == "between"
    assert lint(written(tmp_path / "b", {100000: [value, dated]}), today=TODAY) == []


def test_a_fuller_key_without_a_day_hides_the_shorter_one(tmp_path: Path) -> None:
    value = block("op.deductible", "300")
    fuller = block("op.deductible.in", "350", since="unknown", confidence="low")
    (fault,) = lint(written(tmp_path, {100000: [value, fuller]}), today=TODAY)
    assert (fault.code, fault.key) == ("between", "op.deductible.in")


def test_a_portal_at_medium_is_found_whatever_agrees_with_it(tmp_path: Path) -> None:
    def packs(folder: str, more: str) -> list[Fault]:
        root = written(
            tmp_path / folder, {100000: [block("ip.cap", "100000", confidence="medium", more=more)]}
        )
        text = (root / "sources.yaml").read_text(encoding="utf-8")
        (root / "sources.yaml").write_text(text.replace("grade: A", "grade: C"), encoding="utf-8")
        return lint(root, today=TODAY)

    assert [fault.code for fault in packs("a", "until: 2030-12-31")] == ["grade"]
    assert [fault.code for fault in packs("b", "note: 两处网页一致")] == ["grade"]


def test_one_rejected_relation_among_others_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "370200" / "relations.yaml").write_text(
        "area: 370200\ntopic: relations\nblocks:\n"
        + block("ma.relations", "[SPOUSE, PARENT_IN_LAW]", unit="relations", since="2025-01-01")
        .replace("source: DOC", "source: P27")
        .replace("note: 无", "note: 试"),
        encoding="utf-8",
    )
    (fault,) = codes(root, "rejected")
    assert fault.key == "ma.relations"
    assert fault.text.startswith("PARENT_IN_LAW was rejected")
