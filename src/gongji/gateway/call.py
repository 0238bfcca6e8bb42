# SPDX-License-Identifier: Apache-2.0
"""One message on its way through the gateway: who sent it, what it says, and its identity.

The fingerprint of a message covers its transaction and its checked business input, so the same
request spelled another way is the same request; voucher numbers are left out because a token is
renewed between two attempts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from gongji.care.institutions import Institution
from gongji.gateway import errors
from gongji.gateway.checking import Row
from gongji.gateway.dialect import Dialect
from gongji.gateway.envelope import Request
from gongji.gateway.errors import refusal
from gongji.gateway.inputs import Nodes
from gongji.gateway.people import People
from gongji.gateway.schema import Transaction
from gongji.settlement.commands import MessageKey
from gongji.settlement.platform import Platform

FINGERPRINT_BYTES = 16
VISIT_DIGITS = 18  # ids of ours fit into 64 bits

_VOLATILE = ("mdtrt_cert_no", "mdtrt_cert_sn", "card_sn")
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Call:
    """A message whose envelope, institution and input have been checked."""

    platform: Platform
    people: People
    institution: Institution
    dialect: Dialect
    request: Request
    transaction: Transaction
    nodes: Nodes
    key: MessageKey
    now: dt.datetime
    ref: str

    @property
    def infno(self) -> str:
        """The transaction as it was asked, with its A."""
        return self.transaction.infno

    def one(self, node: str = "data") -> Row:
        """The single row of a node."""
        return self.nodes[node][0]

    def voucher_kind(self) -> str | None:
        """mdtrt_cert_type of whichever node carries it."""
        for rows in self.nodes.values():
            if "mdtrt_cert_type" in rows[0]:
                return str(rows[0]["mdtrt_cert_type"])
        return None

    def psn_no(self) -> str:
        """psn_no of whichever node carries it, "" without one."""
        for rows in self.nodes.values():
            if "psn_no" in rows[0]:
                return str(rows[0]["psn_no"])
        return ""

    def rows(self, node: str) -> list[Row]:
        """The rows of a node that may be missing."""
        return self.nodes.get(node, [])


def base_infno(infno: str) -> str:
    """2207A as 2207: both are one transaction for settlement and undo."""
    return infno.removesuffix("A")


def fingerprint(infno: str, nodes: Nodes) -> bytes:
    """Digest of what a message means, 16 bytes."""
    meaning: list[Any] = [infno]
    for name, rows in nodes.items():
        meaning.append(name)
        for row in rows:
            kept = row
            for volatile in _VOLATILE:
                if volatile in row:
                    if kept is row:
                        kept = row.copy()
                    del kept[volatile]
            meaning.append(kept)
    return hashlib.blake2b(_encode(meaning), digest_size=FINGERPRINT_BYTES).digest()


def visit_id(row: Row, name: str = "mdtrt_id") -> int:
    """A visit id of ours; Refusal 4100."""
    return _own_id(row, name, errors.VISIT_ID)


def settlement_id(row: Row) -> int:
    """A settlement id of ours; Refusal 4102."""
    return _own_id(row, "setl_id", errors.SETTLEMENT_ID)


def _own_id(row: Row, name: str, code: int) -> int:
    text = str(row.get(name, ""))
    if not (text.isascii() and text.isdigit()) or len(text) > VISIT_DIGITS:
        raise refusal(code)
    return int(text)
