# SPDX-License-Identifier: Apache-2.0
"""``gongji policy report``: staleness, confidence and contradictions of the packs as one page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gongji.policy import report, report_page
from gongji.runtime import cli_policy_args as args_of


def add_parser(actions: Any) -> None:
    """Register the action."""
    parser = actions.add_parser("report", help="state of the packs as one self-contained page")
    parser.add_argument("--out", type=Path, required=True, help="file to write, for example r.html")
    parser.add_argument("--date", help="day of the report, YYYY-MM-DD (default: today)")
    args_of.add_lang(parser)
    args_of.add_packs(parser)
    parser.set_defaults(do=run)


def run(args: argparse.Namespace) -> int:
    """Write the page; raises UserError or PackFault."""
    on = args_of.day_or_today(args.date, "--date")
    made = report.build(args.packs, on)
    page = report_page.document(made, args.lang)
    return args_of.write(page, args.out, f"the report on {len(made.areas)} areas")
