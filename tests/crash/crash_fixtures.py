# SPDX-License-Identifier: Apache-2.0
"""Servers of their own for tests that break them, with the settings of real operation.

The clusters stand in a folder that every account can enter: as root the server runs as another.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from http_traffic import HttpClient, HttpServer, city, msgid_of
from line_client import LineServer
from races_arena import Arena, arena_on
from settlement_world import KEY, NOW, World, institutions, library
from traffic import Traffic, families

from clock import Clock
from gongji.members.privacy import PrivacyBox
from gongji.runtime import migrate
from gongji.runtime.postgres import EmbeddedPostgres

BUFFERS_MB = 64
SEED = 20260302


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A durable server of this test alone, migrated, running."""
    with tempfile.TemporaryDirectory(prefix="gongji-crash-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data", shared_buffers_mb=BUFFERS_MB)
        try:
            migrate.migrate(server.start())
            yield server
        finally:
            server.destroy()


@pytest.fixture
def crash_arena(own_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arena]:
    """One engine on that server."""
    with arena_on(own_server.url, monkeypatch, engines=1) as ring:
        yield ring


@pytest.fixture
def arena(
    new_db: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Arena]]:
    """Makes an arena on a database of the shared server: ``arena(engines=4, lock=True)``."""
    with ExitStack() as stack:

        def make(**options: int | bool) -> Arena:
            return stack.enter_context(arena_on(new_db(), monkeypatch, **options))

        yield make


@pytest.fixture
def traffic(own_server: EmbeddedPostgres) -> Iterator[Traffic]:
    """A server process on a durable database, and its clients, started."""
    server = LineServer(own_server.url)
    with psycopg.connect(own_server.url) as conn:
        institutions(conn, PrivacyBox(KEY))
        # The platform runs in the other process; people are made beside it, on the same day.
        beside: Any = SimpleNamespace(now=Clock(NOW), box=PrivacyBox(KEY), library=library())
        people = families(World(own_server.url, beside, conn))
    server.start()
    running = Traffic(server, people, int(os.environ.get("GONGJI_SEED", SEED)))
    running.start()
    try:
        yield running
    finally:
        try:
            running.finish()
        finally:
            server.stop()


@pytest.fixture(params=[1, 2], ids=["one process", "gateway and writer"])
def http_traffic(
    own_server: EmbeddedPostgres, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Traffic]:
    """``gongji serve`` and pharmacies that speak the national interface to it, started."""
    certificates = city(own_server.url)
    server = HttpServer(own_server.url, tmp_path, workers=request.param)
    server.start()
    running = Traffic(
        server,
        list(certificates),
        int(os.environ.get("GONGJI_SEED", SEED)),
        client=lambda one: HttpClient(one, certificates),
        key_of=msgid_of,
    )
    running.start()
    try:
        yield running
    finally:
        try:
            running.finish()
        finally:
            server.stop()
