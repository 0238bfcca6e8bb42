# SPDX-License-Identifier: Apache-2.0
"""Nodes of replies as prepared JSON text: names and separators joined once, values filled in.

Settlements are answered many thousand times a second; building objects for the encoder costs
more than the text itself. Values arrive as JSON text, quoted where they are text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from gongji.gateway.schema import TRANSACTIONS

NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    (infno, node): tuple(f.name for f in nodes.fields)
    for infno, transaction in TRANSACTIONS.items()
    for node, nodes in transaction.outputs.items()
}


class Template(NamedTuple):
    """A node as JSON text: what stands before, between and behind the places, and what fills
    these, picked out of the texts of all members."""

    parts: list[str]
    pick: Callable[[Any], Any]

    def filled(self, texts: tuple[str, ...]) -> str:
        """The node with its values."""
        parts = self.parts.copy()
        parts[1::2] = self.pick(texts)
        return "".join(parts)


def template(
    infno: str,
    node: str,
    members: tuple[str, ...],
    last: Sequence[tuple[str, str]] = (),
    constants: Mapping[str, str] = MappingProxyType({}),
) -> Template:
    """The template of a node for texts in the order of ``members``.

    ``last`` are members that come at the end, once each, with the names they are written under;
    ``constants`` are texts of members that never change, others are null.
    """
    moved = dict(last)
    listed = [(name, name) for name in NAMES[infno, node] if name not in moved]
    places: list[int] = []
    parts: list[str] = []
    text = "{"
    for name, written in (*listed, *last):
        text += f'{"" if text == "{" else ","}"{written}":'
        if name in members:
            places.append(members.index(name))
            parts += [text, ""]
            text = ""
        else:
            text += constants.get(name, "null")
    return Template([*parts, f"{text}}}"], itemgetter(*places))
