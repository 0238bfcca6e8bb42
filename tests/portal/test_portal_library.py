# SPDX-License-Identifier: Apache-2.0
"""Pages of the library against figures of the documents, by hand."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from portal_client import Client

from gongji.policy.library import PolicyLibrary

NANCHANG, JIUJIANG, JIANGXI = 360100, 360400, 360000


def test_home_names_every_area_and_opens_each(client: Client) -> None:
    home = client.get("/policy")
    library = PolicyLibrary.load()
    assert home.status == 200
    for area in library.areas():
        assert f"/policy/{area}" in home.links()
        page = client.get(f"/policy/{area}")
        assert page.status == 200
        assert library.pack(area).name_zh in page.text


def test_home_comes_in_english_by_address_and_by_cookie(client: Client) -> None:
    for page in (client.get("/policy?lang=en"), client.get("/policy", cookie="gj_lang=en")):
        assert '<html lang="en"' in page.html
        assert "What would we pay?" in page.text
    assert '<html lang="zh-Hans"' in client.get("/policy?lang=xx").html


def test_every_link_inside_the_library_leads_somewhere(client: Client) -> None:
    seen: set[str] = set()
    wanted = ["/policy", f"/policy/{NANCHANG}", f"/policy/{NANCHANG}/sharing"]
    wanted.append(f"/policy/{NANCHANG}/v/ma.relations?on=2024-12-08")
    wanted.append("/policy/search?q=" + quote("起付线"))
    for start in wanted:
        for link in client.get(start).links():
            if link in seen or link.startswith("/policy/look"):
                continue
            seen.add(link)
            assert client.get(link).status == 200, f"{start} -> {link}"
    assert len(seen) > 60


@pytest.mark.parametrize(
    ("on", "shown"),
    # Three relations by the province's answers of 2023; eight since 2024-12-09 at the latest.
    [("2024-12-08", "配偶、父母、子女 "), ("2024-12-09", "配偶、父母、子女、兄弟姐妹、祖父母")],
)
def test_a_value_is_that_of_the_day(client: Client, on: str, shown: str) -> None:
    page = client.get(f"/policy/{NANCHANG}/v/ma.relations?on={on}")
    result = page.main().partition("可以用来结算")[0] + " "
    assert shown in result
    assert "沿用 江西省" in page.main()


def test_a_value_shows_its_document_number_and_how_sure_it_is(client: Client) -> None:
    page = client.get(f"/policy/{NANCHANG}/v/ip.ratio.L3.in?on=2025-07-01")
    assert "85%" in page.main()
    for word in ("洪医保发〔2025〕27号", "官方文本", "2025-07-01 起", "本地规定", "公布"):
        assert word in page.main()
    assert 'href="http://www.cnwzdh.com/' in page.html


def test_what_was_believed_earlier_can_be_asked(client: Client) -> None:
    page = client.get(f"/policy/{NANCHANG}/v/ip.ratio.L3.in?on=2025-07-01&known=2026-11-21")
    assert "这一天没有规定" in page.main()
    assert "那一天还不知道" in page.main()


def test_the_permanent_link_holds_both_days(client: Client) -> None:
    page = client.get(f"/policy/{NANCHANG}/v/ip.cap")
    link = f"/policy/{NANCHANG}/v/ip.cap?on=2026-11-25&known=2026-11-25"
    assert link in page.links()
    assert "100,000 元" in client.get(link).main()


def test_an_unconfirmed_value_says_that_it_is_not_paid_and_why(client: Client) -> None:
    page = client.get(f"/policy/{JIANGXI}/v/ma.use.vaccine")
    assert "未确认，不支付" in page.main()
    assert "仅网页称可用" in page.main()
    assert "可以用来结算" not in page.main()


def test_a_product_decision_is_marked(client: Client) -> None:
    page = client.get(f"/policy/{JIANGXI}/v/ma.giverOrder?on=2026-02-01")
    assert "产品决定，不是法律" in page.main()


def test_a_rejected_claim_stands_beside_the_value(client: Client) -> None:
    page = client.get(f"/policy/{JIANGXI}/v/ma.retainedBalance?on=2026-01-01")
    assert "0 元" in page.main()
    assert "2000 元出自福建" in page.main()
    assert "没有采用" in page.main()


def test_a_region_lists_its_gaps_with_reasons(client: Client) -> None:
    page = client.get(f"/policy/{NANCHANG}?on=2026-11-25")
    assert "二类慢特病年度限额" in page.main()
    assert "未确认，不支付" in page.main()


def test_a_district_reads_the_pack_of_its_city(client: Client) -> None:
    assert "南昌市" in client.get("/policy/360102").main()


@pytest.mark.parametrize(
    "address",
    [
        "/policy/nothing/here",
        "/policy/990000",
        f"/policy/{NANCHANG}/nothing",
        f"/policy/{NANCHANG}/v/no.such.key",
        "/policy/source/nothing",
        "/static/app.000000000000.css",
    ],
)
def test_what_does_not_exist_is_said_in_the_same_dress(client: Client, address: str) -> None:
    page = client.get(address)
    assert page.status == 404
    assert "没有这一页" in page.text
    assert "/static/app." in page.html


def test_a_day_that_is_none_is_told_at_its_field(client: Client) -> None:
    page = client.get(f"/policy/{NANCHANG}?on=2026-02-30")
    assert page.status == 400
    assert 'id="e-on"' in page.html
    assert 'aria-invalid="true"' in page.html
    assert "2026-02-30" in page.main()


def test_levels_stand_together_and_what_the_city_replaces_is_not_shown(client: Client) -> None:
    page = client.get(f"/policy/{NANCHANG}/inpatient?on=2026-11-25")
    # 洪医保发〔2025〕27号: 95/90/85 for both statuses; the province's ratios do not hold here.
    ratios = page.main().partition("住院支付比例")[2].partition("统筹")[0]
    for figure in ("一级", "95%", "二级", "90%", "三级", "85%"):
        assert figure in ratios
    assert "未确认" not in ratios


def test_two_cities_side_by_side(client: Client) -> None:
    query = f"a={NANCHANG}&b={JIUJIANG}&topic=inpatient&on=2026-11-25"
    page = client.get(f"/policy/compare?{query}")
    # Stays at level 3: Nanchang 800 each time, Jiujiang 800 falling by admission.
    first = page.main().partition("住院起付线 三级")[2]
    assert first.startswith(" ≠ 不一样")
    assert "800 元（每次）" in first
    assert "800 / 700 / 600" in first
    only = client.get(f"/policy/compare?{query}&only=1")
    assert "= 一样" not in only.main()
    assert "住院起付线 三级" in only.main()


def test_a_comparison_needs_two(client: Client) -> None:
    assert "先选两个以上的地区" in client.get(f"/policy/compare?a={NANCHANG}").main()
    assert client.get("/policy/compare?a=123").status == 400


@pytest.mark.parametrize("question", ["南昌 起付线", "南昌　起付线", "nanchang DEDUCTIBLE"])
def test_search_finds_values_of_a_place(client: Client, question: str) -> None:
    page = client.get(f"/policy/search?q={quote(question)}")
    assert f"/policy/{NANCHANG}/v/ip.deductible.L3" in page.links()
    assert f"/policy/{JIUJIANG}/v/ip.deductible.L3" not in page.links()


def test_search_finds_documents_and_claims(client: Client) -> None:
    assert "/policy/source/P36" in client.get("/policy/search?q=" + quote("洪医保发")).links()
    assert "没有采用" in client.get("/policy/search?q=" + quote("健康体检")).main()


def test_search_that_finds_nothing_says_what_to_do(client: Client) -> None:
    page = client.get("/policy/search?q=" + quote("火星"))
    assert "没有找到" in page.main()
    assert "换个短一点的词" in page.main()


def test_what_is_typed_is_text(client: Client) -> None:
    page = client.get("/policy/search?q=" + quote('"><script>alert(1)</script>'))
    assert page.status == 200
    assert "<script" not in page.html


def test_a_document_lists_the_values_that_rest_on_it(client: Client) -> None:
    page = client.get("/policy/source/P36")
    assert "洪医保发〔2025〕27号" in page.main()
    assert f"/policy/{NANCHANG}/v/ip.ratio.L3.in" in page.links()


def test_what_is_asked_most_stands_under_the_question(client: Client) -> None:
    main = client.get("/policy/360100?on=2026-11-25").main()
    asked = main.partition("最常问的")[2].partition("按内容查")[0]
    assert "哪些家人之间可以 配偶、父母、子女" in asked
    assert "住院能用吗 可以" in asked
    assert "授权人" not in asked
