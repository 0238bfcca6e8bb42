# SPDX-License-Identifier: Apache-2.0
"""Numbered refusals of the room (2200-2299), in the order in which they are checked."""

from __future__ import annotations

from gongji.kernel.errors import Refusal

SELF = 2200
GIVER_UNKNOWN = 2201
RECIPIENT_UNKNOWN = 2202
GIVER_NOT_EMPLOYEE = 2203
GIVER_INTERRUPTED = 2204
GIVER_WITHOUT_ACCOUNT = 2205
GIVER_ACCOUNT_CLOSED = 2206
RECIPIENT_NOT_INSURED = 2207
RELATION_UNKNOWN = 2208
RELATION_REFUSED = 2209
RULE_UNCONFIRMED = 2210
RECIPIENTS_TOO_MANY = 2211
GIVERS_TOO_MANY = 2212
EXISTS_ALREADY = 2213
USES_EMPTY = 2214
DATES_REVERSED = 2215
LIMIT_NEGATIVE = 2216
AUTHORISATION_UNKNOWN = 2220
AUTHORISATION_ENDED = 2221
NOT_ACTIVE = 2222
NOT_PAUSED = 2223
NOT_YOURS = 2224
ORDER_INCOMPLETE = 2225

_TEXTS: dict[int, tuple[str, str]] = {
    SELF: (
        "不能授权给本人：本人账户结算时自动使用",
        "nobody authorises oneself: the own account is used anyway",
    ),
    GIVER_UNKNOWN: ("查无授权人", "the giver is not registered"),
    RECIPIENT_UNKNOWN: ("查无使用人", "the recipient is not registered"),
    GIVER_NOT_EMPLOYEE: (
        "授权人没有职工医保参保关系，只有职工医保个人账户可以共济",
        "the giver has no employees' insurance; only its accounts can be shared",
    ),
    GIVER_INTERRUPTED: (
        "授权人的职工医保当前不是正常参保状态",
        "the giver's employees' insurance is not in normal state",
    ),
    GIVER_WITHOUT_ACCOUNT: (
        "授权人没有个人账户（如按不建账户的费率参保）",
        "the giver has no personal account (some premium plans have none)",
    ),
    GIVER_ACCOUNT_CLOSED: (
        "授权人的个人账户已冻结或销户",
        "the giver's personal account is frozen or closed",
    ),
    RECIPIENT_NOT_INSURED: (
        "使用人当前没有正常参加基本医疗保险",
        "the recipient is not in normal state in any basic medical insurance",
    ),
    RELATION_UNKNOWN: (
        "亲属关系代码无法识别",
        "this relation code does not exist",
    ),
    RELATION_REFUSED: (
        "该亲属关系不在使用人参保地的共济范围内（配偶的父母等须由配偶本人授权）",
        "where the recipient is insured this relation may not share; a spouse's parents are"
        " authorised by the spouse",
    ),
    RULE_UNCONFIRMED: (
        "使用人参保地的共济规定尚未确认，暂不能授权",
        "the rules where the recipient is insured are not confirmed yet",
    ),
    RECIPIENTS_TOO_MANY: (
        "授权人的使用人数已达上限，请先解除一名",
        "the giver has as many recipients as allowed; end one first",
    ),
    GIVERS_TOO_MANY: (
        "使用人的授权人数已达上限，请先解除一名",
        "the recipient has as many givers as allowed; end one first",
    ),
    EXISTS_ALREADY: (
        "该授权人与使用人之间已有授权",
        "there is an authorisation between these two already",
    ),
    USES_EMPTY: (
        "至少选择一种使用范围（门诊、药店、门诊慢特病、住院）",
        "choose at least one use (outpatient, pharmacy, chronic, inpatient)",
    ),
    DATES_REVERSED: ("有效期截止日早于起始日", "the last day lies before the first"),
    LIMIT_NEGATIVE: ("限额不能为负数", "a limit cannot be negative"),
    AUTHORISATION_UNKNOWN: ("没有该授权", "there is no such authorisation"),
    AUTHORISATION_ENDED: ("该授权已解除", "the authorisation has ended"),
    NOT_ACTIVE: ("只有生效中的授权可以暂停", "only an active authorisation can be paused"),
    NOT_PAUSED: ("只有已暂停的授权可以恢复", "only a paused authorisation can be resumed"),
    NOT_YOURS: (
        "您无权办理：暂停、恢复、限额由授权人办理，次序由使用人办理，解除双方均可",
        "not yours to change: pausing, resuming and limits are the giver's, the order is the"
        " recipient's, ending is for either",
    ),
    ORDER_INCOMPLETE: (
        "次序须包含全部未解除的授权，且每项一次",
        "the order must name every live authorisation exactly once",
    ),
}


def refusal(code: int, **details: int | str | None) -> Refusal:
    """The refusal with that number; ``details`` are the figures behind it."""
    zh, en = _TEXTS[code]
    return Refusal(code, zh, en, **details)


def numbers() -> tuple[int, ...]:
    """Every number of the room, for tests and documentation."""
    return tuple(_TEXTS)
