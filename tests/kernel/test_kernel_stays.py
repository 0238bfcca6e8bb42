# SPDX-License-Identifier: Apache-2.0
"""A stay settled in parts gives what it gives at once; what is given back goes where it came from.

Every sum of the examples is worked by hand; fen.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_sharing_call import NONE, RULES
from kernel_strategies import benefit_rules, bills, payers, sharing_rules, states

from gongji.kernel import benefit as b
from gongji.kernel import sharing as s
from gongji.kernel.reasons import AUTHORISATION_PAUSED, GIVEN_BACK, NOTHING_LEFT_TO_PAY
from gongji.kernel.settling import Split, StayBefore, VisitUsed, rest_of_visit, split_bill

NO_SEGMENTS = (NONE,) * 4


def rules_of(ratio: tuple[int, int, int, int], upto: tuple[int, int, int, int], **more: int) -> Any:
    """A deductible per visit of 500 yuan, no supplements."""
    values: dict[str, Any] = {
        "deductible_mode": b.DEDUCTIBLE_PER_VISIT,
        "deductible_fen": 50_000,
        "segment_basis": b.SEGMENTS_AFTER_DEDUCTIBLE,
        "segment_upto_fen": upto,
        "segment_ratio_bp": ratio,
        "visit_cap_fen": NONE,
        "cap_basis": b.CAP_FUND,
        "cap_fen": NONE,
        "large_ratio_bp": 0,
        "large_cap_fen": 0,
        "serious_threshold_fen": NONE,
        "serious_bounds": b.BOUNDS_ABSOLUTE,
        "serious_upto_fen": NO_SEGMENTS,
        "serious_ratio_bp": (0,) * 4,
        "serious_cap_fen": 0,
        "subsidy_ratio_bp": 0,
        "subsidy_cap_fen": 0,
        "aid_threshold_fen": NONE,
        "aid_ratio_bp": 0,
        "aid_cap_fen": 0,
        **more,
    }
    return b.BenefitRules(**values)


def in_policy(fen: int, self_paid: int = 0) -> b.Bill:
    """A bill of class A, with a self-paid part."""
    return b.Bill(fen + self_paid, self_paid, 0, 0, fen)


class Stay:
    """A stay settled one part after another, with accounts that it empties and fills again."""

    def __init__(
        self,
        rules: b.BenefitRules,
        sharing: s.SharingRules,
        own: tuple[int, int],
        givers: list[s.Payer],
        state: b.BenefitState = b.NEW_YEAR,
    ) -> None:
        self.rules, self.sharing, self.own = rules, sharing, own
        self.givers, self.state = givers, state
        self.bill = b.EMPTY_BILL
        self.benefit = b.BenefitResult(*[0] * 12)
        self.shared = s.SharingResult(*[0] * 6)
        self.legs = [(0, 0) for _ in givers]
        self.parts = 0

    def settle(self, bill: b.Bill) -> Split:
        """One more settlement; everything adds up afterwards."""
        before = StayBefore(self.bill, self.benefit, self.shared) if self.parts else None
        own = (
            self.own[0] - self.shared.own_current_fen,
            self.own[1] - self.shared.own_carried_fen,
        )
        givers = [self._now(one, *leg) for one, leg in zip(self.givers, self.legs, strict=True)]
        split = split_bill(
            self.rules,
            self.sharing,
            bill,
            self.state,
            s.USE_ACCOUNTS,
            *own,
            givers,
            before=before,
        )
        self.bill = b.Bill(*map(sum, zip(self.bill, bill, strict=True)))
        self.benefit = b.BenefitResult(*map(sum, zip(self.benefit, split.benefit, strict=True)))
        self.shared = s.SharingResult(*map(sum, zip(self.shared, split.sharing, strict=True)))
        paid = zip(self.legs, split.paid_current_fen, split.paid_carried_fen, strict=True)
        self.legs = [(leg[0] + current, leg[1] + carried) for leg, current, carried in paid]
        self.parts += 1
        return split

    @staticmethod
    def _now(one: s.Payer, current: int, carried: int) -> s.Payer:
        taken = current + carried
        limits = [NONE if limit == NONE else limit - taken for limit in one[2:6]]
        return s.Payer(
            one.current_fen - current,
            one.carried_fen - carried,
            *limits,
            one.blocked,
            current,
            carried,
        )

    def at_once(self) -> Split:
        """The same stay settled in one step."""
        state, use = self.state, s.USE_ACCOUNTS
        return split_bill(self.rules, self.sharing, self.bill, state, use, *self.own, self.givers)


def test_segments_run_over_the_whole_stay() -> None:
    # Deductible 500; the first 40,000 at 90 %, then 95 %: 36,000 + 39,500 x 95 % = 73,525.
    rules = rules_of((9_000, 9_500, 9_500, 9_500), (4_000_000, NONE, NONE, NONE))
    stay = Stay(rules, RULES, (0, 0), [])
    first = stay.settle(in_policy(4_000_000))
    assert first.benefit.pooled_fen == 3_555_000  # 39,500 x 90 %
    second = stay.settle(in_policy(4_000_000))
    assert second.benefit.deductible_fen == 0
    assert first.benefit.pooled_fen + second.benefit.pooled_fen == 7_352_500


def test_what_was_taken_too_much_goes_back_the_way_it_came() -> None:
    # 90 % behind 100: of 1,000 the fund pays 810, the own account 20, a relative 170. Then 400 are
    # returned: of 600 the fund pays 450, and 150 are left: 20 and 130. Fund -360, relative -40.
    rules = rules_of((9_000,) * 4, NO_SEGMENTS, deductible_fen=10_000)
    giver = s.Payer(12_000, 8_000, NONE, NONE, NONE, NONE, 0)
    stay = Stay(rules, RULES, (2_000, 0), [giver])
    first = stay.settle(in_policy(100_000))
    assert (first.benefit.fund_fen, first.sharing.relatives_fen) == (81_000, 17_000)
    assert (first.paid_current_fen, first.paid_carried_fen) == ([12_000], [5_000])
    second = stay.settle(in_policy(-40_000))
    assert (second.benefit.deductible_fen, second.benefit.fund_fen) == (0, -36_000)
    # The carried bucket paid last, so it gets back first.
    assert (second.paid_current_fen, second.paid_carried_fen) == ([0], [-4_000])
    assert (second.reasons, second.sharing.cash_fen) == ([GIVEN_BACK], 0)
    third = stay.settle(in_policy(-60_000))
    assert third.benefit.fund_fen == -45_000
    assert (third.sharing.own_current_fen, third.sharing.relatives_fen) == (-2_000, -13_000)
    assert (third.paid_current_fen, third.paid_carried_fen) == ([-12_000], [-1_000])
    assert (third.benefit.deductible_fen, stay.shared) == (-10_000, s.SharingResult(*[0] * 6))


def test_account_money_never_comes_back_as_cash() -> None:
    # 50 of class A are returned and 300 of class C come: the relative gets 5 back, 300 are cash.
    rules = rules_of((9_000,) * 4, NO_SEGMENTS, deductible_fen=10_000)
    stay = Stay(rules, RULES, (0, 0), [s.Payer(100_000, 0, NONE, NONE, NONE, NONE, 0)])
    stay.settle(in_policy(100_000))
    last = stay.settle(b.Bill(25_000, 30_000, 0, 0, -5_000))
    assert (last.benefit.fund_fen, last.sharing.relatives_fen) == (-4_500, -500)
    assert last.sharing.cash_fen == 30_000


def test_cash_of_an_interim_bill_is_not_paid_back_from_accounts_that_filled_up_since() -> None:
    rules = rules_of((0,) * 4, NO_SEGMENTS)
    stay = Stay(rules, RULES, (10_000, 0), [])
    stay.settle(in_policy(40_000))
    assert (stay.shared.own_current_fen, stay.shared.cash_fen) == (10_000, 30_000)
    stay.own = (60_000, 0)  # a monthly credit came in
    more = stay.settle(in_policy(20_000))
    assert (more.sharing.own_current_fen, more.sharing.cash_fen) == (20_000, 0)
    less = stay.settle(in_policy(-45_000))
    # 15,000 are left: cash goes back first, then what the account has paid beyond it.
    assert (less.sharing.own_current_fen, less.sharing.cash_fen) == (-15_000, -30_000)


def test_the_number_of_givers_holds_for_the_stay_as_a_whole() -> None:
    rules, one_giver = rules_of((0,) * 4, NO_SEGMENTS), RULES._replace(max_givers=1)
    first = s.Payer(10_000, 0, NONE, NONE, NONE, NONE, 0)
    stay = Stay(rules, one_giver, (0, 0), [first, first])
    stay.settle(in_policy(10_000))
    rest = stay.settle(in_policy(5_000))
    assert (rest.paid_current_fen, rest.sharing.cash_fen) == ([0, 0], 5_000)


@st.composite
def parts(draw: st.DrawFn) -> list[b.Bill]:
    """Bills of a stay with corrections: no part is ever below what was billed before."""
    found, sums = [], b.EMPTY_BILL
    for _ in range(draw(st.integers(1, 5))):
        bill = draw(bills())._replace(unprescribed_fen=0)  # pharmacies have no stays
        back = (
            [draw(st.integers(0, known)) for known in sums[1:5]] if draw(st.booleans()) else [0] * 4
        )
        moved = [new - old for new, old in zip(bill[1:5], back, strict=True)]
        if draw(st.integers(0, 3)) == 0:
            moved = [-old for old in back]
        found.append(b.Bill(sum(moved), *moved))
        sums = b.Bill(*map(sum, zip(sums, found[-1], strict=True)))
    return found


@given(
    benefit_rules(),
    sharing_rules,
    states,
    st.tuples(*[st.integers(0, 250)] * 2),
    payers,
    parts(),
)
@settings(max_examples=400, deadline=None)
def test_in_parts_or_at_once(
    rules: b.BenefitRules,
    sharing: s.SharingRules,
    state: b.BenefitState,
    own: tuple[int, int],
    givers: list[s.Payer],
    stay_parts: list[b.Bill],
) -> None:
    stay = Stay(rules, sharing, own, givers, state)
    for part in stay_parts:
        before = (stay.shared, list(stay.legs))
        split = stay.settle(part)
        # Nothing goes back to anybody that did not come from there.
        assert min(min(stay.shared), min(stay.benefit)) >= 0
        assert all(min(leg) >= 0 for leg in stay.legs)
        raised = [i for i, leg in enumerate(stay.legs) if sum(leg) > sum(before[1][i])]
        lowered = [i for i, leg in enumerate(stay.legs) if sum(leg) < sum(before[1][i])]
        assert not (raised and lowered)
        if lowered:
            known = {split.reasons[i] for i in range(len(givers))}
            assert known <= {GIVEN_BACK, NOTHING_LEFT_TO_PAY}
    whole = stay.at_once()
    assert stay.benefit == whole.benefit
    assert stay.shared == whole.sharing
    assert [current for current, _ in stay.legs] == whole.paid_current_fen
    assert [carried for _, carried in stay.legs] == whole.paid_carried_fen


def test_what_counts_per_visit_goes_on_in_the_next_batch() -> None:
    # Deductible 500 and a cap of 300 per visit; 50 % up to 400 behind it, then 60 %.
    rules = rules_of((5_000, 6_000, 6_000, 6_000), (40_000, NONE, NONE, NONE), visit_cap_fen=30_000)
    nobody: Any = (s.USE_ACCOUNTS, 0, 0, [])
    state, used = b.NEW_YEAR, VisitUsed(0, 0, 0)
    paid = []
    for fen in (30_000, 50_000, 20_000, 20_000):
        split = split_bill(rules, RULES, in_policy(fen), state, *nobody, visit=used)
        paid.append((split.benefit.deductible_fen, split.benefit.pooled_fen))
        used = VisitUsed(
            used.deductible_fen + paid[-1][0],
            used.pooled_fen + paid[-1][1],
            used.in_policy_fen + fen,
        )
    # 300 to the deductible; 200 to it and 300 x 50 %; 100 x 50 % + 100 x 60 %; 40 up to the cap.
    assert paid == [(30_000, 0), (20_000, 15_000), (0, 11_000), (0, 4_000)]


# Nothing is paid by a fund: the burden is the bill.
ALL_PERSONAL = rules_of((0,) * 4, NO_SEGMENTS, deductible_fen=0)


def giver(current: int, carried: int = 0, blocked: int = 0) -> s.Payer:
    return s.Payer(current, carried, NONE, NONE, NONE, NONE, blocked)


def test_both_own_buckets_pay_and_get_back() -> None:
    # 50 and 30 of the own account, then 20 of the relative; 10 more from the relative.
    stay = Stay(ALL_PERSONAL, RULES, (50, 30), [giver(100)])
    stay.settle(in_policy(100))
    more = stay.settle(in_policy(10))
    assert tuple(more.sharing[1:5]) == (0, 0, 10, 0)
    # 75 go back: 30 to the relative, then 30 to the carried money, then 15 to the current money.
    back = stay.settle(in_policy(-75))
    assert tuple(back.sharing[1:5]) == (-15, -30, -30, 0)
    assert tuple(stay.shared[1:5]) == (35, 0, 0, 0)


def test_cash_is_what_neither_own_bucket_paid() -> None:
    # 60 of 100 are paid in cash at first; money comes in, and of 100 more 20 and 30 are own.
    stay = Stay(ALL_PERSONAL, RULES, (25, 15), [])
    stay.settle(in_policy(100))
    stay.own = (45, 45)
    more = stay.settle(in_policy(100))
    assert tuple(more.sharing[1:5]) == (20, 30, 0, 50)


def test_one_fen_goes_back_to_the_last_who_paid() -> None:
    stay = Stay(ALL_PERSONAL, RULES, (10, 0), [giver(20), giver(30)])
    stay.settle(in_policy(40))
    back = stay.settle(in_policy(-1))
    assert back.paid_current_fen == [0, -1]
    assert back.reasons == [NOTHING_LEFT_TO_PAY, GIVEN_BACK]
    assert (back.sharing.own_current_fen, back.sharing.cash_fen) == (0, 0)


def test_a_bill_that_asks_for_nothing_names_the_reason_of_the_day() -> None:
    stay = Stay(ALL_PERSONAL, RULES, (0, 0), [giver(20, blocked=AUTHORISATION_PAUSED)])
    stay.settle(in_policy(40))
    nothing = stay.settle(in_policy(0))
    assert (nothing.reasons, nothing.sharing.eligible_fen) == ([AUTHORISATION_PAUSED], 0)


def test_relatives_money_counts_to_no_deductible_over_the_whole_stay() -> None:
    # Deductible 100 of the first bill: own 20, relative 80, so 20 count. The relative pays the
    # second bill of 50 as well; still only 20 of the deductible are the patient's own.
    rules = rules_of((0,) * 4, NO_SEGMENTS, deductible_fen=100)
    stay = Stay(rules, RULES._replace(relatives_count_to_deductible=0), (20, 0), [giver(500)])
    first, second = stay.settle(in_policy(100)), stay.settle(in_policy(50))
    assert first.sharing.deductible_counted_fen == 20
    assert (second.sharing.relatives_fen, second.sharing.deductible_counted_fen) == (50, 0)


def test_what_is_left_of_a_visit() -> None:
    # 700 seen, 500 of them the deductible, 120 paid of at most 300.
    used = VisitUsed(50_000, 12_000, 70_000)
    upto = (40_000, 90_000, 200_000, NONE)
    rules = rules_of((5_000,) * 4, upto, visit_cap_fen=30_000)
    left = rest_of_visit(rules, used)
    assert (left.deductible_fen, left.visit_cap_fen) == (0, 18_000)
    assert left.segment_upto_fen == (20_000, 70_000, 180_000, NONE - 20_000)
    whole = rest_of_visit(rules._replace(segment_basis=b.SEGMENTS_WITH_DEDUCTIBLE), used)
    assert whole.segment_upto_fen == (-30_000, 20_000, 130_000, NONE - 70_000)
    # The year's own count goes on by itself, and the year's deductible is no visit's.
    year = rest_of_visit(
        rules._replace(segment_basis=b.SEGMENTS_OF_YEAR, deductible_mode=b.DEDUCTIBLE_YEARLY), used
    )
    assert (year.segment_upto_fen, year.deductible_fen) == (upto, 50_000)


def test_a_visit_that_has_used_more_than_the_rules_now_allow_has_nothing_left() -> None:
    rules = rules_of((5_000,) * 4, NO_SEGMENTS, deductible_fen=30_000, visit_cap_fen=10_000)
    left = rest_of_visit(rules, VisitUsed(50_000, 12_000, 70_000))
    assert (left.deductible_fen, left.visit_cap_fen) == (0, 0)


def test_carried_money_that_pays_first_comes_back_last() -> None:
    stay = Stay(ALL_PERSONAL, RULES._replace(own_buckets=s.CARRIED_FIRST), (50, 30), [])
    stay.settle(in_policy(80))
    back = stay.settle(in_policy(-60))
    assert tuple(back.sharing[1:5]) == (-50, -10, 0, 0)


def test_a_giver_of_one_fen_is_one_of_the_givers_of_the_stay() -> None:
    two = RULES._replace(max_givers=2)
    stay = Stay(ALL_PERSONAL, two, (0, 0), [giver(1), giver(10), giver(10)])
    stay.settle(in_policy(1))
    rest = stay.settle(in_policy(20))
    assert (rest.paid_current_fen, rest.sharing.cash_fen) == ([0, 10, 0], 10)
    one = Stay(ALL_PERSONAL, RULES._replace(max_givers=1), (0, 0), [giver(10)])
    one.settle(in_policy(1))
    assert one.settle(in_policy(5)).paid_current_fen == [5]  # the same one, not another


def test_a_giver_is_counted_once_whatever_the_buckets() -> None:
    one = RULES._replace(max_givers=1)
    stay = Stay(ALL_PERSONAL, one, (0, 0), [giver(5, 20), giver(10)])
    first = stay.settle(in_policy(10))
    assert (first.paid_current_fen, first.paid_carried_fen) == ([5, 0], [5, 0])
    rest = stay.settle(in_policy(20))
    assert (rest.paid_carried_fen, rest.sharing.cash_fen) == ([15, 0], 5)
    at_once = Stay(ALL_PERSONAL, one, (0, 0), [giver(5, 5), giver(10)]).settle(in_policy(20))
    assert (at_once.paid_current_fen, at_once.sharing.cash_fen) == ([5, 0], 10)
