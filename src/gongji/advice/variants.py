# SPDX-License-Identifier: Apache-2.0
"""What if: the same family with one thing changed, side by side, with the differences in fen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gongji.advice.family import Answer, Family, Relative, Variant
from gongji.advice.paying import what_would_we_pay
from gongji.kernel.benefit import PHARMACY
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import ORDER_CONFIGURED
from gongji.policy.library import PolicyLibrary
from gongji.policy.provenance import USED

ONE_MORE_FEN = 2_000_00  # what the relative who might be bound besides holds
LEVEL_WORDS = {
    0: ("未定级机构", "an unrated institution"),
    1: ("一级机构", "a level 1 institution"),
    2: ("二级机构", "a level 2 institution"),
    3: ("三级机构", "a level 3 institution"),
}


@dataclass(frozen=True, slots=True)
class OtherLevel:
    """The same bill at an institution of another level."""

    level: int


@dataclass(frozen=True, slots=True)
class OtherOrder:
    """Relatives in another order: their places (from 0) in the order wanted."""

    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OneMore:
    """One more relative, last in the family's order."""

    relative: Relative


@dataclass(frozen=True, slots=True)
class OneLess:
    """Without the relative at a place (from 0)."""

    place: int


@dataclass(frozen=True, slots=True)
class NextRules:
    """The same bill on the day on which a rule that matters for it changes next."""


@dataclass(frozen=True, slots=True)
class WithPrescription:
    """The same purchase on a prescription of a designated institution."""


Change = OtherLevel | OtherOrder | OneMore | OneLess | NextRules | WithPrescription


def what_if(
    library: PolicyLibrary,
    family: Family,
    changes: Sequence[Change] | None = None,
    known_on: dt.date | None = None,
) -> tuple[Answer, tuple[Variant, ...]]:
    """The answer and its variants; None = every change that makes sense for this family.

    A change of the rules that is not known yet has no variant. Raises ValueError for an order
    that is none of these relatives' or a place that does not exist.
    """
    base = what_would_we_pay(library, family, known_on)
    wanted = sensible(base) if changes is None else changes
    found = []
    for change in wanted:
        variant = _variant(library, base, change, known_on)
        if variant is not None:
            found.append(variant)
    return base, tuple(found)


def sensible(base: Answer) -> tuple[Change, ...]:
    """Other levels, a prescription, the order turned round, without each who paid, next rules."""
    family = base.family
    changes: list[Change] = []
    if family.setting != PHARMACY:
        changes += [OtherLevel(level) for level in (1, 2, 3) if level != max(family.level, 1)]
    if base.benefit is not None and base.benefit.unfunded_fen:
        changes.append(WithPrescription())
    if len(family.relatives) > 1 and base.order == ORDER_CONFIGURED:
        changes.append(OtherOrder(tuple(reversed(range(len(family.relatives))))))
    changes += [OneLess(gave.place) for gave in base.gave if gave.paid_fen]
    return (*changes, NextRules())


def one_more(base: Answer, label: str) -> OneMore:
    """One more child bound at the patient's place, with ONE_MORE_FEN, under a label."""
    return OneMore(Relative(label, "CHILD", base.family.area, ONE_MORE_FEN))


def _variant(
    library: PolicyLibrary, base: Answer, change: Change, known_on: dt.date | None
) -> Variant | None:
    if isinstance(change, NextRules):
        return _next_rules(library, base, known_on)
    family, kind, zh, en = _changed(base.family, change)
    return _beside(base, what_would_we_pay(library, family, known_on), kind, zh, en)


def _changed(family: Family, change: Change) -> tuple[Family, str, str, str]:
    """The family with the change, and the change in words."""
    relatives = family.relatives
    if isinstance(change, OtherLevel):
        zh, en = LEVEL_WORDS.get(change.level, ("", ""))
        return replace(family, level=change.level), "level", f"改在{zh}就医", f"at {en}"
    if isinstance(change, OtherOrder):
        if sorted(change.places) != list(range(len(relatives))):
            raise ValueError("an order names every relative once")
        turned = tuple(relatives[place] for place in change.places)
        names = [one.label for one in turned]
        zh, en = f"次序改为{'、'.join(names)}", f"in the order {', '.join(names)}"
        return replace(family, relatives=turned), "order", zh, en
    if isinstance(change, WithPrescription):
        return replace(family, prescribed=True), "prescription", "凭处方购药", "on a prescription"
    if isinstance(change, OneMore):
        more = (*relatives, change.relative)
        label = change.relative.label
        return replace(family, relatives=more), "more", f"多绑定{label}", f"with {label} bound"
    if isinstance(change, OneLess):
        if not 0 <= change.place < len(relatives):
            raise ValueError("there is no relative at that place")
        label = relatives[change.place].label
        less = relatives[: change.place] + relatives[change.place + 1 :]
        return replace(family, relatives=less), "less", f"不绑定{label}", f"without {label}"
    raise ValueError(f"no such change: {change!r}")


def _next_rules(library: PolicyLibrary, base: Answer, known_on: dt.date | None) -> Variant | None:
    family = base.family
    try:
        days = library.dates(library.home(family.area))
    except Refusal:  # a place without a pack has no next rules
        return None
    for day in days:
        if day <= family.date:
            continue
        later = what_would_we_pay(library, replace(family, date=day), known_on)
        if _rules_of(later) != _rules_of(base):
            zh, en = f"{day} 起的新规定", f"under the rules from {day}"
            return _beside(base, later, "rules", zh, en)
    return None


def _rules_of(answer: Answer) -> frozenset[tuple[str, str, object]]:
    """The values that an answer rests on; a refusal has its key instead."""
    if answer.refusal is not None:
        return frozenset({("refusal", answer.refusal.key, answer.refusal.code)})
    items = ((step, item) for step, found in answer.steps.items() for item in found)
    return frozenset((step, i.key, i.value) for step, i in items if i.status == USED)


def _beside(base: Answer, other: Answer, kind: str, zh: str, en: str) -> Variant:
    return Variant(
        kind,
        zh,
        en,
        other,
        other.fund_fen - base.fund_fen,
        other.own_fen - base.own_fen,
        other.relatives_fen - base.relatives_fen,
        other.cash_fen - base.cash_fen,
    )
