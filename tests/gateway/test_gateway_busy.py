# SPDX-License-Identifier: Apache-2.0
"""A lock that cannot be had is 3180, "nothing was done", through every door and for every message.

Real locks of another transaction, with limits shortened for the tests.
"""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from gateway_world import (
    HUNAN,
    PHARMACY,
    City,
    Patient,
    admission,
    bill,
    build,
    close,
    description,
    leaving,
    line,
    number_of,
    purchase,
    registration,
    visit_with_lines,
)

from gongji.gateway import turns
from gongji.gateway.app import Admitted, GatewayApp, create_app
from gongji.runtime.cli_settle import play
from gongji.settlement import platform, queueing
from gongji.settlement.errors import BUSY

pytestmark = pytest.mark.postgres
LOCK_S = 1.0


@pytest.fixture
def town(db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """A city whose messages wait a second for a lock."""
    options = platform.CONNECTION_OPTIONS
    assert "lock_timeout=8000" in options
    short = options.replace("lock_timeout=8000", f"lock_timeout={int(LOCK_S * 1000)}")
    monkeypatch.setattr(platform, "CONNECTION_OPTIONS", short)
    monkeypatch.setattr(queueing, "LOCK_WAIT_S_MAX", LOCK_S)
    made = build(db)
    try:
        yield made
        made.assert_clean()
    finally:
        close(made)


@contextmanager
def locked(city: City, statement: str) -> Iterator[None]:
    """Another transaction that holds what the statement locks."""
    with psycopg.connect(city.url) as other:
        other.execute(statement)
        yield


def of_person(p: Patient) -> str:
    return f"SELECT 1 FROM person WHERE owner = {p.owner} FOR UPDATE"


def whole(table: str) -> str:
    return f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"


# The doors


def by_asgi(city: City, body: bytes) -> dict[str, Any]:
    async def ask() -> httpx.Response:
        app = create_app(city.platform, allow_unsigned=True)
        transport = httpx.ASGITransport(app=app)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.post("/fsi", content=body)
        finally:
            await asyncio.to_thread(app.gateway.close)

    return json.loads(asyncio.run(ask()).content, parse_float=Decimal)


def by_protocol(city: City, body: bytes) -> dict[str, Any]:
    """As the server's own HTTP protocol calls the application."""

    async def ask() -> bytes:
        app: GatewayApp = create_app(city.platform, allow_unsigned=True)
        answer = asyncio.get_running_loop().create_future()
        headers = {"content-type": "application/json", "content-length": str(len(body))}
        admitted = app.admit(headers)
        assert isinstance(admitted, Admitted)
        app.message(admitted, body, answer.set_result)
        try:
            return (await answer).content
        finally:
            await asyncio.to_thread(app.gateway.close)

    return json.loads(asyncio.run(ask()), parse_float=Decimal)


def in_process(city: City, body: bytes) -> dict[str, Any]:
    return city.send(body)


def by_command(city: City, body: bytes) -> dict[str, Any]:
    """``gongji settle``."""
    out = io.StringIO()
    play(city.gateway, [body], whole=True, out=out)
    return json.loads(out.getvalue(), parse_float=Decimal)


DOORS: dict[str, Callable[[City, bytes], dict[str, Any]]] = {
    "asgi": by_asgi,
    "protocol": by_protocol,
    "in process": in_process,
    "command": by_command,
}


@pytest.mark.parametrize("door", DOORS)
def test_a_lock_that_cannot_be_had_is_busy_at_every_door(town: City, door: str) -> None:
    p = town.person(current=10_000)
    visit = visit_with_lines(town, p, code=HUNAN)
    other = {"feedetail": [line(p, visit, 9, chrg_bchno="B2")]}
    messages = {
        "money": town.message("2207", bill(p, visit), code=HUNAN),
        "in a thread": town.message("2204", other, code=HUNAN),
    }
    bodies = {name: json.dumps(message).encode() for name, message in messages.items()}
    with locked(town, of_person(p)):
        for name, body in bodies.items():
            begun = time.monotonic()
            assert number_of(DOORS[door](town, body)) == BUSY, name
            assert time.monotonic() - begun >= LOCK_S
    assert town.count("settlement") == 0
    for name, body in bodies.items():  # the keys are not used up
        reply = DOORS[door](town, body)
        assert str(reply["infcode"]) == "0", (name, reply["err_msg"])


def test_every_message_that_writes_is_busy_and_does_nothing(town: City) -> None:
    p = town.person(current=10_000)
    visit = visit_with_lines(town, p)
    admitted = town.message("2401", admission(p))
    stay = town.send(admitted)["output"]["result"]["mdtrt_id"]
    undo = {"data": {"psn_no": p.psn_no, "omsgid": admitted["msgid"], "oinfno": "2401"}}
    named = {"mdtrt_id": visit, "psn_no": p.psn_no}
    asked: list[tuple[str, Any]] = [
        ("2203A", description(p, visit)),
        ("2204", {"feedetail": [line(p, visit, 9, chrg_bchno="B2")]}),
        ("2205", {"data": {**named, "chrg_bchno": "B1"}}),
        ("2401", admission(p, ipt_no="ZY2")),
        ("2301", {"feedetail": [line(p, stay, med_type="21")]}),
        ("2402", leaving(p, stay)),
        ("2404", {"data": {"mdtrt_id": stay, "psn_no": p.psn_no}}),
        ("2601", undo),
        ("2207", bill(p, visit)),
    ]
    before = {t: town.count(t) for t in ("visit", "fee_batch", "message", "settlement")}
    with locked(town, of_person(p)):
        for infno, data in asked:
            assert town.refused(infno, data) == BUSY, infno
    assert {table: town.count(table) for table in before} == before


@pytest.mark.parametrize(
    ("table", "infno", "data"),
    [
        ("visit", "2201", registration),
        ("visit", "5201", lambda p: {"data": {"psn_no": p.psn_no, "begntime": "2026-03-01",
                                              "endtime": "2026-03-02", "med_type": "11"}}),
        ("settlement", "3201", lambda _: {"data": {
            "insutype": "310", "clr_type": "11", "setl_optins": "360100",
            "stmt_begndate": "2026-03-01", "stmt_enddate": "2026-03-02", "medfee_sumamt": "0",
            "fund_pay_sumamt": "0", "acct_pay": "0", "fixmedins_setl_cnt": "0"}}),
        ("person", "1101", lambda p: {"data": {"mdtrt_cert_type": "02",
                                               "mdtrt_cert_no": p.certno}}),
        ("person_key", "2102", purchase),
    ],
)  # fmt: skip
def test_readers_of_a_locked_table_are_busy(
    town: City, table: str, infno: str, data: Callable[[Patient], Any]
) -> None:
    p = town.person(current=10_000)
    code = PHARMACY if infno == "2102" else HUNAN
    with locked(town, whole(table)):
        assert town.refused(infno, data(p), code=code) == BUSY
    assert str(town.ask(infno, data(p), code=code)["infcode"]) == "0"


def test_one_locked_person_does_not_hold_all_threads(
    town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve messages of somebody who is locked, and messages of others beside them."""
    monkeypatch.setattr(turns, "TURN_WAIT_S_MAX", LOCK_S)
    stuck, other = town.person(), town.person(current=1000)
    visit, free = visit_with_lines(town, stuck), visit_with_lines(town, other)
    uploads = [
        town.message("2204", {"feedetail": [line(stuck, visit, n, chrg_bchno=f"C{n}")]})
        for n in range(10, 22)
    ]
    beside = [
        town.message("2204", {"feedetail": [line(other, free, 30, chrg_bchno="D")]}),
        town.message("2102", purchase(other), code=PHARMACY),
    ]

    async def ask(message: dict[str, Any]) -> tuple[dict[str, Any], float]:
        begun = time.monotonic()
        reply = await app.gateway.handle(json.dumps(message).encode(), None, trusted=True)
        return json.loads(reply.content), time.monotonic() - begun

    async def all_at_once() -> tuple[list[Any], list[Any]]:
        slow = [asyncio.create_task(ask(message)) for message in uploads]
        await asyncio.sleep(0.1)
        quick = [await ask(message) for message in beside]
        return await asyncio.gather(*slow), quick

    app = create_app(town.platform)
    try:
        with locked(town, of_person(stuck)):
            slow, quick = asyncio.run(all_at_once())
    finally:
        app.gateway.close()
    assert {number_of(reply) for reply, _ in slow} == {BUSY}
    assert [reply["infcode"] for reply, _ in quick] == [0, 0]
    assert max(seconds for _, seconds in quick) < LOCK_S
