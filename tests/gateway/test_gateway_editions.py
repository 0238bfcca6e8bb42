# SPDX-License-Identifier: Apache-2.0
"""Editions of the interface: nodes under other names or left out, presets, sealed replies, and the
words that clients look for in refusals."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from gateway_world import (
    GUANGDONG,
    GUANGZHOU,
    HOSPITAL,
    JIANGSU,
    JILIN,
    PHARMACY,
    ROUNDING,
    SM2_PRIVATE,
    SM2_PUBLIC,
    City,
    Patient,
    admission,
    bill,
    diagnosis,
    leaving,
    line,
    number_of,
    purchase,
    registration,
    visit_with_lines,
    voucher,
)

from gongji.care import errors as care_errors
from gongji.gateway import bodies, errors, sm
from gongji.gateway.dialect import PRESETS, dialect_of
from gongji.gateway.inputs import INPUTS
from gongji.gateway.schema import TRANSACTIONS
from gongji.gateway.signatures import OAUTH, Signer
from gongji.kernel.errors import Refusal
from gongji.settlement import errors as settlement_errors

SM4_KEY = b"client-16-bytes!"
FIELDS = {"opter_no": "001", "mac": "-", "ip": "127.0.0.1"}


# Nodes


def settled(city: City, p: Patient, code: str = HOSPITAL) -> tuple[str, str]:
    visit = visit_with_lines(city, p, code=code)
    info = city.ok("2207", bill(p, visit), code=code)["setlinfo"]
    return visit, str(info["setl_id"])


def test_the_first_node_under_the_name_of_another_edition(city: City) -> None:
    assert city.ok("9001", {"data": FIELDS}, code=GUANGZHOU)["signinoutb"]["sign_no"].isdigit()
    p = city.person(current=100_000)
    entry = {"mdtrtinfo": registration(p)["data"]}
    visit = city.ok("2201", entry, code=GUANGZHOU)["data"]["mdtrt_id"]
    city.ok("2204", {"feedetail": [line(p, visit)]}, code=GUANGZHOU)
    asked = {"mdtrtinfo": bill(p, visit)["data"]}
    assert city.ok("2206", asked, code=GUANGZHOU)["setlinfo"]["medfee_sumamt"] == 100
    info = city.ok("2207", asked, code=GUANGZHOU)["setlinfo"]
    back = {"psn_no": p.psn_no, "setl_id": info["setl_id"], "mdtrt_id": visit}
    undone = city.ok("2208", {"mdtrtinfo": back}, code=GUANGZHOU)["setlinfo"]
    assert undone["medfee_sumamt"] == -100


def test_a_single_node_may_be_left_out(city: City) -> None:
    p = city.person(current=100_000)
    entry = admission(p)
    stay = city.ok("2401", entry)["result"]["mdtrt_id"]
    row = line(p, stay, med_type="21", fee_ocur_time="2026-02-26 10:00:00")
    city.ok("2301", {"feedetail": [row]})
    ids = {"psn_no": p.psn_no, "mdtrt_id": stay}
    city.ok("2302", {**ids, "feedetl_sn": "0000"})
    city.ok("2301", row)  # one row without its node
    city.ok("2402", leaving(p, stay))
    city.ok("2405", ids)
    city.ok("2402", leaving(p, stay))
    asked = {**voucher(p), **ids, "medfee_sumamt": "100", "psn_setlway": "01",
             "insutype": "310", "mid_setl_flag": "0", "acct_used_flag": "1"}  # fmt: skip
    assert city.ok("2303", asked)["setlinfo"]["medfee_sumamt"] == 100
    info = city.ok("2304", json.dumps(asked))["setlinfo"]  # also as JSON text
    undone = city.ok("2305", {**ids, "setl_id": info["setl_id"]})["setlinfo"]
    assert undone["medfee_sumamt"] == -100
    assert city.ok("9001", FIELDS)["signinoutb"]["sign_no"].isdigit()


def test_the_same_request_with_and_without_its_node(city: City) -> None:
    p = city.person(current=100_000)
    visit = visit_with_lines(city, p)
    message = city.message("2207", bill(p, visit))
    first = city.send(message)["output"]
    assert city.send({**message, "input": bill(p, visit)["data"]})["output"] == first
    other = {**bill(p, visit)["data"], "acct_used_flag": "0"}
    assert number_of(city.send({**message, "input": other})) == 3140


@pytest.mark.parametrize("infno", sorted(TRANSACTIONS))
def test_an_input_without_anything_names_the_node(infno: str) -> None:
    for raw in ({}, {"other": {"psn_no": "1"}}):
        with pytest.raises(Refusal) as refused:
            INPUTS[infno].check(raw)
        assert refused.value.code == errors.NODE_MISSING
        assert next(iter(TRANSACTIONS[infno].inputs)) in refused.value.zh


def test_a_message_of_two_nodes_is_never_flat() -> None:
    with pytest.raises(Refusal) as refused:
        INPUTS["2102"].check(purchase(Patient(1, "GJ1", "1", "x", "310"))["druginfo"])
    assert refused.value.code == errors.NODE_MISSING


def test_diagnoses_need_not_repeat_patient_and_visit(city: City) -> None:
    p = city.person(current=100_000)
    entry = admission(p)
    entry["diseinfo"] = [diagnosis(maindiag_flag="1")]
    stay = city.ok("2401", entry)["result"]["mdtrt_id"]
    gone = leaving(p, stay)
    gone["diseinfo"] = [
        diagnosis(maindiag_flag="1"),
        diagnosis(maindiag_flag="0", diag_srt_no=2, mdtrt_id="", psn_no=None),
    ]
    full = json.loads(json.dumps(gone))
    for row in full["diseinfo"]:
        row.update(psn_no=p.psn_no, mdtrt_id=stay)
    message = city.message("2402", gone)
    assert city.send(message)["infcode"] == 0
    assert city.send({**message, "input": full})["infcode"] == 0  # the same message
    found = INPUTS["2402"].check(gone)["diseinfo"]
    assert {(row["psn_no"], row["mdtrt_id"]) for row in found} == {(p.psn_no, stay)}


def test_department_code_of_another_edition(city: City) -> None:
    p = city.person(current=100_000)
    stay = city.ok("2401", admission(p))["result"]["mdtrt_id"]
    gone = leaving(p, stay)
    gone["dscginfo"]["dscg_dept_code"] = gone["dscginfo"].pop("dscg_dept_codg")
    city.ok("2402", {"mdtrtinfo": gone["dscginfo"], "diseinfo": gone["diseinfo"]}, code=HOSPITAL)
    found = INPUTS["2402"].check(gone)["dscginfo"][0]
    assert found["dscg_dept_codg"] == "02"


def test_registration_without_kind_of_department(city: City) -> None:
    p = city.person(current=100_000)
    for number, caty in enumerate((None, "")):
        city.ok("2201", registration(p, f"K{number}", caty=caty))


# Presets


def test_guangdong_and_guangzhou(city: City) -> None:
    p = city.person(current=100_000)
    asked = {"medinsinfo": {"fixmedins_type": "1", "fixmedins_code": HOSPITAL}}
    for code in (GUANGDONG, GUANGZHOU, JIANGSU):
        (found,) = city.ok("1201", asked, code=code)["medinsinfo"]
        assert found["fixmedins_code"] == HOSPITAL
    (person,) = city.ok("1101", {"data": voucher(p)}, code=GUANGZHOU)
    assert person["baseinfo"]["psn_no"] == p.psn_no
    for code in (GUANGDONG, JIANGSU):
        assert city.ok("1101", {"data": voucher(p)}, code=code)["baseinfo"]["psn_no"] == p.psn_no
    for code in (GUANGDONG, GUANGZHOU):
        visit = visit_with_lines(city, p, code=code)
        for infno in ("2206", "2207"):
            info = city.ok(infno, bill(p, visit), code=code)["setlinfo"]
            assert info["psn_part_am"] == info["psn_part_amt"] == 100
        kept = {"psn_no": p.psn_no, "setl_id": info["setl_id"], "mdtrt_id": visit}
        undone = city.ok("2208", {"data": kept}, code=code)["setlinfo"]
        assert undone["psn_part_am"] == undone["psn_part_amt"] == -100


@pytest.mark.parametrize(
    "wrong",
    [{"also_named": {"psn_part": "x"}}, {"also_named": {"psn_part_amt": "acct_pay"}},
     {"line_amounts": "round"}, {"person_output": "list"}, {"stmt_file_acct": "both"}],
)  # fmt: skip
def test_options_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="dialect"):
        dialect_of(wrong)


def test_line_amounts_rounded_where_agreed(city: City) -> None:
    p = city.person(current=100_000)
    # 3.889 x 6 = 23.334, and a client that multiplies a rounded price sends three decimals.
    sent = {"pric": "3.889", "cnt": "6", "det_item_fee_sumamt": 23.334}
    visit = city.ok("2201", registration(p), code=ROUNDING)["data"]["mdtrt_id"]
    rows = [line(p, visit, 1, **sent), line(p, visit, 2, **{**sent, "pric": "3.8892"})]
    rows[1]["det_item_fee_sumamt"] = "23.3352"
    out = city.ok("2204", {"feedetail": rows}, code=ROUNDING)["result"]
    assert [row["det_item_fee_sumamt"] for row in out] == [Decimal("23.33"), Decimal("23.34")]
    info = city.ok("2207", bill(p, visit, "46.67"), code=ROUNDING)["setlinfo"]
    assert info["medfee_sumamt"] == Decimal("46.67")
    third = city.ok("2201", registration(p, "R3"), code=ROUNDING)["data"]["mdtrt_id"]
    bad = {"feedetail": [line(p, third, 1, **{**sent, "pric": "3.9"})]}
    assert city.refused("2204", bad, code=ROUNDING) == errors.LINE_AMOUNT
    plain = {"feedetail": [line(p, visit, 1, **sent)]}
    assert city.refused("2204", plain) == errors.DECIMALS_TOO_MANY
    whole = bill(p, visit, "46.671")  # the total of a bill is never rounded
    assert city.refused("2207", whole, code=ROUNDING) == errors.DECIMALS_TOO_MANY


def test_totals_of_a_system_that_adds_what_is_included(city: City) -> None:
    p, wife = city.person(current=3_333), city.person(current=100_000)
    city.authorise(wife, p, 10)
    before = told_accounts(city)
    visit = visit_with_lines(city, p, code=ROUNDING)
    city.ok("2207", bill(p, visit), code=ROUNDING)
    # acct_pay 100.00 plus acct_mulaid_pay 66.67.
    assert told_accounts(city) - before == Decimal("166.67")


def told_accounts(city: City) -> Decimal:
    asked = {"insutype": "310", "clr_type": "11", "setl_optins": "360199",
             "stmt_begndate": "2026-03-02", "stmt_enddate": "2026-03-02", "acct_pay": "0.01",
             "fund_pay_sumamt": 0, "fixmedins_setl_cnt": 999, "medfee_sumamt": "1"}  # fmt: skip
    told = city.ok("3201", {"data": asked}, code=ROUNDING)["stmtinfo"]["stmt_rslt_dscr"]
    return Decimal(told.partition("个人账户 ")[2].partition("（")[0])


def test_jilin_counts_twice_in_totals_and_once_in_the_file() -> None:
    one = dialect_of({"preset": "jilin"})
    assert (one.stmt_acct, one.stmt_file_acct) == ("sum", "national")


# Sealed replies


def sealed(city: City, infno: str, data: Any, signer: str = sm.DEFAULT_SIGNER) -> dict[str, Any]:
    clear = json.dumps({"data": data}).encode()
    signed = sm.sm2_sign(SM2_PRIVATE, SM2_PUBLIC, signer, clear, secrets.token_hex(32))
    return city.message(
        infno,
        base64.b64encode(sm.sm4_encrypt(SM4_KEY, clear)).decode(),
        code=JILIN,
        enc_type="SM4",
        cainfo=base64.b64encode(signed).decode(),
    )


def opened(reply: dict[str, Any], signer: str) -> Any:
    clear = sm.sm4_decrypt(SM4_KEY, base64.b64decode(reply["output"]))
    assert clear is not None
    assert sm.sm2_verify(SM2_PUBLIC, signer, clear, reply["cainfo"])
    assert (reply["signtype"], reply["enc_type"]) == ("SM2", "SM4")
    return json.loads(clear)


def answer(city: City, message: dict[str, Any]) -> dict[str, Any]:
    one = city.platform.institutions.by_code(JILIN)
    assert one is not None
    reply = city.gateway.handle_now(json.dumps(message).encode(), Signer(one, OAUTH))
    return dict(json.loads(reply.content))


@pytest.mark.parametrize("signer", [sm.DEFAULT_SIGNER, "client-16-bytes!"])
def test_either_user_id_signs_and_is_answered_with(city: City, signer: str) -> None:
    p = city.person(current=100_000)
    reply = answer(city, sealed(city, "1101", voucher(p), signer))
    assert reply["infcode"] == "0"
    assert opened(reply, signer)["baseinfo"]["psn_no"] == p.psn_no
    wrong = answer(city, sealed(city, "1101", voucher(p), "8765432187654321"))
    assert number_of(wrong) == errors.BODY_SIGN_WRONG


def test_nothing_and_refusals_are_sealed_as_well(city: City) -> None:
    p = city.person(current=100_000)
    entry = answer(city, sealed(city, "2201", registration(p, "S1")["data"]))
    visit = opened(entry, sm.DEFAULT_SIGNER)["data"]["mdtrt_id"]
    ids = {"psn_no": p.psn_no, "mdtrt_id": visit}
    done = answer(city, sealed(city, "2205", {**ids, "chrg_bchno": "0000"}))
    assert (done["infcode"], done["err_msg"]) == ("0", "成功")
    assert opened(done, sm.DEFAULT_SIGNER) == {}
    assert len(base64.b64decode(done["output"])) == 16  # one block
    again = answer(city, sealed(city, "2205", {**ids, "chrg_bchno": "B1"}))
    assert number_of(again) == care_errors.BATCH_UNKNOWN
    assert opened(again, sm.DEFAULT_SIGNER) == {}
    unreadable = answer(city, {**sealed(city, "1101", voucher(p)), "input": "AAAA"})
    assert number_of(unreadable) == errors.INPUT_NOT_DECRYPTED
    assert sm.sm4_decrypt(SM4_KEY, base64.b64decode(unreadable["output"])) == b"{}"


def test_an_institution_without_a_key_is_refused_in_clear(city: City) -> None:
    one = city.platform.institutions.by_code(JILIN)
    assert one is not None
    bare = replace(one, keys={"client_id": "short"})
    dialect = dialect_of({"preset": "jilin"})
    assert bodies.sealed_output(bare, dialect, "", {"a": 1}) == (None, {})
    agreed = replace(one, keys={**one.keys, "sm2_signer": "8765432187654321"})
    output, extra = bodies.sealed_output(agreed, dialect, "", None)
    assert output is not None
    assert sm.sm2_verify(SM2_PUBLIC, "8765432187654321", b"{}", extra["cainfo"])


# Words that clients look for


def test_words_of_a_second_reversal(city: City) -> None:
    p = city.person(current=100_000)
    visit, setl_id = settled(city, p)
    back = {"data": {"psn_no": p.psn_no, "setl_id": setl_id, "mdtrt_id": visit}}
    city.ok("2208", back)
    reply = city.ask("2208", back)
    assert number_of(reply) == settlement_errors.ALREADY_REVERSED
    assert "该笔结算已撤销，请勿重复办理" in reply["err_msg"]


def test_words_of_nothing_to_cancel(city: City) -> None:
    p = city.person(current=100_000)
    visit = visit_with_lines(city, p)
    ids = {"psn_no": p.psn_no, "mdtrt_id": visit}
    reply = city.ask("2205", {"data": {**ids, "chrg_bchno": "B9"}})
    stay = city.ok("2401", admission(p))["result"]["mdtrt_id"]
    row = {"psn_no": p.psn_no, "mdtrt_id": stay, "feedetl_sn": "F9"}
    for one in (reply, city.ask("2302", {"data": [row]})):
        assert number_of(one) in (care_errors.BATCH_UNKNOWN, care_errors.LINE_UNKNOWN)
        assert "未查询到任何有效相关的记录" in one["err_msg"]
        assert "没有需要撤销的处方" in one["err_msg"]


def test_words_of_an_unknown_person(city: City) -> None:
    reply = city.ask("1101", {"data": {"mdtrt_cert_type": "99", "mdtrt_cert_no": "nobody"}})
    assert number_of(reply) == errors.VOUCHER_UNKNOWN
    assert "该参保人的参保信息为空" in reply["err_msg"]
    assert "该参保人的基本信息为空" in reply["err_msg"]


@pytest.mark.parametrize(
    "infno", ["4101A", "3205", "3213", "3501A", "3507A", "5360", "2560", "2586", "1312"]
)
def test_national_transactions_are_not_offered(city: City, infno: str) -> None:
    assert city.refused(infno, {"data": {}}) == errors.INFNO_NOT_OFFERED


def test_a_purchase_taken_back_says_its_cash_under_both_names(city: City) -> None:
    p = city.person(current=1_000)
    sale = city.ok("2102", purchase(p), code=PHARMACY)["setlinfo"]
    # 10.00 from the account, the other 20.00 in cash.
    assert (sale["acct_pay"], sale["psn_cash_pay"]) == (10, 20)
    back = {"psn_no": p.psn_no, "setl_id": sale["setl_id"], "mdtrt_id": sale["mdtrt_id"]}
    info = city.ok("2103", {"data": back}, code=PHARMACY)["setlinfo"]
    assert (info["psn_pay"], info["cash_payamt"], info["psn_cash_pay"]) == (-30, -20, -20)


def test_every_preset_is_a_dialect() -> None:
    for name in PRESETS:
        dialect_of({"preset": name})
