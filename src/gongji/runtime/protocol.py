# SPDX-License-Identifier: Apache-2.0
"""Uvicorn's HTTP protocol with a short way for messages: no task, no ASGI cycle per request.

A POST of known length goes straight to ``GatewayApp`` and its reply straight to the transport;
everything else (GET, tokens, multipart, chunked bodies, 100-continue) takes uvicorn's own way.
One request of a connection at a time, on both ways: whatever follows an unanswered one is not read,
and the connection is closed behind the answer. So is that of a client that asks on and leaves its
answers unread. Heads, bodies and the time to send them are bounded.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gongji.gateway.app import TOKEN_PATH, Admitted, GatewayApp
from gongji.gateway.gateway import JSON, Reply

HEAD_BYTES_MAX = 64 * 1024  # of request line and headers together
REQUEST_S_MAX = 60  # from the first byte of a request to its last
_OWN_WAY = (b"expect", b"upgrade", b"transfer-encoding")
_JSON_HEAD = f"content-type: {JSON}\r\ncache-control: no-store\r\ncontent-length: ".encode()
_OK = STATUS_LINE[200] + _JSON_HEAD
_HEAD_TOO_LARGE = Reply(b"", 431, "text/plain")


class MessageProtocol(HttpToolsProtocol):
    """One connection; ``gateway_app`` is set on the class by ``protocol_for``."""

    gateway_app: GatewayApp

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._short = False  # the request being read takes the short way
        self._admitted: Admitted | None = None
        self._chunks: list[bytes] = []
        self._head_size = 0  # bytes of an unfinished head, beyond the first read
        self._in_head = False
        self._reading = False
        self._whole = False  # the bytes at hand have ended a request
        self._read_timer: asyncio.TimerHandle | None = None
        self._asked = False  # a message is being answered
        self._keep_alive = True
        self._deaf = False  # nothing more is read from this connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins: its first request has to come within the limit."""
        super().connection_made(transport)
        self._read_timer = self.loop.call_later(REQUEST_S_MAX, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; an answer still to come is thrown away."""
        self._stop_read_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request; what is not a whole request yet is given a time limit."""
        if self._deaf or self.transport.is_closing():
            return
        if self._in_head:
            # A header line that does not end is not told by the parser: count what has come.
            self._head_size += len(data)
            if self._head_size > HEAD_BYTES_MAX:
                self._refuse(_HEAD_TOO_LARGE)
                return
        self._whole = False
        super().data_received(data)
        if self._whole:
            self._stop_read_timer()
        # Blank lines begin no request, yet they have ended uvicorn's watch over an idle connection.
        if (self._reading or not self._whole) and self._read_timer is None:
            self._read_timer = self.loop.call_later(REQUEST_S_MAX, self._too_slow)

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _too_slow(self) -> None:
        self._read_timer = None
        # On uvicorn's way a request is being answered before it is whole.
        if (self._reading and not self._deaf) or not self._is_answering():
            self.transport.close()

    def _is_answering(self) -> bool:
        return self._asked or (self.cycle is not None and not self.cycle.response_complete)

    def on_message_begin(self) -> None:
        """A request begins; uvicorn's scope is made only when its way is taken."""
        if self._is_answering():
            self._deafen()
        elif self.flow.write_paused and not self._deaf:
            # Who has read the last answer has left nothing to send: this one does not read.
            self._deafen()
            self.transport.close()
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._head_size = 0
        self._in_head = self._reading = True

    def on_headers_complete(self) -> None:
        """Choose the way of this request; a message is admitted or refused by its head alone."""
        self._in_head = False
        if self._deaf:
            return
        self._short = self._is_message()
        if not self._short:
            url, headers, expect = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expect
            self.headers.extend(headers)
            super().on_headers_complete()
            return
        self._chunks = []
        names = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}
        admitted = self.gateway_app.admit(names)
        if isinstance(admitted, Reply):
            self._refuse(admitted)
        self._admitted = admitted if isinstance(admitted, Admitted) else None

    def _is_message(self) -> bool:
        if self.parser.get_method() != b"POST" or self.url.startswith(TOKEN_PATH.encode()):
            return False
        length = False
        for name, value in self.headers:
            if name in _OWN_WAY or (name == b"content-type" and value.startswith(b"multipart")):
                return False
            length = length or name == b"content-length"
        return length

    def on_body(self, body: bytes) -> None:
        """A part of a body; its length was checked with the head."""
        if self._deaf:
            return
        if self._short:
            self._chunks.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._reading = False
        self._whole = True
        if self._deaf:
            return
        if not self._short:
            super().on_message_complete()
            return
        admitted, chunks = self._admitted, self._chunks
        self._admitted, self._chunks = None, []
        if admitted is None:
            return
        self._keep_alive = (
            self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        )
        self._asked = True
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self.gateway_app.message(admitted, body, self._reply)

    def _reply(self, reply: Reply) -> None:
        self._asked = False
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        close = self._deaf or not self._keep_alive
        self.transport.write(_head(reply, close) + reply.content)
        if close:
            self.transport.close()
            return
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _deafen(self) -> None:
        """Read no more: the answer being made is the last one of this connection."""
        self._deaf = True
        if self.cycle is not None:
            self.cycle.keep_alive = False
        self.transport.pause_reading()

    def _refuse(self, reply: Reply) -> None:
        """Answer at once and end the connection: the rest of the request is not read."""
        self._deafen()
        self._reading = False
        self.server_state.total_requests += 1
        self.transport.write(_head(reply, True) + reply.content)
        self.transport.close()

    def shutdown(self) -> None:
        """A graceful stop: what is being answered is answered."""
        if self._asked:
            self._keep_alive = False
        else:
            super().shutdown()


def _head(reply: Reply, close: bool) -> bytes:
    if reply.status == 200 and reply.media_type is JSON and not close:
        return _OK + str(len(reply.content)).encode() + b"\r\n\r\n"
    lines = [
        f"content-type: {reply.media_type}",
        "cache-control: no-store",
        f"content-length: {len(reply.content)}",
    ]
    if reply.name:
        name = quote(reply.name)
        lines.append(f"content-disposition: attachment; filename*=UTF-8''{name}")
    if close:
        lines.append("connection: close")
    return STATUS_LINE[reply.status] + "\r\n".join([*lines, "", ""]).encode()


def protocol_for(app: GatewayApp) -> type[asyncio.Protocol]:
    """The protocol class of one gateway, for uvicorn's ``http`` setting."""
    return type("MessageProtocolOfApp", (MessageProtocol,), {"gateway_app": app})
