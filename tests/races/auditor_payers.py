# SPDX-License-Identifier: Apache-2.0
"""Who pays what is left of a bill, as docs/ledger.md tells it: own account, relatives, cash.

Reasons come in the order that families are told.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from auditor_books import Books, Case, Grant, Leg, Person
from auditor_packs import Sharing

from gongji.kernel import reasons


@dataclass
class Asked:
    """One patient's bill at the till."""

    person: Person
    rules: Sharing
    setting: int
    today: dt.date
    use: int  # 0 no account, 1 accounts, 2 the own one alone
    visit: int
    standing: list[Case]  # of the same stay, oldest first; empty for visits and purchases


class Payers(Books):
    """Books that know who pays."""

    def pay(self, asked: Asked, wanted: int) -> tuple[tuple[int, int], list[Leg]]:
        """Let accounts pay ``wanted`` fen; (own current, own carried) and the givers' legs."""
        person = asked.person
        usable = person.money is not None and not person.frozen and not person.closed
        money = list(person.money) if usable and person.money else [0, 0]
        own = take(money, asked.rules.own_buckets, wanted) if asked.use else (0, 0)
        rest = wanted - sum(own)
        own_left = sum(money) - sum(own)
        legs: list[Leg] = []
        givers = {leg.auth for leg in self._taken(asked.standing) if leg.paid > 0}
        for grant in self._ordered(asked):
            why = self._stopped(asked, grant)
            gave = (0, 0)
            if asked.use == 0:
                why = reasons.ACCOUNT_NOT_USED
            elif asked.use == 2:
                why = reasons.RELATIVES_NOT_USED
            elif why:
                pass
            elif rest <= 0:
                why = reasons.NOTHING_LEFT_TO_PAY
            elif asked.rules.own_must_be_zero and own_left > 0:
                why = reasons.OWN_ACCOUNT_NOT_ZERO
            elif (
                asked.rules.givers_most is not None
                and len(givers) >= asked.rules.givers_most
                and grant.auth_id not in givers
            ):
                why = reasons.GIVERS_PER_SETTLEMENT
            else:
                gave, why = self._give(asked, grant, rest)
                if sum(gave):
                    givers.add(grant.auth_id)
            rest -= sum(gave)
            legs.append(self._leg(grant.giver, grant.auth_id, gave, why))
        return own, legs + self._ended(asked, _ENDED.get(asked.use, reasons.AUTHORISATION_ENDED))

    def give_back(self, asked: Asked, back: int) -> tuple[tuple[int, int], list[Leg]]:
        """Let ``back`` fen return to the accounts: the last giver first, the own account last."""
        taken = {leg.auth: leg for leg in self._taken(asked.standing)}
        legs = [self._leg(g.giver, g.auth_id, (0, 0), 0) for g in self._ordered(asked)]
        legs += self._ended(asked, 0)
        for leg in reversed(legs):
            was = taken.get(leg.auth)
            held = [was.current, was.carried] if was else [0, 0]
            current, carried = back_to(asked.rules.giver_buckets, back, held)
            back -= current + carried
            leg.current, leg.carried = -current, -carried
            leg.why = reasons.GIVEN_BACK if leg.paid else reasons.NOTHING_LEFT_TO_PAY
            leg.year = was.year if was else leg.year
        held = [sum(c.own[bucket] for c in asked.standing) for bucket in (0, 1)]
        current, carried = back_to(asked.rules.own_buckets, back, held)
        return (-current, -carried), legs

    def _taken(self, standing: list[Case]) -> list[Leg]:
        """What a stay holds of each giver, in the order of their first payment."""
        found: dict[int, Leg] = {}
        for case in standing:
            for leg in case.legs:
                if not leg.current and not leg.carried:
                    continue
                sums = found.setdefault(leg.auth, Leg(leg.giver, leg.auth, 0, 0, 0, leg.year))
                sums.current += leg.current
                sums.carried += leg.carried
                if leg.current > 0:
                    sums.year = leg.year
        return list(found.values())

    def _leg(self, giver: int, auth: int, gave: tuple[int, int], why: int) -> Leg:
        return Leg(giver, auth, *gave, why, self.people[giver].year)

    def _ended(self, asked: Asked, why: int) -> list[Leg]:
        """Givers of the stay whose authorisation has ended since stand at the end."""
        live = {g.auth_id for g in self.grants.get(asked.person.owner, [])}
        gone = [leg for leg in self._taken(asked.standing) if leg.auth not in live]
        return [self._leg(leg.giver, leg.auth, (0, 0), why) for leg in gone]

    def _ordered(self, asked: Asked) -> list[Grant]:
        grants = list(self.grants.get(asked.person.owner, []))
        if asked.rules.order == "LARGEST_BALANCE_FIRST":
            grants.sort(key=lambda g: (-sum(self.people[g.giver].money or ()), g.made))
        elif asked.rules.order == "LATEST_BOUND_FIRST":
            grants.sort(key=lambda g: -g.made)
        elif asked.rules.order == "LOCAL_THEN_REMOTE":
            here = asked.person.area
            grants.sort(key=lambda g: (self._account_area(g.giver) != here, g.made))
        return grants

    def _account_area(self, giver: int) -> int:
        one = self.people[giver]
        return 0 if one.money is None else one.area

    def _give(self, asked: Asked, grant: Grant, wanted: int) -> tuple[tuple[int, int], int]:
        rules, money = asked.rules, self.people[grant.giver].money or [0, 0]
        buckets = rules.giver_buckets
        usable = max(0, min(sum(money) - rules.floor, sum(money[b] for b in buckets)))
        held_back = reasons.BALANCE_EXHAUSTED
        if rules.floor and 0 < sum(money) <= usable + rules.floor:
            held_back = reasons.RETAINED_BALANCE
        elif buckets == (1,) and money[0] > 0:
            held_back = reasons.BUCKET_NOT_SHARABLE
        rooms = [(usable, held_back)]
        for name, why in (
            ("visit", reasons.LIMIT_PER_VISIT),
            ("day", reasons.LIMIT_PER_DAY),
            ("year", reasons.LIMIT_PER_YEAR),
            ("grant", reasons.GRANT_EXHAUSTED),
        ):
            limit = grant.limits[name]
            if limit is not None:
                spent = self.spent(
                    asked.person.owner, grant.auth_id, name, asked.today, asked.visit
                )
                rooms.append((max(0, limit - spent), why))
        room, why = min(rooms, key=lambda pair: pair[0])  # the first of equals
        if room >= wanted:
            return take(money, buckets, wanted), reasons.PAID_ALL_ASKED
        return take(money, buckets, room), why

    def _stopped(self, asked: Asked, grant: Grant) -> int:
        giver, today, rules = self.people[grant.giver], asked.today, asked.rules
        here, there = asked.person.area, giver.area
        expired = grant.valid_until is not None and today > grant.valid_until
        checks = (
            (grant.paused, reasons.AUTHORISATION_PAUSED),
            (today < grant.valid_from, reasons.AUTHORISATION_NOT_YET_VALID),
            (expired, reasons.AUTHORISATION_EXPIRED),
            (grant.relation not in rules.relations, reasons.RELATION_NOT_ALLOWED),
            (giver.closed, reasons.ACCOUNT_CLOSED),
            (giver.insutype != 310, reasons.GIVER_NOT_EMPLOYEE),
            (not giver.active, reasons.GIVER_COVERAGE_INTERRUPTED),
            (giver.money is None, reasons.GIVER_HAS_NO_ACCOUNT),
            (giver.frozen, reasons.ACCOUNT_FROZEN),
            (here // 10000 != there // 10000, reasons.GIVER_IN_OTHER_PROVINCE),
            (rules.pool_only and here // 100 != there // 100, reasons.GIVER_OUTSIDE_AREA),
            (asked.setting not in rules.uses, reasons.USE_NOT_ALLOWED),
            (not grant.uses >> asked.setting & 1, reasons.USE_NOT_GRANTED),
        )
        return next((why for stops, why in checks if stops), 0)


_ENDED = {0: reasons.ACCOUNT_NOT_USED, 2: reasons.RELATIVES_NOT_USED}


def take(money: list[int], buckets: tuple[int, ...], wanted: int) -> tuple[int, int]:
    """Take up to ``wanted`` from the buckets in their order; (from current, from carried)."""
    taken = [0, 0]
    for bucket in buckets:
        taken[bucket] = min(wanted - sum(taken), money[bucket])
    return taken[0], taken[1]


def back_to(buckets: tuple[int, ...], back: int, held: list[int]) -> tuple[int, int]:
    """Give back up to what each bucket gave, the one that pays last first."""
    order = [*reversed(buckets), *(b for b in (0, 1) if b not in buckets)]
    given = [0, 0]
    for bucket in sorted((0, 1), key=order.index):
        given[bucket] = min(back - sum(given), held[bucket])
    return given[0], given[1]
