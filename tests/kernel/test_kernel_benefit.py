# SPDX-License-Identifier: Apache-2.0
"""Fund steps of one patient: tables of edge cases, and a slow oracle that walks fen by fen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernel_oracle import benefit_oracle
from kernel_strategies import benefit_rules, bills, states

from gongji.kernel import benefit as b

NONE = b.NO_LIMIT_FEN
NOTHING = b.BenefitRules(
    deductible_mode=b.DEDUCTIBLE_PER_VISIT,
    deductible_fen=0,
    segment_basis=b.SEGMENTS_AFTER_DEDUCTIBLE,
    segment_upto_fen=(NONE,) * 4,
    segment_ratio_bp=(0,) * 4,
    visit_cap_fen=NONE,
    cap_basis=b.CAP_FUND,
    cap_fen=NONE,
    large_ratio_bp=0,
    large_cap_fen=NONE,
    serious_threshold_fen=NONE,
    serious_bounds=b.BOUNDS_ABSOLUTE,
    serious_upto_fen=(NONE,) * 4,
    serious_ratio_bp=(0,) * 4,
    serious_cap_fen=NONE,
    subsidy_ratio_bp=0,
    subsidy_cap_fen=NONE,
    aid_threshold_fen=NONE,
    aid_ratio_bp=0,
    aid_cap_fen=NONE,
)
HALF = NOTHING._replace(segment_ratio_bp=(5_000,) * 4)
LADDER = NOTHING._replace(
    segment_upto_fen=(1_000, 3_000, NONE, NONE), segment_ratio_bp=(8_000, 6_000, 5_000, 5_000)
)


def plain(in_policy_fen: int) -> b.Bill:
    return b.Bill(in_policy_fen, 0, 0, 0, in_policy_fen)


def settle(rules: b.BenefitRules, in_policy_fen: int, **used: int) -> b.BenefitResult:
    return b.settle_benefit(rules, b.NEW_YEAR._replace(**used), plain(in_policy_fen))


# Lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item_class", "restricted", "approval", "reimbursable"),
    [
        (b.CLASS_A, 0, 0, True),
        (b.CLASS_A, 0, 1, True),
        (b.CLASS_A, 0, 2, False),
        (b.CLASS_A, 1, 0, False),
        (b.CLASS_A, 1, 1, True),
        (b.CLASS_A, 1, 2, False),
        (b.CLASS_B, 1, 1, True),
        (b.CLASS_B, 1, 0, False),
        (b.CLASS_C, 0, 0, False),
        (b.CLASS_C, 0, 1, False),
        (b.CLASS_C, 1, 1, False),
    ],
)
def test_approval_and_class(
    item_class: int, restricted: int, approval: int, reimbursable: bool
) -> None:
    split = b.split_line(1_000, 10**7, 10**4, 0, item_class, 0, restricted, approval)
    assert split == ((0, 0, 0, 1_000) if reimbursable else (1_000, 0, 0, 0))


@pytest.mark.parametrize(
    ("amount_fen", "price", "count", "ceiling", "first_bp", "split"),
    [
        (452, 4_520_000, 10_000, 999_999_000_000, 500, (0, 0, 23, 429)),  # a real line
        (452, 4_520_000, 10_000, 99_999_999_000_000, 500, (0, 0, 23, 429)),
        (452, 4_520_000, 10_000, 0, 500, (0, 0, 23, 429)),
        (452, 4_520_000, 10_000, -1, 500, (0, 0, 23, 429)),
        (452, 4_520_000, 10_000, 4_520_000, 500, (0, 0, 23, 429)),  # at the ceiling
        (3_000, 10_000_000, 30_000, 8_000_000, 1_000, (0, 600, 240, 2_160)),
        (1_000, 10_000_000, 10_000, 1, 1_000, (0, 1_000, 0, 0)),
        # The stated amount is a fen low: the over-limit part still fits into it.
        (999, 10_000_000, 10_000, 1, 0, (0, 999, 0, 0)),
        # 999,999 yuan means "no ceiling"; one yuan less is a ceiling.
        (10**8, 10**12, 10_000, 999_999 * 10**6, 0, (0, 0, 0, 10**8)),
        (10**8, 10**12, 10_000, 999_998 * 10**6, 0, (0, 200, 0, 10**8 - 200)),
        (1_000, 10_000_000, 10_000, 0, 10_000, (0, 0, 1_000, 0)),
        (0, 10_000_000, 0, 8_000_000, 1_000, (0, 0, 0, 0)),
        (-3_000, 10_000_000, -30_000, 8_000_000, 1_000, (0, -600, -240, -2_160)),
    ],
)
def test_ceiling_and_first_self_pay(
    amount_fen: int, price: int, count: int, ceiling: int, first_bp: int, split: tuple[int, ...]
) -> None:
    assert b.split_line(amount_fen, price, count, ceiling, b.CLASS_B, first_bp, 0, 0) == split


lines = st.tuples(
    st.integers(0, 10**7),
    st.integers(0, 10**9),
    st.integers(0, 10**7),
    st.integers(-1, 10**9),
    st.sampled_from([b.CLASS_A, b.CLASS_B, b.CLASS_C]),
    st.integers(0, 10_000),
    st.integers(0, 1),
    st.integers(0, 2),
)


@given(lines)
def test_parts_of_a_line_sum_to_it_and_a_cancelling_line_mirrors_it(line: tuple[int, ...]) -> None:
    split = b.split_line(*line)
    assert sum(split) == line[0]
    assert min(split) >= 0
    amount, price, count, *rest = line
    assert b.split_line(-amount, price, -count, *rest) == tuple(-part for part in split)


@given(st.lists(lines, max_size=6))
def test_a_bill_is_the_sum_of_its_lines(rows: list[tuple[int, ...]]) -> None:
    bill = b.EMPTY_BILL
    for row in rows:
        bill = b.add_line(bill, b.split_line(*row))
    assert bill.total_fen == sum(row[0] for row in rows)
    assert sum(bill[1:5]) == bill.total_fen


@pytest.mark.parametrize(
    ("bp", "first_self", "in_policy"),
    [(0, 100, 1_005), (1_000, 201, 904), (2_000, 301, 804), (10_000, 1_105, 0)],
)
def test_extra_first_self_pay_moves_in_policy_cost(
    bp: int, first_self: int, in_policy: int
) -> None:
    bill = b.Bill(1_155, 30, 20, 100, 1_005)
    assert b.add_extra_first_self(bill, bp)[:5] == (1_155, 30, 20, first_self, in_policy)


# Deductible ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "used", "cost", "deductible"),
    [
        (b.DEDUCTIBLE_YEARLY, 0, 5_000, 600),
        (b.DEDUCTIBLE_YEARLY, 400, 5_000, 200),
        (b.DEDUCTIBLE_YEARLY, 600, 5_000, 0),
        (b.DEDUCTIBLE_YEARLY, 900, 5_000, 0),  # the year's deductible was lowered meanwhile
        (b.DEDUCTIBLE_YEARLY, 400, 150, 150),
        (b.DEDUCTIBLE_YEARLY, 0, 600, 600),
        (b.DEDUCTIBLE_PER_VISIT, 400, 5_000, 600),
        (b.DEDUCTIBLE_PER_VISIT, 0, 0, 0),
    ],
)
def test_deductible(mode: int, used: int, cost: int, deductible: int) -> None:
    rules = HALF._replace(deductible_mode=mode, deductible_fen=600)
    result = settle(rules, cost, deductible_used_fen=used)
    assert result.deductible_fen == deductible
    assert result.pooled_fen == -(-(cost - deductible) // 2)


# Segments and caps -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "used", "pooled"),
    [
        # 4,000 in policy, deductible 500; ladder 80 % to 1,000, 60 % to 3,000, 50 % above.
        (b.SEGMENTS_AFTER_DEDUCTIBLE, 0, 800 + 1_200 + 250),
        (b.SEGMENTS_WITH_DEDUCTIBLE, 0, 400 + 1_200 + 500),
        (b.SEGMENTS_OF_YEAR, 0, 800 + 1_200 + 250),
        (b.SEGMENTS_OF_YEAR, 600, 320 + 1_200 + 550),
        (b.SEGMENTS_OF_YEAR, 3_000, 1_750),
        (b.SEGMENTS_AFTER_DEDUCTIBLE, 3_000, 800 + 1_200 + 250),
    ],
)
def test_what_segments_are_measured_on(basis: int, used: int, pooled: int) -> None:
    rules = LADDER._replace(deductible_fen=500, segment_basis=basis)
    assert settle(rules, 4_000, in_policy_used_fen=used).pooled_fen == pooled


def test_a_fund_rounds_once_not_per_segment() -> None:
    rules = LADDER._replace(segment_upto_fen=(1, 2, NONE, NONE), segment_ratio_bp=(5_000,) * 4)
    assert settle(rules, 3).pooled_fen == 2  # 1.5; per segment it would be 3


@pytest.mark.parametrize(
    ("rules", "used", "expected"),
    [
        # (base, pooled, beyond, large) of 10,000 in policy at 50 %; large-amount pays 90 %.
        ({}, {}, (10_000, 5_000, 0, 0)),
        ({"cap_fen": 5_000}, {}, (10_000, 5_000, 0, 0)),
        ({"cap_fen": 4_000}, {}, (8_000, 4_000, 2_000, 1_800)),
        ({"cap_fen": 4_000}, {"pooled_paid_fen": 3_000}, (2_000, 1_000, 8_000, 7_200)),
        ({"cap_fen": 4_000}, {"pooled_paid_fen": 9_000}, (0, 0, 10_000, 9_000)),
        ({"cap_fen": 4_000, "cap_basis": b.CAP_IN_POLICY}, {}, (4_000, 2_000, 6_000, 5_400)),
        (
            {"cap_fen": 4_000, "cap_basis": b.CAP_IN_POLICY},
            {"in_policy_used_fen": 4_000},
            (0, 0, 10_000, 9_000),
        ),
        ({"cap_fen": 4_000, "large_cap_fen": 1_000}, {}, (8_000, 4_000, 2_000, 1_000)),
        (
            {"cap_fen": 4_000, "large_cap_fen": 1_000},
            {"large_paid_fen": 700},
            (8_000, 4_000, 2_000, 300),
        ),
        # A visit cap closes the visit: nothing beyond it is large-amount cost.
        ({"visit_cap_fen": 1_000}, {}, (2_000, 1_000, 0, 0)),
        ({"visit_cap_fen": 4_999}, {}, (9_998, 4_999, 0, 0)),
        ({"visit_cap_fen": 5_000}, {}, (10_000, 5_000, 0, 0)),
        (
            {"visit_cap_fen": 1_000, "cap_fen": 1_500, "cap_basis": b.CAP_IN_POLICY},
            {},
            (1_500, 750, 500, 450),
        ),
        ({"visit_cap_fen": 1_000, "cap_fen": 4_000}, {}, (2_000, 1_000, 0, 0)),
        (
            {"visit_cap_fen": 1_000, "cap_fen": 4_000},
            {"pooled_paid_fen": 3_600},
            (800, 400, 1_200, 1_080),
        ),
    ],
)
def test_caps_and_large_amount(
    rules: dict[str, int], used: dict[str, int], expected: tuple[int, ...]
) -> None:
    got = settle(HALF._replace(large_ratio_bp=9_000)._replace(**rules), 10_000, **used)
    assert (got.pooled_base_fen, got.pooled_fen, got.large_base_fen, got.large_fen) == expected


def test_cap_reached_inside_a_later_segment() -> None:
    """800 + 600 x 60 % = 1,160 of fund money at 1,600 of cost."""
    got = settle(LADDER._replace(cap_fen=1_160), 4_000)
    assert (got.pooled_base_fen, got.pooled_fen, got.large_base_fen) == (1_600, 1_160, 2_400)


# Insurance, subsidy, aid -----------------------------------------------------------------------

SERIOUS = NOTHING._replace(
    serious_threshold_fen=1_000,
    serious_upto_fen=(2_000, NONE, NONE, NONE),
    serious_ratio_bp=(6_000, 7_000, 7_000, 7_000),
)


@pytest.mark.parametrize(
    ("rules", "used", "cost", "base", "paid"),
    [
        ({}, {}, 1_000, 0, 0),
        ({}, {}, 1_001, 1, 1),  # 0.6
        ({}, {}, 3_000, 2_000, 600 + 700),
        ({"serious_bounds": b.BOUNDS_ABOVE_THRESHOLD}, {}, 3_000, 2_000, 1_200),
        ({"serious_bounds": b.BOUNDS_ABOVE_THRESHOLD}, {}, 4_000, 3_000, 1_200 + 700),
        ({}, {"serious_base_fen": 900}, 200, 100, 60),
        ({}, {"serious_base_fen": 1_500, "serious_paid_fen": 300}, 1_500, 1_500, 1_000),
        ({"serious_cap_fen": 900}, {}, 3_000, 2_000, 900),
        ({"serious_cap_fen": 900}, {"serious_base_fen": 3_000, "serious_paid_fen": 900}, 50, 50, 0),
        # Nothing was paid when it should have been: made good, but never beyond this burden.
        ({}, {"serious_base_fen": 3_000}, 100, 100, 100),
        # More was paid than is due after an earlier visit was reversed: nothing is added.
        ({}, {"serious_base_fen": 0, "serious_paid_fen": 500}, 1_100, 100, 0),
    ],
)
def test_serious_illness_insurance_follows_the_year(
    rules: dict[str, int], used: dict[str, int], cost: int, base: int, paid: int
) -> None:
    got = settle(SERIOUS._replace(**rules), cost, **used)
    assert (got.serious_base_fen, got.serious_fen) == (base, paid)


def test_subsidy_then_aid_on_what_is_left() -> None:
    rules = HALF._replace(
        subsidy_ratio_bp=2_000, aid_threshold_fen=1_000, aid_ratio_bp=5_000, aid_cap_fen=1_200
    )
    got = settle(rules, 10_000)  # pooled 5,000, subsidy 1,000, left 4,000, above threshold 3,000
    assert (got.subsidy_fen, got.aid_fen, got.in_policy_burden_fen) == (1_000, 1_200, 2_800)
    got = settle(rules, 10_000, subsidy_paid_fen=0, aid_base_fen=1_000, aid_paid_fen=1_100)
    assert got.aid_fen == 100
    got = settle(rules._replace(subsidy_cap_fen=400), 10_000, subsidy_paid_fen=300)
    assert got.subsidy_fen == 100


def test_parts_outside_the_policy_stay_with_the_person() -> None:
    got = b.settle_benefit(HALF, b.NEW_YEAR, b.Bill(10_700, 400, 200, 100, 10_000))
    assert (got.fund_fen, got.in_policy_burden_fen, got.burden_fen) == (5_000, 5_000, 5_700)


# The year --------------------------------------------------------------------------------------

FULL = HALF._replace(
    deductible_mode=b.DEDUCTIBLE_YEARLY,
    deductible_fen=600,
    cap_fen=3_000,
    large_ratio_bp=9_000,
    serious_threshold_fen=1_000,
    serious_ratio_bp=(6_000,) * 4,
    subsidy_ratio_bp=1_000,
    aid_threshold_fen=500,
    aid_ratio_bp=5_000,
)


def test_cost_without_a_prescription_meets_no_fund() -> None:
    """1,000 in policy, 400 of it without: deductible 100, (600 - 100) x 50 % = 250 from the fund;
    left 250 + 400 of it, and 750 of the bill. Only the 350 count on: 250 + 100."""
    rules = HALF._replace(deductible_fen=100, needs_prescription=1)
    bill = b.Bill(1_000, 0, 0, 0, 1_000, 400)
    got = b.settle_benefit(rules, b.NEW_YEAR, bill)
    assert (got.deductible_fen, got.pooled_base_fen, got.pooled_fen) == (100, 500, 250)
    assert (got.in_policy_burden_fen, got.burden_fen, got.unfunded_fen) == (750, 750, 400)
    after = b.advance(b.NEW_YEAR, got, bill, 100)
    assert (after.deductible_used_fen, after.serious_base_fen, after.aid_base_fen) == (
        100,
        350,
        350,
    )
    assert b.retreat(after, got, bill, 100) == b.NEW_YEAR
    # Where nothing asks for one it is cost like any other: (1,000 - 100) x 50 %.
    free = b.settle_benefit(rules._replace(needs_prescription=0), b.NEW_YEAR, bill)
    assert (free.pooled_fen, free.unfunded_fen) == (450, 0)
    none = b.settle_benefit(rules, b.NEW_YEAR, b.Bill(1_000, 0, 0, 0, 1_000, 1_000))
    assert (none.deductible_fen, none.fund_fen, none.burden_fen) == (0, 0, 1_000)


@pytest.mark.parametrize(("bp", "left"), [(0, 400), (1_000, 360), (10_000, 0)])
def test_extra_first_self_pay_leaves_a_part_without_prescription(bp: int, left: int) -> None:
    bill = b.add_extra_first_self(b.Bill(1_000, 0, 0, 0, 1_000, 400), bp)
    assert bill.unprescribed_fen == left
    assert 0 <= bill.unprescribed_fen <= bill.in_policy_fen


def test_a_year_of_two_visits_by_hand() -> None:
    """Every step and every figure of the year, worked out on paper.

    First, 4,600: deductible 600; 4,000 x 50 % = 2,000; left 2,600; insurance (2,600 - 1,000)
    x 60 % = 960; left 1,640; subsidy 164; left 1,476; aid (1,476 - 500) x 50 % = 488; left 988.
    Second, 5,000: the cap leaves 1,000, reached at 2,000; large 3,000 x 90 % = 2,700; left
    1,300; insurance (3,900 - 1,000) x 60 % - 960 = 780; left 520; subsidy 52; left 468;
    aid (1,476 + 468 - 500) x 50 % - 488 = 234; left 234.
    """
    first = b.settle_benefit(FULL, b.NEW_YEAR, plain(4_600))
    assert first[:12] == (600, 4_000, 2_000, 0, 0, 1_600, 960, 164, 488, 3_612, 988, 988)
    state = b.advance(b.NEW_YEAR, first, plain(4_600), 450)
    assert state == (450, 4_000, 2_000, 0, 2_600, 960, 164, 1_476, 488)

    state = b.advance(b.NEW_YEAR, first, plain(4_600), 600)
    second = b.settle_benefit(FULL, state, plain(5_000))
    assert second[:12] == (0, 2_000, 1_000, 3_000, 2_700, 1_300, 780, 52, 234, 4_766, 234, 234)
    after = b.advance(state, second, plain(5_000), 0)
    assert after == (600, 6_000, 3_000, 2_700, 3_900, 1_740, 216, 1_944, 722)
    # The first visit is reversed although the second came later: only the second is left.
    assert b.retreat(after, first, plain(4_600), 600) == (
        *(0, 2_000, 1_000, 2_700, 1_300, 780, 52, 468, 234),
    )


# Oracle and properties -------------------------------------------------------------------------


@given(benefit_rules(), states, bills())
@settings(max_examples=150, deadline=None)
@example(LADDER._replace(cap_fen=0), b.NEW_YEAR, plain(10))
@example(LADDER._replace(segment_ratio_bp=(0, 10_000, 0, 1), cap_fen=0), b.NEW_YEAR, plain(3_100))
def test_every_step_as_walked_fen_by_fen(
    rules: b.BenefitRules, state: b.BenefitState, bill: b.Bill
) -> None:
    got: dict[str, Any] = b.settle_benefit(rules, state, bill)._asdict()
    wanted = benefit_oracle(rules, state, bill)
    assert {name: got[name] for name in wanted} == wanted


@given(benefit_rules(), states, bills())
@settings(max_examples=200)
def test_funds_and_burden_sum_to_the_bill(
    rules: b.BenefitRules, state: b.BenefitState, bill: b.Bill
) -> None:
    got = b.settle_benefit(rules, state, bill)
    assert min(got) >= 0
    steps = got.pooled_fen + got.large_fen + got.serious_fen + got.subsidy_fen + got.aid_fen
    assert got.fund_fen == steps
    assert got.fund_fen + got.burden_fen == bill.total_fen
    assert got.burden_fen - got.in_policy_burden_fen == bill.total_fen - bill.in_policy_fen


@given(
    st.lists(st.tuples(benefit_rules(), bills(), st.integers(0, 400)), min_size=1, max_size=4),
    states,
    st.randoms(use_true_random=False),
)
@settings(max_examples=80)
def test_reversals_in_any_order_restore_the_year(
    visits: list[tuple[b.BenefitRules, b.Bill, int]], start: b.BenefitState, shuffler: Any
) -> None:
    state = start
    done = []
    for rules, bill, counted in visits:
        result = b.settle_benefit(rules, state, bill)
        after = b.advance(state, result, bill, counted)
        assert b.retreat(after, result, bill, counted) == state
        done.append((result, bill, counted))
        state = after
    shuffler.shuffle(done)
    for result, bill, counted in done:
        state = b.retreat(state, result, bill, counted)
    assert state == start


@given(benefit_rules(), st.lists(bills(), min_size=2, max_size=4))
@settings(max_examples=80)
def test_yearly_caps_hold_over_a_year(rules: b.BenefitRules, year: list[b.Bill]) -> None:
    state = b.NEW_YEAR
    for bill in year:
        result = b.settle_benefit(rules, state, bill)
        state = b.advance(state, result, bill, result.deductible_fen)
    used = state.pooled_paid_fen if rules.cap_basis == b.CAP_FUND else state.in_policy_used_fen
    assert used <= rules.cap_fen
    assert state.large_paid_fen <= rules.large_cap_fen
    assert state.serious_paid_fen <= rules.serious_cap_fen
    assert state.subsidy_paid_fen <= rules.subsidy_cap_fen
    assert state.aid_paid_fen <= rules.aid_cap_fen
    if rules.deductible_mode == b.DEDUCTIBLE_YEARLY:
        assert state.deductible_used_fen <= rules.deductible_fen


# Single fen at the edges -----------------------------------------------------------------------


def test_a_payment_that_just_meets_a_cap_has_looked_at_all_of_the_cost() -> None:
    # 10 % of 54 fen is 5.4, rounded to 5: the cap of 5 cuts nothing, so nothing lies beyond it.
    tenth = NOTHING._replace(segment_ratio_bp=(1_000,) * 4, large_ratio_bp=10_000)
    for capped in (tenth._replace(visit_cap_fen=5), tenth._replace(cap_fen=5)):
        got = settle(capped, 54)
        assert (got.pooled_fen, got.pooled_base_fen) == (5, 54)
        assert (got.large_base_fen, got.large_fen) == (0, 0)


def test_segments_round_down_below_half_a_fen() -> None:
    assert settle(NOTHING._replace(segment_ratio_bp=(4_999,) * 4), 1).pooled_fen == 0
    assert settle(NOTHING._replace(segment_ratio_bp=(5_000,) * 4), 1).pooled_fen == 1


def test_the_first_fen_above_the_threshold_of_aid_counts() -> None:
    # One fen above at 60 % is 0.6 fen, rounded to 1.
    rules = NOTHING._replace(aid_threshold_fen=100, aid_ratio_bp=6_000)
    assert (settle(rules, 100).aid_fen, settle(rules, 101).aid_fen) == (0, 1)


def test_a_stretch_that_never_reaches_the_sum_is_looked_at_whole() -> None:
    # 300 fen from 200 on at 10 % are 30 fen; nobody can find where 31 were reached.
    assert b._cost_reaching(200, 500, (NONE,) * 4, (1_000,) * 4, 31) == 300
