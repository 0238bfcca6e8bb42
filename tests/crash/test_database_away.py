# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL away for some seconds and back, under traffic; the campaign waits longer."""

from __future__ import annotations

import pytest
from database_away import away_and_back
from races_arena import Arena

from gongji.runtime.postgres import EmbeddedPostgres

pytestmark = pytest.mark.postgres
AWAY_S = 4.0


def test_database_away_for_some_seconds(own_server: EmbeddedPostgres, crash_arena: Arena) -> None:
    away_and_back(own_server, crash_arena, AWAY_S)
