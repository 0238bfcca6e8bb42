# SPDX-License-Identifier: Apache-2.0
"""Reaching a database by its URL, and the embedded server where no URL is given.

An address that does not answer is reported in one sentence, its password never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from gongji.runtime.postgres.binaries import PostgresError
from gongji.runtime.postgres.server import EmbeddedPostgres
from gongji.runtime.postgres.waiting import Progress, silent

CONNECT_SECONDS_MAX = 10
MAJOR_MIN = 15


def hide_password(url: str) -> str:
    """The URL fit for a log or an error message."""
    try:
        parts = urlsplit(url)
        if parts.password is None:
            return url
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))
    except ValueError:
        return "(unreadable URL)"


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection[tuple[object, ...]]:
    """A connection, or PostgresError in one sentence (bad URL, no answer, server too old)."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError as why:
        raise PostgresError(f"the database URL is not understood: {why}") from why
    try:
        conn = psycopg.connect(url, autocommit=autocommit, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as why:
        first = str(why).strip().splitlines()[0] if str(why).strip() else "no answer"
        raise PostgresError(f"cannot reach the database {hide_password(url)}: {first}") from why
    major = conn.info.server_version // 10000
    if major < MAJOR_MIN:
        conn.close()
        raise PostgresError(f"PostgreSQL {major} is too old: {MAJOR_MIN} or newer is needed")
    return conn


def check_reachable(url: str) -> int:
    """Connect once; returns the server's major. Raises PostgresError in one sentence."""
    with connect(url) as conn:
        return conn.info.server_version // 10000


@contextmanager
def open_database(url: str | None, data_dir: Path, *, progress: Progress = silent) -> Iterator[str]:
    """A URL that answers: the one given, or that of the embedded server in ``data_dir``.

    The embedded server is left (and stopped when nobody else uses it) at the end of the block.
    """
    if url:
        check_reachable(url)
        yield url
        return
    with EmbeddedPostgres(data_dir, progress=progress) as server:
        yield server.url
