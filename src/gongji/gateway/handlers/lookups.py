# SPDX-License-Identifier: Apache-2.0
"""Reading back: visits (5201), diagnoses (5202), a settlement (5203), its lines (5204), yearly
sums for a month that can be asked for (5206; the sums themselves are in ``people``)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gongji.care import services as care
from gongji.care.visits import CANCELLED, DISCHARGED, Visit
from gongji.gateway import errors
from gongji.gateway.call import Call, settlement_id, visit_id
from gongji.gateway.envelope import civil, civil_moment
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import (
    BOTH,
    CLOCK_TOLERANCE,
    Conn,
    Handler,
    load_visit,
    owner_of,
)
from gongji.gateway.handlers.people import year_sums
from gongji.gateway.lines import stored_values
from gongji.gateway.people import Identity, identity_of
from gongji.gateway.reading import read_moment
from gongji.gateway.replies import Values, age, hospital_level, setldetail, setlinfo, shaped
from gongji.kernel.benefit import INPATIENT
from gongji.members import services as members
from gongji.members.people import Coverage, Person
from gongji.settlement import queries
from gongji.settlement.records import REVERSED, Record

RANGE_DAYS_MAX = 1100  # of one 5201
PAY_AT_INSTITUTION = "2"
CUM_YM = "cum_ym（累计年月）"


def _end(text: str) -> dt.datetime:
    """The end of a range; a plain date means its last second."""
    moment = civil_moment(text)
    if text.endswith(" 00:00:00"):
        moment += dt.timedelta(days=1, seconds=-1)
    return moment


def visits(call: Call, conn: Conn) -> Any:
    """5201: visits of the person at the asking institution."""
    row = call.one()
    begin, end = civil_moment(row["begntime"]), _end(row["endtime"])
    if begin > end:
        raise refusal(
            errors.TIMES_REVERSED,
            first="begntime（开始时间）",
            second="endtime（结束时间）",
            name="begntime",
        )
    if end - begin > dt.timedelta(days=RANGE_DAYS_MAX):
        raise refusal(errors.RANGE_TOO_LONG, days=RANGE_DAYS_MAX)
    owner = owner_of(call, conn, row)
    person = members.load_person(conn, call.platform.box, owner)
    found = care.visits_of(
        conn,
        owner,
        institution_id=call.institution.institution_id,
        begin=begin,
        end=end,
        med_type=row["med_type"],
        mdtrt_id=visit_id(row) if "mdtrt_id" in row else None,
    )
    rows = [_visit(person, one) for one in found if one.status != CANCELLED]
    return {"mdtrtinfo": [shaped("5201", "mdtrtinfo", one, call.dialect) for one in rows]}


def _coverage(person: Person, number: int) -> Coverage | None:
    return next((c for c in person.coverages if c.coverage_no == number), None)


def _visit(person: Person, visit: Visit) -> Values:
    coverage = _coverage(person, visit.coverage_no)
    end = visit.ended_at or visit.begun_at
    values: Values = {k: v for k, v in visit.detail.items() if isinstance(v, str | int)}
    values.update(
        mdtrt_id=str(visit.mdtrt_id),
        psn_no=person.psn_no,
        psn_cert_type=person.cert_type,
        certno=person.certno,
        psn_name=person.name,
        gend=str(person.sex),
        naty=person.nation,
        brdy=person.birth.isoformat(),
        age=age(person.birth, visit.begun_at.date()),
        insutype=str(visit.insutype),
        psn_type=coverage.psn_type if coverage else "",
        maf_psn_flag="1" if coverage and coverage.aid_class else "0",
        cvlserv_flag="1" if coverage and coverage.civil_servant else "0",
        flxempe_flag="1" if coverage and coverage.flexible else "0",
        insu_optins=f"{visit.insured_area:06d}",
        emp_name=(coverage.employer or None) if coverage else None,
        begntime=civil(visit.begun_at),
        endtime=civil(end),
        med_type=visit.med_type,
        ipt_otp_no=visit.ipt_otp_no,
        dise_codg=visit.dise_codg or None,
    )
    if visit.setting == INPATIENT:
        values["inhosp_stas"] = "0" if visit.status == DISCHARGED else "1"
        values["ipt_days"] = max(1, (end.date() - visit.begun_at.date()).days)
    return values


def diagnoses(call: Call, conn: Conn) -> Any:
    """5202."""
    row = call.one()
    owner = owner_of(call, conn, row)
    visit = load_visit(call, conn, row, owner)
    rows = [
        {
            "diag_info_id": f"{visit.mdtrt_id}{number:04d}",
            "mdtrt_id": str(visit.mdtrt_id),
            "psn_no": row["psn_no"],
            "inout_diag_type": str(one.get("in_out", 1)),
            "diag_type": one.get("kind"),
            "maindiag_flag": "1" if one.get("main") else "0",
            "diag_srt_no": one.get("sort_no"),
            "diag_code": one.get("code"),
            "diag_name": one.get("name"),
            "adm_cond": one.get("condition") or None,
            "diag_dept": one.get("dept"),
            "dise_dor_no": one.get("doctor_no"),
            "dise_dor_name": one.get("doctor_name"),
            "diag_time": one.get("time"),
        }
        for number, one in enumerate(visit.diagnoses, 1)
    ]
    return {"diseinfo": [shaped("5202", "diseinfo", one, call.dialect) for one in rows]}


def _record(call: Call, conn: Conn, owner: int) -> Record:
    row = call.one()
    setl_id = settlement_id(row)
    record = queries.record_of(conn, owner, setl_id)
    here = call.institution.institution_id
    if record is None or record.institution_id != here or record.mdtrt_id != visit_id(row):
        raise refusal(errors.SETTLEMENT_NOT_HERE, setl_id=setl_id)
    return record


def settlement(call: Call, conn: Conn) -> Any:
    """5203: one settlement as it was made."""
    owner = owner_of(call, conn, call.one())
    record = _record(call, conn, owner)
    person = members.load_person(conn, call.platform.box, owner)
    visit = care.load_visit(conn, owner, record.mdtrt_id)
    values = _settled(call, record, identity_of(person))
    coverage = _coverage(person, record.body.coverage_no)
    values.update(
        flxempe_flag="1" if coverage and coverage.flexible else "0",
        emp_name=(coverage.employer or None) if coverage else None,
        begndate=civil(visit.begun_at)[:10],
        enddate=civil(visit.ended_at or visit.begun_at)[:10],
        dise_codg=visit.dise_codg or None,
        dise_name=visit.detail.get("dise_name"),
        mdtrt_cert_type=visit.detail.get("mdtrt_cert_type"),
    )
    return {
        "setlinfo": shaped("5203", "setlinfo", values, call.dialect),
        "setldetail": setldetail(record, call.dialect),
    }


def _settled(call: Call, record: Record, person: Identity) -> Values:
    one = call.institution
    values = setlinfo(call, record, person)
    values.update(
        insu_optins=f"{record.insured_area:06d}",
        pay_loc=PAY_AT_INSTITUTION,
        fixmedins_code=one.code,
        fixmedins_name=one.name,
        hosp_lv=hospital_level(one, call.dialect),
        fixmedins_poolarea=f"{one.area:06d}",
        psn_pay=values["psn_part_amt"],
        cash_payamt=values["psn_cash_pay"],
        refd_setl_flag="1" if record.kind == REVERSED else "0",
        year=f"{record.service_date.year:04d}",
        invono=record.body.invono or None,
        pref_fund_pay=values["oth_pay"],
    )
    return values


def lines(call: Call, conn: Conn) -> Any:
    """5204: the lines of a settlement, or of a whole visit; a bare array."""
    row = call.one()
    owner = owner_of(call, conn, row)
    visit = load_visit(call, conn, row, owner)
    batch: str | None = None
    settled_by: int | None = None
    setl_id = row.get("setl_id", "")
    if setl_id:
        record = _record(call, conn, owner)
        if visit.setting == INPATIENT:
            settled_by = record.setl_id
        else:
            batch = record.chrg_bchno
    shown = []
    for stored in care.lines_of(conn, owner, visit.mdtrt_id, batch):
        if settled_by is not None and stored.settled_by != settled_by:
            continue
        values = stored_values(stored.line, call.dialect)
        values.update(
            mdtrt_id=str(visit.mdtrt_id), setl_id=setl_id or None, med_type=visit.med_type
        )
        shown.append(shaped("5204", "", values, call.dialect))
    return shown


def sums(call: Call, conn: Conn) -> Any:
    """5206; Refusal 4046 for a cum_ym that is no month (a year alone will do), 4073 for a year
    to come. Later months of this year pass: the sums are those of the year."""
    month = call.one().get("cum_ym", "")
    if month:
        try:
            if len(month) not in (4, 6):
                raise ValueError("neither yyyyMM nor yyyy")
            first = read_moment(f"{month}0101" if len(month) == 4 else f"{month}01")
            if first is None:
                raise ValueError("the year 1")
        except ValueError:
            raise refusal(
                errors.DATE_UNREADABLE, field=CUM_YM, name="cum_ym", expected="yyyyMM"
            ) from None
        if first.year > (call.now + CLOCK_TOLERANCE).year:
            raise refusal(errors.TIME_IN_FUTURE, field=CUM_YM, name="cum_ym")
    return year_sums(call, conn)


HANDLERS: dict[str, Handler] = {
    "5201": Handler(BOTH, visits),
    "5202": Handler(BOTH, diagnoses),
    "5203": Handler(BOTH, settlement),
    "5204": Handler(BOTH, lines),
    "5206": Handler(BOTH, sums),
}
