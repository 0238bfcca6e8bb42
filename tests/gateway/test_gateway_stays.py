# SPDX-License-Identifier: Apache-2.0
"""Stays over the national interface: admission, lines, discharge, settlement, every undo."""

from __future__ import annotations

from typing import Any

from gateway_world import (
    City,
    Patient,
    admission,
    correction,
    leaving,
    line,
    visits_of,
    voucher,
)

from gongji.gateway.amounts import broken_identities


def row(p: Patient, visit: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return line(
        p,
        visit,
        number,
        fee_ocur_time="2026-02-26 09:00:00",
        med_type="21",
        **{"det_item_fee_sumamt": "3000", "cnt": "60", **more},
    )


def settling(p: Patient, visit: str, total: str, **more: Any) -> dict[str, Any]:
    return {
        "data": {
            **voucher(p),
            "medfee_sumamt": total,
            "psn_setlway": "01",
            "mdtrt_id": visit,
            "insutype": p.insutype,
            "mid_setl_flag": "0",
            "acct_used_flag": "1",
            **more,
        }
    }


def named(p: Patient, visit: str, **more: Any) -> dict[str, Any]:
    return {"data": {"mdtrt_id": visit, "psn_no": p.psn_no, **more}}


def test_whole_stay(city: City) -> None:
    p = city.person(current=100_000)
    visit = city.ok("2401", admission(p))["result"]["mdtrt_id"]
    assert city.refused("2401", admission(p)) == 2140
    out = city.ok("2301", {"feedetail": [row(p, visit, 1), row(p, visit, 2)]})
    assert len(out["result"]) == 2
    back = row(p, visit, 3, init_feedetl_sn="F2", cnt="-60", det_item_fee_sumamt="-3000")
    city.ok("2301", {"feedetail": back})
    city.ok("2302", {"data": {"feedetl_sn": "F3", "mdtrt_id": visit, "psn_no": p.psn_no}})
    city.ok("2302", {"data": [{"feedetl_sn": "F2", "mdtrt_id": visit, "psn_no": p.psn_no}]})
    assert city.ok("2403", correction(p, visit)) is None
    assert city.refused("2304", settling(p, visit, "3000")) == 3111
    city.ok("2402", leaving(p, visit))
    city.ok("2405", named(p, visit))
    city.ok("2402", leaving(p, visit))
    trial = city.ok("2303A", settling(p, visit, "3000"))
    done = city.ok("2304", settling(p, visit, "3000"))
    for output in (trial, done):
        assert broken_identities(output["setlinfo"], output["setldetail"]) == []
    info = done["setlinfo"]
    assert info["hifp_pay"] > 0
    assert info["clr_type"] == "21"
    assert trial["setlinfo"]["acct_pay"] == info["acct_pay"]
    read = city.ok("5203", named(p, visit, setl_id=info["setl_id"]))["setlinfo"]
    assert (read["begndate"], read["enddate"]) == ("2026-02-25", "2026-03-01")
    lines = city.ok("5204", named(p, visit, setl_id=info["setl_id"]))
    assert [one["feedetl_sn"] for one in lines] == ["F1"]
    found = city.ok("5201", visits_of(p, "21", "2026-02-01"))["mdtrtinfo"][0]
    assert found["inhosp_stas"] == "0"
    assert found["adm_bed"] == "13"
    assert found["tel"] is None
    mirror = city.ok("2305", named(p, visit, setl_id=info["setl_id"]))
    assert broken_identities(mirror["setlinfo"], mirror["setldetail"]) == []
    assert city.balance(p) == (100_000, 0)
    city.ok("2405", named(p, visit))
    city.ok("2302", {"data": {"feedetl_sn": "0000", "mdtrt_id": visit, "psn_no": p.psn_no}})
    assert city.ok("2404", named(p, visit)) is None


def test_undo_of_an_admission(city: City) -> None:
    p = city.person()
    message = city.message("2401", admission(p))
    visit = city.send(message)["output"]["result"]["mdtrt_id"]
    undo = {"data": {"psn_no": p.psn_no, "omsgid": message["msgid"], "oinfno": "2401"}}
    assert city.ok("2601", undo) is None
    assert city.refused("2402", leaving(p, visit)) == 2112
    again = city.ok("2401", admission(p))
    assert again["result"]["mdtrt_id"] != visit
    late = city.message("2401", admission(city.person()))
    other = {"data": {"psn_no": p.psn_no, "omsgid": late["msgid"], "oinfno": "2401"}}
    assert city.ok("2601", other) is None
    assert city.send(late)["infcode"] == -1


def test_interim_settlement(city: City) -> None:
    p = city.person(current=100_000)
    visit = city.ok("2401", admission(p))["result"]["mdtrt_id"]
    city.ok("2301", {"feedetail": [row(p, visit)]})
    done = city.ok("2304A", settling(p, visit, "3000", mid_setl_flag="1"))
    assert done["setlinfo"]["medfee_sumamt"] == 3000
    assert city.refused("2208", named(p, visit, setl_id=done["setlinfo"]["setl_id"])) == 4104


def undoing(p: Patient, message: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"psn_no": p.psn_no, "omsgid": message["msgid"], "oinfno": message["infno"]}}


def test_settlements_of_a_stay_are_reversed_from_the_last(city: City) -> None:
    p = city.person(current=100_000)
    visit = city.ok("2401", admission(p))["result"]["mdtrt_id"]
    ids, messages = [], []
    for number in (1, 2, 3):
        city.ok("2301", {"feedetail": [row(p, visit, number)]})
        if number == 3:
            city.ok("2402", leaving(p, visit))
        flag = "0" if number == 3 else "1"
        messages.append(city.message("2304", settling(p, visit, "3000", mid_setl_flag=flag)))
        ids.append(city.send(messages[-1])["output"]["setlinfo"]["setl_id"])
    for early in (ids[0], ids[1]):
        text = city.ask("2305", named(p, visit, setl_id=early))["err_msg"]
        assert text == (
            f"[3126] 结算 {early} 之后该次住院又有结算，须从最后一笔开始撤销：请先撤销结算 {ids[2]}"
        )
    refused = city.message("2601", undoing(p, messages[1]))
    assert f"请先撤销结算 {ids[2]}" in city.send(refused)["err_msg"]
    city.ok("2601", undoing(p, messages[2]))
    assert city.send(messages[2])["infcode"] == -1  # undone for good
    assert city.refused("2305", named(p, visit, setl_id=ids[0])) == 3126
    assert city.send(refused)["infcode"] == 0  # the same message, now that nothing stands behind
    city.ok("2305", named(p, visit, setl_id=ids[0]))
    assert city.balance(p) == (100_000, 0)
    whole = city.ok("2304", settling(p, visit, "9000"))["setlinfo"]
    assert whole["medfee_sumamt"] == 9000


def test_a_final_bill_without_lines_keeps_the_day_of_discharge(city: City) -> None:
    p = city.person(current=100_000)
    visit = city.ok("2401", admission(p))["result"]["mdtrt_id"]
    city.ok("2301", {"feedetail": [row(p, visit)]})
    city.ok("2304", settling(p, visit, "3000", mid_setl_flag="1"))
    city.ok("2402", leaving(p, visit))
    last = city.ok("2304", settling(p, visit, "0"))["setlinfo"]
    back = {"data": {"mdtrt_id": visit, "psn_no": p.psn_no}}
    assert city.refused("2405", back) == 2115
    other = correction(p, visit, endtime="2026-02-28 10:00:00")
    assert city.refused("2403", other) == 2115
    city.ok("2403", correction(p, visit, endtime="2026-03-01 11:30:00"))  # the same day
    city.ok("2305", named(p, visit, setl_id=last["setl_id"]))
    city.ok("2403", other)
    city.ok("2405", back)
    city.ok("2301", {"feedetail": [row(p, visit, 2)]})
    city.ok("2402", leaving(p, visit))
    assert city.ok("2304", settling(p, visit, "3000"))["setlinfo"]["medfee_sumamt"] == 3000
