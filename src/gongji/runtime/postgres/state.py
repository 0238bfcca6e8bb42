# SPDX-License-Identifier: Apache-2.0
"""What an embedded server must remember between runs: where its cluster is and its passwords.

One JSON file in the data folder, readable by its owner alone, replaced whole and never edited.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from gongji.runtime.postgres.binaries import Account, PostgresError, open_place, private_folder
from gongji.runtime.postgres.watch import START_LOCK_FILE, USERS_LOCK_FILE

STATE_FILE = "postgres.json"
SOCKET_PATH_BYTES_MAX = 107  # sockaddr_un.sun_path less its closing zero
LOCK_SECONDS_MAX = 360  # longer than the longest start, so that a waiting process can join
PASSWORD_BYTES = 24


@dataclass(frozen=True, slots=True)
class State:
    """Facts fixed when the cluster is made."""

    base: str  # empty: the data folder itself; else a folder that the server's account reaches
    admin_password: str
    password: str

    def folder(self, data_dir: Path) -> Path:
        """The folder that holds the cluster and its socket."""
        return Path(self.base) if self.base else data_dir


def new_state(data_dir: Path, base: Path) -> State:
    """Fresh passwords for a new cluster; a data folder may be moved later, another base not."""
    return State(
        "" if base == data_dir else str(base),
        secrets.token_urlsafe(PASSWORD_BYTES),
        secrets.token_urlsafe(PASSWORD_BYTES),
    )


def load(data_dir: Path) -> State | None:
    """The remembered state, or None before the first start; raises PostgresError when unusable."""
    file = data_dir / STATE_FILE
    try:
        return State(**json.loads(file.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as why:
        raise PostgresError(f"cannot read {file}: {why}") from why


def save(data_dir: Path, state: State) -> None:
    """Write the state 0600 and durably, through a rename."""
    part = data_dir / f"{STATE_FILE}.part"
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(asdict(state), out)
        out.flush()
        os.fsync(out.fileno())
    part.rename(data_dir / STATE_FILE)


def short_hash(path: Path) -> str:
    """Twelve hex digits that name a data folder."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def choose_base(data_dir: Path, runner: Account) -> Path:
    """The data folder, or an open place when the server's account cannot come here."""
    if runner.uid is None:
        return data_dir
    probe = data_dir / "probe"
    with contextlib.suppress(FileExistsError):
        probe.mkdir(mode=0o700)
    try:
        runner.own(probe)
        if runner.can_write(probe):
            return data_dir
    finally:
        probe.rmdir()
    return private_folder(open_place() / short_hash(data_dir), runner)


def socket_path(base: Path) -> Path:
    """The private folder for the socket: beside the cluster, or in /tmp where paths are short."""
    folder = base / "run"
    longest = len(os.fsencode(folder)) + len("/.s.PGSQL.65535")
    if longest <= SOCKET_PATH_BYTES_MAX:
        return folder
    return Path(f"/tmp/gongji-{os.geteuid()}-{short_hash(base)}")


@contextlib.contextmanager
def start_lock(data_dir: Path) -> Iterator[None]:
    """Only one process at a time starts or stops the server of a data folder."""
    with (data_dir / START_LOCK_FILE).open("a") as file:
        deadline = time.monotonic() + LOCK_SECONDS_MAX
        while not _flock(file, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"another process has been starting or stopping the server in {data_dir}"
                    f" for {LOCK_SECONDS_MAX} s"
                )
            time.sleep(0.05)
        yield


class Users:
    """Which processes use the server: each holds a shared lock, which dies with the process."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / USERS_LOCK_FILE
        self._file: IO[str] | None = None

    def join(self) -> None:
        """Count this process as a user."""
        if self._file is None:
            self._file = self._path.open("a")
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop being a user; True when nobody else is one (call under ``start_lock``)."""
        if self._file is None:
            return False
        with self._file as file:
            self._file = None
            return _flock(file, fcntl.LOCK_EX)


def _flock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
