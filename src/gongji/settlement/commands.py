# SPDX-License-Identifier: Apache-2.0
"""What a door may ask of the engine. Doors translate their fields into these once; no rules here.

Amounts are fen, ids are ours, times are aware datetimes (Asia/Shanghai civil time).
"""

from __future__ import annotations

import datetime as dt

import msgspec

from gongji.care.lines import PricedLine

KeyName = tuple[int, str, str]  # institution, msgid, infno


class MessageKey(msgspec.Struct, frozen=True, gc=False):
    """Identity of one request: institution + infno + msgid; ``fingerprint`` digests its meaning.

    ``infno`` is the transaction without its A. The fingerprint covers it and the business input,
    not transport fields that change when a client sends the same message again (time stamps,
    signature).
    """

    institution_id: int
    msgid: str
    infno: str
    fingerprint: bytes

    @property
    def name(self) -> KeyName:
        """What a message is known by."""
        return self.institution_id, self.msgid, self.infno


class Declared(msgspec.Struct, frozen=True, gc=False):
    """Amounts the caller states, fen; None where the message does not carry them.

    The engine refuses when one differs from what it computes (changed since the trial).
    """

    total_fen: int
    self_paid_fen: int | None = None
    over_limit_fen: int | None = None
    first_self_fen: int | None = None
    in_policy_fen: int | None = None


class SettleVisit(msgspec.Struct, frozen=True, gc=False):
    """2206/2207 (one charge batch) and 2303/2304 (all unsettled lines of a stay)."""

    key: MessageKey
    owner: int  # the patient
    mdtrt_id: int
    chrg_bchno: str  # "" for inpatient
    med_type: str
    insutype: int
    use: int  # kernel.sharing USE_*
    declared: Declared
    interim: bool = False  # mid_setl_flag
    ends_on: dt.date | None = None  # discharge of a stay that a trial (2303) asks about
    detail: dict[str, object] = msgspec.field(default_factory=dict)


class SettlePurchase(msgspec.Struct, frozen=True, gc=False):
    """2101/2102: a pharmacy purchase with its lines; makes the visit and settles in one step."""

    key: MessageKey
    owner: int
    bought_at: dt.datetime
    med_type: str
    insutype: int
    use: int
    declared: Declared
    lines: tuple[PricedLine, ...]
    dise_codg: str = ""
    detail: dict[str, object] = msgspec.field(default_factory=dict)


class ReverseSettlement(msgspec.Struct, frozen=True, gc=False):
    """2103/2208/2305."""

    key: MessageKey
    owner: int
    setl_id: int
    mdtrt_id: int | None = None


class UndoMessage(msgspec.Struct, frozen=True, gc=False):
    """2601: undo a call whose outcome the institution never learned."""

    key: MessageKey
    owner: int
    original_msgid: str
    original_infno: str

    @property
    def original(self) -> KeyName:
        """What the message that it names is known by."""
        return self.key.institution_id, self.original_msgid, self.original_infno


Command = SettleVisit | SettlePurchase | ReverseSettlement | UndoMessage
