# SPDX-License-Identifier: Apache-2.0
"""Authorising with the shipped policies: Wang gives, Li receives, Zhao may not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest

from gongji.care.visits import CIVIL_TIME
from gongji.kernel.benefit import NO_LIMIT_FEN, OUTPATIENT, PHARMACY
from gongji.kernel.errors import Refusal
from gongji.ledger.services import NewAccount, open_accounts, set_account_status
from gongji.members import idcard, people
from gongji.members import services as members
from gongji.members.people import Coverage
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.sharing import authorisations, breaks, conditions, errors, history, relations, services
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


# ---- edges: single fen, single day, single place ----------------------------------------------


class Counting(PolicyLibrary):
    """The shipped packs with numbers of a test: how many may be given to or receive."""

    numbers: dict[str, int]

    def value(self, area: int, key: str, on: dt.date, **more: Any) -> Any:
        if key not in self.numbers:
            return None
        one = super().value(360100, "ma.maxGiversPerRecipient", dt.date(2025, 6, 1), **more)
        assert one is not None
        return replace(one, key=key, value=self.numbers[key])


def counting(**numbers: int) -> Counting:
    library = Counting.load()
    library.numbers = {f"ma.{name}": number for name, number in numbers.items()}
    return library


def test_the_number_of_recipients_is_counted(family: Family) -> None:
    two: dict[str, Any] = {"recipient": family.qian, "relation": relations.SPOUSE}
    family.library = counting(maxRecipientsPerGiver=1)
    family.authorise()
    refused(errors.RECIPIENTS_TOO_MANY, family.authorise, **two)
    # Two, the giver being one of them, are as few.
    family.library = counting(maxRecipientsPerGiver=2, capIncludesGiver=1)
    refused(errors.RECIPIENTS_TOO_MANY, family.authorise, **two)
    family.library = counting(maxRecipientsPerGiver=3, capIncludesGiver=1)
    family.authorise(**two)
    family.library = counting(maxRecipientsPerGiver=2)
    last: dict[str, Any] = {"recipient": family.zhao, "relation": relations.SPOUSE}
    refused(errors.RECIPIENTS_TOO_MANY, family.authorise, **last)
    family.library = counting(capIncludesGiver=1)  # of a limit that is none
    family.authorise(**last)


def test_a_place_without_a_number_has_no_limit(library: PolicyLibrary) -> None:
    for area in (999_900, 360_100):
        assert conditions._most(library, area, "ma.maxRecipientsPerGiver", TODAY) == 0


def test_conditions_hold_without_the_service_around_them(family: Family) -> None:
    facts: dict[str, Any] = {"giver": family.wang, "relation": relations.MOTHER, "on": TODAY}
    check = conditions.check_pair
    refused(errors.RECIPIENT_UNKNOWN, check, family.conn, family.library, recipient=5, **facts)
    check(family.conn, family.library, recipient=family.li, **facts)
    family.authorise()
    refused(errors.EXISTS_ALREADY, check, family.conn, family.library, recipient=family.li, **facts)


def test_one_day_and_no_money_are_terms_too(family: Family) -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    family.authorise(valid_from=yesterday, valid_until=TODAY, limits=Limits(day_fen=0))
    (auth,) = family.of_li()
    assert (auth.valid_from, auth.valid_until, auth.day_limit_fen) == (TODAY, TODAY, 0)
    assert auth.day_left_fen(TODAY) == 0


def test_terms_and_persons_are_checked_by_every_service(family: Family) -> None:
    conn, li = family.conn, family.li
    old: dict[str, Any] = {"giver": family.wang, "recipient": li, "relation": relations.MOTHER}
    old |= {"actor": CLERK, "now": NOW}
    refused(errors.USES_EMPTY, services.take_over, conn, uses=0, **old)
    auth_id = services.take_over(conn, valid_from=TODAY, valid_until=TODAY, **old)
    more: dict[str, Any] = {"actor": CLERK, "now": NOW}
    change = services.set_limits
    refused(errors.LIMIT_NEGATIVE, change, conn, li, auth_id, limits=Limits(year_fen=-1), **more)
    refused(errors.USES_EMPTY, change, conn, li, auth_id, limits=Limits(), uses=0, **more)
    services.pause(conn, li, auth_id, **more)
    stranger = Actor(person=li)
    refused(errors.NOT_YOURS, services.resume, conn, li, auth_id, actor=stranger, now=NOW)


def test_an_authorisation_is_judged_on_its_first_day(family: Family) -> None:
    # tidy: insured until a day to come, which no service says today
    family.conn.execute("UPDATE coverage SET ended = '2026-06-30' WHERE owner = %s", (family.li,))
    july = dt.date(2026, 7, 15)
    refused(errors.RECIPIENT_NOT_INSURED, family.authorise, valid_from=july)
    family.authorise(valid_from=dt.date(2026, 5, 1))  # begins today


def test_places_of_the_order_are_numbered_from_one(family: Family) -> None:
    first, second = family.authorise(), family.authorise(giver=family.sun, actor=CLERK)
    services.reorder(family.conn, family.li, [second, first], actor=CLERK, now=NOW)
    assert [auth.position for auth in family.of_li()] == [1, 2]


def test_services_wait_for_the_row_of_the_person(family: Family, db: str) -> None:
    """Settlements lock the same row: nobody pays by what is just being changed."""
    conn, li = family.conn, family.li
    auth_id = family.authorise()
    conn.commit()
    facts: dict[str, Any] = {"relation": relations.MOTHER, "actor": CLERK, "now": NOW}
    paused = (family.wang, 1, people.PAUSED, TODAY)  # the giver's break concerns the recipient
    takes: list[tuple[int, Any]] = [
        (li, lambda: family.authorise(giver=family.sun, actor=CLERK)),
        (family.sun, lambda: family.authorise(giver=family.sun, actor=CLERK)),
        (li, lambda: services.take_over(conn, giver=family.sun, recipient=li, **facts)),
        (li, lambda: services.reorder(conn, li, [auth_id], actor=CLERK, now=NOW)),
        (family.wang, lambda: services.set_cover_status(conn, family.library, *paused, now=NOW)),
        (li, lambda: services.set_cover_status(conn, family.library, *paused, now=NOW)),
        (li, lambda: services.pause(conn, li, auth_id, actor=CLERK, now=NOW)),
    ]
    for owner, call in takes:
        with psycopg.connect(db) as other:
            other.execute("SELECT 1 FROM person WHERE owner = %s FOR NO KEY UPDATE", (owner,))
            conn.execute("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                call()
            conn.rollback()


def used(**more: Any) -> Authorisation:
    """Of limits 500 a day, 900 a year and 2,000 in all: 100, 300 and 700 are used."""
    facts: dict[str, Any] = {
        "visit_limit_fen": 400,
        "day_limit_fen": 500,
        "year_limit_fen": 900,
        "grant_fen": 2_000,
        "used_day": TODAY,
        "used_year": TODAY.year,
        "used_day_fen": 100,
        "used_year_fen": 300,
        "used_grant_fen": 700,
        **more,
    }
    return Authorisation(
        *(1, 1, 2, relations.MOTHER, 1, authorisations.ALL_USES, ACTIVE, TODAY, None),
        **facts,
        made_at=NOW,
        ended_at=None,
    )


def counted(auth: Authorisation) -> tuple[int, int, int]:
    return auth.used_day_fen, auth.used_year_fen, auth.used_grant_fen


@pytest.mark.parametrize(
    ("days", "amount", "sums"),
    [
        (0, 50, (150, 350, 750)),
        (0, -30, (70, 270, 670)),
        (0, -200, (0, 100, 500)),
        (0, -1_000, (0, 0, 0)),
        (-1, -30, (100, 270, 670)),  # of yesterday: the day's count is another day's
        (-400, -30, (100, 300, 670)),
        (1, 50, (50, 350, 750)),
        (1, 1, (1, 301, 701)),
        (1, 0, (100, 300, 700)),  # no money: the day does not turn
        (300, 50, (50, 50, 750)),
    ],
)
def test_what_is_paid_and_given_back_counts(
    days: int, amount: int, sums: tuple[int, int, int]
) -> None:
    auth = used()
    auth.spend(TODAY + dt.timedelta(days=days), amount)
    assert counted(auth) == sums


def test_a_use_is_granted_for_its_setting_alone() -> None:
    auth = used()
    auth.uses = 1 << OUTPATIENT
    assert [auth.allows_use(setting) for setting in (OUTPATIENT, PHARMACY)] == [True, False]


def test_what_limits_leave() -> None:
    auth, tomorrow = used(), TODAY + dt.timedelta(days=1)
    assert (auth.visit_left_fen(), auth.grant_left_fen()) == (400, 1_300)
    assert (auth.day_left_fen(TODAY), auth.day_left_fen(tomorrow)) == (400, 500)
    assert (auth.year_left_fen(2026), auth.year_left_fen(2027)) == (600, 900)
    # A clock that steps back lifts nothing; a limit lowered below what was used leaves 0.
    assert auth.day_left_fen(TODAY - dt.timedelta(days=1)) == 400
    assert auth.year_left_fen(2025) == 600
    assert used(day_limit_fen=99).day_left_fen(TODAY) == 0
    assert used(visit_limit_fen=None).visit_left_fen() == NO_LIMIT_FEN


def test_the_latest_place_has_the_rule_where_none_is_in_force() -> None:
    over = {"status": people.PAUSED, "ended": dt.date(2020, 1, 1)}
    old = replace(EMPLOYEE, area=110_100, begun=dt.date(2010, 1, 1), **over)
    new = replace(RESIDENT, area=310_100, begun=dt.date(2015, 1, 1), **over)
    for both in ((old, new), (new, old)):
        assert breaks._place_of(both, TODAY) == new
    assert breaks._place_of((old,), TODAY) == old
    assert breaks._place_of((), TODAY) is None
