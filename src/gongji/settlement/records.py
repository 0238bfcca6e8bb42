# SPDX-License-Identifier: Apache-2.0
"""The fixed record of a settlement: every step and every payer, zero amounts included.

A record is written once and never changed; replies, statements, explanations and replays are all
made from it. ``pack`` and ``record_from_row`` know its only storage form (msgpack of integers).
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
    taken_current_fen: int = 0  # paid by earlier settlements of the same stay
    taken_carried_fen: int = 0
    year: int = 0  # that the current bucket stands for


class PayerLeg(msgspec.Struct, frozen=True, array_like=True):
    """What that giver paid, fen, and why not more (kernel.reasons).

    Negative: given back, because an earlier settlement of the same stay took too much.
    """

    current_fen: int
    carried_fen: int
    reason: int


class Taken(msgspec.Struct, frozen=True, array_like=True):
    """What a settlement of a stay moved on one giver's account, fen."""

    giver: int
    area: int
    auth_id: int
    relation: int
    year: int  # that the current bucket stood for
    current_fen: int
    carried_fen: int


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """An earlier settlement of the same stay, as it stood when a further one was made."""

    setl_id: int
    year: int  # in whose sums it counts, with its pool
    pool: int
    settled_on: int  # civil day as an ordinal: limits were used on it
    own_year: int
    bill: Bill
    extra_first_self_fen: int
    benefit: BenefitResult
    sharing: SharingResult
    taken: tuple[Taken, ...]


class Body(msgspec.Struct, frozen=True, array_like=True):
    """Stored part: kernel inputs and results of one settlement, fen.

    Of a stay that was settled before, the results are what moved this time: the whole stay less
    ``before``; ``state`` is the year without the stay.
    """

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
    visit_deductible_fen: int  # deductible paid by earlier batches of the same outpatient visit
    rules_mark: int  # start of the rule set's digest: the seal covers the rules through it
    invono: str
    fee_batches: tuple[tuple[str, int], ...]  # (charge batch, upload number) settled by a stay
    weak: bool = False  # a rule that is not confirmed decided: the deployment accepts such rules
    interim: bool = False
    extra_first_self_fen: int = 0  # in the bill because care was given outside the province
    own_year: int = 0  # that the current bucket of the patient's account stands for
    visit_pooled_fen: int = 0  # of earlier batches of the same outpatient visit
    visit_in_policy_fen: int = 0
    before: tuple[Standing, ...] = ()  # earlier settlements of the same stay, the oldest first


class Landing(msgspec.Struct, frozen=True, array_like=True):
    """Where money of one person's current bucket lies when it comes back (ledger.accounts).

    Carried after the turn of the year; due to heirs, the carried money too, once it is closed.
    ``part_fen``: how much of it, where the rest is money of the year and stays in its bucket.
    """

    owner: int
    account: int
    part_fen: int = 0  # 0: all of it


class Difference(msgspec.Struct, frozen=True, array_like=True):
    """What later settlements of a year have got too much from each fund (negative: too little).

    Fen, a change: a reversal makes it, a settlement that takes up what was left makes it good.
    """

    year: int
    pooled_fen: int
    large_fen: int
    serious_fen: int
    subsidy_fen: int
    aid_fen: int

    @property
    def fund_fen(self) -> int:
        """All funds together."""
        return self.pooled_fen + self.large_fen + self.serious_fen + self.subsidy_fen + self.aid_fen


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
    landed: tuple[Landing, ...] = ()
    differences: tuple[Difference, ...] = ()

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


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """Storage form: the body, and what only this record of it says."""

    body: Body
    balance_after_fen: int
    landed: tuple[Landing, ...] = ()
    differences: tuple[Difference, ...] = ()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Kept)


def pack(record: Record) -> bytes:
    """Storage form of what a record says beside its columns (msgpack arrays of integers)."""
    kept = _Kept(record.body, record.balance_after_fen, record.landed, record.differences)
    return _ENCODER.encode(kept)


RECORD_COLUMNS = (
    "s.owner, s.setl_id, s.kind, s.reversal_of, s.mdtrt_id, s.chrg_bchno, s.institution_id,"
    " s.msgid, s.infno, s.insutype, s.insured_area, s.setting, s.med_type, s.service_date,"
    " s.made_at, s.rules_id, s.record, s.reversed_by"
)


def record_from_row(row: Sequence[Any]) -> Record:
    """A record from the columns of ``RECORD_COLUMNS``; raises msgspec.MsgspecError when damaged."""
    kept = _DECODER.decode(row[16])
    return Record(  # type: ignore[call-arg]
        *row[:16], kept.body, kept.balance_after_fen, row[17], kept.landed, kept.differences
    )
