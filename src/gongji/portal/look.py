# SPDX-License-Identifier: Apache-2.0
"""How a page is dressed: language and type size, from two cookies; and how a page is made.

The same address serves all looks. ``lang`` in an address goes before the cookie, so that a page
can be shared in English. Nothing else about a visitor is kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gongji.portal import words
from gongji.portal.desk import Desk

LANGS = ("zh", "en")
MODES = ("standard", "large", "larger", "largest")  # all but the first are 长辈版
LANG_COOKIE = "gj_lang"
MODE_COOKIE = "gj_mode"


class Look(NamedTuple):
    """Language and type size of one page."""

    lang: str
    mode: str

    @property
    def zh(self) -> bool:
        """Is the page Chinese?"""
        return self.lang == "zh"

    @property
    def html_lang(self) -> str:
        """For the lang attribute."""
        return "zh-Hans" if self.zh else "en"

    @property
    def elder(self) -> bool:
        """Is this the version for elders?"""
        return self.mode != MODES[0]

    def pick(self, pair: tuple[str, str]) -> str:
        """The word of a (zh, en) pair."""
        return pair[0 if self.zh else 1]


def desk_of(request: HttpRequest) -> Desk:
    """The desk that the door has laid into the request."""
    desk: Desk = request.META["gongji.desk"]
    return desk


def look_of(request: HttpRequest) -> Look:
    """The look asked for; unknown words mean the usual one."""
    lang = request.GET.get("lang") or request.COOKIES.get(LANG_COOKIE, "")
    mode = request.COOKIES.get(MODE_COOKIE, "")
    return Look(lang if lang in LANGS else LANGS[0], mode if mode in MODES else MODES[0])


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    title: str,
    here: str = "library",
    status: int = 200,
) -> HttpResponse:
    """A whole page; ``here`` names the door of the main menu that it stands behind."""
    look = look_of(request)
    desk = desk_of(request)
    shared = {
        "look": look,
        "w": words.table(look.lang),
        "title": title,
        "here": here,
        "css": desk.assets["app.css"].address,
        "icon": desk.assets["icon.svg"].address,
        "back": quote(_without_lang(request), safe=""),
        "modes": MODES[1:],
    }
    return render(request, f"portal/{template}", {**shared, **context}, status=status)


def _without_lang(request: HttpRequest) -> str:
    """The address of this page; the choice of language made on it goes before its ``lang``."""
    query = request.GET.copy()
    query.pop("lang", None)
    path = quote(request.path)
    return f"{path}?{query.urlencode()}" if query else path
