# SPDX-License-Identifier: Apache-2.0
"""``sandbox reset`` takes away the demonstration alone; a port in use is told before all else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from test_demo_load import BOX, NOW

from gongji.care.institutions import Institution, register_institution
from gongji.policy.library import PolicyLibrary
from gongji.runtime import cli, migrate
from gongji.runtime.demo_institutions import INSTITUTIONS
from gongji.runtime.demo_load import demo_version, load_demo
from gongji.runtime.demo_reset import reset
from gongji.runtime.errors import UserError

pytestmark = pytest.mark.postgres
STRANGER = Institution(
    institution_id=90,
    code="H36010299999",
    name="示例医院",
    kind=1,
    level=2,
    hosp_lv="5",
    area=360100,
    active=True,
    sign_variant="x-tif",
    keys={"paasid": "hospital-1", "secret": "a long random text"},
    dialect={},
)


@pytest.fixture
def demo(db: str) -> str:
    with psycopg.connect(db) as conn:
        assert load_demo(conn, BOX, PolicyLibrary.load(), now=NOW)
    return db


@pytest.fixture
def role(pg_server: Any) -> Iterator[str]:
    """A role that may do nothing yet; its name needs quotes."""
    name = f"Reader {pg_server.prefix}"
    with psycopg.connect(pg_server.embedded.admin_url, autocommit=True) as conn:
        conn.execute(f'CREATE ROLE "{name}"')
        yield name
        conn.execute(f'DROP OWNED BY "{name}"')
        conn.execute(f'DROP ROLE IF EXISTS "{name}"')


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as conn:
        return conn.execute(question).fetchall()


def register(url: str) -> None:
    with psycopg.connect(url) as conn:
        register_institution(conn, BOX, STRANGER)


ACL = "SELECT nspacl::text, nspowner FROM pg_namespace WHERE nspname = 'public'"
SHAPE = (
    "SELECT relkind, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " UNION ALL SELECT 'f', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " ORDER BY 1, 2"
)


def test_grants_and_what_belongs_to_others_stay(pg_server: Any, role: str, new_db: Any) -> None:
    url = new_db()
    with psycopg.connect(url) as conn:
        assert load_demo(conn, BOX, PolicyLibrary.load(), now=NOW)
    with pg_server.superuser(url) as conn:
        conn.execute(f'GRANT USAGE ON SCHEMA public TO "{role}"')
        conn.execute(f'GRANT SELECT ON account, posting TO "{role}"')
        conn.execute(f'GRANT USAGE ON SEQUENCE entry_seq TO "{role}" WITH GRANT OPTION')
        conn.execute("CREATE TABLE of_somebody_else (one integer)")
        conn.execute("INSERT INTO of_somebody_else VALUES (7)")
        conn.execute("GRANT SELECT ON of_somebody_else TO PUBLIC")
    before = ask(url, ACL)
    assert role in str(before)
    reset(url, really=False)
    assert ask(url, ACL) == before
    assert ask(url, "SELECT one FROM of_somebody_else") == [(7,)]
    may = "SELECT has_{}_privilege('{}', '{}', '{}')"
    for table in ("account", "posting"):
        assert ask(url, may.format("table", role, table, "SELECT")) == [(True,)]
        assert ask(url, may.format("table", role, table, "INSERT")) == [(False,)]
    grant = "USAGE WITH GRANT OPTION"
    assert ask(url, may.format("sequence", role, "entry_seq", grant)) == [(True,)]
    assert ask(url, "SELECT count(*) FROM person") == [(0,)]


def test_everything_that_migrations_make_is_made_anew(demo: str) -> None:
    with psycopg.connect(demo) as conn:
        conn.execute("DROP TABLE gongji_demo")
    before = ask(demo, SHAPE)
    assert {name for _, name in before} >= {"account", "entry_seq", "refuse_rewrite"}
    reset(demo, really=True)
    assert ask(demo, SHAPE) == before
    assert migrate.pending(demo) == []


@pytest.mark.parametrize("really", [False, True])
def test_an_institution_of_somebody_else_keeps_everything(demo: str, really: bool) -> None:
    register(demo)
    with pytest.raises(UserError, match=r"1 institution .* not made \(H36010299999\)"):
        reset(demo, really=really)
    assert ask(demo, "SELECT count(*) > 40 FROM person") == [(True,)]
    with psycopg.connect(demo) as conn:
        assert demo_version(conn)


def test_without_a_demonstration_as_well(db: str) -> None:
    register(db)
    for really in (False, True):
        with pytest.raises(UserError, match="nothing was deleted"):
            reset(db, really=really)
    assert ask(db, "SELECT code FROM institution") == [(STRANGER.code,)]


def test_institutions_of_an_earlier_demonstration_are_its_own(demo: str) -> None:
    """What a version brought is remembered: a later one without it may still begin again."""
    register(demo)
    with psycopg.connect(demo) as conn:
        conn.execute(
            "UPDATE gongji_demo SET institutions = array_append(institutions, %s)", (STRANGER.code,)
        )
    reset(demo, really=False)
    assert ask(demo, "SELECT count(*) FROM institution") == [(0,)]


def test_a_demonstration_that_does_not_remember_its_institutions(demo: str) -> None:
    with psycopg.connect(demo) as conn:
        conn.execute("ALTER TABLE gongji_demo DROP COLUMN institutions")
    register(demo)
    with pytest.raises(UserError, match=STRANGER.code):
        reset(demo, really=False)
    with psycopg.connect(demo) as conn:
        # tidy: fault, no service removes an institution
        conn.execute("DELETE FROM institution WHERE code = %s", (STRANGER.code,))
    reset(demo, really=False)


def test_a_view_of_somebody_else_is_not_torn_down(demo: str) -> None:
    with psycopg.connect(demo) as conn:
        conn.execute("CREATE VIEW theirs AS SELECT owner FROM account")
    with pytest.raises(UserError, match=r"nothing was deleted.*theirs"):
        reset(demo, really=False)
    assert ask(demo, "SELECT count(*) > 10 FROM theirs") == [(True,)]


@pytest.fixture
def outside(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    monkeypatch.delenv("GONGJI_SECRET_KEY", raising=False)
    return tmp_path / "a folder"


def test_a_demonstration_does_not_move_in_with_others(
    outside: Path, db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 2, and not even the schema is brought up to date."""
    register(db)
    with psycopg.connect(db) as conn:
        conn.execute("DELETE FROM django_migrations WHERE app = 'gongji_settlement'")
    for command in (["demo", "--prepare"], ["sandbox", "reset"], ["demo", "--reset"]):
        assert cli.main([*command, "--data", str(outside)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1, said
        assert STRANGER.code in said or "not made by gongji demo" in said
    assert ask(db, "SELECT count(*) FROM person") == [(0,)]
    assert len(migrate.pending(db)) > 0
    assert not (outside / "demo.json").exists()


@pytest.mark.parametrize("command", [["demo"], ["serve"]])
@pytest.mark.parametrize("embedded", [False, True])
def test_a_port_in_use_is_told_before_anything_is_made(
    command: list[str],
    embedded: bool,
    outside: Path,
    pg_server: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = pg_server.create()
    url = pg_server.url_of(name)
    monkeypatch.setenv("GONGJI_DATABASE_URL", "" if embedded else url)
    monkeypatch.setenv("GONGJI_DATA", str(outside))
    try:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert cli.main([*command, "--port", str(port)]) == 2
        said = capsys.readouterr().err
        assert said == f"gongji: cannot listen on 127.0.0.1:{port}: Address already in use\n"
        assert not outside.exists()
        assert ask(url, SHAPE) == []
    finally:
        pg_server.drop(name)


def test_the_hint_names_the_folder_in_use(
    outside: Path, db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also the refusal of an older demonstration; what is named works when it is pasted."""
    assert cli.main(["demo", "--prepare", "--data", str(outside)]) == 0
    with psycopg.connect(db) as conn:
        conn.execute("UPDATE gongji_demo SET version = 99")
    capsys.readouterr()
    assert cli.main(["demo", "--prepare", "--data", str(outside)]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"sandbox reset --data '{outside}'" in said
    assert cli.main(["sandbox", "reset", "--data", str(outside)]) == 0
    assert len(ask(db, "SELECT 1 FROM institution")) == len(INSTITUTIONS)
