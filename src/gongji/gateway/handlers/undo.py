# SPDX-License-Identifier: Apache-2.0
"""2601: undo a call whose outcome the institution never learned.

After it the named message has had no effect, whether or not it ever arrived, and a late copy of
it is refused.
"""

from __future__ import annotations

from typing import Any

from gongji.care import services as care
from gongji.care.visits import CANCELLED
from gongji.gateway import errors
from gongji.gateway.call import Call, base_infno
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import BOTH, Conn, Handler, Money, Prepared, once
from gongji.gateway.people import Identity
from gongji.settlement import messages
from gongji.settlement.commands import UndoMessage
from gongji.settlement.records import Record

ADMISSION = "2401"
UNDOABLE = frozenset({"2102", "2103", "2207", "2208", "2304", "2305", ADMISSION})


def _build(call: Call, person: Identity, conn: Conn | None) -> Prepared:
    row = call.one()
    original, infno = row["omsgid"], base_infno(row["oinfno"])
    if infno not in UNDOABLE:
        raise refusal(errors.UNDO_NOT_OFFERED, infno=row["oinfno"])
    if original == call.key.msgid:
        raise refusal(errors.UNDO_ITSELF)
    if infno == ADMISSION and conn is not None:
        _undo_admission(call, person.owner, conn, original)
        return Prepared(person, None)
    return Prepared(person, UndoMessage(call.key, person.owner, original, infno))


def _undo_admission(call: Call, owner: int, conn: Conn, original: str) -> None:
    def work() -> tuple[int, Any]:
        here = call.institution.institution_id
        mdtrt_id = messages.undo(conn, (here, original, ADMISSION), owner, call.now)
        if mdtrt_id is not None:
            visit = care.load_visit(conn, owner, mdtrt_id, institution_id=here, for_update=True)
            if visit.status != CANCELLED:  # by 2404
                care.cancel_admission(conn, visit)
        return mdtrt_id or 0, None

    once(call, conn, owner, work)


def _answer(_call: Call, _prepared: Prepared, _record: Record | None) -> Any:
    return None


HANDLERS: dict[str, Handler] = {
    "2601": Handler(BOTH, money=Money(_build, _answer, needs_database=True))
}
