# SPDX-License-Identifier: Apache-2.0
"""May I, and what people ask: short questions with an answer for a place and a day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from gongji.advice.family import Gap
from gongji.advice.may_i import NO, PARTLY, UNCONFIRMED, USES, YES, Question, Reply, may_i
from gongji.advice.questions import QUESTIONS, reply
from gongji.policy.keys import SCHEMES
from gongji.portal.common import crumbs, problems_of, status_of, when_fields, when_of
from gongji.portal.form_pay import FIRST_AREA
from gongji.portal.forms import Choice, Field, Option, areas_by_province
from gongji.portal.given import Given
from gongji.portal.look import Look, desk_of, look_of, page
from gongji.portal.shelf import When
from gongji.portal.telling import gap_text, sources_of
from gongji.portal.words import W
from gongji.portal.words_tools import RELATIVES, SCHEME

VERDICTS: dict[str, tuple[str, str, tuple[str, str]]] = {
    YES: ("ok", "✓", ("可以", "Yes")),
    PARTLY: ("warn", "!", ("部分可以", "In part")),
    NO: ("bad", "✗", ("不可以", "No")),
    UNCONFIRMED: ("warn", "!", ("未确认，先按不可以办", "Not confirmed: counts as no")),
}
Words = dict[str, tuple[str, str]]


def area_choice(
    request: HttpRequest, given: Given, name: str, word: str, nothing: str = ""
) -> tuple[int, Choice]:
    """An area chosen from all, 0 for none where none may be chosen; and its field."""
    look, library = look_of(request), desk_of(request).library
    codes = tuple(str(area) for area in library.areas())
    first = "" if nothing else (str(FIRST_AREA) if str(FIRST_AREA) in codes else codes[-1])
    chosen = given.choice(name, codes, first)
    empty = look.pick(W[nothing]) if nothing else ""
    groups = areas_by_province(library, look, chosen, empty)
    field = Choice(name, look.pick(W[word]), groups, error=error_at(given, name, look))
    return int(chosen or 0), field


def words_choice(
    given: Given, name: str, label: str, words: Words, default: str, look: Look
) -> tuple[str, Choice]:
    """One of some words; and its field."""
    chosen = given.choice(name, tuple(words), default)
    options = [Option(key, look.pick(pair), key == chosen) for key, pair in words.items()]
    return chosen, Choice(
        name, look.pick(W[label]), [("", options)], error=error_at(given, name, look)
    )


def error_at(given: Given, name: str, look: Look) -> str:
    """The message at a field, empty when it is in order."""
    found = [one for one in given.problems if one.field == name]
    return look.pick((found[0].zh, found[0].en)) if found else ""


def gap_rows(gaps: tuple[Gap, ...], area: int, when: When, look: Look) -> list[dict[str, str]]:
    """What is not confirmed, with the page that shows it."""
    return [
        {
            "text": gap_text(gap, look),
            "address": f"/policy/{area}/v/{gap.key}{when.query()}" if gap.key else "",
        }
        for gap in gaps
    ]


def may(request: HttpRequest) -> HttpResponse:
    """May a relative's account pay for this?"""
    look, library = look_of(request), desk_of(request).library
    given = Given(request.GET)
    when = when_of(request, given)
    area, area_field = area_choice(request, given, "area", "may_area")
    uses: Words = {use: (zh, en) for use, (_, zh, en) in USES.items()}
    relation, relation_field = words_choice(
        given, "relation", "may_relation", RELATIVES, "CHILD", look
    )
    use, use_field = words_choice(given, "use", "may_use", uses, "outpatient", look)
    scheme, scheme_field = words_choice(given, "scheme", "may_scheme", SCHEME, "resident", look)
    giver, giver_field = words_choice(given, "giver", "may_giver", SCHEME, "employee", look)
    giver_area, giver_area_field = area_choice(
        request, given, "giver_area", "may_giver_area", "kin_same"
    )
    fields: list[Field | Choice] = [
        relation_field, use_field, area_field, scheme_field, giver_area_field, giver_field,
        *when_fields(given, when, look, known=False),
    ]  # fmt: skip
    context: dict[str, Any] = {
        "fields": fields,
        "crumbs": crumbs(request, None, when),
        "problems": problems_of(given, look),
    }
    if given.raw("use") and not given.problems:
        asked = Question(area, SCHEMES[scheme], relation, use, when.on, giver_area, SCHEMES[giver])
        answer = may_i(library, asked, when.known)
        context.update(_verdict(answer, area, when, look))
        context["asked"] = look.pick(
            (
                f"{RELATIVES[relation][0]}的账户付{uses[use][0]}",
                f"The account of a {RELATIVES[relation][1]} for {uses[use][1]}",
            )
        )
    title = look.pick(W["tool_may"])
    return page(request, "may.html", context, title=title, here="may", status=status_of(given))


def _verdict(answer: Reply, area: int, when: When, look: Look) -> dict[str, Any]:
    tone, mark, word = VERDICTS[answer.verdict]
    return {
        "verdict": look.pick(word),
        "tone": tone,
        "mark": mark,
        "why": look.pick((answer.zh, answer.en)),
        "do": look.pick((answer.do_zh, answer.do_en)),
        "since": answer.since,
        "at_latest": answer.at_latest,
        "changes_on": answer.changes_on,
        "sources": sources_of(answer.values, when, look),
        "gaps": gap_rows(answer.gaps, area, when, look),
    }


def questions(request: HttpRequest) -> HttpResponse:
    """All questions with their answers for one place."""
    look, library = look_of(request), desk_of(request).library
    given = Given(request.GET)
    when = when_of(request, given)
    area, area_field = area_choice(request, given, "area", "area")
    opened = given.choice("open", tuple(str(one.number) for one in QUESTIONS), "")
    found = []
    for one in QUESTIONS:
        answer = reply(library, area, one.number, when.on, when.known)
        found.append(
            {
                "number": one.number,
                "asked": look.pick((one.zh, one.en)),
                "answered": one.answered,
                "open": str(one.number) == opened,
                "text": look.pick((answer.zh, answer.en)),
                "sources": sources_of(answer.values, when, look),
                "gaps": gap_rows(answer.gaps, area, when, look),
            }
        )
    context = {
        "questions": found,
        "place": look.pick((library.pack(area).name_zh, library.pack(area).name_en)),
        "fields": [area_field, *when_fields(given, when, look, known=False)],
        "crumbs": crumbs(request, None, when),
        "problems": problems_of(given, look),
    }
    title = look.pick(W["tool_questions"])
    return page(
        request, "questions.html", context, title=title, here="questions", status=status_of(given)
    )
