# SPDX-License-Identifier: Apache-2.0
"""Moving money into the wallet: the national guide of 2025, and the quota since June 2026.

The boundaries are those of the guide: three transfers a day, 2,000 yuan each, none from 22:00.
"""

from __future__ import annotations

import datetime as dt

import pytest

from gongji.advice.wallet import QUOTA, TRANSFER, may_move
from gongji.policy.library import PolicyLibrary

NANCHANG = 360100


def at(clock: str, day: dt.date = dt.date(2025, 10, 8)) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock))


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.mark.parametrize(
    ("clock", "fen", "made", "allowed", "words"),
    [
        ("10:00:00", 200_000, 2, True, "可以转"),
        ("10:00:00", 200_000, 3, False, "一天最多转 3 次"),
        ("10:00:00", 200_001, 0, False, "一次最多转 2000.00 元"),
        ("21:59:59", 100, 0, True, "可以转"),
        ("22:00:00", 100, 0, False, "不办理"),
        ("05:59:59", 100, 0, False, "不办理"),
        ("06:00:00", 100, 0, True, "可以转"),
    ],
)
def test_transfers_of_2025(
    library: PolicyLibrary, clock: str, fen: int, made: int, allowed: bool, words: str
) -> None:
    got = may_move(library, NANCHANG, at(clock), fen, made)
    assert (got.allowed, got.mode) == (allowed, TRANSFER)
    assert words in got.zh


def test_the_rule_changes_with_the_day(library: PolicyLibrary) -> None:
    last = may_move(library, NANCHANG, at("23:00", dt.date(2026, 6, 4)), 500_000, 9)
    first = may_move(library, NANCHANG, at("23:00", dt.date(2026, 6, 5)), 500_000, 9)
    assert (last.allowed, last.mode) == (False, TRANSFER)
    assert (first.allowed, first.mode) == (True, QUOTA)
    assert "额度" in first.zh


def test_before_the_guide_nothing_is_confirmed(library: PolicyLibrary) -> None:
    got = may_move(library, NANCHANG, at("10:00", dt.date(2025, 9, 17)), 100, 0)
    assert (got.allowed, got.mode) == (False, "")
    assert got.zh
