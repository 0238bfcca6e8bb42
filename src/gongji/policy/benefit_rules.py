# SPDX-License-Identifier: Apache-2.0
"""From pack values to the kernel's BenefitRules for one patient, setting, level and status.

Every step that the law has must come from a confirmed value or is a gap; a step that a scheme
does not have is written down as absent. docs/policy-format.md lists the decision for each key.
"""

from __future__ import annotations

from typing import NamedTuple

from gongji.kernel.benefit import (
    BOUNDS_ABOVE_THRESHOLD,
    BOUNDS_ABSOLUTE,
    CAP_FUND,
    CAP_IN_POLICY,
    CHRONIC,
    DEDUCTIBLE_PER_VISIT,
    DEDUCTIBLE_YEARLY,
    INPATIENT,
    NO_LIMIT_FEN,
    PHARMACY,
    RESIDENT,
    SEGMENTS,
    SEGMENTS_AFTER_DEDUCTIBLE,
    SEGMENTS_OF_YEAR,
    SEGMENTS_WITH_DEDUCTIBLE,
    BenefitRules,
    Segments,
)
from gongji.kernel.money import WHOLE_BP
from gongji.policy import only_shown
from gongji.policy.asking import CHILDBIRTH as CHILDBIRTH
from gongji.policy.asking import CHRONIC_CLASS_I as CHRONIC_CLASS_I
from gongji.policy.asking import CHRONIC_CLASS_II as CHRONIC_CLASS_II
from gongji.policy.asking import ORDINARY as ORDINARY
from gongji.policy.asking import Ask, in_inpatient_pool, keys_of, prefix
from gongji.policy.keys import expansions
from gongji.policy.records import DECIDED, Value
from gongji.policy.trail import Trail

_CAP_BASIS = {"FUND": CAP_FUND, "IN_POLICY": CAP_IN_POLICY}
_SEGMENT_BASIS = {
    "AFTER_DEDUCTIBLE": SEGMENTS_AFTER_DEDUCTIBLE,
    "WITH_DEDUCTIBLE": SEGMENTS_WITH_DEDUCTIBLE,
    "YEAR": SEGMENTS_OF_YEAR,
}
_BOUNDS = {"ABSOLUTE": BOUNDS_ABSOLUTE, "ABOVE_THRESHOLD": BOUNDS_ABOVE_THRESHOLD}
_NO_SEGMENTS: Segments = (NO_LIMIT_FEN,) * SEGMENTS  # type: ignore[assignment]
_NO_RATIOS: Segments = (0,) * SEGMENTS  # type: ignore[assignment]


class _Pool(NamedTuple):
    """Deductible and pooled part, fen and basis points."""

    mode: int
    deductible_fen: int
    basis: int
    ratio: Value
    visit_cap_fen: int
    cap: _Cap


class _Cap(NamedTuple):
    basis: int
    fen: int
    decided: bool = False  # no document states it: cost beyond it is open


class _Large(NamedTuple):
    ratio_bp: int
    cap_fen: int


class _Serious(NamedTuple):
    threshold_fen: int
    bounds: int
    upto_fen: Segments
    ratio_bp: Segments
    cap_fen: int
    counts: bool  # the burden of such a visit counts toward the threshold
    open_from_fen: int  # may pay above this although not confirmed; NO_LIMIT_FEN = surely nothing


class _Subsidy(NamedTuple):
    ratio_bp: int
    cap_fen: int
    open_bp: int  # the most it may pay although not confirmed


class _Aid(NamedTuple):
    threshold_fen: int
    ratio_bp: int
    cap_fen: int
    open_from_fen: int


def build(trail: Trail, ask: Ask) -> BenefitRules:
    """The rules; raises PolicyGap naming the first value that is missing or not confirmed."""
    if ask.setting == INPATIENT:
        pool = _inpatient(trail, ask)
    elif ask.setting == CHRONIC:
        pool = _chronic(trail, ask)
    else:
        pool = _outpatient(trail, ask)
    large = _large(trail, ask)
    serious = _serious(trail, ask)
    subsidy = _subsidy(trail, ask)
    aid = _aid(trail, ask)
    upto, ratios = _fixed(pool.ratio.segments())
    # Where no fund pays anything, none asks for a prescription either.
    pays = any((*ratios, large.ratio_bp, *serious.ratio_bp, subsidy.ratio_bp, aid.ratio_bp))
    return BenefitRules(
        deductible_mode=pool.mode,
        deductible_fen=pool.deductible_fen,
        segment_basis=pool.basis,
        segment_upto_fen=upto,
        segment_ratio_bp=ratios,
        visit_cap_fen=pool.visit_cap_fen,
        cap_basis=pool.cap.basis,
        cap_fen=pool.cap.fen,
        large_ratio_bp=large.ratio_bp,
        large_cap_fen=large.cap_fen,
        serious_threshold_fen=serious.threshold_fen,
        serious_bounds=serious.bounds,
        serious_upto_fen=serious.upto_fen,
        serious_ratio_bp=serious.ratio_bp,
        serious_cap_fen=serious.cap_fen,
        subsidy_ratio_bp=subsidy.ratio_bp,
        subsidy_cap_fen=subsidy.cap_fen,
        aid_threshold_fen=aid.threshold_fen,
        aid_ratio_bp=aid.ratio_bp,
        aid_cap_fen=aid.cap_fen,
        needs_prescription=int(pays and _needs_prescription(trail, ask)),
        serious_counts=int(serious.counts),
        open_serious_from_fen=serious.open_from_fen,
        open_subsidy_bp=subsidy.open_bp,
        open_aid_from_fen=aid.open_from_fen,
        open_cap=int(pool.cap.decided),
    )


_NO_CAP = _Cap(CAP_FUND, NO_LIMIT_FEN)
_NO_SERIOUS = _Serious(
    NO_LIMIT_FEN, BOUNDS_ABSOLUTE, _NO_SEGMENTS, _NO_RATIOS, 0, False, NO_LIMIT_FEN
)
_SERIOUS = {
    "threshold": ("res.serious.threshold",),
    "ratio": ("res.serious.ratio",),
    "cap": ("res.serious.cap",),
}
_SERIOUS_LEAST = "res.serious.thresholdAtLeast"
_AIDED = {
    "threshold": ("res.serious.aided.threshold",),
    "ratio": ("res.serious.aided.ratio",),
    "cap": ("res.serious.aided.cap",),
}
_AIDED_LEAST = "res.serious.aided.thresholdAtLeast"
_AID = {"threshold": "aid.threshold[.{C}]", "ratio": "aid.ratio[.{C}]", "cap": "aid.cap[.{C}]"}
STAYS_ONLY = "STAYS"  # res.serious.base: stays and class I chronic care count, or ALL_VISITS


def _fixed(pairs: tuple[tuple[int, int], ...]) -> tuple[Segments, Segments]:
    last = pairs[-1]
    full = [*pairs, *[(NO_LIMIT_FEN, last[1])] * (SEGMENTS - len(pairs))]
    a, b, c, d = full
    return (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1])


def _basis(trail: Trail, pattern: str, ask: Ask, ratio: Value) -> int:
    """One segment reads the same on every basis; several need the pack's word."""
    if len(ratio.segments()) == 1:
        return SEGMENTS_AFTER_DEDUCTIBLE
    return _SEGMENT_BASIS[str(trail.need("pooled", *keys_of(pattern, ask)).value)]


def _cap(trail: Trail, cap_key: str, basis_key: str, ask: Ask) -> _Cap:
    cap = trail.need("cap", *keys_of(cap_key, ask))
    if cap.integer() >= NO_LIMIT_FEN:
        return _NO_CAP
    basis = _CAP_BASIS[str(trail.need("cap", *keys_of(basis_key, ask)).value)]
    return _Cap(basis, cap.integer(), cap.confidence == DECIDED)


def _outpatient(trail: Trail, ask: Ask) -> _Pool:
    if ask.setting == PHARMACY:
        ratio = trail.need("pooled", *keys_of("op.pharmacyRatio[.{S}]", ask))
    else:
        ratio = trail.need("pooled", *keys_of("op.ratio.{L}[.{S}]", ask))
    if not any(ratio_bp for _, ratio_bp in ratio.segments()):
        # The fund pays nothing here, so no deductible is used up and no cap can be reached.
        nothing = (DEDUCTIBLE_PER_VISIT, 0, SEGMENTS_AFTER_DEDUCTIBLE)
        return _Pool(*nothing, ratio, NO_LIMIT_FEN, _NO_CAP)
    mode = str(trail.need("deductible", *keys_of("op.deductibleMode", ask)).value)
    deductible = trail.need("deductible", *keys_of("op.deductible[.{L}][.{S}]", ask))
    visit_cap = trail.maybe("visit_cap", *keys_of("op.perVisitCap[.{L}]", ask))
    if visit_cap is None:
        trail.absent("visit_cap", prefix(ask) + "op.perVisitCap")
    cap = _cap(trail, "op.annualCap[.{S}]", "op.capBasis", ask)
    if ask.setting != PHARMACY:
        only_shown.outpatient(trail, ask, ratio)
    return _Pool(
        DEDUCTIBLE_YEARLY if mode == "YEARLY" else DEDUCTIBLE_PER_VISIT,
        deductible.integer(),
        _basis(trail, "op.segmentBasis", ask, ratio),
        ratio,
        visit_cap.integer() if visit_cap else NO_LIMIT_FEN,
        cap,
    )


def _inpatient(trail: Trail, ask: Ask) -> _Pool:
    if ask.visit_class == CHILDBIRTH:
        deductible = trail.need("deductible", *keys_of("ip.childbirth.deductible", ask))
        ratio = trail.need("pooled", *keys_of("ip.childbirth.ratio.{L}", ask))
    else:
        deductible = trail.need("deductible", *keys_of("ip.deductible.{L}[.{S}]", ask))
        ratio = trail.need("pooled", *keys_of("ip.ratio.{L}[.{S}]", ask))
    by_admission = deductible.amounts_fen()
    deductible_fen = by_admission[min(ask.admission_no, len(by_admission)) - 1]
    if _admission_is_free(trail, ask):
        deductible_fen = 0
    cap = _cap(trail, "ip.cap", "ip.capBasis", ask)
    segment_basis = _basis(trail, "ip.segmentBasis", ask, ratio)
    only_shown.stay(trail, ask)
    return _Pool(DEDUCTIBLE_PER_VISIT, deductible_fen, segment_basis, ratio, NO_LIMIT_FEN, cap)


def _admission_is_free(trail: Trail, ask: Ask) -> bool:
    """Residents: no deductible from a certain admission on for the old and the very young."""
    if ask.scheme != RESIDENT or ask.visit_class == CHILDBIRTH:
        return False
    first = trail.maybe("deductible", "res.ip.freeAdmission.from")
    if first is None:
        return False
    oldest = trail.need("deductible", "res.ip.freeAdmission.ageFrom").integer()
    youngest = trail.need("deductible", "res.ip.freeAdmission.ageTo").integer()
    right_age = ask.age >= oldest or ask.age <= youngest
    return right_age and ask.admission_no >= first.integer()


def _chronic(trail: Trail, ask: Ask) -> _Pool:
    deductible = trail.need("deductible", *keys_of("chr.deductible", ask))
    trail.need("pooled", *keys_of("chr.ratioRule", ask))  # AS_INPATIENT is the only rule so far
    ratio = trail.need("pooled", *keys_of("ip.ratio.{L}[.{S}]", ask))
    if ask.visit_class == CHRONIC_CLASS_I:
        trail.need("cap", *keys_of("chr.classI.capRule", ask))
        cap = _cap(trail, "ip.cap", "ip.capBasis", ask)
    else:
        cap = _cap(trail, "chr.classII.cap", "ip.capBasis", ask)
    only_shown.chronic(trail, ask)
    return _Pool(
        DEDUCTIBLE_PER_VISIT,
        deductible.integer(),
        _basis(trail, "ip.segmentBasis", ask, ratio),
        ratio,
        NO_LIMIT_FEN,
        cap,
    )


_PRESCRIPTION_KEYS = {
    PHARMACY: "rx.fundNeedsPrescription",
    CHRONIC: "rx.chronicNeedsPrescription",
}


def _needs_prescription(trail: Trail, ask: Ask) -> bool:
    """Whether the fund asks for a prescription where a pharmacy sells.

    Before any value is in force it does not. A value that may not decide money never opens the
    fund: it reads as yes and makes the result a weak one.
    """
    key = _PRESCRIPTION_KEYS.get(ask.setting)
    if key is None:
        return False
    found = trail.library.value(trail.area, key, trail.on, known_on=trail.known_on)
    if found is None:
        return False
    trail.note("prescription", found)
    return not trail.library.accepted(found) or bool(found.integer())


def _large(trail: Trail, ask: Ask) -> _Large:
    """Employees' large-amount scheme stands on the inpatient pool; residents have none."""
    if ask.scheme == RESIDENT or not in_inpatient_pool(ask):
        trail.absent("large", "ip.largeAmount.ratio")
        return _Large(0, 0)
    ratio = trail.need("large", "ip.largeAmount.ratio")
    cap = trail.need("large", "ip.largeAmount.cap")
    return _Large(ratio.integer(), cap.integer())


def _serious(trail: Trail, ask: Ask) -> _Serious:
    """Residents' serious-illness insurance on the year's burden of the visits that count."""
    if ask.scheme != RESIDENT:
        trail.absent("serious", "res.serious.threshold")
        return _NO_SERIOUS._replace(counts=True)
    if not in_inpatient_pool(ask):
        base = trail.need("serious", "res.serious.base").value
        if base == STAYS_ONLY:
            trail.absent("serious", "res.serious.threshold")
            return _NO_SERIOUS
    wanted, least = (_AIDED, _AIDED_LEAST) if ask.aid_class else (_SERIOUS, _SERIOUS_LEAST)
    found = trail.supplement("serious", wanted, {}, "res.serious.ifUnconfirmed")
    if found is None:
        # Below a known threshold, or below the least that one can be, nothing can be due.
        known = trail.known("serious", *wanted["threshold"]) or trail.known("serious", least)
        return _NO_SERIOUS._replace(counts=True, open_from_fen=known.integer() if known else 0)
    pairs = found["ratio"].segments()
    bounds = BOUNDS_ABOVE_THRESHOLD
    if len(pairs) > 1:
        bounds = _BOUNDS[str(trail.need("serious", "res.serious.bounds").value)]
    upto, ratios = _fixed(pairs)
    threshold_fen, cap_fen = found["threshold"].integer(), found["cap"].integer()
    return _Serious(threshold_fen, bounds, upto, ratios, cap_fen, True, NO_LIMIT_FEN)


def _subsidy(trail: Trail, ask: Ask) -> _Subsidy:
    if ask.scheme == RESIDENT or not ask.civil_servant:
        trail.absent("subsidy", "sub.inpatientRatio")
        return _Subsidy(0, 0, 0)
    inside = in_inpatient_pool(ask)
    keys = keys_of("sub.inpatientRatio[.{S}]" if inside else "sub.outpatientRatio[.{S}]", ask)
    found = trail.supplement("subsidy", {"ratio": keys}, {"cap": ("sub.cap",)}, "sub.ifUnconfirmed")
    if found is None:
        known = trail.known("subsidy", *keys)
        return _Subsidy(0, 0, known.integer() if known else WHOLE_BP)
    cap = found.get("cap")
    return _Subsidy(found["ratio"].integer(), cap.integer() if cap else NO_LIMIT_FEN, 0)


def _aid(trail: Trail, ask: Ask) -> _Aid:
    if not ask.aid_class:
        trail.absent("aid", "aid.ratio")
        return _Aid(NO_LIMIT_FEN, 0, 0, NO_LIMIT_FEN)
    status = f"C{ask.aid_class}"
    wanted = {name: expansions(key, aid=status) for name, key in _AID.items()}
    found = trail.supplement("aid", wanted, {}, "aid.ifUnconfirmed")
    if found is None:
        known = trail.known("aid", *wanted["threshold"])
        return _Aid(NO_LIMIT_FEN, 0, 0, known.integer() if known else 0)
    threshold_fen, ratio_bp = found["threshold"].integer(), found["ratio"].integer()
    return _Aid(threshold_fen, ratio_bp, found["cap"].integer(), NO_LIMIT_FEN)
