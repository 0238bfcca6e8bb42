# SPDX-License-Identifier: Apache-2.0
"""The kernel run on the inputs of one settlement: by planning once, by every replay again."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple, TypeVar, cast

from gongji.kernel.benefit import EMPTY_BILL, BenefitResult, BenefitRules, BenefitState, Bill
from gongji.kernel.settling import NEW_VISIT, StayBefore, VisitUsed, split_bill
from gongji.kernel.sharing import Payer, SharingResult, SharingRules
from gongji.settlement.records import Body, PayerInput, PayerLeg, Standing

Amounts = TypeVar("Amounts", Bill, BenefitResult, SharingResult, BenefitState)

NO_BENEFIT = BenefitResult(*[0] * len(BenefitResult._fields))
NO_SHARING = SharingResult(*[0] * len(SharingResult._fields))


class Inputs(NamedTuple):
    """Everything the kernel takes beside the rules, fen."""

    bill: Bill
    state: BenefitState
    use: int
    own_current_fen: int
    own_carried_fen: int
    payers: tuple[PayerInput, ...]
    visit: VisitUsed = NEW_VISIT  # by earlier batches of an outpatient visit
    before: StayBefore | None = None  # by earlier settlements of a stay


class Outputs(NamedTuple):
    """What the kernel gave, fen."""

    benefit: BenefitResult
    sharing: SharingResult
    legs: tuple[PayerLeg, ...]


def inputs_of(body: Body) -> Inputs:
    """The inputs that a record kept."""
    return Inputs(
        body.bill,
        body.state,
        body.use,
        body.own_current_before_fen,
        body.own_carried_before_fen,
        body.payers,
        VisitUsed(body.visit_deductible_fen, body.visit_pooled_fen, body.visit_in_policy_fen),
        sum_of(body.before) if body.before else None,
    )


def plus(one: Amounts, other: Amounts) -> Amounts:
    """Add two records of amounts place by place."""
    return type(one)(*map(operator.add, one, other))


def sum_of(before: Iterable[Standing]) -> StayBefore:
    """What earlier settlements of a stay came to together."""
    found = tuple(before)
    return StayBefore(
        reduce(plus, (one.bill for one in found), EMPTY_BILL),
        reduce(plus, (one.benefit for one in found), NO_BENEFIT),
        reduce(plus, (one.sharing for one in found), NO_SHARING),
    )


def run_kernel(benefit_rules: BenefitRules, sharing_rules: SharingRules, inputs: Inputs) -> Outputs:
    """Benefit steps, then payers; of a stay that was settled before, what moves now."""
    split = split_bill(
        benefit_rules,
        sharing_rules,
        inputs.bill,
        inputs.state,
        inputs.use,
        inputs.own_current_fen,
        inputs.own_carried_fen,
        # A PayerInput has all that the kernel reads of a Payer; no copy on the settlement path.
        cast("Sequence[Payer]", inputs.payers),
        inputs.visit,
        inputs.before,
    )
    legs = map(PayerLeg, split.paid_current_fen, split.paid_carried_fen, split.reasons)
    return Outputs(split.benefit, split.sharing, tuple(legs))


def payers_of_body(body: Body) -> list[Payer]:
    """The givers of a record as the kernel saw them, for questions beside the settlement path."""
    return [
        Payer(
            one.current_fen,
            one.carried_fen,
            one.visit_left_fen,
            one.day_left_fen,
            one.year_left_fen,
            one.grant_left_fen,
            one.blocked,
            one.taken_current_fen,
            one.taken_carried_fen,
        )
        for one in body.payers
    ]
