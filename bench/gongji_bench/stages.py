# SPDX-License-Identifier: Apache-2.0
"""Where the time of a batch goes: stages of the writer, the kernel inside planning, statements.

Profiling only: it wraps functions of the engine for the length of a run, which costs a little
time itself. Wall time includes waiting for the database; CPU time is the writer thread's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from gongji.kernel import settling
from gongji.ledger import services, wire
from gongji.settlement import batch, lanes, planning, rules, writes


@dataclass
class Stage:
    """Calls and time of one wrapped function, nanoseconds."""

    name: str
    calls: int = 0
    wall_ns: int = 0
    cpu_ns: int = 0


class Stages:
    """Wraps functions for the length of a ``with`` block and adds up their time."""

    def __init__(self) -> None:
        self.found: dict[str, Stage] = {}

    @contextmanager
    def watching(self) -> Iterator[Stages]:
        """All places that are worth knowing."""
        with ExitStack() as stack:
            for name, place, attribute in (
                ("load facts", batch, "load"),
                ("plan", batch, "plan_batch"),
                ("  kernel: benefit", settling, "settle_benefit"),
                ("  kernel: sharing", settling, "share"),
                ("  payers", planning, "payers_of"),
                ("  rules look-up", rules.RuleBook, "find"),
                ("lay out writes", batch, "calls_of"),
                ("  ledger: prepare", writes, "prepare"),
                ("  leaves", services, "_leaf_of"),
                ("write and commit", wire.Wire, "commit"),
                ("one batch", batch.BatchRunner, "_attempt"),
                ("answer", lanes.LoopLane, "_finish"),
            ):
                if hasattr(place, attribute):
                    self._wrap(stack, name, place, attribute)
            yield self

    def _wrap(self, stack: ExitStack, name: str, place: Any, attribute: str) -> None:
        inner: Callable[..., Any] = getattr(place, attribute)
        stage = self.found.setdefault(name, Stage(name))
        clock, cpu = time.perf_counter_ns, time.thread_time_ns

        def timed(*args: Any, **kwargs: Any) -> Any:
            wall, used = clock(), cpu()
            try:
                return inner(*args, **kwargs)
            finally:
                stage.wall_ns += clock() - wall
                stage.cpu_ns += cpu() - used
                stage.calls += 1

        setattr(place, attribute, timed)
        stack.callback(setattr, place, attribute, inner)

    def lines(self, settlements: int) -> list[str]:
        """A table: microseconds per settlement."""
        per = (settlements or 1) * 1000
        out = [f"{'stage':<24}{'calls':>9}{'wall us':>10}{'cpu us':>10}   per settlement"]
        for stage in self.found.values():
            wall, cpu = stage.wall_ns / per, stage.cpu_ns / per
            out.append(f"{stage.name:<24}{stage.calls:>9}{wall:>10.1f}{cpu:>10.1f}")
        return out


def statements(url: str, settlements: int, limit: int = 25) -> list[str]:
    """Time in the server by statement, where pg_stat_statements is loaded."""
    with psycopg.connect(url, autocommit=True) as conn:
        try:
            rows = conn.execute(
                "SELECT calls, total_exec_time + total_plan_time, total_plan_time, rows, query"
                " FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database"
                " WHERE datname = current_database()) ORDER BY 2 DESC LIMIT %s",
                (limit,),
            ).fetchall()
        except psycopg.Error:
            return ["(pg_stat_statements is not loaded)"]
    per = settlements or 1
    out = [f"{'us/settl.':>10}{'plan us':>10}{'calls':>9}{'ms/call':>9}  statement"]
    for calls, total_ms, plan_ms, _, query in rows:
        text = " ".join(query.split())[:110]
        out.append(
            f"{total_ms * 1000 / per:>10.1f}{plan_ms * 1000 / per:>10.1f}{calls:>9}"
            f"{total_ms / max(1, calls):>9.3f}  {text}"
        )
    return out
