# SPDX-License-Identifier: Apache-2.0
"""Packs as plain data that can be kept and read back: the whole content, in one canonical form.

Kept is what was written (value, unit, dates, source, confidence, notes, the documents named), not
where it stood in a file. A library read back gives the same values and the same digests.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from gongji.policy.errors import PackFault
from gongji.policy.library import DECIDES_MONEY, PolicyLibrary
from gongji.policy.reading import UNKNOWN, make_value
from gongji.policy.records import Note, Pack, Source, Value

KEPT = "kept"  # the file that a value read back names
_DAYS = ("until", "checked", "known_from")


def content_of(pack: Pack, sources: Mapping[str, Source]) -> dict[str, Any]:
    """Everything a pack says, with the documents that it names, as plain JSON values."""
    named = {record.source for records in pack.values.values() for record in records}
    named |= {source for note in pack.notes for source in note.sources}
    return {
        "area": pack.area,
        "name_zh": pack.name_zh,
        "name_en": pack.name_en,
        "parent": pack.parent,
        "status": pack.status,
        "values": {key: [_fields(r) for r in records] for key, records in pack.values.items()},
        "notes": [_note(note) for note in pack.notes],
        "sources": {
            name: {field: getattr(sources[name], field) for field in Source.__slots__}
            for name in named
            if name in sources
        },
    }


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes over which the digest of a kept pack is made."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _fields(record: Value) -> dict[str, Any]:
    return {
        "value": _plain(record.written),
        "unit": record.written_unit,
        "from": record.from_date.isoformat() if record.from_date else UNKNOWN,
        "from_kind": record.from_kind,
        "until": record.until.isoformat() if record.until else None,
        "published": record.published,
        "checked": record.checked.isoformat(),
        "known_from": record.known_from.isoformat(),
        "source": record.source,
        "article": record.article,
        "confidence": record.confidence,
        "note": record.note,
        "inherit_if_unconfirmed": record.inherit_if_unconfirmed,
    }


def _plain(written: object) -> object:
    return written.isoformat() if isinstance(written, dt.date) else written


def _note(note: Note) -> dict[str, Any]:
    return {
        "kind": note.kind,
        "claims": list(note.claims),
        "keys": list(note.keys),
        "values": list(note.values),
        "text": note.text,
        "reason": note.reason,
        "sources": list(note.sources),
    }


def library_from(
    contents: Iterable[Mapping[str, Any]], accept: frozenset[str] = DECIDES_MONEY
) -> PolicyLibrary:
    """The library of kept packs; raises PackFault when one cannot be read."""
    packs: dict[int, Pack] = {}
    sources: dict[str, Source] = {}
    for content in contents:
        try:
            pack = _pack(content)
            packs[pack.area] = pack
            sources |= {name: Source(**fields) for name, fields in content["sources"].items()}
        except (KeyError, TypeError, ValueError) as why:
            raise PackFault(KEPT, 1, f"a kept pack cannot be read: {why}") from why
    return PolicyLibrary(packs, sources, accept)


def _pack(content: Mapping[str, Any]) -> Pack:
    area = int(content["area"])
    return Pack(
        area=area,
        name_zh=content["name_zh"],
        name_en=content["name_en"],
        parent=content["parent"],
        status=content["status"],
        values={
            key: [_value(area, key, fields) for fields in records]
            for key, records in content["values"].items()
        },
        notes=[_note_from(note) for note in content["notes"]],
    )


def _note_from(note: Mapping[str, Any]) -> Note:
    lists = {name: tuple(note[name]) for name in ("claims", "keys", "values", "sources")}
    return Note(kind=note["kind"], text=note["text"], reason=note["reason"], **lists)


def _value(area: int, key: str, fields: Mapping[str, Any]) -> Value:
    record = dict(fields)
    if record["from"] != UNKNOWN:
        record["from"] = dt.date.fromisoformat(record["from"])
    for name in _DAYS:
        if record[name] is not None:
            record[name] = dt.date.fromisoformat(record[name])
    if record["unit"] == "date" and record["value"] is not None:
        record["value"] = dt.date.fromisoformat(record["value"])
    return make_value(area, key, record, KEPT, 1)
