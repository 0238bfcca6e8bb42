# SPDX-License-Identifier: Apache-2.0
"""What the run was made on, and what it used: CPU seconds from /proc, log and disk of the database.

Where /proc or the server's processes are out of reach, a figure is 0 and shown as a dash.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


def describe(conn: psycopg.Connection[Any]) -> dict[str, str]:
    """Machine, versions and the settings that matter, without names or paths."""
    found = {
        "cpu": _cpu_model(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory_gb": str(round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)),
        "python": platform.python_version(),
        "load": load(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
    }
    for name in (
        "server_version",
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "shared_buffers",
    ):
        row = conn.execute(f"SHOW {name}").fetchone()
        found[name] = str(row[0]) if row else ""
    conn.commit()
    return found


def load() -> str:
    """Load average of the last minute: others at work blur every figure."""
    return f"{os.getloadavg()[0]:.1f}"


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def parent_of(pid: int) -> int:
    """Process number of the parent; 0 when unknown."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def children_of(pid: int) -> list[int]:
    """Direct children that live now."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and parent_of(int(entry)) == pid:
            found.append(int(entry))
    return found


def cpu_seconds(root: int) -> float:
    """User and system time of a process, its living children and those it has waited for."""
    fields = _stat(root)
    if not fields:
        return 0.0
    ticks = sum(int(fields[place]) for place in (11, 12, 13, 14))
    for child in children_of(root):
        own = _stat(child)
        ticks += sum(int(own[place]) for place in (11, 12)) if own else 0
    return ticks / _TICKS


def postmaster_of(conn: psycopg.Connection[Any]) -> int:
    """Process number of a server on this machine; 0 for one elsewhere."""
    backend = conn.info.backend_pid
    try:
        name = Path(f"/proc/{backend}/comm").read_text().strip()
    except OSError:
        return 0
    return parent_of(backend) if "postgres" in name else 0


@dataclass(frozen=True)
class Reading:
    """Counters at one moment."""

    at_ns: int
    server: float
    database: float
    driver: float
    wal: int


class Gauges:
    """Reads all counters; keeps one connection of its own."""

    def __init__(self, url: str, server_pids: Iterable[int] = ()) -> None:
        self._conn = psycopg.connect(url, autocommit=True)
        self._postmaster = postmaster_of(self._conn)
        self._servers = tuple(server_pids)

    def read(self) -> Reading:
        """All counters now."""
        row = self._conn.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
        return Reading(
            time.perf_counter_ns(),
            sum(cpu_seconds(pid) for pid in self._servers),
            cpu_seconds(self._postmaster) if self._postmaster else 0.0,
            time.process_time(),
            int(row[0]) if row else 0,
        )

    def disk_bytes(self) -> int:
        """Size of the database after a checkpoint."""
        self._conn.execute("CHECKPOINT")
        row = self._conn.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work took."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
