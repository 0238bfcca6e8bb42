# SPDX-License-Identifier: Apache-2.0
"""One measured row: warm-up, then the time between two readings of all counters, its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict

from gongji_bench.figures import Row, Samples, Tally, milliseconds, percentile
from gongji_bench.machine import Gauges, Reading
from gongji_bench.mix import FAILED, NEW, REVERSED


async def watched(
    gauges: Gauges, clients: Awaitable[None], warm_up_s: float, seconds: float
) -> tuple[Reading, Reading]:
    """Run the clients and read the counters at the end of the warm-up and of the row."""
    task = asyncio.ensure_future(clients)
    await asyncio.sleep(warm_up_s)
    begin = await asyncio.to_thread(gauges.read)
    await asyncio.wait({task}, timeout=seconds)
    end = await asyncio.to_thread(gauges.read)
    await task
    return begin, end


def row_of(
    head: tuple[str, str, int, str],
    samples: Samples,
    tally: Tally,
    readings: tuple[Reading, Reading],
    disk_bytes: int,
    *,
    in_process: bool,
) -> Row:
    """The figures of a row; ``head`` = level, message, concurrency, whom."""
    begin, end = readings
    took, counts = samples.within(begin.at_ns, end.at_ns)
    seconds = (end.at_ns - begin.at_ns) / 1e9
    effects = counts[NEW] + counts[REVERSED]
    per = effects or 1
    driver = end.driver - begin.driver
    server = driver if in_process else end.server - begin.server
    everything = tally.accepted + tally.reversed or 1
    return Row(
        *head,
        seconds=round(seconds, 2),
        settlements=effects,
        per_second=round(effects / seconds, 1),
        messages_per_second=round(sum(counts[:FAILED]) / seconds, 1),
        p50_ms=milliseconds(percentile(took, 50)),
        p95_ms=milliseconds(percentile(took, 95)),
        p99_ms=milliseconds(percentile(took, 99)),
        max_ms=milliseconds(took[-1] if took else 0),
        cpu_server=round(server * 1000 / per, 3),
        cpu_database=round((end.database - begin.database) * 1000 / per, 3),
        cpu_driver=0.0 if in_process else round(driver * 1000 / per, 3),
        disk_bytes=disk_bytes // everything,
        wal_bytes=(end.wal - begin.wal) // per,
        tally=asdict(tally),
    )
