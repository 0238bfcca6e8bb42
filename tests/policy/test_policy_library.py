# SPDX-License-Identifier: Apache-2.0
"""Look-up: nearest area, day in force, day of belief, and why a value may not be used."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_packs import block, copied, replace, written

from gongji.kernel.errors import Refusal
from gongji.policy import errors
from gongji.policy.errors import PackFault, PolicyGap
from gongji.policy.library import PolicyLibrary, governing
from gongji.policy.reading import make_value
from gongji.policy.records import Value

D = dt.date
NANCHANG = 360100


@pytest.fixture(scope="module")
def shipped() -> PolicyLibrary:
    return PolicyLibrary.load()


def value_of(library: PolicyLibrary, area: int, on: D, known_on: D | None = None) -> object:
    record = library.value(area, "ip.cap", on, known_on=known_on)
    return record.value if record else None


def test_a_city_overrides_its_province_value_by_value(shipped: PolicyLibrary) -> None:
    city = shipped.value(NANCHANG, "ip.ratio.L3.in", D(2025, 7, 1))
    above = shipped.value(NANCHANG, "op.ratio.L1.in", D(2025, 7, 1))
    nation = shipped.value(NANCHANG, "ip.capBasis", D(2025, 7, 1))
    assert city
    assert (city.area, city.value, city.unit) == (NANCHANG, 8500, "bp")
    assert above
    assert (above.area, above.value) == (360000, 6500)
    assert nation
    assert nation.area == 100000


def test_the_nearest_area_decides_before_the_fuller_key(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        {
            100000: [block("op.deductible.L1.in", "100")],
            990000: [block("op.deductible", "300")],
        },
    )
    library = PolicyLibrary.load(root)
    keys = ("op.deductible.L1.in", "op.deductible")
    found = library.find(990000, keys, D(2021, 1, 1))
    assert found
    assert (found.area, found.value) == (990000, 30000)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(D(2019, 12, 31), None), (D(2020, 1, 1), 100), (D(2020, 6, 30), 100), (D(2020, 7, 1), 200)],
)
def test_the_day_decides(tmp_path: Path, day: D, expected: int | None) -> None:
    root = written(
        tmp_path,
        {
            100000: [
                block("ip.cap", "1", more="until: 2020-06-30"),
                block("ip.cap", "2", since="2020-07-01"),
            ]
        },
    )
    assert value_of(PolicyLibrary.load(root), 100000, day) == expected


def test_a_value_without_a_beginning_still_ends(tmp_path: Path) -> None:
    """Until its last day it stands in the way of the parent's value, afterwards no more."""
    above = block("ip.cap", "1")
    old = block("ip.cap", "2", since="unknown", confidence="medium", more="until: 2024-04-25")
    library = PolicyLibrary.load(written(tmp_path, {100000: [above], 990000: [old]}))
    assert value_of(library, 990000, D(2024, 4, 25)) == 200
    with pytest.raises(PolicyGap):
        library.require(990000, "ip.cap", D(2024, 4, 25))
    assert library.require(990000, "ip.cap", D(2024, 4, 26)).value == 100


def test_an_end_of_all_days_is_no_end(tmp_path: Path) -> None:
    """Lint says to leave it out; the look-up must not stumble over the day after it."""
    root = written(tmp_path, {100000: [block("ip.cap", "1", more="until: 9999-12-31")]})
    library = PolicyLibrary.load(root)
    assert library.dates(100000) == (D(2020, 1, 1),)
    assert value_of(library, 100000, D(2026, 1, 1)) == 100


def test_a_correction_leaves_the_old_belief_readable(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        {
            100000: [
                block("ip.cap", "1", known="2020-01-05"),
                block("ip.cap", "2", known="2021-03-01"),
            ]
        },
    )
    library = PolicyLibrary.load(root)
    day = D(2020, 5, 1)
    assert value_of(library, 100000, day) == 200
    assert value_of(library, 100000, day, D(2021, 3, 1)) == 200
    assert value_of(library, 100000, day, D(2021, 2, 28)) == 100
    assert value_of(library, 100000, day, D(2020, 1, 4)) is None


def test_a_later_belief_also_corrects_the_beginning(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        {
            100000: [
                block("ip.cap", "1", since="2020-07-01"),
                block("ip.cap", "2", since="2020-06-01", known="2020-09-01"),
            ]
        },
    )
    library = PolicyLibrary.load(root)
    assert value_of(library, 100000, D(2020, 6, 15)) == 200
    assert value_of(library, 100000, D(2020, 8, 1)) == 200
    assert value_of(library, 100000, D(2020, 6, 15), D(2020, 8, 1)) is None


def test_compiled_rules_follow_the_day_of_belief(shipped: PolicyLibrary) -> None:
    day = D(2025, 7, 1)
    assert shipped.compiled(NANCHANG, 310, day).benefit(4, 3, False, 40, 1).deductible_fen == 80000
    before = shipped.compiled(NANCHANG, 310, day, known_on=D(2026, 11, 21))
    with pytest.raises(PolicyGap) as caught:
        before.benefit(4, 3, False, 40, 1)
    assert caught.value.code == errors.VALUE_MISSING


@pytest.mark.parametrize("confidence", ["low", "recalled", "unconfirmed"])
def test_an_unconfirmed_child_blocks_the_parent(tmp_path: Path, confidence: str) -> None:
    root = written(
        tmp_path,
        {
            100000: [block("ip.cap", "1")],
            990000: [block("ip.cap", "2", confidence=confidence)],
        },
    )
    library = PolicyLibrary.load(root)
    with pytest.raises(PolicyGap) as caught:
        library.require(990000, "ip.cap", D(2020, 5, 1))
    gap = caught.value
    assert (gap.code, gap.area, gap.key) == (errors.VALUE_NOT_CONFIRMED, 990000, "ip.cap")
    assert "统筹基金年度限额" in gap.zh
    assert confidence in gap.en
    braver = PolicyLibrary.load(root, accept=frozenset({"high", confidence}))
    assert braver.require(990000, "ip.cap", D(2020, 5, 1)).value == 200


def test_a_pack_may_say_that_the_parent_holds_meanwhile(tmp_path: Path) -> None:
    more = "inherit_if_unconfirmed: true"
    root = written(
        tmp_path,
        {
            100000: [block("ip.cap", "1")],
            990000: [block("ip.cap", "1", confidence="low", more=more)],
            980000: [block("ip.cap", "2", confidence="low", more=more)],
        },
    )
    library = PolicyLibrary.load(root)
    assert library.require(990000, "ip.cap", D(2020, 5, 1)).area == 100000
    with pytest.raises(PolicyGap):  # a real difference is denied
        library.require(980000, "ip.cap", D(2020, 5, 1))


def test_an_unknown_effective_date_never_decides_money(tmp_path: Path) -> None:
    root = written(tmp_path, {100000: [block("ip.cap", "1", since="unknown")]})
    library = PolicyLibrary.load(
        root, accept=frozenset({"high", "medium", "decided", "low", "recalled"})
    )
    assert library.value(100000, "ip.cap", D(2020, 5, 1)) is not None
    with pytest.raises(PolicyGap) as caught:
        library.require(100000, "ip.cap", D(2020, 5, 1))
    assert caught.value.code == errors.EFFECTIVE_DATE_UNKNOWN


def test_gaps_name_area_key_reason_and_the_packs_own_note(shipped: PolicyLibrary) -> None:
    with pytest.raises(PolicyGap) as caught:
        shipped.interest_bp(NANCHANG, D(2026, 1, 1))
    gap = caught.value
    assert gap.details == {"area": 100000, "key": "pa.interest", "why": "confidence unconfirmed"}
    assert "未确认前不计息" in gap.zh
    with pytest.raises(PolicyGap, match="from 2025-01-01 to 2025-06-30"):
        shipped.compiled(NANCHANG, 310, D(2025, 6, 30)).benefit(4, 3, False, 40, 1)


def test_unknown_areas_and_schemes_are_refused(shipped: PolicyLibrary) -> None:
    for area in (640100, 360200, 999999, 0):
        with pytest.raises(Refusal) as caught:
            shipped.compiled(area, 310, D(2025, 7, 1))
        assert caught.value.code == errors.UNKNOWN_AREA
    with pytest.raises(Refusal) as caught:
        shipped.compiled(NANCHANG, 311, D(2025, 7, 1))
    assert caught.value.code == errors.UNKNOWN_SCHEME


def test_a_draft_is_shown_but_nothing_is_settled_by_it(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, "360400/index.yaml", "status: ACTIVE", "status: DRAFT")
    library = PolicyLibrary.load(root)
    assert library.value(360400, "ip.cap", D(2025, 7, 1))
    with pytest.raises(Refusal) as caught:
        library.compiled(360400, 310, D(2025, 7, 1))
    assert caught.value.code == errors.AREA_IS_DRAFT


def test_a_county_reads_the_pack_of_its_city(shipped: PolicyLibrary) -> None:
    day = D(2025, 7, 1)
    assert shipped.home(360102) == NANCHANG
    assert shipped.compiled(360102, 310, day) is shipped.compiled(NANCHANG, 310, day)


def test_one_object_per_interval_between_changes(shipped: PolicyLibrary) -> None:
    first = shipped.compiled(NANCHANG, 310, D(2025, 7, 1))
    assert shipped.compiled(NANCHANG, 310, D(2025, 7, 2)) is first
    assert shipped.compiled(NANCHANG, 310, D(2025, 6, 30)) is not first
    assert shipped.compiled(NANCHANG, 390, D(2025, 7, 1)) is not first
    assert D(2025, 7, 1) in shipped.dates(NANCHANG)
    assert D(2025, 7, 1) not in shipped.dates(360400)


def test_the_digest_is_sm3_and_follows_the_content(tmp_path: Path, shipped: PolicyLibrary) -> None:
    root = copied(tmp_path)
    same = PolicyLibrary.load(root)
    assert same.digest(NANCHANG) == shipped.digest(NANCHANG)
    assert len(same.digest(NANCHANG)) == 32
    assert same.digest(NANCHANG) != same.digest(360400)
    replace(root, "360100/inpatient.yaml", "ip.ratio.L3.in: 85", "ip.ratio.L3.in: 86")
    changed = PolicyLibrary.load(root)
    assert changed.digest(NANCHANG) != same.digest(NANCHANG)
    assert changed.digest(360400) == same.digest(360400)
    replace(root, "100000/steps.yaml", "confidence: decided", "confidence: low")
    assert PolicyLibrary.load(root).digest(360400) != same.digest(360400)


def test_sm3_without_openssl_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = PolicyLibrary.load().digest(NANCHANG)

    def refuse(name: str, data: bytes) -> None:
        raise ValueError(name)

    monkeypatch.setattr(hashlib, "new", refuse)
    assert PolicyLibrary.load().digest(NANCHANG) == expected


def test_a_spoiled_pack_is_not_loaded(tmp_path: Path) -> None:
    root = copied(tmp_path)
    line = replace(root, "360100/inpatient.yaml", "unit: percent", "unit: permille")
    with pytest.raises(PackFault) as caught:
        PolicyLibrary.load(root)
    assert caught.value.file == "360100/inpatient.yaml"
    assert caught.value.line > line


@pytest.mark.parametrize(
    ("retired", "base_fen", "expected"),
    [(False, 612_345, 12_247), (False, 25, 1), (False, 24, 0), (False, 0, 0), (True, 0, 7_700)],
)
def test_credits(shipped: PolicyLibrary, retired: bool, base_fen: int, expected: int) -> None:
    amount_fen, why = shipped.credit_fen(NANCHANG, D(2026, 5, 1), retired, base_fen)
    assert amount_fen == expected
    assert why[0].area == 360000
    assert why[0].confidence == "medium"


def test_a_negative_base_is_refused(shipped: PolicyLibrary) -> None:
    with pytest.raises(Refusal):
        shipped.credit_fen(NANCHANG, D(2026, 5, 1), False, -1)


def test_interest_is_paid_once_it_is_confirmed(tmp_path: Path) -> None:
    root = written(tmp_path, {100000: [block("pa.interest", '"0.35"', unit="percent")]})
    rate_bp, why = PolicyLibrary.load(root).interest_bp(100000, D(2021, 1, 1))
    assert rate_bp == 35
    assert why[0].source_title == "文件"


DAYS = st.integers(min_value=0, max_value=40).map(lambda n: D(2020, 1, 1) + dt.timedelta(days=n))


@st.composite
def records(draw: st.DrawFn) -> list[Value]:
    found = []
    for number in range(draw(st.integers(min_value=0, max_value=6))):
        start = draw(st.none() | DAYS)
        length = draw(st.none() | st.integers(min_value=0, max_value=20))
        until = start + dt.timedelta(days=length) if start and length is not None else None
        fields: dict[str, object] = {
            "value": number,
            "unit": "yuan",
            "from": start or "unknown",
            "until": until,
            "published": "2020",
            "checked": D(2020, 1, 1),
            "known_from": draw(DAYS),
            "source": "DOC",
            "article": "1",
            "confidence": "high",
        }
        found.append(make_value(100000, "ip.cap", fields, "values.yaml", number))
    return found


@given(records(), DAYS, st.none() | DAYS)
def test_the_governing_record_is_the_latest_belief_in_force(
    found: list[Value], on: D, known_on: D | None
) -> None:
    believed = [r for r in found if known_on is None or r.known_from <= known_on]
    in_force = [
        r for r in believed if r.from_date and r.from_date <= on and on <= (r.until or D.max)
    ]
    chosen = governing(found, on, known_on)
    if in_force:
        assert chosen in in_force
        best = max((r.known_from, r.from_date or D.min) for r in in_force)
        assert chosen
        assert (chosen.known_from, chosen.from_date) == best
    else:
        undated = [r for r in believed if r.from_date is None]
        assert (chosen in undated) if undated else chosen is None
