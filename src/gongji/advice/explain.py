# SPDX-License-Identifier: Apache-2.0
"""A split in sentences, step by step: figures, the calculation, and the sourced values behind it.

Zero amounts are told as well. Nothing is settled here; a calculation is shown only where the
figures shown give the amount to the fen. Each line of ``sources`` names the value, the document,
its article and the day from which it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gongji.advice.causes import cause_of
from gongji.advice.family import Answer
from gongji.advice.relations import KIN
from gongji.advice.story import Payment, Story, story_of
from gongji.advice.terms import gloss
from gongji.kernel.benefit import BenefitResult
from gongji.kernel.money import ratio_of
from gongji.kernel.reasons import (
    FILING_NOT_IN_FORCE,
    NO_PRESCRIPTION,
    RULE_NOT_CONFIRMED,
    USE_NOT_ALLOWED,
    sentence,
    withheld_sentence,
)
from gongji.kernel.sharing import SharingResult
from gongji.policy.keys import labels
from gongji.policy.provenance import (
    NOT_CONFIRMED_NOT_PAID,
    NOT_IN_LAW,
    USED,
    Provenance,
)


@dataclass(frozen=True, slots=True)
class Told:
    """One step: its amount (fen, signed; None without one), sentences, and the values used."""

    step: str
    amount_fen: int | None
    text: str
    sources: tuple[str, ...]


def money(amount_fen: int, lang: str = "zh") -> str:
    """Fen as people read them, always with two decimals: 1234567 -> 12,345.67 元."""
    whole, rest = divmod(abs(amount_fen), 100)
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{whole:,}.{rest:02d} {'元' if lang == 'zh' else 'yuan'}"


def explain(answer: Answer, lang: str = "zh") -> list[Told]:
    """The whole way of an advice answer; ``lang`` is zh or en."""
    return tell(story_of(answer), lang)


def text(told: Iterable[Told], lang: str = "zh", *, sources: bool = True) -> str:
    """An explanation as plain text, numbered, the sources behind each step."""
    lines = []
    for number, one in enumerate(told, start=1):
        lines.append(f"{number}. {one.text}")
        if sources:
            head = "依据：" if lang == "zh" else "Source: "
            lines += [f"   {head}{line}" for line in one.sources]
    return "\n".join(lines) + "\n"


# step, zh, en, steps of the provenance
_BILL = (
    ("total", "{day} 就医，费用一共 {0}，按当天的规定算。", "The bill of {day} is {0}.", ()),
    (
        "self_paid",
        "医保目录外的 {0}由本人付。",
        "{0} outside the catalogue are paid by the patient.",
        (),
    ),
    (
        "over_limit",
        "超过限价的 {0}由本人付。",
        "{0} above a price limit are paid by the patient.",
        (),
    ),
    (
        "first_self",
        "先行自付 {0}，由本人付。",
        "First self-pay: {0} are paid by the patient.",
        ("extra_first_self",),
    ),
    ("in_policy", "其余 {0}在医保范围内。", "The other {0} are within the policy.", ()),
)
_FUNDS = (
    (
        "large",
        "大额补助付 {0}。",
        "The large-amount supplement pays {0}.",
        ("large",),
    ),
    ("serious", "大病保险付 {0}。", "Serious-illness insurance pays {0}.", ("serious",)),
    ("subsidy", "公务员补助付 {0}。", "Civil servants' subsidy pays {0}.", ("subsidy",)),
    ("aid", "医疗救助付 {0}。", "Medical aid pays {0}.", ("aid",)),
)


# Names of values as people say them.
_PLAIN = {"授权人": "付钱家人", "使用人": "患者"}


class _Teller:
    """Collects the steps of one story and explains each word at its first use."""

    def __init__(self, story: Story, lang: str) -> None:
        self.story = story
        self.lang = lang
        self.zh = lang == "zh"
        self.known = set(story.known)
        self.told: list[Told] = []

    def say(
        self,
        step: str,
        amount_fen: int | None,
        zh: str,
        en: str,
        steps: Sequence[str] = (),
        gaps: Sequence[str] = (),
    ) -> None:
        """One step; ``{0}`` in the sentences is the amount."""
        shown = "" if amount_fen is None else money(amount_fen, self.lang)
        words = (zh if self.zh else en).replace("{0}", shown)
        words = words.replace("{day}", str(self.story.date))
        signed = None if amount_fen is None else self.story.sign * amount_fen
        sources = [item.sentence(self.lang) for item in self.items(steps)]
        sources += [gap.zh if self.zh else gap.en for gap in self.story.gaps if gap.step in gaps]
        words = gloss(words, self.lang, self.known)
        self.told.append(Told(step, signed, words, tuple(sources)))

    def items(self, steps: Sequence[str]) -> list[Provenance]:
        """Values behind the steps; a step that the scheme does not have has none to show."""
        found = [item for step in steps for item in self.story.steps.get(step, ())]
        return [item for item in found if item.status != NOT_IN_LAW]


def tell(story: Story, lang: str = "zh") -> list[Told]:
    """The story step by step; a refused one says what is missing and stops there."""
    teller = _Teller(story, lang)
    if story.sign < 0:
        teller.say(
            "reversal",
            None,
            "这是退费，下面的钱都退回原处。",
            "This is a refund: every sum below goes back to where it came from.",
        )
    if story.further:
        teller.say(
            "further",
            None,
            "这次住院前面已有账单。整个住院重新算一遍，减去前面账单算过的，下面写这次的变动，"
            "负数是退回。",
            "This stay was billed before. The whole stay is calculated again, less what was billed;"
            " below is what moves now, and what is negative goes back.",
        )
    for (step, zh, en, steps), amount_fen in zip(_BILL, story.bill[:5], strict=True):
        if step == "first_self" and story.abroad:
            zh += "外地就医多付的也在里面。"
            en += " What care outside the province adds is in it."
        teller.say(step, amount_fen, zh, en, steps)
    if story.refusal is not None or story.benefit is None or story.sharing is None:
        _refused(teller)
        return teller.told
    _before_fund(teller, story.benefit)
    _fund(teller, story.benefit)
    _accounts(teller, story.sharing, story.benefit)
    _cash(teller, story.sharing)
    if story.weak:
        teller.say(
            "weak",
            None,
            "注意：这里用了还没有官方确认的规定，只能参考。",
            "Note: values that are not officially confirmed were used; this is only a guide.",
        )
    return teller.told


def _refused(teller: _Teller) -> None:
    gap = teller.story.refusal
    if gap is None:
        return
    zh, en = "现在算不出结果。", "No result can be given now."
    if gap.key:
        name_zh, name_en = labels(gap.key)
        for word, plain in _PLAIN.items():
            name_zh = name_zh.replace(word, plain)
        zh += f"还缺一条确认的规定：{name_zh}。没有确认的，不猜。"
        en += f" A confirmed rule is lacking: {name_en}. Nothing is guessed."
    teller.say("refused", None, zh, en)
    last = teller.told.pop()
    why = gap.zh if teller.zh else gap.en
    teller.told.append(Told(last.step, None, last.text, (why,)))


def _before_fund(teller: _Teller, benefit: BenefitResult) -> None:
    """What keeps the fund from looking at the cost, or makes it look as at other care."""
    if teller.story.unfiled:
        teller.say("filing", None, *sentence(FILING_NOT_IN_FORCE))
    if benefit.unfunded_fen:
        zh, en = sentence(NO_PRESCRIPTION)
        teller.say(
            "prescription",
            benefit.unfunded_fen,
            f"其中 {{0}}{zh}",
            f"{{0}} of it: {en}",
            ("prescription",),
        )


def _fund(teller: _Teller, benefit: BenefitResult) -> None:
    zh, en = "起付线以内的 {0}由本人付。", "Up to the deductible, {0} are paid by the patient."
    used_fen = teller.story.used.deductible_used_fen
    if _yearly(teller) and used_fen:
        zh += f"今年以前已付 {money(used_fen)}。"
        en += f" {money(used_fen, 'en')} were paid earlier this year."
    teller.say("deductible", benefit.deductible_fen, zh, en, ("deductible",))
    zh, en = _pooled(teller, benefit)
    teller.say("pooled", benefit.pooled_fen, zh, en, ("pooled", "visit_cap", "cap"))
    amounts = (benefit.large_fen, benefit.serious_fen, benefit.subsidy_fen, benefit.aid_fen)
    for (step, zh, en, steps), amount_fen in zip(_FUNDS, amounts, strict=True):
        why_zh, why_en = _why_nothing(teller, step) if amount_fen == 0 else ("", "")
        teller.say(step, amount_fen, zh + why_zh, en + why_en, steps)
    teller.say(
        "burden",
        benefit.burden_fen,
        "基金付完以后，本人要付 {0}。",
        "After the funds, {0} are left to the patient.",
    )


def _yearly(teller: _Teller) -> bool:
    items = teller.story.steps.get("deductible", ())
    return any(item.value == "YEARLY" for item in items)


def _pooled(teller: _Teller, benefit: BenefitResult) -> tuple[str, str]:
    """The pooled fund's sentence with its calculation, where one ratio gives it to the fen."""
    zh, en = "统筹基金付 {0}。", "The pooled fund pays {0}."
    ratio = next(
        (item for item in teller.items(("pooled",)) if item.unit == "bp" and item.status == USED),
        None,
    )
    base_fen = benefit.pooled_base_fen
    if ratio is not None and isinstance(ratio.value, int):
        if ratio.value == 0:
            return zh + "这里基金不付。", en + " The fund pays nothing here."
        if base_fen and ratio_of(base_fen, ratio.value) == benefit.pooled_fen:
            share = percent(ratio.value)
            zh += f"算法是 {money(base_fen)} × {share}。"
            en += f" This is {money(base_fen, 'en')} × {share}."
    elif base_fen:
        zh += f"{money(base_fen)}分段按比例付。"
        en += f" {money(base_fen, 'en')} are paid by segments."
    if benefit.large_base_fen:
        zh += f"已到年度限额，超出的费用是 {money(benefit.large_base_fen)}。"
        over = money(benefit.large_base_fen, "en")
        en += f" The yearly cap is reached; {over} of cost lie beyond it."
    return zh, en


def percent(ratio_bp: int) -> str:
    """Basis points as people read them: 8500 -> 85%, 7750 -> 77.5%."""
    whole, rest = divmod(ratio_bp, 100)
    return (f"{whole}.{rest:02d}".rstrip("0") if rest else f"{whole}") + "%"


def _why_nothing(teller: _Teller, step: str) -> tuple[str, str]:
    items = teller.story.steps.get(step, ())
    # The pack's word on what to do is kept only where a value of the step is not confirmed.
    if any(
        item.status == NOT_CONFIRMED_NOT_PAID or item.key.endswith(".ifUnconfirmed")
        for item in items
    ):
        return "规定还没有确认，先按 0 算。", " The rule is not confirmed, so nothing is paid."
    if items and all(item.status == NOT_IN_LAW for item in items):
        return "这次没有这一步。", " There is no such step here."
    return "", ""


def _accounts(teller: _Teller, sharing: SharingResult, benefit: BenefitResult) -> None:
    zh = "其中 {0}可以用个人账户付。"
    en = "Of these, {0} may be paid from a personal account."
    teller.say("eligible", sharing.eligible_fen, zh, en, ("eligible_base",))
    before_fen = teller.story.own_before_fen
    own_fen = sharing.own_current_fen + sharing.own_carried_fen
    zh = f"本人的个人账户先付 {{0}}，账户里原有 {money(before_fen)}。"
    en = f"The patient's own account pays first: {{0}}, of {money(before_fen, 'en')} in it."
    teller.say("own", own_fen, zh, en, ("own_first",))
    if not teller.story.payments:
        return
    asked_fen = sharing.eligible_fen - own_fen
    teller.say(
        "asked",
        asked_fen,
        "还剩 {0}，可以用家庭共济付。",
        "{0} are left for mutual aid.",
        ("model", "relations", f"use_{teller.story.setting}"),
    )
    if len(teller.story.payments) > 1:
        teller.say(
            "order",
            None,
            "家人按下面的次序付。",
            "Relatives pay in the order below.",
            ("order", "max_givers"),
        )
    for number, payment in enumerate(teller.story.payments, start=1):
        _payment(teller, number, payment, sharing)


def _payment(teller: _Teller, number: int, payment: Payment, sharing: SharingResult) -> None:
    reason = payment.reason
    if reason == USE_NOT_ALLOWED and not teller.items((f"use_{teller.story.setting}",)):
        # No confirmed value says no: nothing was found that says yes.
        reason = RULE_NOT_CONFIRMED
    cause = cause_of(
        reason,
        payment.way,
        cash_left=sharing.cash_fen > 0,
        movable=payment.movable,
        eligible=sharing.eligible_fen > 0,
    )
    stopped = payment.stop_fen
    if "retained" in cause.steps and "{sum}" in cause.zh:
        stopped = _floor(teller)
    place = 0 if teller.zh else 1
    who, relation = payment.who[place], payment.relation[place]
    figure = "" if stopped is None else money(stopped, teller.lang)
    if figure:
        figure = f" {figure}" if teller.zh else f" ({figure})"
    words = [cause.zh, cause.change_zh] if teller.zh else [cause.en, cause.change_en]
    told = [one.replace("{who}", who).replace("{sum}", figure) for one in words]
    if teller.zh:
        shown = who if who in KIN else f"{who}（{relation}）"
        zh, en = f"{shown}付 {{0}}。" + "".join(told), ""
    else:
        zh, en = "", f"{who} ({relation}) pays {{0}}. " + " ".join(told)
    steps = [f"use_{teller.story.setting}" if s == "use" else s for s in cause.steps]
    open_steps = ("uses", "wallet") if reason == RULE_NOT_CONFIRMED else ()
    teller.say(f"giver_{number}", payment.paid_fen, zh, en, steps, open_steps)


def _floor(teller: _Teller) -> int | None:
    """The floor, where one plain amount says it."""
    items = [i for i in teller.items(("retained",)) if i.unit == "fen" and i.status == USED]
    value = items[0].value if len(items) == 1 else None
    return value if isinstance(value, int) else None


def _cash(teller: _Teller, sharing: SharingResult) -> None:
    zh, en = "剩下的 {0}付现金。", "The remaining {0} are paid in cash."
    if sharing.cash_fen == 0:
        zh, en = "不用付现金，现金是 {0}。", "Nothing is paid in cash: {0}."
    else:
        beyond_fen = sharing.own_current_fen + sharing.own_carried_fen + sharing.relatives_fen
        beyond_fen = sharing.cash_fen - max(0, sharing.eligible_fen - beyond_fen)
        beyond_fen -= sharing.withheld_fen
        if beyond_fen:
            zh += f"其中 {money(beyond_fen)}个人账户不能付。"
            en += f" No account may pay {money(beyond_fen, 'en')} of it."
    teller.say("cash", sharing.cash_fen, zh, en)
    if sharing.withheld_fen:
        zh, en = withheld_sentence(sharing.withheld_for)
        teller.say("withheld", sharing.withheld_fen, zh, en, ("serious", "subsidy", "aid"))
