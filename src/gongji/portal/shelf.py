# SPDX-License-Identifier: Apache-2.0
"""What a page of the library shows, already in words: values, their history, what is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from gongji.policy import errors
from gongji.policy.key_spec import KeySpec
from gongji.policy.keys import (
    KEYS,
    LEVELS,
    SCHEMES,
    STATUSES,
    expansions,
    labels,
    needed_keys,
    spec_of,
)
from gongji.policy.library import PolicyLibrary, governing
from gongji.policy.records import ACTIVE, Note, Source, Value
from gongji.portal.look import Look
from gongji.portal.topics import TOPICS, Topic, topic_of
from gongji.portal.words import CONFIDENCE, GRADE, PARTS, SINCE, STATE, USE, Sure

NATION = 100_000
LONG_TEXT = 16  # characters from which a value is set as text and not as a figure


class When(NamedTuple):
    """The two days of a question: of service, and of belief (None: now)."""

    on: dt.date
    known: dt.date | None
    asked: bool  # is any of both in the address?

    def query(self, **more: str) -> str:
        """The end of an address that asks for the same days; empty when none was asked for."""
        fields = dict(more)
        if self.asked:
            fields["on"] = str(self.on)
        if self.known is not None:
            fields["known"] = str(self.known)
        return "?" + urlencode(fields) if fields else ""


class Cell(NamedTuple):
    """One value on a page of many."""

    key: str
    label: str
    part: str  # what tells it from its neighbours: level, status, year
    shown: str
    long: bool
    address: str
    decides: bool
    sure: Sure
    area_name: str  # where it is written, when that is not the area asked about
    product: bool
    since: str


class Slot(NamedTuple):
    """One question of a chapter: the keys that may answer it, the fullest first."""

    spec: KeySpec
    keys: tuple[str, ...]
    parts: list[str]


class Family(NamedTuple):
    """Values that differ by level, status or year alone."""

    label: str
    cells: list[Cell]


class Remark(NamedTuple):
    """A claim that was not taken over, or an open question."""

    kind: str
    text: str
    reason: str
    claims: str
    sources: list[Source]
    area_name: str


class Stage(NamedTuple):
    """One record in the history of a value."""

    since: str
    since_date: str
    until: str
    shown: str
    state: str  # now, past, later, above, unknown
    state_word: str
    sure: Sure
    decides: bool
    area_name: str
    known_from: str
    source: Source | None
    source_id: str
    article: str
    published: str
    checked: str
    note: str


class Gap(NamedTuple):
    """A value that a scheme needs and that may not decide money."""

    label: str
    reason: str
    address: str


def name_of(library: PolicyLibrary, area: int, look: Look) -> str:
    """The name of an area."""
    pack = library.pack(area)
    return look.pick((pack.name_zh, pack.name_en))


def label_of(key: str, look: Look) -> str:
    """The name of a key."""
    return look.pick(labels(key))


def shown_of(record: Value, look: Look) -> str:
    """The value in words."""
    if record.written is None:
        return look.pick(("未确认", "not confirmed"))
    if record.unit == "yes_no" and record.key.startswith("ma.use."):
        return look.pick(USE[record.integer()])
    return record.shown(look.lang)


def value_address(area: int, key: str, when: When) -> str:
    """Where a value is shown."""
    return f"/policy/{area}/v/{key}{when.query()}"


def cell(
    library: PolicyLibrary, area: int, record: Value, when: When, look: Look, part: str = ""
) -> Cell:
    """A record that holds in an area, as a page of many shows it."""
    source = library.sources.get(record.source)
    shown = shown_of(record, look)
    return Cell(
        record.key,
        label_of(record.key, look),
        part,
        shown,
        len(shown) > LONG_TEXT,
        value_address(area, record.key, when),
        library.accepted(record),
        CONFIDENCE[record.confidence],
        "" if record.area == library.home(area) else name_of(library, record.area, look),
        source is not None and source.grade == "P",
        since(record, look),
    )


def asked(
    library: PolicyLibrary, area: int, keys: Iterable[str], when: When, look: Look
) -> list[Cell]:
    """Values in force among single keys."""
    found = []
    for key in keys:
        record = library.value(area, key, when.on, known_on=when.known)
        if record is not None:
            found.append(cell(library, area, record, when, look))
    return found


def slots_of(library: PolicyLibrary, areas: Sequence[int], topic: Topic) -> list[Slot]:
    """What can be asked of a chapter in some areas, in the order of the register."""
    keys = {key for area in areas for key in library.keys(area) if topic_of(key) is topic}
    found: list[Slot] = []
    for spec in KEYS:
        mine = sorted(key for key in keys if spec_of(key) is spec)
        if not mine:
            continue
        if "[.{S}]" not in spec.pattern and "[.{L}]" not in spec.pattern:
            found += [Slot(spec, (key,), key.split(".")) for key in mine]
            continue
        parts = {part for key in mine for part in key.split(".")}
        levels = [one for one in LEVELS if one in parts] or [""]
        if "[.{L}]" in spec.pattern and levels != [""]:
            levels = list(LEVELS)
        statuses = list(STATUSES) if parts.intersection(STATUSES) else [""]
        found += [
            Slot(spec, expansions(spec.pattern, level, status), [level, status])
            for level in levels
            for status in statuses
        ]
    return found


def part_of(slot: Slot, look: Look) -> str:
    """What tells a slot from its neighbours, in words."""
    return " ".join(look.pick(PARTS[one]) for one in slot.parts if one in PARTS)


def families(
    library: PolicyLibrary, area: int, topic: Topic, when: When, look: Look
) -> list[Family]:
    """Values of a chapter, those of one pattern together; what differs in nothing stands once."""
    by_pattern: dict[str, Family] = {}
    last: Value | None = None
    for slot in slots_of(library, (area,), topic):
        record = library.find(area, slot.keys, when.on, known_on=when.known)
        if record is None:
            continue
        label = look.pick((slot.spec.zh, slot.spec.en))
        family = by_pattern.setdefault(slot.spec.pattern, Family(label, []))
        part = part_of(slot, look)
        if last is record:  # one record serves both: name what it is
            part = " ".join(look.pick(PARTS[one]) for one in record.key.split(".") if one in PARTS)
            family.cells[-1] = family.cells[-1]._replace(part=part)
            continue
        last = record
        if not part:
            part = label_of(record.key, look).removeprefix(label).strip()
        family.cells.append(cell(library, area, record, when, look, part))
    return list(by_pattern.values())


def chapters(library: PolicyLibrary, area: int) -> list[tuple[Topic, int]]:
    """Chapters that are not empty, with the number of their values."""
    counts: dict[str, int] = {}
    for key in library.keys(area):
        slug = topic_of(key).slug
        counts[slug] = counts.get(slug, 0) + 1
    return [(topic, counts[topic.slug]) for topic in TOPICS if counts.get(topic.slug)]


def since(record: Value, look: Look) -> str:
    """From when a record holds, and how surely the day is known."""
    if record.from_date is None:
        return look.pick(SINCE["unknown"])
    return look.pick(SINCE[record.from_kind]).format(day=record.from_date)


def stages(
    library: PolicyLibrary, area: int, key: str, when: When, look: Look
) -> tuple[Stage, ...]:
    """Every record of a key from the area up to the nation, the newest first."""
    rules = library.value(area, key, when.on, known_on=when.known)
    found = [
        (record, _state(library, area, record, rules, when))
        for record in library.records(area, key)
    ]
    found.sort(key=lambda pair: (pair[0].from_date or dt.date.min, pair[0].known_from))
    return tuple(_stage(library, record, state, look) for record, state in reversed(found))


def _state(
    library: PolicyLibrary, area: int, record: Value, rules: Value | None, when: When
) -> str:
    if record is rules:
        return "now"
    if when.known is not None and record.known_from > when.known:
        return "unknown"
    if record.from_date is None:
        return "undated"
    if record.from_date > when.on:
        return "later"
    if record.until is not None and record.until < when.on:
        return "past"
    siblings = [one for one in library.records(area, record.key) if one.area == record.area]
    if governing(siblings, when.on, when.known) is record:
        return "above"
    return "replaced"


def _stage(library: PolicyLibrary, record: Value, state: str, look: Look) -> Stage:
    return Stage(
        since(record, look),
        str(record.from_date or ""),
        str(record.until or ""),
        shown_of(record, look),
        state,
        look.pick(STATE[state]),
        CONFIDENCE[record.confidence],
        library.accepted(record),
        name_of(library, record.area, look),
        str(record.known_from),
        library.sources.get(record.source),
        record.source,
        record.article,
        look.pick(("不明", "unknown")) if record.published == "unknown" else record.published,
        str(record.checked),
        record.note,
    )


def remark(library: PolicyLibrary, area: int, note: Note, look: Look) -> Remark:
    """A note of a pack in the words of a page."""
    sources = [library.sources[one] for one in note.sources if one in library.sources]
    name = name_of(library, area, look)
    return Remark(note.kind, note.text, note.reason, ", ".join(note.claims), sources, name)


def remarks(library: PolicyLibrary, area: int, look: Look, key: str = "") -> list[Remark]:
    """Notes of an area and those above it, or only those about one key."""
    found = []
    for code in library.path(area):
        for note in library.pack(code).notes:
            if not key or any(key == one or key.startswith(f"{one}.") for one in note.keys):
                found.append(remark(library, code, note, look))
    return found


def gaps(library: PolicyLibrary, area: int, when: When, look: Look) -> list[Gap]:
    """What the schemes need and what may not decide money on the day, each once."""
    found: dict[str, Gap] = {}
    for scheme in SCHEMES:
        for keys in needed_keys(scheme):
            record = library.find(area, keys, when.on, known_on=when.known)
            if record is not None and library.accepted(record):
                continue
            gap = library.gap(area, keys[0], errors.day(when.on), record)
            address = value_address(area, gap.key, when)
            reason = look.pick((gap.zh, gap.en))
            found.setdefault(gap.key, Gap(label_of(gap.key, look), reason, address))
    return list(found.values())


class Coverage(NamedTuple):
    """How much of what the schemes need is confirmed in an area on a day."""

    area: int
    name: str
    level: int  # 0 the nation, 1 a province, 2 a city
    active: bool
    values: int  # written in its own pack
    needed: int
    confirmed: int

    @property
    def hundredths(self) -> int:
        """Confirmed of needed, whole percent, rounded down."""
        return self.confirmed * 100 // self.needed if self.needed else 0


def coverage(library: PolicyLibrary, on: dt.date, look: Look) -> list[Coverage]:
    """All areas, each city behind its province."""
    found = []
    wanted = [keys for scheme in SCHEMES for keys in needed_keys(scheme)]
    for area in sorted(library.areas(), key=lambda code: _place(library, code)):
        records = [library.find(area, keys, on) for keys in wanted]
        confirmed = sum(1 for one in records if one is not None and library.accepted(one))
        pack = library.pack(area)
        own = sum(len(records) for records in pack.values.values())
        level = len(library.path(area)) - 1
        name = name_of(library, area, look)
        active = pack.status == ACTIVE
        found.append(Coverage(area, name, level, active, own, len(wanted), confirmed))
    return found


def _place(library: PolicyLibrary, area: int) -> tuple[int, ...]:
    return tuple(reversed(library.path(area)))


def grade_of(source: Source, look: Look) -> str:
    """What a grade stands for."""
    return look.pick(GRADE.get(source.grade, (source.grade, source.grade)))
