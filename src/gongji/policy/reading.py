# SPDX-License-Identifier: Apache-2.0
"""From pack files to records. Faults are collected with file, line and key, never passed over.

A file holds blocks; a block holds what its values share (source, dates, confidence) and the
values themselves. A value may be written alone or as a map that overrides what the block says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from gongji.policy import yamlpos
from gongji.policy.errors import PackFault
from gongji.policy.records import ACTIVE, CONFIDENCES, FROM_KINDS, Note, Pack, Source, Value
from gongji.policy.units import UNITS, translate

SOURCES_FILE = "sources.yaml"
INDEX_FILE = "index.yaml"
NOTES_FILE = "notes.yaml"
UNKNOWN = "unknown"

_Reader = Callable[["Shelf", dict[str, object], yamlpos.Lines, str], None]

_MUST = ("unit", "from", "published", "checked", "known_from", "source", "article", "confidence")
_MAY = ("until", "from_kind", "note", "inherit_if_unconfirmed")


class Fault(NamedTuple):
    """One finding: file (relative to the packs), line, key ("" for the file), code, text."""

    file: str
    line: int
    key: str
    code: str
    text: str


@dataclass(slots=True)
class Shelf:
    """All packs and sources of one folder, and what was wrong while reading."""

    packs: dict[int, Pack] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    source_lines: dict[str, int] = field(default_factory=dict)
    index_lines: dict[int, int] = field(default_factory=dict)


def path_of(packs: Mapping[int, Pack], area: int) -> tuple[int, ...]:
    """The area and those above it that have a pack; a broken way up ends where it breaks."""
    path: list[int] = []
    at: int | None = area
    while at is not None and at in packs and at not in path:
        path.append(at)
        at = packs[at].parent
    return tuple(path)


def read_shelf(root: Path) -> Shelf:
    """Read every pack below ``root``; faults are in the result.

    Documents are registered in ``sources.yaml``: those of the nation beside the packs, those of an
    area in its folder. An id stands for one document everywhere.
    """
    shelf = Shelf()
    _guarded(shelf, _read_sources, root / SOURCES_FILE, SOURCES_FILE)
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("_")):
        if not folder.name.isdigit():
            shelf.faults.append(Fault(folder.name, 1, "", "area", "a folder is an area code"))
            continue
        _guarded(shelf, _read_index, folder / INDEX_FILE, f"{folder.name}/{INDEX_FILE}")
        if int(folder.name) not in shelf.packs:
            continue
        for path in sorted(folder.glob("*.yaml")):
            name = f"{folder.name}/{path.name}"
            if path.name == SOURCES_FILE:
                _guarded(shelf, _read_sources, path, name)
            elif path.name == NOTES_FILE:
                _guarded(shelf, _read_notes, path, name)
            elif path.name != INDEX_FILE:
                _guarded(shelf, _read_values, path, name)
    return shelf


def _guarded(shelf: Shelf, reader: _Reader, path: Path, name: str) -> None:
    try:
        data, lines = yamlpos.read(path, name)
        if not isinstance(data, dict):
            raise PackFault(name, 1, "the file must be a map")
        reader(shelf, data, lines, name)
    except PackFault as fault:
        shelf.faults.append(Fault(fault.file, fault.line, "", "yaml", fault.reason))


def _text(
    data: dict[str, object], key: str, name: str, line: int, default: str | None = None
) -> str:
    found = data.get(key, default)
    if isinstance(found, dt.date | int) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str):
        raise PackFault(name, line, f"{key} is missing or not text")
    return found


def _read_sources(shelf: Shelf, data: dict[str, object], lines: yamlpos.Lines, name: str) -> None:
    entries = data.get("sources")
    if not isinstance(entries, dict):
        raise PackFault(name, 1, "sources is missing")
    for source_id, entry in entries.items():
        line = lines[("sources", source_id)]
        if not isinstance(entry, dict):
            raise PackFault(name, line, f"source {source_id} is not a map")
        if source_id in shelf.sources:
            raise PackFault(name, line, f"source {source_id} is registered twice")
        shelf.source_lines[source_id] = line
        shelf.sources[source_id] = Source(
            id=source_id,
            title=_text(entry, "title", name, line),
            address=_text(entry, "address", name, line),
            date=_text(entry, "date", name, line),
            grade=_text(entry, "grade", name, line),
            number=_text(entry, "number", name, line, ""),
            note=_text(entry, "note", name, line, ""),
            of=_area(entry, name, line),
        )


def _area(entry: dict[str, object], name: str, line: int) -> int | None:
    found = entry.get("of")
    if found is None or (isinstance(found, int) and not isinstance(found, bool)):
        return found
    raise PackFault(name, line, "of must be an area code")


def _read_index(shelf: Shelf, data: dict[str, object], lines: yamlpos.Lines, name: str) -> None:
    area = data.get("area")
    if not isinstance(area, int) or str(area) != name.partition("/")[0]:
        raise PackFault(name, 1, "area must be the code of the folder")
    parent = data.get("parent")
    if parent is not None and not isinstance(parent, int):
        raise PackFault(name, lines[("parent",)], "parent must be an area code or null")
    shelf.index_lines[area] = lines.get(("parent",), 1)
    shelf.packs[area] = Pack(
        area=area,
        name_zh=_text(data, "name_zh", name, 1),
        name_en=_text(data, "name_en", name, 1),
        parent=parent,
        status=_text(data, "status", name, 1, ACTIVE),
    )


def _read_notes(shelf: Shelf, data: dict[str, object], lines: yamlpos.Lines, name: str) -> None:
    area = int(name.partition("/")[0])
    entries = data.get("notes")
    if not isinstance(entries, list):
        raise PackFault(name, 1, "notes is missing")
    for number, entry in enumerate(entries):
        line = lines[("notes", number)]
        if not isinstance(entry, dict):
            raise PackFault(name, line, "a note is a map")
        words: dict[str, tuple[str, ...]] = {}
        for list_key in ("claims", "keys", "values", "sources"):
            items = entry.get(list_key, [])
            if not isinstance(items, list):
                raise PackFault(name, line, f"{list_key} is not a list")
            words[list_key] = tuple(str(item) for item in items)
        shelf.packs[area].notes.append(
            Note(
                kind=_text(entry, "kind", name, line),
                claims=words["claims"],
                keys=words["keys"],
                values=words["values"],
                text=_text(entry, "text", name, line),
                reason=_text(entry, "reason", name, line),
                sources=words["sources"],
            )
        )


def _read_values(shelf: Shelf, data: dict[str, object], lines: yamlpos.Lines, name: str) -> None:
    area = int(name.partition("/")[0])
    if data.get("area") != area:
        raise PackFault(name, lines.get(("area",), 1), "area must be the code of the folder")
    defaults = data.get("defaults", {})
    blocks = data.get("blocks")
    if not isinstance(defaults, dict) or not isinstance(blocks, list):
        raise PackFault(name, 1, "defaults must be a map and blocks a list")
    for number, block in enumerate(blocks):
        if not isinstance(block, dict) or not isinstance(block.get("values"), dict):
            raise PackFault(name, lines[("blocks", number)], "a block is a map with values")
        shared = {**defaults, **{k: v for k, v in block.items() if k != "values"}}
        values: dict[str, object] = block["values"]
        for key, written in values.items():
            line = lines[("blocks", number, "values", key)]
            own = written if isinstance(written, dict) else {"value": written}
            try:
                record = make_value(area, key, {**shared, **own}, name, line)
            except ValueError as error:
                code = error.args[1] if len(error.args) > 1 else "value"
                shelf.faults.append(Fault(name, line, key, str(code), str(error.args[0])))
                continue
            shelf.packs[area].values.setdefault(key, []).append(record)


def make_value(area: int, key: str, record: dict[str, object], file: str, line: int) -> Value:
    """A record from its written fields; raises ValueError(text, code of the finding)."""
    for name in _MUST:
        if record.get(name) in (None, ""):
            raise ValueError(f"{name} is missing", _CODED.get(name, "field"))
    extra = set(record) - set(_MUST) - set(_MAY) - {"value"}
    if extra or "value" not in record:
        raise ValueError(
            f"unexpected or missing field {', '.join(sorted(extra)) or 'value'}", "schema"
        )
    unit = str(record["unit"])
    if unit not in UNITS:
        raise ValueError(f"the unit {unit!r} is unknown", "unit")
    confidence = _one_of(record["confidence"], CONFIDENCES, "confidence")
    from_date = None if record["from"] == UNKNOWN else _date(record["from"], "from")
    until = None if record.get("until") is None else _date(record["until"], "until")
    if from_date is not None and until is not None and until < from_date:
        raise ValueError("until lies before from", "dates")
    if confidence == "unconfirmed" and record["value"] is None:
        value: object = "unconfirmed"
        translated = "text"
    else:
        value = translate(record["value"], unit)
        translated = UNITS[unit]
    return Value(
        area=area,
        key=key,
        value=value,  # type: ignore[arg-type]
        unit=translated,
        written=record["value"],
        written_unit=unit,
        from_date=from_date,
        from_kind=_one_of(record.get("from_kind", "exact"), FROM_KINDS, "from_kind"),
        until=until,
        published=str(record["published"]),
        checked=_date(record["checked"], "checked"),
        known_from=_date(record["known_from"], "known_from"),
        source=str(record["source"]),
        article=str(record["article"]),
        confidence=confidence,
        note=" ".join(str(record.get("note", "")).split()),
        inherit_if_unconfirmed=record.get("inherit_if_unconfirmed", False) is True,
        file=file,
        line=line,
    )


_CODED = {
    "unit": "unit",
    "source": "source",
    "from": "date",
    "checked": "date",
    "published": "date",
    "known_from": "date",
}


def _date(found: object, name: str) -> dt.date:
    if not isinstance(found, dt.date):
        raise ValueError(f"{name} must be a day (YYYY-MM-DD), not {found!r}", "date")
    return found


def _one_of(found: object, allowed: tuple[str, ...], name: str) -> str:
    if not isinstance(found, str) or found not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {found!r}", "field")
    return found
