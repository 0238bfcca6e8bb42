# SPDX-License-Identifier: Apache-2.0
"""The register of claims: what web pages say about the law, and where each claim has its place.

A claim has exactly one place: a value of a pack, a rejection with its reason, a statement that the
product shows, out of scope with why, or another claim that it repeats. The register stands beside
the packs in ``claims*.yaml``; it is read when somebody asks for it, never for a settlement.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gongji.policy import yamlpos
from gongji.policy.errors import PackFault
from gongji.policy.keys import alternatives
from gongji.policy.library import PACKS, PolicyLibrary, governing, home_of
from gongji.policy.reading import Fault, path_of
from gongji.policy.records import Note, Pack, Value

CLAIMS_FILES = "claims*.yaml"
GENERAL = "general"  # a claim that names no region

VALUE = "value"
REJECTED = "rejected"
STATEMENT = "statement"
OUT_OF_SCOPE = "out_of_scope"
REPEATS = "repeats"
KINDS = (VALUE, REJECTED, STATEMENT, OUT_OF_SCOPE, REPEATS)
KIND_WORDS = {
    VALUE: ("已收为数值", "a value of a pack"),
    REJECTED: ("未采用", "rejected"),
    STATEMENT: ("作为说明展示", "shown as a statement"),
    OUT_OF_SCOPE: ("不在范围内", "out of scope"),
    REPEATS: ("重复", "repeats another claim"),
}


class Claim(NamedTuple):
    """One claim and its place; ``area``, ``keys`` and ``on`` only where the place is a value."""

    id: str
    region: str  # area code, or general
    topic: str
    says: str
    kind: str
    text: str  # reason, statement, why, or the claim repeated
    area: int
    keys: tuple[str, ...]
    on: dt.date | None
    file: str
    line: int


class Standing(NamedTuple):
    """A claim with what the packs say today: the records behind a value, or why there are none."""

    claim: Claim
    records: tuple[Value, ...]
    lacking: str  # "" or "pack" (the area has none yet) or "key" (its path never speaks of it)


def read_claims(root: Path | None = None) -> tuple[list[Claim], list[Fault]]:
    """The register in order of number, and what was wrong with its files."""
    base = root or PACKS
    claims: list[Claim] = []
    faults: list[Fault] = []
    for path in sorted(base.glob(CLAIMS_FILES)):
        try:
            data, lines = yamlpos.read(path, path.name)
        except PackFault as fault:
            faults.append(Fault(fault.file, fault.line, "", "yaml", fault.reason))
            continue
        entries = data.get("claims") if isinstance(data, dict) else None
        if not isinstance(entries, dict):
            faults.append(Fault(path.name, 1, "", "yaml", "claims is missing"))
            continue
        for number, entry in entries.items():
            line = lines[("claims", number)]
            try:
                claims.append(_claim(number, entry, path.name, line))
            except ValueError as error:
                faults.append(Fault(path.name, line, number, "claim", str(error)))
    return sorted(claims, key=lambda claim: claim.id), faults


def _claim(number: str, entry: object, file: str, line: int) -> Claim:
    if not isinstance(entry, dict):
        raise ValueError("a claim is a map")
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        raise ValueError(f"a claim has exactly one place, this one has {len(kinds)}")
    kind = kinds[0]
    place = entry[kind]
    area, keys, on = _value_place(place) if kind == VALUE else (0, (), None)
    return Claim(
        id=number,
        region=str(entry.get("region", "")),
        topic=str(entry.get("topic", "")),
        says=str(entry.get("says", "")),
        kind=kind,
        text="" if kind == VALUE else str(place),
        area=area,
        keys=keys,
        on=on,
        file=file,
        line=line,
    )


def _value_place(place: object) -> tuple[int, tuple[str, ...], dt.date | None]:
    if not isinstance(place, dict):
        raise ValueError("a value names area and key")
    area, key, on = place.get("area"), place.get("key"), place.get("on")
    if not isinstance(area, int) or not isinstance(key, str | list):
        raise ValueError("a value names area and key")
    if on is not None and not isinstance(on, dt.date):
        raise ValueError("on is a day")
    return area, (key,) if isinstance(key, str) else tuple(str(item) for item in key), on


def concerns(claim: Claim, region: str) -> bool:
    """Is the claim about a region: that area itself, or one below the province that it names?"""
    if claim.region == region:
        return True
    province = region.endswith("0000") and region != "100000"
    return province and claim.region != GENERAL and claim.region[:2] == region[:2]


def standing(claim: Claim, library: PolicyLibrary, today: dt.date) -> Standing:
    """What the packs say about a claim whose place is a value, on its day or today."""
    if claim.kind != VALUE:
        return Standing(claim, (), "")
    if home_of(library.areas(), claim.area) is None:
        return Standing(claim, (), "pack")
    path = library.path(claim.area)
    records: list[Value] = []
    for key in claim.keys:
        spoken = spoken_keys([library.pack(code) for code in path], key)
        found = library.find(claim.area, spoken, claim.on or today)
        if found is None:
            ever = [r for each in spoken for r in library.records(claim.area, each)]
            found = ever[-1] if ever and claim.on is None else None
        if found is None:
            return Standing(claim, tuple(records), "key")
        records.append(found)
    return Standing(claim, tuple(records), "")


def spoken_keys(path: list[Pack], key: str) -> tuple[str, ...]:
    """Keys of the packs of a path that answer for a key: itself, its shorter forms, or the fuller
    ones by level and status where only those are written."""
    wide = [each for each in alternatives(key) if any(each in pack.values for pack in path)]
    if wide:
        return tuple(wide)
    full = {each for pack in path for each in pack.values if each.startswith(f"{key}.")}
    return tuple(sorted(full))


def check(packs: Mapping[int, Pack], root: Path) -> Iterator[Fault]:
    """Findings: a doubled number, a place that does not exist, a note about a claim unknown here.

    A folder without a register is not checked; an area without a pack is named by the table.
    """
    claims, faults = read_claims(root)
    yield from faults
    if not claims:
        return
    by_id = {claim.id: claim for claim in claims}
    for number, count in Counter(claim.id for claim in claims).items():
        if count > 1:
            claim = by_id[number]
            yield Fault(claim.file, claim.line, number, "claim", "is registered twice")
    for claim in claims:
        reason = _misplaced(claim, by_id, packs)
        if reason:
            yield Fault(claim.file, claim.line, claim.id, "claim", reason)
    for area, pack in packs.items():
        for note in pack.notes:
            for number in note.claims:
                if number not in by_id:
                    text = f"the note names the claim {number}, which is not registered"
                    yield Fault(f"{area}/notes.yaml", 1, number, "claim", text)
                elif text := _at_odds(by_id[number], note, pack):
                    yield Fault(f"{area}/notes.yaml", 1, number, "claim", text)


def _at_odds(claim: Claim, note: Note, pack: Pack) -> str:
    """A note may not say the opposite of the register: shown by the pack, yet not loaded."""
    if note.kind == "rejected" and claim.kind == VALUE and claim.area == pack.area:
        return "the note rejects the claim, the register places it in a value of this pack"
    if note.kind == "open" and claim.kind == REJECTED:
        loaded = [key for key in note.keys if key in pack.values]
        if loaded:
            return f"the register rejects the claim, the pack holds {', '.join(loaded)} for it"
    return ""


def _misplaced(claim: Claim, by_id: dict[str, Claim], packs: Mapping[int, Pack]) -> str:
    if claim.kind == REPEATS:
        first = by_id.get(claim.text)
        if first is None:
            return f"repeats {claim.text}, which is not registered"
        return f"repeats {claim.text}, which itself repeats" if first.kind == REPEATS else ""
    home = home_of(packs, claim.area) if claim.kind == VALUE else None
    if home is None:
        return ""
    path = [packs[code] for code in path_of(packs, home)]
    for key in claim.keys:
        keys = spoken_keys(path, key)
        if not keys:
            return f"neither area {home} nor one above it speaks of {key}"
        if claim.on and not any(
            governing(pack.values.get(each, ()), claim.on, None) for pack in path for each in keys
        ):
            return f"{key} has no record for {claim.on}"
    return ""
