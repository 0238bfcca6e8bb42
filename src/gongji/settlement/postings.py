# SPDX-License-Identifier: Apache-2.0
"""A record as a balanced ledger entry: payers negative, the institution positive, sum zero."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import msgspec

from gongji.kernel.benefit import RESIDENT
from gongji.ledger import accounts as a
from gongji.ledger.services import NewEntry, Posting
from gongji.settlement.records import RESTORED, REVERSED, SETTLED, Record

_ENCODER = msgspec.msgpack.Encoder()
_KINDS = {SETTLED: a.SETTLEMENT, REVERSED: a.REVERSAL, RESTORED: a.RESTORE}


def entry_of(record: Record, packed: bytes) -> NewEntry:
    """The entry of a settlement (or its mirror), in fen; ``packed`` is its sealed document."""
    sign = record.sign
    body, area = record.body, record.insured_area
    benefit, sharing = body.benefit, body.sharing
    resident = record.insutype == RESIDENT
    pooled = a.FUND_RESIDENT_POOLED if resident else a.FUND_EMPLOYEE_POOLED
    serious = a.FUND_SERIOUS if resident else a.FUND_LARGE
    legs = [
        (record.owner, a.INSTITUTION, record.institution_id, body.bill.total_fen),
        (record.owner, pooled, area, -benefit.pooled_fen),
        (record.owner, a.FUND_LARGE, area, -benefit.large_fen),
        (record.owner, serious, area, -benefit.serious_fen),
        (record.owner, a.FUND_SUBSIDY, area, -benefit.subsidy_fen),
        (record.owner, a.FUND_AID, area, -benefit.aid_fen),
        (record.owner, a.PA_CURRENT, body.own_area, -sharing.own_current_fen),
        (record.owner, a.PA_CARRIED, body.own_area, -sharing.own_carried_fen),
    ]
    for payer, leg in zip(body.payers, body.legs, strict=True):
        if leg.current_fen:
            legs.append((payer.giver, a.PA_CURRENT, payer.area, -leg.current_fen))
        if leg.carried_fen:
            legs.append((payer.giver, a.PA_CARRIED, payer.area, -leg.carried_fen))
    legs.append((record.owner, a.CASH, record.institution_id, -sharing.cash_fen))
    return NewEntry(
        record.owner,
        record.setl_id,
        _KINDS[record.kind],
        record.made_at.date(),
        record.reversal_of,
        tuple(
            [
                Posting(owner, account, party, sign * amount_fen)
                for owner, account, party, amount_fen in legs
                if amount_fen
            ]
        ),
        document_of(record, packed),
    )


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
