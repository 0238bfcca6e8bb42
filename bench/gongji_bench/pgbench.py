# SPDX-License-Identifier: Apache-2.0
"""pgbench TPC-B on the same server and settings: the yardstick of this machine.

Scale 50, prepared statements, two threads, the best of several client counts.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

CLIENTS = (8, 16, 32, 64)
SCALE = 50
THREADS = 2
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_LATENCY = re.compile(r"^latency average = ([0-9.]+) ms", re.MULTILINE)
_NAMES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
}


class PgbenchFailed(RuntimeError):
    """pgbench could not be run; says what it said."""


@dataclass
class Round:
    """Transactions per second by client count, once before and once after our rows."""

    when: str
    tps: dict[int, float] = field(default_factory=dict)
    average_ms: dict[int, float] = field(default_factory=dict)

    def best(self) -> tuple[int, float]:
        """(clients, tps) of the quickest."""
        return max(self.tps.items(), key=lambda pair: pair[1])


class Pgbench:
    """Runs the program from ``folder`` on the database of ``url``."""

    def __init__(self, folder: Path, url: str) -> None:
        self._program = folder / "pgbench"
        found = conninfo_to_dict(url)
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {
            name: str(found[key]) for key, name in _NAMES.items() if found.get(key)
        }

    def prepare(self, scale: int = SCALE) -> None:
        """Make and fill the tables."""
        self._run("-i", "-q", "-s", str(scale))

    def measure(self, when: str, clients: tuple[int, ...], seconds: int) -> Round:
        """One round over the client counts."""
        found = Round(when)
        for count in clients:
            threads = str(min(THREADS, count))
            said = self._run(
                "-n", "-M", "prepared", "-j", threads, "-c", str(count), "-T", str(seconds)
            )
            tps, average = _TPS.search(said), _LATENCY.search(said)
            if tps is None or average is None:
                raise PgbenchFailed(f"pgbench printed no tps: {said[-300:]}")
            found.tps[count] = float(tps.group(1))
            found.average_ms[count] = float(average.group(1))
        return found

    def _run(self, *args: str) -> str:
        done = subprocess.run(
            [str(self._program), *args],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PgbenchFailed(f"pgbench failed: {done.stderr.strip()[-300:]}")
        return done.stdout
