# SPDX-License-Identifier: Apache-2.0
"""``gongji policy``: show what holds in an area on a day, lint the packs, run their cases.

Further actions live in ``cli_policy_*.py``, each with ``add_parser(actions)``.
"""

from __future__ import annotations

import argparse
import json

from gongji.policy import showing
from gongji.policy.cases import run_cases
from gongji.policy.keys import SCHEMES
from gongji.policy.library import PolicyLibrary
from gongji.policy.lint import lint
from gongji.runtime import (
    cli_policy_advice,
    cli_policy_claims,
    cli_policy_coverage,
    cli_policy_diff,
    cli_policy_premium,
    cli_policy_report,
    cli_policy_schema,
    cli_policy_search,
    cli_policy_stored,
)
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime.errors import UserError

FINDINGS = 1  # exit code: the packs were read and something is wrong with them

MODULES = (
    cli_policy_search,
    cli_policy_advice,
    cli_policy_premium,
    cli_policy_claims,
    cli_policy_coverage,
    cli_policy_diff,
    cli_policy_report,
    cli_policy_schema,
    cli_policy_stored,
)

EXAMPLE = """\
examples:
  gongji policy show --area 360100 --scheme employee --date 2025-07-01
  gongji policy show --area 360100 --scheme resident --date 2026-03-01 --lang en --json
  gongji policy search 南昌 起付线
  gongji policy pay --area 360100 --scheme employee --setting outpatient --level 3 \\
    --date 2026-03-02 --total 680 --own 120 --relative 妻子,SPOUSE,500 --variants
  gongji policy may --area 360100 --relation PARENT --use inpatient --date 2026-03-02
  gongji policy premium --area 360100 --year 2026
  gongji policy covered --area 360100 --year 2026 --paid 2026-01-20
  gongji policy lint
  gongji policy test
  gongji policy claims --region 360000
  gongji policy diff --area 360100 2025-06-30 2025-07-01
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command and its actions."""
    parser = subparsers.add_parser(
        "policy",
        help="look at, check and test the policy packs",
        description="Look at, check and test the policy packs (政策包).",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    show = actions.add_parser("show", help="values of an area in force on a day")
    show.add_argument("--area", required=True, help="area code, for example 360100")
    show.add_argument("--scheme", required=True, help="employee or resident")
    show.add_argument("--date", required=True, help="day of service, YYYY-MM-DD")
    show.add_argument("--known-on", help="as this system believed on that day, YYYY-MM-DD")
    cli_policy_stored.add_options(show)
    args_of.add_lang(show)
    show.add_argument("--json", action="store_true", help="for machines")
    check = actions.add_parser("lint", help="find faults in the packs; exit code 1 if any")
    check.add_argument("--today", help="day against which checks count as stale, YYYY-MM-DD")
    test = actions.add_parser("test", help="run the worked cases; exit code 1 if any differs")
    for action, do in ((show, _show), (check, _lint), (test, _test)):
        args_of.add_packs(action)
        action.set_defaults(do=do)
    for module in MODULES:
        module.add_parser(actions)


def run(args: argparse.Namespace) -> int:
    """Run one action; raises UserError or Refusal for what the user can mend."""
    if getattr(args, "packs", None) is not None and not args.packs.is_dir():
        raise UserError(f"there is no folder {args.packs}")
    done: int = args.do(args)
    return done


def _show(args: argparse.Namespace) -> int:
    if args.scheme not in SCHEMES:
        raise UserError(f"there is no scheme {args.scheme!r}; write {' or '.join(SCHEMES)}")
    area = args_of.area(args.area)
    on = args_of.day(args.date, "--date")
    known_on = args_of.day(args.known_on, "--known-on") if args.known_on else None
    library = cli_policy_stored.library(args)
    found = showing.sheet(library, area, args.scheme, on, known_on, args.lang)
    if args.json:
        print(json.dumps(_plain(found), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_text(found, args.lang)))
    return 0


def _plain(found: showing.Sheet) -> dict[str, object]:
    return {
        "area": found.area,
        "name": found.area_name,
        "scheme": found.scheme,
        "date": str(found.on),
        "known_on": str(found.known_on) if found.known_on else None,
        "digest": found.digest,
        "values": [row._asdict() for row in found.rows],
        "missing": [item._asdict() for item in found.missing],
        "notes": [note._asdict() for note in found.notes],
    }


def _text(found: showing.Sheet, lang: str) -> list[str]:
    zh = lang == "zh"
    scheme = {"employee": "职工医保", "resident": "居民医保"}[found.scheme] if zh else found.scheme
    head = f"{found.area_name} {found.area} · {scheme} · {found.on}"
    if found.known_on:
        head += f" · 截至 {found.known_on} 所知" if zh else f" · as known on {found.known_on}"
    out = [head, f"SM3 {found.digest}", ""]
    for row in found.rows:
        out += [*showing.lines(row, lang), ""]
    if found.missing:
        out.append("不能决定金额的数值：" if zh else "Values that may not decide money:")
        out += [f"  {item.reason}" for item in found.missing]
    else:
        out.append("所需数值齐全。" if zh else "Nothing that the scheme needs is missing.")
    heads = {"rejected": "未采用的说法：", "open": "尚待确认："}
    if not zh:
        heads = {"rejected": "Claims not taken over:", "open": "Open questions:"}
    for kind, title in heads.items():
        remarks = [note for note in found.notes if note.kind == kind]
        if remarks:
            out += ["", title]
            out += [f"  {note.text} — {note.reason} {note.claims}".rstrip() for note in remarks]
    return out


def _lint(args: argparse.Namespace) -> int:
    today = args_of.day_or_today(args.today, "--today")
    faults = lint(args.packs, today=today)
    for fault in faults:
        key = f"{fault.key}: " if fault.key else ""
        print(f"{fault.file}:{fault.line}: {key}{fault.text} [{fault.code}]")
    if faults:
        print(f"{len(faults)} findings")
        return FINDINGS
    library = PolicyLibrary.load(args.packs)
    count = sum(len(r) for a in library.areas() for r in library.pack(a).values.values())
    print(f"no findings in {count} values of {len(library.areas())} areas")
    return 0


def _test(args: argparse.Namespace) -> int:
    outcomes = run_cases(args.packs)
    wrong = [outcome for outcome in outcomes if outcome.differences]
    for outcome in wrong:
        case = outcome.case
        print(f"{case.file}:{case.line}: {case.name}: {'; '.join(outcome.differences)}")
    print(f"{len(outcomes) - len(wrong)} of {len(outcomes)} cases as expected")
    return FINDINGS if wrong else 0
