# SPDX-License-Identifier: Apache-2.0
"""What real clients send and expect although no table says so; dialects of institutions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from gateway_world import (
    CITY,
    HEBEI,
    HOSPITAL,
    HUBEI,
    HUNAN,
    OTHER,
    PHARMACY,
    STRINGS,
    ZHEJIANG,
    City,
    bill,
    bought,
    description,
    dictionary,
    line,
    number_of,
    purchase,
    registration,
    visit_with_lines,
    visits_of,
    voucher,
)

from gongji.gateway import codes
from gongji.gateway.checking import NodeChecker, spellings_of
from gongji.gateway.codes import DICTIONARIES
from gongji.gateway.inputs import INPUTS
from gongji.gateway.people import same_region
from gongji.gateway.reading import read_moment
from gongji.gateway.schema import TRANSACTIONS


def data(infno: str, row: dict[str, Any], node: str = "data") -> dict[str, Any]:
    return INPUTS[infno].check({node: row})[node][0]


FULL = {
    "psn_no": "1",
    "mdtrt_cert_type": "02",
    "mdtrt_cert_no": "3",
    "med_type": "11",
    "medfee_sumamt": "4.52",
    "psn_setlway": "01",
    "mdtrt_id": "1",
    "chrg_bchno": "1",
    "acct_used_flag": "1",
    "insutype": "310",
}
STAY = {**FULL, "mid_setl_flag": "0"}


@pytest.mark.parametrize(
    ("sent", "fen"),
    [
        ("4.52", 452),
        (4, 400),
        ("1200", 120_000),
        ("1.2E+3", 120_000),
        ("4.5200", 452),
        (" 4.5 ", 450),
        ("-0.05", -5),
        (10**11, 10**13),
        ("0", 0),
    ],
)
def test_amounts(sent: Any, fen: int) -> None:
    assert data("2206", {**FULL, "medfee_sumamt": sent})["medfee_sumamt"] == fen


@pytest.mark.parametrize("empty", [None, "", "null", "NULL", "  ", "Null"])
def test_empties(empty: Any) -> None:
    row = data("2206", {**FULL, "card_sn": empty, "exp_content": empty, "acct_used_flag": empty})
    assert "card_sn" not in row
    assert "acct_used_flag" not in row


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-03-02", "2026-03-02 00:00:00"),
        ("20260302", "2026-03-02 00:00:00"),
        ("2026-03-02 09:00:00", "2026-03-02 09:00:00"),
        ("20260302090000", "2026-03-02 09:00:00"),
        ("2026-03-02T09:00:00", "2026-03-02 09:00:00"),
        ("2026-03-02 09:00", "2026-03-02 09:00:00"),
        ("2026-03-02 09:00:00.0", "2026-03-02 09:00:00"),
    ],
)
def test_times(sent: str, read: str) -> None:
    row = data("5201", {"psn_no": "1", "begntime": sent, "endtime": sent, "med_type": "11"})
    assert row["begntime"] == read
    stated = data("2303", {**STAY, "dscgTime": sent})
    assert stated["dscgTime"] == read[:10]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "2026",
        "2026-13-01",
        "2026/03-02",
        "2026-03-02 25:00:00",
        "1700-01-01",
        "20261",
        "２０２６0302",
        "2026-03-02+08:00",
    ],
)
def test_no_times(wrong: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any text that is no date
        read_moment(wrong)


@pytest.mark.parametrize(
    ("table", "sent", "canonical"),
    [("psn_cert_type", "1", "01"), ("mdtrt_cert_type", "2", "02"), ("acct_used_flag", "01", "1"),
     ("hosp_lv", "02", "2"), ("psn_setlway", "1", "01"), ("chrgitm_lv", "2", "02"),
     ("psn_type", "1560", "1560"), ("psn_type", "116032", "116032"),
     ("med_type", "110104", "110104"),
     ("clr_way", "1", "1"), ("insutype", "39901", "39901"), ("stmt_rslt", "3", "3")],
)  # fmt: skip
def test_codes_of_every_edition(table: str, sent: str, canonical: str) -> None:
    dictionary = DICTIONARIES[table]
    assert dictionary.spellings.get(sent, sent if dictionary.open else None) == canonical


def test_spellings_of_fields_and_nodes() -> None:
    assert "expContent" in spellings_of("exp_content")
    assert "dscg_time" in spellings_of("dscgTime")
    assert "mdtrtarea_admdvs" in spellings_of("mdtrtarea_admvs")
    row = data("2303", {**STAY, "dscg_time": "2026-03-01", "expContent": {"A": 1}, "other": [1]})
    assert row["dscgTime"] == "2026-03-01"
    assert row["exp_content"] == '{"A":1}'
    older = {**dictionary("INSUTYPE")["data"], "Vali_Flag": None, "valiFlag": "1"}
    assert data("1901", {**older, "parentValue": "390"})["parent_value"] == "390"
    assert data("1901", older)["Vali_Flag"] == "1"
    camel = {"psnNo": "1", "mdtrtCertType": "02", **FULL, "psn_no": None}
    assert data("2206", camel)["psn_no"] == "1"
    for spelling in ("signIn", "sign_in", "SIGNIN"):
        signed_in = INPUTS["9001"].check({spelling: {"opter_no": 7, "mac": "m", "ip": "i"}})
        assert signed_in["signIn"][0]["opter_no"] == "7"


def test_one_object_or_an_array() -> None:
    single = {
        "mdtrtinfo": [{"mdtrt_id": 1, "psn_no": "1", "med_type": "11", "begntime": "2026-03-02"}],
        "diseinfo": None,
    }
    assert INPUTS["2203"].check(single)["mdtrtinfo"][0]["mdtrt_id"] == "1"
    assert (
        len(
            INPUTS["2302"].check({"data": {"feedetl_sn": "0000", "mdtrt_id": "1", "psn_no": "1"}})[
                "data"
            ]
        )
        == 1
    )


def test_a_long_number_keeps_every_digit(city: City) -> None:
    p = city.person()
    asked = {"data": {**FULL, **voucher(p), "mdtrt_id": 0}}
    body = json.dumps(city.message("2206", asked)).replace(
        '"mdtrt_id": 0', '"mdtrt_id": 330100202201211306590000123456'
    )
    assert number_of(city.send(body.encode())) == 4100


def test_tables_are_complete() -> None:
    offered = (
        "9001 9002 1101 1201 1901 2001 2101 2102 2103 2201 2202 2203 2203A 2204 2205 2206"
        " 2206A 2207 2207A 2208 2301 2302 2303 2303A 2304 2304A 2305 2401 2402 2403 2404 2405"
        " 2601 3201 3202 5201 5202 5203 5204 5206 5301 9101 9102"
    )
    from gongji.gateway.handlers import HANDLERS

    assert set(offered.split()) == set(HANDLERS)
    for infno in offered.split():
        for node in TRANSACTIONS[infno].inputs.values():
            NodeChecker(node)
            for field in node.fields:
                assert field.table == "" or field.table in DICTIONARIES, (infno, field)


def test_regions() -> None:
    assert same_region(360100, 360199)
    assert same_region(360102, 360100)
    assert same_region(369900, 360400)
    assert same_region(360000, 360400)
    assert not same_region(360100, 360400)
    assert not same_region(360100, 430100)


# Replies by dialect ----------------------------------------------------------------------------


def test_texts_camel_case_and_empty_output(city: City) -> None:
    p = city.person(current=1_000)
    reply = city.ask("1101", {"data": voucher(p)}, code=STRINGS)
    assert reply["infcode"] == "0"
    assert reply["err_msg"] == "成功"
    assert reply["output"]["insuinfo"][0]["insuplcAdmdvs"] == str(CITY)
    visit = city.ok("2201", registration(p), code=STRINGS)["data"]["mdtrtId"]
    assert city.ok("2203", description(p, visit), code=STRINGS) == {}
    rows = city.ok("2204", {"feedetail": line(p, visit)}, code=STRINGS)["result"]
    assert rows[0]["chrgitmLv"] == "1"
    assert city.ask("2203", {}, code=STRINGS)["infcode"] == "-1"


def test_dictionaries_by_edition(city: City) -> None:
    def values(name: str, code: str) -> set[str]:
        out = city.ok("1901", dictionary(name), code=code)
        return {row["value"] for row in out["list"]}

    assert values("PSN_TYPE", HUNAN) == set(DICTIONARIES["psn_type"].families["hn"])
    assert values("psn_type", OTHER) == set(DICTIONARIES["psn_type"].families["jx"])
    assert values("psnType", ZHEJIANG) == set(DICTIONARIES["psn_type"].families["js"])
    assert values("ACCT_USED_FLAG", HUNAN) == {"0", "1", "2"}
    assert values("acct_used_flag", OTHER) == {"0", "1"}
    assert codes.label("fund_pay_type", "310200", "jx") == "城镇职工基本医疗保险个人账户基金"


def test_hunan_flag_keeps_relatives_out(city: City) -> None:
    p = city.person(current=100)
    wife = city.person(current=50_000)
    city.authorise(wife, p, 10)
    visit = visit_with_lines(city, p, code=HUNAN)

    def aid(flag: str) -> Decimal:
        asked = {"data": {**bill(p, visit)["data"], "acct_used_flag": flag}}
        return city.ok("2206", asked, code=HUNAN)["setlinfo"]["acct_mulaid_pay"]

    assert aid("1") == 0
    assert aid("2") > 0


def test_institutions_single_or_array(city: City) -> None:
    asked = {"medinsinfo": {"fixmedins_type": "1", "fixmedins_name": "演示机构9"}}
    one = city.ok("1201", asked)["medinsinfo"]
    assert one["fixmedins_code"] == ZHEJIANG
    many = city.ok("1201", asked, code=ZHEJIANG)["medinsinfo"]
    assert many[0]["hosp_lv"] == "02"
    assert city.ok("1201", {"medinsinfo": {"fixmedins_type": "2", "fixmedins_code": HOSPITAL}}) == {
        "medinsinfo": None
    }


def test_input_as_text_and_output_as_text(city: City) -> None:
    p = city.person()
    reply = city.ask("1101", json.dumps({"data": voucher(p)}), code=HUBEI)
    assert json.loads(reply["output"])["baseinfo"]["psn_no"] == p.psn_no
    assert city.ok("1101", json.dumps({"data": voucher(p)}))["baseinfo"]["psn_no"] == p.psn_no


def test_years_of_the_account(city: City) -> None:
    p = city.person(current=123, carried=4_500)
    out = city.ok("1101", {"data": voucher(p)}, code=ZHEJIANG)
    assert out["baseinfo"]["exp_content"] == '{"crtYearBalc":1.23,"calYearBalc":45.00}'
    assert city.ok("1101", {"data": voucher(p)}, code=HEBEI)["baseinfo"]["exp_content"] is None


def test_no_lower_case_letter_follows_an_underscore_in_a_value(city: City) -> None:
    """One client rewrites _x in replies, values included."""
    import re

    p = city.person(current=500)
    wife = city.person(current=50_000)
    city.authorise(wife, p, 10)
    visit = visit_with_lines(city, p)
    done = city.ok("2207", bill(p, visit))
    bought_now = city.ok("2102", purchase(p, bought()), code=PHARMACY)
    for output in (done, bought_now, city.ok("1101", {"data": voucher(p)})):
        for value in leaves(output):
            assert not re.search("_[a-z]", str(value)), value


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in leaves(v)]
    if isinstance(value, list):
        return [leaf for v in value for leaf in leaves(v)]
    return [value]


def test_every_output_fits_its_table(city: City) -> None:
    """Declared members are all there, of the declared length, decimals and dictionary."""
    p, aided = city.person(current=50_000), city.person(aid_class=1)
    visit = visit_with_lines(city, p)
    info = city.ok("2207", bill(p, visit))
    setl = {"setl_id": info["setlinfo"]["setl_id"], "mdtrt_id": visit, "psn_no": p.psn_no}
    outputs = {
        "2207": info,
        "2102": city.ok("2102", purchase(p), code=PHARMACY),
        "1101": city.ok("1101", {"data": voucher(aided)}),
        "5203": city.ok("5203", {"data": setl}),
        "5204": {"": city.ok("5204", {"data": setl})},
        "5201": city.ok("5201", visits_of(p, "11")),
        "5206": city.ok("5206", {"data": {"psn_no": p.psn_no}}),
        "2208": city.ok("2208", {"data": setl}),
    }  # fmt: skip
    allowed_null = {"crt_payb_lmt_amt", "setl_proc_info"}
    for infno, output in outputs.items():
        for name, node in TRANSACTIONS[infno].outputs.items():
            rows = output[name] if isinstance(output[name], list) else [output[name]]
            assert rows, (infno, name)
            for row in rows:
                assert [f.name for f in node.fields if f.name not in row] == [], (infno, name)
                for f in node.fields:
                    if row[f.name] is None:
                        assert not f.required or f.name in allowed_null, (infno, name, f.name)
                    elif f.kind == "N" and f.decimals:
                        exponent = Decimal(row[f.name]).as_tuple().exponent
                        assert -int(exponent) <= f.decimals, (infno, f.name)
                    elif f.kind == "C" and not f.table:  # editions widen codes beyond the table
                        assert len(str(row[f.name])) <= f.length, (infno, f.name)
