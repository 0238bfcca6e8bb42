# SPDX-License-Identifier: Apache-2.0
"""The one place where personal accounts are locked, always before balances are read.

Order: ascending owner, in every writer. One PostgreSQL locks by ordered FOR UPDATE; a sharded
engine cannot, and locks by UPDATE ... RETURNING, where a deadlock is possible and the whole batch
is tried again. READ COMMITTED only: an older snapshot would read balances of before the lock.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum
from typing import Any, NamedTuple

from psycopg import Connection

from gongji.ledger.arrays import ints


class Variant(IntEnum):
    """How rows are locked."""

    ORDERED = 1  # one PostgreSQL
    RETURNING = 2  # sharded (Citus): no FOR UPDATE over several shards


class AccountRow(NamedTuple):
    """A personal account as read under its lock; amounts fen."""

    owner: int
    area: int
    status: int
    current_fen: int
    carried_fen: int
    year: int

    @property
    def balance_fen(self) -> int:
        """Both buckets."""
        return self.current_fen + self.carried_fen


_COLUMNS = "owner, area, status, current_fen, carried_fen, year"
# The sort happens below the locking node, so rows are locked in the order of owner.
LOCK_ORDERED = (
    f"SELECT {_COLUMNS} FROM account WHERE owner = ANY(%s::bigint[]) ORDER BY owner FOR UPDATE"
)
LOCK_RETURNING = (
    f"UPDATE account SET year = year WHERE owner = ANY(%s::bigint[]) RETURNING {_COLUMNS}"
)


def lock_sql(variant: Variant) -> str:
    """The locking statement, for callers that pipeline; one parameter, ``arrays.ints(owners)``."""
    return LOCK_ORDERED if variant is Variant.ORDERED else LOCK_RETURNING


def lock_accounts(
    conn: Connection[Any], owners: Collection[int], variant: Variant = Variant.ORDERED
) -> dict[int, AccountRow]:
    """Lock the accounts until the end of the transaction; owners without one are left out."""
    if not owners:
        return {}
    rows = conn.execute(lock_sql(variant), (ints(owners),)).fetchall()
    return {row[0]: AccountRow(*row) for row in rows}
