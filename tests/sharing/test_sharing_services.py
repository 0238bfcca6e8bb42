# SPDX-License-Identifier: Apache-2.0
"""Authorising with the shipped policies: Wang gives, Li receives, Zhao may not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest

from gongji.care.visits import CIVIL_TIME
from gongji.kernel.benefit import OUTPATIENT
from gongji.kernel.errors import Refusal
from gongji.ledger.services import NewAccount, open_accounts, set_account_status
from gongji.members import idcard, people
from gongji.members import services as members
from gongji.members.people import Coverage
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.sharing import authorisations, errors, history, relations, services
from gongji.sharing.authorisations import ACTIVE, ENDED, PAUSED, Authorisation
from gongji.sharing.history import Actor
from gongji.sharing.services import Limits

Conn = psycopg.Connection[Any]

BOX = PrivacyBox(b"s" * 32)
NOW = dt.datetime(2026, 6, 1, 10, tzinfo=CIVIL_TIME)
TODAY = NOW.date()
EMPLOYEE = Coverage(
    1, 310, 360100, "11", False, people.INSURED, False, 0, False, 0, dt.date(2010, 1, 1), None, None
)
RESIDENT = replace(EMPLOYEE, insutype=390, psn_type="60")
CLERK = Actor(clerk="chen", request_id="r-1")


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@dataclass
class Family:
    """Wang, Sun (givers), Li (recipient), Zhao (stranger), Qian (no account): owner ids."""

    conn: Conn
    library: PolicyLibrary
    wang: int
    sun: int
    li: int
    zhao: int
    qian: int

    def authorise(self, **more: Any) -> int:
        facts: dict[str, Any] = {
            "giver": self.wang,
            "recipient": self.li,
            "relation": relations.MOTHER,
            "actor": Actor(person=self.wang),
            "now": NOW,
        }
        facts.update(more)
        return services.authorise(self.conn, self.library, **facts)

    def of_li(self, **more: Any) -> list[Authorisation]:
        return authorisations.load_for(self.conn, [self.li], **more).get(self.li, [])


@pytest.fixture
def family(conn: Conn, library: PolicyLibrary) -> Family:
    owners = []
    for number, coverage in enumerate((EMPLOYEE, EMPLOYEE, RESIDENT, EMPLOYEE, EMPLOYEE)):
        owner = members.register_person(
            conn,
            BOX,
            cert_type="01",
            certno=idcard.make(360100, dt.date(1970, 1, 1 + number), 1),
            name="演示",
            today=TODAY,
        )
        members.add_coverage(conn, owner, coverage)
        owners.append(owner)
    givers = [owners[0], owners[1], owners[3]]
    open_accounts(conn, [NewAccount(owner, 360100, 2026, TODAY) for owner in givers])
    return Family(conn, library, *owners)


def refused(code: int, call: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(Refusal) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code


def test_made_and_told(family: Family) -> None:
    limits = Limits(visit_fen=1, day_fen=2, year_fen=3, grant_fen=4)
    auth_id = family.authorise(limits=limits, valid_until=dt.date(2027, 1, 1))
    (auth,) = family.of_li()
    assert (auth.auth_id, auth.giver, auth.state, auth.position) == (auth_id, family.wang, 1, 1)
    assert (auth.valid_from, auth.valid_until) == (TODAY, dt.date(2027, 1, 1))
    assert (auth.visit_limit_fen, auth.day_limit_fen) == (1, 2)
    assert (auth.year_limit_fen, auth.grant_fen) == (3, 4)
    assert authorisations.load_from(family.conn, [family.wang])[family.wang] == [auth]
    (event,) = history.events_of(family.conn, family.li)
    assert (event.verb, event.actor) == (history.MADE, f"person:{family.wang}")
    assert event.after["relation"] == relations.MOTHER


def test_each_condition(family: Family) -> None:
    conn = family.conn
    refused(errors.SELF, family.authorise, recipient=family.wang)
    refused(errors.NOT_YOURS, family.authorise, actor=Actor(person=family.li))
    refused(errors.GIVER_UNKNOWN, family.authorise, giver=5, actor=CLERK)
    refused(errors.RECIPIENT_UNKNOWN, family.authorise, recipient=5)
    refused(
        errors.GIVER_NOT_EMPLOYEE,
        family.authorise,
        giver=family.li,
        recipient=family.wang,
        actor=CLERK,
    )
    refused(errors.RELATION_UNKNOWN, family.authorise, relation=1)
    refused(errors.RELATION_REFUSED, family.authorise, relation=relations.WIFES_MOTHER)
    refused(errors.USES_EMPTY, family.authorise, uses=0)
    refused(errors.USES_EMPTY, family.authorise, uses=1)
    refused(errors.DATES_REVERSED, family.authorise, valid_until=dt.date(2026, 5, 31))
    refused(errors.LIMIT_NEGATIVE, family.authorise, limits=Limits(day_fen=-1))
    set_account_status(conn, family.wang, 2)
    refused(errors.GIVER_ACCOUNT_CLOSED, family.authorise)
    refused(errors.GIVER_WITHOUT_ACCOUNT, family.authorise, giver=family.qian, actor=CLERK)
    members.set_status(conn, family.wang, 1, people.PAUSED, TODAY)
    refused(errors.GIVER_INTERRUPTED, family.authorise)
    members.set_status(conn, family.li, 1, people.PAUSED, TODAY)
    refused(errors.RECIPIENT_NOT_INSURED, family.authorise, giver=family.sun, actor=CLERK)
    assert family.of_li() == []


def test_rules_that_are_not_confirmed(family: Family) -> None:
    for owner in (family.wang, family.li):  # insured for longer than the rules are known
        members.set_status(family.conn, owner, 1, people.TERMINATED, TODAY)
        old = replace(EMPLOYEE, coverage_no=2, begun=dt.date(1990, 1, 1))
        members.add_coverage(family.conn, owner, old)
    early = NOW.replace(year=1999)
    refused(errors.RULE_UNCONFIRMED, family.authorise, now=early)


def test_one_giver_only_where_the_law_says_so(family: Family) -> None:
    before = NOW.replace(year=2025)
    family.authorise(now=before)
    refused(errors.GIVERS_TOO_MANY, family.authorise, giver=family.sun, actor=CLERK, now=before)
    family.authorise(giver=family.sun, actor=CLERK)
    assert [auth.giver for auth in family.of_li()] == [family.wang, family.sun]


def test_no_second_between_the_same(family: Family) -> None:
    auth_id = family.authorise()
    refused(errors.EXISTS_ALREADY, family.authorise)
    services.end(family.conn, family.li, auth_id, actor=Actor(person=family.li), now=NOW)
    again = family.authorise()
    assert [auth.auth_id for auth in family.of_li()] == [again]
    assert {auth.auth_id for auth in family.of_li(ended=True)} == {auth_id, again}


def test_pause_and_resume(family: Family) -> None:
    conn, li = family.conn, family.li
    auth_id = family.authorise()
    wang = Actor(person=family.wang)
    refused(errors.NOT_PAUSED, services.resume, conn, li, auth_id, actor=wang, now=NOW)
    for stranger in (li, family.zhao):
        actor = Actor(person=stranger)
        refused(errors.NOT_YOURS, services.pause, conn, li, auth_id, actor=actor, now=NOW)
    services.pause(conn, li, auth_id, actor=wang, now=NOW)
    assert family.of_li()[0].state == PAUSED
    refused(errors.NOT_ACTIVE, services.pause, conn, li, auth_id, actor=wang, now=NOW)
    services.resume(conn, li, auth_id, actor=CLERK, now=NOW)
    assert family.of_li()[0].state == ACTIVE
    verbs = [event.verb for event in history.events_of(conn, li, auth_id)]
    assert verbs == [history.MADE, history.PAUSED, history.RESUMED]


def test_end(family: Family) -> None:
    conn, li = family.conn, family.li
    auth_id = family.authorise()
    zhao = Actor(person=family.zhao)
    refused(errors.NOT_YOURS, services.end, conn, li, auth_id, actor=zhao, now=NOW)
    refused(errors.AUTHORISATION_UNKNOWN, services.end, conn, li, 5, actor=CLERK, now=NOW)
    services.end(conn, li, auth_id, actor=Actor(person=family.wang), now=NOW)
    (ended,) = family.of_li(ended=True)
    assert (ended.state, ended.ended_at) == (ENDED, NOW)
    for call in (services.end, services.pause, services.resume):
        refused(errors.AUTHORISATION_ENDED, call, conn, li, auth_id, actor=CLERK, now=NOW)


def test_reorder(family: Family) -> None:
    conn, li = family.conn, family.li
    first = family.authorise()
    second = family.authorise(giver=family.sun, actor=CLERK)
    actor = Actor(person=li)
    for wrong in ([first], [first, first], [first, second, 9], []):
        refused(errors.ORDER_INCOMPLETE, services.reorder, conn, li, wrong, actor=actor, now=NOW)
    order = [second, first]
    wang = Actor(person=family.wang)
    refused(errors.NOT_YOURS, services.reorder, conn, li, order, actor=wang, now=NOW)
    services.reorder(conn, li, order, actor=actor, now=NOW)
    assert [auth.auth_id for auth in family.of_li()] == order
    services.end(conn, li, second, actor=CLERK, now=NOW)
    third = family.authorise(giver=family.zhao, actor=CLERK)
    assert [auth.auth_id for auth in family.of_li()] == [first, third]


def test_set_limits(family: Family) -> None:
    conn, li = family.conn, family.li
    auth_id = family.authorise()
    wang = Actor(person=family.wang)
    more: dict[str, Any] = {"limits": Limits(day_fen=500), "actor": wang, "now": NOW}
    services.set_limits(conn, li, auth_id, uses=1 << OUTPATIENT, **more)
    (auth,) = family.of_li()
    assert (auth.day_limit_fen, auth.uses) == (500, 2)
    count = len(history.events_of(conn, li))
    services.set_limits(conn, li, auth_id, **more)
    assert len(history.events_of(conn, li)) == count
    more["actor"] = Actor(person=li)
    refused(errors.NOT_YOURS, services.set_limits, conn, li, auth_id, **more)


def test_taken_over_as_it_stands(family: Family) -> None:
    facts: dict[str, Any] = {
        "giver": family.wang,
        "recipient": family.li,
        "relation": relations.WIFES_MOTHER,
        "now": NOW,
    }
    services.take_over(family.conn, actor=CLERK, **facts)
    refused(errors.EXISTS_ALREADY, services.take_over, family.conn, actor=CLERK, **facts)
    me = Actor(person=family.wang)
    refused(errors.NOT_YOURS, services.take_over, family.conn, actor=me, **facts)
    facts["recipient"] = family.wang
    refused(errors.SELF, services.take_over, family.conn, actor=CLERK, **facts)
    (event,) = history.events_of(family.conn, family.li)
    assert (event.verb, event.actor, event.request_id) == (
        history.TAKEN_OVER,
        "agency:chen",
        "r-1",
    )


@pytest.mark.parametrize("statement", ["UPDATE %s SET verb = ''", "DELETE FROM %s", "TRUNCATE %s"])
def test_history_cannot_be_rewritten(family: Family, statement: str) -> None:
    family.authorise()
    with pytest.raises(psycopg.errors.RestrictViolation):
        family.conn.execute(statement % "authorisation_event")


def test_relations_have_names() -> None:
    for value in vars(relations).values():
        if isinstance(value, int):
            assert value in relations.LABELS
    assert relations.label(10) == ("配偶", "spouse")
    assert relations.label(5) == ("关系5", "relation 5")


@pytest.mark.parametrize(
    ("recipient_is", "giver_is"),
    [(10, "配偶"), (52, "子女"), (22, "父母"), (42, "祖父母"), (63, "外孙子女"), (99, "亲属")],
)
def test_the_relation_seen_from_the_other_side(recipient_is: int, giver_is: str) -> None:
    assert relations.giver_label(recipient_is)[0] == giver_is


def test_every_refusal_speaks_both_languages() -> None:
    for code in errors.numbers():
        told = errors.refusal(code)
        assert 2200 <= told.code <= 2299
        assert told.zh
        assert told.en
