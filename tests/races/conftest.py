# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the race tests: engines with locks, and the same without as the negative control."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("settlement", "races", "crash"):
    sys.path.insert(0, str(Path(__file__).parent.parent / folder))

from crash_fixtures import arena  # noqa: E402, F401
