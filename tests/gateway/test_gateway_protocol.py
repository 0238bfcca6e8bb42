# SPDX-License-Identifier: Apache-2.0
"""The server's own way of messages over raw sockets: order, limits, refusals by the head alone."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from gateway_world import HUNAN, City, number_of

from gongji.gateway import errors
from gongji.gateway.app import create_app
from gongji.gateway.envelope import BODY_BYTES_MAX
from gongji.runtime import protocol
from gongji.runtime.protocol import HEAD_BYTES_MAX, protocol_for
from patience import LOADED

SIGN_IN = {"signIn": {"opter_no": "1", "mac": "m", "ip": "127.0.0.1"}}

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
SOCKET_S_MAX = 60 * LOADED
UNREAD_MAX = 60_000  # answers of some hundred bytes: more than two sockets hold
HELD_BYTES_MAX = 256 * 1024


@dataclass
class Door:
    """A real server on a free port of this machine."""

    city: City
    port: int
    server: uvicorn.Server

    def connect(self) -> socket.socket:
        one = socket.create_connection(("127.0.0.1", self.port), timeout=SOCKET_S_MAX)
        one.settimeout(SOCKET_S_MAX)
        return one

    def body(self) -> bytes:
        return json.dumps(self.city.message("9001", SIGN_IN, code=HUNAN)).encode()


@pytest.fixture(scope="module")
def door(city: City) -> Iterator[Door]:
    """The gateway behind uvicorn with our protocol; unsigned institutions are served."""
    app = create_app(city.platform, allow_unsigned=True)
    config = uvicorn.Config(
        app,
        http=protocol_for(app),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=SOCKET_S_MAX,
    )
    server = uvicorn.Server(config)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Door(city, listener.getsockname()[1], server)
    server.should_exit = True
    thread.join(timeout=SOCKET_S_MAX)
    app.gateway.close()
    listener.close()


def post(body: bytes, *lines: str, length: int | None = None) -> bytes:
    """One POST as bytes."""
    size = len(body) if length is None else length
    head = ["POST / HTTP/1.1", "Host: x", f"Content-Length: {size}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


def read_all(one: socket.socket) -> bytes:
    """Everything until the server closes."""
    found = b""
    while chunk := one.recv(65536):
        found += chunk
    return found


def read_reply(one: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of one reply of known length."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = one.recv(65536)
        assert chunk, data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < size:
        body += one.recv(65536)
    return head, body


def test_requests_one_after_another_on_one_connection(door: Door) -> None:
    with door.connect() as one:
        for _ in range(3):
            one.sendall(post(door.body()))
            head, body = read_reply(one)
            assert head.startswith(b"HTTP/1.1 200")
            assert json.loads(body)["infcode"] == 0


@pytest.mark.parametrize("between", [GET, b""])
def test_what_is_pipelined_behind_a_message_is_not_read(door: Door, between: bytes) -> None:
    with door.connect() as one:
        one.sendall(post(door.body()) + between + post(door.body()))
        found = read_all(one)
    assert found.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in found.lower()


def test_what_is_pipelined_behind_anything_else_is_not_read(door: Door) -> None:
    with door.connect() as one:
        one.sendall(GET * 20 + post(door.body()))
        found = read_all(one)
    assert found.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in found.lower()


def test_what_follows_a_last_request_is_not_begun(door: Door) -> None:
    """The first is refused at once and closes; the second, in the same read, is nobody's."""
    asked = door.server.server_state.total_requests
    with door.connect() as one:
        one.sendall(post(b"{", "Connection: close") + post(door.body()))
        found = read_all(one)
    assert found.count(b"HTTP/1.1 ") == 1
    assert door.server.server_state.total_requests == asked + 1


def test_a_client_that_asks_on_and_never_reads_is_let_go(door: Door) -> None:
    """What it was answered is not kept without bound, and can still be read."""
    state = door.server.server_state
    malformed = post(b"{")  # refused at once: nothing slows the client down
    with door.connect() as one:
        one.sendall(malformed)
        read_reply(one)
        (here,) = (each for each in state.connections if each.client == one.getsockname())
        before, asked = state.total_requests, 0
        while not here.transport.is_closing():
            assert asked < UNREAD_MAX
            one.sendall(malformed * 100)
            asked += 100
            while state.total_requests - before < asked and not here.transport.is_closing():
                time.sleep(0.001)
        answered = state.total_requests - before
        assert here.transport.get_write_buffer_size() < HELD_BYTES_MAX
        assert read_all(one).count(b"HTTP/1.1 200") == answered


def test_close_is_honoured(door: Door) -> None:
    with door.connect() as one:
        one.sendall(post(door.body(), "Connection: close"))
        assert read_all(one).startswith(b"HTTP/1.1 200")


def test_a_body_in_pieces_and_a_chunked_body(door: Door) -> None:
    whole = post(door.body())
    with door.connect() as one:
        for at in range(0, len(whole), 100):
            one.sendall(whole[at : at + 100])
            time.sleep(0.002)
        assert json.loads(read_reply(one)[1])["infcode"] == 0
        body = door.body()
        one.sendall(CHUNKED + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
        assert json.loads(read_reply(one)[1])["infcode"] == 0


@pytest.mark.parametrize("size", [BODY_BYTES_MAX + 1, 99_999_999_999])
def test_a_stated_length_over_the_limit_is_refused_without_its_body(door: Door, size: int) -> None:
    with door.connect() as one:
        one.sendall(post(b"", length=size))
        found = read_all(one)
    assert number_of(json.loads(found.partition(b"\r\n\r\n")[2])) == errors.BODY_TOO_LARGE


def test_a_wrong_signature_is_refused_without_the_body(door: Door) -> None:
    lines = ("x-tif-paasid: nobody", "x-tif-timestamp: 1", "x-tif-nonce: a", "x-tif-signature: b")
    with door.connect() as one:
        one.sendall(post(b"", *lines, length=1000))
        assert b"HTTP/1.1 200" in read_all(one)


def test_a_head_over_the_limit_is_refused(door: Door) -> None:
    with door.connect() as one:
        one.sendall(b"POST / HTTP/1.1\r\nx-long: ")
        try:
            for _ in range(HEAD_BYTES_MAX // 1000 + 200):
                one.sendall(b"a" * 1000)
            found = read_all(one)
        except ConnectionError:
            return
    assert b" 431 " in found.partition(b"\r\n")[0]


@pytest.mark.parametrize("begun", [post(b"{", length=10), CHUNKED + b"1\r\n{\r\n"])
def test_a_request_that_never_ends_is_let_go(
    door: Door, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_S_MAX", 2)
    with door.connect() as one:
        one.sendall(begun)
        assert read_all(one) == b""


@pytest.mark.parametrize("before", [b"", GET])
def test_blank_lines_keep_no_connection(
    door: Door, monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_S_MAX", 2)
    with door.connect() as one:
        if before:
            one.sendall(before)
            read_reply(one)
        one.sendall(b"\r\n")
        assert read_all(one) == b""


@pytest.mark.parametrize("ask", [GET, post(b"{")])
def test_whole_requests_keep_a_connection(
    door: Door, monkeypatch: pytest.MonkeyPatch, ask: bytes
) -> None:
    """The time limit is that of one request, however long the connection lives."""
    monkeypatch.setattr(protocol, "REQUEST_S_MAX", 2)
    with door.connect() as one:
        for _ in range(2):
            one.sendall(ask)
            assert b" 200 " in read_reply(one)[0]
            time.sleep(2.1)
        one.sendall(ask)
        assert b" 200 " in read_reply(one)[0]


def test_other_kinds_take_the_long_way(door: Door) -> None:
    with door.connect() as one:
        one.sendall(GET)
        assert b'"ok"' in read_reply(one)[1]
        one.sendall(post(door.body()))
        assert json.loads(read_reply(one)[1])["infcode"] == 0
