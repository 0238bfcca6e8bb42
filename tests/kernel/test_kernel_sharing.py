# SPDX-License-Identifier: Apache-2.0
"""Own account, givers in order, cash: tables of edge cases, each with its reason."""

from __future__ import annotations

import pytest
from kernel_sharing_call import FREE, RULES, pay

from gongji.kernel import reasons as why
from gongji.kernel import sharing as s

# Own account -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("buckets", "own", "taken"),
    [
        (s.CURRENT_FIRST, (300, 500), (300, 100)),
        (s.CARRIED_FIRST, (300, 500), (0, 400)),
        (s.CARRIED_FIRST, (300, 100), (300, 100)),
        (s.CARRIED_ONLY, (300, 100), (0, 100)),
        (s.CURRENT_FIRST, (0, 0), (0, 0)),
        (s.CURRENT_FIRST, (9_999, 0), (400, 0)),
        (s.CURRENT_FIRST, (-50, 300), (0, 300)),
        (s.CURRENT_FIRST, (300, -50), (300, 0)),
    ],
)
def test_own_buckets(buckets: int, own: tuple[int, int], taken: tuple[int, int]) -> None:
    got, _ = pay(RULES._replace(own_buckets=buckets), 400, [], own=own)
    assert (got.own_current_fen, got.own_carried_fen) == taken
    assert got.cash_fen == 400 - sum(taken)


@pytest.mark.parametrize(
    ("base", "ineligible", "eligible"),
    [
        (s.BASE_IN_POLICY, 150, 850),
        (s.BASE_ALL_PERSONAL, 150, 1_000),
        (s.BASE_IN_POLICY, 1_000, 0),
        (s.BASE_IN_POLICY, 1_200, 0),
    ],
)
def test_what_accounts_may_pay(base: int, ineligible: int, eligible: int) -> None:
    rules = RULES._replace(eligible_base=base)
    rich = FREE._replace(current_fen=10_000)
    got, given_ = pay(rules, 1_000, [rich], ineligible=ineligible, own=(200, 0))
    assert got.eligible_fen == eligible
    assert got.own_current_fen == min(200, eligible)
    assert got.relatives_fen == given_[0][0] == max(0, eligible - 200)
    assert got.cash_fen == 1_000 - eligible


@pytest.mark.parametrize(
    ("use", "own", "relatives", "reason"),
    [
        (s.USE_NONE, 0, 0, why.ACCOUNT_NOT_USED),
        (s.USE_OWN_ONLY, 100, 0, why.RELATIVES_NOT_USED),
        (s.USE_ACCOUNTS, 100, 300, why.PAID_ALL_ASKED),
    ],
)
def test_what_the_caller_allows(use: int, own: int, relatives: int, reason: int) -> None:
    got, given_ = pay(RULES, 400, [FREE._replace(current_fen=900)], use=use, own=(100, 0))
    assert got.own_current_fen == own
    assert got.relatives_fen == relatives
    assert given_ == [(relatives, 0, reason)]


# One giver -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("giver", "rules", "outcome"),
    [
        ({"current_fen": 900}, {}, (400, 0, why.PAID_ALL_ASKED)),
        ({"current_fen": 400}, {}, (400, 0, why.PAID_ALL_ASKED)),
        ({"current_fen": 399}, {}, (399, 0, why.BALANCE_EXHAUSTED)),
        ({"current_fen": 0}, {}, (0, 0, why.BALANCE_EXHAUSTED)),
        ({"current_fen": 100, "carried_fen": 200}, {}, (100, 200, why.BALANCE_EXHAUSTED)),
        # Retained balance, over both buckets together.
        ({"current_fen": 500}, {"retained_fen": 200}, (300, 0, why.RETAINED_BALANCE)),
        ({"current_fen": 600}, {"retained_fen": 200}, (400, 0, why.PAID_ALL_ASKED)),
        ({"current_fen": 200}, {"retained_fen": 200}, (0, 0, why.RETAINED_BALANCE)),
        ({"current_fen": 150}, {"retained_fen": 200}, (0, 0, why.RETAINED_BALANCE)),
        ({"current_fen": 0}, {"retained_fen": 200}, (0, 0, why.BALANCE_EXHAUSTED)),
        (
            {"current_fen": 100, "carried_fen": 250},
            {"retained_fen": 200},
            (100, 50, why.RETAINED_BALANCE),
        ),
        # A single fen, kept or given; a balance that is not there counts as nothing.
        ({"current_fen": 1}, {"retained_fen": 1}, (0, 0, why.RETAINED_BALANCE)),
        ({"current_fen": 2}, {"retained_fen": 1}, (1, 0, why.RETAINED_BALANCE)),
        ({"current_fen": -50, "carried_fen": 300}, {}, (0, 300, why.BALANCE_EXHAUSTED)),
        ({"current_fen": 300, "carried_fen": -50}, {}, (300, 0, why.BALANCE_EXHAUSTED)),
        # Only carried balances may be given.
        ({"current_fen": 1}, {"giver_buckets": s.CARRIED_ONLY}, (0, 0, why.BUCKET_NOT_SHARABLE)),
        (
            {"current_fen": 900, "carried_fen": 300},
            {"giver_buckets": s.CARRIED_ONLY},
            (0, 300, why.BUCKET_NOT_SHARABLE),
        ),
        ({"current_fen": 900}, {"giver_buckets": s.CARRIED_ONLY}, (0, 0, why.BUCKET_NOT_SHARABLE)),
        ({"carried_fen": 300}, {"giver_buckets": s.CARRIED_ONLY}, (0, 300, why.BALANCE_EXHAUSTED)),
        ({"current_fen": 0}, {"giver_buckets": s.CARRIED_ONLY}, (0, 0, why.BALANCE_EXHAUSTED)),
        (
            {"current_fen": 50, "carried_fen": 300},
            {"giver_buckets": s.CARRIED_ONLY, "retained_fen": 200},
            (0, 150, why.RETAINED_BALANCE),
        ),
        (
            {"current_fen": 250, "carried_fen": 300},
            {"giver_buckets": s.CARRIED_FIRST},
            (100, 300, why.PAID_ALL_ASKED),
        ),
        # Limits, one at a time.
        ({"current_fen": 900, "visit_left_fen": 50}, {}, (50, 0, why.LIMIT_PER_VISIT)),
        ({"current_fen": 900, "day_left_fen": 50}, {}, (50, 0, why.LIMIT_PER_DAY)),
        ({"current_fen": 900, "year_left_fen": 50}, {}, (50, 0, why.LIMIT_PER_YEAR)),
        ({"current_fen": 900, "grant_left_fen": 50}, {}, (50, 0, why.GRANT_EXHAUSTED)),
        ({"current_fen": 900, "year_left_fen": 0}, {}, (0, 0, why.LIMIT_PER_YEAR)),
        ({"current_fen": 900, "year_left_fen": -7}, {}, (0, 0, why.LIMIT_PER_YEAR)),
        ({"current_fen": 900, "visit_left_fen": 400}, {}, (400, 0, why.PAID_ALL_ASKED)),
        # The tightest limit gives the reason ...
        (
            {"current_fen": 80, "visit_left_fen": 70, "day_left_fen": 60, "year_left_fen": 65},
            {},
            (60, 0, why.LIMIT_PER_DAY),
        ),
        # ... and among equals the first in the order balance, visit, day, year, grant.
        ({"current_fen": 50, "visit_left_fen": 50}, {}, (50, 0, why.BALANCE_EXHAUSTED)),
        (
            {"current_fen": 250, "visit_left_fen": 50},
            {"retained_fen": 200},
            (50, 0, why.RETAINED_BALANCE),
        ),
        (
            {"current_fen": 90, "visit_left_fen": 50, "day_left_fen": 50, "grant_left_fen": 50},
            {},
            (50, 0, why.LIMIT_PER_VISIT),
        ),
        (
            {"current_fen": 90, "day_left_fen": 50, "year_left_fen": 50},
            {},
            (50, 0, why.LIMIT_PER_DAY),
        ),
        (
            {"current_fen": 90, "grant_left_fen": 50, "year_left_fen": 50},
            {},
            (50, 0, why.LIMIT_PER_YEAR),
        ),
        # A reason decided before comes back as it is.
        (
            {"current_fen": 900, "blocked": why.AUTHORISATION_PAUSED},
            {},
            (0, 0, why.AUTHORISATION_PAUSED),
        ),
    ],
)
def test_one_giver_asked_for_400(
    giver: dict[str, int], rules: dict[str, int], outcome: tuple[int, int, int]
) -> None:
    got, given_ = pay(RULES._replace(**rules), 400, [FREE._replace(**giver)])
    assert given_ == [outcome]
    assert got.relatives_fen == outcome[0] + outcome[1]
    assert got.cash_fen == 400 - got.relatives_fen


def test_the_last_fen_is_asked_for() -> None:
    first, second = FREE._replace(current_fen=399), FREE._replace(current_fen=900)
    got, given_ = pay(RULES, 400, [first, second])
    assert given_ == [(399, 0, why.BALANCE_EXHAUSTED), (1, 0, why.PAID_ALL_ASKED)]
    assert got.cash_fen == 0


# Several givers --------------------------------------------------------------------------------


def test_givers_pay_in_their_order() -> None:
    givers = [FREE._replace(current_fen=sum_fen) for sum_fen in (100, 0, 250, 900)]
    got, given_ = pay(RULES, 300, givers)
    assert given_ == [
        (100, 0, why.BALANCE_EXHAUSTED),
        (0, 0, why.BALANCE_EXHAUSTED),
        (200, 0, why.PAID_ALL_ASKED),
        (0, 0, why.NOTHING_LEFT_TO_PAY),
    ]
    assert (got.relatives_fen, got.cash_fen) == (300, 0)


def test_only_givers_who_paid_are_counted() -> None:
    givers = [FREE._replace(current_fen=sum_fen) for sum_fen in (0, 100, 100, 900)]
    givers.insert(1, FREE._replace(current_fen=900, blocked=why.AUTHORISATION_EXPIRED))
    got, given_ = pay(RULES._replace(max_givers=2), 300, givers)
    assert [reason for _, _, reason in given_] == [
        why.BALANCE_EXHAUSTED,
        why.AUTHORISATION_EXPIRED,
        why.BALANCE_EXHAUSTED,
        why.BALANCE_EXHAUSTED,
        why.GIVERS_PER_SETTLEMENT,
    ]
    assert (got.relatives_fen, got.cash_fen) == (200, 100)


@pytest.mark.parametrize(
    ("own", "buckets", "reason", "relatives"),
    [
        ((100, 0), s.CURRENT_FIRST, why.PAID_ALL_ASKED, 300),
        ((100, 50), s.CARRIED_ONLY, why.OWN_ACCOUNT_NOT_ZERO, 0),  # 100 of this year remain
        ((0, 50), s.CARRIED_ONLY, why.PAID_ALL_ASKED, 350),
        ((900, 0), s.CURRENT_FIRST, why.NOTHING_LEFT_TO_PAY, 0),
    ],
)
def test_own_account_must_be_empty(
    own: tuple[int, int], buckets: int, reason: int, relatives: int
) -> None:
    rules = RULES._replace(own_must_be_zero=1, own_buckets=buckets)
    got, given_ = pay(rules, 400, [FREE._replace(current_fen=900)], own=own)
    assert given_[0][2] == reason
    assert got.relatives_fen == relatives


@pytest.mark.parametrize(
    ("count_them", "deductible", "relatives", "counted"),
    [
        (1, 300, 800, 300),
        (0, 300, 800, 200),  # 700 of the other parts first, then 100 of the deductible
        (0, 300, 700, 300),
        (0, 300, 0, 300),
        (0, 300, 1_000, 0),
        (0, 0, 500, 0),
    ],
)
def test_relatives_and_the_yearly_deductible(
    count_them: int, deductible: int, relatives: int, counted: int
) -> None:
    rules = RULES._replace(relatives_count_to_deductible=count_them)
    giver = FREE._replace(current_fen=relatives)
    got, _ = pay(rules, 1_000, [giver], deductible=deductible)
    assert got.deductible_counted_fen == counted


def test_places_beyond_the_count_are_left_alone() -> None:
    current, carried, reasons = [7, 7], [7, 7], [7, 7]
    s.share(RULES, 100, 0, 0, 1, 0, 0, 1, [FREE, FREE], current, carried, reasons)
    assert (current, carried, reasons) == ([0, 7], [0, 7], [why.BALANCE_EXHAUSTED, 7])
