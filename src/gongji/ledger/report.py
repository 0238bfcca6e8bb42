# SPDX-License-Identifier: Apache-2.0
"""What an audit found: every fault with table, key, expected and found; counts, notes, timings.

Checks of any room write into the same report through ``fault``, ``note`` and ``count``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
from psycopg import Connection

FAULTS_LISTED_MAX = 1000  # the rest is counted


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it must be."""

    check: str
    table: str
    key: str
    expected: str
    found: str


@dataclass(slots=True)
class Report:
    """Grows while the checks run; ``clean`` is the verdict."""

    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    head_seq: int = 0
    head_hash: str = ""
    progress: Callable[[str], None] | None = None
    _check: str = ""

    @property
    def clean(self) -> bool:
        """No fault was found."""
        return self.fault_count == 0

    def fault(self, table: str, key: str, expected: object, found: object) -> None:
        """Record a fault of the running check."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_LISTED_MAX:
            self.faults.append(Fault(self._check, table, key, str(expected), str(found)))

    def note(self, text: str) -> None:
        """Something a reader should know that is no fault."""
        self.notes.append(text)

    def count(self, name: str, number: int) -> None:
        """Add to a count, such as the rows that a check has read."""
        self.counts[name] = self.counts.get(name, 0) + number

    @contextmanager
    def check(self, conn: Connection[Any], name: str) -> Iterator[None]:
        """Run one check: a check that breaks is a fault and does not hide the other checks.

        Loss of the connection is passed on, since nothing can be said then.
        """
        self._check = name
        if self.progress is not None:
            self.progress(name)
        begun = time.perf_counter()
        try:
            with conn.transaction():
                yield
        except psycopg.OperationalError:
            raise
        except Exception as broken:
            found = f"{type(broken).__name__}: {broken}"
            self.fault("-", name, "the check runs to its end", found)
        finally:
            self.seconds[name] = time.perf_counter() - begun

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "clean": self.clean,
            "faults": self.fault_count,
            "listed": [asdict(fault) for fault in self.faults],
            "counts": self.counts,
            "notes": self.notes,
            "head": {"seq": self.head_seq, "hash": self.head_hash},
            "seconds": {
                name: round(value, 3)  # tidy: seconds, not money
                for name, value in self.seconds.items()
            },
        }

    def lines(self) -> list[str]:
        """The short plain report."""
        lines = []
        per_check: dict[str, int] = {}
        for fault in self.faults:
            per_check[fault.check] = per_check.get(fault.check, 0) + 1
        for name, spent in self.seconds.items():
            verdict = f"{per_check[name]} FAULTS" if name in per_check else "ok"
            lines.append(f"{verdict:>10}  {name}  ({spent:.2f} s)")
        lines.append("rows: " + ", ".join(f"{v} {k}" for k, v in self.counts.items()))
        lines.extend(f"note: {text}" for text in self.notes)
        if self.head_seq:
            lines.append(f"head of the seal chain: {self.head_seq}:{self.head_hash}")
        for f in self.faults:
            lines.append(f"FAULT [{f.check}] {f.table} {f.key}: {f.expected}, found {f.found}")
        hidden = self.fault_count - len(self.faults)
        if hidden:
            lines.append(f"... and {hidden} faults more")
        lines.append("clean" if self.clean else f"{self.fault_count} faults")
        return lines
