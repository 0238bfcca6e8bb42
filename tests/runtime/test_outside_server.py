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
PURCHASE = Path(__file__).resolve().parents[2] / "examples" / "purchase.jsonl"


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


def gongji(url: str, data: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """One command of the program on the server."""
    return subprocess.run(
        [sys.executable, "-m", "gongji.runtime.cli", *args],
        env={**os.environ, "GONGJI_DATABASE_URL": url, "GONGJI_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_works_on_it(outside: tuple[int, str], tmp_path: Path) -> None:
    major, url = outside
    runs = [
        gongji(url, tmp_path / "data", "migrate", *more)
        for more in (["--check"], [], [], ["--check"])
    ]
    assert [run.returncode for run in runs] == [1, 0, 0, 0], [run.stderr for run in runs]
    assert "steps applied" in runs[1].stdout
    assert "up to date" in runs[2].stdout
    assert not (tmp_path / "data").exists(), "no embedded server was made"
    assert check_reachable(url) == major


def test_a_purchase_is_settled_undone_and_audited_on_it(
    outside: tuple[int, str], tmp_path: Path
) -> None:
    _, url = outside
    data = tmp_path / "data"
    for args in (["demo", "--prepare"], ["settle", str(PURCHASE)], ["audit", "--replay"]):
        run = gongji(url, data, *args)
        assert run.returncode == 0, (args, run.stdout, run.stderr)
    assert "clean" in run.stdout
    assert "2 settlements, 2 replayed" in run.stdout
    assert gongji(url, data, "sandbox", "reset").returncode == 0
    assert gongji(url, data, "settle", str(PURCHASE)).returncode == 0, "the first day again"
    assert not (data / "postgres").exists(), "no embedded server was made"


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
