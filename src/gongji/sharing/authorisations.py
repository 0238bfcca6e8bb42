# SPDX-License-Identifier: Apache-2.0
"""An authorisation (共济授权) as other rooms see it, and how it is read; nothing is written here.

The recipient is the owner of the row. ``relation`` says what the recipient is to the giver
(national code, see ``relations``). ``uses`` is a bit mask, bit ``1 << setting``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from gongji.kernel.benefit import NO_LIMIT_FEN
from gongji.policy.eligibility import ACTIVE, ENDED, PAUSED
from gongji.policy.givers import ALL_USES, USE_BITS

__all__ = [
    "ACTIVE",
    "ALL_USES",
    "AUTHORISATION_COLUMNS",
    "ENDED",
    "PAUSED",
    "USE_BITS",
    "Authorisation",
    "load_for",
    "load_from",
]

AUTHORISATION_COLUMNS = (
    "recipient, auth_id, giver, relation, position, uses, state, valid_from, valid_until,"
    " visit_limit_fen, day_limit_fen, year_limit_fen, grant_fen, used_day, used_day_fen,"
    " used_year, used_year_fen, used_grant_fen, made_at, ended_at,"
    " ended_reason"
)


@dataclass(slots=True)
class Authorisation:
    """One row of table authorisation, fields in the order of ``AUTHORISATION_COLUMNS``; fen.

    A limit of None does not limit. The used sums belong to ``used_day`` and ``used_year``; on a
    later day or in a later year they count as nothing. ``ended_reason`` is the reason code of
    what ended it by itself, 0 where somebody did.
    """

    recipient: int
    auth_id: int
    giver: int
    relation: int
    position: int
    uses: int
    state: int
    valid_from: dt.date
    valid_until: dt.date | None
    visit_limit_fen: int | None
    day_limit_fen: int | None
    year_limit_fen: int | None
    grant_fen: int | None
    used_day: dt.date
    used_day_fen: int
    used_year: int
    used_year_fen: int
    used_grant_fen: int
    made_at: dt.datetime
    ended_at: dt.datetime | None
    ended_reason: int = 0

    def allows_use(self, setting: int) -> bool:
        """Whether the giver granted this setting of care."""
        return self.uses & (1 << setting) != 0

    def in_force(self, on: dt.date) -> bool:
        """Whether the giver's consent covers a day: neither paused nor ended, within its days."""
        until = self.valid_until
        return self.state == ACTIVE and self.valid_from <= on and (until is None or on <= until)

    def spend(self, on: dt.date, amount_fen: int) -> None:
        """Count money paid on ``on`` against the limits (negative: given back by a reversal).

        A clock may step back, and servers may differ by seconds at midnight: what is paid after a
        later day has been counted, counts on that later day. What is given back for a day or year
        that is over, or that was counted on a later one, counts for nothing any more.
        """
        if amount_fen <= 0:
            self.recount(on, amount_fen)
            return
        if self.used_day < on:
            self.used_day, self.used_day_fen = on, 0
        if self.used_year < on.year:
            self.used_year, self.used_year_fen = on.year, 0
        self.used_day_fen += amount_fen
        self.used_year_fen += amount_fen
        self.used_grant_fen += amount_fen

    def recount(self, on: dt.date, amount_fen: int) -> None:
        """Correct what ``on``, a day that was paid on, has used (negative: given back)."""
        if self.used_day == on:
            self.used_day_fen = max(0, self.used_day_fen + amount_fen)
        if self.used_year == on.year:
            self.used_year_fen = max(0, self.used_year_fen + amount_fen)
        self.used_grant_fen = max(0, self.used_grant_fen + amount_fen)

    def visit_left_fen(self) -> int:
        """What one visit may still take, fen."""
        return _left_fen(self.visit_limit_fen, 0)

    def day_left_fen(self, on: dt.date) -> int:
        """What the civil day ``on`` may still take, fen; a later day counts, as for ``spend``."""
        return _left_fen(self.day_limit_fen, self.used_day_fen if self.used_day >= on else 0)

    def year_left_fen(self, year: int) -> int:
        """What the year may still take, fen; a later year counts, as for ``spend``."""
        return _left_fen(self.year_limit_fen, self.used_year_fen if self.used_year >= year else 0)

    def grant_left_fen(self) -> int:
        """What is left of a grant given once, fen."""
        return _left_fen(self.grant_fen, self.used_grant_fen)


def _left_fen(limit_fen: int | None, used_fen: int) -> int:
    # A limit may have been lowered below what was used already.
    return NO_LIMIT_FEN if limit_fen is None else max(0, limit_fen - used_fen)


def load_for(
    conn: Connection[Any], recipients: Iterable[int], *, ended: bool = False
) -> dict[int, list[Authorisation]]:
    """Authorisations by recipient in their order, ended ones only when asked for; one query."""
    return _grouped(conn, "recipient", recipients, ended)


def load_from(
    conn: Connection[Any], givers: Iterable[int], *, ended: bool = False
) -> dict[int, list[Authorisation]]:
    """Authorisations by giver, the oldest first, ended ones only when asked for; one query."""
    return _grouped(conn, "giver", givers, ended)


def _grouped(
    conn: Connection[Any], column: str, owners: Iterable[int], ended: bool
) -> dict[int, list[Authorisation]]:
    order = "recipient, position, auth_id" if column == "recipient" else "giver, auth_id"
    live = "" if ended else f" AND state <> {ENDED}"
    rows = conn.execute(
        f"SELECT {AUTHORISATION_COLUMNS} FROM authorisation"
        f" WHERE {column} = ANY(%s){live} ORDER BY {order}",
        (list(owners),),
    ).fetchall()
    found: dict[int, list[Authorisation]] = {}
    for row in rows:
        one = Authorisation(*row)
        key = one.recipient if column == "recipient" else one.giver
        found.setdefault(key, []).append(one)
    return found
