# SPDX-License-Identifier: Apache-2.0
"""The auditor's books: people, authorisations, visits, and what stands; every sum is taken anew.

A stay's settlement keeps the stay as a whole; what it moved is that less the whole before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor_fund import Bill, Paid, Used, Visited, pays
from auditor_packs import STAY, Packs
from auditor_terms import Terms

Year = tuple[int, int, int]  # owner, year, scheme
CARRIED, HEIRS = "carried", "heirs"  # where money went that did not go to its own bucket


@dataclass
class Person:
    """One person; ``money`` is None without an account, ``year`` that of its current bucket."""

    owner: int
    insutype: int = 310
    area: int = 360100
    active: bool = True
    retired: bool = False
    birth: dt.date = dt.date(1980, 1, 1)
    money: list[int] | None = None
    year: int = 0
    frozen: bool = False
    closed: bool = False
    heirs: int = 0  # due to them, fen


@dataclass
class Filing:
    """A filed chronic disease."""

    code: str
    disease_class: int
    begun: dt.date
    ended: dt.date | None = None


@dataclass
class Grant:
    """One authorisation, as the family made it."""

    auth_id: int
    giver: int
    relation: int
    uses: int
    valid_from: dt.date
    valid_until: dt.date | None
    limits: dict[str, int | None]  # visit, day, year, grant
    made: int  # order of making
    paused: bool = False


@dataclass
class Visit:
    """A visit with its uploads: charge batch, or number in a stay -> bill."""

    owner: int
    institution: int
    setting: int  # as it was described
    day: dt.date  # of service; of a stay, of the discharge
    batches: dict[str, Bill]
    disease: str = ""
    admission: int = 0
    discharged: bool = False


@dataclass
class Leg:
    """What moved on one giver's account; ``year`` is that of the money of the current bucket."""

    giver: int
    auth: int
    current: int
    carried: int
    why: int
    year: int

    @property
    def paid(self) -> int:
        return self.current + self.carried


@dataclass
class Case:
    """One settlement with what became of it; it stands, or it does not."""

    owner: int
    institution: int
    visit: int  # number, 0 for a purchase
    batch: str
    setting: int  # as it was settled
    year: Year
    terms: Terms
    relatives_count: bool
    made_on: dt.date  # limits of the day and the year count by it
    bill: Bill  # with all that the stay was billed before, as are the next five
    paid: Paid
    eligible: int
    withheld: int  # kept from accounts, because a fund may still owe it
    counted: int
    before: Case | None  # of a stay: the settlement that stood then
    own: tuple[int, int]  # moved by this settlement, as is all below
    own_year: int
    legs: list[Leg]
    cash: int = 0
    interim: bool = False
    lines: tuple[str, ...] = ()  # uploads of a stay
    stands: bool = True
    order: int = 0  # of standing
    ids: dict[int, int] = field(default_factory=dict)  # setl_id -> kind
    cancelled: bool = False  # its own message was undone
    went: dict[int, str] = field(default_factory=dict)  # owner -> CARRIED, HEIRS, of what came back

    @property
    def moved(self) -> Paid:
        """What funds moved by this settlement."""
        return self.paid - self.before.paid if self.before else self.paid

    @property
    def accounts(self) -> list[tuple[int, int, int, int]]:
        """(owner, current, carried, year of the current money) that this settlement took."""
        legs = [(leg.giver, leg.current, leg.carried, leg.year) for leg in self.legs]
        return [(self.owner, *self.own, self.own_year), *legs]


@dataclass
class Message:
    """An accepted message."""

    infno: str
    mark: bytes
    owner: int
    case: Case | None
    setl_id: int = 0
    cancelled: bool = False


@dataclass
class Expected:
    """A predicted answer: a refusal's code, or the figures of a record, or None for nothing."""

    code: int = 0
    figures: dict[str, Any] | None = None
    message: Message | None = None
    case: Case | None = None
    kind: int = 0
    repeat: Message | None = None  # a repeated message: whose first answer comes again


class Books:
    """Everything the auditor knows of the people of one run."""

    def __init__(self, packs: Packs, levels: dict[int, int], pharmacies: frozenset[int]) -> None:
        self.packs = packs
        self.levels = levels
        self.pharmacies = pharmacies
        self.people: dict[int, Person] = {}
        self.filings: dict[int, list[Filing]] = {}
        self.grants: dict[int, list[Grant]] = {}  # in the order of the family, ended ones left out
        self.visits: dict[int, Visit] = {}
        self.cases: list[Case] = []
        self.messages: dict[tuple[int, str, str], Message] = {}
        self.orders = 0

    # ---- what stands ----------------------------------------------------------------------------

    def standing(self, visit_no: int, batch: str | None = None) -> list[Case]:
        """What stands of a visit or stay, or of one charge batch of it, oldest first."""
        found = [c for c in self.cases if c.stands and visit_no and c.visit == visit_no]
        return sorted((c for c in found if batch in (None, c.batch)), key=lambda c: c.order)

    def open_lines(self, visit_no: int) -> dict[str, Bill]:
        """Uploads of a stay that no settlement has that stands."""
        done = {line for c in self.standing(visit_no) for line in c.lines}
        return {n: v for n, v in self.visits[visit_no].batches.items() if n not in done}

    def used(self, year: Year, pool: int, *, without: int = 0) -> Used:
        """What a year has used; of a stay counts the whole as it was calculated last."""
        total = Used()
        for case in self._counting(without):
            if case.year == year:
                total.add(case.paid, case.counted, same_pool=case.terms.pool == pool)
        return total

    def _counting(self, without: int) -> Iterator[Case]:
        last: dict[int, Case] = {}
        for case in self.cases:
            if not case.stands or (without and case.visit == without):
                continue
            if case.setting != STAY:
                yield case
            elif case.visit not in last or last[case.visit].order < case.order:
                last[case.visit] = case
        yield from last.values()

    def visited(self, cases: Iterable[Case]) -> Visited:
        """What earlier charge batches of a visit have used of it."""
        total = Visited()
        for case in cases:
            total.add(case.paid, case.bill)
        return total

    # ---- limits ---------------------------------------------------------------------------------

    def spent(self, recipient: int, auth: int, what: str, today: dt.date, visit: int = 0) -> int:
        """What a limit has used: what goes back to a giver comes off the last days of the stay."""
        days: dict[tuple[int, dt.date], int] = {}
        mine = [c for c in self.cases if c.stands and c.owner == recipient]
        for number, case in enumerate(sorted(mine, key=lambda c: c.order), 1):
            name = case.visit or -number
            if what == "visit" and (not visit or case.visit != visit):
                continue
            for leg in case.legs:
                if leg.auth != auth:
                    continue
                if leg.paid >= 0:
                    key = (name, case.made_on)
                    days[key] = days.get(key, 0) + leg.paid
                else:
                    _come_off(days, name, -leg.paid)
        return sum(
            fen
            for (_, day), fen in days.items()
            if what in ("visit", "grant")
            or (day == today if what == "day" else day.year == today.year)
        )

    # ---- what funds have paid otherwise than what stands gives ----------------------------------

    def differences(self, owner: int) -> dict[Year, tuple[int, ...]]:
        """Run everything that stands of a person again in its order; what each year differs by."""
        again: list[tuple[Case, Paid, int]] = []
        found: dict[Year, tuple[int, ...]] = {}
        mine = [c for c in self.cases if c.stands and c.owner == owner]
        for case in sorted(mine, key=lambda c: c.order):
            stay = case.setting == STAY
            same = [a for a in again if case.visit and a[0].visit == case.visit]
            visited = Visited()
            for one, made, _ in () if stay else same:
                visited.add(made, one.bill)
            now = pays(case.terms, self._used_again(again, case), visited, case.bill)
            again.append((case, now, self.counted(case, now)))
            new = now - same[-1][1] if stay and same else now
            moved = zip(case.moved.funds, new.funds, strict=True)
            sums = found.get(case.year, (0, 0, 0))
            found[case.year] = tuple(
                s + was - is_ for s, (was, is_) in zip(sums, moved, strict=True)
            )
        return {year: sums for year, sums in found.items() if any(sums)}

    def _used_again(self, again: list[tuple[Case, Paid, int]], case: Case) -> Used:
        total, stays = Used(), {}
        for one, made, counted in again:
            if one.setting == STAY:
                stays[one.visit] = one, made, counted
        if case.setting == STAY:
            stays.pop(case.visit, None)
        visits = [a for a in again if a[0].setting != STAY]
        for one, made, counted in (*visits, *stays.values()):
            if one.year == case.year:
                total.add(made, counted, same_pool=one.terms.pool == case.terms.pool)
        return total

    def counted(self, case: Case, paid: Paid) -> int:
        """What of the deductible counts: all, or what relatives' money leaves."""
        if case.relatives_count:
            return paid.deductible
        relatives, one = 0, case
        while one is not None:
            relatives += sum(leg.paid for leg in one.legs)
            one = one.before
        burden = case.bill.total - paid.fund
        return max(0, min(paid.deductible, burden - relatives))


def _come_off(days: dict[tuple[int, dt.date], int], name: int, fen: int) -> None:
    for key in sorted((k for k in days if k[0] == name), reverse=True):
        part = min(fen, days[key])
        days[key] -= part
        fen -= part


__all__ = ["Books", "Case", "Expected", "Filing", "Grant", "Leg", "Message", "Person", "Visit"]
