# SPDX-License-Identifier: Apache-2.0
"""Setting and class of a case: filings on their days, and areas that refuse care without one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from settlement_world import World

from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from gongji.kernel.errors import Refusal
from gongji.members import services as members
from gongji.members.people import ChronicFiling
from gongji.settlement.entitling import Benefit, Care, benefit_of, is_unfiled

DAY = dt.date(2026, 3, 2)
ONE = dt.timedelta(days=1)
FIRST = ChronicFiling("M07801", "透析", 1, DAY, DAY)


@dataclass
class Area:
    """An area that settles care without a filing as ordinary, or refuses it."""

    ordinary: bool

    def unfiled_is_ordinary(self) -> bool:
        return self.ordinary


def decided(
    med_type: str,
    setting: int,
    day: dt.date = DAY,
    *,
    disease: str = "M07801",
    pharmacy: bool = False,
    ordinary: bool = True,
) -> Benefit:
    care = Care(med_type, setting, disease, pharmacy)
    return benefit_of(Area(ordinary), care, 1, [FIRST], day)


@pytest.mark.parametrize("pharmacy", [False, True])
def test_a_filing_in_force_gives_its_class(pharmacy: bool) -> None:
    assert decided("14", CHRONIC, pharmacy=pharmacy) == (CHRONIC, 1)
    assert decided("140104", CHRONIC, pharmacy=pharmacy) == (CHRONIC, 1)


@pytest.mark.parametrize("day", [DAY - ONE, DAY + ONE])
@pytest.mark.parametrize(("pharmacy", "setting"), [(False, OUTPATIENT), (True, PHARMACY)])
def test_outside_its_days_it_is_ordinary_care(day: dt.date, pharmacy: bool, setting: int) -> None:
    assert decided("14", CHRONIC, day, pharmacy=pharmacy) == (setting, 0)
    assert decided("14", CHRONIC, disease="", pharmacy=pharmacy) == (setting, 0)
    assert is_unfiled("14", setting)
    assert not is_unfiled("14", CHRONIC)
    assert not is_unfiled("11", setting)


@pytest.mark.parametrize("disease", ["M03900", ""])
def test_an_area_may_refuse_care_without_a_filing(disease: str) -> None:
    with pytest.raises(Refusal) as caught:
        decided("14", CHRONIC, disease=disease, ordinary=False)
    assert caught.value.code == 3131
    assert decided("14", CHRONIC, ordinary=False) == (CHRONIC, 1)


def test_other_care_asks_for_no_filing() -> None:
    assert decided("11", OUTPATIENT, ordinary=False) == (OUTPATIENT, 0)
    assert decided("41", PHARMACY, pharmacy=True, ordinary=False) == (PHARMACY, 0)
    assert decided("21", INPATIENT, ordinary=False) == (INPATIENT, 0)
    with pytest.raises(Refusal) as caught:
        decided("52", INPATIENT)
    assert caught.value.code == 3130
    woman = benefit_of(Area(True), Care("52", INPATIENT, "", False), 2, [], DAY)
    assert woman == (INPATIENT, 3)


def test_the_class_of_a_purchase_needs_no_neighbour(world: World) -> None:
    """Alone in its batch a chronic purchase is what it is among others."""
    patient = world.person(current=10_000)
    filing = ChronicFiling("M07801", "透析", 1, dt.date(2020, 1, 1), None)
    members.file_chronic(world.conn, patient, filing)
    world.conn.commit()
    command = world.purchase(patient, 10_000, med_type="14", dise_codg="M07801")
    record = world.platform.engine.settle_now(command)
    assert (record.setting, record.body.visit_class) == (CHRONIC, 1)
    assert record.body.benefit.fund_fen == 9_500
