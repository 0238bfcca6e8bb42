# SPDX-License-Identifier: Apache-2.0
"""The only writer of authorisations: make, pause, resume, end, reorder, limit.

Every change takes the recipient's row lock first, as a settlement of that person does, and adds
an event to the history. The caller owns the transaction; a refused call changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from gongji.care.visits import CIVIL_TIME
from gongji.policy.library import PolicyLibrary
from gongji.sharing import errors, history
from gongji.sharing.authorisations import (
    ACTIVE,
    ALL_USES,
    AUTHORISATION_COLUMNS,
    ENDED,
    PAUSED,
    Authorisation,
)
from gongji.sharing.breaks import end_broken, set_cover_status
from gongji.sharing.conditions import check_pair
from gongji.sharing.errors import refusal
from gongji.sharing.history import Actor

Conn = Connection[Any]

__all__ = [
    "NO_LIMITS",
    "Actor",
    "Limits",
    "authorise",
    "end",
    "pause",
    "reorder",
    "resume",
    "set_cover_status",
    "set_limits",
    "take_over",
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a giver allows at most, fen; None does not limit."""

    visit_fen: int | None = None
    day_fen: int | None = None
    year_fen: int | None = None
    grant_fen: int | None = None

    def as_columns(self) -> dict[str, int | None]:
        """By column of table authorisation."""
        return {
            "visit_limit_fen": self.visit_fen,
            "day_limit_fen": self.day_fen,
            "year_limit_fen": self.year_fen,
            "grant_fen": self.grant_fen,
        }


NO_LIMITS = Limits()


def authorise(
    conn: Conn,
    library: PolicyLibrary,
    *,
    giver: int,
    recipient: int,
    relation: int,
    actor: Actor,
    now: dt.datetime,
    uses: int = ALL_USES,
    limits: Limits = NO_LIMITS,
    valid_from: dt.date | None = None,
    valid_until: dt.date | None = None,
) -> int:
    """Let ``giver``'s account pay for ``recipient`` and return the auth_id; Refusal 2200-2216.

    ``relation`` says what the recipient is to the giver. The new authorisation stands at the end
    of the recipient's order. It begins today at the earliest, and is judged on its first day.
    One between the same two that a break of insurance has dissolved is ended first.
    """
    today = now.astimezone(CIVIL_TIME).date()
    start = valid_from or today
    _check_terms(uses, limits, start, valid_until)
    if valid_until is None or valid_until >= today:
        start = max(start, today)
    if actor.person not in (None, giver):
        raise refusal(errors.NOT_YOURS)
    # The giver too: the number of recipients is counted, and two could be made at once.
    _lock(conn, recipient, giver)
    end_broken(conn, library, recipient, now.astimezone(CIVIL_TIME))
    check_pair(
        conn,
        library,
        giver=giver,
        recipient=recipient,
        relation=relation,
        on=max(start, today),
    )
    return _insert(
        conn, giver, recipient, relation, uses, limits, start, valid_until, actor, now, history.MADE
    )


def take_over(
    conn: Conn,
    *,
    giver: int,
    recipient: int,
    relation: int,
    actor: Actor,
    now: dt.datetime,
    uses: int = ALL_USES,
    limits: Limits = NO_LIMITS,
    valid_from: dt.date | None = None,
    valid_until: dt.date | None = None,
) -> int:
    """Take an authorisation over from an older system as it stands; Refusal 2200, 2213-2216.

    Whether it may pay is judged at each settlement, so an old relation that is no longer allowed
    pays nothing and says why. For agencies only: an actor that is a person is refused (2224).
    """
    start = valid_from or now.astimezone(CIVIL_TIME).date()
    _check_terms(uses, limits, start, valid_until)
    if giver == recipient:
        raise refusal(errors.SELF)
    if actor.person is not None:
        raise refusal(errors.NOT_YOURS)
    _lock(conn, recipient)
    verb = history.TAKEN_OVER
    return _insert(
        conn, giver, recipient, relation, uses, limits, start, valid_until, actor, now, verb
    )


def pause(conn: Conn, recipient: int, auth_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Stop paying for a while (giver or agency); Refusal 2220-2222, 2224."""
    auth = _live(conn, recipient, auth_id)
    _only(actor, auth.giver)
    if auth.state != ACTIVE:
        raise refusal(errors.NOT_ACTIVE)
    _change(conn, auth, {"state": PAUSED}, history.PAUSED, actor, now)


def resume(conn: Conn, recipient: int, auth_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Pay again after a pause (giver or agency); Refusal 2220, 2221, 2223, 2224."""
    auth = _live(conn, recipient, auth_id)
    _only(actor, auth.giver)
    if auth.state != PAUSED:
        raise refusal(errors.NOT_PAUSED)
    _change(conn, auth, {"state": ACTIVE}, history.RESUMED, actor, now)


def end(conn: Conn, recipient: int, auth_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """End it for good, by either side or the agency; Refusal 2220, 2221, 2224.

    Settlements made before stay valid; their reversals still give back to this giver.
    """
    auth = _live(conn, recipient, auth_id)
    _only(actor, auth.giver, auth.recipient)
    _change(conn, auth, {"state": ENDED, "ended_at": now}, history.ENDED, actor, now)


def reorder(
    conn: Conn, recipient: int, auth_ids: Sequence[int], *, actor: Actor, now: dt.datetime
) -> None:
    """Set the order in which givers are asked (recipient or agency); Refusal 2224, 2225."""
    _only(actor, recipient)
    _lock(conn, recipient)
    live = _live_of(conn, recipient)
    by_id = {auth.auth_id: auth for auth in live}
    if len(auth_ids) != len(live) or set(auth_ids) != set(by_id):
        raise refusal(errors.ORDER_INCOMPLETE, live=len(live))
    for position, auth_id in enumerate(auth_ids, start=1):
        if by_id[auth_id].position != position:
            _change(conn, by_id[auth_id], {"position": position}, history.MOVED, actor, now)


def set_limits(
    conn: Conn,
    recipient: int,
    auth_id: int,
    *,
    limits: Limits,
    actor: Actor,
    now: dt.datetime,
    uses: int | None = None,
    valid_until: dt.date | None = None,
) -> None:
    """Replace limits, and uses when given, and the last day (giver or agency).

    All limits and the last day are set anew: None removes one. A limit below what was used
    already is kept and leaves nothing. Refusal 2214-2216, 2220, 2221, 2224.
    """
    auth = _live(conn, recipient, auth_id)
    _only(actor, auth.giver)
    uses = auth.uses if uses is None else uses
    _check_terms(uses, limits, auth.valid_from, valid_until)
    changed: dict[str, Any] = {**limits.as_columns(), "uses": uses, "valid_until": valid_until}
    _change(conn, auth, changed, history.LIMITED, actor, now)


def _check_terms(uses: int, limits: Limits, start: dt.date, until: dt.date | None) -> None:
    if uses & ~ALL_USES or not uses:
        raise refusal(errors.USES_EMPTY, uses=uses)
    if until is not None and until < start:
        raise refusal(errors.DATES_REVERSED)
    if any(limit is not None and limit < 0 for limit in limits.as_columns().values()):
        raise refusal(errors.LIMIT_NEGATIVE)


def _only(actor: Actor, *persons: int) -> None:
    """Refusal 2224 unless the actor is one of these persons, or the agency."""
    if actor.person is not None and actor.person not in persons:
        raise refusal(errors.NOT_YOURS)


def _lock(conn: Conn, recipient: int, *others: int) -> None:
    """Row locks in ascending order, as the settlement engine takes them."""
    rows = conn.execute(
        "SELECT owner FROM person WHERE owner = ANY(%s) ORDER BY owner FOR NO KEY UPDATE",
        ([recipient, *others],),
    ).fetchall()
    if all(row[0] != recipient for row in rows):
        raise refusal(errors.RECIPIENT_UNKNOWN)


def _live_of(conn: Conn, recipient: int) -> list[Authorisation]:
    rows = conn.execute(
        f"SELECT {AUTHORISATION_COLUMNS} FROM authorisation WHERE recipient = %s AND state <> %s"
        " ORDER BY position, auth_id",
        (recipient, ENDED),
    )
    return [Authorisation(*row) for row in rows]


def _live(conn: Conn, recipient: int, auth_id: int) -> Authorisation:
    """The authorisation under the recipient's lock; Refusal 2220, 2221."""
    _lock(conn, recipient)
    row = conn.execute(
        f"SELECT {AUTHORISATION_COLUMNS} FROM authorisation WHERE recipient = %s AND auth_id = %s",
        (recipient, auth_id),
    ).fetchone()
    if row is None:
        raise refusal(errors.AUTHORISATION_UNKNOWN)
    auth = Authorisation(*row)
    if auth.state == ENDED:
        raise refusal(errors.AUTHORISATION_ENDED)
    return auth


def _insert(
    conn: Conn,
    giver: int,
    recipient: int,
    relation: int,
    uses: int,
    limits: Limits,
    start: dt.date,
    until: dt.date | None,
    actor: Actor,
    now: dt.datetime,
    verb: str,
) -> int:
    row = conn.execute(
        "INSERT INTO authorisation (recipient, auth_id, giver, relation, position, uses, state,"
        " valid_from, valid_until, visit_limit_fen, day_limit_fen, year_limit_fen, grant_fen,"
        " made_at) SELECT %s, nextval('authorisation_seq'), %s, %s,"
        " 1 + COALESCE(max(position), 0), %s, %s, %s, %s, %s, %s, %s, %s, %s"
        " FROM authorisation WHERE recipient = %s AND state <> %s"
        " ON CONFLICT (recipient, giver) WHERE state <> 3 DO NOTHING RETURNING auth_id",
        (
            recipient,
            giver,
            relation,
            uses,
            ACTIVE,
            start,
            until,
            *limits.as_columns().values(),
            now,
            recipient,
            ENDED,
        ),
    ).fetchone()
    if row is None:
        raise refusal(errors.EXISTS_ALREADY)
    auth_id = int(row[0])
    terms: dict[str, object] = {
        "giver": giver,
        "relation": relation,
        "uses": uses,
        "valid_from": start,
        "valid_until": until,
        **limits.as_columns(),
    }
    history.record(conn, recipient, auth_id, verb, actor, now, {}, terms)
    return auth_id


def _change(
    conn: Conn,
    auth: Authorisation,
    columns: dict[str, Any],
    verb: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write the columns that differ and one event naming them; nothing when none does."""
    changed = {name: new for name, new in columns.items() if getattr(auth, name) != new}
    if not changed:
        return
    sets = ", ".join(f"{name} = %({name})s" for name in changed)
    conn.execute(
        f"UPDATE authorisation SET {sets} WHERE recipient = %(key1)s AND auth_id = %(key2)s",
        {**changed, "key1": auth.recipient, "key2": auth.auth_id},
    )
    before: dict[str, object] = {name: getattr(auth, name) for name in changed}
    history.record(conn, auth.recipient, auth.auth_id, verb, actor, now, before, changed)
