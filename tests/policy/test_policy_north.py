# SPDX-License-Identifier: Apache-2.0
"""Inner Mongolia, Hebei and the drafts of the north: what sets them apart from other areas."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import copied, replace

from gongji.kernel.benefit import CHRONIC, EMPLOYEE, INPATIENT, NO_LIMIT_FEN, OUTPATIENT, PHARMACY
from gongji.kernel.errors import Refusal
from gongji.kernel.money import ratio_of
from gongji.kernel.sharing import USE_ACCOUNTS, Payer, SharingResult, share
from gongji.policy.errors import PolicyGap
from gongji.policy.library import DECIDES_MONEY, PolicyLibrary

DAY = dt.date(2026, 3, 1)
LIMITS = (NO_LIMIT_FEN,) * 4


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def paid(library: PolicyLibrary, area: int, own_fen: int, *givers: Payer) -> SharingResult:
    """A bill of 600 yuan that lies wholly below the deductible of the year."""
    rules = library.compiled(area, EMPLOYEE, DAY).sharing
    slots = [[0] * len(givers) for _ in range(3)]
    return share(
        rules, 60_000, 0, 60_000, USE_ACCOUNTS, own_fen, 0, len(givers), list(givers), *slots
    )


def test_at_the_regional_level_relatives_do_not_use_up_the_deductible(
    library: PolicyLibrary,
) -> None:
    """600 paid by the own account and 600 by a giver: 600 of the deductible are met, not 1,200."""
    giver = Payer(60_000, 0, *LIMITS, 0)
    by_own = paid(library, 159900, 60_000, giver)
    by_giver = paid(library, 159900, 0, giver)
    assert (by_own.deductible_counted_fen, by_giver.relatives_fen) == (60_000, 60_000)
    assert by_own.deductible_counted_fen + by_giver.deductible_counted_fen == 60_000
    for city in (150100, 150500):  # the text speaks of the regional level only
        assert paid(library, city, 0, giver).deductible_counted_fen == 60_000


def test_inner_mongolia_takes_several_givers_and_hebei_one(library: PolicyLibrary) -> None:
    givers = [Payer(20_000, 0, *LIMITS, 0), Payer(50_000, 0, *LIMITS, 0)]
    several = paid(library, 150500, 10_000, *givers)
    assert (several.relatives_fen, several.cash_fen) == (50_000, 0)
    one = paid(library, 130500, 10_000, *givers)
    assert (one.relatives_fen, one.cash_fen) == (20_000, 30_000)


@pytest.mark.parametrize("city", [130200, 130500, 130700])
def test_hebei_lets_relatives_pay_visits_and_pharmacies_but_no_stays(
    library: PolicyLibrary, city: int
) -> None:
    policy = library.compiled(city, EMPLOYEE, DAY)
    allowed = [policy.use_allowed(s) for s in (OUTPATIENT, PHARMACY, CHRONIC, INPATIENT)]
    assert allowed == [True, True, True, False]
    assert policy.sharing.own_must_be_zero == 1


@pytest.mark.parametrize(
    ("area", "key", "value"),
    [
        (150500, "ma.giverOrder", "CONFIGURED"),  # the portal says the same
        (130200, "ma.treatmentArea", "PROVINCE"),  # the portal says more: the province is inside
    ],
)
def test_what_only_a_portal_says_leaves_the_nations_rule_in_force(
    library: PolicyLibrary, area: int, key: str, value: str
) -> None:
    record = library.require(area, key, DAY)
    assert (record.area, record.value) == (100000, value)
    assert any(weak.confidence == "low" for weak in library.records(area, key))


@pytest.mark.parametrize("area", [130200, 150500, 370200, 420500, 520400, 659001])
def test_long_term_care_premiums_are_not_confirmed_in_these_provinces(
    library: PolicyLibrary, area: int
) -> None:
    with pytest.raises(PolicyGap) as gap:
        library.require(area, "ma.use.premiumLongTermCare", DAY)
    assert gap.value.area == (660000 if area == 659001 else area // 10_000 * 10_000)


def test_the_window_of_bayannur_is_not_the_window_of_tongliao(library: PolicyLibrary) -> None:
    key, on = "res.premium.2026.windowTo", dt.date(2025, 10, 1)
    assert library.accepted(library.require(150800, key, on))
    with pytest.raises(PolicyGap):
        library.require(150500, key, on)


def test_own_account_must_be_empty_in_hohhot_not_in_tongliao(library: PolicyLibrary) -> None:
    zero = {
        area: library.compiled(area, EMPLOYEE, DAY).sharing.own_must_be_zero
        for area in (150100, 150500)
    }
    assert zero == {150100: 1, 150500: 0}


@pytest.mark.parametrize(
    ("base_fen", "year_fen"),
    [(649_000, 750_120), (609_100, 707_028)],  # the base of the text; the base its total fits
)
def test_the_published_total_of_tangshan_fits_another_base(
    library: PolicyLibrary, base_fen: int, year_fen: int
) -> None:
    records = {
        name: library.records(130200, f"flex.2023.{name}")
        for name in ("base", "rate", "monthly.large", "monthly.longTermCare")
    }
    assert base_fen in {record.integer() for record in records["base"]}
    items = ("monthly.large", "monthly.longTermCare")
    month_fen = ratio_of(base_fen, records["rate"][0].integer())
    month_fen += sum(records[name][0].integer() for name in items)
    assert month_fen * 12 == year_fen
    assert not any(library.accepted(record) for found in records.values() for record in found)


def test_what_low_texts_print_for_tangshan_is_refused_with_its_reason(
    library: PolicyLibrary,
) -> None:
    policy = library.compiled(130200, EMPLOYEE, DAY)
    with pytest.raises(PolicyGap) as gap:
        policy.benefit(INPATIENT, 3, False, 45, 1)
    assert (gap.value.key, gap.value.area) == ("ip.deductible.L3", 130200)


def test_datong_is_a_draft_and_keeps_a_floor_of_1000(tmp_path: Path) -> None:
    """Balance 1,300, granted 500: 300 may be used."""
    with pytest.raises(Refusal, match=r"1104.*140200"):
        PolicyLibrary.load().compiled(140200, EMPLOYEE, DAY)
    root = copied(tmp_path)
    replace(root, "140200/index.yaml", "status: DRAFT", "status: ACTIVE")
    accept = DECIDES_MONEY | {"low"}  # the notice has no address to look up
    active = PolicyLibrary.load(root, accept=accept)
    giver = Payer(130_000, 0, NO_LIMIT_FEN, NO_LIMIT_FEN, NO_LIMIT_FEN, 50_000, 0)
    second = Payer(900_000, 0, *LIMITS, 0)
    result = paid(active, 140200, 0, giver, second)
    assert (result.relatives_fen, result.cash_fen) == (30_000, 30_000)
