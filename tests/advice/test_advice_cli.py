# SPDX-License-Identifier: Apache-2.0
"""gongji policy pay, may, premium, covered: words, machines, one-line errors."""

from __future__ import annotations

import json

import pytest

from gongji.runtime.cli import main


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(["policy", *args])
    out = capsys.readouterr()
    return code, out.out, out.err


PAY = (
    *("pay", "--area", "360100", "--scheme", "employee", "--setting", "outpatient"),
    *("--level", "3", "--date", "2026-03-02", "--total", "680", "--own", "120"),
)
MAY = ("may", "--area", "360100", "--relation", "PARENT", "--date", "2026-03-02")
COVERED = ("covered", "--area", "360100", "--year", "2026", "--paid")


def test_pay_tells_the_split(capsys: pytest.CaptureFixture[str]) -> None:
    """680 - 300 = 380 x 55 % = 209; 120 own, 100 of the wife (a visit), 251 of the son's 800."""
    wife, son = "妻子,spouse,500,visit=100,carried=3", "儿子,CHILD,800,area=360400"
    code, out, err = run(capsys, *PAY, "--relative", wife, "--relative", son, "--variants")
    assert (code, err) == (0, "")
    for expected in (
        "统筹基金付 209.00 元。算法是 380.00 元 × 55%。",
        "妻子付 100.00 元。已到妻子设的单次限额 100.00 元。",
        "儿子付 251.00 元。",
        "不用付现金，现金是 0.00 元。",
        "依据：门诊起付线：300 元",
        "如果换一种做法：",
        "改在一级机构就医: 基金 +38.00 元; 家人 -38.00 元",
        "次序改为儿子、妻子: 没有差别",
    ):
        assert expected in out


@pytest.mark.parametrize(
    ("area", "more", "told"),
    [
        # Yichang has no word on the subsidy, Nanchang's is not confirmed; nobody else has one.
        ("420500", ("--civil-servant",), "公务员补助付 0.00 元。规定还没有确认，先按 0 算。"),
        ("360100", ("--civil-servant",), "公务员补助付 0.00 元。规定还没有确认，先按 0 算。"),
        ("360100", ("--aid-class", "2"), "医疗救助付 0.00 元。规定还没有确认，先按 0 算。"),
        ("420500", (), "公务员补助付 0.00 元。这次没有这一步。"),
    ],
)
def test_a_supplement_without_a_confirmed_rule_is_told(
    capsys: pytest.CaptureFixture[str], area: str, more: tuple[str, ...], told: str
) -> None:
    scheme = ("--scheme", "resident") if "--aid-class" in more else ("--scheme", "employee")
    setting = ("--setting", "inpatient") if "--aid-class" in more else ("--setting", "outpatient")
    asked = ("pay", "--area", area, *scheme, *setting, "--level", "2", "--date", "2026-03-02")
    code, out, err = run(capsys, *asked, "--total", "3000", *more)
    assert (code, err) == (0, "")
    assert told in out


def test_pay_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, *PAY, "--relative", "妻子,SPOUSE,500", "--variants", "--json", "--lang", "en"
    )
    data = json.loads(out)
    assert code == 0
    assert data["benefit"]["pooled_fen"] == 20_900
    assert [one["current_fen"] for one in data["gave"]] == [35_100]
    assert data["told"][0]["text"] == "The bill of 2026-03-02 is 680.00 yuan."
    assert data["steps"]["deductible"][1]["article"] == "门诊共济待遇调整"
    assert {one["kind"] for one in data["variants"]} == {"level", "less", "more"}


def test_pay_says_what_is_not_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    args = (*PAY[:5], "--setting", "inpatient", "--level", "3", "--total", "9000")
    code, out, _ = run(capsys, *args, "--date", "2025-06-30")
    assert code == 0
    assert "现在算不出结果。还缺一条确认的规定：住院起付线 三级。" in out
    # Where the deployment accepts figures of portals, each answer says so:
    # 9,000 - 700 = 8,300 x 90 % = 7,470.
    code, out, _ = run(capsys, *args, "--date", "2025-06-30", "--accept", "low")
    assert "统筹基金付 7,470.00 元。" in out
    assert "注意：这里用了还没有官方确认的规定，只能参考。" in out


def test_may(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *MAY, "--use", "inpatient")
    assert (code, err) == (0, "")
    assert out.startswith("可以。")
    assert "自 2024-12-09 起（不晚于）" in out
    assert "依据：用于住院：是" in out
    _, out, _ = run(capsys, *MAY, "--use", "vaccine", "--lang", "en")
    assert out.startswith("Not confirmed.")
    assert "Open: area 360000, ma.use.vaccine" in out
    _, out, _ = run(capsys, *MAY, "--use", "checkup", "--json")
    assert json.loads(out)["verdict"] == "NO"
    _, out, _ = run(capsys, "may", "--questions")
    assert out.startswith(" 1. 怎么绑定家人")
    assert out.count("\n") == 28
    _, out, _ = run(capsys, "may", "--area", "360100", "--question", "3", "--date", "2026-03-02")
    assert "依据：代缴居民医保费：是" in out


def test_premium(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "premium", "--area", "360100", "--year", "2026")
    assert (code, err) == (0, "")
    assert "合计: 400.00 元" in out
    assert "财政另补: 700.00 元" in out
    aided = ("premium", "--area", "360100", "--year", "2026", "--group", "aided", "--json")
    assert json.loads(run(capsys, *aided)[1])["total_fen"] == 8_000
    flexible = ("premium", "--area", "360100", "--year", "2026", "--flexible", "--lang", "en")
    assert "No confirmed rule: no total is given." in run(capsys, *flexible)[1]


def test_covered(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *COVERED, "2026-01-20")
    assert (code, err) == (0, "")
    assert "待遇：自 2026-01-21 至 2026-12-31" in out
    _, out, _ = run(capsys, *COVERED, "2026-03-01", "--missed", "2", "--lang", "en")
    assert "Paid late: 4 months of waiting." in out
    assert "covered from 2026-07-02 to 2026-12-31" in out
    _, out, _ = run(capsys, *COVERED, "2025-12-31", "--json")
    assert json.loads(out)["start"] == "2026-01-01"


@pytest.mark.parametrize(
    "args",
    [
        (*PAY, "--level", "9"),
        (*PAY, "--age", "-1"),
        (*PAY, "--total", "0"),
        (*PAY, "--self-paid", "681"),
        (*PAY, "--total", "1.234"),
        (*PAY, "--own", "-5"),
        (*PAY, "--setting", "spa"),
        (*PAY, "--class", "x"),
        (*PAY, "--scheme", "farmer"),
        (*PAY, "--relative", "妻子"),
        (*PAY, "--relative", "妻子,FRIEND,5"),
        (*PAY, "--relative", "妻子,SPOUSE,5,colour=red"),
        (*PAY, "--relative", "妻子,SPOUSE,5,way=RANDOM"),
        (*PAY, "--relative", "妻子,SPOUSE,five"),
        (*PAY, "--accept", "unconfirmed"),
        (*PAY, "--packs", "/no/such/folder"),
        ("pay", "--area", "360100"),
        ("may", "--area", "360100"),
        (*MAY, "--use", "gold"),
        (*MAY, "--use", "inpatient", "--scheme", "x"),
        ("may", "--area", "360100", "--question", "99"),
        ("may", "--area", "990100", "--question", "1"),
        ("premium", "--area", "360100", "--year", "1999"),
        ("premium", "--area", "990100", "--year", "2026"),
        ("premium", "--area", "360100", "--year", "2026", "--group", "kings"),
        ("premium", "--area", "360100", "--year", "2026", "--claimed", "5"),
        ("premium", "--area", "360100", "--year", "2026", "--flexible", "--months", "0"),
        (*COVERED, "soon"),
        (*COVERED, "2026-01-01", "--scheme", "x"),
        (*COVERED, "2026-01-01", "--missed", "-1"),
        (*COVERED, "2026-01-01", "--missed", "1", "--repaid-years", "2"),
        (*PAY, "--admission", "0"),
    ],
)
def test_errors_are_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "unexpected" not in err


def test_residents_are_meant_where_their_premium_is_asked_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    use = ("--use", "premiumResident")
    assert run(capsys, *MAY, *use)[1].startswith("可以。")
    assert run(capsys, *MAY, *use, "--scheme", "employee")[1].startswith("不可以，也不用。")


def test_search_finds_values_by_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Nanchang's notice of 2025: a stay at level 3 has a deductible of 800 yuan."""
    code, out, err = run(capsys, "search", "南昌", "起付线", "--date", "2026-03-02")
    assert (code, err) == (0, "")
    assert "360100 南昌市 住院起付线 三级 (ip.deductible.L3): 800 元（每次）\n" in out
    assert "居民大病起付线 (res.serious.threshold): 未确认，不支付\n" in out
    english = run(capsys, "search", "Nanchang", "deductible", "--lang", "en", "--json")[1]
    found = json.loads(english)["values"]
    assert any("Nanchang inpatient deductible L3 (ip.deductible.L3): 800 yuan" in x for x in found)
    assert run(capsys, "search", "zzz")[1] == "没有找到\n"
    assert run(capsys, "search", " ")[0] == 2
    assert run(capsys, "search", "x", "--date", "soon")[0] == 2


@pytest.mark.parametrize("typed", ["780,5", "7,8,0", "1,20.5", "x", "-5", "1e2", "NaN", "7.005"])
def test_an_amount_that_can_be_read_two_ways_is_refused(
    capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    code, out, err = run(capsys, *PAY, f"--total={typed}")
    assert (code, out) == (2, "")
    assert "--total: " in err
    assert "780.50" in err


@pytest.mark.parametrize("typed", ["1,200.50", "￥1200.50", "1200.50元"])
def test_amounts_as_people_type_them(capsys: pytest.CaptureFixture[str], typed: str) -> None:
    code, out, _ = run(capsys, *PAY, "--total", typed)
    assert code == 0
    assert "1,200.50 元" in out


def test_no_other_place_is_advised_for_goods_that_no_account_pays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(
        capsys,
        *("pay", "--area", "360100", "--scheme", "resident", "--setting", "pharmacy"),
        *("--date", "2026-12-01", "--total", "100", "--self-paid", "100"),
        *("--relative", "女儿,CHILD,500"),
    )
    assert code == 0
    assert "女儿付 0.00 元。这些费用不能用任何人的个人账户付。请付现金。" in out
    assert "前面" not in out


def test_another_place_is_advised_where_it_would_change_something(
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = ("--relative", "妻子,SPOUSE,500", "--relative", "儿子,CHILD,500")
    code, out, _ = run(capsys, *PAY, *both)
    assert code == 0
    assert "把儿子的次序调到前面，就会先用。" in out
    _, out, _ = run(capsys, *PAY, *both[:2], "--relative", "儿子,CHILD,0")
    assert "前面" not in out
