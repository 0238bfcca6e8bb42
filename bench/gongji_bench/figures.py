# SPDX-License-Identifier: Apache-2.0
"""Exact percentiles of raw latencies, and the figures of one measured row.

Times are nanoseconds inside, milliseconds in reports. Floats are fine here: no money is counted.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import asdict, dataclass, field
from typing import Any


def percentile(ordered: list[int], percent: float) -> int:
    """The smallest value that at least ``percent`` of the values do not exceed."""
    if not ordered:
        return 0
    return ordered[min(len(ordered), max(1, math.ceil(len(ordered) * percent / 100))) - 1]


class Samples:
    """Raw latencies with the moment of the answer and the kind of message."""

    __slots__ = ("ends", "kinds", "took")

    def __init__(self) -> None:
        self.ends = array("q")
        self.took = array("q")
        self.kinds = bytearray()

    def add(self, end_ns: int, took_ns: int, kind: int) -> None:
        """One answer."""
        self.ends.append(end_ns)
        self.took.append(took_ns)
        self.kinds.append(kind)

    def within(self, begin_ns: int, end_ns: int) -> tuple[list[int], list[int]]:
        """(sorted latencies, answers by kind, the last: failed) of the answers in that time."""
        took, counts = [], [0, 0, 0, 0, 0]
        for end, one, kind in zip(self.ends, self.took, self.kinds, strict=True):
            if begin_ns <= end < end_ns:
                took.append(one)
                counts[kind] += 1
        took.sort()
        return took, counts


@dataclass
class Tally:
    """What answers a row got, warm-up included; ``wrong`` must stay 0."""

    accepted: int = 0
    reversed: int = 0
    resent_same: int = 0
    changed_refused: int = 0
    busy: int = 0
    wrong: int = 0
    in_cash: int = 0  # of the checked sample: ended (partly) in cash
    checked: int = 0
    first_wrong: str = ""

    def mistake(self, text: str) -> bool:
        """An answer that should not be; always False."""
        self.wrong += 1
        self.first_wrong = self.first_wrong or text[:300]
        return False


@dataclass
class Row:
    """One measured row. A settlement here is a committed effect: a settlement or a reversal."""

    level: str
    message: str
    concurrency: int
    whom: str
    seconds: float
    settlements: int
    per_second: float
    messages_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    cpu_server: float  # seconds per 1,000 settlements
    cpu_database: float
    cpu_driver: float
    disk_bytes: int  # per settlement, growth of the database
    wal_bytes: int
    tally: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def milliseconds(value_ns: int) -> float:
    """Rounded for people."""
    return round(value_ns / 1_000_000, 2)
