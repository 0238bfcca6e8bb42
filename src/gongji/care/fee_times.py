# SPDX-License-Identifier: Apache-2.0
"""When the fees of a visit or stay may have arisen: civil days, the same for returns.

Not before the day before the care began, and not after the day of the discharge: what is used
until midnight of that day is billed with it (decision of the product).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from gongji.care.errors import LINE_AFTER_DISCHARGE, LINE_BEFORE_BEGIN, refusal
from gongji.care.lines import PricedLine
from gongji.care.visits import CIVIL_TIME, Visit

Conn = Connection[Any]

FEES_BEFORE = dt.timedelta(days=1)  # prepared before care that began past midnight


def first_day(begun_at: dt.datetime) -> dt.date:
    """The first civil day on which fees of care that began then may have arisen."""
    return begun_at.astimezone(CIVIL_TIME).date() - FEES_BEFORE


def check_line_times(visit: Visit, lines: Sequence[PricedLine]) -> None:
    """Check lines about to be kept against the beginning of the visit; Refusal 2147."""
    first = _midnight(first_day(visit.begun_at))
    for line in lines:
        stated = line.document.get("occurred_at")
        moment = dt.datetime.fromisoformat(str(stated)) if stated else first
        if moment < first:
            raise _too_early(line.feedetl_sn, moment, first)


def check_kept_times(
    conn: Conn,
    visit: Visit,
    begun_at: dt.datetime,
    ended_at: dt.datetime | None,
    *,
    unsettled: bool = False,
) -> None:
    """Check the kept lines of a visit against its beginning and its discharge.

    ``ended_at`` None: not discharged; ``unsettled``: only lines that no settlement holds. Raises
    Refusal 2146, 2147 naming the line. The caller holds the patient's lock where the answer has to
    stay true.
    """
    first, end = _midnight(first_day(begun_at)), None
    if ended_at is not None:
        end = _midnight(ended_at.astimezone(CIVIL_TIME).date() + dt.timedelta(days=1))
    row = conn.execute(
        "SELECT l.line ->> 'serial', (l.line ->> 'occurred_at')::timestamptz AS moment"
        " FROM fee_batch f, jsonb_array_elements(f.lines) AS l (line)"
        " WHERE f.owner = %(owner)s AND f.mdtrt_id = %(visit)s"
        " AND (f.settled_by IS NULL OR NOT %(unsettled)s)"
        " AND ((l.line ->> 'occurred_at')::timestamptz < %(first)s"
        " OR (l.line ->> 'occurred_at')::timestamptz >= COALESCE(%(end)s::timestamptz, 'infinity'))"
        " ORDER BY moment, 1 LIMIT 1",
        {
            "owner": visit.owner,
            "visit": visit.mdtrt_id,
            "unsettled": unsettled,
            "first": first,
            "end": end,
        },
    ).fetchone()
    if row is None:
        return
    serial, moment = str(row[0]), row[1]
    if moment < first:
        raise _too_early(serial, moment, first)
    last = (end or moment) - dt.timedelta(days=1)
    raise refusal(
        LINE_AFTER_DISCHARGE, serial=serial, moment=_shown(moment), day=f"{last:%Y-%m-%d}"
    )


def _too_early(serial: str, moment: dt.datetime, first: dt.datetime) -> Exception:
    return refusal(LINE_BEFORE_BEGIN, serial=serial, moment=_shown(moment), day=f"{first:%Y-%m-%d}")


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), CIVIL_TIME)


def _shown(moment: dt.datetime) -> str:
    return f"{moment.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}"
