# SPDX-License-Identifier: Apache-2.0
"""People of one random run, made and changed through the services, in the auditor's books as well.

Insurance, accounts, authorisations, filings; freezing and closing accounts; the turn of the year.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from auditor import Auditor
from auditor_books import Filing, Grant, Person
from auditor_packs import Packs
from settlement_world import CLINIC, HOSPITAL, KEY, OTHER, PHARMACY, World

from gongji.ledger import services as ledger
from gongji.ledger.periodic import Run as PeriodicRun
from gongji.ledger.yearly import roll_year
from gongji.members import services as members
from gongji.members.people import ChronicFiling, Coverage
from gongji.members.privacy import PrivacyBox
from gongji.settlement.records import CIVIL_TIME
from gongji.sharing import services as sharing
from gongji.sharing.history import Actor

LEVELS = {CLINIC: 1, HOSPITAL: 3, OTHER: 3, PHARMACY: 1}
AGENCY = Actor(clerk="test")
# Among them the first days of a year, and the change of 9 January 2026: one giver, then many.
STARTS = (
    dt.date(2026, 3, 2),
    dt.date(2026, 1, 6),
    dt.date(2026, 6, 30),
    dt.date(2026, 12, 28),
    dt.date(2026, 12, 30),
)
COVERED_FROM = dt.date(2010, 1, 1)
DISEASES = ("M03900", "M07801")
ACTIVE, PAUSED = 1, 2  # of an insurance relation
NORMAL, FROZEN, CLOSED = 1, 2, 3  # of an account


class Clock:
    """The time of one run."""

    def __init__(self, day: dt.date) -> None:
        self.now = dt.datetime.combine(day, dt.time(8), CIVIL_TIME)

    def __call__(self) -> dt.datetime:
        return self.now


class Families:
    """One seed: its people and their changes, in the centre and in the books."""

    def __init__(self, world: World, clock: Clock, packs: Packs, seed: int) -> None:
        self.world, self.clock, self.seed = world, clock, seed
        self.luck = random.Random(seed)
        clock.now = dt.datetime.combine(self.luck.choice(STARTS), dt.time(8), CIVIL_TIME)
        self.auditor = Auditor(packs, LEVELS, frozenset((PHARMACY,)))
        self.patients: list[int] = []
        self.step = 0
        self._number = 0
        self._box = PrivacyBox(KEY)
        self._people()

    @property
    def today(self) -> dt.date:
        """The civil day."""
        return self.clock.now.date()

    # ---- making -----------------------------------------------------------------------------

    def _people(self) -> None:
        luck = self.luck
        for number in range(11):
            one = Person(0, year=self.today.year)
            if number in (8, 9):
                one.insutype, one.birth = 390, dt.date(2019, 5, 1)
            elif number == 10:
                one.active = False
            one.retired = number in (3, 4)
            one.area = {5: 360400, 6: 440100}.get(number, 360100)
            if one.insutype == 310 and number != 7:
                one.money = [luck.choice((0, 100, luck.randrange(300000))), luck.randrange(60000)]
            self._register(one, number)
            self.auditor.people[one.owner] = one
            if one.area == 360100:
                # Often the same few, so that their years fill; seldom the one who is not insured.
                self.patients += [one.owner] * (1 if number > 9 else 3 if number < 3 else 2)
        self.world.conn.commit()
        for patient in sorted(set(self.patients)):
            for _ in range(luck.randrange(5)):
                self._authorise(patient)
            for _ in range(luck.randrange(4)):
                self._file(patient)
        self.world.conn.commit()

    def _register(self, one: Person, number: int) -> None:
        conn = self.world.conn
        one.owner = members.register_person(
            conn,
            self._box,
            cert_type="99",
            certno=f"S{self.seed}-{number}-{self.luck.getrandbits(60)}",
            name="测试",
            today=self.today,
            sex=1,
            birth=one.birth,
        )
        status = ACTIVE if one.active else PAUSED
        kind = "21" if one.retired else "11"
        relation = Coverage(
            *(1, one.insutype, one.area, kind, one.retired, status, False, 0, False, 0),
            *(COVERED_FROM, None, None),
        )
        members.add_coverage(conn, one.owner, relation)
        if one.money is not None:
            account = ledger.NewAccount(one.owner, one.area, one.year, COVERED_FROM)
            ledger.open_accounts(conn, [account])
            self.world.fund(one.owner, *one.money, one.area)

    def _authorise(self, patient: int) -> None:
        luck, grants = self.luck, self.auditor.grants.setdefault(patient, [])
        taken = {patient, *(grant.giver for grant in grants)}
        free = [owner for owner in self.auditor.people if owner not in taken]
        free += [o for o in free if self.auditor.people[o].money]  # rather those who can give
        if not free:
            return
        late, start = luck.random() < 0.1, self.today
        self._number += 1
        grant = Grant(
            0,
            luck.choice(free),
            luck.choice((10, 10, 20, 20, 50, 50, 99)),
            luck.choice((30, 30, 30, 30, 2, 28)),
            start + dt.timedelta(days=luck.choice((0, 0, 0, 1))),
            start + dt.timedelta(days=luck.randrange(1, 4)) if late else None,
            self._limits(),
            self._number,
        )
        # As from an older system, so that relations and places stand that no longer count.
        grant.auth_id = sharing.take_over(
            self.world.conn,
            giver=grant.giver,
            recipient=patient,
            relation=grant.relation,
            actor=AGENCY,
            now=self.clock.now,
            uses=grant.uses,
            limits=_limits_of(grant),
            valid_from=grant.valid_from,
            valid_until=grant.valid_until,
        )
        grants.append(grant)

    def _limits(self) -> dict[str, int | None]:
        names = ("visit", "day", "year", "grant")
        return {n: self.luck.choice((None,) * 4 + (self.luck.randrange(60000),)) for n in names}

    def _file(self, patient: int) -> None:
        """File a disease from some day on, if no filing of it reaches there."""
        luck = self.luck
        begun = self.today + dt.timedelta(days=luck.choice((-40, -1, 0, 1)))
        ended = begun + dt.timedelta(days=luck.randrange(4)) if luck.random() < 0.4 else None
        one = Filing(luck.choice(DISEASES), luck.choice((1, 1, 2)), begun, ended)
        mine = self.auditor.filings.setdefault(patient, [])
        if any(f.code == one.code and (f.ended is None or f.ended >= begun) for f in mine):
            return
        filing = ChronicFiling(one.code, "慢性病", one.disease_class, begun, ended)
        members.file_chronic(self.world.conn, patient, filing)
        mine.append(one)

    # ---- changing -----------------------------------------------------------------------------

    def change_family(self) -> None:
        """Change an authorisation, a filing or an account."""
        patient = self.luck.choice(self.patients)
        way = self.luck.random()
        if way < 0.55:
            self._change_grant(patient)
        elif way < 0.7:
            self._change_filing(patient)
        else:
            self._change_account()
        self.world.conn.commit()

    def _change_grant(self, patient: int) -> None:
        luck, conn = self.luck, self.world.conn
        grants = self.auditor.grants.setdefault(patient, [])
        grant = luck.choice(grants) if grants else None
        verb = luck.choice(("make", "pause", "end", "again", "limit", "order"))
        how: Any = {"actor": AGENCY, "now": self.clock.now}
        if verb == "make" or grant is None:
            self._authorise(patient)
        elif verb == "pause":
            change = sharing.resume if grant.paused else sharing.pause
            change(conn, patient, grant.auth_id, **how)
            grant.paused = not grant.paused
        elif verb in ("end", "again"):
            sharing.end(conn, patient, grant.auth_id, **how)
            grants.remove(grant)
            if verb == "again":
                self._authorise(patient)
        elif verb == "limit":
            grant.limits = self._limits()
            until, limits = grant.valid_until, _limits_of(grant)
            sharing.set_limits(
                conn, patient, grant.auth_id, limits=limits, valid_until=until, **how
            )
        else:
            luck.shuffle(grants)
            sharing.reorder(conn, patient, [g.auth_id for g in grants], **how)

    def _change_filing(self, patient: int) -> None:
        """End what is in force today, or file."""
        for one in self.auditor.filings.get(patient, []):
            if one.begun <= self.today and (one.ended is None or one.ended > self.today):
                members.end_chronic(self.world.conn, patient, one.code, self.today)
                one.ended = self.today
                return
        self._file(patient)

    def _change_account(self) -> None:
        """Freeze, feed or, seldom and for good, close an account."""
        luck, conn = self.luck, self.world.conn
        person = self.auditor.people[luck.choice(list(self.auditor.people))]
        if person.money is None or person.closed:
            return
        verb = luck.choice(("freeze", "feed", "feed", "feed", "feed", "close"))
        if verb == "freeze":
            person.frozen = not person.frozen and luck.random() < 0.7
            ledger.set_account_status(conn, person.owner, FROZEN if person.frozen else NORMAL)
        elif verb == "feed":
            amount = luck.randrange(1, 200000)
            self.world.fund(person.owner, amount, area=person.area)
            person.money[0] += amount
        else:
            person.closed, person.frozen = True, False
            ledger.set_account_status(conn, person.owner, CLOSED)

    def pass_time(self) -> None:
        """The next day; in January, a day or two late, the roll of the year that is over."""
        self.clock.now += dt.timedelta(days=1)
        behind = [p for p in self.auditor.people.values() if p.year and p.year < self.today.year]
        if behind and self.today.day > 1 and self.luck.random() < 0.6:
            run = PeriodicRun(self.today, self.clock.now, "test")
            roll_year(self.world.conn, self.today.year - 1, run)
            self.auditor.roll(self.today.year - 1)


def _limits_of(grant: Grant) -> sharing.Limits:
    return sharing.Limits(*(grant.limits[n] for n in ("visit", "day", "year", "grant")))
