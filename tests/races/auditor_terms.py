# SPDX-License-Identifier: Apache-2.0
"""The terms on which funds pay a bill, read from the packs step by step as the docs list them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from auditor_packs import (
    CHRONIC,
    EMPLOYEE,
    PHARMACY,
    POOL_CLASS_II,
    POOL_STAYS,
    POOL_VISITS,
    RESIDENT,
    STAY,
    Gap,
    Packs,
    Segments,
    Value,
    decides,
    fen,
    segments_of,
    share_of,
)

from gongji.policy import errors


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
    cap_decided: bool  # a decision of the product: cost beyond it is open
    large: Fraction
    large_cap: int | None
    serious_from: int | None  # None: no such step
    serious_absolute: bool
    serious: Segments
    serious_cap: int | None
    serious_counts: bool  # the burden of this care counts toward the threshold
    open_from: int | None  # serious illness may pay above this, though not confirmed
    prescription: bool


def terms_of(packs: Packs, *asked: Any) -> Terms:
    """Terms of (area, scheme, day, setting, class, level, retired, age, admission); Gap."""
    if asked not in packs.found:
        try:
            packs.found[asked] = _Reading(packs, *asked).terms()
        except Gap as gap:
            packs.found[asked] = gap.code
    if isinstance(packs.found[asked], int):
        raise Gap(packs.found[asked])
    return packs.found[asked]


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
        record = self._need(cap)
        most = fen(record["value"])
        if most is None:
            return {"cap": None, "cap_of_cost": False, "cap_decided": False}
        by_cost = self._need(self._keys(basis))["value"] == "IN_POLICY"
        decided = record["confidence"] == "decided"
        return {"cap": most, "cap_of_cost": by_cost, "cap_decided": decided}

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
                "cap_decided": False,
            }
        mode = self._need(self._keys("op.deductibleMode"))["value"]
        deductible = fen(self._need(self._keys_of("op.deductible", level=False))["value"])
        visit_keys = self._keys_of("op.perVisitCap", level=False, status=False)
        visit_cap = None
        if self.packs.find(self.area, visit_keys, self.day) is not None:
            visit_cap = fen(self._need(visit_keys)["value"])
        cap = self._cap(self._keys_of("op.annualCap"), "op.capBasis")
        if self.setting != PHARMACY and self.level > 1:
            # A ratio for a kind of institution that nothing here tells of: not passed over.
            shown = self.packs.find(self.area, self._keys("op.ratioCountyTcm"), self.day)
            if shown is not None and shown["value"] != ratio["value"]:
                raise Gap(errors.NOT_SETTLED_HERE)
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
        """Serious illness of residents: settled here only where every value may decide.

        Where it is not, whatever lies above the threshold, or the least that one can be, is open.
        """
        none: dict[str, Any] = {"serious_from": None, "serious_absolute": True, "serious": ()}
        none |= {"serious_cap": 0, "serious_counts": True, "open_from": None}
        if self.scheme != RESIDENT:
            return none
        if pool != POOL_STAYS and self._need(("res.serious.base",))["value"] == "STAYS":
            return none | {"serious_counts": False}
        ends = ("threshold", "ratio", "cap", "thresholdAtLeast")
        keys = {end: (f"res.serious.{end}",) for end in ends}
        found = {end: self.packs.find(self.area, keys[end], self.day) for end in ends}
        sure = {end: r for end, r in found.items() if r is not None and decides(r)}
        bad = next((end for end in ends[:3] if end not in sure), None)
        if bad is not None:
            rule = self.packs.find(self.area, ("res.serious.ifUnconfirmed",), self.day)
            if rule is None or not decides(rule) or rule["value"] != "NOT_SETTLED_HERE":
                self._need(keys[bad])
            least = sure.get("threshold", sure.get("thresholdAtLeast"))
            return none | {"open_from": fen(least["value"]) if least else 0}
        segments, absolute = segments_of(sure["ratio"]), False
        if len(segments) > 1:
            absolute = self._need(("res.serious.bounds",))["value"] == "ABSOLUTE"
        return {
            **none,
            "serious_from": fen(sure["threshold"]["value"]),
            "serious_absolute": absolute,
            "serious": segments,
            "serious_cap": fen(sure["cap"]["value"]),
        }

    def _prescription(self) -> bool:
        """Does the fund ask for a prescription at a pharmacy? What may not decide reads as yes."""
        names = {PHARMACY: "rx.fundNeedsPrescription", CHRONIC: "rx.chronicNeedsPrescription"}
        if self.setting not in names:
            return False
        record = self.packs.find(self.area, (names[self.setting],), self.day)
        return record is not None and (not decides(record) or record["value"] is True)
