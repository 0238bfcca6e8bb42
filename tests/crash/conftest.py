# SPDX-License-Identifier: Apache-2.0
"""The crash tests' fixtures, see ``crash_fixtures``."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("settlement", "races", "crash"):
    sys.path.insert(0, str(Path(__file__).parent.parent / folder))

from crash_fixtures import arena, crash_arena, http_traffic, own_server, traffic  # noqa: E402, F401
