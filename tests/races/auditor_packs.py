# SPDX-License-Identifier: Apache-2.0
"""The auditor's own reading of the policy packs: values in force on a day, and the terms of a bill.

Written from docs/policy-format.md and nothing else: YAML in, fen and fractions out. It reads what
the people of the random runs need: employees and residents without subsidy or aid, no childbirth,
no care elsewhere.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
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
class Terms:
    """What the fund pays one patient for one kind of care, as the packs say it."""

    pool: int
    yearly: bool  # the deductible
    deductible: int
    segments: Segments
    basis: str
    visit_cap: int | None
    cap: int | None
    cap_of_cost: bool
    large: Fraction
    large_cap: int | None
    serious_from: int | None  # None: no such step
    serious_absolute: bool
    serious: Segments
    serious_cap: int | None
    prescription: bool


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
        self._found: dict[Any, Any] = {}

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
                if record is None:
                    continue
                if record.get("inherit_if_unconfirmed") and not decides(record):
                    continue
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

    # ---- the fund -------------------------------------------------------------------------------

    def terms(self, *asked: Any) -> Terms:
        """Terms of (area, scheme, day, setting, class, level, retired, age, admission); Gap."""
        if asked not in self._found:
            try:
                self._found[asked] = _Reading(self, *asked).terms()
            except Gap as gap:
                self._found[asked] = gap.code
        if isinstance(self._found[asked], int):
            raise Gap(self._found[asked])
        return self._found[asked]

    def unfiled_is_ordinary(self, area: int, day: dt.date) -> bool:
        """Is chronic care without a filing ordinary care (else it is refused)?"""
        record = self.find(area, ("chr.withoutFiling",), day)
        return record is not None and decides(record) and record["value"] == "ORDINARY"

    # ---- accounts -------------------------------------------------------------------------------

    def sharing(self, area: int, day: dt.date) -> Sharing:
        """How accounts may be used in an area on a day; Gap."""
        asked = ("sharing", area, day)
        if asked not in self._found:
            self._found[asked] = self._sharing(area, day)
        return self._found[asked]

    def _sharing(self, area: int, day: dt.date) -> Sharing:
        def word(key: str) -> Any:
            return self.need(area, (key,), day)["value"]

        if word("ma.model") != "AUTHORISE":
            raise NotImplementedError("the random runs know only authorisations")
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


@dataclass(frozen=True)
class _Reading:
    """One question for terms, answered step by step in the order of the docs."""

    packs: Packs
    area: int
    scheme: int
    day: dt.date
    setting: int
    disease_class: int
    level: int
    retired: bool
    age: int
    admission: int

    def terms(self) -> Terms:
        if self.setting == STAY:
            pooled = self._stay()
        elif self.setting == CHRONIC:
            pooled = self._chronic()
        else:
            pooled = self._visit()
        large = self._large(pooled["pool"])
        serious = self._serious(pooled["pool"])
        pays = any(share for _, share in (*pooled["segments"], *serious["serious"]))
        asks = (pays or large["large"] > 0) and self._prescription()
        return Terms(**pooled, **large, **serious, prescription=asks)

    def _keys(self, *ends: str) -> tuple[str, ...]:
        begin = "res." if self.scheme == RESIDENT else ""
        return tuple(begin + end for end in ends)

    def _keys_of(self, name: str, *, level: bool | None = None, status: bool = True) -> Any:
        """Keys of a name with level (None: without, False: may be left out) and status."""
        levels = {None: [""], False: [f".L{self.level}", ""], True: [f".L{self.level}"]}[level]
        statuses = [""]
        if status and self.scheme == EMPLOYEE:
            statuses = [".ret" if self.retired else ".in", ""]
        return self._keys(*(name + lv + st for st, lv in product(statuses, levels)))

    def _need(self, keys: Any) -> Value:
        return self.packs.need(self.area, keys, self.day)

    def _cap(self, cap: Any, basis: str) -> dict[str, Any]:
        most = fen(self._need(cap)["value"])
        by_cost = False
        if most is not None:
            by_cost = self._need(self._keys(basis))["value"] == "IN_POLICY"
        return {"cap": most, "cap_of_cost": by_cost}

    def _segments(self, ratio: Value, basis: str) -> dict[str, Any]:
        segments = segments_of(ratio)
        word = "AFTER_DEDUCTIBLE"
        if len(segments) > 1:
            word = self._need(self._keys(basis))["value"]
        return {"segments": segments, "basis": word}

    def _visit(self) -> dict[str, Any]:
        if self.setting == PHARMACY:
            ratio = self._need(self._keys_of("op.pharmacyRatio"))
        else:
            ratio = self._need(self._keys_of("op.ratio", level=True))
        if not any(share for _, share in segments_of(ratio)):
            return {
                "pool": POOL_VISITS,
                "yearly": False,
                "deductible": 0,
                "visit_cap": None,
                "segments": segments_of(ratio),
                "basis": "AFTER_DEDUCTIBLE",
                "cap": None,
                "cap_of_cost": False,
            }
        mode = self._need(self._keys("op.deductibleMode"))["value"]
        deductible = fen(self._need(self._keys_of("op.deductible", level=False))["value"])
        visit_keys = self._keys_of("op.perVisitCap", level=False, status=False)
        visit_cap = None
        if self.packs.find(self.area, visit_keys, self.day) is not None:
            visit_cap = fen(self._need(visit_keys)["value"])
        cap = self._cap(self._keys_of("op.annualCap"), "op.capBasis")
        return {
            "pool": POOL_VISITS,
            "yearly": mode == "YEARLY",
            "deductible": deductible,
            "visit_cap": visit_cap,
            **cap,
            **self._segments(ratio, "op.segmentBasis"),
        }

    def _stay(self) -> dict[str, Any]:
        steps = self._need(self._keys_of("ip.deductible", level=True))["value"]
        ratio = self._need(self._keys_of("ip.ratio", level=True))
        deductible = fen(steps[min(self.admission, len(steps)) - 1])
        if self._free_admission():
            deductible = 0
        cap = self._cap(self._keys("ip.cap"), "ip.capBasis")
        return {
            "pool": POOL_STAYS,
            "yearly": False,
            "deductible": deductible,
            "visit_cap": None,
            **cap,
            **self._segments(ratio, "ip.segmentBasis"),
        }

    def _free_admission(self) -> bool:
        name = "res.ip.freeAdmission"
        if (
            self.scheme != RESIDENT
            or self.packs.find(self.area, (f"{name}.from",), self.day) is None
        ):
            return False
        first, old, young = (
            self._need((f"{name}.{end}",))["value"] for end in ("from", "ageFrom", "ageTo")
        )
        return self.admission >= first and (self.age >= old or self.age <= young)

    def _chronic(self) -> dict[str, Any]:
        deductible = fen(self._need(self._keys("chr.deductible"))["value"])
        self._need(self._keys("chr.ratioRule"))
        ratio = self._need(self._keys_of("ip.ratio", level=True))
        if self.disease_class == 1:
            self._need(self._keys("chr.classI.capRule"))
        own = "ip.cap" if self.disease_class == 1 else "chr.classII.cap"
        cap = self._cap(self._keys(own), "ip.capBasis")
        return {
            "pool": POOL_STAYS if self.disease_class == 1 else POOL_CLASS_II,
            "yearly": False,
            "deductible": deductible,
            "visit_cap": None,
            **cap,
            **self._segments(ratio, "ip.segmentBasis"),
        }

    def _large(self, pool: int) -> dict[str, Any]:
        if self.scheme == RESIDENT or pool != POOL_STAYS:
            return {"large": Fraction(0), "large_cap": 0}
        share = share_of(self._need(("ip.largeAmount.ratio",))["value"])
        return {"large": share, "large_cap": fen(self._need(("ip.largeAmount.cap",))["value"])}

    def _serious(self, pool: int) -> dict[str, Any]:
        """Serious illness of residents: settled here only where every value may decide."""
        none: dict[str, Any] = {"serious_from": None, "serious_absolute": True, "serious": ()}
        none["serious_cap"] = 0
        if self.scheme != RESIDENT or pool != POOL_STAYS:
            return none
        ends = ("threshold", "ratio", "cap")
        found = [self.packs.find(self.area, (f"res.serious.{e}",), self.day) for e in ends]
        if not all(record is not None and decides(record) for record in found):
            rule = self.packs.find(self.area, ("res.serious.ifUnconfirmed",), self.day)
            if rule is not None and decides(rule) and rule["value"] == "NOT_SETTLED_HERE":
                return none
            bad = next(i for i, r in enumerate(found) if r is None or not decides(r))
            self._need((f"res.serious.{ends[bad]}",))
        threshold, ratio, cap = (record or {} for record in found)
        segments, absolute = segments_of(ratio), False
        if len(segments) > 1:
            absolute = self._need(("res.serious.bounds",))["value"] == "ABSOLUTE"
        return {
            "serious_from": fen(threshold["value"]),
            "serious_absolute": absolute,
            "serious": segments,
            "serious_cap": fen(cap["value"]),
        }

    def _prescription(self) -> bool:
        """Does the fund ask for a prescription at a pharmacy? What may not decide reads as yes."""
        names = {PHARMACY: "rx.fundNeedsPrescription", CHRONIC: "rx.chronicNeedsPrescription"}
        if self.setting not in names:
            return False
        record = self.packs.find(self.area, (names[self.setting],), self.day)
        return record is not None and (not decides(record) or record["value"] is True)
