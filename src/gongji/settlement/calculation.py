# SPDX-License-Identifier: Apache-2.0
"""The kernel run on the inputs of one settlement: by planning once, by every replay again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from gongji.kernel.benefit import (
    DEDUCTIBLE_PER_VISIT,
    BenefitResult,
    BenefitRules,
    BenefitState,
    Bill,
    settle_benefit,
)
from gongji.kernel.sharing import Payer, SharingResult, SharingRules, share
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
    used = inputs.stay_deductible_fen
    if used and benefit_rules.deductible_mode == DEDUCTIBLE_PER_VISIT:
        left = max(0, benefit_rules.deductible_fen - used)
        benefit_rules = benefit_rules._replace(deductible_fen=left)
    bill = inputs.bill
    benefit = settle_benefit(benefit_rules, inputs.state, bill)
    # A PayerInput has all that the kernel reads of a Payer; no copy on the settlement path.
    payers = cast("Sequence[Payer]", inputs.payers)
    count = len(payers)
    paid_current, paid_carried, reasons = [0] * count, [0] * count, [0] * count
    sharing = share(
        sharing_rules,
        benefit.burden_fen,
        bill.self_paid_fen + bill.over_limit_fen,
        benefit.deductible_fen,
        inputs.use,
        inputs.own_current_fen,
        inputs.own_carried_fen,
        count,
        payers,
        paid_current,
        paid_carried,
        reasons,
    )
    return Outputs(benefit, sharing, tuple(map(PayerLeg, paid_current, paid_carried, reasons)))
