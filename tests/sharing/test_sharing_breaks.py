# SPDX-License-Identifier: Apache-2.0
"""A break of insurance ends authorisations where the place says so, and only suspends elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest

from gongji.kernel import reasons
from gongji.kernel.benefit import EMPLOYEE as EMPLOYEES
from gongji.kernel.benefit import RESIDENT as RESIDENTS
from gongji.ledger.services import NewAccount, open_accounts
from gongji.members import idcard, people
from gongji.members import services as members
from gongji.members.people import Coverage
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.settlement.records import CIVIL_TIME
from gongji.sharing import authorisations, history, relations, services
from gongji.sharing.history import Actor

BOX = PrivacyBox(b"m" * 32)
CLERK = Actor(clerk="tests")
MADE = dt.datetime(2026, 2, 1, 9, tzinfo=CIVIL_TIME)
BROKEN = dt.date(2026, 6, 1)
BACK = dt.date(2026, 7, 1)
NOW = dt.datetime(2026, 7, 2, 9, tzinfo=CIVIL_TIME)


class Suspending(PolicyLibrary):
    """The shipped packs, but a break of insurance only suspends."""

    def find(self, area: int, keys: Any, on: dt.date, **more: Any) -> Any:
        record = super().find(area, keys, on, **more)
        if record is not None and record.key == "ma.onPause":
            return replace(record, value="SUSPEND")
        return record


@dataclass
class Pair:
    """A worker in Nanchang who gives to a resident there."""

    conn: psycopg.Connection[Any]
    giver: int
    recipient: int

    def authorise(self, library: PolicyLibrary, now: dt.datetime = MADE, **more: Any) -> int:
        return services.authorise(
            self.conn,
            library,
            giver=self.giver,
            recipient=self.recipient,
            relation=relations.MOTHER,
            actor=CLERK,
            now=now,
            **more,
        )

    def all(self) -> list[authorisations.Authorisation]:
        found = authorisations.load_for(self.conn, [self.recipient], ended=True)
        return sorted(found.get(self.recipient, []), key=lambda a: a.auth_id)


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.fixture
def pair(conn: psycopg.Connection[Any]) -> Pair:
    owners = []
    for number, scheme in enumerate((EMPLOYEES, RESIDENTS), 1):
        certno = idcard.make(360100, dt.date(1970, 1, number), 1)
        owner = members.register_person(
            conn, BOX, cert_type="01", certno=certno, name="演示", today=MADE.date()
        )
        begun = dt.date(2010, 1, 1)
        facts = (1, scheme, 360100, "11", False, people.INSURED, False, 0, False, 0)
        members.add_coverage(conn, owner, Coverage(*facts, begun, None, None))
        owners.append(owner)
    open_accounts(conn, [NewAccount(owners[0], 360100, 2026, MADE.date())])
    return Pair(conn, *owners)


def move(pair: Pair, library: PolicyLibrary, owner: int, status: int, on: dt.date) -> Any:
    return services.set_cover_status(pair.conn, library, owner, 1, status, on, now=NOW)


@pytest.mark.parametrize(
    ("side", "reason", "said"),
    [
        ("giver", reasons.DISSOLVED_BY_GIVERS_BREAK, "因授权人断保，授权已自动解除"),
        ("recipient", reasons.DISSOLVED_BY_RECIPIENTS_BREAK, "因就诊人断保，授权已自动解除"),
    ],
)
def test_a_break_of_either_side_ends_it(
    pair: Pair, library: PolicyLibrary, side: str, reason: int, said: str
) -> None:
    pair.authorise(library)
    (ended,) = move(pair, library, getattr(pair, side), people.PAUSED, BROKEN)
    assert (ended.reason, ended.broken_on) == (reason, BROKEN)
    (auth,) = pair.all()
    assert (auth.state, auth.ended_at, auth.ended_reason) == (authorisations.ENDED, NOW, reason)
    event = history.events_of(pair.conn, pair.recipient)[-1]
    assert (event.verb, event.actor) == (history.DISSOLVED, "agency:law")
    assert event.after["broken_on"] == "2026-06-01"
    assert event.after["said"].startswith(said)
    # Resuming brings nothing back; authorising again does.
    assert move(pair, library, getattr(pair, side), people.INSURED, BACK) == []
    again = pair.authorise(library, NOW)
    assert [a.state for a in pair.all()] == [authorisations.ENDED, authorisations.ACTIVE]
    assert pair.all()[1].auth_id == again


def test_a_suspending_place_keeps_it(pair: Pair) -> None:
    library = Suspending.load()
    pair.authorise(library)
    assert move(pair, library, pair.giver, people.PAUSED, BROKEN) == []
    assert move(pair, library, pair.giver, people.INSURED, BACK) == []
    assert [a.state for a in pair.all()] == [authorisations.ACTIVE]


def test_a_break_that_nobody_reported_ends_it_when_authorised_anew(
    pair: Pair, library: PolicyLibrary
) -> None:
    pair.authorise(library)
    members.set_status(pair.conn, pair.giver, 1, people.PAUSED, BROKEN)
    members.set_status(pair.conn, pair.giver, 1, people.INSURED, BACK)
    assert [a.state for a in pair.all()] == [authorisations.ACTIVE]
    pair.authorise(library, NOW, valid_from=dt.date(2026, 1, 1))
    old, new = pair.all()
    assert (old.state, old.ended_reason) == (authorisations.ENDED, 71)
    # It begins on the day on which it is made: the break before it is not its break.
    assert (new.state, new.valid_from) == (authorisations.ACTIVE, NOW.date())


def test_a_pause_taken_back_is_no_break(pair: Pair, library: PolicyLibrary) -> None:
    pair.authorise(library)
    members.set_status(pair.conn, pair.giver, 1, people.PAUSED, BROKEN)
    assert move(pair, library, pair.giver, people.INSURED, BROKEN) == []
    assert [a.state for a in pair.all()] == [authorisations.ACTIVE]
    # A pause of a day that has not come dissolves nothing yet.
    assert move(pair, library, pair.giver, people.PAUSED, dt.date(2026, 8, 1)) == []
