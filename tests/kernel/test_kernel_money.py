# SPDX-License-Identifier: Apache-2.0
"""Rounding is half-up to the fen everywhere; text is read exactly or refused with a number."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongji.kernel import errors, money


def cents(value: Decimal) -> int:
    """Decimal's own rounding, away from zero at halves."""
    return int(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) * 100)


@pytest.mark.parametrize(
    ("amount_fen", "bp", "part_fen"),
    [
        (0, 8_500, 0),
        (1, 5_000, 1),  # 0.5 fen goes up
        (1, 4_999, 0),
        (3, 5_000, 2),  # 1.5
        (5, 5_000, 3),  # 2.5: not to even
        (54_550, 500, 2_728),  # 27.275 yuan
        (452, 500, 23),  # a real line: 4.52 at 5 % -> 0.23
        (100, 0, 0),
        (100, 10_000, 100),
        (10**14, 9_999, 99_990_000_000_000),
    ],
)
def test_ratio_of(amount_fen: int, bp: int, part_fen: int) -> None:
    assert money.ratio_of(amount_fen, bp) == part_fen


@given(st.integers(0, 10**14), st.integers(0, 10_000))
@settings(max_examples=200)
def test_ratio_of_agrees_with_decimal(amount_fen: int, bp: int) -> None:
    assert money.ratio_of(amount_fen, bp) == cents(Decimal(amount_fen) / 100 * bp / 10_000)


@pytest.mark.parametrize(
    ("fund_fen", "bp", "cost_fen"),
    [
        (10_000_000, 8_500, 11_764_706),  # 100,000 at 85 % -> 117,647.06
        (1, 10_000, 1),
        (1, 6_667, 1),  # 1.4999 -> 1
        (3, 6_000, 5),
        (0, 1, 0),
        (1, 1, 10_000),
    ],
)
def test_amount_for(fund_fen: int, bp: int, cost_fen: int) -> None:
    assert money.amount_for(fund_fen, bp) == cost_fen


@pytest.mark.parametrize(
    ("price", "count", "amount"),
    [
        ("4.52", "1", "4.52"),
        ("0.005", "1", "0.01"),
        ("0.004999", "1", "0.00"),
        ("0.333333", "3", "1.00"),
        ("12.345678", "2.5", "30.86"),
        ("12.345678", "-2.5", "-30.86"),
        ("0.005", "-1", "-0.01"),  # away from zero, so it cancels the line above exactly
        ("0.01", "0.5", "0.01"),
        ("0", "7", "0.00"),
        ("9999.999999", "9999.9999", "99999998.99"),
    ],
)
def test_line_amount(price: str, count: str, amount: str) -> None:
    amount_fen = money.line_amount_fen(money.parse_price_micro(price), money.parse_count_e4(count))
    assert money.yuan(amount_fen) == amount
    assert amount_fen == cents(Decimal(price) * Decimal(count))


@given(st.integers(0, 10**12), st.integers(-(10**8), 10**8))
@settings(max_examples=200)
def test_line_amount_agrees_with_decimal(price_micro: int, count_e4: int) -> None:
    exact = Decimal(price_micro).scaleb(-6) * Decimal(count_e4).scaleb(-4)
    amount_fen = money.line_amount_fen(price_micro, count_e4)
    assert amount_fen == cents(exact)
    assert money.line_amount_fen(price_micro, -count_e4) == -amount_fen


@pytest.mark.parametrize(
    ("amount_fen", "text"),
    [(0, "0.00"), (1, "0.01"), (-5, "-0.05"), (123_456, "1234.56"), (-100_000, "-1000.00")],
)
def test_yuan(amount_fen: int, text: str) -> None:
    assert money.yuan(amount_fen) == text
    assert money.parse_yuan(text) == amount_fen


@pytest.mark.parametrize(
    ("text", "amount_fen"),
    [
        ("12", 1_200),
        ("12.3", 1_230),
        (" 12.34 ", 1_234),
        ("+0.05", 5),
        ("-0", 0),
        ("-0.50", -50),
        ("000123.40", 12_340),
        ("999999999999.99", 99_999_999_999_999),
    ],
)
def test_parse_yuan(text: str, amount_fen: int) -> None:
    assert money.parse_yuan(text) == amount_fen


UNREADABLE = ["", " ", "-", "+", ".", "1.", ".5", "1e3", "1,000", "1 0", "--1", "+-1", "0x1"]
UNREADABLE += ["NaN", "inf", "null", "１２", "٣", "²", "1.2.3", "1_000", "12元", "1.-5"]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    for parse in (money.parse_yuan, money.parse_price_micro, money.parse_count_e4):
        with pytest.raises(errors.Refusal) as caught:
            parse(text)
        assert caught.value.code == errors.NUMBER_UNREADABLE


def test_decimals_are_never_rounded_away() -> None:
    for parse, text in (
        (money.parse_yuan, "1.005"),
        (money.parse_yuan, "1.000"),
        (money.parse_price_micro, "1.0000001"),
        (money.parse_count_e4, "1.00001"),
        (money.parse_ratio_bp, "0.00001"),
    ):
        with pytest.raises(errors.Refusal) as caught:
            parse(text)
        assert caught.value.code == errors.DECIMALS_TOO_MANY


def test_figures_beyond_the_field_are_refused() -> None:
    for parse, text in (
        (money.parse_yuan, "1" + "0" * 12),
        (money.parse_price_micro, "1" + "0" * 10),
        (money.parse_count_e4, "-1" + "0" * 12),
        (money.parse_yuan, "9" * 5000),
    ):
        with pytest.raises(errors.Refusal) as caught:
            parse(text)
        assert caught.value.code == errors.NUMBER_TOO_LARGE
        assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("text", "bp"), [("0", 0), ("0.05", 500), ("0.1", 1_000), ("0.8333", 8_333), ("1", 10_000)]
)
def test_parse_ratio(text: str, bp: int) -> None:
    assert money.parse_ratio_bp(text) == bp


@pytest.mark.parametrize("text", ["1.0001", "-0.0001", "-0.05", "85"])
def test_ratio_outside_zero_to_one_is_refused(text: str) -> None:
    with pytest.raises(errors.Refusal) as caught:
        money.parse_ratio_bp(text)
    assert caught.value.code == errors.RATIO_OUT_OF_RANGE


def test_refusals_speak_both_languages() -> None:
    with pytest.raises(errors.Refusal) as caught:
        money.parse_yuan("abc")
    assert "不是数字" in caught.value.zh
    assert "abc" in caught.value.en


def test_the_longest_figures_that_a_field_holds_are_read() -> None:
    assert money.parse_price_micro("9999999999.999999") == 9_999_999_999_999_999
    assert money.parse_count_e4("-999999999999.9999") == -9_999_999_999_999_999


def test_a_refusal_quotes_twenty_four_characters_and_its_number() -> None:
    with pytest.raises(errors.Refusal) as caught:
        money.parse_yuan("x" * 30)
    assert str(caught.value) == f"[1001] not a plain decimal number: '{'x' * 24}'"
