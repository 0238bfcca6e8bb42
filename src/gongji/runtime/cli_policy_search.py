# SPDX-License-Identifier: Apache-2.0
"""``gongji policy search``: questions, areas, values, documents and claims by words."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from typing import Any

from gongji.advice.questions import question as question_of
from gongji.policy.keys import labels
from gongji.policy.library import PolicyLibrary
from gongji.portal.search import Found, Hit, Index
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime.errors import UserError


def add_parser(actions: Any) -> None:
    """Register the action."""
    search = actions.add_parser(
        "search", help="questions, areas, values, documents and claims by words"
    )
    search.add_argument("words", nargs="+", help="for example: 南昌 起付线, or: 怎么解绑")
    search.add_argument("--date", help="day of the values shown, YYYY-MM-DD (default: today)")
    search.add_argument("--json", action="store_true", help="for machines")
    args_of.add_lang(search)
    args_of.add_packs(search)
    search.set_defaults(do=_search)


def _search(args: argparse.Namespace) -> int:
    on = args_of.day_or_today(args.date, "--date")
    library = PolicyLibrary.load(args.packs)
    question = " ".join(args.words).strip()
    if not question:
        raise UserError("name what to look for, for example: 南昌 起付线")
    found = Index(library).find(question)
    rows = {
        "questions": [_question(number, args.lang) for number in found.questions],
        "areas": [_area(library, hit.area, args.lang) for hit in found.areas],
        "values": [_value(library, hit, on, args.lang) for hit in found.values],
        "documents": [f"{one.source} {library.sources[one.source].title}" for one in found.sources],
        "claims": _claims(library, found, args.lang),
    }
    if args.json:
        print(
            json.dumps(
                {"total": found.total, "near": found.near, **rows}, ensure_ascii=False, indent=2
            )
        )
        return 0
    zh = args.lang == "zh"
    if found.near:
        print("没有完全相符的，下面是相近的：" if zh else "Nothing holds every word; near are:")
    for lines in rows.values():
        for line in lines:
            print(line)
    total = (
        (f"找到 {found.total} 条" if found.total else "没有找到") if zh else f"{found.total} found"
    )
    cut = ("，每类最多显示 30 条" if zh else ", at most 30 of a kind shown") if found.cut else ""
    print(total + cut)
    return 0


def _question(number: int, lang: str) -> str:
    one = question_of(number)
    return f"{one.zh} {one.answer_zh}" if lang == "zh" else f"{one.en} {one.answer_en}"


def _area(library: PolicyLibrary, area: int, lang: str) -> str:
    pack = library.pack(area)
    return f"{area} {pack.name_zh if lang == 'zh' else pack.name_en}"


def _value(library: PolicyLibrary, hit: Hit, on: dt.date, lang: str) -> str:
    record = library.value(hit.area, hit.key, on)
    zh, en = labels(hit.key)
    label = zh if lang == "zh" else en
    if record is None:
        shown = "这一天没有规定" if lang == "zh" else "no rule on this day"
    else:
        shown = record.shown(lang)
        if not library.accepted(record):
            open_zh, open_en = "未确认，不支付", "not confirmed, not paid"
            known = "" if record.value == "unconfirmed" else f"{shown}; "
            shown = known.replace("; ", "；") + open_zh if lang == "zh" else known + open_en
    return f"{_area(library, hit.area, lang)} {label} ({hit.key}): {shown}"


def _claims(library: PolicyLibrary, found: Found, lang: str) -> list[str]:
    lines = []
    for area, number in found.remarks:
        note = library.pack(area).notes[number]
        lines.append(f"{_area(library, area, lang)} [{note.kind}] {note.text} — {note.reason}")
    return lines
