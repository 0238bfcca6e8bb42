# SPDX-License-Identifier: Apache-2.0
"""Migrations: complete, repeatable, safe when two run at once, and reported in one sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from gongji.runtime import migrate
from gongji.runtime.postgres import PostgresError

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty(pg_server) -> Iterator[str]:
    """URL of a database without any schema."""
    name = pg_server.create()
    yield pg_server.url_of(name)
    pg_server.drop(name)


def test_everything_is_pending_in_an_empty_database_and_nothing_after(empty: str) -> None:
    assert migrate.pending(empty) == migrate.known()
    told: list[str] = []
    assert migrate.migrate(empty, told.append) == migrate.known()
    assert len(told) == len(migrate.known()) + 1
    assert migrate.pending(empty) == []


def test_every_room_has_steps() -> None:
    assert {room for room, _ in migrate.known()} == {f"gongji_{room}" for room in migrate.ROOMS}


def test_the_second_run_does_nothing_and_loads_no_django(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_apply", None)
    assert migrate.migrate(db) == []


def test_two_at_once_apply_each_step_once(empty: str) -> None:
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(len(migrate.migrate(empty))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, len(migrate.known())]
    with psycopg.connect(empty) as conn:
        row = conn.execute(
            "SELECT count(*), count(DISTINCT (app, name)) FROM django_migrations"
        ).fetchone()
    assert row == (len(migrate.known()), len(migrate.known()))


def test_a_failing_step_names_itself(empty: str) -> None:
    with psycopg.connect(empty) as conn:
        conn.execute("CREATE TABLE person (x int)")
    with pytest.raises(migrate.MigrationFailed, match=r"migration failed at gongji_members\.0001"):
        migrate.migrate(empty)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody:geheim@127.0.0.1:1/x", "cannot reach the database"),
        ("nonsense", "not understood"),
        ("mysql://a/b", "not understood"),
    ],
)
def test_an_address_that_does_not_answer(url: str, said: str) -> None:
    with pytest.raises(PostgresError, match=said) as caught:
        migrate.pending(url)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)
