# SPDX-License-Identifier: Apache-2.0
"""Purchases at pharmacies over the national interface (2101-2103) and their undo (2601)."""

from __future__ import annotations

from decimal import Decimal

from gateway_world import (
    CEILING,
    DRUG_B,
    DRUG_C,
    HOSPITAL,
    PHARMACY,
    RESTRICTED,
    City,
    bought,
    number_of,
    purchase,
)

from gongji.gateway.amounts import broken_identities, broken_line


def test_trial_settlement_reversal(city: City) -> None:
    p = city.person(current=2_000, carried=500)
    wife = city.person(current=10_000)
    city.authorise(wife, p, 10)
    rows = [
        bought(1),
        bought(2, med_list_codg=DRUG_B, det_item_fee_sumamt="4.52", cnt=1, pric=4.52),
        bought(3, med_list_codg=DRUG_C, det_item_fee_sumamt=10, cnt="1.0000", pric="10.000000"),
        bought(4, med_list_codg=CEILING, det_item_fee_sumamt="50.00", cnt="1", pric="50"),
        bought(5, med_list_codg=RESTRICTED, det_item_fee_sumamt="7", cnt="1", pric="7"),
    ]
    trial = city.ok("2101", purchase(p, *rows), code=PHARMACY)
    done = city.ok("2102", purchase(p, *rows), code=PHARMACY)
    for output in (trial, done):
        assert broken_identities(output["setlinfo"], output["setldetail"]) == []
        assert not any(broken_line(row) for row in output["detlcutinfo"])
    cut = {row["feedetl_sn"]: row for row in done["detlcutinfo"]}
    assert cut["2"]["preselfpay_amt"] == Decimal("0.45")
    assert cut["3"]["fulamt_ownpay_amt"] == Decimal("10.00")
    assert cut["4"]["overlmt_amt"] == Decimal("10.00")
    assert cut["5"]["memo"]
    info = done["setlinfo"]
    assert info["medfee_sumamt"] == Decimal("101.52")
    assert info["medins_setl_id"].startswith(PHARMACY)
    assert info["acct_mulaid_pay"] > 0
    undo = {"data": {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": p.psn_no}}
    mirror = city.ok("2103", undo, code=PHARMACY)
    assert broken_identities(mirror["setlinfo"], mirror["setldetail"]) == []
    assert mirror["setlinfo"]["acct_mulaid_pay"] == -info["acct_mulaid_pay"]
    assert city.balance(p) == (2_000, 500)
    assert city.balance(wife) == (10_000, 0)
    assert number_of(city.ask("2103", undo, code=PHARMACY)) == 3121


def test_undo_of_an_unknown_outcome(city: City) -> None:
    p = city.person(current=5_000)
    message = city.message("2102", purchase(p), code=PHARMACY)
    undo = {"data": {"psn_no": p.psn_no, "omsgid": message["msgid"], "oinfno": "2102"}}
    assert city.send(message)["infcode"] == 0
    assert city.balance(p) != (5_000, 0)
    assert city.ok("2601", undo, code=PHARMACY) is None
    assert city.balance(p) == (5_000, 0)
    assert city.ok("2601", undo, code=PHARMACY) is None  # once more changes nothing
    assert number_of(city.send(message)) == 3141
    # Undone before it arrived: the late message is refused.
    late = city.message("2102", purchase(p), code=PHARMACY)
    undo["data"]["omsgid"] = late["msgid"]
    city.ok("2601", undo, code=PHARMACY)
    assert number_of(city.send(late)) == 3141
    assert city.balance(p) == (5_000, 0)


def test_accounts_used_flag(city: City) -> None:
    p = city.person(current=1_000)
    husband = city.person(current=50_000)
    city.authorise(husband, p, 11)

    def paid(flag: str | None) -> tuple[Decimal, Decimal]:
        info = city.ok("2101", purchase(p, acct_used_flag=flag), code=PHARMACY)["setlinfo"]
        return info["acct_pay"], info["acct_mulaid_pay"]

    assert paid("0") == (0, 0)
    both = paid("1")
    assert both[1] > 0
    assert paid("01") == paid("2") == paid("") == paid(None) == both


def test_pharmacy_and_hospital_have_their_own_transactions(city: City) -> None:
    p = city.person()
    assert city.refused("2102", purchase(p), code=HOSPITAL) == 4026
    assert city.refused("2401", {}, code=PHARMACY) == 4026


def test_trace_codes_are_read(city: City) -> None:
    p = city.person(current=5_000)
    trace = {"feedetl_sn": "1", "drug_trac_codg": "8" * 20, "trdn_flag": "0"}
    row = bought(1, durg_trac_info=trace)
    assert city.ok("2102", purchase(p, row), code=PHARMACY)["setlinfo"]["setl_id"]
    wrong = bought(1, durg_trac_info=[{**trace, "feedetl_sn": "9"}])
    assert city.refused("2102", purchase(p, wrong), code=PHARMACY) == 4072
