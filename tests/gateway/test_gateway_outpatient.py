# SPDX-License-Identifier: Apache-2.0
"""Outpatient cycle over the national interface, as institutions run it."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

from gateway_world import (
    DRUG_C,
    City,
    Patient,
    bill,
    description,
    line,
    registration,
    visit_with_lines,
    visits_of,
    voucher,
)

from gongji.gateway.amounts import broken_identities, broken_line
from gongji.kernel.reasons import NOTHING_LEFT_TO_PAY, PAID_ALL_ASKED, sentence


def test_cycle_with_relatives(city: City) -> None:
    child = city.person(current=0, birth=dt.date(2000, 5, 5), name="小明")
    mother = city.person(current=5_000, carried=3_000)
    city.authorise(mother, child, 20)
    out = city.ok("2201", registration(child))
    mdtrt_id = out["data"]["mdtrt_id"]
    assert city.ok("2203A", description(child, mdtrt_id)) is None
    rows = city.ok("2204", {"feedetail": line(child, mdtrt_id)})["result"]  # one object
    assert [broken_line(row) for row in rows] == [False]
    trial = city.ok("2206", bill(child, mdtrt_id))
    done = city.ok("2207", bill(child, mdtrt_id, invono="INV1"))
    for output in (trial, done):
        assert broken_identities(output["setlinfo"], output["setldetail"]) == []
    info = done["setlinfo"]
    assert trial["setlinfo"]["setl_id"] is None
    assert info["acct_mulaid_pay"] > 0
    assert info["acct_pay"] == info["acct_mulaid_pay"]
    assert info["balc"] == Decimal("0.00")
    aid = [row for row in done["setldetail"] if row["setl_proc_info"]]
    assert len(aid) == 1
    assert "共济" in aid[0]["setl_proc_info"]
    assert aid[0]["fund_payamt"] == info["acct_mulaid_pay"]
    told = json.loads(info["exp_content"], parse_float=Decimal)
    assert told["payers"][0]["giverIs"] == "父母"
    assert told["payers"][0]["amount"] == info["acct_mulaid_pay"]
    assert "张三" not in info["exp_content"]
    back = city.ok(
        "2208", {"data": {"setl_id": info["setl_id"], "mdtrt_id": mdtrt_id, "psn_no": child.psn_no}}
    )
    mirror = back["setlinfo"]
    assert mirror["medfee_sumamt"] == -info["medfee_sumamt"]
    assert mirror["pdn_cash_pay"] == mirror["psn_cash_pay"] == -info["psn_cash_pay"]
    assert mirror["setl_id"] != info["setl_id"]
    assert broken_identities(mirror, back["setldetail"]) == []
    assert city.balance(mother) == (5_000, 3_000)


def test_cash_that_accounts_may_not_pay_is_not_called_paid(city: City) -> None:
    p, wife, mother = (city.person(current=fen) for fen in (0, 100_000, 100_000))
    for giver in (wife, mother):
        city.authorise(giver, p, 10)
    mdtrt_id = city.ok("2201", registration(p))["data"]["mdtrt_id"]
    rows = [line(p, mdtrt_id), line(p, mdtrt_id, 2, med_list_codg=DRUG_C)]
    city.ok("2204", {"feedetail": rows})
    info = city.ok("2207", bill(p, mdtrt_id, "200.00"))["setlinfo"]
    assert info["psn_cash_pay"] == info["fulamt_ownpay_amt"] == 100
    told = json.loads(info["exp_content"])["payers"]
    assert [one["reason"] for one in told] == [PAID_ALL_ASKED, NOTHING_LEFT_TO_PAY]
    for one in told:
        assert "个人账户可以付的部分已付清" in one["text"]
    # The mother has money and the wife's went first: another place in the order would use it.
    assert told[0]["text"] == sentence(PAID_ALL_ASKED, cash_left=True)[0]
    assert told[1]["text"].endswith("把顺序调到前面就会先用。")
    city.ok("2201", registration(p, "OTP2"))
    wholly = city.ok("2207", bill(p, visit_with_lines(city, p)))["setlinfo"]
    assert wholly["psn_cash_pay"] == 0
    told = json.loads(wholly["exp_content"])["payers"]
    assert told[0]["text"] == sentence(PAID_ALL_ASKED)[0]
    assert told[1]["text"] == sentence(NOTHING_LEFT_TO_PAY, movable=True)[0]


def test_no_other_place_is_advised_where_the_own_account_paid_all(city: City) -> None:
    p, wife = city.person(current=100_000), city.person(current=100_000)
    city.authorise(wife, p, 10)
    info = city.ok("2207", bill(p, visit_with_lines(city, p)))["setlinfo"]
    assert (info["acct_pay"], info["acct_mulaid_pay"]) == (100, 0)
    (told,) = json.loads(info["exp_content"])["payers"]
    assert (told["order"], told["reason"]) == (1, NOTHING_LEFT_TO_PAY)
    assert told["text"] == "轮到这个账户时已没有要付的钱，不用再做什么。"


def test_no_other_place_is_advised_to_a_giver_without_money(city: City) -> None:
    p, wife, mother = (city.person(current=fen) for fen in (0, 100_000, 0))
    for giver in (wife, mother):
        city.authorise(giver, p, 10)
    info = city.ok("2207", bill(p, visit_with_lines(city, p)))["setlinfo"]
    told = json.loads(info["exp_content"])["payers"][1]
    assert told["reason"] == NOTHING_LEFT_TO_PAY
    assert "前面" not in told["text"]


def test_goods_that_no_account_pays_are_due_in_cash(city: City) -> None:
    p, wife = city.person(current=100_000), city.person(current=100_000)
    city.authorise(wife, p, 10)
    mdtrt_id = city.ok("2201", registration(p))["data"]["mdtrt_id"]
    city.ok("2204", {"feedetail": [line(p, mdtrt_id, med_list_codg=DRUG_C)]})
    info = city.ok("2207", bill(p, mdtrt_id))["setlinfo"]
    assert info["psn_cash_pay"] == 100
    (told,) = json.loads(info["exp_content"])["payers"]
    assert told["text"] == "这些费用不能用个人账户付，请付现金。"


def test_trial_shows_what_the_settlement_gives(city: City) -> None:
    p = city.person(current=100_000)
    mdtrt_id = visit_with_lines(city, p)
    trial = city.ok("2206A", bill(p, mdtrt_id))["setlinfo"]
    info = city.ok(
        "2207A",
        {
            "data": {
                **bill(p, mdtrt_id)["data"],
                "fulamt_ownpay_amt": str(trial["fulamt_ownpay_amt"]),
                "overlmt_selfpay": "0",
                "preselfpay_amt": "0.00",
                "inscp_scp_amt": 100,
            }
        },
    )["setlinfo"]
    skipped = {"setl_id", "medins_setl_id"}
    assert {k: v for k, v in trial.items() if k not in skipped} == {
        k: v for k, v in info.items() if k not in skipped
    }


def test_same_message_again_is_answered_again(city: City) -> None:
    p = city.person(current=100_000)
    mdtrt_id = visit_with_lines(city, p)
    message = city.message("2207", bill(p, mdtrt_id))
    first, second = city.send(message), city.send(message)
    assert first["output"] == second["output"]
    before = city.balance(p)
    message["input"] = {
        "data": {
            **message["input"]["data"],
            "mdtrt_cert_type": "01",
            "mdtrt_cert_no": "other-token",
        }
    }
    assert city.send(message)["infcode"] == -1  # a voucher of nobody
    assert city.balance(p) == before
    upload = city.message("2201", registration(p))
    assert city.send(upload)["output"] == city.send(upload)["output"]


def test_queries_read_back(city: City) -> None:
    p = city.person(current=100_000)
    mdtrt_id = visit_with_lines(city, p)
    info = city.ok("2207", bill(p, mdtrt_id, invono="I9"))["setlinfo"]
    asked = {"data": {"psn_no": p.psn_no, "setl_id": info["setl_id"], "mdtrt_id": mdtrt_id}}
    read = city.ok("5203", asked)["setlinfo"]
    assert read["acct_pay"] == info["acct_pay"]
    assert read["cash_payamt"] == info["psn_cash_pay"]
    assert read["invono"] == "I9"
    rows = city.ok("5204", asked)
    assert isinstance(rows, list)
    assert rows[0]["feedetl_sn"] == "F1"
    assert rows[0]["bilg_dr_name"] == "李医生"
    visits = city.ok("5201", visits_of(p, "11"))["mdtrtinfo"]
    assert [v["mdtrt_id"] for v in visits] == [mdtrt_id]
    found = city.ok("5202", {"data": {"psn_no": p.psn_no, "mdtrt_id": mdtrt_id}})["diseinfo"]
    assert found[0]["diag_code"] == "J00.x00"
    sums = city.ok("5206", {"data": {"psn_no": p.psn_no}})["cuminfo"]
    assert {row["cum_type_code"] for row in sums} >= {"OPDEDC", "OPPOOL"}
    assert city.ok("5301", {"data": {"psn_no": p.psn_no}}) == {"feedetail": []}
    city.chronic(p)
    assert city.ok("5301", {"data": {"psn_no": p.psn_no}})["feedetail"][0]["enddate"] is None


def test_person_by_any_voucher(city: City) -> None:
    p = city.person(current=1_234, carried=100, also=(390,), aid_class=2)
    by_number = {
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": p.certno,
        "card_sn": "NULL",
        "begntime": "",
        "psn_cert_type": "01",
        "certno": "",
        "psn_name": "",
    }
    out = city.ok("1101", {"data": by_number})
    assert [row["insutype"] for row in out["insuinfo"]] == ["390", "310"]
    assert out["insuinfo"][-1]["balc"] == Decimal("13.34")
    assert out["idetinfo"][0]["psn_idet_type"] == "2303"
    by_name = {
        "psn_cert_type": "1",
        "certno": p.certno.lower(),
        "psn_name": "张 三",
        "begntime": "2020-01-01",
    }
    assert city.ok("1101", {"data": by_name})["baseinfo"]["psn_no"] == p.psn_no
    asked = {
        **voucher(p),
        "insutype": "310",
        "fixmedins_code": "x",
        "med_type": "11",
        "begntime": "2026-03-02 08:00:00",
    }
    rows = city.ok("2001", {"data": asked})["trtinfo"]
    assert [row["fund_pay_type"] for row in rows] == ["310100", "310200", "310200"]
    assert rows[0]["trt_enjymnt_flag"] == "1"


def reversed_visit(city: City) -> tuple[Patient, str, dict[str, str], dict[str, object]]:
    """A settled and reversed visit: patient, visit, ids of the settlement, the undo of the 2208."""
    p = city.person(current=100_000)
    mdtrt_id = visit_with_lines(city, p)
    info = city.ok("2207", bill(p, mdtrt_id))["setlinfo"]
    ids = {"setl_id": info["setl_id"], "mdtrt_id": mdtrt_id, "psn_no": p.psn_no}
    message = city.message("2208", {"data": ids})
    assert city.send(message)["infcode"] == 0
    undo = {"psn_no": p.psn_no, "omsgid": message["msgid"], "oinfno": "2208"}
    return p, mdtrt_id, ids, {"data": undo}


def test_undo_of_a_reversal_with_its_lines(city: City) -> None:
    p, _, ids, undo = reversed_visit(city)
    city.ok("2601", undo)
    assert city.balance(p)[0] < 100_000
    assert len(city.ok("5204", {"data": ids})) == 1


def test_undo_of_a_reversal_takes_no_money_for_lines_that_are_gone(city: City) -> None:
    p, mdtrt_id, _, undo = reversed_visit(city)
    city.ok("2205", {"data": {"mdtrt_id": mdtrt_id, "psn_no": p.psn_no, "chrg_bchno": "0000"}})
    assert city.refused("2601", undo) == 3125
    day = {"begntime": "2026-03-01", "endtime": "2026-03-03", "med_type": "11"}
    visit = city.ok("5201", {"data": {"psn_no": p.psn_no, **day}})["mdtrtinfo"][0]
    named = {"psn_no": p.psn_no, "mdtrt_id": mdtrt_id, "ipt_otp_no": visit["ipt_otp_no"]}
    city.ok("2202", {"data": named})
    assert city.refused("2601", undo) == 3125
    assert city.balance(p) == (100_000, 0)


def test_undo_of_a_reversal_takes_no_money_for_other_lines(city: City) -> None:
    p, mdtrt_id, _, undo = reversed_visit(city)
    city.ok("2205", {"data": {"mdtrt_id": mdtrt_id, "psn_no": p.psn_no, "chrg_bchno": "0000"}})
    row = line(p, mdtrt_id, cnt="1", det_item_fee_sumamt="50")
    city.ok("2204", {"feedetail": row})
    assert city.refused("2601", undo) == 3125
    assert city.balance(p) == (100_000, 0)
