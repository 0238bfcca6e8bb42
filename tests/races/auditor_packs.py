# SPDX-License-Identifier: Apache-2.0
"""The auditor's own reading of the policy packs: values in force on a day, and rules of sharing.

Written from docs/policy-format.md and nothing else: YAML in, fen and fractions out. It reads what
the people of the random runs need: employees and residents without subsidy or aid, no childbirth,
no care elsewhere.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from gongji.policy import errors

DECIDES = frozenset({"high", "medium", "decided"})
NO_VALUES = frozenset({"index.yaml", "notes.yaml", "sources.yaml"})
OUTPATIENT, PHARMACY, CHRONIC, STAY = 1, 2, 3, 4
EMPLOYEE, RESIDENT = 310, 390
POOL_VISITS, POOL_STAYS, POOL_CLASS_II = 1, 2, 3

Segments = tuple[tuple[int | None, Fraction], ...]  # upper bound in fen, None = above; share
Value = dict[str, Any]  # the fields of one record, merged


class Gap(Exception):
    """A value that is missing or may not decide, with the number of the refusal."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Sharing:
    """How accounts may be used."""

    in_policy_only: bool
    own_buckets: tuple[int, ...]  # 0 current, 1 carried, in the order of payment
    giver_buckets: tuple[int, ...]
    floor: int
    own_must_be_zero: bool
    givers_most: int | None
    relatives_count: bool
    order: str
    relations: frozenset[int]
    uses: frozenset[int]
    pool_only: bool  # giver and recipient insured in one pool, else in one province


def fen(written: Any) -> int | None:
    """Yuan as written, in fen; None: the law sets no limit."""
    return None if written == "none" else int(Decimal(str(written)) * 100)


def share_of(written: Any) -> Fraction:
    """A percentage as a fraction of one."""
    return Fraction(str(written)) / 100


def segments_of(value: Value) -> Segments:
    """A single percentage, or a list of segments, as segments."""
    if value["unit"] == "percent":
        return ((None, share_of(value["value"])),)
    return tuple(
        (fen(one["upto"]) if "upto" in one else None, share_of(one["ratio"]))
        for one in value["value"]
    )


class Packs:
    """Packs below a folder, read when they are first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._areas: dict[int, tuple[int | None, dict[str, list[Value]]]] = {}
        self.found: dict[Any, Any] = {}

    # ---- values ---------------------------------------------------------------------------------

    def _area(self, area: int) -> tuple[int | None, dict[str, list[Value]]]:
        if area not in self._areas:
            folder = self.root / str(area)
            parent = yaml.safe_load((folder / "index.yaml").read_text("utf-8"))["parent"]
            values: dict[str, list[Value]] = {}
            for path in sorted(folder.glob("*.yaml")):
                if path.name in NO_VALUES:
                    continue
                written = yaml.safe_load(path.read_text("utf-8"))
                for block in written.get("blocks", ()):
                    common = {**written.get("defaults", {}), **block}
                    for key, one in common.pop("values").items():
                        own = one if isinstance(one, dict) else {"value": one}
                        values.setdefault(key, []).append({**common, **own})
            self._areas[area] = parent, values
        return self._areas[area]

    def find(self, area: int, keys: tuple[str, ...], day: dt.date) -> Value | None:
        """The record that governs: the nearest area that speaks, there the fullest key."""
        at: int | None = area
        while at is not None:
            parent, values = self._area(at)
            for key in keys:
                record = _in_force(values.get(key, []), day)
                if record is not None and record.get("inherit_if_unconfirmed"):
                    raise LookupError("no place of the random runs inherits weak values")
                if record is not None:
                    return record
            at = parent
        return None

    def need(self, area: int, keys: tuple[str, ...], day: dt.date) -> Value:
        """As ``find``; Gap where the record is missing or may not decide."""
        record = self.find(area, keys, day)
        if record is None:
            raise Gap(errors.VALUE_MISSING)
        if not decides(record):
            confirmed = record["confidence"] != "unconfirmed"
            undated = confirmed and record["from"] == "unknown"
            raise Gap(errors.EFFECTIVE_DATE_UNKNOWN if undated else errors.VALUE_NOT_CONFIRMED)
        return record

    def unfiled_is_ordinary(self, area: int, day: dt.date) -> bool:
        """Is chronic care without a filing ordinary care (else it is refused)?"""
        record = self.find(area, ("chr.withoutFiling",), day)
        return record is not None and decides(record) and record["value"] == "ORDINARY"

    # ---- accounts -------------------------------------------------------------------------------

    def sharing(self, area: int, day: dt.date) -> Sharing:
        """How accounts may be used in an area on a day; Gap."""
        asked = ("sharing", area, day)
        if asked not in self.found:
            self.found[asked] = self._sharing(area, day)
        return self.found[asked]

    def _sharing(self, area: int, day: dt.date) -> Sharing:
        def word(key: str) -> Any:
            return self.need(area, (key,), day)["value"]

        if word("ma.model") != "AUTHORISE":
            raise LookupError("the random runs know only authorisations")
        order = {"CURRENT_FIRST": (0, 1), "CARRIED_FIRST": (1, 0), "CARRIED_ONLY": (1,)}
        own = order[word("pa.bucketOrder")]
        most = [word(f"ma.maxGiversPer{what}") for what in ("Recipient", "Settlement")]
        counted = [int(n) for n in most if n != "none"]
        names = {1: "outpatient", 2: "pharmacy", 3: "chronic", 4: "inpatient"}
        uses = set()
        for setting, name in names.items():
            record = self.find(area, (f"ma.use.{name}",), day)
            if record is not None and decides(record) and record["value"] is True:
                uses.add(setting)
        return Sharing(
            word("ma.eligibleBase") == "IN_POLICY_ONLY",
            own,
            own if word("ma.sourceBalance") == "ALL" else (1,),
            fen(word("ma.retainedBalance")) or 0,
            word("ma.ownMustBeZero"),
            min(counted, default=None),
            word("ma.relativesCountToDeductible"),
            word("ma.giverOrder"),
            frozenset(code for name in word("ma.relations") for code in RELATIONS.get(name, ())),
            frozenset(uses),
            word("ma.insuredArea") == "POOL",
        )


# The relation codes of the random runs: 10 spouse, 20 child, 50 parent.
RELATIONS = {"SPOUSE": (10,), "CHILD": (20,), "PARENT": (50,)}


def decides(record: Value) -> bool:
    """May a record decide money?"""
    return record["from"] != "unknown" and record["confidence"] in DECIDES


def _in_force(records: list[Value], day: dt.date) -> Value | None:
    """The later belief wins, within one belief the later beginning; undated only without others."""
    open_ones = [r for r in records if r.get("until") is None or r["until"] >= day]
    dated = [r for r in open_ones if r["from"] != "unknown" and r["from"] <= day]
    if dated:
        return max(dated, key=lambda r: (r["known_from"], r["from"]))
    undated = [r for r in open_ones if r["from"] == "unknown"]
    return max(undated, key=lambda r: r["known_from"], default=None)
