# SPDX-License-Identifier: Apache-2.0
"""What funds have paid too much or too little since an earlier settlement was reversed.

A later settlement has used the deductible or the cap of a year as it then was. When an earlier one
is reversed, the later ones stand as they were paid; what they would give now is calculated by
running everything that stands again, in the order in which it was committed and by the rules that
each used. The difference is kept by year and fund (table ``fund_difference``), told in the reply
and listed for the agency; a later settlement that takes up what was left makes it good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gongji.kernel.benefit import INPATIENT, BenefitResult, BenefitRules, settle_benefit
from gongji.kernel.settling import NEW_VISIT, VisitUsed, rest_of_visit
from gongji.settlement.calculation import NO_BENEFIT, plus, sum_of
from gongji.settlement.facts import World
from gongji.settlement.records import Difference, Record
from gongji.settlement.states import Move, Year, add_to, state_of, used_by

Funds = tuple[int, int, int, int, int]  # pooled, large, serious, subsidy, aid, fen

NOTHING: Funds = (0, 0, 0, 0, 0)


def funds_of(benefit: BenefitResult) -> Funds:
    """What each fund pays, in the order of a Difference."""
    return (
        benefit.pooled_fen,
        benefit.large_fen,
        benefit.serious_fen,
        benefit.subsidy_fen,
        benefit.aid_fen,
    )


class Again:
    """Everything that stands of one person, run again in its order; amounts fen.

    ``rules`` and ``relatives_count`` (whether relatives' money counts to the deductible) by the
    id of the rule set.
    """

    def __init__(
        self, rules: Mapping[int, BenefitRules], relatives_count: Mapping[int, bool]
    ) -> None:
        self._rules = rules
        self._relatives_count = relatives_count
        self._rows: dict[Year, list[int]] = {}
        self._stays: dict[int, tuple[BenefitResult, int, Year, int]] = {}
        self._visits: dict[int, VisitUsed] = {}
        self.differing: dict[Year, Funds] = {}

    def add(self, record: Record) -> None:
        """Run one more settlement again and note by what it differs."""
        key = (record.owner, record.service_date.year, record.insutype)
        rules, body = self._rules[record.rules_id], record.body
        if record.setting == INPATIENT:
            again = self._stay(record, key, rules)
        else:
            used = self._visits.get(record.mdtrt_id, NEW_VISIT)
            state = state_of(self._rows, key, body.pool)
            again = settle_benefit(rest_of_visit(rules, used), state, body.bill)
            counted_fen = self._counted(record, again, record.relatives_fen)
            add_to(self._rows, key, Move(key[1], body.pool, used_by(body.bill, again, counted_fen)))
            self._visits[record.mdtrt_id] = VisitUsed(
                used.deductible_fen + again.deductible_fen,
                used.pooled_fen + again.pooled_fen,
                used.in_policy_fen + body.bill.in_policy_fen - body.benefit.unfunded_fen,
            )
        known = self.differing.get(key, NOTHING)
        paid = zip(known, funds_of(body.benefit), funds_of(again), strict=True)
        self.differing[key] = tuple(k + was - now for k, was, now in paid)  # type: ignore[assignment]

    def _stay(self, record: Record, key: Year, rules: BenefitRules) -> BenefitResult:
        """A settlement of a stay: the whole again, less what its settlements gave before."""
        body = record.body
        before = sum_of(body.before)
        earlier, counted_fen, old_key, pool = self._stays.get(
            record.mdtrt_id, (NO_BENEFIT, 0, key, body.pool)
        )
        used = used_by(before.bill, earlier, counted_fen)
        add_to(self._rows, old_key, Move(old_key[1], pool, used, -1))
        bill = plus(body.bill, before.bill)
        whole = settle_benefit(rules, state_of(self._rows, key, body.pool), bill)
        relatives_fen = before.sharing.relatives_fen + record.relatives_fen
        counted_fen = self._counted(record, whole, relatives_fen)
        add_to(self._rows, key, Move(key[1], body.pool, used_by(bill, whole, counted_fen)))
        self._stays[record.mdtrt_id] = whole, counted_fen, key, body.pool
        return BenefitResult(*(now - was for now, was in zip(whole, earlier, strict=True)))

    def _counted(self, record: Record, again: BenefitResult, relatives_fen: int) -> int:
        if self._relatives_count[record.rules_id]:
            return again.deductible_fen
        return max(0, min(again.deductible_fen, again.burden_fen - relatives_fen))


def differing(
    chain: Iterable[Record],
    rules: Mapping[int, BenefitRules],
    relatives_count: Mapping[int, bool],
) -> dict[Year, Funds]:
    """By how much each year differs that anything in the chain counts in, fen by fund."""
    again = Again(rules, relatives_count)
    for record in chain:
        again.add(record)
    return again.differing


def take_note(world: World, owner: int, scheme: int) -> tuple[Difference, ...]:
    """What changes now that something of this person stands, or stands no more.

    Compares what is known with what the chain gives, and moves what is known in memory. Nothing
    for a person whose chain was not read: no year is known to differ and nothing is reversed.
    """
    chain = world.chains.get(owner)
    if chain is None:
        return ()
    found = differing(chain, world.rules, world.relatives_count)
    changes = []
    for key in sorted(world.differing.keys() | found.keys()):
        if (key[0], key[2]) != (owner, scheme):
            continue
        known, now = world.differing.get(key, [*NOTHING]), found.get(key, NOTHING)
        change = [new - old for new, old in zip(now, known, strict=True)]
        if any(change):
            world.differing[key] = [*now]
            changes.append(Difference(key[1], *change))
    return tuple(changes)
