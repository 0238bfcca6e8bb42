# SPDX-License-Identifier: Apache-2.0
"""What ``gongji bench`` does with its arguments: plan, run, print, write files."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from gongji_bench import micro, packs, plan, profiling, report
from gongji_bench.place import opened
from gongji_bench.session import Outcome, Session

QUICK_PEOPLE = 2_000
EXIT_MET, EXIT_NOT_MET = 0, 1


def plan_of(args: argparse.Namespace, workers: int) -> plan.RunPlan:
    """The plan that the arguments ask for."""
    levels = frozenset({args.level}) if args.level else frozenset({plan.L0, plan.L2})
    chosen = plan.RunPlan(workers=workers)
    if args.quick:
        chosen.people, chosen.seconds, chosen.warm_up, chosen.scale = QUICK_PEOPLE, 1.0, 0.5, 1
        chosen.clients = (8,)
    chosen.rows = plan.quick(levels) if args.quick else plan.full(levels)
    chosen.people = args.people or chosen.people
    chosen.seconds = args.seconds or chosen.seconds
    if args.no_pgbench:
        chosen.clients = ()
    return chosen


def main(args: argparse.Namespace, url: str | None, workers: int, tree: Path) -> int:
    """Run and show; 0 when every bar is met (a quick run only has to be clean)."""
    chosen = plan_of(args, workers)
    begin = time.monotonic()

    def tell(text: str) -> None:
        print(f"[{time.monotonic() - begin:5.0f} s] {text}", file=sys.stderr, flush=True)

    if args.profile:
        print("\n".join(profiling.profile(args.profile, chosen, url, tell)))
        return EXIT_MET
    with opened(url, None) as place:
        outcome = Session(place, chosen, tell).run()
    outcome.micro = {**micro.measure(), **packs.measure()}
    print(report.text(outcome))
    _write(args, outcome, tree)
    if args.quick:
        return EXIT_MET if outcome.proof.clean else EXIT_NOT_MET
    return EXIT_MET if all(bar.met for bar in report.bars(outcome)) else EXIT_NOT_MET


def _write(args: argparse.Namespace, outcome: Outcome, tree: Path) -> None:
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(outcome.as_dict(), ensure_ascii=False, indent=1) + "\n")
    if args.write_docs and not outcome.proof.clean:
        print("docs/benchmarks.md is left alone: the run has no figures", file=sys.stderr)
    elif args.write_docs:
        (tree / "docs" / "benchmarks.md").write_text(report.document(outcome))
