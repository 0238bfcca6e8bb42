# SPDX-License-Identifier: Apache-2.0
"""The register of keys: what each value of a pack means, in which unit, and who needs it.

A pattern holds fields: ``{L}`` level L1-L3, ``{S}`` in (在职) or ret (退休), ``{Y}`` coverage
year, ``{C}`` class of aid, ``{P}`` village or township, ``{B}`` an age from which a value holds,
``{K}`` a group of payers of a premium. A field in brackets may be left out; the fuller key wins
within one area. ``needed`` tells lint and ``policy show`` which schemes cannot do without the
value.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from gongji.kernel.benefit import EMPLOYEE, RESIDENT

LEVELS = ("L1", "L2", "L3")
STATUSES = ("in", "ret")

SCHEMES = {"employee": EMPLOYEE, "resident": RESIDENT}
_E = ("employee",)
_R = ("resident",)
_BOTH = ("employee", "resident")

# Who pays which premium of the residents' scheme.
PAYER_GROUPS: dict[str, str] = {
    "adult": "成年居民",
    "age60": "60–69 周岁",
    "age70": "70 周岁及以上",
    "young": "未成年人和在校学生",
    "student": "在校学生",
    "other": "其他居民",
    "lowIncome": "低保对象",
    "monitored": "监测对象",
    "exPoor": "脱贫人口",
    "special": "特困人员和孤儿",
}

_FIELDS = {
    "{L}": r"(?P<L>L[123])",
    "[.{L}]": r"(?:\.(?P<L>L[123]))?",
    "[.{S}]": r"(?:\.(?P<S>in|ret))?",
    "{Y}": r"(?P<Y>20[0-9]{2})",
    "[.{C}]": r"(?:\.(?P<C>C[1-9]))?",
    "{P}": r"(?P<P>village|township)",
    "[.{B}]": r"(?:\.(?P<B>from[0-9]{2}))?",
    "[.{K}]": r"(?:\.(?P<K>" + "|".join(PAYER_GROUPS) + r"))?",
}
_FIELD_ZH = {
    "L1": "一级",
    "L2": "二级",
    "L3": "三级",
    "in": "在职",
    "ret": "退休",
    "village": "村卫生室",
    "township": "乡镇卫生院",
    **PAYER_GROUPS,
}


class KeySpec(NamedTuple):
    """One family of keys."""

    pattern: str
    units: tuple[str, ...]
    zh: str
    en: str
    needed: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


_MONEY = ("yuan", "fen")
_RATIO = ("percent", "bp")
_STEP = ("percent", "bp", "segments")
_BASIS = ("AFTER_DEDUCTIBLE", "WITH_DEDUCTIBLE", "YEAR")
_CAP = ("FUND", "IN_POLICY")
_HERE = ("NOT_SETTLED_HERE", "REFUSE")


def _yes(pattern: str, zh: str, en: str, needed: tuple[str, ...] = ()) -> KeySpec:
    return KeySpec(pattern, ("yes_no",), zh, en, needed)


# fmt: off
KEYS: tuple[KeySpec, ...] = (
    # Mutual aid (家庭共济)
    KeySpec("ma.model", ("choice",), "共济模式", "model of mutual aid", _BOTH,
            ("AUTHORISE", "TRANSFER_POCKET", "GROUP_GRANT", "WALLET")),
    KeySpec("ma.relations", ("relations",), "可共济的亲属", "allowed relations", _BOTH),
    KeySpec("ma.maxRecipientsPerGiver", ("count",), "每位授权人的使用人上限", "most recipients"),
    _yes("ma.capIncludesGiver", "上限含授权人本人", "the cap counts the giver"),
    KeySpec("ma.maxGiversPerRecipient", ("count",), "每位使用人的授权人上限",
            "most givers of a recipient", _BOTH),
    KeySpec("ma.maxGiversPerSettlement", ("count",), "每次结算的授权人上限",
            "most givers in one settlement", _BOTH),
    KeySpec("ma.retainedBalance", _MONEY, "授权人须保留的余额", "balance a giver keeps", _BOTH),
    KeySpec("ma.retainedWageShare", _RATIO, "须保留余额占年平均工资的比例",
            "balance a giver keeps, of the yearly average wage"),
    KeySpec("area.averageWage", ("yuan_per_year",), "当地年平均工资", "average wage of a year"),
    KeySpec("ma.transferMin", _MONEY, "每次划转最低金额", "least sum of a transfer"),
    KeySpec("ma.transfersPerMonth", ("count",), "每月划转次数", "transfers a month"),
    KeySpec("ma.sourceBalance", ("choice",), "可共济的账户余额", "balance that may be given", _BOTH,
            ("ALL", "ACCUMULATED_ONLY")),
    KeySpec("ma.insuredArea", ("choice",), "双方参保地范围", "where both are insured", _BOTH,
            ("POOL", "PROVINCE", "NATIONAL_WALLET")),
    KeySpec("ma.treatmentArea", ("choice",), "可使用的就医地范围", "where it may be used", _BOTH,
            ("POOL", "PROVINCE", "NATION")),
    _yes("ma.ownMustBeZero", "本人账户须先用完", "own account must be zero first", _BOTH),
    KeySpec("ma.giverOrder", ("choice",), "多位授权人的扣款次序", "order of givers", _BOTH,
            ("CONFIGURED", "BINDING_TIME_ASC", "FILING_ORDER", "LOCAL_THEN_REMOTE", "SINGLE",
             "LATEST_BOUND_FIRST", "LARGEST_BALANCE_FIRST")),
    _yes("ma.mutual", "可互相授权", "two people may give to each other"),
    _yes("ma.validityRequired", "须约定起止日期", "dates of validity are required"),
    KeySpec("ma.unbindBy", ("choice",), "谁可解除授权", "who may end it", (), ("EITHER", "GIVER")),
    KeySpec("ma.unbindWait", ("months",), "解除后再绑定的等待期", "wait before binding again"),
    KeySpec("ma.confirmWithin", ("minutes",), "二次刷卡时限", "second swipe within"),
    KeySpec("ma.minorUntilAge", ("years",), "未满该年龄免人脸", "no face check below this age"),
    KeySpec("ma.groupAdmits", ("text",), "当地另可共济的对象", "who else may share here"),
    KeySpec("ma.limit.perVisit", _MONEY, "每次共济限额", "limit per visit"),
    KeySpec("ma.limit.perDay", _MONEY, "每日共济限额", "limit per day"),
    KeySpec("ma.limit.perYear", _MONEY, "每年共济限额", "limit per year"),
    _yes("ma.use.outpatient", "用于普通门诊", "use: outpatient", _BOTH),
    _yes("ma.use.inpatient", "用于住院", "use: inpatient", _BOTH),
    _yes("ma.use.chronic", "用于门诊慢特病", "use: chronic outpatient", _BOTH),
    _yes("ma.use.pharmacy", "用于定点药店", "use: pharmacy", _BOTH),
    _yes("ma.use.disinfectant", "用于药店消毒用品", "use: disinfectants at pharmacies"),
    _yes("ma.use.vaccine", "用于非免疫规划疫苗", "use: non-programme vaccines"),
    _yes("ma.use.checkup", "用于健康体检", "use: health check-ups"),
    _yes("ma.use.deposit", "用于住院押金", "use: deposits"),
    _yes("ma.use.premiumResident", "代缴居民医保费", "use: residents' premium"),
    _yes("ma.use.premiumLongTermCare", "代缴长期护理保险费", "use: long-term-care premium"),
    _yes("ma.use.commercial", "购买商业保险", "use: commercial insurance"),
    KeySpec("ma.eligibleBase", ("choice",), "账户可支付的范围", "what accounts may pay", _BOTH,
            ("IN_POLICY_ONLY", "ALL_PERSONAL")),
    KeySpec("ma.premiumMode", ("choice",), "代缴方式", "way of paying premiums", (),
            ("DIRECT", "REFUND_AFTER")),
    KeySpec("ma.proof", ("choice",), "关系证明方式", "proof of the relation", (),
            ("COMMITMENT", "UPLOAD", "REGISTRY")),
    KeySpec("ma.recipientConsent", ("choice",), "使用人同意方式", "recipient's consent", (),
            ("NONE", "FACE_16PLUS")),
    KeySpec("ma.onPause", ("choice",), "参保中断时", "on a pause of cover", (),
            ("SUSPEND", "DISSOLVE", "RETURN")),
    KeySpec("ma.onTransfer", ("choice",), "参保地转移时", "on a transfer of cover", (),
            ("SUSPEND", "DISSOLVE", "RETURN")),
    KeySpec("ma.onDeath", ("choice",), "死亡时", "on death", (),
            ("SUSPEND", "DISSOLVE", "RETURN")),
    _yes("ma.relativesCountToDeductible", "共济支付计入起付线",
         "sums of relatives count toward the deductible", _BOTH),
    KeySpec("ma.channels", ("text",), "办理共济授权的渠道", "where an authorisation is made"),
    _yes("ma.wallet.open", "医保钱包已开通", "wallet opened"),
    KeySpec("ma.wallet.transfersPerDay", ("count",), "钱包每日转账次数", "wallet transfers a day"),
    KeySpec("ma.wallet.perTransfer", _MONEY, "钱包单笔限额", "limit of one wallet transfer"),
    KeySpec("ma.wallet.mode", ("choice",), "钱包方式", "way of the wallet", (),
            ("TRANSFER", "QUOTA")),
    KeySpec("ma.wallet.closed", ("text",), "钱包不办理的时段", "hours without transfers"),
    KeySpec("ma.wallet.clearing", ("text",), "钱包清算", "clearing of the wallet"),
    _yes("ma.wallet.inOwnPool", "钱包可在本统筹区消费", "wallet usable in its own pooling area"),
    # Personal account
    KeySpec("pa.creditIn", _RATIO, "在职划入比例", "credit in service, of own base"),
    KeySpec("pa.creditRet[.{B}]", ("yuan_per_month",), "退休定额划入", "credit of the retired"),
    KeySpec("pa.creditRetYearly[.{B}]", ("yuan_per_year",), "退休定额划入（按年）",
            "yearly credit of the retired"),
    KeySpec("pa.interest", _RATIO, "个人账户年利率", "yearly interest of the account"),
    KeySpec("pa.bucketOrder", ("choice",), "当年与历年余额的使用次序", "order of the buckets",
            _BOTH, ("CURRENT_FIRST", "CARRIED_FIRST", "CARRIED_ONLY")),
    # Employees: outpatient
    KeySpec("op.deductibleMode", ("choice",), "门诊起付方式", "how the deductible is counted", _E,
            ("YEARLY", "PER_VISIT")),
    KeySpec("op.deductible[.{L}][.{S}]", _MONEY, "门诊起付线", "outpatient deductible", _E),
    KeySpec("op.ratio.{L}[.{S}]", _STEP, "门诊支付比例", "outpatient ratio", _E),
    KeySpec("op.annualCap[.{S}]", _MONEY, "门诊年度限额", "outpatient cap of the year", _E),
    KeySpec("op.perVisitCap[.{L}]", _MONEY, "门诊单次限额", "outpatient cap of a visit"),
    KeySpec("op.pharmacyRatio[.{S}]", _STEP, "定点药店支付比例", "pharmacy ratio", _E),
    KeySpec("op.capBasis", ("choice",), "门诊限额口径", "what the outpatient cap limits", _E, _CAP),
    KeySpec("op.segmentBasis", ("choice",), "门诊分段口径", "basis of segments", (), _BASIS),
    KeySpec("op.repeatDeductible.{L}", _MONEY, "第二次起门诊起付线",
            "outpatient deductible from the second visit"),
    KeySpec("op.ratioPrimary[.{S}]", _STEP, "基层机构门诊支付比例",
            "outpatient ratio at primary institutions"),
    KeySpec("op.ratioReferred[.{S}]", _STEP, "经基层转诊的门诊支付比例",
            "outpatient ratio after referral"),
    KeySpec("op.tcmRatio", _RATIO, "中医药项目门诊支付比例", "outpatient ratio of TCM items"),
    KeySpec("op.tcmCap", _MONEY, "中医药项目限额", "cap of TCM items"),
    KeySpec("op.monthlyCap", _MONEY, "门诊每月限额", "outpatient cap of a month"),
    # Employees: inpatient, chronic, supplements
    KeySpec("ip.deductible.{L}[.{S}]", ("yuan_by_admission",), "住院起付线",
            "inpatient deductible", _E),
    KeySpec("ip.ratio.{L}[.{S}]", _STEP, "住院支付比例", "inpatient ratio", _E),
    KeySpec("ip.cap", _MONEY, "统筹基金年度限额", "pooled cap of the year", _E),
    KeySpec("ip.capBasis", ("choice",), "统筹限额口径", "what the pooled cap limits", _E, _CAP),
    KeySpec("ip.segmentBasis", ("choice",), "住院分段口径", "basis of segments", (), _BASIS),
    KeySpec("ip.largeAmount.ratio", _RATIO, "大病（大额）支付比例", "large-amount ratio", _E),
    KeySpec("ip.largeAmount.cap", _MONEY, "大病（大额）年度限额", "large-amount cap", _E),
    KeySpec("ip.childbirth.deductible", ("yuan_by_admission",), "生育住院起付线",
            "childbirth deductible"),
    KeySpec("ip.childbirth.ratio.{L}", _STEP, "生育住院支付比例", "childbirth ratio"),
    KeySpec("chr.deductible", _MONEY, "慢特病起付线", "chronic deductible", _E),
    KeySpec("chr.ratio[.{S}]", _STEP, "慢特病支付比例", "chronic ratio"),
    KeySpec("chr.ratioRule", ("choice",), "慢特病支付比例规则", "chronic ratio rule", _E,
            ("AS_INPATIENT",)),
    KeySpec("chr.classI.capRule", ("choice",), "一类慢特病限额规则", "class I cap rule", _E,
            ("SHARES_INPATIENT",)),
    KeySpec("chr.classII.cap", _MONEY, "二类慢特病年度限额", "class II cap", _E),
    KeySpec("mat.antenatalCap", _MONEY, "产前检查限额", "cap of antenatal care"),
    KeySpec("mat.naturalBirth", _MONEY, "顺产定额", "fixed sum of a natural birth"),
    KeySpec("sub.outpatientRatio[.{S}]", _RATIO, "公务员门诊补助比例",
            "civil-servant subsidy, outpatient"),
    KeySpec("sub.inpatientRatio[.{S}]", _RATIO, "公务员住院补助比例",
            "civil-servant subsidy, inpatient"),
    KeySpec("sub.accountCredit[.{S}]", ("yuan_per_month",), "公务员补助每月划入个人账户",
            "civil-servant subsidy credited to the account"),
    KeySpec("sub.cap", _MONEY, "公务员补助年度限额", "civil-servant subsidy cap"),
    KeySpec("sub.ifUnconfirmed", ("choice",), "公务员补助未确认时", "subsidy when unconfirmed", _E,
            _HERE),
    KeySpec("aid.threshold[.{C}]", _MONEY, "医疗救助起付标准", "aid threshold"),
    KeySpec("aid.ratio[.{C}]", _RATIO, "医疗救助比例", "aid ratio"),
    KeySpec("aid.cap[.{C}]", _MONEY, "医疗救助年度限额", "aid cap"),
    KeySpec("aid.ifUnconfirmed", ("choice",), "医疗救助未确认时", "aid when unconfirmed", _BOTH,
            _HERE),
    # Residents
    KeySpec("res.op.deductibleMode", ("choice",), "居民门诊起付方式", "residents: deductible mode",
            _R, ("YEARLY", "PER_VISIT")),
    KeySpec("res.op.deductible[.{L}]", _MONEY, "居民门诊起付线", "residents: deductible", _R),
    KeySpec("res.op.ratio.{L}", _STEP, "居民门诊支付比例", "residents: outpatient ratio", _R),
    KeySpec("res.op.ratioFamilyDoctor", _RATIO, "签约家庭医生的门诊比例",
            "residents: ratio with a family doctor"),
    KeySpec("res.op.ratioCountyTcm", _RATIO, "县级中医院门诊比例",
            "residents: ratio at county TCM hospitals"),
    KeySpec("res.op.twoDiseases.ratio.{L}", _RATIO, "“两病”门诊比例", "residents: two diseases"),
    KeySpec("res.op.twoDiseases.cap.hypertension", _MONEY, "高血压限额", "hypertension cap"),
    KeySpec("res.op.twoDiseases.cap.diabetes", _MONEY, "糖尿病限额", "diabetes cap"),
    KeySpec("res.op.twoDiseases.cap.both", _MONEY, "“两病”并存限额", "cap of both diseases"),
    KeySpec("res.op.ratioAt.{P}", _STEP, "居民门诊支付比例", "residents: ratio at"),
    KeySpec("res.op.capAt.{P}", _MONEY, "居民门诊年度限额", "residents: cap at"),
    KeySpec("res.op.perDayCap", _MONEY, "居民门诊每日限额", "residents: cap of a day"),
    KeySpec("res.op.capAfterYears", ("text",), "连续缴费后的居民门诊限额",
            "residents: cap after unbroken years"),
    KeySpec("res.op.annualCap", _MONEY, "居民门诊年度限额", "residents: outpatient cap", _R),
    KeySpec("res.op.perVisitCap[.{L}]", _MONEY, "居民门诊单次限额", "residents: cap of a visit"),
    KeySpec("res.op.pharmacyRatio", _STEP, "居民药店统筹比例", "residents: pharmacy ratio", _R),
    KeySpec("res.op.capBasis", ("choice",), "居民门诊限额口径", "residents: outpatient cap basis",
            _R, _CAP),
    KeySpec("res.op.segmentBasis", ("choice",), "居民门诊分段口径", "residents: segments", (),
            _BASIS),
    KeySpec("res.ip.deductible.{L}", ("yuan_by_admission",), "居民住院起付线",
            "residents: inpatient deductible", _R),
    KeySpec("res.ip.ratio.{L}", _STEP, "居民住院支付比例", "residents: inpatient ratio", _R),
    KeySpec("res.ip.cap", _MONEY, "居民统筹年度限额", "residents: pooled cap", _R),
    KeySpec("res.ip.capBasis", ("choice",), "居民统筹限额口径", "residents: cap basis", _R, _CAP),
    KeySpec("res.ip.segmentBasis", ("choice",), "居民住院分段口径", "residents: segments", (),
            _BASIS),
    KeySpec("res.ip.freeAdmission.from", ("count",), "免起付的住院次数（自第几次）",
            "residents: no deductible from this admission"),
    KeySpec("res.ip.freeAdmission.ageFrom", ("years",), "免起付的年龄下限（含）",
            "residents: no deductible from this age"),
    KeySpec("res.ip.freeAdmission.ageTo", ("years",), "免起付的儿童年龄上限（含）",
            "residents: no deductible up to this age"),
    KeySpec("res.ip.referredOutside.deductible", _MONEY, "居民转外起付线", "residents: referred"),
    KeySpec("res.ip.referredOutside.ratio", _RATIO, "居民转外比例", "residents: referred ratio"),
    KeySpec("res.ip.unreferredOutside.deductible", _MONEY, "居民未转诊起付线",
            "residents: unreferred"),
    KeySpec("res.ip.unreferredOutside.ratio", _RATIO, "居民未转诊比例",
            "residents: unreferred ratio"),
    KeySpec("res.ip.childbirth.deductible", ("yuan_by_admission",), "居民生育住院起付线",
            "residents: childbirth deductible"),
    KeySpec("res.ip.childbirth.ratio.{L}", _STEP, "居民生育住院比例",
            "residents: childbirth ratio"),
    KeySpec("res.chr.deductible", _MONEY, "居民慢特病起付线", "residents: chronic deductible", _R),
    KeySpec("res.chr.ratio", _STEP, "居民慢特病支付比例", "residents: chronic ratio"),
    KeySpec("res.chr.ratioRule", ("choice",), "居民慢特病比例规则", "residents: chronic ratio", _R,
            ("AS_INPATIENT",)),
    KeySpec("res.chr.classI.capRule", ("choice",), "居民一类慢特病限额规则",
            "residents: class I cap rule", _R, ("SHARES_INPATIENT",)),
    KeySpec("res.chr.classII.cap", _MONEY, "居民二类慢特病限额", "residents: class II cap", _R),
    KeySpec("res.serious.threshold", _MONEY, "居民大病起付线", "serious illness: threshold", _R),
    KeySpec("res.serious.ratio", _STEP, "居民大病支付比例", "serious illness: ratio", _R),
    KeySpec("res.serious.cap", _MONEY, "居民大病年度限额", "serious illness: cap", _R),
    KeySpec("res.serious.aided.threshold", _MONEY, "困难群众大病起付线",
            "serious illness, aided: threshold"),
    KeySpec("res.serious.aided.ratio", _STEP, "困难群众大病比例", "serious illness, aided: ratio"),
    KeySpec("res.serious.aided.cap", _MONEY, "困难群众大病限额", "serious illness, aided: cap"),
    KeySpec("res.serious.incentive", _MONEY, "大病限额激励", "serious illness: incentive"),
    KeySpec("res.serious.incentiveMost", _RATIO, "大病激励上限占限额比例",
            "serious illness: most incentive, of the cap"),
    KeySpec("res.serious.bounds", ("choice",), "居民大病分段口径", "serious illness: bounds", (),
            ("ABSOLUTE", "ABOVE_THRESHOLD")),
    KeySpec("res.serious.ifUnconfirmed", ("choice",), "居民大病未确认时",
            "serious illness when unconfirmed", _R, _HERE),
    KeySpec("premium.employee.withAccount", _RATIO, "职工医保缴费比例（带个人账户）",
            "employees' premium, with account"),
    KeySpec("premium.employee.withoutAccount", _RATIO, "职工医保缴费比例（不带个人账户）",
            "employees' premium, without account"),
    KeySpec("res.premium.{Y}.personal[.{K}]", _MONEY, "居民医保个人缴费", "residents' premium"),
    KeySpec("res.premium.{Y}.subsidy", _MONEY, "居民医保财政补助", "subsidy to the premium"),
    KeySpec("res.premium.{Y}.personalAided", _MONEY, "定额资助对象个人缴费", "premium, fixed aid"),
    KeySpec("res.premium.{Y}.aid", _MONEY, "定额资助金额", "fixed aid to the premium"),
    KeySpec("res.premium.{Y}.personalStudent", _MONEY, "在校学生个人缴费", "premium, students"),
    KeySpec("res.premium.{Y}.aidStudent", _MONEY, "学生资助金额", "aid to students' premium"),
    KeySpec("res.premium.{Y}.windowFrom", ("date",), "集中缴费开始日", "window opens"),
    KeySpec("res.premium.{Y}.windowTo", ("date",), "集中缴费截止日", "window closes"),
    KeySpec("res.premium.{Y}.wholeYearUntil", ("date",), "当日前缴费享受全年",
            "paid by then: whole year"),
    KeySpec("res.premium.{Y}.lateWait", ("months",), "逾期缴费等待期",
            "waiting after late payment"),
    KeySpec("res.premium.{Y}.longTermCare", _MONEY, "随居民医保缴纳的长护险",
            "long-term-care premium paid along"),
    KeySpec("res.premium.newbornFree", ("years",), "新生儿免缴年数", "newborns: free years"),
    # Flexible employment: a month is base x rate + items, a year twelve months + yearly items
    KeySpec("flex.{Y}.base", ("yuan_per_month",), "灵活就业月缴费基数", "monthly base"),
    KeySpec("flex.{Y}.rate", _RATIO, "灵活就业缴费比例", "premium rate"),
    KeySpec("flex.{Y}.withAccount", ("yes_no",), "灵活就业带个人账户", "with an account"),
    KeySpec("flex.{Y}.monthly.basic", ("yuan_per_month",), "灵活就业每月医保费", "monthly premium"),
    KeySpec("flex.{Y}.monthly.large", ("yuan_per_month",), "每月大额医疗费",
            "large amount, monthly"),
    KeySpec("flex.{Y}.monthly.longTermCare", ("yuan_per_month",), "每月长护险费",
            "long-term care, monthly"),
    KeySpec("flex.{Y}.yearly.large", ("yuan_per_year",), "每年大额医疗费", "large amount, yearly"),
    KeySpec("flex.{Y}.yearly.longTermCare", ("yuan_per_year",), "每年长护险费",
            "long-term care, yearly"),
    KeySpec("flex.wait", ("months",), "灵活就业等待期", "wait of the flexibly employed"),
    KeySpec("flex.note", ("text",), "灵活就业缴费说明", "on flexible employment"),
    # Outside the province, waiting, claims
    KeySpec("xr.inProvince.extraFirstSelf", _RATIO, "省内异地先行自付",
            "elsewhere in the province"),
    KeySpec("xr.longTerm.extraFirstSelf", _RATIO, "长期异地备案先行自付", "long-term filed"),
    KeySpec("xr.referral.extraFirstSelf", _RATIO, "转诊急诊备案先行自付", "referral or emergency"),
    KeySpec("xr.unfiled.extraFirstSelf", _RATIO, "未备案先行自付", "unfiled"),
    KeySpec("xr.returning.extraFirstSelf", _RATIO, "长期备案回参保地先行自付",
            "long-term filed, treated at home"),
    KeySpec("xr.asFiled", ("text",), "视同备案的地区", "areas treated as filed"),
    KeySpec("xr.referral.ratioCut", _RATIO, "备案异地降低比例", "ratio less, filed"),
    KeySpec("xr.unfiled.ratioCut", _RATIO, "未备案降低比例", "ratio less, unfiled"),
    KeySpec("care.classBFirstSelf", _RATIO, "乙类先行自付比例", "class B first self-pay"),
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
    KeySpec("wait.employeeShare", _RATIO, "等待期内待遇比例", "share of benefits while waiting"),
    KeySpec("claim.deadline", ("text",), "零星报销期限", "deadline of manual claims"),
    KeySpec("claim.workDays", ("days",), "零星报销办结时限", "working days of a manual claim"),
)
# fmt: on


_FIELD = re.compile(r"(\[\.\{[A-Z]\}\]|\{[A-Z]\})")


def _compile(pattern: str) -> re.Pattern[str]:
    parts = _FIELD.split(pattern)
    return re.compile("".join(_FIELDS.get(part, re.escape(part)) for part in parts) + r"\Z")


_MATCHERS = tuple((_compile(spec.pattern), spec) for spec in KEYS)


@lru_cache(maxsize=4096)
def spec_of(key: str) -> KeySpec | None:
    """The family of a key, or None for a key that does not exist."""
    for matcher, spec in _MATCHERS:
        if matcher.match(key):
            return spec
    return None


@lru_cache(maxsize=4096)
def labels(key: str) -> tuple[str, str]:
    """Name of a key for people, Chinese and English, with its level and status."""
    for matcher, spec in _MATCHERS:
        match = matcher.match(key)
        if match:
            fields = [value for value in match.groupdict().values() if value]
            zh = "".join([spec.zh, *(" " + _FIELD_ZH.get(field, field) for field in fields)])
            return zh, " ".join([spec.en, *fields])
    return key, key


def needed_keys(scheme: str) -> list[tuple[str, ...]]:
    """For each value that a scheme needs: the keys that can give it, the fullest first."""
    wanted: list[tuple[str, ...]] = []
    statuses: tuple[str, ...] = STATUSES if scheme == "employee" else ("",)
    for spec in KEYS:
        if scheme not in spec.needed:
            continue
        for level in LEVELS if "{L}" in spec.pattern else ("",):
            for status in statuses if "{S}" in spec.pattern else ("",):
                keys = expansions(spec.pattern, level, status)
                if keys not in wanted:
                    wanted.append(keys)
    return wanted


def expansions(pattern: str, level: str = "", status: str = "", aid: str = "") -> tuple[str, ...]:
    """Keys of a pattern for a level, status and class of aid, the fullest first."""
    keys = [pattern]
    for field, mark, given in (("L", "{L}", level), ("S", "{S}", status), ("C", "{C}", aid)):
        optional = f"[.{mark}]"
        if optional in pattern:
            full = [key.replace(optional, f".{given}") for key in keys] if given else []
            keys = [*full, *(key.replace(optional, "") for key in keys)]
        else:
            keys = [key.replace(mark, given or field) for key in keys]
    return tuple(keys)
