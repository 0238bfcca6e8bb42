# SPDX-License-Identifier: Apache-2.0
"""The command line: help with an example for each command; every error one line and exit code 2.

Commands are tested through the same function that the installed program calls, and once through
the program itself.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import types
from pathlib import Path

import psycopg
import pytest

from gongji.kernel.errors import Refusal
from gongji.runtime import cli
from gongji.runtime.errors import UserError

BUILT = [
    name
    for name, command in cli.COMMANDS.items()
    if importlib.util.find_spec(f"gongji.runtime.{command.module}") is not None
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GONGJI_DEBUG", raising=False)
    monkeypatch.delenv("GONGJI_DATABASE_URL", raising=False)
    monkeypatch.setenv("GONGJI_DATA", str(tmp_path / "data"))


def fails(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """Run, expect one line on standard error and exit code 2; returns the line."""
    code = cli.main(list(args))
    out, err = capsys.readouterr()
    assert code == 2, (out, err)
    assert err.count("\n") == 1, err
    assert err.startswith("gongji: ")
    assert "Traceback" not in err
    return err


def given(monkeypatch: pytest.MonkeyPatch, error: BaseException | None) -> None:
    """Put a command of our own behind ``gongji settle`` that raises the error."""
    module = types.ModuleType("probe")

    def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        subparsers.add_parser("settle")

    def run(args: argparse.Namespace) -> int:
        if error is not None:
            raise error
        return 0

    module.__dict__.update(add_parser=add_parser, run=run)
    monkeypatch.setattr(cli, "load", lambda name: module)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    for name, command in cli.COMMANDS.items():
        assert name in out
        assert command.summary in out


@pytest.mark.parametrize("name", BUILT)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert "example" in out.lower()
    assert f"gongji {name}" in out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_refuses_an_unknown_option_in_one_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fails(capsys, name, "--no-such-option")


def test_unknown_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no command 'nope'" in fails(capsys, "nope")
    assert "--nope" in fails(capsys, "--nope")


def test_a_command_without_its_module(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cli.COMMANDS, "ghost", cli.Command("cli_ghost", "not there"))
    assert "does not contain" in fails(capsys, "ghost")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:geheim@127.0.0.1:1/none", "cannot reach the database"),
        ("postgresql://u@/d?host=/nonexistent", "cannot reach the database"),
        ("mysql://u@h/d", "must begin with postgresql://"),
        ("postgresql://h/d?bad=1", "bad"),
    ],
)
def test_a_database_that_cannot_be_used(
    url: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGJI_DATABASE_URL", url)
    line = fails(capsys, "migrate")
    assert said in line
    assert "geheim" not in line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UserError("first\nsecond"), "gongji: first second"),
        (Refusal(1234, "不行", "no"), "[1234] 不行 (no)"),
        (FileNotFoundError(2, "No such file or directory", "a.yaml"), "a.yaml: No such file"),
        (psycopg.OperationalError("gone\nHINT: x"), "the database refused: gone"),
        (ZeroDivisionError("division\nby zero"), "unexpected ZeroDivisionError: division by zero"),
        (SystemError("x" * 5000), "unexpected SystemError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_become_one_line(
    error: BaseException,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given(monkeypatch, error)
    line = fails(capsys, "settle")
    assert said in line
    assert len(line) < 1100


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, ZeroDivisionError())
    monkeypatch.setenv("GONGJI_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["settle"])


def test_interruption_is_silent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, KeyboardInterrupt())
    assert cli.main(["settle"]) == 130
    assert capsys.readouterr() == ("", "")


def test_success(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, None)
    assert cli.main(["settle"]) == 0


def program(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gongji.runtime.cli", *args],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_itself() -> None:
    done = program("nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_help_imports_nothing_heavy() -> None:
    """``gongji --help`` answers at once: no driver, no framework, no kernel compiler."""
    code = (
        "import sys; from gongji.runtime import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'django', 'psycopg', 'numba', 'yaml', 'uvicorn'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.postgres
def test_migrate_on_the_embedded_server(
    scratch: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongji.runtime.postgres import EmbeddedPostgres

    data = scratch / "cli-migrate"
    monkeypatch.setenv("GONGJI_DATA", str(data))
    try:
        assert cli.main(["migrate", "--check"]) == 1
        assert "missing: gongji_ledger.0001" in capsys.readouterr().out
        assert cli.main(["migrate"]) == 0
        assert cli.main(["migrate"]) == 0
        assert "up to date" in capsys.readouterr().out
        assert cli.main(["migrate", "--check"]) == 0
    finally:
        EmbeddedPostgres(data / "postgres").destroy()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "65536"),
        ("--port", "x"),
        ("--workers", "0"),
        ("--workers", "65"),
        ("--host", "a b"),
    ],
)
def test_serve_bounds_its_options_like_its_variables(
    option: str, value: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = fails(capsys, "serve", option, value)
    assert f"GONGJI_{option[2:].upper()}" in line
    assert not (tmp_path / "data").exists(), "refused before anything was made"


@pytest.mark.postgres
def test_a_gateway_that_gets_no_connection_says_so_and_ends(
    db: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reachable for the look at its schema, gone when the engine wants its own connections."""
    from psycopg_pool import ConnectionPool, PoolTimeout

    def late(*args: object, **options: object) -> None:
        raise PoolTimeout("pool initialization incomplete after 5 sec")

    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    monkeypatch.setattr(ConnectionPool, "open", late)
    assert "cannot start on its database" in fails(capsys, "serve", "--port", "0")
