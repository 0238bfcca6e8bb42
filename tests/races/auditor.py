# SPDX-License-Identifier: Apache-2.0
"""A second, simple settlement centre: predicts every answer and every balance from the rules.

Written apart from the engine, in plain Python with no database. Sums are always taken anew over
the cases that stand; nothing is kept incrementally but balances. The fund side of a bill comes
from the kernel (which has oracles of its own); accounts, relatives, limits, keys are done here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from auditor_books import PHARMACY, STAY, Books, Case, Expected, Message

from gongji.kernel.benefit import DEDUCTIBLE_PER_VISIT, BenefitState, Bill, settle_benefit
from gongji.settlement import errors

SETTINGS = frozenset({"2102", "2207", "2304"})


class Auditor(Books):
    """The books of all people of one run."""

    # ---- what is asked --------------------------------------------------------------------

    def settle(
        self, key: Any, owner: int, visit_no: int, batch: str, total: int, use: int, today: dt.date
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
        name = (visit_no, batch)
        before = self.standing(name)
        if visit.setting == STAY:
            lines = self.open_lines(visit_no)
        else:
            if before:
                return Expected(errors.ALREADY_SETTLED)
            lines = {batch: visit.batches[batch]} if batch in visit.batches else {}
        if not lines:
            return Expected(errors.ALREADY_SETTLED if before else errors.NO_LINES)
        bill = (sum(v[0] for v in lines.values()), sum(v[1] for v in lines.values()))
        made = self._new(key, owner, name, visit.setting, visit.day, bill, total, use, today)
        if made.case is not None:
            made.case.lines = tuple(lines)
        return made

    def purchase(
        self,
        key: Any,
        owner: int,
        bill: tuple[int, int],
        total: int,
        use: int,
        day: dt.date,
        today: dt.date,
    ) -> Expected:
        """2102."""
        known = self._known(key)
        if known is not None:
            return known
        return self._new(key, owner, None, PHARMACY, day, bill, total, use, today)

    def reverse(self, key: Any, owner: int, setl_id: int) -> Expected:
        """2103, 2208: names any id that the case has had."""
        known = self._known(key)
        if known is not None:
            return known
        case = self._case(owner, setl_id)
        if case is None:
            return Expected(errors.SETTLEMENT_NOT_FOUND)
        if case.institution != key.institution_id:
            return Expected(errors.SETTLEMENT_OF_OTHER_INSTITUTION)
        if case.ids[setl_id] == 2:
            return Expected(errors.NOT_REVERSIBLE)
        if not case.stands:
            return Expected(errors.ALREADY_REVERSED)
        if self._built_upon(case):
            return Expected(errors.SETTLED_SINCE)
        return self._fall(key, case)

    def undo(self, key: Any, owner: int, msgid: str, infno: str, today: dt.date) -> Expected:
        """2601: afterwards the named message has had no effect."""
        known = self._known(key)
        if known is not None:
            return known
        if infno not in ("2102", "2103", "2207", "2208", "2304", "2305"):
            return Expected(errors.UNDO_NOT_SUPPORTED)
        named = (key.institution_id, msgid, infno)
        message = self.messages.get(named)
        if message is None:
            for other in ("2102", "2103", "2207", "2208", "2304", "2305"):
                meant = self.messages.get((key.institution_id, msgid, other))
                if meant is not None and meant.owner == owner and not meant.cancelled:
                    return Expected(errors.UNDO_MISMATCH)
            self.messages[named] = Message(infno, b"", owner, None, cancelled=True)
            return self._nothing(key, owner)
        if message.owner != owner:
            return Expected(errors.UNDO_OTHER_PERSON)
        case = message.case
        if message.cancelled or case is None:
            return self._nothing(key, owner)
        if infno in SETTINGS:
            if case.stands and self._built_upon(case):
                return Expected(errors.SETTLED_SINCE)
            message.cancelled = case.cancelled = True
            return self._fall(key, case) if case.stands else self._nothing(key, owner)
        last = max(case.ids, key=list(case.ids).index)
        if case.cancelled or last != message.setl_id:
            message.cancelled = True
            return self._nothing(key, owner)
        if not self._can_stand(case):
            return Expected(errors.CANNOT_RESTORE)
        message.cancelled = True
        return self._stand_again(key, case, today)

    def bind(self, expected: Expected, record: Any) -> None:
        """Tell the books the id that the centre gave."""
        if expected.message is not None and expected.case is not None:
            expected.message.setl_id = record.setl_id
            expected.case.ids[record.setl_id] = expected.kind

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

    def _case(self, owner: int, setl_id: int) -> Case | None:
        return next((c for c in self.cases if c.owner == owner and setl_id in c.ids), None)

    def _built_upon(self, case: Case) -> bool:
        return case.visit is not None and self.standing(case.visit)[-1] is not case

    def _fall(self, key: Any, case: Case) -> Expected:
        case.stands = False
        self._move(case, 1)
        return self._figures(key, case, 2)

    def _can_stand(self, case: Case) -> bool:
        taken = any(c.stands and c.visit == case.visit for c in self.cases if c.visit)
        stay = case.visit is not None and self.visits[case.visit[0]].setting == STAY
        needs: dict[int, list[int]] = {case.owner: list(case.own)}
        for giver, _, current, carried, _ in case.legs:
            needs[giver] = [current, carried]
        for owner, need in needs.items():
            have = self.people[owner].money or [0, 0]
            if any(h < n for h, n in zip(have, need, strict=True)):
                return False
        return not taken and not stay

    def _stand_again(self, key: Any, case: Case, today: dt.date) -> Expected:
        case.stands, case.made_on = True, today
        self._move(case, -1)
        return self._figures(key, case, 3)

    def _move(self, case: Case, sign: int) -> None:
        """Money of a case back into the accounts (1) or out of them (-1)."""
        legs = [(case.owner, *case.own), *((g, cur, car) for g, _, cur, car, _ in case.legs)]
        for owner, current, carried in legs:
            money = self.people[owner].money
            if money is not None:
                money[0] += sign * current
                money[1] += sign * carried

    def _figures(self, key: Any, case: Case, kind: int) -> Expected:
        money = self.people[case.owner].money or [0, 0]
        figures = {
            "kind": kind,
            "fund": case.benefit.fund_fen,
            "deductible": case.benefit.deductible_fen,
            "own": case.own,
            "legs": [(giver, cur, car, why) for giver, _, cur, car, why in case.legs],
            "cash": case.cash,
            "balance": sum(money),
        }
        return Expected(0, figures, self._remember(key, case.owner, case), case, kind)

    # ---- a new settlement -----------------------------------------------------------------

    def _new(
        self,
        key: Any,
        owner: int,
        name: Any,
        setting: int,
        day: dt.date,
        lines: tuple[int, int],
        total: int,
        use: int,
        today: dt.date,
    ) -> Expected:
        person = self.people[owner]
        if not person.active:
            return Expected(errors.COVERAGE_NOT_ACTIVE)
        in_policy, self_paid = lines
        if total != in_policy + self_paid:
            return Expected(errors.AMOUNT_CHANGED)
        bill = Bill(total, self_paid, 0, 0, in_policy)
        policy = self.library.compiled(person.area, person.insutype, day)
        age = (
            day.year
            - person.birth.year
            - ((day.month, day.day) < (person.birth.month, person.birth.day))
        )
        level = self.levels[key.institution_id]
        admission = 1 if setting == STAY else (0 if setting == PHARMACY else 1)
        rules = policy.benefit(setting, level, person.retired, age, admission, 0)
        if setting == STAY and rules.deductible_mode == DEDUCTIBLE_PER_VISIT:
            asked = sum(c.benefit.deductible_fen for c in self.standing(name))
            rules = rules._replace(deductible_fen=max(0, rules.deductible_fen - asked))
        pool = policy.pool(setting, 0)
        year = (owner, day.year, person.insutype)
        benefit = settle_benefit(rules, self.state(year, pool), bill)
        own, legs = self.pay(policy, person, setting, today, use, benefit.burden_fen, bill)
        relatives = sum(leg[2] + leg[3] for leg in legs)
        cash = benefit.burden_fen - sum(own) - relatives
        counted = benefit.deductible_fen
        if not policy.sharing.relatives_count_to_deductible:
            counted = min(counted, benefit.burden_fen - relatives)
        case = Case(
            owner,
            key.institution_id,
            name,
            year,
            pool,
            bill,
            benefit,
            counted,
            own,
            legs,
            cash,
            today,
        )
        self.cases.append(case)
        self._move(case, -1)
        return self._figures(key, case, 1)

    def state(self, year: tuple[int, int, int], pool: int) -> BenefitState:
        """What the year has used: the sum over the cases that stand."""
        sums = [0] * 9
        for case in self.cases:
            if not case.stands or case.year != year:
                continue
            made, bill = case.benefit, case.bill
            left = bill.in_policy_fen - made.pooled_fen - made.large_fen
            if case.pool == pool:
                for index, amount in enumerate(
                    (case.counted, made.pooled_base_fen, made.pooled_fen)
                ):
                    sums[index] += amount
            rest = (
                made.large_fen,
                left,
                made.serious_fen,
                made.subsidy_fen,
                left - made.serious_fen - made.subsidy_fen,
                made.aid_fen,
            )
            for index, amount in enumerate(rest, start=3):
                sums[index] += amount
        return BenefitState(*sums)
