# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the server process and of PostgreSQL in traffic, 20 times each.

Afterwards: no acknowledged settlement lost, none doubled although every client re-sent its key,
the audit clean, and each time ready again in time. The campaign does it a hundred times each.
"""

from __future__ import annotations

import pytest
from killing import judge, kill_database, kill_databases, kill_servers
from traffic import Traffic

from gongji.runtime.postgres import EmbeddedPostgres

pytestmark = pytest.mark.postgres
KILLS = 20
GATEWAY_KILLS = 4


def test_server_process_is_killed(traffic: Traffic, own_server: EmbeddedPostgres) -> None:
    assert judge(traffic, own_server.url, kill_servers(traffic, KILLS)) >= KILLS


def test_postgres_is_killed(traffic: Traffic, own_server: EmbeddedPostgres) -> None:
    # A short outage is bridged by the engine itself: clients need not notice.
    judge(traffic, own_server.url, kill_databases(traffic, own_server, KILLS))


def test_real_gateway_is_killed(http_traffic: Traffic, own_server: EmbeddedPostgres) -> None:
    """The real server over the national interface: killed, then its database, in turn."""
    seconds = []
    for number in range(GATEWAY_KILLS):
        seconds += kill_servers(http_traffic, 1)
        seconds.append(kill_database(http_traffic, own_server, children=bool(number % 2)))
    assert judge(http_traffic, own_server.url, seconds) >= GATEWAY_KILLS
