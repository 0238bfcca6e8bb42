# SPDX-License-Identifier: Apache-2.0
"""Readers that leave: a command that writes ends its work, one that only reads stops quietly.

Everything goes through real pipes and the program itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from gongji.runtime import migrate
from gongji.runtime.demo_families import PEOPLE
from gongji.runtime.printing import EXIT_READER_GONE

PROGRAM = [sys.executable, "-m", "gongji.runtime.cli"]
# Every print reaches the pipe on its own, so that the first one already meets the reader's absence.
ENVIRONMENT = {**os.environ, "PYTHONUNBUFFERED": "1"}


def unread(*args: str, both: bool = False, **environ: str) -> tuple[int, str]:
    """Run with a standard output that nobody reads; exit code and standard error."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*PROGRAM, *args],
            stdout=writer,
            stderr=writer if both else subprocess.PIPE,
            env={**ENVIRONMENT, **environ},
            check=False,
        )
    finally:
        os.close(writer)
    return done.returncode, (done.stderr or b"").decode()


@pytest.fixture
def empty_db(pg_server) -> object:
    name = pg_server.create()
    yield pg_server.url_of(name)
    pg_server.drop(name)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"GONGJI_DATA": str(tmp_path / "data")}


@pytest.mark.postgres
@pytest.mark.parametrize("both", [False, True])
def test_migrate_applies_every_step(empty_db: str, environ: dict[str, str], both: bool) -> None:
    code, said = unread("migrate", both=both, GONGJI_DATABASE_URL=empty_db, **environ)
    assert (code, said) == (0, "")
    assert migrate.pending(empty_db) == []


@pytest.mark.postgres
def test_migrate_before_a_reader_that_takes_one_line(
    empty_db: str, environ: dict[str, str]
) -> None:
    """``gongji migrate | head -1``, with the exit codes of both."""
    line = f"set -o pipefail; {' '.join(PROGRAM)} migrate | head -1"
    done = subprocess.run(
        ["bash", "-c", line],
        env={**ENVIRONMENT, **environ, "GONGJI_DATABASE_URL": empty_db},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert migrate.pending(empty_db) == []


@pytest.mark.postgres
def test_missing_steps_are_told_by_the_exit_code_alone(
    empty_db: str, environ: dict[str, str]
) -> None:
    code, said = unread("migrate", "--check", GONGJI_DATABASE_URL=empty_db, **environ)
    assert (code, said) == (1, "")


@pytest.mark.postgres
def test_the_demonstration_is_loaded_and_put_back(db: str, environ: dict[str, str]) -> None:
    def people() -> int:
        with psycopg.connect(db) as conn:
            row = conn.execute("SELECT count(*) FROM person").fetchone()
        return int(row[0]) if row else -1

    settings = {"GONGJI_DATABASE_URL": db, **environ}
    assert unread("demo", "--prepare", both=True, **settings)[0] == 0
    assert people() == len(PEOPLE)
    demo_json = Path(environ["GONGJI_DATA"]) / "demo.json"
    demo_json.unlink()
    assert unread("sandbox", "reset", both=True, **settings)[0] == 0
    assert people() == len(PEOPLE)
    assert demo_json.exists()


@pytest.mark.postgres
def test_every_message_of_a_file_is_played(
    db: str, environ: dict[str, str], tmp_path: Path
) -> None:
    """Exit code 1: two of the three messages are refused, whether somebody reads it or not."""
    settings = {"GONGJI_DATABASE_URL": db, **environ}
    assert unread("demo", "--prepare", **settings)[0] == 0
    lines = (Path(__file__).parents[2] / "examples" / "purchase.jsonl").read_text().splitlines()
    file = tmp_path / "three.jsonl"
    file.write_text("\n".join(["{", "[]", lines[2]]) + "\n")
    code, said = unread("settle", str(file), **settings)
    assert (code, said) == (1, "")
    with psycopg.connect(db) as conn:
        assert conn.execute("SELECT count(*) FROM settlement").fetchone() == (1,)


@pytest.mark.postgres
def test_packs_are_published(db: str, environ: dict[str, str]) -> None:
    settings = {"GONGJI_DATABASE_URL": db, **environ}
    assert unread("policy", "publish", **settings) == (0, "")
    with psycopg.connect(db) as conn:
        row = conn.execute("SELECT count(*) FROM policy_publication").fetchone()
    assert row is not None
    assert row[0] == 1


def test_files_are_written(tmp_path: Path) -> None:
    assert unread("policy", "schema", "--out", str(tmp_path)) == (0, "")
    assert len(list(tmp_path.iterdir())) > 3
    assert unread("policy", "coverage", "--out", str(tmp_path / "one.md"))[0] == 0
    assert (tmp_path / "one.md").stat().st_size > 1000


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["migrate", "--help"],
        ["policy", "claims"],
        ["policy", "search", "南昌"],
        ["policy", "schema"],
    ],
    ids=" ".join,
)
def test_a_command_that_reads_stops_quietly(args: list[str]) -> None:
    assert unread(*args) == (EXIT_READER_GONE, "")


def test_a_buffered_line_is_not_complained_about_at_the_end() -> None:
    environ = {"PYTHONUNBUFFERED": ""}
    assert unread("--version", **environ) == (EXIT_READER_GONE, "")


@pytest.mark.postgres
def test_an_audit_may_stop(db: str, environ: dict[str, str]) -> None:
    code, said = unread("audit", GONGJI_DATABASE_URL=db, **environ)
    assert (code, said) == (EXIT_READER_GONE, "")


@pytest.mark.postgres
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_after_the_work(empty_db: str, environ: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PROGRAM, "migrate"],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**ENVIRONMENT, **environ, "GONGJI_DATABASE_URL": empty_db},
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("gongji: all was done, but what it printed is lost")
    assert done.stderr.count("\n") == 1
    assert migrate.pending(empty_db) == []


@pytest.mark.postgres
def test_a_closed_output_takes_nothing_that_others_need(
    empty_db: str, environ: dict[str, str]
) -> None:
    """``gongji migrate >&-``: the connection to the database must not become standard output."""
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(PROGRAM)} migrate >&- 2>&-"],
        env={**ENVIRONMENT, **environ, "GONGJI_DATABASE_URL": empty_db},
        check=False,
    )
    assert done.returncode == 0
    assert migrate.pending(empty_db) == []


@pytest.mark.postgres
def test_a_terminal_without_chinese_stops_nothing(
    db: str, environ: dict[str, str], tmp_path: Path
) -> None:
    """The first message is refused in Chinese; the second one settles all the same."""
    settings = {"GONGJI_DATABASE_URL": db, **environ, "PYTHONIOENCODING": "ascii"}
    assert unread("demo", "--prepare", **settings)[0] == 0
    line = (Path(__file__).parents[2] / "examples" / "purchase.jsonl").read_text().splitlines()[2]
    file = tmp_path / "two.jsonl"
    file.write_text(f"[]\n{line}\n")
    done = subprocess.run(
        [*PROGRAM, "settle", str(file)],
        env={**ENVIRONMENT, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "\\u" in done.stdout.splitlines()[0]
    with psycopg.connect(db) as conn:
        assert conn.execute("SELECT count(*) FROM settlement").fetchone() == (1,)
