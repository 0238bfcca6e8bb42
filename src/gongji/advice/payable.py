# SPDX-License-Identifier: Apache-2.0
"""Would a settlement refuse an ordinary bill here? The same rules as settlement, asked in advance.

A relation and a use that the law allows pay nothing where the place's benefits are not
confirmed: the bill itself is refused then.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import NamedTuple

from gongji.advice.family import Gap
from gongji.kernel.benefit import CHRONIC, EMPLOYEE, INPATIENT, PHARMACY
from gongji.policy.asking import CHRONIC_CLASS_I, CHRONIC_CLASS_II, ORDINARY
from gongji.policy.compiled import AreaPolicy
from gongji.policy.errors import PolicyGap
from gongji.policy.givers import rules_at_settlement
from gongji.policy.library import PolicyLibrary

ADULT = 45
LEVELS = {0: ("未定级机构", "unrated institutions"), 1: ("一级机构", "level 1"),
          2: ("二级机构", "level 2"), 3: ("三级机构", "level 3")}  # fmt: skip

CLASSES = {
    CHRONIC_CLASS_I: ("一类慢特病", "class I chronic"),
    CHRONIC_CLASS_II: ("二类慢特病", "class II chronic"),
}


class Payable(NamedTuple):
    """Whether any ordinary bill settles, which kinds do not (zh, en), and what they lack."""

    settled: bool
    open: tuple[tuple[str, str], ...]
    gaps: tuple[Gap, ...]


class _Kind(NamedTuple):
    visit_class: int
    level: int
    retired: bool


def payable(
    library: PolicyLibrary,
    area: int,
    scheme: int,
    setting: int,
    on: dt.date,
    known_on: dt.date | None = None,
) -> Payable:
    """What an ordinary first bill of the setting meets, at each level, in service and retired.

    Raises Refusal where the place has no finished pack.
    """
    policy = library.compiled(area, scheme, on, known_on=known_on)
    gaps: list[Gap] = []
    try:
        _ = (policy.sources(), rules_at_settlement(policy))
    except PolicyGap as gap:
        return Payable(False, (), (_gap(gap),))
    asked = [_Kind(*kind) for kind in product(*_kinds(scheme, setting))]
    lacking = []
    for kind in asked:
        found = _lacks(policy, setting, kind)
        if found is not None:
            lacking.append(kind)
            if found not in gaps:
                gaps.append(found)
    return Payable(len(lacking) < len(asked), _names(setting, asked, lacking), tuple(gaps))


def _kinds(scheme: int, setting: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...]]:
    classes = tuple(CLASSES) if setting == CHRONIC else (ORDINARY,)
    levels = (0,) if setting == PHARMACY else tuple(LEVELS)
    return classes, levels, (False, True) if scheme == EMPLOYEE else (False,)


def _names(setting: int, asked: list[_Kind], lacking: list[_Kind]) -> tuple[tuple[str, str], ...]:
    """What is open in the fewest words: a whole class, a whole level, else one by one."""
    left = list(lacking)
    names: list[tuple[str, str]] = []
    for place, words in ((0, CLASSES), (1, LEVELS)):
        for value, name in words.items():
            alike = [kind for kind in asked if kind[place] == value]
            if alike and all(kind in left for kind in alike) and setting != PHARMACY:
                names.append(name)
                left = [kind for kind in left if kind[place] != value]
    return (*names, *(_name(setting, kind) for kind in left))


def _name(setting: int, kind: _Kind) -> tuple[str, str]:
    zh, en = ("定点药店", "pharmacies") if setting == PHARMACY else LEVELS[kind.level]
    class_zh, class_en = CLASSES.get(kind.visit_class, ("", ""))
    status_zh, status_en = ("退休", "retired") if kind.retired else ("在职", "in service")
    words = (class_en, en, status_en)
    return f"{class_zh}{zh}（{status_zh}）", ", ".join(word for word in words if word)


def _lacks(policy: AreaPolicy, setting: int, kind: _Kind) -> Gap | None:
    admission_no = 1 if setting == INPATIENT else 0
    try:
        policy.benefit(setting, kind.level, kind.retired, ADULT, admission_no, kind.visit_class)
    except PolicyGap as gap:
        return _gap(gap)
    return None


def _gap(gap: PolicyGap) -> Gap:
    return Gap(gap.code, "may", gap.key, gap.zh, gap.en)
