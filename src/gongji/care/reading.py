# SPDX-License-Identifier: Apache-2.0
"""Reading visits, diagnoses and fee lines; and the lock that every change of a visit takes first.

Changes lock the patient's row, the same that the settlement engine locks: lines cannot vanish
under a settlement that has just read them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from gongji.care.errors import PATIENT_UNKNOWN, VISIT_ELSEWHERE, VISIT_UNKNOWN, refusal
from gongji.care.lines import PricedLine
from gongji.care.pricing import priced_from
from gongji.care.visits import OPEN, Visit
from gongji.kernel.benefit import INPATIENT

Conn = Connection[Any]

VISIT_COLUMNS = (
    "owner, mdtrt_id, institution_id, setting, med_type, insutype, coverage_no, insured_area,"
    " admission_no, begun_at, ended_at, status, ipt_otp_no, dise_codg, detail, diagnoses"
)

_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A fee line with the batch that it came in; ``settled_by`` None = not settled."""

    chrg_bchno: str
    upload_no: int
    settled_by: int | None
    line: PricedLine


def jsonb(value: object) -> Jsonb:
    """A value for a jsonb column."""
    return Jsonb(value, dumps=_encode)


def load_visit(
    conn: Conn,
    owner: int,
    mdtrt_id: int,
    *,
    institution_id: int | None = None,
    for_update: bool = False,
) -> Visit:
    """One visit; Refusal 2110 when there is none, 2111 when it is another institution's.

    ``for_update`` first locks the patient, so that what is read stays true until the end of the
    transaction.
    """
    if for_update:
        lock_patient(conn, owner)
    row = conn.execute(
        f"SELECT {VISIT_COLUMNS} FROM visit WHERE owner = %s AND mdtrt_id = %s",
        (owner, mdtrt_id),
    ).fetchone()
    if row is None:
        raise refusal(VISIT_UNKNOWN)
    visit = Visit(*row)
    if institution_id is not None and visit.institution_id != institution_id:
        raise refusal(VISIT_ELSEWHERE)
    return visit


def reload_locked(conn: Conn, visit: Visit) -> Visit:
    """The visit as it is now, under the patient's lock."""
    return load_visit(conn, visit.owner, visit.mdtrt_id, for_update=True)


def lock_patient(conn: Conn, owner: int) -> None:
    """Serialise with settlements and other changes of this patient; Refusal 2118 if unknown."""
    row = conn.execute(
        "SELECT 1 FROM person WHERE owner = %s FOR NO KEY UPDATE", (owner,)
    ).fetchone()
    if row is None:
        raise refusal(PATIENT_UNKNOWN)


def visits_of(
    conn: Conn,
    owner: int,
    *,
    institution_id: int,
    begin: dt.datetime,
    end: dt.datetime,
    med_type: str = "",
    mdtrt_id: int | None = None,
) -> list[Visit]:
    """Visits of a person at an institution begun within [begin, end], the newest first (5201)."""
    rows = conn.execute(
        f"SELECT {VISIT_COLUMNS} FROM visit WHERE owner = %(owner)s"
        " AND institution_id = %(institution)s AND begun_at BETWEEN %(begin)s AND %(end)s"
        " AND (%(med_type)s = '' OR med_type = %(med_type)s)"
        " AND (%(visit)s::bigint IS NULL OR mdtrt_id = %(visit)s)"
        " ORDER BY begun_at DESC, mdtrt_id DESC",
        {
            "owner": owner,
            "institution": institution_id,
            "begin": begin,
            "end": end,
            "med_type": med_type,
            "visit": mdtrt_id,
        },
    )
    return [Visit(*row) for row in rows]


def open_stay_of(conn: Conn, owner: int) -> Visit | None:
    """The stay a person is in now, at any institution (5303)."""
    row = conn.execute(
        f"SELECT {VISIT_COLUMNS} FROM visit WHERE owner = %s AND setting = %s AND status = %s",
        (owner, INPATIENT, OPEN),
    ).fetchone()
    return None if row is None else Visit(*row)


def diagnoses_of(conn: Conn, owner: int, mdtrt_id: int) -> list[dict[str, Any]]:
    """Diagnoses of a visit in their order (5202); Refusal 2110 when there is no such visit."""
    row = conn.execute(
        "SELECT diagnoses FROM visit WHERE owner = %s AND mdtrt_id = %s", (owner, mdtrt_id)
    ).fetchone()
    if row is None:
        raise refusal(VISIT_UNKNOWN)
    return list(row[0])


def lines_of(
    conn: Conn, owner: int, mdtrt_id: int, chrg_bchno: str | None = None
) -> list[StoredLine]:
    """Fee lines of a visit as uploaded, of one charge batch or of all (5204)."""
    rows = conn.execute(
        "SELECT chrg_bchno, upload_no, settled_by, lines FROM fee_batch"
        " WHERE owner = %s AND mdtrt_id = %s AND (%s::text IS NULL OR chrg_bchno = %s)"
        " ORDER BY made_at, chrg_bchno, upload_no",
        (owner, mdtrt_id, chrg_bchno, chrg_bchno),
    )
    return [
        StoredLine(batch, upload_no, settled_by, priced_from(document))
        for batch, upload_no, settled_by, documents in rows
        for document in documents
    ]


def lines_named(conn: Conn, owner: int, mdtrt_id: int, serials: Sequence[str]) -> list[PricedLine]:
    """Lines of a visit with these serials and the lines that take them back, settled or not."""
    rows = conn.execute(
        "SELECT l.line FROM fee_batch f, jsonb_array_elements(f.lines) AS l (line)"
        " WHERE f.owner = %(owner)s AND f.mdtrt_id = %(visit)s"
        " AND (l.line ->> 'serial' = ANY(%(serials)s)"
        " OR l.line ->> 'cancels_serial' = ANY(%(serials)s))",
        {"owner": owner, "visit": mdtrt_id, "serials": list(serials)},
    )
    return [priced_from(document) for (document,) in rows]
