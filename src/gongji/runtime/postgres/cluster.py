# SPDX-License-Identifier: Apache-2.0
"""Making a cluster and what must stand in it: our role without superuser rights, our database.

A cluster appears under its name only when complete; a half-made one is thrown away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import psycopg

from gongji.runtime.postgres import state
from gongji.runtime.postgres.binaries import Account, Binaries, PostgresError
from gongji.runtime.postgres.waiting import Progress

ADMIN = "postgres"
USER = "gongji"
DATABASE = "gongji"
# What operating the product needs beyond its own tables: figures, ending a query, a checkpoint.
USER_ROLES = ("pg_monitor", "pg_signal_backend", "pg_checkpoint")
INITDB_SECONDS_MAX = 120
ERROR_CHARS_MAX = 600
BUILTIN_LOCALE_MAJOR = 17  # first major with the C.UTF-8 that needs no locale of the system


def make(
    data_dir: Path, programs: Binaries, runner: Account, *, synced: bool, tell: Progress
) -> state.State:
    """Make a new cluster and remember it; raises PostgresError, leaving nothing half done."""
    base = state.choose_base(data_dir, runner)
    cluster, part = base / "cluster", base / "cluster.part"
    if cluster.exists():
        raise PostgresError(
            f"{cluster} exists but its passwords in {data_dir / state.STATE_FILE} do not:"
            " restore that file, or remove the folder to start with an empty database"
        )
    tell("making a new PostgreSQL cluster")
    if base != data_dir:
        tell(f"the server's account cannot enter {data_dir}: the cluster goes to {base}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    runner.own(part)
    fresh = state.new_state(data_dir, base)
    password_file = base / "password.part"
    password_file.unlink(missing_ok=True)
    handle = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(fresh.admin_password + "\n")
        runner.own(password_file)
        _initdb(programs, runner, part, password_file, synced=synced)
    finally:
        password_file.unlink(missing_ok=True)
    # The state first: a complete cluster.part beside a state is taken up at the next start.
    state.save(data_dir, fresh)
    part.rename(cluster)
    return fresh


def take_up(known: state.State, data_dir: Path) -> Path:
    """The folder of a remembered cluster; finishes a rename that a crash interrupted."""
    base = known.folder(data_dir)
    cluster, part = base / "cluster", base / "cluster.part"
    if not cluster.exists() and (part / "PG_VERSION").is_file():
        part.rename(cluster)
    if not (cluster / "PG_VERSION").is_file():
        raise PostgresError(
            f"the cluster remembered in {data_dir / state.STATE_FILE} is gone from {base}:"
            " remove that file to start with an empty database"
        )
    return cluster


def has_lz4(programs: Binaries, runner: Account, cluster: Path) -> bool:
    """Whether this build can compress large values with lz4."""
    name = "default_toast_compression"
    args: list[str | Path] = [programs.postgres, "-D", cluster, "-C", name, "-c", f"{name}=lz4"]
    return runner.run(args, seconds_max=INITDB_SECONDS_MAX).stdout.strip() == "lz4"


def prepare(conn: psycopg.Connection[tuple[object, ...]], password: str) -> None:
    """Make our role and database where missing; ``conn`` is the superuser's, in autocommit."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s),"
        " EXISTS (SELECT FROM pg_database WHERE datname = %s)",
        (USER, DATABASE),
    ).fetchone()
    has_role, has_database = row or (False, False)
    if not has_role:
        # The verifier is computed here, so that the password itself reaches no log.
        verifier = conn.pgconn.encrypt_password(
            password.encode(), USER.encode(), b"scram-sha-256"
        ).decode()
        conn.execute(f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{verifier}'")
        known = conn.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", (list(USER_ROLES),)
        ).fetchall()
        for (role,) in known:
            conn.execute(f"GRANT {role} TO {USER}")
    if not has_database:
        conn.execute(f"CREATE DATABASE {DATABASE} OWNER {USER}")


def _initdb(
    programs: Binaries, runner: Account, part: Path, passwords: Path, *, synced: bool
) -> None:
    args: list[str | Path] = [programs.initdb, "-D", part, "-U", ADMIN, "--pwfile", passwords]
    more: Sequence[str] = (
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--data-checksums",
    )
    args.extend(more)
    if programs.major >= BUILTIN_LOCALE_MAJOR:
        args += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not synced:
        args.append("--no-sync")
    done = runner.run(args, seconds_max=INITDB_SECONDS_MAX)
    if done.returncode != 0:
        raise PostgresError(f"initdb failed: {done.stdout.strip()[-ERROR_CHARS_MAX:]}")
