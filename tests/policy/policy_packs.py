# SPDX-License-Identifier: Apache-2.0
"""Small packs for tests: copy the shipped ones and plant a fault, or write one from nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from gongji.policy.library import PACKS

SOURCES = """\
sources:
  DOC: {title: 文件, address: "https://example.invalid/doc", date: 2020-01-01, grade: A}
"""

BLOCK = """\
  - unit: {unit}
    from: {since}
    published: "2020"
    source: DOC
    article: 第一条
    confidence: {confidence}
    checked: 2026-01-01
    known_from: {known}
    {more}
    values:
      {key}: {value}
"""


def copied(folder: Path) -> Path:
    """A copy of the shipped packs to spoil."""
    target = folder / "packs"
    shutil.copytree(PACKS, target)
    return target


def replace(root: Path, file: str, old: str, new: str, count: int = 1) -> int:
    """Replace text in one file of a copy; returns the line of the first change."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def block(
    key: str,
    value: str,
    *,
    unit: str = "yuan",
    since: str = "2020-01-01",
    known: str = "2020-01-01",
    confidence: str = "high",
    more: str = "note: 无",
) -> str:
    """One block with one value."""
    return BLOCK.format(
        unit=unit, since=since, confidence=confidence, known=known, more=more, key=key, value=value
    )


def written(folder: Path, packs: dict[int, list[str]]) -> Path:
    """A folder of packs from blocks: 100000 <- 990000 <- 990100 (those that are named)."""
    root = folder / "packs"
    root.mkdir(parents=True)
    (root / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    for area, blocks in packs.items():
        above = 100000 if area % 10000 == 0 else area // 10000 * 10000
        parent = "null" if area == 100000 else str(above)
        home = root / str(area)
        home.mkdir()
        (home / "index.yaml").write_text(
            f"area: {area}\nname_zh: 地区{area}\nname_en: Area {area}\n"
            f"parent: {parent}\nstatus: ACTIVE\n",
            encoding="utf-8",
        )
        (home / "values.yaml").write_text(
            f"area: {area}\ntopic: values\nblocks:\n" + "".join(blocks), encoding="utf-8"
        )
    return root
