# SPDX-License-Identifier: Apache-2.0
"""``gongji policy coverage``: what is known of which area, and how well, on a day."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from gongji.policy import coverage, coverage_page
from gongji.policy.library import PolicyLibrary
from gongji.runtime import cli_policy_args as args_of


def add_parser(actions: Any) -> None:
    """Register the action."""
    parser = actions.add_parser("coverage", help="best confidence by area and group of values")
    parser.add_argument("--date", help="day of service, YYYY-MM-DD (default: today)")
    parser.add_argument("--out", type=Path, help="write to this file instead of the terminal")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for machines")
    form.add_argument("--html", action="store_true", help="as one self-contained page")
    args_of.add_lang(parser)
    args_of.add_packs(parser)
    parser.set_defaults(do=run)


def run(args: argparse.Namespace) -> int:
    """Print the matrix or write it to a file; raises UserError."""
    on = args_of.day_or_today(args.date, "--date")
    found = coverage.matrix(PolicyLibrary.load(args.packs), on)
    if args.json:
        groups = [group._asdict() for group in coverage.GROUPS]
        areas = [
            {
                "area": line.area,
                "name": line.name_zh if args.lang == "zh" else line.name_en,
                "status": line.status,
                "cells": {
                    group.id: cell._asdict()
                    for group, cell in zip(coverage.GROUPS, line.cells, strict=True)
                },
            }
            for line in found
        ]
        data = {"date": str(on), "groups": groups, "areas": areas}
        text = json.dumps(data, ensure_ascii=False, indent=2)
    elif args.html:
        text = coverage_page.document(found, on, args.lang)
    else:
        text = "\n".join(coverage_page.lines(found, on, args.lang))
    return args_of.write(text, args.out, f"the coverage of {len(found)} areas")
