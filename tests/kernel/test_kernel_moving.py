# SPDX-License-Identifier: Apache-2.0
"""Another place in the order is promised only where it would let the giver pay: settled again with
the giver in front, it pays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_sharing_call import FREE, RULES, pay

from gongji.kernel import reasons
from gongji.kernel.moving import MOVABLE, can_give, moving_helps
from gongji.kernel.sharing import CARRIED_ONLY, Payer, SharingRules

WIFE, MOTHER = FREE._replace(current_fen=10_000), FREE._replace(current_fen=5_000)


def helps(rules: SharingRules, burden: int, givers: list[Payer], place: int, own: int = 0) -> bool:
    given_ = pay(rules, burden, givers, own=(own, 0))[1]
    paid = [current + carried for current, carried, _ in given_]
    return moving_helps(rules, givers, paid, given_[place][2], place)


def test_the_second_of_two_would_pay_in_front() -> None:
    assert helps(RULES, 8_000, [WIFE, MOTHER], 1)
    assert helps(RULES._replace(max_givers=1), 12_000, [WIFE, MOTHER], 1)


@pytest.mark.parametrize(
    ("givers", "place", "own"),
    [
        ([WIFE], 0, 8_000),  # the own account paid all
        ([WIFE, MOTHER], 0, 8_000),  # the first stands in front already
        ([WIFE, MOTHER], 1, 8_000),  # nobody before paid
        ([WIFE, MOTHER], 0, 0),  # paid itself
        ([WIFE, FREE], 1, 0),  # has nothing
        ([WIFE, MOTHER._replace(visit_left_fen=0)], 1, 0),
        ([WIFE, MOTHER._replace(day_left_fen=0)], 1, 0),
        ([WIFE, MOTHER._replace(year_left_fen=0)], 1, 0),
        ([WIFE, MOTHER._replace(grant_left_fen=-5)], 1, 0),
        ([WIFE, MOTHER._replace(blocked=reasons.AUTHORISATION_PAUSED)], 1, 0),
        ([FREE, WIFE._replace(visit_left_fen=0), MOTHER], 2, 8_000),
    ],
)
def test_where_another_place_changes_nothing(givers: list[Payer], place: int, own: int) -> None:
    assert not helps(RULES, 8_000, givers, place, own)


def test_what_must_stay_in_the_account_cannot_be_promised() -> None:
    floor = RULES._replace(retained_fen=5_000)
    assert not helps(floor, 4_000, [WIFE, MOTHER], 1)
    assert helps(floor._replace(retained_fen=4_999), 4_000, [WIFE, MOTHER], 1)
    carried = RULES._replace(giver_buckets=CARRIED_ONLY)
    wife = WIFE._replace(carried_fen=10_000)
    assert not helps(carried, 4_000, [wife, MOTHER], 1)
    assert helps(carried, 4_000, [wife, MOTHER._replace(carried_fen=1)], 1)


def test_nothing_is_promised_where_earlier_bills_of_a_stay_took_money() -> None:
    taken = WIFE._replace(taken_current_fen=1)
    assert not moving_helps(RULES, [taken, MOTHER], [8_000, 0], reasons.NOTHING_LEFT_TO_PAY, 1)
    both = WIFE._replace(taken_current_fen=5, taken_carried_fen=5)
    assert not moving_helps(RULES, [both, MOTHER], [8_000, 0], reasons.NOTHING_LEFT_TO_PAY, 1)


def test_a_single_fen_paid_before_is_what_moving_would_take_over() -> None:
    assert helps(RULES, 1, [WIFE, MOTHER], 1)


fen = st.integers(0, 300)
nothing = st.just(0)  # taken by earlier bills of a stay
payers = st.builds(
    Payer,
    *(fen, fen, fen, fen, fen, fen, st.sampled_from((0, 0, 0, reasons.AUTHORISATION_PAUSED))),
    *(nothing, nothing),
)
rules = st.builds(
    RULES._replace,
    retained_fen=st.sampled_from((0, 0, 40)),
    giver_buckets=st.sampled_from((1, 2, 3)),
    max_givers=st.sampled_from((RULES.max_givers, 1, 2)),
    own_must_be_zero=st.integers(0, 1),
)


@given(rules, st.integers(1, 400), fen, st.lists(payers, min_size=1, max_size=4), st.data())
def test_a_promise_is_kept(
    rules: SharingRules, burden: int, own: int, givers: list[Payer], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(givers) - 1))
    given_ = pay(rules, burden, givers, own=(own, 0))[1]
    paid = [current + carried for current, carried, _ in given_]
    reason = given_[place][2]
    promised = moving_helps(rules, givers, paid, reason, place)
    in_front = [givers[place], *givers[:place], *givers[place + 1 :]]
    first = pay(rules, burden, in_front, own=(own, 0))[1][0]
    pays = first[0] + first[1] > 0
    # Exactly where the turn came too late and the giver would pay in front of all others.
    assert promised == (reason in MOVABLE and any(paid[:place]) and pays)
    if promised:
        assert place > 0
        assert can_give(rules, givers[place])
