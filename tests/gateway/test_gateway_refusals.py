# SPDX-License-Identifier: Apache-2.0
"""Every numbered refusal of the gateway has a message that meets it, and nothing is stored then."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from gateway_world import (
    CLOSED,
    HOSPITAL,
    JILIN,
    OTHER,
    PHARMACY,
    City,
    Patient,
    admission,
    bill,
    bought,
    description,
    dictionary,
    line,
    number_of,
    purchase,
    registration,
    visit_with_lines,
    voucher,
)

from gongji.gateway import errors
from gongji.gateway.codes import DICTIONARIES
from gongji.gateway.errors import SENTENCES, err_msg, refusal
from gongji.gateway.inputs import INPUTS
from gongji.gateway.schema import TRANSACTIONS, Field
from gongji.kernel.errors import Refusal

Ask = Callable[[City, Patient, str], dict[str, Any] | bytes]


def msg(infno: str, data: Callable[[Patient, str], Any], code: str = HOSPITAL, **more: Any) -> Ask:
    return lambda city, p, visit: city.message(infno, data(p, visit), code=code, **more)


def sell(**more: Any) -> Ask:
    return msg("2102", lambda p, _: purchase(p, **more), PHARMACY)


def sell_line(**more: Any) -> Ask:
    return msg("2102", lambda p, _: purchase(p, bought(**more)), PHARMACY)


def settle(**more: Any) -> Ask:
    return msg("2207", lambda p, visit: {"data": {**bill(p, visit)["data"], **more}})


def upload(*changes: dict[str, Any]) -> Ask:
    return msg(
        "2204",
        lambda p, visit: {"feedetail": [line(p, visit, n + 5, **c) for n, c in enumerate(changes)]},
    )


def uploading(filename: str, content: str = "AAAA") -> dict[str, Any]:
    return {"fsUploadIn": {"in": content, "filename": filename, "fixmedins_code": HOSPITAL}}


def visits(**more: Any) -> Ask:
    return msg(
        "5201",
        lambda p, _: {
            "data": {
                "psn_no": p.psn_no,
                "begntime": "2026-01-01",
                "endtime": "2026-02-01",
                "med_type": "11",
                **more,
            }
        },
    )


def undo(**more: Any) -> Ask:
    return msg(
        "2601",
        lambda p, _: {"data": {"psn_no": p.psn_no, "omsgid": "m", "oinfno": "2207", **more}},
    )


def jilin(**more: Any) -> Ask:
    return msg("1101", lambda p, _: {"data": voucher(p)}, JILIN, **more)


CASES: list[tuple[int, Ask]] = [
    (errors.INPUT_NOT_DECRYPTED, msg("1101", lambda p, v: "AAAA", JILIN)),
    (errors.INPUT_NOT_DECRYPTED, msg("1101", lambda p, v: "?", JILIN)),
    (errors.BODY_TOO_LARGE, lambda c, p, v: b" " * (12 * 1024 * 1024 + 1)),
    (errors.BODY_NOT_JSON, lambda c, p, v: b'{"infno": "1101"'),
    (errors.BODY_NOT_JSON, lambda c, p, v: "{\"infno\": \"签到了\"}".encode("gbk")),
    (errors.JSON_TOO_DEEP, lambda c, p, v: b"[" * 100 + b"]" * 100),
    (errors.JSON_TOO_DEEP, lambda c, p, v: b"[" * 100_000 + b"]" * 100_000),
    (errors.BODY_NOT_OBJECT, lambda c, p, v: b"[1]"),
    (errors.INFNO_UNKNOWN, msg("9999", lambda p, v: {})),
    (errors.INFNO_NOT_OFFERED, msg("4101", lambda p, v: {})),
    (errors.INFNO_NOT_OFFERED, msg("5205", lambda p, v: {})),
    (errors.INSTITUTION_UNKNOWN, msg("9001", lambda p, v: {}, "H99999999999")),
    (errors.INSTITUTION_INACTIVE, msg("9001", lambda p, v: {}, CLOSED)),
    (errors.AREA_WRONG, msg("9001", lambda p, v: {}, mdtrtarea_admvs="430100")),
    (errors.INSTITUTION_KIND, msg("2102", lambda p, v: {})),
    (errors.NODE_MISSING, msg("9001", lambda p, v: {"other": {}})),
    (errors.NODE_SHAPE, msg("9001", lambda p, v: {"signIn": "x"})),
    (errors.NODE_SHAPE, msg("9001", lambda p, v: 5)),
    (errors.NODE_SHAPE, msg("2204", lambda p, v: {"feedetail": [1]})),
    (errors.ROWS_TOO_MANY, msg("2204", lambda p, v: {"feedetail": [{}] * 501})),
    (errors.ROWS_NONE, msg("2204", lambda p, v: {"feedetail": []})),
    (errors.FIELD_MISSING, settle(psn_no="NULL")),
    (errors.FIELD_MISSING, settle(medfee_sumamt=None)),
    (errors.FIELD_TYPE, settle(chrg_bchno={"a": 1})),
    (errors.FIELD_TYPE, settle(chrg_bchno=True)),
    (errors.FIELD_TYPE, settle(medfee_sumamt=[])),
    (errors.FIELD_TOO_LONG, settle(chrg_bchno="B" * 31)),
    (errors.NUMBER_UNREADABLE, settle(medfee_sumamt="12,00")),
    (errors.NUMBER_UNREADABLE, settle(medfee_sumamt="一百")),
    (errors.NUMBER_UNREADABLE, settle(medfee_sumamt="1e2e3")),
    (errors.DECIMALS_TOO_MANY, settle(medfee_sumamt="100.001")),
    (errors.NUMBER_OUT_OF_RANGE, settle(medfee_sumamt="1E30")),
    (errors.NUMBER_OUT_OF_RANGE, settle(medfee_sumamt=10**20)),
    (errors.NUMBER_OUT_OF_RANGE, settle(medfee_sumamt="1000000000000000")),
    (errors.DATE_UNREADABLE, sell(begntime="2026-02-30 10:00:00")),
    (errors.DATE_UNREADABLE, sell(begntime="2026-W01-1")),
    (errors.DATE_UNREADABLE, sell(begntime="9999-01-01")),
    (errors.CODE_UNKNOWN, settle(insutype="777")),
    (errors.CODE_UNKNOWN, settle(acct_used_flag="7")),
    (errors.TEXT_CONTROL, settle(chrg_bchno="B\u0000")),
    (errors.BYTES_UNREADABLE,
     msg("9101", lambda p, v: uploading("a", "*"))),
    (errors.PERSON_NOT_NAMED, msg("1101", lambda p, v: {"data": {"card_sn": "1"}})),
    (errors.VOUCHER_NUMBER_MISSING, msg("1101", lambda p, v: {"data": {"mdtrt_cert_type": "02"}})),
    (errors.TIMES_REVERSED, visits(begntime="2026-02-02")),
    (errors.RANGE_TOO_LONG, visits(begntime="2000-01-01")),
    (errors.LINE_AMOUNT, sell_line(pric="15.01")),
    (errors.LINES_SUM, sell(medfee_sumamt="31")),
    (errors.LINE_REPEATED, upload({"feedetl_sn": "X"}, {"feedetl_sn": "X"})),
    (errors.ROWS_DIFFER, upload({}, {"chrg_bchno": "B2"})),
    (errors.PARTS_SUM, settle(fulamt_ownpay_amt="0", overlmt_selfpay="1",
                              preselfpay_amt="0", inscp_scp_amt="100")),
    (errors.AMOUNT_SIGN, sell_line(cnt="-2", det_item_fee_sumamt="-30")),
    (errors.AMOUNT_SIGN, upload({"pric": "-1"})),
    (errors.AMOUNT_SIGN, upload({"cnt": "0"})),
    (errors.AMOUNT_SIGN, upload({"cnt": "-2"})),
    (errors.MED_TYPE_NOT_FITTING, settle(med_type="21")),
    (errors.NAME_OR_CODE, msg("1201", lambda p, v: {"medinsinfo": {"fixmedins_type": "1"}})),
    (errors.BATCH_RESERVED, upload({"chrg_bchno": "0000"})),
    (errors.TRACE_LINE_UNKNOWN, sell_line(
        durg_trac_info=[{"feedetl_sn": "9", "drug_trac_codg": "8", "trdn_flag": "0"}])),
    (errors.TIME_IN_FUTURE, sell(begntime="2026-03-05 10:00:00")),
    (errors.TIME_IN_FUTURE, upload({"fee_ocur_time": "2026-03-03 10:00:01"})),
    (errors.TIME_IN_FUTURE, sell_line(fee_ocur_time="2199-01-01 00:00:00")),
    (errors.FEE_TOO_EARLY, upload({}, {"fee_ocur_time": "2026-02-28 23:59:59", "feedetl_sn": "Y"})),
    (errors.FEE_TOO_EARLY, sell_line(fee_ocur_time="2026-02-28 23:59:59")),
    (errors.PERSON_UNKNOWN, settle(psn_no="GJ999999999999")),
    (errors.VOUCHER_UNKNOWN,
     msg("1101", lambda p, v: {"data": {"mdtrt_cert_type": "01", "mdtrt_cert_no": "nobody"}})),
    (errors.VOUCHER_OF_OTHER, settle(mdtrt_cert_no="360100198001019999")),
    (errors.PERSON_CONTRADICTED, settle(certno="360100198001019999")),
    (errors.PERSON_CONTRADICTED, settle(psn_name="李四")),
    (errors.PERSON_FOREIGN,
     msg("1101", lambda p, v: {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "x"}},
         insuplc_admdvs="430100")),
    (errors.PERSON_FOREIGN, msg("2207", lambda p, v: bill(p, v), insuplc_admdvs="430100")),
    (errors.COVERAGE_NONE, msg("2201", lambda p, v: registration(p, insutype="390"))),
    (errors.VISIT_ID, settle(mdtrt_id="M1")),
    (errors.VISIT_NUMBER,
     msg("2202", lambda p, v: {"data": {"psn_no": p.psn_no, "mdtrt_id": v, "ipt_otp_no": "no"}})),
    (errors.SETTLEMENT_ID,
     msg("2208", lambda p, v: {"data": {"psn_no": p.psn_no, "mdtrt_id": v, "setl_id": "S"}})),
    (errors.SETTLEMENT_NOT_HERE,
     msg("5203", lambda p, v: {"data": {"psn_no": p.psn_no, "mdtrt_id": v, "setl_id": "1"}})),
    (errors.UNDO_NOT_OFFERED, undo(oinfno="2201")),
    (errors.UNDO_ITSELF, lambda c, p, v: {
        **c.message("2601", {"data": {"psn_no": p.psn_no, "omsgid": "SELF", "oinfno": "2207"}}),
        "msgid": "SELF"}),
    (errors.VISIT_KIND, msg("2301", lambda p, v: {"feedetail": line(p, v, 9, med_type="21")})),
    (errors.FILE_UNKNOWN, msg("9102", lambda p, v: {"fsDownloadIn": {
        "file_qury_no": "1", "filename": "a", "fixmedins_code": "plc"}})),
    (errors.FILE_NAME,
     msg("9101", lambda p, v: uploading("a/b"))),
    (errors.DICTIONARY_UNKNOWN, msg("1901", lambda p, v: dictionary("NOSUCH"))),
]  # fmt: skip

# Met by tests of their own: signatures, files, reversal, faults.
ELSEWHERE = {
    errors.INTERNAL, errors.SIGN_HEADER_MISSING, errors.SIGN_TIME, errors.SIGN_KEY_UNKNOWN,
    errors.SIGN_WRONG, errors.SIGN_REUSED, errors.BODY_SIGN_WRONG, errors.TOKEN_INVALID,
    errors.DIALECT_INVALID, errors.INSTITUTION_NOT_SIGNER, errors.COVERAGE_ENDED,
    errors.REVERSAL_NOT_FITTING, errors.FILE_TOO_LARGE, errors.FILE_NOT_ZIP, errors.FILE_ROW,
}  # fmt: skip

STORED = ("visit", "fee_batch", "settlement", "message", "entry", "posting", "exchange_file")


@pytest.fixture(scope="module")
def patient(city: City) -> tuple[Patient, str]:
    p = city.person(current=50_000)
    return p, visit_with_lines(city, p)


@pytest.mark.parametrize(("number", "ask"), CASES, ids=lambda v: str(v) if v in SENTENCES else "")
def test_refusal(city: City, patient: tuple[Patient, str], number: int, ask: Ask) -> None:
    before = [city.count(table) for table in STORED]
    assert number_of(city.send(ask(city, *patient))) == number
    assert [city.count(table) for table in STORED] == before


def test_every_number_has_a_test() -> None:
    assert {number for number, _ in CASES} | ELSEWHERE == set(SENTENCES)


def test_sentences_are_complete() -> None:
    constants = {
        value
        for name, value in vars(errors).items()
        if name.isupper() and isinstance(value, int) and 4000 <= value < 4200
    }
    assert constants == set(SENTENCES)
    assert len(constants) == len({s.zh for s in SENTENCES.values()})


def test_err_msg_names_field_and_expectation(city: City, patient: tuple[Patient, str]) -> None:
    p, visit = patient
    text = city.ask("2207", bill(p, visit, "x"))["err_msg"]
    assert text == "[4043] medfee_sumamt（医疗费总额）不是数字，应为数字，最多 2 位小数"
    rows = {"feedetail": [line(p, visit, 8), line(p, visit, 9, cnt="?")]}
    assert "feedetail 第 2 行 cnt（数量）" in city.ask("2204", rows)["err_msg"]
    assert (
        len(err_msg(refusal(errors.FIELD_MISSING, field="x" * 500, name="x", expected=""))) == 200
    )


MANDATORY = {
    "9001": ("mac", "ip"),
    "9002": ("sign_no",),
    "1901": ("type", "admdvs", "date", "Vali_Flag"),
    "2303": ("mid_setl_flag",),
    "2303A": ("mid_setl_flag",),
    "2304": ("mid_setl_flag",),
    "2304A": ("mid_setl_flag",),
    "3201": ("setl_optins",),
    "3202": ("setl_optins",),
    "5201": ("med_type",),
    "9101": ("fixmedins_code",),
    "9102": ("filename", "fixmedins_code"),
}


def a_value(field: Field) -> str:
    if field.table:
        return next(iter(DICTIONARIES[field.table].spellings))
    return {"N": "1", "D": "2026-03-02", "DT": "2026-03-02", "X": "AAAA"}.get(field.kind, "a")


@pytest.mark.parametrize("infno", MANDATORY)
def test_fields_that_every_edition_asks_for(city: City, infno: str) -> None:
    (node,) = TRANSACTIONS[infno].inputs.values()
    whole = {f.name: a_value(f) for f in node.fields if f.required}
    assert INPUTS[infno].check({node.name: whole})
    before = [city.count(table) for table in STORED]
    for field in (f for f in node.fields if f.name in MANDATORY[infno]):
        for empty in ({}, {field.name: ""}, {field.name: "null"}):
            row = {**{n: v for n, v in whole.items() if n != field.name}, **empty}
            text = city.ask(infno, {node.name: row})["err_msg"]
            assert text == f"[4040] {field.name}（{field.label}）必填，应为{field.expected}"
    assert [city.count(table) for table in STORED] == before


def test_coverage_that_does_not_pay(city: City) -> None:
    for status, word in ((2, "暂停"), (4, "终止")):
        p = city.person(status=status)
        reply = city.ask("2201", registration(p))
        assert number_of(reply) == errors.COVERAGE_ENDED
        assert word in reply["err_msg"]
        assert city.refused("2102", purchase(p), code=PHARMACY) == 3107
    child = city.person(insutype=390, birth=dt.date(2020, 1, 1))
    assert city.refused("2401", admission(child, insutype="310")) == errors.COVERAGE_NONE


def test_refusals_of_lower_rooms_keep_their_numbers(city: City) -> None:
    p = city.person(current=50_000)
    visit = visit_with_lines(city, p)
    assert city.refused("2204", {"feedetail": line(p, visit)}) == 2120
    assert city.refused("2207", bill(p, visit), code=OTHER) == 3102
    assert (
        city.refused(
            "2205",
            {"data": {"mdtrt_id": visit, "chrg_bchno": "B1", "psn_no": p.psn_no}},
            code=OTHER,
        )
        == 2111
    )
    assert city.refused("2207", bill(p, visit, "99.99")) == 3106
    assert city.refused("2207", bill(p, visit, inscp_scp_amt="1")) == 3106
    assert city.refused("2207", bill(p, visit, med_type="13")) == 3109
    assert city.refused("2203", description(p, visit, "77")) == 2105
    city.ok("2207", bill(p, visit))
    assert city.refused("2207", bill(p, visit)) == 3105
    assert (
        city.refused("2205", {"data": {"mdtrt_id": visit, "chrg_bchno": "B1", "psn_no": p.psn_no}})
        == 2124
    )


def test_a_fault_of_ours_is_neutral(
    city: City, patient: tuple[Patient, str], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    p, visit = patient

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(f"secret of {p.name} {p.certno}")

    monkeypatch.setattr(city.platform.engine, "submit", broken)
    reply = city.ask("2206", bill(p, visit))
    assert number_of(reply) == errors.INTERNAL
    assert reply["inf_refmsgid"] in reply["err_msg"]
    logged = capsys.readouterr()
    for text in (json.dumps(reply), logged.out, logged.err):
        assert p.name not in text
        assert p.certno not in text
        assert "secret" not in text


def test_an_unknown_dialect_is_refused(city: City) -> None:
    one = city.platform.institutions.by_code(HOSPITAL)
    for wrong in ({"infcod": "string"}, {"infcode": "text"}, {"preset": "mars"}, {"camel": 3}):
        from gongji.gateway.dialect import dialect_of

        with pytest.raises(ValueError, match="dialect"):
            dialect_of(wrong)
    other = type(one)(
        **{name: getattr(one, name) for name in one.__slots__ if name != "dialect"},
        dialect={"infcod": "string"},
    )
    with pytest.raises(Refusal) as refused:
        city.gateway._dialect(other)
    assert refused.value.code == errors.DIALECT_INVALID
