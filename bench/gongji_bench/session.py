# SPDX-License-Identifier: Apache-2.0
"""One run from an empty database to the audit: load, yardstick, rows, yardstick, proof."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
import uvloop

from gongji.members.privacy import PrivacyBox, new_key
from gongji.policy.library import PolicyLibrary
from gongji.settlement.platform import Platform, build_platform
from gongji.settlement.records import CIVIL_TIME
from gongji_bench import http, inprocess, loading, machine, measure, visits
from gongji_bench.crowd import Crowd
from gongji_bench.figures import Row, Samples, Tally
from gongji_bench.messages import Writer, civil_now
from gongji_bench.mix import LAG, Slots
from gongji_bench.pgbench import Pgbench, Round
from gongji_bench.place import Place
from gongji_bench.plan import L0, L2, VISIT, RowPlan, RunPlan
from gongji_bench.proof import Proof, prove
from gongji_bench.served import served

PRIME = RowPlan(L0, VISIT, 64)  # not reported: a database in use has statistics and warm pages
NUMBERS_PER_ROW = 10**9  # message numbers of one row
OPENING_HOUR = dt.time(8)

Tell = Callable[[str], None]


@dataclass
class Outcome:
    """Everything that a run found."""

    machine: dict[str, str]
    plan: RunPlan
    made_at: dt.datetime
    load_seconds: float = 0.0
    yardstick: list[Round] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    proof: Proof = field(default_factory=Proof)
    audit_seconds: float = 0.0
    micro: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found = asdict(self)
        found["made_at"] = self.made_at.isoformat()
        return found


class Session:
    """Carries a plan out at a place; ``tell`` is told what happens."""

    def __init__(self, place: Place, plan: RunPlan, tell: Tell) -> None:
        self.place, self.plan, self.tell = place, plan, tell
        self.tallies: list[Tally] = []
        self.key = new_key()
        self._box = PrivacyBox(self.key)
        self._today = dt.datetime.now(CIVIL_TIME).date()
        needed = sum(plan.bills(row) for row in plan.rows) // 3
        self._crowd = Crowd(plan.people, needed, plan.seed, plan.zipf)
        self._next_visit = visits.FIRST_VISIT
        self._row_number = 0

    def run(self) -> Outcome:
        """The whole run; the proof is part of the outcome."""
        plan, place = self.plan, self.place
        with psycopg.connect(place.url) as conn:
            outcome = Outcome(machine.describe(conn), plan, dt.datetime.now(CIVIL_TIME))
        yardstick = Pgbench(place.programs, place.yardstick_url)
        if plan.clients:
            self.tell(f"pgbench TPC-B, scale {plan.scale}")
            yardstick.prepare(plan.scale)
            outcome.yardstick.append(self._yardstick(yardstick, "before", plan.clients))
        self.tell(f"loading {plan.people:,} people")
        outcome.load_seconds = machine.timed(self.prepare)
        self._rows(outcome)
        if plan.clients:
            tps = outcome.yardstick[0].tps
            again = tuple(sorted(sorted(tps, key=lambda c: -tps[c])[:2]))
            outcome.yardstick.append(self._yardstick(yardstick, "after", again))
        outcome.machine["load"] += f" before, {machine.load()} after"
        self.tell("audit")
        begin = dt.datetime.now(CIVIL_TIME)
        outcome.proof = prove(place.url, self.tallies)
        outcome.audit_seconds = (dt.datetime.now(CIVIL_TIME) - begin).total_seconds()
        return outcome

    def _yardstick(self, yardstick: Pgbench, when: str, clients: tuple[int, ...]) -> Round:
        found = yardstick.measure(when, clients, max(1, round(self.plan.seconds * 0.8)))
        self.tell("  " + ", ".join(f"{c} clients {tps:,.0f}/s" for c, tps in found.tps.items()))
        return found

    def prepare(self) -> None:
        """Load the people."""
        with psycopg.connect(self.place.url) as conn:
            loading.load_crowd(conn, self._box, self._crowd, self._today)
            conn.autocommit = True
            conn.execute("ANALYZE")

    def _rows(self, outcome: Outcome) -> None:
        """In-process rows first, then the gateway with its rows."""
        rows = self.plan.rows
        with self.platform() as platform:
            self.in_process(platform, PRIME)
            with psycopg.connect(self.place.url, autocommit=True) as conn:
                conn.execute("ANALYZE")
        with self.platform() as platform:
            for row in rows:
                if row.level == L0:
                    self._keep(outcome, self.in_process(platform, row))
        if any(row.level == L2 for row in rows):
            place = self.place
            with served(place.url, place.folder, self.key, self.plan.workers) as gateway:
                for row in rows:
                    if row.level == L2:
                        found = self.over_http(gateway.port, gateway.pid, row)
                        self._keep(outcome, found)

    def _keep(self, outcome: Outcome, row: Row) -> None:
        outcome.rows.append(row)
        self.tell(
            f"  {row.per_second:,.0f}/s  p50 {row.p50_ms} ms  p99 {row.p99_ms} ms"
            f"  wrong {row.tally['wrong']}  busy {row.tally['busy']}"
        )

    @contextlib.contextmanager
    def platform(self) -> Iterator[Platform]:
        """A started platform in this process."""
        platform = build_platform(self.place.url, self._box, PolicyLibrary.load())
        platform.start()
        try:
            yield platform
        finally:
            platform.stop()

    def _sales(self, row: RowPlan) -> list[visits.Sale]:
        """Bills of a row, their visits loaded."""
        self._row_number += 1
        purchases = row.message != VISIT
        sales = visits.draw(
            self._crowd,
            self.plan.bills(row),
            self.plan.seed * 1000 + self._row_number,
            whom=row.whom,
            purchases=purchases,
            first_id=self._next_visit,
        )
        if not purchases:
            self._next_visit += len(sales)
            begun = dt.datetime.combine(self._today, OPENING_HOUR, CIVIL_TIME)
            with psycopg.connect(self.place.url) as conn:
                visits.load_visits(conn, self._crowd, sales, begun)
        return sales

    def _slots(self, sales: list[visits.Sale], row: RowPlan) -> Slots:
        lag = LAG if len(sales) > 20 * LAG else 20
        return Slots(len(sales), self._row_number, max(lag, row.concurrency))

    def in_process(self, platform: Platform, row: RowPlan) -> Row:
        """Measure a row without HTTP."""
        self.tell(row.title)
        sales = self._sales(row)
        number = self._row_number
        commands = [
            inprocess.command_of(sale, f"L{number}-{place}", self._today)
            for place, sale in enumerate(sales)
        ]
        samples, tally = Samples(), Tally()
        clients = inprocess.InProcess(
            platform.engine,
            commands,
            self._slots(sales, row),
            samples,
            tally,
            {},
            [sale.self_paid_fen for sale in sales],
        )
        seconds = self.plan.seconds_of(row)
        work = clients.run(row.concurrency, self.plan.warm_up + seconds)
        return self._measured(row, samples, tally, work, ())

    def over_http(self, port: int, pid: int, row: RowPlan) -> Row:
        """Measure a row through a running gateway."""
        self.tell(row.title)
        sales = self._sales(row)
        writer = Writer(self._crowd, sales, self._row_number * NUMBERS_PER_ROW, civil_now())
        requests = [writer.new(number) for number in range(len(sales))]
        samples, tally = Samples(), Tally()
        load = http.Load(writer, requests, self._slots(sales, row), samples, tally)
        seconds = self.plan.seconds_of(row)
        work = http.run(load, port, row.concurrency, self.plan.warm_up + seconds)
        return self._measured(row, samples, tally, work, (pid,))

    def _measured(
        self, row: RowPlan, samples: Samples, tally: Tally, work: Any, pids: tuple[int, ...]
    ) -> Row:
        self.tallies.append(tally)
        gauges = machine.Gauges(self.place.url, pids)
        gc.collect()
        gc.freeze()  # what was prepared is never looked through while the clock runs
        try:
            before = gauges.disk_bytes()
            seconds = self.plan.seconds_of(row)
            readings = uvloop.run(measure.watched(gauges, work, self.plan.warm_up, seconds))
            grown = gauges.disk_bytes() - before
        finally:
            gauges.close()
            gc.unfreeze()
        head = (row.level, row.message, row.concurrency, row.whom)
        return measure.row_of(head, samples, tally, readings, grown, in_process=row.level == L0)
