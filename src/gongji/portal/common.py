# SPDX-License-Identifier: Apache-2.0
"""What pages share: the days asked for, the way to a page, the choice of looks, and errors."""

from __future__ import annotations

from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from gongji.portal import shelf
from gongji.portal.forms import Field
from gongji.portal.given import Given
from gongji.portal.look import (
    LANG_COOKIE,
    LANGS,
    MODE_COOKIE,
    MODES,
    Look,
    desk_of,
    look_of,
    page,
)
from gongji.portal.shelf import When
from gongji.portal.words import W

COOKIE_S_MAX = 365 * 24 * 3600
ADDRESS_MAX = 4096
CRUMB_HOME = ("/policy", ("政策库", "Library"))


def when_of(request: HttpRequest, given: Given) -> When:
    """The days that the address asks for; today where it asks for none."""
    on = given.maybe_day("on")
    known = given.maybe_day("known")
    return When(on or desk_of(request).today(), known, on is not None)


def when_fields(given: Given, when: When, look: Look, *, known: bool = True) -> list[Field]:
    """The form that chooses the days."""
    errors = {one.field: look.pick((one.zh, one.en)) for one in given.problems}
    fields = [Field("on", look.pick(W["on"]), "date", str(when.on), "", errors.get("on", ""))]
    if known:
        hint = look.pick(W["known_hint"])
        value = str(when.known or "")
        fields.append(
            Field("known", look.pick(W["known"]), "date", value, hint, errors.get("known", ""))
        )
    return fields


def status_of(given: Given) -> int:
    """400 when something typed could not be understood."""
    return 400 if given.problems else 200


def problems_of(given: Given, look: Look) -> list[dict[str, str]]:
    """For the summary at the top of a page."""
    return [{"field": one.field, "text": look.pick((one.zh, one.en))} for one in given.problems]


def crumbs(request: HttpRequest, area: int | None, when: When) -> list[dict[str, str]]:
    """The way from the home page to an area, its own page included."""
    look, library = look_of(request), desk_of(request).library
    way = [{"address": CRUMB_HOME[0], "name": look.pick(CRUMB_HOME[1])}]
    if area is not None:
        for code in reversed(library.path(area)):
            address = f"/policy/{code}{when.query()}"
            way.append({"address": address, "name": shelf.name_of(library, code, look)})
    return way


def dress(request: HttpRequest) -> HttpResponse:
    """Keep the choice of language or type size, and go back to the page it was made on."""
    back = request.GET.get("back", "")
    here = back == "/policy" or back.startswith(("/policy/", "/policy?"))
    safe = here and len(back) <= ADDRESS_MAX and back.isprintable() and "\\" not in back
    answer = HttpResponseRedirect(back if safe and "//" not in unquote(back) else "/policy")
    answer.status_code = 303
    for field, cookie, allowed in (("lang", LANG_COOKIE, LANGS), ("mode", MODE_COOKIE, MODES)):
        chosen = request.GET.get(field, "")
        if chosen in allowed:
            answer.set_cookie(
                cookie, chosen, max_age=COOKIE_S_MAX, path="/policy", httponly=True, samesite="Lax"
            )
    return answer


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:
    """404 in the dress of the house."""
    look = look_of(request)
    context = {"heading": look.pick(W["e404"]), "why": look.pick(W["e404_why"])}
    return page(request, "error.html", context, title=context["heading"], status=404)


def bad_request(request: HttpRequest, exception: object = None) -> HttpResponse:
    """400 in the dress of the house; the address itself is not read again."""
    request.GET = QueryDict("")
    look = look_of(request)
    context = {"heading": look.pick(W["e400"]), "why": look.pick(W["e400_why"])}
    return page(request, "error.html", context, title=context["heading"], status=400)


def failed(request: HttpRequest) -> HttpResponse:
    """500 in the dress of the house."""
    look = look_of(request)
    context = {"heading": look.pick(W["e500"]), "why": look.pick(W["e500_why"])}
    return page(request, "error.html", context, title=context["heading"], status=500)


def to_home(request: HttpRequest) -> HttpResponse:
    """``/policy/`` is ``/policy``."""
    return HttpResponseRedirect("/policy")
