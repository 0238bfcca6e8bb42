# SPDX-License-Identifier: Apache-2.0
"""Units and keys: exact translation or refusal, words for people, the register of keys."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.kernel.benefit import NO_LIMIT_FEN
from gongji.policy.keys import KEYS, expansions, labels, needed_keys, spec_of
from gongji.policy.relations import NAMES, RELATIONS
from gongji.policy.units import UNITS, hundredths, show, translate


@pytest.mark.parametrize(
    ("written", "unit", "expected"),
    [
        (300, "yuan", 30_000),
        ("77.5", "yuan", 7_750),
        ("0.01", "yuan", 1),
        ("none", "yuan", NO_LIMIT_FEN),
        ("none", "fen", NO_LIMIT_FEN),
        ("none", "count", 0),
        (65, "percent", 6_500),
        ("66.67", "percent", 6_667),
        (6_500, "bp", 6_500),
        ([800, "500.50"], "yuan_by_admission", (80_000, 50_050)),
        (True, "yes_no", 1),
        (dt.date(2026, 1, 1), "date", dt.date(2026, 1, 1)),
        (["SPOUSE"], "relations", ("SPOUSE",)),
        ("FUND", "choice", "FUND"),
        (
            [{"upto": 100, "ratio": 50}, {"ratio": 60}],
            "segments",
            ((10_000, 5_000), (NO_LIMIT_FEN, 6_000)),
        ),
    ],
)
def test_translation(written: object, unit: str, expected: object) -> None:
    assert translate(written, unit) == expected


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("1.234", "yuan"),
        ("1e3", "yuan"),
        (-1, "yuan"),
        (True, "yuan"),
        (True, "count"),
        ("٣", "yuan"),
        ("1,000", "yuan"),
        (None, "percent"),
        ("yes", "yes_no"),
        (1, "yes_no"),
        ([], "yuan_by_admission"),
        (300, "yuan_by_admission"),
        ("2026-01-01", "date"),
        ("", "text"),
        (5, "parsec"),
        ([{"ratio": 50}, {"ratio": 60}], "segments"),
        ([{"upto": 100, "ratio": 50}], "segments"),
        ([{"upto": 100, "ratio": 50}, {"upto": 100, "ratio": 55}, {"ratio": 60}], "segments"),
        ([{"ratio": 1}] * 5, "segments"),
        ([50, 60], "segments"),
    ],
)
def test_what_does_not_fit_is_refused(written: object, unit: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        translate(written, unit)


@given(st.integers(min_value=0, max_value=10**12))
def test_hundredths_are_exact(amount_fen: int) -> None:
    whole, rest = divmod(amount_fen, 100)
    assert hundredths(f"{whole}.{rest:02d}") == amount_fen


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (30_000, "fen", "300 元", "300 yuan"),
        (7_750, "fen_per_month", "77.50 元/月", "77.50 yuan a month"),
        (NO_LIMIT_FEN, "fen", "不设限", "no limit"),
        (0, "count", "不设限", "no limit"),
        (1, "count", "1", "1"),
        (6_650, "bp", "66.5%", "66.5%"),
        (1, "yes_no", "是", "yes"),
        (3, "months", "3 个月", "3 months"),
        ("FUND", "choice", "按基金支付额", "money paid by the fund"),
        (("SPOUSE", "SON_S_CHILD"), "relations", "配偶、孙子女", "spouse, son's children"),
        (("COUSIN",), "relations", "COUSIN", "COUSIN"),
        (
            (80_000, 0),
            "fen_by_admission",
            "800 / 0 元（依次住院，末项重复）",
            "800 / 0 yuan (by admission)",
        ),
        (
            ((10_000, 5_000), (NO_LIMIT_FEN, 6_000)),
            "segments",
            "至 100 50%; 以上 60%",
            "to 100 50%; above 60%",
        ),
    ],
)
def test_words(value: object, unit: str, zh: str, en: str) -> None:
    assert show(value, unit, "zh") == zh  # type: ignore[arg-type]
    assert show(value, unit, "en") == en  # type: ignore[arg-type]


def test_every_relation_has_its_words() -> None:
    assert set(NAMES) == set(RELATIONS)


_SAMPLES = {"{Y}": "2026", "{P}": "village", "[.{B}]": ".from70", "[.{K}]": ".student"}


def test_the_register_of_keys_is_sound() -> None:
    for spec in KEYS:
        assert set(spec.units) <= set(UNITS), spec.pattern
        assert spec.zh
        assert spec.en
        sample = expansions(spec.pattern, "L2", "in", "C1")[0]
        for field, filled in _SAMPLES.items():
            sample = sample.replace(field, filled)
        assert spec_of(sample) == spec, sample
    assert spec_of("op.ratio.L4.in") is None
    assert spec_of("op.ratio") is None
    assert labels("ip.deductible.L3.ret") == ("住院起付线 三级 退休", "inpatient deductible L3 ret")
    assert labels("no.such") == ("no.such", "no.such")


def test_the_fullest_key_comes_first() -> None:
    assert expansions("op.deductible[.{L}][.{S}]", "L1", "in") == (
        "op.deductible.L1.in",
        "op.deductible.in",
        "op.deductible.L1",
        "op.deductible",
    )
    assert ("op.ratio.L3.ret", "op.ratio.L3") in needed_keys("employee")
    assert ("res.ip.ratio.L2",) in needed_keys("resident")
