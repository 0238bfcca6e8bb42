# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the gateway's tests: one city per module; messages do not disturb others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongji.runtime import migrate

sys.path.insert(0, str(Path(__file__).parent))

from gateway_world import City, build, close


@pytest.fixture(scope="module")
def city(pg_server) -> Iterator[City]:
    """A started platform with institutions and catalogue; audited clean at the end."""
    name = pg_server.create()
    url = pg_server.url_of(name)
    migrate.migrate(url)
    made = build(url)
    try:
        yield made
        made.assert_clean()
    finally:
        close(made)
        pg_server.drop(name)
