# SPDX-License-Identifier: Apache-2.0
"""``gongji policy diff A B``: what differs between two days, areas, beliefs or folders of packs."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any

from gongji.policy.differing import Difference, Side, compare, sentence
from gongji.policy.errors import unknown_area
from gongji.policy.keys import SCHEMES
from gongji.policy.library import PolicyLibrary, home_of
from gongji.policy.records import Value
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime.errors import UserError

EXAMPLE = """\
examples:
  gongji policy diff --area 360100 2025-06-30 2025-07-01
  gongji policy diff 360100 360400 --date 2026-03-01 --scheme employee
  gongji policy diff --known-on 2026-11-21 2026-11-22 --area 360100 --date 2025-07-01
  gongji policy diff old/packs new/packs --area 360100 --date 2026-03-01 --lang en
"""


def add_parser(actions: Any) -> None:
    """Register the action."""
    parser = actions.add_parser(
        "diff",
        help="what differs between two days, areas, beliefs or folders, in words",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("a", metavar="A", help="day, area code or folder of packs")
    parser.add_argument("b", metavar="B", help="the same kind as A")
    parser.add_argument("--area", help="area code, when A and B are days or folders")
    parser.add_argument("--date", help="day of service, when A and B are no days of service")
    parser.add_argument(
        "--known-on", action="store_true", help="A and B are days of belief about --date"
    )
    parser.add_argument("--scheme", help="employee or resident (default: both)")
    parser.add_argument("--json", action="store_true", help="for machines")
    args_of.add_lang(parser)
    args_of.add_packs(parser)
    parser.set_defaults(do=run)


def run(args: argparse.Namespace) -> int:
    """Print one sentence for each difference; raises UserError or Refusal for bad input."""
    if args.scheme is not None and args.scheme not in SCHEMES:
        raise UserError(f"there is no scheme {args.scheme!r}; write {' or '.join(SCHEMES)}")
    first, second = _sides(args)
    for side in (first, second):
        if home_of(side.library.areas(), side.area) is None:
            raise unknown_area(side.area)
    found = compare(first, second, args.scheme)
    zh = args.lang == "zh"
    if args.json:
        data = [_plain(item, first, second) for item in found]
        print(json.dumps(data, ensure_ascii=False, indent=2))
        return 0
    for item in found:
        print(sentence(item, first, second, args.lang))
    if zh:
        print(f"{first.zh} 与 {second.zh}：{len(found)} 处不同" if found else "没有不同")
    else:
        print(f"{first.en} and {second.en}: {len(found)} differences" if found else "no difference")
    return 0


def _sides(args: argparse.Namespace) -> tuple[Side, Side]:
    folders = [Path(text) for text in (args.a, args.b)]
    codes = args.a.isdigit() and args.b.isdigit()  # also where a folder is called by a code
    if not codes and all(folder.is_dir() for folder in folders):
        area, on = _area(args), _date(args)
        sides = [
            Side(PolicyLibrary.load(path), area, on, None, f"政策包 {path}", f"in {path}")
            for path in folders
        ]
        return sides[0], sides[1]
    library = PolicyLibrary.load(args.packs)
    if "-" in args.a or "-" in args.b:
        area = _area(args)
        one, other = args_of.day(args.a, "A"), args_of.day(args.b, "B")
        if args.known_on:
            on = _date(args)
            return _belief(library, area, on, one), _belief(library, area, on, other)
        if args.date is not None:
            raise UserError("A and B are days of service: leave --date away, or add --known-on")
        return _service(library, area, one), _service(library, area, other)
    if args.known_on:
        raise UserError("--known-on compares two days of belief; write A and B as YYYY-MM-DD")
    if args.area is not None:
        raise UserError("A and B are areas: leave --area away, or write days as YYYY-MM-DD")
    on = _date(args)
    named = [_at(library, args_of.area(text), on) for text in (args.a, args.b)]
    return named[0], named[1]


def _area(args: argparse.Namespace) -> int:
    if args.area is None:
        raise UserError("--area is needed: the area code whose rules are compared")
    return args_of.area(args.area)


def _date(args: argparse.Namespace) -> dt.date:
    if args.date is None:
        raise UserError("--date is needed: the day of service, YYYY-MM-DD")
    return args_of.day(args.date, "--date")


def _service(library: PolicyLibrary, area: int, on: dt.date) -> Side:
    return Side(library, area, on, None, f"{on}", f"on {on}")


def _belief(library: PolicyLibrary, area: int, on: dt.date, known: dt.date) -> Side:
    return Side(library, area, on, known, f"截至 {known} 所知", f"as known on {known}")


def _at(library: PolicyLibrary, area: int, on: dt.date) -> Side:
    pack = library.pack(area)
    return Side(library, area, on, None, pack.name_zh, f"in {pack.name_en}")


def _plain(item: Difference, first: Side, second: Side) -> dict[str, object]:
    return {
        "key": item.key,
        "first": _record(first, item.first),
        "second": _record(second, item.second),
        "zh": sentence(item, first, second, "zh"),
        "en": sentence(item, first, second, "en"),
    }


def _record(side: Side, record: Value | None) -> dict[str, object] | None:
    if record is None:
        return None
    return {
        "area": record.area,
        "key": record.key,
        "shown": record.shown("zh"),
        "from": str(record.from_date or "unknown"),
        "confidence": record.confidence,
        "decides_money": side.library.accepted(record),
        "source": record.source,
        "article": record.article,
    }
