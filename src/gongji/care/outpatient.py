# SPDX-License-Identifier: Apache-2.0
"""Outpatient and pharmacy visits: register (2201), describe (2203), cancel (2202).

The caller owns the transaction. A refused call changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from psycopg import Connection

from gongji.care.diagnoses import ON_ARRIVAL, Diagnosis, merge
from gongji.care.errors import (
    INSTITUTION_INACTIVE,
    INSTITUTION_KIND,
    IS_A_STAY,
    MED_TYPE_FIXED,
    TIME_IN_FUTURE,
    VISIT_CANCELLED,
    VISIT_HAS_LINES,
    VISIT_SETTLED,
    refusal,
)
from gongji.care.fee_times import check_kept_times
from gongji.care.institutions import PHARMACY_KIND, Institution, kind_of
from gongji.care.med_types import setting_of
from gongji.care.reading import jsonb, reload_locked
from gongji.care.visits import CANCELLED, Visit
from gongji.kernel.benefit import INPATIENT, PHARMACY

Conn = Connection[Any]

# Clocks of institutions run ahead at times; a whole day ahead is a wrong date.
CLOCK_TOLERANCE = dt.timedelta(days=1)


class CoverageFacts(Protocol):
    """What a visit keeps of ``members.people.Coverage``."""

    @property
    def coverage_no(self) -> int:
        """Number of the insurance relation."""

    @property
    def insutype(self) -> int:
        """Scheme."""

    @property
    def area(self) -> int:
        """Where the person is insured."""


def register_visit(
    conn: Conn,
    *,
    owner: int,
    institution: Institution,
    setting: int,
    med_type: str,
    coverage: CoverageFacts,
    begun_at: dt.datetime,
    ipt_otp_no: str,
    dise_codg: str,
    detail: Mapping[str, object],
    now: dt.datetime,
) -> int:
    """Open a visit and return its mdtrt_id; Refusal 2101, 2102, 2117."""
    check_institution(institution, setting)
    if setting == INPATIENT:
        raise refusal(IS_A_STAY)
    row = conn.execute(
        "INSERT INTO visit (owner, mdtrt_id, institution_id, setting, med_type, insutype,"
        " coverage_no, insured_area, begun_at, ipt_otp_no, dise_codg, detail, made_at)"
        " VALUES (%s, nextval('visit_seq'), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " RETURNING mdtrt_id",
        (
            owner,
            institution.institution_id,
            setting,
            med_type,
            coverage.insutype,
            coverage.coverage_no,
            coverage.area,
            begun_at,
            ipt_otp_no,
            dise_codg,
            jsonb(detail),
            now,
        ),
    ).fetchone()
    return int(row[0]) if row else 0


def upload_details(
    conn: Conn,
    visit: Visit,
    med_type: str,
    dise_codg: str,
    detail: Mapping[str, object],
    diagnoses: Sequence[Diagnosis],
    now: dt.datetime,
    *,
    begun_at: dt.datetime | None = None,
) -> None:
    """Describe a visit (2203, 2203A): kind of care, disease, diagnoses; may be sent again.

    Refusal 2105, 2106 (kind of care changed after lines were settled), 2112, 2117, 2145, 2147.
    """
    visit = reload_locked(conn, visit)
    check_outpatient(visit)
    setting = setting_of(med_type, kind_of(conn, visit.institution_id))
    if setting == INPATIENT:
        raise refusal(IS_A_STAY)
    check_not_future(begun_at or visit.begun_at, now)
    if med_type != visit.med_type and count_batches(conn, visit)[1]:
        raise refusal(MED_TYPE_FIXED)
    if begun_at is not None and begun_at > visit.begun_at:
        check_kept_times(conn, visit, begun_at, None, unsettled=True)
    conn.execute(
        "UPDATE visit SET setting = %s, med_type = %s, dise_codg = %s, detail = detail || %s,"
        " diagnoses = %s, begun_at = COALESCE(%s, begun_at) WHERE owner = %s AND mdtrt_id = %s",
        (
            setting,
            med_type,
            dise_codg,
            jsonb(detail),
            jsonb(merge(visit.diagnoses, diagnoses, ON_ARRIVAL)),
            begun_at,
            visit.owner,
            visit.mdtrt_id,
        ),
    )


def cancel_visit(conn: Conn, visit: Visit) -> None:
    """Cancel a registration (2202); Refusal 2112, 2114, 2115, 2117."""
    visit = reload_locked(conn, visit)
    check_outpatient(visit)
    refuse_with_lines(conn, visit)
    set_status(conn, visit, CANCELLED)


def check_institution(institution: Institution, setting: int) -> None:
    """Refusal 2101 for a suspended designation, 2102 for the wrong kind of institution."""
    if not institution.active:
        raise refusal(INSTITUTION_INACTIVE)
    is_pharmacy = institution.kind == PHARMACY_KIND
    if (is_pharmacy and setting == INPATIENT) or (not is_pharmacy and setting == PHARMACY):
        raise refusal(INSTITUTION_KIND)


def check_outpatient(visit: Visit) -> None:
    """Refusal 2112 for a cancelled visit, 2117 for a stay."""
    if visit.setting == INPATIENT:
        raise refusal(IS_A_STAY)
    if visit.status == CANCELLED:
        raise refusal(VISIT_CANCELLED)


def refuse_with_lines(conn: Conn, visit: Visit) -> None:
    """Refusal 2115 when settled lines are there, 2114 when others are."""
    batches, settled = count_batches(conn, visit)
    if settled:
        raise refusal(VISIT_SETTLED)
    if batches:
        raise refusal(VISIT_HAS_LINES)


def count_batches(conn: Conn, visit: Visit) -> tuple[int, int]:
    """Uploaded batches of a visit, and how many of them are settled."""
    row = conn.execute(
        "SELECT count(*), count(settled_by) FROM fee_batch WHERE owner = %s AND mdtrt_id = %s",
        (visit.owner, visit.mdtrt_id),
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def check_not_future(moment: dt.datetime, now: dt.datetime) -> None:
    """Refusal 2145 for a moment further ahead than a wrong clock explains."""
    if moment > now + CLOCK_TOLERANCE:
        raise refusal(TIME_IN_FUTURE)


def set_status(conn: Conn, visit: Visit, status: int) -> None:
    """Move a visit to another state."""
    conn.execute(
        "UPDATE visit SET status = %s WHERE owner = %s AND mdtrt_id = %s",
        (status, visit.owner, visit.mdtrt_id),
    )
