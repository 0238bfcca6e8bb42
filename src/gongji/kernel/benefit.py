# SPDX-License-Identifier: Apache-2.0
"""From a bill to the person's burden: lines, deductible, pooled fund, supplements, aid.

Fund steps depend on the patient alone; money of relatives never changes them. All amounts are
fen, ratios basis points; every step that rounds uses ``money.ratio_of`` (half-up to the fen).
The functions stay in the subset that Numba compiles.
"""

from __future__ import annotations

from typing import NamedTuple

from gongji.kernel.money import WHOLE_BP, half_up, line_amount_fen, ratio_of

# Schemes (险种): the national insutype codes.
EMPLOYEE = 310
RESIDENT = 390

# Settings of care.
OUTPATIENT = 1
PHARMACY = 2
CHRONIC = 3
INPATIENT = 4

# Classes of a catalogue item (甲/乙/丙).
CLASS_A = 1
CLASS_B = 2
CLASS_C = 3

# Hospital approval of a use-restricted item (hosp_appr_flag).
APPROVAL_NONE = 0
APPROVAL_GIVEN = 1
APPROVAL_REFUSED = 2

# A price ceiling from here on means "no ceiling": 999,999 yuan in the national interface.
NO_CEILING_MICRO = 999_999 * 10**6

# What the deductible is counted over.
DEDUCTIBLE_YEARLY = 1
DEDUCTIBLE_PER_VISIT = 2

# What a segment's upper bound is measured on.
SEGMENTS_AFTER_DEDUCTIBLE = 1  # in-policy cost above the deductible, this visit
SEGMENTS_WITH_DEDUCTIBLE = 2  # in-policy cost including the deductible, this visit
SEGMENTS_OF_YEAR = 3  # in-policy cost above the deductible, whole year so far

# What a cap limits.
CAP_FUND = 1  # money paid by the fund
CAP_IN_POLICY = 2  # in-policy cost above the deductible that the fund looks at

# How the bounds of serious-illness segments are read.
BOUNDS_ABSOLUTE = 1  # of the accumulated burden itself; the threshold eats the first segment
BOUNDS_ABOVE_THRESHOLD = 2  # of what exceeds the threshold

# "No limit": larger than any amount, small enough that sums stay within int64.
NO_LIMIT_FEN = 10**15

SEGMENTS = 4  # segments are fixed-length tuples, unused ones repeat (NO_LIMIT_FEN, last ratio)
Segments = tuple[int, int, int, int]


class BenefitRules(NamedTuple):
    """One patient's rules for one visit, resolved by area, scheme, date, setting, level, status."""

    deductible_mode: int
    deductible_fen: int  # the year's (yearly) or this visit's (per visit, by admission number)
    segment_basis: int
    segment_upto_fen: Segments
    segment_ratio_bp: Segments  # share paid by the pooled fund
    visit_cap_fen: int  # most the pooled fund pays for one visit
    cap_basis: int
    cap_fen: int  # per year, in the unit of cap_basis
    large_ratio_bp: int  # 大额/大病 on in-policy cost beyond the cap; 0 = none
    large_cap_fen: int  # per year, fund money
    serious_threshold_fen: int  # 大病保险 on the year's in-policy burden; NO_LIMIT_FEN = none
    serious_bounds: int
    serious_upto_fen: Segments
    serious_ratio_bp: Segments
    serious_cap_fen: int
    subsidy_ratio_bp: int  # 公务员补助 on the in-policy burden left; 0 = none
    subsidy_cap_fen: int
    aid_threshold_fen: int  # 医疗救助 on the year's in-policy burden left; NO_LIMIT_FEN = none
    aid_ratio_bp: int
    aid_cap_fen: int
    needs_prescription: int = 0  # 1: no fund looks at in-policy cost without a prescription
    serious_counts: int = 1  # 1: this visit's burden counts toward the threshold
    # Supplements that may apply although their values are not confirmed: the most they could pay.
    open_serious_from_fen: int = NO_LIMIT_FEN  # of the year's burden above this; NO_LIMIT = nothing
    open_subsidy_bp: int = 0  # of the in-policy burden left
    open_aid_from_fen: int = NO_LIMIT_FEN  # of the year's burden above this; NO_LIMIT = nothing
    open_cap: int = 0  # 1: the cap of the year is a product decision, cost beyond it is open


class BenefitState(NamedTuple):
    """What the patient's year has used so far, fen, in the pools this visit counts in."""

    deductible_used_fen: int
    in_policy_used_fen: int  # in-policy cost above the deductible seen by the pooled fund
    pooled_paid_fen: int
    large_paid_fen: int
    serious_base_fen: int  # in-policy burden after pooled and large, of the visits that count
    serious_paid_fen: int
    subsidy_paid_fen: int
    aid_base_fen: int
    aid_paid_fen: int


class Bill(NamedTuple):
    """Totals of the lines of one settlement, fen; total = the four parts up to in_policy_fen."""

    total_fen: int
    self_paid_fen: int  # 全自费: class C, outside the catalogue
    over_limit_fen: int  # 超限价
    first_self_fen: int  # 先行自付
    in_policy_fen: int  # 符合政策范围
    # What of in_policy_fen a pharmacy sold without a prescription; 0 at every other institution.
    unprescribed_fen: int = 0


class LineSplit(NamedTuple):
    """One fee line, fen; amount = the four parts."""

    self_paid_fen: int
    over_limit_fen: int
    first_self_fen: int
    in_policy_fen: int


class BenefitResult(NamedTuple):
    """Every step of the benefit side, fen, zero amounts included."""

    deductible_fen: int  # 本次实际支付起付线
    pooled_base_fen: int  # in-policy cost the pooled fund looked at
    pooled_fen: int
    large_base_fen: int
    large_fen: int
    serious_base_fen: int  # part of the accumulated burden above the threshold, new this time
    serious_fen: int
    subsidy_fen: int
    aid_fen: int
    fund_fen: int  # sum of the funds
    in_policy_burden_fen: int  # in-policy cost left to the person
    burden_fen: int  # everything left to the person
    unfunded_fen: int = 0  # in-policy cost that no fund looked at: no prescription
    serious_uncounted_fen: int = 0  # burden that does not count toward the year's threshold


NEW_YEAR = BenefitState(0, 0, 0, 0, 0, 0, 0, 0, 0)
EMPTY_BILL = Bill(0, 0, 0, 0, 0)


def split_line(
    amount_fen: int,
    price_micro: int,
    count_e4: int,
    ceiling_micro: int,
    item_class: int,
    first_self_bp: int,
    restricted: int,
    approval: int,
) -> LineSplit:
    """Split one fee line into its four parts; they sum to ``amount_fen``.

    Fully self-paid: class C; a restricted item without approval; any item that the hospital
    marked as not approved. Over-limit: (price - ceiling) x quantity; a ceiling that is not
    positive or at least NO_CEILING_MICRO does not limit. First self-pay: on the rest, half-up.
    A cancelling line (negative amount and quantity) mirrors the line that it cancels.
    Rule: national interface, lines of 2101/2204/2301.
    """
    refused = approval == APPROVAL_REFUSED or (restricted != 0 and approval != APPROVAL_GIVEN)
    if item_class == CLASS_C or refused:
        return LineSplit(amount_fen, 0, 0, 0)
    sign = -1 if amount_fen < 0 else 1
    size_fen = amount_fen * sign
    over_fen = 0
    if 0 < ceiling_micro < NO_CEILING_MICRO and price_micro > ceiling_micro:
        # A stated amount may be a fen below price x quantity, so the line itself is the bound.
        over_fen = min(size_fen, line_amount_fen(price_micro - ceiling_micro, abs(count_e4)))
    first_fen = ratio_of(size_fen - over_fen, first_self_bp)
    rest_fen = size_fen - over_fen - first_fen
    return LineSplit(0, sign * over_fen, sign * first_fen, sign * rest_fen)


def add_line(bill: Bill, line: LineSplit) -> Bill:
    """The bill with one more line."""
    return Bill(
        bill.total_fen
        + line.self_paid_fen
        + line.over_limit_fen
        + line.first_self_fen
        + line.in_policy_fen,
        bill.self_paid_fen + line.self_paid_fen,
        bill.over_limit_fen + line.over_limit_fen,
        bill.first_self_fen + line.first_self_fen,
        bill.in_policy_fen + line.in_policy_fen,
        bill.unprescribed_fen,
    )


def add_extra_first_self(bill: Bill, bp: int) -> Bill:
    """The bill after the extra first self-pay of care out of the area: ``bp`` of in-policy cost."""
    extra_fen = ratio_of(bill.in_policy_fen, bp)
    unprescribed_fen = bill.unprescribed_fen - ratio_of(bill.unprescribed_fen, bp)
    return Bill(
        bill.total_fen,
        bill.self_paid_fen,
        bill.over_limit_fen,
        bill.first_self_fen + extra_fen,
        bill.in_policy_fen - extra_fen,
        unprescribed_fen,
    )


def settle_benefit(rules: BenefitRules, state: BenefitState, bill: Bill) -> BenefitResult:
    """Every fund step of one bill, fen; depends on the patient's rules, year and bill alone.

    Deductible -> pooled fund by segments, visit cap, yearly cap -> large-amount on what lies
    beyond the yearly cap -> serious-illness insurance on the year's burden -> subsidy -> aid.
    Each fund is rounded once, half-up, and never pays more than is still open. Where the rules
    want a prescription, cost without one meets none of them and counts toward nothing.
    """
    unfunded_fen = bill.unprescribed_fen if rules.needs_prescription != 0 else 0
    in_policy_fen = bill.in_policy_fen - unfunded_fen
    wanted_fen = rules.deductible_fen
    if rules.deductible_mode == DEDUCTIBLE_YEARLY:
        wanted_fen = max(0, wanted_fen - state.deductible_used_fen)
    deductible_fen = min(wanted_fen, in_policy_fen)

    base_fen, pooled_fen, beyond_fen = _pooled(rules, state, in_policy_fen, deductible_fen)
    large_fen = min(
        ratio_of(beyond_fen, rules.large_ratio_bp),
        max(0, rules.large_cap_fen - state.large_paid_fen),
    )
    left_fen = in_policy_fen - pooled_fen - large_fen
    uncounted_fen = 0 if rules.serious_counts != 0 else left_fen

    serious_base_fen, serious_fen = _serious(rules, state, left_fen)
    left_fen -= serious_fen
    subsidy_fen = min(
        ratio_of(left_fen, rules.subsidy_ratio_bp),
        max(0, rules.subsidy_cap_fen - state.subsidy_paid_fen),
    )
    left_fen -= subsidy_fen
    aid_fen = _aid(rules, state, left_fen)
    left_fen -= aid_fen

    fund_fen = in_policy_fen - left_fen
    return BenefitResult(
        deductible_fen,
        base_fen,
        pooled_fen,
        beyond_fen,
        large_fen,
        serious_base_fen,
        serious_fen,
        subsidy_fen,
        aid_fen,
        fund_fen,
        left_fen + unfunded_fen,
        bill.total_fen - fund_fen,
        unfunded_fen,
        uncounted_fen,
    )


def advance(
    state: BenefitState, result: BenefitResult, bill: Bill, deductible_counted_fen: int
) -> BenefitState:
    """The year after a settlement; ``deductible_counted_fen`` comes from ``sharing``."""
    return _moved(state, result, bill, deductible_counted_fen, 1)


def retreat(
    state: BenefitState, result: BenefitResult, bill: Bill, deductible_counted_fen: int
) -> BenefitState:
    """The exact inverse of ``advance``, also after later settlements: every move is a sum."""
    return _moved(state, result, bill, deductible_counted_fen, -1)


def _moved(
    state: BenefitState, result: BenefitResult, bill: Bill, counted_fen: int, sign: int
) -> BenefitState:
    funded_fen = bill.in_policy_fen - result.unfunded_fen
    left_fen = funded_fen - result.pooled_fen - result.large_fen
    aid_base_fen = left_fen - result.serious_fen - result.subsidy_fen
    serious_base_fen = left_fen - result.serious_uncounted_fen
    return BenefitState(
        state.deductible_used_fen + sign * counted_fen,
        state.in_policy_used_fen + sign * result.pooled_base_fen,
        state.pooled_paid_fen + sign * result.pooled_fen,
        state.large_paid_fen + sign * result.large_fen,
        state.serious_base_fen + sign * serious_base_fen,
        state.serious_paid_fen + sign * result.serious_fen,
        state.subsidy_paid_fen + sign * result.subsidy_fen,
        state.aid_base_fen + sign * aid_base_fen,
        state.aid_paid_fen + sign * result.aid_fen,
    )


def _pooled(
    rules: BenefitRules, state: BenefitState, in_policy_fen: int, deductible_fen: int
) -> tuple[int, int, int]:
    """(cost the pooled fund paid on, what it paid, cost beyond the yearly cap), fen.

    A visit cap closes the visit: cost beyond it meets neither this fund nor the large-amount
    one. Where a cap in fund money binds, the cost at which it was reached is computed back.
    """
    start_fen = 0
    if rules.segment_basis == SEGMENTS_WITH_DEDUCTIBLE:
        start_fen = deductible_fen
    elif rules.segment_basis == SEGMENTS_OF_YEAR:
        start_fen = state.in_policy_used_fen
    seen_fen = in_policy_fen - deductible_fen
    upto, ratio = rules.segment_upto_fen, rules.segment_ratio_bp
    paid_fen = _by_segments(start_fen, start_fen + seen_fen, upto, ratio)
    if paid_fen > rules.visit_cap_fen:
        paid_fen = rules.visit_cap_fen
        seen_fen = _cost_reaching(start_fen, start_fen + seen_fen, upto, ratio, paid_fen)
    base_fen = seen_fen
    if rules.cap_basis == CAP_IN_POLICY:
        room_fen = max(0, rules.cap_fen - state.in_policy_used_fen)
        if base_fen > room_fen:
            base_fen = room_fen
            paid_fen = _by_segments(start_fen, start_fen + base_fen, upto, ratio)
    else:
        room_fen = max(0, rules.cap_fen - state.pooled_paid_fen)
        if paid_fen > room_fen:
            paid_fen = room_fen
            base_fen = _cost_reaching(start_fen, start_fen + seen_fen, upto, ratio, room_fen)
    return base_fen, paid_fen, seen_fen - base_fen


def _serious(rules: BenefitRules, state: BenefitState, burden_fen: int) -> tuple[int, int]:
    """(burden newly above the threshold, what the serious-illness insurance adds), fen.

    Entitlement follows the whole year's burden; what earlier visits were paid is taken off, so
    a reversal or a change of rules is made good by the next visit.
    """
    after_fen = state.serious_base_fen + burden_fen
    threshold_fen = rules.serious_threshold_fen
    if after_fen <= threshold_fen:
        return 0, 0
    start_fen = threshold_fen
    end_fen = after_fen
    if rules.serious_bounds == BOUNDS_ABOVE_THRESHOLD:
        start_fen = 0
        end_fen = after_fen - threshold_fen
    entitled_fen = min(
        _by_segments(start_fen, end_fen, rules.serious_upto_fen, rules.serious_ratio_bp),
        rules.serious_cap_fen,
    )
    new_fen = after_fen - max(threshold_fen, state.serious_base_fen)
    return new_fen, min(burden_fen, max(0, entitled_fen - state.serious_paid_fen))


def _aid(rules: BenefitRules, state: BenefitState, burden_fen: int) -> int:
    """What medical aid adds on the year's burden left above its threshold, fen."""
    above_fen = state.aid_base_fen + burden_fen - rules.aid_threshold_fen
    if above_fen <= 0:
        return 0
    entitled_fen = min(ratio_of(above_fen, rules.aid_ratio_bp), rules.aid_cap_fen)
    return min(burden_fen, max(0, entitled_fen - state.aid_paid_fen))


def _by_segments(start_fen: int, end_fen: int, upto: Segments, ratio: Segments) -> int:
    """What is paid on the stretch from ``start_fen`` to ``end_fen``, rounded once, fen."""
    weighted = 0  # fen x basis points
    low_fen = start_fen
    for i in range(SEGMENTS):
        high_fen = min(end_fen, upto[i])
        if high_fen > low_fen:
            weighted += (high_fen - low_fen) * ratio[i]
            low_fen = high_fen
    return half_up(weighted, WHOLE_BP)


def _cost_reaching(
    start_fen: int, end_fen: int, upto: Segments, ratio: Segments, fund_fen: int
) -> int:
    """How far into the stretch the unrounded payment reaches ``fund_fen``, half-up, fen."""
    wanted = fund_fen * WHOLE_BP
    low_fen = start_fen
    for i in range(SEGMENTS):
        high_fen = min(end_fen, upto[i])
        if high_fen > low_fen:
            part = (high_fen - low_fen) * ratio[i]
            if part > wanted:
                return low_fen - start_fen + half_up(wanted, ratio[i])
            wanted -= part
            low_fen = high_fen
    return end_fen - start_fen
