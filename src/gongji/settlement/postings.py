# SPDX-License-Identifier: Apache-2.0
"""A record as a balanced ledger entry: payers negative, the institution positive, sum zero.

A further settlement of a stay may carry legs the other way round: what earlier ones took too much
goes back to the fund, the account or the cash that it came from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from gongji.kernel.benefit import RESIDENT
from gongji.ledger import accounts as a
from gongji.ledger.services import NewEntry, Posting
from gongji.settlement.records import RESTORED, REVERSED, SETTLED, Record

_ENCODER = msgspec.msgpack.Encoder()
_KINDS = {SETTLED: a.SETTLEMENT, REVERSED: a.REVERSAL, RESTORED: a.RESTORE}


def personal_legs(record: Record) -> Iterator[tuple[int, int, int, int]]:
    """(owner, account, area, fen) on personal accounts, signed as posted, zeros left out."""
    body, sign = record.body, -record.sign
    sharing = body.sharing
    legs = [(record.owner, body.own_area, sharing.own_current_fen, sharing.own_carried_fen)]
    for payer, leg in zip(body.payers, body.legs, strict=True):
        if leg.current_fen or leg.carried_fen:
            legs.append((payer.giver, payer.area, leg.current_fen, leg.carried_fen))
    landed = {one.owner: one.account for one in record.landed} if record.landed else {}
    parts = {one.owner: one.part_fen for one in record.landed if one.part_fen}
    for owner, area, current_fen, carried_fen in legs:
        place = landed.get(owner, a.PA_CURRENT)
        if owner in parts:
            # One giver may stand twice: by an authorisation that ended, and by a new one.
            part_fen = min(parts[owner], abs(current_fen))
            parts[owner] -= part_fen
            moved_fen = part_fen if current_fen > 0 else -part_fen
            current_fen, carried_fen = current_fen - moved_fen, carried_fen + moved_fen
            place = a.PA_CURRENT
        if place == a.PA_CURRENT:
            if current_fen:
                yield owner, a.PA_CURRENT, area, sign * current_fen
            if carried_fen:
                yield owner, a.PA_CARRIED, area, sign * carried_fen
        elif current_fen or carried_fen:
            yield owner, place, area, sign * (current_fen + carried_fen)


def entry_of(record: Record, packed: bytes) -> NewEntry:
    """The entry of a settlement (or its mirror), in fen; ``packed`` is its sealed document."""
    sign = record.sign
    body, area, owner = record.body, record.insured_area, record.owner
    benefit = body.benefit
    resident = record.insutype == RESIDENT
    pooled = a.FUND_RESIDENT_POOLED if resident else a.FUND_EMPLOYEE_POOLED
    serious = a.FUND_SERIOUS if resident else a.FUND_LARGE
    legs = [
        (owner, a.INSTITUTION, record.institution_id, sign * body.bill.total_fen),
        (owner, pooled, area, -sign * benefit.pooled_fen),
        (owner, a.FUND_LARGE, area, -sign * benefit.large_fen),
        (owner, serious, area, -sign * benefit.serious_fen),
        (owner, a.FUND_SUBSIDY, area, -sign * benefit.subsidy_fen),
        (owner, a.FUND_AID, area, -sign * benefit.aid_fen),
        *personal_legs(record),
        (owner, a.CASH, record.institution_id, -sign * body.sharing.cash_fen),
    ]
    kind = _KINDS[record.kind]
    if kind == a.SETTLEMENT and body.before and takes_back(record):
        kind = a.CORRECTION
    return NewEntry(
        owner,
        record.setl_id,
        kind,
        record.made_at.date(),
        record.reversal_of,
        tuple([Posting(*leg) for leg in legs if leg[3]]),
        document_of(record, packed),
    )


def takes_back(record: Record) -> bool:
    """Whether a further settlement of a stay moves anything back, or nothing at all."""
    body = record.body
    benefit, sharing = body.benefit, body.sharing
    moved = [
        body.bill.total_fen,
        benefit.pooled_fen,
        benefit.large_fen,
        benefit.serious_fen,
        benefit.subsidy_fen,
        benefit.aid_fen,
        sharing.own_current_fen,
        sharing.own_carried_fen,
        sharing.cash_fen,
    ]
    moved += [fen for leg in body.legs for fen in (leg.current_fen, leg.carried_fen)]
    return min(moved) < 0 or not any(moved)


@lru_cache(maxsize=64)
def _seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def document_of(record: Record, packed: bytes) -> bytes:
    """Canonical bytes of the settlement row, sealed together with its postings."""
    head = _ENCODER.encode(
        (
            record.owner,
            record.setl_id,
            record.kind,
            record.reversal_of,
            record.mdtrt_id,
            record.chrg_bchno,
            record.institution_id,
            record.msgid,
            record.infno,
            record.insutype,
            record.insured_area,
            record.setting,
            record.med_type,
            record.service_date.toordinal(),
            _seconds(record.made_at),
            record.rules_id,
        )
    )
    return head + packed
