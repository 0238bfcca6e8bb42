# SPDX-License-Identifier: Apache-2.0
"""Premiums from their parts; two published totals that their parts do not give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gongji.kernel.premium import from_base, from_items

SUMS = st.integers(0, 10**7)


def test_tangshan_does_not_add_up() -> None:
    """6,490 x 9 % = 584.10; x 12 = 7,009.20; + 11 x 12 = 7,141.20; + 30 x 12 = 7,501.20.

    The published 7,070.28 is 430.92 less; it fits a base of 6,091 to the fen.
    """
    assert from_base(649_000, 900) == (58_410, 58_410, 700_920)
    assert from_base(649_000, 900, [1_100]).total_fen == 714_120
    whole = from_base(649_000, 900, [1_100, 3_000])
    assert whole == (58_410, 62_510, 750_120)
    assert whole.total_fen - 707_028 == 43_092
    assert from_base(649_000, 900, [1_100], [3_000]).total_fen == 717_120
    assert from_base(609_100, 900, [1_100, 3_000]).total_fen == 707_028


def test_yichang_does_not_add_up() -> None:
    """304 + 13 + 0.80 = 317.80 a month, 108 less than the published 425.80."""
    month = from_items(30_400, [1_300, 80]).month_fen
    assert month == 31_780
    assert 42_580 - month == 10_800
    assert from_base(380_000, 800).basic_month_fen == 30_400


@given(SUMS, st.integers(0, 10_000), st.lists(SUMS, max_size=3), st.lists(SUMS, max_size=3))
def test_a_year_is_twelve_months_and_the_items_of_the_year(
    base: int, rate: int, monthly: list[int], yearly: list[int]
) -> None:
    due = from_base(base, rate, monthly, yearly)
    assert due.total_fen == 12 * due.month_fen + sum(yearly)
    assert due.month_fen == due.basic_month_fen + sum(monthly)
    assert abs(due.basic_month_fen * 10_000 - base * rate) <= 5_000
    assert from_base(base, rate, monthly, yearly, months=0).total_fen == sum(yearly)
