# SPDX-License-Identifier: Apache-2.0
"""Stays: admission (2401), discharge (2402), changes (2403) and their cancellation (2404, 2405).

A person has at most one open stay and stays never overlap. The number of an admission counts the
person's stays begun in the same civil year that were not cancelled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection, sql

from gongji.care import errors
from gongji.care.diagnoses import ON_ARRIVAL, ON_DISCHARGE, Diagnosis, merge
from gongji.care.errors import refusal
from gongji.care.fee_times import check_kept_times
from gongji.care.institutions import Institution, kind_of
from gongji.care.med_types import setting_of
from gongji.care.outpatient import (
    CoverageFacts,
    check_institution,
    check_not_future,
    count_batches,
    refuse_with_lines,
    set_status,
)
from gongji.care.reading import jsonb, lock_patient, reload_locked
from gongji.care.visits import CANCELLED, CIVIL_TIME, DISCHARGED, OPEN, Visit
from gongji.kernel.benefit import INPATIENT

Conn = Connection[Any]

# In the detail of a discharged stay: its interim settlements (中途结算) of before the discharge.
_SETTLED_BEFORE = "settled_before_discharge"


def admit(
    conn: Conn,
    *,
    owner: int,
    institution: Institution,
    med_type: str,
    coverage: CoverageFacts,
    begun_at: dt.datetime,
    ipt_otp_no: str,
    dise_codg: str,
    detail: Mapping[str, object],
    diagnoses: Sequence[Diagnosis],
    now: dt.datetime,
) -> int:
    """Admit a person and return the mdtrt_id; Refusal 2101, 2102, 2105, 2116, 2140, 2141, 2145."""
    check_institution(institution, INPATIENT)
    _check_inpatient_type(med_type, institution.kind)
    check_not_future(begun_at, now)
    lock_patient(conn, owner)
    _check_overlap(conn, owner, begun_at, None, None)
    row = conn.execute(
        "INSERT INTO visit (owner, mdtrt_id, institution_id, setting, med_type, insutype,"
        " coverage_no, insured_area, admission_no, begun_at, ipt_otp_no, dise_codg, detail,"
        " diagnoses, made_at) VALUES (%s, nextval('visit_seq'), %s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " %s, %s, %s, %s) RETURNING mdtrt_id",
        (
            owner,
            institution.institution_id,
            INPATIENT,
            med_type,
            coverage.insutype,
            coverage.coverage_no,
            coverage.area,
            _admission_no(conn, owner, begun_at, None),
            begun_at,
            ipt_otp_no,
            dise_codg,
            jsonb(detail),
            jsonb(merge((), diagnoses, ON_ARRIVAL)),
            now,
        ),
    ).fetchone()
    return int(row[0]) if row else 0


def discharge(
    conn: Conn,
    visit: Visit,
    *,
    ended_at: dt.datetime,
    dise_codg: str,
    detail: Mapping[str, object],
    diagnoses: Sequence[Diagnosis],
    now: dt.datetime,
) -> None:
    """Close a stay (2402); Refusal 2112, 2116, 2142, 2144-2147."""
    visit = reload_locked(conn, visit)
    _check_stay(visit)
    if visit.status == DISCHARGED:
        raise refusal(errors.DISCHARGED_ALREADY)
    if ended_at < visit.begun_at:
        raise refusal(errors.DISCHARGE_BEFORE_ADMISSION)
    check_not_future(ended_at, now)
    check_kept_times(conn, visit, visit.begun_at, ended_at)
    _update(
        conn,
        visit,
        status=DISCHARGED,
        ended_at=ended_at,
        dise_codg=dise_codg or visit.dise_codg,
        detail=jsonb({**visit.detail, **detail, _SETTLED_BEFORE: sorted(_settled_by(conn, visit))}),
        diagnoses=jsonb(merge(visit.diagnoses, diagnoses, ON_DISCHARGE)),
    )


def change(
    conn: Conn,
    visit: Visit,
    *,
    begun_at: dt.datetime,
    ended_at: dt.datetime | None,
    med_type: str,
    ipt_otp_no: str,
    dise_codg: str,
    detail: Mapping[str, object],
    diagnoses: Sequence[Diagnosis],
    now: dt.datetime,
) -> None:
    """Correct a stay (2403); Refusal 2105, 2106, 2112, 2115, 2116, 2141, 2142, 2145-2147.

    Kind of care and admission stay as they are once lines were settled, and no line may come to
    lie outside the stay. ``ended_at`` corrects a discharge that was made; an open stay keeps none.
    """
    visit = reload_locked(conn, visit)
    _check_stay(visit)
    _check_inpatient_type(med_type, kind_of(conn, visit.institution_id))
    check_not_future(begun_at, now)
    moved = begun_at != visit.begun_at
    if moved or med_type != visit.med_type:
        _, settled = count_batches(conn, visit)
        if settled:
            raise refusal(errors.VISIT_SETTLED if moved else errors.MED_TYPE_FIXED)
    end = visit.ended_at
    if visit.status == DISCHARGED and ended_at is not None:
        check_not_future(ended_at, now)
        end = ended_at
    if end is not None and end < begun_at:
        raise refusal(errors.DISCHARGE_BEFORE_ADMISSION)
    if moved or end != visit.ended_at:
        _check_overlap(conn, visit.owner, begun_at, end, visit.mdtrt_id)
        check_kept_times(conn, visit, begun_at, end)
    number = visit.admission_no
    if moved:
        number = _admission_no(conn, visit.owner, begun_at, visit.mdtrt_id)
    _update(
        conn,
        visit,
        begun_at=begun_at,
        ended_at=end,
        admission_no=number,
        med_type=med_type,
        ipt_otp_no=ipt_otp_no or visit.ipt_otp_no,
        dise_codg=dise_codg or visit.dise_codg,
        detail=jsonb({**visit.detail, **detail}),
        diagnoses=jsonb(merge(visit.diagnoses, diagnoses, ON_ARRIVAL)),
    )


def cancel_admission(conn: Conn, visit: Visit) -> None:
    """Undo an admission (2404); Refusal 2112, 2114, 2115, 2116, 2144."""
    visit = reload_locked(conn, visit)
    _check_stay(visit)
    if visit.status == DISCHARGED:
        raise refusal(errors.DISCHARGED_ALREADY)
    refuse_with_lines(conn, visit)
    set_status(conn, visit, CANCELLED)


def cancel_discharge(conn: Conn, visit: Visit) -> None:
    """Undo a discharge (2405); Refusal 2112, 2115, 2116, 2140, 2141, 2143.

    The settlement of the discharge must be undone first (interim ones of before may stay), and
    no later stay may have begun.
    """
    visit = reload_locked(conn, visit)
    _check_stay(visit)
    if visit.status != DISCHARGED:
        raise refusal(errors.NOT_DISCHARGED)
    before = visit.detail.get(_SETTLED_BEFORE)
    if _settled_by(conn, visit) - set(before if isinstance(before, list) else ()):
        raise refusal(errors.VISIT_SETTLED)
    _check_overlap(conn, visit.owner, visit.begun_at, None, visit.mdtrt_id)
    kept = [one for one in visit.diagnoses if one.get("in_out") != ON_DISCHARGE]
    _update(conn, visit, status=OPEN, ended_at=None, diagnoses=jsonb(kept))


def _settled_by(conn: Conn, visit: Visit) -> set[int]:
    """Settlements that hold lines of a stay now."""
    rows = conn.execute(
        "SELECT DISTINCT settled_by FROM fee_batch WHERE owner = %s AND mdtrt_id = %s"
        " AND settled_by IS NOT NULL",
        (visit.owner, visit.mdtrt_id),
    )
    return {row[0] for row in rows}


def _check_stay(visit: Visit) -> None:
    if visit.setting != INPATIENT:
        raise refusal(errors.NOT_A_STAY)
    if visit.status == CANCELLED:
        raise refusal(errors.VISIT_CANCELLED)


def _check_inpatient_type(med_type: str, institution_kind: int) -> None:
    if setting_of(med_type, institution_kind) != INPATIENT:
        raise refusal(errors.NOT_A_STAY)


def _check_overlap(
    conn: Conn,
    owner: int,
    begun_at: dt.datetime,
    ended_at: dt.datetime | None,
    but: int | None,
) -> None:
    """Refusal 2140, or 2141 for a stay that is over, when times overlap; open ends reach on."""
    rows = conn.execute(
        "SELECT ended_at FROM visit WHERE owner = %s AND setting = %s AND status <> %s"
        " AND mdtrt_id <> COALESCE(%s, 0) AND (ended_at IS NULL OR ended_at > %s)"
        " AND (%s::timestamptz IS NULL OR begun_at < %s)",
        (owner, INPATIENT, CANCELLED, but, begun_at, ended_at, ended_at),
    ).fetchall()
    if any(row[0] is None for row in rows):
        raise refusal(errors.STAY_OPEN_ALREADY)
    if rows:
        raise refusal(errors.STAY_OVERLAPS)


def _admission_no(conn: Conn, owner: int, begun_at: dt.datetime, but: int | None) -> int:
    """1 + stays of the same civil year that were not cancelled."""
    year = begun_at.astimezone(CIVIL_TIME).year
    row = conn.execute(
        "SELECT count(*) FROM visit WHERE owner = %s AND setting = %s AND status <> %s"
        " AND mdtrt_id <> COALESCE(%s, 0) AND begun_at >= %s AND begun_at < %s",
        (
            owner,
            INPATIENT,
            CANCELLED,
            but,
            dt.datetime(year, 1, 1, tzinfo=CIVIL_TIME),
            dt.datetime(year + 1, 1, 1, tzinfo=CIVIL_TIME),
        ),
    ).fetchone()
    return 1 + (int(row[0]) if row else 0)


def _update(conn: Conn, visit: Visit, **columns: Any) -> None:
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
    )
    conn.execute(
        sql.SQL("UPDATE visit SET {} WHERE owner = %(owner)s AND mdtrt_id = %(mdtrt_id)s").format(
            changes
        ),
        {**columns, "owner": visit.owner, "mdtrt_id": visit.mdtrt_id},
    )
