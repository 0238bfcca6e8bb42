# SPDX-License-Identifier: Apache-2.0
"""What a visitor has typed, read field by field: a value, or a sentence that stands at the field.

Amounts come in yuan with at most two decimals and leave as fen; full-width figures, the signs ￥
and 元 and marks between groups of three digits are taken as people type them. A mark anywhere else
is a message at the field: 780,5 may mean 780.50.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from gongji.policy.units import typed_fen

AMOUNT_FEN_MAX = 10_000_000_00  # ten million yuan: more is a slip of the finger
TEXT_MAX = 80
FIRST_YEAR, LAST_YEAR = 1990, 2100
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z")


class Problem(NamedTuple):
    """One field that cannot be understood, in both languages."""

    field: str
    zh: str
    en: str


class Given:
    """The fields of one GET form; ``problems`` fills up while they are read."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self.problems: list[Problem] = []

    def raw(self, field: str, default: str = "") -> str:
        """As typed, for showing it again."""
        return self._query.get(field, default)

    def text(self, field: str) -> str:
        """Plain words: normalised, without control characters, at most TEXT_MAX characters."""
        typed = unicodedata.normalize("NFKC", self.raw(field))
        return "".join(c if c.isprintable() else " " for c in typed).strip()[:TEXT_MAX]

    def complain(self, field: str, zh: str, en: str) -> None:
        """Note a problem of a field."""
        self.problems.append(Problem(field, zh, en))

    def day(self, field: str, default: dt.date) -> dt.date:
        """A day; the default when nothing is typed or it is none."""
        return self.maybe_day(field) or default

    def maybe_day(self, field: str) -> dt.date | None:
        """A day, None when nothing is typed or it is none."""
        typed = self.text(field)
        if not typed:
            return None
        match = _DAY.match(typed)
        try:
            found = dt.date(*(int(part) for part in match.groups())) if match else None
        except ValueError:
            found = None
        if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.complain(
                field,
                f"“{typed}”不是可用的日期，请写成 2026-01-31",
                f"“{typed}” is not a day; write it as 2026-01-31",
            )
            return None
        return found

    def yuan(self, field: str, default_fen: int = 0) -> int:
        """An amount in fen."""
        typed = self.text(field)
        if not typed:
            return default_fen
        try:
            amount_fen = typed_fen(typed)
        except ValueError:
            amount_fen = -1
        if not 0 <= amount_fen <= AMOUNT_FEN_MAX:
            self.complain(
                field,
                f"“{self.text(field)}”不是可用的金额，请写元，最多两位小数，如 780.50",
                f"“{self.text(field)}” is not an amount; write yuan, such as 780.50",
            )
            return default_fen
        return amount_fen

    def whole(self, field: str, default: int, low: int, high: int) -> int:
        """A whole number between two bounds, both included."""
        typed = self.text(field)
        if not typed:
            return default
        if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
            number = low - 1
        else:
            number = int(typed)
        if not low <= number <= high:
            self.complain(
                field,
                f"“{typed}”不对，请写 {low} 到 {high} 的整数",
                f"“{typed}” is not a whole number from {low} to {high}",
            )
            return default
        return number

    def choice(self, field: str, allowed: tuple[str, ...], default: str) -> str:
        """One of the words offered; the default when nothing is chosen."""
        typed = self.text(field)
        if not typed:
            return default
        if typed not in allowed:
            self.complain(field, "请从列出的几项里选一项", "choose one of those listed")
            return default
        return typed
