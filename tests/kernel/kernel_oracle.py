# SPDX-License-Identifier: Apache-2.0
"""What the kernel should say, worked out the slow way: fen by fen, with exact fractions.

Shares no code and no method with the kernel: benefits walk over every single fen of cost, sharing
hands out one fen at a time. Only for small amounts.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

from gongji.kernel import benefit as b
from gongji.kernel import reasons as why
from gongji.kernel import sharing as s

NONE = b.NO_LIMIT_FEN


def nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def part(amount_fen: int, bp: int) -> int:
    return nearest(Fraction(amount_fen * bp, 10_000))


def rate_at(place: int, upto: b.Segments, ratio: b.Segments) -> Fraction:
    """The ratio that applies to the fen between ``place`` and ``place + 1``."""
    for bound, bp in zip(upto, ratio, strict=True):
        if place < bound:
            return Fraction(bp, 10_000)
    return Fraction(0)


def walk(rates: list[Fraction]) -> Fraction:
    return sum(rates, Fraction(0))


def cost_where(rates: list[Fraction], money_fen: int) -> int:
    """How much cost has gone by when the exact payment is about to exceed ``money_fen``."""
    paid = Fraction(0)
    for gone, rate in enumerate(rates):
        if paid + rate > money_fen:
            return nearest(gone + (money_fen - paid) / rate)
        paid += rate
    return len(rates)


def benefit_oracle(rules: b.BenefitRules, state: b.BenefitState, bill: b.Bill) -> dict[str, int]:
    """Amounts of every fund step, fen."""
    outside = bill.unprescribed_fen if rules.needs_prescription else 0
    bill = bill._replace(in_policy_fen=bill.in_policy_fen - outside)
    asked = rules.deductible_fen
    if rules.deductible_mode == b.DEDUCTIBLE_YEARLY:
        asked -= min(asked, state.deductible_used_fen)
    deductible = min(asked, bill.in_policy_fen)
    begin = {
        b.SEGMENTS_AFTER_DEDUCTIBLE: 0,
        b.SEGMENTS_WITH_DEDUCTIBLE: deductible,
        b.SEGMENTS_OF_YEAR: state.in_policy_used_fen,
    }[rules.segment_basis]
    rates = [
        rate_at(begin + fen, rules.segment_upto_fen, rules.segment_ratio_bp)
        for fen in range(bill.in_policy_fen - deductible)
    ]
    pooled = nearest(walk(rates))
    if pooled > rules.visit_cap_fen:
        pooled = rules.visit_cap_fen
        rates = rates[: cost_where(rates, pooled)]
    seen = len(rates)
    used = rules.cap_fen - (
        state.in_policy_used_fen if rules.cap_basis == b.CAP_IN_POLICY else state.pooled_paid_fen
    )
    room = used if used > 0 else 0
    base = seen
    if rules.cap_basis == b.CAP_IN_POLICY and seen > room:
        base = room
        pooled = min(pooled, nearest(walk(rates[:base])))
    elif rules.cap_basis == b.CAP_FUND and pooled > room:
        base, pooled = cost_where(rates, room), room
    large = min(
        part(seen - base, rules.large_ratio_bp), max(rules.large_cap_fen - state.large_paid_fen, 0)
    )
    left = bill.in_policy_fen - pooled - large

    serious = serious_total(rules, state.serious_base_fen + left) - state.serious_paid_fen
    serious = sorted([0, serious, left])[1]
    left -= serious
    subsidy = min(
        part(left, rules.subsidy_ratio_bp), max(rules.subsidy_cap_fen - state.subsidy_paid_fen, 0)
    )
    left -= subsidy
    over = max(state.aid_base_fen + left - rules.aid_threshold_fen, 0)
    aid = min(part(over, rules.aid_ratio_bp), rules.aid_cap_fen) - state.aid_paid_fen
    aid = sorted([0, aid, left])[1]
    return {
        "deductible_fen": deductible,
        "pooled_base_fen": base,
        "pooled_fen": pooled,
        "large_base_fen": seen - base,
        "large_fen": large,
        "serious_fen": serious,
        "subsidy_fen": subsidy,
        "aid_fen": aid,
        "fund_fen": pooled + large + serious + subsidy + aid,
        "in_policy_burden_fen": left - aid + outside,
        "unfunded_fen": outside,
    }


def serious_total(rules: b.BenefitRules, burden_fen: int) -> int:
    """Serious-illness insurance of a whole year with this in-policy burden, fen."""
    shift = 0
    if rules.serious_bounds == b.BOUNDS_ABOVE_THRESHOLD:
        shift = rules.serious_threshold_fen
    owed = walk(
        [
            rate_at(fen - shift, rules.serious_upto_fen, rules.serious_ratio_bp)
            for fen in range(rules.serious_threshold_fen, burden_fen)
        ]
    )
    return min(nearest(owed), rules.serious_cap_fen)


class Purse:
    """One account out of which single fen are taken."""

    def __init__(self, current: int, carried: int, buckets: int) -> None:
        self.left = {"current": current, "carried": carried}
        self.took = {"current": 0, "carried": 0}
        self.order = {
            s.CURRENT_FIRST: ["current", "carried"],
            s.CARRIED_FIRST: ["carried", "current"],
            s.CARRIED_ONLY: ["carried"],
        }[buckets]

    def total(self) -> int:
        return sum(self.left.values())

    def take(self) -> bool:
        for bucket in self.order:
            if self.left[bucket] > 0:
                self.left[bucket] -= 1
                self.took[bucket] += 1
                return True
        return False


def obstacle(rules: s.SharingRules, giver: s.Payer, purse: Purse) -> int | None:
    """Why this giver cannot pay one more fen; None if the giver can."""
    given = sum(purse.took.values())
    if rules.retained_fen > 0 and 0 < purse.total() <= rules.retained_fen:
        return why.RETAINED_BALANCE
    if not any(purse.left[bucket] > 0 for bucket in purse.order):
        return why.BUCKET_NOT_SHARABLE if purse.total() > 0 else why.BALANCE_EXHAUSTED
    for limit, reason in (
        (giver.visit_left_fen, why.LIMIT_PER_VISIT),
        (giver.day_left_fen, why.LIMIT_PER_DAY),
        (giver.year_left_fen, why.LIMIT_PER_YEAR),
        (giver.grant_left_fen, why.GRANT_EXHAUSTED),
    ):
        if given + 1 > limit:
            return reason
    return None


def share_oracle(
    rules: s.SharingRules,
    burden: int,
    ineligible: int,
    use: int,
    own: tuple[int, int],
    givers: list[s.Payer],
) -> dict[str, Any]:
    """Who pays how much, one fen after the other."""
    open_fen = burden
    if rules.eligible_base == s.BASE_IN_POLICY:
        open_fen = max(burden - ineligible, 0)
    mine = Purse(*own, rules.own_buckets)
    while use != s.USE_NONE and open_fen and mine.take():
        open_fen -= 1
    outcome = []
    payers = 0
    for giver in givers:
        purse = Purse(giver.current_fen, giver.carried_fen, rules.giver_buckets)
        if use != s.USE_ACCOUNTS:
            reason = why.ACCOUNT_NOT_USED if use == s.USE_NONE else why.RELATIVES_NOT_USED
        elif giver.blocked:
            reason = giver.blocked
        elif not open_fen:
            reason = why.NOTHING_LEFT_TO_PAY
        elif rules.own_must_be_zero and mine.total():
            reason = why.OWN_ACCOUNT_NOT_ZERO
        elif rules.max_givers and payers == rules.max_givers:
            reason = why.GIVERS_PER_SETTLEMENT
        else:
            reason = why.PAID_ALL_ASKED
            while open_fen:
                found = obstacle(rules, giver, purse)
                if found is not None:
                    reason = found
                    break
                purse.take()
                open_fen -= 1
            payers += 1 if any(purse.took.values()) else 0
        outcome.append((purse.took["current"], purse.took["carried"], reason))
    relatives = sum(current + carried for current, carried, _ in outcome)
    return {
        "own": (mine.took["current"], mine.took["carried"]),
        "givers": outcome,
        "relatives": relatives,
        "cash": burden - sum(mine.took.values()) - relatives,
    }
