# SPDX-License-Identifier: Apache-2.0
"""The questions most often asked, in the order of how often they were seen, with answers."""

from __future__ import annotations

from gongji.advice.questions_other import PeopleQuestion

ASKED: tuple[PeopleQuestion, ...] = (
    PeopleQuestion(
        1,
        "怎么绑定家人，用哪个 APP？",
        "How do I bind my family, and in which app?",
        "由付钱的人来办。可以用国家医保服务平台 APP，也可以用当地渠道或窗口。选好亲属关系，"
        "签承诺，刷脸。"
        "对方要先参加医保。住院的，要在出院结账以前办好。",
        "The one who pays does it, in the national app, a local channel or at a counter: state the "
        "relation, sign the undertaking, pass the face check. The other must be insured. For a "
        "stay, do it before the bill at discharge.",
        ("ma.channels", "ma.proof", "ma.recipientConsent", "ma.validityRequired"),
    ),
    PeopleQuestion(
        2,
        "先用谁的钱？",
        "Whose money goes first?",
        "先由医保基金付。再用患者自己的个人账户。然后才用家人的账户。最后付现金。"
        "没有个人账户的，基金付完就用家人的。",
        "The fund pays first, then the patient's own account, then relatives, the rest is cash. "
        "Without an own account relatives follow the fund directly.",
        ("ma.ownMustBeZero",),
        rule="own account first",
    ),
    PeopleQuestion(
        3,
        "能用我的账户给父母或孩子缴居民医保费吗？",
        "Can I pay my parents' or child's residents' premium from my account?",
        "多数地方可以。先绑定，再在缴费时选家庭共济。余额要够缴全部保费。缴了不能退，不要重复缴。",
        "In most places yes: bind first, then choose mutual aid when paying. The balance must "
        "cover the whole premium. It cannot be undone, so do not pay twice.",
        ("ma.use.premiumResident", "ma.premiumMode", "ma.retainedBalance"),
    ),
    PeopleQuestion(
        4,
        "哪些人算近亲属，能绑几个人？",
        "Who counts as a relative, and how many may I bind?",
        "配偶、父母、子女、兄弟姐妹。还有祖父母、外祖父母、孙子女、外孙子女。配偶的父母不算，"
        "请配偶自己绑定。"
        "人数全国没有限制，有的地方有。",
        "Spouse, parents, children, siblings, grandparents and grandchildren on both sides. The "
        "spouse's parents do not count: the spouse binds them. There is no national number; some "
        "places set one.",
        ("ma.relations", "ma.maxRecipientsPerGiver", "ma.maxGiversPerRecipient"),
    ),
    PeopleQuestion(
        5,
        "看病出示谁的卡？亲情账户是一回事吗？",
        "Whose card do we show? Is the family code (亲情账户) the same?",
        "永远出示患者自己的卡或医保码。亲情账户只是代为出示医保码，不能付钱。要付钱，"
        "须另办家庭共济。"
        "拿家人的卡给自己看病，是冒名就医，会受罚。",
        "Always the patient's own card or code. The family code only shows a code and moves no "
        "money; mutual aid is set up apart. Using another's card for oneself is impersonation and "
        "is punished.",
        rule="own credential",
    ),
    PeopleQuestion(
        6,
        "外市、外省能用吗？医保钱包是什么？",
        "Does it work in another city or province? What is the wallet?",
        "多数省，省内可以用。跨省要用医保钱包。双方所在地都要开通，付钱的人先设好额度。"
        "能转不等于医院能收，先问医院。",
        "Inside most provinces yes. Across provinces it takes the wallet, opened at both places, "
        "with a quota set by the giver. That it can be set does not mean that each hospital can "
        "charge it: ask there.",
        (
            "ma.insuredArea",
            "ma.treatmentArea",
            "ma.wallet.open",
            "ma.wallet.transfersPerDay",
            "ma.wallet.perTransfer",
        ),
    ),
    PeopleQuestion(
        7,
        "几位家人都绑定了我，先扣谁的？",
        "Several relatives share with me: who pays first?",
        "全国没有统一规定，看当地。有的按家里设的次序，有的按绑定先后，有的余额多的先付，"
        "有的只许绑一位。",
        "There is no national rule. Places go by the family's order, the time of binding or the "
        "larger balance; some allow one giver only.",
        ("ma.giverOrder", "ma.maxGiversPerSettlement", "ma.maxGiversPerRecipient"),
    ),
    PeopleQuestion(
        8,
        "我的账户要留钱吗？有限额吗？",
        "Must some money stay in my account? Is there a limit?",
        "全国没有要求，少数地方要留一笔。付钱的人还可以自己设每次、每天、每年的限额。"
        "这些都不限制自己看病。",
        "There is no national floor; some places keep one. The giver may also set limits per "
        "visit, day and year. None of this limits the giver's own care.",
        (
            "ma.retainedBalance",
            "ma.sourceBalance",
            "ma.limit.perVisit",
            "ma.limit.perDay",
            "ma.limit.perYear",
        ),
    ),
    PeopleQuestion(
        9,
        "绑定以后，报销比例会变吗？",
        "Does binding change the reimbursement ratio?",
        "不会。起付线、报销比例和限额都按患者自己的医保。家庭共济只付自己要付的那部分。",
        "No. Deductible, ratio and cap stay those of the patient's own scheme. Mutual aid pays "
        "only what the patient owes.",
        rule="benefits are never shared",
    ),
    PeopleQuestion(
        10,
        "为什么绑定不成功？",
        "Why did the binding fail?",
        "常见的原因有这些。对方没有参保，或停保了。姓名证件对不上。关系不在范围内。人数已满。"
        "不在允许的地区。没有刷脸。先查这几项。",
        "Check these: the other is not insured or paused; name or number differ; the relation is "
        "not allowed; the number is full; the place is not allowed; no face check.",
        (
            "ma.relations",
            "ma.insuredArea",
            "ma.maxRecipientsPerGiver",
            "ma.maxGiversPerRecipient",
            "ma.recipientConsent",
        ),
    ),
    PeopleQuestion(
        11,
        "怎么解绑，什么时候生效？",
        "How do I unbind, and when does it take effect?",
        "在原来的渠道解除授权。本系统里马上生效。没用完的钱还是付钱的人的。以前付过的不变，"
        "退费时仍退回原账户。",
        "End the authorisation where it was made; in this system at once. Unspent money stays the "
        "giver's. What was paid stays paid, and a refund goes back to that account.",
        ("ma.unbindBy", "ma.unbindWait", "ma.channels"),
    ),
    PeopleQuestion(
        12,
        "绑定了，也有余额，为什么没有扣家人的钱？",
        "We are bound and there is money: why was nothing deducted?",
        "先看这几项。自己的账户还有钱。费用是目录外的。家人只有当年的钱。办的是亲情账户。"
        "过了日期或限额。"
        "结账以后才绑定。断保以后没有重新授权。换了参保地。机构没有联网。每次付款都会写明原因。",
        "Look at these: the own account still had money; the item is outside the catalogue; only "
        "this year's money is there; it is the family code; dates or limits; bound after the bill "
        "was paid; not authorised again after a break; the place of insurance changed; the "
        "institution is not connected. Each payment here states its reason.",
        ("ma.ownMustBeZero", "ma.eligibleBase", "ma.sourceBalance", "ma.confirmWithin"),
    ),
    PeopleQuestion(
        13,
        "药店能用吗？能替家人买药吗？",
        "Do pharmacies take it, and may I buy for a relative?",
        "定点药店可以，限医保范围内的药品和器械。替人买药，要带患者的卡和两个人的身份证。",
        "Designated pharmacies do, for drugs and devices of the catalogue. To buy for another, "
        "bring the patient's card and both identity cards.",
        ("ma.use.pharmacy", "ma.use.disinfectant"),
    ),
    PeopleQuestion(
        14,
        "住院能用吗？什么不能付？",
        "Does it pay for hospital stays? What may not be paid?",
        "多数地方，住院自己要付的部分可以用。押金不能。公共卫生、健身、养生都不能。",
        "In most places the patient's part of a stay, yes. Deposits no; public health, fitness "
        "and wellness never.",
        ("ma.use.inpatient", "ma.use.deposit", "ma.use.checkup", "ma.use.vaccine"),
    ),
    PeopleQuestion(
        15,
        "孩子和新生儿怎么办？",
        "What about children and newborns?",
        "新生儿要先参保。未满 16 岁一般不用刷脸，要签承诺，带户口本。满 16 岁要刷脸。"
        "父母的账户可以付孩子的费用。",
        "A newborn must be insured first. Under 16 there is usually no face check but an "
        "undertaking and the household register; from 16 a face check. Parents may pay.",
        ("ma.minorUntilAge", "res.premium.newbornFree"),
    ),
    PeopleQuestion(
        16,
        "夫妻都有账户，能互相绑定吗？",
        "Both of us have accounts; can we bind each other?",
        "看当地规定。不管怎样，都先用自己的账户。家人的家人不会被扣钱。",
        "It depends on the place. The own account is always used first, and a relative's "
        "relatives are never charged.",
        ("ma.mutual",),
    ),
    PeopleQuestion(
        17,
        "有账户的人去世了怎么办？",
        "What if the account holder has died?",
        "家庭共济自动结束。去世的人的卡不能再用。账户里的钱怎么继承，没有找到可靠的规定，"
        "请带证明到窗口办。",
        "Mutual aid ends. The card must not be used any more. How the balance is inherited was "
        "not found in a reliable text: ask at a counter with the papers.",
        ("ma.onDeath",),
    ),
    PeopleQuestion(
        18,
        "停保、换工作、搬家了怎么办？",
        "I stopped paying, changed jobs or moved: what then?",
        "多数地方，任何一方停保或转走，授权就自动解除。钱还在账户里，只是不能给家人用。"
        "恢复以后要重新授权。有的地方只是暂停，恢复以后接着用。",
        "In most places the authorisation ends when either side stops or moves. The money stays "
        "but cannot be shared; authorise again afterwards. Some places only suspend it: it works "
        "again afterwards.",
        ("ma.onPause", "ma.onPauseOf", "ma.onTransfer"),
    ),
    PeopleQuestion(
        19,
        "医保钱包转不出去，或钱退回来了，为什么？",
        "The wallet transfer was refused or came back: why?",
        "先看对方有没有开通，两地是否都开通。2026 年 6 月以前，按转账办：有次数和金额的限制，"
        "夜里不办，没有接收就退回。"
        "以后改为设额度，限制还没有确认。",
        "See whether both sides and both places have opened it. Until June 2026 it was a "
        "transfer with limits, closed at night, and returned when not accepted. Since then a "
        "quota is set; its limits are not confirmed.",
        (
            "ma.wallet.open",
            "ma.wallet.mode",
            "ma.wallet.transfersPerDay",
            "ma.wallet.perTransfer",
            "ma.wallet.closed",
        ),
    ),
    PeopleQuestion(
        20,
        "退费退到哪里？",
        "Where does a refund go?",
        "全部退费时，谁付的退给谁，退回原来的账户。授权已经解除的，也退给原来付钱的人。",
        "A full refund goes back to whoever paid, to the same account, also after the "
        "authorisation has ended.",
        rule="a reversal returns each fen to where it came from",
    ),
    PeopleQuestion(
        21,
        "家人付的钱，算不算我的起付线？",
        "Does relatives' money count toward my deductible?",
        "看当地。写明不算的地方不算。没有写明的，本系统按算来处理，这是产品的决定，不是法律。",
        "It depends on the place. Where a text says no, it does not count. Where none does, this "
        "system counts it: a product decision, not law.",
        ("ma.relativesCountToDeductible",),
    ),
    PeopleQuestion(
        22,
        "离婚了怎么办？",
        "What about divorce?",
        "没有找到官方规定，不会自动解除。请付钱的人自己解除授权。",
        "No official rule was found, and nothing ends by itself. The giver should end the "
        "authorisation.",
        answered=False,
    ),
)
