# SPDX-License-Identifier: Apache-2.0
"""From pack values to the kernel's SharingRules and to the conditions checked before the kernel.

Own account first, own credential, pooled benefits never shared: these are no values of a pack and
cannot be written in one.
"""

from __future__ import annotations

from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from gongji.kernel.money import ratio_of
from gongji.kernel.sharing import (
    BASE_ALL_PERSONAL,
    BASE_IN_POLICY,
    CARRIED_FIRST,
    CARRIED_ONLY,
    CURRENT_FIRST,
    NO_GIVER_LIMIT,
    ORDER_BINDING_TIME,
    ORDER_CONFIGURED,
    ORDER_FILING,
    ORDER_LARGEST_BALANCE,
    ORDER_LATEST_BOUND,
    ORDER_LOCAL_FIRST,
    ORDER_SINGLE,
    SharingRules,
)
from gongji.policy.trail import Trail

# What a break of insurance does to an authorisation, and whose break.
ON_PAUSE_KEY = "ma.onPause"
PAUSE_OF_KEY = "ma.onPauseOf"
SUSPEND = "SUSPEND"
EITHER_SIDE = "EITHER"

# Where giver and recipient are insured, where the recipient is treated.
SCOPE_POOL = 1
SCOPE_PROVINCE = 2
SCOPE_NATION = 3

USE_KEYS = {
    OUTPATIENT: "ma.use.outpatient",
    PHARMACY: "ma.use.pharmacy",
    CHRONIC: "ma.use.chronic",
    INPATIENT: "ma.use.inpatient",
}

_BASE = {"IN_POLICY_ONLY": BASE_IN_POLICY, "ALL_PERSONAL": BASE_ALL_PERSONAL}
_BUCKETS = {
    "CURRENT_FIRST": CURRENT_FIRST,
    "CARRIED_FIRST": CARRIED_FIRST,
    "CARRIED_ONLY": CARRIED_ONLY,
}
_ORDER = {
    "CONFIGURED": ORDER_CONFIGURED,
    "BINDING_TIME_ASC": ORDER_BINDING_TIME,
    "FILING_ORDER": ORDER_FILING,
    "LOCAL_THEN_REMOTE": ORDER_LOCAL_FIRST,
    "SINGLE": ORDER_SINGLE,
    "LATEST_BOUND_FIRST": ORDER_LATEST_BOUND,
    "LARGEST_BALANCE_FIRST": ORDER_LARGEST_BALANCE,
}
_INSURED = {"POOL": SCOPE_POOL, "PROVINCE": SCOPE_PROVINCE, "NATIONAL_WALLET": SCOPE_PROVINCE}
_TREATED = {"POOL": SCOPE_POOL, "PROVINCE": SCOPE_PROVINCE, "NATION": SCOPE_NATION}


def build(trail: Trail) -> SharingRules:
    """Rules of the area on the day; raises PolicyGap naming the value that is not confirmed."""
    base = trail.need("eligible_base", "ma.eligibleBase")
    order = trail.need("buckets", "pa.bucketOrder")
    source = trail.need("buckets", "ma.sourceBalance")
    own_buckets = _BUCKETS[str(order.value)]
    giver_buckets = own_buckets if source.value == "ALL" else CARRIED_ONLY
    return SharingRules(
        eligible_base=_BASE[str(base.value)],
        own_buckets=own_buckets,
        giver_buckets=giver_buckets,
        retained_fen=_retained_fen(trail),
        own_must_be_zero=trail.need("own_first", "ma.ownMustBeZero").integer(),
        max_givers=_max_givers(trail),
        relatives_count_to_deductible=trail.need(
            "deductible_counts", "ma.relativesCountToDeductible"
        ).integer(),
    )


def _retained_fen(trail: Trail) -> int:
    """The larger of both floors: a sum, and a share of the area's yearly average wage."""
    floor_fen = trail.need("retained", "ma.retainedBalance").integer()
    share = trail.maybe("retained", "ma.retainedWageShare")
    if share is not None:
        wage_fen = trail.need("retained", "area.averageWage").integer()
        floor_fen = max(floor_fen, ratio_of(wage_fen, share.integer()))
    return floor_fen


def _max_givers(trail: Trail) -> int:
    """The smaller of both limits: a recipient with one giver also has one per settlement."""
    limits = (
        trail.need("max_givers", "ma.maxGiversPerRecipient").integer(),
        trail.need("max_givers", "ma.maxGiversPerSettlement").integer(),
    )
    set_limits = [limit for limit in limits if limit != NO_GIVER_LIMIT]
    return min(set_limits) if set_limits else NO_GIVER_LIMIT


def giver_order(trail: Trail) -> int:
    """ORDER_* of the kernel."""
    return _ORDER[str(trail.need("order", "ma.giverOrder").value)]


def insured_scope(trail: Trail) -> int:
    """SCOPE_POOL or SCOPE_PROVINCE; beyond the province only the wallet reaches."""
    return _INSURED[str(trail.need("insured_area", "ma.insuredArea").value)]


def treatment_scope(trail: Trail) -> int:
    """SCOPE_POOL, SCOPE_PROVINCE or SCOPE_NATION."""
    return _TREATED[str(trail.need("treatment_area", "ma.treatmentArea").value)]
