# SPDX-License-Identifier: Apache-2.0
"""The figures for people: bars with pass or fail, tables, docs/benchmarks.md."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from gongji_bench.crowd import EVERYBODY, HOT, SPREAD
from gongji_bench.figures import Row
from gongji_bench.plan import FUND_CONCURRENCY, L2, VISIT
from gongji_bench.session import Outcome

RATIO_MIN = 1.0
P99_MS_MAX = 100.0
LOSS_PERCENT_MAX = 10.0
P50_MS_MAX = 5.0
BUSY = 64  # concurrency from which the ratio and p99 bars hold


@dataclass(frozen=True)
class Bar:
    """A bar and whether it is met."""

    name: str
    wanted: str
    found: str
    met: bool


def best_yardstick(outcome: Outcome) -> float:
    """The best transactions per second of pgbench, before or after; 0 without."""
    return max((tps for one in outcome.yardstick for tps in one.tps.values()), default=0.0)


def _main_rows(outcome: Outcome) -> list[Row]:
    return [r for r in outcome.rows if r.level == L2 and r.message == VISIT and r.whom == EVERYBODY]


def fund_loss_percent(outcome: Outcome) -> float | None:
    """How much slower one fund is than ten, medians of the rounds; None when not measured."""
    medians = []
    for whom in (HOT, SPREAD):
        found = [r.per_second for r in outcome.rows if r.whom == whom]
        if not found:
            return None
        medians.append(statistics.median(found))
    return round((1 - medians[0] / medians[1]) * 100, 1) if medians[1] else None


def bars(outcome: Outcome) -> list[Bar]:
    """Every bar that this run can judge; without a clean audit there is no other."""
    clean = outcome.proof.clean
    said = "clean" if clean else f"{len(outcome.proof.faults)} faults"
    audited = Bar("audit after the run", "clean", said, clean)
    found: list[Bar] = []
    if not clean:
        return [audited]
    yardstick = best_yardstick(outcome)
    for row in _main_rows(outcome):
        where = f"at concurrency {row.concurrency}"
        if row.concurrency >= BUSY and yardstick:
            ratio = row.per_second / yardstick
            wanted = f">= {RATIO_MIN:.1f} x"
            found.append(
                Bar(f"against pgbench {where}", wanted, f"{ratio:.2f} x", ratio >= RATIO_MIN)
            )
        if row.concurrency >= BUSY:
            met = row.p99_ms <= P99_MS_MAX
            found.append(Bar(f"p99 {where}", f"<= {P99_MS_MAX:.0f} ms", f"{row.p99_ms} ms", met))
        if row.concurrency == 1:
            met = row.p50_ms <= P50_MS_MAX
            found.append(Bar(f"p50 {where}", f"<= {P50_MS_MAX:.0f} ms", f"{row.p50_ms} ms", met))
    loss = fund_loss_percent(outcome)
    if loss is not None:
        met = loss <= LOSS_PERCENT_MAX
        wanted = f"<= {LOSS_PERCENT_MAX:.0f} %"
        found.append(Bar(f"one hot fund at {FUND_CONCURRENCY}", wanted, f"{loss} %", met))
    return [*found, audited]


_HEADS = (
    "level",
    "message",
    "clients",
    "patients",
    "settlements/s",
    "x pgbench",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "CPU s/1,000 server",
    "CPU s/1,000 database",
    "CPU s/1,000 driver",
    "disk B",
    "WAL B",
)


def _cells(row: Row, yardstick: float) -> list[str]:
    return [
        row.level,
        row.message,
        str(row.concurrency),
        row.whom,
        f"{row.per_second:,.0f}",
        f"{row.per_second / yardstick:.2f}" if yardstick else "-",
        f"{row.p50_ms:.1f}",
        f"{row.p95_ms:.1f}",
        f"{row.p99_ms:.1f}",
        f"{row.max_ms:.1f}",
        f"{row.cpu_server:.2f}",
        f"{row.cpu_database:.2f}",
        f"{row.cpu_driver:.2f}",
        f"{row.disk_bytes:,}",
        f"{row.wal_bytes:,}",
    ]


def table(heads: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    """A Markdown table, columns aligned for reading as text."""
    widths = [
        max(len(head), *(len(row[place]) for row in rows)) if rows else len(head)
        for place, head in enumerate(heads)
    ]

    def line(cells: tuple[str, ...] | list[str]) -> str:
        return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)) + " |"

    return [line(heads), line(["-" * width for width in widths]), *(line(row) for row in rows)]


def sections(outcome: Outcome) -> dict[str, list[str]]:
    """Title -> lines, for the screen and for the document."""
    yardstick = best_yardstick(outcome)
    judged = [[b.name, b.wanted, b.found, "met" if b.met else "NOT MET"] for b in bars(outcome)]
    rows = [_cells(row, yardstick) for row in outcome.rows]
    if not outcome.proof.clean:
        rows = []  # a run that fails the audit has no figure
    rounds = [
        [one.when, str(clients), f"{tps:,.0f}", f"{one.average_ms[clients]:.1f}"]
        for one in outcome.yardstick
        for clients, tps in one.tps.items()
    ]
    return {
        "Bars": table(("bar", "wanted", "found", ""), judged),
        "Rows": table(_HEADS, rows),
        "pgbench TPC-B": table(("when", "clients", "tps", "average ms"), rounds),
        "Small pieces": table(
            ("piece", "microseconds"), [[k, f"{v:g}"] for k, v in outcome.micro.items()]
        ),
        "Proof": _proof(outcome),
    }


def _proof(outcome: Outcome) -> list[str]:
    proof = outcome.proof
    counts = ", ".join(f"{name} {number:,}" for name, number in proof.counts.items())
    tallies = [row.tally for row in outcome.rows]
    resent = sum(t["resent_same"] for t in tallies)
    refused = sum(t["changed_refused"] for t in tallies)
    checked = sum(t["checked"] for t in tallies)
    cash = sum(t["in_cash"] for t in tallies)
    share = f"{100 * cash / checked:.0f}" if checked else "-"
    lines = [
        f"Audit of the whole database in {outcome.audit_seconds:.0f} s: {counts}.",
        f"{resent:,} re-sent messages got the first answer; {refused:,} with a changed amount were"
        f" refused; {checked:,} replies were read in full, {share} % of them ran out of funds and"
        " ended in cash.",
    ]
    return lines + [f"- {fault}" for fault in proof.faults]


def text(outcome: Outcome) -> str:
    """For the screen."""
    out: list[str] = []
    for title, lines in sections(outcome).items():
        out += ["", title, *lines]
    return "\n".join(out)


def document(outcome: Outcome) -> str:
    """docs/benchmarks.md."""
    m, plan = outcome.machine, outcome.plan
    out = [
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        "<!-- Written by `gongji bench --write-docs`; do not edit. -->",
        "# Benchmarks",
        "",
        f"Made on {outcome.made_at:%Y-%m-%d} by `make bench` on {m['cores']} cores of"
        f" {m['cpu']}, {m['memory_gb']} GB of memory, {m['system']}, Python {m['python']},"
        f" PostgreSQL {m['server_version']} (fsync {m['fsync']}, synchronous_commit"
        f" {m['synchronous_commit']}, full_page_writes {m['full_page_writes']}, shared_buffers"
        f" {m['shared_buffers']}). Driver, gateway (workers: {plan.workers}) and PostgreSQL share"
        " these cores. Load average (the run itself makes about 2):"
        f" {m['load']}.",
        "",
        *METHOD,
        "",
    ]
    for title, lines in sections(outcome).items():
        out += [f"## {title}", "", *lines, ""]
    return "\n".join(out)


METHOD = [
    "How it is measured:",
    "",
    "- People: families of four with one to three givers for each patient; half of the families"
    " are insured in one pooling area, half are spread over its nine districts. Patients are drawn"
    " by Zipf (s = 1). Bills of 5 to 2,000 yuan.",
    "- `L2`: through the gateway as in production (`gongji serve`): HTTP/1.1 keep-alive, x-tif"
    " signature, JSON, policy, kernel, ledger, durable commit before the reply. `L0`: the same"
    " engine called in process, without HTTP. `2207` settles a visit whose charge batch was"
    " uploaded before; `2102` is a pharmacy purchase that makes visit and line in one step.",
    "- Mix: 96 % new, 1 % re-sent (must get the first answer), 1 % same msgid with another amount"
    " (must be refused), 2 % reversals. A settlement in the tables is a committed effect: a"
    " settlement or a reversal.",
    "- Closed loop: as many clients as the row says, each sends its next message when it has its"
    " reply. Latencies are raw, percentiles exact. Warm-up comes before every row; before every"
    " row there is a checkpoint.",
    "- The yardstick is pgbench TPC-B (scale 50, prepared statements, 2 threads) in a second"
    " database of the same server, before and after the rows; the best of all counts.",
    "- CPU seconds are those of the processes; disk is the growth of the database after a"
    " checkpoint, WAL the growth of its log, per settlement.",
    "- After the rows the audit recomputes everything, and effects are compared with"
    " acknowledgements. A run that fails has no figures.",
]
