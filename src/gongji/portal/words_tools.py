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
    "3": ("门诊慢特病（高血压、糖尿病等）", "chronic outpatient (hypertension, diabetes ...)"),
    "5": ("门诊慢特病一类（透析、癌症等）", "chronic outpatient, class I (dialysis, cancer ...)"),
    "4": ("住院", "hospital stay"),
    "6": ("住院生孩子", "stay for childbirth"),
}
PRESCRIPTION: dict[str, tuple[str, str]] = {
    "no": ("没有", "no"),
    "yes": ("有定点医疗机构的处方", "yes, of a designated institution"),
}
FILED: dict[str, tuple[str, str]] = {
    "3": ("没有备案，自己去的", "not filed"),
    "1": ("长期住在外地，已备案", "filed: living elsewhere for long"),
    "2": ("转诊或急诊", "referral or emergency"),
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

KIND: dict[str, tuple[str, str]] = {
    "resident": ("居民医保", "residents' scheme"),
    "flexible": ("灵活就业（自己参加职工医保）", "flexible employment"),
}
GROUP_EN: dict[str, str] = {
    "adult": "adults",
    "age60": "60 to 69 years",
    "age70": "70 years and older",
    "young": "minors and students",
    "student": "students",
    "other": "other residents",
    "lowIncome": "low-income households",
    "monitored": "people monitored against poverty",
    "exPoor": "people out of poverty",
    "special": "people in special hardship, orphans",
}

TOOLS: dict[str, tuple[str, str]] = {
    "tool_pay": ("我家要付多少", "What would we pay?"),
    "tool_pay_sub": ("一张账单，谁付多少、为什么", "one bill: who pays what, and why"),
    "tool_may": ("能不能用", "May I?"),
    "tool_may_sub": ("给谁用、用在哪里，行不行", "for whom and for what it may be used"),
    "tool_premium": ("医保要交多少", "Premium"),
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
    "pay_rx": ("到药店买药：有处方吗", "At a pharmacy: is there a prescription?"),
    "pay_level": ("医院等级", "Level of the hospital"),
    "pay_bill": ("账单总额（元）", "Bill (yuan)"),
    "pay_self": ("账单里的全自费（元）", "of the bill: fully self-paid (yuan)"),
    "pay_self_hint": ("目录外的药和项目", "drugs and services outside the catalogue"),
    "pay_over": ("账单里超过限价的（元）", "of the bill: over the price limit (yuan)"),
    "pay_first": ("账单里的先自付（元）", "of the bill: paid first by the patient (yuan)"),
    "pay_first_hint": ("乙类药和项目里先由个人付的部分", "the share of class B items"),
    "pay_adm": ("今年第几次住院", "Stay number of this year"),
    "pay_care": ("在哪里看病", "Place of care"),
    "pay_care_same": ("就在参保地", "where the patient is insured"),
    "pay_filed": ("到外省看病的备案", "Filing for care in another province"),
    "pay_used_ded": ("今年已付过的起付线（元）", "Deductible already met this year (yuan)"),
    "pay_used_ded_hint": (
        "起付线以内的钱由本人付，付满才报",
        "up to the deductible the patient pays",
    ),
    "pay_used_fund": ("今年统筹基金已付（元）", "Paid by the fund this year (yuan)"),
    "pay_used_fund_hint": ("就是今年已经报销的钱", "what was reimbursed this year"),
    "pay_own": ("本人个人账户余额（元）", "Own account (yuan)"),
    "pay_own_carried": (
        "本人账户里往年剩下的钱（元）",
        "Own account: carried from earlier years (yuan)",
    ),
    "pay_go": ("算一算", "Calculate"),
    "pay_again": ("改一改再算", "Change and calculate again"),
    "kin": ("家人", "Relative"),
    "kin_none": ("没有", "none"),
    "kin_relation": ("是病人的什么人", "Relation to the patient"),
    "kin_balance": ("账户余额（元）", "Balance (yuan)"),
    "kin_carried": ("余额里往年剩下的钱（元）", "of the balance: from earlier years (yuan)"),
    "carried_hint": ("也叫历年结余，有的地方只许用这部分", "some places let only this be used"),
    "kin_visit": ("每次最多让用（元）", "Limit per visit (yuan)"),
    "kin_day": ("每天最多让用（元）", "Limit per day (yuan)"),
    "kin_year": ("每年最多让用（元）", "Limit per year (yuan)"),
    "kin_aside": (
        "已划到共济账户或给出的额度（元）",
        "Moved to the family account, or granted (yuan)",
    ),
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
    "res_refused_do": (
        "怎么办：请打 12393，问当地医保局。也可以换一种看病方式、等级或日子再算。",
        "What to do: ask the bureau, telephone 12393, or try another kind of care, level or day.",
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
    "prem_lead": (
        "看一年要交多少、什么时候交。合计是逐项加出来的，不是抄来的。",
        "What a year costs and when to pay. The total is added up from its parts.",
    ),
    "prem_kind": ("哪一种", "Kind"),
    "prem_year": ("保哪一年", "Coverage year"),
    "prem_group": ("属于哪类人（居民医保）", "Group (residents)"),
    "prem_months": ("交几个月（灵活就业）", "Months (flexible employment)"),
    "prem_claimed": ("别处公布的合计，帮您核一核", "A published total to check"),
    "prem_go": ("看要交多少", "Show"),
    "prem_total": ("个人要交", "To pay"),
    "prem_parts": ("怎么加出来的", "Its parts"),
    "prem_per_year": ("每年", "a year"),
    "prem_per_month": ("每月", "a month"),
    "prem_month": ("每月合计", "each month"),
    "prem_times": ("交费月数", "months"),
    "prem_subsidy": ("另外财政补助", "The state adds"),
    "prem_window": ("集中缴费时间", "Payment window"),
    "prem_none": ("没有确认的数字，不给合计", "No confirmed figure, so no total"),
    "cov_lead": (
        "晚交或断交，可能要等。这里算从哪天起能报。",
        "Late or broken payment may mean waiting. This gives the first day of cover.",
    ),
    "cov_paid": ("哪天缴的费", "Paid on"),
    "cov_missed": ("之前断了几年", "Whole years missed before"),
    "cov_repaid_years": ("其中补缴了几年", "of them repaid"),
    "cov_exempt": (
        "规定不用等的人（新生儿请填出生日期）",
        "excused from waiting by law (for a newborn give the day of birth)",
    ),
    "cov_born": ("新生儿的出生日期（不是新生儿不用填）", "Day of birth, of a newborn only"),
    "cov_broken": ("断了几个月", "Months of the break"),
    "cov_repaid": ("断的几个月已补缴", "the months were repaid"),
    "cov_resident": ("居民医保填这里", "Residents' scheme"),
    "cov_employee": ("职工医保填这里", "Employees' scheme"),
    "cov_go": ("从哪天起", "From when"),
    "cov_from": ("从这一天起能报", "Covered from"),
    "cov_to": ("到", "until"),
    "cov_wait": ("等待", "Waiting"),
    "cov_months": ("个月", "months"),
    "cov_share": ("等待期内按比例付", "While waiting"),
    "cov_none": ("算不出日期", "No day can be given"),
}
