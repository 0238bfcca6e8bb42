# SPDX-License-Identifier: Apache-2.0
"""gongji policy: what people and machines read, one-line errors, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from policy_packs import copied, replace

from gongji.runtime.cli import main


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(["policy", *args])
    out = capsys.readouterr()
    return code, out.out, out.err


SHOW = ("show", "--area", "360100", "--scheme", "employee", "--date", "2025-07-01")


def test_show_prints_value_dates_source_and_inheritance(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *SHOW)
    assert (code, err) == (0, "")
    for expected in (
        "ip.deductible.L3  住院起付线 三级: 800 元（每次）",
        "自 2025-07-01 · 可信度 高",
        "洪医保发〔2025〕27号（住院支付比例） · 公布 2025-06-23 · 核对 2026-11-22",
        "http://www.cnwzdh.com/",
        "继承自 江西省",
        "自 2023-10-31（不晚于）",
        "），非法律",
        "可共济的亲属: 配偶、父母、子女、兄弟姐妹、祖父母、外祖父母、孙子女、外孙子女",
        "不能决定金额的数值：",
        "chr.classII.cap",
        "未采用的说法：",
    ):
        assert expected in out


def test_show_in_english_before_the_notice(capsys: pytest.CaptureFixture[str]) -> None:
    args = ("show", "--area", "360100", "--scheme", "employee", "--date", "2025-06-30")
    code, out, _ = run(capsys, *args, "--lang", "en")
    assert code == 0
    assert "ip.ratio.L3  inpatient ratio L3: 90%" in out
    assert "confidence low · does not decide money" in out
    assert "is not confirmed (confidence: low)" in out


def test_show_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "show", "--area", "360100", "--scheme", "resident", "--date", "2026-03-01", "--json"
    )
    data = json.loads(out)
    assert code == 0
    values = {row["key"]: row for row in data["values"]}
    row = values["res.op.ratio.L1"]
    assert (row["shown"], row["unit"], row["written"], row["area"]) == (
        "60%",
        "percent",
        "60",
        360100,
    )
    assert not any(key.startswith(("ip.", "op.")) for key in values)
    assert {"res.chr.classII.cap", "res.serious.threshold"} <= {m["key"] for m in data["missing"]}
    assert len(data["digest"]) == 64


def test_show_as_known_on_an_earlier_day(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *SHOW, "--known-on", "2026-11-21", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["values"] == []
    assert data["known_on"] == "2026-11-21"
    assert "ma.model" in {m["key"] for m in data["missing"]}


@pytest.mark.parametrize(
    "args",
    [
        ("show", "--area", "640100", "--scheme", "employee", "--date", "2025-07-01"),
        ("show", "--area", "南昌", "--scheme", "employee", "--date", "2025-07-01"),
        ("show", "--area", "360100", "--scheme", "farmers", "--date", "2025-07-01"),
        ("show", "--area", "360100", "--scheme", "employee", "--date", "2025-02-30"),
        ("show", "--area", "360100", "--scheme", "employee", "--date", "20250701"),
        (*SHOW, "--known-on", "yesterday"),
        (*SHOW, "--lang", "fr"),
        (*SHOW, "--packs", "/no/such/folder"),
        ("show",),
        ("lint", "--today", "soon"),
        (),
    ],
)
def test_errors_are_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_broken_pack_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "360100" / "broken.yaml").write_text("a: [", encoding="utf-8")
    code, out, err = run(capsys, *SHOW, "--packs", str(root))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "360100/broken.yaml" in err


def test_lint_is_clean_and_names_what_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "lint", "--today", "2026-12-01")
    assert code == 0
    assert out.startswith("no findings in ")
    root = copied(tmp_path)
    line = replace(root, "360100/inpatient.yaml", "ip.ratio.L3.in: 85", "ip.ratio.L3.in: 8500")
    code, out, _ = run(capsys, "lint", "--today", "2026-12-01", "--packs", str(root))
    assert code == 1
    assert f"360100/inpatient.yaml:{line}: ip.ratio.L3.in: " in out
    assert "[ratio]" in out


def test_test_runs_the_cases(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "test")
    assert code == 0
    assert "cases as expected" in out
    root = copied(tmp_path)
    replace(root, "360100/inpatient.yaml", "ip.ratio.L3.in: 85", "ip.ratio.L3.in: 84")
    code, out, _ = run(capsys, "test", "--packs", str(root))
    assert code == 1
    assert "pooled: expected 1419500 fen, got 1402800" in out
