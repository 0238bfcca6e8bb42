# SPDX-License-Identifier: Apache-2.0
"""Brings a database to the schema of this version, one room's dated steps after another.

``pending`` is one query and does not import Django, so that every start may ask. Two processes
may migrate at once: an advisory lock lets one work and the other find nothing left to do.
"""

from __future__ import annotations

import importlib.util
import re
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from gongji.runtime.errors import UserError
from gongji.runtime.postgres import connect
from gongji.runtime.postgres.waiting import Progress, silent

ROOMS = ("members", "care", "ledger", "sharing", "settlement")
ADVISORY_LOCK = 0x676F6E676A69  # "gongji"
TURN_S_MAX = 3600  # how long another process may migrate before this one gives up
TURN_PAUSE_S = 0.1
ALIAS = "gongji_migrate"
RECORD = "django_migrations"  # which steps were applied
_MADE = re.compile(r"^CREATE (TABLE|SEQUENCE|FUNCTION) (?:IF NOT EXISTS )?(\w+)", re.MULTILINE)


class MigrationFailed(UserError):
    """A step could not be applied; the database stays at the step before."""


def known() -> list[tuple[str, str]]:
    """All steps of this version as (room label, step name), in order within a room."""
    return [(f"gongji_{room}", file.stem) for room, file in _files()]


def objects() -> dict[str, list[str]]:
    """Names of what the steps make, by kind: TABLE, SEQUENCE, FUNCTION."""
    found: dict[str, list[str]] = {"TABLE": [RECORD], "SEQUENCE": [], "FUNCTION": []}
    for _, file in _files():
        for kind, name in _MADE.findall(file.read_text(encoding="utf-8")):
            found[kind].append(name)
    return found


def _files() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        spec = importlib.util.find_spec(f"gongji.{room}")
        for place in (spec.submodule_search_locations or []) if spec else []:
            for file in sorted(Path(place, "migrations").glob("[0-9]*.py")):
                yield room, file


def pending(url: str) -> list[tuple[str, str]]:
    """Steps of this version that the database lacks; raises PostgresError when unreachable."""
    with connect(url) as conn:
        return _missing(conn)


def migrate(url: str, progress: Progress = silent) -> list[tuple[str, str]]:
    """Apply what is pending; returns the steps applied. Raises MigrationFailed, PostgresError."""
    with connect(url, autocommit=True) as conn:
        if not _missing(conn):
            return []
        _wait_for_turn(conn)
        steps = _missing(conn)  # another process may have done it while we waited
        if steps:
            progress(f"applying {len(steps)} database migrations")
            _apply(url, progress)
        return steps


def _wait_for_turn(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    """Take the advisory lock; raises MigrationFailed after TURN_S_MAX.

    Asked again and again: a statement that waits for it holds a snapshot, and an index that the
    other process builds concurrently would wait for that.
    """
    until = time.monotonic() + TURN_S_MAX
    while True:
        row = conn.execute("SELECT pg_try_advisory_lock(%s)", (ADVISORY_LOCK,)).fetchone()
        if row is not None and row[0]:
            return
        if time.monotonic() > until:
            raise MigrationFailed("another process migrates this database and does not end")
        time.sleep(TURN_PAUSE_S)


def _missing(conn: psycopg.Connection[tuple[object, ...]]) -> list[tuple[str, str]]:
    row = conn.execute(f"SELECT to_regclass('{RECORD}') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return known()
    rows = conn.execute(f"SELECT app, name FROM {RECORD}").fetchall()
    done = {(str(app), str(name)) for app, name in rows}
    return [step for step in known() if step not in done]


def _apply(url: str, progress: Progress) -> None:
    """Run Django's executor on a connection of our own, whatever Django is configured for."""
    from django.db import DatabaseError, connections
    from django.db.backends.postgresql.base import DatabaseWrapper
    from django.db.migrations.exceptions import BadMigrationError, InconsistentMigrationHistory
    from django.db.migrations.executor import MigrationExecutor

    from gongji.runtime import django_settings

    django_settings.configure()
    wrapper = DatabaseWrapper(django_settings.database(url), alias=ALIAS)
    connections[ALIAS] = wrapper  # thread-local: the recorder looks it up by its alias
    current: list[str] = []

    def report(action: str, migration: object = None, fake: bool = False) -> None:
        if action == "apply_start":
            current.append(str(migration))
            progress(f"  {migration}")

    try:
        executor = MigrationExecutor(wrapper, progress_callback=report)
        targets = [key for key in executor.loader.graph.leaf_nodes() if key[0] in _labels()]
        executor.migrate(targets)
    except (DatabaseError, BadMigrationError, InconsistentMigrationHistory) as why:
        at = f" at {current[-1]}" if current else ""
        raise MigrationFailed(f"migration failed{at}: {why}") from why
    finally:
        wrapper.close()
        del connections[ALIAS]


def _labels() -> set[str]:
    return {f"gongji_{room}" for room in ROOMS}
