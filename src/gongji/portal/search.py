# SPDX-License-Identifier: Apache-2.0
"""Search over names of areas, names and keys of values, documents and remarks, in memory.

Every word of the question must occur. A value that an area only inherits is found when one of
the words names the area; otherwise each value is found once, where it is written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from gongji.policy.keys import labels
from gongji.policy.library import PolicyLibrary
from gongji.portal.topics import topic_of

HITS_MAX = 30  # of one kind on one page
TERMS_MAX = 8


class Hit(NamedTuple):
    """Something found; ``key`` is empty for an area, ``area`` is 0 for a document."""

    area: int
    key: str
    source: str


class Found(NamedTuple):
    """What was found, by kind, cut to HITS_MAX; ``total`` counts all."""

    areas: list[Hit]
    values: list[Hit]
    sources: list[Hit]
    remarks: list[tuple[int, int]]  # area, number of the note in its pack
    total: int

    @property
    def cut(self) -> bool:
        """Is there more than is shown?"""
        shown = len(self.areas) + len(self.values) + len(self.sources) + len(self.remarks)
        return self.total > shown


class _Entry(NamedTuple):
    place: str  # names of the area
    text: str
    hit: Hit
    inherited: bool


def fold(text: str) -> str:
    """Full width and case make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


class Index:
    """All that can be found, folded once."""

    def __init__(self, library: PolicyLibrary) -> None:
        self._values: list[_Entry] = []
        self._areas: list[_Entry] = []
        self._remarks: list[tuple[str, tuple[int, int]]] = []
        self._sources = [
            (fold(f"{one.id} {one.title} {one.number}"), Hit(0, "", one.id))
            for one in library.sources.values()
        ]
        for area in library.areas():
            pack = library.pack(area)
            place = fold(f"{pack.name_zh} {pack.name_en} {area}")
            self._areas.append(_Entry(place, place, Hit(area, "", ""), False))
            for key in library.keys(area):
                topic = topic_of(key)
                own = key in pack.values
                text = fold(f"{key} {' '.join(labels(key))} {topic.zh} {topic.en}")
                self._values.append(_Entry(place, text, Hit(area, key, ""), not own))
            for number, note in enumerate(pack.notes):
                words = f"{pack.name_zh} {note.text} {note.reason} {' '.join(note.claims)}"
                self._remarks.append((fold(words), (area, number)))

    def find(self, question: str) -> Found:
        """What matches every word of the question; nothing for an empty one."""
        terms = fold(question).split()[:TERMS_MAX]
        if not terms:
            return Found([], [], [], [], 0)
        areas = [entry.hit for entry in self._areas if _all(terms, entry.text)]
        named = [term for term in terms if any(term in entry.text for entry in self._areas)]
        rest = [term for term in terms if term not in named]
        values = [entry.hit for entry in self._values if _fits(entry, terms, named, rest)]
        sources = [hit for text, hit in self._sources if _all(terms, text)]
        remarks = [place for text, place in self._remarks if _all(terms, text)]
        total = len(areas) + len(values) + len(sources) + len(remarks)
        cut = HITS_MAX
        return Found(areas[:cut], values[:cut], sources[:cut], remarks[:cut], total)


def _fits(entry: _Entry, terms: list[str], named: list[str], rest: list[str]) -> bool:
    if rest and named and _all(named, entry.place):
        return _all(rest, entry.text)
    return not entry.inherited and _all(terms, entry.text)


def _all(terms: Iterable[str], text: str) -> bool:
    return all(term in text for term in terms)
