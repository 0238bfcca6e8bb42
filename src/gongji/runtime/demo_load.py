# SPDX-License-Identifier: Apache-2.0
"""Puts the demonstration into a database, once; ``demo_reset`` takes it away again.

Everything goes in through the services of the rooms, in one transaction with a marker: a database
holds the whole demonstration or none of it, and only a marked one is ever emptied unasked.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg import Connection

from gongji.care.catalogue import put_items
from gongji.care.institutions import register_institution
from gongji.kernel.benefit import EMPLOYEE
from gongji.ledger.accounts import FROZEN
from gongji.ledger.opening import Opening, open_with_balances
from gongji.ledger.periodic import Run
from gongji.ledger.services import set_account_status
from gongji.members import services as members
from gongji.members.people import KEY_PSN_NO, Coverage
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.runtime.demo_authorisations import AUTHORISATIONS
from gongji.runtime.demo_catalogue import ITEMS
from gongji.runtime.demo_families import PEOPLE
from gongji.runtime.demo_institutions import INSTITUTIONS
from gongji.runtime.demo_people import (
    NO_ACCOUNT,
    DemoAuthorisation,
    DemoPerson,
    card_of,
    certificate_of,
    psn_no_of,
    token_of,
)
from gongji.runtime.errors import UserError
from gongji.runtime.postgres.waiting import Progress, silent
from gongji.sharing import services as sharing
from gongji.sharing.history import Actor

Conn = Connection[Any]

DEMO_VERSION = 1  # moves when the demonstration's data change
ADVISORY_LOCK = 0x67_6F_6E_64  # "gond": two starters load once
CLERK = Actor(clerk="demo")
WRITER = "demo"
NAMED_MAX = 3  # institutions that a refusal names

MARKER = "gongji_demo"  # a table that stands in a demonstration alone
_EMPLOYED_FROM = 22  # years of age
_SCHEME_BEGAN = dt.date(2016, 1, 1)


def load_demo(
    conn: Conn,
    box: PrivacyBox,
    library: PolicyLibrary,
    *,
    now: dt.datetime,
    progress: Progress = silent,
    begin_again: str = "gongji sandbox reset",
) -> bool:
    """Load the demonstration unless it is there; True when it was loaded now.

    ``begin_again`` is the command that a refusal names.

    Raises UserError on a database that holds other people, or an older demonstration.
    """
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
        version = demo_version(conn)
        if version == DEMO_VERSION:
            return False
        if version:
            raise UserError(
                "the demonstration in this database is of another version:"
                f" run {begin_again} (its data are lost)"
            )
        refuse_others(conn)
        progress(f"loading {len(PEOPLE)} invented people and {len(INSTITUTIONS)} institutions")
        for institution in INSTITUTIONS:
            register_institution(conn, box, institution)
        put_items(conn, ITEMS)
        owners = _load_people(conn, box, now)
        _open_accounts(conn, owners, now)
        for authorisation in AUTHORISATIONS:
            _authorise(conn, library, owners, authorisation, now)
        for person in PEOPLE:
            if person.frozen:
                set_account_status(conn, owners[person.key], FROZEN)
        conn.execute(
            f"CREATE TABLE {MARKER}"
            " (version integer NOT NULL, made_at timestamptz, institutions text[])"
        )
        codes = [one.code for one in INSTITUTIONS]
        conn.execute(f"INSERT INTO {MARKER} VALUES (%s, %s, %s)", (DEMO_VERSION, now, codes))
    return True


def refuse_others(conn: Conn) -> None:
    """Refuse a database in which somebody else has people or institutions; raises UserError."""
    if exists(conn, "person") and _count(conn, "person"):
        raise UserError("this database holds people already: the demonstration needs its own")
    refuse_institutions(conn)


def refuse_institutions(conn: Conn) -> None:
    """Refuse a database with an institution that the demonstration did not bring.

    Raises UserError, naming some of them; also where no demonstration is.
    """
    if not exists(conn, "institution"):
        return
    made = [one.code for one in INSTITUTIONS]
    kept = conn.execute(
        "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s",
        (MARKER, "institutions"),
    ).fetchone()
    if kept:  # those of the version that loaded it
        for (codes,) in conn.execute(f"SELECT institutions FROM {MARKER}").fetchall():
            made += codes or []
    rows = conn.execute(
        "SELECT code FROM institution WHERE code <> ALL(%s) ORDER BY code", (made,)
    ).fetchall()
    if rows:
        named = ", ".join(str(code) for (code,) in rows[:NAMED_MAX])
        more = ", …" if len(rows) > NAMED_MAX else ""
        count = "1 institution" if len(rows) == 1 else f"{len(rows)} institutions"
        raise UserError(
            f"this database holds {count} that gongji demo has not made ({named}{more}):"
            " nothing was deleted"
        )


def exists(conn: Conn, table: str) -> bool:
    """Whether a table stands in the database."""
    row = conn.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return bool(row and row[0])


def demo_version(conn: Conn) -> int:
    """Version of the demonstration in a database; 0 when it is none."""
    row = conn.execute("SELECT to_regclass(%s)::text", (MARKER,)).fetchone()
    if row is None or row[0] is None:
        return 0
    found = conn.execute(f"SELECT version FROM {MARKER}").fetchone()
    return int(found[0]) if found else 0


def owners_of_demo(conn: Conn, box: PrivacyBox) -> dict[str, int]:
    """Owner id by key of the invented person; people who are missing are absent."""
    blinds = {
        box.blind(KEY_PSN_NO, psn_no_of(index, person)): person.key
        for index, person in enumerate(PEOPLE)
    }
    rows = conn.execute(
        "SELECT key, owner FROM person_key WHERE kind = %s AND key = ANY(%s)",
        (KEY_PSN_NO, list(blinds)),
    )
    return {blinds[bytes(key)]: owner for key, owner in rows}


def _count(conn: Conn, table: str) -> int:
    row = conn.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS one").fetchone()
    return int(row[0]) if row else 0


def _load_people(conn: Conn, box: PrivacyBox, now: dt.datetime) -> dict[str, int]:
    owners: dict[str, int] = {}
    for index, person in enumerate(PEOPLE):
        owner = members.register_person(
            conn,
            box,
            cert_type=members.CERT_IDENTITY_CARD,
            certno=certificate_of(index, person),
            name=person.name,
            today=now.date(),
            psn_no=psn_no_of(index, person),
            tokens=[token_of(index)],
            cards=[card_of(index)],
        )
        members.add_coverage(conn, owner, coverage_of(person))
        for filing in person.chronic:
            members.file_chronic(conn, owner, filing)
        owners[person.key] = owner
    return owners


def coverage_of(person: DemoPerson) -> Coverage:
    """The one insurance relation of an invented person."""
    employed = person.scheme == EMPLOYEE
    since = person.birth.replace(year=person.birth.year + _EMPLOYED_FROM) if employed else None
    return Coverage(
        coverage_no=1,
        insutype=person.scheme,
        area=person.area,
        psn_type=person.psn_type,
        retired=person.retired,
        status=person.status,
        civil_servant=person.civil_servant,
        aid_class=person.aid_class,
        flexible=person.flexible,
        credit_base_fen=600_000 if employed and not person.retired else 0,
        begun=since or max(person.birth, _SCHEME_BEGAN),
        paused=person.paused,
        ended=None,
        employer="演示单位" if employed and not person.flexible else "",
    )


def _open_accounts(conn: Conn, owners: dict[str, int], now: dt.datetime) -> None:
    """Accounts with their balances, as ledger entries of kind OPENING."""
    openings = [
        Opening(
            owner=owners[person.key],
            area=person.area,
            year=now.year,
            opened=now.date(),
            current_fen=person.current_fen,
            carried_fen=person.carried_fen,
        )
        for person in PEOPLE
        if person.current_fen != NO_ACCOUNT
    ]
    open_with_balances(conn, openings, Run(now.date(), now, WRITER))


def _authorise(
    conn: Conn,
    library: PolicyLibrary,
    owners: dict[str, int],
    wanted: DemoAuthorisation,
    now: dt.datetime,
) -> None:
    facts: dict[str, Any] = {
        "giver": owners[wanted.giver],
        "recipient": owners[wanted.recipient],
        "relation": wanted.relation,
        "actor": CLERK,
        "now": now,
        "uses": wanted.uses,
        "limits": wanted.limits,
        "valid_from": wanted.valid_from,
        "valid_until": wanted.valid_until,
    }
    if wanted.taken_over:
        auth_id = sharing.take_over(conn, **facts)
    else:
        auth_id = sharing.authorise(conn, library, **facts)
    if wanted.paused:
        sharing.pause(conn, owners[wanted.recipient], auth_id, actor=CLERK, now=now)
