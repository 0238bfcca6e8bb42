# SPDX-License-Identifier: Apache-2.0
"""Any PostgreSQL from 15 on, named by one URL, does what the embedded one does.

The servers here are other majors than the embedded default: Debian's where it is installed, and
the older one of the wheel. The product gets nothing but the URL of an unprivileged role.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongji.runtime import migrate
from gongji.runtime.postgres import (
    Binaries,
    EmbeddedPostgres,
    bundled,
    check_reachable,
    from_folder,
    open_database,
)

pytestmark = pytest.mark.postgres

DEBIAN = Path("/usr/lib/postgresql/15/bin")


def other_servers() -> list[Binaries]:
    found = [bundled(16)]
    if (DEBIAN / "postgres").exists():
        found.append(from_folder(DEBIAN))
    return found


@pytest.fixture(params=other_servers(), ids=lambda b: f"postgresql-{b.major}")
def outside(request: pytest.FixtureRequest, scratch: Path) -> Iterator[tuple[int, str]]:
    """Major and URL (over TCP) of an empty database on a server that is not the embedded one."""
    place = scratch / f"outside-{request.param.major}"
    server = EmbeddedPostgres(place, shared_buffers_mb=32, binaries=request.param)
    server.start()
    try:
        yield request.param.major, server.tcp_url
    finally:
        server.destroy()


def test_the_command_line_works_on_it(outside: tuple[int, str], tmp_path: Path) -> None:
    major, url = outside
    env = {**os.environ, "GONGJI_DATABASE_URL": url, "GONGJI_DATA": str(tmp_path / "data")}
    runs = [
        subprocess.run(
            [sys.executable, "-m", "gongji.runtime.cli", "migrate", *more],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        for more in (["--check"], [], [], ["--check"])
    ]
    assert [run.returncode for run in runs] == [1, 0, 0, 0], [run.stderr for run in runs]
    assert "steps applied" in runs[1].stdout
    assert "up to date" in runs[2].stdout
    assert not (tmp_path / "data").exists(), "no embedded server was made"
    assert check_reachable(url) == major


def test_every_table_can_be_read_and_money_tables_are_there(outside: tuple[int, str]) -> None:
    _, url = outside
    with open_database(url, Path("/nonexistent")) as same:
        assert same == url
        migrate.migrate(same)
        with psycopg.connect(same) as conn:
            names = conn.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            ).fetchall()
            tables = [name for (name,) in names]
            assert {"account", "entry", "posting"} <= set(tables)
            for table in tables:
                conn.execute(f"SELECT * FROM {table} LIMIT 1")
