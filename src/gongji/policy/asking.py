# SPDX-License-Identifier: Apache-2.0
"""For whom and for what rules are wanted, and the keys that answer for it."""

from __future__ import annotations

from typing import NamedTuple

from gongji.kernel.benefit import CHRONIC, INPATIENT, RESIDENT
from gongji.policy.keys import expansions

# Classes of a visit: what the 6th argument of AreaPolicy.benefit may say.
ORDINARY = 0
CHRONIC_CLASS_I = 1  # shares the inpatient cap
CHRONIC_CLASS_II = 2  # local caps by disease
CHILDBIRTH = 3


class Ask(NamedTuple):
    """For whom and what the rules are wanted."""

    scheme: int
    setting: int
    level: int  # 1-3
    retired: bool
    age: int
    admission_no: int  # 1 = first of the year
    visit_class: int
    civil_servant: bool
    aid_class: int
    unrated: bool = False  # an institution without a level reads as level 1


def prefix(ask: Ask) -> str:
    """What stands before a key of the scheme."""
    return "res." if ask.scheme == RESIDENT else ""


def keys_of(pattern: str, ask: Ask) -> tuple[str, ...]:
    """Keys of a pattern for the scheme, level, status and class of aid, the fullest first."""
    status = "" if ask.scheme == RESIDENT else ("ret" if ask.retired else "in")
    aid = f"C{ask.aid_class}" if ask.aid_class else ""
    return expansions(prefix(ask) + pattern, f"L{ask.level}", status, aid)


def in_inpatient_pool(ask: Ask) -> bool:
    """Whether the visit uses the inpatient pool: stays and class I chronic care."""
    return ask.setting == INPATIENT or (
        ask.setting == CHRONIC and ask.visit_class == CHRONIC_CLASS_I
    )
