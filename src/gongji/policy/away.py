# SPDX-License-Identifier: Apache-2.0
"""A bill from care outside the insured province: its extra first self-pay, in one place."""

from __future__ import annotations

from gongji.kernel.benefit import Bill, add_extra_first_self
from gongji.policy.areas import same_province
from gongji.policy.compiled import XR_UNFILED, AreaPolicy
from gongji.policy.provenance import is_weak


def bill_away(
    policy: AreaPolicy, bill: Bill, setting: int, insured_area: int, care_area: int, filed: int
) -> Bill:
    """The bill as the insured place reads it; ``filed`` XR_*, 0 = nothing filed. Inside the
    province nothing is added. Raises PolicyGap where the share is not confirmed."""
    if same_province(care_area, insured_area):
        return bill
    return add_extra_first_self(bill, policy.extra_first_self_bp(setting, filed or XR_UNFILED))


def is_weak_away(policy: AreaPolicy, insured_area: int, care_area: int, filed: int) -> bool:
    """Whether the share that ``bill_away`` added rests on a value below medium confidence."""
    if same_province(care_area, insured_area):
        return False
    return is_weak({"extra": policy.extra_first_self_sources(filed)})
