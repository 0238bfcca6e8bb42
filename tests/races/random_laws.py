# SPDX-License-Identifier: Apache-2.0
"""Other laws for random runs: the shipped packs with values of Nanchang that differ.

Between them every way of counting deductibles, segments and caps, every order of buckets and three
orders of givers are met; the figures are small, so that bounds are reached in a short run.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import yaml

from gongji.policy.library import PACKS

NANCHANG = 360100
LOW = [{"upto": 100, "ratio": 50}, {"upto": 250, "ratio": 60}, {"ratio": 80}]
HIGH = [{"upto": 400, "ratio": 85}, {"ratio": "95.5"}]

# Unit -> key -> value.
PER_VISIT = {
    "choice": {
        "op.deductibleMode": "PER_VISIT",
        "op.segmentBasis": "AFTER_DEDUCTIBLE",
        "ip.segmentBasis": "WITH_DEDUCTIBLE",
        "ma.sourceBalance": "ACCUMULATED_ONLY",
        "ma.giverOrder": "LATEST_BOUND_FIRST",
    },
    "yuan": {
        "op.deductible": 50,
        "op.perVisitCap": 150,
        "op.annualCap": 1500,
        "ip.cap": 9000,
        "ip.largeAmount.cap": 3000,
        "chr.classII.cap": 300,
        "ma.retainedBalance": 20,
    },
    "segments": {
        **{f"op.ratio.L{level}": LOW for level in (1, 2, 3)},
        **{f"ip.ratio.L{level}.{status}": HIGH for level in (1, 2, 3) for status in ("in", "ret")},
        "op.pharmacyRatio": LOW,
    },
    "yes_no": {"ma.relativesCountToDeductible": False},
    "count": {"ma.maxGiversPerSettlement": 2},
}
PER_YEAR = {
    "choice": {
        "op.segmentBasis": "YEAR",
        "ip.segmentBasis": "YEAR",
        "op.capBasis": "IN_POLICY",
        "ip.capBasis": "IN_POLICY",
        "res.op.segmentBasis": "WITH_DEDUCTIBLE",
        "res.ip.segmentBasis": "YEAR",
        "res.serious.bounds": "ABSOLUTE",
        "res.serious.base": "ALL_VISITS",
        "pa.bucketOrder": "CARRIED_FIRST",
        "ma.giverOrder": "LARGEST_BALANCE_FIRST",
        "ma.eligibleBase": "ALL_PERSONAL",
    },
    "yuan": {
        "op.annualCap": 900,
        "ip.cap": 6000,
        "ip.largeAmount.cap": 4000,
        "chr.classII.cap": 200,
        "res.chr.classII.cap": 200,
        "res.serious.threshold": 300,
        "res.serious.cap": 2000,
        "res.ip.cap": 2500,
    },
    "segments": {
        **{f"op.ratio.L{level}": LOW for level in (1, 2, 3)},
        "res.op.ratio.L1": LOW,
        **{f"ip.ratio.L{level}.{status}": HIGH for level in (1, 2, 3) for status in ("in", "ret")},
        **{f"res.ip.ratio.L{level}": LOW for level in (1, 2, 3)},
        "op.pharmacyRatio": LOW,
        "res.serious.ratio": HIGH,
    },
    "yes_no": {"ma.ownMustBeZero": True, "rx.chronicNeedsPrescription": True},
    "count": {},
}
LAWS = {"shipped": {}, "per visit": PER_VISIT, "per year": PER_YEAR}


class _Plain(yaml.SafeDumper):
    """Writes every value out where it stands."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def packs_of(law: str, folder: Path) -> Path:
    """The packs of a law: those shipped, or a copy below ``folder`` with its values."""
    if not LAWS[law]:
        return PACKS
    root = folder / law.replace(" ", "-")
    if root.exists():
        return root
    shutil.copytree(PACKS, root)
    believed = dt.date(2026, 12, 2)  # later than everything that is shipped
    common = {
        "from": dt.date(2025, 1, 1),
        "published": "2025",
        "source": "P30",
        "article": "试",
        "confidence": "high",
        "checked": believed,
        "known_from": believed,
    }
    blocks = [
        {**common, "unit": unit, "values": values} for unit, values in LAWS[law].items() if values
    ]
    written = {"area": NANCHANG, "topic": "trial", "blocks": blocks}
    # Copies, not YAML anchors: the shipped packs have none either.
    text = yaml.dump(written, allow_unicode=True, Dumper=_Plain)
    (root / str(NANCHANG) / "trial.yaml").write_text(text, encoding="utf-8")
    return root
