# SPDX-License-Identifier: Apache-2.0
"""``gongji policy pay`` and ``gongji policy may``: what a family would pay, and what it may."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import Any

from gongji.advice.explain import explain, money, text
from gongji.advice.family import Gap, Variant
from gongji.advice.may_i import USES, Question, may_i
from gongji.advice.paying import what_would_we_pay
from gongji.advice.questions import QUESTIONS, reply
from gongji.advice.relations import CODES
from gongji.advice.variants import one_more, sensible, what_if
from gongji.policy.keys import SCHEMES
from gongji.policy.provenance import Provenance
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime import cli_policy_family as families
from gongji.runtime.errors import UserError


def add_parser(actions: Any) -> None:
    """Register both actions."""
    pay = actions.add_parser("pay", help="what would we pay: the full split of a bill, explained")
    families.add_options(pay)
    pay.add_argument("--variants", action="store_true", help="and what would change it")
    may = actions.add_parser("may", help="may a relative's account pay for this?")
    may.add_argument("--area", help="where the patient is insured, for example 360100")
    may.add_argument(
        "--scheme",
        help="the patient's: employee (default) or resident (default where a residents' premium "
        "is asked about)",
    )
    may.add_argument("--relation", help="what the giver is to the patient: " + ", ".join(CODES))
    may.add_argument("--use", help=", ".join(USES))
    may.add_argument("--giver-area", help="where the giver is insured, if elsewhere")
    may.add_argument("--giver-scheme", default="employee", help="the giver's scheme")
    may.add_argument("--date", help="day, YYYY-MM-DD (default: today)")
    may.add_argument("--question", type=int, help="number of a question that people ask")
    may.add_argument("--questions", action="store_true", help="list what people ask")
    for action, do in ((pay, _pay), (may, _may)):
        action.add_argument("--known-on", help="as this system believed on that day, YYYY-MM-DD")
        action.add_argument("--json", action="store_true", help="for machines, amounts in fen")
        args_of.add_lang(action)
        args_of.add_packs(action)
        families.add_accept(action)
        action.set_defaults(do=do)


def _pay(args: argparse.Namespace) -> int:
    family = families.family(args)
    known_on = args_of.day(args.known_on, "--known-on") if args.known_on else None
    packs = families.library(args)
    try:
        if args.variants:
            answer = what_would_we_pay(packs, family, known_on)
            more = one_more(answer, "一位家人" if args.lang == "zh" else "another relative")
            _, variants = what_if(packs, family, (*sensible(answer), more), known_on)
        else:
            answer, variants = what_would_we_pay(packs, family, known_on), ()
    except ValueError as why:
        raise UserError(str(why)) from None
    told = explain(answer, args.lang)
    if args.json:
        data = {**families.plain(answer), "told": families.plain(told)}
        data["variants"] = [
            {"kind": v.kind, "zh": v.zh, "en": v.en, **_differences(v)} for v in variants
        ]
        print(json.dumps(data, ensure_ascii=False, indent=2))
        return 0
    print(text(told, args.lang), end="")
    print("\n".join(_beside(variants, args.lang)), end="\n" if variants else "")
    return 0


def _differences(variant: Variant) -> dict[str, int | bool]:
    return {
        "fund_fen": variant.fund_fen,
        "own_fen": variant.own_fen,
        "relatives_fen": variant.relatives_fen,
        "cash_fen": variant.cash_fen,
        "refused": variant.answer.refusal is not None,
    }


def _beside(variants: Iterable[Variant], lang: str) -> list[str]:
    """Each variant in one line: what changes, and by how much."""
    zh = lang == "zh"
    names = ("基金", "本人账户", "家人", "现金") if zh else ("fund", "own", "relatives", "cash")
    lines = []
    for one in variants:
        moved = (one.fund_fen, one.own_fen, one.relatives_fen, one.cash_fen)
        signed = [
            f"{name} {'+' if fen > 0 else ''}{money(fen, lang)}"
            for name, fen in zip(names, moved, strict=True)
            if fen
        ]
        if one.answer.refusal is not None:
            signed = ["没有确认的规定，算不出" if zh else "no confirmed rule, no result"]
        nothing = "没有差别" if zh else "no difference"
        if not lines:
            lines += ["", "如果换一种做法：" if zh else "What if:"]
        lines.append(f"  {one.zh if zh else one.en}: {'; '.join(signed) or nothing}")
    return lines


def _may(args: argparse.Namespace) -> int:
    zh = args.lang == "zh"
    if args.questions:
        for one in QUESTIONS:
            print(f"{one.number:>2}. {one.zh if zh else one.en}")
        return 0
    if args.area is None or (args.question is None and (args.relation is None or args.use is None)):
        raise UserError("name --area with --relation and --use, or with --question")
    area = args_of.area(args.area)
    on = args_of.day_or_today(args.date, "--date")
    known_on = args_of.day(args.known_on, "--known-on") if args.known_on else None
    packs = families.library(args)
    try:
        if args.question is not None:
            told = reply(packs, area, args.question, on, known_on)
            return _show(args, told, [told.zh if zh else told.en], told.values, told.gaps)
        usual = "resident" if args.use == "premiumResident" else "employee"
        patient_scheme = args.scheme or usual
        for scheme in (patient_scheme, args.giver_scheme):
            if scheme not in SCHEMES:
                raise UserError(f"there is no scheme {scheme!r}; write {' or '.join(SCHEMES)}")
        asked = Question(
            area,
            SCHEMES[patient_scheme],
            args.relation.upper(),
            args.use,
            on,
            args_of.area(args.giver_area) if args.giver_area else 0,
            SCHEMES[args.giver_scheme],
        )
        got = may_i(packs, asked, known_on)
    except ValueError as why:
        raise UserError(str(why)) from None
    lines = [got.zh if zh else got.en]
    if got.since is not None:
        late = ("（不晚于）" if zh else " (at the latest)") if got.at_latest else ""
        lines.append(f"自 {got.since} 起{late}" if zh else f"since {got.since}{late}")
    if got.changes_on is not None:
        word = f"{got.changes_on} 起不同" if zh else f"another answer from {got.changes_on}"
        lines.append(word)
    lines += [line for line in [got.do_zh if zh else got.do_en] if line]
    return _show(args, got, lines, got.values, got.gaps)


def _show(
    args: argparse.Namespace,
    whole: object,
    lines: list[str],
    values: Iterable[Provenance],
    gaps: Iterable[Gap],
) -> int:
    if args.json:
        print(json.dumps(families.plain(whole), ensure_ascii=False, indent=2))
        return 0
    print("\n".join([*lines, *sources(values, gaps, args.lang)]))
    return 0


def sources(values: Iterable[Provenance], gaps: Iterable[Gap], lang: str) -> list[str]:
    """The values behind an answer and what is not confirmed, one line each."""
    zh = lang == "zh"
    lines = [f"   {'依据：' if zh else 'Source: '}{item.sentence(lang)}" for item in values]
    return lines + [f"   {'未确认：' if zh else 'Open: '}{g.zh if zh else g.en}" for g in gaps]
