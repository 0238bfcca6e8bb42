# SPDX-License-Identifier: Apache-2.0
"""The national interface over a bad line: a third is lost, half comes twice, a tenth is cut.

One effect per key, every client gets its answer, the audit is clean.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from crash_fixtures import SEED
from faulty_network import FaultyClient
from http_traffic import HttpServer, city, msgid_of
from traffic import Traffic, check

from gongji.runtime.postgres import EmbeddedPostgres
from patience import LOADED

pytestmark = pytest.mark.postgres
MESSAGES = 400
WAIT_S_MAX = 120 * LOADED


def test_one_effect_per_key_over_a_bad_line(own_server: EmbeddedPostgres, tmp_path: Path) -> None:
    seed = int(os.environ.get("GONGJI_SEED", SEED))
    certificates = city(own_server.url)
    server = HttpServer(own_server.url, tmp_path)
    server.start()
    clients: list[FaultyClient] = []

    def client(one: HttpServer) -> FaultyClient:
        clients.append(FaultyClient(one, certificates, f"{seed}/{len(clients)}"))
        return clients[-1]

    running = Traffic(server, list(certificates), seed, client=client, key_of=msgid_of)
    running.start()
    try:
        end = time.monotonic() + WAIT_S_MAX
        while _asked(clients) < MESSAGES and time.monotonic() < end:
            assert running.faults == []
            time.sleep(0.05)
    finally:
        running.finish()
        server.stop()
    faults = {name: sum(one.faults[name] for one in clients) for name in clients[0].faults}
    assert min(faults.values()) > 0, faults
    assert len(running.done) > len(clients)
    check(own_server.url, running)


def _asked(clients: list[FaultyClient]) -> int:
    return sum(sum(one.faults.values()) for one in clients)
