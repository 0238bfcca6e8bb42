# SPDX-License-Identifier: Apache-2.0
"""What may belong to a supplement is paid by no account; the bounds by hand, and as properties."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gongji.kernel import benefit as b
from gongji.kernel import sharing as s
from gongji.kernel import withholding as w
from gongji.kernel.reasons import KEPT_FOR_SUPPLEMENT, NOTHING_LEFT_TO_PAY, PAID_ALL_ASKED
from gongji.kernel.settling import split_bill
from gongji.kernel.sharing_rest import share_rest

NONE = b.NO_LIMIT_FEN
FLAT = (NONE,) * 4
HALF = b.BenefitRules(
    deductible_mode=b.DEDUCTIBLE_PER_VISIT,
    deductible_fen=0,
    segment_basis=b.SEGMENTS_AFTER_DEDUCTIBLE,
    segment_upto_fen=FLAT,
    segment_ratio_bp=(5_000,) * 4,
    visit_cap_fen=NONE,
    cap_basis=b.CAP_FUND,
    cap_fen=NONE,
    large_ratio_bp=0,
    large_cap_fen=0,
    serious_threshold_fen=NONE,
    serious_bounds=b.BOUNDS_ABSOLUTE,
    serious_upto_fen=FLAT,
    serious_ratio_bp=(0,) * 4,
    serious_cap_fen=0,
    subsidy_ratio_bp=0,
    subsidy_cap_fen=0,
    aid_threshold_fen=NONE,
    aid_ratio_bp=0,
    aid_cap_fen=0,
)
IN_POLICY = s.SharingRules(s.BASE_IN_POLICY, s.CURRENT_FIRST, s.CURRENT_FIRST, 0, 0, 0, 1)
ALL = IN_POLICY._replace(eligible_base=s.BASE_ALL_PERSONAL)
RICH = s.Payer(10**9, 0, NONE, NONE, NONE, NONE, 0)


def bound(rules: b.BenefitRules, in_policy_fen: int, state: b.BenefitState = b.NEW_YEAR) -> object:
    bill = b.Bill(in_policy_fen, 0, 0, 0, in_policy_fen)
    return w.withheld(rules, state, b.settle_benefit(rules, state, bill))


def test_nothing_is_withheld_where_no_supplement_is_open() -> None:
    assert bound(HALF, 10_000) == (0, 0)


def test_serious_illness_from_its_least_threshold() -> None:
    """10,000: half is left, 5,000; above 3,000 are 2,000; a fen at the threshold is none."""
    rules = HALF._replace(open_serious_from_fen=3_000)
    assert bound(rules, 10_000) == (2_000, w.FOR_SERIOUS)
    assert bound(rules, 6_000) == (0, 0)
    assert bound(rules, 6_002) == (1, w.FOR_SERIOUS)
    year = b.NEW_YEAR._replace(serious_base_fen=2_500)
    assert bound(rules, 10_000, year) == (4_500, w.FOR_SERIOUS)
    year = b.NEW_YEAR._replace(serious_base_fen=9_000)
    assert bound(rules, 10_000, year) == (5_000, w.FOR_SERIOUS)


def test_a_visit_that_does_not_count_is_free_of_serious_illness() -> None:
    rules = HALF._replace(open_serious_from_fen=0, serious_counts=0)
    assert bound(rules, 10_000) == (0, 0)


def test_subsidy_aid_and_a_cap_that_no_document_states() -> None:
    """Left 5,000: a known share of 20 % withholds 1,000, an unknown one everything."""
    assert bound(HALF._replace(open_subsidy_bp=2_000), 10_000) == (1_000, w.FOR_SUBSIDY)
    assert bound(HALF._replace(open_subsidy_bp=10_000), 10_000) == (5_000, w.FOR_SUBSIDY)
    aid = HALF._replace(open_aid_from_fen=4_000)
    assert bound(aid, 10_000) == (1_000, w.FOR_AID)
    assert bound(aid, 10_000, b.NEW_YEAR._replace(aid_base_fen=4_000)) == (5_000, w.FOR_AID)
    both = aid._replace(open_subsidy_bp=10_000)
    assert bound(both, 10_000) == (5_000, w.FOR_SUBSIDY + w.FOR_AID)
    # The fund's cap of 2,000 is reached after 4,000 of cost; the other 6,000 are open.
    capped = HALF._replace(cap_fen=2_000, open_cap=1)
    assert bound(capped, 10_000) == (6_000, w.FOR_POOLED)
    assert bound(capped, 4_000) == (0, 0)


def pay(rules: b.BenefitRules, sharing: s.SharingRules, bill: b.Bill, own_fen: int) -> object:
    return split_bill(rules, sharing, bill, b.NEW_YEAR, s.USE_ACCOUNTS, own_fen, 0, [RICH, RICH])


def test_own_and_relatives_pay_only_what_surely_remains() -> None:
    """Bill 13,000 with 1,000 outside the catalogue and 2,000 first self-pay; in policy 10,000,
    left 5,000, of which 2,000 are open. Accounts pay 3,000 + 2,000; under ALL_PERSONAL 1,000
    more."""
    rules = HALF._replace(open_serious_from_fen=3_000)
    bill = b.Bill(13_000, 1_000, 0, 2_000, 10_000)
    split = pay(rules, IN_POLICY, bill, 1_500)
    assert split.sharing == (5_000, 1_500, 0, 3_500, 3_000, 0, 2_000, w.FOR_SERIOUS)
    assert split.reasons == [PAID_ALL_ASKED, NOTHING_LEFT_TO_PAY]
    split = pay(rules, ALL, bill, 1_500)
    assert split.sharing == (6_000, 1_500, 0, 4_500, 2_000, 0, 2_000, w.FOR_SERIOUS)


def test_givers_are_told_where_everything_was_kept_back() -> None:
    split = pay(HALF._replace(open_aid_from_fen=0), IN_POLICY, b.Bill(10, 0, 0, 0, 10), 1)
    assert split.sharing == (0, 0, 0, 0, 5, 0, 5, w.FOR_AID)
    assert split.reasons == [KEPT_FOR_SUPPLEMENT, KEPT_FOR_SUPPLEMENT]
    one_fen = pay(HALF._replace(open_aid_from_fen=0), IN_POLICY, b.Bill(2, 0, 0, 0, 2), 1)
    assert one_fen.sharing == (0, 0, 0, 0, 1, 0, 1, w.FOR_AID)
    assert one_fen.reasons == [KEPT_FOR_SUPPLEMENT, KEPT_FOR_SUPPLEMENT]
    # Nothing was kept back of what no account may pay.
    outside = pay(HALF, IN_POLICY, b.Bill(10, 10, 0, 0, 0), 1)
    assert outside.sharing == (0, 0, 0, 0, 10, 0, 0, 0)
    assert outside.reasons == [NOTHING_LEFT_TO_PAY, NOTHING_LEFT_TO_PAY]


def test_the_base_of_serious_illness_moves_by_the_visits_that_count() -> None:
    bill = b.Bill(10_000, 0, 0, 0, 10_000)
    for counts, moved in ((1, 5_000), (0, 0)):
        result = b.settle_benefit(HALF._replace(serious_counts=counts), b.NEW_YEAR, bill)
        after = b.advance(b.NEW_YEAR, result, bill, 0)
        assert (after.serious_base_fen, after.aid_base_fen) == (moved, 5_000)
        assert b.retreat(after, result, bill, 0) == b.NEW_YEAR


amounts = st.integers(0, 10_000_000)
thresholds = st.one_of(st.just(NONE), amounts)


@given(
    amounts, amounts, amounts, thresholds, st.integers(0, 10_000), thresholds, amounts,
    st.integers(0, 10_000), amounts, st.integers(0, 10_000), amounts,
    st.sampled_from([ALL, IN_POLICY]),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_what_accounts_paid_remains_with_the_family_whatever_the_supplement_is(
    in_policy_fen: int,
    used_fen: int,
    own_fen: int,
    serious_from_fen: int,
    subsidy_bp: int,
    aid_from_fen: int,
    above_fen: int,
    serious_bp: int,
    cap_fen: int,
    aid_bp: int,
    aid_above_fen: int,
    sharing: s.SharingRules,
) -> None:
    """Settle with the supplements open; then learn any rule that keeps within what was known, and
    the family's burden is never less than what the accounts have paid."""
    bill = b.Bill(in_policy_fen + 7, 3, 2, 2, in_policy_fen)
    state = b.NEW_YEAR._replace(serious_base_fen=used_fen, aid_base_fen=used_fen)
    rules = HALF._replace(
        open_serious_from_fen=serious_from_fen,
        open_subsidy_bp=subsidy_bp,
        open_aid_from_fen=aid_from_fen,
    )
    split = split_bill(rules, sharing, bill, state, s.USE_ACCOUNTS, own_fen, 0, [RICH])
    true = HALF._replace(
        serious_threshold_fen=min(NONE, serious_from_fen + above_fen),
        serious_ratio_bp=(serious_bp,) * 4,
        serious_cap_fen=cap_fen,
        subsidy_ratio_bp=subsidy_bp,
        subsidy_cap_fen=cap_fen,
        aid_threshold_fen=min(NONE, aid_from_fen + aid_above_fen),
        aid_ratio_bp=aid_bp,
        aid_cap_fen=cap_fen,
    )
    later = b.settle_benefit(true, state, bill)
    paid_fen = split.sharing.own_current_fen + split.sharing.relatives_fen
    in_policy_paid_fen = paid_fen - (bill.total_fen - in_policy_fen)
    assert in_policy_paid_fen <= later.in_policy_burden_fen
    assert split.sharing.cash_fen >= split.sharing.withheld_fen >= 0
    assert paid_fen + split.sharing.cash_fen == split.benefit.burden_fen


# ---- each bound and each part of it by itself -------------------------------------------------


def result_of(**more: int) -> b.BenefitResult:
    """100 of in-policy cost left to the person."""
    return b.BenefitResult(*[0] * 10, 100, 100)._replace(**more)


def open_to(result: b.BenefitResult, year: b.BenefitState = b.NEW_YEAR, **rules: int) -> object:
    return w.withheld(HALF._replace(**rules), year, result)


def test_what_no_fund_looks_at_is_withheld_for_none() -> None:
    without = result_of(unfunded_fen=30)
    assert open_to(without, open_subsidy_bp=10_000) == (70, w.FOR_SUBSIDY)
    nothing = result_of(unfunded_fen=100, large_base_fen=10)
    assert open_to(nothing, open_subsidy_bp=10_000, open_cap=1) == (0, 0)


def test_the_burden_before_later_steps_is_measured_by_the_threshold() -> None:
    paid = result_of(serious_fen=7, subsidy_fen=5, aid_fen=3)
    year = b.NEW_YEAR._replace(serious_base_fen=1_000, aid_base_fen=1_000)
    # 1,000 + 100 + 7 + 5 + 3, of which 15 are above 1,100; for aid 1,000 + 100 + 3.
    assert open_to(paid, year, open_serious_from_fen=1_100) == (15, w.FOR_SERIOUS)
    assert open_to(paid, year, open_aid_from_fen=1_100) == (3, w.FOR_AID)


def test_cost_beyond_an_undocumented_cap_that_nobody_paid() -> None:
    assert open_to(result_of(large_base_fen=50, large_fen=20), open_cap=1) == (30, w.FOR_POOLED)


def test_a_single_fen_names_its_supplement() -> None:
    one = result_of(in_policy_burden_fen=1, burden_fen=1)
    assert open_to(one, open_subsidy_bp=10_000) == (1, w.FOR_SUBSIDY)
    assert open_to(result_of(), open_serious_from_fen=99) == (1, w.FOR_SERIOUS)
    assert open_to(result_of(), open_aid_from_fen=99) == (1, w.FOR_AID)
    assert open_to(result_of(large_base_fen=1), open_cap=1) == (1, w.FOR_POOLED)


# A stay of 100, of which 40 were withheld: the own account paid 60, 40 were cash.
BEFORE = s.SharingResult(60, 60, 0, 0, 40, 0, 40, w.FOR_AID)


def rest(burden: int, withheld: int) -> tuple[tuple[int, ...], list[int]]:
    """One more bill of the stay: what moves, and the reason of a relative with money enough."""
    current, carried, reasons = [0], [0], [0]
    got = share_rest(
        *(IN_POLICY, burden, 0, 0, s.USE_ACCOUNTS, 20, 0, BEFORE),
        *(1, [RICH], current, carried, reasons, withheld),
    )
    return tuple(got), reasons


def test_what_is_withheld_of_a_stay_is_that_of_the_whole_stay() -> None:
    # 150 with 70 withheld: accounts pay 80, so 20 more; 30 more are cash, all of it withheld.
    assert rest(150, 70) == ((20, 20, 0, 0, 30, 0, 30, 0), [NOTHING_LEFT_TO_PAY])
    # 130 with 70: accounts have paid their 60, and what came was withheld: givers are told.
    assert rest(130, 70) == ((0, 0, 0, 0, 30, 0, 30, 0), [KEPT_FOR_SUPPLEMENT])
    # Nothing came: nothing is withheld now either.
    assert rest(100, 40) == ((0, 0, 0, 0, 0, 0, 0, 0), [NOTHING_LEFT_TO_PAY])
    # 50 are left, all of them withheld: the 60 go back to the account, 10 more are cash.
    assert rest(50, 80)[0] == (-60, -60, 0, 0, 10, 0, 10, 0)
