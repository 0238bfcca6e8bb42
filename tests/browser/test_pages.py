# SPDX-License-Identifier: Apache-2.0
"""The gates of accessibility in a real browser: every page, usual and large, Chinese and English.

axe alone passes a page whose style is missing, so each visit also measures: a token of the style,
the smallest letters, the size of what is tapped, sideways scroll, requests and complaints.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from patience import LOADED

PAY = (
    "/policy/pay?area=360100&scheme=employee&status=ret&setting=1&level=3&bill=780&first=66"
    "&self=4&own=35.10&r1=SPOUSE&b1=100&r2=CHILD&b2=1000&y2=128.50&r3=CHILD&b3=500&st3=paused"
)
PAGES = {
    "start": "/policy/start",
    "home": "/policy",
    "nation": "/policy/100000",
    "region": "/policy/360100",
    "chapter": "/policy/360100/inpatient",
    "sharing": "/policy/360000/sharing",
    "value": "/policy/360100/v/ma.relations",
    "unconfirmed": "/policy/360000/v/ma.use.vaccine",
    "none": "/policy/360100/v/ip.ratio.L3.in?on=2001-01-01",
    "document": "/policy/source/P36",
    "search": "/policy/search?q=" + quote("南昌 起付线"),
    "asked": "/policy/search?q=" + quote("解绑"),
    "near": "/policy/search?q=" + quote("为什么没扣我儿子的钱"),
    "nothing": "/policy/search?q=zzz",
    "compare": "/policy/compare?a=360100&b=360400&topic=inpatient",
    "form": "/policy/pay",
    "pay": PAY,
    "refused": PAY + "&on=2010-01-01",
    "mistake": "/policy/pay?bill=x&r1=CHILD&b1=y",
    "may": "/policy/may?relation=CHILD&use=outpatient&area=360100&scheme=resident",
    "denied": "/policy/may?relation=PARENT_IN_LAW&use=vaccine&area=360100&scheme=resident",
    "questions": "/policy/questions",
    "premium": "/policy/premium?area=360100&kind=resident&year=2026",
    "flexible": "/policy/premium?area=360100&kind=flexible&year=2026&months=13",
    "covered": "/policy/covered?area=360100&scheme=resident&paid=2026-04-01&year=2026&missed=2",
    "lost": "/policy/nothing/here",
}
LOOKS = [("standard", "zh"), ("standard", "en"), ("large", "zh"), ("large", "en")]
PHONE = {"width": 360, "height": 780}
NARROW_PX = 320
TEXT_PX_MIN = {"standard": 14, "large": 18, "larger": 18, "largest": 18}
TARGET_PX_MIN = {"standard": 44, "large": 60, "larger": 60, "largest": 60}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

TARGETS = "a.tap, .button, button, select, summary, .doors a, .tile, .cell, .row, .brand, .crumbs a"
MEASURE = """(targets) => {
  const seen = (e) => { const r = e.getBoundingClientRect(); return r.width > 1 && r.height > 1; };
  const small = [], texts = [];
  for (const e of document.querySelectorAll(targets + ', input:not([type=checkbox]), label.check'))
    if (seen(e)) { const r = e.getBoundingClientRect();
      small.push([Math.floor(Math.min(r.width, r.height) + 0.01), e.outerHTML.slice(0, 90)]); }
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const e = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() && seen(e))
      texts.push([parseFloat(getComputedStyle(e).fontSize), walk.currentNode.data.slice(0, 40)]); }
  small.sort((a, b) => a[0] - b[0]); texts.sort((a, b) => a[0] - b[0]);
  return {target: small[0], text: texts[0],
    token: getComputedStyle(document.documentElement).getPropertyValue('--brand-strong').trim(),
    opened: document.querySelectorAll('details[open]').length,
    language: document.documentElement.lang, mode: document.documentElement.dataset.mode};
}"""
SIDEWAYS = """() => {
  const most = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= most) return [];
  const wide = [...document.querySelectorAll('body *')].filter(
    (e) => e.getBoundingClientRect().right > most + 0.5);
  return ['too wide', ...wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 90))];
}"""
OPEN_ALL = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


class Visit:
    """A tab in one look, with everything that the browser complained about or asked for."""

    def __init__(self, browser: Any, base: str, mode: str, lang: str, **more: Any) -> None:
        self.base = base
        self.context = browser.new_context(viewport=PHONE, **more)
        choice = {"gj_mode": mode, "gj_lang": lang}
        self.context.add_cookies(
            [
                {"name": name, "value": value, "domain": "127.0.0.1", "path": "/policy"}
                for name, value in choice.items()
            ]
        )
        self.context.set_default_timeout(30_000 * LOADED)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, address: str) -> int:
        self.complaints.clear()
        self.asked.clear()
        return int(self.page.goto(self.base + address).status)


@pytest.fixture(scope="module")
def visits(browser: Any, base: str) -> Iterator[dict[tuple[str, str], Visit]]:
    made: dict[tuple[str, str], Visit] = {}
    for mode, lang in [*LOOKS, ("larger", "zh"), ("largest", "zh"), ("largest", "en")]:
        made[mode, lang] = Visit(browser, base, mode, lang)
    yield made
    for visit in made.values():
        visit.context.close()


@pytest.mark.parametrize(("mode", "lang"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_passes_every_gate(
    visits: dict[tuple[str, str], Visit], name: str, mode: str, lang: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    visit = visits[mode, lang]
    status = visit.open(PAGES[name])
    assert status == {"mistake": 400, "flexible": 400, "lost": 404}.get(name, 200)
    page = visit.page
    page.evaluate(OPEN_ALL)
    found = page.evaluate(MEASURE, TARGETS)
    assert found["token"].upper() == "#084A82"
    assert found["mode"] == mode
    assert found["language"] == {"zh": "zh-Hans", "en": "en"}[lang]
    assert found["text"][0] >= TEXT_PX_MIN[mode], found["text"]
    assert found["target"][0] >= TARGET_PX_MIN[mode], found["target"]
    result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert result.response["violations"] == [], result.generate_report()
    assert len(result.response["passes"]) > 10
    _assert_no_sideways(visit)
    assert [url for url in visit.asked if not url.startswith(visit.base)] == []
    expected = [] if status == 200 else [f"status of {status}"]
    unexpected = [one for one in visit.complaints if not any(words in one for words in expected)]
    assert unexpected == []


def _assert_no_sideways(visit: Visit) -> None:
    """At 320 px, and with letters twice as large."""
    page = visit.page
    page.set_viewport_size({"width": NARROW_PX, "height": 640})
    narrow = page.evaluate(SIDEWAYS)
    page.set_viewport_size(PHONE)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    double = page.evaluate(SIDEWAYS)
    assert (narrow, double) == ([], [])


@pytest.mark.parametrize(("mode", "lang"), [("larger", "zh"), ("largest", "zh"), ("largest", "en")])
def test_larger_letters_fit(visits: dict[tuple[str, str], Visit], mode: str, lang: str) -> None:
    visit = visits[mode, lang]
    for name, address in PAGES.items():
        visit.open(address)
        visit.page.evaluate(OPEN_ALL)
        found = visit.page.evaluate(MEASURE, TARGETS)
        assert found["text"][0] >= TEXT_PX_MIN[mode], (name, found["text"])
        assert found["target"][0] >= TARGET_PX_MIN[mode], (name, found["target"])
        visit.page.set_viewport_size({"width": NARROW_PX, "height": 640})
        assert visit.page.evaluate(SIDEWAYS) == [], name
        visit.page.set_viewport_size(PHONE)


def test_a_family_asks_without_javascript(browser: Any, base: str) -> None:
    visit = Visit(browser, base, "standard", "zh", java_script_enabled=False)
    page = visit.page
    visit.open("/policy")
    page.get_by_label("查政策").fill("南昌 起付线")
    page.get_by_role("button", name="搜索").click()
    assert page.get_by_text("住院起付线 三级").count() >= 1
    page.get_by_role("link", name="算一算").click()
    page.get_by_label("账单总额（元）").fill("780")
    page.get_by_role("button", name="算一算").click()
    # 780 - 66 - 4 = 710 in policy, 410 above the deductible, 60 % = 246; own 35.10; child 494.90.
    assert "还要付现金" in page.locator(".headline").inner_text()
    assert "4.00" in page.locator(".headline .money").inner_text()
    assert page.locator(".split tbody tr").nth(0).inner_text().split()[-1] == "246.00"
    page.get_by_role("link", name="长辈版").click()
    assert page.locator("html").get_attribute("data-mode") == "large"
    assert "4.00" in page.locator(".headline .money").inner_text()
    page.get_by_role("link", name="EN").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("html").get_attribute("data-mode") == "large"
    page.go_back()
    visit.context.close()


def test_a_browser_is_greeted_with_links(visits: dict[tuple[str, str], Visit]) -> None:
    visit = visits["standard", "zh"]
    assert visit.open("/") == 200
    page = visit.page
    for lang in ("zh-Hans", "en"):
        assert page.locator(f"section[lang={lang}] a[href='/policy/pay']").count() == 1
        assert page.locator(f"section[lang={lang}] a[href='/healthz']").count() == 1
    _assert_no_sideways(visit)
    page.get_by_role("link", name="大家常问").click()
    assert "/policy/questions" in page.url


def test_the_keyboard_reaches_the_content_first(
    visits: dict[tuple[str, str], Visit],
) -> None:
    visit = visits["standard", "zh"]
    visit.open(PAGES["mistake"])
    page = visit.page
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="不是可用的金额").first.click()
    assert page.evaluate("() => document.activeElement.id") == "f-bill"


@pytest.mark.parametrize("name", ["home", "value", "pay", "covered"])
def test_forced_colours_and_print_keep_the_page(
    visits: dict[tuple[str, str], Visit], name: str, tmp_path: Path
) -> None:
    visit = visits["standard", "zh"]
    visit.open(PAGES[name])
    folder = Path(os.environ.get("GONGJI_SHOTS", tmp_path))
    for word, media in (
        ("forced", {"forced_colors": "active"}),
        ("print", {"media": "print", "forced_colors": "none"}),
    ):
        visit.page.emulate_media(**media)
        shot = visit.page.screenshot(path=folder / f"{name}-{word}.png", full_page=True)
        assert len(shot) > 5_000
    assert not visit.page.locator(".doors").is_visible()
    if name == "pay":  # paper cannot be opened: the sources are on it
        assert visit.page.locator(".sources").first.is_visible()
    assert visit.page.locator("h1").is_visible()
    visit.page.emulate_media(media="screen", forced_colors="none")
