# SPDX-License-Identifier: Apache-2.0
"""One value of the law as a record, one source, one pack, and where each stands in a file.

Records never change after reading. A correction is a further record with a later ``known_from``;
nothing that was once believed is deleted, so any day's belief can be asked for again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from gongji.policy.units import Plain, show

DECIDED = "decided"  # a decision of this product, no finding of law
DECIDES_MONEY = frozenset({"high", "medium", DECIDED})  # unless the deployment says otherwise
CONFIDENCES = ("high", "medium", DECIDED, "low", "recalled", "unconfirmed")
FROM_KINDS = ("exact", "at_latest", "inferred")

ACTIVE = "ACTIVE"
DRAFT = "DRAFT"


@dataclass(frozen=True, slots=True)
class Value:
    """One dated, sourced value; ``value`` is in fen, basis points or plain integers.

    ``from_date`` None means that the effective date is unknown: shown, never used for money.
    ``from_kind`` says how the date is known: exact, at_latest (in force no later than that day),
    inferred. ``published`` is a day, month or year as text, or "unknown".
    """

    area: int
    key: str
    value: Plain
    unit: str
    written: object
    written_unit: str
    from_date: dt.date | None
    from_kind: str
    until: dt.date | None
    published: str
    checked: dt.date
    known_from: dt.date
    source: str
    article: str
    confidence: str
    note: str
    inherit_if_unconfirmed: bool
    file: str
    line: int

    def covers(self, on: dt.date) -> bool:
        """In force on that day (False while the effective date is unknown)."""
        if self.from_date is None or on < self.from_date:
            return False
        return self.until is None or on <= self.until

    def shown(self, lang: str = "zh") -> str:
        """The value with its unit, for people."""
        return show(self.value, self.unit, lang)

    def integer(self) -> int:
        """The value of a one-number unit; raises TypeError for lists and text."""
        if not isinstance(self.value, int):
            raise TypeError(f"{self.key} is not one number")
        return self.value

    def amounts_fen(self) -> tuple[int, ...]:
        """The value of a by-admission list, fen; raises TypeError otherwise."""
        items = self.value if isinstance(self.value, tuple) else ()
        amounts = tuple(item for item in items if isinstance(item, int))
        if not amounts or len(amounts) != len(items):
            raise TypeError(f"{self.key} is not a list of amounts")
        return amounts

    def segments(self) -> tuple[tuple[int, int], ...]:
        """(upper bound in fen, ratio in bp) pairs; one open segment for a plain ratio."""
        from gongji.kernel.benefit import NO_LIMIT_FEN

        if isinstance(self.value, int):
            return ((NO_LIMIT_FEN, self.value),)
        items = self.value if isinstance(self.value, tuple) else ()
        pairs = tuple(item for item in items if isinstance(item, tuple))
        if not pairs:
            raise TypeError(f"{self.key} is not a ratio")
        return pairs

    def names(self) -> tuple[str, ...]:
        """The words of a relations list; raises TypeError otherwise."""
        items = self.value if isinstance(self.value, tuple) else ()
        words = tuple(item for item in items if isinstance(item, str))
        if not words:
            raise TypeError(f"{self.key} is not a list of words")
        return words


@dataclass(frozen=True, slots=True)
class Source:
    """A document that values rest on; grade A official, B press, C portal, P product decision.

    ``of`` is the area for which the text speaks, where that is one area only: a city's text says
    nothing about its province.
    """

    id: str
    title: str
    address: str
    date: str
    grade: str
    number: str
    note: str
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A claim that is not loaded, with its reason; ``claims`` are numbers of the claim list."""

    kind: str  # rejected or open
    claims: tuple[str, ...]
    keys: tuple[str, ...]
    values: tuple[str, ...]  # as written; lint refuses them under these keys
    text: str
    reason: str
    sources: tuple[str, ...]


@dataclass(slots=True)
class Pack:
    """Everything one area folder says."""

    area: int
    name_zh: str
    name_en: str
    parent: int | None
    status: str
    values: dict[str, list[Value]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
