# SPDX-License-Identifier: Apache-2.0
"""Pages of the library: home, region, chapter, value, document."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from gongji.kernel.errors import Refusal
from gongji.policy.keys import spec_of
from gongji.policy.records import ACTIVE
from gongji.portal import shelf
from gongji.portal.common import crumbs, not_found, problems_of, status_of, when_fields, when_of
from gongji.portal.given import Given
from gongji.portal.look import Look, desk_of, look_of, page
from gongji.portal.shelf import NATION, When
from gongji.portal.topics import BY_SLUG, topic_of
from gongji.portal.words import GRADE, W

# Shown first on the page of a region, where the region or one above it speaks of them, under the
# question that people ask.
ASKED_MOST: dict[str, tuple[str, str]] = {
    "ma.relations": ("哪些家人之间可以", "Between which relatives?"),
    "ma.maxGiversPerRecipient": ("几位家人可以帮同一个人付", "How many relatives for one person?"),
    "ma.giverOrder": ("几位家人，先扣谁的", "Several relatives: whose money first?"),
    "ma.retainedBalance": ("自己账户里要留多少", "What must stay in the giver's account?"),
    "ma.treatmentArea": ("在哪里看病能用", "Where may it be used?"),
    "ma.use.pharmacy": ("药店能用吗", "At pharmacies?"),
    "ma.use.inpatient": ("住院能用吗", "For hospital stays?"),
    "ma.use.premiumResident": ("能给家人缴居民医保吗", "For a relative's residents' premium?"),
}


def home(request: HttpRequest) -> HttpResponse:
    """What there is, and how much of it."""
    look, desk = look_of(request), desk_of(request)
    covered = shelf.coverage(desk.library, desk.today(), look)
    context = {
        "covered": covered,
        "areas": len(covered),
        "records": sum(one.values for one in covered),
        "documents": len(desk.library.sources),
        "provinces": _provinces(covered),
    }
    return page(request, "home.html", context, title=look.pick(W["brand_sub"]))


def _provinces(covered: list[shelf.Coverage]) -> list[tuple[shelf.Coverage, list[shelf.Coverage]]]:
    groups: list[tuple[shelf.Coverage, list[shelf.Coverage]]] = []
    for one in covered:
        if one.level <= 1 or not groups:
            groups.append((one, []))
        else:
            groups[-1][1].append(one)
    return groups


def region(request: HttpRequest, area: int) -> HttpResponse:
    """One area: chapters, what is asked most, what is open, its cities."""
    look, library = look_of(request), desk_of(request).library
    try:
        area = library.home(area)
    except Refusal:
        return not_found(request)
    given = Given(request.GET)
    when = when_of(request, given)
    notes = shelf.remarks(library, area, look)
    below = [
        {"address": f"/policy/{code}{when.query()}", "name": shelf.name_of(library, code, look)}
        for code in library.areas()
        if library.pack(code).parent == area
    ]
    name = shelf.name_of(library, area, look)
    context = {
        "area": area,
        "name": name,
        "when": when,
        "query": when.query(),
        "crumbs": crumbs(request, area, when)[:-1],
        "draft": library.pack(area).status != ACTIVE,
        "chapters": [
            {
                "address": f"/policy/{area}/{topic.slug}{when.query()}",
                "name": look.pick((topic.zh, topic.en)),
                "about": look.pick((topic.about_zh, topic.about_en)),
                "count": count,
            }
            for topic, count in shelf.chapters(library, area)
        ],
        "asked": [
            (look.pick(ASKED_MOST[one.key]), one)
            for one in shelf.asked(library, area, ASKED_MOST, when, look)
        ],
        "gaps": shelf.gaps(library, area, when, look) if area != NATION else [],
        "nation": area == NATION,
        "rejected": [one for one in notes if one.kind == "rejected"],
        "open": [one for one in notes if one.kind == "open"],
        "below": below,
        "fields": when_fields(given, when, look),
        "problems": problems_of(given, look),
    }
    return page(request, "region.html", context, title=name, status=status_of(given))


def chapter(request: HttpRequest, area: int, slug: str) -> HttpResponse:
    """All values of one chapter in one area on a day."""
    look, library = look_of(request), desk_of(request).library
    topic = BY_SLUG.get(slug)
    try:
        area = library.home(area)
    except Refusal:
        return not_found(request)
    if topic is None:
        return not_found(request)
    given = Given(request.GET)
    when = when_of(request, given)
    name = shelf.name_of(library, area, look)
    word = look.pick((topic.zh, topic.en))
    context = {
        "area": area,
        "name": name,
        "topic": word,
        "about": look.pick((topic.about_zh, topic.about_en)),
        "families": shelf.families(library, area, topic, when, look),
        "when": when,
        "crumbs": crumbs(request, area, when),
        "fields": when_fields(given, when, look),
        "problems": problems_of(given, look),
    }
    title = f"{name} · {word}"
    return page(request, "chapter.html", context, title=title, status=status_of(given))


def value(request: HttpRequest, area: int, key: str) -> HttpResponse:
    """One value on a day, its history, its document, and what contradicts it."""
    look, library = look_of(request), desk_of(request).library
    try:
        area = library.home(area)
    except Refusal:
        return not_found(request)
    if spec_of(key) is None:
        return not_found(request)
    given = Given(request.GET)
    when = when_of(request, given)
    history = shelf.stages(library, area, key, when, look)
    now = next((stage for stage in history if stage.state == "now"), None)
    record = library.value(area, key, when.on, known_on=when.known)
    refused = ""
    if record is not None and not library.accepted(record):
        gap = library.gap(area, key, (f"{when.on}", f"on {when.on}"), record)
        refused = look.pick((gap.zh, gap.en))
    name, label = shelf.name_of(library, area, look), shelf.label_of(key, look)
    notes = shelf.remarks(library, area, look, key)
    exact = {"on": str(when.on), "known": str(when.known or desk_of(request).today())}
    context = {
        "area": area,
        "name": name,
        "key": key,
        "label": label,
        "now": now,
        "long": now is not None and len(now.shown) > shelf.LONG_TEXT,
        "own": record is not None and record.area == area,
        "grade": shelf.grade_of(now.source, look) if now and now.source else "",
        "linkable": bool(now and now.source and _is_link(now.source.address)),
        "refused": refused,
        "history": history,
        "rejected": [one for one in notes if one.kind == "rejected"],
        "open": [one for one in notes if one.kind == "open"],
        "when": when,
        "permanent": f"/policy/{area}/v/{key}?{urlencode(exact)}",
        "crumbs": [*crumbs(request, area, when), _chapter_crumb(area, key, when, look)],
        "fields": when_fields(given, when, look),
        "problems": problems_of(given, look),
    }
    return page(request, "value.html", context, title=f"{name} · {label}", status=status_of(given))


def _chapter_crumb(area: int, key: str, when: When, look: Look) -> dict[str, str]:
    topic = topic_of(key)
    address = f"/policy/{area}/{topic.slug}{when.query()}"
    return {"address": address, "name": look.pick((topic.zh, topic.en))}


def _is_link(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def document(request: HttpRequest, source: str) -> HttpResponse:
    """One document of the register and the values that rest on it."""
    look, library = look_of(request), desk_of(request).library
    found = library.sources.get(source)
    if found is None:
        return not_found(request)
    when = When(desk_of(request).today(), None, False)
    resting = []
    for area in library.areas():
        for key, records in library.pack(area).values.items():
            if any(record.source == source for record in records):
                resting.append(
                    {
                        "area": shelf.name_of(library, area, look),
                        "label": shelf.label_of(key, look),
                        "address": shelf.value_address(area, key, when),
                    }
                )
    context = {
        "document": found,
        "grade": look.pick(GRADE.get(found.grade, (found.grade, found.grade))),
        "linkable": _is_link(found.address),
        "resting": resting,
        "crumbs": crumbs(request, None, when),
    }
    return page(request, "document.html", context, title=found.title)
