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
from gongji.policy.keys import expansions
from gongji.policy.records import Value
from gongji.policy.trail import Trail

# Classes of a visit: what the 6th argument of AreaPolicy.benefit may say.
ORDINARY = 0
CHRONIC_CLASS_I = 1  # shares the inpatient cap
CHRONIC_CLASS_II = 2  # local caps by disease
CHILDBIRTH = 3

_CAP_BASIS = {"FUND": CAP_FUND, "IN_POLICY": CAP_IN_POLICY}
_SEGMENT_BASIS = {
    "AFTER_DEDUCTIBLE": SEGMENTS_AFTER_DEDUCTIBLE,
    "WITH_DEDUCTIBLE": SEGMENTS_WITH_DEDUCTIBLE,
    "YEAR": SEGMENTS_OF_YEAR,
}
_BOUNDS = {"ABSOLUTE": BOUNDS_ABSOLUTE, "ABOVE_THRESHOLD": BOUNDS_ABOVE_THRESHOLD}
_NO_SEGMENTS: Segments = (NO_LIMIT_FEN,) * SEGMENTS  # type: ignore[assignment]
_NO_RATIOS: Segments = (0,) * SEGMENTS  # type: ignore[assignment]


class Ask(NamedTuple):
    """For whom and what the rules are wanted."""

    scheme: int
    setting: int
    level: int  # 1-3
    retired: bool
    age: int
    admission_no: int  # 1 = first of the year
    visit_class: int
    civil_servant: bool
    aid_class: int


class _Pool(NamedTuple):
    """Deductible and pooled part, fen and basis points."""

    mode: int
    deductible_fen: int
    basis: int
    ratio: Value
    visit_cap_fen: int
    cap_basis: int
    cap_fen: int


class _Large(NamedTuple):
    ratio_bp: int
    cap_fen: int


class _Serious(NamedTuple):
    threshold_fen: int
    bounds: int
    upto_fen: Segments
    ratio_bp: Segments
    cap_fen: int


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
    subsidy_bp, subsidy_cap_fen = _subsidy(trail, ask)
    aid_threshold_fen, aid_bp, aid_cap_fen = _aid(trail, ask)
    upto, ratios = _fixed(pool.ratio.segments())
    # Where no fund pays anything, none asks for a prescription either.
    pays = any((*ratios, large.ratio_bp, *serious.ratio_bp, subsidy_bp, aid_bp))
    return BenefitRules(
        deductible_mode=pool.mode,
        deductible_fen=pool.deductible_fen,
        segment_basis=pool.basis,
        segment_upto_fen=upto,
        segment_ratio_bp=ratios,
        visit_cap_fen=pool.visit_cap_fen,
        cap_basis=pool.cap_basis,
        cap_fen=pool.cap_fen,
        large_ratio_bp=large.ratio_bp,
        large_cap_fen=large.cap_fen,
        serious_threshold_fen=serious.threshold_fen,
        serious_bounds=serious.bounds,
        serious_upto_fen=serious.upto_fen,
        serious_ratio_bp=serious.ratio_bp,
        serious_cap_fen=serious.cap_fen,
        subsidy_ratio_bp=subsidy_bp,
        subsidy_cap_fen=subsidy_cap_fen,
        aid_threshold_fen=aid_threshold_fen,
        aid_ratio_bp=aid_bp,
        aid_cap_fen=aid_cap_fen,
        needs_prescription=int(pays and _needs_prescription(trail, ask)),
    )


def _prefix(ask: Ask) -> str:
    return "res." if ask.scheme == RESIDENT else ""


def _keys(pattern: str, ask: Ask) -> tuple[str, ...]:
    status = "" if ask.scheme == RESIDENT else ("ret" if ask.retired else "in")
    aid = f"C{ask.aid_class}" if ask.aid_class else ""
    return expansions(_prefix(ask) + pattern, f"L{ask.level}", status, aid)


def _fixed(pairs: tuple[tuple[int, int], ...]) -> tuple[Segments, Segments]:
    last = pairs[-1]
    full = [*pairs, *[(NO_LIMIT_FEN, last[1])] * (SEGMENTS - len(pairs))]
    a, b, c, d = full
    return (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1])


def _basis(trail: Trail, pattern: str, ask: Ask, ratio: Value) -> int:
    """One segment reads the same on every basis; several need the pack's word."""
    if len(ratio.segments()) == 1:
        return SEGMENTS_AFTER_DEDUCTIBLE
    return _SEGMENT_BASIS[str(trail.need("pooled", *_keys(pattern, ask)).value)]


def _cap(trail: Trail, cap_key: str, basis_key: str, ask: Ask) -> tuple[int, int]:
    cap_fen = trail.need("cap", *_keys(cap_key, ask)).integer()
    if cap_fen >= NO_LIMIT_FEN:
        return CAP_FUND, cap_fen
    return _CAP_BASIS[str(trail.need("cap", *_keys(basis_key, ask)).value)], cap_fen


def _outpatient(trail: Trail, ask: Ask) -> _Pool:
    if ask.setting == PHARMACY:
        ratio = trail.need("pooled", *_keys("op.pharmacyRatio[.{S}]", ask))
    else:
        ratio = trail.need("pooled", *_keys("op.ratio.{L}[.{S}]", ask))
    if not any(ratio_bp for _, ratio_bp in ratio.segments()):
        # The fund pays nothing here, so no deductible is used up and no cap can be reached.
        nothing = (DEDUCTIBLE_PER_VISIT, 0, SEGMENTS_AFTER_DEDUCTIBLE)
        return _Pool(*nothing, ratio, NO_LIMIT_FEN, CAP_FUND, NO_LIMIT_FEN)
    mode = str(trail.need("deductible", *_keys("op.deductibleMode", ask)).value)
    deductible = trail.need("deductible", *_keys("op.deductible[.{L}][.{S}]", ask))
    visit_cap = trail.maybe("visit_cap", *_keys("op.perVisitCap[.{L}]", ask))
    if visit_cap is None:
        trail.absent("visit_cap", _prefix(ask) + "op.perVisitCap")
    basis, cap_fen = _cap(trail, "op.annualCap[.{S}]", "op.capBasis", ask)
    return _Pool(
        DEDUCTIBLE_YEARLY if mode == "YEARLY" else DEDUCTIBLE_PER_VISIT,
        deductible.integer(),
        _basis(trail, "op.segmentBasis", ask, ratio),
        ratio,
        visit_cap.integer() if visit_cap else NO_LIMIT_FEN,
        basis,
        cap_fen,
    )


def _inpatient(trail: Trail, ask: Ask) -> _Pool:
    if ask.visit_class == CHILDBIRTH:
        deductible = trail.need("deductible", *_keys("ip.childbirth.deductible", ask))
        ratio = trail.need("pooled", *_keys("ip.childbirth.ratio.{L}", ask))
    else:
        deductible = trail.need("deductible", *_keys("ip.deductible.{L}[.{S}]", ask))
        ratio = trail.need("pooled", *_keys("ip.ratio.{L}[.{S}]", ask))
    by_admission = deductible.amounts_fen()
    deductible_fen = by_admission[min(ask.admission_no, len(by_admission)) - 1]
    if _admission_is_free(trail, ask):
        deductible_fen = 0
    basis, cap_fen = _cap(trail, "ip.cap", "ip.capBasis", ask)
    segment_basis = _basis(trail, "ip.segmentBasis", ask, ratio)
    return _Pool(
        DEDUCTIBLE_PER_VISIT, deductible_fen, segment_basis, ratio, NO_LIMIT_FEN, basis, cap_fen
    )


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
    deductible = trail.need("deductible", *_keys("chr.deductible", ask))
    trail.need("pooled", *_keys("chr.ratioRule", ask))  # AS_INPATIENT is the only rule so far
    ratio = trail.need("pooled", *_keys("ip.ratio.{L}[.{S}]", ask))
    if ask.visit_class == CHRONIC_CLASS_I:
        trail.need("cap", *_keys("chr.classI.capRule", ask))
        basis, cap_fen = _cap(trail, "ip.cap", "ip.capBasis", ask)
    else:
        basis, cap_fen = _cap(trail, "chr.classII.cap", "ip.capBasis", ask)
    return _Pool(
        DEDUCTIBLE_PER_VISIT,
        deductible.integer(),
        _basis(trail, "ip.segmentBasis", ask, ratio),
        ratio,
        NO_LIMIT_FEN,
        basis,
        cap_fen,
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


def _in_inpatient_pool(ask: Ask) -> bool:
    return ask.setting == INPATIENT or (
        ask.setting == CHRONIC and ask.visit_class == CHRONIC_CLASS_I
    )


def _large(trail: Trail, ask: Ask) -> _Large:
    """Employees' large-amount scheme stands on the inpatient pool; residents have none."""
    if ask.scheme == RESIDENT or not _in_inpatient_pool(ask):
        trail.absent("large", "ip.largeAmount.ratio")
        return _Large(0, 0)
    ratio = trail.need("large", "ip.largeAmount.ratio")
    cap = trail.need("large", "ip.largeAmount.cap")
    return _Large(ratio.integer(), cap.integer())


def _serious(trail: Trail, ask: Ask) -> _Serious:
    """Residents' serious-illness insurance on the year's burden of the inpatient pool."""
    none = _Serious(NO_LIMIT_FEN, BOUNDS_ABSOLUTE, _NO_SEGMENTS, _NO_RATIOS, 0)
    if ask.scheme != RESIDENT or not _in_inpatient_pool(ask):
        trail.absent("serious", "res.serious.threshold")
        return none
    group = "res.serious.aided" if ask.aid_class else "res.serious"
    found = trail.supplement(
        "serious",
        {name: (f"{group}.{name}",) for name in ("threshold", "ratio", "cap")},
        {},
        "res.serious.ifUnconfirmed",
    )
    if found is None:
        return none
    pairs = found["ratio"].segments()
    bounds = BOUNDS_ABOVE_THRESHOLD
    if len(pairs) > 1:
        bounds = _BOUNDS[str(trail.need("serious", "res.serious.bounds").value)]
    upto, ratios = _fixed(pairs)
    cap_fen = found["cap"].integer()
    return _Serious(found["threshold"].integer(), bounds, upto, ratios, cap_fen)


def _subsidy(trail: Trail, ask: Ask) -> tuple[int, int]:
    if ask.scheme == RESIDENT or not ask.civil_servant:
        trail.absent("subsidy", "sub.inpatientRatio")
        return 0, 0
    inside = _in_inpatient_pool(ask)
    name = "sub.inpatientRatio[.{S}]" if inside else "sub.outpatientRatio[.{S}]"
    found = trail.supplement(
        "subsidy", {"ratio": _keys(name, ask)}, {"cap": ("sub.cap",)}, "sub.ifUnconfirmed"
    )
    if found is None:
        return 0, 0
    cap = found.get("cap")
    return found["ratio"].integer(), cap.integer() if cap else NO_LIMIT_FEN


def _aid(trail: Trail, ask: Ask) -> tuple[int, int, int]:
    if not ask.aid_class:
        trail.absent("aid", "aid.ratio")
        return NO_LIMIT_FEN, 0, 0
    status = f"C{ask.aid_class}"
    wanted = {
        name: expansions(f"aid.{name}[.{{C}}]", aid=status)
        for name in ("threshold", "ratio", "cap")
    }
    found = trail.supplement("aid", wanted, {}, "aid.ifUnconfirmed")
    if found is None:
        return NO_LIMIT_FEN, 0, 0
    return found["threshold"].integer(), found["ratio"].integer(), found["cap"].integer()
