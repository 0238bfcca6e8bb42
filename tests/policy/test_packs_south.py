# SPDX-License-Identifier: Apache-2.0
"""Hubei, Guizhou and the drafts of the southwest, where a worked case cannot say it."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from gongji.kernel.benefit import (
    BOUNDS_ABSOLUTE,
    CAP_FUND,
    DEDUCTIBLE_PER_VISIT,
    EMPLOYEE,
    NEW_YEAR,
    NO_LIMIT_FEN,
    SEGMENTS_AFTER_DEDUCTIBLE,
    BenefitRules,
    Bill,
    settle_benefit,
)
from gongji.kernel.errors import Refusal
from gongji.kernel.money import ratio_of
from gongji.policy.errors import PolicyGap
from gongji.policy.givers import order_of
from gongji.policy.library import PolicyLibrary

HUBEI, YICHANG, ENSHI, GUIZHOU = 420000, 420500, 422800, 520000
DRAFTS = (
    421200, 430000, 450000, 450200, 450400, 451300, 510000, 511300, 530000, 530900, 532600,
)  # fmt: skip
ON = dt.date(2026, 3, 1)


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def number(library: PolicyLibrary, area: int, key: str, on: dt.date = ON) -> int:
    record = library.value(area, key, on)
    assert record is not None
    return record.integer()


def test_the_public_example_of_hubeis_serious_illness_insurance(library: PolicyLibrary) -> None:
    """150,000 of burden: (30,000-12,000) x 60 % + 70,000 x 65 % + 50,000 x 75 % = 93,800."""
    ratio = library.value(HUBEI, "res.serious.ratio", ON)
    bounds = library.value(HUBEI, "res.serious.bounds", ON)
    assert ratio is not None
    assert bounds is not None
    assert bounds.value == "ABSOLUTE"
    first, second, third = ratio.segments()
    nothing = (NO_LIMIT_FEN,) * 4, (0,) * 4
    rules = BenefitRules(
        deductible_mode=DEDUCTIBLE_PER_VISIT,
        deductible_fen=0,
        segment_basis=SEGMENTS_AFTER_DEDUCTIBLE,
        segment_upto_fen=nothing[0],  # type: ignore[arg-type]
        segment_ratio_bp=nothing[1],  # type: ignore[arg-type]
        visit_cap_fen=NO_LIMIT_FEN,
        cap_basis=CAP_FUND,
        cap_fen=NO_LIMIT_FEN,
        large_ratio_bp=0,
        large_cap_fen=0,
        serious_threshold_fen=number(library, HUBEI, "res.serious.threshold"),
        serious_bounds=BOUNDS_ABSOLUTE,
        serious_upto_fen=(first[0], second[0], third[0], third[0]),
        serious_ratio_bp=(first[1], second[1], third[1], third[1]),
        serious_cap_fen=NO_LIMIT_FEN,
        subsidy_ratio_bp=0,
        subsidy_cap_fen=0,
        aid_threshold_fen=NO_LIMIT_FEN,
        aid_ratio_bp=0,
        aid_cap_fen=0,
    )
    burden_fen = 150_000_00
    result = settle_benefit(rules, NEW_YEAR, Bill(burden_fen, 0, 0, 0, burden_fen))
    assert (result.serious_base_fen, result.serious_fen) == (138_000_00, 93_800_00)
    assert not library.accepted(ratio)  # and yet it pays nobody: a mirror page, no cap


def test_the_items_of_yichangs_flexible_premium_do_not_make_the_printed_total(
    library: PolicyLibrary,
) -> None:
    on = dt.date(2024, 6, 1)
    names = ("basic", "large", "longTermCare")
    items = [number(library, YICHANG, f"flex.2024.monthly.{name}", on) for name in names]
    assert sum(items) == 317_80 != 425_80
    rate_bp = number(library, YICHANG, "flex.2024.rate", on)
    assert ratio_of(3_800_00, rate_bp) == items[0]  # the base behind it is inferred, not loaded
    base = library.value(YICHANG, "flex.2024.base", on)
    assert base is not None
    assert base.confidence == "unconfirmed"
    note = library.value(YICHANG, "flex.note", on)
    assert note is not None
    for rate_bp, total_fen, printed in ((550, 342_00, "342"), (1_000, 612_00, "612")):
        assert ratio_of(6_000_00, rate_bp) + 12_00 == total_fen
        assert printed in str(note.value)


def test_yichang_keeps_the_minimums_that_hubei_is_said_to_set(library: PolicyLibrary) -> None:
    gap_bp = number(library, HUBEI, "floor.op.levelGap")
    for status, least_bp in (("in", 5_000), ("ret", 6_000)):
        assert number(library, HUBEI, f"floor.op.ratio.{status}") == least_bp
        levels = [number(library, YICHANG, f"op.ratio.L{n}.{status}") for n in (1, 2, 3)]
        assert min(levels) >= least_bp
        assert all(a - b >= gap_bp for a, b in pairwise(levels))


@pytest.mark.parametrize("area", DRAFTS)
def test_a_draft_settles_nothing(library: PolicyLibrary, area: int) -> None:
    with pytest.raises(Refusal) as caught:
        library.compiled(area, EMPLOYEE, ON)
    assert caught.value.code == 1104


def test_an_order_that_only_a_portal_gives_denies_several_givers_in_hubei(
    library: PolicyLibrary,
) -> None:
    """The page differs from the nation's order and is not confirmed: nobody is put first by a
    guess. The place's rules hold all the same, for one giver."""
    for area in (HUBEI, YICHANG, ENSHI):
        with pytest.raises(PolicyGap) as caught:
            library.require(area, "ma.giverOrder", ON)
        assert caught.value.key == "ma.giverOrder"
        policy = library.compiled(area, EMPLOYEE, ON)
        assert order_of(policy) is None
        assert "order" not in policy.sources()
        assert policy.sharing.max_givers == 0


def test_several_givers_in_hubei_are_a_labelled_decision(library: PolicyLibrary) -> None:
    """The national notice speaks of aid across provinces; only this system's decision carries it
    inside one."""
    record = library.require(ENSHI, "ma.maxGiversPerRecipient", ON)
    assert (record.area, record.source, "产品决定" in record.note) == (HUBEI, "GJ-01", True)
    before = library.value(ENSHI, "ma.maxGiversPerRecipient", dt.date(2026, 1, 8))
    assert before is not None
    assert (before.confidence, library.accepted(before)) == ("low", False)


def test_zunyi_gets_neither_its_page_nor_the_province_on_any_day(library: PolicyLibrary) -> None:
    for day in (dt.date(2022, 12, 31), dt.date(2024, 6, 20), ON):
        record = library.find(520300, ("op.ratio.L1.in", "op.ratio.L1"), day)
        assert record is not None
        assert (record.area, record.from_date) == (520300, None)


def test_one_giver_in_guizhou_also_after_the_national_notice(library: PolicyLibrary) -> None:
    for day in (dt.date(2022, 12, 31), dt.date(2026, 1, 9), ON):
        assert library.compiled(GUIZHOU, EMPLOYEE, day).sharing.max_givers == 1
