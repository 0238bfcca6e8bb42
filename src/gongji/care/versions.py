# SPDX-License-Identifier: Apache-2.0
"""Versions of reference data: processes compare a number instead of reading whole tables.

Writers bump the number in the transaction of the change; readers see both or neither.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

Conn = Connection[Any]


def current(conn: Conn, name: str) -> int:
    """The version now; 0 for a name that was never written."""
    row = conn.execute("SELECT version FROM reference_version WHERE name = %s", (name,)).fetchone()
    return int(row[0]) if row else 0


def bump(conn: Conn, name: str) -> None:
    """Move the version; everyone refreshes once the transaction is committed."""
    conn.execute(
        "INSERT INTO reference_version (name, version) VALUES (%s, 1)"
        " ON CONFLICT (name) DO UPDATE SET version = reference_version.version + 1",
        (name,),
    )
