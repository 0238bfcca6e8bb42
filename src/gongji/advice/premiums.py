# SPDX-License-Identifier: Apache-2.0
"""What a premium is, from its parts: residents by year, group and place; flexible employment.

A total is computed and never looked up; a published one is only compared. What is not confirmed
is a gap with its reason, and then there is no total.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from gongji.advice.family import Gap
from gongji.kernel.errors import Refusal
from gongji.kernel.money import yuan
from gongji.kernel.premium import MONTHS_OF_YEAR, Premium, from_base, from_items
from gongji.policy import errors
from gongji.policy.key_spec import PAYER_GROUPS
from gongji.policy.keys import labels
from gongji.policy.library import PolicyLibrary
from gongji.policy.provenance import Provenance
from gongji.policy.records import Value

# Groups beside the payer groups of the packs, each with a key of its own.
_OWN_KEYS = {"aided": "personalAided", "student": "personalStudent"}
_AIDED = frozenset({"aided", "lowIncome", "monitored", "exPoor", "special"})
GROUPS: dict[str, tuple[str, str]] = {
    "": ("一般居民", "residents"),
    "aided": ("定额资助对象", "people with fixed aid"),
    **{group: (zh, group) for group, zh in PAYER_GROUPS.items()},
}


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a premium, fen; ``per`` is "year" or "month"."""

    key: str
    zh: str
    en: str
    amount_fen: int
    per: str = "year"


@dataclass(frozen=True, slots=True)
class PremiumAnswer:
    """A year's premium, fen: parts, total, what the state adds, the window, and what is open.

    ``claimed_fen`` is a total that somebody published and ``difference_fen`` the right total less
    that one; both None where none was given. ``month_fen`` is for flexible employment.
    """

    area: int
    year: int
    group: str
    total_fen: int | None
    items: tuple[Item, ...] = ()
    month_fen: int | None = None
    subsidy_fen: int | None = None
    window_from: dt.date | None = None
    window_to: dt.date | None = None
    claimed_fen: int | None = None
    difference_fen: int | None = None
    values: tuple[Provenance, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True)
class Sheet:
    """Look-ups for one place and day, with what was used and what was missing."""

    library: PolicyLibrary
    area: int
    on: dt.date
    known_on: dt.date | None = None
    used: list[Value] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def need(self, *keys: str) -> Value | None:
        """The confirmed record of the first key spoken of; otherwise a gap is noted."""
        try:
            record = self.library.require(self.area, keys, self.on, known_on=self.known_on)
        except Refusal as refusal:
            key = refusal.key if isinstance(refusal, errors.PolicyGap) else ""
            self.gaps.append(Gap(refusal.code, "premium", key, refusal.zh, refusal.en))
            return None
        self.used.append(record)
        return record

    def maybe(self, *keys: str) -> Value | None:
        """Like ``need``; a key of which nobody speaks is no gap."""
        found = self.library.find(self.area, keys, self.on, known_on=self.known_on)
        return None if found is None else self.need(*keys)

    def day(self, key: str) -> dt.date | None:
        """A confirmed day, or None."""
        record = self.maybe(key)
        return record.value if record is not None and isinstance(record.value, dt.date) else None

    def values(self) -> tuple[Provenance, ...]:
        """Everything used."""
        return self.library.provenance(self.used)


def _general(sheet: Sheet, group: str, wanted: list[str]) -> bool:
    """Whether the general sum stands for a group: nobody speaks of the group, and the law gives
    it no aid to the premium (whose sum the general one would overstate)."""
    if group in _AIDED or not wanted:
        return False
    found = sheet.library.find(sheet.area, wanted, sheet.on, known_on=sheet.known_on)
    return found is None


def resident_premium(
    library: PolicyLibrary,
    area: int,
    year: int,
    group: str = "",
    on: dt.date | None = None,
    known_on: dt.date | None = None,
) -> PremiumAnswer:
    """A resident's own premium for a coverage year; ``group`` is a key of GROUPS.

    Looked up on ``on``, by default the first day of the year. Raises ValueError for a group or
    year that does not exist and Refusal 1100 for a place without a pack.
    """
    if group not in GROUPS or not 2000 <= year <= 2099:
        raise ValueError("no such group, or a year that does not exist")
    library.pack(area)
    sheet = Sheet(library, area, on or dt.date(year, 1, 1), known_on)
    head = f"res.premium.{year}"
    wanted = [f"{head}.personal.{group}"] if group in PAYER_GROUPS else []
    if group in _OWN_KEYS:
        wanted.append(f"{head}.{_OWN_KEYS[group]}")
    general = _general(sheet, group, wanted)
    personal = sheet.need(*([f"{head}.personal"] if general else wanted or [f"{head}.personal"]))
    items = [] if personal is None else [_item(personal)]
    care = sheet.maybe(f"{head}.longTermCare")
    if care is not None:
        items.append(_item(care))
    subsidy = sheet.maybe(f"{head}.subsidy")
    total_fen = None if sheet.gaps else sum(item.amount_fen for item in items)
    if general and personal is not None:
        sheet.gaps.append(
            Gap(
                errors.VALUE_MISSING,
                "premium",
                wanted[0],
                "没有找到这类人另外的数额，按一般居民的数额算。请问当地医保局，电话 12393。",
                "No other sum for this group was found; the general one is given. Ask the bureau, "
                "telephone 12393.",
            )
        )
    return PremiumAnswer(
        area,
        year,
        group,
        total_fen,
        tuple(items),
        subsidy_fen=subsidy.integer() if subsidy is not None else None,
        window_from=sheet.day(f"{head}.windowFrom"),
        window_to=sheet.day(f"{head}.windowTo"),
        values=sheet.values(),
        gaps=tuple(sheet.gaps),
    )


def flexible_premium(
    library: PolicyLibrary,
    area: int,
    year: int,
    on: dt.date | None = None,
    claimed_fen: int | None = None,
    months: int = MONTHS_OF_YEAR,
    known_on: dt.date | None = None,
) -> PremiumAnswer:
    """The premium of flexible employment, from base and rate or from the month's figure.

    ``claimed_fen`` is a published total of the same months to compare with. Raises ValueError for
    months outside 1 to 12 and Refusal 1100 for a place without a pack.
    """
    if not 1 <= months <= MONTHS_OF_YEAR or not 2000 <= year <= 2099:
        raise ValueError("months are 1 to 12, the year 2000 to 2099")
    library.pack(area)
    sheet = Sheet(library, area, on or dt.date(year, 7, 1), known_on)
    head = f"flex.{year}"
    basic = sheet.maybe(f"{head}.monthly.basic")
    base = rate = None
    if basic is None and not sheet.gaps:
        base, rate = sheet.need(f"{head}.base"), sheet.need(f"{head}.rate")
    sheet.maybe(f"{head}.withAccount")
    monthly = [sheet.maybe(f"{head}.monthly.{name}") for name in ("large", "longTermCare")]
    yearly = [sheet.maybe(f"{head}.yearly.{name}") for name in ("large", "longTermCare")]
    month_items = [_item(one, "month") for one in monthly if one is not None]
    year_items = [_item(one) for one in yearly if one is not None]
    parts = [x.amount_fen for x in month_items], [x.amount_fen for x in year_items]
    due: Premium | None = None
    if basic is not None:
        due = from_items(basic.integer(), *parts, months)
        month_items.insert(0, _item(basic, "month"))
    elif base is not None and rate is not None:
        due = from_base(base.integer(), rate.integer(), *parts, months)
        zh = f"{base.shown('zh')} × {rate.shown('zh')}"
        en = f"{base.shown('en')} x {rate.shown('en')}"
        month_items.insert(0, Item(base.key, zh, en, due.basic_month_fen, "month"))
    sure = due is not None and not [g for g in sheet.gaps if not g.key.endswith("withAccount")]
    total = due.total_fen if due is not None and sure else None
    return PremiumAnswer(
        area,
        year,
        "flexible",
        total,
        (*month_items, *year_items),
        month_fen=due.month_fen if due is not None and sure else None,
        claimed_fen=claimed_fen,
        difference_fen=None if total is None or claimed_fen is None else total - claimed_fen,
        values=sheet.values(),
        gaps=tuple(sheet.gaps),
    )


def compared(total_fen: int, claimed_fen: int) -> tuple[str, str]:
    """A published total beside the computed one, in words."""
    if total_fen == claimed_fen:
        return "公布的合计与各项相符。", "The published total fits its parts."
    right, wrong, gap = yuan(total_fen), yuan(claimed_fen), yuan(abs(total_fen - claimed_fen))
    more_zh, more_en = ("少", "less") if claimed_fen < total_fen else ("多", "more")
    return (
        f"公布的合计 {wrong} 元不对。按各项应为 {right} 元，{more_zh}了 {gap} 元。",
        f"The published total of {wrong} yuan does not fit its parts: they give {right} yuan, "
        f"so it is {gap} yuan {more_en}.",
    )


def _item(record: Value, per: str = "year") -> Item:
    zh, en = labels(record.key)
    return Item(record.key, zh, en, record.integer(), per)
