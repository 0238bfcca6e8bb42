# SPDX-License-Identifier: Apache-2.0
"""The person (1101), entitlement (2001), yearly sums (5206), chronic filings (5301)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from gongji.care.institutions import PHARMACY_KIND
from gongji.care.med_types import setting_of
from gongji.gateway import codes, errors
from gongji.gateway.call import Call
from gongji.gateway.checking import Row
from gongji.gateway.envelope import civil_moment, encode_json, yuan
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import (
    BOTH,
    Conn,
    Handler,
    check_region,
    owner_of,
    patient,
)
from gongji.gateway.people import agree, identity_of, same_region
from gongji.gateway.replies import Values, age, age_tenths, shaped
from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.kernel.errors import Refusal
from gongji.kernel.reasons import FILING_NOT_IN_FORCE, sentence
from gongji.members import services as members
from gongji.members.people import (
    AID_DESTITUTE,
    AID_ILLNESS,
    AID_LOW_INCOME,
    AID_MARGINAL,
    AID_MONITORED,
    INSURED,
    NOT_INSURED,
    ChronicFiling,
    Coverage,
    Person,
    coverage_for,
)
from gongji.settlement import queries
from gongji.settlement.entitling import Care, benefit_of, is_unfiled

# Classes of medical aid as psn_idet_type (Hunan edition; the national one has one code for all).
_AID_CODES = {
    AID_DESTITUTE: "2304",
    AID_LOW_INCOME: "2303",
    AID_MARGINAL: "2305",
    AID_MONITORED: "2302",
    AID_ILLNESS: "2306",
}
_AID_NATIONAL = "06"
_ON_PRESCRIPTION = "凭定点医疗机构处方购药才付；没有处方的由个人账户和家庭共济付。"
_AID_OPEN = "可由授权亲属的个人账户支付"

# cum_type_code of 5206: the national text names no codes; these are ours, listed in the docs.
CUM_TYPES = {
    "op_deductible_fen": "OPDEDC",
    "op_scope_fen": "OPSCP",
    "op_pooled_fen": "OPPOOL",
    "ch_deductible_fen": "CHDEDC",
    "ch_scope_fen": "CHSCP",
    "ch_pooled_fen": "CHPOOL",
    "ip_deductible_fen": "IPDEDC",
    "ip_scope_fen": "IPSCP",
    "ip_pooled_fen": "IPPOOL",
    "large_paid_fen": "LARGE",
    "serious_base_fen": "SERBASE",
    "serious_paid_fen": "SERPAID",
    "subsidy_paid_fen": "SUBSIDY",
    "aid_base_fen": "AIDBASE",
    "aid_paid_fen": "AIDPAID",
}


def person_info(call: Call, conn: Conn) -> Any:
    """1101: the person, the insurance relations and special identities."""
    row = call.one()
    _check_named(row)
    person = call.people.find(conn, row)
    if person is None:
        stated = call.request.text("insuplc_admdvs")
        away = stated.isdigit() and not same_region(int(stated), call.institution.area)
        raise (
            refusal(errors.PERSON_FOREIGN, area=stated) if away else refusal(errors.VOUCHER_UNKNOWN)
        )
    identity = identity_of(person)
    agree(identity, row)
    call.people.keep(identity, call.now)
    check_region(call, tuple(c.area for c in person.coverages))
    day = civil_moment(row["begntime"]).date() if "begntime" in row else call.now.date()
    day = min(day, call.now.date())
    balance = queries.own_balance(conn, person.owner)
    output = {
        "baseinfo": _base(call, person, balance),
        "insuinfo": [
            shaped("1101", "insuinfo", _relation(c, day, balance), call.dialect)
            for c in sorted(person.coverages, key=lambda c: _rank(c, day))
        ],
        "idetinfo": [
            shaped("1101", "idetinfo", _special(call, c), call.dialect)
            for c in person.coverages
            if c.aid_class
        ],
    }
    return [output] if call.dialect.person_output == "array" else output


def _check_named(row: Row) -> None:
    if "mdtrt_cert_no" in row or "certno" in row:
        return
    if "mdtrt_cert_type" in row:
        raise refusal(errors.VOUCHER_NUMBER_MISSING, kind=row["mdtrt_cert_type"])
    raise refusal(errors.PERSON_NOT_NAMED)


def _rank(coverage: Coverage, day: dt.date) -> tuple[bool, bool, bool, dt.date, int]:
    """The relation to settle under comes last, as people.coverage_that_counts picks it.

    One client keeps the last active 310 or 390 row, another prefers 310 wherever it stands:
    with 310 last both settle a working person under the employees' scheme.
    """
    return (
        coverage.active_on(day),
        coverage.insutype in (EMPLOYEE, RESIDENT),
        coverage.insutype == EMPLOYEE,
        coverage.begun,
        coverage.coverage_no,
    )


def _base(call: Call, person: Person, balance: tuple[int, int] | None) -> Values:
    extension = None
    if call.dialect.account_years:
        current, carried = balance or (0, 0)
        text = encode_json({"crtYearBalc": yuan(current), "calYearBalc": yuan(carried)})
        extension = text.decode()
    values: Values = {
        "psn_no": person.psn_no,
        "psn_cert_type": person.cert_type,
        "certno": person.certno,
        "psn_name": person.name,
        "gend": str(person.sex),
        "naty": person.nation,
        "brdy": person.birth.isoformat(),
        "age": age(person.birth, call.now.date()),
        "exp_content": extension,
    }
    return shaped("1101", "baseinfo", values, call.dialect)


def _relation(coverage: Coverage, day: dt.date, balance: tuple[int, int] | None) -> Values:
    amount_fen = sum(balance) if balance and coverage.insutype == EMPLOYEE else 0
    status = coverage.status
    if coverage.active_on(day):
        status = INSURED
    elif status == INSURED:
        status = NOT_INSURED
    return {
        "balc": yuan(amount_fen),
        "insutype": str(coverage.insutype),
        "psn_type": coverage.psn_type,
        "psn_insu_stas": str(status),
        "psn_insu_date": coverage.begun.isoformat(),
        "paus_insu_date": coverage.paused.isoformat() if coverage.paused else None,
        "cvlserv_flag": "1" if coverage.civil_servant else "0",
        "insuplc_admdvs": f"{coverage.area:06d}",
        "emp_name": coverage.employer or None,
    }


def _special(call: Call, coverage: Coverage) -> Values:
    code = _AID_CODES.get(coverage.aid_class, "2360")
    return {
        "psn_idet_type": _AID_NATIONAL if call.dialect.codes == "jx" else code,
        "psn_type_lv": None,
        "memo": codes.label("psn_idet_type", code),
        "begntime": f"{coverage.begun.isoformat()} 00:00:00",
        "endtime": f"{coverage.ended.isoformat()} 23:59:59" if coverage.ended else None,
    }


def entitlement(call: Call, conn: Conn) -> Any:
    """2001: one row per fund, with the reason where it does not pay."""
    row = call.one()
    setting = setting_of(row["med_type"], call.institution.kind)
    person = patient(call, conn, row)
    day = civil_moment(row["begntime"]).date()
    coverage = coverage_for(person.coverages, int(row["insutype"]), day)
    if coverage is None:
        raise refusal(errors.COVERAGE_NONE, insutype=row["insutype"])
    note = ""  # what is said of a fund that does pay
    reason = "" if coverage.active_on(day) else "参保状态不正常，不能享受待遇"
    aid_reason = reason
    if not reason:
        disease = row.get("dise_codg", "")
        asked = Care(row["med_type"], setting, disease, call.institution.kind == PHARMACY_KIND)
        filings = members.load_chronic(conn, (person.owner,)).get(person.owner, ())
        reason, aid_reason, note = _policy_reasons(call, person, coverage, asked, filings, day)
    pooled = "310100" if coverage.insutype == EMPLOYEE else "390100"
    rows = [(pooled, not reason, reason or note)]
    if coverage.insutype == EMPLOYEE:
        has_account = queries.own_balance(conn, person.owner) is not None
        rows.append(("310200", has_account, "" if has_account else "没有个人账户"))
    rows.append(("310200", not aid_reason, f"家庭共济：{aid_reason or _AID_OPEN}"))
    return {"trtinfo": [_item(call, person, coverage, *each) for each in rows]}


def _item(
    call: Call, person: Person, coverage: Coverage, fund: str, pays: bool, text: str
) -> Values:
    values: Values = {
        "psn_no": person.psn_no,
        "trt_chk_type": "01",
        "fund_pay_type": call.dialect.fund_codes.get(fund, fund),
        "trt_enjymnt_flag": "1" if pays else "0",
        "begndate": coverage.begun.isoformat(),
        "enddate": coverage.ended.isoformat() if coverage.ended else None,
        "trt_chk_rslt": text or None,
    }
    return shaped("2001", "trtinfo", values, call.dialect)


def _policy_reasons(
    call: Call,
    person: Person,
    coverage: Coverage,
    asked: Care,
    filings: Sequence[ChronicFiling],
    day: dt.date,
) -> tuple[str, str, str]:
    """Why the pooled fund and relatives' accounts may not pay here, empty where they may; and
    on what condition the fund does, empty where on none."""
    years = age_tenths(person.birth, day) // 10
    try:
        policy = call.platform.library.compiled(coverage.area, coverage.insutype, day)
        found = benefit_of(policy, asked, person.sex, filings, day)
        level, status = call.institution.level, coverage.retired
        rules = policy.benefit(found.setting, level, status, years, 1, found.visit_class)
    except Refusal as refused:
        return refused.zh, refused.zh, ""
    notes = []
    if is_unfiled(asked.med_type, found.setting):
        notes.append(sentence(FILING_NOT_IN_FORCE)[0])
    if asked.pharmacy and rules.needs_prescription:
        notes.append(_ON_PRESCRIPTION)
    aid = "" if policy.use_allowed(found.setting) else "当地政策未确认可用于此类费用"
    return "", aid, "".join(notes)


def year_sums(call: Call, conn: Conn) -> Any:
    """5206: what the year has used so far, by scheme."""
    row = call.one()
    month = row.get("cum_ym") or f"{call.now.year:04d}{call.now.month:02d}"
    owner = owner_of(call, conn, row)
    year = int(month[:4]) if month[:4].isascii() and month[:4].isdigit() else call.now.year
    return {
        "cuminfo": [
            {
                "insutype": str(scheme),
                "year": f"{of_year:04d}",
                "cum_ym": month,
                "cum_type_code": CUM_TYPES[name],
                "cum": yuan(amount_fen),
            }
            for of_year, scheme, sums in queries.accumulators_of(conn, owner, year=year)
            for name, amount_fen in sums.items()
        ]
    }


def chronic(call: Call, conn: Conn) -> Any:
    """5301: filings in force today, always an array; empty when there is none.

    The message carries no day to ask for: today is the day.
    """
    owner = owner_of(call, conn, call.one())
    today = call.now.date()
    filings = members.load_chronic(conn, (owner,)).get(owner, ())
    return {
        "feedetail": [
            {
                "opsp_dise_code": one.dise_code,
                "opsp_dise_name": one.dise_name,
                "begndate": one.begun.isoformat(),
                "enddate": one.ended.isoformat() if one.ended else None,
                "exp_content": None,
            }
            for one in filings
            if one.valid_on(today)
        ]
    }


HANDLERS: dict[str, Handler] = {
    "1101": Handler(BOTH, person_info),
    "2001": Handler(BOTH, entitlement),
    "5301": Handler(BOTH, chronic),
}
