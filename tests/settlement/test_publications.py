# SPDX-License-Identifier: Apache-2.0
"""What this installation believed about the law, and when: kept, asked again, never altered."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import psycopg
import pytest
from settlement_world import DAY, NOW, World, library, make_platform

from gongji.kernel.benefit import EMPLOYEE
from gongji.policy.errors import PackFault
from gongji.policy.library import PACKS, PolicyLibrary
from gongji.policy.storing import canonical, content_of, library_from
from gongji.runtime import cli
from gongji.settlement.publications import library_at, library_of, publish
from gongji.settlement.records import CIVIL_TIME
from gongji.settlement.rules import load_provenance, load_rules

Conn = psycopg.Connection
NANCHANG = 360100
JANUARY = dt.datetime(2026, 1, 10, 9, tzinfo=CIVIL_TIME)
MARCH = dt.datetime(2026, 3, 1, 9, tzinfo=CIVIL_TIME)
APRIL = dt.datetime(2026, 4, 1, 9, tzinfo=CIVIL_TIME)


@pytest.fixture
def corrected(tmp_path: Path) -> PolicyLibrary:
    """Version 2 of the packs: the deductible of Jiangxi was mistaken, it is 250 yuan."""
    root = tmp_path / "packs"
    shutil.copytree(PACKS, root)
    file = root / "360000" / "outpatient.yaml"
    text = file.read_text(encoding="utf-8")
    assert "op.deductible: 300" in text
    file.write_text(text.replace("op.deductible: 300", "op.deductible: 250"), encoding="utf-8")
    return PolicyLibrary.load(root)


def deductible_fen(found: PolicyLibrary, on: dt.date = DAY) -> int:
    record = found.value(NANCHANG, "op.deductible", on)
    assert record is not None
    return record.integer()


def test_kept_packs_are_the_packs() -> None:
    packs = library()
    contents = [content_of(packs.pack(area), packs.sources) for area in packs.areas()]
    again = library_from(json.loads(canonical(content)) for content in contents)
    assert again.areas() == packs.areas()
    for area in packs.areas():
        assert again.digest(area) == packs.digest(area)
        assert again.notes(area) == packs.notes(area)
        for key in packs.keys(area):
            before, after = packs.records(area, key), again.records(area, key)
            assert [r.value for r in before] == [r.value for r in after]
            assert [r.written for r in before] == [r.written for r in after]
    record = again.value(NANCHANG, "ip.ratio.L3.in", dt.date(2025, 7, 1))
    assert record is not None
    assert again.sources[record.source] == packs.sources[record.source]


def test_both_beliefs_can_still_be_asked(conn: Conn, corrected: PolicyLibrary) -> None:
    assert publish(conn, library(), JANUARY)
    assert not publish(conn, library(), MARCH)  # a gateway that starts again
    assert publish(conn, corrected, MARCH)
    # About one day of service, 2026-03-02, in January, in March and today.
    assert deductible_fen(library_at(conn, JANUARY)) == 30_000
    assert deductible_fen(library_at(conn, MARCH - dt.timedelta(seconds=1))) == 30_000
    assert deductible_fen(library_at(conn, MARCH)) == 25_000
    with pytest.raises(LookupError, match="2026-01-10"):
        library_at(conn, JANUARY - dt.timedelta(seconds=1))
    # Only the changed pack was stored a second time.
    rows = conn.execute("SELECT area, count(*) FROM policy_pack GROUP BY area").fetchall()
    assert {area for area, count in rows if count == 2} == {360000}


def test_going_back_is_a_belief_of_its_own(conn: Conn, corrected: PolicyLibrary) -> None:
    for packs, moment in ((library(), JANUARY), (corrected, MARCH), (library(), APRIL)):
        assert publish(conn, packs, moment)
    found = [deductible_fen(library_at(conn, moment)) for moment in (JANUARY, MARCH, APRIL)]
    assert found == [30_000, 25_000, 30_000]


def test_a_settlement_names_packs_that_can_be_had(world: World, corrected: PolicyLibrary) -> None:
    patient = world.person(current=10_000)
    record = world.platform.engine.settle_now(
        world.settle(patient, world.visit(patient, 50_000), 50_000)
    )
    assert record is not None
    publish(world.conn, corrected, NOW + dt.timedelta(days=30))  # the packs move on
    (rules_id,) = world.conn.execute(
        "SELECT rules_id FROM rule_set WHERE area = %s", (NANCHANG,)
    ).fetchone()
    _, area, digest = load_provenance(world.conn, rules_id)
    kept = library_of(world.conn, area, digest)
    assert kept.digest(area) == digest == library().digest(area)
    assert deductible_fen(kept) == 30_000
    # The same packs give the same rules: outpatient at a hospital of level 3, in service.
    benefit, sharing = load_rules(world.conn, rules_id)
    policy = kept.compiled(area, EMPLOYEE, DAY)
    assert policy.benefit(1, 3, False, 45, 0) == benefit
    assert policy.sharing == sharing
    with pytest.raises(LookupError):
        library_of(world.conn, area, bytes(32))


def test_settlements_replay_after_the_packs_moved_on(
    world: World, corrected: PolicyLibrary
) -> None:
    """500 yuan at 55 %: under the old packs (500 - 300), under the new ones (500 - 250)."""
    one, other = world.person(current=10_000), world.person(current=10_000)
    before = world.platform.engine.settle_now(world.settle(one, world.visit(one, 50_000), 50_000))
    world.platform.stop()
    publish(world.conn, corrected, NOW + dt.timedelta(days=30))
    world.conn.commit()
    platform = make_platform(world.url, now=world.clock, packs=corrected)
    try:
        after = platform.engine.settle_now(world.settle(other, world.visit(other, 50_000), 50_000))
        assert before is not None
        assert after is not None
        assert (before.body.benefit.pooled_fen, after.body.benefit.pooled_fen) == (11_000, 13_750)
        world.assert_clean()  # computes both anew, each by the rules that were believed
        reversal = platform.engine.settle_now(world.reverse(one, before.setl_id))
        assert reversal is not None
        assert world.balance(one) == (10_000, 0)
        world.assert_clean()
    finally:
        platform.stop()


@pytest.mark.parametrize("table", ["policy_pack", "policy_publication"])
def test_nothing_is_altered_or_removed(conn: Conn, table: str) -> None:
    publish(conn, library(), JANUARY)
    conn.commit()
    # tidy: faults, the database must refuse each
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            conn.execute(statement)
        conn.rollback()
    column = "area" if table == "policy_pack" else "made_at"
    with pytest.raises(psycopg.errors.RestrictViolation):
        # tidy: fault, the same
        conn.execute(f"UPDATE {table} SET {column} = {column}")
    conn.rollback()


def test_altered_content_is_seen(conn: Conn) -> None:
    publish(conn, library(), JANUARY)
    conn.execute("ALTER TABLE policy_pack DISABLE TRIGGER ALL")
    conn.execute(  # tidy: fault, a pack that was altered
        "UPDATE policy_pack SET content = jsonb_set(content, '{status}', '\"DRAFT\"')"
        " WHERE area = %s",
        (NANCHANG,),
    )
    with pytest.raises(PackFault, match="does not match its digest"):
        library_at(conn, MARCH)


SHOW = ("policy", "show", "--area", "360100", "--scheme", "employee", "--date", "2026-03-02")


def test_the_command_line_publishes_and_asks(
    db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    assert cli.main(["policy", "publish"]) == 0
    assert capsys.readouterr().out.startswith("published the packs of ")
    assert cli.main(["policy", "publish"]) == 0
    assert capsys.readouterr().out.startswith("nothing new in ")
    assert cli.main([*SHOW, "--from-database", "--json"]) == 0
    kept = json.loads(capsys.readouterr().out)
    assert cli.main([*SHOW, "--json"]) == 0
    shipped = json.loads(capsys.readouterr().out)
    assert kept["digest"] == shipped["digest"]
    assert [row["shown"] for row in kept["values"]] == [row["shown"] for row in shipped["values"]]
    for args in (
        ("--from-database", "--seen-on", "2020-01-01"),  # before anything was published
        ("--from-database", "--seen-on", "soon"),
        ("--seen-on", "2026-03-02"),
        ("--from-database", "--packs", str(PACKS)),
    ):
        assert cli.main([*SHOW, *args]) == 2
        out = capsys.readouterr()
        assert (out.out, out.err.count("\n")) == ("", 1)
