# SPDX-License-Identifier: Apache-2.0
"""The fixed record of a settlement: every step and every payer, zero amounts included.

A record is written once and never changed; replies, statements, explanations and replays are all
made from it. ``Record.pack``/``unpack`` are its only storage form (msgpack of plain integers).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from gongji.kernel.benefit import BenefitResult, BenefitState, Bill
from gongji.kernel.sharing import SharingResult

CIVIL_TIME = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")

SETTLED = 1
REVERSED = 2  # the mirror of a settlement, negative amounts
RESTORED = 3  # a reversal that was itself undone


class PayerInput(msgspec.Struct, frozen=True, array_like=True):
    """A giver as the kernel saw one (inputs of a replay), in the order of payment, fen."""

    giver: int
    area: int  # of the giver's account
    auth_id: int
    relation: int
    current_fen: int
    carried_fen: int
    visit_left_fen: int
    day_left_fen: int
    year_left_fen: int
    grant_left_fen: int
    blocked: int


class PayerLeg(msgspec.Struct, frozen=True, array_like=True):
    """What that giver paid, fen, and why not more (kernel.reasons)."""

    current_fen: int
    carried_fen: int
    reason: int


class Body(msgspec.Struct, frozen=True, array_like=True):
    """Stored part: kernel inputs and results of one settlement, fen."""

    bill: Bill
    state: BenefitState
    benefit: BenefitResult
    sharing: SharingResult
    use: int
    own_current_before_fen: int
    own_carried_before_fen: int
    payers: tuple[PayerInput, ...]
    legs: tuple[PayerLeg, ...]
    psn_type: str
    civil_servant: bool
    retired: bool
    pool: int  # settlement.states: the pool of the year that it counts in
    coverage_no: int
    own_area: int  # of the patient's account, 0 without one
    visit_class: int  # policy.benefit_rules: chronic class I/II, childbirth, ordinary
    stay_deductible_fen: int  # deductible paid by earlier settlements of the same stay
    rules_mark: int  # start of the rule set's digest: the seal covers the rules through it
    invono: str
    fee_batches: tuple[tuple[str, int], ...]  # (charge batch, upload number) settled by a stay
    weak: bool = False  # a rule that is not confirmed decided: the deployment accepts such rules


class Record(msgspec.Struct):
    """One settlement, reversal or restored settlement. Amounts of a reversal are negative."""

    owner: int
    setl_id: int  # 0 in a trial
    kind: int
    reversal_of: int | None
    mdtrt_id: int
    chrg_bchno: str
    institution_id: int
    msgid: str
    infno: str
    insutype: int
    insured_area: int
    setting: int
    med_type: str
    service_date: dt.date
    made_at: dt.datetime
    rules_id: int
    body: Body
    balance_after_fen: int  # own account, both buckets
    reversed_by: int | None = None

    @property
    def sign(self) -> int:
        """-1 for a reversal, else 1: replies multiply the body's amounts by it."""
        return -1 if self.kind == REVERSED else 1

    def body_date(self) -> dt.date:
        """Civil date on which the settlement was made: limits per day are counted by it."""
        return self.made_at.astimezone(CIVIL_TIME).date()

    @property
    def own_fen(self) -> int:
        """Paid by the patient's own account, fen, unsigned."""
        return self.body.sharing.own_current_fen + self.body.sharing.own_carried_fen

    @property
    def relatives_fen(self) -> int:
        """Paid by relatives' accounts, fen, unsigned."""
        return self.body.sharing.relatives_fen

    @property
    def cash_fen(self) -> int:
        """Left to pay in cash, fen, unsigned."""
        return self.body.sharing.cash_fen


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[Body, int])


def pack(body: Body, balance_after_fen: int) -> bytes:
    """Storage form of a record's body (msgpack arrays of integers)."""
    return _ENCODER.encode((body, balance_after_fen))


def unpack(data: bytes) -> tuple[Body, int]:
    """Inverse of ``pack``; raises msgspec.DecodeError on damaged bytes."""
    return _DECODER.decode(data)


RECORD_COLUMNS = (
    "s.owner, s.setl_id, s.kind, s.reversal_of, s.mdtrt_id, s.chrg_bchno, s.institution_id,"
    " s.msgid, s.infno, s.insutype, s.insured_area, s.setting, s.med_type, s.service_date,"
    " s.made_at, s.rules_id, s.record, s.reversed_by"
)


def record_from_row(row: Sequence[Any]) -> Record:
    """A record from the columns of ``RECORD_COLUMNS``."""
    body, balance_after = unpack(row[16])
    return Record(*row[:16], body, balance_after, row[17])  # type: ignore[call-arg]
