# SPDX-License-Identifier: Apache-2.0
"""``post``: the one way in for money. Everything of a batch is written, or nothing.

An entry sums to 0, balances move in the statement that writes the postings, and no bucket goes
below 0. The caller owns the transaction and either holds the locks or asks ``post`` to take them.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, Cursor

from gongji.kernel.errors import InvariantError
from gongji.ledger import wire
from gongji.ledger.accounts import (
    ACCOUNT_NAMES,
    CORRECTION,
    INSTITUTION,
    KIND_NAMES,
    MIRRORS,
    PA_CARRIED,
    PA_CURRENT,
    SETTLEMENT,
)
from gongji.ledger.arrays import dates, ints
from gongji.ledger.canonical import canonical_entry, canonical_legs, day_number, sm3
from gongji.ledger.errors import account_missing, balance_not_enough, translate
from gongji.ledger.locking import Variant, lock_accounts
from gongji.ledger.wire import Statement

ENTRIES_PER_BATCH_MAX = 2048
POSTINGS_PER_ENTRY_MAX = 512
ID_BLOCK_SIZE = 1024  # entry ids fetched at once by an IdBlock


class Posting(NamedTuple):
    """One signed amount, fen: negative pays, positive receives. Meaning of party: accounts.py."""

    owner: int
    account: int
    party: int
    amount_fen: int


class NewEntry(NamedTuple):
    """A balanced set of postings. ``document`` = canonical bytes of what it stands for."""

    owner: int
    entry_id: int
    kind: int
    business_date: dt.date
    reversal_of: int | None
    postings: tuple[Posting, ...]
    document: bytes = b""


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries that become visible together. ``writer`` names the process, ``made_at`` is aware."""

    entries: Sequence[NewEntry]
    writer: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked batch, ready to send: deltas of accounts (current, carried) and parameters."""

    deltas: dict[int, list[int]]
    leaves: bytes
    params: tuple[bytes, ...]


# Sets of rows come through unnest in the select list, in lockstep: no row is kept on the side.
# Where another number of accounts moved than should have, the last column divides by zero: the
# statement fails in the server, whatever is sent behind it, the commit included.
WRITE_SQL = """
WITH batch AS (
  INSERT INTO ledger_batch (batch_id, made_at, writer, entries, entry_ids, leaves)
  VALUES (nextval('ledger_batch_seq'), %s, %s, %s::bigint, %s::bigint[], %s) RETURNING batch_id
), new_entry AS (
  INSERT INTO entry (owner, entry_id, batch_id, kind, business_date, reversal_of)
  SELECT unnest(%s::bigint[]), unnest(%s::bigint[]), batch.batch_id, unnest(%s::bigint[]),
    unnest(%s::date[]), unnest(%s::bigint[]) FROM batch
), new_posting AS (
  INSERT INTO posting (owner, entry_id, seq, account, party, amount_fen)
  SELECT unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]),
    unnest(%s::bigint[]), unnest(%s::bigint[])
), moved AS (
  UPDATE account AS a
  SET current_fen = a.current_fen + d.current_fen, carried_fen = a.carried_fen + d.carried_fen
  FROM (SELECT unnest(%s::bigint[]) AS owner, unnest(%s::bigint[]) AS current_fen,
    unnest(%s::bigint[]) AS carried_fen) AS d
  WHERE a.owner = d.owner RETURNING 1
)
SELECT (SELECT batch_id FROM batch),
  1 / ((SELECT count(*) FROM moved) = %s::bigint)::integer
"""
WRITE = Statement(WRITE_SQL)


def _leaf_of(entry: NewEntry, rows: list[tuple[int, ...]], deltas: dict[int, list[int]]) -> bytes:
    """Check one entry, add its rows and deltas, return its leaf; raises InvariantError."""
    owner, entry_id, kind, day, reversal_of, postings, document = entry
    if kind not in KIND_NAMES or owner <= 0 or entry_id <= 0:
        raise InvariantError(f"entry {entry_id}: kind {kind}, owner {owner}")
    if (reversal_of is not None) != (kind in MIRRORS) or reversal_of == entry_id:
        raise InvariantError(f"entry {entry_id}: kind {kind} with reversal_of {reversal_of}")
    # The last bill of a stay, and its mirror, may move nothing that interim bills have not moved.
    fewest = 0 if kind == CORRECTION or kind in MIRRORS else 2
    if not fewest <= len(postings) <= POSTINGS_PER_ENTRY_MAX:
        raise InvariantError(f"entry {entry_id}: {len(postings)} postings")
    total = 0
    flat: list[int] = []
    for seq, (leg_owner, account, party, amount_fen) in enumerate(postings):
        if amount_fen == 0 or leg_owner <= 0 or account not in ACCOUNT_NAMES:
            raise InvariantError(f"entry {entry_id}: posting {seq} is {postings[seq]}")
        total += amount_fen
        flat += (seq, leg_owner, account, party, amount_fen)
        rows.append((leg_owner, entry_id, seq, account, party, amount_fen))
        if kind == SETTLEMENT and (amount_fen > 0) != (account == INSTITUTION):
            raise InvariantError(f"entry {entry_id}: a settlement takes back by {postings[seq]}")
        if account in (PA_CURRENT, PA_CARRIED):
            delta = deltas.get(leg_owner)
            if delta is None:
                delta = deltas[leg_owner] = [0, 0]
            delta[account - PA_CURRENT] += amount_fen
    if total != 0:
        raise InvariantError(f"entry {entry_id} sums to {total} fen, not to 0")
    try:
        legs = canonical_legs(flat)
    except struct.error as broken:  # an amount that is no integer, or does not fit
        raise InvariantError(f"entry {entry_id}: {broken}") from broken
    reversed_id = 0 if reversal_of is None else reversal_of
    return sm3(canonical_entry(entry_id, owner, kind, day_number(day), reversed_id, legs, document))


def prepare(batch: Batch) -> Prepared:
    """Check a batch and lay out its statement; touches no database.

    Raises InvariantError on anything a caller must never ask for: an unbalanced entry, a zero
    amount, an unknown code, a repeated id, a naive time.
    """
    entries = batch.entries
    if not 1 <= len(entries) <= ENTRIES_PER_BATCH_MAX:
        raise InvariantError(f"{len(entries)} entries in one batch")
    if batch.made_at.tzinfo is None:
        raise InvariantError("made_at without zone")
    rows: list[tuple[int, ...]] = []
    deltas: dict[int, list[int]] = {}
    leaves = b"".join([_leaf_of(entry, rows, deltas) for entry in entries])
    if len({entry.entry_id for entry in entries}) != len(entries):
        raise InvariantError("an entry id is repeated in one batch")
    try:
        params = _params(batch, leaves, rows, deltas)
    except struct.error as broken:
        raise InvariantError(f"a batch with a number that does not fit: {broken}") from broken
    return Prepared(deltas, leaves, params)


def _params(
    batch: Batch, leaves: bytes, rows: list[tuple[int, ...]], deltas: dict[int, list[int]]
) -> tuple[bytes, ...]:
    owners, entry_ids, kinds, days, reversals, _, _ = zip(*batch.entries, strict=True)
    ids = wire.int8s(entry_ids)
    changes = deltas.values()
    return (
        wire.moment(batch.made_at),
        wire.text(batch.writer),
        wire.int8(len(batch.entries)),
        ids,
        leaves,
        wire.int8s(owners),
        ids,
        wire.int8s(kinds),
        wire.dates(days),
        wire.optional_int8s(reversals),
        *[wire.int8s(column) for column in (zip(*rows, strict=True) if rows else [()] * 6)],
        wire.int8s(deltas),
        wire.int8s([change[0] for change in changes]),
        wire.int8s([change[1] for change in changes]),
        wire.int8(len(deltas)),
    )


def send(cursor: Cursor[Any], prepared: Prepared) -> None:
    """Issue the one statement; in pipeline mode it returns before the server has answered."""
    cursor.execute(WRITE_SQL, prepared.params)


def confirm(cursor: Cursor[Any]) -> int:
    """The batch id that the statement gave."""
    row = cursor.fetchone()
    if row is None:
        raise InvariantError("a batch without an id")
    batch_id: int = row[0]
    return batch_id


def post(
    conn: Connection[Any], batch: Batch, *, lock: bool, variant: Variant = Variant.ORDERED
) -> int:
    """Write a batch in the caller's transaction; returns its batch id.

    ``lock=False``: the caller holds the accounts' row locks (``locking``) and has read balances
    under them. ``lock=True``: they are taken here. Raises InvariantError (caller's fault), or a
    Refusal: already reversed, balance too low, no account. After either the transaction is over.
    """
    prepared = prepare(batch)
    if lock:
        _lock_and_check(conn, prepared, variant)
    with conn.cursor() as cursor:
        try:
            send(cursor, prepared)
            return confirm(cursor)
        except psycopg.Error as error:
            meaning = translate(error)
            if meaning is error:
                raise
            raise meaning from error


def _lock_and_check(conn: Connection[Any], prepared: Prepared, variant: Variant) -> None:
    found = lock_accounts(conn, prepared.deltas.keys(), variant)
    for owner, (current_fen, carried_fen) in prepared.deltas.items():
        row = found.get(owner)
        if row is None:
            raise account_missing(owner)
        if row.current_fen + current_fen < 0 or row.carried_fen + carried_fen < 0:
            raise balance_not_enough()


def next_ids(conn: Connection[Any], count: int) -> list[int]:
    """Fresh entry ids in one query; ids of a rolled-back transaction are never used again."""
    rows = conn.execute("SELECT nextval('entry_seq') FROM generate_series(1, %s)", (count,))
    return [row[0] for row in rows]


class IdBlock:
    """Entry ids kept in this process, fetched a block at a time; safe for several threads.

    Ids are unique, not dense and not in order of time: order is the batch's and the seal's.
    """

    def __init__(self, size: int = ID_BLOCK_SIZE) -> None:
        self._size = size
        self._free: list[int] = []  # descending, so that the next id is popped from the end
        self._lock = Lock()

    def take(self, conn: Connection[Any], count: int) -> list[int]:
        """``count`` ids, with a query only when the block runs out."""
        with self._lock:
            if len(self._free) < count:
                fresh = next_ids(conn, max(self._size, count))
                self._free = fresh[::-1] + self._free
            taken = self._free[-count:][::-1] if count else []
            del self._free[len(self._free) - count :]
            return taken


class NewAccount(NamedTuple):
    """A personal account to open; ``year`` is the year that its current bucket stands for."""

    owner: int
    area: int
    year: int
    opened: dt.date


def open_accounts(conn: Connection[Any], accounts: Iterable[NewAccount]) -> int:
    """Open empty accounts; existing ones are left as they are. Returns how many are new."""
    rows = sorted(set(accounts))
    if not rows:
        return 0
    owners, areas, years, opened = zip(*rows, strict=True)
    return conn.execute(
        "INSERT INTO account (owner, area, year, opened)"
        " SELECT * FROM unnest(%s::bigint[], %s::integer[], %s::smallint[], %s::date[])"
        " ON CONFLICT (owner) DO NOTHING",
        (ints(owners), ints(areas), ints(years), dates(opened)),
    ).rowcount


def set_account_status(conn: Connection[Any], owner: int, status: int) -> None:
    """Make an account ACTIVE, FROZEN or CLOSED; raises Refusal when there is none."""
    changed = conn.execute("UPDATE account SET status = %s WHERE owner = %s", (status, owner))
    if changed.rowcount != 1:
        raise account_missing(owner)
