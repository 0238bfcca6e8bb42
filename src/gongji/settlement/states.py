# SPDX-License-Identifier: Apache-2.0
"""What settlements move in the sums of a patient's year, and the kernel's view of these sums.

An accumulator row keeps three pools (policy.compiled POOL_*) and the sums that span them; the
kernel sees the pool that the visit counts in. A stay counts as a whole in the year of its last
settlement: what its interim bills have moved, also in the year before, is moved back by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import NamedTuple

from gongji.kernel.benefit import NEW_YEAR, BenefitResult, BenefitState, Bill, advance
from gongji.policy.compiled import POOL_CHRONIC_II, POOL_INPATIENT, POOL_OUTPATIENT
from gongji.settlement.calculation import plus, sum_of
from gongji.settlement.lookups import ACCUMULATED
from gongji.settlement.records import Body, Record

FIRST_OF_POOL = {POOL_OUTPATIENT: 0, POOL_CHRONIC_II: 3, POOL_INPATIENT: 6}  # index in the row
SHARED_FROM = 9  # index of the first amount that spans the pools

Year = tuple[int, int, int]  # owner, year, scheme
Rows = Mapping[Year, list[int]]


class Move(NamedTuple):
    """What a settlement moves in one year's sums: the pool and the amounts, fen."""

    year: int
    pool: int
    amounts: BenefitState
    sign: int = 1


def state_of(rows: Rows, key: Year, pool: int) -> BenefitState:
    """What the year has used so far, fen; zeros for a year without a row."""
    row = rows.get(key)
    if row is None:
        return NEW_YEAR
    at = FIRST_OF_POOL[pool]
    return BenefitState(row[at], row[at + 1], row[at + 2], *row[SHARED_FROM:])


def add_to(rows: MutableMapping[Year, list[int]], key: Year, move: Move, sign: int = 1) -> None:
    """Move a year's sums in memory; ``sign`` -1 takes the move back."""
    row = rows.get(key)
    if row is None:
        row = rows[key] = [0] * ACCUMULATED
    at, sign = FIRST_OF_POOL[move.pool], sign * move.sign
    for place, amount in zip((at, at + 1, at + 2), move.amounts, strict=False):
        row[place] += sign * amount
    for place, amount in enumerate(move.amounts[3:], SHARED_FROM):
        row[place] += sign * amount


def used_by(bill: Bill, benefit: BenefitResult, deductible_counted_fen: int) -> BenefitState:
    """What one calculation uses of a year, fen."""
    return advance(NEW_YEAR, benefit, bill, deductible_counted_fen)


def moves_of(body: Body, year: int) -> Iterator[Move]:
    """Everything that a settlement moves in the sums of years; ``year`` is that of its service."""
    counted_fen = body.sharing.deductible_counted_fen
    used = used_by(body.bill, body.benefit, counted_fen)
    if not body.before:
        yield Move(year, body.pool, used)
        return
    before = sum_of(body.before)
    earlier = used_by(before.bill, before.benefit, before.sharing.deductible_counted_fen)
    last = body.before[-1]  # the stay has counted as a whole where this one did
    yield Move(last.year, last.pool, earlier, -1)
    yield Move(year, body.pool, plus(used, earlier))


def moves_of_record(record: Record) -> Iterator[tuple[Year, Move]]:
    """The moves of a record with the year's key; those of a reversal are to be taken back."""
    for move in moves_of(record.body, record.service_date.year):
        yield (record.owner, move.year, record.insutype), move
