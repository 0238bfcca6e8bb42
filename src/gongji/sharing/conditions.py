# SPDX-License-Identifier: Apache-2.0
"""What must hold before somebody may authorise somebody; reads only.

The rules are those of the place where the recipient is insured, as at settlement: what can be
authorised today would pay today. Rules: national framework N-01 to N-04, N-13.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg import Connection

from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.kernel.errors import Refusal
from gongji.members.people import Coverage, Insured, coverage_for, insured_on
from gongji.members.services import load_insured
from gongji.policy.library import PolicyLibrary
from gongji.sharing import errors
from gongji.sharing.authorisations import AUTHORISATION_COLUMNS, ENDED, Authorisation
from gongji.sharing.breaks import broken
from gongji.sharing.eligibility import ACCOUNT_NORMAL
from gongji.sharing.errors import refusal
from gongji.sharing.relations import LABELS

Conn = Connection[Any]


def check_pair(
    conn: Conn,
    library: PolicyLibrary,
    *,
    giver: int,
    recipient: int,
    relation: int,
    on: dt.date,
) -> None:
    """Both persons, the giver's account, the relation and the numbers; Refusal 2200-2213."""
    if giver == recipient:
        raise refusal(errors.SELF)
    people = load_insured(conn, (giver, recipient))
    if giver not in people:
        raise refusal(errors.GIVER_UNKNOWN)
    if recipient not in people:
        raise refusal(errors.RECIPIENT_UNKNOWN)
    giver_coverage = _giver_coverage(people[giver], on)
    _check_account(conn, giver)
    recipient_coverage = insured_coverage(people[recipient], on)
    if recipient_coverage is None:
        raise refusal(errors.RECIPIENT_NOT_INSURED)
    if relation not in LABELS:
        raise refusal(errors.RELATION_UNKNOWN, relation=relation)
    _check_relation(library, recipient_coverage, relation, on)
    _check_numbers(conn, library, giver, giver_coverage.area, recipient, recipient_coverage, on)


def insured_coverage(person: Insured, on: dt.date) -> Coverage | None:
    """The coverage that a person is insured by on a day, employees' before residents'."""
    return insured_on(person.coverages, (EMPLOYEE, RESIDENT), on)


def _giver_coverage(person: Insured, on: dt.date) -> Coverage:
    coverage = coverage_for(person.coverages, EMPLOYEE, on)
    if coverage is None:
        raise refusal(errors.GIVER_NOT_EMPLOYEE)
    if not coverage.active_on(on):
        raise refusal(errors.GIVER_INTERRUPTED)
    return coverage


def _check_account(conn: Conn, giver: int) -> None:
    row = conn.execute("SELECT status FROM account WHERE owner = %s", (giver,)).fetchone()
    if row is None:
        raise refusal(errors.GIVER_WITHOUT_ACCOUNT)
    if row[0] != ACCOUNT_NORMAL:
        raise refusal(errors.GIVER_ACCOUNT_CLOSED)


def _check_relation(library: PolicyLibrary, coverage: Coverage, relation: int, on: dt.date) -> None:
    try:
        allowed = library.compiled(coverage.area, coverage.insutype, on).relations
    except Refusal:
        raise refusal(errors.RULE_UNCONFIRMED, area=coverage.area) from None
    if relation not in allowed:
        raise refusal(errors.RELATION_REFUSED, relation=relation, area=coverage.area)


def _check_numbers(
    conn: Conn,
    library: PolicyLibrary,
    giver: int,
    giver_area: int,
    recipient: int,
    coverage: Coverage,
    on: dt.date,
) -> None:
    rows = conn.execute(
        f"SELECT {AUTHORISATION_COLUMNS} FROM authorisation WHERE state <> %s"
        " AND (giver = %s OR recipient = %s)",
        (ENDED, giver, recipient),
    ).fetchall()
    live = [Authorisation(*row) for row in rows]
    # What a break has dissolved takes nobody's place, also where no service has ended it yet.
    gone = {one.authorisation.auth_id for one in broken(conn, library, live, on)}
    live = [a for a in live if a.auth_id not in gone]
    if any(a.giver == giver and a.recipient == recipient for a in live):
        raise refusal(errors.EXISTS_ALREADY)
    given = sum(a.giver == giver for a in live)
    received = sum(a.recipient == recipient for a in live)
    most = _most(library, giver_area, "ma.maxRecipientsPerGiver", on)
    if most and _most(library, giver_area, "ma.capIncludesGiver", on):
        most -= 1
    if most and given >= most:
        raise refusal(errors.RECIPIENTS_TOO_MANY, most=most)
    most = _most(library, coverage.area, "ma.maxGiversPerRecipient", on)
    if most and received >= most:
        raise refusal(errors.GIVERS_TOO_MANY, most=most)


def _most(library: PolicyLibrary, area: int, key: str, on: dt.date) -> int:
    """A confirmed number of the policy; 0 = no limit, or none that is confirmed."""
    try:
        record = library.value(area, key, on)
    except Refusal:  # no pack for that area, as with givers of another province
        return 0
    if record is None or not library.accepted(record):
        return 0
    return record.integer()
