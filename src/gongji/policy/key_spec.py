# SPDX-License-Identifier: Apache-2.0
"""What a family of keys is: pattern, units, names, who needs it; and what the tables share."""

from __future__ import annotations

from typing import NamedTuple

EMP = ("employee",)
RES = ("resident",)
BOTH = ("employee", "resident")

# Who pays which premium of the residents' scheme.
PAYER_GROUPS: dict[str, str] = {
    "adult": "成年居民",
    "age60": "60–69 周岁",
    "age70": "70 周岁及以上",
    "young": "未成年人和在校学生",
    "student": "在校学生",
    "other": "其他居民",
    "lowIncome": "低保对象",
    "monitored": "监测对象",
    "exPoor": "脱贫人口",
    "special": "特困人员和孤儿",
}


class KeySpec(NamedTuple):
    """One family of keys."""

    pattern: str
    units: tuple[str, ...]
    zh: str
    en: str
    needed: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    shown: str = ""  # why no calculation reads it, and what is refused because of it


MONEY = ("yuan", "fen")
RATIO = ("percent", "bp")
STEP = ("percent", "bp", "segments")
BASIS = ("AFTER_DEDUCTIBLE", "WITH_DEDUCTIBLE", "YEAR")
CAP = ("FUND", "IN_POLICY")
HERE = ("NOT_SETTLED_HERE", "REFUSE")


def yes_no(pattern: str, zh: str, en: str, needed: tuple[str, ...] = ()) -> KeySpec:
    return KeySpec(pattern, ("yes_no",), zh, en, needed)
