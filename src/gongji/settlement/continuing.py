# SPDX-License-Identifier: Apache-2.0
"""A settlement of a visit that was settled before: its bill, its year, its givers, and its walls.

Nothing here changes the world of a batch; ``planning`` does.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence

import msgspec

from gongji.kernel.benefit import EMPTY_BILL, NO_LIMIT_FEN, BenefitState, Bill
from gongji.kernel.errors import InvariantError
from gongji.kernel.reasons import AUTHORISATION_ENDED
from gongji.ledger.accounts import PA_CARRIED
from gongji.settlement import errors
from gongji.settlement.calculation import Inputs, Outputs, plus, sum_of
from gongji.settlement.facts import World
from gongji.settlement.landing import landing
from gongji.settlement.records import Body, Landing, PayerInput, Record, Standing, Taken
from gongji.settlement.states import Move, Year, add_to, state_of, used_by
from gongji.settlement.stays import (
    givers_years,
    of_past_years,
    own_years,
    taken_in_visit,
    taken_of,
)
from gongji.sharing.authorisations import Authorisation


def uncut(bill: Bill, extra_fen: int) -> Bill:
    """A bill without the extra first self-pay of care elsewhere that is in it."""
    return bill._replace(
        first_self_fen=bill.first_self_fen - extra_fen,
        in_policy_fen=bill.in_policy_fen + extra_fen,
    )


def bill_before(before: Sequence[Standing]) -> tuple[Bill, int]:
    """What a stay was billed before, and the extra first self-pay in it, fen."""
    bill = EMPTY_BILL
    for one in before:
        bill = plus(bill, one.bill)
    return bill, sum(one.extra_first_self_fen for one in before)


def rest_of_bill(whole: Bill, before: Bill) -> Bill:
    """What is billed now; Refusal 3112 where returns exceed what the stay was billed."""
    if min(whole) < 0:
        raise errors.bill_below_zero(min(whole))
    return Bill(*map(operator.sub, whole, before))


def state_without(
    rows: Mapping[Year, list[int]], key: Year, pool: int, before: Sequence[Standing]
) -> BenefitState:
    """The year as if the stay had not been settled before."""
    if not before:
        return state_of(rows, key, pool)
    sums, last = sum_of(before), before[-1]
    old = (key[0], last.year, key[2])
    copied = {year: list(rows[year]) for year in {key, old} if year in rows}
    used = used_by(sums.bill, sums.benefit, sums.sharing.deductible_counted_fen)
    add_to(copied, old, Move(last.year, last.pool, used, -1))
    return state_of(copied, key, pool)


def givers_of_visit(
    world: World,
    found: Sequence[Authorisation],
    inputs: Sequence[PayerInput],
    standing: Sequence[Record],
    before: Sequence[Standing],
) -> list[PayerInput]:
    """Givers with what the visit has taken of them: off the limit per visit, and to give back.

    A giver whose authorisation has ended since stands at the end: nothing is asked of it, what it
    paid too much goes back.
    """
    in_visit, in_stay = taken_in_visit(standing), taken_of(before)
    givers = []
    for authorisation, one in zip(found, inputs, strict=True):
        taken_fen, stay = in_visit.get(one.auth_id, 0), in_stay.pop(one.auth_id, None)
        left_fen = one.visit_left_fen
        if authorisation.visit_limit_fen is not None:
            left_fen = max(0, authorisation.visit_limit_fen - taken_fen)
        current_fen, carried_fen = (stay.current_fen, stay.carried_fen) if stay else (0, 0)
        givers.append(
            msgspec.structs.replace(
                one,
                visit_left_fen=left_fen,
                taken_current_fen=current_fen,
                taken_carried_fen=carried_fen,
            )
        )
    return givers + [_ended(world, one) for one in in_stay.values()]


def _ended(world: World, one: Taken) -> PayerInput:
    account = world.accounts[one.giver]
    return PayerInput(
        giver=one.giver,
        area=one.area,
        auth_id=one.auth_id,
        relation=one.relation,
        current_fen=account.current_fen,
        carried_fen=account.carried_fen,
        visit_left_fen=NO_LIMIT_FEN,
        day_left_fen=NO_LIMIT_FEN,
        year_left_fen=NO_LIMIT_FEN,
        grant_left_fen=NO_LIMIT_FEN,
        blocked=AUTHORISATION_ENDED,
        taken_current_fen=one.current_fen,
        taken_carried_fen=one.carried_fen,
        year=account.year,
    )


def landings_of(world: World, owner: int, body: Body) -> tuple[Landing, ...]:
    """Where what a further settlement of a stay gives back lies now."""
    sharing, found = body.sharing, []
    if sharing.own_current_fen < 0 or sharing.own_carried_fen < 0:
        found.append(_landing(world, owner, own_years(body.before), -sharing.own_current_fen))
    back: dict[int, int] = {}
    for payer, leg in zip(body.payers, body.legs, strict=True):
        if leg.current_fen < 0 or leg.carried_fen < 0:
            back[payer.giver] = back.get(payer.giver, 0) - leg.current_fen
    for giver, back_fen in back.items():
        found.append(_landing(world, giver, givers_years(body.before, giver), back_fen))
    return tuple([one for one in found if one is not None])


def _landing(world: World, owner: int, held: Mapping[int, int], back_fen: int) -> Landing | None:
    """Where what one account gets back lies: each year's money as ``landing`` says of it."""
    account = world.accounts[owner]
    past_fen = of_past_years(held, back_fen, account.year)
    found = landing(account, owner, account.year - 1 if past_fen else account.year)
    if found is not None and found.account == PA_CARRIED and past_fen < back_fen:
        return msgspec.structs.replace(found, part_fen=past_fen)
    return found


def check_walls(inputs: Inputs, outputs: Outputs) -> None:
    """Refuse what no settlement may ever be, for a visit or stay as a whole: InvariantError.

    Every leg >= 0, fund <= bill, accounts <= burden, parts of the bill >= 0, deductible >= 0; the
    legs sum to the bill. What moves back was moved before by the same stay.
    """
    bill, benefit, sharing = inputs.bill, outputs.benefit, outputs.sharing
    legs = [(leg.current_fen, leg.carried_fen) for leg in outputs.legs]
    if inputs.before is not None:
        bill = plus(bill, inputs.before.bill)
        benefit = plus(benefit, inputs.before.benefit)
        sharing = plus(sharing, inputs.before.sharing)
        legs = [
            (current + payer.taken_current_fen, carried + payer.taken_carried_fen)
            for (current, carried), payer in zip(legs, inputs.payers, strict=True)
        ]
    accounts_fen = sharing.own_current_fen + sharing.own_carried_fen + sharing.relatives_fen
    low = min(
        *bill,
        *benefit,
        sharing.own_current_fen,
        sharing.own_carried_fen,
        sharing.relatives_fen,
        sharing.cash_fen,
        *[fen for leg in legs for fen in leg],
    )
    broken = (
        low < 0
        or benefit.fund_fen > bill.total_fen
        or accounts_fen > benefit.burden_fen
        or benefit.fund_fen + accounts_fen + sharing.cash_fen != bill.total_fen
        or sum(map(sum, legs)) != sharing.relatives_fen
        or sum(bill[1:5]) != bill.total_fen
        or not benefit.unfunded_fen <= bill.unprescribed_fen <= bill.in_policy_fen
    )
    if broken:
        raise InvariantError(f"a visit as a whole: {bill}, {benefit}, {sharing}, {legs}")
