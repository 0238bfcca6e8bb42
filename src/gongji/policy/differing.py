# SPDX-License-Identifier: Apache-2.0
"""What differs between two views of the law: two days, two areas, two beliefs, two sets of packs.

Compared is what a settlement would find, not what is written: a value for both statuses answers
for each of them, the parent's value answers where the area is silent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from gongji.policy.keys import LEVELS, STATUSES, alternatives, labels, spec_of
from gongji.policy.library import PolicyLibrary
from gongji.policy.records import Value
from gongji.policy.showing import belongs


class Side(NamedTuple):
    """One view: a library asked about an area on a day, as believed on a day; and its name."""

    library: PolicyLibrary
    area: int
    on: dt.date
    known_on: dt.date | None
    zh: str
    en: str

    def find(self, key: str) -> Value | None:
        """The record that governs a key in this view."""
        wanted = alternatives(key)
        return self.library.find(self.area, wanted, self.on, known_on=self.known_on)


class Difference(NamedTuple):
    """One key whose value, or whose power to decide money, is not the same in both views."""

    key: str
    first: Value | None
    second: Value | None


def compare(first: Side, second: Side, scheme: str | None = None) -> list[Difference]:
    """All differences in order of key, of one scheme or of both; raises Refusal 1100."""
    written = {*first.library.keys(first.area), *second.library.keys(second.area)}
    found = []
    for key in sorted(_fullest(written)):
        if scheme is not None and not belongs(key, scheme):
            continue
        one, other = first.find(key), second.find(key)
        if _says(first, one) != _says(second, other):
            found.append(Difference(key, one, other))
    return found


def _says(side: Side, record: Value | None) -> tuple[object, ...]:
    if record is None:
        return ()
    return record.value, record.unit, side.library.accepted(record)


def _fullest(written: set[str]) -> set[str]:
    """Keys by level and status wherever one of them is written so, else as written."""
    full = set(written)
    for key in written:
        shorter = [each for each in alternatives(key)[1:] if each in written]
        for each in shorter:
            full.discard(each)
            full.update(_siblings(key))
    return full


def _siblings(key: str) -> Iterator[str]:
    """The key for every status and, where the level may be left out, for every level."""
    forms = {key}
    optional = "".join(alternatives(key)[-1:])
    for group in (STATUSES, LEVELS):
        for form in list(forms):
            parts = form.split(".")
            for place, part in enumerate(parts):
                if part in group and part not in optional.split("."):
                    for other in group:
                        forms.add(".".join([*parts[:place], other, *parts[place + 1 :]]))
    yield from (form for form in forms if spec_of(form))


def sentence(difference: Difference, first: Side, second: Side, lang: str = "zh") -> str:
    """One difference in plain words: both values, since when, and by which document."""
    zh = lang == "zh"
    label = labels(difference.key)[0 if zh else 1]
    one = _phrase(first, difference.first, zh)
    other = _phrase(second, difference.second, zh)
    if zh:
        return f"{label}（{difference.key}）：{first.zh} {one}；{second.zh} {other}。"
    return f"{label} ({difference.key}): {first.en} {one}; {second.en} {other}."


def _phrase(side: Side, record: Value | None, zh: bool) -> str:
    if record is None:
        return "没有规定值" if zh else "no value"
    if record.written is None:
        shown = "未确认" if zh else "unconfirmed"
    else:
        shown = record.shown("zh" if zh else "en")
    source = side.library.sources.get(record.source)
    title = source.title if source else record.source
    doubt = not side.library.accepted(record)
    if zh:
        since = f"自 {record.from_date} 起" if record.from_date else "施行日期不明"
        tail = "，不决定金额" if doubt else ""
        return f"为 {shown}（{since}，据 {title}，{record.article}{tail}）"
    since = f"from {record.from_date}" if record.from_date else "effective date unknown"
    tail = ", does not decide money" if doubt else ""
    return f"{shown} ({since}, by {title}, {record.article}{tail})"
