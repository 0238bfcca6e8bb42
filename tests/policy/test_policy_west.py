# SPDX-License-Identifier: Apache-2.0
"""Xinjiang, the Corps, Shandong and the drafts beside them: who speaks, what blocks, what is text.

Nearly all that is known there rests on portals: it is shown, it blocks, and it pays nothing.
"""

from __future__ import annotations

import datetime as dt

import pytest

from gongji.kernel.benefit import INPATIENT, NO_LIMIT_FEN, OUTPATIENT, PHARMACY
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import NO_GIVER_LIMIT, ORDER_CONFIGURED, ORDER_SINGLE
from gongji.policy import errors
from gongji.policy.errors import PolicyGap
from gongji.policy.library import PolicyLibrary
from gongji.policy.relations import RELATIONS

D = dt.date
DAY = D(2026, 3, 1)
EMPLOYEE, RESIDENT = 310, 390
XINJIANG, URUMQI, KARAMAY = 650000, 650100, 650200
CORPS, SHIHEZI = 660000, 659001
SHANDONG, QINGDAO, YANTAI, JINING, ZIBO = 370000, 370200, 370600, 370800, 370300
SETTLING = (URUMQI, KARAMAY, SHIHEZI, QINGDAO, YANTAI, JINING, ZIBO)
DRAFTS = (653200, 370100, 370900, 410000, 410100, 411000, 620000)
NEAR_RELATIVES = frozenset(
    code for name, codes in RELATIONS.items() if name != "PARENT_IN_LAW" for code in codes
)
SHIPPED = PolicyLibrary.load()
BRAVER = PolicyLibrary.load(accept=frozenset({"high", "medium", "decided", "low"}))


def test_the_corps_is_not_xinjiang_though_its_cities_share_the_number() -> None:
    assert SHIPPED.home(SHIHEZI) == SHIHEZI
    assert SHIPPED.path(SHIHEZI) == (SHIHEZI, CORPS, 100000)
    assert SHIPPED.path(URUMQI) == (URUMQI, XINJIANG, 100000)
    assert SHIPPED.home(650102) == URUMQI
    with pytest.raises(Refusal) as caught:
        SHIPPED.home(659004)  # Wujiaqu has no pack and borrows none
    assert caught.value.code == errors.UNKNOWN_AREA


@pytest.mark.parametrize("area", SETTLING)
def test_relatives_pay_nothing_where_only_portals_speak(area: int) -> None:
    policy = SHIPPED.compiled(area, EMPLOYEE, DAY)
    with pytest.raises(PolicyGap) as caught:
        _ = policy.sharing
    assert caught.value.key == "ma.maxGiversPerRecipient"


@pytest.mark.parametrize("area", DRAFTS)
def test_a_draft_settles_nothing(area: int) -> None:
    with pytest.raises(Refusal) as caught:
        SHIPPED.compiled(area, EMPLOYEE, DAY)
    assert caught.value.code == errors.AREA_IS_DRAFT


def test_the_family_group_of_xinjiang_needs_the_weaker_values() -> None:
    with pytest.raises(PolicyGap) as caught:
        _ = SHIPPED.compiled(URUMQI, EMPLOYEE, DAY).model
    assert caught.value.key == "ma.model"
    policy = BRAVER.compiled(URUMQI, EMPLOYEE, DAY)
    assert policy.model == "GROUP_GRANT"
    assert policy.giver_order == ORDER_CONFIGURED
    assert policy.sharing.max_givers == NO_GIVER_LIMIT


def test_whom_a_group_admits_besides_is_text_and_no_relation() -> None:
    record = SHIPPED.value(URUMQI, "ma.groupAdmits", DAY)
    assert record
    assert (record.value, record.unit) == ("结亲户", "text")
    assert BRAVER.compiled(URUMQI, EMPLOYEE, DAY).relations == NEAR_RELATIVES


def test_shandong_widens_with_the_nation_unless_the_portal_is_accepted() -> None:
    def relations(library: PolicyLibrary, on: D) -> frozenset[int]:
        return library.compiled(QINGDAO, EMPLOYEE, on).relations

    sibling = RELATIONS["SIBLING"][0]
    assert sibling not in relations(SHIPPED, D(2024, 12, 8))
    assert relations(SHIPPED, D(2024, 12, 9)) == NEAR_RELATIVES
    assert sibling not in relations(BRAVER, D(2024, 8, 30))
    assert relations(BRAVER, D(2024, 8, 31)) == NEAR_RELATIVES
    assert not relations(BRAVER, DAY) & set(RELATIONS["PARENT_IN_LAW"])


def test_uses_in_shandong() -> None:
    policy = SHIPPED.compiled(YANTAI, EMPLOYEE, DAY)
    assert policy.use_allowed(OUTPATIENT)
    assert policy.use_allowed(PHARMACY)
    assert not policy.use_allowed(INPATIENT)
    assert BRAVER.compiled(YANTAI, EMPLOYEE, DAY).giver_order == ORDER_SINGLE


def test_a_portal_that_repeats_the_nations_premium_does_not_block_it() -> None:
    record = SHIPPED.require(JINING, "res.premium.2025.personal", D(2025, 6, 1))
    assert (record.area, record.value) == (100000, 40_000)


def test_stays_in_qingdao_are_in_two_segments() -> None:
    record = SHIPPED.value(QINGDAO, "ip.ratio.L3.ret", DAY)
    assert record
    assert record.segments() == ((4_000_000, 9_300), (NO_LIMIT_FEN, 9_700))
    with pytest.raises(PolicyGap) as caught:
        BRAVER.compiled(QINGDAO, EMPLOYEE, DAY).benefit(INPATIENT, 3, True, 70, 1)
    assert caught.value.key == "ip.largeAmount.ratio"


def test_the_caps_of_urumqi_add_up_to_the_published_total() -> None:
    caps = [
        SHIPPED.value(URUMQI, key, on)
        for key in ("ip.cap", "ip.largeAmount.cap")
        for on in (D(2014, 1, 1), DAY)
    ]
    assert [record.integer() for record in caps if record] == [8_000_000] * 2 + [22_000_000] * 2
    assert not any(SHIPPED.accepted(record) for record in caps if record)


@pytest.mark.parametrize(
    ("on", "cap_fen", "decides"),
    [
        (D(2024, 4, 25), 300_000, False),  # no beginning is known
        (D(2024, 4, 26), 400_000, False),  # the day is a guess of one page
        (D(2025, 3, 11), 400_000, False),
        (D(2025, 3, 12), 400_000, False),  # seen in force, by portals alone
    ],
)
def test_the_outpatient_cap_of_xinjiang_over_time(on: D, cap_fen: int, decides: bool) -> None:
    record = SHIPPED.value(URUMQI, "op.annualCap", on)
    assert record
    assert (record.value, SHIPPED.accepted(record)) == (cap_fen, decides)


def test_premiums_of_urumqi_by_group_in_2023() -> None:
    def fen(key: str) -> object:
        record = SHIPPED.value(URUMQI, f"res.premium.2023.{key}", D(2023, 6, 1))
        return record and record.value

    groups = ("personal", "longTermCare", "personal.lowIncome", "personal.exPoor")
    assert [fen(key) for key in groups] == [42_000, 4_000, 8_400, 21_000]
