# SPDX-License-Identifier: Apache-2.0
"""What holds for every burden, rule and family: an oracle that pays fen by fen, and properties."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernel_oracle import share_oracle
from kernel_sharing_call import FREE, RULES, pay
from kernel_strategies import benefit_rules, bills, payers, sharing_rules

from gongji.kernel import benefit as b
from gongji.kernel import sharing as s

owns = st.tuples(*[st.one_of(st.just(0), st.integers(0, 200))] * 2)
burdens = st.integers(0, 700)
uses = st.sampled_from([s.USE_ACCOUNTS, s.USE_ACCOUNTS, s.USE_ACCOUNTS, s.USE_NONE, s.USE_OWN_ONLY])


@given(sharing_rules, burdens, st.integers(0, 200), uses, owns, payers)
@settings(max_examples=200, deadline=None)
def test_every_leg_and_reason_as_paid_fen_by_fen(
    rules: s.SharingRules,
    burden: int,
    ineligible: int,
    use: int,
    own: tuple[int, int],
    givers: list[s.Payer],
) -> None:
    got, given_ = pay(rules, burden, givers, ineligible=ineligible, use=use, own=own)
    wanted = share_oracle(rules, burden, ineligible, use, own, givers)
    assert given_ == wanted["givers"]
    assert (got.own_current_fen, got.own_carried_fen) == wanted["own"]
    assert (got.relatives_fen, got.cash_fen) == (wanted["relatives"], wanted["cash"])


@given(sharing_rules, burdens, st.integers(0, 200), st.integers(0, 300), uses, owns, payers)
@settings(max_examples=200)
def test_legs_sum_and_no_limit_is_passed(
    rules: s.SharingRules,
    burden: int,
    ineligible: int,
    deductible: int,
    use: int,
    own: tuple[int, int],
    givers: list[s.Payer],
) -> None:
    deductible = min(deductible, burden)
    got, given_ = pay(
        rules, burden, givers, ineligible=ineligible, deductible=deductible, use=use, own=own
    )
    assert min(got) >= 0
    own_fen = got.own_current_fen + got.own_carried_fen
    assert own_fen + got.relatives_fen + got.cash_fen == burden
    assert got.own_current_fen <= own[0]
    assert got.own_carried_fen <= own[1]
    assert own_fen + got.relatives_fen <= got.eligible_fen <= burden
    assert got.relatives_fen == sum(current + carried for current, carried, _ in given_)
    assert got.deductible_counted_fen <= deductible
    for giver, (current, carried, _) in zip(givers, given_, strict=True):
        assert 0 <= current <= giver.current_fen
        assert 0 <= carried <= giver.carried_fen
        paid = current + carried
        if paid:
            assert giver.current_fen + giver.carried_fen - paid >= rules.retained_fen
            assert giver.blocked == 0
            assert use == s.USE_ACCOUNTS
        assert paid <= min(giver[2:6])
    if rules.max_givers:
        assert sum(current + carried > 0 for current, carried, _ in given_) <= rules.max_givers


@given(sharing_rules, burdens, owns, payers, st.integers(1, 300), st.integers(-2, 7))
@settings(max_examples=300)
@example(RULES, 400, (0, 0), [FREE], 100, 0)
def test_more_balance_never_raises_cash(
    rules: s.SharingRules,
    burden: int,
    own: tuple[int, int],
    givers: list[s.Payer],
    more: int,
    where: int,
) -> None:
    """True where the number of givers is not limited and no unusable own money shuts them out.

    The two exceptions are rules of the areas that have them and stand in tests of their own.
    """
    rules = rules._replace(max_givers=s.NO_GIVER_LIMIT)
    if rules.own_buckets == s.CARRIED_ONLY:
        rules = rules._replace(own_must_be_zero=0)
    before, _ = pay(rules, burden, givers, own=own)
    richer = list(givers)
    if where < 0:
        own = (own[0] + more, own[1]) if where == -1 else (own[0], own[1] + more)
    elif where // 2 < len(givers):
        giver = richer[where // 2]
        field = "current_fen" if where % 2 else "carried_fen"
        richer[where // 2] = giver._replace(**{field: getattr(giver, field) + more})
    after, _ = pay(rules, burden, richer, own=own)
    assert after.cash_fen <= before.cash_fen


def test_exception_a_poor_giver_may_take_the_only_place() -> None:
    rules = RULES._replace(max_givers=1)
    rich = FREE._replace(current_fen=900)
    assert pay(rules, 400, [FREE, rich])[0].cash_fen == 0
    assert pay(rules, 400, [FREE._replace(current_fen=1), rich])[0].cash_fen == 399


def test_exception_own_money_that_may_not_be_used_shuts_givers_out() -> None:
    rules = RULES._replace(own_must_be_zero=1, own_buckets=s.CARRIED_ONLY)
    rich = FREE._replace(current_fen=900)
    assert pay(rules, 400, [rich], own=(0, 0))[0].cash_fen == 0
    assert pay(rules, 400, [rich], own=(1, 0))[0].cash_fen == 400


def able(rules: s.SharingRules, giver: s.Payer) -> bool:
    """Whether this giver, alone, would pay anything."""
    return pay(rules._replace(own_must_be_zero=0), 1, [giver])[0].relatives_fen > 0


@given(sharing_rules, burdens, st.integers(0, 200), owns, payers)
@settings(max_examples=80, deadline=None)
def test_order_of_givers_never_changes_their_total(
    rules: s.SharingRules,
    burden: int,
    ineligible: int,
    own: tuple[int, int],
    givers: list[s.Payer],
) -> None:
    """Holds when no number of givers is set, or it is not below the number of able givers."""
    if 0 < rules.max_givers < sum(able(rules, giver) for giver in givers):
        rules = rules._replace(max_givers=s.NO_GIVER_LIMIT)
    totals = {
        pay(rules, burden, list(order), ineligible=ineligible, own=own)[0].relatives_fen
        for order in permutations(givers)
    }
    assert len(totals) == 1


@given(
    benefit_rules(), st.lists(bills(), min_size=1, max_size=4), sharing_rules, owns, payers, uses
)
@settings(max_examples=100, deadline=None)
def test_fund_steps_know_nothing_of_givers(
    rules: b.BenefitRules,
    year: list[b.Bill],
    sharing: s.SharingRules,
    own: tuple[int, int],
    givers: list[s.Payer],
    use: int,
) -> None:
    """A year of visits, with and without givers: every fund step is the same to the fen.

    Where an area does not count relatives' money toward the deductible, later visits differ by
    that rule alone, so there the first visit is compared.
    """
    if not sharing.relatives_count_to_deductible:
        year = year[:1]
    outcomes = []
    for present in ([], givers):
        state = b.NEW_YEAR
        results: list[Any] = []
        for bill in year:
            result = b.settle_benefit(rules, state, bill)
            paid, _ = pay(
                sharing,
                result.burden_fen,
                present,
                ineligible=bill.self_paid_fen + bill.over_limit_fen,
                deductible=result.deductible_fen,
                use=use,
                own=own,
            )
            legs = paid.own_current_fen + paid.own_carried_fen + paid.relatives_fen + paid.cash_fen
            assert result.fund_fen + legs == bill.total_fen
            state = b.advance(state, result, bill, paid.deductible_counted_fen)
            results.append(result)
        outcomes.append(results)
    assert outcomes[0] == outcomes[1]
