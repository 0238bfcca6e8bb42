# SPDX-License-Identifier: Apache-2.0
"""The auditor's books, and who pays what is left of a bill: own account, relatives, cash.

Limits are sums over the cases that stand; reasons come in the order that families are told.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from gongji.kernel import reasons
from gongji.kernel.benefit import BenefitResult, Bill
from gongji.policy.library import PolicyLibrary

BUCKETS = {1: (0, 1), 2: (1, 0), 3: (1,)}  # sharing rules: which bucket pays, in which order
PHARMACY, STAY = 2, 4


@dataclass
class Person:
    """One person; ``money`` is None without an account."""

    owner: int
    insutype: int = 310
    area: int = 360100
    active: bool = True
    retired: bool = False
    birth: dt.date = dt.date(1980, 1, 1)
    money: list[int] | None = None
    frozen: bool = False


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
    paused: bool = False


@dataclass
class Visit:
    """A visit with its uploads: charge batch, or number in a stay -> (in-policy, self-paid) fen."""

    owner: int
    institution: int
    setting: int
    day: dt.date
    batches: dict[str, tuple[int, int]]


@dataclass
class Case:
    """One settlement with what became of it; it stands, or it does not."""

    owner: int
    institution: int
    visit: Any  # (mdtrt_id, charge batch), None for a purchase
    year: tuple[int, int, int]  # owner, year, scheme
    pool: int
    bill: Bill
    benefit: BenefitResult
    counted: int
    own: tuple[int, int]
    legs: list[tuple[int, int, int, int, int]]  # giver, auth, current, carried, reason
    cash: int
    made_on: dt.date  # limits of the day and the year count by it
    stands: bool = True
    ids: dict[int, int] = field(default_factory=dict)  # setl_id -> kind
    cancelled: bool = False  # its own message was undone
    lines: tuple[str, ...] = ()  # uploads of a stay


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

    def __init__(self, library: PolicyLibrary, levels: dict[int, int]) -> None:
        self.library = library
        self.levels = levels
        self.people: dict[int, Person] = {}
        self.grants: dict[int, list[Grant]] = {}
        self.visits: dict[int, Visit] = {}
        self.cases: list[Case] = []
        self.messages: dict[tuple[int, str, str], Message] = {}

    def standing(self, name: Any) -> list[Case]:
        """What stands of a charge batch, or of a stay, oldest first."""
        return [c for c in self.cases if c.stands and c.visit == name and name is not None]

    def open_lines(self, visit_no: int) -> dict[str, tuple[int, int]]:
        """Uploads of a stay that no settlement has that stands."""
        done = {line for c in self.standing((visit_no, "")) for line in c.lines}
        return {n: v for n, v in self.visits[visit_no].batches.items() if n not in done}

    def pay(
        self,
        policy: Any,
        person: Person,
        setting: int,
        today: dt.date,
        use: int,
        burden: int,
        bill: Bill,
    ) -> tuple[tuple[int, int], list[Any]]:
        rules = policy.sharing
        wanted = burden
        if rules.eligible_base == 1:
            wanted = max(0, burden - bill.self_paid_fen - bill.over_limit_fen)
        money = person.money if person.money is not None and not person.frozen else [0, 0]
        own = take(money, BUCKETS[rules.own_buckets], wanted) if use else (0, 0)
        wanted -= sum(own)
        legs: list[Any] = []
        for grant in self.grants.get(person.owner, []):
            why = self._stopped(policy, person, grant, setting, today)
            gave = (0, 0)
            if use == 0:
                why = reasons.ACCOUNT_NOT_USED
            elif use == 2:
                why = reasons.RELATIVES_NOT_USED
            elif not why and wanted == 0:
                why = reasons.NOTHING_LEFT_TO_PAY
            elif not why:
                gave, why = self._give(rules, person.owner, grant, today, wanted)
            wanted -= sum(gave)
            legs.append((grant.giver, grant.auth_id, *gave, why))
        return own, legs

    def _give(
        self, rules: Any, recipient: int, grant: Grant, today: dt.date, wanted: int
    ) -> tuple[tuple[int, int], int]:
        money = self.people[grant.giver].money or [0, 0]
        buckets = BUCKETS[rules.giver_buckets]
        usable = max(0, min(sum(money) - rules.retained_fen, sum(money[b] for b in buckets)))
        rooms = [(usable, reasons.BALANCE_EXHAUSTED)]
        for name, why in (
            ("visit", reasons.LIMIT_PER_VISIT),
            ("day", reasons.LIMIT_PER_DAY),
            ("year", reasons.LIMIT_PER_YEAR),
            ("grant", reasons.GRANT_EXHAUSTED),
        ):
            limit = grant.limits[name]
            if limit is not None:
                rooms.append((max(0, limit - self.used(recipient, grant, name, today)), why))
        room, why = min(rooms, key=lambda pair: pair[0])  # the first of equals
        if room >= wanted:
            return take(money, buckets, wanted), reasons.PAID_ALL_ASKED
        return take(money, buckets, room), why

    def used(self, recipient: int, grant: Grant, name: str, today: dt.date) -> int:
        """What a limit has used: the sum over the cases that stand."""

        def counts(case: Case) -> bool:
            if name == "visit":
                return False
            if name == "day":
                return case.made_on == today
            return name == "grant" or case.made_on.year == today.year

        return sum(
            leg[2] + leg[3]
            for case in self.cases
            if case.owner == recipient and case.stands and counts(case)
            for leg in case.legs
            if leg[1] == grant.auth_id
        )

    def _stopped(
        self, policy: Any, person: Person, grant: Grant, setting: int, today: dt.date
    ) -> int:
        giver = self.people[grant.giver]
        here, there = person.area, giver.area
        checks = (
            (grant.paused, reasons.AUTHORISATION_PAUSED),
            (today < grant.valid_from, reasons.AUTHORISATION_NOT_YET_VALID),
            (
                grant.valid_until is not None and today > grant.valid_until,
                reasons.AUTHORISATION_EXPIRED,
            ),
            (grant.relation not in policy.relations, reasons.RELATION_NOT_ALLOWED),
            (giver.insutype != 310, reasons.GIVER_NOT_EMPLOYEE),
            (not giver.active, reasons.GIVER_COVERAGE_INTERRUPTED),
            (giver.money is None, reasons.GIVER_HAS_NO_ACCOUNT),
            (giver.frozen, reasons.ACCOUNT_FROZEN),
            (here // 10000 != there // 10000, reasons.GIVER_IN_OTHER_PROVINCE),
            (policy.insured_scope == 1 and here // 100 != there // 100, reasons.GIVER_OUTSIDE_AREA),
            (not policy.use_allowed(setting), reasons.USE_NOT_ALLOWED),
            (not grant.uses >> setting & 1, reasons.USE_NOT_GRANTED),
        )
        return next((why for stops, why in checks if stops), 0)


def take(money: list[int], buckets: tuple[int, ...], wanted: int) -> tuple[int, int]:
    """Take up to ``wanted`` from the buckets in their order; (from current, from carried)."""
    taken = [0, 0]
    for bucket in buckets:
        taken[bucket] = min(wanted - sum(taken), money[bucket])
    return taken[0], taken[1]
