# SPDX-License-Identifier: Apache-2.0
"""Numbers, moments and voucher numbers as languages and databases print them: read exactly or
refused with the field named, never an internal error."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal

import pytest
from gateway_world import (
    PHARMACY,
    City,
    bill,
    bought,
    line,
    number_of,
    purchase,
    registration,
    visit_with_lines,
)
from hypothesis import given
from hypothesis import strategies as st

from gongji.gateway import errors
from gongji.gateway.inputs import INPUTS, LINE_AMOUNTS, InputChecker
from gongji.gateway.reading import card_number, read_moment, scaled
from gongji.gateway.schema import TRANSACTIONS
from gongji.kernel.errors import (
    DECIMALS_TOO_MANY,
    NUMBER_TOO_LARGE,
    NUMBER_UNREADABLE,
    Refusal,
)

SEED = 20260302


@pytest.mark.parametrize(
    ("text", "decimals", "value"),
    [
        ("600.000", 2, 60_000),  # SQL decimal(18,3) and (18,4)
        ("600.0000", 2, 60_000),
        ("10.00000", 4, 100_000),
        ("60.00000000", 6, 60_000_000),
        ("10.0000", 2, 1_000),
        ("0.0000", 2, 0),
        ("-0.0000", 2, 0),
        (".5", 2, 50),  # Oracle
        ("-.5", 2, -50),
        (".5000", 4, 5_000),
        ("600.", 2, 60_000),
        ("+5", 2, 500),
        (" 12.50 ", 2, 1_250),
        ("007.10", 2, 710),
        ("0" * 5_000 + "1", 2, 100),
        ("1." + "0" * 5_000, 2, 100),
        ("6E+2", 2, 60_000),  # Java's BigDecimal
        ("0E-8", 2, 0),
        ("0E+999999999999", 2, 0),
        ("1.2E+3", 2, 120_000),
        ("1250e-2", 2, 1_250),
        ("1E-2", 2, 1),
        (".5e1", 2, 500),
        ("1.0E+002", 2, 10_000),  # C# writes three digits
    ],
)
def test_numbers(text: str, decimals: int, value: int) -> None:
    assert scaled(text, decimals) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", NUMBER_UNREADABLE),
        (".", NUMBER_UNREADABLE),
        ("-", NUMBER_UNREADABLE),
        ("e5", NUMBER_UNREADABLE),
        ("1e", NUMBER_UNREADABLE),
        ("--1", NUMBER_UNREADABLE),
        ("1.2.3", NUMBER_UNREADABLE),
        ("1 2", NUMBER_UNREADABLE),
        ("1_000", NUMBER_UNREADABLE),
        ("1_0e2", NUMBER_UNREADABLE),
        ("0x10", NUMBER_UNREADABLE),
        ("１２.５０", NUMBER_UNREADABLE),
        ("１e2", NUMBER_UNREADABLE),
        ("²", NUMBER_UNREADABLE),
        ("1,200.50", NUMBER_UNREADABLE),
        ("780,5", NUMBER_UNREADABLE),
        ("￥780", NUMBER_UNREADABLE),
        ("NaN", NUMBER_UNREADABLE),
        ("Infinity", NUMBER_UNREADABLE),
        ("-inf", NUMBER_UNREADABLE),
        ("sNaN", NUMBER_UNREADABLE),
        ("12.501", DECIMALS_TOO_MANY),
        ("1e-3", DECIMALS_TOO_MANY),
        ("1e-999", DECIMALS_TOO_MANY),
        ("1e999", NUMBER_TOO_LARGE),
        ("1e99999999999999999999", NUMBER_TOO_LARGE),
        ("1e-99999999999999999999", NUMBER_TOO_LARGE),
        ("9" * 100_000, NUMBER_TOO_LARGE),
    ],
)
def test_no_numbers(text: str, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        scaled(text, 2)
    assert refused.value.code == code


@given(
    units=st.integers(-(10**14) + 1, 10**14 - 1),
    decimals=st.sampled_from((2, 4)),
    zeros=st.integers(0, 30),
    shift=st.integers(-6, 6),
)
def test_every_printing_of_a_number_is_that_number(
    units: int, decimals: int, zeros: int, shift: int
) -> None:
    value = Decimal(units).scaleb(-decimals)
    plain = f"{value:f}"
    longer = plain + "0" * zeros
    shifted = f"{value.scaleb(-shift):f}E{shift:+03d}"
    shorter = plain.rstrip("0")  # "600." and ".00" without its zeros
    bare = plain.replace("0.", ".", 1) if abs(value) < 1 else plain
    for text in (plain, longer, shifted, shorter, bare, str(value.normalize())):
        if text.strip("-."):
            assert scaled(text, decimals) == units


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("23.331", 2_333),
        ("23.335", 2_334),  # halves up
        ("23.334999999", 2_333),
        ("-23.335", -2_334),  # away from zero, as the interface rounds lines
        ("0.005", 1),
        ("0.0049", 0),
        ("9.995", 1_000),
        ("1e-3", 0),
        ("12.5", 1_250),
    ],
)
def test_amounts_rounded_where_agreed(text: str, fen: int) -> None:
    assert scaled(text, 2, half_up=True) == fen


def test_rounding_is_not_remembered_for_others() -> None:
    rounding = InputChecker(TRANSACTIONS["2204"], LINE_AMOUNTS)
    row = line(VISITOR, "1", det_item_fee_sumamt="7.7749")
    assert rounding.check({"feedetail": [row]})["feedetail"][0]["det_item_fee_sumamt"] == 777
    with pytest.raises(Refusal) as refused:
        INPUTS["2204"].check({"feedetail": [row]})
    assert refused.value.code == errors.DECIMALS_TOO_MANY
    whole = {**row, "det_item_fee_sumamt": "7.77", "pric": "3.8874500"}  # exact: six decimals
    assert rounding.check({"feedetail": [whole]})["feedetail"][0]["pric"] == 3_887_450
    with pytest.raises(Refusal):  # prices and counts are never rounded
        rounding.check({"feedetail": [{**row, "pric": "3.8874501"}]})


class VISITOR:
    psn_no = "GJ1"
    certno = "1"
    insutype = "310"


def test_a_comma_is_named_in_the_refusal() -> None:
    with pytest.raises(Refusal) as refused:
        INPUTS["2204"].check({"feedetail": [line(VISITOR, "1", det_item_fee_sumamt="1,200.50")]})
    assert refused.value.code == errors.NUMBER_UNREADABLE
    assert "feedetail 第 1 行 det_item_fee_sumamt" in refused.value.zh
    assert "不写逗号" in refused.value.zh


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026/12/1 9:05:03", "2026-12-01 09:05:03"),  # C# in China
        ("2026/12/01 09:05:03", "2026-12-01 09:05:03"),
        ("2026/12/01", "2026-12-01 00:00:00"),
        ("2026/12/1 9:05", "2026-12-01 09:05:00"),
        ("2026-12-1", "2026-12-01 00:00:00"),
        ("2026-12-01 9:05:03", "2026-12-01 09:05:03"),
        ("2026-12-01T09:05", "2026-12-01 09:05:00"),  # Java leaves out 00 seconds
        ("2026-12-01T09:05:03.123456789", "2026-12-01 09:05:03"),
        ("2026-12-01 09:05:03.0", "2026-12-01 09:05:03"),
        ("2026-12-01T10:00:00+08:00", "2026-12-01 10:00:00"),
        ("2026-12-01T10:00+08:00", "2026-12-01 10:00:00"),
        ("2026-12-01T10:00:00.1234567+08:00", "2026-12-01 10:00:00"),
        ("2026-12-01T02:00:00Z", "2026-12-01 10:00:00"),
        ("2026-12-01T02:00:00.000Z", "2026-12-01 10:00:00"),
        ("2026-12-01T02:00:00.000+0000", "2026-12-01 10:00:00"),
        ("2026-12-01T02:00:00+00", "2026-12-01 10:00:00"),
        ("2026-12-01T02:00Z[UTC]", "2026-12-01 10:00:00"),
        ("2026-12-01T10:00:00+08:00[Asia/Shanghai]", "2026-12-01 10:00:00"),
        ("2026-11-30T21:00:00-05:00", "2026-12-01 10:00:00"),
        ("2026/12/1 9:05:03 +08:00", "2026-12-01 09:05:03"),  # DateTimeOffset of .NET
        ("2026-12-01 01:05:03 Z", "2026-12-01 09:05:03"),
        ("Tue Dec 01 2026 09:05:03 GMT+0800 (中国标准时间)", "2026-12-01 09:05:03"),
        ("Thu Dec 31 2026 23:30:00 GMT+0000 (UTC)", "2027-01-01 07:30:00"),
        ("Thu, 31 Dec 2026 15:59:59 GMT", "2026-12-31 23:59:59"),
        ("Thu, 31 Dec 2026 16:00:00 GMT", "2027-01-01 00:00:00"),
        ("2025-12-31T23:30:00.000Z", "2026-01-01 07:30:00"),
        ("2025-12-31T15:59:59Z", "2025-12-31 23:59:59"),
        ("2025-12-31T16:00:00Z", "2026-01-01 00:00:00"),
        ("20261201", "2026-12-01 00:00:00"),
        ("20261201090503", "2026-12-01 09:05:03"),
        ("20261201090503123", "2026-12-01 09:05:03"),
        ("1796087103000", "2026-12-01 09:05:03"),  # 2026-12-01T01:05:03Z
        ("/Date(1796087103000)/", "2026-12-01 09:05:03"),
        ("/Date(1796087103000+0800)/", "2026-12-01 09:05:03"),
        ("2024-02-29", "2024-02-29 00:00:00"),
    ],
)
def test_moments(text: str, read: str) -> None:
    moment = read_moment(text)
    assert moment is not None
    assert moment.isoformat(" ") == read
    row = INPUTS["5201"].check({"data": {"psn_no": "1", "begntime": text, "endtime": text,
                                         "med_type": "11"}})["data"][0]  # fmt: skip
    assert row["begntime"] == read


@pytest.mark.parametrize(
    "unset",
    ["0001-01-01T00:00:00", "0001/1/1 0:00:00", "0001-01-01", "0001-01-01T00:00:00Z",
     "0001-01-01T00:00:00+00:00", "0001-01-01 00:00:00.0000000", "00010101000000",
     "/Date(-62135596800000)/"],
)  # fmt: skip
def test_a_time_never_set_is_empty(unset: str) -> None:
    assert read_moment(unset) is None
    full = {"psn_no": "1", "begntime": "2026-03-02", "endtime": unset, "med_type": "11"}
    with pytest.raises(Refusal) as refused:
        INPUTS["5201"].check({"data": full})
    assert refused.value.code == errors.FIELD_MISSING
    stay = {"psn_no": "1", "mdtrt_id": "1", "insutype": "310", "endtime": "2026-03-02",
            "dscg_dept_codg": "1", "dscg_dept_name": "1", "dscg_way": "1",
            "die_date": unset}  # fmt: skip
    assert "die_date" not in INPUTS["2402"].check({"dscginfo": stay})["dscginfo"][0]


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "20260230",
     "2026-12-01 24:00:00", "2026-12-01 09:60:00", "2026-12-01 09:05:60", "20261201240000",
     "2026-01-01 07:30:00.x2026", "2026-01-01 07:30:00.", "2026-01-01 07:30:00,5",
     "2026-01-01 07:30:00 x", "2026-01-01 07:30:00.000  +08:00", "2026-01-01T07:30:00X",
     "2026-01-01T07:30:00+25:00", "2026-01-01T07:30:00+08:99", "2026-01-01T07:30:00+8",
     "2026-01-01Z", "2026-01-01+08:00", "2026-01/01", "2026.01.01x", "1/2/2026",
     "12/1/2026 9:05:03 AM",
     "Tue Dec 01 09:05:03 CST 2026", "Tue Dec 01 2026 09:05:03", "Tue Dec 01 2026",
     "Tue Dez 01 2026 09:05:03 GMT+0800", "Wed, 30 Feb 2026 09:05:03 GMT",
     "Tue, 01 Dec 2026 09:05:03 GMT x", "2026年12月1日", "2026", "202612", "179609070300",
     "17960907030000000", "99999999999999", "1700-01-01", "2300-01-01", "9999-12-31T23:59:59Z",
     "0001-01-01T00:00:01", "0000-00-00 00:00:00", "-62135596800000", "/Date(x)/", "/Date(1)",
     "/Date(999999999999999)/", "２０２６-01-01", "2026-01-01T٠7:30:00", "\x002026-01-01", "null0"],
)  # fmt: skip
def test_no_moments(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any text that is no moment
        read_moment(text)
    with pytest.raises(Refusal) as refused:
        INPUTS["5201"].check(
            {"data": {"psn_no": "1", "begntime": text, "endtime": "2026-01-01", "med_type": "11"}}
        )
    assert refused.value.code == errors.DATE_UNREADABLE
    assert "begntime" in refused.value.zh


def test_a_day_with_time_and_zone_is_the_civil_day() -> None:
    # Midnight of 1 March in China, as a browser prints it, and as milliseconds.
    for sent in ("2026-02-28T16:00:00.000Z", 1772294400000, "1772294400000", "2026/3/1 0:00:00"):
        found = INPUTS["2303"].check({"data": {**STAY, "dscgTime": sent}})["data"][0]
        assert found["dscgTime"] == "2026-03-01"


STAY = {
    "psn_no": "1", "mdtrt_cert_type": "02", "mdtrt_cert_no": "3", "medfee_sumamt": "4.52",
    "psn_setlway": "01", "mdtrt_id": "1", "acct_used_flag": "1", "insutype": "310",
    "mid_setl_flag": "0",
}  # fmt: skip


@given(
    seconds=st.integers(0, 3_400_000_000),
    hours=st.integers(-12, 14),
)
def test_every_zone_names_the_same_civil_time(seconds: int, hours: int) -> None:
    moment = dt.datetime.fromisoformat("1992-01-01") + dt.timedelta(seconds=seconds)
    zone = dt.timezone(dt.timedelta(hours=hours))
    utc = moment - dt.timedelta(hours=8)
    there = utc.replace(tzinfo=dt.UTC).astimezone(zone)
    assert read_moment(there.isoformat()) == moment
    assert read_moment(there.isoformat(timespec="milliseconds")) == moment
    assert read_moment(f"{utc.isoformat()}Z") == moment


# Vouchers


def test_a_card_that_a_reader_appends_to() -> None:
    assert card_number("A1|360100|SER|x") == "A1"
    assert card_number(" A1 ") == "A1"
    assert card_number("|x") == ""


def test_vouchers_with_what_a_reader_appends(city: City) -> None:
    p = city.person(current=50_000)
    number = p.psn_no.removeprefix("GJ").lstrip("0")
    row = city.conn.execute("SELECT count(*) FROM person WHERE owner = %s", (number,)).fetchone()
    city.conn.commit()
    assert row == (1,)
    serial = int(p.certno[14:17])
    appended = "|360100|" + "SER0" * 60  # longer than the field itself may be
    vouchers = [("01", f"token-{serial}"), ("02", p.certno), ("03", f"card-{serial}")]
    for kind, text in vouchers:
        given_ = {"mdtrt_cert_type": kind, "mdtrt_cert_no": text + appended}
        out = city.ok("1101", {"data": {**given_, "begntime": ""}})
        assert out["baseinfo"]["psn_no"] == p.psn_no
        entry = registration(p, f"N{kind}", **given_)
        visit = city.ok("2201", entry)["data"]["mdtrt_id"]
        city.ok("2204", {"feedetail": [line(p, visit)]})
        info = city.ok("2207", bill(p, visit, **given_))["setlinfo"]
        assert info["medfee_sumamt"] == 100
        sale = purchase(p, **given_)
        assert city.ok("2101", sale, code=PHARMACY)["setlinfo"]["medfee_sumamt"] == 30
    nothing = {"mdtrt_cert_type": "03", "mdtrt_cert_no": "|360100|SER"}
    assert city.refused("1101", {"data": nothing}) == errors.VOUCHER_NUMBER_MISSING
    other = {"mdtrt_cert_type": "03", "mdtrt_cert_no": "card-999999|x"}
    assert city.refused("2201", registration(p, "N9", **other)) == errors.VOUCHER_OF_OTHER


# Whole messages


def test_amounts_of_a_bill_in_every_printing(city: City) -> None:
    p = city.person(current=100_000)
    for number, (amount, price, count) in enumerate(
        [("600.000", "60.00000000", "10.00000"), ("600.0000", "6E+1", "1E+1"),
         ("600.", "+60", " 10 ")]
    ):  # fmt: skip
        sent = {"det_item_fee_sumamt": amount, "pric": price, "cnt": count}
        visit = visit_with_lines(city, p, line(p, "", number + 1, **sent))
        out = city.ok("2206", bill(p, visit, amount))["setlinfo"]
        assert out["medfee_sumamt"] == 600
    halves = [{"pric": ".5", "cnt": "1"}, {"pric": "1", "cnt": ".5"}]
    for half in halves:
        row = bought(det_item_fee_sumamt="0.50", **half)
        out = city.ok("2101", purchase(p, row, medfee_sumamt=".5"), code=PHARMACY)["setlinfo"]
        assert out["medfee_sumamt"] == Decimal("0.50")


@pytest.mark.parametrize(
    ("raw", "code"),
    [("600.0000", None), ("6.0E2", None), ("1e999", 4045), ("-1e-999", 4044), ("9" * 400, 4045),
     ("[600]", 4041), ("true", 4041), ("{}", 4041)],
)  # fmt: skip
def test_json_numbers_as_written(city: City, raw: str, code: int | None) -> None:
    p = city.person(current=100_000)
    sent = {"det_item_fee_sumamt": "600", "pric": "600", "cnt": "1"}
    visit = visit_with_lines(city, p, line(p, "", **sent))
    body = json.dumps(city.message("2206", bill(p, visit, "@@"))).replace('"@@"', raw).encode()
    reply = city.send(body)
    if code is None:
        assert reply["output"]["setlinfo"]["medfee_sumamt"] == 600
    else:
        assert number_of(reply) == code


def test_a_number_without_end_is_refused_by_number(city: City) -> None:
    body = json.dumps(city.message("2206", bill(VISITOR, "1", "@@")))
    assert number_of(city.send(body.replace('"@@"', "9" * 6_000).encode())) == 4011


def neighbours(rng: random.Random, text: str) -> str:
    """A text with something put in, taken out or said twice."""
    odd = "0123456789.,-+eE:/TZ |￥元％０ \t\x00\ud800٣²_年日"
    place = rng.randrange(len(text) + 1)
    kind = rng.randrange(4)
    if kind == 0:
        return text[:place] + rng.choice(odd) + text[place:]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    if kind == 2:
        return text[:place] + rng.choice(odd) + text[place + 1 :]
    return text[:place] + text[place:] * rng.choice((0, 2, 500))


def test_bad_neighbours_are_refused_by_number(city: City) -> None:
    rng = random.Random(SEED)
    p = city.person(current=100_000)
    texts = ["30.00", "1E+2", ".5", "2026/3/2 9:05:03", "2026-03-02T01:00:00.000Z", "1772294400000"]
    fields = ("medfee_sumamt", "begntime", "mdtrt_cert_no", "acct_used_flag", "insutype")
    lines_of = ("det_item_fee_sumamt", "cnt", "pric", "fee_ocur_time", "feedetl_sn")
    numbers = set()
    for _ in range(400):
        sale = purchase(p)
        text = neighbours(rng, neighbours(rng, rng.choice(texts)))
        if rng.random() < 0.5:
            sale["druginfo"][rng.choice(fields)] = text
        else:
            sale["drugdetail"][0][rng.choice(lines_of)] = text
        reply = city.ask("2101", sale, code=PHARMACY)
        if reply["infcode"] != 0:
            numbers.add(number_of(reply))
    assert errors.INTERNAL not in numbers
    assert {errors.NUMBER_UNREADABLE, errors.DATE_UNREADABLE} <= numbers
