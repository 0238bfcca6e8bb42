# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for rules, years, bills and givers; small amounts, so limits are met."""

from __future__ import annotations

from hypothesis import strategies as st

from gongji.kernel import benefit as b
from gongji.kernel import sharing as s

NONE = b.NO_LIMIT_FEN
small = st.integers(0, 400)
limit = st.one_of(st.just(NONE), small)
bp = st.one_of(st.sampled_from([0, 5_000, 8_500, 10_000]), st.integers(0, 10_000))
state_fen = st.one_of(st.just(0), small)


@st.composite
def segment_tables(draw: st.DrawFn) -> tuple[b.Segments, b.Segments]:
    bounds = sorted(draw(st.lists(st.integers(1, 500), min_size=3, max_size=3)))
    known = draw(st.integers(0, 3))
    upto = (*bounds[:known], *([NONE] * (4 - known)))
    ratio = tuple(draw(bp) for _ in range(4))
    return upto, ratio  # type: ignore[return-value]


@st.composite
def benefit_rules(draw: st.DrawFn) -> b.BenefitRules:
    pooled, serious = draw(segment_tables()), draw(segment_tables())
    return b.BenefitRules(
        draw(st.sampled_from([b.DEDUCTIBLE_YEARLY, b.DEDUCTIBLE_PER_VISIT])),
        draw(small),
        draw(st.sampled_from([1, 2, 3])),
        *pooled,
        draw(limit),
        draw(st.sampled_from([b.CAP_FUND, b.CAP_IN_POLICY])),
        draw(limit),
        draw(bp),
        draw(limit),
        draw(limit),
        draw(st.sampled_from([b.BOUNDS_ABSOLUTE, b.BOUNDS_ABOVE_THRESHOLD])),
        *serious,
        draw(limit),
        draw(bp),
        draw(limit),
        draw(limit),
        draw(bp),
        draw(limit),
        draw(st.sampled_from([0, 0, 1])),
    )


states = st.builds(b.BenefitState, *([state_fen] * 9))


@st.composite
def bills(draw: st.DrawFn) -> b.Bill:
    parts = [draw(st.integers(0, 60)) for _ in range(3)] + [draw(st.integers(0, 900))]
    unprescribed = draw(st.one_of(st.just(0), st.just(parts[3]), st.integers(0, parts[3])))
    return b.Bill(sum(parts), *parts, unprescribed)


sharing_rules = st.builds(
    s.SharingRules,
    eligible_base=st.sampled_from([s.BASE_IN_POLICY, s.BASE_ALL_PERSONAL]),
    own_buckets=st.sampled_from([s.CURRENT_FIRST, s.CARRIED_FIRST, s.CARRIED_ONLY]),
    giver_buckets=st.sampled_from([s.CURRENT_FIRST, s.CARRIED_FIRST, s.CARRIED_ONLY]),
    retained_fen=st.one_of(st.just(0), st.integers(0, 120)),
    own_must_be_zero=st.integers(0, 1),
    max_givers=st.integers(0, 3),
    relatives_count_to_deductible=st.integers(0, 1),
)
balance = st.one_of(st.just(0), st.integers(0, 250))
payers = st.lists(
    st.builds(
        s.Payer,
        balance,
        balance,
        limit,
        limit,
        limit,
        limit,
        st.one_of(st.just(0), st.just(0), st.just(0), st.integers(50, 64)),
        *[st.just(0)] * 2,  # settled before is another question: test_kernel_stays
    ),
    max_size=4,
)
