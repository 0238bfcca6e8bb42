# SPDX-License-Identifier: Apache-2.0
"""Words of the tools: what would we pay, may I, premium, cover, questions."""

from __future__ import annotations

PAYERS: dict[str, tuple[str, str]] = {
    "fund": ("统筹基金", "Pooled fund"),
    "extra": ("大病、补助、救助", "Supplements and aid"),
    "own": ("本人账户", "Own account"),
    "cash": ("现金", "Cash"),
}

# One relative, as the asker says it.
RELATIVES: dict[str, tuple[str, str]] = {
    "SPOUSE": ("配偶", "spouse"),
    "CHILD": ("子女", "child"),
    "PARENT": ("父母", "parent"),
    "SIBLING": ("兄弟姐妹", "sibling"),
    "PATERNAL_GRANDPARENT": ("祖父母", "father's parent"),
    "MATERNAL_GRANDPARENT": ("外祖父母", "mother's parent"),
    "SON_S_CHILD": ("孙子女", "son's child"),
    "DAUGHTER_S_CHILD": ("外孙子女", "daughter's child"),
    "PARENT_IN_LAW": ("公婆或岳父母", "parent-in-law"),
    "CHILD_IN_LAW": ("女婿或儿媳", "child-in-law"),
    "OTHER": ("其他亲属", "other relative"),
}

SCHEME: dict[str, tuple[str, str]] = {
    "employee": ("职工医保", "employees' scheme"),
    "resident": ("居民医保（含新农合）", "residents' scheme"),
}
STATUS: dict[str, tuple[str, str]] = {
    "ret": ("退休", "retired"),
    "in": ("在职", "in service"),
}
SETTING: dict[str, tuple[str, str]] = {
    "1": ("看普通门诊", "outpatient visit"),
    "2": ("到药店买药", "pharmacy"),
    "3": ("门诊慢特病", "chronic outpatient"),
    "4": ("住院", "hospital stay"),
}
LEVEL: dict[str, tuple[str, str]] = {
    "1": ("一级（社区、乡镇）", "level 1 (community)"),
    "2": ("二级（县区医院）", "level 2 (county)"),
    "3": ("三级（大医院）", "level 3 (large hospital)"),
}
KIN_STATE: dict[str, tuple[str, str]] = {
    "ok": ("已授权，职工医保正常", "bound, insured as an employee"),
    "paused": ("暂停了授权", "paused the authorisation"),
    "broken": ("职工医保断缴", "insurance interrupted"),
    "resident": ("参加的是居民医保", "in the residents' scheme"),
}

TOOLS: dict[str, tuple[str, str]] = {
    "tool_pay": ("我家要付多少", "What would we pay?"),
    "tool_pay_sub": ("一张账单，谁付多少、为什么", "one bill: who pays what, and why"),
    "tool_may": ("能不能用", "May I?"),
    "tool_may_sub": ("给谁用、用在哪里，行不行", "for whom and for what it may be used"),
    "tool_premium": ("居民医保要交多少", "Premium"),
    "tool_premium_sub": ("一年多少钱，什么时候交", "how much for a year, and when"),
    "tool_covered": ("什么时候能报", "When am I covered?"),
    "tool_covered_sub": ("晚交、断交，等多久", "late or broken payment: how long to wait"),
    "tool_questions": ("大家常问", "What people ask"),
    "tool_questions_sub": ("一问一答，都有出处", "answers with their sources"),
    "pay_lead": (
        "填一张账单，就知道医保、本人、家人和现金各付多少。和真的结算用同一套算法。",
        "Fill in a bill to see what fund, patient, relatives and cash would pay; the same "
        "calculation as in settlement.",
    ),
    "pay_patient": ("看病的人", "The patient"),
    "pay_visit": ("这次看病", "The visit"),
    "pay_kin": ("可以帮着付的家人", "Relatives who could pay"),
    "pay_kin_sub": (
        "最多 5 位，按这里的次序。钱指个人账户里的余额。",
        "Up to five, in this order. Money is what their accounts hold.",
    ),
    "pay_more": ("更多（可不填）", "More (optional)"),
    "pay_scheme": ("参加哪种医保", "Scheme"),
    "pay_status": ("在职还是退休", "Status"),
    "pay_age": ("年龄", "Age"),
    "pay_setting": ("怎么看病", "Kind of care"),
    "pay_level": ("医院等级", "Level of the hospital"),
    "pay_bill": ("账单总额（元）", "Bill (yuan)"),
    "pay_self": ("其中：全自费", "of it: fully self-paid"),
    "pay_self_hint": ("目录外的药和项目", "drugs and services outside the catalogue"),
    "pay_over": ("其中：超过限价", "of it: over the price limit"),
    "pay_first": ("其中：先自付", "of it: paid first by the patient"),
    "pay_first_hint": ("乙类药和项目里先由个人付的部分", "the share of class B items"),
    "pay_adm": ("今年第几次住院", "Stay number of this year"),
    "pay_used_ded": ("今年已付过的起付线", "Deductible already met this year"),
    "pay_used_fund": ("今年统筹基金已付", "Paid by the fund this year"),
    "pay_own": ("本人个人账户余额（元）", "Own account (yuan)"),
    "pay_own_carried": ("其中：历年结余", "of it: carried from earlier years"),
    "pay_go": ("算一算", "Calculate"),
    "pay_again": ("改一改再算", "Change and calculate again"),
    "kin": ("家人", "Relative"),
    "kin_none": ("没有", "none"),
    "kin_relation": ("是病人的什么人", "Relation to the patient"),
    "kin_balance": ("账户余额（元）", "Balance (yuan)"),
    "kin_carried": ("其中：历年结余", "of it: carried from earlier years"),
    "kin_year": ("每年最多让用", "Limit per year"),
    "kin_aside": ("已划到共济账户或给出的额度", "Moved to the family account, or granted"),
    "kin_aside_hint": (
        "只有要先划转、先授予额度的地方才填",
        "only where money must be moved or granted beforehand",
    ),
    "kin_area": ("在哪里参保", "Insured in"),
    "kin_same": ("和病人同一地区", "the patient's area"),
    "kin_state": ("现在的情况", "State"),
    "limit_hint": ("不填就是不限", "empty = no limit"),
    "res_cash": ("还要付现金", "To pay in cash"),
    "res_of": ("账单", "of a bill of"),
    "res_who": ("谁付多少", "Who pays what"),
    "res_payer": ("谁", "Payer"),
    "res_amount": ("元", "yuan"),
    "res_total": ("合计", "Total"),
    "res_why": ("为什么这样算", "Why"),
    "res_kin": ("家人各付多少，为什么不多付", "What each relative pays, and why not more"),
    "res_had": ("账户里有", "had"),
    "res_if": ("换一种情况", "What if"),
    "res_if_sub": ("和上面相比，现金多付或少付多少。", "Cash compared with the result above."),
    "res_same": ("现金一样", "same cash"),
    "res_less": ("少付现金", "less cash"),
    "res_more": ("多付现金", "more cash"),
    "res_refused": ("这张账单这里算不了", "This bill cannot be calculated here"),
    "res_refused_sub": (
        "缺一条确认过的规定。没有确认的不支付，也不猜。",
        "A confirmed rule is missing. Nothing is paid or guessed on what is not confirmed.",
    ),
    "res_gaps": ("未确认，按 0 元算", "Not confirmed, counted as nothing"),
    "res_basis": ("依据", "Source"),
    "res_trial": (
        "这是试算，没有扣任何钱。以医院收费处的结算为准。",
        "A trial: nothing was charged. The settlement at the institution prevails.",
    ),
    "res_weak": (
        "有的规定可靠程度不够，这次结果只供参考。",
        "Some rules used are not sure enough: take the result as a hint.",
    ),
    "may_lead": (
        "选好关系和用途，就知道能不能用家人的钱。",
        "Choose relation and use to see whether a relative's money may be used.",
    ),
    "may_relation": ("付钱的人是病人的", "Who would pay is the patient's"),
    "may_use": ("用来付什么", "To pay for"),
    "may_area": ("病人在哪里参保", "Where the patient is insured"),
    "may_scheme": ("病人参加哪种医保", "The patient's scheme"),
    "may_giver_area": ("付钱的人在哪里参保", "Where the giver is insured"),
    "may_giver": ("付钱的人参加哪种医保", "The giver's scheme"),
    "may_go": ("看能不能", "Ask"),
    "may_since": ("从哪天起", "Since"),
    "may_latest": ("不晚于", "at the latest"),
    "may_change": ("这个回答会变，从", "This answer changes on"),
    "may_do": ("怎么办", "What to do"),
    "ask_lead": (
        "大家最常问的事，按问的人多少排。每个回答后面是当地的规定。",
        "What people ask most, in that order; behind each answer the rules of the place.",
    ),
    "ask_here": ("当地规定", "Rules of the place"),
    "ask_open": ("没有可靠的答案", "no reliable answer"),
    "ask_go": ("换地区", "Change the place"),
}
