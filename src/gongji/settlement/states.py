# SPDX-License-Identifier: Apache-2.0
"""The kernel's view of a patient's year, read from and stored to the accumulator row.

The row keeps three pools (policy.compiled POOL_*) and the sums that span them; the kernel sees
the pool that the visit counts in.
"""

from __future__ import annotations

from gongji.kernel.benefit import BenefitState
from gongji.policy.compiled import POOL_CHRONIC_II, POOL_INPATIENT, POOL_OUTPATIENT
from gongji.settlement.facts import World
from gongji.settlement.lookups import ACCUMULATED

FIRST_OF_POOL = {POOL_OUTPATIENT: 0, POOL_CHRONIC_II: 3, POOL_INPATIENT: 6}  # index in the row
SHARED_FROM = 9  # index of the first amount that spans the pools


def state_of(world: World, key: tuple[int, int, int], pool: int) -> BenefitState:
    """What the year has used so far, fen; zeros for a year without a row."""
    row = world.accumulators.get(key)
    if row is None:
        row = world.accumulators[key] = [0] * ACCUMULATED
    at = FIRST_OF_POOL[pool]
    return BenefitState(row[at], row[at + 1], row[at + 2], *row[SHARED_FROM:])


def store_state(world: World, key: tuple[int, int, int], pool: int, state: BenefitState) -> None:
    """Put a pool's new state back into the row in memory."""
    row = world.accumulators[key]
    at = FIRST_OF_POOL[pool]
    row[at : at + 3] = state[:3]
    row[SHARED_FROM:] = state[3:]
