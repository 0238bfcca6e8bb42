# SPDX-License-Identifier: Apache-2.0
"""Givers of one patient in the order of payment, each with what limits leave, or why not.

The order is the place's rule (``AreaPolicy.giver_order``); the kernel takes it as given.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import msgspec

from gongji.kernel.benefit import EMPLOYEE, NO_LIMIT_FEN
from gongji.kernel.errors import Refusal
from gongji.members.people import Coverage
from gongji.policy.compiled import SETTINGS, AreaPolicy
from gongji.policy.eligibility import SharingPolicy, why_not
from gongji.policy.givers import Rank, ordered, reachable_fen
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

    def use_allowed(self, setting: int) -> bool:
        return setting in self.uses


@lru_cache(maxsize=POLICIES_KEPT_MAX)
def _place(policy: AreaPolicy) -> SharingPolicy:
    """The policy's answers; the policy itself where one is missing, so that it is asked anew."""
    uses = frozenset(setting for setting in SETTINGS if policy.use_allowed(setting))
    try:
        return _Place(policy.relations, policy.treatment_scope, policy.insured_scope, uses)
    except Refusal:
        return policy


def payers_of(
    world: World,
    policy: AreaPolicy,
    coverage: Coverage,
    setting: int,
    service_date: dt.date,
    today: dt.date,
    owner: int,
    care_area: int,
) -> tuple[list[Authorisation], list[PayerInput]]:
    """Authorisations in the order of payment and the same as kernel inputs."""
    found = [a for a in world.authorisations.get(owner, ()) if a.state != 3]
    if not found:
        return [], []
    if len(found) > 1:
        found = _ordered(world, policy, coverage, found)
    place, way = _place(policy), policy.model
    inputs = [
        _input(world, place, way, coverage, setting, service_date, today, a, care_area)
        for a in found
    ]
    return found, inputs


def _ordered(
    world: World, policy: AreaPolicy, coverage: Coverage, found: list[Authorisation]
) -> list[Authorisation]:
    def rank(a: Authorisation) -> Rank:
        local = _area_of(world, a.giver) == coverage.area
        return Rank(a.made_at, a.auth_id, _balance_of(world, a.giver), local)

    return ordered(policy.giver_order, found, rank)


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
    coverage: Coverage,
    setting: int,
    service_date: dt.date,
    today: dt.date,
    a: Authorisation,
    care_area: int,
) -> PayerInput:
    account = world.accounts.get(a.giver)
    status = account.status if account is not None else 0
    giver_coverage = _employee_coverage(world, a.giver, service_date)
    blocked = why_not(a, giver_coverage, status, coverage, policy, setting, service_date, care_area)
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


def _employee_coverage(world: World, giver: int, day: dt.date) -> Coverage | None:
    """The employee relation that counts on the day, else any: the reason is judged from it."""
    found = None
    for coverage in world.coverages.get(giver, ()):
        if coverage.insutype == EMPLOYEE:
            if coverage.active_on(day):
                return coverage
            found = found or coverage
    return found
