# SPDX-License-Identifier: Apache-2.0
"""What would we pay: one bill of one family, with the policy and the kernel of settlement.

Nothing is read but the policy library and nothing is written. What is not confirmed is not paid:
it comes back as a refusal or a gap with the reason, in both languages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gongji.advice.family import Answer, Family, Gap, Gave, Relative
from gongji.advice.relations import code_of
from gongji.advice.wallet import IN_OWN_POOL, OPEN, wallet_area
from gongji.kernel.benefit import CHRONIC, EMPLOYEE, NO_LIMIT_FEN, PHARMACY, RESIDENT, Bill
from gongji.kernel.errors import Refusal
from gongji.kernel.moving import moving_helps
from gongji.kernel.reasons import RULE_NOT_CONFIRMED
from gongji.kernel.settling import Split, split_bill
from gongji.kernel.sharing import ORDER_CONFIGURED, USE_ACCOUNTS, Payer, SharingRules
from gongji.policy import errors
from gongji.policy.areas import same_province
from gongji.policy.away import bill_away, sources_away
from gongji.policy.compiled import AreaPolicy
from gongji.policy.eligibility import (
    ACCOUNT_NORMAL,
    ACTIVE,
    NO_ACCOUNT,
    PAUSED,
    why_not,
)
from gongji.policy.givers import (
    WAY_POCKET,
    WAY_WALLET,
    WAYS,
    Rank,
    order_of,
    ordered,
    reachable_fen,
    rules_at_settlement,
)
from gongji.policy.library import DECIDES_MONEY, PolicyLibrary
from gongji.policy.provenance import NOT_CONFIRMED_NOT_PAID, USED, Provenance
from gongji.policy.sharing_rules import USE_KEYS

Steps = Mapping[str, tuple[Provenance, ...]]

LEVELS = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class _Grant:
    """A relative's consent as ``why_not`` reads an authorisation."""

    state: int
    relation: int
    valid_from: dt.date
    valid_until: dt.date | None
    uses: int

    def allows_use(self, setting: int) -> bool:
        return self.uses & (1 << setting) != 0


@dataclass(frozen=True, slots=True)
class _Cover:
    """An insurance relation as ``why_not`` reads a coverage."""

    insutype: int
    area: int
    insured: bool = True

    def active_on(self, day: dt.date) -> bool:
        return self.insured


@dataclass(frozen=True, slots=True)
class _Giver:
    """A relative with the way the money comes and what may be reached that way."""

    place: int
    relative: Relative
    relation: int
    way: str
    payer: Payer
    balance_fen: int


def what_would_we_pay(
    library: PolicyLibrary, family: Family, known_on: dt.date | None = None
) -> Answer:
    """The split that a settlement would give on these facts, as believed on ``known_on``.

    An unknown area, a draft pack or a value that may not decide money is an answer with a
    refusal. Raises ValueError or Refusal 1107 for facts that cannot be (a level 7, a negative
    balance, a bill of nothing).
    """
    _check(family)
    try:
        policy = library.compiled(family.area, family.scheme, family.date, known_on=known_on)
        return _answered(library, policy, family, known_on)
    except Refusal as refusal:
        if refusal.code == errors.BAD_ARGUMENT:
            raise
        key = refusal.key if isinstance(refusal, errors.PolicyGap) else ""
        gap = Gap(refusal.code, "", key, refusal.zh, refusal.en)
        return Answer(family, family.bill, gap)


def _check(family: Family) -> None:
    bill = family.bill
    if bill.total_fen <= 0 or min(bill) < 0 or sum(bill[1:5]) != bill.total_fen:
        raise ValueError("a bill is above zero and equals its four parts")
    if family.level not in LEVELS or family.scheme not in (EMPLOYEE, RESIDENT):
        raise ValueError("the level is 0 to 3, the scheme 310 or 390")
    if family.admission_no < 1:
        raise ValueError("the stays of a year are counted from 1")
    balances = [family.own_current_fen, family.own_carried_fen, *family.used]
    for one in family.relatives:
        limits = (one.visit_limit_fen, one.day_limit_fen, one.year_limit_fen, one.set_aside_fen)
        balances += [one.current_fen, one.carried_fen, *(limit or 0 for limit in limits)]
        code_of(one.relation)
        if one.way is not None and one.way not in WAYS:
            raise ValueError(f"no such way of giving: {one.way!r}")
    if min(balances) < 0:
        raise ValueError("balances, limits and what the year has used are not negative")


def _answered(
    library: PolicyLibrary, policy: AreaPolicy, family: Family, known_on: dt.date | None
) -> Answer:
    ask = (
        family.setting,
        family.level,
        family.retired,
        family.age,
        family.admission_no,
        family.visit_class,
    )
    servant, aid = family.civil_servant, family.aid_class
    benefit_rules = policy.benefit(*ask, civil_servant=servant, aid_class=aid)
    sharing_rules = rules_at_settlement(policy)
    care_area = family.care_area or family.area
    stated = _stated(family)
    bill = bill_away(policy, stated, family.setting, family.area, care_area, family.filed)
    steps: dict[str, tuple[Provenance, ...]] = {
        **policy.sources(),
        **policy.provenance(*ask, civil_servant=servant, aid_class=aid),
        **_extra_step(policy, family),
    }
    gaps = [*_unpaid(steps), *_use_gap(library, policy, family, known_on)]
    givers = _givers(library, policy, family, sharing_rules, known_on, gaps)
    split = split_bill(
        benefit_rules,
        sharing_rules,
        bill,
        family.used,
        USE_ACCOUNTS,
        family.own_current_fen,
        family.own_carried_fen,
        [giver.payer for giver in givers],
    )
    used = [item for items in steps.values() for item in items if item.status == USED]
    return Answer(
        family,
        bill,
        None,
        split.benefit,
        split.sharing,
        _gave(givers, split, sharing_rules, order_of(policy) == ORDER_CONFIGURED),
        tuple(gaps),
        steps,
        policy.model,
        order_of(policy) or ORDER_CONFIGURED,
        any(item.confidence not in DECIDES_MONEY for item in used),
    )


def _stated(family: Family) -> Bill:
    """The bill as a pharmacy or another institution sends it."""
    sold = family.setting == PHARMACY or (family.setting == CHRONIC and family.at_pharmacy)
    if not sold or family.prescribed:
        return family.bill
    return family.bill._replace(unprescribed_fen=family.bill.in_policy_fen)


def _extra_step(policy: AreaPolicy, family: Family) -> Steps:
    care_area = family.care_area or family.area
    found = sources_away(policy, family.setting, family.area, care_area, family.filed)
    return {"extra_first_self": found} if found else {}


def _unpaid(steps: Steps) -> list[Gap]:
    """Supplements left at nothing because a value of theirs is not confirmed."""
    found = []
    for step, items in steps.items():
        for item in items:
            if item.status == NOT_CONFIRMED_NOT_PAID:
                zh = f"{item.sentence('zh')}。这一步按 0 元算，由经办机构另行办理。"
                en = f"{item.sentence('en')}. This step counts as nothing here."
                found.append(Gap(errors.VALUE_NOT_CONFIRMED, step, item.key, zh, en))
    return found


def _use_gap(
    library: PolicyLibrary, policy: AreaPolicy, family: Family, known_on: dt.date | None
) -> list[Gap]:
    """Relatives may not pay here because nothing confirms that they may."""
    if policy.use_allowed(family.setting):
        return []
    try:
        library.require(family.area, USE_KEYS[family.setting], family.date, known_on=known_on)
    except errors.PolicyGap as gap:
        return [Gap(gap.code, "uses", gap.key, gap.zh, gap.en)]
    return []


def _givers(
    library: PolicyLibrary,
    policy: AreaPolicy,
    family: Family,
    rules: SharingRules,
    known_on: dt.date | None,
    gaps: list[Gap],
) -> list[_Giver]:
    """Relatives in the order of payment.

    Money of a wallet comes last: no text says where it stands, and the rules of the place order
    only those who give inside the province.
    """
    found = [
        _giver(library, policy, family, rules, place, one, known_on, gaps)
        for place, one in enumerate(family.relatives)
    ]

    def rank(giver: _Giver) -> Rank:
        one = giver.relative
        local = one.employee and one.area == family.area
        return Rank(one.bound_on, giver.place, giver.balance_fen, local)

    inside = [giver for giver in found if giver.way != WAY_WALLET]
    wallet = [giver for giver in found if giver.way == WAY_WALLET]
    order = order_of(policy)
    if order is None:
        return _without_order(library, family, inside + wallet, known_on, gaps)
    return ordered(order, inside, rank) + ordered(order, wallet, rank)


def _without_order(
    library: PolicyLibrary,
    family: Family,
    givers: list[_Giver],
    known_on: dt.date | None,
    gaps: list[Gap],
) -> list[_Giver]:
    """Nothing says whose money goes first: one giver pays, several do not."""
    if sum(not giver.payer.blocked for giver in givers) <= 1:
        return givers
    try:
        library.require(family.area, "ma.giverOrder", family.date, known_on=known_on)
    except errors.PolicyGap as gap:
        gaps.append(Gap(gap.code, "uses", gap.key, gap.zh, gap.en))
    return [
        replace(one, payer=one.payer._replace(blocked=one.payer.blocked or RULE_NOT_CONFIRMED))
        for one in givers
    ]


def _giver(
    library: PolicyLibrary,
    policy: AreaPolicy,
    family: Family,
    rules: SharingRules,
    place: int,
    one: Relative,
    known_on: dt.date | None,
    gaps: list[Gap],
) -> _Giver:
    way = one.way or policy.model
    wallet = way == WAY_WALLET
    grant = _Grant(
        PAUSED if one.paused else ACTIVE,
        code_of(one.relation),
        one.bound_on,
        one.valid_until,
        one.uses,
    )
    cover = _Cover(
        EMPLOYEE if one.employee else RESIDENT,
        # The wallet crosses provinces: the areas of insurance do not stand in its way.
        family.area if wallet else one.area,
        one.insured,
    )
    blocked = why_not(
        grant,
        cover,
        ACCOUNT_NORMAL if one.employee else NO_ACCOUNT,
        _Cover(family.scheme, family.area),
        policy,
        family.setting,
        family.date,
        0 if wallet else family.care_area,
        # Who pays no contributions now is in a break, whatever it does here.
        () if one.insured else (family.date,),
    )
    if wallet and not blocked:
        blocked = _wallet_closed(library, family, one, known_on, gaps)
    most_fen, nothing = reachable_fen(way, one.set_aside_fen)
    # Without employees' insurance there is no account, whatever was typed in.
    current_fen = one.current_fen if one.employee else 0
    carried_fen = one.carried_fen if one.employee else 0
    balance_fen = current_fen + carried_fen
    if way in (WAY_POCKET, WAY_WALLET):
        # Moved or frozen money is there whatever the account holds, above any floor: what is set
        # aside is the only bound, so the balance is put just out of its way.
        balance_fen = one.set_aside_fen or 0
        current_fen, carried_fen = 0, balance_fen + rules.retained_fen + 1
    payer = Payer(
        current_fen,
        carried_fen,
        _limit(one.visit_limit_fen),
        _limit(one.day_limit_fen),
        _limit(one.year_limit_fen),
        most_fen,
        blocked or nothing,
    )
    return _Giver(place, one, code_of(one.relation), way, payer, balance_fen)


def _limit(limit_fen: int | None) -> int:
    return NO_LIMIT_FEN if limit_fen is None else limit_fen


def _wallet_closed(
    library: PolicyLibrary,
    family: Family,
    one: Relative,
    known_on: dt.date | None,
    gaps: list[Gap],
) -> int:
    """Both places must have opened the wallet; inside one province it must be allowed at home."""
    asked = [(family.area, OPEN), (wallet_area(library, one.area), OPEN)]
    if same_province(family.area, one.area):
        asked.append((family.area, IN_OWN_POOL))
    for area, key in asked:
        try:
            if library.require(area, key, family.date, known_on=known_on).integer():
                continue
            reason = (errors.VALUE_NOT_CONFIRMED, "钱包未开通", "the wallet is not open there")
        except Refusal as refusal:
            reason = (refusal.code, refusal.zh, refusal.en)
        gap = Gap(reason[0], "wallet", key, reason[1], reason[2])
        if gap not in gaps:
            gaps.append(gap)
        return RULE_NOT_CONFIRMED
    return 0


def _gave(
    givers: Sequence[_Giver], split: Split, rules: SharingRules, own_order: bool
) -> tuple[Gave, ...]:
    """``own_order``: the family itself sets the order."""
    payers = [giver.payer for giver in givers]
    paid = [sum(both) for both in zip(split.paid_current_fen, split.paid_carried_fen, strict=True)]
    return tuple(
        Gave(
            giver.place,
            giver.relative.label,
            giver.relation,
            giver.way,
            split.paid_current_fen[i],
            split.paid_carried_fen[i],
            split.reasons[i],
            giver.balance_fen,
            own_order and moving_helps(rules, payers, paid, split.reasons[i], i),
        )
        for i, giver in enumerate(givers)
    )
