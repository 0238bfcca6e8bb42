# SPDX-License-Identifier: Apache-2.0
"""Where the run happens: a server with production settings and two fresh databases on it.

The embedded server in a temporary folder, or the one of GONGJI_DATABASE_URL (its role must be
allowed to create databases). Both databases are dropped at the end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from gongji.runtime import migrate
from gongji.runtime.postgres import Binaries, EmbeddedPostgres, bundled, from_folder

PROGRAMS_VARIABLE = "GONGJI_BENCH_POSTGRES"


@dataclass(frozen=True)
class Place:
    """Addresses of the two databases and the folder of the programs."""

    url: str
    yardstick_url: str
    programs: Path
    folder: Path
    admin_url: str | None  # of the settlements' database, where the server is ours


def _on_server(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextmanager
def opened(
    outside: str | None, keep: Path | None, options: Mapping[str, str] | None = None
) -> Iterator[Place]:
    """A migrated database for the settlements and an empty one for the yardstick.

    ``keep`` names a data folder that stays, so that another run may start from it more quickly;
    ``options`` are server settings for profiling only.
    """
    folder = Path(tempfile.mkdtemp(prefix="gongji-bench-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server, own = outside, None
        if server is None:
            data = keep or folder / "postgres"
            own = stack.enter_context(_embedded(data, options or {}, destroy=keep is None))
            server = own.url
        names = [f"gongji_bench_{os.getpid()}", f"gongji_pgbench_{os.getpid()}"]
        for name in names:
            _execute(server, f"CREATE DATABASE {name}")
            stack.callback(_execute, server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        urls = [_on_server(server, name) for name in names]
        migrate.migrate(urls[0])
        admin = own.url_of(names[0], admin=True) if own else None
        yield Place(urls[0], urls[1], _programs().folder, folder, admin)


@contextmanager
def _embedded(
    data: Path, options: Mapping[str, str], *, destroy: bool
) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(data, options=options, binaries=_programs())
    try:
        server.start()
        yield server
    finally:
        if destroy:
            server.destroy()
        else:
            server.stop()


def _programs() -> Binaries:
    """The programs of the wheel, or those in GONGJI_BENCH_POSTGRES."""
    folder = os.environ.get(PROGRAMS_VARIABLE)
    return from_folder(Path(folder)) if folder else bundled()


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement)
