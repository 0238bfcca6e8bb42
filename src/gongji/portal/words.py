# SPDX-License-Identifier: Apache-2.0
"""Words of the library's pages, Chinese first; short, plain, without terms left unexplained."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from gongji.portal.words_start import START
from gongji.portal.words_tools import TOOLS

Pair = tuple[str, str]


class Sure(NamedTuple):
    """How sure a value is: a word, what it means, and the colour and mark of its chip."""

    zh: str
    en: str
    why_zh: str
    why_en: str
    tone: str
    mark: str


CONFIDENCE: dict[str, Sure] = {
    "high": Sure("官方文本", "official text", "政府文件、忠实转载或中央媒体",
                 "an official text, a faithful copy, or the central press", "ok", "✓"),
    "medium": Sure("较可靠", "fairly sure", "媒体或城市门户，或两处来源一致",
                   "press or a city portal, or two sources that agree", "ok", "✓"),
    "decided": Sure("本产品的决定", "decision of this product",
                    "文件没有写，本产品这样办；不是法律",
                    "no document says it; this product does it so; it is not law", "ok", "◆"),
    "low": Sure("不够可靠", "not sure enough", "只有一处网页、旧文本，或各处说法不一",
                "one portal, an old text, or texts that disagree", "warn", "!"),
    "recalled": Sure("凭记忆", "recalled", "有人记得，没有见到文件",
                     "remembered, no text was seen", "warn", "!"),
    "unconfirmed": Sure("未确认", "not confirmed", "知道有这条规定，不知道数字",
                        "there is such a rule, its figure is not known", "warn", "!"),
}  # fmt: skip

GRADE: dict[str, Pair] = {
    "A": ("A · 官方文件、忠实转载或中央媒体", "A · official, a faithful copy, or central press"),
    "B": ("B · 媒体、城市门户、医院", "B · press, city portal, hospital"),
    "C": ("C · 一般网页", "C · portal text"),
    "P": ("P · 本系统的产品决定，不是法律", "P · a decision of this product, not law"),
}

SINCE: dict[str, Pair] = {
    "exact": ("{day} 起", "from {day}"),
    "at_latest": ("不晚于 {day} 起", "from {day} at the latest"),
    "inferred": ("{day} 起（推断）", "from {day} (inferred)"),
    "unknown": ("施行日期不明", "effective date unknown"),
}

STATE: dict[str, Pair] = {
    "now": ("这一天用这条", "holds on this day"),
    "past": ("已结束", "ended"),
    "later": ("以后施行", "comes later"),
    "above": ("上级规定，本地另有规定", "of the level above, replaced here"),
    "replaced": ("已被后来的记录代替", "replaced by a later record"),
    "unknown": ("那一天还不知道", "not yet known on that day"),
    "undated": ("施行日期不明，不用于结算", "undated, not used"),
}

PARTS: dict[str, Pair] = {
    "L1": ("一级", "level 1"),
    "L2": ("二级", "level 2"),
    "L3": ("三级", "level 3"),
    "in": ("在职", "in service"),
    "ret": ("退休", "retired"),
}
USE: dict[int, Pair] = {1: ("可以", "allowed"), 0: ("不可以", "not allowed")}

W: dict[str, Pair] = {
    "brand": ("共济", "Gongji"),
    "brand_sub": ("医保政策库", "the law as data"),
    "skip": ("跳到正文", "Skip to content"),
    "menu": ("主菜单", "Main menu"),
    "nav_library": ("政策", "Rules"),
    "nav_pay": ("算一算", "Pay"),
    "nav_may": ("能不能", "May I"),
    "nav_premium": ("缴费", "Fees"),
    "nav_questions": ("问答", "Q & A"),
    "elder": ("长辈版", "Large"),
    "standard": ("标准版", "Standard"),
    "size": ("字号", "Type size"),
    "mode_large": ("大", "large"),
    "mode_larger": ("更大", "larger"),
    "mode_largest": ("最大", "largest"),
    "other_lang": ("EN", "中文"),
    "other_lang_long": ("English version", "中文版"),
    "footer_help": ("医保服务热线 12393", "Medical insurance hotline 12393"),
    "footer_free": ("不做广告，不留您填的内容。", "No advertising. What you type is not kept."),
    "footer_law": (
        "以当地医保部门公布的文件为准；每个数字都带来源。",
        "The published texts prevail; every figure names its source.",
    ),
    "crumbs": ("当前位置", "You are here"),
    "print": ("打印", "Print"),
    "back_home": ("回政策库首页", "Back to the library"),
    "problems": ("有几处要改", "Please correct"),
    # Home
    "home_lead": (
        "哪里、哪一天、哪条规定、出自哪份文件，都能查到。",
        "Which place, which day, which rule, which document: all of it can be looked up.",
    ),
    "search": ("搜索", "Search"),
    "search_label": ("查政策", "Search the library"),
    "search_hint": (
        "例如：南昌 起付线；也可以直接问：怎么解绑",
        "for example: Nanchang deductible, or: unbind",
    ),
    "search_all": ("搜问答、地区、规定、文号", "questions, areas, rules, document numbers"),
    "tools": ("帮您算、帮您查", "Tools"),
    "regions": ("按地区查", "By region"),
    "what": ("这是什么", "What this is"),
    "what_1": (
        "职工医保个人账户里的钱，可以给家人看病用，叫“家庭共济”。各地规定不一样，还会变。",
        "Money in an employee's medical account may pay for relatives (家庭共济). "
        "Rules differ from place to place and change.",
    ),
    "what_2": (
        "这里把各地的规定写成有日期、有来源的数据。结算用的就是这些数据，不是另抄一份。",
        "Here the rules are data with dates and sources; settlement uses these very data.",
    ),
    "what_3": (
        "没有确认的，写“未确认，不支付”，并说明原因。从不猜。",
        "What is not confirmed is marked, not paid, and the reason is shown. Nothing is guessed.",
    ),
    "state": ("收录到什么程度", "State of coverage"),
    "state_areas": ("个地区", "areas"),
    "state_values": ("条有来源的记录", "sourced records"),
    "state_sources": ("份文件", "documents"),
    "state_note": (
        "结算需要的规定里，已确认的占多少（今天）。没确认的不支付。",
        "Of what a settlement needs, how much is confirmed today. The rest is not paid.",
    ),
    "area": ("地区", "Area"),
    "state_each": ("每个地区", "Every area"),
    "cities_count": ("个城市", "cities"),
    "draft_short": ("草稿", "draft"),
    "confirmed": ("已确认", "Confirmed"),
    "records": ("自己的记录", "Own records"),
    "draft": ("草稿，不用于结算", "draft, nothing is settled by it"),
    "compare": ("几个地区放在一起比", "Compare regions"),
    "compare_sub": ("最多四个地区，同一天", "up to four, on one day"),
    # Region and chapter
    "nation": ("全国", "The nation"),
    "topics": ("按内容查", "By subject"),
    "asked_most": ("最常问的", "Asked most"),
    "cities": ("下面的城市", "Cities"),
    "entries": ("条", "values"),
    "when": ("看哪一天的规定", "Rules of which day"),
    "on": ("看病的日子", "Day of care"),
    "known": ("按哪天知道的（可不填）", "As known on (optional)"),
    "known_hint": (
        "不填：按现在知道的。填了：看那一天系统怎么认为",
        "Empty: as known now. Filled in: what this system believed on that day",
    ),
    "show": ("查看", "Show"),
    "inherited": ("沿用", "from"),
    "product": ("产品决定，不是法律", "product decision, not law"),
    "not_paid": ("未确认，不支付", "not confirmed, not paid"),
    "unsure": ("未确认", "not confirmed"),
    "gaps": ("还没确认，不支付", "Not confirmed, not paid"),
    "gaps_sub": (
        "这些规定不确定。要用到它们的钱，这里不付，并写明原因。",
        "These rules are not sure enough. Money that depends on them is not paid here.",
    ),
    "no_gaps": ("这一天结算需要的规定都已确认。", "Everything a settlement needs is confirmed."),
    "rejected": ("网上流传、没有采用的说法", "Claims in circulation that were not taken over"),
    "open": ("还没弄清的问题", "Open questions"),
    "because": ("为什么", "Why"),
    "empty_topic": (
        "这一天没有收录这方面的规定。换一个日子，或看上一级地区。",
        "No rule of this kind is known for that day. Try another day or the area above.",
    ),
    # Value
    "value_none": ("这一天没有规定", "No rule on this day"),
    "value_none_why": (
        "本地区和上级都没有那一天有效的记录。",
        "Neither the area nor one above it has a record for that day.",
    ),
    "may_decide": ("可以用来结算", "decides money"),
    "holds": ("从哪天起", "In force"),
    "until": ("到", "until"),
    "to_now": ("至今", "still in force"),
    "written_by": ("哪里的规定", "Rule of"),
    "own_rule": ("本地规定", "of the area itself"),
    "source": ("来源", "Source"),
    "number": ("文号", "Number"),
    "article": ("哪一条", "Article"),
    "published": ("公布", "Published"),
    "checked": ("核对", "Checked"),
    "known_from": ("录入", "Entered"),
    "grade": ("来源等级", "Grade"),
    "address": ("网址", "Address"),
    "sure": ("可靠程度", "How sure"),
    "note": ("说明", "Note"),
    "history": ("前后变化", "History"),
    "permanent": ("固定链接", "Permanent link"),
    "permanent_sub": ("发给别人，看到的是同一天的同一个数", "shows the same figure to everyone"),
    "key": ("数据名", "Key"),
    "source_values": ("依据这份文件的规定", "Values that rest on this document"),
    # Compare
    "compare_pick": ("选地区", "Choose regions"),
    "region_n": ("地区", "Region"),
    "none_chosen": ("不选", "none"),
    "chapter": ("比什么", "Subject"),
    "only_different": ("只看不一样的", "Only what differs"),
    "same": ("一样", "same"),
    "different": ("不一样", "differs"),
    "no_rule": ("没有规定", "no rule"),
    "compare_empty": ("先选两个以上的地区。", "Choose two regions or more."),
    "all_same": ("这些地区在这方面没有不同。", "These regions do not differ here."),
    # Search
    "found": ("找到", "found"),
    "nothing": ("没有找到", "Nothing found"),
    "nothing_why": (
        "换个短一点的词，例如“起付线”；或者从地区进去找，也可以打 12393 问当地医保局。",
        "Try a shorter word such as “deductible”, or start from a region.",
    ),
    "near": (
        "没有完全相符的，下面是相近的",
        "Nothing holds every word; these are near",
    ),
    "more_hits": ("每类最多显示 30 条，请写得更细。", "At most 30 of a kind; ask more exactly."),
    "values": ("规定", "Values"),
    "sources": ("文件", "Documents"),
    "claims": ("说法", "Claims"),
    # Errors
    "e404": ("没有这一页", "There is no such page"),
    "e404_why": (
        "地址可能写错了，或者这里还没有收录那个地区。",
        "The address may be wrong, or the region is not in the library yet.",
    ),
    "e400": ("地址里有看不懂的内容", "The address cannot be read"),
    "e400_why": ("没有做任何事。请从首页重新开始。", "Nothing was done. Please start from home."),
    "e500": ("这一页现在打不开", "This page cannot be shown now"),
    "e500_why": (
        "是我们的问题，不是您的。请 1 分钟后再试，或打 12393。",
        "The fault is ours. Please try again in a minute.",
    ),
    **TOOLS,
    **START,
}

BUSY_HTML = """<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>现在人多</title></head>
<body><main><h1>现在人多，请稍等</h1><p>没有做任何事。请 5 秒后再打开这一页。</p>
<p lang="en">Busy: please open this page again in five seconds. Nothing was done.</p>
</main></body></html>
"""


@lru_cache(maxsize=2)
def table(lang: str) -> dict[str, str]:
    """All words of one language by their name."""
    return {name: pair[0 if lang == "zh" else 1] for name, pair in W.items()}
