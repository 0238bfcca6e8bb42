# SPDX-License-Identifier: Apache-2.0
"""Returns of a fee line: worked by hand, and for any sequence exact to the fen in every part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.kernel.benefit import LineSplit
from gongji.kernel.errors import InvariantError
from gongji.kernel.returning import split_return

PIECE = 10_000  # one piece in 1e-4

Parts = tuple[int, int, int, int]


def returned(whole: Parts, count: int, cuts: list[int]) -> list[Parts]:
    """The parts that each of the returns takes, one after the other."""
    left, left_count, taken = LineSplit(*whole), count, []
    for cut in cuts:
        part = split_return(LineSplit(*whole), count, left, left_count, cut)
        taken.append(tuple(part))
        left = LineSplit(*(a - b for a, b in zip(left, part, strict=True)))
        left_count -= cut
    return taken


@pytest.mark.parametrize(
    ("whole", "pieces", "cuts", "taken"),
    [
        # 3 x 3.3333 = 10.00, class A, one by one.
        ((0, 0, 0, 1000), 3, [1, 1, 1], [(0, 0, 0, 333), (0, 0, 0, 333), (0, 0, 0, 334)]),
        # The same of class B with 10 % first self-pay: 1.00 and 9.00.
        ((0, 0, 100, 900), 3, [1, 1, 1], [(0, 0, 33, 300), (0, 0, 33, 300), (0, 0, 34, 300)]),
        # Two, then the last: 6.666… is 6.67, then 3.33.
        ((0, 0, 0, 1000), 3, [2, 1], [(0, 0, 0, 667), (0, 0, 0, 333)]),
        # 7 pieces for 10.00: 1.428… is 1.43; six of them are 8.58, the last 1.42.
        ((1000, 0, 0, 0), 7, [1] * 7, [(143, 0, 0, 0)] * 6 + [(142, 0, 0, 0)]),
        # 6 pieces for 10.00: 1.666… is 1.67; five of them are 8.35, the last 1.65.
        ((0, 0, 0, 1000), 6, [1] * 6, [(0, 0, 0, 167)] * 5 + [(0, 0, 0, 165)]),
        # 10 pieces for 0.05: half a fen rounds up, so five returns use the money up.
        ((0, 0, 0, 5), 10, [1] * 10, [(0, 0, 0, 1)] * 5 + [(0, 0, 0, 0)] * 5),
        # 10 pieces for 0.04: less than half a fen each, all of it with the last.
        ((0, 0, 0, 4), 10, [1] * 10, [(0, 0, 0, 0)] * 9 + [(0, 0, 0, 4)]),
        # Two halves of a fen too many: 3.33 = 1.67 + 1.67 - 0.01, the odd fen off the last part.
        ((0, 500, 500, 0), 3, [1, 1, 1], [(0, 167, 166, 0), (0, 167, 166, 0), (0, 166, 168, 0)]),
        # Over the limit 8.00, first self-pay 0.20, in policy 1.80 of one piece in two halves.
        ((0, 800, 20, 180), 2, [1, 1], [(0, 400, 10, 90), (0, 400, 10, 90)]),
        ((0, 0, 0, 0), 2, [1, 1], [(0, 0, 0, 0), (0, 0, 0, 0)]),
    ],
)
def test_worked(whole: Parts, pieces: int, cuts: list[int], taken: list[Parts]) -> None:
    assert returned(whole, pieces * PIECE, [cut * PIECE for cut in cuts]) == taken


@st.composite
def returns(draw: st.DrawFn) -> tuple[Parts, int, list[int]]:
    """A line and counts that use it up, in some order."""
    part = st.one_of(st.integers(0, 9), st.integers(0, 10**14))
    whole = (draw(part), draw(part), draw(part), draw(part))
    cuts = draw(st.lists(st.one_of(st.integers(1, 9), st.integers(1, 10**15)), min_size=1))
    return whole, sum(cuts), cuts


@given(returns())
def test_any_sequence_gives_the_line_back(case: tuple[Parts, int, list[int]]) -> None:
    whole, count, cuts = case
    taken = returned(whole, count, cuts)
    left = whole
    for part in taken:
        left = tuple(a - b for a, b in zip(left, part, strict=True))
        assert all(0 <= still <= of for still, of in zip(left, whole, strict=True))
        assert all(one >= 0 for one in part)
    assert left == (0, 0, 0, 0)


@given(returns())
def test_the_amount_is_pro_rata(case: tuple[Parts, int, list[int]]) -> None:
    whole, count, cuts = case
    left_fen = sum(whole)
    for cut, part in zip(cuts[:-1], returned(whole, count, cuts), strict=False):
        exact = (2 * sum(whole) * cut + count) // (2 * count)  # half-up, in whole numbers
        assert sum(part) == min(exact, left_fen)
        left_fen -= sum(part)


@given(returns())
def test_parts_are_pro_rata_while_there_is_enough(case: tuple[Parts, int, list[int]]) -> None:
    whole, count, cuts = case
    (first, *_) = returned(whole, count, cuts)
    for taken_fen, part_fen in zip(first, whole, strict=True):
        # Three parts of a half rounded up are the most that the last part makes good.
        assert abs(taken_fen * count - part_fen * cuts[0]) <= 2 * count


@pytest.mark.parametrize(
    ("whole", "count", "left", "left_count", "cut"),
    [
        ((0, 0, 0, 10), 2, (0, 0, 0, 10), 2, 3),
        ((0, 0, 0, 10), 2, (0, 0, 0, 10), 2, 0),
        ((0, 0, 0, 10), 2, (0, 0, 0, 10), 2, -1),
        ((0, 0, 0, 10), 2, (0, 0, 0, 10), 3, 1),
        ((0, 0, 0, 10), 2, (0, 0, 0, 11), 2, 1),
        ((0, 0, 0, 10), 2, (0, 0, -1, 10), 2, 1),
        ((0, 0, 0, 10), 2, (1, 0, 0, 9), 2, 1),
    ],
)
def test_what_cannot_be_returned(
    whole: Parts, count: int, left: Parts, left_count: int, cut: int
) -> None:
    with pytest.raises(InvariantError):
        split_return(LineSplit(*whole), count, LineSplit(*left), left_count, cut)
