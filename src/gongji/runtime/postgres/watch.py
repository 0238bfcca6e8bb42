# SPDX-License-Identifier: Apache-2.0
"""Stops an embedded server when the last process that used it is gone, even by kill -9.

Run as a program of its own (``python -I -S watch.py <data folder> <cluster>``), so it imports
the standard library alone. It waits on the users' lock, which the OS frees when a user dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time

WATCH_LOCK_FILE = "watch.lock"
START_LOCK_FILE = "start.lock"
USERS_LOCK_FILE = "users.lock"
STOP_SECONDS_MAX = 60
RETRY_SECONDS = 0.1


def main(data_dir: str, cluster: str) -> int:
    """Wait until nobody uses the server, then shut it down fast; one watcher per data folder."""
    with (
        open(os.path.join(data_dir, WATCH_LOCK_FILE), "a") as watch,
        open(os.path.join(data_dir, USERS_LOCK_FILE), "a") as users,
        open(os.path.join(data_dir, START_LOCK_FILE), "a") as start,
    ):
        try:
            fcntl.flock(watch, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another watcher is on duty
        while True:
            fcntl.flock(users, fcntl.LOCK_EX)
            # Never wait for the start lock while holding the users' lock: a starter does the
            # opposite. Whoever holds it is about to become a user, or stops the server itself.
            try:
                fcntl.flock(start, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fcntl.flock(users, fcntl.LOCK_UN)
                time.sleep(RETRY_SECONDS)
                continue
            stop(cluster)
            return 0


def stop(cluster: str) -> None:
    """Fast shutdown of the postmaster that works in the cluster folder, if there is one."""
    pid = postmaster(cluster)
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while postmaster(cluster) is not None and time.monotonic() < deadline:
        time.sleep(RETRY_SECONDS)


def postmaster(cluster: str) -> int | None:
    """The number in postmaster.pid if that process exists and works in this very folder."""
    try:
        with open(os.path.join(cluster, "postmaster.pid")) as file:
            pid = int(file.readline())
        os.kill(pid, 0)
        if os.path.exists("/proc/self"):
            return pid if os.readlink(f"/proc/{pid}/cwd") == os.path.realpath(cluster) else None
    except (OSError, ValueError):
        return None
    return pid


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
