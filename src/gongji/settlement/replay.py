# SPDX-License-Identifier: Apache-2.0
"""Any settlement again from its kept inputs, rules and balances: the same fen, or a fault."""

from __future__ import annotations

from gongji.kernel.benefit import BenefitRules
from gongji.kernel.sharing import SharingRules
from gongji.settlement.calculation import inputs_of, run_kernel
from gongji.settlement.records import Body


def differences(
    benefit_rules: BenefitRules, sharing_rules: SharingRules, body: Body
) -> list[tuple[str, str, str]]:
    """(what, recorded, replayed) for every step of the record that the kernel gives otherwise."""
    again = run_kernel(benefit_rules, sharing_rules, inputs_of(body))
    found = [
        (name, str(old), str(new))
        for kept, result in ((body.benefit, again.benefit), (body.sharing, again.sharing))
        for name, old, new in zip(kept._fields, kept, result, strict=True)
        if old != new
    ]
    if again.legs != body.legs:
        found.append(("givers", str(body.legs), str(again.legs)))
    return found
