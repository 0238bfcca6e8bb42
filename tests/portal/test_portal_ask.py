# SPDX-License-Identifier: Apache-2.0
"""May I, premiums, cover and questions as pages; figures from the documents."""

from __future__ import annotations

import pytest
from portal_client import Client

from gongji.advice.questions import QUESTIONS

MAY = "/policy/may?area=360100&scheme=resident&on=2026-11-25"


@pytest.mark.parametrize(
    ("query", "verdict", "reason"),
    [
        ("relation=CHILD&use=outpatient", "! 部分可以", "江西智慧医保"),
        # The national answers of 2024: parents of the spouse are not near relatives.
        ("relation=PARENT_IN_LAW&use=outpatient", "✗ 不可以", "配偶的父母"),
        ("relation=CHILD&use=outpatient&giver=resident", "✗ 不可以", "只有职工医保有个人账户"),
        # Vaccines in Jiangxi rest on a portal alone.
        ("relation=CHILD&use=vaccine", "! 未确认", "先按不可以办"),
    ],
)
def test_may_i(client: Client, query: str, verdict: str, reason: str) -> None:
    page = client.get(f"{MAY}&{query}")
    assert page.status == 200
    assert verdict in page.main()
    assert reason in page.main()
    for link in page.links():
        if "/v/" in link:
            assert client.get(link).status == 200


def test_may_i_says_no_before_the_day_and_when_it_changes(client: Client) -> None:
    # Siblings: not before 2024-12-09.
    page = client.get(f"{MAY}&relation=SIBLING&use=outpatient&on=2024-06-01".replace(
        "&on=2026-11-25", ""))  # fmt: skip
    assert "✗ 不可以" in page.main()
    assert "2024-12-09" in page.main()


def test_may_i_asks_first(client: Client) -> None:
    page = client.get("/policy/may")
    assert page.status == 200
    assert "verdict" not in page.html
    assert client.get(f"{MAY}&use=everything").status == 400


def test_every_question_stands_on_the_page_with_its_number(client: Client) -> None:
    page = client.get("/policy/questions?area=360100")
    for one in QUESTIONS:
        assert f'id="q-{one.number}"' in page.html
        assert one.zh in page.main()
    assert page.main().count("没有可靠的答案") == sum(not one.answered for one in QUESTIONS)
    assert client.get("/policy/questions?area=1").status == 400


def test_what_is_open_is_told_without_codes(client: Client) -> None:
    page = client.get("/policy/questions?area=360100&on=2026-11-25")
    assert "“须约定起止日期”：这一天的规定没有找到。" in page.main()
    assert "（ma.validityRequired）" not in page.main()
    assert "不能据以结算" not in page.main()
    english = client.get("/policy/questions?area=360100&on=2026-11-25&lang=en").main()
    assert "no rule was found for that day" in english
    assert "ma.validityRequired" not in english


def test_the_premium_of_a_year(client: Client) -> None:
    # Jiangxi's notice for 2026: 400 yuan each, window 2025-10-15 to 2026-02-28.
    page = client.get("/policy/premium?area=360100&kind=resident&year=2026")
    assert "个人要交 400.00 元" in page.main()
    assert "2025-10-15 – 2026-02-28" in page.main()


def test_a_premium_nobody_has_published_has_no_total(client: Client) -> None:
    page = client.get("/policy/premium?area=360100&kind=resident&year=2031")
    assert page.status == 200
    assert "没有确认的数字，不给合计" in page.main()
    assert "个人要交" not in page.main()


def test_who_pays_in_time_is_covered_for_the_year(client: Client) -> None:
    page = client.get("/policy/covered?area=360100&scheme=resident&year=2026&paid=2025-11-01")
    assert "从这一天起能报 2026-01-01" in page.main()
    assert "到 2026-12-31" in page.main()


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/policy/premium?area=360100&year=1066", "year"),
        ("/policy/premium?area=360100&kind=flexible&months=13", "months"),
        ("/policy/covered?area=360100&paid=soon", "paid"),
        ("/policy/covered?area=360100&missed=1&repaid_years=2", "repaid_years"),
        ("/policy/covered?area=360100&missed=-1", "missed"),
    ],
)
def test_a_mistake_is_told_at_its_field(client: Client, address: str, field: str) -> None:
    page = client.get(address)
    assert page.status == 400
    assert f'id="e-{field}"' in page.html
