# SPDX-License-Identifier: Apache-2.0
"""Days at the edge: admissions, statements and refusals with a clock that the test moves."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from gateway_world import (
    CITY,
    HOSPITAL,
    PHARMACY,
    City,
    Patient,
    admission,
    bought,
    build,
    close,
    leaving,
    line,
    purchase,
    voucher,
)

from gongji.members import people
from gongji.members import services as members
from gongji.members.people import Coverage
from gongji.runtime import migrate


@pytest.fixture(scope="module")
def city(pg_server: Any) -> Iterator[City]:
    """A platform whose clock can be moved; audited clean at the end."""
    name = pg_server.create()
    url = pg_server.url_of(name)
    migrate.migrate(url)
    made = build(url)
    try:
        yield made
        made.assert_clean()
    finally:
        close(made)
        pg_server.drop(name)


def sale(p: Patient, yuan: str, moment: str) -> dict[str, Any]:
    row = bought(det_item_fee_sumamt=yuan, cnt="1", pric=yuan, fee_ocur_time=moment)
    return purchase(p, row, begntime=moment)


def told(info: dict[str, Any]) -> list[int]:
    """The reason of each giver."""
    return [one["reason"] for one in json.loads(info["exp_content"])["payers"]]


def test_bound_between_discharge_and_bill(city: City) -> None:
    """Discharged on 1 March, authorised from 2 March, settled on 2 March: the giver pays."""
    city.clock.set("2026-03-02 10:00")
    giver, patient = city.person(current=500_000), city.person(insutype=390)
    city.authorise(giver, patient, valid_from=dt.date(2026, 3, 2))
    stay = city.ok("2401", admission(patient, ipt_no="B1"))["result"]["mdtrt_id"]
    moment = "2026-02-25 09:00:00"
    row = line(patient, stay, det_item_fee_sumamt="2000.00", cnt="1", pric="2000.00", med_type="21")
    city.ok("2301", {"feedetail": [{**row, "fee_ocur_time": moment}]})
    city.ok("2402", leaving(patient, stay, endtime="2026-03-01 09:00:00"))
    info = city.ok("2304", stay_bill(patient, stay, "2000.00"))["setlinfo"]
    assert told(info) == [0]
    assert info["psn_cash_pay"] == 0
    assert info["acct_mulaid_pay"] > 0


def stay_bill(p: Patient, stay: str, yuan: str) -> dict[str, Any]:
    return {
        "data": {
            **voucher(p),
            "medfee_sumamt": yuan,
            "psn_setlway": "01",
            "mdtrt_id": stay,
            "insutype": p.insutype,
            "mid_setl_flag": "0",
            "acct_used_flag": "1",
        }
    }


def test_a_new_relation_during_a_stay(city: City) -> None:
    """Retired from 1 April; the old relation was not even closed. 85 % of 3,000.00 - 800.00."""
    city.clock.set("2026-04-10 10:00")
    patient = city.person(current=0)
    (old,) = members.load_coverages(city.conn, [patient.owner])[patient.owner]
    began = dt.date(2026, 4, 1)
    new = replace(old, coverage_no=2, begun=began, retired=True, psn_type="21")
    members.add_coverage(city.conn, patient.owner, new)
    city.conn.commit()
    asked = admission(patient, ipt_no="B2", begntime="2026-03-20 08:00:00")
    stay = city.ok("2401", asked)["result"]["mdtrt_id"]
    row = line(patient, stay, det_item_fee_sumamt="3000.00", cnt="1", pric="3000.00", med_type="21")
    city.ok("2301", {"feedetail": [{**row, "fee_ocur_time": "2026-03-20 09:00:00"}]})
    city.ok("2402", leaving(patient, stay, endtime="2026-04-05 10:00:00"))
    info = city.ok("2304", stay_bill(patient, stay, "3000.00"))["setlinfo"]
    assert (info["psn_type"], info["fund_pay_sumamt"]) == ("21", 1870)
    shown = city.ok("1101", {"data": {**voucher(patient), "psn_cert_type": "01"}})["insuinfo"]
    assert [one["psn_type"] for one in shown] == ["11", "21"]  # the one that counts comes last


def test_refused_days_of_service(city: City) -> None:
    city.clock.set("2026-07-01 10:00")
    patient = city.person(current=100_000)
    for moment, number, word in (
        ("2024-12-31 10:00:00", 3116, "零星报销"),
        ("2026-07-02 09:00:00", 3115, "还没有到"),
    ):
        for infno in ("2101", "2102"):
            reply = city.ask(infno, sale(patient, "50.00", moment), code=PHARMACY)
            assert reply["err_msg"].startswith(f"[{number}]")
            assert word in reply["err_msg"]
    assert city.balance(patient) == (100_000, 0)
    members.set_status(city.conn, patient.owner, 1, people.PAUSED, dt.date(2026, 6, 1))
    members.set_status(city.conn, patient.owner, 1, people.INSURED, dt.date(2026, 7, 1))
    city.conn.commit()
    inside = sale(patient, "50.00", "2026-06-30 09:00:00")
    assert city.refused("2102", inside, code=PHARMACY) == 3107
    city.ok("2102", sale(patient, "50.00", "2026-07-01 09:00:00"), code=PHARMACY)


def compared(city: City, day: str, *rows: list[str]) -> list[list[str]]:
    """3202: the rows of the answer."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rows.txt", "\n".join("\t".join(row) for row in rows))
    content = base64.b64encode(packed.getvalue()).decode()
    sent = {"in": content, "filename": "a.zip", "fixmedins_code": PHARMACY}
    number = city.ok("9101", {"fs_upload_in": sent}, code=PHARMACY)["file_qury_no"]
    amounts = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "cash_payamt", "fixmedins_setl_cnt")
    asked = {
        "insutype": "310",
        "clr_type": "41",
        "setl_optins": "360199",
        "stmt_begndate": day,
        "stmt_enddate": day,
        "file_qury_no": str(number),
        **dict.fromkeys(amounts, "0"),
    }
    answer = city.ok("3202", {"data": asked}, code=PHARMACY)["fileinfo"]["file_qury_no"]
    wanted = {"file_qury_no": answer, "filename": "x", "fixmedins_code": PHARMACY}
    message = city.message("9102", {"fsDownloadIn": wanted}, code=PHARMACY)
    reply = city.gateway.handle_now(json.dumps(message).encode(), trusted=True)
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return [row.split("\t") for row in text.splitlines()]


def test_a_bill_of_the_evening_before_is_found(city: City) -> None:
    city.clock.set("2026-03-08 23:59:58")
    patient = city.person(current=100_000)
    asked = sale(patient, "30.00", "2026-03-08 23:59:00")
    info = city.ok("2102", asked, code=PHARMACY)["setlinfo"]
    city.clock.set("2026-03-09 09:00:00")
    row = [info["setl_id"], info["mdtrt_id"], patient.psn_no, "30.00", "0.00", "30.00", "0"]
    (found,) = compared(city, "2026-03-09", row)
    assert found[4] == "0"
    assert "2026-03-08" in found[6]
    assert "无需冲正" in found[6]
    # Other figures differ as on any day; a repeated row and an unknown one are still told.
    wrong = [*row[:3], "31.00", *row[4:]]
    unknown = ["999", *row[1:]]
    first, second, third = compared(city, "2026-03-09", wrong, row, unknown)
    assert "2026-03-08" in first[6]
    assert "金额为中心数据" in first[6]
    assert first[4] != "0"
    assert second[6] == third[6] == "中心无此结算或重复上传"


def test_the_coverage_of_a_reply_is_of_the_day(city: City) -> None:
    """A registration under a relation that began later is kept from the day on which it counts."""
    city.clock.set("2026-07-01 10:00")
    patient = city.person(current=0)
    facts = (2, 310, CITY, "11", False, people.INSURED, False, 0, False, 0)
    began = dt.date(2026, 6, 1)
    members.add_coverage(city.conn, patient.owner, Coverage(*facts, began, None, None))
    city.conn.commit()
    found = {}
    for number, moment in (("D1", "2026-05-20 08:00:00"), ("D2", "2026-06-20 08:00:00")):
        asked = admission(patient, ipt_no=number, begntime=moment)
        stay = city.ok("2401", asked, code=HOSPITAL)["result"]["mdtrt_id"]
        city.ok("2402", leaving(patient, stay, endtime=moment.replace("08:", "20:")))
        row = city.conn.execute(
            "SELECT coverage_no FROM visit WHERE owner = %s AND mdtrt_id = %s",
            (patient.owner, int(stay)),
        ).fetchone()
        city.conn.commit()
        found[number] = row[0]
    assert found == {"D1": 1, "D2": 2}
