# SPDX-License-Identifier: Apache-2.0
"""Numbered refusals of the room (2100-2199); each says what is wrong and what to do next."""

from __future__ import annotations

from gongji.kernel.errors import Refusal

INSTITUTION_UNKNOWN = 2100
INSTITUTION_INACTIVE = 2101
INSTITUTION_KIND = 2102
INSTITUTION_TAKEN = 2103
MED_TYPE_UNKNOWN = 2105
MED_TYPE_FIXED = 2106
VISIT_UNKNOWN = 2110
VISIT_ELSEWHERE = 2111
VISIT_CANCELLED = 2112
VISIT_NOT_OPEN = 2113
VISIT_HAS_LINES = 2114
VISIT_SETTLED = 2115
NOT_A_STAY = 2116
IS_A_STAY = 2117
PATIENT_UNKNOWN = 2118
BATCH_UPLOADED = 2120
SERIAL_REPEATED = 2121
LINES_TOO_MANY = 2122
LINES_MISSING = 2123
LINES_SETTLED = 2124
BATCH_UNKNOWN = 2125
LINE_UNKNOWN = 2126
BATCH_NAME_RESERVED = 2127
LINE_AMOUNT_DIFFERS = 2130
LINE_SIGN = 2131
CANCELLED_LINE_UNKNOWN = 2132
CANCELLED_MORE_THAN_BILLED = 2133
LINE_IS_CANCELLED = 2134
RETURN_CONTRADICTS = 2135
RETURN_AMOUNT_DIFFERS = 2136
RETURN_OF_RETURN = 2137
NO_RETURN = 2138
NOT_IN_UPLOAD = 2139
STAY_OPEN_ALREADY = 2140
STAY_OVERLAPS = 2141
DISCHARGE_BEFORE_ADMISSION = 2142
NOT_DISCHARGED = 2143
DISCHARGED_ALREADY = 2144
TIME_IN_FUTURE = 2145
LINE_AFTER_DISCHARGE = 2146
LINE_BEFORE_BEGIN = 2147
NOT_IN_PURCHASE = 2148
RETURNED_WRONGLY = 2149

_TEXTS: dict[int, tuple[str, str]] = {
    INSTITUTION_UNKNOWN: ("没有该定点医药机构", "no such institution"),
    INSTITUTION_INACTIVE: (
        "该机构的医保定点已暂停或终止，不能办理新业务",
        "the institution's designation is suspended or ended; no new business is possible",
    ),
    INSTITUTION_KIND: (
        "该类机构不能办理此类业务（药店不能办理住院，医院不能办理药店购药）",
        "this kind of institution cannot do that (no stays at pharmacies, no pharmacy purchases"
        " at hospitals)",
    ),
    INSTITUTION_TAKEN: ("该机构编码已登记", "an institution with this code exists already"),
    MED_TYPE_UNKNOWN: ("医疗类别无法识别", "this kind of care (med_type) is not known"),
    MED_TYPE_FIXED: (
        "该就诊已有已结算的费用，不能更改医疗类别",
        "the visit has settled lines, so the kind of care can no longer change",
    ),
    VISIT_UNKNOWN: (
        "没有该就诊记录，请核对人员编号和就诊ID",
        "no such visit; check the person number and the visit id",
    ),
    VISIT_ELSEWHERE: (
        "该就诊不属于本机构",
        "this visit belongs to another institution",
    ),
    VISIT_CANCELLED: ("该就诊已撤销", "the visit was cancelled"),
    VISIT_NOT_OPEN: (
        "该就诊已结束，不能再上传或撤销费用；住院请先撤销出院",
        "the visit is closed; undo the discharge first",
    ),
    VISIT_HAS_LINES: (
        "该就诊已上传费用明细，请先撤销费用明细",
        "the visit has fee lines; remove them first",
    ),
    VISIT_SETTLED: (
        "该就诊有已结算的费用，请先撤销结算",
        "the visit has settled lines; undo the settlement first",
    ),
    NOT_A_STAY: ("该就诊不是住院", "this visit is not a stay"),
    IS_A_STAY: (
        "该就诊是住院，请使用住院类交易",
        "this visit is a stay; use the messages for stays",
    ),
    PATIENT_UNKNOWN: ("查无此人", "no such person"),
    BATCH_UPLOADED: (
        "该收费批次已上传，如需更改请先撤销该批次",
        "this charge batch was uploaded already; remove it before sending it again",
    ),
    SERIAL_REPEATED: (
        "费用明细流水号在该就诊中重复",
        "a fee line number occurs twice in this visit",
    ),
    LINES_TOO_MANY: (
        "费用明细条数超过该就诊的上限",
        "more fee lines than one visit may have",
    ),
    LINES_MISSING: ("没有费用明细", "there are no fee lines"),
    LINES_SETTLED: (
        "费用明细已结算，不能撤销，请先撤销结算",
        "settled lines cannot be removed; undo the settlement first",
    ),
    # Clients that cancel lines look for the words behind the colon and go on.
    BATCH_UNKNOWN: (
        "没有该收费批次：没有需要撤销的处方，在费用明细表中未查询到任何有效相关的记录",
        "no such charge batch",
    ),
    LINE_UNKNOWN: (
        "没有该费用明细：没有需要撤销的处方，在费用明细表中未查询到任何有效相关的记录",
        "no such fee line",
    ),
    BATCH_NAME_RESERVED: (
        "收费批次号不能为空或为 0000",
        "a charge batch number must not be empty or 0000",
    ),
    LINE_AMOUNT_DIFFERS: (
        "明细 {serial} 总额与单价乘数量不符（允许误差0.01元）",
        "the amount of line {serial} is not price times quantity (0.01 yuan is tolerated)",
    ),
    LINE_SIGN: (
        "明细 {serial} 的数量、单价与金额符号不一致，或数量为零",
        "quantity, price and amount of line {serial} have signs that do not agree, or no quantity",
    ),
    CANCELLED_LINE_UNKNOWN: (
        "负数明细 {serial} 须以 init_feedetl_sn（原费用流水号）指明本次住院中被冲销的原明细，"
        "未找到 {of}",
        "negative line {serial} must name the line of the same stay that it takes back; no {of}",
    ),
    CANCELLED_MORE_THAN_BILLED: (
        "明细 {serial} 冲销数量 {count} 超过原明细 {of} 尚可冲销的数量 {left}",
        "line {serial} takes back {count} of line {of}, of which {left} are left",
    ),
    LINE_IS_CANCELLED: (
        "明细 {serial} 已被负数明细 {by} 冲销，请先撤销或一并撤销负数明细",
        "negative line {by} takes back line {serial}; remove it before or together with it",
    ),
    RETURN_CONTRADICTS: (
        "负数明细 {serial} 的 {field}与被冲销的原明细 {of} 不一致，请按原明细上送；"
        "项目有误的，应冲销原明细后按正确项目另行上传",
        "negative line {serial} differs from line {of} that it takes back in {name}",
    ),
    RETURN_AMOUNT_DIFFERS: (
        "负数明细 {serial} 的金额应为 {due} 元，上送 {stated} 元："
        "按原明细 {of} 的金额和数量比例计算，最后一次冲销为全部余额，请更正后重传",
        "negative line {serial} must be {due}, not {stated}: pro rata of line {of} by quantity,"
        " the last return takes what is left",
    ),
    RETURN_OF_RETURN: (
        "负数明细 {serial} 指明的 {of} 本身是负数明细，不能冲销；"
        "请用撤销交易撤销它，或上传新的明细",
        "negative line {serial} names {of}, which is negative itself; remove that one instead",
    ),
    NO_RETURN: (
        "明细 {serial} 填写了 init_feedetl_sn（原费用流水号）{of}，但数量不是负数；"
        "冲销时数量和金额应为负，新明细请不填该项",
        "line {serial} names line {of} but its quantity is not negative",
    ),
    NOT_IN_UPLOAD: (
        "负数明细 {serial} 须以 init_feedetl_sn 指明同一收费批次、同一次上传中的原明细，"
        "未找到 {of}；未结算的批次请用 2205 撤销后重新上传，已结算的请用 2208 撤销结算",
        "negative line {serial} must name a line of the same upload, no {of}; remove an unsettled"
        " charge batch by 2205, reverse a settled one by 2208",
    ),
    NOT_IN_PURCHASE: (
        "负数明细 {serial} 须以 init_feedetl_sn 指明本单中被冲销的原明细，未找到 {of}；"
        "已结算的购药请用 2103 撤销整笔后重新结算",
        "negative line {serial} must name a line of the same purchase, no {of}; reverse a settled"
        " purchase by 2103",
    ),
    RETURNED_WRONGLY: (
        "此前对原明细 {of} 的冲销与其不一致，不能再冲销（{serial}）；请先撤销此前的负数明细",
        "earlier returns of line {of} do not agree with it; remove them before line {serial}",
    ),
    STAY_OPEN_ALREADY: (
        "该人员有未办理出院的住院，不能再次入院",
        "the person has a stay that is still open; it must be closed first",
    ),
    STAY_OVERLAPS: (
        "入院时间与该人员的另一次住院重叠",
        "the stay overlaps another stay of the same person",
    ),
    DISCHARGE_BEFORE_ADMISSION: (
        "出院时间早于入院时间",
        "the discharge lies before the admission",
    ),
    NOT_DISCHARGED: ("该住院尚未办理出院", "the stay is not discharged"),
    DISCHARGED_ALREADY: (
        "该住院已办理出院，请先撤销出院",
        "the stay is discharged already; undo the discharge first",
    ),
    TIME_IN_FUTURE: (
        "时间晚于当前时间，请核对机构系统时钟",
        "the time lies in the future; check the clock of the institution's system",
    ),
    LINE_AFTER_DISCHARGE: (
        "明细 {serial} 的 fee_ocur_time（费用发生时间）{moment} 晚于出院日 {day}；"
        "请更正出院时间，或撤销该明细后按实际时间重新上传",
        "line {serial} is dated {moment}, after the day of discharge {day}; correct the discharge,"
        " or remove the line and send it with its true time",
    ),
    LINE_BEFORE_BEGIN: (
        "明细 {serial} 的 fee_ocur_time（费用发生时间）{moment} 早于 {day}"
        "（就诊或入院开始日期的前一天）；请更正开始时间，或撤销该明细后按实际时间重新上传",
        "line {serial} is dated {moment}, before {day}, the day before the care began; correct the"
        " beginning, or remove the line and send it with its true time",
    ),
}


def refusal(code: int, **details: int | str | None) -> Refusal:
    """The refusal with that number; ``details`` are the figures behind it and fill its sentences.

    A sentence with gaps needs all of them, never personal data.
    """
    zh, en = _TEXTS[code]
    if details:
        zh, en = zh.format(**details), en.format(**details)
    return Refusal(code, zh, en, **details)


def numbers() -> tuple[int, ...]:
    """Every number of the room, for tests and documentation."""
    return tuple(_TEXTS)
