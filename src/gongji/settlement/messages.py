# SPDX-License-Identifier: Apache-2.0
"""Idempotency of messages that change something without moving money.

``recall`` before the work, ``remember`` in the same transaction as the work. A refused message is
not remembered, so it does not burn its key. Settlements keep theirs inside the engine.

Whoever works on a message holds its key (an advisory lock) to the end of the transaction: a second
copy, and a 2601 that names it, wait for what becomes of the first.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from gongji.settlement import errors
from gongji.settlement.commands import KeyName, MessageKey
from gongji.settlement.writes import ACCEPTED, CANCELLED

Conn = psycopg.Connection[Any]


def _hold(conn: Conn, name: KeyName) -> None:
    institution_id, msgid, infno = name
    conn.execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (institution_id, f"{infno} {msgid}")
    )


def recall(conn: Conn, key: MessageKey) -> dict[str, Any] | None:
    """Return the first answer to this message, or None; holds the key for the transaction.

    Raises Refusal 3140 when the key carried other content, 3141 when 2601 cancelled it.
    """
    _hold(conn, key.name)
    row = conn.execute(
        "SELECT fingerprint, outcome, answer FROM message"
        " WHERE institution_id = %s AND msgid = %s AND infno = %s",
        key.name,
    ).fetchone()
    if row is None:
        return None
    fingerprint, outcome, answer = row
    if outcome == CANCELLED:
        raise errors.key_cancelled(key.msgid)
    if fingerprint != key.fingerprint:
        raise errors.key_reused(key.msgid)
    return answer if answer is not None else {}


def remember(
    conn: Conn,
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
        (*key.name, key.fingerprint, ACCEPTED, owner, result_id, Jsonb(answer), now),
    )


def undo(conn: Conn, named: KeyName, owner: int, now: dt.datetime) -> int | None:
    """Cancel the message that a 2601 names; return its result, None when it has had no effect.

    One that is being done is waited for, one that never came is refused when it comes (3141). The
    caller takes the result back in the same transaction. Raises Refusal 3144 for another person.
    """
    _hold(conn, named)
    row = conn.execute(
        "SELECT outcome, owner, result_id FROM message"
        " WHERE institution_id = %s AND msgid = %s AND infno = %s FOR UPDATE",
        named,
    ).fetchone()
    if row is None:
        conn.execute(
            "INSERT INTO message (institution_id, msgid, infno, fingerprint, outcome, owner,"
            " result_id, made_at) VALUES (%s, %s, %s, '', %s, %s, 0, %s)",
            (*named, CANCELLED, owner, now),
        )
        return None
    outcome, first_owner, result_id = row
    if first_owner != owner:
        raise errors.undo_other_person()
    if outcome == CANCELLED:
        return None
    conn.execute(
        "UPDATE message SET outcome = %s WHERE institution_id = %s AND msgid = %s AND infno = %s",
        (CANCELLED, *named),
    )
    return int(result_id)
