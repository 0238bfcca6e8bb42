# SPDX-License-Identifier: Apache-2.0
"""One bill from end to end: benefit steps, then payers. Settlement, replay and advice run this.

Plain Python around the two compiled halves (``benefit``, ``sharing``); amounts are fen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gongji.kernel.benefit import (
    DEDUCTIBLE_PER_VISIT,
    BenefitResult,
    BenefitRules,
    BenefitState,
    Bill,
    settle_benefit,
)
from gongji.kernel.sharing import Payer, SharingResult, SharingRules, share
from gongji.kernel.withholding import withheld


class Split(NamedTuple):
    """The whole split; the three lists have one entry per payer, in the order given."""

    benefit: BenefitResult
    sharing: SharingResult
    paid_current_fen: list[int]
    paid_carried_fen: list[int]
    reasons: list[int]


def split_bill(
    benefit_rules: BenefitRules,
    sharing_rules: SharingRules,
    bill: Bill,
    state: BenefitState,
    use: int,
    own_current_fen: int,
    own_carried_fen: int,
    payers: Sequence[Payer],
    stay_deductible_fen: int = 0,
) -> Split:
    """From the bill to cash. ``stay_deductible_fen``: what earlier settlements of the same stay
    paid of its deductible, which is asked for once over all of them."""
    if stay_deductible_fen and benefit_rules.deductible_mode == DEDUCTIBLE_PER_VISIT:
        left_fen = max(0, benefit_rules.deductible_fen - stay_deductible_fen)
        benefit_rules = benefit_rules._replace(deductible_fen=left_fen)
    benefit = settle_benefit(benefit_rules, state, bill)
    withheld_fen, withheld_for = withheld(benefit_rules, state, benefit)
    count = len(payers)
    paid_current, paid_carried, reasons = [0] * count, [0] * count, [0] * count
    sharing = share(
        sharing_rules,
        benefit.burden_fen,
        bill.self_paid_fen + bill.over_limit_fen,
        benefit.deductible_fen,
        use,
        own_current_fen,
        own_carried_fen,
        count,
        payers,
        paid_current,
        paid_carried,
        reasons,
        withheld_fen,
    )
    if sharing.withheld_fen:
        sharing = sharing._replace(withheld_for=withheld_for)
    return Split(benefit, sharing, paid_current, paid_carried, reasons)
