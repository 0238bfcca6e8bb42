# SPDX-License-Identifier: Apache-2.0
"""Payers of a stay that has been settled in part: what its burden has grown by, or goes back.

The functions stay in the subset that Numba compiles, like those of ``sharing``.
"""

from __future__ import annotations

from collections.abc import Sequence

from gongji.kernel.reasons import GIVEN_BACK, NOTHING_LEFT_TO_PAY
from gongji.kernel.sharing import (
    CURRENT_FIRST,
    Payer,
    SharingResult,
    SharingRules,
    Slots,
    _accounts,
    _counted,
    _eligible,
    _name_kept,
)


def share_rest(
    rules: SharingRules,
    burden_fen: int,
    ineligible_fen: int,
    deductible_fen: int,
    use: int,
    own_current_fen: int,
    own_carried_fen: int,
    before: SharingResult,
    count: int,
    payers: Sequence[Payer],
    paid_current: Slots,
    paid_carried: Slots,
    reasons: Slots,
    withheld_fen: int = 0,
) -> SharingResult:
    """Pay what a stay's burden has grown by since its earlier settlements, or give back; fen.

    Burden, ineligible and withheld parts and deductible are those of the whole stay, ``before`` is
    the sum of its earlier settlements; the result and the sequences are what moves now. What was
    paid too much goes back, the last payer first, each bucket in reverse; cash stays cash.
    """
    eligible_fen = _eligible(rules, burden_fen, ineligible_fen)
    withheld_fen = max(0, min(withheld_fen, eligible_fen))
    eligible_fen -= withheld_fen
    asked_fen = eligible_fen - before.eligible_fen
    if asked_fen >= 0:
        current_fen, carried_fen, relatives_fen = _accounts(
            rules,
            asked_fen,
            use,
            own_current_fen,
            own_carried_fen,
            count,
            payers,
            paid_current,
            paid_carried,
            reasons,
        )
    else:
        current_fen, carried_fen, relatives_fen = _give_back(
            rules, eligible_fen, before, count, payers, paid_current, paid_carried, reasons
        )
    counted_fen = _counted(rules, burden_fen, deductible_fen, before.relatives_fen + relatives_fen)
    accounts_fen = current_fen + carried_fen + relatives_fen
    burden_before_fen = (
        before.own_current_fen + before.own_carried_fen + before.relatives_fen + before.cash_fen
    )
    if asked_fen == 0:
        _name_kept(withheld_fen - before.withheld_fen, count, reasons)
    return SharingResult(
        asked_fen,
        current_fen,
        carried_fen,
        relatives_fen,
        burden_fen - burden_before_fen - accounts_fen,
        counted_fen - before.deductible_counted_fen,
        withheld_fen - before.withheld_fen,
        0,
    )


def _give_back(
    rules: SharingRules,
    eligible_fen: int,
    before: SharingResult,
    count: int,
    payers: Sequence[Payer],
    paid_current: Slots,
    paid_carried: Slots,
    reasons: Slots,
) -> tuple[int, int, int]:
    """Give accounts back what they paid beyond ``eligible_fen``; negative sums, as _accounts."""
    own_fen = before.own_current_fen + before.own_carried_fen
    back_fen = max(0, own_fen + before.relatives_fen - eligible_fen)
    relatives_fen = 0
    for i in range(count - 1, -1, -1):
        giver = payers[i]
        current_fen, carried_fen = _to_buckets(
            rules.giver_buckets, back_fen, giver.taken_current_fen, giver.taken_carried_fen
        )
        back_fen -= current_fen + carried_fen
        relatives_fen -= current_fen + carried_fen
        paid_current[i] = -current_fen
        paid_carried[i] = -carried_fen
        reasons[i] = GIVEN_BACK if current_fen + carried_fen > 0 else NOTHING_LEFT_TO_PAY
    current_fen, carried_fen = _to_buckets(
        rules.own_buckets, back_fen, before.own_current_fen, before.own_carried_fen
    )
    return -current_fen, -carried_fen, relatives_fen


def _to_buckets(buckets: int, back_fen: int, current_fen: int, carried_fen: int) -> tuple[int, int]:
    """Give back up to what each bucket paid, the one that pays last first; (current, carried)."""
    if buckets == CURRENT_FIRST:
        first_fen = min(back_fen, carried_fen)
        return min(back_fen - first_fen, current_fen), first_fen
    first_fen = min(back_fen, current_fen)
    return first_fen, min(back_fen - first_fen, carried_fen)
