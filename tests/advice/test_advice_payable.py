# SPDX-License-Identifier: Apache-2.0
"""A yes without reservation is one that a settlement honours, in every area and setting."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest

from gongji.advice.may_i import PARTLY, UNCONFIRMED, YES, Question, may_i
from gongji.advice.payable import payable
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from gongji.policy.asking import CHRONIC_CLASS_I, CHRONIC_CLASS_II, ORDINARY
from gongji.policy.errors import PolicyGap
from gongji.policy.givers import rules_at_settlement
from gongji.policy.library import PolicyLibrary

NANCHANG, YICHANG, URUMQI = 360100, 420500, 650100
DAYS = (dt.date(2024, 12, 9), dt.date(2026, 3, 2), dt.date(2026, 12, 1))
SETTINGS = {"outpatient": OUTPATIENT, "pharmacy": PHARMACY, "chronic": CHRONIC,
            "inpatient": INPATIENT}  # fmt: skip


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def settles(library: PolicyLibrary, area: int, scheme: int, setting: int, on: dt.date) -> bool:
    """Whether no ordinary bill of the setting meets a gap, asked of the compiled policy alone."""
    policy = library.compiled(area, scheme, on)
    classes = (CHRONIC_CLASS_I, CHRONIC_CLASS_II) if setting == CHRONIC else (ORDINARY,)
    levels = (0,) if setting == PHARMACY else (0, 1, 2, 3)
    statuses = (False, True) if scheme == 310 else (False,)
    try:
        _ = (policy.model, policy.relations, policy.insured_scope, policy.treatment_scope)
        rules_at_settlement(policy)
        for level, retired, visit_class in product(levels, statuses, classes):
            policy.benefit(setting, level, retired, 30, 1, visit_class)
    except PolicyGap:
        return False
    return True


@pytest.mark.parametrize("on", DAYS, ids=str)
@pytest.mark.parametrize("use", SETTINGS)
def test_a_yes_is_honoured_everywhere(library: PolicyLibrary, use: str, on: dt.date) -> None:
    verdicts = set()
    for area, scheme in product(library.areas(), (310, 390)):
        reply = may_i(library, Question(area, scheme, "PARENT", use, on))
        verdicts.add(reply.verdict)
        if reply.verdict == YES:
            assert settles(library, area, scheme, SETTINGS[use], on), (area, scheme)
            assert reply.gaps == ()
        elif reply.verdict == PARTLY:
            assert not settles(library, area, scheme, SETTINGS[use], on), (area, scheme)
            assert reply.gaps
    assert UNCONFIRMED in verdicts


def test_what_is_known_and_what_is_missing_are_both_told(library: PolicyLibrary) -> None:
    on = DAYS[1]
    part = may_i(library, Question(NANCHANG, 390, "PARENT", "outpatient", on))
    assert part.verdict == PARTLY
    assert part.zh.startswith("部分可以。")
    assert "二级机构、三级机构还不能结算" in part.zh
    assert {gap.key for gap in part.gaps} == {"res.op.ratio.L2", "res.op.ratio.L3"}
    none = may_i(library, Question(URUMQI, 310, "PARENT", "inpatient", on))
    assert none.verdict == UNCONFIRMED
    assert none.gaps
    assert "还缺" in none.zh
    assert "父亲或母亲的个人账户可以付" in none.zh
    assert none.since is not None


def test_which_institutions_are_open(library: PolicyLibrary) -> None:
    """Yichang: primary institutions have a ratio of their own, so level 1 is open, whole."""
    found = payable(library, YICHANG, 310, OUTPATIENT, DAYS[1])
    assert found.settled
    assert [zh for zh, _ in found.open] == ["未定级机构", "一级机构"]
    assert {gap.key for gap in found.gaps} == {"op.ratioPrimary.in", "op.ratioPrimary.ret"}
