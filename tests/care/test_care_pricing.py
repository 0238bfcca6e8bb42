# SPDX-License-Identifier: Apache-2.0
"""One line through the catalogue: who pays which part, and why when nothing is covered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from care_world import DAY, catalogue_in_memory, raw
from hypothesis import given
from hypothesis import strategies as st

from gongji.care import errors, pricing
from gongji.care.pricing import price_line, priced_from
from gongji.kernel.errors import Refusal
from gongji.kernel.money import line_amount_fen

CATALOGUE = catalogue_in_memory()


@pytest.mark.parametrize(
    ("code", "approval", "scheme", "parts", "memo"),
    [
        ("A1", 0, 310, (0, 0, 0, 1000), ""),
        ("B1", 0, 310, (0, 800, 20, 180), ""),
        ("B2", 0, 310, (0, 0, 100, 900), ""),
        ("B2", 0, 390, (0, 0, 200, 800), ""),
        ("C1", 0, 310, (1000, 0, 0, 0), ""),
        ("R1", 0, 310, (1000, 0, 0, 0), pricing.MEMO_RESTRICTED),
        ("R1", 1, 310, (0, 0, 50, 950), ""),
        ("R1", 2, 310, (1000, 0, 0, 0), pricing.MEMO_REFUSED),
        ("A1", 1, 310, (0, 0, 0, 1000), ""),
        ("A1", 2, 310, (1000, 0, 0, 0), pricing.MEMO_REFUSED),
        ("O1", 0, 310, (1000, 0, 0, 0), pricing.MEMO_NOT_IN_FORCE),
        ("nobody knows", 0, 310, (1000, 0, 0, 0), pricing.MEMO_UNKNOWN),
    ],
)
def test_split(code: str, approval: int, scheme: int, parts: tuple[int, ...], memo: str) -> None:
    line = price_line(CATALOGUE, raw(code, 10, approval=approval), DAY, scheme)
    found = (line.self_paid_fen, line.over_limit_fen, line.first_self_fen, line.in_policy_fen)
    assert found == parts
    assert line.document["memo"] == memo
    assert priced_from(line.document) == line


def test_the_document_says_what_a_reply_needs() -> None:
    line = price_line(CATALOGUE, raw("B1", 10, facts={"dept_name": "内科"}), DAY, 310)
    assert line.document["dept_name"] == "内科"
    assert line.document["level"] == "02"
    assert line.document["first_self_bp"] == 1000
    assert line.document["ceiling_micro"] == 2_000_000
    assert line.document["item_name"] == "乙类药"
    unknown = price_line(CATALOGUE, raw("none", 10), DAY, 310)
    assert (unknown.document["level"], unknown.document["first_self_bp"]) == ("03", 10_000)


def test_facts_cannot_change_the_split() -> None:
    line = price_line(CATALOGUE, raw("A1", 10, facts={"in_policy_fen": 1}), DAY, 310)
    assert line.document["in_policy_fen"] == 1000


def test_a_ratio_of_the_area_replaces_class_b_only() -> None:
    assert price_line(CATALOGUE, raw("B2", 10), DAY, 310, 500).first_self_fen == 50
    assert price_line(CATALOGUE, raw("A1", 10), DAY, 310, 500).first_self_fen == 0


@given(
    code=st.sampled_from(["A1", "B1", "B2", "C1", "R1", "O1", "??"]),
    price=st.integers(0, 10**11),
    count=st.integers(1, 10**8),
    approval=st.integers(0, 2),
    off=st.integers(-1, 1),
)
def test_parts_always_add_up(code: str, price: int, count: int, approval: int, off: int) -> None:
    amount = max(0, line_amount_fen(price, count) + off)
    line = replace(
        raw(code, 1, approval=approval),
        price_micro=price,
        count_e4=count,
        amount_fen=amount,
    )
    result = price_line(CATALOGUE, line, DAY, 310)
    parts = (
        result.self_paid_fen,
        result.over_limit_fen,
        result.first_self_fen,
        result.in_policy_fen,
    )
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_fen": 1002}, errors.LINE_AMOUNT_DIFFERS),
        ({"amount_fen": 998}, errors.LINE_AMOUNT_DIFFERS),
        ({"amount_fen": -1000}, errors.LINE_SIGN),
        ({"count_e4": 0, "amount_fen": 0}, errors.LINE_SIGN),
        ({"price_micro": -1}, errors.LINE_SIGN),
        ({"count_e4": -10_000, "amount_fen": -1000}, errors.LINE_SIGN),
        ({"cancels_sn": "0"}, errors.NO_RETURN),
        ({"cancels_sn": "1"}, errors.NO_RETURN),
    ],
)
def test_figures_that_do_not_agree(change: dict[str, Any], code: int) -> None:
    with pytest.raises(Refusal) as caught:
        price_line(CATALOGUE, replace(raw("A1", 10), **change), DAY, 310)
    assert caught.value.code == code


def test_an_approval_that_is_not_stated_is_none() -> None:
    line = price_line(CATALOGUE, replace(raw("R1", 10), approval=None), DAY, 310)
    assert (line.document["approval"], line.document["memo"]) == (0, pricing.MEMO_RESTRICTED)


@pytest.mark.parametrize("amount", [999, 1001])
def test_a_fen_is_tolerated(amount: int) -> None:
    line = replace(raw("A1", 10), amount_fen=amount)
    assert price_line(CATALOGUE, line, DAY, 310).in_policy_fen == amount
