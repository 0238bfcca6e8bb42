# SPDX-License-Identifier: Apache-2.0
"""Why a giver paid what was paid, or nothing: numbered, stable, one sentence each in zh and en.

Codes below 50 are decided inside ``sharing`` from figures; codes from 50 on are decided before,
from the authorisation, the coverage and the policy, and are passed in. Codes from 80 on speak of
the fund, not of a giver.
"""

from __future__ import annotations

from gongji.kernel import withholding
from gongji.kernel.errors import InvariantError

# Decided from figures.
PAID_ALL_ASKED = 0  # paid everything still open that accounts may pay
BALANCE_EXHAUSTED = 1
RETAINED_BALANCE = 2
LIMIT_PER_VISIT = 3
LIMIT_PER_DAY = 4
LIMIT_PER_YEAR = 5
GRANT_EXHAUSTED = 6
NOTHING_LEFT_TO_PAY = 7
GIVERS_PER_SETTLEMENT = 8
OWN_ACCOUNT_NOT_ZERO = 9
ACCOUNT_NOT_USED = 10  # the caller asked that no personal account be used
RELATIVES_NOT_USED = 11  # the caller asked that only the own account be used
BUCKET_NOT_SHARABLE = 12  # only carried balances may be given and there are none
GIVEN_BACK = 13  # a bill of the same stay took too much before: it went back to the account
KEPT_FOR_SUPPLEMENT = 14  # all that was left may belong to a supplement that is not confirmed
TAKEN_AGAIN = 15  # told of a reversed bill of a stay that had given money back

# Decided before the kernel.
AUTHORISATION_PAUSED = 50
AUTHORISATION_ENDED = 51
AUTHORISATION_NOT_YET_VALID = 52
AUTHORISATION_EXPIRED = 53
RELATION_NOT_ALLOWED = 54
GIVER_NOT_EMPLOYEE = 55
GIVER_COVERAGE_INTERRUPTED = 56
RECIPIENT_NOT_INSURED = 57
GIVER_OUTSIDE_AREA = 58
GIVER_IN_OTHER_PROVINCE = 59
USE_NOT_ALLOWED = 60
USE_NOT_GRANTED = 61
GIVER_HAS_NO_ACCOUNT = 62
ACCOUNT_FROZEN = 63
RULE_NOT_CONFIRMED = 64
CARE_OUTSIDE_AREA = 65
NOTHING_MOVED = 66  # money must be moved to a family account beforehand and none is there
NOTHING_GRANTED = 67  # a family group needs a granted sum and none is left
ACCOUNT_CLOSED = 69  # its holder has died, or left for good
NO_WALLET_QUOTA = 68  # the wallet pays only a quota set beforehand and none is left
DISSOLVED_BY_GIVERS_BREAK = 71  # a break of the giver's insurance ended the authorisation
DISSOLVED_BY_RECIPIENTS_BREAK = 72  # a break of the recipient's insurance ended it

# Of the pooled fund.
NO_PRESCRIPTION = 80  # a pharmacy sold it without a prescription
FILING_NOT_IN_FORCE = 81  # chronic care without a filing in force: settled as ordinary care
OF_FUND = frozenset((NO_PRESCRIPTION, FILING_NOT_IN_FORCE))

# Text for people, off the calculation path: short, plain, and what one thing would change it.
_SENTENCES: dict[int, tuple[str, str]] = {
    PAID_ALL_ASKED: (
        "剩下的钱都已付清，不用再做什么。",
        "Paid everything that was still open; nothing more to do.",
    ),
    BALANCE_EXHAUSTED: (
        "授权人的个人账户余额已用完。账户有新的钱进来后可以再付。",
        "The giver's account is empty. It can pay again once money is credited to it.",
    ),
    RETAINED_BALANCE: (
        "授权人的账户要留一笔保底的钱，不能再付。余额高于保底数后可以再付。",
        "The giver's account must keep a set balance. It can pay again once it holds more.",
    ),
    LIMIT_PER_VISIT: (
        "已到单次就诊的共济限额。请授权人调高单次限额。",
        "The limit per visit is reached. The giver can raise this limit.",
    ),
    LIMIT_PER_DAY: (
        "已到当天的共济限额。明天可以再用，或请授权人调高每日限额。",
        "The limit for this day is reached. It opens again tomorrow, or the giver can raise it.",
    ),
    LIMIT_PER_YEAR: (
        "已到今年的共济限额。明年可以再用，或请授权人调高每年限额。",
        "The limit for this year is reached. It opens again next year, or the giver can raise it.",
    ),
    GRANT_EXHAUSTED: (
        "授权人给的共济额度已用完。请授权人增加额度。",
        "The sum granted by the giver is used up. The giver can grant more.",
    ),
    NOTHING_LEFT_TO_PAY: (
        "轮到这个账户时已没有要付的钱，不用再做什么。",
        "Nothing was left to pay at this giver's turn; nothing more to do.",
    ),
    GIVERS_PER_SETTLEMENT: (
        "一次结算可用的授权人个数已满，这个账户排在后面。",
        "The number of givers per settlement is reached, and this one comes later.",
    ),
    OWN_ACCOUNT_NOT_ZERO: (
        "本人的个人账户还有余额。本人账户用完后才能用家人的。",
        "The patient's own account still holds money. Relatives may pay once it is empty.",
    ),
    ACCOUNT_NOT_USED: (
        "这次选择了不用个人账户。请告诉收费处改为使用。",
        "No personal account was to be used this time. Ask the cashier to use accounts.",
    ),
    RELATIVES_NOT_USED: (
        "这次选择了只用本人的个人账户。请告诉收费处改为使用家庭共济。",
        "Only the own account was to be used this time. Ask the cashier to use family mutual aid.",
    ),
    BUCKET_NOT_SHARABLE: (
        "只有历年结余可以共济，这部分已没有。当年的钱转为历年后可以用。",
        "Only balances of earlier years may be shared and none is left. This year's money can be "
        "used once it is carried over.",
    ),
    GIVEN_BACK: (
        "中途结算多付的钱已退还，不用再做什么。",
        "What an interim bill took too much was given back; nothing more to do.",
    ),
    TAKEN_AGAIN: (
        "撤销以后，之前退还的钱从这个账户重新扣回。",
        "With the reversal, what was given back before is taken from this account again.",
    ),
    KEPT_FOR_SUPPLEMENT: (
        "剩下的钱可能由补充待遇支付，没有用个人账户。请先付现金，再问医保经办机构。",
        "What is left may belong to a supplementary benefit, so no account was used. Pay in cash "
        "first and ask the insurance agency.",
    ),
    AUTHORISATION_PAUSED: (
        "授权已暂停。授权人恢复授权后可以用。",
        "The authorisation is paused. It works again once the giver resumes it.",
    ),
    AUTHORISATION_ENDED: (
        "授权已解除。授权人重新授权后可以用。",
        "The authorisation was ended. The giver can authorise again.",
    ),
    AUTHORISATION_NOT_YET_VALID: (
        "授权还没有到开始日期。到了开始日期就可以用。",
        "The authorisation has not started yet. It works from its start date.",
    ),
    AUTHORISATION_EXPIRED: (
        "授权已过期。请授权人延长日期。",
        "The authorisation has expired. The giver can extend its end date.",
    ),
    RELATION_NOT_ALLOWED: (
        "当地政策不允许这种亲属关系共济。政策扩大范围后才可以。",
        "Local rules do not allow this relation. It would need a change of the rules.",
    ),
    GIVER_NOT_EMPLOYEE: (
        "授权人没有参加职工医保。参加职工医保后可以共济。",
        "The giver is not insured as an employee. The giver can share once insured as one.",
    ),
    GIVER_COVERAGE_INTERRUPTED: (
        "授权人的职工医保已中断。恢复正常缴费后可以用。",
        "The giver's employee insurance is interrupted. It works again once contributions resume.",
    ),
    RECIPIENT_NOT_INSURED: (
        "就诊人没有正常参保。参加医保后可以用。",
        "The patient is not insured at present. Mutual aid works once the patient is insured.",
    ),
    GIVER_OUTSIDE_AREA: (
        "授权人不在本统筹区参保，当地只允许本区内共济。转到本区参保后可以用。",
        "The giver is insured in another pooling area and local rules keep sharing inside one. It "
        "works once both are insured in the same area.",
    ),
    GIVER_IN_OTHER_PROVINCE: (
        "授权人在外省参保。跨省请用医保钱包转账。",
        "The giver is insured in another province. Use a wallet transfer across provinces.",
    ),
    USE_NOT_ALLOWED: (
        "当地政策不允许共济支付这类费用。换成允许的费用类别才可以。",
        "Local rules do not let mutual aid pay this kind of cost. It pays only allowed kinds.",
    ),
    USE_NOT_GRANTED: (
        "授权人没有授权支付这类费用。请授权人增加这个用途。",
        "The giver did not authorise this kind of cost. The giver can add this use.",
    ),
    GIVER_HAS_NO_ACCOUNT: (
        "授权人没有个人账户。建立个人账户后可以用。",
        "The giver has no personal account. It works once an account is opened.",
    ),
    ACCOUNT_FROZEN: (
        "授权人的个人账户已冻结。请授权人联系医保经办机构解冻。",
        "The giver's account is frozen. The giver can ask the agency to release it.",
    ),
    ACCOUNT_CLOSED: (
        "授权人的个人账户已注销。余额由家人向医保经办机构申请。",
        "The giver's account is closed. The family can ask the agency for what is left in it.",
    ),
    RULE_NOT_CONFIRMED: (
        "这里的共济规则还没有得到官方确认，所以不扣家人的钱。规则确认后可以用。",
        "The rule that applies here is not confirmed by an official source, so relatives are not "
        "charged. It works once the rule is confirmed.",
    ),
    CARE_OUTSIDE_AREA: (
        "这家机构不在共济可用的就医地区。在可用地区就医时可以付。",
        "This institution lies outside the area where relatives' money may be used.",
    ),
    NOTHING_MOVED: (
        "家庭共济账户里没有这位亲属划入的钱。先划入一笔，下次就可以用。",
        "This relative has moved no money to the family account. Once money is moved there, it "
        "can pay.",
    ),
    NOTHING_GRANTED: (
        "这位亲属没有给出共济额度，或额度已用完。给出额度后可以用。",
        "This relative granted no sum, or it is used up. It works once a sum is granted.",
    ),
    NO_WALLET_QUOTA: (
        "这位亲属没有设医保钱包额度，或额度已用完。设好额度后可以用。",
        "This relative set no wallet quota, or it is used up. It works once a quota is set.",
    ),
    DISSOLVED_BY_GIVERS_BREAK: (
        "因授权人断保，授权已自动解除，恢复参保后需重新授权。",
        "The giver's insurance was interrupted, which ended the authorisation. The giver can "
        "authorise again once insured.",
    ),
    DISSOLVED_BY_RECIPIENTS_BREAK: (
        "因就诊人断保，授权已自动解除，恢复参保后需重新授权。",
        "The patient's insurance was interrupted, which ended the authorisation. The giver can "
        "authorise again once the patient is insured.",
    ),
    NO_PRESCRIPTION: (
        "没有定点医疗机构处方，统筹基金不付；个人账户和家庭共济照付。",
        "There is no prescription of a designated institution, so the pooled fund does not pay; "
        "own and relatives' accounts pay all the same.",
    ),
    FILING_NOT_IN_FORCE: (
        "就诊当日没有该病种的有效备案，按普通门诊或普通购药算。",
        "No filing of this disease is in force on that day, so it is settled as ordinary care.",
    ),
}

# Where cash is left although these hold, accounts have paid all that they may: the rest is what
# no account pays (outside the catalogue, over the price limit).
_WITH_CASH_LEFT: dict[int, tuple[str, str]] = {
    PAID_ALL_ASKED: (
        "个人账户可以付的部分已付清；其余费用不能用个人账户付，请付现金。",
        "Paid everything still open that accounts may pay; they may not pay the rest, which is "
        "due in cash.",
    ),
    NOTHING_LEFT_TO_PAY: (
        "轮到这个账户时，个人账户可以付的部分已付清；其余费用不能用个人账户付，请付现金。",
        "Nothing that accounts may pay was left at this giver's turn; they may not pay the rest, "
        "which is due in cash.",
    ),
}

# Where another place in the order would let this giver pay (kernel.moving).
_MOVABLE: dict[int, tuple[str, str]] = {
    NOTHING_LEFT_TO_PAY: (
        "轮到这个账户时，个人账户可以付的部分已付清。把顺序调到前面就会先用。",
        "Nothing that accounts may pay was left at this giver's turn. Moved up in the order, it "
        "would pay first.",
    ),
    GIVERS_PER_SETTLEMENT: (
        "一次结算可用的授权人个数已满。把顺序调到前面就可以用。",
        "The number of givers per settlement is reached. Moved up in the order, it could pay.",
    ),
}

_NOTHING_ELIGIBLE = (
    "这些费用不能用个人账户付，请付现金。",
    "No personal account may pay these costs; they are due in cash.",
)

# Who may pay what was withheld, by the bits of withholding.FOR_*.
_MAY_PAY = (
    (withholding.FOR_POOLED, "统筹基金", "the pooled fund"),
    (withholding.FOR_SERIOUS, "大病保险", "serious-illness insurance"),
    (withholding.FOR_SUBSIDY, "公务员补助", "the civil servants' subsidy"),
    (withholding.FOR_AID, "医疗救助", "medical aid"),
)


def withheld_sentence(kinds: int) -> tuple[str, str]:
    """Tell why a part of the cash came from no account, in Chinese and English; ``{0}`` stands
    for the amount."""
    named = [(zh, en) for bit, zh, en in _MAY_PAY if kinds & bit]
    zh = "、".join(zh for zh, _ in named) or "补充待遇"
    en = " or ".join(en for _, en in named) or "a supplementary benefit"
    return (
        f"现金里的 {{0}}可能由{zh}支付，规定还没有确认，没有用个人账户。请留好票据，"
        "向医保经办机构申请。",
        f"{{0}} of the cash may belong to {en}, whose rule is not confirmed, and was not taken "
        "from accounts. Keep the receipts and ask the insurance agency.",
    )


def sentence(
    code: int, *, cash_left: bool = False, movable: bool = False, eligible: bool = True
) -> tuple[str, str]:
    """The reason in Chinese and English, with the one thing that would change it.

    ``cash_left``: some of the bill is left to pay in cash; ``movable``: in front of the order this
    giver would pay; ``eligible``: accounts may pay some of the bill. Raises InvariantError for a
    number that is no reason: a giver must never be left unexplained.
    """
    if code == NOTHING_LEFT_TO_PAY and cash_left and not eligible:
        return _NOTHING_ELIGIBLE
    found = _MOVABLE.get(code) if movable else None
    found = found or (_WITH_CASH_LEFT.get(code) if cash_left else None) or _SENTENCES.get(code)
    if found is None:
        raise InvariantError(f"unknown reason code {code}")
    return found
