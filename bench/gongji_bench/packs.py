# SPDX-License-Identifier: Apache-2.0
"""Reading and compiling all policy packs, cold: in a fresh process, with nothing remembered.

Run as a module it does so once and prints nanoseconds for reading and for compiling.
"""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.kernel.errors import Refusal
from gongji.policy.library import PolicyLibrary
from gongji.settlement.records import CIVIL_TIME

ROUNDS = 5
SECONDS_MAX = 60
SETTINGS, LEVELS, RETIRED = (1, 2, 3, 4), (1, 2, 3), (False, True)
AGE, ADMISSION = 40, 1


def measure() -> dict[str, float]:
    """Name of the piece -> microseconds, the median of fresh processes."""
    library = PolicyLibrary.load()
    values = sum(len(r) for a in library.areas() for r in library.pack(a).values.values())
    rounds = [_fresh() for _ in range(ROUNDS)]
    size = f"{values} values of {len(library.areas())} areas"
    return {
        f"policy packs read, cold ({size})": statistics.median(one for one, _ in rounds),
        "policy packs compiled, every area and scheme": statistics.median(b for _, b in rounds),
    }


def _fresh() -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    read, compiled = done.stdout.split()
    return int(read) / 1000, int(compiled) / 1000


def compile_all(library: PolicyLibrary, on: dt.date) -> int:
    """Rules of every area, scheme, setting, level and status; how many there are."""
    return sum(1 for _ in _rules(library, on))


def _rules(library: PolicyLibrary, on: dt.date) -> Iterator[object]:
    for area, scheme in product(library.areas(), (EMPLOYEE, RESIDENT)):
        try:
            policy = library.compiled(area, scheme, on)
            yield policy.sharing
        except Refusal:  # a draft, or a gap: an answer as well
            continue
        for setting, level, retired in product(SETTINGS, LEVELS, RETIRED):
            try:
                yield policy.benefit(setting, level, retired, AGE, ADMISSION)
            except Refusal:
                continue


def main() -> None:
    """Measure once."""
    today = dt.datetime.now(CIVIL_TIME).date()
    begin = time.perf_counter_ns()
    library = PolicyLibrary.load(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    read = time.perf_counter_ns()
    compile_all(library, today)
    print(read - begin, time.perf_counter_ns() - read)


if __name__ == "__main__":
    main()
