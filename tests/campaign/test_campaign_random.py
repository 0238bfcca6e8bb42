# SPDX-License-Identifier: Apache-2.0
"""Thousands of seeds of random operations against the independent auditor.

GONGJI_CAMPAIGN_SEEDS says how many (2,000), GONGJI_CAMPAIGN_FROM the first. Seeds that failed are
listed at the end with their law; each can be run alone by tests/races/test_random_operations.py
with GONGJI_SEED, GONGJI_LAW and GONGJI_STEPS=300.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from operating import field_on, operate
from races_arena import audit_faults
from random_laws import LAWS, packs_of

pytestmark = [pytest.mark.postgres, pytest.mark.campaign]
SEEDS = int(os.environ.get("GONGJI_CAMPAIGN_SEEDS", "2000"))
FIRST = int(os.environ.get("GONGJI_CAMPAIGN_FROM", "1001"))
SEEDS_PER_DATABASE = 50
STEPS = int(os.environ.get("GONGJI_STEPS", "300"))


def test_campaign_of_random_operations(new_db: Callable[[], str], tmp_path: Path) -> None:
    failed: dict[tuple[str, int], str] = {}
    laws = cycle(LAWS)
    for first in range(FIRST, FIRST + SEEDS, SEEDS_PER_DATABASE):
        law = next(laws)
        with field_on(new_db(), packs_of(law, tmp_path)) as field:
            for seed in range(first, min(first + SEEDS_PER_DATABASE, FIRST + SEEDS)):
                try:
                    operate(field, seed, STEPS)
                except AssertionError as wrong:
                    failed[law, seed] = str(wrong)[:500]
                    field.world.conn.rollback()
            assert failed or audit_faults(field.world.url) == []
    assert failed == {}
