# SPDX-License-Identifier: Apache-2.0
"""Keys of flexible employment, care elsewhere, waiting and claims."""

from __future__ import annotations

from gongji.policy.key_spec import (
    RATIO,
    KeySpec,
)

# fmt: off
COVER: tuple[KeySpec, ...] = (
    # Flexible employment: a month is base x rate + items, a year twelve months + yearly items
    KeySpec("flex.{Y}.base", ("yuan_per_month",), "灵活就业月缴费基数", "monthly base"),
    KeySpec("flex.{Y}.rate", RATIO, "灵活就业缴费比例", "premium rate"),
    KeySpec("flex.{Y}.withAccount", ("yes_no",), "灵活就业带个人账户", "with an account"),
    KeySpec("flex.{Y}.monthly.basic", ("yuan_per_month",), "灵活就业每月医保费", "monthly premium"),
    KeySpec("flex.{Y}.monthly.large", ("yuan_per_month",), "每月大额医疗费",
            "large amount, monthly"),
    KeySpec("flex.{Y}.monthly.longTermCare", ("yuan_per_month",), "每月长护险费",
            "long-term care, monthly"),
    KeySpec("flex.{Y}.yearly.large", ("yuan_per_year",), "每年大额医疗费", "large amount, yearly"),
    KeySpec("flex.{Y}.yearly.longTermCare", ("yuan_per_year",), "每年长护险费",
            "long-term care, yearly"),
    KeySpec("flex.{Y}.publishedYear", ("yuan_per_year",), "公布的全年合计",
            "published total of a year"),
    KeySpec("flex.{Y}.publishedMonth", ("yuan_per_month",), "公布的每月合计",
            "published total of a month"),
    KeySpec("flex.wait", ("months",), "灵活就业等待期", "wait of the flexibly employed"),
    KeySpec("flex.note", ("text",), "灵活就业缴费说明", "on flexible employment"),
    KeySpec("flex.channels", ("text",), "灵活就业参保渠道", "where the flexibly employed enrol"),
    # What a province holds its cities to
    KeySpec("floor.op.ratio[.{S}]", RATIO, "职工门诊支付比例下限", "least outpatient ratio"),
    KeySpec("floor.op.levelGap", RATIO, "各级机构门诊比例最小差距",
            "least gap of the outpatient ratio between levels"),
    KeySpec("floor.op.capWageShare[.{S}]", RATIO, "门诊年度限额占年平均工资的下限",
            "least outpatient cap, of the yearly average wage"),
    # Outside the province, waiting, claims
    KeySpec("xr.inProvince.extraFirstSelf", RATIO, "省内异地先行自付",
            "elsewhere in the province"),
    KeySpec("xr.longTerm.extraFirstSelf", RATIO, "长期异地备案先行自付", "long-term filed"),
    KeySpec("xr.referral.extraFirstSelf", RATIO, "转诊急诊备案先行自付", "referral or emergency"),
    KeySpec("xr.unfiled.extraFirstSelf", RATIO, "未备案先行自付", "unfiled"),
    KeySpec("xr.returning.extraFirstSelf", RATIO, "长期备案回参保地先行自付",
            "long-term filed, treated at home"),
    KeySpec("xr.asFiled", ("text",), "视同备案的地区", "areas treated as filed"),
    KeySpec("xr.asFiledAreas", ("areas",), "视同备案的地区代码", "codes of areas treated as filed"),
    KeySpec("xr.asFiled.extraFirstSelf", RATIO, "视同备案地区先行自付",
            "in an area treated as filed"),
    KeySpec("xr.referral.ratioCut", RATIO, "备案异地降低比例", "ratio less, filed"),
    KeySpec("xr.unfiled.ratioCut", RATIO, "未备案降低比例", "ratio less, unfiled"),
    KeySpec("care.online", ("text",), "互联网复诊", "online follow-up visits"),
    KeySpec("xr.note", ("text",), "异地就医说明", "on care elsewhere"),
    KeySpec("care.classBFirstSelf", RATIO, "乙类先行自付比例", "class B first self-pay"),
    KeySpec("wait.newbornDays", ("days",), "新生儿参保期限（自出生之日享受待遇）",
            "newborns: insured within, covered from birth"),
    KeySpec("wait.residentMonths", ("months",), "居民等待期", "residents' waiting period"),
    KeySpec("wait.residentPerYear", ("months",), "每断缴一年增加", "more for each year of break"),
    KeySpec("wait.employeeGraceMonths", ("months",), "职工中断可补缴期", "employees' grace"),
    KeySpec("wait.employeeMost", ("months",), "职工等待期上限", "employees' longest wait"),
    KeySpec("wait.residentLeastLong", ("months",), "断保四年以上最短等待期",
            "least wait after four years of break"),
    KeySpec("wait.employeeRepaidMonths", ("months",), "职工中断补缴后的等待期",
            "employees' wait after repaying"),
    KeySpec("wait.employeeUnpaidMonths", ("months",), "职工中断未补缴的等待期",
            "employees' wait without repaying"),
    KeySpec("wait.employeeShare", RATIO, "等待期内待遇比例", "share of benefits while waiting"),
    KeySpec("claim.deadline", ("text",), "零星报销期限", "deadline of manual claims"),
    KeySpec("claim.onlineYearsBack", ("count",), "联网结算可追溯的年数",
            "calendar years back that are settled online"),
    KeySpec("claim.workDays", ("days",), "零星报销办结时限", "working days of a manual claim"),
    # Rules that people must know; they decide no figure
    KeySpec("rule.credential", ("text",), "就医凭证", "whose credential is used"),
    KeySpec("rule.proxyPurchase", ("text",), "代购药", "buying drugs for another"),
    KeySpec("rule.neverPaid", ("text",), "基金不支付的费用", "never paid by the fund"),
    KeySpec("rule.giver", ("text",), "谁可授权", "who may give"),
    KeySpec("rule.recipient", ("text",), "谁可使用", "who may receive"),
    KeySpec("rule.benefits", ("text",), "共济与患者待遇", "mutual aid and the patient's benefits"),
    KeySpec("rule.payOrder", ("text",), "个人负担由谁先付", "who pays the burden first"),
    KeySpec("rule.stepOrder", ("text",), "各层保障的次序", "order of the layers"),
    KeySpec("xr.rule", ("text",), "跨省就医规则", "rule of care in another province"),
)
# fmt: on
