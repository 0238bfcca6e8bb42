# SPDX-License-Identifier: Apache-2.0
"""What a record changes in the world of a batch beside balances: limits, sums, what stands."""

from __future__ import annotations

import datetime as dt

from gongji.kernel.benefit import INPATIENT
from gongji.settlement.facts import World
from gongji.settlement.records import Record
from gongji.settlement.recovery import take_note
from gongji.settlement.stays import limits_used
from gongji.settlement.writes import Writes


def spend_limits(world: World, record: Record, on: dt.date, sign: int, writes: Writes) -> None:
    """Count what was paid on a day against the limits; ``sign`` -1 gives it back to that day."""
    if not record.body.payers:
        return
    by_id = {a.auth_id: a for a in world.authorisations.get(record.owner, ())}
    for payer, day, paid_fen in limits_used(record.body, on):
        authorisation = by_id.get(payer.auth_id)
        if authorisation is not None:
            # What a reversal takes again of a day is no payment of today.
            count = authorisation.spend if sign > 0 else authorisation.recount
            count(day, sign * paid_fen)
            writes.authorisations[authorisation.recipient, authorisation.auth_id] = authorisation


def stand(world: World, record: Record) -> None:
    """Let a settlement stand; the record says what the year differs by from now on."""
    visit = (record.owner, record.mdtrt_id)
    world.standing.setdefault(visit, []).append(record)
    if record.setting != INPATIENT:
        world.live[*visit, record.chrg_bchno] = record.setl_id
    if record.owner in world.chains:
        world.chains[record.owner].append(record)
        record.differences = take_note(world, record.owner, record.insutype)


def fall(world: World, record: Record, mirror: Record) -> None:
    """Let a settlement stand no more; its mirror says what the year differs by from now on."""
    visit = (record.owner, record.mdtrt_id)
    world.live.pop((*visit, record.chrg_bchno), None)
    for found in (world.standing.get(visit), world.chains.get(record.owner)):
        if found is not None:
            found[:] = [one for one in found if one.setl_id != record.setl_id]
    mirror.differences = take_note(world, record.owner, record.insutype)
