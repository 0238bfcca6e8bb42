# SPDX-License-Identifier: Apache-2.0
"""Lint: clean on the shipped packs, and every kind of fault is seen where it was planted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import block, copied, replace, written

from gongji.policy.lint import lint
from gongji.policy.reading import Fault

TODAY = dt.date(2026, 12, 1)
INPATIENT = "360100/inpatient.yaml"
OUTPATIENT = "360000/outpatient.yaml"


def only(faults: list[Fault], code: str) -> Fault:
    """The one finding of a code; fails when there are others of any code."""
    assert [f.code for f in faults] == [code], faults
    return faults[0]


def test_the_shipped_packs_are_clean() -> None:
    assert lint(today=TODAY) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "key"),
    [
        (INPATIENT, "ip.ratio.L3.in: 85", "ip.ratio.L3.in: 850", "ratio", "ip.ratio.L3.in"),
        (INPATIENT, "ip.ratio.L3.in: 85", 'ip.ratio.L3.in: "0.85"', "ratio", "ip.ratio.L3.in"),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            "ip.ratio.L3.in: {value: 85, unit: bp}",
            "ratio",
            "ip.ratio.L3.in",
        ),
        (
            "420600/residents.yaml",
            "res.ip.ratio.L3: 60",
            "res.ip.ratio.L3: 85",
            "order",
            "res.ip.ratio.L3",
        ),
        (INPATIENT, "ip.ratio.L3.in: 85", "ip.ratios.L3.in: 85", "unknown-key", "ip.ratios.L3.in"),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            "ip.ratio.L3.in: {value: 85, unit: percents}",
            "unit",
            "ip.ratio.L3.in",
        ),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            "ip.ratio.L3.in: {value: 85, unit: yuan}",
            "unit",
            "ip.ratio.L3.in",
        ),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            "ip.ratio.L3.in: {value: 85, source: P999}",
            "source",
            "ip.ratio.L3.in",
        ),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            "ip.ratio.L3.in: {value: 85, source: P214}",
            "grade",
            "ip.ratio.L3.in",
        ),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            "ip.ratio.L3.in: {value: 85, checked: 2025-10-26}",
            "stale",
            "ip.ratio.L3.in",
        ),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            "ip.ratio.L3.in: {value: 85, until: 2025-06-30}",
            "dates",
            "ip.ratio.L3.in",
        ),
        (
            INPATIENT,
            "ip.ratio.L3.in: 85",
            'ip.ratio.L3.in: "eighty"',
            "value",
            "ip.ratio.L3.in",
        ),
        (OUTPATIENT, "op.deductible: 300", "op.deductible: 1300", "template", "op.deductible"),
        (
            OUTPATIENT,
            "op.annualCap.ret: 3000",
            "op.annualCap.ret: 20000",
            "template",
            "op.annualCap.ret",
        ),
        (
            "360000/mutual_aid.yaml",
            "      ma.retainedBalance: 0",
            "      ma.retainedBalance: 2000",
            "rejected",
            "ma.retainedBalance",
        ),
        (
            "360000/mutual_aid.yaml",
            "ma.use.checkup: {value: false,",
            "ma.use.checkup: {value: true,",
            "rejected",
            "ma.use.checkup",
        ),
        (
            "360000/mutual_aid.yaml",
            "ma.relations: [SPOUSE, PARENT, CHILD]",
            "ma.relations: [SPOUSE, PARENT, COUSIN]",
            "choice",
            "ma.relations",
        ),
        (
            "360000/mutual_aid.yaml",
            "ma.giverOrder: SINGLE",
            "ma.giverOrder: RANDOM",
            "choice",
            "ma.giverOrder",
        ),
        (
            "360000/premium.yaml",
            "res.premium.2026.aid: 320",
            "res.premium.2026.aid: 300",
            "sum",
            "res.premium.2026.personalAided",
        ),
    ],
)
def test_a_planted_fault_is_named(
    tmp_path: Path, file: str, old: str, new: str, code: str, key: str
) -> None:
    root = copied(tmp_path)
    line = replace(root, file, old, new)
    fault = only([f for f in lint(root, today=TODAY) if f.code != "lacking"], code)
    assert (fault.file, fault.key) == (file, key)
    if code != "sum":
        assert fault.line == line
    assert fault.text


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("    source: P36\n", "source"),
        ("    from: 2025-07-01\n", "date"),
        ("    published: 2025-06-23\n", "date"),
        ("    article: 洪医保发〔2025〕27号（住院支付比例）\n", "field"),
    ],
)
def test_a_missing_field_is_named_for_each_value(tmp_path: Path, field: str, code: str) -> None:
    root = copied(tmp_path)
    path = root / INPATIENT
    text = path.read_text(encoding="utf-8")
    block_start = text.index("    from: 2025-07-01")
    at = text.index(field, block_start)
    path.write_text(text[:at] + text[at + len(field) :], encoding="utf-8")
    faults = lint(root, today=TODAY)
    named = {f.key for f in faults if f.code == code}
    assert {"ip.ratio.L1.in", "ip.ratio.L3.ret"} <= named
    assert all(f.line > 1 for f in faults if f.code == code)


def test_a_missing_day_of_checking_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, INPATIENT, "checked: 2026-11-22, ", "")
    found = {(f.code, f.key) for f in lint(root, today=TODAY) if f.file == INPATIENT}
    assert {("date", "ip.ratio.L1.in"), ("date", "ip.deductible.L1")} <= found


def test_a_missing_unit_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, INPATIENT, "  - unit: percent\n    from: 2025", "  - from: 2025")
    found = {(f.code, f.key) for f in lint(root, today=TODAY) if f.file == INPATIENT}
    assert {("unit", f"ip.ratio.L{n}.{s}") for n in (1, 2, 3) for s in ("in", "ret")} == found


def test_four_hundred_days_are_still_fresh(tmp_path: Path) -> None:
    root = copied(tmp_path)
    new = "ip.ratio.L3.in: {value: 85, checked: 2025-10-27}"
    replace(root, INPATIENT, "ip.ratio.L3.in: 85", new)
    assert lint(root, today=TODAY) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("area: 360100\ntopic: [", "not YAML"),
        ("", "empty"),
        ("area: 360100\narea: 360100\n", "stands twice"),
        ("area: 360100\ntopic: x\nblocks:\n  - values: {ip.cap: 1.5}\n", "fraction"),
        ("area: 360100\ntopic: x\nblocks:\n  - values: {ip.cap: yes}\n", "true or false"),
        ("area: 360100\ntopic: x\nblocks:\n  - values: {ip.cap: 0755}\n", "plain digits"),
        ("area: 360100\ntopic: x\nblocks:\n  - {from: 2025-02-30, values: {}}\n", "calendar"),
        ("- 1\n", "must be a map"),
        ("area: 360200\ntopic: x\nblocks: []\n", "code of the folder"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, text: str, reason: str) -> None:
    root = copied(tmp_path)
    (root / "360100" / "broken.yaml").write_text(text, encoding="utf-8")
    faults = [f for f in lint(root, today=TODAY) if f.file == "360100/broken.yaml"]
    assert faults
    assert any(reason in f.text for f in faults)
    assert all(f.line >= 1 for f in faults)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "360100" / "broken.yaml").write_bytes(b"\xff\xfe\x00")
    assert ("360100/broken.yaml", "yaml") in {(f.file, f.code) for f in lint(root, today=TODAY)}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (INPATIENT, "topic: inpatient", "topics: inpatient"),
        (INPATIENT, "    confidence: high\n", "    confidence: certain\n"),
        (INPATIENT, "    from: 2025-07-01\n", "    from: 2025-07-01\n    form: 2025-07-01\n"),
        ("360100/index.yaml", "status: ACTIVE", "status: LIVE"),
        ("sources.yaml", "grade: A}", "grade: Z}"),
        ("360000/notes.yaml", "kind: rejected", "kind: refused"),
        ("360100/cases/inpatient.yaml", "setting: inpatient", "setting: hospital"),
    ],
)
def test_the_schema_is_applied(tmp_path: Path, file: str, old: str, new: str) -> None:
    root = copied(tmp_path)
    line = replace(root, file, old, new)
    shapes = [f for f in lint(root, today=TODAY) if f.code == "schema" and f.file == file]
    assert shapes
    assert any(abs(f.line - line) <= 8 or f.line == 1 for f in shapes)


def test_an_overlap_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    old = "  - unit: yuan_by_admission\n    from: 2023-01-01\n    until: 2025-06-30\n"
    replace(root, INPATIENT, old, old.replace("2025-06-30", "2025-07-01"))
    faults = lint(root, today=TODAY)
    assert {f.code for f in faults} == {"overlap"}
    assert {f.key for f in faults} == {f"ip.deductible.L{level}" for level in (1, 2, 3)}
    root2 = written(
        tmp_path / "b",
        {100000: [block("ip.cap", "100000"), block("ip.cap", "200000", since="2021-01-01")]},
    )
    fault = only(lint(root2, today=TODAY), "overlap")
    assert "until" in fault.text


def test_a_hole_is_named_unless_the_parent_fills_it(tmp_path: Path) -> None:
    first = block("ip.cap", "100000", more="until: 2020-06-30")
    second = block("ip.cap", "200000", since="2020-09-01")
    fault = only(lint(written(tmp_path / "a", {100000: [first, second]}), today=TODAY), "gap")
    assert "2020-07-01 to 2020-08-31" in fault.text
    filled = written(tmp_path / "b", {100000: [block("ip.cap", "300000")], 990000: [first, second]})
    assert {f.code for f in lint(filled, today=TODAY)} == {"lacking"}


def test_a_correction_that_swallows_later_years_is_named(tmp_path: Path) -> None:
    records = [
        block("ip.cap", "100000", since="2018-01-01", more="until: 2019-12-31"),
        block("ip.cap", "200000", since="2020-01-01"),
        block("ip.cap", "300000", since="2018-01-01", known="2021-05-01"),
    ]
    fault = only(lint(written(tmp_path, {100000: records}), today=TODAY), "between")
    assert "2020-01-01" in fault.text


def test_a_future_value_after_a_hole_is_named(tmp_path: Path) -> None:
    records = [
        block("ip.cap", "100000", more="until: 2026-12-31"),
        block("ip.cap", "200000", since="2028-01-01", known="2026-11-01"),
    ]
    fault = only(lint(written(tmp_path, {100000: records}), today=TODAY), "gap")
    assert "2027-01-01 to 2027-12-31" in fault.text


def test_a_child_running_on_after_its_parents_end_is_named(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        {
            100000: [block("ip.cap", "100000", more="until: 2025-12-31")],
            990000: [block("ip.cap", "200000", since="2021-01-01")],
        },
    )
    faults = [f for f in lint(root, today=TODAY) if f.code != "lacking"]
    fault = only(faults, "parent-until")
    assert fault.file == "990000/values.yaml"
    assert "2025-12-31" in fault.text


def test_a_leaf_lacking_a_needed_value_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, "360000/residents.yaml", "res.ip.cap: 100000", "res.ip.cap.x: 1")
    lacking = [f for f in lint(root, today=TODAY) if f.code == "lacking"]
    assert {(f.file, f.key) for f in lacking} == {
        ("360100/index.yaml", "res.ip.cap"),
        ("360400/index.yaml", "res.ip.cap"),
    }


def test_the_whole_template_is_recognised(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "360100" / "copied.yaml").write_text(
        "area: 360100\ntopic: copied\n"
        "defaults: {from: 2026-03-01, published: '2026', source: P214, article: 网页,"
        " confidence: low, checked: 2026-11-22, known_from: 2026-11-22, unit: percent}\n"
        "blocks:\n  - values:\n      op.ratio.L1.in: 80\n      op.ratio.L2.in: 70\n"
        "      op.ratio.L3.in: 50\n      op.deductible: {value: 1800, unit: yuan}\n",
        encoding="utf-8",
    )
    faults = [f for f in lint(root, today=TODAY) if f.code == "template"]
    assert {f.key for f in faults} == {"op.deductible", "op.ratio.L1.in"}


def test_a_broken_hierarchy_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, "360100/index.yaml", "parent: 360000", "parent: 640000")
    fault = next(f for f in lint(root, today=TODAY) if f.code == "parent")
    assert fault.file == "360100/index.yaml"
    assert fault.line > 1


def test_a_folder_that_is_no_area_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "nanchang").mkdir()
    assert ("nanchang", "area") in {(f.file, f.code) for f in lint(root, today=TODAY)}


def test_a_document_is_registered_once(tmp_path: Path) -> None:
    root = copied(tmp_path)
    own = "sources:\n\n  {id}: {{title: 文件, address: a, date: 2025-01-01, grade: A}}\n"
    path = root / "360100" / "sources.yaml"
    path.write_text(own.format(id="NC-1"), encoding="utf-8")
    assert lint(root, today=TODAY) == []
    path.write_text(own.format(id="P36"), encoding="utf-8")
    twice = [f for f in lint(root, today=TODAY) if f.code == "yaml"]
    assert [(f.file, f.line) for f in twice] == [("360100/sources.yaml", 3)]
