# SPDX-License-Identifier: Apache-2.0
"""Outpatient visits: 2201-2205, trial and settlement (2206, 2207 and their A), reversal (2208)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gongji.care import services as care
from gongji.care.institutions import PHARMACY_KIND
from gongji.care.med_types import ORDINARY_OUTPATIENT, setting_of
from gongji.care.returns import StatedLine
from gongji.care.visits import Visit
from gongji.gateway import errors
from gongji.gateway.call import Call, visit_id
from gongji.gateway.checking import Row
from gongji.gateway.envelope import civil_moment
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import (
    BOTH,
    Conn,
    Handler,
    Money,
    Prepared,
    check_fee_times,
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
from gongji.gateway.lines import class_b_ratio, distinct, one_value, priced, split_rows
from gongji.gateway.people import Identity
from gongji.gateway.replies import settlement_output, shaped
from gongji.kernel.benefit import CHRONIC, INPATIENT
from gongji.members import services as members
from gongji.settlement.commands import Declared, SettleVisit
from gongji.settlement.entitling import Care, benefit_of, check_suited
from gongji.settlement.records import Record


def register(call: Call, conn: Conn) -> Any:
    """2201: opens a visit; the kind of care comes with 2203 and is ordinary until then."""
    row = call.one()
    person = patient(call, conn, row)
    begun_at = civil_moment(row["begntime"])

    def work() -> tuple[int, Any]:
        check_not_future(call, begun_at, "begntime（开始时间）", "begntime")
        coverage = coverage_for(person, row["insutype"], begun_at.date())
        check_home(call, (coverage.area,))
        mdtrt_id = care.register_visit(
            conn,
            owner=person.owner,
            institution=call.institution,
            setting=setting_of(ORDINARY_OUTPATIENT, call.institution.kind),
            med_type=ORDINARY_OUTPATIENT,
            coverage=coverage,
            begun_at=begun_at,
            ipt_otp_no=row["ipt_otp_no"],
            dise_codg="",
            detail={**kept_detail(row), "filed": filed(call, coverage, row)},
            now=call.now,
        )
        values = {
            "mdtrt_id": str(mdtrt_id),
            "psn_no": person.psn_no,
            "ipt_otp_no": row["ipt_otp_no"],
        }
        return mdtrt_id, {"data": shaped("2201", "data", values, call.dialect)}

    return once(call, conn, person.owner, work)


def cancel_registration(call: Call, conn: Conn) -> Any:
    """2202."""
    row = call.one()
    owner = owner_of(call, conn, row)

    def work() -> tuple[int, Any]:
        visit = load_visit(call, conn, row, owner)
        if visit.ipt_otp_no != row["ipt_otp_no"]:
            raise refusal(errors.VISIT_NUMBER)
        care.cancel_visit(conn, visit)
        return visit.mdtrt_id, None

    return once(call, conn, owner, work)


def details(call: Call, conn: Conn) -> Any:
    """2203, 2203A: kind of care, disease and diagnoses."""
    row = call.one("mdtrtinfo")
    person = identity(call, conn, row)
    owner = person.owner

    def work() -> tuple[int, Any]:
        visit = load_visit(call, conn, row, owner)
        _check_benefit(call, conn, row, person, visit)
        care.upload_details(
            conn,
            visit,
            row["med_type"],
            row.get("dise_codg", ""),
            kept_detail(row),
            [diagnosis(one) for one in call.rows("diseinfo")],
            call.now,
            begun_at=civil_moment(row["begntime"]),
        )
        return visit.mdtrt_id, None

    return once(call, conn, owner, work)


def _check_benefit(call: Call, conn: Conn, row: Row, person: Identity, visit: Visit) -> None:
    """Answer a description as its settlement will; Refusal 2102, 2105, 3130, 3131."""
    med_type, disease = row["med_type"], row.get("dise_codg", "")
    kind = call.institution.kind
    setting = setting_of(med_type, kind)
    if setting != CHRONIC:
        check_suited(person.sex, med_type, disease)
        return
    day = civil_moment(row["begntime"]).date()
    policy = call.platform.library.compiled(visit.insured_area, visit.insutype, day)
    filings = members.load_chronic(conn, (person.owner,)).get(person.owner, ())
    asked = Care(med_type, setting, disease, kind == PHARMACY_KIND)
    benefit_of(policy, asked, person.sex, filings, day)


def upload(call: Call, conn: Conn) -> Any:
    """2204 (a charge batch of a visit) and 2301 (lines of a stay)."""
    rows = call.rows("feedetail")
    one_value(rows, "psn_no", "人员编号")
    one_value(rows, "mdtrt_id", "就诊ID")
    stay = call.infno == "2301"
    batch = "" if stay else one_value(rows, "chrg_bchno", "收费批次号")
    if batch == care.ALL_BATCHES:
        raise refusal(errors.BATCH_RESERVED)
    distinct(rows)
    owner = owner_of(call, conn, rows[0])

    def work() -> tuple[int, Any]:
        visit = load_visit(call, conn, rows[0], owner)
        check_stay(call, visit, stay)
        check_fee_times(call, "feedetail", rows, visit.begun_at)
        kept = care.upload_lines(conn, visit, batch, _priced(call, visit, rows), call.now)
        return visit.mdtrt_id, {"result": split_rows(call.infno, "result", kept, call.dialect)}

    def again() -> Any:
        serials = {row["feedetl_sn"] for row in rows}
        stored = care.lines_of(conn, owner, visit_id(rows[0]), batch)
        lines = [one.line for one in stored if one.line.feedetl_sn in serials]
        return {"result": split_rows(call.infno, "result", lines, call.dialect)}

    return once(call, conn, owner, work, again)


def _priced(call: Call, visit: Visit, rows: list[Row]) -> list[StatedLine]:
    ratios: dict[dt.date, int | None] = {}
    lines: list[StatedLine] = []
    for number, row in enumerate(rows, 1):
        day = civil_moment(row["fee_ocur_time"]).date()
        if day not in ratios:
            ratios[day] = class_b_ratio(call, visit.insured_area, day)
        lines.append(priced(call, row, number, day, visit.insutype, ratios[day]))
    return lines


def cancel_lines(call: Call, conn: Conn) -> Any:
    """2205: one charge batch, or 0000 for all that is not settled."""
    row = call.one()
    owner = owner_of(call, conn, row)

    def work() -> tuple[int, Any]:
        visit = load_visit(call, conn, row, owner)
        batch = row["chrg_bchno"]
        care.cancel_lines(conn, visit, None if batch == care.ALL_BATCHES else batch)
        return visit.mdtrt_id, None

    return once(call, conn, owner, work)


def _build(trial: bool) -> Any:
    def build(call: Call, person: Identity, _conn: Conn | None) -> Prepared:
        row = call.one()
        check_region(call, tuple([area for _, area in person.areas]))
        med_type = row["med_type"]
        if setting_of(med_type, call.institution.kind) == INPATIENT:
            raise refusal(errors.MED_TYPE_NOT_FITTING, med_type=med_type, infno=call.infno)
        command = SettleVisit(
            call.key,
            person.owner,
            visit_id(row),
            row["chrg_bchno"],
            med_type,
            int(row["insutype"]),
            use_of(call, row),
            Declared(row["medfee_sumamt"]) if trial else declared_of(row),
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


TRIAL = Money(_build(True), _answer(True), trial=True)
SETTLEMENT = Money(_build(False), _answer(False))

HANDLERS: dict[str, Handler] = {
    "2201": Handler(BOTH, register),
    "2202": Handler(BOTH, cancel_registration),
    "2203": Handler(BOTH, details),
    "2203A": Handler(BOTH, details),
    "2204": Handler(BOTH, upload),
    "2205": Handler(BOTH, cancel_lines),
    "2206": Handler(BOTH, money=TRIAL),
    "2206A": Handler(BOTH, money=TRIAL),
    "2207": Handler(BOTH, money=SETTLEMENT),
    "2207A": Handler(BOTH, money=SETTLEMENT),
    "2208": Handler(BOTH, money=REVERSAL),
}
