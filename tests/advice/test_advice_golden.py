# SPDX-License-Identifier: Apache-2.0
"""Explanations of families as golden files, their money by hand, and a check of plain Chinese.

The rule of reading: between full stops at most 40 characters, between any two marks at most 22,
an amount with its unit counting as one. On a phone at the elder size a line holds about 14
characters: a piece then fits into two lines, a sentence into three. Lines of sources quote the
titles of documents and are left out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from golden_families import FAMILIES, READY, Golden

from gongji.advice.causes import CAUSES, cause_of
from gongji.advice.explain import explain, text
from gongji.advice.paying import what_would_we_pay
from gongji.advice.terms import TERMS, gloss
from gongji.kernel import reasons
from gongji.kernel.errors import InvariantError
from gongji.policy.givers import WAY_AUTHORISE, WAYS
from gongji.policy.library import PolicyLibrary

FOLDER = Path(__file__).parent / "golden"
HERE = [one for one in FAMILIES if one.family.area in READY]
SENTENCE_CHARS = 40
PIECE_CHARS = 22
AMOUNT = re.compile(r"-?\d{1,3}(,\d{3})*\.\d{2} 元")
FIGURES = re.compile(r"\d{4}-\d{2}-\d{2}|1 月 1 日|\d+(\.\d+)?%|-?\d[\d,.]* ?元")
# Words of the trade that people need not know: never used in an explanation.
JARGON = (
    "授权人",
    "使用人",
    "险种",
    "承诺制",
    "医保区划",
    "费用明细",
    "结算",
    "清算",
    "冲正",
    "共济授权",
)


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.mark.parametrize("one", HERE, ids=lambda g: g.name)
def test_money_is_as_worked_out_by_hand(library: PolicyLibrary, one: Golden) -> None:
    answer = what_would_we_pay(library, one.family)
    if one.expected is None:
        assert answer.refusal is not None
        assert answer.refusal.key == one.refused
        return
    assert answer.refusal is None, answer.refusal
    given = tuple(gave.paid_fen for gave in answer.gave)
    assert (answer.fund_fen, answer.own_fen, given, answer.cash_fen) == one.expected
    fund, own, relatives, cash = one.expected
    assert fund + own + sum(relatives) + cash == one.family.bill.total_fen


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("one", HERE, ids=lambda g: g.name)
def test_golden(library: PolicyLibrary, one: Golden, lang: str) -> None:
    told = text(explain(what_would_we_pay(library, one.family), lang), lang)
    file = FOLDER / f"{one.name}.{lang}.txt"
    if os.environ.get("GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{one.name}.{lang}.txt" for one in HERE for lang in ("zh", "en")}
    assert {path.name for path in FOLDER.iterdir()} == wanted


# ---- plain Chinese -----------------------------------------------------------------------------


def faults(told: str) -> list[str]:
    """What a reader could stumble over in a Chinese explanation without its sources."""
    found = []
    for line in told.splitlines():
        words = re.sub(r"^\d+\. ", "", line)
        for figure in re.findall(r"-?[\d,]+(?:\.\d+)? ?元", words):
            if not AMOUNT.fullmatch(figure):
                found.append(f"amount: {figure}")
        if re.search(r"\d[一-鿿]|[一-鿿]\d|[０-９]", words):
            found.append(f"a figure without its spaces: {words}")
        plain = FIGURES.sub("数", words)
        for sentence in re.split(r"[。！？；]", plain):
            if len(sentence) > SENTENCE_CHARS:
                found.append(f"long sentence: {sentence}")
            found += [
                f"long piece: {piece}"
                for piece in re.split(r"[，：、（）]", sentence)
                if len(piece) > PIECE_CHARS
            ]
    found += [f"jargon: {word}" for word in JARGON if word in told]
    return found + unexplained(told)


def unexplained(told: str) -> list[str]:
    """Words that are first used without their explanation on the same line."""
    found = []
    for term in TERMS:
        longer = [t.zh for t in TERMS if term.zh in t.zh and t.zh != term.zh]
        for line in told.splitlines():
            bare = line
            for explained in (t.explained_zh for t in TERMS if t.zh != term.zh):
                bare = bare.replace(explained, "")
            for word in longer:
                bare = bare.replace(word, "")
            if term.zh in bare:
                if term.explained_zh not in line:
                    found.append(f"not explained: {term.zh}")
                break
    return found


@pytest.mark.parametrize("one", HERE, ids=lambda g: g.name)
def test_the_chinese_is_plain(library: PolicyLibrary, one: Golden) -> None:
    told = text(explain(what_would_we_pay(library, one.family)), sources=False)
    assert faults(told) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cash_left", [False, True])
@pytest.mark.parametrize(("movable", "eligible"), [(False, True), (False, False), (True, True)])
@pytest.mark.parametrize("reason", sorted(CAUSES))
def test_every_cause_is_plain(
    reason: int, way: str, cash_left: bool, movable: bool, eligible: bool
) -> None:
    cause = cause_of(reason, way, cash_left=cash_left, movable=movable, eligible=eligible)
    assert movable or "前面" not in cause.change_zh
    known: set[str] = set()
    said = (cause.zh + cause.change_zh).replace("{who}", "奶奶").replace("{sum}", " 50.00 元")
    assert faults(gloss(said, "zh", known)) == []
    assert cause.change_zh.endswith("。")
    assert cause.en.endswith(".")
    assert cause.change_en.endswith(".")


def test_every_reason_has_a_cause() -> None:
    codes = {v for n, v in vars(reasons).items() if n.isupper() and type(v) is int}
    assert set(CAUSES) == codes - reasons.OF_FUND
    with pytest.raises(InvariantError):
        cause_of(999, WAY_AUTHORISE, cash_left=False)


@pytest.mark.parametrize(
    "bad",
    [
        "统筹基金付 5.00 元。",  # a word of the trade without its explanation
        "授权人付 5.00 元。",
        "一共 5 元。",
        "一共 1234.50 元。",
        "一共 5.00元。",
        "这一句话从头到尾没有一个停顿所以读起来非常费力也不知道在说什么。",
        "这句话，停顿很多，可是一直不结束，读的人要记住前面，才能明白后面，到最后已经忘了开头说过的是什么。",
        "共有 7人。",
    ],
)
def test_the_check_finds_what_is_not_plain(bad: str) -> None:
    assert faults(bad)


def test_terms_are_explained_in_words_that_are_known() -> None:
    """An explanation uses no other term, unless that is always told before."""
    before = {"大额补助": "统筹基金", "家庭共济": "个人账户"}
    for term in TERMS:
        inside = [t.zh for t in TERMS if t.zh in term.explained_zh and t.zh not in term.zh]
        assert [word for word in inside if before.get(term.zh) != word] == [], term.zh
        assert term.zh in term.explained_zh
        assert term.en in term.explained_en.lower()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_amounts_add_up_in_what_is_told(library: PolicyLibrary, lang: str) -> None:
    """What people read sums to the bill, too."""
    for one in HERE:
        if one.expected is None:
            continue
        told = {t.step: t.amount_fen for t in explain(what_would_we_pay(library, one.family), lang)}
        paid = sum(
            amount or 0
            for step, amount in told.items()
            if step in {"pooled", "large", "serious", "subsidy", "aid", "own", "cash"}
            or step.startswith("giver_")
        )
        assert paid == told["total"] == one.family.bill.total_fen
