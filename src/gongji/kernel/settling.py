# SPDX-License-Identifier: Apache-2.0
"""One bill from end to end: benefit steps, then payers. Settlement, replay and advice run this.

Plain Python around the two compiled halves (``benefit``, ``sharing``); amounts are fen. Two kinds
of bills continue others. A stay is calculated as a whole each time: what a further settlement of
it moves is the whole less what stands, so interim bills and the last one give what the stay gives
at once. A charge batch of an outpatient visit is calculated by itself; what counts per visit
(deductible, cap, segments) goes on where the batches before it have left off.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import NamedTuple

from gongji.kernel.benefit import (
    DEDUCTIBLE_PER_VISIT,
    SEGMENTS_AFTER_DEDUCTIBLE,
    SEGMENTS_WITH_DEDUCTIBLE,
    BenefitResult,
    BenefitRules,
    BenefitState,
    Bill,
    settle_benefit,
)
from gongji.kernel.sharing import Payer, SharingResult, SharingRules, share
from gongji.kernel.sharing_rest import share_rest
from gongji.kernel.withholding import withheld


class Split(NamedTuple):
    """The whole split; the three lists have one entry per payer, in the order given."""

    benefit: BenefitResult
    sharing: SharingResult
    paid_current_fen: list[int]
    paid_carried_fen: list[int]
    reasons: list[int]


class VisitUsed(NamedTuple):
    """What earlier charge batches of the same outpatient visit have used of it, fen."""

    deductible_fen: int
    pooled_fen: int
    in_policy_fen: int


class StayBefore(NamedTuple):
    """What earlier settlements of the same stay came to together, fen."""

    bill: Bill
    benefit: BenefitResult
    sharing: SharingResult


NEW_VISIT = VisitUsed(0, 0, 0)
_NOTHING_SHARED = SharingResult(0, 0, 0, 0, 0, 0)


def split_bill(
    benefit_rules: BenefitRules,
    sharing_rules: SharingRules,
    bill: Bill,
    state: BenefitState,
    use: int,
    own_current_fen: int,
    own_carried_fen: int,
    payers: Sequence[Payer],
    visit: VisitUsed = NEW_VISIT,
    before: StayBefore | None = None,
) -> Split:
    """Split a bill from its total to cash.

    ``visit``: what earlier batches of an outpatient visit have used. ``before``: what earlier
    settlements of a stay came to; ``state`` is then the year without this stay, and the result is
    what moves now, negative where an earlier settlement took too much.
    """
    whole_bill = bill if before is None else Bill(*map(operator.add, bill, before.bill))
    rules = rest_of_visit(benefit_rules, visit)
    whole = settle_benefit(rules, state, whole_bill)
    withheld_fen, withheld_for = withheld(rules, state, whole)
    count = len(payers)
    split = Split(whole, _NOTHING_SHARED, [0] * count, [0] * count, [0] * count)
    outside_fen = whole_bill.self_paid_fen + whole_bill.over_limit_fen
    if before is None:
        sharing = share(
            sharing_rules,
            whole.burden_fen,
            outside_fen,
            whole.deductible_fen,
            use,
            own_current_fen,
            own_carried_fen,
            count,
            payers,
            *split[2:],
            withheld_fen,
        )
        return split._replace(sharing=_named(sharing, withheld_for))
    sharing = share_rest(
        sharing_rules,
        whole.burden_fen,
        outside_fen,
        whole.deductible_fen,
        use,
        own_current_fen,
        own_carried_fen,
        before.sharing,
        count,
        payers,
        *split[2:],
        withheld_fen,
    )
    benefit = BenefitResult(*map(operator.sub, whole, before.benefit))
    return split._replace(benefit=benefit, sharing=_named(sharing, withheld_for))


def _named(sharing: SharingResult, withheld_for: int) -> SharingResult:
    return sharing._replace(withheld_for=withheld_for) if sharing.withheld_fen else sharing


def rest_of_visit(rules: BenefitRules, used: VisitUsed) -> BenefitRules:
    """The rules for one more batch of an outpatient visit: what counts per visit goes on."""
    if used == NEW_VISIT:
        return rules
    deductible_fen = rules.deductible_fen
    if rules.deductible_mode == DEDUCTIBLE_PER_VISIT:
        deductible_fen = max(0, deductible_fen - used.deductible_fen)
    seen_fen = 0
    if rules.segment_basis == SEGMENTS_AFTER_DEDUCTIBLE:
        seen_fen = used.in_policy_fen - used.deductible_fen
    elif rules.segment_basis == SEGMENTS_WITH_DEDUCTIBLE:
        seen_fen = used.in_policy_fen
    first, second, third, fourth = rules.segment_upto_fen
    return rules._replace(
        deductible_fen=deductible_fen,
        segment_upto_fen=(
            first - seen_fen,
            second - seen_fen,
            third - seen_fen,
            fourth - seen_fen,
        ),
        visit_cap_fen=max(0, rules.visit_cap_fen - used.pooled_fen),
    )
