# SPDX-License-Identifier: Apache-2.0
"""``gongji serve`` with a writer and gateways of its own processes: they end together."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from patience import LOADED

pytestmark = pytest.mark.postgres
SECONDS_MAX = 60 * LOADED


@contextmanager
def serving(url: str, data: Path, workers: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A running server and its port."""
    environment = os.environ | {
        "GONGJI_DATABASE_URL": url,
        "GONGJI_DATA": str(data),
        "GONGJI_WORKERS": str(workers),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gongji.runtime.cli", "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r":(\d+)", process.stdout.readline())
        assert found is not None
        yield process, int(found[1])
    finally:
        process.kill()
        process.communicate(timeout=SECONDS_MAX)


def children(pid: int) -> list[int]:
    """Processes that this one has started (Linux)."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_healthy(port: int) -> bool:
    """Whether anyone answers at the port."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/healthz", timeout=SECONDS_MAX
        ) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def gone(pid: int) -> bool:
    """Whether the process has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_it_ends_cleanly_with_all_its_processes(db: str, tmp_path: Path) -> None:
    with serving(db, tmp_path, 3) as (process, port):
        assert is_healthy(port)
        kids = children(process.pid)
        assert len(kids) == 2
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=SECONDS_MAX)
        assert (process.returncode, said) == (0, "")
        assert all(map(gone, kids))
        assert not is_healthy(port)


def test_a_lost_gateway_ends_the_server_and_it_says_so(db: str, tmp_path: Path) -> None:
    with serving(db, tmp_path, 3) as (process, port):
        kids = children(process.pid)
        os.kill(kids[0], signal.SIGKILL)
        _, said = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 2
        assert "has lost one of its processes" in said.splitlines()[-1]
        assert all(map(gone, kids))
        assert not is_healthy(port)


def test_a_killed_writer_takes_its_gateways_along(db: str, tmp_path: Path) -> None:
    with serving(db, tmp_path, 2) as (process, port):
        (kid,) = children(process.pid)
        process.kill()
        until = time.monotonic() + SECONDS_MAX
        while not gone(kid) and time.monotonic() < until:
            time.sleep(0.02)
        assert gone(kid)
        assert not is_healthy(port)


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    environment = os.environ | {
        "GONGJI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "GONGJI_DATA": str(tmp_path),
        "GONGJI_WORKERS": "2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "gongji.runtime.cli", "serve", "--port", "0"],
        env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip()


@pytest.mark.parametrize("workers", [1, 3])
def test_pages_and_messages_share_the_port(db: str, tmp_path: Path, workers: int) -> None:
    with serving(db, tmp_path, workers) as (_, port):
        address = f"http://127.0.0.1:{port}/policy"
        with urllib.request.urlopen(f"{address}/360100", timeout=SECONDS_MAX) as reply:
            assert reply.headers["content-type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in reply.headers["content-security-policy"]
            assert "南昌市" in reply.read().decode()
        message = urllib.request.Request(address, data=b"{}")  # the same path, posted: a message
        with urllib.request.urlopen(message, timeout=SECONDS_MAX) as reply:
            assert json.load(reply)["infcode"] in (-1, "-1")
        assert is_healthy(port)
