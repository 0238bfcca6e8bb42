# SPDX-License-Identifier: Apache-2.0
"""Takes the demonstration out of a database, and nothing else.

The ledger cannot be emptied row by row, so the tables of this product are removed and made anew.
The schema that they stand in stays, with what was granted on it, and so do tables, extensions and
default privileges of others. A database is never emptied that holds an institution which the
demonstration has not made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, sql

from gongji.runtime import migrate
from gongji.runtime.demo_load import MARKER, demo_version, exists, refuse_institutions
from gongji.runtime.errors import UserError
from gongji.runtime.postgres import connect
from gongji.runtime.postgres.waiting import Progress, silent

Conn = Connection[Any]

LOCK_WAIT_MS = 5_000


class _Grant(NamedTuple):
    kind: str  # TABLE or SEQUENCE
    name: str
    privilege: str
    grantee: str  # empty: PUBLIC
    grantable: bool


def reset(url: str, *, really: bool, progress: Progress = silent) -> None:
    """Empty a database of the demonstration and bring it to the schema of this version.

    Raises UserError, and changes nothing, when the database is not a demonstration (unless
    ``really``), holds institutions of somebody else, or is in use.
    """
    with connect(url) as conn:
        conn.execute(f"SET lock_timeout = {LOCK_WAIT_MS}")
        if exists(conn, "person") and not demo_version(conn) and not really:
            raise UserError(
                "this database was not made by gongji demo: nothing was deleted"
                " (--yes-really empties it all the same)"
            )
        refuse_institutions(conn)
        _refuse_in_use(conn)
        progress("removing the old data")
        grants = _grants(conn)
        try:
            _drop(conn)
        except psycopg.errors.LockNotAvailable as why:
            raise UserError("the database is in use: stop the gateway first") from why
        except psycopg.errors.DependentObjectsStillExist as why:
            more = " ".join((why.diag.message_detail or "").split())
            raise UserError(f"others depend on its tables, nothing was deleted: {more}") from why
    migrate.migrate(url, progress)
    with connect(url) as conn:
        _grant(conn, grants)


def _refuse_in_use(conn: Conn) -> None:
    row = conn.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ).fetchone()
    if row and row[0]:
        raise UserError(
            "the database is in use"
            f" ({row[0]} other connection{'s' if row[0] > 1 else ''}): stop the gateway first"
        )


def _drop(conn: Conn) -> None:
    """Remove what the migrations have made, all of it in one transaction."""
    made = migrate.objects()
    made["TABLE"].append(MARKER)
    for kind, names in made.items():
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        conn.execute(sql.SQL("DROP {} IF EXISTS {}").format(sql.SQL(kind), listed))


def _grants(conn: Conn) -> list[_Grant]:
    """What others than the owner may do with tables and sequences of ours."""
    made = migrate.objects()
    rows = conn.execute(
        "SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname,"
        " a.privilege_type, CASE a.grantee WHEN 0 THEN '' ELSE a.grantee::regrole::text END,"
        " a.is_grantable"
        " FROM pg_class c, aclexplode(c.relacl) a"
        " WHERE c.oid = ANY (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)"
        " AND a.grantee <> c.relowner",
        (made["TABLE"] + made["SEQUENCE"],),
    ).fetchall()
    return [_Grant(*row) for row in rows]


def _grant(conn: Conn, grants: list[_Grant]) -> None:
    """Grant again what was granted before, where the table still exists."""
    for one in grants:
        if not exists(conn, one.name):
            continue
        # A role's name comes quoted from the server where it needs it.
        grantee = one.grantee or "PUBLIC"
        conn.execute(
            sql.SQL("GRANT {} ON {} {} TO {}{}").format(
                sql.SQL(one.privilege),
                sql.SQL(one.kind),
                sql.Identifier(one.name),
                sql.SQL(grantee),
                sql.SQL(" WITH GRANT OPTION" if one.grantable else ""),
            )
        )
