# SPDX-License-Identifier: Apache-2.0
"""What a premium is, and from when somebody is covered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse

from gongji.advice.covered import CoverQuestion, when_covered
from gongji.advice.premiums import (
    GROUPS,
    PremiumAnswer,
    compared,
    flexible_premium,
    resident_premium,
)
from gongji.kernel.premium import MONTHS_OF_YEAR
from gongji.policy.keys import SCHEMES
from gongji.portal.common import crumbs, problems_of, status_of, when_of
from gongji.portal.forms import Choice, Field
from gongji.portal.given import FIRST_YEAR, LAST_YEAR, Given
from gongji.portal.look import Look, desk_of, look_of, page
from gongji.portal.shelf import When
from gongji.portal.telling import sources_of
from gongji.portal.views_ask import area_choice, error_at, gap_rows, words_choice
from gongji.portal.words import W
from gongji.portal.words_tools import GROUP_EN, KIND, SCHEME

NEXT_YEAR_FROM_MONTH = 9  # the residents' window for the next year opens in autumn
MISSED_YEARS_MAX = 30
BROKEN_MONTHS_MAX = 600
ONE_PERCENT_BP = 100


def field_of(given: Given, name: str, word: str, kind: str, default: str, look: Look) -> Field:
    """A field to type in, with what was typed."""
    value = given.raw(name, default)
    return Field(name, look.pick(W[word]), kind, value, error=error_at(given, name, look))


def coverage_year(today: dt.date) -> int:
    """The year for which residents pay at present."""
    return today.year + (today.month >= NEXT_YEAR_FROM_MONTH)


def premium(request: HttpRequest) -> HttpResponse:
    """The premium of a resident, or of flexible employment, from its parts."""
    look, desk = look_of(request), desk_of(request)
    given = Given(request.GET)
    when = When(desk.today(), None, False)
    area, area_field = area_choice(request, given, "area", "area")
    kind, kind_field = words_choice(given, "kind", "prem_kind", KIND, "resident", look)
    flexible = kind == "flexible"
    default_year = desk.today().year if flexible else coverage_year(desk.today())
    year = given.whole("year", default_year, FIRST_YEAR + 10, LAST_YEAR - 1)
    months = given.whole("months", MONTHS_OF_YEAR, 1, MONTHS_OF_YEAR)
    claimed_fen = given.yuan("claimed")
    group, group_field = words_choice(
        given, "group", "prem_group", _groups(request, area, given.raw("group")), "", look
    )
    fields: list[Field | Choice] = [
        area_field,
        kind_field,
        field_of(given, "year", "prem_year", "number", str(default_year), look),
        group_field,
    ]
    more = [
        field_of(given, "months", "prem_months", "number", "", look),
        field_of(given, "claimed", "prem_claimed", "amount", "", look),
    ]
    context: dict[str, Any] = {
        "fields": fields,
        "more": more,
        "more_open": flexible or any(one.error for one in more),
        "crumbs": crumbs(request, None, when),
        "problems": problems_of(given, look),
    }
    if given.raw("area") and not given.problems:
        if flexible:
            answer = flexible_premium(
                desk.library, area, year, claimed_fen=claimed_fen or None, months=months
            )
        else:
            answer = resident_premium(desk.library, area, year, group)
        context.update(_premium(answer, when, look))
        context["months"] = months
        context["flexible"] = flexible
    title = look.pick(W["tool_premium"])
    return page(
        request, "premium.html", context, title=title, here="premium", status=status_of(given)
    )


def _groups(request: HttpRequest, area: int, chosen: str) -> dict[str, tuple[str, str]]:
    """Groups of which the place speaks, and the one chosen."""
    ends = {key.rsplit(".", 1)[-1] for key in desk_of(request).library.keys(area or 100_000)}
    ends |= {"", chosen}
    if "personalAided" in ends:
        ends.add("aided")
    if "personalStudent" in ends:
        ends.add("student")
    return {
        group: (zh, GROUP_EN.get(group, en)) for group, (zh, en) in GROUPS.items() if group in ends
    }


def _premium(answer: PremiumAnswer, when: When, look: Look) -> dict[str, Any]:
    said = ""
    if answer.total_fen is not None and answer.claimed_fen is not None:
        said = look.pick(compared(answer.total_fen, answer.claimed_fen))
    return {
        "answer": answer,
        "items": [
            {
                "name": look.pick((item.zh, item.en)),
                "amount_fen": item.amount_fen,
                "per": look.pick(W["prem_per_month" if item.per == "month" else "prem_per_year"]),
                "address": f"/policy/{answer.area}/v/{item.key}",
            }
            for item in answer.items
        ],
        "compared": said,
        "wrong": bool(answer.difference_fen),
        "sources": sources_of(answer.values, when, look),
        "gaps": gap_rows(answer.gaps, answer.area, when, look),
    }


def _born_on(given: Given, today: dt.date, paid_on: dt.date, year: int) -> dt.date | None:
    """The day of birth of a newborn, None where none is given."""
    if not given.raw("born"):
        return None
    born_on = given.day("born", today)
    if paid_on < born_on or year < born_on.year:
        given.complain("born", "出生在缴费之后，或晚于保障年度", "born after paying or that year")
    return born_on


def covered(request: HttpRequest) -> HttpResponse:
    """From which day somebody is covered."""
    look, desk = look_of(request), desk_of(request)
    given = Given(request.GET)
    when = when_of(request, given)
    area, area_field = area_choice(request, given, "area", "area")
    scheme, scheme_field = words_choice(given, "scheme", "pay_scheme", SCHEME, "resident", look)
    paid_on = given.day("paid", desk.today())
    default_year = coverage_year(desk.today())
    year = given.whole("year", default_year, FIRST_YEAR + 10, LAST_YEAR - 1)
    missed = given.whole("missed", 0, 0, MISSED_YEARS_MAX)
    repaid_years = given.whole("repaid_years", 0, 0, MISSED_YEARS_MAX)
    broken = given.whole("broken", 0, 0, BROKEN_MONTHS_MAX)
    exempt = given.choice("exempt", ("1",), "") == "1"
    repaid = given.choice("repaid", ("1",), "") == "1"
    born_on = _born_on(given, desk.today(), paid_on, year)
    if repaid_years > missed:
        given.complain("repaid_years", "补缴的年数不能多于断缴的年数", "more repaid than missed")
    context: dict[str, Any] = {
        "fields": [
            area_field,
            scheme_field,
            field_of(given, "paid", "cov_paid", "date", str(paid_on), look),
        ],
        "resident": [
            field_of(given, "year", "prem_year", "number", str(default_year), look),
            field_of(given, "missed", "cov_missed", "number", "0", look),
            field_of(given, "repaid_years", "cov_repaid_years", "number", "0", look),
            field_of(given, "born", "cov_born", "date", "", look),
        ],
        "employee": [field_of(given, "broken", "cov_broken", "number", "0", look)],
        "exempt": exempt,
        "repaid": repaid,
        "is_employee": scheme == "employee",
        "crumbs": crumbs(request, None, when),
        "problems": problems_of(given, look),
    }
    if given.raw("area") and not given.problems:
        asked = CoverQuestion(
            area,
            SCHEMES[scheme],
            paid_on,
            year,
            missed,
            repaid_years,
            exempt,
            broken,
            repaid,
            born_on,
        )
        answer = when_covered(desk.library, asked, when.known)
        context["answer"] = answer
        context["why"] = look.pick((answer.zh, answer.en))
        context["share"] = answer.share_bp // ONE_PERCENT_BP
        context["sources"] = sources_of(answer.values, when, look)
        context["gaps"] = gap_rows(answer.gaps, area, when, look)
    title = look.pick(W["tool_covered"])
    return page(
        request, "covered.html", context, title=title, here="premium", status=status_of(given)
    )
