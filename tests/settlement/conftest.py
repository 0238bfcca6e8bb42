# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the engine's tests: a started platform and its world."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongji.members.privacy import PrivacyBox

sys.path.insert(0, str(Path(__file__).parent))

from settlement_world import KEY, World, institutions, make_platform


@pytest.fixture
def world(db: str) -> Iterator[World]:
    """A platform with locks, audited clean at the end."""
    with psycopg.connect(db) as conn:
        institutions(conn, PrivacyBox(KEY))
        platform = make_platform(db)
        try:
            yield World(db, platform, conn)
        finally:
            platform.stop()
