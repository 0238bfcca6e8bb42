# SPDX-License-Identifier: Apache-2.0
"""The report on the packs: what is stale, undated, ending or contradicted is in it, safely."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser
from pathlib import Path

import pytest
from policy_packs import block, copied, replace, written

from gongji.policy.report import build
from gongji.policy.report_page import document
from gongji.runtime import cli

TODAY = dt.date(2026, 12, 1)
VOID = {"meta", "link", "br", "img"}


class Outline(HTMLParser):
    """Balance of the elements, the ids, the links, and the text of each section."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.sections: dict[str, str] = {}
        self._section = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "section":
            self._section = found["aria-labelledby"] or ""
        if "id" in found:
            self.ids.add(found["id"] or "")
        self.links += [found[name] or "" for name in ("href", "src") if name in found]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._section:
            self.sections[self._section] = self.sections.get(self._section, "") + data + "|"


def test_the_counts_of_small_packs(tmp_path: Path) -> None:
    city = [
        block("op.deductible", "300", since="unknown", confidence="low"),
        block("op.annualCap", "2000", more="until: 2027-05-30"),  # 180 days away
        block("op.perVisitCap", "100", more="until: 2027-05-31"),  # 181 days away
        block("ip.cap", "100000").replace("checked: 2026-01-01", "checked: 2025-10-26"),  # 401
        block("ip.largeAmount.cap", "1").replace("checked: 2026-01-01", "checked: 2025-10-27"),
    ]
    root = written(tmp_path, {100000: [block("pa.interest", "1", unit="percent")], 990000: city})
    report = build(root, TODAY)
    (nation, area) = report.areas
    assert nation.confidences == {"high": 1}
    assert area.confidences == {"high": 4, "low": 1}
    assert (area.undated, area.stale, area.ending, area.product) == (1, 1, 1, 0)
    assert [record.key for record in report.ending] == ["op.annualCap"]
    assert [record.key for record in report.stale] == ["ip.cap"]


def test_a_total_that_does_not_add_up_is_told(tmp_path: Path) -> None:
    # Yichang 2024: 304 + 13 + 0.80 = 317.80, printed as 425.80.
    parts = {"monthly.basic": "304", "monthly.large": "13", "monthly.longTermCare": '"0.80"'}
    blocks = [block(f"flex.2024.{k}", v, unit="yuan_per_month") for k, v in parts.items()]
    low = {"unit": "yuan_per_month", "confidence": "low", "more": "note: 与各项之和不合"}
    blocks.append(block("flex.2024.publishedMonth", '"425.80"', **low))
    page = Outline(document(build(written(tmp_path, {100000: blocks}), TODAY)))
    told = page.sections["totals"]
    assert "425.80 元/月|317.80 元/月|与各项之和不合" in told


def test_the_shipped_packs_give_a_sound_page() -> None:
    report = build(None, TODAY)
    markup = document(report)
    page = Outline(markup)
    assert page.open == []
    assert "script" not in page.tags
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert "http" not in markup.replace("http-equiv", "")
    assert '<html lang="zh-Hans">' in markup
    assert "在职划入比例 pa.creditIn" in page.sections["undated"]
    assert "授权人账户须保留 2000 元" in page.sections["rejected"]
    assert "已收为数值|" in page.sections["claims"]
    english = Outline(document(report, "en"))
    assert "Nanchang 360100" in english.sections["coverage"]


def test_words_of_a_pack_are_no_markup(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, "360100/index.yaml", "name_zh: 南昌市", 'name_zh: "<script>x</script>&"')
    markup = document(build(root, TODAY))
    assert "&lt;script&gt;x&lt;/script&gt;&amp;" in markup
    assert "script" not in Outline(markup).tags


def test_the_command_writes_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    args = ["policy", "report", "--out", str(out), "--date", "2026-12-01", "--lang", "en"]
    assert cli.main(args) == 0
    assert "report on " in capsys.readouterr().out
    assert "State of the policy packs · 2026-12-01" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "args", [(), ("--out", "/no/such/folder/r.html"), ("--out", "r.html", "--date", "soon")]
)
def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str], args: tuple[str, ...]) -> None:
    assert cli.main(["policy", "report", *args]) == 2
    assert capsys.readouterr().err.count("\n") == 1
