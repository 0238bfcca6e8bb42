# SPDX-License-Identifier: Apache-2.0
"""Search over questions, areas, values, documents and remarks: one for pages and program.

Every word of the question must occur, in the words of the law or in those of people
(``plain_words``). A question without spaces is taken apart at words that are known. Where nothing
holds every word, what holds most of them is found and said to be near. A value that an area only
inherits is found when one of the words names the area; otherwise each value is found once, where
it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from gongji.advice.question_words import words_of
from gongji.advice.questions import QUESTIONS
from gongji.advice.questions import question as question_of
from gongji.policy.keys import labels
from gongji.policy.library import PolicyLibrary
from gongji.portal.plain_words import vocabulary, words_for
from gongji.portal.topics import topic_of

HITS_MAX = 30  # of one kind on one page
NEAR_MAX = 5  # questions that are only near
TERMS_MAX = 8
TERM_CHARS_MAX = 100
WEIGHT = 1000  # of a word that a single question holds
WORD_CHARS_MIN = 2  # a single character is no word to look for inside a longer text

_MARKS = re.compile(r"[\s?!,;:，。、；：“”‘’\"'《》【】…~～]+")
_FILLERS = frozenset(
    [
        "怎么",
        "怎样",
        "如何",
        "什么",
        "为什么",
        "吗",
        "呢",
        "么",
        "请问",
        "我",
        "我的",
        "的",
        "了",
        "能",
        "可以",
        "是",
        "how",
        "what",
        "why",
        "can",
        "i",
        "my",
        "the",
        "a",
        "do",
        "does",
        "is",
        "to",
    ]
)
_SUFFIXES = ("市", "省", "区", "县", "州", "盟", "自治区", "自治州", "自治县")


class Hit(NamedTuple):
    """Something found; ``key`` is empty for an area, ``area`` is 0 for a document."""

    area: int
    key: str
    source: str


class Found(NamedTuple):
    """What was found, by kind, cut to HITS_MAX; ``total`` counts all."""

    questions: list[int]  # numbers of questions that people ask
    areas: list[Hit]
    values: list[Hit]
    sources: list[Hit]
    remarks: list[tuple[int, int]]  # area, number of the note in its pack
    total: int
    near: bool = False  # nothing holds every word; these hold some

    @property
    def cut(self) -> bool:
        """Is there more than is shown?"""
        shown = len(self.questions) + len(self.areas) + len(self.values)
        return self.total > shown + len(self.sources) + len(self.remarks)


class _Entry(NamedTuple):
    place: str  # names of the area
    name: str  # what it is called on a page
    text: str
    hit: Hit
    inherited: bool


def fold(text: str) -> str:
    """Full width and case make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


class Index:
    """All that can be found, folded once."""

    def __init__(self, library: PolicyLibrary) -> None:
        self._questions = [
            (
                fold(" ".join((one.zh, one.en, *words_of(one.number)))),
                fold(f"{one.answer_zh} {one.answer_en}"),
                one.number,
            )
            for one in QUESTIONS
        ]
        self._values: list[_Entry] = []
        self._areas: list[_Entry] = []
        self._remarks: list[tuple[str, tuple[int, int]]] = []
        self._sources = [
            (fold(f"{one.id} {one.title} {one.number}"), Hit(0, "", one.id))
            for one in library.sources.values()
        ]
        words = {fold(word) for word in vocabulary()}
        texts: dict[str, str] = {}
        for area in library.areas():
            pack = library.pack(area)
            place = fold(f"{pack.name_zh} {pack.name_en} {area}")
            words.update(_short_names(pack.name_zh))
            self._areas.append(_Entry(place, place, place, Hit(area, "", ""), False))
            for key in library.keys(area):
                text = texts.get(key) or texts.setdefault(key, _text_of(key))
                own = key in pack.values
                name = fold(" ".join((key, *labels(key))))
                self._values.append(_Entry(place, name, text, Hit(area, key, ""), not own))
            for number, note in enumerate(pack.notes):
                said = f"{pack.name_zh} {note.text} {note.reason} {' '.join(note.claims)}"
                self._remarks.append((fold(said), (area, number)))
        self._words = frozenset(word for word in words if len(word) >= WORD_CHARS_MIN)
        self._longest = max(map(len, self._words))
        self._all = " ".join(
            {
                *texts.values(),
                *(entry.text for entry in self._areas),
                *(text for text, _ in self._sources),
                *(text for text, _ in self._remarks),
                *(f"{asked} {answer}" for asked, answer, _ in self._questions),
            }
        )

    def find(self, question: str) -> Found:
        """What matches every word of the question, else what is near; nothing for an empty one."""
        terms = self._terms(question)
        if not terms:
            return Found([], [], [], [], [], 0)
        found = self._strict(terms)
        return found if found.total or len(terms) == 1 else self._near(terms)

    def _terms(self, question: str) -> list[str]:
        """The words to look for: as written where they occur, else the known ones inside."""
        written = [one[:TERM_CHARS_MAX] for one in _MARKS.split(fold(question)) if one]
        asked = [one for one in written if one not in _FILLERS] or written
        terms: list[str] = []
        for term in asked:
            terms += [term] if term in self._all else (self._inside(term) or [term])
        return list(dict.fromkeys(terms))[:TERMS_MAX]

    def _inside(self, term: str) -> list[str]:
        """Known words in a text without spaces, the longest first at each place."""
        found: list[str] = []
        place = 0
        while place < len(term):
            longest = min(self._longest, len(term) - place)
            for size in range(longest, WORD_CHARS_MIN - 1, -1):
                if term[place : place + size] in self._words:
                    found.append(term[place : place + size])
                    place += size
                    break
            else:
                place += 1
        return found

    def _strict(self, terms: list[str]) -> Found:
        # A question that says the words comes before one whose answer does.
        asked = [number for text, _, number in self._questions if _all(terms, text)]
        questions = asked + [
            number
            for text, answer, number in self._questions
            if number not in asked and _all(terms, f"{text} {answer}")
        ]
        areas = [entry.hit for entry in self._areas if _all(terms, entry.text)]
        named = [term for term in terms if any(term in entry.text for entry in self._areas)]
        rest = [term for term in terms if term not in named]
        fitting = [entry for entry in self._values if _fits(entry, terms, named, rest)]
        # What is called so comes first, then what the question found rests on most.
        first = {_main_key(number) for number in asked}
        fitting.sort(
            key=lambda entry: (not _all(rest or terms, entry.name), entry.hit.key not in first)
        )
        values = [entry.hit for entry in fitting]
        sources = [hit for text, hit in self._sources if _all(terms, text)]
        remarks = [place for text, place in self._remarks if _all(terms, text)]
        total = len(questions) + len(areas) + len(values) + len(sources) + len(remarks)
        cut = HITS_MAX
        return Found(
            questions[:cut], areas[:cut], values[:cut], sources[:cut], remarks[:cut], total
        )

    def _near(self, terms: list[str]) -> Found:
        """Questions, or else values, that hold most of the words."""
        # A word that few questions hold says more than one that many hold.
        held = [[term in text for term in terms] for text, _, _ in self._questions]
        holders = [sum(column) for column in zip(*held, strict=True)]
        scored = [
            (sum(WEIGHT // count for has, count in zip(row, holders, strict=True) if has), number)
            for row, (_, _, number) in zip(held, self._questions, strict=True)
        ]
        ranked = sorted(scored, key=lambda one: (-one[0], one[1]))
        questions = [number for score, number in ranked if score][:NEAR_MAX]
        if questions:
            return Found(questions, [], [], [], [], len(questions), near=True)
        counts = [(_count(terms, entry.text), entry) for entry in self._values]
        most = max((count for count, entry in counts if not entry.inherited), default=0)
        values = [entry.hit for count, entry in counts if count == most > 0 and not entry.inherited]
        return Found([], [], values[:HITS_MAX], [], [], len(values), near=bool(values))


def _main_key(number: int) -> str:
    keys = question_of(number).keys
    return keys[0] if keys else ""


def _text_of(key: str) -> str:
    topic = topic_of(key)
    return fold(" ".join((key, *labels(key), topic.zh, topic.en, *words_for(key))))


def _short_names(name: str) -> set[str]:
    """An area by its name, and without what it is."""
    found = {fold(name)}
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            found.add(fold(name.removesuffix(suffix)))
    return found


def _fits(entry: _Entry, terms: list[str], named: list[str], rest: list[str]) -> bool:
    if rest and named and _all(named, entry.place):
        return _all(rest, entry.text)
    return not entry.inherited and _all(terms, entry.text)


def _all(terms: Iterable[str], text: str) -> bool:
    return all(term in text for term in terms)


def _count(terms: Iterable[str], text: str) -> int:
    return sum(term in text for term in terms)
