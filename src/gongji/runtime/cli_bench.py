# SPDX-License-Identifier: Apache-2.0
"""``gongji bench``: measure settlements on this machine against pgbench, then audit.

The benchmark itself lies in the source tree (folder ``bench``); an installation without it says
so. Exit code 0: every bar is met; 1: a bar is not met; 2: the run could not be made.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType

import gongji
from gongji.runtime.errors import UserError
from gongji.runtime.settings import WORKERS_MAX, Settings

EXAMPLE = """\
The database is a fresh one on the server in GONGJI_DATABASE_URL, else on an embedded server in a
temporary folder with production settings. About eight minutes; nothing else should run meanwhile.

example:
  gongji bench
  gongji bench --quick
  gongji bench --seconds 60 --write-docs
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "bench",
        help="measure this machine",
        description="Measure settlements through the gateway against pgbench, then audit.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="2,000 people, 1 s: does it run?")
    parser.add_argument("--seconds", type=float, help="measured seconds of a row (10)")
    parser.add_argument("--people", type=int, help="insured people (100,000)")
    parser.add_argument(
        "--workers", type=int, help="processes of the server (GONGJI_WORKERS, at least 2)"
    )
    parser.add_argument("--level", choices=("L0", "L2"), help="only rows of this level")
    parser.add_argument("--no-pgbench", action="store_true", help="leave the yardstick out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument(
        "--profile",
        choices=("stages", "py-spy"),
        help="instead of figures: where the time goes in process, or in the gateway",
    )


def run(args: argparse.Namespace) -> int:
    """Run the benchmark; see the module for exit codes. Raises UserError."""
    if args.people is not None and args.people < 400:
        raise UserError("--people must be at least 400")
    if args.seconds is not None and not 0.5 <= args.seconds <= 3600:
        raise UserError("--seconds must be between 0.5 and 3600")
    settings = Settings.from_environment()
    workers = max(2, settings.workers) if args.workers is None else args.workers
    if not 1 <= workers <= WORKERS_MAX:
        raise UserError(f"--workers must be between 1 and {WORKERS_MAX}")
    return int(_driver().main(args, settings.database_url, workers, tree()))


def tree() -> Path:
    """The source tree that this package lies in; raises UserError when there is none."""
    folder = Path(gongji.__file__).resolve().parents[2]
    if not (folder / "bench" / "gongji_bench").is_dir():
        raise UserError("the benchmark is part of the source tree: run make bench there")
    return folder


def _driver() -> ModuleType:
    sys.path.insert(0, str(tree() / "bench"))
    from importlib import import_module

    return import_module("gongji_bench.command")
