# SPDX-License-Identifier: Apache-2.0
"""Everything that can be set from outside, read once from GONGJI_* variables and checked.

A wrong value is refused at the start with one sentence naming the variable; nothing is guessed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from gongji.runtime.errors import UserError
from gongji.runtime.postgres import open_database
from gongji.runtime.postgres.waiting import Progress, silent

SECRET_KEY_BYTES = 32
PORT_MAX = 65535
WORKERS_MAX = 64
DEFAULT_DATA = "./.data"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8600
DEFAULT_ACCEPT = "high,medium,decided"
# "unconfirmed" can never be accepted; "decided" = a decision of this product
CONFIDENCES = ("high", "medium", "decided", "low", "recalled")


class SettingsError(UserError):
    """A variable has a value that cannot be used; names the variable and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings; ``database_url`` None means the embedded server."""

    database_url: str | None = field(repr=False)  # may hold a password
    data: Path
    host: str
    port: int
    workers: int
    secret_key_file: Path
    accept_confidence: frozenset[str]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read GONGJI_* (empty counts as absent); raises SettingsError."""
        env = os.environ if environ is None else environ

        def text(name: str, default: str) -> str:
            return env.get(name, "").strip() or default

        data = Path(text("GONGJI_DATA", DEFAULT_DATA)).expanduser().resolve()
        if data.exists() and not data.is_dir():
            raise SettingsError(f"GONGJI_DATA: {data} is not a folder")
        key = Path(text("GONGJI_SECRET_KEY", str(data / "secret.key"))).expanduser().resolve()
        return cls(
            database_url=_url(text("GONGJI_DATABASE_URL", "")),
            data=data,
            host=_host(text("GONGJI_HOST", DEFAULT_HOST)),
            port=_number("GONGJI_PORT", text("GONGJI_PORT", str(DEFAULT_PORT)), 0, PORT_MAX),
            workers=_number("GONGJI_WORKERS", text("GONGJI_WORKERS", "1"), 1, WORKERS_MAX),
            secret_key_file=key,
            accept_confidence=_confidences(text("GONGJI_ACCEPT_CONFIDENCE", DEFAULT_ACCEPT)),
        )

    @contextlib.contextmanager
    def database(self, progress: Progress = silent) -> Iterator[str]:
        """A URL that answers for the length of the block; embedded when none is set."""
        with open_database(self.database_url, self.data / "postgres", progress=progress) as url:
            yield url

    def secret_key(self) -> bytes:
        """The 32 random bytes that personal data are encrypted with; made at the first call.

        Raises SettingsError when the file has another length or others may read it.
        """
        file = self.secret_key_file
        try:
            _make_key(file)
            mode = stat.S_IMODE(file.stat().st_mode)
            key = file.read_bytes()
        except OSError as why:
            raise SettingsError(f"GONGJI_SECRET_KEY: cannot use {file}: {why.strerror}") from why
        if mode & 0o077:
            raise SettingsError(f"GONGJI_SECRET_KEY: others may read {file}: run chmod 600 on it")
        if len(key) != SECRET_KEY_BYTES:
            raise SettingsError(
                f"GONGJI_SECRET_KEY: {file} holds {len(key)} bytes, not {SECRET_KEY_BYTES}"
            )
        return key


def _make_key(file: Path) -> None:
    """Write a new key beside and link it into place, so that two starters agree on one key."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(SECRET_KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, file)
    finally:
        os.unlink(part)


def _url(value: str) -> str | None:
    if not value:
        return None
    if not value.startswith(("postgresql://", "postgres://")):
        raise SettingsError("GONGJI_DATABASE_URL: must begin with postgresql://")
    try:
        conninfo_to_dict(value)
    except psycopg.ProgrammingError as why:
        raise SettingsError(f"GONGJI_DATABASE_URL: {why}") from why
    return value


def _host(value: str) -> str:
    if any(c.isspace() or c in "/@" for c in value):
        raise SettingsError(f"GONGJI_HOST: {value!r} is no host name or address")
    return value


def _number(name: str, value: str, low: int, high: int) -> int:
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise SettingsError(f"{name}: {value!r} is not a whole number from {low} to {high}")
    return int(value)


def _confidences(value: str) -> frozenset[str]:
    chosen = frozenset(part.strip() for part in value.split(",") if part.strip())
    unknown = sorted(chosen - set(CONFIDENCES))
    if unknown or not chosen:
        named = ", ".join(unknown) or "nothing"
        raise SettingsError(
            f"GONGJI_ACCEPT_CONFIDENCE: {named} cannot be accepted; choose from"
            f" {', '.join(CONFIDENCES)}"
        )
    return chosen
