# SPDX-License-Identifier: Apache-2.0
"""Serving the gateway: one process or several on one port, each with its own engine.

Each process assembles a platform from the settings, seals batches in the background and refreshes
its look-ups. Processes share nothing but the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
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

from gongji.gateway.app import create_app
from gongji.ledger.sealing import seal_pending
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.runtime import logs
from gongji.runtime.errors import UserError
from gongji.runtime.postgres import EmbeddedPostgres
from gongji.runtime.protocol import protocol_for
from gongji.runtime.settings import Settings
from gongji.settlement.platform import Platform, build_platform

SEAL_EVERY_S = 1.0
SWEEP_EVERY = 300  # every so many rounds the sealer looks through all batches
REFRESH_EVERY_S = 2.0
CONNECT_TIMEOUT_S = 5
BACKLOG = 2048
STOP_WAIT_S_MAX = 30
KEEP_ALIVE_S = 75  # institutions keep their connections between patients
# The writer thread wakes after every answer of the database; at Python's default of 5 ms it would
# wait that long for the thread that reads requests, several times in every batch.
SWITCH_INTERVAL_S = 0.0005
PR_SET_PDEATHSIG = 1  # Linux prctl

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("gongji.server")


def assemble(url: str, settings: Settings, packs: Path | None = None) -> Platform:
    """The services of one process; raises UserError in one sentence when they cannot start."""
    library = PolicyLibrary.load(packs, accept=settings.accept_confidence)
    return build_platform(url, PrivacyBox(settings.secret_key()), library)


class Served:
    """The gateway with its life: background work, and the end of a platform that was started."""

    def __init__(
        self, platform: Platform, *, seal: bool, revive: Callable[[], object] | None = None
    ) -> None:
        self.platform = platform
        self._revive = revive
        self.gateway_app = create_app(platform)
        self._seal = seal
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self.gateway_app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        # What is loaded by now lives as long as the process: no collection has to walk it again.
        # Records and rows of a batch die young: looking at all others so often only costs time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        self._tasks.append(asyncio.create_task(self._refresh_forever()))
        if self._seal:
            self._tasks.append(asyncio.create_task(self._seal_forever()))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.gateway_app.gateway.close)
        await asyncio.to_thread(self.platform.stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def _refresh_forever(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            try:
                await asyncio.to_thread(self._refresh_once)
            except (psycopg.Error, OSError) as why:
                log.warning("database away: %s", type(why).__name__)
                if self._revive is not None:
                    await asyncio.to_thread(self._try_revive)

    def _refresh_once(self) -> None:
        with psycopg.connect(self.platform.url, connect_timeout=CONNECT_TIMEOUT_S) as conn:
            self.platform.catalogue.refresh(conn)
            self.platform.institutions.refresh(conn)

    def _try_revive(self) -> None:
        """An embedded server that was killed is started again; its recovery loses nothing."""
        if self._revive is not None:
            try:
                self._revive()
            except UserError as why:
                log.error("the embedded database cannot be started: %s", why)

    async def _seal_forever(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(SEAL_EVERY_S)
            try:
                await asyncio.to_thread(self._seal_once, rounds % SWEEP_EVERY == 0)
            except psycopg.Error as why:
                log.warning("sealing waits: %s", type(why).__name__)
            rounds += 1

    def _seal_once(self, sweep: bool) -> None:
        with psycopg.connect(self.platform.url) as conn:
            while seal_pending(conn, sweep=sweep):
                pass


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
    *,
    port: int | None = None,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; ``on_ready`` is called once with the port.

    Raises UserError when the port cannot be had or the database does not answer.
    """
    logs.configure()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    listener = _listen(settings.host, settings.port if port is None else port)
    with contextlib.closing(listener):
        children = [
            _spawn(url, settings, listener, number) for number in range(1, settings.workers)
        ]
        try:
            _run(url, settings, listener, True, on_ready)
        finally:
            _stop(children)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as why:
        listener.close()
        raise UserError(f"cannot listen on {host}:{port}: {why.strerror}") from why
    listener.setblocking(False)
    return listener


def _run(
    url: str,
    settings: Settings,
    listener: socket.socket,
    first: bool,
    on_ready: Callable[[int], None] | None,
) -> None:
    revive = None
    if first and settings.database_url is None:
        revive = EmbeddedPostgres(settings.data / "postgres").start
    platform = assemble(url, settings)
    try:
        platform.start()
    except psycopg.Error as why:
        platform.pool.close()
        raise UserError(f"the gateway cannot start on its database: {why}") from why
    app = Served(platform, seal=first, revive=revive)
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


def _spawn(url: str, settings: Settings, listener: socket.socket, number: int) -> BaseProcess:
    context = multiprocessing.get_context("fork")
    child = context.Process(
        target=_child, args=(url, settings, listener, os.getpid()), name=f"gongji-{number}"
    )
    child.start()
    return child


def _child(url: str, settings: Settings, listener: socket.socket, parent: int) -> None:
    # A worker whose parent was killed would keep the port: the kernel ends it.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        return
    try:
        _run(url, settings, listener, False, None)
    except UserError as why:
        log.error("a worker could not start: %s", why)
        sys.exit(1)


def _stop(children: list[BaseProcess]) -> None:
    for child in children:
        if child.pid is not None and child.is_alive():
            os.kill(child.pid, signal.SIGTERM)
    for child in children:
        child.join(timeout=STOP_WAIT_S_MAX)
