# SPDX-License-Identifier: Apache-2.0
"""What the funds pay for a bill, by fractions, as docs/ledger.md and docs/policy-format.md tell it.

No kernel code is used or repeated: a walk along the cost of the bill, each fund rounded once.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from fractions import Fraction

from auditor_packs import Segments
from auditor_terms import Terms


@dataclass(frozen=True)
class Bill:
    """What is billed, fen; ``unprescribed`` is a part of ``in_policy``."""

    self_paid: int = 0
    over_limit: int = 0
    first_self: int = 0
    in_policy: int = 0
    unprescribed: int = 0

    @property
    def total(self) -> int:
        return self.self_paid + self.over_limit + self.first_self + self.in_policy

    def __add__(self, other: Bill) -> Bill:
        return Bill(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __neg__(self) -> Bill:
        return Bill(*(-a for a in astuple(self)))


@dataclass(frozen=True)
class Paid:
    """What the funds make of a bill, fen."""

    deductible: int = 0
    seen: int = 0  # cost on which the pooled fund paid
    pooled: int = 0
    large: int = 0
    serious: int = 0
    unfunded: int = 0  # without a prescription, where one is asked for
    left: int = 0  # cost of the catalogue that funds have looked at and left to the person
    uncounted: int = 0  # burden that does not count toward the threshold of serious illness
    beyond: int = 0  # cost beyond the cap of the year

    @property
    def fund(self) -> int:
        return self.pooled + self.large + self.serious

    @property
    def funds(self) -> tuple[int, int, int]:
        return self.pooled, self.large, self.serious

    def __sub__(self, other: Paid) -> Paid:
        return Paid(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass
class Used:
    """What a year has used: of the bill's own pool, then of all pools, fen."""

    deductible: int = 0
    seen: int = 0
    pooled: int = 0
    large: int = 0
    burden: int = 0  # what pooled and large left of the catalogue's cost, where it counts
    serious: int = 0
    left: int = 0  # what all of them left

    def add(self, made: Paid, counted: int, *, same_pool: bool) -> None:
        if same_pool:
            self.deductible += counted
            self.seen += made.seen
            self.pooled += made.pooled
        self.large += made.large
        self.burden += made.left + made.serious - made.uncounted
        self.serious += made.serious
        self.left += made.left


@dataclass
class Visited:
    """What earlier charge batches of the same visit have used of it, fen."""

    deductible: int = 0
    pooled: int = 0
    cost: int = 0

    def add(self, made: Paid, bill: Bill) -> None:
        self.deductible += made.deductible
        self.pooled += made.pooled
        self.cost += bill.in_policy - made.unfunded


def rounded(amount: Fraction) -> int:
    """To the fen, halves up; amounts of funds are never negative."""
    return int(amount + Fraction(1, 2))


def pays(terms: Terms, used: Used, visited: Visited, bill: Bill) -> Paid:
    """Go through the funds in their order."""
    unfunded = bill.unprescribed if terms.prescription else 0
    cost = bill.in_policy - unfunded
    already = used.deductible if terms.yearly else visited.deductible
    deductible = min(cost, max(0, terms.deductible - already))
    start = {
        "AFTER_DEDUCTIBLE": visited.cost - visited.deductible,
        "WITH_DEDUCTIBLE": visited.cost + deductible,
        "YEAR": used.seen,
    }[terms.basis]
    seen = cost - deductible
    pooled = rounded(on_stretch(terms.segments, start, seen))
    if terms.visit_cap is not None:
        room = max(0, terms.visit_cap - visited.pooled)
        if pooled > room:
            pooled, seen = room, cost_of(terms.segments, start, seen, room)
    beyond = 0
    if terms.cap is not None and terms.cap_of_cost:
        room = max(0, terms.cap - used.seen)
        if seen > room:
            beyond, seen = seen - room, room
            pooled = rounded(on_stretch(terms.segments, start, seen))
    elif terms.cap is not None:
        room = max(0, terms.cap - used.pooled)
        if pooled > room:
            within = cost_of(terms.segments, start, seen, room)
            pooled, beyond, seen = room, seen - within, within
    large = _at_most(rounded(beyond * terms.large), terms.large_cap, used.large)
    left = cost - pooled - large
    serious = _serious(terms, used, left)
    uncounted = 0 if terms.serious_counts else left
    return Paid(
        *(deductible, seen, pooled, large, serious, unfunded, left - serious, uncounted, beyond)
    )


def open_part(terms: Terms, used: Used, paid: Paid) -> int:
    """The most that could still be due to the person for this bill by rules not confirmed."""
    above = 0
    if terms.serious_counts and terms.open_from is not None:
        year = used.burden + paid.left + paid.serious
        above = min(paid.left, max(0, year - terms.open_from))
    beyond = max(0, paid.beyond - paid.large) if terms.cap_decided else 0
    return min(paid.left, above + beyond)


def on_stretch(segments: Segments, start: int, length: int) -> Fraction:
    """The unrounded payment on ``length`` fen of cost behind ``start``."""
    total, low = Fraction(0), 0
    for upto, share in segments:
        high = start + length if upto is None else min(upto, start + length)
        total += max(0, high - max(low, start)) * share
        low = high if upto is None else upto
    return total


def cost_of(segments: Segments, start: int, length: int, payment: int) -> int:
    """The cost behind ``start`` at which the unrounded payment reaches ``payment``, to the fen."""
    left, low = Fraction(payment), 0
    for upto, share in segments:
        high = start + length if upto is None else min(upto, start + length)
        part = max(0, high - max(low, start))
        if part * share > left:
            return max(low, start) - start + rounded(left / share)
        left -= part * share
        low = high if upto is None else upto
    return length


def _at_most(amount: int, cap: int | None, used: int) -> int:
    return amount if cap is None else min(amount, max(0, cap - used))


def _serious(terms: Terms, used: Used, left: int) -> int:
    """What the whole year's burden entitles to, less what the year was paid."""
    if terms.serious_from is None:
        return 0
    burden = used.burden + left
    if burden <= terms.serious_from:
        return 0
    above = burden - terms.serious_from
    start = terms.serious_from if terms.serious_absolute else 0
    entitled = _at_most(rounded(on_stretch(terms.serious, start, above)), terms.serious_cap, 0)
    return min(left, max(0, entitled - used.serious))
