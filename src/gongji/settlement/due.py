# SPDX-License-Identifier: Apache-2.0
"""What the agency has to see to: money due to heirs, and what funds have paid too much.

Both come from settlements alone; persons are named by their number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

from gongji.ledger.accounts import DUE_TO_HEIRS

ROWS_MAX = 10_000


class HeldMoney(NamedTuple):
    """Money that came back to a closed account, fen."""

    owner: int
    area: int
    amount_fen: int


class OpenDifference(NamedTuple):
    """What funds have paid too much (negative: too little) for a person's year, fen."""

    owner: int
    year: int
    scheme: int
    pooled_fen: int
    large_fen: int
    serious_fen: int
    subsidy_fen: int
    aid_fen: int

    @property
    def fund_fen(self) -> int:
        """All funds together."""
        return sum(self[3:])


def held_money(conn: psycopg.Connection[Any], owner: int | None = None) -> list[HeldMoney]:
    """List what is due to heirs, by person and area; at most ROWS_MAX."""
    rows = conn.execute(
        "SELECT owner, party, sum(amount_fen)::bigint FROM posting WHERE account = %s"
        " AND (%s::bigint IS NULL OR owner = %s) GROUP BY owner, party"
        f" HAVING sum(amount_fen) <> 0 ORDER BY owner, party LIMIT {ROWS_MAX}",
        (DUE_TO_HEIRS, owner, owner),
    ).fetchall()
    return [HeldMoney(*row) for row in rows]


def open_differences(
    conn: psycopg.Connection[Any], owner: int | None = None
) -> list[OpenDifference]:
    """List the years in which funds have paid otherwise than what stands gives."""
    rows = conn.execute(
        "SELECT * FROM (SELECT owner, year, scheme, sum(pooled_fen)::bigint AS pooled,"
        " sum(large_fen)::bigint AS large, sum(serious_fen)::bigint AS serious,"
        " sum(subsidy_fen)::bigint AS subsidy, sum(aid_fen)::bigint AS aid FROM fund_difference"
        " WHERE %s::bigint IS NULL OR owner = %s GROUP BY owner, year, scheme) d"
        " WHERE NOT (pooled = 0 AND large = 0 AND serious = 0 AND subsidy = 0 AND aid = 0)"
        f" ORDER BY owner, year, scheme LIMIT {ROWS_MAX}",
        (owner, owner),
    ).fetchall()
    return [OpenDifference(*row) for row in rows]
