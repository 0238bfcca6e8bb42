# SPDX-License-Identifier: Apache-2.0
"""What would we pay: the form, the split as bar and table, the reasons, and variants beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from gongji.advice.explain import money
from gongji.advice.family import Answer, Gap, Variant
from gongji.advice.paying import what_would_we_pay
from gongji.advice.variants import Change, one_more, sensible, what_if
from gongji.kernel.reasons import withheld_sentence
from gongji.portal import charts
from gongji.portal.common import crumbs, problems_of, status_of, when_of
from gongji.portal.form_pay import RELATIVES_MAX, PayForm
from gongji.portal.given import Given
from gongji.portal.look import Look, desk_of, look_of, page
from gongji.portal.shelf import When
from gongji.portal.telling import gap_text, steps_of
from gongji.portal.words import W


def pay(request: HttpRequest) -> HttpResponse:
    """The form, and the answer once a bill is given."""
    look, library = look_of(request), desk_of(request).library
    given = Given(request.GET)
    when = when_of(request, given)
    form = PayForm(library, given, when, look)
    kin = form.kin()
    context: dict[str, Any] = {
        "patient": form.patient(),
        "visit": form.visit(),
        "more": form.more(),
        "more_open": form.wrong(form.more()),
        "kin": [(one, one.open or form.wrong(one.first + one.more), form.wrong(one.more))
                for one in kin],
        "asked": form.asked,
        "crumbs": crumbs(request, None, when),
        "problems": problems_of(given, look),
        "answer": None,
    }  # fmt: skip
    if form.family is not None:
        base = what_would_we_pay(library, form.family, when.known)
        _, variants = what_if(library, form.family, _changes(base, look), when.known)
        context.update(_result(base, variants, when, look))
    title = look.pick(W["tool_pay"])
    return page(request, "pay.html", context, title=title, here="pay", status=status_of(given))


def _changes(base: Answer, look: Look) -> tuple[Change, ...]:
    """Other levels, orders and rules; one relative less; and one more where there is room."""
    changes = sensible(base)
    if len(base.family.relatives) < RELATIVES_MAX:
        changes = (*changes, one_more(base, look.pick(("一位家人", "another relative"))))
    return changes


def _result(base: Answer, variants: tuple[Variant, ...], when: When, look: Look) -> dict[str, Any]:
    if base.refusal is not None:
        return {
            "answer": base,
            "refused": _gap(base.refusal, base, when, look),
            "variants": [_beside(one, base, look) for one in variants if not one.answer.refusal],
        }
    return {
        "answer": base,
        "withheld": _withheld(base, look),
        "parts": charts.parts_of(base, look),
        "steps": steps_of(base, when, look),
        "gaps": [_gap(one, base, when, look) for one in base.gaps],
        "variants": [_beside(one, base, look) for one in variants],
    }


def _withheld(answer: Answer, look: Look) -> str:
    """Why a part of the cash came from no account; empty where none was kept back."""
    shared = answer.sharing
    if shared is None or not shared.withheld_fen:
        return ""
    amount = money(shared.withheld_fen, look.lang)
    return look.pick(withheld_sentence(shared.withheld_for)).replace("{0}", amount)


def _gap(gap: Gap, answer: Answer, when: When, look: Look) -> dict[str, str]:
    address = ""
    if gap.key:
        address = f"/policy/{answer.family.area}/v/{gap.key}{when.query()}"
    return {"text": gap_text(gap, look), "address": address}


def _beside(one: Variant, base: Answer, look: Look) -> dict[str, Any]:
    other = one.answer
    return {
        "name": look.pick((one.zh, one.en)),
        "refused": gap_text(other.refusal, look) if other.refusal else "",
        "parts": charts.parts_of(other, look),
        "cash_fen": other.cash_fen,
        "more_fen": one.cash_fen if not base.refusal else 0,
        "less_fen": -one.cash_fen if not base.refusal else 0,
        "compared": not base.refusal and not other.refusal,
    }
