# SPDX-License-Identifier: Apache-2.0
"""Every worked case of the packs, and that each change of date has its cases."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import pytest

from gongji.policy.cases import Case, read_cases, run_case
from gongji.policy.library import DECIDES_MONEY, ONE_DAY, PolicyLibrary

CASES = read_cases()


@lru_cache(maxsize=4)
def library_for(accept: frozenset[str]) -> PolicyLibrary:
    return PolicyLibrary.load(accept=accept)


@pytest.mark.parametrize("case", CASES, ids=[f"{c.file}:{c.line}" for c in CASES])
def test_case(case: Case) -> None:
    written = case.data.get("accept", sorted(DECIDES_MONEY))
    assert isinstance(written, list)
    library = library_for(frozenset(str(word) for word in written))
    assert list(run_case(library, case)) == []


def test_every_change_has_a_case_on_the_day_before_and_on_the_day() -> None:
    library = library_for(DECIDES_MONEY)
    missing = []
    for area in library.areas():
        covered = {c.data["date"] for c in CASES if area in library.path(c.area)}
        days: set[dt.date] = set()
        for records in library.pack(area).values.values():
            days.update(r.from_date for r in records if r.from_date)
            days.update(r.until + ONE_DAY for r in records if r.until)
        missing += [(area, d) for day in days for d in (day - ONE_DAY, day) if d not in covered]
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
