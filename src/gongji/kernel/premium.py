# SPDX-License-Identifier: Apache-2.0
"""Premiums from base, rate and items: fen and basis points, one rounding, totals never stored.

A month is base x rate, half-up to the fen, plus the month's items; a year is its months plus the
year's items. A published total is only ever compared with what its parts give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gongji.kernel.money import ratio_of

MONTHS_OF_YEAR = 12


class Premium(NamedTuple):
    """What is due, fen: the insurance itself for a month, a month with items, the whole stretch."""

    basic_month_fen: int
    month_fen: int
    total_fen: int


def from_base(
    base_fen: int,
    rate_bp: int,
    monthly_fen: Sequence[int] = (),
    yearly_fen: Sequence[int] = (),
    months: int = MONTHS_OF_YEAR,
) -> Premium:
    """The premium of ``months`` months on a monthly base; amounts are not negative."""
    return from_items(ratio_of(base_fen, rate_bp), monthly_fen, yearly_fen, months)


def from_items(
    basic_month_fen: int,
    monthly_fen: Sequence[int] = (),
    yearly_fen: Sequence[int] = (),
    months: int = MONTHS_OF_YEAR,
) -> Premium:
    """The same where the month's premium is published instead of base and rate."""
    month_fen = basic_month_fen + sum(monthly_fen)
    return Premium(basic_month_fen, month_fen, month_fen * months + sum(yearly_fen))
