# SPDX-License-Identifier: Apache-2.0
"""Fields of forms as templates draw them: label above, hint, and a message at the field."""

from __future__ import annotations

from typing import NamedTuple

from gongji.policy.library import PolicyLibrary
from gongji.policy.records import ACTIVE
from gongji.portal.look import Look

_DRAFT = ("（没收齐）", " (draft)")


class Field(NamedTuple):
    """A field to type in; ``kind`` is date, amount, number or text."""

    name: str
    label: str
    kind: str
    value: str
    hint: str = ""
    error: str = ""


class Option(NamedTuple):
    """One thing to choose."""

    value: str
    label: str
    chosen: bool


class Choice(NamedTuple):
    """A list to choose from, in groups; a group without a name stands by itself."""

    name: str
    label: str
    groups: list[tuple[str, list[Option]]]
    hint: str = ""
    error: str = ""

    @property
    def kind(self) -> str:
        """For the template."""
        return "choice"


def areas_by_province(
    library: PolicyLibrary, look: Look, chosen: str, nothing: str = ""
) -> list[tuple[str, list[Option]]]:
    """All areas, each city under its province; first the choice of none where it has a name."""
    groups: list[tuple[str, list[Option]]] = []
    if nothing:
        groups.append(("", [Option("", nothing, not chosen)]))
    ordered = sorted(library.areas(), key=lambda area: tuple(reversed(library.path(area))))
    for area in ordered:
        pack = library.pack(area)
        name = look.pick((pack.name_zh, pack.name_en))
        mark = "" if pack.status == ACTIVE else look.pick(_DRAFT)
        option = Option(str(area), name + mark, str(area) == chosen)
        if len(library.path(area)) <= 2:
            groups.append((name, [option]))
        else:
            groups[-1][1].append(option)
    return groups
