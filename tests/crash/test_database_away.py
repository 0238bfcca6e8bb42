# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL away for some seconds and back, under traffic; the campaign waits longer."""

from __future__ import annotations

import time

import pytest
from database_away import ANSWER_S_MAX, away_and_back
from killing import kill_minus_nine
from races_arena import Arena, codes

from gongji.runtime.postgres import EmbeddedPostgres
from gongji.settlement import errors

pytestmark = pytest.mark.postgres
AWAY_S = 4.0


def test_database_away_for_some_seconds(own_server: EmbeddedPostgres, crash_arena: Arena) -> None:
    away_and_back(own_server, crash_arena, AWAY_S)


def test_an_idle_engine_without_its_database_is_busy_at_once(
    own_server: EmbeddedPostgres, crash_arena: Arena
) -> None:
    """No commit is in doubt: each request is refused in time, its key is not burnt."""
    ring, world = crash_arena, crash_arena.world
    patient = world.person(current=100)
    ring.settled(world.purchase(patient, 10))
    command = world.purchase(patient, 30)
    kill_minus_nine(own_server, children=True)
    for _ in range(3):
        start = time.monotonic()
        assert codes([ring.answer(command)]) == {errors.BUSY: 1}
        assert time.monotonic() - start < ANSWER_S_MAX
    own_server.start()
    assert ring.settled(command).own_fen == 30
