# SPDX-License-Identifier: Apache-2.0
"""The explanation of a split as a page shows it: each step with links to the values behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gongji.advice.explain import explain
from gongji.advice.family import Answer, Gap
from gongji.policy import errors
from gongji.policy.keys import labels
from gongji.policy.provenance import Provenance
from gongji.portal.charts import NUMBERS
from gongji.portal.look import Look
from gongji.portal.shelf import When

GIVER = "giver_"
# What the library says of a value, in the words of this page; its own words are for an agency.
_OPEN: dict[int, tuple[str, str]] = {
    errors.VALUE_MISSING: (
        "“{}”：这一天的规定没有找到。",
        "“{}”: no rule was found for that day.",
    ),
    errors.VALUE_NOT_CONFIRMED: (
        "“{}”：有这条规定，数字还没有确认。",
        "“{}”: there is such a rule, its figure is not confirmed.",
    ),
    errors.NOT_SETTLED_HERE: (
        "“{}”：这类费用另有规定，这里还不能算。",
        "“{}”: such care has a rule of its own that is not settled here.",
    ),
    errors.EFFECTIVE_DATE_UNKNOWN: (
        "“{}”：不知道从哪天起施行。",
        "“{}”: the day from which it holds is not known.",
    ),
}
_DRAFT = ("这个地区的规定还在收集，现在不能用。", "The rules of this place are still collected.")


class Source(NamedTuple):
    """One value behind a step, in a sentence, and the page that shows it."""

    text: str
    address: str


class Step(NamedTuple):
    """One step; ``number`` marks a relative, ``amount_fen`` is None where there is no sum."""

    text: str
    amount_fen: int | None
    number: str
    sources: list[Source]

    @property
    def nothing(self) -> bool:
        """Is this a step of zero? It is shown all the same, only quieter."""
        return self.amount_fen == 0 and not self.number


def steps_of(answer: Answer, when: When, look: Look) -> list[Step]:
    """The whole way from the bill to the cash."""
    items = [item for found in answer.steps.values() for item in found]
    addresses = {item.sentence(look.lang): address_of(item, when) for item in items}
    steps = []
    for told in explain(answer, look.lang):
        number = told.step.removeprefix(GIVER) if told.step.startswith(GIVER) else ""
        sign = NUMBERS[int(number) - 1] if number else ""
        sources = [Source(text, addresses.get(text, "")) for text in told.sources]
        steps.append(Step(told.text, told.amount_fen, sign, sources))
    return steps


def sources_of(items: Iterable[Provenance], when: When, look: Look) -> list[Source]:
    """Values used, each once."""
    found = {item.sentence(look.lang): address_of(item, when) for item in items}
    return [Source(text, address) for text, address in found.items()]


def address_of(item: Provenance, when: When) -> str:
    """The page of a value that was used."""
    return f"/policy/{item.area}/v/{item.key}{when.query()}" if item.source else ""


def gap_text(gap: Gap, look: Look) -> str:
    """What is not confirmed, without codes and without the language of settlement.

    Only what the library itself says is put into other words: it names its key in brackets.
    """
    if gap.code == errors.AREA_IS_DRAFT:
        return look.pick(_DRAFT)
    if gap.key and gap.code in _OPEN and f"（{gap.key}）" in gap.zh:
        return look.pick(_OPEN[gap.code]).format(look.pick(labels(gap.key)))
    return look.pick((gap.zh, gap.en))
