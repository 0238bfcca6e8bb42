# SPDX-License-Identifier: Apache-2.0
"""One PostgreSQL for the whole run, one fresh migrated database for each test that asks.

The server is embedded in a temporary folder, or the one named by GONGJI_TEST_DATABASE_URL (its
role must be allowed to create databases). With pytest-xdist every worker has a server of its own.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest

from gongji.runtime import migrate
from gongji.runtime.postgres import EmbeddedPostgres, processes

TEST_SHARED_BUFFERS_MB = 128
ORDER = os.environ.get("GONGJI_TEST_ORDER", "")  # any word; the same for every worker
HOSTS_ALLOWED = ("", "::1", "localhost")
SCRATCH_PREFIX = "gongji-test-"
SCRATCH_MEMORY_BYTES_MIN = 4 * 1024**3
# What a busy machine takes for an example says nothing about the example.
hypothesis.settings.register_profile(
    "gongji", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("gongji")
# A test database need not survive a power cut; kill -9 of the server loses nothing with these.
FAST = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "1GB"}


@dataclass
class Server:
    """A server that makes databases: ``url`` is of a role that may CREATE DATABASE."""

    url: str
    prefix: str
    embedded: EmbeddedPostgres | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(statement)

    @contextmanager
    def superuser(self, url: str) -> Iterator[psycopg.Connection]:
        """A superuser in the database of ``url``; needs the embedded server."""
        assert self.embedded is not None
        path = urlsplit(url).path
        with psycopg.connect(
            urlunsplit(urlsplit(self.embedded.admin_url)._replace(path=path))
        ) as conn:
            yield conn

    def create(self, template: str | None = None) -> str:
        """A new database (a copy of ``template``); returns its name."""
        name = f"{self.prefix}_{next(self._numbers)}"
        copy = f" TEMPLATE {template}" if template else ""
        self.execute(f"CREATE DATABASE {name}{copy}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database and whoever is still in it.

        As a superuser where that is possible: the process of one that has left may still be
        there, and nobody else may end it.
        """
        url = self.embedded.admin_url if self.embedded else self.url
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the order, so that it can be had again."""
    if ORDER:
        terminalreporter.write_line(f"in the order of: make test ORDER={ORDER}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With GONGJI_TEST_ORDER: modules in a random order, and the tests of each in another one.

    A module stays together: its server, its browser and its databases are made once.
    """
    if not ORDER:
        return
    luck = random.Random(ORDER)
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    names = sorted(modules)
    luck.shuffle(names)
    for name in names:
        luck.shuffle(modules[name])
    items[:] = [item for name in names for item in modules[name]]


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Python sockets reach this machine alone: a test that needs the world is no test."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        inside = self.family not in (socket.AF_INET, socket.AF_INET6)
        if not inside and host not in HOSTS_ALLOWED and not str(host).startswith("127."):
            raise PermissionError(f"the network is closed in tests: {address}")

    def guarded(self: socket.socket, address: object) -> None:
        check(self, address)
        connect(self, address)  # type: ignore[arg-type]

    def guarded_ex(self: socket.socket, address: object) -> int:
        check(self, address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A temporary folder that every account can enter, in memory where there is plenty.

    Clusters are tens of megabytes of small files; on a slow disk making them is what takes time.
    """
    memory = Path("/dev/shm")
    plenty = memory.is_dir() and shutil.disk_usage(memory).free >= SCRATCH_MEMORY_BYTES_MIN
    root = memory if plenty else Path(tempfile.gettempdir())
    for old in root.glob(f"{SCRATCH_PREFIX}*"):
        owner = old.name.removeprefix(SCRATCH_PREFIX).partition("-")[0]
        if owner.isdigit() and not processes.process_alive(int(owner)):
            shutil.rmtree(old, ignore_errors=True)  # of a run that was killed
    with tempfile.TemporaryDirectory(
        prefix=f"{SCRATCH_PREFIX}{os.getpid()}-", dir=root, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def pg_server(scratch: Path) -> Iterator[Server]:
    """The server of the session."""
    prefix = f"gongji_test_{os.getpid()}"
    outside = os.environ.get("GONGJI_TEST_DATABASE_URL")
    if outside:
        yield Server(outside, prefix)
        return
    embedded = EmbeddedPostgres(
        scratch / "session", shared_buffers_mb=TEST_SHARED_BUFFERS_MB, options=FAST
    )
    try:
        yield Server(embedded.start(), prefix, embedded)
    finally:
        embedded.destroy()


@pytest.fixture(scope="session")
def migrated(pg_server: Server) -> Iterator[str]:
    """Name of a migrated, empty database that others are copied from."""
    name = pg_server.create()
    migrate.migrate(pg_server.url_of(name))
    yield name
    pg_server.drop(name)


@pytest.fixture
def new_db(pg_server: Server, migrated: str) -> Iterator[Callable[[], str]]:
    """A function that makes one more fresh migrated database and returns its URL."""
    made: list[str] = []

    def make() -> str:
        made.append(pg_server.create(migrated))
        return pg_server.url_of(made[-1])

    yield make
    for name in made:
        pg_server.drop(name)


@pytest.fixture
def db(new_db: Callable[[], str]) -> str:
    """URL of a fresh migrated database, dropped after the test."""
    return new_db()


@pytest.fixture
def conn(db: str) -> Iterator[psycopg.Connection]:
    """A connection to the database of this test (not in autocommit)."""
    with psycopg.connect(db) as connection:
        yield connection
