# SPDX-License-Identifier: Apache-2.0
"""What supplements that are not confirmed could still pay of a burden: kept from every account.

A supplement whose values are not confirmed pays nothing here, yet the family may claim it later.
Money of an account that paid the same part would then have been spent for the fund. So accounts
pay only what surely remains with the family; the rest is cash. Amounts are fen. The functions
stay in the subset that Numba compiles.
"""

from __future__ import annotations

from gongji.kernel.benefit import BenefitResult, BenefitRules, BenefitState
from gongji.kernel.money import ratio_of

# Which supplements a withheld sum may belong to, as bits of one number.
FOR_SERIOUS = 1
FOR_SUBSIDY = 2
FOR_AID = 4
FOR_POOLED = 8  # cost beyond a cap of the year that no document states


def withheld(rules: BenefitRules, state: BenefitState, result: BenefitResult) -> tuple[int, int]:
    """Bound the most that open supplements could pay of this bill, fen, with the FOR_* bits.

    Serious illness and aid: the year's burden above the known threshold, at most this bill's.
    Subsidy: its share of the burden left. Pooled fund: cost beyond a cap that no document states.
    A later step never pays more because an earlier one paid, so the sum of the bounds, at most
    the in-policy burden, is what may not remain.
    """
    left_fen = result.in_policy_burden_fen - result.unfunded_fen  # no fund looks at the rest
    if left_fen <= 0:
        return 0, 0
    serious_fen = 0
    if rules.serious_counts != 0:
        after_fen = state.serious_base_fen + left_fen + _after_serious(result)
        serious_fen = _above(after_fen, rules.open_serious_from_fen, left_fen)
    subsidy_fen = ratio_of(left_fen, rules.open_subsidy_bp)
    after_fen = state.aid_base_fen + left_fen + result.aid_fen
    aid_fen = _above(after_fen, rules.open_aid_from_fen, left_fen)
    beyond_fen = 0
    if rules.open_cap != 0:
        beyond_fen = max(0, result.large_base_fen - result.large_fen)
    sum_fen = min(left_fen, serious_fen + subsidy_fen + aid_fen + beyond_fen)
    kinds = 0
    if serious_fen > 0:
        kinds += FOR_SERIOUS
    if subsidy_fen > 0:
        kinds += FOR_SUBSIDY
    if aid_fen > 0:
        kinds += FOR_AID
    if beyond_fen > 0:
        kinds += FOR_POOLED
    return sum_fen, kinds


def _after_serious(result: BenefitResult) -> int:
    """What later steps paid of the burden that the serious-illness insurance looks at, fen."""
    return result.serious_fen + result.subsidy_fen + result.aid_fen


def _above(year_fen: int, threshold_fen: int, most_fen: int) -> int:
    """The part of a year's burden above a threshold, at most ``most_fen``, fen."""
    return min(most_fen, max(0, year_fen - threshold_fen))
