# SPDX-License-Identifier: Apache-2.0
"""Accounts taken over from elsewhere: opened together with their balances, once.

An account that already exists is left as it is, so a take-over may be repeated after a crash.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from psycopg import Connection

from gongji.ledger.accounts import OPENING, OPENING_BALANCES, PA_CARRIED, PA_CURRENT
from gongji.ledger.arrays import dates, ints
from gongji.ledger.periodic import Run
from gongji.ledger.services import Batch, NewEntry, Posting, next_ids, post


class Opening(NamedTuple):
    """An account with its two buckets, fen; ``year`` is what its current bucket stands for."""

    owner: int
    area: int
    year: int
    opened: dt.date
    current_fen: int
    carried_fen: int


def open_with_balances(conn: Connection[Any], openings: Iterable[Opening], run: Run) -> int:
    """Open accounts and post their balances, batch by batch; returns how many are new.

    Each batch is a transaction (or a savepoint of the caller's).
    """
    opened = 0
    source = iter(openings)
    while chunk := list(islice(source, run.batch_size)):
        with conn.transaction():
            opened += _one_batch(conn, chunk, run)
    return opened


def _one_batch(conn: Connection[Any], chunk: Sequence[Opening], run: Run) -> int:
    wanted = {opening.owner: opening for opening in reversed(chunk)}
    rows = [wanted[owner] for owner in sorted(wanted)]
    fresh = conn.execute(
        "INSERT INTO account (owner, area, year, opened)"
        " SELECT * FROM unnest(%s::bigint[], %s::integer[], %s::smallint[], %s::date[])"
        " ON CONFLICT (owner) DO NOTHING RETURNING owner",
        (
            ints([row.owner for row in rows]),
            ints([row.area for row in rows]),
            ints([row.year for row in rows]),
            dates([row.opened for row in rows]),
        ),
    ).fetchall()
    owners = [owner for (owner,) in fresh]
    funded = [wanted[o] for o in owners if wanted[o].current_fen or wanted[o].carried_fen]
    if funded:
        entry_ids = next_ids(conn, len(funded))
        entries = [
            NewEntry(row.owner, entry_id, OPENING, run.business_date, None, _postings(row))
            for entry_id, row in zip(entry_ids, funded, strict=True)
        ]
        # Nobody else can see these accounts yet: there is nothing to lock.
        post(conn, Batch(entries, run.writer, run.made_at), lock=False)
    return len(owners)


def _postings(row: Opening) -> tuple[Posting, ...]:
    amounts = (
        (OPENING_BALANCES, -row.current_fen - row.carried_fen),
        (PA_CURRENT, row.current_fen),
        (PA_CARRIED, row.carried_fen),
    )
    return tuple(
        Posting(row.owner, account, row.area, amount_fen)
        for account, amount_fen in amounts
        if amount_fen
    )
