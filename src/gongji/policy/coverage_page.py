# SPDX-License-Identifier: Apache-2.0
"""The matrix of coverage in words: lines for a terminal, a table for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from gongji.policy import page
from gongji.policy.coverage import GROUPS, Cell, Line
from gongji.policy.errors import confidence_zh
from gongji.policy.records import DRAFT

NATION = 100000
LETTERS = {
    "high": "H",
    "medium": "M",
    "decided": "D",
    "low": "L",
    "recalled": "R",
    "unconfirmed": "U",
    "": "–",
}


def lines(found: Sequence[Line], on: dt.date, lang: str) -> list[str]:
    """The matrix with one letter for each cell, * where the nation's value is inherited."""
    zh = lang == "zh"
    out = [f"{on}", ""]
    numbers = " ".join(f"{number:>2} " for number in range(1, len(GROUPS) + 1))
    head = "地区     " if zh else "area     "  # nine columns wide on a terminal
    out.append(f"{head}{numbers.rstrip()}")
    for line in found:
        cells = " ".join(f" {_letter(line, cell):<2}" for cell in line.cells)
        out.append(f"{line.area:<8} {cells} {_name(line, zh)}")
    out.append("")
    out += [f"{n:>2} {group.zh if zh else group.en}" for n, group in enumerate(GROUPS, 1)]
    words = ((letter, confidence_zh(word) if zh else word) for word, letter in LETTERS.items())
    legend = "  ".join(f"{letter} {word or ('无' if zh else 'nothing')}" for letter, word in words)
    out += ["", legend, "* 承自全国" if zh else "* the nation's value"]
    return out


def table(found: Sequence[Line], on: dt.date, lang: str) -> str:
    """The matrix as a table of a page; words, not colours, say the confidence."""
    zh = lang == "zh"
    heads = ["地区" if zh else "area", *(group.zh if zh else group.en for group in GROUPS)]
    rows = [
        [f"{_name(line, zh)} {line.area}", *(_words(line, cell, zh) for cell in line.cells)]
        for line in found
    ]
    caption = f"{on} 各地区各组数值的最佳可信度" if zh else f"best confidence by group on {on}"
    return page.table(caption, heads, rows)


def document(found: Sequence[Line], on: dt.date, lang: str) -> str:
    """The matrix as a page of its own."""
    zh = lang == "zh"
    about = (
        "由政策包生成。产品决定不计入；标“全国”的为承自全国的值。空缺即没有写明，不据以支付。"
        if zh
        else "Made from the packs. Product decisions do not count; “nation” marks an inherited "
        "value. A dash means that nothing is written, and nothing is paid on it."
    )
    title = "政策覆盖表" if zh else "Coverage of the policy packs"
    body = [page.paragraph(about), table(found, on, lang)]
    return page.page(title, lang, "跳到正文" if zh else "to the text", body)


def _name(line: Line, zh: bool) -> str:
    name = line.name_zh if zh else line.name_en
    draft = "（草稿）" if zh else " (draft)"
    return name + draft if line.status == DRAFT else name


def _letter(line: Line, cell: Cell) -> str:
    return LETTERS[cell.confidence] + ("*" if cell.confidence and cell.area == NATION else "")


def _words(line: Line, cell: Cell, zh: bool) -> page.Content:
    if not cell.confidence:
        return "none", "–"
    word = confidence_zh(cell.confidence) if zh else cell.confidence
    if cell.area == NATION:
        word += "（全国）" if zh else " (nation)"
    return cell.confidence, word
