# SPDX-License-Identifier: Apache-2.0
"""Asks the pages over ASGI, one request per call, and reads what they say."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from html import unescape
from typing import Any

import httpx

from gongji.policy.library import PolicyLibrary
from gongji.portal.door import Portal
from gongji.runtime import django_settings

TODAY = dt.date(2026, 11, 25)
BASE = "http://pages.test"


def portal_on(today: dt.date = TODAY) -> Portal:
    """The application over the shipped packs."""
    django_settings.configure()
    return Portal(PolicyLibrary.load(), lambda: today)


def words(html: str) -> str:
    """What a reader sees of a piece of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


class Page:
    """One answer, with its text as a reader sees it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.text
        self.text = words(self.html.partition("<body>")[2])

    def links(self) -> list[str]:
        """Addresses inside the site."""
        found = [unescape(one) for one in re.findall(r'href="(/[^"]*)"', self.html)]
        return [one.partition("#")[0] for one in found]

    def main(self) -> str:
        """The text without header and footer."""
        part = self.html.partition("<main")[2].partition("</main>")[0]
        return words(part.partition(">")[2])


class Client:
    """A visitor without memory."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def get(self, address: str, method: str = "GET", **headers: str) -> Page:
        """Ask for one address; headers by name with _ for -."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
                return await http.request(method, address, headers=named)

        return Page(asyncio.run(ask()))
