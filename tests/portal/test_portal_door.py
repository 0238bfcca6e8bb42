# SPDX-License-Identifier: Apache-2.0
"""What the door of the pages promises: headers, cookies, files, bounds, and its own threads."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
from html import unescape

import httpx
import pytest
from portal_client import BASE, TODAY, Client

from gongji.policy.library import PolicyLibrary
from gongji.portal.door import PAGES_WAITING_MAX, Portal
from gongji.portal.search import Index
from patience import LOADED

KINDS = ["/policy", "/policy/pay", "/policy/360100", "/policy/nothing", "/policy/360100?on=x"]
GATE_S_MAX = 60 * LOADED


@pytest.mark.parametrize("address", KINDS)
def test_every_page_is_strict(client: Client, address: str) -> None:
    headers = client.get(address).response.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert headers["vary"] == "Cookie, Accept-Encoding"


@pytest.mark.parametrize("address", KINDS)
def test_no_page_carries_script_or_style(client: Client, address: str) -> None:
    html = client.get(address).html
    for word in ("<script", "<style", " style=", " onclick", "javascript:"):
        assert word not in html


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/policy/pay?bill=4711x&own=4711.47", 400),
        ("/policy/nothing?own=4711.47", 404),
        ("/policy/pay?own=4711.47" + "&a=" * 1001, 400),
        ("/policy/may?use=x&relation=4711.47", 400),
    ],
)
def test_what_visitors_type_stays_out_of_the_logs(
    client: Client, caplog: pytest.LogCaptureFixture, address: str, status: int
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert client.get(address).status == status
    kept = [str(record.__dict__) for record in caplog.records if record.name.startswith("django")]
    assert not [one for one in kept if "4711" in one]


def test_a_fault_of_ours_is_logged_with_its_path_alone(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the index is gone")

    monkeypatch.setattr(Index, "find", broken)
    assert client.get("/policy/search?q=4711").status == 500
    (record,) = [one for one in caplog.records if one.name == "django.request"]
    assert "/policy/search" in record.getMessage()
    assert record.exc_info is not None
    assert "4711" not in str(record.__dict__)


def test_files_have_names_that_change_with_them(client: Client) -> None:
    home = client.get("/policy")
    sheet = next(one for one in home.links() if one.endswith(".css"))
    answer = client.get(sheet, accept_encoding="gzip").response
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert "--brand-strong: #084A82" in answer.text
    assert answer.headers["content-security-policy"]


def test_head_has_the_head_alone(client: Client) -> None:
    answer = client.get("/policy", "HEAD").response
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 1000
    assert answer.content == b""


def test_the_choice_of_looks_is_kept_in_two_cookies(client: Client) -> None:
    back = "%2Fpolicy%2F360100%3Fon%3D2025-01-01"
    answer = client.get(f"/policy/look?mode=large&lang=en&back={back}").response
    assert answer.status_code == 303
    assert answer.headers["location"] == "/policy/360100?on=2025-01-01"
    cookies = answer.headers.get_list("set-cookie")
    assert [one.partition(";")[0] for one in cookies] == ["gj_lang=en", "gj_mode=large"]
    assert all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.test/", "//elsewhere.test", "/policy/%2F%2Felsewhere", "/policyx", "/",
     "/policy%5C%5Celsewhere", "/policy/%0d%0aset-cookie: a=b", ""],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(client: Client, back: str) -> None:
    answer = client.get(f"/policy/look?lang=en&back={back}").response
    assert answer.status_code == 303
    assert answer.headers["location"] == "/policy"
    assert "a=b" not in str(answer.headers)


def test_unknown_looks_are_the_usual_one(client: Client) -> None:
    page = client.get("/policy", cookie="gj_mode=<huge>; gj_lang=fr; other=1")
    assert 'data-mode="standard"' in page.html
    assert "set-cookie" not in client.get("/policy/look?mode=huge").response.headers


def test_a_long_question_and_many_fields_are_refused(client: Client) -> None:
    assert client.get("/policy/search?q=" + "a" * 5000).status == 404
    many = client.get("/policy?" + "&".join(["a"] * 1500))
    assert many.status == 400
    assert "地址里有看不懂的内容" in many.text


def test_other_requests_are_not_taken() -> None:
    def scope(method: str, path: str) -> dict[str, object]:
        return {"type": "http", "method": method, "path": path, "headers": []}

    assert Portal.takes(scope("GET", "/policy"))
    assert Portal.takes(scope("HEAD", "/policy/360100"))
    assert Portal.takes(scope("GET", "/static/app.css"))
    for method, path in [("POST", "/policy"), ("GET", "/"), ("GET", "/policyx"), ("GET", "/fsi")]:
        assert not Portal.takes(scope(method, path))
    assert not Portal.takes({"type": "lifespan"})


def test_a_slow_page_leaves_the_loop_free_and_too_many_are_told() -> None:
    gate = threading.Event()

    def today() -> dt.date:
        gate.wait(GATE_S_MAX)
        return TODAY

    portal = Portal(PolicyLibrary.load(), today)

    async def crowd() -> tuple[list[int], httpx.Response]:
        transport = httpx.ASGITransport(app=portal)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            waiting = [asyncio.ensure_future(http.get("/policy")) for _ in range(PAGES_WAITING_MAX)]
            for _ in range(3 * PAGES_WAITING_MAX):  # all of them get as far as their thread
                await asyncio.sleep(0)
            turned_away = await http.get("/policy")  # answered while every thread stands still
            gate.set()
            return [one.status_code for one in await asyncio.gather(*waiting)], turned_away

    try:
        served, turned_away = asyncio.run(crowd())
    finally:
        gate.set()
        portal.close()
    assert served == [200] * PAGES_WAITING_MAX
    assert turned_away.status_code == 503
    assert turned_away.headers["retry-after"] == "5"
    assert "现在人多" in turned_away.text


def test_a_fault_of_ours_is_told_in_the_same_dress() -> None:
    def today() -> dt.date:
        raise RuntimeError("the clock has stopped")

    portal = Portal(PolicyLibrary.load(), today)
    try:
        page = Client(portal).get("/policy")
    finally:
        portal.close()
    assert page.status == 500
    assert "是我们的问题，不是您的" in page.text
    assert "clock" not in page.html
    assert "default-src 'none'" in page.response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "accept", "taken"),
    [
        ("GET", "/", b"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", True),
        ("HEAD", "/", b"text/html", True),
        ("GET", "/", b"*/*", False),
        ("GET", "/", b"application/json", False),
        ("GET", "/", None, False),
        ("POST", "/", b"text/html", False),
        ("GET", "/healthz", b"text/html", False),
    ],
)
def test_only_a_browser_is_greeted_with_a_page(
    method: str, path: str, accept: bytes | None, taken: bool
) -> None:
    headers = [] if accept is None else [(b"accept", accept)]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    assert Portal.takes(scope) is taken


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        (("127.0.0.1", 8677), "http://127.0.0.1:8677/"),
        (("::1", 8600), "http://[::1]:8600/"),
        (None, "http://127.0.0.1:8600/"),
    ],
)
def test_the_first_message_goes_to_this_server_whatever_it_is_called(
    client: Client, server: tuple[str, int] | None, shown: str
) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/policy/start",
        "headers": [(b"host", b"elsewhere.example")],
        "server": server,
    }
    text = unescape(client.app.make(scope, b"", squeeze=False).content.decode())
    assert text.count(f"curl -s {shown} -H 'apikey: demo-apikey-0006' -d '") == 2
    assert "elsewhere" not in text
