# SPDX-License-Identifier: Apache-2.0
"""``gongji due``: what the agency has to see to, for a person or for all.

Money that came back to closed accounts (due to heirs), and years in which funds have paid too much
or too little because an earlier settlement was reversed.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from gongji.kernel.money import yuan
from gongji.runtime.errors import UserError
from gongji.runtime.migrate import pending
from gongji.runtime.postgres.connect import connect
from gongji.runtime.settings import Settings
from gongji.settlement.due import held_money, open_differences

_FUNDS = ("pooled", "large", "serious", "subsidy", "aid")


def add_parser(subparsers: Any) -> None:
    """Options of ``gongji due``."""
    parser = subparsers.add_parser(
        "due",
        help="what the agency has to see to",
        description="Money due to heirs of closed accounts, and what funds have paid too much or"
        " too little since an earlier settlement was reversed.",
        epilog="examples:\n  gongji due\n  gongji due --owner 100042 --json\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--owner", type=int, metavar="NUMBER", help="one person by number")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List and return 0. Raises UserError when the database is not of this version."""
    with Settings.from_environment().database() as url:
        if pending(url):
            raise UserError("the database lacks tables of this version: run gongji migrate first")
        with connect(url) as conn:
            held = held_money(conn, args.owner)
            differing = open_differences(conn, args.owner)
    if args.json:
        told = {
            "due_to_heirs": [one._asdict() for one in held],
            "fund_differences": [{**one._asdict(), "fund_fen": one.fund_fen} for one in differing],
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    print(f"due to heirs of closed accounts 待付继承人: {len(held)}")
    for one in held:
        print(f"  person {one.owner}, area {one.area}: {yuan(one.amount_fen)}")
    print(f"years in which funds differ 基金差额: {len(differing)}")
    for year in differing:
        parts = ", ".join(
            f"{name} {yuan(fen)}" for name, fen in zip(_FUNDS, year[3:], strict=True) if fen
        )
        word = "paid too much" if year.fund_fen >= 0 else "paid too little"
        who = f"person {year.owner}, {year.year}, scheme {year.scheme}"
        print(f"  {who}: {word} {yuan(abs(year.fund_fen))} ({parts})")
    return 0
