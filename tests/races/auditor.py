# SPDX-License-Identifier: Apache-2.0
"""A second, simple settlement centre: predicts every answer and every balance from the rules.

Written apart from the engine, in plain Python with no database: funds (``auditor_fund``), packs
(``auditor_packs``), accounts and relatives (``auditor_payers``), keys, reversals and undos here.
Sums are always taken anew over the cases that stand; nothing is kept incrementally but balances.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple
from typing import Any

from auditor_books import CARRIED, HEIRS, Case, Expected, Message, Visit
from auditor_fund import Bill, Paid, Visited, open_part, pays
from auditor_packs import CHRONIC, OUTPATIENT, PHARMACY, STAY, Gap
from auditor_payers import Asked, Payers
from auditor_terms import terms_of

from gongji.kernel import reasons
from gongji.settlement import errors

SETTINGS = frozenset({"2102", "2207", "2304"})
MONEY = ("2102", "2103", "2207", "2208", "2304", "2305")


class Auditor(Payers):
    """The books of all people of one run."""

    # ---- what is asked --------------------------------------------------------------------

    def settle(
        self,
        key: Any,
        owner: int,
        visit_no: int,
        batch: str,
        total: int,
        use: int,
        today: dt.date,
        *,
        interim: bool = False,
    ) -> Expected:
        """2207 of a charge batch, 2304 of a stay (all lines, batch "")."""
        known = self._known(key)
        if known is not None:
            return known
        visit = self.visits.get(visit_no)
        if visit is None or visit.owner != owner:
            return Expected(errors.VISIT_NOT_FOUND)
        if visit.institution != key.institution_id:
            return Expected(errors.VISIT_OF_OTHER_INSTITUTION)
        if visit.setting == STAY:
            if not interim and not visit.discharged:
                return Expected(errors.NOT_DISCHARGED)
            standing, lines = self.standing(visit_no), self.open_lines(visit_no)
            if not lines and standing and (interim or not standing[-1].interim):
                return Expected(errors.ALREADY_SETTLED)
            if not lines and not standing:
                return Expected(errors.NO_LINES)
        else:
            if self.standing(visit_no, batch):
                return Expected(errors.ALREADY_SETTLED)
            if batch not in visit.batches:
                return Expected(errors.NO_LINES)
            lines = {batch: visit.batches[batch]}
        day = today if visit.setting == STAY and interim else visit.day
        if day > today:
            return Expected(errors.SERVICE_IN_FUTURE)
        made = self._new(key, visit, visit_no, batch, lines, day, total, use, today)
        if made.case is not None:
            made.case.interim = interim
        return made

    def purchase(
        self,
        key: Any,
        owner: int,
        bill: Bill,
        total: int,
        use: int,
        day: dt.date,
        today: dt.date,
        *,
        disease: str | None = None,
    ) -> Expected:
        """2102; ``disease`` where it is bought as that of a filed chronic disease."""
        known = self._known(key)
        if known is not None:
            return known
        setting = PHARMACY if disease is None else CHRONIC
        sale = Visit(owner, key.institution_id, setting, day, {}, disease or "")
        return self._new(key, sale, 0, "1", {"1": bill}, day, total, use, today)

    def reverse(self, key: Any, owner: int, setl_id: int) -> Expected:
        """2103, 2208: names any id that the case has had."""
        known = self._known(key)
        if known is not None:
            return known
        case = next((c for c in self.cases if c.owner == owner and setl_id in c.ids), None)
        if case is None:
            return Expected(errors.SETTLEMENT_NOT_FOUND)
        if case.institution != key.institution_id:
            return Expected(errors.SETTLEMENT_OF_OTHER_INSTITUTION)
        if case.ids[setl_id] == 2:
            return Expected(errors.NOT_REVERSIBLE)
        if not case.stands:
            return Expected(errors.ALREADY_REVERSED)
        why = self._holds(case)
        return Expected(why) if why else self._fall(key, case)

    def undo(self, key: Any, owner: int, msgid: str, infno: str, today: dt.date) -> Expected:
        """2601: afterwards the named message has had no effect."""
        known = self._known(key)
        if known is not None:
            return known
        if infno not in MONEY:
            return Expected(errors.UNDO_NOT_SUPPORTED)
        named = (key.institution_id, msgid, infno)
        message = self.messages.get(named)
        if message is None:
            for other in MONEY:
                meant = self.messages.get((key.institution_id, msgid, other))
                if meant is not None and meant.owner == owner and not meant.cancelled:
                    return Expected(errors.UNDO_MISMATCH)
            self.messages[named] = Message(infno, b"", owner, None, cancelled=True)
            return self._nothing(key, owner)
        if message.owner != owner:
            return Expected(errors.UNDO_OTHER_PERSON)
        case = message.case
        if message.cancelled or case is None:
            message.cancelled = True
            return self._nothing(key, owner)
        if infno in SETTINGS:
            why = self._holds(case) if case.stands else 0
            if why:
                return Expected(why)
            message.cancelled = case.cancelled = True
            return self._fall(key, case) if case.stands else self._nothing(key, owner)
        last = max(case.ids, key=list(case.ids).index)
        if case.cancelled or last != message.setl_id:
            message.cancelled = True
            return self._nothing(key, owner)
        if not self._can_stand(case, today):
            return Expected(errors.CANNOT_RESTORE)
        message.cancelled = True
        return self._stand_again(key, case, today)

    def bind(self, expected: Expected, record: Any) -> None:
        """Tell the books the id that the centre gave."""
        if expected.message is not None and expected.case is not None:
            expected.message.setl_id = record.setl_id
            expected.case.ids[record.setl_id] = expected.kind

    def roll(self, year: int) -> None:
        """What is left of a year that is over becomes carried money."""
        for person in self.people.values():
            if person.money is not None and person.year <= year:
                person.money[:] = [0, sum(person.money)]
                person.year = year + 1

    # ---- keys and cases -------------------------------------------------------------------

    def _known(self, key: Any) -> Expected | None:
        message = self.messages.get((key.institution_id, key.msgid, key.infno))
        if message is None:
            return None
        if message.cancelled:
            return Expected(errors.KEY_CANCELLED)
        if message.mark != key.fingerprint:
            return Expected(errors.KEY_REUSED)
        return Expected(repeat=message)

    def _remember(self, key: Any, owner: int, case: Case | None) -> Message:
        message = Message(key.infno, key.fingerprint, owner, case)
        self.messages[key.institution_id, key.msgid, key.infno] = message
        return message

    def _nothing(self, key: Any, owner: int) -> Expected:
        self._remember(key, owner, None)
        return Expected()

    def _holds(self, case: Case) -> int:
        """What keeps a case that stands from falling: a refusal's code, or 0."""
        if case.setting == STAY and self.standing(case.visit)[-1] is not case:
            return errors.SETTLED_SINCE
        if HEIRS in case.went.values():
            return errors.MONEY_GONE
        takes = [(o, -cur, -car) for o, cur, car, _ in case.accounts if min(cur, car) < 0]
        if not all(self._may_pay(owner) for owner, _, _ in takes):
            return errors.MONEY_GONE
        return 0 if self._have(takes, self._lies(case)) else errors.MONEY_GONE

    def _have(self, takes: list[tuple[int, int, int]], where: dict[int, str]) -> bool:
        """Can the accounts pay this, each from where the money went?"""
        needs: dict[tuple[int, int], int] = {}
        for owner, current, carried in takes:
            if where.get(owner) == CARRIED:
                current, carried = 0, current + carried
            for bucket, fen in enumerate((current, carried)):
                needs[owner, bucket] = needs.get((owner, bucket), 0) + fen
        return all(
            (self.people[owner].money or [0, 0])[bucket] >= fen
            for (owner, bucket), fen in needs.items()
        )

    def _fall(self, key: Any, case: Case) -> Expected:
        """Every fen goes back; what the case had given back is taken from where it went."""
        case.stands, lies = False, self._lies(case)
        back: dict[int, str] = {}
        for owner, current, carried, year in case.accounts:
            if max(current, carried) > 0:
                place = self._place(owner, year)
                if place:
                    back[owner] = place
                self._move(owner, current, carried, place)
            else:
                self._move(owner, current, carried, lies.get(owner, ""))
        if case.before is None or not any(min(a[1:3]) < 0 for a in case.accounts):
            case.went = back
        return self._figures(key, case, 2)

    def _place(self, owner: int, year: int) -> str:
        """Where money of a year lies that comes back to an account."""
        person = self.people[owner]
        if person.closed:
            return HEIRS
        return CARRIED if person.money is not None and person.year > year else ""

    def _move(self, owner: int, current: int, carried: int, place: str) -> None:
        """Put money into an account, or take it out (negative)."""
        person = self.people[owner]
        if person.money is None or not (current or carried):
            return
        if place == HEIRS:
            person.heirs += current + carried
            return
        if place == CARRIED:
            current, carried = 0, current + carried
        person.money[0] += current
        person.money[1] += carried

    def _can_stand(self, case: Case, today: dt.date) -> bool:
        if case.setting == STAY or HEIRS in case.went.values():
            return False
        if case.visit and self.standing(case.visit, case.batch):
            return False
        if not self._would_pay_again(case, today):
            return False
        return self._have([a[:3] for a in case.accounts], self._lies(case))

    def _would_pay_again(self, case: Case, today: dt.date) -> bool:
        """May everybody who paid a case that fell pay the same today?"""
        if sum(case.own) and not self._may_pay(case.owner):
            return False
        grants = {grant.auth_id: grant for grant in self.grants.get(case.owner, [])}
        for leg in case.legs:
            if not leg.paid:
                continue
            grant = grants.get(leg.auth)
            if grant is None or grant.paused or not self._may_pay(leg.giver):
                return False
            if not grant.valid_from <= today <= (grant.valid_until or today):
                return False
            for name, limit in grant.limits.items():
                spent = self.spent(case.owner, leg.auth, name, today, case.visit)
                if limit is not None and limit - spent < leg.paid:
                    return False
        return True

    def _may_pay(self, owner: int) -> bool:
        return not (self.people[owner].frozen or self.people[owner].closed)

    def _lies(self, case: Case) -> dict[int, str]:
        """Where money lies now that a case, or its fall, gave back."""
        places = dict(case.went)
        for owner, _, _, year in case.accounts:
            if places.get(owner) != HEIRS and self.people[owner].year > year:
                places[owner] = CARRIED
        return places

    def _stand_again(self, key: Any, case: Case, today: dt.date) -> Expected:
        case.made_on, lies = today, self._lies(case)
        for owner, current, carried, _ in case.accounts:
            self._move(owner, -current, -carried, lies.get(owner, ""))
        case.went = {}
        self._stand(case)
        return self._figures(key, case, 3)

    def _stand(self, case: Case) -> None:
        self.orders += 1
        case.stands, case.order = True, self.orders

    def _figures(self, key: Any, case: Case, kind: int) -> Expected:
        money = self.people[case.owner].money or [0, 0]
        figures = {
            "kind": kind,
            "fund": case.moved.fund,
            "funds": case.moved.funds,
            "deductible": case.moved.deductible,
            "own": case.own,
            "legs": [(leg.giver, leg.current, leg.carried, leg.why) for leg in case.legs],
            "cash": case.cash,
            "balance": sum(money),
        }
        return Expected(0, figures, self._remember(key, case.owner, case), case, kind)

    # ---- a new settlement -----------------------------------------------------------------

    def _new(
        self,
        key: Any,
        visit: Visit,
        number: int,
        batch: str,
        lines: dict[str, Bill],
        day: dt.date,
        total: int,
        use: int,
        today: dt.date,
    ) -> Expected:
        person = self.people[visit.owner]
        if not person.active:
            return Expected(errors.COVERAGE_NOT_ACTIVE)
        stay = visit.setting == STAY
        standing = self.standing(number)
        before = standing[-1] if stay and standing else None
        bill = sum(lines.values(), Bill())
        if bill.total <= 0 and before is None:
            return Expected(errors.NOTHING_TO_PAY)
        whole = bill + before.bill if before else bill
        if min(astuple(whole)) < 0:
            return Expected(errors.BILL_BELOW_ZERO)
        if total != bill.total:
            return Expected(errors.AMOUNT_CHANGED)
        try:
            setting, disease_class = self._care(visit, day)
            admission = visit.admission if stay else 1
            age = day.year - person.birth.year
            age -= (day.month, day.day) < (person.birth.month, person.birth.day)
            terms = terms_of(
                self.packs,
                *(person.area, person.insutype, day, setting, disease_class),
                *(self.levels[visit.institution], person.retired, age if stay else 0, admission),
            )
            rules = self.packs.sharing(person.area, day)
        except Gap as gap:
            return Expected(gap.code)
        year = (visit.owner, day.year, person.insutype)
        visited = Visited() if stay else self.visited(standing)
        used = self.used(year, terms.pool, without=number if stay else 0)
        paid = pays(terms, used, visited, whole)
        asked = Asked(person, rules, setting, today, use, number, standing if stay else [])
        eligible = self._eligible(rules, whole, paid)
        withheld = min(open_part(terms, used, paid), eligible)
        case = Case(
            *(visit.owner, visit.institution, number, batch, setting, year, terms),
            *(rules.relatives_count, today, whole, paid, eligible - withheld, withheld),
            *(0, before, (0, 0), person.year, []),
            lines=tuple(lines) if stay else (),
        )
        self._share(case, asked)
        self.cases.append(case)
        self._stand(case)
        return self._figures(key, case, 1)

    def _care(self, visit: Visit, day: dt.date) -> tuple[int, int]:
        """The setting as it is settled and the class of the disease; Gap 3131."""
        if visit.setting != CHRONIC:
            return visit.setting, 0
        for one in self.filings.get(visit.owner, []):
            ended = one.ended is not None and one.ended < day
            if one.code == visit.disease and one.begun <= day and not ended:
                return CHRONIC, one.disease_class
        if not self.packs.unfiled_is_ordinary(self.people[visit.owner].area, day):
            raise Gap(errors.NO_FILING)
        pharmacy = visit.institution in self.pharmacies
        return (PHARMACY if pharmacy else OUTPATIENT), 0

    @staticmethod
    def _eligible(rules: Any, bill: Bill, paid: Paid) -> int:
        """What of the burden accounts may pay."""
        burden = bill.total - paid.fund
        if rules.in_policy_only:
            return max(0, burden - bill.self_paid - bill.over_limit)
        return burden

    def _share(self, case: Case, asked: Asked) -> None:
        """Accounts pay what the eligible part has grown by, or get back what they paid too much."""
        before = case.before
        grown = case.eligible - (before.eligible if before else 0)
        if grown >= 0:
            case.own, case.legs = self.pay(asked, grown)
            kept = case.withheld - (before.withheld if before else 0)
            for leg in case.legs if grown == 0 and kept > 0 else ():
                if leg.why == reasons.NOTHING_LEFT_TO_PAY:
                    leg.why = reasons.KEPT_FOR_SUPPLEMENT
        else:
            stood = sum(cur + car for c in asked.standing for _, cur, car, _ in c.accounts)
            case.own, case.legs = self.give_back(asked, max(0, stood - case.eligible))
            own_years = [c.own_year for c in asked.standing if c.own[0] > 0]
            case.own_year = own_years[-1] if own_years else 0
        for owner, current, carried, year in case.accounts:
            place = ""
            if min(current, carried) < 0:
                place = self._place(owner, year)
                if place:
                    case.went[owner] = place
            self._move(owner, -current, -carried, place)
        burden = case.bill.total - case.paid.fund
        earlier = before.bill.total - before.paid.fund if before else 0
        case.cash = burden - earlier - sum(a[1] + a[2] for a in case.accounts)
        case.counted = self.counted(case, case.paid)
