# SPDX-License-Identifier: Apache-2.0
"""Every reason code has one plain sentence in each language; an unknown code is an error."""

from __future__ import annotations

import pytest

from gongji.kernel import reasons
from gongji.kernel.errors import InvariantError

CODES = {
    name: value for name, value in vars(reasons).items() if name.isupper() and type(value) is int
}


def test_codes_are_unique() -> None:
    assert len(set(CODES.values())) == len(CODES)
    assert CODES


@pytest.mark.parametrize("cash_left", [False, True])
@pytest.mark.parametrize("name", CODES)
def test_every_code_has_its_sentences(name: str, cash_left: bool) -> None:
    zh, en = reasons.sentence(CODES[name], cash_left=cash_left)
    assert zh.endswith("。")
    assert 8 <= len(zh) <= 45
    assert en.endswith(".")
    assert en.isascii()


def test_no_two_codes_read_alike() -> None:
    texts = [reasons.sentence(code) for code in CODES.values()]
    assert len({zh for zh, _ in texts}) == len({en for _, en in texts}) == len(CODES)


def test_what_is_left_in_cash_is_told() -> None:
    """Two reasons say that accounts have paid all they may: not all, when cash is left."""
    differ = [
        c for c in CODES.values() if reasons.sentence(c) != reasons.sentence(c, cash_left=True)
    ]
    assert differ == [reasons.PAID_ALL_ASKED, reasons.NOTHING_LEFT_TO_PAY]
    zh, en = reasons.sentence(reasons.PAID_ALL_ASKED, cash_left=True)
    assert "请付现金" in zh
    assert "cash" in en


@pytest.mark.parametrize("code", [-1, 49, 999])
def test_unknown_code_is_an_error(code: int) -> None:
    with pytest.raises(InvariantError):
        reasons.sentence(code)


@pytest.mark.parametrize("cash_left", [False, True])
def test_another_place_is_advised_only_where_asked(cash_left: bool) -> None:
    for code in CODES.values():
        zh, en = reasons.sentence(code, cash_left=cash_left)
        assert "前面" not in zh
        assert "moved up" not in en.casefold()
    for code in (reasons.NOTHING_LEFT_TO_PAY, reasons.GIVERS_PER_SETTLEMENT):
        zh, en = reasons.sentence(code, cash_left=cash_left, movable=True)
        assert "把顺序调到前面" in zh
        assert "Moved up in the order" in en


def test_costs_that_no_account_pays_are_told() -> None:
    zh, en = reasons.sentence(reasons.NOTHING_LEFT_TO_PAY, cash_left=True, eligible=False)
    assert zh == "这些费用不能用个人账户付，请付现金。"
    assert "cash" in en


@pytest.mark.parametrize(
    ("kinds", "zh", "en"),
    [
        (0, "补充待遇", "a supplementary benefit"),
        (1, "大病保险", "serious-illness insurance"),
        (2, "公务员补助", "the civil servants' subsidy"),
        (4, "医疗救助", "medical aid"),
        (8, "统筹基金", "the pooled fund"),
        (5, "大病保险、医疗救助", "serious-illness insurance or medical aid"),
    ],
)
def test_what_was_withheld_names_who_may_pay_it(kinds: int, zh: str, en: str) -> None:
    told = reasons.withheld_sentence(kinds)
    assert told[0].startswith(f"现金里的 {{0}}可能由{zh}支付，")
    assert told[1].startswith(f"{{0}} of the cash may belong to {en}, whose rule ")
