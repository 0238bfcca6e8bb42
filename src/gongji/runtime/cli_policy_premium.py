# SPDX-License-Identifier: Apache-2.0
"""``gongji policy premium`` and ``gongji policy covered``: what is due, and from which day."""

from __future__ import annotations

import argparse
import json
from typing import Any

from gongji.advice.covered import CoverQuestion, when_covered
from gongji.advice.explain import money
from gongji.advice.premiums import (
    GROUPS,
    PremiumAnswer,
    compared,
    flexible_premium,
    resident_premium,
)
from gongji.kernel.errors import Refusal
from gongji.policy.keys import SCHEMES
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime import cli_policy_family as families
from gongji.runtime.cli_policy_advice import sources
from gongji.runtime.errors import UserError


def add_parser(actions: Any) -> None:
    """Register both actions."""
    premium = actions.add_parser("premium", help="premium of residents or flexible employment")
    premium.add_argument("--area", required=True, help="place, for example 360100")
    premium.add_argument("--year", type=int, required=True, help="coverage year")
    premium.add_argument("--group", default="", help=", ".join(name for name in GROUPS if name))
    premium.add_argument("--flexible", action="store_true", help="of flexible employment")
    premium.add_argument("--months", type=int, default=12, help="months of flexible employment")
    premium.add_argument("--claimed", help="a published total to compare with, yuan")
    premium.add_argument("--date", help="day of the rules, YYYY-MM-DD")
    covered = actions.add_parser("covered", help="from which day a payment gives cover")
    covered.add_argument("--area", required=True, help="place, for example 360100")
    covered.add_argument("--scheme", default="resident", help="employee or resident")
    covered.add_argument("--year", type=int, default=0, help="coverage year (residents)")
    covered.add_argument("--paid", required=True, help="day of payment, YYYY-MM-DD")
    covered.add_argument("--missed", type=int, default=0, help="years missed just before")
    covered.add_argument("--repaid-years", type=int, default=0, help="of these, repaid")
    covered.add_argument("--exempt", action="store_true", help="excused from waiting by law")
    covered.add_argument("--born", help="day of birth of a newborn, YYYY-MM-DD")
    covered.add_argument("--broken-months", type=int, default=0, help="months missed (employees)")
    covered.add_argument("--repaid", action="store_true", help="these months were repaid")
    for action, do in ((premium, _premium), (covered, _covered)):
        action.add_argument("--json", action="store_true", help="for machines, amounts in fen")
        args_of.add_lang(action)
        args_of.add_packs(action)
        families.add_accept(action)
        action.set_defaults(do=do)


def _premium(args: argparse.Namespace) -> int:
    area = args_of.area(args.area)
    on = args_of.day(args.date, "--date") if args.date else None
    packs = families.library(args)
    try:
        claimed = families.yuan(args.claimed, "--claimed") if args.claimed else None
        if args.flexible:
            got = flexible_premium(packs, area, args.year, on, claimed, args.months)
        elif args.claimed:
            raise UserError("--claimed goes with --flexible")
        else:
            got = resident_premium(packs, area, args.year, args.group, on)
    except ValueError as why:
        raise UserError(str(why)) from None
    except Refusal as why:
        raise UserError(f"{why.zh} ({why.en})") from None
    if args.json:
        print(json.dumps(families.plain(got), ensure_ascii=False, indent=2))
    else:
        print("\n".join([*_lines(got, args.lang), *sources(got.values, got.gaps, args.lang)]))
    return 0


def _lines(got: PremiumAnswer, lang: str) -> list[str]:
    zh = lang == "zh"
    month = ("每月" if zh else "a month", "每年" if zh else "a year")
    lines = [
        f"{item.zh if zh else item.en}: {money(item.amount_fen, lang)} {month[item.per == 'year']}"
        for item in got.items
    ]
    if got.month_fen is not None:
        lines.append(f"{'每月合计' if zh else 'a month'}: {money(got.month_fen, lang)}")
    if got.total_fen is None:
        lines.append(
            "没有确认的规定，不给合计。" if zh else "No confirmed rule: no total is given."
        )
    else:
        lines.append(f"{'合计' if zh else 'total'}: {money(got.total_fen, lang)}")
        if got.claimed_fen is not None:
            lines.append(compared(got.total_fen, got.claimed_fen)[0 if zh else 1])
    if got.subsidy_fen is not None:
        lines.append(f"{'财政另补' if zh else 'the state adds'}: {money(got.subsidy_fen, lang)}")
    if got.window_from is not None and got.window_to is not None:
        word = "缴费时间" if zh else "window"
        lines.append(f"{word}: {got.window_from} {'至' if zh else 'to'} {got.window_to}")
    return lines


def _covered(args: argparse.Namespace) -> int:
    if args.scheme not in SCHEMES:
        raise UserError(f"there is no scheme {args.scheme!r}; write {' or '.join(SCHEMES)}")
    born_on = args_of.day(args.born, "--born") if args.born else None
    asked = CoverQuestion(
        args_of.area(args.area),
        SCHEMES[args.scheme],
        args_of.day(args.paid, "--paid"),
        args.year or (born_on.year if born_on else 0),
        args.missed,
        args.repaid_years,
        args.exempt,
        args.broken_months,
        args.repaid,
        born_on,
    )
    try:
        got = when_covered(families.library(args), asked)
    except ValueError as why:
        raise UserError(str(why)) from None
    if args.json:
        print(json.dumps(families.plain(got), ensure_ascii=False, indent=2))
        return 0
    zh = args.lang == "zh"
    lines = [got.zh if zh else got.en]
    if got.start is not None:
        until = "" if got.end is None else (f" 至 {got.end}" if zh else f" to {got.end}")
        lines.append(f"{'待遇：自' if zh else 'covered from'} {got.start}{until}")
    print("\n".join([*lines, *sources(got.values, got.gaps, args.lang)]))
    return 0
