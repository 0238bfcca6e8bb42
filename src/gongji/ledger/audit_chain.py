# SPDX-License-Identifier: Apache-2.0
"""Audit of the hashes: every leaf from its rows, every seal from its batch and the seal before.

The rows stream from server-side cursors in the order of batches; memory holds one window only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import Connection

from gongji.ledger.accounts import CREDIT, INTEREST, SETTLED, YEAR_ROLL
from gongji.ledger.arrays import ints
from gongji.ledger.canonical import (
    GENESIS,
    LEAF_BYTES,
    batch_digest,
    canonical_entry,
    seal_hash,
    sm3,
)
from gongji.ledger.report import Report

# Gives the sealed documents of entries: (owner, entry_id) pairs -> bytes by entry_id.
Documents = Callable[[Connection[Any], Sequence[tuple[int, int]]], Mapping[int, bytes]]
Anchor = tuple[int, bytes]  # a head that was published earlier: seq and hash

WINDOW_BATCHES = 64
FETCH_ROWS = 2000
_PERIODIC = frozenset({CREDIT, INTEREST, YEAR_ROLL})

_BATCHES = (
    "SELECT batch_id, made_at, writer, entries, entry_ids, leaves FROM ledger_batch"
    " ORDER BY batch_id"
)
# The bytes of the postings are put together in the database: one row per entry to fetch.
_ENTRIES = """
WITH legs AS (
  SELECT entry_id, string_agg(int2send(seq) || int8send(owner) || int2send(account)
    || int8send(party) || int8send(amount_fen), ''::bytea ORDER BY seq, owner) AS legs
  FROM posting GROUP BY entry_id
)
SELECT e.batch_id, e.entry_id, e.owner, e.kind, e.business_date - date '2000-01-01',
  coalesce(e.reversal_of, 0), coalesce(legs.legs, ''::bytea)
FROM entry AS e LEFT JOIN legs ON legs.entry_id = e.entry_id ORDER BY e.batch_id
"""
_SEALS = """
SELECT s.seq, s.batch_id, s.hash, s.sealed_at,
  b.batch_id, b.made_at, b.writer, b.entries, b.entry_ids, b.leaves
FROM seal AS s LEFT JOIN ledger_batch AS b ON b.batch_id = s.batch_id ORDER BY s.seq
"""


class _Entry(NamedTuple):
    batch_id: int
    entry_id: int
    owner: int
    kind: int
    day: int
    reversal_of: int
    legs: bytes

    @property
    def key(self) -> str:
        return f"owner {self.owner}, entry {self.entry_id}"


def _stream(conn: Connection[Any], name: str, sql: str) -> Iterator[tuple[Any, ...]]:
    with conn.cursor(name=name, binary=True) as cursor:
        cursor.itersize = FETCH_ROWS
        yield from cursor.execute(sql)


def credit_documents(conn: Connection[Any], keys: Sequence[tuple[int, int]]) -> Mapping[int, bytes]:
    """The documents of credits, interest and rolls, from credit_run."""
    if not keys:
        return {}
    rows = conn.execute(
        "SELECT c.entry_id, c.document FROM credit_run AS c WHERE c.owner = ANY(%s::bigint[])"
        " AND c.entry_id = ANY(%s::bigint[])",
        (ints([k[0] for k in keys]), ints([k[1] for k in keys])),
        binary=True,
    )
    return dict(rows.fetchall())


def _documents_of(
    conn: Connection[Any], entries: Sequence[_Entry], source: Documents | None
) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    periodic = [(e.owner, e.entry_id) for e in entries if e.kind in _PERIODIC]
    found.update(credit_documents(conn, periodic))
    settled = [(e.owner, e.entry_id) for e in entries if e.kind in SETTLED]
    if source is not None and settled:
        found.update(source(conn, settled))
    return found


def leaves(conn: Connection[Any], report: Report, source: Documents | None) -> None:
    """Each entry hashes to the leaf that its batch holds; ids and numbers of batches agree."""
    entries = _stream(conn, "audit_entries", _ENTRIES)
    waiting = next(entries, None)
    unchecked = 0
    window: list[tuple[Any, ...]] = []
    batches = _stream(conn, "audit_batches", _BATCHES)
    while True:
        window = [row for _, row in zip(range(WINDOW_BATCHES), batches, strict=False)]
        last = window[-1][0] if window else None
        rows: list[_Entry] = []
        while waiting is not None and (last is None or waiting[0] <= last):
            rows.append(_Entry(*waiting))
            waiting = next(entries, None)
            if last is None and len(rows) >= FETCH_ROWS:
                break
        if not window and not rows:
            break
        expected = _expected_leaves(window, report)
        documents = _documents_of(conn, rows, source)
        for row in rows:
            unchecked += _check_leaf(row, expected, documents, source is not None, report)
        for (batch_id, entry_id), _ in expected.items():
            report.fault("ledger_batch", f"batch {batch_id}", f"its entry {entry_id}", "none")
    if unchecked:
        report.note(f"{unchecked} settlement leaves not checked: no source of documents")


def _expected_leaves(
    window: Sequence[tuple[Any, ...]], report: Report
) -> dict[tuple[int, int], bytes]:
    """Leaves by (batch, entry); checks the numbers that a batch states about itself."""
    expected: dict[tuple[int, int], bytes] = {}
    for batch_id, _, _, count, entry_ids, packed in window:
        if not count == len(entry_ids) == len(set(entry_ids)) == len(packed) // LEAF_BYTES:
            report.fault(
                "ledger_batch",
                f"batch {batch_id}",
                "as many entries as ids and leaves",
                f"{count}, {len(entry_ids)} ids, {len(packed)} bytes of leaves",
            )
        for index, entry_id in enumerate(entry_ids):
            start = index * LEAF_BYTES
            expected[batch_id, entry_id] = packed[start : start + LEAF_BYTES]
    return expected


def _check_leaf(
    row: _Entry,
    expected: dict[tuple[int, int], bytes],
    documents: Mapping[int, bytes],
    complete: bool,
    report: Report,
) -> int:
    """Compare one leaf; returns 1 when it could not be judged for want of its document."""
    wanted = expected.pop((row.batch_id, row.entry_id), None)
    if wanted is None:
        report.fault("entry", row.key, f"listed once in batch {row.batch_id}", "not listed")
        return 0
    document = documents.get(row.entry_id, b"")
    found = sm3(
        canonical_entry(
            row.entry_id, row.owner, row.kind, row.day, row.reversal_of, row.legs, document
        )
    )
    if found == wanted:
        return 0
    if row.kind in SETTLED and not complete:
        return 1
    report.fault(
        "entry",
        f"{row.key} (the row, its postings or its document)",
        f"leaf {wanted.hex()[:16]} of batch {row.batch_id}",
        found.hex()[:16],
    )
    return 0


def seals(conn: Connection[Any], report: Report, anchors: Sequence[Anchor]) -> None:
    """The chain from the first seal to the newest; heads published earlier still lie on it."""
    previous, last_seq = GENESIS, 0
    published = dict(anchors)
    for row in _stream(conn, "audit_seals", _SEALS):
        seq, batch_id, stored, sealed_at, found_id, *batch = row
        key = f"seq {seq}, batch {batch_id}"
        if seq != last_seq + 1:
            report.fault("seal", key, f"seq {last_seq + 1} next", f"seq {seq}")
        if found_id is None:
            report.fault("seal", key, f"batch {batch_id}", "none")
        else:
            made_at, writer, entries, entry_ids, packed = batch
            digest = batch_digest(found_id, made_at, writer, entries, entry_ids, packed)
            computed = seal_hash(previous, seq, batch_id, sealed_at, digest)
            if computed != stored:
                report.fault(
                    "seal",
                    f"{key} (the seal, or the row of its batch)",
                    f"hash {stored.hex()[:16]}",
                    computed.hex()[:16],
                )
        if seq in published and published.pop(seq) != stored:
            report.fault("seal", key, "the hash that was published", stored.hex())
        # The stored hash, not the computed one: a fault is named where it is, once.
        previous, last_seq = stored, seq
    for seq, hash_ in published.items():
        report.fault("seal", f"seq {seq}", f"the published {hash_.hex()[:16]}", "none")
    report.head_seq, report.head_hash = last_seq, previous.hex() if last_seq else ""
    _unsealed(conn, report)


def _unsealed(conn: Connection[Any], report: Report) -> None:
    row = conn.execute(
        "SELECT count(*), min(batch_id), min(made_at) FROM ledger_batch AS b"
        " WHERE NOT EXISTS (SELECT FROM seal AS s WHERE s.batch_id = b.batch_id)"
    ).fetchone()
    unsealed = row[0] if row else 0
    report.count("unsealed batches", unsealed)
    if row and unsealed:
        report.note(f"{unsealed} batches wait for their seal, the oldest is {row[1]} of {row[2]}")
