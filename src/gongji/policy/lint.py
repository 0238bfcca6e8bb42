# SPDX-License-Identifier: Apache-2.0
"""Checks of the packs: shapes, sources, units, dates, arithmetic, copied templates, gaps.

Every finding names file, line and key. The checks look at the files themselves; they never need
a database, and a pack with findings is not loaded by a careful operator.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from jsonschema import Draft202012Validator

from gongji.policy import (
    claims,
    lint_deviating,
    lint_figures,
    lint_floors,
    lint_plausible,
    lint_sources,
    lint_time,
    lint_unread,
    schema,
    yamlpos,
)
from gongji.policy.errors import PackFault
from gongji.policy.keys import spec_of
from gongji.policy.library import PACKS
from gongji.policy.reading import Fault, Shelf, read_shelf
from gongji.policy.records import DECIDED, DECIDES_MONEY, Value
from gongji.policy.relations import RELATIONS

STALE_DAYS_MAX = 400  # a value not checked for longer than this is a finding


def lint(root: Path | None = None, *, today: dt.date) -> list[Fault]:
    """All findings below a folder of packs (None: those shipped), in order of file and line."""
    base = root or PACKS
    shelf = read_shelf(base)
    faults = set(shelf.faults)
    faults.update(_shapes(base, {fault.file for fault in shelf.faults if fault.code == "yaml"}))
    faults.update(_hierarchy(shelf))
    records = [
        value for pack in shelf.packs.values() for rs in pack.values.values() for value in rs
    ]
    for record in records:
        faults.update(_one_record(shelf, record, today))
    faults.update(_notes(shelf))
    faults.update(claims.check(shelf.packs, base))
    if not any(fault.code in {"yaml", "area"} for fault in faults):
        faults.update(lint_time.check(shelf, today))
        faults.update(lint_figures.check(shelf))
        faults.update(lint_floors.check(shelf))
        faults.update(lint_plausible.check(shelf, today))
        faults.update(lint_sources.check(shelf))
        faults.update(lint_unread.check(shelf))
        faults.update(lint_deviating.check(shelf, today))
    return sorted(faults)


def finding(record: Value, code: str, text: str) -> Fault:
    """A finding at a record."""
    return Fault(record.file, record.line, record.key, code, text)


def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema.shapes()["$defs"]})


def _kind(name: str) -> str:
    if "/cases/" in name:
        return "cases"
    if "/" not in name and fnmatch(name, claims.CLAIMS_FILES):
        return "claims"
    kinds = {"sources.yaml": "sources", "index.yaml": "index", "notes.yaml": "notes"}
    return kinds.get(name.rpartition("/")[2], "values")


def _shapes(root: Path, unreadable: set[str]) -> Iterator[Fault]:
    for path in sorted(root.rglob("*.yaml")):
        name = path.relative_to(root).as_posix()
        if name in unreadable:
            continue
        try:
            data, lines = yamlpos.read(path, name)
        except PackFault as fault:
            yield Fault(fault.file, fault.line, "", "yaml", fault.reason)
            continue
        for error in _validator(_kind(name)).iter_errors(_as_json(data)):
            where = tuple(error.absolute_path)
            key = next((str(part) for part in where if "." in str(part)), "")
            yield Fault(name, _line(lines, where), key, "schema", " ".join(error.message.split()))


def _as_json(data: object) -> object:
    if isinstance(data, dict):
        return {key: _as_json(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_as_json(item) for item in data]
    return data.isoformat() if isinstance(data, dt.date) else data


def _line(lines: yamlpos.Lines, where: tuple[str | int, ...]) -> int:
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 1)


def _hierarchy(shelf: Shelf) -> Iterator[Fault]:
    for area, pack in shelf.packs.items():
        name = f"{area}/index.yaml"
        line = shelf.index_lines[area]
        seen: set[int] = set()
        at: int | None = area
        while at is not None:
            if at in seen or at not in shelf.packs:
                yield Fault(name, line, "", "parent", f"no way up from {at} to the nation")
                break
            seen.add(at)
            at = shelf.packs[at].parent
        if pack.parent is None and area != 100000:
            yield Fault(name, line, "", "parent", "only the nation has no parent")


def _one_record(shelf: Shelf, record: Value, today: dt.date) -> Iterator[Fault]:
    spec = spec_of(record.key)
    if spec is None:
        yield finding(record, "unknown-key", "no such key in the register of keys")
        return
    if record.written_unit not in spec.units:
        wanted = " or ".join(spec.units)
        yield finding(record, "unit", f"is written in {record.written_unit}, not in {wanted}")
    if spec.choices and record.value not in (*spec.choices, "unconfirmed"):
        yield finding(record, "choice", f"{record.value} is none of {', '.join(spec.choices)}")
    if record.unit == "relations" and record.confidence != "unconfirmed":
        for name in record.names():
            if name not in RELATIONS:
                yield finding(record, "choice", f"{name} is no relation")
    if record.source not in shelf.sources:
        yield finding(record, "source", f"{record.source} is not in sources.yaml")
    if (today - record.checked).days > STALE_DAYS_MAX:
        yield finding(
            record, "stale", f"last checked {record.checked}, more than {STALE_DAYS_MAX} days ago"
        )
    yield from _decisions(shelf, record)


def _decisions(shelf: Shelf, record: Value) -> Iterator[Fault]:
    """A decision of this product has its own word, its reason and the day on which it was made."""
    product = _grade(shelf, record) == "P"
    if product and record.confidence in {"high", "medium"}:
        yield finding(record, "decided", "a product decision is decided, never high or medium")
    if record.confidence != DECIDED:
        return
    if not product:
        yield finding(record, "decided", "a decision names a source of grade P, no document")
    if not record.note:
        yield finding(record, "decided", "a decision gives its reason in the note")
    if len(record.published) < len("2026-12-01"):
        yield finding(record, "decided", "a decision gives the day on which it was made")


def _grade(shelf: Shelf, record: Value) -> str:
    source = shelf.sources.get(record.source)
    return source.grade if source else ""


def _notes(shelf: Shelf) -> Iterator[Fault]:
    for area, pack in shelf.packs.items():
        for note in pack.notes:
            name = f"{area}/notes.yaml"
            for key in note.keys:
                if spec_of(key) is None:
                    yield Fault(name, 1, key, "unknown-key", "no such key in the register of keys")
            for source in note.sources:
                if source not in shelf.sources:
                    yield Fault(name, 1, "", "source", f"{source} is not in sources.yaml")
            if note.kind != "rejected":
                continue
            for record in _below(shelf, area, note.keys):
                items = record.written if isinstance(record.written, list) else [record.written]
                back = [str(item) for item in items if str(item) in note.values]
                if back and record.confidence in DECIDES_MONEY:
                    yield finding(
                        record, "rejected", f"{', '.join(back)} was rejected: {note.reason}"
                    )


def _below(shelf: Shelf, area: int, keys: tuple[str, ...]) -> Iterator[Value]:
    """Records of keys in an area and in the areas that hang below it."""
    for code, pack in shelf.packs.items():
        at: int | None = code
        for _ in range(len(shelf.packs)):
            if at is None or at == area:
                break
            at = shelf.packs[at].parent if at in shelf.packs else None
        if at == area:
            for key in keys:
                yield from pack.values.get(key, ())
