# SPDX-License-Identifier: Apache-2.0
"""People's words find the questions and the values that they mean, on the page and by program."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from portal_client import Client

from gongji.advice.question_words import SEARCHED, words_of
from gongji.advice.questions import QUESTIONS, question
from gongji.policy.library import PolicyLibrary
from gongji.portal.plain_words import MEANT, vocabulary
from gongji.portal.search import HITS_MAX, Index
from gongji.runtime import cli

# What a family types -> the question that answers it.
ASKED = {
    "解绑": 11,
    "取消绑定": 11,
    "怎么解绑？": 11,
    "离婚": 22,
    "离婚以后怎么办": 22,
    "没经过我同意": 11,
    "医保断了": 18,
    "牙套": 14,
    "先扣谁": 7,
    "先用谁的钱": 2,
    "余额为0": 12,
    "余额为０": 12,
    "孙子": 4,
    "岳母": 4,
    "能绑几个": 4,
    "老家": 6,
    "断缴": 18,
    "换工作": 18,
    "买药": 13,
    "去世": 17,
    "退钱": 20,
    "绑不上": 10,
    "没扣": 12,
    "隐私": 28,
    "交医保": 3,
    "社保卡": 5,
    "宝宝": 15,
    "互绑": 16,
    "转账失败": 19,
    "divorce": 22,
    "Unbind": 11,
    "grandson": 4,
}
# What a family types -> a value that says it.
MEANT_BY = {
    "在职转退休": "pa.creditRet",
    "余额为0": "ma.ownMustBeZero",
    "孙子": "ma.relations",
    "门槛费": "ip.deductible.L3",
    "封顶": "ip.cap",
    "取现": "ma.forbidden",
    "生孩子": "ip.childbirth.ratio.L1",
    "等待期": "wait.residentMonths",
    "手工报销": "claim.deadline",
    "种牙": "ma.forbidden",
}


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(PolicyLibrary.load())


@pytest.mark.parametrize(("typed", "number"), ASKED.items(), ids=list(ASKED))
def test_a_question_is_found_by_the_words_of_people(index: Index, typed: str, number: int) -> None:
    found = index.find(typed)
    assert number in found.questions
    assert found.total >= len(found.questions)
    assert not found.near


@pytest.mark.parametrize(("typed", "key"), MEANT_BY.items(), ids=list(MEANT_BY))
def test_a_value_is_found_by_the_words_of_people(index: Index, typed: str, key: str) -> None:
    assert key in {hit.key for hit in index.find(typed).values}


def test_every_word_of_the_lists_finds_its_question(index: Index) -> None:
    assert set(SEARCHED) == {one.number for one in QUESTIONS}
    for one in QUESTIONS:
        for word in words_of(one.number):
            assert one.number in index.find(word).questions, (one.number, word)


def test_every_word_finds_something(index: Index) -> None:
    assert len(vocabulary()) > 600
    assert [word for word in sorted(vocabulary()) if not index.find(word).total] == []


def test_every_list_of_words_means_a_value(index: Index) -> None:
    library = PolicyLibrary.load()
    keys = {key for area in library.areas() for key in library.keys(area)}
    idle = [pattern for _, pattern in MEANT if not any(re.match(pattern, key) for key in keys)]
    assert idle == []


def test_words_stand_with_the_name_of_a_place(index: Index) -> None:
    for typed in ("南昌 门槛费", "南昌门槛费", "南昌的门槛费是多少"):
        found = index.find(typed)
        assert {hit.area for hit in found.values} == {360100}
        assert "ip.deductible.L3" in {hit.key for hit in found.values}


def test_what_is_called_so_comes_before_what_is_meant(index: Index) -> None:
    keys = [hit.key for hit in index.find("起付线").values]
    assert len(keys) == HITS_MAX
    assert all("educt" in key or "threshold" in key for key in keys)
    assert index.find("孙子").values[0].key == "ma.relations"


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("老婆的医保卡能给我妈妈用吗", {4, 5}),
        ("婆婆住院能用我的医保卡吗", {4, 5, 14}),
        ("为什么没扣我儿子的钱", {4, 12}),
    ],
)
def test_a_whole_sentence_finds_what_is_near(index: Index, typed: str, numbers: set[int]) -> None:
    found = index.find(typed)
    assert found.near
    assert numbers <= set(found.questions)
    assert found.total == len(found.questions) <= 5


def test_the_rarer_word_counts_more(index: Index) -> None:
    assert index.find("我和老公离婚了，他还能用我的医保吗").questions[0] == 22


@pytest.mark.parametrize("typed", ["火星", "zzz", "", "  ", "？？", "x" * 10_000])
def test_what_nobody_wrote_about_is_not_found(index: Index, typed: str) -> None:
    assert index.find(typed).total == 0


@pytest.mark.parametrize("typed", ["解绑", "离婚", "先扣谁", "divorce"])
def test_page_and_program_say_the_same(
    client: Client, index: Index, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = index.find(typed)
    page = client.get(f"/policy/search?q={quote(typed)}")
    assert cli.main(["policy", "search", "--json", typed]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["total"] == found.total > 0
    assert printed["near"] is False
    assert f"找到 {found.total}" in page.main()
    assert len(printed["questions"]) == len(found.questions)
    for number, line in zip(found.questions, printed["questions"], strict=True):
        one = question(number)
        assert line == f"{one.zh} {one.answer_zh}"
        assert one.zh in page.main()
        assert one.answer_zh in page.main()
        assert f'href="/policy/questions?open={number}#q-{number}"' in page.html


def test_a_near_answer_says_so(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    typed = "为什么没扣我儿子的钱"
    page = client.get(f"/policy/search?q={quote(typed)}")
    assert "没有完全相符的" in page.main()
    assert cli.main(["policy", "search", typed]) == 0
    assert capsys.readouterr().out.startswith("没有完全相符的")
    assert cli.main(["policy", "search", "火星"]) == 0
    assert capsys.readouterr().out == "没有找到\n"


def test_the_question_found_is_open_where_its_link_leads(client: Client) -> None:
    page = client.get("/policy/questions?open=11")
    assert page.status == 200
    assert re.findall(r'<li id="q-(\d+)"><details open>', page.html) == ["11"]
    assert client.get("/policy/questions?open=99").status == 400
