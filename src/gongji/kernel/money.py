# SPDX-License-Identifier: Apache-2.0
"""Money as integers: fen, 1e-6 yuan for unit prices, 1e-4 for quantities, basis points for ratios.

Rounding is stated once, in ``half_up``: halves go away from zero, to the whole fen. Parsing is
exact or refused, never rounded. The functions above "Text" stay in the subset Numba compiles.
"""

from __future__ import annotations

from gongji.kernel.errors import (
    DECIMALS_TOO_MANY,
    NUMBER_TOO_LARGE,
    NUMBER_UNREADABLE,
    RATIO_OUT_OF_RANGE,
    Refusal,
)

WHOLE_BP = 10_000  # 100 %
# A price in 1e-6 yuan times a quantity in 1e-4 gives 1e-10 yuan: this many of them make a fen.
LINE_UNITS_PER_FEN = 10**8

# Widest readable figures, in digits before the point; keeps every sum within 64 bits.
YUAN_DIGITS = 12
PRICE_DIGITS = 10
COUNT_DIGITS = 12


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to a whole number, halves up; numerator >= 0, denominator > 0."""
    return (numerator + denominator // 2) // denominator


def ratio_of(amount_fen: int, bp: int) -> int:
    """The part ``bp`` basis points of a non-negative amount, half-up to the fen."""
    return half_up(amount_fen * bp, WHOLE_BP)


def amount_for(fund_fen: int, bp: int) -> int:
    """The cost at which a fund paying ``bp`` (> 0) reaches ``fund_fen``, half-up to the fen."""
    return half_up(fund_fen * WHOLE_BP, bp)


def line_amount_fen(price_micro: int, count_e4: int) -> int:
    """Unit price (1e-6 yuan) times quantity (1e-4), half-up away from zero, in fen.

    Negative for a cancelling line (negative quantity). Rule: the national interface rounds a
    line to two decimals from a price of six and a quantity of four.
    """
    units = price_micro * count_e4
    if units < 0:
        return -half_up(-units, LINE_UNITS_PER_FEN)
    return half_up(units, LINE_UNITS_PER_FEN)


# Text ------------------------------------------------------------------------------------------


def yuan(amount_fen: int) -> str:
    """Fen as yuan with two decimals: 123456 -> "1234.56", -5 -> "-0.05"."""
    whole, rest = divmod(abs(amount_fen), 100)
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{whole}.{rest:02d}"


def parse_yuan(text: str) -> int:
    """Yuan with at most two decimals as fen; Refusal 1001-1003 if it cannot be read exactly."""
    return _parse(text, 2, YUAN_DIGITS)


def parse_price_micro(text: str) -> int:
    """A unit price in yuan with at most six decimals as 1e-6 yuan; Refusal 1001-1003."""
    return _parse(text, 6, PRICE_DIGITS)


def parse_count_e4(text: str) -> int:
    """A quantity with at most four decimals as 1e-4, negative when cancelling; as above."""
    return _parse(text, 4, COUNT_DIGITS)


def parse_ratio_bp(text: str) -> int:
    """A ratio from 0 to 1, at most four decimals, "0.05" -> 500 bp; Refusal 1001-1004."""
    bp = _parse(text, 4, COUNT_DIGITS)
    if not 0 <= bp <= WHOLE_BP:
        raise Refusal(
            RATIO_OUT_OF_RANGE,
            f"比例必须在 0 到 1 之间：{_shown(text)}",
            f"a ratio must lie between 0 and 1: {_shown(text)}",
        )
    return bp


def _parse(text: str, decimals: int, whole_digits: int) -> int:
    """Plain decimal notation only: sign, digits, point, digits; no exponent, no grouping."""
    body = text.strip()
    negative = body.startswith("-")
    if negative or body.startswith("+"):
        body = body[1:]
    whole, point, rest = body.partition(".")
    # isdigit alone would let other scripts' digits and superscripts in.
    readable = body.isascii() and whole.isdigit() and (rest.isdigit() or not point)
    if not readable:
        raise Refusal(
            NUMBER_UNREADABLE,
            f"不是数字：{_shown(text)}",
            f"not a plain decimal number: {_shown(text)}",
        )
    if len(rest) > decimals:
        raise Refusal(
            DECIMALS_TOO_MANY,
            f"小数最多 {decimals} 位：{_shown(text)}",
            f"more than {decimals} decimals: {_shown(text)}",
            decimals=decimals,
        )
    if len(whole.lstrip("0")) > whole_digits:
        raise Refusal(
            NUMBER_TOO_LARGE,
            f"数字太大，整数部分最多 {whole_digits} 位：{_shown(text)}",
            f"too large, at most {whole_digits} digits before the point: {_shown(text)}",
            digits=whole_digits,
        )
    value = int(whole + rest.ljust(decimals, "0"))
    return -value if negative else value


def _shown(text: str) -> str:
    """What an error may quote: short, so that a stray long field does not end up in logs."""
    return repr(text[:24])
