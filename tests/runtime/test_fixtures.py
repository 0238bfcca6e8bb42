# SPDX-License-Identifier: Apache-2.0
"""The fixtures that all tests stand on: separate databases, a closed network."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import psycopg
import pytest


def test_the_network_is_closed_and_this_machine_is_not() -> None:
    with (
        contextlib.closing(socket.socket()) as outside,
        pytest.raises(PermissionError, match="network is closed"),
    ):
        outside.connect(("192.0.2.1", 80))
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        socket.create_connection(server.getsockname()).close()


@pytest.mark.postgres
def test_databases_are_separate_and_migrated(
    conn: psycopg.Connection, new_db: Callable[[], str]
) -> None:
    conn.execute("CREATE TABLE mine (n int)")
    conn.commit()
    with psycopg.connect(new_db()) as other:
        row = other.execute(
            "SELECT to_regclass('mine') IS NULL, count(*) FROM django_migrations"
        ).fetchone()
    assert row is not None
    assert row[0]
    assert row[1] >= 5
