# SPDX-License-Identifier: Apache-2.0
"""A deployment may let values below medium confidence decide; then every result says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from settlement_world import HOSPITAL, KEY, World, institutions, make_platform

from gongji.care.institutions import Institution, register_institution
from gongji.gateway.explaining import WEAK, explanation
from gongji.kernel.errors import Refusal
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import DECIDES_MONEY, PACKS, PolicyLibrary
from gongji.settlement.commands import MessageKey
from gongji.settlement.explain import explain
from gongji.settlement.rules import load_provenance

pytestmark = pytest.mark.postgres


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """The shipped packs, with Jiangxi's outpatient values as a portal's text alone."""
    root = tmp_path / "packs"
    shutil.copytree(PACKS, root)
    path = root / "360000" / "outpatient.yaml"
    text = path.read_text(encoding="utf-8")
    weak = text.replace("confidence: high", "confidence: low")
    weak = weak.replace("confidence: medium", "confidence: low")
    assert weak != text
    path.write_text(weak, encoding="utf-8")
    return root


@pytest.fixture(params=[True, False], ids=["accepted", "not accepted"])
def world(db: str, packs: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world on these packs."""
    accept = DECIDES_MONEY | {"low"} if request.param else DECIDES_MONEY
    library = PolicyLibrary.load(packs, accept=frozenset(accept))
    with psycopg.connect(db) as conn:
        institutions(conn, PrivacyBox(KEY))
        platform = make_platform(db, packs=library)
        try:
            yield World(db, platform, conn)
        finally:
            platform.stop()


def test_a_result_says_what_it_rests_on(world: World) -> None:
    patient = world.person(current=10000)
    command = world.settle(patient, world.visit(patient, 50000), 50000)
    if "low" not in world.platform.library.accept:
        with pytest.raises(Refusal, match="confidence: low"):
            world.platform.engine.settle_now(command)
        assert world.count("settlement") == 0
        return
    record = world.platform.engine.settle_now(command)
    assert record is not None
    assert record.body.benefit.pooled_fen == 11000  # (500 - 300) x 55 %
    for level in (0, 1):
        text = explanation(record, level)
        told = json.loads(f'"{text}"' if level else json.dumps(text))
        assert json.loads(told)["notConfirmed"] == WEAK
    steps, _, _ = load_provenance(world.conn, record.rules_id)
    assert explain(record, steps)[-1].step == "weak"
    world.assert_clean()


def test_a_weak_share_of_care_elsewhere_is_told_as_well(
    db: str, conn: psycopg.Connection, tmp_path: Path
) -> None:
    """Unfiled care in Wuhan adds 20 % first self-pay; all other rules are confirmed."""
    root = tmp_path / "packs"
    shutil.copytree(PACKS, root)
    path = root / "360000" / "out_of_area.yaml"
    text = path.read_text(encoding="utf-8")
    weak_text = text.replace("confidence: decided", "confidence: low")
    assert weak_text != text
    path.write_text(weak_text, encoding="utf-8")
    library = PolicyLibrary.load(root, accept=frozenset(DECIDES_MONEY | {"low"}))
    box = PrivacyBox(KEY)
    institutions(conn, box)
    away = Institution(21, "H42010000021", "武汉医院", 1, 3, "", 420100, True, "x-tif", {}, {})
    register_institution(conn, box, away)
    conn.commit()
    platform = make_platform(db, packs=library)
    world = World(db, platform, conn)
    try:
        weak = {}
        for number in (HOSPITAL, away.institution_id):
            patient = world.person(current=10_000)
            visit = world.visit(patient, 50_000, institution=number)
            key = MessageKey(number, f"M{number}", "2207", b"f")
            record = platform.engine.settle_now(world.settle(patient, visit, 50_000, key=key))
            assert record is not None
            weak[number] = (record.body.bill.first_self_fen, record.body.weak)
        assert weak == {HOSPITAL: (0, False), away.institution_id: (10_000, True)}
        world.assert_clean()
    finally:
        platform.stop()
