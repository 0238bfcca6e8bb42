# SPDX-License-Identifier: Apache-2.0
"""Numbered refusals of the settlement room (3100-3199), in Chinese and English.

The numbers are stable: institutions branch on them. Figures in the sentences are yuan.
"""

from __future__ import annotations

import datetime as dt

from gongji.kernel.errors import Refusal
from gongji.kernel.money import yuan

VISIT_NOT_FOUND = 3101
VISIT_OF_OTHER_INSTITUTION = 3102
VISIT_CANCELLED = 3103
NO_LINES = 3104
ALREADY_SETTLED = 3105
AMOUNT_CHANGED = 3106
COVERAGE_NOT_ACTIVE = 3107
SCHEME_DIFFERS = 3108
MED_TYPE_DIFFERS = 3109
NOTHING_TO_PAY = 3110
NOT_DISCHARGED = 3111
BILL_BELOW_ZERO = 3112
SERVICE_IN_FUTURE = 3115
SERVICE_TOO_OLD = 3116
CARE_UNSUITED = 3130
NO_FILING = 3131
SETTLEMENT_NOT_FOUND = 3120
ALREADY_REVERSED = 3121
SETTLEMENT_OF_OTHER_INSTITUTION = 3122
NOT_REVERSIBLE = 3123
VISIT_MISMATCH = 3124
CANNOT_RESTORE = 3125
SETTLED_SINCE = 3126
MONEY_GONE = 3127
KEY_REUSED = 3140
KEY_CANCELLED = 3141
UNDO_MISMATCH = 3142
UNDO_NOT_SUPPORTED = 3143
UNDO_OTHER_PERSON = 3144
PERSON_NOT_FOUND = 3150
BUSY = 3180
OUTCOME_UNKNOWN = 3190
INTERNAL = 3199


def visit_not_found(mdtrt_id: int) -> Refusal:
    """No such visit for this person."""
    return Refusal(
        VISIT_NOT_FOUND,
        f"未找到该参保人的就诊记录 {mdtrt_id}",
        f"no visit {mdtrt_id} of this person",
    )


def visit_of_other_institution(mdtrt_id: int) -> Refusal:
    """The visit belongs to another institution."""
    return Refusal(
        VISIT_OF_OTHER_INSTITUTION,
        f"就诊记录 {mdtrt_id} 属于其他定点机构，本机构不能结算",
        f"visit {mdtrt_id} belongs to another institution",
    )


def visit_cancelled(mdtrt_id: int) -> Refusal:
    """The visit was cancelled."""
    return Refusal(VISIT_CANCELLED, f"就诊记录 {mdtrt_id} 已撤销", f"visit {mdtrt_id} is cancelled")


def not_discharged(mdtrt_id: int) -> Refusal:
    """A final inpatient settlement needs the discharge (2402) first."""
    return Refusal(
        NOT_DISCHARGED,
        f"住院 {mdtrt_id} 尚未办理出院，不能出院结算；中途结算请上送 mid_setl_flag=1",
        f"stay {mdtrt_id} has no discharge yet",
    )


def no_lines(chrg_bchno: str) -> Refusal:
    """No unsettled fee lines to settle."""
    what = f"收费批次 {chrg_bchno}" if chrg_bchno else "本次住院"
    return Refusal(NO_LINES, f"{what} 没有待结算的费用明细", f"no unsettled lines ({chrg_bchno})")


def already_settled(chrg_bchno: str, setl_id: int) -> Refusal:
    """The batch has a live settlement."""
    what = f"收费批次 {chrg_bchno}" if chrg_bchno else "本次住院的全部费用"
    return Refusal(
        ALREADY_SETTLED,
        f"{what}已结算，结算ID {setl_id}；如需重结请先撤销",
        f"batch {chrg_bchno} is settled already as {setl_id}",
        setl_id=setl_id,
    )


def amount_changed(field: str, stated_fen: int, actual_fen: int) -> Refusal:
    """A stated amount differs from the uploaded lines or from the trial."""
    return Refusal(
        AMOUNT_CHANGED,
        f"{field} 上送 {yuan(stated_fen)} 元，中心计算为 {yuan(actual_fen)} 元，请重新预结算",
        f"{field}: stated {yuan(stated_fen)}, computed {yuan(actual_fen)}",
        stated_fen=stated_fen,
        actual_fen=actual_fen,
    )


def coverage_not_active(insutype: int, day: str) -> Refusal:
    """The patient is not normally insured in that scheme on that day."""
    return Refusal(
        COVERAGE_NOT_ACTIVE,
        f"参保人在 {day} 没有正常状态的险种 {insutype} 参保关系，不能享受待遇",
        f"no active coverage {insutype} on {day}",
    )


def scheme_differs(stated: int, actual: int) -> Refusal:
    """The settlement states another scheme than the visit."""
    return Refusal(
        SCHEME_DIFFERS,
        f"insutype 险种上送 {stated}，与就诊登记的 {actual} 不一致",
        f"insutype {stated} differs from the visit's {actual}",
    )


def med_type_differs(stated: str, actual: str) -> Refusal:
    """The settlement states another kind of care than the visit."""
    return Refusal(
        MED_TYPE_DIFFERS,
        f"med_type 医疗类别上送 {stated}，与就诊登记的 {actual} 不一致",
        f"med_type {stated} differs from the visit's {actual}",
    )


def nothing_to_pay() -> Refusal:
    """The bill is not positive."""
    return Refusal(NOTHING_TO_PAY, "费用总额必须大于 0", "the bill must be positive")


def unsuited(zh: str, en: str) -> Refusal:
    """The care or the disease is one of the other sex."""
    return Refusal(CARE_UNSUITED, zh, en)


def no_filing(dise_codg: str, day: str) -> Refusal:
    """Chronic care without a filing in force, where the area refuses that."""
    if not dise_codg:
        return Refusal(
            NO_FILING,
            "慢特病就医须上送病种编码 dise_codg；没有备案的请按普通门诊办理",
            "chronic care needs dise_codg; without a filing use ordinary outpatient care",
        )
    return Refusal(
        NO_FILING,
        f"参保人在 {day} 没有病种 {dise_codg} 的有效备案，当地不能按慢特病结算；"
        "请先办理备案，或按普通门诊办理",
        f"no filing of {dise_codg} is in force on {day}",
    )


def bill_below_zero(part_fen: int) -> Refusal:
    """Returns take back more than the stay was billed."""
    return Refusal(
        BILL_BELOW_ZERO,
        f"冲销的金额比本次就诊已有的费用多 {yuan(-part_fen)} 元，请核对冲销明细（2301）",
        f"returns exceed what the visit was billed by {yuan(-part_fen)}",
    )


def service_in_future(day: dt.date) -> Refusal:
    """The day of service has not come yet."""
    return Refusal(
        SERVICE_IN_FUTURE,
        f"就诊或购药日期 {day} 还没有到，不能结算；请核对时间",
        f"the day of service {day} lies in the future",
    )


def service_too_old(day: dt.date, first: dt.date) -> Refusal:
    """The day of service lies further back than is settled online."""
    return Refusal(
        SERVICE_TOO_OLD,
        f"就诊或购药日期 {day} 早于 {first}，超过联网结算可追溯的期限，请按零星报销办理",
        f"the day of service {day} lies before {first}: not settled online, make a manual claim",
    )


def settlement_not_found(setl_id: int) -> Refusal:
    """No such settlement for this person."""
    return Refusal(
        SETTLEMENT_NOT_FOUND, f"未找到该参保人的结算 {setl_id}", f"no settlement {setl_id}"
    )


def already_reversed(setl_id: int) -> Refusal:
    """The settlement was reversed before. Clients that lost the answer look for these words."""
    return Refusal(
        ALREADY_REVERSED,
        f"结算 {setl_id}：该笔结算已撤销，请勿重复办理",
        f"{setl_id} is reversed already",
    )


def settlement_of_other_institution(setl_id: int) -> Refusal:
    """The settlement belongs to another institution."""
    return Refusal(
        SETTLEMENT_OF_OTHER_INSTITUTION,
        f"结算 {setl_id} 属于其他定点机构，本机构不能撤销",
        f"settlement {setl_id} belongs to another institution",
    )


def not_reversible(setl_id: int) -> Refusal:
    """The id names a reversal, not a settlement."""
    return Refusal(
        NOT_REVERSIBLE, f"{setl_id} 本身是撤销记录，不能再撤销", f"{setl_id} is itself a reversal"
    )


def visit_mismatch(setl_id: int) -> Refusal:
    """setl_id and mdtrt_id do not belong together."""
    return Refusal(
        VISIT_MISMATCH, f"结算 {setl_id} 与上送的 mdtrt_id 不对应", f"{setl_id}: other mdtrt_id"
    )


def cannot_restore(setl_id: int) -> Refusal:
    """Undoing a reversal is not possible (money, consent, limits, lines, settled anew; a stay)."""
    return Refusal(
        CANNOT_RESTORE,
        f"撤销 {setl_id} 不能冲正：账户余额不足、已冻结或注销，共济授权已停或限额不够，"
        "费用明细已变动、已重新结算，或是住院结算的撤销；请重新结算",
        f"reversal {setl_id} cannot be undone any more",
    )


def settled_since(setl_id: int, newest: int) -> Refusal:
    """A later settlement of the same stay builds on this one."""
    return Refusal(
        SETTLED_SINCE,
        f"结算 {setl_id} 之后该次住院又有结算，须从最后一笔开始撤销：请先撤销结算 {newest}",
        f"the stay was settled again after {setl_id}: reverse settlement {newest} first",
        setl_id=newest,
    )


def money_gone(setl_id: int) -> Refusal:
    """A reversal would take again what a settlement gave back, and the account cannot pay it."""
    return Refusal(
        MONEY_GONE,
        f"结算 {setl_id} 退回个人账户的钱已用掉，或账户已冻结、注销，不能再撤销；请联系经办机构",
        f"settlement {setl_id} gave money back to an account that spent it, is frozen or closed",
    )


def key_reused(msgid: str) -> Refusal:
    """Same msgid, other content."""
    return Refusal(
        KEY_REUSED,
        f"msgid {msgid} 已用于本交易另一笔内容不同的报文，请使用新的 msgid",
        f"msgid {msgid} was used for another request",
    )


def key_cancelled(msgid: str) -> Refusal:
    """The message was undone by 2601 (possibly before it arrived)."""
    return Refusal(
        KEY_CANCELLED, f"报文 {msgid} 已被冲正，不再受理", f"message {msgid} was undone by 2601"
    )


def undo_mismatch(original: str, stated: str) -> Refusal:
    """2601 names another infno than the original message had."""
    return Refusal(
        UNDO_MISMATCH,
        f"oinfno 原交易编号上送 {stated}，该 msgid 实际为 {original}",
        f"oinfno {stated} differs from the original {original}",
    )


def undo_not_supported(infno: str) -> Refusal:
    """The named transaction has no undo."""
    return Refusal(UNDO_NOT_SUPPORTED, f"交易 {infno} 不支持冲正", f"{infno} cannot be undone")


def undo_other_person() -> Refusal:
    """2601 names another person than the original message."""
    return Refusal(
        UNDO_OTHER_PERSON, "psn_no 与原交易的参保人不一致", "psn_no differs from the original's"
    )


def person_not_found() -> Refusal:
    """The patient is not registered."""
    return Refusal(PERSON_NOT_FOUND, "未找到该参保人", "person not found")


def busy() -> Refusal:
    """The queue is full or a lock could not be had in time; nothing was done."""
    return Refusal(BUSY, "系统繁忙，未处理，请稍后用同一 msgid 重发", "busy, nothing was done")


def outcome_unknown() -> Refusal:
    """The commit's outcome could not be learned; send the same message again or undo it."""
    return Refusal(
        OUTCOME_UNKNOWN,
        "结算结果未知，请用同一 msgid 重发查询结果，或发 2601 冲正",
        "outcome unknown: send the same message again, or undo it with 2601",
    )


def internal() -> Refusal:
    """A fault of ours; nothing was done."""
    return Refusal(INTERNAL, "中心内部错误，本次请求未处理", "internal error, nothing was done")
