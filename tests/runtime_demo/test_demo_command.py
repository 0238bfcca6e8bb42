# SPDX-License-Identifier: Apache-2.0
"""``gongji demo`` as a user runs it: it answers what it prints, and starts again with its data."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gongji.runtime import cli
from gongji.runtime.demo_families import PEOPLE
from gongji.runtime.postgres import EmbeddedPostgres
from patience import LOADED

WAIT_S = 60 * LOADED
STOP_S = 40 * LOADED


@pytest.fixture
def data(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    monkeypatch.delenv("GONGJI_SECRET_KEY", raising=False)
    return tmp_path / "data"


def people(db: str) -> int:
    with psycopg.connect(db) as conn:
        row = conn.execute("SELECT count(*) FROM person").fetchone()
    return int(row[0]) if row else -1


def start(data: Path, port: str = "0") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gongji.runtime.cli", "demo", "--data", str(data), "--port", port],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    end = time.monotonic() + WAIT_S
    while not (data / "demo.json").exists():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise RuntimeError(process.communicate()[1])
        time.sleep(0.05)
    return process


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=STOP_S)
    # The server ends its work and then by the signal it was sent.
    assert process.returncode in (0, -signal.SIGTERM)


def answer(command: str) -> dict[str, Any]:
    """What a printed curl command would get."""
    words = shlex.split(command)
    headers = dict(
        words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H"
    )
    body = words[words.index("-d") + 1].encode()
    request = urllib.request.Request(words[2], data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=WAIT_S) as reply:
        return json.load(reply)


def test_prepare_twice_and_reset(data: Path, db: str) -> None:
    assert cli.main(["demo", "--prepare", "--data", str(data)]) == 0
    assert cli.main(["demo", "--prepare", "--data", str(data)]) == 0
    assert people(db) == len(PEOPLE)
    with psycopg.connect(db) as conn:
        # tidy: fault, changed data that a reset must put right
        conn.execute("UPDATE person SET nation = '02'")
    assert cli.main(["sandbox", "reset", "--data", str(data)]) == 0
    assert people(db) == len(PEOPLE)
    with psycopg.connect(db) as conn:
        rows = conn.execute("SELECT DISTINCT nation FROM person").fetchall()
    assert rows == [("01",)]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["demo", "--port", "99999"], "--port"),
        (["sandbox"], "action"),
        (["sandbox", "wipe"], "wipe"),
    ],
)
def test_wrong_words(args: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(args) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def gateway(data: Path) -> str:
    return str(json.loads((data / "demo.json").read_text(encoding="utf-8"))["gateway"])


def balances_of(content: dict[str, Any]) -> list[Any]:
    return [one["account"] for one in content["people"]]


def balances(data: Path) -> list[Any]:
    return balances_of(json.loads((data / "demo.json").read_text(encoding="utf-8")))


def test_reset_keeps_the_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reset = ["sandbox", "reset", "--data", str(data)]
    assert cli.main(["demo", "--prepare", "--data", str(data), "--port", "8611"]) == 0
    assert cli.main(reset) == 0
    assert gateway(data) == "http://127.0.0.1:8611"
    assert cli.main([*reset, "--port", "8612"]) == 0
    assert gateway(data) == "http://127.0.0.1:8612"
    (data / "demo.json").write_text("[]", encoding="utf-8")
    monkeypatch.setenv("GONGJI_PORT", "8613")
    assert cli.main(reset) == 0
    assert gateway(data) == "http://127.0.0.1:8613"


def test_no_audit_before_all_migrations(
    db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    with psycopg.connect(db) as conn:
        conn.execute("DELETE FROM django_migrations WHERE app = 'gongji_settlement'")
    assert cli.main(["audit"]) == 2
    error = capsys.readouterr().err
    assert "run gongji migrate first" in error
    assert error.count("\n") == 1


def test_it_serves_what_it_prints(data: Path, db: str, capsys: pytest.CaptureFixture[str]) -> None:
    process = start(data)
    content = json.loads((data / "demo.json").read_text(encoding="utf-8"))
    assert process.stdout is not None
    printed = ""
    while "sandbox reset" not in printed:
        printed += process.stdout.readline()
    assert printed.splitlines()[-1].endswith(f"sandbox reset --data {data}")
    who, settle = [line for line in printed.splitlines() if line.startswith("  curl")]
    assert answer(who)["output"]["baseinfo"]["psn_name"] == "演示·周桂兰"
    first, again = answer(settle)["output"]["setlinfo"], answer(settle)["output"]["setlinfo"]
    assert (first["acct_mulaid_pay"], first["psn_cash_pay"]) == (600, 0)
    assert first["setl_id"] == again["setl_id"]
    assert printed.splitlines()[0].endswith(content["gateway"])
    pages = next(line for line in printed.splitlines() if line.endswith("/policy")).split()[-1]
    assert pages.startswith(content["gateway"])
    with urllib.request.urlopen(pages, timeout=WAIT_S) as reply:
        assert "医保政策库" in reply.read().decode()
    # In use: the sandbox must not be emptied under it.
    before = (data / "demo.json").read_bytes()
    assert cli.main(["sandbox", "reset", "--data", str(data)]) == 2
    port = content["gateway"].rpartition(":")[2]
    capsys.readouterr()
    for other in (port, "0"):
        assert cli.main(["demo", "--data", str(data), "--port", other]) == 2
        error = capsys.readouterr().err
        assert "another gongji demo serves" in error
        assert error.count("\n") == 1
    assert (data / "demo.json").read_bytes() == before
    assert cli.main(["demo", "--prepare", "--data", str(data)]) == 0
    assert gateway(data) == content["gateway"]
    assert balances(data) != balances_of(content), "balances are those of now"
    stop(process)
    (data / "demo.json").unlink()
    again = start(data, port)  # the lock ended with the process
    stop(again)
    assert people(db) == len(PEOPLE)


def settlements(moment: str, data: Path) -> int:
    """How many settlements the audit finds; it must be clean."""
    run = subprocess.run(
        [sys.executable, "-m", "gongji.runtime.cli", "audit", "--replay"],
        env={**os.environ, "GONGJI_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, (moment, run.stdout, run.stderr)
    found = re.search(r"(\d+) settlements", run.stdout)
    return int(found[1]) if found else 0


def settle(process: subprocess.Popen[str]) -> None:
    """Paste the second command that a start prints."""
    assert process.stdout is not None
    line = ""
    while '"infno":"2102"' not in line:
        line = process.stdout.readline()
    assert answer(line)["infcode"] == "0"


@pytest.mark.postgres
def test_on_the_embedded_server_a_killed_demo_starts_again_with_its_data(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GONGJI_DATABASE_URL", raising=False)
    data = scratch / "demo-embedded"
    try:
        process = start(data)
        settle(process)
        process.kill()
        process.communicate()
        (data / "demo.json").unlink()
        again = start(data)
        assert settlements("after kill -9", data) == 1
        port = gateway(data).rpartition(":")[2]
        other = ["demo", "--data", str(scratch / "demo-other"), "--port", port]
        assert cli.main(other) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("gongji: cannot listen on")
        assert not (scratch / "demo-other" / "demo.json").exists()
        again.send_signal(signal.SIGINT)
        assert again.wait(STOP_S) == 0
        again.communicate()
        assert cli.main(["sandbox", "reset", "--data", str(data)]) == 0
        assert settlements("after the reset", data) == 0
    finally:
        for folder in (data, scratch / "demo-other"):
            EmbeddedPostgres(folder / "postgres").destroy()
