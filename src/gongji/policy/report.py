# SPDX-License-Identifier: Apache-2.0
"""The state of the packs on a day: confidence, staleness, missing dates, ends to come, claims.

The report says what a keeper of the packs must look at next. It is made from the packs alone and
reads the same for everybody who has the same packs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gongji.policy.claims import Standing, read_claims, standing
from gongji.policy.coverage import PRODUCT_GRADE, Line, matrix
from gongji.policy.errors import PackFault
from gongji.policy.library import DECIDES_MONEY, PACKS, PolicyLibrary, governing
from gongji.policy.lint import STALE_DAYS_MAX
from gongji.policy.premium_sums import Published, published_totals
from gongji.policy.reading import read_shelf
from gongji.policy.records import Note, Pack, Source, Value

ENDS_SOON_DAYS = 180  # an end of validity nearer than this is announced


class AreaState(NamedTuple):
    """One area: what its own values in force on the day rest on."""

    pack: Pack
    confidences: Counter[str]
    product: int  # of them decided by this product, not by a document
    undated: int
    stale: int
    ending: int


class Rejected(NamedTuple):
    """A claim that contradicts the packs, from the notes of an area."""

    pack: Pack
    note: Note


class Report(NamedTuple):
    """Everything the report shows."""

    on: dt.date
    areas: tuple[AreaState, ...]
    coverage: tuple[Line, ...]
    stale: tuple[Value, ...]
    undated: tuple[Value, ...]
    ending: tuple[Value, ...]
    totals: tuple[Published, ...]  # published totals that their parts do not give
    claims: tuple[Standing, ...]
    rejected: tuple[Rejected, ...]
    packs: dict[int, Pack]
    sources: dict[str, Source]


def build(root: Path | None, on: dt.date) -> Report:
    """The report of a folder of packs (None: those shipped); raises PackFault."""
    base = root or PACKS
    shelf = read_shelf(base)
    claims, faults = read_claims(base)
    for fault in (*shelf.faults, *faults):
        raise PackFault(fault.file, fault.line, f"{fault.key} {fault.text}".strip())
    library = PolicyLibrary(shelf.packs, shelf.sources, DECIDES_MONEY)
    packs = dict(sorted(shelf.packs.items()))
    held = {area: list(_in_force(pack, on)) for area, pack in packs.items()}
    everything = [record for records in held.values() for record in records]
    return Report(
        on=on,
        areas=tuple(_state(pack, held[area], shelf.sources, on) for area, pack in packs.items()),
        coverage=matrix(library, on),
        stale=tuple(record for record in everything if is_stale(record, on)),
        undated=tuple(record for record in everything if record.from_date is None),
        ending=tuple(sorted((r for r in everything if ends_soon(r, on)), key=_end)),
        totals=tuple(item for item in published_totals(shelf) if not item.adds_up),
        claims=tuple(standing(claim, library, on) for claim in claims),
        rejected=tuple(
            Rejected(pack, note)
            for pack in packs.values()
            for note in pack.notes
            if note.kind == "rejected"
        ),
        packs=packs,
        sources=shelf.sources,
    )


def _in_force(pack: Pack, on: dt.date) -> Iterator[Value]:
    """The area's own records that govern on the day, in order of key; undated ones included."""
    for _, records in sorted(pack.values.items()):
        record = governing(records, on, None)
        if record is not None:
            yield record


def is_stale(record: Value, on: dt.date) -> bool:
    """Not compared with its document for longer than lint allows."""
    return (on - record.checked).days > STALE_DAYS_MAX


def ends_soon(record: Value, on: dt.date) -> bool:
    """Ends within the days that the report announces."""
    return record.until is not None and (record.until - on).days <= ENDS_SOON_DAYS


def _end(record: Value) -> tuple[dt.date, int, str]:
    return record.until or dt.date.max, record.area, record.key


def _state(pack: Pack, records: list[Value], sources: dict[str, Source], on: dt.date) -> AreaState:
    graded = [sources[record.source].grade for record in records if record.source in sources]
    return AreaState(
        pack=pack,
        confidences=Counter(record.confidence for record in records),
        product=graded.count(PRODUCT_GRADE),
        undated=sum(record.from_date is None for record in records),
        stale=sum(is_stale(record, on) for record in records),
        ending=sum(ends_soon(record, on) for record in records),
    )
