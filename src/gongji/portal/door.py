# SPDX-License-Identifier: Apache-2.0
"""The pages as an ASGI application beside the gateway: a few threads, bounded, never its loop.

GET and HEAD of ``/policy...`` and ``/static/...`` belong here, and of ``/`` where a browser asks:
it is greeted with a page of links, while machines read the gateway's own text. Django makes a page
in one of ``PAGE_THREADS`` threads; when ``PAGES_WAITING_MAX`` wait already, the answer is a page
that says so (503). Every answer carries the same strict headers.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import io
import logging
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from django.core.handlers.wsgi import WSGIHandler

from gongji.policy.library import PolicyLibrary
from gongji.portal.assets import PREFIX, Asset
from gongji.portal.desk import Desk
from gongji.portal.words import BUSY_HTML

HOME = "/policy"
ROOT = "/"
HERE, DEFAULT_PORT = "127.0.0.1", 8600  # where a server does not say its address
WELCOME = f"{HOME}/start"
PAGE_THREADS = 2
PAGES_WAITING_MAX = 32  # being made and waiting together
QUERY_BYTES_MAX = 4096
SQUEEZE_BYTES_MIN = 1024
SQUEEZE_LEVEL = 5
STATIC_S_MAX = 365 * 24 * 3600
DESK = "gongji.desk"  # where views find the desk in request.META

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

POLICY_OF_CONTENT = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
STRICT: tuple[Header, ...] = (
    (b"content-security-policy", POLICY_OF_CONTENT.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
HTML: Header = (b"content-type", b"text/html; charset=utf-8")
FRESH: Header = (b"cache-control", b"private, no-cache")


class _WithoutWords(logging.Filter):
    """Keeps out of the logs what visitors type, as the foot of every page promises: their
    mistakes are no event, and of a fault of ours only the path is told."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Only faults of ours, without the request."""
        record.__dict__.pop("request", None)
        return int(getattr(record, "status_code", 500)) >= 500


_WITHOUT_WORDS = _WithoutWords()


class Answer(NamedTuple):
    """One response, whole."""

    status: int
    headers: tuple[Header, ...]
    content: bytes


class Portal:
    """ASGI application of the pages; ``takes`` says which requests are its own."""

    def __init__(self, library: PolicyLibrary, today: Callable[[], dt.date]) -> None:
        logging.getLogger("django.request").addFilter(_WITHOUT_WORDS)
        # What these say repeats the address (a refused one) or the whole page (its making).
        logging.getLogger("django.security").setLevel(logging.CRITICAL)
        logging.getLogger("django").setLevel(logging.WARNING)
        self._desk = Desk(library, today)
        self._django = WSGIHandler()
        self._threads = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")
        self._waiting = 0

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Is this a request for a page or one of its files?"""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        path: str = scope["path"]
        if path == ROOT:
            return any(name == b"accept" and b"text/html" in value
                       for name, value in scope["headers"])  # fmt: skip
        return path == HOME or path.startswith((f"{HOME}/", PREFIX))

    def close(self) -> None:
        """End the threads; pages being made are finished."""
        self._threads.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry for the requests that ``takes`` names."""
        squeeze = _accepts_gzip(scope)
        greeted = scope["path"] == ROOT
        if greeted:
            scope = {**scope, "path": WELCOME}
        asset = self._desk.by_address.get(scope["path"])
        if asset is not None:
            answer = _file(asset, squeeze)
        elif len(scope["query_string"]) > QUERY_BYTES_MAX:
            answer = await self._page({**scope, "path": f"{HOME}/too-long"}, b"", squeeze)
        else:
            answer = await self._page(scope, scope["query_string"], squeeze)
        length = (b"content-length", str(len(answer.content)).encode())
        headers = [*answer.headers, length, *STRICT]
        if greeted:
            headers.append((b"vary", b"Accept"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.content
        await send({"type": "http.response.body", "body": body})

    async def _page(self, scope: Scope, query: bytes, squeeze: bool) -> Answer:
        if self._waiting >= PAGES_WAITING_MAX:
            return Answer(503, (HTML, FRESH, (b"retry-after", b"5")), BUSY_HTML.encode())
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self.make, scope, query, squeeze)
        finally:
            self._waiting -= 1

    def make(self, scope: Scope, query: bytes, squeeze: bool) -> Answer:
        """One page by Django, in the thread of the caller; ``squeeze`` allows gzip."""
        environ = {**_environ(scope, query), DESK: self._desk}
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _why: object = None) -> None:
            started.extend((int(status.split(" ", 1)[0]), headers))

        response = self._django(environ, start)
        try:
            content = b"".join(response)
        finally:
            response.close()
        status, given = started
        headers = [
            (name.lower().encode("latin-1"), value.strip().encode("latin-1"))
            for name, value in given
            if name.lower() not in ("content-length", "x-frame-options")
        ]
        headers += [FRESH, (b"vary", b"Cookie, Accept-Encoding")]
        if squeeze and len(content) >= SQUEEZE_BYTES_MIN:
            content = gzip.compress(content, SQUEEZE_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        return Answer(status, tuple(headers), content)


def _accepts_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _file(asset: Asset, squeeze: bool) -> Answer:
    headers = [
        (b"content-type", asset.media_type.encode()),
        (b"cache-control", f"public, max-age={STATIC_S_MAX}, immutable".encode()),
        (b"vary", b"Accept-Encoding"),
    ]
    if squeeze:
        return Answer(200, (*headers, (b"content-encoding", b"gzip")), asset.squeezed)
    return Answer(200, tuple(headers), asset.content)


def _environ(scope: Scope, query: bytes) -> dict[str, Any]:
    """The request in the words of WSGI; it has no body. The server's name is its own address."""
    name, port = scope.get("server") or (HERE, DEFAULT_PORT)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": name,
        "SERVER_PORT": str(port or DEFAULT_PORT),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    cookies = [value for name, value in scope["headers"] if name == b"cookie"]
    if cookies:
        environ["HTTP_COOKIE"] = b"; ".join(cookies).decode("latin-1")
    return environ
