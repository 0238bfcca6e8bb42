# SPDX-License-Identifier: Apache-2.0
"""What an explanation is told from: a settlement, a trial or an advice answer in one shape.

Amounts are unsigned fen; ``sign`` is -1 for a reversal. Nobody is named: ``who`` is a label that
the asker gave or a place in the order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gongji.advice.family import Answer, Gap
from gongji.advice.relations import word_of
from gongji.kernel.benefit import BenefitResult, BenefitState, Bill
from gongji.kernel.reasons import (
    GRANT_EXHAUSTED,
    LIMIT_PER_DAY,
    LIMIT_PER_VISIT,
    LIMIT_PER_YEAR,
)
from gongji.kernel.sharing import SharingResult
from gongji.policy.provenance import Provenance

Steps = Mapping[str, Sequence[Provenance]]


@dataclass(frozen=True, slots=True)
class Payment:
    """One giver: label and relation in both languages, what was paid and why not more.

    ``stop_fen`` is the limit or sum that stopped the payment, None where none did; ``movable``
    says that this giver would pay in front of the order, and that the family sets the order.
    """

    who: tuple[str, str]
    relation: tuple[str, str]
    way: str
    paid_fen: int
    reason: int
    stop_fen: int | None = None
    movable: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is told, in one shape."""

    date: dt.date
    bill: Bill
    benefit: BenefitResult | None
    sharing: SharingResult | None
    used: BenefitState
    own_before_fen: int
    payments: tuple[Payment, ...]
    steps: Steps
    setting: int
    sign: int = 1
    refusal: Gap | None = None
    gaps: tuple[Gap, ...] = ()
    weak: bool = False
    abroad: bool = False  # extra first self-pay of care outside the province is in the bill
    unfiled: bool = False  # chronic care without a filing in force, settled as ordinary care
    further: bool = False  # a stay that was billed before: the amounts are what moves now
    known: tuple[str, ...] = field(default=())  # words that the reader has been told already


def stop_fen(reason: int, limits: Sequence[int | None]) -> int | None:
    """Which of (visit, day, year, set aside) stopped a payment."""
    places = {LIMIT_PER_VISIT: 0, LIMIT_PER_DAY: 1, LIMIT_PER_YEAR: 2, GRANT_EXHAUSTED: 3}
    return limits[places[reason]] if reason in places else None


def story_of(answer: Answer) -> Story:
    """An advice answer as a story."""
    family = answer.family
    payments = []
    for gave in answer.gave:
        one = family.relatives[gave.place]
        limits = (
            one.visit_limit_fen,
            one.day_limit_fen,
            one.year_limit_fen,
            one.set_aside_fen,
        )
        payments.append(
            Payment(
                (one.label, one.label),
                word_of(one.relation),
                gave.way,
                gave.paid_fen,
                gave.reason,
                stop_fen(gave.reason, limits),
                gave.movable,
            )
        )
    return Story(
        family.date,
        answer.bill,
        answer.benefit,
        answer.sharing,
        family.used,
        family.own_current_fen + family.own_carried_fen,
        tuple(payments),
        answer.steps,
        family.setting,
        refusal=answer.refusal,
        gaps=answer.gaps,
        weak=answer.weak,
        abroad=answer.bill[:5] != family.bill[:5],
    )
