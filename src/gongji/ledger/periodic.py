# SPDX-License-Identifier: Apache-2.0
"""Periodic movements of many accounts: in batches, each once per (account, period, kind).

The row in credit_run is written with the entry under the account's lock, so a run that is
repeated, restarted after a crash, or started twice at once moves nothing twice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection
from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from gongji.kernel.errors import InvariantError
from gongji.ledger.arrays import blobs, ints
from gongji.ledger.locking import AccountRow, Variant, lock_accounts
from gongji.ledger.services import Batch, NewEntry, Posting, next_ids, post

BATCH_SIZE = 500
# What PostgreSQL says, as a mere warning, of a commit that no standby has confirmed.
SYNC_WAIT_CANCELLED = "canceling wait for synchronous replication"
ATTEMPTS_MAX = 5  # a batch that met a deadlock or a serialization failure is tried again


class NotReplicated(psycopg.OperationalError):
    """A commit whose wait for its standby was cancelled: it may be lost with this server."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a periodic job: ``business_date`` is the civil day, ``made_at`` aware."""

    business_date: dt.date
    made_at: dt.datetime
    writer: str
    batch_size: int = BATCH_SIZE
    variant: Variant = Variant.ORDERED


@dataclass(slots=True)
class Outcome:
    """What a run did; amounts fen. ``gaps`` counts accounts left out, by area and reason."""

    moved: int = 0
    amount_fen: int = 0
    repeated: int = 0
    nothing: int = 0  # the amount is 0
    without_account: int = 0
    closed: int = 0
    not_rolled: int = 0  # the year-end roll must come first
    gaps: dict[tuple[int, str], int] = field(default_factory=dict)

    def gap(self, area: int, reason: str) -> None:
        """Count an account that a missing or unconfirmed policy value left out."""
        self.gaps[area, reason] = self.gaps.get((area, reason), 0) + 1

    def add(self, other: Outcome) -> None:
        """Take over what one committed batch did."""
        self.moved += other.moved
        self.amount_fen += other.amount_fen
        self.repeated += other.repeated
        self.nothing += other.nothing
        self.without_account += other.without_account
        self.closed += other.closed
        self.not_rolled += other.not_rolled
        for key, number in other.gaps.items():
            self.gaps[key] = self.gaps.get(key, 0) + number


class Movement(NamedTuple):
    """What one account is to get: balanced postings, why (sealed), and the amount moved."""

    postings: tuple[Posting, ...]
    document: bytes
    amount_fen: int


# Decides under the account's lock; None = nothing to do, already counted in the outcome.
Plan = Callable[[AccountRow, Outcome], Movement | None]
# Runs in the same transaction after the movements, with all accounts of the batch.
After = Callable[[Connection[Any], Sequence[int]], None]


def document(**facts: object) -> bytes:
    """Canonical bytes of the reasons of a movement: JSON with sorted keys, UTF-8."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def run_batches(
    conn: Connection[Any],
    run: Run,
    kind: int,
    period: int,
    owners: Iterable[int],
    plan: Plan,
    after: After | None = None,
) -> Outcome:
    """Move money of many accounts, one transaction per batch; safe to run again at any time.

    Raises InvariantError inside a transaction of the caller. After a lost connection, or a commit
    that no standby has confirmed (NotReplicated), the batches before it stand; start the run again.
    """
    if conn.info.transaction_status is not TransactionStatus.IDLE:
        raise InvariantError("a periodic run needs its own transactions")
    outcome = Outcome()
    warned: list[str] = []

    def on_notice(diagnostic: pg.Diagnostic) -> None:
        if SYNC_WAIT_CANCELLED in (diagnostic.message_primary or ""):
            warned.append(SYNC_WAIT_CANCELLED)

    conn.add_notice_handler(on_notice)
    try:
        for chunk in _chunks(owners, run.batch_size):
            done = _with_retries(conn, run, kind, period, chunk, plan, after)
            if warned:
                raise NotReplicated("a batch was committed here, but no standby has confirmed it")
            outcome.add(done)
    finally:
        conn.remove_notice_handler(on_notice)
    return outcome


def _chunks(owners: Iterable[int], size: int) -> Iterator[list[int]]:
    source = iter(owners)
    while chunk := list(islice(source, size)):
        yield chunk


def _with_retries(
    conn: Connection[Any],
    run: Run,
    kind: int,
    period: int,
    chunk: list[int],
    plan: Plan,
    after: After | None,
) -> Outcome:
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with conn.transaction():
                return _one_batch(conn, run, kind, period, chunk, plan, after)
        except (pg.DeadlockDetected, pg.SerializationFailure):
            if attempt == ATTEMPTS_MAX:
                raise
    raise InvariantError("a batch was never tried")


def _one_batch(
    conn: Connection[Any],
    run: Run,
    kind: int,
    period: int,
    chunk: list[int],
    plan: Plan,
    after: After | None,
) -> Outcome:
    outcome = Outcome()
    owners = sorted(set(chunk))
    outcome.repeated += len(chunk) - len(owners)
    accounts = lock_accounts(conn, owners, run.variant)
    done = _done(conn, owners, period, kind)  # read under the locks
    movements: list[tuple[int, Movement]] = []
    for owner in owners:
        row = accounts.get(owner)
        if row is None:
            outcome.without_account += 1
        elif owner in done:
            outcome.repeated += 1
        else:
            movement = plan(row, outcome)
            if movement is not None:
                movements.append((owner, movement))
    if movements:
        _write(conn, run, kind, period, movements)
    if after is not None:
        after(conn, list(accounts))
    outcome.moved += len(movements)
    outcome.amount_fen += sum(movement.amount_fen for _, movement in movements)
    return outcome


def _done(conn: Connection[Any], owners: Sequence[int], period: int, kind: int) -> set[int]:
    rows = conn.execute(
        "SELECT owner FROM credit_run"
        " WHERE owner = ANY(%s::bigint[]) AND period = %s AND kind = %s",
        (ints(owners), period, kind),
    )
    return {row[0] for row in rows}


def _write(
    conn: Connection[Any],
    run: Run,
    kind: int,
    period: int,
    movements: Sequence[tuple[int, Movement]],
) -> None:
    entry_ids = next_ids(conn, len(movements))
    entries = [
        NewEntry(owner, entry_id, kind, run.business_date, None, move.postings, move.document)
        for entry_id, (owner, move) in zip(entry_ids, movements, strict=True)
    ]
    conn.execute(
        "INSERT INTO credit_run (owner, period, kind, entry_id, document)"
        " SELECT u.owner, %s, %s, u.entry_id, u.document"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS u (owner, entry_id, document)",
        (
            period,
            kind,
            ints([owner for owner, _ in movements]),
            ints(entry_ids),
            blobs([move.document for _, move in movements]),
        ),
    )
    post(conn, Batch(entries, run.writer, run.made_at), lock=False)
