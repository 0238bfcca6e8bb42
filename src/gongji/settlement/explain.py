# SPDX-License-Identifier: Apache-2.0
"""A record in sentences: the settlement's own figures and stored provenance, told by ``advice``.

Nothing is calculated here and nobody is named: givers appear by their place in the order and
their relation.
"""

from __future__ import annotations

from gongji.advice.explain import Told, tell
from gongji.advice.story import Payment, Steps, Story, stop_fen
from gongji.kernel.benefit import NO_LIMIT_FEN
from gongji.kernel.moving import moving_helps
from gongji.kernel.reasons import GIVEN_BACK, TAKEN_AGAIN
from gongji.kernel.sharing import (
    BASE_ALL_PERSONAL,
    CARRIED_FIRST,
    NO_GIVER_LIMIT,
    SharingRules,
)
from gongji.policy.givers import WAY_AUTHORISE
from gongji.settlement.calculation import payers_of_body
from gongji.settlement.entitling import is_unfiled
from gongji.settlement.records import REVERSED, Record
from gongji.sharing.relations import giver_label

_ORDER_STEPS = ("order", "buckets", "retained")
NO_FLOOR = SharingRules(
    BASE_ALL_PERSONAL, CARRIED_FIRST, CARRIED_FIRST, 0, 0, NO_GIVER_LIMIT, 1
)  # as ``_own_order`` demands

__all__ = ["Told", "explain", "story_of_record"]


def explain(record: Record, steps: Steps, lang: str = "zh") -> list[Told]:
    """The whole way from the bill to cash; ``lang`` is zh or en.

    ``steps`` is the provenance kept with the record's rules (``rules.load_provenance``); a trial
    is told like a settlement, a reversal with negative amounts.
    """
    return tell(story_of_record(record, steps), lang)


def story_of_record(record: Record, steps: Steps) -> Story:
    """A settlement, trial or reversal as what ``advice`` tells."""
    body = record.body
    way = next((str(item.value) for item in steps.get("model", ())), WAY_AUTHORISE)
    paid = [leg.current_fen + leg.carried_fen for leg in body.legs]
    payers = payers_of_body(body)
    own_order = _own_order(steps)
    payments = []
    for number, (payer, leg) in enumerate(zip(body.payers, body.legs, strict=True), start=1):
        limits = (
            payer.visit_left_fen,
            payer.day_left_fen,
            payer.year_left_fen,
            payer.grant_left_fen,
        )
        known = [None if limit >= NO_LIMIT_FEN else limit for limit in limits]
        payments.append(
            Payment(
                (f"第 {number} 位家人", f"relative {number}"),
                giver_label(payer.relation),
                way,
                leg.current_fen + leg.carried_fen,
                _told(record, leg.reason),
                stop_fen(leg.reason, known),
                own_order and moving_helps(NO_FLOOR, payers, paid, leg.reason, number - 1),
            )
        )
    return Story(
        record.service_date,
        body.bill,
        body.benefit,
        body.sharing,
        body.state,
        body.own_current_before_fen + body.own_carried_before_fen,
        tuple(payments),
        steps,
        record.setting,
        sign=record.sign,
        weak=body.weak,
        further=bool(body.before),
        unfiled=is_unfiled(record.med_type, record.setting),
    )


def _told(record: Record, reason: int) -> int:
    """The reason as it is told: what a bill gave back, its reversal takes again."""
    return TAKEN_AGAIN if reason == GIVEN_BACK and record.kind == REVERSED else reason


def _own_order(steps: Steps) -> bool:
    """Whether the family sets the order, and no floor or bucket may stand in the way of a move."""
    values = {item.key: item.value for step in _ORDER_STEPS for item in steps.get(step, ())}
    held = any(values.get(key) for key in ("ma.retainedBalance", "ma.retainedWageShare"))
    return (values.get("ma.giverOrder"), values.get("ma.sourceBalance"), held) == (
        "CONFIGURED",
        "ALL",
        False,
    )
