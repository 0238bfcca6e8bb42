# SPDX-License-Identifier: Apache-2.0
"""kill -9 in traffic: of the server process and of an embedded PostgreSQL that the test started.

Nothing else is ever killed. ``judge`` proves afterwards that nothing was lost or doubled.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from traffic import Traffic, check

from gongji.runtime.postgres import EmbeddedPostgres, processes
from patience import LOADED

READY_S_MAX = 30.0 * LOADED


def kill_minus_nine(postgres: EmbeddedPostgres, *, children: bool) -> None:
    """Kill the postmaster, alone or with all its children, and wait until it is gone."""
    pid = postgres.pid
    assert pid is not None
    for victim in (pid, *(_children(pid) if children else [])):
        os.kill(victim, signal.SIGKILL)
    while processes.process_alive(pid):
        time.sleep(0.01)


def _children(parent: int) -> list[int]:
    """Processes whose parent is ``parent`` (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue
            if int(status.rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return found


def kill_server(running: Traffic) -> float:
    """Kill the engine's process and start another; seconds until the next answer."""
    start = time.monotonic()
    running.server.kill()
    running.server.start()
    running.wait_for_answer(time.monotonic(), READY_S_MAX)
    return time.monotonic() - start


def kill_database(running: Traffic, postgres: EmbeddedPostgres, *, children: bool) -> float:
    """Kill PostgreSQL and start it again; seconds until the next answer."""
    start = time.monotonic()
    kill_minus_nine(postgres, children=children)
    postgres.start()
    running.wait_for_answer(time.monotonic(), READY_S_MAX)
    return time.monotonic() - start


def some_traffic(running: Traffic, luck: random.Random) -> None:
    """Let the clients work for a moment that is never the same."""
    running.wait_for_answer(time.monotonic(), READY_S_MAX)
    time.sleep(luck.uniform(0.05, 0.5))


def kill_servers(running: Traffic, times: int) -> list[float]:
    """Kill the server process again and again; seconds each time until ready."""
    luck = random.Random(running.seed)
    seconds = []
    for _ in range(times):
        some_traffic(running, luck)
        seconds.append(kill_server(running))
    return seconds


def kill_databases(running: Traffic, postgres: EmbeddedPostgres, times: int) -> list[float]:
    """Kill PostgreSQL again and again, alone and with its children in turn."""
    luck = random.Random(running.seed)
    seconds = []
    for number in range(times):
        some_traffic(running, luck)
        seconds.append(kill_database(running, postgres, children=bool(number % 2)))
    return seconds


def judge(running: Traffic, url: str, seconds: list[float]) -> int:
    """Nothing lost or doubled; returns how often a client had to send its key again."""
    running.finish()
    repeats = sum(a.sent - 1 for a in running.done)
    print(f"{len(running.done)} requests, {repeats} repeats, ready within {max(seconds):.1f} s")
    assert max(seconds) < READY_S_MAX, seconds
    check(url, running)
    return repeats
