# SPDX-License-Identifier: Apache-2.0
"""The matrix of coverage: for each area and group of values, the best confidence on a day.

It is made from the packs, never written by hand. Product decisions do not count: they are no
document. The nation's values count only where neither the area nor its province says anything,
and a cell tells so: what a city merely inherits is not taken for knowledge about the city.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from gongji.policy.library import PolicyLibrary, governing
from gongji.policy.records import CONFIDENCES, Value

PRODUCT_GRADE = "P"


class Group(NamedTuple):
    """A column: its names and the beginnings of the keys that it holds."""

    id: str
    zh: str
    en: str
    keys: tuple[str, ...]


GROUPS = (
    Group("credit", "个账划入", "PA credit", ("pa.credit",)),
    Group("relations", "共济亲属", "relations", ("ma.relations",)),
    Group("members", "人数上限", "cap of recipients", ("ma.maxRecipientsPerGiver",)),
    Group("retained", "保留余额", "retained balance", ("ma.retained",)),
    Group("area", "地域范围", "area", ("ma.insuredArea", "ma.treatmentArea")),
    Group("order", "扣款次序", "order", ("ma.giverOrder", "ma.ownMustBeZero")),
    # The uses that the nation's text names; an open word on another use does not hide them.
    Group("uses", "可用范围", "uses",
          ("ma.use.outpatient", "ma.use.inpatient", "ma.use.chronic", "ma.use.pharmacy",
           "ma.use.premiumResident", "ma.eligibleBase")),
    Group("outpatient", "职工门诊", "outpatient",
          ("op.deductible", "op.ratio", "op.annualCap", "op.perVisitCap", "op.pharmacyRatio")),
    Group("inpatient", "职工住院", "inpatient", ("ip.deductible", "ip.ratio", "ip.cap")),
    Group("large", "大额与大病", "large / serious", ("ip.largeAmount.", "res.serious.")),
    Group("residents", "居民待遇", "residents", ("res.op.", "res.ip.", "res.chr.")),
    Group("premium", "居民缴费", "residents' premium", ("res.premium.",)),
    Group("elsewhere", "异地就医", "cross-region", ("xr.",)),
    Group("deadline", "报销期限", "deadline", ("claim.",)),
    Group("waiting", "等待期", "waiting", ("wait.", "flex.wait")),
)  # fmt: skip


class Cell(NamedTuple):
    """The best confidence of a group ("" = nothing is written) and the area that it comes from."""

    confidence: str
    area: int
    key: str


class Line(NamedTuple):
    """One area of the matrix with its cells in the order of ``GROUPS``."""

    area: int
    name_zh: str
    name_en: str
    status: str
    cells: tuple[Cell, ...]


def matrix(library: PolicyLibrary, on: dt.date) -> tuple[Line, ...]:
    """The coverage of every area below the nation on a day."""
    lines = []
    for area in library.areas():
        pack = library.pack(area)
        if pack.parent is not None:
            cells = tuple(_cell(library, area, group, on) for group in GROUPS)
            lines.append(Line(area, pack.name_zh, pack.name_en, pack.status, cells))
    return tuple(lines)


def _cell(library: PolicyLibrary, area: int, group: Group, on: dt.date) -> Cell:
    best: Value | None = None
    for key in library.keys(area):
        if not key.startswith(group.keys):
            continue
        record = library.value(area, key, on)
        if record is None or _is_product(library, record):
            record = _passed_over(library, area, key, on)
        if record is None or _is_product(library, record):
            continue
        if best is None or _rank(library, area, record) < _rank(library, area, best):
            best = record
    return Cell(best.confidence, best.area, best.key) if best else Cell("", area, "")


def _passed_over(library: PolicyLibrary, area: int, key: str, on: dt.date) -> Value | None:
    """The nearest record, also one that leaves the word to a product decision above it."""
    for code in library.path(area):
        found = governing(library.pack(code).values.get(key, ()), on, None)
        if found is not None:
            return found
    return None


def _rank(library: PolicyLibrary, area: int, record: Value) -> tuple[bool, int, int]:
    """What the area or its province says before the nation; then the best confidence; of two
    alike the nearer area."""
    distance = library.path(area).index(record.area)
    inherited = library.pack(record.area).parent is None
    return inherited, CONFIDENCES.index(record.confidence), distance


def _is_product(library: PolicyLibrary, record: Value) -> bool:
    source = library.sources.get(record.source)
    return source is not None and source.grade == PRODUCT_GRADE
