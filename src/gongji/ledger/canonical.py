# SPDX-License-Identifier: Apache-2.0
"""The bytes that are hashed: entries, batches and seals in one fixed, documented form.

Every byte follows from database rows alone (integers big-endian, dates as days since 2000-01-01,
times as microseconds since 1970 UTC), so an auditor can rebuild them in SQL. The hash is SM3.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.hashes import SM3, Hash

LEAF_BYTES: Final = 32
GENESIS: Final = bytes(LEAF_BYTES)  # stands before the first seal
_DAY_ZERO: Final = dt.date(2000, 1, 1).toordinal()
_TIME_ZERO: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_ALGORITHM: Final = SM3()
_ENTRY_TAG: Final = b"GJE1"
_BATCH_TAG: Final = b"GJB1"
_SEAL_TAG: Final = b"GJS1"
POSTING_BYTES: Final = 28  # seq 2, owner 8, account 2, party 8, amount 8
_pack_head = struct.Struct(">4sqqhiqh").pack


@lru_cache(maxsize=256)
def _legs_packer(count: int) -> struct.Struct:
    return struct.Struct(">" + "hqhqq" * count)


def sm3(data: bytes) -> bytes:
    """SM3 digest, 32 bytes."""
    digest = Hash(_ALGORITHM)
    digest.update(data)
    return digest.finalize()


def day_number(day: dt.date) -> int:
    """Days since 2000-01-01, as PostgreSQL sends a date."""
    return day.toordinal() - _DAY_ZERO


def canonical_legs(flat: Sequence[int]) -> bytes:
    """Postings as bytes; ``flat`` holds seq, owner, account, party, amount_fen of each in turn."""
    return _legs_packer(len(flat) // 5).pack(*flat)


def canonical_entry(
    entry_id: int,
    owner: int,
    kind: int,
    day: int,
    reversal_of: int,
    legs: bytes,
    document: bytes,
) -> bytes:
    """The bytes of one leaf: head, postings in order of seq, document.

    ``day`` is ``day_number`` of the business date, ``reversal_of`` 0 where there is none.
    """
    count = len(legs) // POSTING_BYTES
    return _pack_head(_ENTRY_TAG, entry_id, owner, kind, day, reversal_of, count) + legs + document


def microseconds(moment: dt.datetime) -> int:
    """Microseconds since 1970-01-01 UTC; raises ValueError on a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return (moment - _TIME_ZERO) // _MICROSECOND


def batch_digest(
    batch_id: int,
    made_at: dt.datetime,
    writer: str,
    entries: int,
    entry_ids: Sequence[int],
    leaves: bytes,
) -> bytes:
    """SM3 of one ``ledger_batch`` row; every column is covered."""
    name = writer.encode()
    head = struct.pack(">4sqqi", _BATCH_TAG, batch_id, microseconds(made_at), len(name))
    ids = struct.pack(f">ii{len(entry_ids)}q", entries, len(entry_ids), *entry_ids)
    return sm3(head + name + ids + sm3(leaves))


def seal_hash(
    previous: bytes, seq: int, batch_id: int, sealed_at: dt.datetime, digest: bytes
) -> bytes:
    """Hash of a seal: the seal before it, its own columns, and the digest of its batch."""
    own = struct.pack(">4sqqq", _SEAL_TAG, seq, batch_id, microseconds(sealed_at))
    return sm3(previous + own + digest)
