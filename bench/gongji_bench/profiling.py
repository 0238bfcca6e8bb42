# SPDX-License-Identifier: Apache-2.0
"""Where the time goes: stages of the writer in process, or samples of a running gateway.

``stages`` wraps functions of the engine. ``py-spy`` samples the gateway's process (only what holds
the interpreter's lock) and needs the program of that name; it is not a dependency.
"""

from __future__ import annotations

import collections
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

from gongji_bench.place import Place, opened
from gongji_bench.plan import L0, L2, VISIT, RowPlan, RunPlan
from gongji_bench.served import served
from gongji_bench.session import PRIME, Session
from gongji_bench.stages import Stages, statements

CLIENTS = 64
SAMPLES_PER_S = 150
TOP = 70
PRELOAD = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
}


def profile(kind: str, plan: RunPlan, url: str | None, tell: Callable[[str], None]) -> list[str]:
    """Lines of a profile."""
    plan.rows = [RowPlan(L0 if kind == "stages" else L2, VISIT, CLIENTS)] * 2
    if kind == "stages":
        return _stages(plan, url, tell)
    if _spy() is None:
        return ["py-spy is not installed: pip install py-spy"]
    with opened(url, None) as place:
        return _sampled(Session(place, plan, tell), place)


def _spy() -> str | None:
    beside = Path(sys.executable).parent / "py-spy"
    return str(beside) if beside.is_file() else shutil.which("py-spy")


def _stages(plan: RunPlan, url: str | None, tell: Callable[[str], None]) -> list[str]:
    from gongji.runtime.postgres import PostgresError

    try:
        with opened(url, None, PRELOAD) as place:
            return _staged(Session(place, plan, tell), place)
    except PostgresError as why:
        if "pg_stat_statements" not in str(why):
            raise
    with opened(url, None) as place:
        return _staged(Session(place, plan, tell), place)


def _staged(session: Session, place: Place) -> list[str]:
    session.prepare()
    stages = Stages()
    with session.platform() as platform:
        session.in_process(platform, PRIME)
        _reset(place)
        with stages.watching():
            row = session.in_process(platform, session.plan.rows[0])
    done = session.tallies[-1].accepted + session.tallies[-1].reversed
    lines = [f"L0 {VISIT} at {CLIENTS}: {row.per_second:,.0f}/s, p99 {row.p99_ms} ms", ""]
    lines += [*stages.lines(done), ""]
    return lines + statements(place.admin_url or place.url, done)


def _reset(place: Place) -> None:
    if place.admin_url is None:
        return
    with psycopg.connect(place.admin_url, autocommit=True) as conn:
        try:
            conn.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            conn.execute("SELECT pg_stat_statements_reset()")
        except psycopg.Error:
            return


def _sampled(session: Session, place: Place) -> list[str]:
    session.prepare()
    raw = place.folder / "samples.raw"
    seconds = max(2, round(session.plan.seconds))
    with served(place.url, place.folder, session.key, session.plan.workers) as gateway:
        session.over_http(gateway.port, gateway.pid, session.plan.rows[0])
        spy = subprocess.Popen(
            [
                *(str(_spy()), "record", "-p", str(gateway.pid), "-d", str(seconds)),
                *("-r", str(SAMPLES_PER_S), "-t", "-g", "-f", "raw", "-o", str(raw)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        row = session.over_http(gateway.port, gateway.pid, session.plan.rows[1])
        spy.wait()
    head = f"L2 {VISIT} at {CLIENTS}: {row.per_second:,.0f}/s, server CPU {row.cpu_server} ms each"
    return [head, "", *_folded(raw, row.cpu_server)]


def _folded(raw: Path, cpu_ms: float) -> list[str]:
    """Share of samples in which a function was on the stack, as microseconds per settlement."""
    total = 0
    inclusive: collections.Counter[str] = collections.Counter()
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        total += int(count)
        for frame in set(stack.split(";")):
            inclusive[frame] += int(count)
    scale = cpu_ms * 1000 / (total or 1)
    return [f"{n * scale:>8.0f} us  {frame[:110]}" for frame, n in inclusive.most_common(TOP)]
