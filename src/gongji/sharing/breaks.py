# SPDX-License-Identifier: Apache-2.0
"""What a break of insurance does to authorisations, by the rule of the recipient's place.

DISSOLVE ends them, SUSPEND leaves them unpaid while the break goes on. Settlement judges this by
itself (``policy.eligibility``), so nothing depends on a job that runs at night; ending them here
as well keeps what families see true. The caller owns the transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import Connection

from gongji.kernel.errors import Refusal
from gongji.kernel.reasons import sentence
from gongji.members.coverages import load_coverages, set_status
from gongji.members.people import Coverage, breaks_between, coverage_for, insured_on
from gongji.policy.days import settlement_day
from gongji.policy.eligibility import BASIC_SCHEMES, GIVERS_SCHEMES, dissolved_by
from gongji.policy.library import PolicyLibrary
from gongji.sharing import history
from gongji.sharing.authorisations import (
    AUTHORISATION_COLUMNS,
    ENDED,
    Authorisation,
    load_for,
)
from gongji.sharing.history import Actor

Conn = Connection[Any]

BY_LAW = Actor(clerk="law")  # nobody's act: the rule of the place ended it


class Dissolved(NamedTuple):
    """An authorisation that a break has ended: by which reason, from which day."""

    authorisation: Authorisation
    reason: int
    broken_on: dt.date


def set_cover_status(
    conn: Conn,
    library: PolicyLibrary,
    owner: int,
    coverage_no: int,
    status: int,
    on: dt.date,
    *,
    now: dt.datetime,
) -> list[Dissolved]:
    """Change the state of an insurance relation and end the authorisations that this dissolves.

    Raises: Refusal 2020, 2022, 2023. Concurrency: locks the person and everybody for whom the
    person gives, in ascending order, as a settlement does.
    """
    recipients = conn.execute(
        "SELECT recipient FROM authorisation WHERE giver = %s AND state <> %s", (owner, ENDED)
    ).fetchall()
    locked = sorted({owner, *(row[0] for row in recipients)})
    conn.execute(
        "SELECT 1 FROM person WHERE owner = ANY(%s) ORDER BY owner FOR NO KEY UPDATE", (locked,)
    )
    set_status(conn, owner, coverage_no, status, on)
    touched = [
        Authorisation(*row)
        for row in conn.execute(
            f"SELECT {AUTHORISATION_COLUMNS} FROM authorisation WHERE recipient = ANY(%s)"
            " AND state <> %s AND (giver = %s OR recipient = %s) ORDER BY recipient, auth_id",
            (locked, ENDED, owner, owner),
        )
    ]
    return _end(conn, broken(conn, library, touched, settlement_day(now)), now)


def end_broken(
    conn: Conn, library: PolicyLibrary, recipient: int, now: dt.datetime
) -> list[Dissolved]:
    """End the recipient's authorisations that breaks have dissolved; the caller has the lock."""
    live = load_for(conn, (recipient,)).get(recipient, [])
    return _end(conn, broken(conn, library, live, settlement_day(now)), now)


def broken(
    conn: Conn, library: PolicyLibrary, found: Iterable[Authorisation], today: dt.date
) -> list[Dissolved]:
    """Find the authorisations that breaks have dissolved by ``today``; reads only.

    Where the rule is not confirmed nothing counts as dissolved: settlement denies it and says so.
    """
    live = list(found)
    people = {owner for a in live for owner in (a.giver, a.recipient)}
    coverages = load_coverages(conn, people) if people else {}
    judged = ((a, _judge(library, a, coverages, today)) for a in live)
    return [Dissolved(a, *why) for a, why in judged if why is not None]


def _judge(
    library: PolicyLibrary,
    a: Authorisation,
    coverages: dict[int, tuple[Coverage, ...]],
    today: dt.date,
) -> tuple[int, dt.date] | None:
    theirs, mine = coverages.get(a.giver, ()), coverages.get(a.recipient, ())
    place = _place_of(mine, today)
    if place is None:
        return None
    try:
        policy = library.compiled(place.area, place.insutype, today)
        return dissolved_by(
            policy,
            breaks_between(theirs, GIVERS_SCHEMES, a.valid_from, today),
            breaks_between(mine, BASIC_SCHEMES, a.valid_from, today),
        )
    except Refusal:
        return None


def _place_of(mine: Sequence[Coverage], today: dt.date) -> Coverage | None:
    """The relation whose place has the rule: the one in force, else the latest."""
    insured = insured_on(mine, BASIC_SCHEMES, today)
    if insured is not None:
        return insured
    latest = [coverage_for(mine, scheme, today) for scheme in BASIC_SCHEMES]
    return max((c for c in latest if c is not None), key=lambda c: c.begun, default=None)


def _end(conn: Conn, dissolved: list[Dissolved], now: dt.datetime) -> list[Dissolved]:
    for a, reason, broken_on in dissolved:
        conn.execute(
            "UPDATE authorisation SET state = %s, ended_at = %s, ended_reason = %s"
            " WHERE recipient = %s AND auth_id = %s",
            (ENDED, now, reason, a.recipient, a.auth_id),
        )
        before: dict[str, object] = {"state": a.state, "ended_at": None}
        after: dict[str, object] = {
            "state": ENDED,
            "ended_at": now,
            "ended_reason": reason,
            "broken_on": broken_on,
            "said": sentence(reason)[0],
        }
        verb = history.DISSOLVED
        history.record(conn, a.recipient, a.auth_id, verb, BY_LAW, now, before, after)
    return dissolved
