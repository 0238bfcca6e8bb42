# SPDX-License-Identifier: Apache-2.0
"""Reversal of a settlement (2103, 2208, 2305): the mirror of the original, negative amounts."""

from __future__ import annotations

from typing import Any

from gongji.gateway import errors
from gongji.gateway.call import Call, settlement_id, visit_id
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import Conn, Money, Prepared
from gongji.gateway.people import Identity
from gongji.gateway.replies import settlement_output
from gongji.kernel.benefit import INPATIENT
from gongji.settlement import queries
from gongji.settlement.commands import ReverseSettlement
from gongji.settlement.records import Record


def _build(call: Call, person: Identity, conn: Conn | None) -> Prepared:
    row = call.one()
    setl_id = settlement_id(row)
    if conn is not None:
        record = queries.record_of(conn, person.owner, setl_id)
        if record is not None and (record.setting == INPATIENT) != (call.infno == "2305"):
            expected = "2305" if record.setting == INPATIENT else "2103 或 2208"
            raise refusal(errors.REVERSAL_NOT_FITTING, setl_id=setl_id, expected=expected)
    command = ReverseSettlement(call.key, person.owner, setl_id, visit_id(row))
    return Prepared(person, command)


def _answer(call: Call, prepared: Prepared, record: Record | None) -> Any:
    if record is None:
        return None
    return settlement_output(call, record, prepared.person, trial=False)


REVERSAL = Money(_build, _answer, needs_database=True)
