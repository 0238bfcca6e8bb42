# SPDX-License-Identifier: Apache-2.0
"""Ten thousand malformed messages: never a status other than 200, never a row stored.

Valid messages of every transaction are damaged: members dropped, retyped, lengthened, nested,
replaced by odd texts and numbers, bytes cut or flipped. Money messages that stay valid after the
damage are allowed to succeed only where they store nothing (trials, queries).
"""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

import pytest
from gateway_world import (
    HOSPITAL,
    PHARMACY,
    City,
    admission,
    bill,
    correction,
    description,
    dictionary,
    leaving,
    line,
    purchase,
    registration,
    visit_with_lines,
    visits_of,
    voucher,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongji.gateway.handlers import HANDLERS

STORED = ("visit", "fee_batch", "settlement", "message", "entry", "posting", "exchange_file")
HYPOTHESIS_MESSAGES = 2_000
DAMAGED_MESSAGES = 8_000
DAMAGED_FILES = 500

ODD: list[Any] = [
    None, "", " ", "null", "NULL", 0, -1, 1.5, 10**30, -(10**30), "1e400", "1E-9", "NaN", "-0",
    True, False, [], {}, [[]], [None], {"a": {"b": {}}}, "\u0000", "\ud83d\ude00", "\u202e",
    "A" * 40, "A" * 5000, "２０２６", "2026-02-30", "9999-99-99 99:99:99", "\\", '"', "'; --",
    "00", "0000", "-", ".", "1.", ".5", "1.000000001", "+1", "1_000", "0x10", "\n", "360100",
]  # fmt: skip


DAY_SUMS = {
    "stmt_begndate": "2026-03-02", "stmt_enddate": "2026-03-02", "insutype": "310",
    "clr_type": "11", "setl_optins": "360199", "medfee_sumamt": "1", "acct_pay": "0",
    "fund_pay_sumamt": "0", "cash_payamt": "0", "fixmedins_setl_cnt": "1", "file_qury_no": "1",
}  # fmt: skip


class Messages:
    """Valid messages of every transaction about one patient."""

    def __init__(self, city: City) -> None:
        p = city.person(current=50_000)
        self.visit = visit_with_lines(city, p)
        self.stay = city.ok("2401", admission(p))["result"]["mdtrt_id"]
        city.ok("2301", {"feedetail": line(p, self.stay, 1, med_type="21")})
        named = {"psn_no": p.psn_no, "mdtrt_id": self.visit}
        stay_bill = {**bill(p, self.stay)["data"], "mid_setl_flag": "0"}
        # Valid for the tables, refused for their content: what would change something names a
        # visit of nobody, a wrong sum, or a coverage that the patient does not have.
        nobody = {"psn_no": "GJ000000000000", "mdtrt_id": "1"}
        wrong = {"medfee_sumamt": "99.99"}
        other = {"insutype": "390"}
        inputs: list[tuple[str, str, Any]] = [
            ("9001", HOSPITAL, {"signIn": {"opter_no": "1", "mac": "m", "ip": "i"}}),
            ("9002", HOSPITAL, {"signOut": {"sign_no": "1", "opter_no": "1"}}),
            ("1101", HOSPITAL, {"data": voucher(p)}),
            ("1201", HOSPITAL, {"medinsinfo": {"fixmedins_type": "1", "fixmedins_name": "机"}}),
            ("1901", HOSPITAL, dictionary("INSUTYPE")),
            ("2001", HOSPITAL, {"data": {**voucher(p), "insutype": "310", "fixmedins_code": "x",
                                         "med_type": "11", "begntime": "2026-03-02"}}),
            ("2101", PHARMACY, purchase(p)),
            ("2102", PHARMACY, purchase(p, **wrong)),
            ("2103", PHARMACY, {"data": {**nobody, "setl_id": "1"}}),
            ("2201", HOSPITAL, registration(p, **other)),
            ("2202", HOSPITAL, {"data": {**nobody, "ipt_otp_no": "1"}}),
            ("2203", HOSPITAL, description(p, "1")),
            ("2203A", HOSPITAL, description(p, "1")),
            ("2204", HOSPITAL, {"feedetail": [line(p, "1", 1), line(p, "1", 2)]}),
            ("2205", HOSPITAL, {"data": {**nobody, "chrg_bchno": "0000"}}),
            ("2206", HOSPITAL, bill(p, self.visit)),
            ("2206A", HOSPITAL, bill(p, self.visit)),
            ("2207", HOSPITAL, {"data": {**bill(p, self.visit)["data"], **wrong}}),
            ("2207A", HOSPITAL, {"data": {**bill(p, self.visit)["data"], **wrong}}),
            ("2208", HOSPITAL, {"data": {**nobody, "setl_id": "1"}}),
            ("2301", HOSPITAL, {"feedetail": [line(p, "1", 1, med_type="21")]}),
            ("2302", HOSPITAL, {"data": {**nobody, "feedetl_sn": "0000"}}),
            ("2303", HOSPITAL, {"data": stay_bill}),
            ("2303A", HOSPITAL, {"data": stay_bill}),
            ("2304", HOSPITAL, {"data": {**stay_bill, **wrong}}),
            ("2304A", HOSPITAL, {"data": {**stay_bill, **wrong}}),
            ("2305", HOSPITAL, {"data": {**nobody, "setl_id": "1"}}),
            ("2401", HOSPITAL, admission(p, **other)),
            ("2402", HOSPITAL, leaving(p, "1")),
            ("2403", HOSPITAL, correction(p, "1")),
            ("2404", HOSPITAL, {"data": nobody}),
            ("2405", HOSPITAL, {"data": nobody}),
            ("2601", HOSPITAL, {"data": {"psn_no": "GJ0", "omsgid": "m", "oinfno": "2207"}}),
            ("3201", HOSPITAL, {"data": DAY_SUMS}),
            ("3202", HOSPITAL, {"data": DAY_SUMS}),
            ("5201", HOSPITAL, visits_of(p, "11")),
            ("5202", HOSPITAL, {"data": named}),
            ("5203", HOSPITAL, {"data": {**named, "setl_id": "1"}}),
            ("5204", HOSPITAL, {"data": named}),
            ("5206", HOSPITAL, {"data": {"psn_no": p.psn_no, "cum_ym": "202603"}}),
            ("5301", HOSPITAL, {"data": {"psn_no": p.psn_no}}),
            ("9102", HOSPITAL, {"fsDownloadIn": {"file_qury_no": "1", "filename": "a",
                                                 "fixmedins_code": HOSPITAL}}),
        ]  # fmt: skip
        self.valid = [city.message(infno, data, code=code) for infno, code, data in inputs]


@pytest.fixture(scope="module")
def messages(city: City) -> Messages:
    return Messages(city)


def nodes_of(value: Any, found: list[Any]) -> list[Any]:
    """Every object and array inside a message."""
    if isinstance(value, dict | list):
        found.append(value)
        for inner in value.values() if isinstance(value, dict) else value:
            nodes_of(inner, found)
    return found


def damaged(message: dict[str, Any], chance: random.Random) -> bytes:
    """The message with one to three faults."""
    copy = json.loads(json.dumps(message))
    repeats = (1, 2, 600)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(nodes_of(copy, []))
        if not place:
            continue
        key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        what = chance.random()
        if what < 0.2:
            del place[key]
        elif what < 0.3:
            place[key] = [place[key]] * chance.choice(repeats)
            repeats = (1, 2)  # many rows once: many of many would fill the memory
        elif what < 0.4:
            place[key] = {"x": place[key]}
        elif what < 0.5 and isinstance(place, dict):
            place[chance.choice(("\u0000", "a" * 300, "in", key.upper()))] = place[key]
        else:
            place[key] = deepcopy(chance.choice(ODD))  # or later faults would damage ODD
    body = json.dumps(copy, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")
    what = chance.random()
    if what < 0.05:
        body = body[: chance.randrange(len(body))]
    elif what < 0.1:
        spot = chance.randrange(len(body))
        body = body[:spot] + bytes([chance.randrange(256)]) + body[spot + 1 :]
    return body


def answered(city: City, body: bytes) -> dict[str, Any]:
    """The reply; anything but an envelope with status 200 fails, and so does our own fault."""
    reply = city.gateway.handle_now(body, trusted=True)
    assert reply.status == 200, body[:300]
    answer = json.loads(reply.content)
    assert int(answer["infcode"]) in (0, -1)
    if int(answer["infcode"]) == -1:
        assert answer["err_msg"][:6] != "[4000]", (body[:2000], answer)
        assert 0 < len(answer["err_msg"]) <= 200
    return answer


def stored(city: City) -> list[int]:
    return [city.count(table) for table in STORED]


def test_damaged_messages(city: City, messages: Messages) -> None:
    chance = random.Random(20260302)
    before = stored(city)
    refused = 0
    for _ in range(DAMAGED_MESSAGES):
        answer = answered(city, damaged(chance.choice(messages.valid), chance))
        refused += int(answer["infcode"]) == -1
    assert stored(city) == before
    assert refused > DAMAGED_MESSAGES // 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner,
                                                                max_size=4),
    max_leaves=12,
)  # fmt: skip


def test_anything_in_any_field(city: City, messages: Messages) -> None:
    before = stored(city)

    @settings(
        max_examples=HYPOTHESIS_MESSAGES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        message = json.loads(json.dumps(data.draw(st.sampled_from(messages.valid))))
        place = data.draw(st.sampled_from(nodes_of(message, [])))
        if place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            place[data.draw(st.sampled_from(keys))] = data.draw(JSON)
        answered(city, json.dumps(message).encode())

    run()
    assert stored(city) == before


def test_undamaged_messages_are_understood(city: City, messages: Messages) -> None:
    """The messages that are damaged above pass every check of their tables."""
    for message in messages.valid:
        answer = answered(city, json.dumps(message).encode())
        text = answer["err_msg"] or "[0]"
        number = int(text[1:].partition("]")[0])
        assert not 4001 <= number <= 4049, (message["infno"], text)


def test_every_transaction_is_damaged(messages: Messages) -> None:
    # 9101 has a test of its own: a file whose name or content was changed may still be kept.
    assert {message["infno"] for message in messages.valid} == HANDLERS.keys() - {"9101"}


def test_damaged_files(city: City) -> None:
    """A 9101 is kept exactly when it was answered so, and nothing else is stored."""
    chance = random.Random(9101)
    upload = {"fsUploadIn": {"in": "UEsFBgAA", "filename": "a.zip", "fixmedins_code": HOSPITAL}}
    message = city.message("9101", upload)
    before = stored(city)
    kept = sum(
        int(answered(city, damaged(message, chance))["infcode"]) == 0 for _ in range(DAMAGED_FILES)
    )
    assert stored(city) == [*before[:-1], before[-1] + kept]
    assert 0 < kept < DAMAGED_FILES
