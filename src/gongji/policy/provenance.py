# SPDX-License-Identifier: Apache-2.0
"""Where a step of a calculation comes from: the value used, its document, date and confidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gongji.policy.keys import labels
from gongji.policy.records import DECIDES_MONEY, Source, Value
from gongji.policy.units import Plain, show

USED = "used"
NOT_CONFIRMED_NOT_PAID = "not confirmed, not paid"
NOT_IN_LAW = "not in the rules of this scheme"


class Provenance(NamedTuple):
    """One value behind one step; ``status`` tells a value used from one that was not."""

    key: str
    value: Plain
    unit: str
    source_title: str
    article: str
    date: dt.date | None  # in force from; None while unknown
    confidence: str
    area: int
    source: str = ""
    address: str = ""
    note: str = ""
    status: str = USED

    def sentence(self, lang: str = "zh") -> str:
        """The value, its document and date in one line of plain words."""
        zh, en = labels(self.key)
        if self.status == NOT_IN_LAW:
            return f"{zh}：本险种此类就医无此步骤" if lang == "zh" else f"{en}: {NOT_IN_LAW}"
        shown = show(self.value, self.unit, lang)
        if self.value == "unconfirmed" and lang == "zh":
            shown = "未确认"
        if lang == "zh":
            since = f"，自 {self.date} 起" if self.date else "，施行日期不明"
            tail = "" if self.status == USED else "（未确认，不予支付）"
            return f"{zh}：{shown}（{self._document()}{since}）{tail}"
        since = f", from {self.date}" if self.date else ", effective date unknown"
        tail = "" if self.status == USED else f" [{self.status}]"
        return f"{en}: {shown} ({self._document()}{since}){tail}"

    def _document(self) -> str:
        """Title and article, the article only where it says more."""
        known = self.article in self.source_title
        return self.source_title if known else f"{self.source_title} {self.article}"


def is_weak(steps: Mapping[str, Sequence[Provenance]]) -> bool:
    """Whether a value used is below medium confidence: a result that rests on it has to say so."""
    return any(
        item.status == USED and item.confidence not in DECIDES_MONEY
        for items in steps.values()
        for item in items
    )


def of(value: Value, sources: Mapping[str, Source], status: str = USED) -> Provenance:
    """Provenance of a record; an unregistered source shows its id."""
    source = sources.get(value.source)
    return Provenance(
        key=value.key,
        value=value.value,
        unit=value.unit,
        source_title=source.title if source else value.source,
        article=value.article,
        date=value.from_date,
        confidence=value.confidence,
        area=value.area,
        source=value.source,
        address=source.address if source else "",
        note=value.note,
        status=status,
    )


def absent(key: str, area: int) -> Provenance:
    """A step that no record speaks of and that the scheme need not have."""
    return Provenance(key, "none", "text", "", "", None, "", area, status=NOT_IN_LAW)
