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
