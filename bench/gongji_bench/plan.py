# SPDX-License-Identifier: Apache-2.0
"""What a run measures, in which order, and how many bills each row may use up."""

from __future__ import annotations

from dataclasses import dataclass, field

from gongji_bench.crowd import EVERYBODY, HOT, SPREAD

L0, L2 = "L0", "L2"
VISIT, PURCHASE = "2207", "2102"
# More than this machine can do: bills a row may use per second, by concurrency.
RATE_MAX = {1: 900, 16: 4_500, 64: 8_000, 256: 9_000}
FUND_ROUNDS = 4  # one fund, ten, ten, one, ...: drift of the machine falls on both alike
FUND_CONCURRENCY = 64


@dataclass(frozen=True)
class RowPlan:
    """One row to measure."""

    level: str
    message: str
    concurrency: int
    whom: str = EVERYBODY
    part: int = 1  # of the seconds of a row: 2 = half of them

    @property
    def title(self) -> str:
        """For progress."""
        return f"{self.level} {self.message} at {self.concurrency}, {self.whom}"


@dataclass
class RunPlan:
    """A whole run."""

    people: int = 100_000
    seconds: float = 10.0
    warm_up: float = 3.0
    workers: int = 1
    zipf: int = 1
    seed: int = 1
    scale: int = 50
    clients: tuple[int, ...] = (8, 16, 32, 64)
    rows: list[RowPlan] = field(default_factory=list)

    def seconds_of(self, row: RowPlan) -> float:
        """Measured seconds of a row."""
        return self.seconds / row.part

    def bills(self, row: RowPlan) -> int:
        """Bills to prepare for a row."""
        rate = RATE_MAX.get(row.concurrency, 8_000)
        return int(rate * (self.warm_up + self.seconds_of(row))) + 1_000


def full(levels: frozenset[str] = frozenset({L0, L2})) -> list[RowPlan]:
    """Every row of the report."""
    rows = [RowPlan(L0, VISIT, count, part=2) for count in (1, 64)]
    rows += [RowPlan(L2, VISIT, count) for count in (1, 16, 64, 256)]
    rows += [RowPlan(L2, PURCHASE, count, part=2) for count in (1, 64, 256)]
    for number in range(FUND_ROUNDS):
        order = (SPREAD, HOT) if number % 2 else (HOT, SPREAD)
        rows += [RowPlan(L2, VISIT, FUND_CONCURRENCY, whom, part=2) for whom in order]
    return [row for row in rows if row.level in levels]


def quick(levels: frozenset[str] = frozenset({L0, L2})) -> list[RowPlan]:
    """A few rows that prove that the driver works; their figures mean nothing."""
    rows = [
        RowPlan(L0, VISIT, 16),
        RowPlan(L2, VISIT, 1),
        RowPlan(L2, VISIT, 16),
        RowPlan(L2, PURCHASE, 16),
        RowPlan(L2, VISIT, FUND_CONCURRENCY, HOT),
        RowPlan(L2, VISIT, FUND_CONCURRENCY, SPREAD),
    ]
    return [row for row in rows if row.level in levels]
