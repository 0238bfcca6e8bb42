# SPDX-License-Identifier: Apache-2.0
"""What is marked as a campaign is run by ``make nightly``, and by nothing that runs every day."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG = ("tests/campaign", "tests/races/test_batches_alike.py", "tests/runtime/test_postgres.py")


def collected(*options: str) -> set[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", *options, *LONG]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {line for line in done.stdout.splitlines() if "::" in line}


def test_nightly_leaves_no_campaign_out(pytestconfig: pytest.Config) -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nnightly:")[2].partition("\n\n")[0]
    chosen = re.search(r'-m "([^"]+)"', recipe)
    assert chosen is not None
    campaigns = collected("-m", "campaign")
    assert len(campaigns) >= len(list((ROOT / "tests/campaign").glob("test_campaign_*.py")))
    assert campaigns <= collected("-m", chosen[1])
    assert not campaigns & collected()
