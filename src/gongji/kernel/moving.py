# SPDX-License-Identifier: Apache-2.0
"""Whether another place in the order would let a giver pay: what advice may promise.

Pure, on figures of one settlement; amounts are fen.
"""

from __future__ import annotations

from collections.abc import Sequence

from gongji.kernel.reasons import GIVERS_PER_SETTLEMENT, NOTHING_LEFT_TO_PAY
from gongji.kernel.sharing import CARRIED_ONLY, Payer, SharingRules

MOVABLE = frozenset({NOTHING_LEFT_TO_PAY, GIVERS_PER_SETTLEMENT})


def can_give(rules: SharingRules, giver: Payer) -> bool:
    """Tell whether a giver could pay a fen of a bill: balance, floor, buckets and limits."""
    usable_fen = giver.current_fen + giver.carried_fen - rules.retained_fen
    if rules.giver_buckets == CARRIED_ONLY:
        usable_fen = min(usable_fen, giver.carried_fen)
    limits = giver.visit_left_fen, giver.day_left_fen, giver.year_left_fen, giver.grant_left_fen
    return giver.blocked == 0 and min(usable_fen, *limits) > 0


def moving_helps(
    rules: SharingRules, payers: Sequence[Payer], paid_fen: Sequence[int], reason: int, place: int
) -> bool:
    """Tell whether the giver at ``place`` would pay if it stood before all others.

    It would where its turn came too late (reasons 7 and 8), somebody before it in the order paid,
    and it has something to give. The own account precedes every giver, so that what it paid
    does not count. Nothing is promised where earlier bills of the same stay took money: what they
    took stands, whatever the order is now.
    """
    if any(one.taken_current_fen + one.taken_carried_fen for one in payers):
        return False
    if reason not in MOVABLE or not any(fen > 0 for fen in paid_fen[:place]):
        return False
    return can_give(rules, payers[place])
