# SPDX-License-Identifier: Apache-2.0
"""A fee line as the catalogue and the kernel split it; the form that is stored and settled.

Amounts are fen; the four parts add up to the amount of the line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gongji.kernel.benefit import Bill


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A fee line after the catalogue has split it; ``document`` is kept for queries (5204)."""

    feedetl_sn: str
    amount_fen: int
    self_paid_fen: int
    over_limit_fen: int
    first_self_fen: int
    in_policy_fen: int
    document: dict[str, object]

    @property
    def prescribed(self) -> bool:
        """Sold on a designated institution's prescription, as the pharmacy states."""
        return self.document.get("prescribed") is True


def bill_of_sale(lines: Iterable[PricedLine]) -> Bill:
    """Add up what a pharmacy sold, fen."""
    sold = tuple(lines)
    return Bill(
        sum(line.amount_fen for line in sold),
        sum(line.self_paid_fen for line in sold),
        sum(line.over_limit_fen for line in sold),
        sum(line.first_self_fen for line in sold),
        sum(line.in_policy_fen for line in sold),
        unprescribed_fen(sold),
    )


def unprescribed_fen(lines: Iterable[PricedLine]) -> int:
    """Sum the in-policy cost of lines that a pharmacy sold without a prescription, fen."""
    return sum(line.in_policy_fen for line in lines if not line.prescribed)
