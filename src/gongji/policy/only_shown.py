# SPDX-License-Identifier: Apache-2.0
"""Care that has a rule of its own which is only shown: refused, because the amount would differ.

The reasons stand with the keys in ``shown_only``. Each function comes behind the values that
decide, so that what is missing is named first. Raises PolicyGap.
"""

from __future__ import annotations

from gongji.kernel.benefit import INPATIENT, OUTPATIENT, RESIDENT
from gongji.policy.asking import CHILDBIRTH, Ask, keys_of, prefix
from gongji.policy.records import Value
from gongji.policy.trail import Trail

# By policy.compiled.XR_*: referral 2, unfiled 3.
XR_CUTS = {2: "xr.referral.ratioCut", 3: "xr.unfiled.ratioCut"}
_OUTSIDE = {2: "referredOutside", 3: "unreferredOutside"}


def outpatient(trail: Trail, ask: Ask, ratio: Value) -> None:
    """Rules by count of visits, kind of institution or item, day, month or years of cover."""
    before = prefix(ask)
    trail.unsettled(*keys_of("op.repeatDeductible.{L}", ask))
    if ask.level == 1:
        trail.unsettled(*keys_of("op.ratioPrimary[.{S}]", ask), same_as=ratio)
    else:
        trail.unsettled(*keys_of("op.ratioReferred[.{S}]", ask), same_as=ratio)
        trail.unsettled(before + "op.ratioCountyTcm", same_as=ratio)
    if ask.unrated:
        trail.unsettled(before + "op.ratioAt.village", same_as=ratio)
        trail.unsettled(before + "op.ratioAt.township", same_as=ratio)
        trail.unsettled(before + "op.capAt.village", before + "op.capAt.township")
    names = ("tcmRatio", "tcmPiecesRatio", "tcmCap", "perDayCap", "monthlyCap", "capAfterYears")
    trail.unsettled(*(f"{before}op.{name}" for name in names))


def stay(trail: Trail, ask: Ask) -> None:
    """A cap that outpatient payments use up as well; fixed sums of a birth."""
    counts = trail.maybe_any(prefix(ask) + "op.countsInPooledCap")
    if counts is not None and counts.value != 0:
        trail.unsettled(counts.key)
    if ask.visit_class == CHILDBIRTH:
        trail.unsettled("mat.naturalBirth")


def chronic(trail: Trail, ask: Ask) -> None:
    """A ratio of its own beside the rule AS_INPATIENT."""
    trail.unsettled(*keys_of("chr.ratio[.{S}]", ask))


def elsewhere(trail: Trail, scheme: int, setting: int, filed: int) -> None:
    """Care outside the pooling area: cuts of the ratio, deductibles and ratios of its own."""
    cut = XR_CUTS.get(filed)
    if cut is not None:
        trail.unsettled(cut)
    levels = ("", ".L1", ".L2", ".L3")
    if setting == OUTPATIENT and scheme != RESIDENT:
        names = ("op.outside.deductible", "op.outside.repeatDeductible")
        trail.unsettled(*(name + level for name in names for level in levels))
    kind = _OUTSIDE.get(filed)
    if setting == INPATIENT and scheme == RESIDENT and kind is not None:
        names = (f"res.ip.{kind}.deductible", f"res.ip.{kind}.ratio")
        trail.unsettled(*(name + level for name in names for level in levels))
