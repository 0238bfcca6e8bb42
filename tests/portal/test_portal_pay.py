# SPDX-License-Identifier: Apache-2.0
"""What would we pay, as a page: a bill worked out by hand, and mistakes told at their fields."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import quote

import pytest
from portal_client import Client, Page

from gongji.advice.family import Family, Relative, bill_of
from gongji.advice.paying import what_would_we_pay
from gongji.advice.variants import NextRules, OneLess, OneMore, OtherLevel, OtherOrder
from gongji.kernel.benefit import INPATIENT
from gongji.policy.library import PolicyLibrary
from gongji.portal.charts import SLIVER, WIDTH, Part, placed
from gongji.portal.door import QUERY_BYTES_MAX
from gongji.portal.form_pay import RELATIVES_MAX
from gongji.portal.look import Look
from gongji.portal.views_pay import _changes

# Jiangxi, retired, outpatient at level 3: deductible of the year 300, ratio 60 % (July 2023).
# 780 = 4 self-paid + 66 first self-pay + 710 in policy; 710 - 300 = 410; 410 x 60 % = 246 fund.
# Left 534, of which accounts may pay 530: own 35.10, spouse 100, child 128.50 (limit);
# the third is paused: 534 - 35.10 - 100 - 128.50 = 270.40 in cash.
BILL = (
    "/policy/pay?area=360100&scheme=employee&status=ret&setting=1&level=3&on=2026-11-25"
    "&bill=780&first=66&self=4&own=35.10&r1=SPOUSE&b1=100"
    "&r2=CHILD&b2=1,000.00&y2=128.50&r3=CHILD&b3=500&st3=paused"
)


def _split(page: Page) -> list[str]:
    table = page.html.partition('<table class="split"')[2].partition("</table>")[0]
    return re.findall(r'class="num" role="cell">(?:<span.*?</span>)? ?([\d,.−]+)', table)


def test_a_bill_worked_out_by_hand(client: Client) -> None:
    page = client.get(BILL)
    assert page.status == 200
    amounts = ["246.00", "0.00", "35.10", "100.00", "128.50", "0.00", "270.40", "780.00"]
    assert _split(page) == amounts
    assert "还要付现金 270.40 元" in page.main()
    assert "410.00 元 × 60%" in page.main()
    assert "家人3暂停了授权" in page.main()


def test_the_reasons_lead_to_the_values(client: Client) -> None:
    page = client.get(BILL)
    links = [one for one in page.links() if "/v/" in one]
    assert any("/v/op.deductible" in one for one in links)
    assert any("/v/op.ratio.L3" in one for one in links)
    for link in set(links):
        assert "on=2026-11-25" in link
        assert client.get(link).status == 200


def test_variants_stand_beside_the_answer(client: Client) -> None:
    beside = client.get(BILL).main().partition("换一种情况")[2]
    # At level 1 the fund pays 70 % of the 410: 287, so cash falls by 41.
    assert "改在一级机构就医" in beside
    assert "少付现金 41.00" in beside


def test_no_kind_of_variant_is_lost_in_a_large_family() -> None:
    kin = tuple(Relative(f"家人{number}", "CHILD", 360100, 100_00) for number in range(1, 6))
    day = dt.date(2026, 11, 25)
    for most in (4, 5):
        family = Family(360100, 390, INPATIENT, 3, bill_of(9_000_00), day, relatives=kin[:most])
        base = what_would_we_pay(PolicyLibrary.load(), family)
        kinds = [type(one) for one in _changes(base, Look("zh", "standard"))]
        assert kinds.count(OneLess) == most
        assert {OtherLevel, OtherOrder, NextRules} <= set(kinds)
        assert (OneMore in kinds) == (most < RELATIVES_MAX)


def test_the_same_in_english(client: Client) -> None:
    page = client.get(BILL + "&lang=en")
    assert "To pay in cash 270.40 yuan" in page.main()
    assert _split(page)[-2] == "270.40"


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        # Dialysis is class I: no deductible, at level 3 the ratio of a stay, 85 % of 780 = 663.
        ("setting=5&level=3&bill=780", ["663.00", "0.00", "0.00", "117.00", "780.00"]),
        # Guangzhou, not filed: 20 % of 780 = 156 first; (624 - 300) x 60 % = 194.40 of the fund.
        ("setting=1&level=3&bill=780&care=440100", ["194.40", "0.00", "0.00", "585.60", "780.00"]),
        # Filed as living there: nothing first; (780 - 300) x 60 % = 288.
        (
            "setting=1&level=3&bill=780&care=440100&filed=1",
            ["288.00", "0.00", "0.00", "492.00", "780.00"],
        ),
        # 100 a visit of the first, 200 a day of the second, the rest of 600 from the third.
        (
            "scheme=resident&setting=2&bill=600&r1=CHILD&b1=900&v1=100"
            "&r2=CHILD&b2=900&d2=200&r3=CHILD&b3=900",
            ["0.00", "0.00", "0.00", "100.00", "200.00", "300.00", "0.00", "600.00"],
        ),
    ],
)
def test_class_of_the_visit_place_of_care_and_limits(
    client: Client, query: str, amounts: list[str]
) -> None:
    page = client.get(f"/policy/pay?area=360100&status=ret&on=2026-11-25&{query}")
    assert _split(page) == amounts


def test_every_field_of_the_form_fits_into_one_address(client: Client) -> None:
    html = client.get("/policy/pay").html
    names = re.findall(r'<(?:input|select) id="f-([^"]+)"', html)
    assert {"care", "filed", "v5", "d5"} <= set(names)
    query = "&".join(f"{name}=" for name in names if name != "bill")
    longest = query + "9,999,999.00" * len(names)
    assert len(longest) < QUERY_BYTES_MAX
    assert client.get(f"/policy/pay?{query}&bill=780").status == 200


def test_a_form_without_a_bill_is_ready_to_be_asked(client: Client) -> None:
    page = client.get("/policy/pay")
    assert page.status == 200
    assert 'value="780"' in page.html
    assert "还要付现金" not in page.main()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bill=viel", "bill"),
        ("bill=-5", "bill"),
        ("bill=1.005", "bill"),
        ("bill=0", "bill"),
        ("bill=100&self=90&first=20", "self"),
        ("bill=100&own=5&own_c=6", "own_c"),
        ("bill=100&age=200", "age"),
        ("bill=100&r1=BOSS", "r1"),
        ("bill=100&area=1", "area"),
        ("bill=100&r1=CHILD&b1=x", "b1"),
        ("bill=780,5", "bill"),
        ("bill=7,8,0", "bill"),
        ("bill=1,20.5", "bill"),
        ("bill=1200,500", "bill"),
        ("bill=,780", "bill"),
        ("bill=1,200.", "bill"),
        ("bill=1.200,50", "bill"),
        ("bill=100&own=35,1", "own"),
        ("bill=100&r1=CHILD&b1=1,00", "b1"),
        ("bill=100&r1=CHILD&v1=-1", "v1"),
        ("bill=100&care=1", "care"),
        ("bill=100&on=tomorrow", "on"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_the_input_is_kept(
    client: Client, query: str, field: str
) -> None:
    page = client.get(f"/policy/pay?{query}")
    assert page.status == 400
    assert f'id="e-{field}"' in page.html
    assert f'href="#f-{field}"' in page.html
    assert "还要付现金" not in page.main()
    typed = dict(part.split("=") for part in query.split("&"))
    if field not in ("on", "r1", "area", "care"):
        assert f'value="{typed[field]}"' in page.html


@pytest.mark.parametrize("typed", ["７８０", "780元", "780.0", " 780 ", "￥780", "¥ 780 元"])
def test_amounts_are_taken_as_people_type_them(client: Client, typed: str) -> None:
    page = client.get(BILL.replace("bill=780", f"bill={quote(typed)}"))
    assert _split(page)[-1] == "780.00"


@pytest.mark.parametrize("typed", ["1,200.50", "1，200.50", "１,２００.５", "￥1,200.50元"])
def test_marks_between_groups_of_three_digits(client: Client, typed: str) -> None:
    page = client.get(BILL.replace("bill=780", f"bill={quote(typed)}"))
    assert _split(page)[-1] == "1,200.50"


def test_what_is_not_confirmed_is_refused_with_the_reason(client: Client) -> None:
    # On the first day of 2010 nothing is known of Nanchang.
    page = client.get(BILL.replace("on=2026-11-25", "on=2010-01-01"))
    assert page.status == 200
    assert "这张账单这里算不了" in page.main()
    assert "没有确认的不支付，也不猜" in page.main()
    told = page.html.partition('class="notice warn"')[2].partition("</div>")[0]
    assert "“门诊支付比例 三级 退休”：这一天的规定没有找到。" in told
    assert "请打 12393" in told
    # Neither codes nor the language of settlement.
    assert not re.search(r"360100）|（op\.|不能据以", told)


def test_a_place_that_is_still_collected_says_so_before_and_after(client: Client) -> None:
    page = client.get(BILL.replace("area=360100", "area=330000"))
    assert "这个地区的规定还在收集" in page.main()
    assert "浙江省（没收齐）" in page.main()


def test_parts_of_the_bar_fill_it_and_slivers_can_be_seen() -> None:
    amounts = [("fund", 99_800), ("own", 1), ("kin", 0), ("cash", 199)]
    parts = placed([Part(kind, "", "", fen) for kind, fen in amounts])
    assert [part.width for part in parts] == [WIDTH - 2 * SLIVER, SLIVER, 0, SLIVER]
    assert [part.x for part in parts] == [0, 384, 392, 392]


def test_an_empty_bar_is_empty() -> None:
    assert [part.width for part in placed([Part("cash", "", "", 0)])] == [0]
