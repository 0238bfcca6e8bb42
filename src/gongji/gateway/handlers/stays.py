# SPDX-License-Identifier: Apache-2.0
"""Stays: admission to discharge (2401-2405), lines (2301, 2302), settlement (2303-2305)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gongji.care import services as care
from gongji.care.errors import VISIT_SETTLED
from gongji.care.errors import refusal as care_refusal
from gongji.care.visits import Visit
from gongji.gateway import errors
from gongji.gateway.call import Call
from gongji.gateway.checking import Row
from gongji.gateway.envelope import civil_moment
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import (
    HOSPITAL,
    Conn,
    Handler,
    Money,
    Prepared,
    check_home,
    check_not_future,
    check_region,
    check_stay,
    coverage_for,
    declared_of,
    diagnosis,
    filed,
    identity,
    kept_detail,
    load_visit,
    once,
    owner_of,
    patient,
    use_of,
)
from gongji.gateway.handlers.reversals import REVERSAL
from gongji.gateway.handlers.visits import upload
from gongji.gateway.lines import one_value
from gongji.gateway.people import Identity
from gongji.gateway.replies import settlement_output, shaped
from gongji.settlement.commands import Declared, SettleVisit
from gongji.settlement.entitling import check_suited
from gongji.settlement.queries import records_of
from gongji.settlement.records import CIVIL_TIME, REVERSED, Record

ALL_LINES = "0000"


def admit(call: Call, conn: Conn) -> Any:
    """2401."""
    row = call.one("mdtrtinfo")
    person = patient(call, conn, row)
    begun_at = civil_moment(row["begntime"])

    def work() -> tuple[int, Any]:
        check_not_future(call, begun_at, "begntime（开始时间）", "begntime")
        check_suited(person.sex, row["med_type"], row.get("dise_codg", ""))
        coverage = coverage_for(person, row["insutype"], begun_at.date())
        check_home(call, (coverage.area,))
        mdtrt_id = care.admit(
            conn,
            owner=person.owner,
            institution=call.institution,
            med_type=row["med_type"],
            coverage=coverage,
            begun_at=begun_at,
            ipt_otp_no=row["ipt_no"],
            dise_codg=row.get("dise_codg", ""),
            detail={**kept_detail(row), "filed": filed(call, coverage, row)},
            diagnoses=[diagnosis(one) for one in call.rows("diseinfo")],
            now=call.now,
        )
        result = shaped("2401", "result", {"mdtrt_id": str(mdtrt_id)}, call.dialect)
        return mdtrt_id, {"result": result}

    return once(call, conn, person.owner, work)


def discharge(call: Call, conn: Conn) -> Any:
    """2402."""
    row = call.one("dscginfo")
    person = identity(call, conn, row)
    owner = person.owner

    def work() -> tuple[int, Any]:
        visit = load_visit(call, conn, row, owner)
        check_suited(person.sex, "", row.get("dise_codg", ""))
        if visit.insutype != int(row["insutype"]):
            raise refusal(errors.COVERAGE_NONE, insutype=row["insutype"])
        care.discharge(
            conn,
            visit,
            ended_at=civil_moment(row["endtime"]),
            dise_codg=row.get("dise_codg", ""),
            detail=kept_detail(row),
            diagnoses=[diagnosis(one) for one in call.rows("diseinfo")],
            now=call.now,
        )
        return visit.mdtrt_id, None

    return once(call, conn, owner, work)


def change(call: Call, conn: Conn) -> Any:
    """2403."""
    row = call.one("adminfo")
    person = identity(call, conn, row)
    owner = person.owner
    begun_at = civil_moment(row["begntime"])
    ended_at = civil_moment(row["endtime"]) if "endtime" in row else None
    if ended_at is not None and ended_at < begun_at:
        raise refusal(
            errors.TIMES_REVERSED,
            first="begntime（开始时间）",
            second="endtime（结束时间）",
            name="begntime",
        )

    def work() -> tuple[int, Any]:
        visit = load_visit(call, conn, row, owner)
        check_suited(person.sex, row["med_type"], row.get("dise_codg", ""))
        left_at = visit.ended_at and visit.ended_at.astimezone(CIVIL_TIME)
        if left_at and ended_at and left_at.date() != ended_at.date():
            _check_no_final_bill(conn, visit)
        care.change(
            conn,
            visit,
            begun_at=begun_at,
            ended_at=ended_at,
            med_type=row["med_type"],
            ipt_otp_no=row["ipt_otp_no"],
            dise_codg=row.get("dise_codg", ""),
            detail=kept_detail(row),
            diagnoses=[diagnosis(one) for one in call.rows("diseinfo")],
            now=call.now,
        )
        return visit.mdtrt_id, None

    return once(call, conn, owner, work)


def _check_no_final_bill(conn: Conn, visit: Visit) -> None:
    """Refusal 2115 while a final bill stands: its benefits are those of the day of discharge.

    It may hold no lines of its own, when interim bills have settled them all.
    """
    care.lock_patient(conn, visit.owner)  # no settlement of this patient goes on beside it
    for record in records_of(conn, visit.owner, mdtrt_id=visit.mdtrt_id):
        stands = record.kind != REVERSED and record.reversed_by is None
        if stands and not record.body.interim:
            raise care_refusal(VISIT_SETTLED)


def _undo_discharge(conn: Conn, visit: Visit) -> None:
    _check_no_final_bill(conn, visit)
    care.cancel_discharge(conn, visit)


def _undo(what: Any) -> Any:
    def run(call: Call, conn: Conn) -> Any:
        row = call.one()
        owner = owner_of(call, conn, row)

        def work() -> tuple[int, Any]:
            visit = load_visit(call, conn, row, owner)
            what(conn, visit)
            return visit.mdtrt_id, None

        return once(call, conn, owner, work)

    return run


def cancel_lines(call: Call, conn: Conn) -> Any:
    """2302: single lines, or 0000 for all that is not settled."""
    rows = call.rows("data")
    one_value(rows, "psn_no", "人员编号")
    one_value(rows, "mdtrt_id", "就诊ID")
    owner = owner_of(call, conn, rows[0])

    def work() -> tuple[int, Any]:
        visit = load_visit(call, conn, rows[0], owner)
        serials = {row["feedetl_sn"] for row in rows}
        care.cancel_stay_lines(conn, visit, None if ALL_LINES in serials else serials)
        return visit.mdtrt_id, None

    return once(call, conn, owner, work)


def _discharge(call: Call, row: Any) -> dt.date | None:
    """dscgTime of a trial: the day of the discharge that is about to be registered."""
    if "dscgTime" not in row:
        return None
    moment = civil_moment(row["dscgTime"])
    check_not_future(call, moment, "dscgTime（出院时间）", "dscgTime")
    return moment.date()


def _check_days(conn: Conn, visit: Visit, stated: Row) -> None:
    """Rows lie within the stay; Refusal 2146, 2147. A trial refuses what 2402 would."""
    if visit.ended_at is not None:
        # Discharged by a release that did not look at the days of rows.
        care.check_kept_times(conn, visit, visit.begun_at, visit.ended_at, unsettled=True)
    elif "dscgTime" in stated:
        care.check_kept_times(conn, visit, visit.begun_at, civil_moment(stated["dscgTime"]))


def _build(trial: bool) -> Any:
    def build(call: Call, person: Identity, conn: Conn | None) -> Prepared:
        row = call.one()
        check_region(call, tuple(area for _, area in person.areas))
        if conn is None:
            raise RuntimeError("a stay is read before it is settled")
        visit = load_visit(call, conn, row, person.owner)
        check_stay(call, visit, True)
        _check_days(conn, visit, row if trial else {})
        command = SettleVisit(
            key=call.key,
            owner=person.owner,
            mdtrt_id=visit.mdtrt_id,
            chrg_bchno="",
            med_type=visit.med_type,  # these messages carry none
            insutype=int(row["insutype"]),
            use=use_of(call, row),
            declared=Declared(row["medfee_sumamt"]) if trial else declared_of(row),
            interim=row["mid_setl_flag"] == "1",
            ends_on=_discharge(call, row) if trial else None,
            detail={"invono": row.get("invono", "")},
        )
        return Prepared(person, command)

    return build


def _answer(trial: bool) -> Any:
    def answer(call: Call, prepared: Prepared, record: Record | None) -> Any:
        if record is None:
            return None
        return settlement_output(call, record, prepared.person, trial=trial)

    return answer


TRIAL = Money(_build(True), _answer(True), needs_database=True, trial=True)
SETTLEMENT = Money(_build(False), _answer(False), needs_database=True)

HANDLERS: dict[str, Handler] = {
    "2301": Handler(HOSPITAL, upload),
    "2302": Handler(HOSPITAL, cancel_lines),
    "2303": Handler(HOSPITAL, money=TRIAL),
    "2303A": Handler(HOSPITAL, money=TRIAL),
    "2304": Handler(HOSPITAL, money=SETTLEMENT),
    "2304A": Handler(HOSPITAL, money=SETTLEMENT),
    "2305": Handler(HOSPITAL, money=REVERSAL),
    "2401": Handler(HOSPITAL, admit),
    "2402": Handler(HOSPITAL, discharge),
    "2403": Handler(HOSPITAL, change),
    "2404": Handler(HOSPITAL, _undo(care.cancel_admission)),
    "2405": Handler(HOSPITAL, _undo(_undo_discharge)),
}
