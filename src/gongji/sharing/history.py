# SPDX-License-Identifier: Apache-2.0
"""Who changed which authorisation when: rows that are only ever added (dotted audit verbs).

An event is written in the transaction of its change, so that neither exists without the other.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

Conn = Connection[Any]

MADE = "sharing.authorisation.made"
TAKEN_OVER = "sharing.authorisation.taken_over"
PAUSED = "sharing.authorisation.paused"
RESUMED = "sharing.authorisation.resumed"
ENDED = "sharing.authorisation.ended"
DISSOLVED = "sharing.authorisation.dissolved"
MOVED = "sharing.authorisation.moved"
LIMITED = "sharing.authorisation.limited"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person (giver or recipient) or, with ``clerk``, the agency or a system."""

    person: int | None = None
    clerk: str = ""
    request_id: str = ""

    @property
    def text(self) -> str:
        """How the history names the actor; never a name of a person."""
        return f"person:{self.person}" if self.person is not None else f"agency:{self.clerk}"


@dataclass(frozen=True, slots=True)
class Event:
    """One change; ``before`` and ``after`` hold the fields that changed."""

    auth_id: int
    verb: str
    actor: str
    at: dt.datetime
    before: dict[str, Any]
    after: dict[str, Any]
    request_id: str


def record(
    conn: Conn,
    recipient: int,
    auth_id: int,
    verb: str,
    actor: Actor,
    at: dt.datetime,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    """Add one event; dates inside ``before`` and ``after`` become ISO text."""
    conn.execute(
        "INSERT INTO authorisation_event (recipient, event_id, auth_id, verb, actor, request_id,"
        " at, before, after)"
        " VALUES (%s, nextval('authorisation_event_seq'), %s, %s, %s, %s, %s, %s, %s)",
        (
            recipient,
            auth_id,
            verb,
            actor.text,
            actor.request_id,
            at,
            Jsonb(before, dumps=msgspec.json.encode),
            Jsonb(after, dumps=msgspec.json.encode),
        ),
    )


def events_of(conn: Conn, recipient: int, auth_id: int | None = None) -> list[Event]:
    """Changes of a recipient's authorisations, the oldest first."""
    rows = conn.execute(
        "SELECT auth_id, verb, actor, at, before, after, request_id FROM authorisation_event"
        " WHERE recipient = %s AND (%s::bigint IS NULL OR auth_id = %s) ORDER BY event_id",
        (recipient, auth_id, auth_id),
    )
    return [Event(*row) for row in rows]
