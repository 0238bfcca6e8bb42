# SPDX-License-Identifier: Apache-2.0
"""The page that greets a browser, search, and regions side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from gongji.advice.questions import question as question_of
from gongji.portal import shelf
from gongji.portal.common import crumbs, problems_of, status_of, when_fields, when_of
from gongji.portal.forms import Choice, Field, Option, areas_by_province
from gongji.portal.given import Given
from gongji.portal.look import LANGS, Look, desk_of, look_of, page
from gongji.portal.search import TERMS_MAX
from gongji.portal.shelf import When
from gongji.portal.topics import BY_SLUG
from gongji.portal.words import W, table

DOORS = (
    ("/policy", "nav_library"),
    ("/policy/pay", "tool_pay"),
    ("/policy/may", "tool_may"),
    ("/policy/premium", "tool_premium"),
    ("/policy/covered", "tool_covered"),
    ("/policy/questions", "tool_questions"),
    ("/policy/compare", "compare"),
)
OPEN_MAX = 3  # so few answers are shown at once


def start(request: HttpRequest) -> HttpResponse:
    """What this server is and where to go, in both languages, the chosen one first."""
    look = look_of(request)
    name, port = request.META["SERVER_NAME"], request.META["SERVER_PORT"]
    address = f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"
    parts = []
    for lang in sorted(LANGS, key=lambda one: one != look.lang):
        words = table(lang)
        people = [{"address": door, "word": words[word]} for door, word in DOORS]
        curl = words["start_curl"].replace("{address}", address)
        html_lang = Look(lang, look.mode).html_lang
        parts.append({"lang": html_lang, "w": words, "people": people, "curl": curl})
    return page(request, "start.html", {"parts": parts}, title=look.pick(W["start_title"]), here="")


def _asked(number: int, look: Look) -> dict[str, object]:
    one = question_of(number)
    return {
        "number": number,
        "asked": look.pick((one.zh, one.en)),
        "text": look.pick((one.answer_zh, one.answer_en)),
        "answered": one.answered,
    }


def search(request: HttpRequest) -> HttpResponse:
    """Results of a search."""
    look, desk = look_of(request), desk_of(request)
    library = desk.library
    given = Given(request.GET)
    question = given.text("q")
    found = desk.index.find(question)
    when = When(desk.today(), None, False)
    values = []
    for hit in found.values:
        record = library.value(hit.area, hit.key, when.on)
        one = shelf.cell(library, hit.area, record, when, look) if record else None
        name, label = shelf.name_of(library, hit.area, look), shelf.label_of(hit.key, look)
        values.append((name, one, label, shelf.value_address(hit.area, hit.key, when)))
    context = {
        "question": question,
        "found": found,
        "cut": found.cut,
        "asked": [_asked(number, look) for number in found.questions],
        "open": len(found.questions) <= OPEN_MAX,
        "areas": [
            {"address": f"/policy/{hit.area}", "name": shelf.name_of(library, hit.area, look)}
            for hit in found.areas
        ],
        "values": values,
        "documents": [library.sources[hit.source] for hit in found.sources],
        "remarks": [
            shelf.remark(library, area, library.pack(area).notes[number], look)
            for area, number in found.remarks
        ],
        "crumbs": crumbs(request, None, when),
        "terms_max": TERMS_MAX,
    }
    return page(request, "search.html", context, title=look.pick(W["search"]))


def compare(request: HttpRequest) -> HttpResponse:
    """Up to four areas on one day, value by value."""
    look, desk = look_of(request), desk_of(request)
    library = desk.library
    given = Given(request.GET)
    when = when_of(request, given)
    codes = tuple(str(area) for area in library.areas())
    picked = [given.choice(name, codes, "") for name in "abcd"]
    areas = [int(code) for code in dict.fromkeys(picked) if code]
    slug = given.choice("topic", tuple(BY_SLUG), "sharing")
    only = given.choice("only", ("1",), "")
    rows = _compared(request, areas, slug, when, bool(only)) if len(areas) > 1 else []
    errors = {one.field: look.pick((one.zh, one.en)) for one in given.problems}
    fields: list[Field | Choice] = [
        Choice(
            name,
            f"{look.pick(W['region_n'])} {number}",
            areas_by_province(library, look, given.raw(name), look.pick(W["none_chosen"])),
            error=errors.get(name, ""),
        )
        for number, name in enumerate("abcd", 1)
    ]
    options = [
        Option(topic.slug, look.pick((topic.zh, topic.en)), topic.slug == slug)
        for topic in BY_SLUG.values()
        if topic.slug != "other"
    ]
    fields.append(Choice("topic", look.pick(W["chapter"]), [("", options)]))
    fields.extend(when_fields(given, when, look, known=False))
    context: dict[str, Any] = {
        "fields": fields,
        "only": bool(only),
        "names": [shelf.name_of(library, area, look) for area in areas],
        "rows": rows,
        "enough": len(areas) > 1,
        "when": when,
        "crumbs": crumbs(request, None, when),
        "problems": problems_of(given, look),
    }
    title = look.pick(W["compare"])
    return page(request, "compare.html", context, title=title, status=status_of(given))


def _compared(
    request: HttpRequest, areas: list[int], slug: str, when: When, only: bool
) -> list[dict[str, Any]]:
    look, library = look_of(request), desk_of(request).library
    names = [shelf.name_of(library, area, look) for area in areas]
    rows: list[dict[str, Any]] = []
    before: list[object] = []
    for slot in shelf.slots_of(library, areas, BY_SLUG[slug]):
        records = [library.find(area, slot.keys, when.on, known_on=when.known) for area in areas]
        alike = {(shelf.shown_of(one, look), library.accepted(one)) if one else None
                 for one in records}  # fmt: skip
        repeated = len(before) == len(records) and all(
            a is b for a, b in zip(before, records, strict=True)
        )
        if alike == {None} or repeated or (only and len(alike) == 1):
            continue
        before = list(records)
        cells = [
            (name, shelf.cell(library, area, one, when, look) if one else None)
            for name, area, one in zip(names, areas, records, strict=True)
        ]
        label = look.pick((slot.spec.zh, slot.spec.en))
        part = shelf.part_of(slot, look) or shelf.label_of(slot.keys[0], look)[len(label) :]
        same = len(alike) == 1
        # One cell for all only where all read the same record: its origin is then true of each.
        one = same and all(record is records[0] for record in records)
        rows.append({"label": f"{label} {part}", "cells": cells, "same": same, "one": one})
    return rows
