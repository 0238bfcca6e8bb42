# SPDX-License-Identifier: Apache-2.0
"""What holds in an area on a day, as rows for people and machines, and what is missing.

The same rows feed the command line, the console and the family's pages; nothing is left out:
values that may not decide money are shown with the reason.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from gongji.policy import errors
from gongji.policy.keys import SCHEMES, labels, needed_keys, spec_of
from gongji.policy.library import PolicyLibrary
from gongji.policy.records import Value

_FROM_KIND = {
    "exact": ("", ""),
    "at_latest": ("（不晚于）", " (at the latest)"),
    "inferred": ("（推断）", " (inferred)"),
}
_GRADE_PRODUCT = "P"
_EMPLOYEE_ONLY = ("op.", "ip.", "chr.", "sub.", "pa.credit", "premium.employee.")


class Row(NamedTuple):
    """One value with everything that is known about it, already in words."""

    key: str
    label: str
    shown: str
    unit: str
    written: str
    from_date: str  # "unknown" where nobody knows
    from_kind: str
    until: str
    published: str
    checked: str
    known_from: str
    confidence: str
    decides_money: bool
    product_decision: bool
    source: str
    source_title: str
    source_address: str
    article: str
    area: int
    area_name: str
    inherited: bool
    note: str
    place: str  # file and line


class Missing(NamedTuple):
    """A value that the scheme needs and that may not decide money on the day."""

    key: str
    label: str
    reason: str
    area: int


class Remark(NamedTuple):
    """A claim that was not loaded (rejected) or a question that is open, with the reason."""

    kind: str
    claims: str
    text: str
    reason: str


class Sheet(NamedTuple):
    """Everything about one area, scheme and day."""

    area: int
    area_name: str
    scheme: str
    on: dt.date
    known_on: dt.date | None
    digest: str
    rows: tuple[Row, ...]
    missing: tuple[Missing, ...]
    notes: tuple[Remark, ...]


def belongs(key: str, scheme: str) -> bool:
    """Does a key concern the scheme?"""
    if scheme == "employee":
        return not key.startswith("res.")
    return not key.startswith(_EMPLOYEE_ONLY)


def sheet(
    library: PolicyLibrary,
    area: int,
    scheme: str,
    on: dt.date,
    known_on: dt.date | None = None,
    lang: str = "zh",
) -> Sheet:
    """All values in force; raises Refusal for an unknown area or scheme."""
    if scheme not in SCHEMES:
        raise errors.bad_argument(f"没有险种 {scheme}", f"no such scheme: {scheme}")
    pack = library.pack(area)
    rows = []
    for key in library.keys(area):
        if not belongs(key, scheme):
            continue
        record = library.value(area, key, on, known_on=known_on)
        if record is not None:
            rows.append(_row(library, pack.area, record, lang))
    return Sheet(
        pack.area,
        _name(library, pack.area, lang),
        scheme,
        on,
        known_on,
        library.digest(pack.area).hex(),
        tuple(rows),
        tuple(_missing(library, pack.area, scheme, on, known_on, lang)),
        tuple(
            Remark(note.kind, ", ".join(note.claims), note.text, note.reason)
            for note in library.notes(area)
        ),
    )


def _name(library: PolicyLibrary, area: int, lang: str) -> str:
    pack = library.pack(area)
    return pack.name_zh if lang == "zh" else pack.name_en


def _label(key: str, lang: str) -> str:
    return labels(key)[0 if lang == "zh" else 1]


def _row(library: PolicyLibrary, area: int, record: Value, lang: str) -> Row:
    source = library.sources.get(record.source)
    zh = lang == "zh"
    if record.confidence == "unconfirmed" and record.written is None:
        shown = "未确认" if zh else "unconfirmed"
    else:
        shown = record.shown(lang)
    return Row(
        key=record.key,
        label=_label(record.key, lang),
        shown=shown,
        unit=record.written_unit,
        written="" if record.written is None else str(record.written),
        from_date=str(record.from_date or "unknown"),
        from_kind=record.from_kind,
        until=str(record.until or ""),
        published=record.published,
        checked=str(record.checked),
        known_from=str(record.known_from),
        confidence=record.confidence,
        decides_money=library.accepted(record),
        product_decision=source is not None and source.grade == _GRADE_PRODUCT,
        source=record.source,
        source_title=source.title if source else record.source,
        source_address=source.address if source else "",
        article=record.article,
        area=record.area,
        area_name=_name(library, record.area, lang),
        inherited=record.area != area,
        note=record.note,
        place=f"{record.file}:{record.line}",
    )


def _missing(
    library: PolicyLibrary,
    area: int,
    scheme: str,
    on: dt.date,
    known_on: dt.date | None,
    lang: str,
) -> list[Missing]:
    found: list[Missing] = []
    for keys in needed_keys(scheme):
        record = library.find(area, keys, on, known_on=known_on)
        if record is not None and library.accepted(record):
            continue
        gap = library.gap(area, keys[0], errors.day(on), record)
        reason = gap.zh if lang == "zh" else gap.en
        item = Missing(gap.key, _label(gap.key, lang), reason, gap.area)
        if item not in found:
            found.append(item)
    return found


def lines(row: Row, lang: str) -> list[str]:
    """A row as lines of text for a terminal."""
    zh = lang == "zh"
    kind = _FROM_KIND[row.from_kind][0 if zh else 1]
    if row.from_date == "unknown":
        since = "施行日期不明" if zh else "effective date unknown"
    elif zh:
        since = f"自 {row.from_date}{kind}" + (f" 至 {row.until}" if row.until else "")
    else:
        since = f"from {row.from_date}{kind}" + (f" to {row.until}" if row.until else "")
    confidence = errors.confidence_zh(row.confidence) if zh else row.confidence
    marks = [since, (f"可信度 {confidence}" if zh else f"confidence {confidence}")]
    if row.inherited:
        marks.append(f"继承自 {row.area_name}" if zh else f"inherited from {row.area_name}")
    if row.product_decision:
        marks.append(
            f"本产品的决定（{row.published}），非法律"
            if zh
            else f"decision of this product ({row.published}), not law"
        )
    spec = spec_of(row.key)
    if spec is not None and spec.shown:
        marks.append("只列出，不用于结算" if zh else f"shown only: {spec.shown}")
    if not row.decides_money:
        marks.append("不决定金额" if zh else "does not decide money")
    words = ("公布", "核对", "录入") if zh else ("published", "checked", "entered")
    published = "不明" if zh and row.published == "unknown" else row.published
    dates = (published, row.checked, row.known_from)
    stamped = " · ".join(f"{word} {date}" for word, date in zip(words, dates, strict=True))
    out = [
        f"{row.key}  {row.label}: {row.shown}",
        "    " + " · ".join(marks),
        f"    {row.source_title} · {row.article} · {stamped}",
        f"    {row.source_address}",
    ]
    return [*out, f"    {'注' if zh else 'note'}: {row.note}"] if row.note else out
