# SPDX-License-Identifier: Apache-2.0
"""Every worked case of the packs, and that each change of each value has its cases."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import pytest

from gongji.policy.cases import Case, provenance_of, read_cases, run_case
from gongji.policy.library import DECIDES_MONEY, ONE_DAY, PolicyLibrary

CASES = read_cases()


@lru_cache(maxsize=4)
def library_for(accept: frozenset[str]) -> PolicyLibrary:
    return PolicyLibrary.load(accept=accept)


@pytest.mark.parametrize("case", CASES, ids=[f"{c.file}:{c.line}" for c in CASES])
def test_case(case: Case) -> None:
    written = [*case.data.get("accept", []), *DECIDES_MONEY]
    assert isinstance(written, list)
    library = library_for(frozenset(str(word) for word in written))
    assert list(run_case(library, case)) == []


def seen_by(case: Case) -> set[str]:
    """Keys whose value a case would notice: named, expected as a gap, or behind its figures."""
    data = case.data
    keys = set(_map(_map(data.get("expect")).get("values")))
    if "gap" in data:
        keys.add(str(data["gap"]))
    if "credit" in data:
        keys.add("pa.creditRet" if _map(data["credit"]).get("retired") else "pa.creditIn")
    if "bill" not in data or "gap" in data:
        return keys
    written = [*data.get("accept", []), *DECIDES_MONEY]
    assert isinstance(written, list)
    steps = provenance_of(library_for(frozenset(str(word) for word in written)), case)
    return keys | {item.key for items in steps for item in items}


def _map(found: object) -> dict[str, object]:
    return found if isinstance(found, dict) else {}


def test_every_change_of_a_value_has_a_case_on_the_day_before_and_on_the_day() -> None:
    """Value by value: a case that only happens to fall on the day does not count."""
    library = library_for(DECIDES_MONEY)
    seen: dict[object, list[tuple[Case, set[str]]]] = {}
    for case in CASES:
        seen.setdefault(case.data["date"], []).append((case, seen_by(case)))

    def covered(area: int, key: str, day: dt.date) -> bool:
        return any(area in library.path(c.area) and key in keys for c, keys in seen.get(day, []))

    missing = []
    for area in library.areas():
        for key, records in library.pack(area).values.items():
            days = {r.from_date for r in records if r.from_date}
            days |= {r.until + ONE_DAY for r in records if r.until}
            both = {d for day in days for d in (day - ONE_DAY, day)}
            missing += [(area, key, day) for day in sorted(both) if not covered(area, key, day)]
    assert missing == []


def test_a_wrong_figure_and_an_unexpected_gap_are_seen() -> None:
    library = library_for(DECIDES_MONEY)
    right = next(c for c in CASES if c.name.startswith("例 A，三级医院首次住院"))
    data = {**right.data, "expect": {"pooled": "14195.01"}}
    wrong = Case(right.file, right.line, right.area, right.name, data)
    assert list(run_case(library, wrong)) == ["pooled: expected 1419501 fen, got 1419500"]
    gap = {key: value for key, value in right.data.items() if key != "expect"}
    expects_gap = Case(right.file, right.line, right.area, right.name, {**gap, "gap": "ip.cap"})
    assert list(run_case(library, expects_gap)) == ["expected the gap ip.cap, got figures"]
    nothing = Case(right.file, right.line, right.area, right.name, gap)
    assert list(run_case(library, nothing)) == ["nothing is expected"]
