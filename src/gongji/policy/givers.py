# SPDX-License-Identifier: Apache-2.0
"""Givers before the kernel: their order, and how much of their money may be reached.

Four ways lead from a giver's account to a bill. AUTHORISE: the balance itself, above the floor.
TRANSFER_POCKET: only what was moved to the family account beforehand; the floor bound the move,
so it is not asked for again. GROUP_GRANT: the balance up to what is left of the grant. WALLET:
the frozen quota, for who is insured in another province. Settlement and advice share this.
A random order of givers, which one portal claims, is rejected and does not exist here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from gongji.kernel.benefit import CHRONIC, INPATIENT, NO_LIMIT_FEN, OUTPATIENT, PHARMACY
from gongji.kernel.reasons import NO_WALLET_QUOTA, NOTHING_GRANTED, NOTHING_MOVED
from gongji.kernel.sharing import (
    ORDER_BINDING_TIME,
    ORDER_FILING,
    ORDER_LARGEST_BALANCE,
    ORDER_LATEST_BOUND,
    ORDER_LOCAL_FIRST,
    SharingRules,
)
from gongji.policy.errors import PolicyGap

if TYPE_CHECKING:
    from gongji.policy.compiled import AreaPolicy

WAY_AUTHORISE = "AUTHORISE"
WAY_POCKET = "TRANSFER_POCKET"
WAY_GROUP = "GROUP_GRANT"
WAY_WALLET = "WALLET"
WAYS = (WAY_AUTHORISE, WAY_POCKET, WAY_GROUP, WAY_WALLET)

# Without anything set aside these ways reach nothing, and this is the reason.
_NEEDS = {WAY_POCKET: NOTHING_MOVED, WAY_GROUP: NOTHING_GRANTED, WAY_WALLET: NO_WALLET_QUOTA}

# What an authorisation may be used for: bit ``1 << setting``.
USE_BITS = {setting: 1 << setting for setting in (OUTPATIENT, PHARMACY, CHRONIC, INPATIENT)}
ALL_USES = sum(USE_BITS.values())

T = TypeVar("T")


class Rank(NamedTuple):
    """What the orders look at; ``number`` breaks every tie, so that no order is left to chance."""

    bound: dt.date | dt.datetime
    number: int
    balance_fen: int
    local: bool  # insured in the patient's own area


def ordered(order: int, givers: Sequence[T], rank: Callable[[T], Rank]) -> list[T]:
    """Givers in the order of payment (ORDER_* of the kernel); CONFIGURED and SINGLE keep theirs."""
    key = _KEYS.get(order)
    if key is None:
        return list(givers)
    by = key  # the sort key of this order
    return sorted(givers, key=lambda giver: by(rank(giver)), reverse=order == ORDER_LATEST_BOUND)


_KEYS: dict[int, Callable[[Rank], tuple[object, ...]]] = {
    ORDER_BINDING_TIME: lambda r: (r.bound, r.number),
    ORDER_FILING: lambda r: (r.bound, r.number),
    ORDER_LATEST_BOUND: lambda r: (r.bound, r.number),
    ORDER_LARGEST_BALANCE: lambda r: (-r.balance_fen, r.bound, r.number),
    ORDER_LOCAL_FIRST: lambda r: (not r.local, r.bound, r.number),
}


def order_of(policy: AreaPolicy) -> int | None:
    """The place's order of givers, or None where it is not confirmed: one giver may pay then,
    several may not, because nothing says whose money goes first."""
    try:
        return policy.giver_order
    except PolicyGap:
        return None


def reachable_fen(way: str, set_aside_fen: int | None) -> tuple[int, int]:
    """(most that this way lets a giver pay, fen; the reason where that is nothing, else 0).

    ``set_aside_fen``: what is left of the sum moved, granted or frozen; None = none was set, which
    bounds nothing under AUTHORISE and reaches nothing in the other ways.
    """
    if way == WAY_AUTHORISE:
        return (NO_LIMIT_FEN if set_aside_fen is None else max(0, set_aside_fen)), 0
    left_fen = max(0, set_aside_fen or 0)
    return left_fen, 0 if left_fen else _NEEDS[way]


def rules_at_settlement(policy: AreaPolicy) -> SharingRules:
    """The kernel's sharing rules as a settlement applies them; raises PolicyGap.

    Where money is moved beforehand the floor has bound the move: the giver's own spending since
    then must not lock what the family already holds.
    """
    rules = policy.sharing
    return rules._replace(retained_fen=0) if policy.model == WAY_POCKET else rules
