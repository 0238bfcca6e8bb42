# SPDX-License-Identifier: Apache-2.0
"""From the person's burden to payers: own account, givers in order, cash.

Invariants that no policy may change: the own account pays first; no giver goes below the retained
balance or above a limit; what is shared is money, never a benefit; legs sum to the burden.
The functions stay in the subset that Numba compiles: sequences are written in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from gongji.kernel.reasons import (
    ACCOUNT_NOT_USED,
    BALANCE_EXHAUSTED,
    BUCKET_NOT_SHARABLE,
    GIVERS_PER_SETTLEMENT,
    GRANT_EXHAUSTED,
    KEPT_FOR_SUPPLEMENT,
    LIMIT_PER_DAY,
    LIMIT_PER_VISIT,
    LIMIT_PER_YEAR,
    NOTHING_LEFT_TO_PAY,
    OWN_ACCOUNT_NOT_ZERO,
    PAID_ALL_ASKED,
    RELATIVES_NOT_USED,
    RETAINED_BALANCE,
)

# What accounts may pay for.
BASE_IN_POLICY = 1  # burden without self-paid and over-limit parts
BASE_ALL_PERSONAL = 2

# Which bucket pays, in which order.
CURRENT_FIRST = 1
CARRIED_FIRST = 2
CARRIED_ONLY = 3

# What the caller allows (national acct_used_flag).
USE_NONE = 0
USE_ACCOUNTS = 1
USE_OWN_ONLY = 2

# Orders of givers found in practice; applied before the kernel, the kernel takes them as given.
ORDER_CONFIGURED = 1
ORDER_BINDING_TIME = 2
ORDER_FILING = 3
ORDER_LOCAL_FIRST = 4
ORDER_SINGLE = 5
ORDER_LATEST_BOUND = 6
ORDER_LARGEST_BALANCE = 7

NO_GIVER_LIMIT = 0  # as max_givers: any number


class SharingRules(NamedTuple):
    """How accounts may be used in one area on one date."""

    eligible_base: int
    own_buckets: int
    giver_buckets: int
    retained_fen: int  # each giver keeps at least this
    own_must_be_zero: int  # 1: relatives pay only if both own buckets are empty afterwards
    max_givers: int  # per settlement; NO_GIVER_LIMIT = any number
    relatives_count_to_deductible: int  # 1: sums paid by relatives count toward the deductible


class Payer(NamedTuple):
    """A giver as the kernel sees one: balances and what each limit has left, fen."""

    current_fen: int
    carried_fen: int
    visit_left_fen: int  # NO_LIMIT_FEN where there is no limit
    day_left_fen: int
    year_left_fen: int
    grant_left_fen: int
    blocked: int  # 0, or the reason (>= 50) that was decided before
    taken_current_fen: int = 0  # paid by earlier settlements of the same stay
    taken_carried_fen: int = 0


class Share(NamedTuple):
    """Outcome of one payer, fen."""

    current_fen: int
    carried_fen: int
    reason: int


class SharingResult(NamedTuple):
    """How the burden was paid, fen: own + relatives + cash = burden."""

    eligible_fen: int
    own_current_fen: int
    own_carried_fen: int
    relatives_fen: int
    cash_fen: int
    deductible_counted_fen: int  # what the yearly deductible moves by
    withheld_fen: int = 0  # in the cash: may belong to a supplement that is not confirmed
    withheld_for: int = 0  # which supplements, bits of withholding.FOR_*


class Slots(Protocol):
    """Preallocated places for whole numbers: a list in Python, an int64 array when compiled."""

    def __getitem__(self, place: int, /) -> int: ...

    def __setitem__(self, place: int, value: int, /) -> None: ...


def share(
    rules: SharingRules,
    burden_fen: int,
    ineligible_fen: int,
    deductible_fen: int,
    use: int,
    own_current_fen: int,
    own_carried_fen: int,
    count: int,
    payers: Sequence[Payer],
    paid_current: Slots,
    paid_carried: Slots,
    reasons: Slots,
    withheld_fen: int = 0,
) -> SharingResult:
    """Pay a burden from the own account, then from givers as ordered, then in cash; all in fen.

    ``ineligible_fen`` is the self-paid and over-limit part of the burden (kept from accounts
    under BASE_IN_POLICY only); ``deductible_fen`` the deductible inside the burden. For each of
    the first ``count`` payers the three sequences receive what left each bucket and the reason.
    ``withheld_fen`` of the in-policy burden is kept from every account under any base
    (``withholding.withheld``).
    """
    eligible_fen = _eligible(rules, burden_fen, ineligible_fen)
    withheld_fen = max(0, min(withheld_fen, eligible_fen))
    eligible_fen -= withheld_fen
    current_fen, carried_fen, relatives_fen = _accounts(
        rules,
        eligible_fen,
        use,
        own_current_fen,
        own_carried_fen,
        count,
        payers,
        paid_current,
        paid_carried,
        reasons,
    )
    counted_fen = _counted(rules, burden_fen, deductible_fen, relatives_fen)
    cash_fen = burden_fen - current_fen - carried_fen - relatives_fen
    if eligible_fen == 0:
        _name_kept(withheld_fen, count, reasons)
    return SharingResult(
        eligible_fen,
        current_fen,
        carried_fen,
        relatives_fen,
        cash_fen,
        counted_fen,
        withheld_fen,
        0,
    )


def _name_kept(withheld_fen: int, count: int, reasons: Slots) -> None:
    """Givers to whom nothing was left because all of it was withheld are told so."""
    if withheld_fen <= 0:
        return
    for i in range(count):
        if reasons[i] == NOTHING_LEFT_TO_PAY:
            reasons[i] = KEPT_FOR_SUPPLEMENT


def _eligible(rules: SharingRules, burden_fen: int, ineligible_fen: int) -> int:
    """The part of a burden that accounts may pay, fen."""
    if rules.eligible_base == BASE_IN_POLICY:
        return max(0, burden_fen - ineligible_fen)
    return burden_fen


def _counted(rules: SharingRules, burden_fen: int, deductible_fen: int, relatives_fen: int) -> int:
    """What the yearly deductible moves by, fen."""
    if rules.relatives_count_to_deductible == 0:
        # Relatives' money is taken to pay the other parts of the burden first.
        return min(deductible_fen, burden_fen - relatives_fen)
    return deductible_fen


def _accounts(
    rules: SharingRules,
    asked_fen: int,
    use: int,
    own_current_fen: int,
    own_carried_fen: int,
    count: int,
    payers: Sequence[Payer],
    paid_current: Slots,
    paid_carried: Slots,
    reasons: Slots,
) -> tuple[int, int, int]:
    """Let the own account and then givers pay; (own current, own carried, relatives), fen."""
    current_fen = 0
    carried_fen = 0
    if use != USE_NONE:
        current_fen, carried_fen = _from_buckets(
            rules.own_buckets, asked_fen, max(0, own_current_fen), max(0, own_carried_fen)
        )
    own_fen = current_fen + carried_fen
    own_left_fen = own_current_fen + own_carried_fen - own_fen
    relatives_fen = _relatives(
        rules,
        asked_fen - own_fen,
        own_left_fen,
        use,
        count,
        payers,
        paid_current,
        paid_carried,
        reasons,
    )
    return current_fen, carried_fen, relatives_fen


def _relatives(
    rules: SharingRules,
    asked_fen: int,
    own_left_fen: int,
    use: int,
    count: int,
    payers: Sequence[Payer],
    paid_current: Slots,
    paid_carried: Slots,
    reasons: Slots,
) -> int:
    """Let givers pay ``asked_fen`` in their order; what they paid together, fen.

    The reason of each is the first that holds: the caller's choice; the one decided before;
    nothing left to pay; own account not empty; number of givers; what ``_held_back`` finds.
    """
    open_fen = asked_fen
    givers = 0
    for i in range(count):
        if payers[i].taken_current_fen + payers[i].taken_carried_fen > 0:
            givers += 1  # the number of givers holds for a stay as a whole
    for i in range(count):
        giver = payers[i]
        known = giver.taken_current_fen + giver.taken_carried_fen > 0
        current_fen = 0
        carried_fen = 0
        if use == USE_NONE:
            reason = ACCOUNT_NOT_USED
        elif use == USE_OWN_ONLY:
            reason = RELATIVES_NOT_USED
        elif giver.blocked != 0:
            reason = giver.blocked
        elif open_fen <= 0:
            reason = NOTHING_LEFT_TO_PAY
        elif rules.own_must_be_zero != 0 and own_left_fen > 0:
            reason = OWN_ACCOUNT_NOT_ZERO
        elif rules.max_givers != NO_GIVER_LIMIT and givers >= rules.max_givers and not known:
            reason = GIVERS_PER_SETTLEMENT
        else:
            current_fen, carried_fen, reason = _give(rules, giver, open_fen)
            if current_fen + carried_fen > 0 and not known:
                givers += 1
            open_fen -= current_fen + carried_fen
        paid_current[i] = current_fen
        paid_carried[i] = carried_fen
        reasons[i] = reason
    return asked_fen - open_fen


def _from_buckets(
    buckets: int, wanted_fen: int, current_fen: int, carried_fen: int
) -> tuple[int, int]:
    """Take up to ``wanted_fen`` in the order of ``buckets``; (from current, from carried)."""
    if buckets == CURRENT_FIRST:
        first_fen = min(wanted_fen, current_fen)
        return first_fen, min(wanted_fen - first_fen, carried_fen)
    first_fen = min(wanted_fen, carried_fen)
    if buckets == CARRIED_ONLY:
        return 0, first_fen
    return min(wanted_fen - first_fen, current_fen), first_fen


def _give(rules: SharingRules, giver: Payer, open_fen: int) -> tuple[int, int, int]:
    """What one giver pays of ``open_fen`` (> 0): (from current, from carried, reason)."""
    current_fen = max(0, giver.current_fen)
    carried_fen = max(0, giver.carried_fen)
    # The retained balance is kept over both buckets together.
    usable_fen = max(0, current_fen + carried_fen - rules.retained_fen)
    if rules.giver_buckets == CARRIED_ONLY:
        usable_fen = min(usable_fen, carried_fen)
    given_fen = min(
        open_fen,
        usable_fen,
        giver.visit_left_fen,
        giver.day_left_fen,
        giver.year_left_fen,
        giver.grant_left_fen,
    )
    given_fen = max(0, given_fen)
    reason = PAID_ALL_ASKED
    if given_fen < open_fen:
        reason = _held_back(rules, giver, usable_fen, given_fen)
    taken_current_fen, taken_carried_fen = _from_buckets(
        rules.giver_buckets, given_fen, current_fen, carried_fen
    )
    return taken_current_fen, taken_carried_fen, reason


def _held_back(rules: SharingRules, giver: Payer, usable_fen: int, given_fen: int) -> int:
    """Which limit stopped a giver at ``given_fen``.

    When several stop at the same sum, the first in this order is named: balance (retained
    balance before unusable bucket before empty account), visit, day, year, grant.
    """
    if usable_fen <= given_fen:
        total_fen = giver.current_fen + giver.carried_fen
        if rules.retained_fen > 0 and 0 < total_fen <= given_fen + rules.retained_fen:
            return RETAINED_BALANCE
        if rules.giver_buckets == CARRIED_ONLY and giver.current_fen > 0:
            return BUCKET_NOT_SHARABLE
        return BALANCE_EXHAUSTED
    if giver.visit_left_fen <= given_fen:
        return LIMIT_PER_VISIT
    if giver.day_left_fen <= given_fen:
        return LIMIT_PER_DAY
    if giver.year_left_fen <= given_fen:
        return LIMIT_PER_YEAR
    return GRANT_EXHAUSTED
