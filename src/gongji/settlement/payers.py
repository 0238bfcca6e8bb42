# SPDX-License-Identifier: Apache-2.0
"""Givers of one patient in the order of payment, each with what limits leave, or why not.

The order is the place's rule (``AreaPolicy.giver_order``); the kernel takes it as given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from gongji.kernel.benefit import EMPLOYEE, NO_LIMIT_FEN
from gongji.kernel.errors import Refusal
from gongji.kernel.reasons import RULE_NOT_CONFIRMED
from gongji.kernel.sharing import ORDER_CONFIGURED
from gongji.members.people import Coverage, breaks_between, coverage_for, insured_on
from gongji.policy.compiled import SETTINGS, AreaPolicy
from gongji.policy.eligibility import BASIC_SCHEMES, GIVERS_SCHEMES, SharingPolicy, why_not
from gongji.policy.givers import Rank, order_of, ordered, reachable_fen
from gongji.settlement.facts import World
from gongji.settlement.records import PayerInput
from gongji.sharing.authorisations import Authorisation

POLICIES_KEPT_MAX = 1024


class _Place(msgspec.Struct, frozen=True):
    """What ``why_not`` asks of a policy, each question answered once."""

    relations: frozenset[int]
    treatment_scope: int
    insured_scope: int
    uses: frozenset[int]
    dissolves: Callable[[dt.date, bool], bool]

    def use_allowed(self, setting: int) -> bool:
        return setting in self.uses


@lru_cache(maxsize=POLICIES_KEPT_MAX)
def _place(policy: AreaPolicy) -> SharingPolicy:
    """The policy's answers; the policy itself where one is missing, so that it is asked anew."""
    uses = frozenset(setting for setting in SETTINGS if policy.use_allowed(setting))
    try:
        scopes = policy.treatment_scope, policy.insured_scope
        return _Place(policy.relations, *scopes, uses, policy.dissolves)
    except Refusal:
        return policy


def payers_of(
    world: World,
    policy: AreaPolicy,
    coverage: Coverage,
    setting: int,
    today: dt.date,
    owner: int,
    care_area: int,
) -> tuple[list[Authorisation], list[PayerInput]]:
    """Give authorisations in the order of payment and the same as kernel inputs.

    ``policy`` and ``coverage`` are of the day of service; whether somebody may pay is judged on
    ``today``, the day of settlement.
    """
    found = [a for a in world.authorisations.get(owner, ()) if a.state != 3]
    if not found:
        return [], []
    order = order_of(policy) if len(found) > 1 else ORDER_CONFIGURED
    if len(found) > 1 and order is not None:
        found = _ordered(world, order, coverage, found)
    place, way = _place(policy), policy.model
    mine = world.coverages.get(owner, ())
    insured = insured_on(mine, (coverage.insutype, *BASIC_SCHEMES), today)
    inputs = [_input(world, place, way, insured, mine, setting, today, a, care_area) for a in found]
    if order is None and sum(not one.blocked for one in inputs) > 1:
        # Nothing says whose money goes first, so nobody's does.
        inputs = [
            msgspec.structs.replace(one, blocked=one.blocked or RULE_NOT_CONFIRMED)
            for one in inputs
        ]
    return found, inputs


def _ordered(
    world: World, order: int, coverage: Coverage, found: list[Authorisation]
) -> list[Authorisation]:
    def rank(a: Authorisation) -> Rank:
        local = _area_of(world, a.giver) == coverage.area
        return Rank(a.made_at, a.auth_id, _balance_of(world, a.giver), local)

    return ordered(order, found, rank)


def _balance_of(world: World, giver: int) -> int:
    account = world.accounts.get(giver)
    return account.current_fen + account.carried_fen if account else 0


def _area_of(world: World, giver: int) -> int:
    account = world.accounts.get(giver)
    return account.area if account else 0


def _input(
    world: World,
    policy: SharingPolicy,
    way: str,
    insured: Coverage | None,
    mine: Sequence[Coverage],
    setting: int,
    today: dt.date,
    a: Authorisation,
    care_area: int,
) -> PayerInput:
    account = world.accounts.get(a.giver)
    status = account.status if account is not None else 0
    theirs = world.coverages.get(a.giver, ())
    blocked = why_not(
        a,
        coverage_for(theirs, EMPLOYEE, today),
        status,
        insured,
        policy,
        setting,
        today,
        care_area,
        breaks_between(theirs, GIVERS_SCHEMES, a.valid_from, today),
        breaks_between(mine, BASIC_SCHEMES, a.valid_from, today),
    )
    left_fen, none_left = reachable_fen(way, None if a.grant_fen is None else a.grant_left_fen())
    if account is None:
        area = current_fen = carried_fen = 0
    else:
        area, current_fen, carried_fen = account.area, account.current_fen, account.carried_fen
    return PayerInput(
        a.giver,
        area,
        a.auth_id,
        a.relation,
        current_fen,
        carried_fen,
        NO_LIMIT_FEN if a.visit_limit_fen is None else a.visit_left_fen(),
        NO_LIMIT_FEN if a.day_limit_fen is None else a.day_left_fen(today),
        NO_LIMIT_FEN if a.year_limit_fen is None else a.year_left_fen(today.year),
        left_fen,
        blocked or none_left,
        year=account.year if account is not None else 0,
    )
