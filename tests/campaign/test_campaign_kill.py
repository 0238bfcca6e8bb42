# SPDX-License-Identifier: Apache-2.0
"""kill -9 a hundred times each, and PostgreSQL away for twelve seconds and longer.

GONGJI_CAMPAIGN_KILLS says how often, GONGJI_SEED gives another course of events.
"""

from __future__ import annotations

import os
import random

import pytest
from database_away import away_and_back
from killing import judge, kill_database, kill_server, some_traffic
from races_arena import Arena
from traffic import Traffic

from gongji.runtime.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.postgres, pytest.mark.campaign]
KILLS = int(os.environ.get("GONGJI_CAMPAIGN_KILLS", "100"))


@pytest.mark.parametrize("round_no", range(4))
def test_campaign_of_kills(traffic: Traffic, own_server: EmbeddedPostgres, round_no: int) -> None:
    """Server process and PostgreSQL (alone, with children) in random order."""
    luck = random.Random(traffic.seed + round_no)
    seconds = []
    for _ in range(KILLS * 2 // 4):
        some_traffic(traffic, luck)
        if luck.random() < 0.5:
            seconds.append(kill_server(traffic))
        else:
            seconds.append(kill_database(traffic, own_server, children=luck.random() < 0.5))
    judge(traffic, own_server.url, seconds)


@pytest.mark.parametrize("seconds", [12.0, 45.0])
def test_campaign_of_outages(
    own_server: EmbeddedPostgres, crash_arena: Arena, seconds: float
) -> None:
    away_and_back(own_server, crash_arena, seconds)


def test_campaign_of_gateway_kills(http_traffic: Traffic, own_server: EmbeddedPostgres) -> None:
    """``gongji serve`` and its database in random order, over the national interface."""
    luck = random.Random(http_traffic.seed)
    seconds = []
    for _ in range(KILLS):
        some_traffic(http_traffic, luck)
        if luck.random() < 0.5:
            seconds.append(kill_server(http_traffic))
        else:
            children = luck.random() < 0.5
            seconds.append(kill_database(http_traffic, own_server, children=children))
    judge(http_traffic, own_server.url, seconds)
