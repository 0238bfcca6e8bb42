# SPDX-License-Identifier: Apache-2.0
"""What people ask about mutual aid, answered: in general, and with the values of a place.

An answer rests on keys of the packs (``keys``), which are looked up for the place and the day, or
on a rule that no pack can change (``rule``). A question without a reliable answer says so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gongji.advice.family import Gap
from gongji.advice.questions_asked import ASKED
from gongji.advice.questions_other import OTHER, PeopleQuestion
from gongji.kernel.errors import Refusal
from gongji.policy import errors
from gongji.policy.library import PolicyLibrary
from gongji.policy.provenance import Provenance

__all__ = ["QUESTIONS", "PeopleQuestion", "QuestionReply", "question", "reply"]

QUESTIONS: tuple[PeopleQuestion, ...] = (*ASKED, *OTHER)


@dataclass(frozen=True, slots=True)
class QuestionReply:
    """The answer in both languages, the values of the place, and what is not confirmed there."""

    question: PeopleQuestion
    zh: str
    en: str
    values: tuple[Provenance, ...]
    gaps: tuple[Gap, ...]


def question(number: int) -> PeopleQuestion:
    """A question by its number; raises ValueError."""
    for one in QUESTIONS:
        if one.number == number:
            return one
    raise ValueError(f"there is no question {number}")


def reply(
    library: PolicyLibrary, area: int, number: int, on: dt.date, known_on: dt.date | None = None
) -> QuestionReply:
    """The answer for a place on a day. Raises Refusal 1100 for a place without a pack."""
    asked = question(number)
    library.pack(area)
    values: list[Provenance] = []
    gaps: list[Gap] = []
    for key in asked.keys:
        try:
            record = library.require(area, key, on, known_on=known_on)
        except Refusal as refusal:
            if isinstance(refusal, errors.PolicyGap):
                gaps.append(Gap(refusal.code, "question", key, refusal.zh, refusal.en))
            continue
        values += library.provenance((record,))
    return QuestionReply(asked, asked.answer_zh, asked.answer_en, tuple(values), tuple(gaps))
