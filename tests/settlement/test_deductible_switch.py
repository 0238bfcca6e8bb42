# SPDX-License-Identifier: Apache-2.0
"""The switch of a pack: do sums paid by relatives count toward the yearly deductible?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from settlement_world import World, make_platform

from gongji.policy.library import PACKS, PolicyLibrary

COUNTS = "ma.relativesCountToDeductible:\n        value: true"


def packs_with(folder: Path, counts: bool) -> PolicyLibrary:
    """The shipped packs with the switch as wanted."""
    root = folder / "packs"
    shutil.copytree(PACKS, root)
    file = root / "100000" / "mutual_aid.yaml"
    text = file.read_text(encoding="utf-8")
    assert COUNTS in text
    file.write_text(text.replace(COUNTS, COUNTS.replace("true", str(counts).lower())), "utf-8")
    return PolicyLibrary.load(root)


@pytest.mark.parametrize(
    ("counts", "deductible_fen", "fund_fen"), [(True, 10_000, 5_500), (False, 20_000, 0)]
)
def test_a_deductible_paid_by_a_relative(
    world: World, tmp_path: Path, counts: bool, deductible_fen: int, fund_fen: int
) -> None:
    """Deductible 300 a year, 55 %: a relative pays the first 200; what does the next visit ask?"""
    platform = make_platform(world.url, now=world.clock, packs=packs_with(tmp_path, counts))
    try:
        giver, patient = world.person(current=20_000), world.person(current=0)
        world.authorise(giver, patient)
        one = platform.engine.settle_now(
            world.settle(patient, world.visit(patient, 20_000), 20_000)
        )
        assert one is not None
        assert (one.body.benefit.deductible_fen, one.relatives_fen) == (20_000, 20_000)
        second = world.visit(patient, 20_000)
        two = platform.engine.settle_now(world.settle(patient, second, 20_000))
        assert two is not None
        paid = (two.body.benefit.deductible_fen, two.body.benefit.fund_fen)
        assert paid == (deductible_fen, fund_fen)
        # The reversal of the first takes back exactly what it counted, and the money returns.
        assert platform.engine.settle_now(world.reverse(patient, one.setl_id)) is not None
        assert platform.engine.settle_now(world.reverse(patient, two.setl_id)) is not None
        assert world.balance(giver) == (20_000, 0)
        world.conn.rollback()
        sums = world.conn.execute("SELECT * FROM accumulator").fetchone()
        assert sums is not None
        assert set(sums[3:]) == {0}
        world.assert_clean()
    finally:
        platform.stop()
