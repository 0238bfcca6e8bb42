# SPDX-License-Identifier: Apache-2.0
"""May I: relations, places, schemes, uses and days; and a walk through what people ask."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from test_advice_golden import faults

from gongji.advice.may_i import NO, UNCONFIRMED, USES, YES, Question, for_people, may_i
from gongji.advice.questions import QUESTIONS, PeopleQuestion, question, reply
from gongji.kernel.errors import Refusal
from gongji.policy.keys import spec_of
from gongji.policy.library import PolicyLibrary

NANCHANG, JIUJIANG, GUANGZHOU_UNKNOWN = 360100, 360400, 990100
DAY = dt.date(2026, 3, 2)
ASK = Question(NANCHANG, 310, "PARENT", "outpatient", DAY)


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


CASES = [
    # Jiangxi 2023: outpatient and pharmacy for spouse, parents, children.
    (ASK, YES, dt.date(2024, 12, 9)),
    (replace(ASK, date=dt.date(2024, 12, 8)), YES, dt.date(2023, 1, 1)),
    (replace(ASK, relation="SIBLING"), YES, dt.date(2024, 12, 9)),
    (replace(ASK, relation="SIBLING", date=dt.date(2024, 12, 8)), NO, dt.date(2023, 1, 1)),
    (replace(ASK, relation="PARENT_IN_LAW"), NO, dt.date(2024, 12, 9)),
    (replace(ASK, scheme=390, relation="CHILD", use="inpatient"), YES, dt.date(2024, 12, 9)),
    (replace(ASK, giver_area=JIUJIANG), YES, dt.date(2024, 12, 9)),
    (replace(ASK, use="checkup"), NO, dt.date(2023, 1, 1)),
    (replace(ASK, use="deposit"), NO, dt.date(2021, 4, 22)),
    (replace(ASK, scheme=390, use="premiumResident"), YES, dt.date(2025, 10, 21)),
    # Who is insured as an employee has no residents' premium to pay.
    (replace(ASK, use="premiumResident"), NO, None),
    # The notice across provinces says nothing of Jiangxi; Beijing's own text does.
    (replace(ASK, use="premiumLongTermCare"), UNCONFIRMED, None),
    (replace(ASK, use="premiumLongTermCare", date=dt.date(2026, 1, 8)), UNCONFIRMED, None),
    # A portal alone says that vaccines may be paid; nobody speaks of insurance products.
    (replace(ASK, use="vaccine"), UNCONFIRMED, None),
    (replace(ASK, use="commercial"), UNCONFIRMED, None),
    (replace(ASK, giver_scheme=390), NO, None),
    (replace(ASK, area=GUANGZHOU_UNKNOWN), UNCONFIRMED, None),
    (replace(ASK, giver_area=990100), UNCONFIRMED, None),
]


@pytest.mark.parametrize(("asked", "verdict", "since"), CASES)
def test_verdicts(
    library: PolicyLibrary, asked: Question, verdict: str, since: dt.date | None
) -> None:
    got = may_i(library, asked)
    assert (got.verdict, got.since) == (verdict, since), got
    assert got.zh.startswith({YES: "可以", NO: "不可以", UNCONFIRMED: "没有确认"}[verdict])
    if verdict == UNCONFIRMED:
        assert got.gaps
        assert got.do_zh
    assert got.do_zh
    assert got.do_en


def test_a_verdict_shows_its_documents_and_the_way(library: PolicyLibrary) -> None:
    got = may_i(library, ASK)
    assert {item.key for item in got.values} >= {"ma.relations", "ma.use.outpatient"}
    assert all(item.source_title and item.article for item in got.values)
    assert "赣服通" in got.do_zh
    assert got.at_latest
    premium = may_i(library, replace(ASK, scheme=390, use="premiumResident"))
    assert "缴费时选家庭共济" in premium.do_zh


TANGSHAN, SHANGHAI, FUJIAN = 130200, 310000, 350000


def test_a_no_says_what_to_do(library: PolicyLibrary) -> None:
    """Hebei's text names clinics and pharmacies only, so a stay is not paid."""
    got = may_i(library, replace(ASK, area=TANGSHAN, use="inpatient"))
    assert got.verdict == NO
    assert "请自己付" in got.do_zh


def test_how_a_date_was_found_is_not_told_to_a_family(library: PolicyLibrary) -> None:
    assert for_people("月份见报道，日取月末；为“共济支付”方式") == "为“共济支付”方式"
    assert for_people("在规定的体检机构；日期取 2022 年末") == "在规定的体检机构"
    assert for_people("官方文本写“定点医疗机构”，未限门诊") == ""
    assert "日取月末" not in may_i(library, replace(ASK, area=SHANGHAI, use="inpatient")).zh
    checkup = may_i(library, replace(ASK, area=FUJIAN, use="checkup")).zh
    assert checkup.endswith("说明：在规定的体检机构。")


def test_the_day_on_which_the_verdict_changes(library: PolicyLibrary) -> None:
    early = replace(ASK, relation="SIBLING", date=dt.date(2024, 6, 1))
    assert may_i(library, early).changes_on == dt.date(2024, 12, 9)
    assert may_i(library, ASK).changes_on is None


def test_belief_of_an_earlier_day(library: PolicyLibrary) -> None:
    assert may_i(library, ASK, dt.date(2026, 11, 21)).verdict == UNCONFIRMED


@pytest.mark.parametrize(
    "wrong", [{"relation": "FRIEND"}, {"use": "gold"}, {"scheme": 1}, {"giver_scheme": 340}]
)
def test_questions_that_do_not_exist(library: PolicyLibrary, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        may_i(library, replace(ASK, **wrong))  # type: ignore[arg-type]


def test_every_use_has_its_key() -> None:
    assert all(spec_of(key) is not None for key, _, _ in USES.values())


# ---- what people ask ---------------------------------------------------------------------------


def test_all_questions_are_there() -> None:
    assert [one.number for one in QUESTIONS] == list(range(1, 29))
    assert [one.number for one in QUESTIONS if not one.answered] == [22, *range(23, 29)]


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda q: str(q.number))
def test_a_walk_through_the_questions(library: PolicyLibrary, one: PeopleQuestion) -> None:
    """Each is answered from values of the place or from a rule that holds everywhere, or says that
    it has no answer; what the answer needs and nobody confirms comes back as a gap."""
    asked = question(one.number)
    assert asked.zh.endswith("？")
    assert asked.en.endswith("?")
    if not asked.answered:
        assert "没有找到" in asked.answer_zh
        assert "No " in asked.answer_en
        assert not asked.keys
        return
    assert asked.keys or asked.rule
    assert all(spec_of(key) is not None for key in asked.keys)
    got = reply(library, NANCHANG, asked.number, DAY)
    known = {item.key for item in got.values} | {gap.key for gap in got.gaps}
    assert known == set(asked.keys)
    assert all(item.source_title for item in got.values)
    assert all(gap.zh and gap.en for gap in got.gaps)


def test_answers_are_plain() -> None:
    """Short sentences and pieces, digits with their spaces, none of the words of the trade."""
    for one in QUESTIONS:
        found = [f for f in faults(one.answer_zh) if not f.startswith("not explained")]
        assert found == [], one.number


def test_values_of_the_place_stand_behind_an_answer(library: PolicyLibrary) -> None:
    got = reply(library, NANCHANG, 7, DAY)
    values = {item.key: item.value for item in got.values}
    assert values["ma.giverOrder"] == "CONFIGURED"
    assert values["ma.maxGiversPerRecipient"] == 0
    before = reply(library, NANCHANG, 7, dt.date(2025, 12, 1))
    assert {i.key: i.value for i in before.values}["ma.maxGiversPerRecipient"] == 1


def test_a_question_or_place_that_does_not_exist(library: PolicyLibrary) -> None:
    with pytest.raises(ValueError, match="99"):
        question(99)
    with pytest.raises(Refusal, match="1100"):
        reply(library, 990100, 1, DAY)
