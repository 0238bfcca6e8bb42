# SPDX-License-Identifier: Apache-2.0
"""A bill from care outside the insured pooling area: its extra first self-pay, in one place."""

from __future__ import annotations

from gongji.kernel.benefit import CHRONIC, INPATIENT, Bill, add_extra_first_self
from gongji.policy.areas import same_pool, same_province
from gongji.policy.compiled import (
    XR_AS_FILED,
    XR_IN_PROVINCE,
    XR_LONG_TERM,
    XR_RETURNING,
    XR_UNFILED,
    AreaPolicy,
)
from gongji.policy.provenance import Provenance, is_weak


def kind_of(
    policy: AreaPolicy, setting: int, insured_area: int, care_area: int, filed: int
) -> int | None:
    """Which XR_* the care counts as, None at home; ``filed`` is what was stated, 0 = nothing.

    Home is the pooling area; who is filed for long elsewhere returns to it. Inside the province
    no filing is asked for. Chronic care never counts as filed by the area alone.
    """
    if same_pool(care_area, insured_area):
        return XR_RETURNING if filed in (XR_LONG_TERM, XR_RETURNING) else None
    if same_province(care_area, insured_area):
        return XR_IN_PROVINCE
    if setting != CHRONIC and policy.counts_as_filed(care_area):
        return XR_AS_FILED
    return filed or XR_UNFILED


def bill_away(
    policy: AreaPolicy, bill: Bill, setting: int, insured_area: int, care_area: int, filed: int
) -> Bill:
    """The bill as the insured place reads it; ``filed`` XR_*, 0 = nothing filed.

    Raises PolicyGap where the share is not confirmed, inside the province too, or where such
    care has a rule of its own that is only shown.
    """
    kind = kind_of(policy, setting, insured_area, care_area, filed)
    if kind is None:
        return bill
    extra_bp = policy.extra_first_self_bp(setting, kind)
    policy.refuse_elsewhere(setting, kind)
    return add_extra_first_self(bill, extra_bp)


def sources_away(
    policy: AreaPolicy, setting: int, insured_area: int, care_area: int, filed: int
) -> tuple[Provenance, ...]:
    """The value behind the share that ``bill_away`` adds; empty at home."""
    kind = kind_of(policy, setting, insured_area, care_area, filed)
    return () if kind is None else policy.extra_first_self_sources(kind)


def is_weak_away(
    policy: AreaPolicy, insured_area: int, care_area: int, filed: int, setting: int = INPATIENT
) -> bool:
    """Whether the share that ``bill_away`` added rests on a value below medium confidence."""
    return is_weak({"extra": sources_away(policy, setting, insured_area, care_area, filed)})
