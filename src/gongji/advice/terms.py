# SPDX-License-Identifier: Apache-2.0
"""Words that not everybody knows, each with its explanation; told at the first use."""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """A word of the law and one short sentence for it, in both languages."""

    zh: str
    explained_zh: str
    en: str
    explained_en: str


TERMS: tuple[Term, ...] = (
    Term(
        "医保目录",
        "医保目录是医保可以付钱的药品和项目的名单。",
        "catalogue",
        "The catalogue lists the drugs and services that the insurance covers.",
    ),
    Term(
        "限价",
        "限价是医保认可的最高价格。",
        "price limit",
        "A price limit is the highest price that the insurance accepts.",
    ),
    Term(
        "先行自付",
        "先行自付是有些药品和项目要由本人先付的一部分。",
        "first self-pay",
        "First self-pay is the share of some drugs and services that the patient pays first.",
    ),
    Term(
        "起付线",
        "起付线以内的钱由本人付，超过的部分基金才付。",
        "deductible",
        "Up to the deductible the patient pays; the fund pays on what exceeds it.",
    ),
    Term(
        "统筹基金",
        "统筹基金是大家一起缴的医保钱。",
        "pooled fund",
        "The pooled fund is the insurance money that everybody pays into.",
    ),
    Term(
        "年度限额",
        "年度限额是基金一年最多付的钱。",
        "yearly cap",
        "The yearly cap is the most that the fund pays in a year.",
    ),
    Term(
        "大额补助",
        "大额补助在统筹基金到顶以后再付一部分。",
        "large-amount supplement",
        "The large-amount supplement pays once the pooled fund has reached its cap.",
    ),
    Term(
        "大病保险",
        "大病保险在一年自己付得太多时再付一部分。",
        "serious-illness insurance",
        "Serious-illness insurance pays where a year has cost the patient too much.",
    ),
    Term(
        "公务员补助",
        "公务员补助只给公务员。",
        "civil servants' subsidy",
        "The civil servants' subsidy is for civil servants only.",
    ),
    Term(
        "医疗救助",
        "医疗救助帮助生活困难的人付医药费。",
        "medical aid",
        "Medical aid helps people in need with the cost of care.",
    ),
    Term(
        "个人账户",
        "个人账户是职工医保里自己名下的钱。",
        "personal account",
        "A personal account is an employee's own money inside the insurance.",
    ),
    Term(
        "家庭共济",
        "家庭共济是用家人个人账户的钱付本人的费用。",
        "mutual aid",
        "Mutual aid lets relatives' personal accounts pay for the patient.",
    ),
    Term(
        "历年结余",
        "历年结余是往年剩下的钱。",
        "carried balance",
        "The carried balance is money left from earlier years.",
    ),
    Term(
        "家庭共济账户",
        "家庭共济账户里的钱要由家人先划入。",
        "family account",
        "A family account holds money that relatives have moved there beforehand.",
    ),
    Term(
        "共济额度",
        "共济额度是家人答应最多付的钱。",
        "granted sum",
        "A granted sum is the most that a relative has agreed to pay.",
    ),
    Term(
        "医保钱包",
        "医保钱包让外省的家人也能付钱。",
        "wallet",
        "The wallet lets relatives insured in another province pay.",
    ),
    Term(
        "统筹区",
        "统筹区就是参保的市。",
        "pooling area",
        "A pooling area is the city in which one is insured.",
    ),
)


def gloss(text: str, lang: str, known: set[str]) -> str:
    """The text with an explanation behind it for each word used for the first time.

    ``known`` collects the words that are explained by now. A longer word is found before the
    shorter one inside it, and an explanation may use only words that the text has explained or
    that need none.
    """
    whole = text.lower()
    rest, added = whole, []
    for term in sorted(TERMS, key=lambda t: -len(t.zh if lang == "zh" else t.en)):
        word, explained = (
            (term.zh, term.explained_zh) if lang == "zh" else (term.en, term.explained_en)
        )
        if word not in rest:
            continue
        rest = rest.replace(word, "")
        if word not in known:
            known.add(word)
            added.append((whole.index(word), explained))
    tail = [explained for _, explained in sorted(added)]
    space = "" if lang == "zh" else " "
    return space.join([text, *tail])
