# SPDX-License-Identifier: Apache-2.0
"""The gateway as an ASGI application: any POST path is a message, dispatched by its infno.

The hot path does no more than read headers and body. Headers are checked before the body is
read; a body over the limit is not read to its end.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gongji import __version__
from gongji.gateway import errors
from gongji.gateway.envelope import BODY_BYTES_MAX
from gongji.gateway.errors import refusal
from gongji.gateway.gateway import Done, Gateway, Reply
from gongji.gateway.oauth import TokenRefused, Tokens
from gongji.gateway.signatures import Rejected, Signer, Verifier, let_in
from gongji.settlement.platform import Platform

TOKEN_PATH = "/auth/oauth/token"
FORM_BYTES_MAX = 8 * 1024  # of a token request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ABOUT = f"""共济 Gongji {__version__}
职工医保个人账户家庭共济结算 · 定点医药机构接口（FSI）

POST 任意路径：接口报文，按 infno 分发；应答为接口报文，HTTP 状态为 200。
POST {TOKEN_PATH}：OAuth 方式的访问令牌。
GET /healthz：运行状况。
GET /policy：政策库、试算、问答（网页）。

National interface of designated institutions: POST a message to any path.
"""


class Admitted(NamedTuple):
    """A request whose head is in order; without a signer where none is needed."""

    signer: Signer | None
    kind: str  # content-type


class GatewayApp:
    """ASGI application over one gateway."""

    def __init__(self, platform: Platform, *, allow_unsigned: bool = False) -> None:
        self.gateway = Gateway(platform)
        self._platform = platform
        self._tokens = Tokens(platform.institutions, platform.box)
        self._verifier = Verifier(
            platform.institutions, self._tokens.read, allow_unsigned=allow_unsigned
        )
        self._other = Starlette(
            routes=[
                Route("/", self._about),
                Route("/healthz", self._health),
                Route(TOKEN_PATH, self._token, methods=["POST"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        is_message = (
            scope["type"] == "http" and scope["method"] == "POST" and scope["path"] != TOKEN_PATH
        )
        if not is_message:
            await self._other(scope, receive, send)
            return
        reply = await self._message(scope, receive)
        await _send(send, reply)

    def admit(self, headers: dict[str, str]) -> Admitted | Reply:
        """Check the head of a POST: a signer whose body may come, or the refusal.

        Decided before any of the body is read; ``headers`` are lower case.
        """
        try:
            signer = self._verifier.check(headers, self._platform.now())
        except Rejected as rejected:
            return self.gateway.reject(rejected)
        stated = headers.get("content-length", "")
        if stated and not (stated.isascii() and stated.isdigit() and _fits(stated)):
            return self._too_large()
        return Admitted(signer, headers.get("content-type", ""))

    def message(self, admitted: Admitted, body: bytes, done: Done) -> None:
        """Answer the whole body of an admitted POST: ``done`` is called once with the reply.

        The one way in of every HTTP message; nothing is awaited.
        """
        try:
            if admitted.signer is not None:
                let_in(admitted.signer, body)
        except Rejected as rejected:
            done(self.gateway.reject(rejected))
            return
        attachment = None
        if admitted.kind.startswith("multipart/form-data"):
            body, attachment = _parts(admitted.kind, body)
        self.gateway.start(body, admitted.signer, done, attachment=attachment)

    async def _message(self, scope: Scope, receive: Receive) -> Reply:
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        admitted = self.admit(headers)
        if isinstance(admitted, Reply):
            return admitted
        try:
            body = await _body(headers, receive, BODY_BYTES_MAX)
        except _TooLarge:
            return self._too_large()
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def done(reply: Reply) -> None:
            if not answer.done():
                answer.set_result(reply)

        self.message(admitted, body, done)
        return await answer

    def _too_large(self) -> Reply:
        refused = refusal(errors.BODY_TOO_LARGE, limit=BODY_BYTES_MAX)
        return self.gateway.reject(Rejected(refused, ""))

    async def _about(self, _request: Request) -> Response:
        return PlainTextResponse(_ABOUT, headers={"vary": "Accept"})

    async def _health(self, _request: Request) -> Response:
        def ask() -> bool:
            with self._platform.connect() as conn:
                return conn.execute("SELECT 1").fetchone() == (1,)

        try:
            healthy = await asyncio.get_running_loop().run_in_executor(None, ask)
        except Exception:
            healthy = False
        status = 200 if healthy else 503
        return JSONResponse({"status": "ok" if healthy else "database unreachable"}, status)

    async def _token(self, request: Request) -> Response:
        try:
            body = await _body(dict(request.headers), request.receive, FORM_BYTES_MAX)
        except _TooLarge:
            return JSONResponse({"error": "invalid_request"}, 400)
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        form = {**dict(request.query_params), **form}
        try:
            granted = self._tokens.grant(
                request.headers.get("authorization", ""), form, self._platform.now()
            )
        except TokenRefused as refused:
            return JSONResponse({"error": refused.error}, refused.status)
        return JSONResponse(granted, headers={"cache-control": "no-store"})


def _fits(stated: str) -> bool:
    return int(stated[:20]) <= BODY_BYTES_MAX


class _TooLarge(Exception):
    """The body is over the limit."""


async def _body(headers: dict[str, str], receive: Receive, limit: int) -> bytes:
    stated = headers.get("content-length", "")
    if stated.isdigit() and int(stated[:20]) > limit:
        raise _TooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _TooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            break
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _parts(kind: str, body: bytes) -> tuple[bytes, bytes | None]:
    """Message (part jsonStr) and file (part file) of a multipart 9101; empty where missing."""
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    parsed = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    message, file = b"", None
    for part in parsed.iter_parts() if parsed.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            if name == "jsonStr":
                message = content
            elif name == "file":
                file = content
    return message, file


async def _send(send: Send, reply: Reply) -> None:
    headers = [
        (b"content-type", reply.media_type.encode()),
        (b"content-length", str(len(reply.content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if reply.name:
        disposition = f"attachment; filename*=UTF-8''{quote(reply.name)}"
        headers.append((b"content-disposition", disposition.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.content})


def create_app(platform: Platform, *, allow_unsigned: bool = False) -> GatewayApp:
    """The application for a started platform.

    ``allow_unsigned`` serves institutions whose variant is "none" without a signature: for
    demonstrations and tests on one machine, never on a network.
    """
    return GatewayApp(platform, allow_unsigned=allow_unsigned)
