# SPDX-License-Identifier: Apache-2.0
"""The money bar: who pays how much of one bill, as widths of a drawing and rows of a table.

One order everywhere: fund, supplements, own account, relatives, cash. Small parts keep a sliver
that can be seen; the largest part gives what the slivers take.
"""

from __future__ import annotations

from typing import NamedTuple

from gongji.advice.family import Answer
from gongji.portal.look import Look
from gongji.portal.words_tools import PAYERS, RELATIVES

WIDTH = 400  # units of the drawing
HEIGHT = 40
SLIVER = 8  # 2 % of the width
FIGURE_WIDTH = 30  # a part at least as wide can hold a number
NUMBERS = "①②③④⑤⑥"


class Part(NamedTuple):
    """One payer of a bill."""

    kind: str  # fund, extra, own, kin, cash: the colour
    number: str  # of a relative
    name: str
    amount_fen: int
    x: int = 0
    width: int = 0

    @property
    def middle(self) -> int:
        """Where a number stands in the drawing."""
        return self.x + self.width // 2

    @property
    def roomy(self) -> bool:
        """Is there room for a number?"""
        return self.width >= FIGURE_WIDTH


def parts_of(answer: Answer, look: Look) -> list[Part]:
    """Everybody who could pay, zero amounts included, with places in the drawing."""
    pooled_fen = answer.benefit.pooled_fen if answer.benefit else 0
    names = {kind: look.pick(pair) for kind, pair in PAYERS.items()}
    parts = [
        Part("fund", "", names["fund"], pooled_fen),
        Part("extra", "", names["extra"], answer.fund_fen - pooled_fen),
        Part("own", "", names["own"], answer.own_fen),
    ]
    for number, gave in zip(NUMBERS, answer.gave, strict=False):
        relation = str(answer.family.relatives[gave.place].relation)
        word = look.pick(RELATIVES[relation])
        name = look.pick((f"{gave.label}（{word}）", f"{gave.label} ({word})"))
        parts.append(Part("kin", number, name, gave.paid_fen))
    parts.append(Part("cash", "", names["cash"], answer.cash_fen))
    return placed(parts)


def placed(parts: list[Part]) -> list[Part]:
    """The parts with their places; widths sum to WIDTH when anything is paid."""
    total_fen = sum(part.amount_fen for part in parts)
    if total_fen <= 0:
        return parts
    widths = [
        max(SLIVER, part.amount_fen * WIDTH // total_fen) if part.amount_fen > 0 else 0
        for part in parts
    ]
    largest = max(range(len(parts)), key=lambda place: widths[place])
    widths[largest] += WIDTH - sum(widths)
    found, x = [], 0
    for part, width in zip(parts, widths, strict=True):
        found.append(part._replace(x=x, width=width))
        x += width
    return found
