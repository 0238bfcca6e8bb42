# SPDX-License-Identifier: Apache-2.0
"""The pages as a real ASGI application over the shipped packs, on a fixed day."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from portal_client import Client, portal_on


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """Asks for pages as they are on 2026-11-25."""
    portal = portal_on()
    yield Client(portal)
    portal.close()
