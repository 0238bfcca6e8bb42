# SPDX-License-Identifier: Apache-2.0
"""What is really running on a cluster folder, told from the OS and not from a file alone.

A postmaster killed with -9 leaves postmaster.pid, perhaps a zombie, perhaps orphan children that
still hold the shared memory; none of these may pass for a living server.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ORPHAN_LEAVE_SECONDS = 2.0  # how long orphans get before each harsher signal
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The lines of postmaster.pid that matter; ``status`` is starting, ready or stopping."""

    pid: int
    port: int
    socket_dir: str
    status: str


def read_postmaster(cluster: Path) -> Postmaster | None:
    """The postmaster that the cluster's pid file names, or None (absent or half written)."""
    try:
        lines = (cluster / "postmaster.pid").read_text(errors="replace").split("\n")
    except FileNotFoundError:
        return None
    try:
        status = lines[7].strip() if len(lines) > 7 else ""
        return Postmaster(int(lines[0]), int(lines[3]), lines[4], status or "starting")
    except (IndexError, ValueError):
        return None


def living(postmaster: Postmaster | None, cluster: Path) -> Postmaster | None:
    """The postmaster if its process is alive, no zombie, and works in this very folder."""
    if postmaster is None or not process_alive(postmaster.pid):
        return None
    home = _working_folder(postmaster.pid)
    if home is not None and home != os.path.realpath(cluster):
        return None  # the number was given to another process since
    return postmaster


def process_alive(pid: int) -> bool:
    """Whether the process exists and is more than a zombie; reaps it when it is our child."""
    with contextlib.suppress(ChildProcessError):  # not our child: its own parent reaps it
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _state(pid) not in ("Z", "X", "")


def remove_orphans(cluster: Path, tell: Callable[[str], None]) -> bool:
    """End server processes left in this folder by a dead postmaster; False if some stay.

    They notice the death themselves as a rule; those that do not are told, then killed. This is
    safe: the next start replays the write-ahead log from the last checkpoint in any case.
    """
    steps = (None, signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL)
    for step in steps:
        strays = _processes_in(cluster)
        if not strays:
            return True
        if step is not None:
            tell(f"ending {len(strays)} server processes left by a killed server")
            for pid in strays:
                _signal(pid, step)
        deadline = time.monotonic() + ORPHAN_LEAVE_SECONDS
        while time.monotonic() < deadline and _processes_in(cluster):
            time.sleep(POLL_SECONDS)
    return not _processes_in(cluster)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _state(pid: int) -> str:
    """One letter as in ps: R, S, Z…; empty when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return ""
        answer = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return answer.stdout.strip()[:1]
    return text.rpartition(")")[2].split()[0]


def _working_folder(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/cwd").removesuffix(" (deleted)")
    except OSError:
        return None  # another account's process, or no /proc here


def _processes_in(cluster: Path) -> list[int]:
    """Live PostgreSQL processes whose working folder is the cluster."""
    home = os.path.realpath(cluster)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if _working_folder(pid) != home or not process_alive(pid):
            continue
        try:
            name = (entry / "comm").read_text(errors="replace")
        except OSError:
            continue
        if "postgres" in name or "postmaster" in name:
            found.append(pid)
    return found
