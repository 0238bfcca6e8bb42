# SPDX-License-Identifier: Apache-2.0
"""Fee lines: upload (2204, 2301) and removal of what is not settled (2205, 2302).

An outpatient charge batch is uploaded once; a stay collects unnamed batches, numbered. A negative
line takes back a line of the same upload, or of a stay any line, settled or not. Sums of a batch
always equal the sums of its lines, and no line is ever taken back beyond what it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection

from gongji.care import errors
from gongji.care.errors import refusal
from gongji.care.fee_times import check_line_times
from gongji.care.institutions import PHARMACY_KIND, kind_of
from gongji.care.lines import PricedLine, unprescribed_fen
from gongji.care.pricing import RawLine
from gongji.care.reading import StoredLine, jsonb, lines_named, lines_of, reload_locked
from gongji.care.returns import StatedLine, cancelled_serial, is_return, tie_returns
from gongji.care.visits import CANCELLED, OPEN, Visit
from gongji.kernel.benefit import INPATIENT

Conn = Connection[Any]

LINES_PER_VISIT_MAX = 20_000  # fee lines of one visit or stay
ALL_BATCHES = "0000"
STAY_BATCH = ""

_PARTS = ("self_paid_fen", "over_limit_fen", "first_self_fen", "in_policy_fen")


def upload_lines(
    conn: Conn, visit: Visit, chrg_bchno: str, lines: Sequence[StatedLine], now: dt.datetime
) -> tuple[PricedLine, ...]:
    """Keep lines, returns split by what they take back, and give them as kept, in their order.

    A stay ignores ``chrg_bchno``. Raises Refusal 2112, 2113, 2120-2123, 2127, 2131-2133,
    2135-2137, 2139, 2147, 2149.
    """
    visit = reload_locked(conn, visit)
    _check_open(visit)
    if not lines:
        raise refusal(errors.LINES_MISSING)
    is_stay = visit.setting == INPATIENT
    batch = STAY_BATCH if is_stay else chrg_bchno
    if not is_stay and chrg_bchno in ("", ALL_BATCHES):
        raise refusal(errors.BATCH_NAME_RESERVED)
    serials = [line.feedetl_sn for line in lines]
    last_no = _check_against_kept(conn, visit, batch, serials)
    if last_no and not is_stay:
        raise refusal(errors.BATCH_UPLOADED)
    kept = _tied(conn, visit, lines)
    check_line_times(visit, kept)
    pharmacy = not is_stay and kind_of(conn, visit.institution_id) == PHARMACY_KIND
    conn.execute(
        "INSERT INTO fee_batch (owner, mdtrt_id, chrg_bchno, upload_no, lines, serials, total_fen,"
        " self_paid_fen, over_limit_fen, first_self_fen, in_policy_fen, unprescribed_fen, made_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            visit.owner,
            visit.mdtrt_id,
            batch,
            last_no + 1,
            jsonb([line.document for line in kept]),
            serials,
            *_sums(kept),
            unprescribed_fen(kept) if pharmacy else 0,
            now,
        ),
    )
    return kept


def cancel_lines(conn: Conn, visit: Visit, chrg_bchno: str | None) -> int:
    """Remove an outpatient charge batch (2205), or with None everything that is not settled.

    Returns the number of lines removed; Refusal 2112, 2113, 2117, 2124, 2125.
    """
    visit = reload_locked(conn, visit)
    if visit.setting == INPATIENT:
        raise refusal(errors.IS_A_STAY)
    _check_open(visit)
    if chrg_bchno is None:
        return _remove_unsettled(conn, visit)
    row = conn.execute(
        "SELECT settled_by FROM fee_batch WHERE owner = %s AND mdtrt_id = %s AND chrg_bchno = %s",
        (visit.owner, visit.mdtrt_id, chrg_bchno),
    ).fetchone()
    if row is None:
        raise refusal(errors.BATCH_UNKNOWN)
    if row[0] is not None:
        raise refusal(errors.LINES_SETTLED)
    return _remove_unsettled(conn, visit, chrg_bchno)


def cancel_stay_lines(conn: Conn, visit: Visit, serials: Collection[str] | None) -> int:
    """Remove lines of a stay (2302), or with None everything that is not settled.

    A line goes only together with the lines that take it back. Returns the number of lines
    removed; Refusal 2112, 2113, 2116, 2124, 2126, 2134.
    """
    visit = reload_locked(conn, visit)
    if visit.setting != INPATIENT:
        raise refusal(errors.NOT_A_STAY)
    _check_open(visit)
    kept = lines_of(conn, visit.owner, visit.mdtrt_id)
    loose = {stored.line.feedetl_sn for stored in kept if stored.settled_by is None}
    wanted = loose if serials is None else frozenset(serials)
    found = [stored for stored in kept if stored.line.feedetl_sn in wanted]
    if len(found) != len(wanted):
        raise refusal(errors.LINE_UNKNOWN)
    if wanted - loose:
        raise refusal(errors.LINES_SETTLED)
    for stored in kept:
        serial, by = cancelled_serial(stored.line), stored.line.feedetl_sn
        if is_return(stored.line) and serial in wanted and by not in wanted:
            raise refusal(errors.LINE_IS_CANCELLED, serial=serial, by=by)
    if serials is None:
        return _remove_unsettled(conn, visit)
    for where in {stored.upload_no: stored for stored in found}.values():
        rest = [
            stored.line
            for stored in kept
            if stored.upload_no == where.upload_no and stored.line.feedetl_sn not in wanted
        ]
        _rewrite(conn, visit, where, rest)
    return len(found)


def _check_open(visit: Visit) -> None:
    if visit.status == CANCELLED:
        raise refusal(errors.VISIT_CANCELLED)
    if visit.status != OPEN:
        raise refusal(errors.VISIT_NOT_OPEN)


def _check_against_kept(conn: Conn, visit: Visit, batch: str, serials: list[str]) -> int:
    """Serials and number of lines against what is kept; the last upload number of the batch."""
    row = conn.execute(
        "SELECT COALESCE(sum(cardinality(serials)), 0), COALESCE(bool_or(serials && %s), false),"
        " COALESCE(max(upload_no) FILTER (WHERE chrg_bchno = %s), 0)"
        " FROM fee_batch WHERE owner = %s AND mdtrt_id = %s",
        (serials, batch, visit.owner, visit.mdtrt_id),
    ).fetchone()
    kept, repeated, last_no = row if row else (0, False, 0)
    if batch and last_no:
        # Named before the serials: sending a batch again repeats all of them too.
        raise refusal(errors.BATCH_UPLOADED)
    if repeated or len(set(serials)) != len(serials):
        raise refusal(errors.SERIAL_REPEATED)
    if kept + len(serials) > LINES_PER_VISIT_MAX:
        raise refusal(errors.LINES_TOO_MANY, kept=int(kept), limit=LINES_PER_VISIT_MAX)
    return int(last_no)


def _tied(conn: Conn, visit: Visit, lines: Sequence[StatedLine]) -> tuple[PricedLine, ...]:
    """All lines in their order, negative ones tied to what they take back."""
    for line in lines:
        if isinstance(line, PricedLine) and is_return(line):
            raise refusal(errors.LINE_SIGN, serial=line.feedetl_sn)
    named = {line.cancels_sn for line in lines if isinstance(line, RawLine)}
    if visit.setting != INPATIENT:
        # Charge batches are settled and reversed each for itself: none may lean on another.
        return tie_returns(lines, (), errors.NOT_IN_UPLOAD)
    stored = lines_named(conn, visit.owner, visit.mdtrt_id, sorted(named)) if named else ()
    return tie_returns(lines, stored, errors.CANCELLED_LINE_UNKNOWN)


def _sums(lines: Sequence[PricedLine]) -> tuple[int, ...]:
    """Amount and parts of a batch, fen, in the order of the columns."""
    return tuple(sum(getattr(line, name) for line in lines) for name in ("amount_fen", *_PARTS))


def _remove_unsettled(conn: Conn, visit: Visit, chrg_bchno: str | None = None) -> int:
    rows = conn.execute(
        "DELETE FROM fee_batch WHERE owner = %s AND mdtrt_id = %s AND settled_by IS NULL"
        " AND (%s::text IS NULL OR chrg_bchno = %s) RETURNING cardinality(serials)",
        (visit.owner, visit.mdtrt_id, chrg_bchno, chrg_bchno),
    ).fetchall()
    return sum(row[0] for row in rows)


def _rewrite(conn: Conn, visit: Visit, where: StoredLine, rest: list[PricedLine]) -> None:
    """Put the remaining lines of a batch in the place of what it held."""
    key = (visit.owner, visit.mdtrt_id, where.chrg_bchno, where.upload_no)
    place = "owner = %s AND mdtrt_id = %s AND chrg_bchno = %s AND upload_no = %s"
    if not rest:
        conn.execute(f"DELETE FROM fee_batch WHERE {place}", key)
        return
    conn.execute(
        "UPDATE fee_batch SET lines = %s, serials = %s, total_fen = %s, self_paid_fen = %s,"
        f" over_limit_fen = %s, first_self_fen = %s, in_policy_fen = %s WHERE {place}",
        (
            jsonb([line.document for line in rest]),
            [line.feedetl_sn for line in rest],
            *_sums(rest),
            *key,
        ),
    )
