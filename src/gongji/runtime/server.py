# SPDX-License-Identifier: Apache-2.0
"""Serving gateway and pages: one process, or several gateways on one port before one writer.

Each process assembles a platform from the settings and refreshes its look-ups; the first one also
seals batches in the background. With several, the first serves no port: its engine writes for the
gateways, which reach it by a link each (``settlement.link``). It ends with all of them or none.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import uvicorn
import uvloop

from gongji.gateway.app import create_app
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.portal.door import Portal
from gongji.runtime import django_settings, logs
from gongji.runtime.background import Background
from gongji.runtime.errors import UserError
from gongji.runtime.postgres import EmbeddedPostgres
from gongji.runtime.protocol import protocol_for
from gongji.runtime.settings import Settings
from gongji.settlement.engine import Submitting
from gongji.settlement.link import EngineLink, host
from gongji.settlement.platform import Platform, build_platform, civil_now

BACKLOG = 2048
STOP_WAIT_S_MAX = 30
KEEP_ALIVE_S = 75  # institutions keep their connections between patients
# Threads that look something up wake after every answer of the database; at Python's default of
# 5 ms each would wait that long for the thread of the event loop, several times in every look-up.
SWITCH_INTERVAL_S = 0.0005
PR_SET_PDEATHSIG = 1  # Linux prctl

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("gongji.server")


def assemble(
    url: str, settings: Settings, packs: Path | None = None, engine: Submitting | None = None
) -> Platform:
    """The services of one process; raises UserError in one sentence when they cannot start."""
    library = PolicyLibrary.load(packs, accept=settings.accept_confidence)
    return build_platform(url, PrivacyBox(settings.secret_key()), library, engine=engine)


class Served:
    """The gateway with its life, and the pages beside it, as an ASGI application."""

    def __init__(self, work: Background, link: EngineLink | None = None) -> None:
        self._work = work
        self._link = link
        self.gateway_app = create_app(work.platform)
        django_settings.configure()
        self.portal = Portal(work.platform.library, lambda: civil_now().date())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self.portal.takes(scope):
            await self.portal(scope, receive, send)
        else:
            await self.gateway_app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._work.begin()
            if self._link is not None:
                await self._link.open()
        except Exception as why:
            await send({"type": "lifespan.startup.failed", "message": str(why)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self.gateway_app.gateway.close)
        await asyncio.to_thread(self.portal.close)
        await self._work.end()
        await send({"type": "lifespan.shutdown.complete"})


class _Server(uvicorn.Server):
    """Stops on the usual signals without raising them again: callers clean up behind it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM for the length of the block."""
        stops = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in stops}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def serve(
    url: str,
    settings: Settings,
    listener: socket.socket,
    *,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Serve on a reserved port until SIGINT or SIGTERM; ``on_ready`` is called once with it.

    Raises UserError when the port was lost meanwhile or the database does not answer.
    """
    logs.configure()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with contextlib.closing(listener):
        try:
            listener.listen(BACKLOG)
        except OSError as why:
            raise _taken(*listener.getsockname()[:2], why) from why
        if settings.workers == 1:
            _run_gateway(url, settings, listener, None, on_ready)
        else:
            _run_writer(url, settings, listener, on_ready)


def reserve(host: str, port: int) -> socket.socket:
    """Bind the port, before anything is made for a server that would not get it.

    Nobody is answered yet: ``serve`` listens. Raises UserError when the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as why:
        listener.close()
        raise _taken(host, port, why) from why
    listener.setblocking(False)
    return listener


def _taken(host: str, port: int, why: OSError) -> UserError:
    return UserError(f"cannot listen on {host}:{port}: {why.strerror}")


def _reviver(settings: Settings) -> Callable[[], object] | None:
    if settings.database_url is not None:
        return None
    return EmbeddedPostgres(settings.data / "postgres").start


def _started(platform: Platform) -> Platform:
    try:
        platform.start()
    except psycopg.Error as why:
        platform.pool.close()
        raise UserError(f"the gateway cannot start on its database: {why}") from why
    return platform


def _run_gateway(
    url: str,
    settings: Settings,
    listener: socket.socket,
    end: socket.socket | None,
    on_ready: Callable[[int], None] | None,
) -> None:
    """A gateway with an engine of its own, or with a link (its ``end``) to the writer's."""
    link = EngineLink(end, _stop_myself) if end is not None else None
    platform = _started(assemble(url, settings, engine=link))
    work = Background(
        platform, seal=link is None, revive=_reviver(settings) if link is None else None
    )
    app = Served(work, link)
    config = uvicorn.Config(
        app,
        log_config=None,  # its words go the way of ours: masked, one JSON line each
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http=protocol_for(app.gateway_app),
        lifespan="on",
        timeout_graceful_shutdown=STOP_WAIT_S_MAX,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _Server(config)
    if on_ready is not None:
        app_ready = on_ready
        started = server.startup

        async def startup(sockets: list[socket.socket] | None = None) -> None:
            await started(sockets)
            if not server.should_exit:
                app_ready(listener.getsockname()[1])

        server.startup = startup  # type: ignore[method-assign]
    server.run(sockets=[listener])
    if not server.started:
        raise UserError("the server could not start; see the message above")


def _stop_myself() -> None:
    """Without the writer nothing can be settled: end, as the writer has."""
    os.kill(os.getpid(), signal.SIGTERM)


def _run_writer(
    url: str,
    settings: Settings,
    listener: socket.socket,
    on_ready: Callable[[int], None] | None,
) -> None:
    """The engine of all gateways, which are children of this process."""
    pairs = [socket.socketpair() for _ in range(settings.workers - 1)]
    children = [
        _spawn(url, settings, listener, pairs, number) for number in range(settings.workers - 1)
    ]
    for _, theirs in pairs:
        theirs.close()
    try:
        platform = _started(assemble(url, settings))
        work = Background(platform, seal=True, revive=_reviver(settings))
        ends = [ours for ours, _ in pairs]
        uvloop.run(_write(work, ends, children, listener, on_ready))
    finally:
        _stop(children)


async def _write(
    work: Background,
    ends: list[socket.socket],
    children: list[BaseProcess],
    listener: socket.socket,
    on_ready: Callable[[int], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    lost = False

    def one_is_lost() -> None:
        nonlocal lost
        lost = not over.is_set()
        over.set()
        for child in children:
            loop.remove_reader(child.sentinel)

    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, over.set)
    for child in children:
        loop.add_reader(child.sentinel, one_is_lost)
    missing = len(ends)

    def ready() -> None:
        nonlocal missing
        missing -= 1
        if not missing and on_ready is not None:
            on_ready(listener.getsockname()[1])

    await work.begin()
    for end in ends:
        end.setblocking(False)
    links = [await host(work.platform.engine, end, ready) for end in ends]
    await over.wait()
    await asyncio.to_thread(_stop, children)
    for close in links:
        close()
    await work.end()
    if lost:
        what = "could not start" if missing else "has lost one of its processes"
        raise UserError(f"the server {what}; see the message above")


def _spawn(
    url: str,
    settings: Settings,
    listener: socket.socket,
    pairs: list[tuple[socket.socket, socket.socket]],
    number: int,
) -> BaseProcess:
    context = multiprocessing.get_context("fork")
    child = context.Process(
        target=_child,
        args=(url, settings, listener, pairs, number, os.getpid()),
        name=f"gongji-{number + 1}",
    )
    child.start()
    return child


def _child(
    url: str,
    settings: Settings,
    listener: socket.socket,
    pairs: list[tuple[socket.socket, socket.socket]],
    number: int,
    parent: int,
) -> None:
    # A gateway whose writer was killed would keep the port and settle nothing: the kernel ends it.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    os.setpgid(0, 0)  # Ctrl-C at the terminal is the writer's alone: it ends its gateways in order
    end = pairs[number][1]
    for pair in pairs:
        for one in pair:
            if one is not end:
                one.close()
    end.setblocking(False)
    try:
        _run_gateway(url, settings, listener, end, None)
    except UserError as why:
        log.error("a gateway could not start: %s", why)
        sys.exit(1)


def _stop(children: list[BaseProcess]) -> None:
    for child in children:
        if child.pid is not None and child.is_alive():
            os.kill(child.pid, signal.SIGTERM)
    for child in children:
        child.join(timeout=STOP_WAIT_S_MAX)
