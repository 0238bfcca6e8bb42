# SPDX-License-Identifier: Apache-2.0
"""Eight writers in random order for ten minutes: no deadlock, no retry, the audit clean.

GONGJI_CAMPAIGN_SECONDS says how long, GONGJI_SEED gives another course of events.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from races_arena import Arena
from tangle import WRITERS, write_and_judge

pytestmark = [pytest.mark.postgres, pytest.mark.campaign]
SECONDS = float(os.environ.get("GONGJI_CAMPAIGN_SECONDS", "600"))


def test_campaign_of_entangled_writers(arena: Callable[..., Arena]) -> None:
    seed = int(os.environ.get("GONGJI_SEED", "11"))
    write_and_judge(arena(engines=WRITERS), seed, waves=1, seconds=SECONDS)
