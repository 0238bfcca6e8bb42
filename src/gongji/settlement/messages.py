# SPDX-License-Identifier: Apache-2.0
"""Idempotency of messages that change something without moving money.

``recall`` before the work, ``remember`` in the same transaction as the work. A refused message is
not remembered, so it does not burn its key. Settlements keep theirs inside the engine.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from gongji.settlement import errors
from gongji.settlement.commands import MessageKey
from gongji.settlement.writes import ACCEPTED, CANCELLED


def recall(conn: psycopg.Connection[Any], key: MessageKey) -> dict[str, Any] | None:
    """The first answer to this message, or None; takes a lock on the key for the transaction.

    Raises Refusal 3140 when the msgid carried other content, 3141 when 2601 cancelled it.
    """
    conn.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (key.institution_id, key.msgid))
    row = conn.execute(
        "SELECT infno, fingerprint, outcome, answer FROM message"
        " WHERE institution_id = %s AND msgid = %s",
        (key.institution_id, key.msgid),
    ).fetchone()
    if row is None:
        return None
    infno, fingerprint, outcome, answer = row
    if outcome == CANCELLED:
        raise errors.key_cancelled(key.msgid)
    if infno != key.infno or fingerprint != key.fingerprint:
        raise errors.key_reused(key.msgid)
    return answer if answer is not None else {}


def remember(
    conn: psycopg.Connection[Any],
    key: MessageKey,
    owner: int,
    result_id: int,
    answer: dict[str, Any],
    now: dt.datetime,
) -> None:
    """Keep the first answer, in the transaction that did the work."""
    conn.execute(
        "INSERT INTO message (institution_id, msgid, infno, fingerprint, outcome, owner,"
        " result_id, answer, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            key.institution_id,
            key.msgid,
            key.infno,
            key.fingerprint,
            ACCEPTED,
            owner,
            result_id,
            Jsonb(answer),
            now,
        ),
    )


def undone_admission(
    conn: psycopg.Connection[Any], key: MessageKey, original_msgid: str, owner: int
) -> int | None:
    """2601 of a 2401: marks the original cancelled and returns its mdtrt_id (None: never came).

    The caller cancels the stay in the same transaction; raises Refusal 3142/3144 on a mismatch.
    """
    row = conn.execute(
        "SELECT infno, outcome, owner, result_id FROM message"
        " WHERE institution_id = %s AND msgid = %s FOR UPDATE",
        (key.institution_id, original_msgid),
    ).fetchone()
    if row is None:
        conn.execute(
            "INSERT INTO message (institution_id, msgid, infno, fingerprint, outcome, owner,"
            " result_id, made_at) VALUES (%s, %s, '2401', '', %s, %s, 0, now())",
            (key.institution_id, original_msgid, CANCELLED, owner),
        )
        return None
    infno, outcome, first_owner, result_id = row
    if infno != "2401":
        raise errors.undo_mismatch(infno, "2401")
    if first_owner != owner:
        raise errors.undo_other_person()
    if outcome == CANCELLED:
        return None
    conn.execute(
        "UPDATE message SET outcome = %s WHERE institution_id = %s AND msgid = %s",
        (CANCELLED, key.institution_id, original_msgid),
    )
    return int(result_id)
