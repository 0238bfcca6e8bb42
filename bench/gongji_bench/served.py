# SPDX-License-Identifier: Apache-2.0
"""The gateway as it is in production: ``gongji serve`` in processes of its own.

The secret key of the run lies in the run's folder; the port is any free one.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
COMMAND = ("serve", "--port", "0", "--workers")
_READY = re.compile(r"ready on .*:(\d+)")


class NotServed(RuntimeError):
    """The server did not start; says what it said."""


@dataclass(frozen=True)
class Served:
    """A running gateway."""

    port: int
    pid: int


@contextlib.contextmanager
def served(url: str, folder: Path, key: bytes, workers: int) -> Iterator[Served]:
    """A gateway on the database of ``url``, stopped (SIGTERM) at the end."""
    key_file = folder / "secret.key"
    key_file.write_bytes(key)
    key_file.chmod(0o600)
    environment = os.environ | {
        "GONGJI_DATABASE_URL": url,
        "GONGJI_SECRET_KEY": str(key_file),
        "GONGJI_DATA": str(folder),
        "GONGJI_HOST": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
    }
    log = (folder / "server.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "gongji.runtime.cli", *COMMAND, str(workers)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    watchdog = threading.Timer(START_SECONDS_MAX, process.kill)
    watchdog.start()
    try:
        port = _port_of(process, folder)
        watchdog.cancel()
        yield Served(port, process.pid)
    finally:
        watchdog.cancel()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        log.close()


def _port_of(process: subprocess.Popen[str], folder: Path) -> int:
    if process.stdout is not None:
        for line in process.stdout:
            found = _READY.search(line)
            if found:
                return int(found.group(1))
    said = (folder / "server.log").read_text(errors="replace").strip()[-400:]
    raise NotServed(f"the gateway did not start: {said}")
