# SPDX-License-Identifier: Apache-2.0
"""A record in sentences, step by step, each with its amount and the sourced values behind it.

Zero amounts are told as well. Nothing is calculated here and nobody is named: givers appear by
their place in the order and their relation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gongji.kernel.money import yuan
from gongji.kernel.reasons import PAID_ALL_ASKED, sentence
from gongji.policy.provenance import Provenance
from gongji.settlement.records import Record

Steps = Mapping[str, Sequence[Provenance]]


@dataclass(frozen=True, slots=True)
class Told:
    """One step: its amount (fen, signed like the record), one sentence, and the values used."""

    step: str
    amount_fen: int
    text: str
    sources: tuple[str, ...]


# step, sentence zh, sentence en, steps of the provenance
_BILL = (
    ("total", "费用总额 {0} 元。", "The bill is {0} yuan.", ()),
    ("self_paid", "目录外全自费 {0} 元，由个人负担。", "{0} yuan lie outside the catalogue.", ()),
    ("over_limit", "超过限价 {0} 元，由个人负担。", "{0} yuan exceed price limits.", ()),
    (
        "first_self",
        "乙类等先行自付 {0} 元，由个人负担。",
        "{0} yuan are paid first by the person (class B).",
        ("extra_first_self",),
    ),
    ("in_policy", "符合政策范围 {0} 元。", "{0} yuan are within the policy.", ()),
)
_FUND = (
    (
        "deductible",
        "本次计入起付线 {0} 元，起付线以内由个人负担。",
        "{0} yuan count toward the deductible and stay with the person.",
        ("deductible",),
    ),
    ("pooled", "统筹基金支付 {0} 元。", "The pooled fund pays {0} yuan.", ("pooled", "cap")),
    ("large", "大额补助支付 {0} 元。", "The large-amount supplement pays {0} yuan.", ("large",)),
    (
        "serious",
        "大病保险支付 {0} 元。",
        "Serious-illness insurance pays {0} yuan.",
        ("serious",),
    ),
    ("subsidy", "公务员补助支付 {0} 元。", "Civil servants' subsidy pays {0} yuan.", ("subsidy",)),
    ("aid", "医疗救助支付 {0} 元。", "Medical aid pays {0} yuan.", ("aid",)),
    ("burden", "基金支付后，个人负担 {0} 元。", "{0} yuan are left to the person.", ()),
    (
        "eligible",
        "其中可用个人账户支付 {0} 元。",
        "Of these, {0} yuan may be paid from personal accounts.",
        ("eligible_base",),
    ),
    ("own", "本人账户先付 {0} 元。", "The own account pays first: {0} yuan.", ("own_first",)),
)


def explain(record: Record, steps: Steps, lang: str = "zh") -> list[Told]:
    """The whole way from the bill to cash; ``lang`` is zh or en."""
    body, sign = record.body, record.sign
    bill, benefit, sharing = body.bill, body.benefit, body.sharing
    told = _told(_BILL, bill, steps, lang, sign)
    amounts = (
        benefit.deductible_fen,
        benefit.pooled_fen,
        benefit.large_fen,
        benefit.serious_fen,
        benefit.subsidy_fen,
        benefit.aid_fen,
        benefit.burden_fen,
        sharing.eligible_fen,
        record.own_fen,
    )
    told += _told(_FUND, amounts, steps, lang, sign)
    told += _givers(record, steps, lang)
    zh = "剩下的 {0} 元付现金。"
    en = "The remaining {0} yuan are paid in cash."
    told.append(Told("cash", sign * sharing.cash_fen, _say(zh, en, lang, sharing.cash_fen), ()))
    return told


def _told(
    table: Sequence[tuple[str, str, str, tuple[str, ...]]],
    amounts: Sequence[int],
    steps: Steps,
    lang: str,
    sign: int,
) -> list[Told]:
    return [
        Told(step, sign * amount, _say(zh, en, lang, amount), _sources(steps, names, lang))
        for (step, zh, en, names), amount in zip(table, amounts, strict=True)
    ]


def _givers(record: Record, steps: Steps, lang: str) -> list[Told]:
    told = []
    pairs = zip(record.body.payers, record.body.legs, strict=True)
    for number, (_, leg) in enumerate(pairs, start=1):
        paid_fen = leg.current_fen + leg.carried_fen
        why = sentence(leg.reason, cash_left=record.cash_fen > 0)[0 if lang == "zh" else 1]
        text = _say(
            f"第 {number} 位授权人付 {{0}} 元。", f"Giver {number} pays {{0}} yuan.", lang, paid_fen
        )
        if leg.reason != PAID_ALL_ASKED:
            text += why if lang == "zh" else f" {why}"
        told.append(
            Told(
                f"giver_{number}",
                record.sign * paid_fen,
                text,
                _sources(steps, ("relations", "order", "retained"), lang),
            )
        )
    return told


def _say(zh: str, en: str, lang: str, amount_fen: int) -> str:
    return (zh if lang == "zh" else en).format(yuan(amount_fen))


def _sources(steps: Steps, names: Sequence[str], lang: str) -> tuple[str, ...]:
    return tuple(item.sentence(lang) for name in names for item in steps.get(name, ()))
