# SPDX-License-Identifier: Apache-2.0
"""Checks that every key of a pack is read by a calculation, or is marked as shown only.

The question is put to the program itself: a key counts as read when some module names it. The
registers of keys, the checks and the pages do not count: to list a key is not to read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gongji.policy.key_spec import KeySpec
from gongji.policy.keys import spec_of
from gongji.policy.reading import Fault, Shelf

PROGRAM = Path(__file__).parents[1]
_LISTS = re.compile(r"(keys|key_spec|shown_only|lint|coverage|showing|topics|shelf|words)")


def check(shelf: Shelf) -> Iterator[Fault]:
    """A finding for each value whose key nothing reads and no reason excuses."""
    for pack in shelf.packs.values():
        for key, records in pack.values.items():
            spec = spec_of(key)
            if spec is None or spec.shown or is_read(spec):
                continue
            for record in records:
                yield Fault(
                    record.file,
                    record.line,
                    key,
                    "unread",
                    "nothing reads this key: read it, or say in shown_only why it is only shown",
                )


def is_read(spec: KeySpec) -> bool:
    """Whether a module of the program names the key; residents' keys also without "res."."""
    stem = re.split(r"\[|\{", spec.pattern)[0].rstrip(".")
    names = {stem, stem.removeprefix("res.")}
    return any(re.search(f'"{re.escape(name)}(?![A-Za-z])', _program()) for name in names) or (
        _named_by_year(spec.pattern)
    )


def _named_by_year(pattern: str) -> bool:
    """Keys of a year are put together: ``f"{head}.windowFrom"``, ``("large", …)``."""
    _, mark, after = pattern.partition("{Y}")
    if not mark:
        return False
    last = re.split(r"\[|\{", after)[0].rstrip(".").rpartition(".")[2]
    return re.search(rf'[."]{last}(?![A-Za-z])', _program()) is not None


@cache
def _program() -> str:
    files = sorted(PROGRAM.rglob("*.py"))
    return "\n".join(path.read_text("utf-8") for path in files if not _LISTS.match(path.name))
