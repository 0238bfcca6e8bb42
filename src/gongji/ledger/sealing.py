# SPDX-License-Identifier: Apache-2.0
"""Seals: committed batches chained by SM3, each seal over the one before it.

A batch that becomes visible late is sealed late, never squeezed in between. Any number of sealers
may run: a transaction lock lets one chain at a time. A sealed batch can no longer be changed,
nor one be taken out of the middle, without breaking every later hash.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.pq import TransactionStatus

from gongji.kernel.errors import InvariantError
from gongji.ledger.arrays import blobs, ints
from gongji.ledger.canonical import GENESIS, batch_digest, seal_hash

SEAL_LOCK = 0x676A5EA1  # advisory lock key of the chain
BATCHES_PER_RUN = 1000
LOOK_BACK = 20_000  # newest batch ids looked through on a quick run


class Head(NamedTuple):
    """The newest seal: publish it elsewhere and nobody can rewrite what lies before it."""

    seq: int
    hash: bytes


def head(conn: Connection[Any]) -> Head:
    """The newest seal, or (0, zeros) before the first."""
    row = conn.execute("SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(0, GENESIS) if row is None else Head(row[0], bytes(row[1]))


_PENDING = """
SELECT batch_id, made_at, writer, entries, entry_ids, leaves, now() FROM ledger_batch AS b
WHERE batch_id > %(after)s AND NOT EXISTS
  (SELECT FROM seal AS s WHERE s.batch_id = b.batch_id AND s.batch_id > %(after)s)
ORDER BY batch_id LIMIT %(limit)s
"""
_INSERT = """
INSERT INTO seal (seq, batch_id, hash, sealed_at)
SELECT u.seq, u.batch_id, u.hash, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS u (seq, batch_id, hash)
"""


def seal_pending(
    conn: Connection[Any], limit: int = BATCHES_PER_RUN, *, sweep: bool = False
) -> int:
    """Seal up to ``limit`` committed batches in one transaction; returns how many.

    Looks through the newest batches only; ``sweep`` looks through all, for a batch that became
    visible much later than its neighbours (run it when a sealer starts, and now and then). The
    connection must be outside a transaction: only a fresh snapshot sees the other sealer's work.
    """
    if conn.info.transaction_status is not TransactionStatus.IDLE:
        raise InvariantError("sealing needs its own transaction")
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (SEAL_LOCK,))
        newest = conn.execute("SELECT coalesce(max(batch_id), 0) FROM ledger_batch").fetchone()
        after = 0 if sweep or newest is None else max(0, newest[0] - LOOK_BACK)
        batches = conn.execute(_PENDING, {"after": after, "limit": limit}).fetchall()
        if not batches:
            return 0
        seq, previous = head(conn)
        sealed_at: dt.datetime = batches[0][6]
        seqs, batch_ids, hashes = [], [], []
        for batch_id, made_at, writer, entries, entry_ids, leaves, _ in batches:
            seq += 1
            digest = batch_digest(batch_id, made_at, writer, entries, entry_ids, leaves)
            previous = seal_hash(previous, seq, batch_id, sealed_at, digest)
            seqs.append(seq)
            batch_ids.append(batch_id)
            hashes.append(previous)
        conn.execute(_INSERT, (sealed_at, ints(seqs), ints(batch_ids), blobs(hashes)))
        return len(batches)
