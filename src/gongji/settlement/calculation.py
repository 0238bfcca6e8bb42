# SPDX-License-Identifier: Apache-2.0
"""The kernel run on the inputs of one settlement: by planning once, by every replay again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from gongji.kernel.benefit import BenefitResult, BenefitRules, BenefitState, Bill
from gongji.kernel.settling import split_bill
from gongji.kernel.sharing import Payer, SharingResult, SharingRules
from gongji.settlement.records import Body, PayerInput, PayerLeg


class Inputs(NamedTuple):
    """Everything the kernel takes beside the rules, fen."""

    bill: Bill
    state: BenefitState
    use: int
    own_current_fen: int
    own_carried_fen: int
    payers: tuple[PayerInput, ...]
    stay_deductible_fen: int  # of this stay's deductible, paid by its interim settlements


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
        body.stay_deductible_fen,
    )


def run_kernel(benefit_rules: BenefitRules, sharing_rules: SharingRules, inputs: Inputs) -> Outputs:
    """Benefit steps, then payers. A stay's deductible is asked for once over its settlements."""
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
        inputs.stay_deductible_fen,
    )
    legs = map(PayerLeg, split.paid_current_fen, split.paid_carried_fen, split.reasons)
    return Outputs(split.benefit, split.sharing, tuple(legs))
