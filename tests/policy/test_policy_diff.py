# SPDX-License-Identifier: Apache-2.0
"""``gongji policy diff``: one sentence for each difference, between days, areas and versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from policy_packs import block, copied, replace, written

from gongji.runtime import cli


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = cli.main(["policy", "diff", *args])
    out = capsys.readouterr()
    return code, out.out, out.err


def keys(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    code, out, _ = run(capsys, *args, "--json")
    assert code == 0
    return [item["key"] for item in json.loads(out)]


def test_two_days_around_the_notice_of_nanchang(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--area", "360100", "2025-06-30", "2025-07-01")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    # Three deductibles, and three ratios for those in service and the retired.
    assert lines[-1] == "2025-06-30 与 2025-07-01：9 处不同"
    assert len(lines) == 10
    line = next(each for each in lines if "ip.ratio.L3.in" in each)
    assert line.startswith(
        "住院支付比例 三级 在职（ip.ratio.L3.in）：2025-06-30 为 90%（自 2023-01-01 起，据 "
    )
    assert "不决定金额" in line.split("；")[0]
    assert "2025-07-01 为 85%（自 2025-07-01 起，据 洪医保发〔2025〕27号" in line


def test_days_without_a_change_do_not_differ(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--area", "360100", "2025-07-01", "2025-07-02", "--lang", "en")
    assert (code, out) == (0, "no difference\n")


def test_two_areas(capsys: pytest.CaptureFixture[str]) -> None:
    args = ("360100", "360400", "--date", "2026-03-01", "--scheme", "employee")
    found = keys(capsys, *args)
    # Same ratios since 2025-07-01; the deductibles of Jiujiang fall with each admission.
    assert [f"ip.deductible.L{level}" for level in (1, 2, 3)] == [
        k for k in found if k[:3] == "ip."
    ]
    _, out, _ = run(capsys, *args, "--lang", "en")
    assert "in Nanchang 800 yuan (each admission)" in out
    assert "in Jiujiang 800 / 700 / 600 / 500 / 0 yuan (by admission)" in out


def test_two_beliefs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = block("ip.cap", "100000", since="2025-01-01", known="2025-01-10")
    second = block("ip.cap", "120000", since="2025-01-01", known="2025-03-01")
    packs = ("--packs", str(written(tmp_path, {100000: [first, second]})))
    about = ("--area", "100000", "--date", "2025-02-01", "--known-on")
    code, out, _ = run(capsys, *about, "2025-02-15", "2025-03-01", *packs)
    assert code == 0
    assert "截至 2025-02-15 所知 为 100,000 元" in out
    assert "截至 2025-03-01 所知 为 120,000 元" in out
    code, out, _ = run(capsys, *about, "2025-01-05", "2025-02-15", *packs)
    assert "截至 2025-01-05 所知 没有规定值" in out
    assert keys(capsys, *about, "2025-03-01", "2025-04-01", *packs) == []


def test_two_folders(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old, new = copied(tmp_path / "old"), copied(tmp_path / "new")
    replace(new, "360000/outpatient.yaml", "op.deductible: 300", "op.deductible: 200", 2)
    about = (str(old), str(new), "--area", "360100", "--date", "2026-03-01")
    assert keys(capsys, *about) == ["op.deductible"]
    _, out, _ = run(capsys, *about)
    assert "为 300 元" in out
    assert "为 200 元" in out


def test_a_value_that_begins_to_decide_is_a_difference(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    doubted = block("ip.cap", "1000", confidence="low", more="until: 2020-12-31")
    sure = block("ip.cap", "1000", since="2021-01-01")
    root = written(tmp_path, {100000: [doubted, sure]})
    about = ("--area", "100000", "--packs", str(root))
    assert keys(capsys, *about, "2020-12-31", "2021-01-01") == ["ip.cap"]


@pytest.mark.parametrize(
    "args",
    [
        ("2025-06-30", "2025-07-01"),
        ("2025-06-30", "2025-07-32", "--area", "360100"),
        ("2025-06-30", "360100", "--area", "360100"),
        ("2025-06-30", "2025-07-01", "--area", "990000"),
        ("2025-06-30", "2025-07-01", "--area", "360100", "--date", "2025-07-01"),
        ("2025-06-30", "2025-07-01", "--area", "360100", "--known-on"),
        ("360100", "360400"),
        ("360100", "360400", "--date", "2026-03-01", "--known-on"),
        ("360100", "360400", "--date", "2026-03-01", "--area", "360100"),
        ("360100", "990000", "--date", "2026-03-01"),
        ("360100", "九江", "--date", "2026-03-01"),
        ("360100", "360400", "--date", "2026-03-01", "--scheme", "farmers"),
        ("no-such-folder", "other", "--area", "360100", "--date", "2026-03-01"),
        ("360100",),
    ],
)
def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str], args: tuple[str, ...]) -> None:
    code, out, err = run(capsys, *args)
    assert (code, out, err.count("\n")) == (2, "", 1)
