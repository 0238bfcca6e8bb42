# SPDX-License-Identifier: Apache-2.0
"""Prescriptions at pharmacies, filings of chronic diseases, and care that is not for men.

Nanchang: outpatient deductible 300 a year; 55 % at a hospital of level 3, 65 % at a pharmacy;
class I without deductible, 85 % at level 3, 95 % at level 1.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from gateway_world import (
    HOSPITAL,
    PHARMACY,
    City,
    Patient,
    admission,
    bill,
    bought,
    correction,
    description,
    line,
    purchase,
    registration,
    voucher,
)

from gongji.kernel.reasons import FILING_NOT_IN_FORCE, NO_PRESCRIPTION
from gongji.members.idcard import FEMALE, MALE

DIALYSIS = "M07801"
WITHOUT = {"rxno": "", "rx_circ_flag": "0"}


def row(number: int, yuan: str, **more: Any) -> dict[str, Any]:
    return bought(number, det_item_fee_sumamt=yuan, cnt="1", pric=yuan, **more)


def paid(info: dict[str, Any]) -> tuple[str, ...]:
    """Bill, fund, deductible, accounts, cash."""
    names = ("medfee_sumamt", "fund_pay_sumamt", "act_pay_dedc", "acct_pay", "psn_cash_pay")
    return tuple(f"{info[name]:.2f}" for name in names)


def about_fund(info: dict[str, Any]) -> list[tuple[int, float]]:
    told = json.loads(info["exp_content"]).get("fund", [])
    return [(one["reason"], one["amount"]) for one in told]


def bought_for(city: City, p: Patient, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A purchase tried and settled; both say the same."""
    trial = city.ok("2101", purchase(p, *rows, **more), code=PHARMACY)["setlinfo"]
    done = city.ok("2102", purchase(p, *rows, **more), code=PHARMACY)["setlinfo"]
    assert paid(trial) == paid(done)
    assert about_fund(trial) == about_fund(done)
    return done


def test_the_fund_pays_at_a_pharmacy_only_on_a_prescription(city: City) -> None:
    p = city.person(current=100_000)
    info = bought_for(city, p, row(1, "400.00", **WITHOUT))
    assert paid(info) == ("400.00", "0.00", "0.00", "400.00", "0.00")
    assert info["inscp_scp_amt"] == 400
    assert about_fund(info) == [(NO_PRESCRIPTION, 400.0)]
    assert "没有定点医疗机构处方" in info["exp_content"]
    # It counted toward nothing: the whole deductible is still there. (400 - 300) x 65 %.
    info = bought_for(city, p, row(1, "400.00"))
    assert paid(info) == ("400.00", "65.00", "300.00", "335.00", "0.00")
    assert about_fund(info) == []


def test_relatives_pay_without_a_prescription_too(city: City) -> None:
    p, wife = city.person(current=2_000), city.person(current=50_000)
    city.authorise(wife, p, 10)
    info = bought_for(city, p, row(1, "100.00", **WITHOUT))
    assert paid(info) == ("100.00", "0.00", "0.00", "100.00", "0.00")
    assert info["acct_mulaid_pay"] == 80


def test_each_row_has_a_prescription_or_none(city: City) -> None:
    p = city.person(current=100_000)
    info = bought_for(city, p, row(1, "400.00"), row(2, "100.00", **WITHOUT))
    assert paid(info) == ("500.00", "65.00", "300.00", "435.00", "0.00")
    assert about_fund(info) == [(NO_PRESCRIPTION, 100.0)]
    undo = {"data": {"psn_no": p.psn_no, **{k: info[k] for k in ("setl_id", "mdtrt_id")}}}
    back = city.ok("2103", undo, code=PHARMACY)["setlinfo"]
    assert paid(back) == ("-500.00", "-65.00", "-300.00", "-435.00", "0.00")
    # The reversal gave the deductible back as well.
    assert paid(bought_for(city, p, row(1, "400.00")))[1:3] == ("65.00", "300.00")


@pytest.mark.parametrize(
    ("flag", "number", "fund"), [("1", "CF1", "65.00"), ("1", " ", "0.00"), ("0", "CF1", "0.00")]
)
def test_a_prescription_is_stated_and_named(city: City, flag: str, number: str, fund: str) -> None:
    p = city.person(current=100_000)
    info = bought_for(city, p, row(1, "400.00", rx_circ_flag=flag, rxno=number))
    assert paid(info)[1] == fund


@pytest.mark.parametrize(("marks", "fund"), [({}, "0.00"), ({"rx_circ_flag": "1"}, "65.00")])
def test_a_visit_to_a_pharmacy_asks_for_it_as_well(
    city: City, marks: dict[str, str], fund: str
) -> None:
    p = city.person(current=100_000)
    number = city.ok("2201", registration(p), code=PHARMACY)["data"]["mdtrt_id"]
    city.ok("2203A", description(p, number, "41"), code=PHARMACY)
    one = line(p, number, det_item_fee_sumamt="400.00", cnt="1", pric="400.00", **marks)
    city.ok("2204", {"feedetail": [one]}, code=PHARMACY)
    asked = bill(p, number, "400.00", med_type="41")
    trial = city.ok("2206", asked, code=PHARMACY)["setlinfo"]
    done = city.ok("2207", asked, code=PHARMACY)["setlinfo"]
    assert paid(trial)[1] == paid(done)[1] == fund


def visit(city: City, p: Patient, med_type: str, disease: str = "") -> dict[str, Any]:
    """A visit of 1,000.00 at a hospital of level 3, tried and settled."""
    number = city.ok("2201", registration(p, city.msgid()[-8:]))["data"]["mdtrt_id"]
    more = {"dise_codg": disease, "dise_name": "病种"} if disease else {}
    city.ok("2203A", description(p, number, med_type, **more))
    one = line(p, number, det_item_fee_sumamt="1000.00", cnt="1", pric="1000.00")
    city.ok("2204", {"feedetail": [one]})
    asked = bill(p, number, "1000.00", med_type=med_type)
    trial, done = city.ok("2206", asked)["setlinfo"], city.ok("2207", asked)["setlinfo"]
    assert paid(trial) == paid(done)
    assert about_fund(trial) == about_fund(done)
    return done


ORDINARY = ("1000.00", "385.00", "300.00", "615.00", "0.00")
FIRST_CLASS = ("1000.00", "850.00", "0.00", "150.00", "0.00")
PERIODS = {
    "in force": (dt.date(2026, 3, 2), dt.date(2026, 3, 2), FIRST_CLASS),
    "ended the day before": (dt.date(2020, 1, 1), dt.date(2026, 3, 1), ORDINARY),
    "begins tomorrow": (dt.date(2026, 3, 3), None, ORDINARY),
}


@pytest.mark.parametrize("period", PERIODS)
def test_a_filing_counts_on_its_days(city: City, period: str) -> None:
    begun, ended, expected = PERIODS[period]
    p = city.person(current=100_000)
    city.chronic(p, DIALYSIS, 1, begun, ended)
    info = visit(city, p, "14", DIALYSIS)
    assert paid(info) == expected
    told = [] if expected == FIRST_CLASS else [(FILING_NOT_IN_FORCE, 1000.0)]
    assert about_fund(info) == told
    shown = city.ok("5301", {"data": {"psn_no": p.psn_no}})["feedetail"]
    assert [one["opsp_dise_code"] for one in shown] == [DIALYSIS] * (expected == FIRST_CLASS)


@pytest.mark.parametrize("disease", ["", "M03900"])
def test_what_is_not_filed_is_never_a_class(city: City, disease: str) -> None:
    """No disease code, or another one than the filed: ordinary care, not class II."""
    p = city.person(current=100_000)
    city.chronic(p, DIALYSIS, 1)
    assert paid(visit(city, p, "14", disease)) == ORDINARY
    assert paid(visit(city, city.person(current=100_000), "11")) == ORDINARY


def test_a_disease_filed_anew_has_its_new_class(city: City) -> None:
    p = city.person(current=100_000)
    city.chronic(p, DIALYSIS, 2, dt.date(2020, 1, 1), dt.date(2025, 12, 31))
    city.chronic(p, DIALYSIS, 1, dt.date(2026, 1, 1), None)
    assert paid(visit(city, p, "14", DIALYSIS)) == FIRST_CLASS


def test_a_filed_disease_at_a_pharmacy(city: City) -> None:
    """Class I, 95 % from the first fen; in Jiangxi the filing stands for the prescription."""
    p, other = city.person(current=10_000), city.person(current=10_000)
    city.chronic(p, DIALYSIS, 1)
    one, more = row(1, "100.00", **WITHOUT), {"med_type": "14", "dise_codg": DIALYSIS}
    assert paid(bought_for(city, p, one, **more)) == ("100.00", "95.00", "0.00", "5.00", "0.00")
    # Not filed: an ordinary purchase, so the prescription is asked for.
    info = bought_for(city, other, one, **more)
    assert paid(info) == ("100.00", "0.00", "0.00", "100.00", "0.00")
    assert about_fund(info) == [(NO_PRESCRIPTION, 100.0), (FILING_NOT_IN_FORCE, 100.0)]


def entitled(city: City, p: Patient, med_type: str, code: str = HOSPITAL, **more: str) -> Any:
    """The pooled fund's row of 2001: (1 or 0, text)."""
    asked = {
        "psn_no": p.psn_no,
        "insutype": p.insutype,
        "fixmedins_code": code,
        "med_type": med_type,
        "begntime": "2026-03-02 09:00:00",
        **more,
    }
    first = city.ok("2001", {"data": asked}, code=code)["trtinfo"][0]
    return first["trt_enjymnt_flag"], first["trt_chk_rslt"] or ""


def test_entitlement_says_what_will_be_settled(city: City) -> None:
    p = city.person(sex=MALE)
    city.chronic(p, DIALYSIS, 1, dt.date(2020, 1, 1), dt.date(2026, 3, 2))
    assert entitled(city, p, "14", dise_codg=DIALYSIS) == ("1", "")
    flag, text = entitled(city, p, "14", dise_codg=DIALYSIS, begntime="2026-03-03 09:00:00")
    assert flag == "1"
    assert "没有该病种的有效备案" in text
    flag, text = entitled(city, p, "52")
    assert flag == "0"
    assert "男性" in text
    flag, text = entitled(city, p, "41", PHARMACY)
    assert flag == "1"
    assert "处方" in text


def test_childbirth_is_not_for_men(city: City) -> None:
    man, woman = city.person(sex=MALE), city.person(sex=FEMALE)
    assert city.refused("2401", admission(man, med_type="52")) == 3130
    assert city.refused("2401", admission(man, dise_codg="O80.900")) == 3130
    number = city.ok("2401", admission(man))["result"]["mdtrt_id"]
    changed = correction(man, number)
    changed["adminfo"]["med_type"] = "52"
    assert city.refused("2403", changed) == 3130
    visit_no = city.ok("2201", registration(man))["data"]["mdtrt_id"]
    assert city.refused("2203A", description(man, visit_no, "52")) == 3130
    assert city.refused("2203A", description(man, visit_no, "11", dise_codg="N80.000")) == 3130
    # A stay that came in before is stopped at its settlement.
    one = line(man, number, med_type="21", fee_ocur_time="2026-02-25 09:00:00")
    city.ok("2301", {"feedetail": [one]})
    # tidy: fault, a stay that an older release let in
    city.conn.execute("UPDATE visit SET med_type = '52' WHERE mdtrt_id = %s", (int(number),))
    city.conn.commit()
    asked = {
        **voucher(man),
        "medfee_sumamt": "100.00",
        "psn_setlway": "01",
        "mdtrt_id": number,
        "insutype": "310",
        "mid_setl_flag": "1",
        "acct_used_flag": "1",
    }
    assert city.refused("2303", {"data": asked}) == 3130
    assert city.refused("2304", {"data": asked}) == 3130
    assert city.ok("2401", admission(woman, med_type="52"))["result"]["mdtrt_id"]
    assert Decimal(0) == sum(city.balance(man))
