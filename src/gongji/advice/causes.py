# SPDX-License-Identifier: Apache-2.0
"""Why a relative paid no more, and the one thing that would change it, as two short sentences.

``{who}`` is the label of the relative, ``{sum}`` the figure that stopped the payment. The codes
are those of kernel.reasons, whose own sentences serve where nobody's label is known.
"""

from __future__ import annotations

from typing import NamedTuple

from gongji.kernel import reasons
from gongji.kernel.errors import InvariantError
from gongji.policy.givers import WAY_GROUP, WAY_POCKET, WAY_WALLET


class Cause(NamedTuple):
    """Why, what would change it, and the steps of the provenance that say so."""

    zh: str
    change_zh: str
    en: str
    change_en: str
    steps: tuple[str, ...] = ()


_ACCOUNT_EMPTY = Cause(
    "{who}的个人账户已用完。",
    "账户有新的钱进来，就可以再付。",
    "The account of {who} is used up.",
    "It can pay again once money is credited.",
)

CAUSES: dict[int, Cause] = {
    reasons.PAID_ALL_ASKED: Cause(
        "家人账户能付的部分已付清。",
        "不用再做什么。",
        "All that relatives may pay is paid.",
        "Nothing needs to be done.",
    ),
    reasons.BALANCE_EXHAUSTED: _ACCOUNT_EMPTY,
    reasons.RETAINED_BALANCE: Cause(
        "{who}的账户要留{sum}，这部分不能付。",
        "余额超过这个数，就可以再付。",
        "{who} must keep a set sum{sum} in the account.",
        "It can pay again once it holds more.",
        ("retained",),
    ),
    reasons.LIMIT_PER_VISIT: Cause(
        "已到{who}设的单次限额{sum}。",
        "请{who}调高单次限额。",
        "The limit per visit of {who}{sum} is reached.",
        "{who} can raise the limit per visit.",
    ),
    reasons.LIMIT_PER_DAY: Cause(
        "已到{who}设的当天限额{sum}。",
        "请{who}调高每日限额，或明天再用。",
        "The limit per day of {who}{sum} is reached.",
        "{who} can raise the limit per day; it also opens again tomorrow.",
    ),
    reasons.LIMIT_PER_YEAR: Cause(
        "已到{who}设的全年限额{sum}。",
        "请{who}调高全年限额，或明年再用。",
        "The limit per year of {who}{sum} is reached.",
        "{who} can raise the limit per year; it also opens again next year.",
    ),
    reasons.GRANT_EXHAUSTED: Cause(
        "{who}给的共济额度{sum}已用完。",
        "请{who}增加额度。",
        "The granted sum of {who}{sum} is used up.",
        "{who} can grant more.",
    ),
    reasons.NOTHING_LEFT_TO_PAY: Cause(
        "轮到{who}时，能付的部分已付清。",
        "不用再做什么。",
        "Nothing that may be paid was left at the turn of {who}.",
        "Nothing needs to be done.",
    ),
    reasons.KEPT_FOR_SUPPLEMENT: Cause(
        "剩下的钱可能由补充待遇支付，没有用家人的账户。",
        "先付现金，再问医保经办机构；确认不由补充待遇支付的，下次可以用。",
        "What is left may belong to a supplementary benefit, so no relative was charged.",
        "Pay in cash first and ask the insurance agency; it works once the rule is confirmed.",
        ("serious", "subsidy", "aid"),
    ),
    reasons.GIVERS_PER_SETTLEMENT: Cause(
        "当地一次只能用规定个数的家人账户。",
        "{who}排在后面，这次不能用。",
        "Only so many relatives may pay one bill here.",
        "{who} comes later in the order and cannot be used this time.",
        ("max_givers",),
    ),
    reasons.OWN_ACCOUNT_NOT_ZERO: Cause(
        "本人的个人账户还有钱，当地要求先用完。",
        "本人账户用完以后，{who}就可以付。",
        "The patient's own account still holds money and must be empty first here.",
        "Once it is empty, {who} can pay.",
        ("own_first",),
    ),
    reasons.ACCOUNT_NOT_USED: Cause(
        "这次选了不用个人账户。",
        "请告诉收费处改为使用。",
        "No personal account was to be used this time.",
        "Ask the cashier to use accounts.",
    ),
    reasons.RELATIVES_NOT_USED: Cause(
        "这次选了只用本人的个人账户。",
        "请告诉收费处改用家庭共济。",
        "Only the own account was to be used this time.",
        "Ask the cashier to use mutual aid.",
    ),
    reasons.BUCKET_NOT_SHARABLE: Cause(
        "当地只能用历年结余，{who}的这部分已没有。",
        "当年的钱到 1 月 1 日转为历年结余，就可以用。",
        "Only the carried balance may be used here and {who} has none left.",
        "This year's money becomes carried balance on 1 January.",
        ("buckets",),
    ),
    reasons.AUTHORISATION_PAUSED: Cause(
        "{who}暂停了授权。",
        "{who}恢复授权，就可以付。",
        "{who} has paused the authorisation.",
        "It works again once {who} resumes it.",
    ),
    reasons.AUTHORISATION_ENDED: Cause(
        "{who}解除了授权。",
        "{who}重新授权，就可以付。",
        "{who} has ended the authorisation.",
        "{who} can authorise again.",
    ),
    reasons.AUTHORISATION_NOT_YET_VALID: Cause(
        "{who}的授权还没有到开始日期。",
        "到了开始日期，就可以付。",
        "The authorisation of {who} has not started yet.",
        "It works from its start date.",
    ),
    reasons.AUTHORISATION_EXPIRED: Cause(
        "{who}的授权已过期。",
        "请{who}延长日期。",
        "The authorisation of {who} has expired.",
        "{who} can extend its end date.",
    ),
    reasons.RELATION_NOT_ALLOWED: Cause(
        "当地不允许这种亲属关系用家庭共济。",
        "要等当地扩大亲属范围。",
        "Local rules do not allow this relation.",
        "It would need a change of the rules.",
        ("relations",),
    ),
    reasons.GIVER_NOT_EMPLOYEE: Cause(
        "{who}没有参加职工医保。",
        "{who}参加职工医保以后，就可以付。",
        "{who} is not insured as an employee.",
        "{who} can pay once insured as one.",
    ),
    reasons.GIVER_COVERAGE_INTERRUPTED: Cause(
        "{who}的职工医保断缴了。",
        "{who}恢复缴费，就可以付。",
        "The insurance of {who} is interrupted.",
        "It works again once contributions resume.",
    ),
    reasons.RECIPIENT_NOT_INSURED: Cause(
        "就诊的人没有正常参保。",
        "参加医保以后，就可以用。",
        "The patient is not insured at present.",
        "Mutual aid works once the patient is insured.",
    ),
    reasons.GIVER_OUTSIDE_AREA: Cause(
        "{who}不在本统筹区参保，当地只能在区内使用。",
        "两人在同一个统筹区参保，就可以用。",
        "{who} is insured in another pooling area, and sharing stays inside one here.",
        "It works once both are insured in the same pooling area.",
        ("insured_area",),
    ),
    reasons.GIVER_IN_OTHER_PROVINCE: Cause(
        "{who}在外省参保。",
        "请{who}开通医保钱包，设好钱包里的额度。",
        "{who} is insured in another province.",
        "{who} can open the wallet and set a quota.",
        ("insured_area",),
    ),
    reasons.USE_NOT_ALLOWED: Cause(
        "当地不允许用家人的钱付这类费用。",
        "换成允许的费用类别，才可以付。",
        "Local rules do not let relatives pay this kind of cost.",
        "Relatives pay only the kinds allowed.",
        ("use",),
    ),
    reasons.USE_NOT_GRANTED: Cause(
        "{who}没有同意付这类费用。",
        "请{who}增加这个用途。",
        "{who} did not agree to this kind of cost.",
        "{who} can add this use.",
    ),
    reasons.GIVER_HAS_NO_ACCOUNT: Cause(
        "{who}没有个人账户。",
        "{who}有了个人账户，就可以付。",
        "{who} has no personal account.",
        "It works once an account is opened.",
    ),
    reasons.ACCOUNT_FROZEN: Cause(
        "{who}的个人账户已冻结。",
        "请{who}到当地医保窗口解冻。",
        "The account of {who} is frozen.",
        "{who} can ask the agency to release it.",
    ),
    reasons.ACCOUNT_CLOSED: Cause(
        "{who}的个人账户已注销。",
        "余额由家人向医保窗口申请。",
        "The account of {who} is closed.",
        "The family can ask the agency for what is left in it.",
    ),
    reasons.TAKEN_AGAIN: Cause(
        "之前退给{who}的钱，从账户里重新扣回。",
        "不用再做什么。",
        "What was given back to {who} before is taken from the account again.",
        "Nothing more to do.",
    ),
    reasons.GIVEN_BACK: Cause(
        "之前多付的钱已退回{who}的账户。",
        "不用再做什么。",
        "What an interim bill took too much went back to the account of {who}.",
        "Nothing more to do.",
    ),
    reasons.RULE_NOT_CONFIRMED: Cause(
        "这里的规定还没有官方确认，先不扣{who}的钱。",
        "规定确认以后，就可以付。",
        "The rule that applies is not confirmed officially, so {who} is not charged.",
        "It works once the rule is confirmed.",
    ),
    reasons.CARE_OUTSIDE_AREA: Cause(
        "这家医院或药店不在可以用的地区。",
        "在可以用的地区就医，就可以付。",
        "This institution lies outside the area where relatives' money may be used.",
        "It works at institutions inside that area.",
        ("treatment_area",),
    ),
    reasons.NOTHING_MOVED: Cause(
        "{who}没有划钱到家庭共济账户。",
        "{who}先划入一笔，就可以付。",
        "{who} has moved no money to the family account.",
        "{who} can pay once money is moved there.",
        ("model", "retained"),
    ),
    reasons.NOTHING_GRANTED: Cause(
        "{who}没有给出共济额度，或额度已用完。",
        "{who}给出额度，就可以付。",
        "{who} gave no granted sum, or it is used up.",
        "{who} can pay once a sum is granted.",
        ("model",),
    ),
    reasons.NO_WALLET_QUOTA: Cause(
        "{who}没有设医保钱包的额度，或额度已用完。",
        "{who}设好额度，就可以付。",
        "{who} set no quota in the wallet, or it is used up.",
        "{who} can pay once a quota is set.",
    ),
    reasons.DISSOLVED_BY_GIVERS_BREAK: Cause(
        "{who}的职工医保断保，授权已自动解除。",
        "{who}恢复参保以后，重新授权，就可以付。",
        "The insurance of {who} was interrupted, which ended the authorisation.",
        "{who} can authorise again once insured.",
        ("pause",),
    ),
    reasons.DISSOLVED_BY_RECIPIENTS_BREAK: Cause(
        "就诊的人断保，{who}的授权已自动解除。",
        "恢复参保以后，{who}重新授权，就可以付。",
        "The patient's insurance was interrupted, which ended the authorisation of {who}.",
        "{who} can authorise again once the patient is insured.",
        ("pause",),
    ),
}

# The same stop reads differently where money was set aside beforehand.
_SET_ASIDE: dict[str, Cause] = {
    WAY_POCKET: Cause(
        "{who}划到家庭共济账户的钱{sum}已用完。",
        "{who}再划入一笔，就可以再付。",
        "What {who} moved to the family account{sum} is used up.",
        "{who} can move more.",
        ("model",),
    ),
    WAY_GROUP: CAUSES[reasons.GRANT_EXHAUSTED]._replace(steps=("model",)),
    WAY_WALLET: Cause(
        "{who}设的医保钱包额度{sum}已用完。",
        "请{who}增加额度。",
        "The quota of {who} in the wallet{sum} is used up.",
        "{who} can raise the quota.",
    ),
}

# With cash left, accounts have paid all that they may: the rest is what no account pays.
PAID_ALL_BUT_CASH = Cause(
    "家人账户能付的部分已付清。",
    "剩下的是个人账户不能付的，请付现金。",
    "All that relatives may pay is paid.",
    "The rest no account may pay: it is paid in cash.",
    ("eligible_base",),
)
NOTHING_LEFT_BUT_CASH = Cause(
    "轮到{who}时，个人账户能付的部分已付清。",
    "剩下的是个人账户不能付的，请付现金。",
    "Nothing that accounts may pay was left at the turn of {who}.",
    "The rest no account may pay: it is paid in cash.",
    ("eligible_base",),
)
NOTHING_ELIGIBLE = Cause(
    "这些费用不能用任何人的个人账户付。",
    "请付现金。",
    "No personal account may pay these costs.",
    "They are paid in cash.",
    ("eligible_base",),
)

# Where another place in the order would let this relative pay (kernel.moving).
MOVABLE: dict[int, Cause] = {
    reasons.NOTHING_LEFT_TO_PAY: Cause(
        "轮到{who}时，能付的部分已付清。",
        "把{who}的次序调到前面，就会先用。",
        "Nothing that may be paid was left at the turn of {who}.",
        "Moved up in the order, {who} would pay first.",
        ("order",),
    ),
    reasons.GIVERS_PER_SETTLEMENT: Cause(
        "当地一次只能用规定个数的家人账户，{who}排在后面。",
        "把{who}的次序调到前面，就可以用。",
        "Only so many relatives may pay one bill here and {who} comes later.",
        "Moved up in the order, {who} could pay.",
        ("max_givers",),
    ),
}


def cause_of(
    reason: int, way: str, *, cash_left: bool, movable: bool = False, eligible: bool = True
) -> Cause:
    """The cause behind a reason code; raises InvariantError for a code that is none.

    ``cash_left``: some of the bill is paid in cash; ``movable``: in front of the order the
    relative would pay; ``eligible``: accounts may pay some of the bill.
    """
    if movable and reason in MOVABLE:
        return MOVABLE[reason]
    if reason == reasons.PAID_ALL_ASKED and cash_left:
        return PAID_ALL_BUT_CASH
    if reason == reasons.NOTHING_LEFT_TO_PAY and cash_left:
        return NOTHING_LEFT_BUT_CASH if eligible else NOTHING_ELIGIBLE
    if reason == reasons.GRANT_EXHAUSTED and way in _SET_ASIDE:
        return _SET_ASIDE[way]
    found = CAUSES.get(reason)
    if found is None:
        raise InvariantError(f"unknown reason code {reason}")
    return found
