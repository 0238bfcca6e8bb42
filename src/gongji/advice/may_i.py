# SPDX-License-Identifier: Apache-2.0
"""May I use a relative's account for this? Yes, no or not confirmed, since when, and what to do.

The place is the patient's. An empty cell of the law is "not confirmed", which pays nothing: it is
said with the reason, in both languages. Every reply carries the values that it rests on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gongji.advice.family import Gap
from gongji.advice.payable import payable
from gongji.advice.relations import code_of, word_of
from gongji.advice.wallet import OPEN, TRANSFER, mode_on, wallet_area
from gongji.kernel.benefit import CHRONIC, EMPLOYEE, INPATIENT, OUTPATIENT, PHARMACY, RESIDENT
from gongji.kernel.errors import Refusal
from gongji.policy import errors
from gongji.policy.areas import same_pool, same_province
from gongji.policy.keys import labels
from gongji.policy.library import PolicyLibrary
from gongji.policy.provenance import Provenance
from gongji.policy.records import ACTIVE, Value
from gongji.policy.relations import codes

YES = "YES"
PARTLY = "PARTLY"  # the relation and use are allowed, but not every ordinary bill is settled
NO = "NO"
UNCONFIRMED = "UNCONFIRMED"

# Use -> key of the pack, Chinese, English (both read after "pay for").
USES: dict[str, tuple[str, str, str]] = {
    "outpatient": ("ma.use.outpatient", "普通门诊的费用", "outpatient care"),
    "inpatient": ("ma.use.inpatient", "住院时自己要付的部分", "the patient's part of a stay"),
    "chronic": ("ma.use.chronic", "门诊慢特病的费用", "chronic outpatient care"),
    "pharmacy": ("ma.use.pharmacy", "定点药店的药品", "drugs at designated pharmacies"),
    "disinfectant": ("ma.use.disinfectant", "药店的消毒用品", "disinfectants at pharmacies"),
    "vaccine": ("ma.use.vaccine", "自费疫苗", "vaccines outside the programme"),
    "checkup": ("ma.use.checkup", "健康体检", "health check-ups"),
    "deposit": ("ma.use.deposit", "住院押金", "deposits for a stay"),
    "premiumResident": ("ma.use.premiumResident", "居民医保费", "the residents' premium"),
    "premiumLongTermCare": (
        "ma.use.premiumLongTermCare",
        "长期护理保险费",
        "the long-term-care premium",
    ),
    "commercial": ("ma.use.commercial", "当地的商业医疗险", "local commercial insurance"),
}
LACKING_SHOWN = 3  # names of missing values in the sentence; all are in the gaps
PREMIUMS = ("premiumResident", "premiumLongTermCare", "commercial")


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about whom: ``area`` and ``scheme`` are the patient's (310, 390), ``relation`` what
    the giver is to the patient (word or national code), ``use`` a key of USES; ``giver_area`` 0 =
    the patient's, ``giver_scheme`` the giver's."""

    area: int
    scheme: int
    relation: str | int
    use: str
    date: dt.date
    giver_area: int = 0
    giver_scheme: int = EMPLOYEE


@dataclass(frozen=True, slots=True)
class Reply:
    """The verdict with its reason, the day from which it holds (``at_latest``: seen in force by
    then), what to do, and the values and gaps behind it. ``changes_on``: the next day on which
    the verdict is known to be another."""

    verdict: str
    zh: str
    en: str
    do_zh: str = ""
    do_en: str = ""
    since: dt.date | None = None
    at_latest: bool = False
    values: tuple[Provenance, ...] = ()
    gaps: tuple[Gap, ...] = ()
    wallet: bool = False
    changes_on: dt.date | None = None


@dataclass(slots=True)
class _Case:
    """The look-ups of one question, with everything used."""

    library: PolicyLibrary
    asked: Question
    known_on: dt.date | None
    used: list[Value] = field(default_factory=list)

    def need(self, key: str, area: int = 0) -> Value:
        """The confirmed record of a key; raises Refusal."""
        where, day = area or self.asked.area, self.asked.date
        record = self.library.require(where, key, day, known_on=self.known_on)
        self.used.append(record)
        return record

    def maybe(self, key: str) -> Value | None:
        """The record where it is confirmed, else None."""
        try:
            return self.need(key)
        except Refusal:
            return None

    def reply(self, verdict: str, zh: str, en: str, deciding: Sequence[Value]) -> Reply:
        """A verdict that holds since the latest of the deciding values."""
        dated = [record for record in deciding if record.from_date is not None]
        last = max(dated, key=lambda r: r.from_date or dt.date.min, default=None)
        return Reply(
            verdict,
            zh,
            en,
            since=last.from_date if last else None,
            at_latest=last is not None and last.from_kind != "exact",
            values=self.library.provenance(deciding),
        )


def may_i(library: PolicyLibrary, asked: Question, known_on: dt.date | None = None) -> Reply:
    """The reply on the day; raises ValueError for a relation, use or scheme that does not exist."""
    code_of(asked.relation)
    if asked.use not in USES:
        raise ValueError(f"no such use: {asked.use!r}")
    if {asked.scheme, asked.giver_scheme} - {EMPLOYEE, RESIDENT}:
        raise ValueError("a scheme is 310 or 390")
    reply = _on_the_day(library, asked, known_on)
    return replace(reply, changes_on=_changes(library, asked, known_on, reply))


def _changes(
    library: PolicyLibrary, asked: Question, known_on: dt.date | None, reply: Reply
) -> dt.date | None:
    try:
        days = library.dates(library.home(asked.area))
    except Refusal:
        return None
    for day in days:
        if day > asked.date:
            later = _on_the_day(library, replace(asked, date=day), known_on)
            if later.verdict != reply.verdict:
                return day
    return None


def _on_the_day(library: PolicyLibrary, asked: Question, known_on: dt.date | None) -> Reply:
    if asked.giver_scheme != EMPLOYEE:
        return Reply(
            NO,
            "不可以。只有职工医保有个人账户，居民医保的人不能给家人付钱。",
            "No. Only employees have a personal account; residents cannot give.",
            "请有职工医保的家人来付。",
            "Ask a relative who is insured as an employee.",
        )
    case = _Case(library, asked, known_on)
    try:
        pack = library.pack(asked.area)
        if pack.status != ACTIVE:
            raise errors.draft(pack.area, pack.name_zh)
        return _decided(case)
    except Refusal as refusal:
        return _unconfirmed(case, refusal)


def _unconfirmed(case: _Case, refusal: Refusal) -> Reply:
    key = refusal.key if isinstance(refusal, errors.PolicyGap) else ""
    gap = Gap(refusal.code, "may", key, refusal.zh, refusal.en)
    return Reply(
        UNCONFIRMED,
        "没有确认。没有找到可靠的当地规定，先按不可以办。",
        "Not confirmed. No reliable local rule was found; it counts as no until one is.",
        "请问当地医保局，电话 12393。",
        "Ask the local insurance bureau, telephone 12393.",
        values=case.library.provenance(case.used),
        gaps=(gap,),
    )


def _decided(case: _Case) -> Reply:
    asked = case.asked
    if asked.use == "premiumResident" and asked.scheme == EMPLOYEE:
        return Reply(
            NO,
            "不可以，也不用。参加职工医保的人不缴居民医保费。",
            "No, and there is no need: an employee pays no residents' premium.",
            "请再看一遍：要缴费的人参加的是哪种医保。",
            "Check in which scheme the person is for whom you would pay.",
        )
    relations = case.need("ma.relations")
    word_zh, word_en = word_of(asked.relation)
    _, use_zh, use_en = USES[asked.use]
    if code_of(asked.relation) not in codes(relations.names()):
        zh = f"不可以。当地允许的亲属里没有{word_zh}。"
        en = f"No. The relatives allowed here do not include a {word_en}."
        reply = case.reply(NO, zh, en, [relations])
        return replace(
            reply,
            do_zh="请让对方自己的配偶、父母或子女来付。",
            do_en="Ask the patient's own spouse, parents or children.",
        )
    area, wallet = _areas(case)
    if area is not None:
        return area
    use = case.need(USES[asked.use][0])
    deciding = [relations, *[r for r in case.used if r.key in _DECIDING], use]
    if not use.integer():
        zh, en = f"不可以。当地不允许用家人的钱付{use_zh}。", f"No. Not for {use_en} here."
        return replace(case.reply(NO, zh, en, [use]), do_zh=_PAY_ONESELF[0], do_en=_PAY_ONESELF[1])
    zh = f"可以。{word_zh}的个人账户可以付{use_zh}。"
    en = f"Yes. The account of a {word_en} may pay for {use_en}."
    note = for_people(use.note)
    if note:
        zh += f"说明：{note}。"
    do_zh, do_en = _what_to_do(case, wallet)
    reply = case.reply(YES, zh, en, deciding)
    seen = [r for r in case.used if r not in deciding]
    values = (*reply.values, *case.library.provenance(seen))
    reply = replace(reply, do_zh=do_zh, do_en=do_en, values=values, wallet=wallet)
    return _with_what_is_missing(case, reply)


# Uses that a settlement of this system pays: what its bills lack is told with the verdict.
_SETTLED = {
    "outpatient": OUTPATIENT,
    "inpatient": INPATIENT,
    "chronic": CHRONIC,
    "pharmacy": PHARMACY,
}


def _with_what_is_missing(case: _Case, reply: Reply) -> Reply:
    """A yes that a settlement would not honour says what is known and what is missing."""
    asked = case.asked
    setting = _SETTLED.get(asked.use)
    if setting is None:
        return reply
    found = payable(case.library, asked.area, asked.scheme, setting, asked.date, case.known_on)
    if not found.gaps:
        return reply
    names = [labels(gap.key) for gap in found.gaps[:LACKING_SHOWN]]
    more = len(found.gaps) > LACKING_SHOWN
    lacking_zh = "、".join(zh for zh, _ in names) + ("等" if more else "")
    lacking_en = ", ".join(en for _, en in names) + (" and others" if more else "")
    known_zh = reply.zh.removeprefix("可以。")
    known_en = reply.en.removeprefix("Yes. ")
    if not found.settled:
        return replace(
            reply,
            verdict=UNCONFIRMED,
            zh=f"没有确认，现在还不能付。规定上：{known_zh}但当地的报销规定还缺：{lacking_zh}。",
            en=f"Not confirmed: nothing can be paid yet. By the rules: {known_en} But the "
            f"place's benefits lack: {lacking_en}.",
            do_zh="请问当地医保局，电话 12393。",
            do_en="Ask the local insurance bureau, telephone 12393.",
            gaps=found.gaps,
        )
    here_zh = "、".join(zh for zh, _ in found.open)
    here_en = ", ".join(en for _, en in found.open)
    return replace(
        reply,
        verdict=PARTLY,
        zh=f"部分可以。{known_zh}但{here_zh}还不能结算，缺：{lacking_zh}。",
        en=f"In part. {known_en} But bills of {here_en} are not settled yet; lacking: "
        f"{lacking_en}.",
        gaps=found.gaps,
    )


_DECIDING = ("ma.insuredArea", OPEN)
_PAY_ONESELF = (
    "请自己付。自己的账户能不能付，问当地医保局，电话 12393。",
    "Pay yourself. Ask the bureau, telephone 12393, whether your own account may pay.",
)
# Words by which a part of a note speaks of how a date was found, not of what may be paid.
_EDITORIAL = ("日期", "取", "见于", "未见", "见 P", "报道", "写", "逐字", "通知", "不明", "页面")


def for_people(note: str) -> str:
    """The parts of a note on a value that say what it covers; how it was dated stays out."""
    parts = [part for part in note.split("；") if not any(word in part for word in _EDITORIAL)]
    return "；".join(parts)


def _areas(case: _Case) -> tuple[Reply | None, bool]:
    """(a verdict where the places decide it, whether only the wallet reaches)."""
    asked = case.asked
    giver_area = asked.giver_area or asked.area
    if giver_area == asked.area:
        return None, False
    if not same_province(giver_area, asked.area):
        for area in (asked.area, wallet_area(case.library, giver_area)):
            if not case.need(OPEN, area).integer():
                zh = "不可以。跨省只能用医保钱包，这里还没有开通。"
                en = "No. Only the wallet crosses provinces, and it is not open there."
                reply = case.reply(NO, zh, en, case.used[-1:])
                return replace(reply, do_zh=_PAY_ONESELF[0], do_en=_PAY_ONESELF[1]), True
        return None, True
    scope = case.need("ma.insuredArea")
    if scope.value == "POOL" and not same_pool(giver_area, asked.area):
        zh = "不可以。当地要求两个人在同一个城市参保。"
        en = "No. Both must be insured in the same pooling area here."
        reply = case.reply(NO, zh, en, [scope])
        do_zh = "请在同一个城市参保的家人来付，或者自己付。"
        do_en = "Ask a relative insured in the same city, or pay yourself."
        return replace(reply, do_zh=do_zh, do_en=do_en), False
    return None, False


def _what_to_do(case: _Case, wallet: bool) -> tuple[str, str]:
    if wallet:
        if mode_on(case.library, case.asked.area, case.asked.date) == TRANSFER:
            return (
                "双方先开通医保钱包。付钱的人转一笔钱过去，就诊的人收下，再使用。",
                "Both open the wallet. The giver transfers a sum, the patient accepts and uses it.",
            )
        return (
            "双方先开通医保钱包。付钱的人设好额度，再由就诊的人使用。",
            "Both open the wallet. The giver sets a quota, then the patient uses it.",
        )
    zh, en = "付钱的人先办家庭共济授权。", "The giver first makes an authorisation."
    channels = case.maybe("ma.channels")
    if channels is not None:
        zh += f"办理渠道：{channels.value}。"
        en += f" Where: {channels.value}."
    else:
        zh += "可以用国家医保服务平台 APP，或到医保窗口办。"
        en += " Use the national insurance app or a counter."
    if case.asked.use not in PREMIUMS:
        return (
            zh + "就诊时出示患者本人的医保码。",
            en + " At the visit show the patient's own code.",
        )
    mode = case.maybe("ma.premiumMode")
    if mode is None:
        return zh + "缴费的方式没有确认。", en + " The way of paying is not confirmed."
    if mode.value == "REFUND_AFTER":
        return (
            zh + "先自己缴费，过后由付钱的人申请退费。",
            en + " Pay first; the giver then asks for a refund.",
        )
    return (
        zh + "缴费时选家庭共济。余额要够缴全部保费，缴了不能退。",
        en + " Choose mutual aid when paying. The balance must cover the whole premium; it cannot "
        "be undone.",
    )
