# SPDX-License-Identifier: Apache-2.0
"""Keys that packs hold and no calculation reads: each with the reason, and with what is refused.

A value that would change an amount is never passed over: what needs it is refused at settlement
(``benefit_rules`` and ``away`` ask ``Trail.unsettled``). Lint refuses any other key that no code
reads (``lint_unread``).
"""

from __future__ import annotations

_TEXT = "a text for people; it decides no amount"
_MOVED = "money is moved and refunded at the agency, not by this system"
_ELSEWHERE = "care of this kind outside the pooling area is refused where it is stated"
_TWO = "no filing of the two diseases exists here; nothing is settled as one"
_FLOOR = "holds a province's cities to a minimum; lint compares them with it"

# Pattern of the key -> why it is only shown.
SHOWN_ONLY: dict[str, str] = {
    "ma.transferMin": _MOVED,
    "ma.transfersPerMonth": _MOVED,
    "ma.premiumRefundDays": _MOVED,
    "ma.groupAdmits": _TEXT,
    "ma.grant": _TEXT,
    "ma.forbidden": _TEXT,
    "ma.oneGroup": "other groups of a person are known to the agency alone, which binds them",
    "ma.wallet.clearing": _TEXT,
    "ma.wallet.institutions": _TEXT,
    "pa.creditRetYearly[.{B}]": "credits are monthly; a yearly credit is refused",
    "op.repeatDeductible.{L}": "visits are not counted; outpatient care at the level is refused",
    "op.outside.deductible.{L}": _ELSEWHERE,
    "op.outside.repeatDeductible.{L}": _ELSEWHERE,
    "op.ratioPrimary[.{S}]": "no institution is marked as primary; level 1 is refused where the "
    "ratio differs",
    "op.ratioReferred[.{S}]": "no message states a referral; levels 2 and 3 are refused where the "
    "ratio differs",
    "op.tcmRatio": "items are not marked; outpatient care is refused",
    "op.tcmPiecesRatio": "items are not marked; outpatient care is refused",
    "op.tcmCap": "items are not marked; outpatient care is refused",
    "op.countsInPooledCap": "the pools are counted apart; stays are refused, and outpatient "
    "payments alone never reach the pooled cap",
    "op.monthlyCap": "months are not counted; outpatient care is refused",
    "chr.ratio[.{S}]": "chronic care is settled by the rule AS_INPATIENT alone; where a ratio of "
    "its own is written it is refused",
    "res.chr.ratio": "as chr.ratio",
    "mat.antenatalCap": "antenatal care is not settled as such",
    "mat.naturalBirth": "fixed sums are not settled; stays for childbirth are refused",
    "sub.accountCredit[.{S}]": "a credit beside the monthly one is not made here",
    "res.op.ratioFamilyDoctor": "no message states a contract with a family doctor; nothing is "
    "settled as under one",
    "res.op.ratioCountyTcm": "no institution is marked as a county TCM hospital; levels 2 and 3 "
    "are refused where the ratio differs",
    "res.op.twoDiseases.ratio.{L}": _TWO,
    "res.op.twoDiseases.cap.hypertension": _TWO,
    "res.op.twoDiseases.cap.diabetes": _TWO,
    "res.op.twoDiseases.cap.both": _TWO,
    "res.op.ratioAt.{P}": "clinics are not marked; unrated institutions are refused where the "
    "ratio differs",
    "res.op.capAt.{P}": "clinics are not marked; unrated institutions are refused",
    "res.op.perDayCap": "days are not counted; outpatient care is refused",
    "res.op.monthlyCap": "months are not counted; outpatient care is refused",
    "res.op.capAfterYears": "years of cover are not counted; outpatient care is refused",
    "res.ip.referredOutside.deductible[.{L}]": _ELSEWHERE,
    "res.ip.referredOutside.ratio[.{L}]": _ELSEWHERE,
    "res.ip.unreferredOutside.deductible[.{L}]": _ELSEWHERE,
    "res.ip.unreferredOutside.ratio[.{L}]": _ELSEWHERE,
    "res.serious.incentive": "years of unbroken cover are not counted; a cap may only be higher",
    "res.serious.incentiveMost": "as res.serious.incentive",
    "premium.employee.withAccount": "employers pay it; nothing here is calculated from it",
    "premium.employee.withoutAccount": "employers pay it; nothing here is calculated from it",
    "res.premium.channels": _TEXT,
    "flex.wait": "shown beside the premium; no cover of the flexibly employed is calculated",
    "flex.note": _TEXT,
    "flex.channels": _TEXT,
    "floor.op.ratio[.{S}]": _FLOOR,
    "floor.op.levelGap": _FLOOR,
    "floor.op.capWageShare[.{S}]": _FLOOR,
    "xr.asFiled": "names for people; xr.asFiledAreas is read",
    "xr.referral.ratioCut": "a cut of the ratio is not settled; filed care outside is refused",
    "xr.unfiled.ratioCut": "a cut of the ratio is not settled; unfiled care outside is refused",
    "care.online": _TEXT,
    "xr.note": _TEXT,
    "xr.rule": _TEXT,
    "wait.employeeMost": "bounds what a place may set; the place's own months are read",
    "claim.deadline": _TEXT,
    "claim.workDays": "manual claims are made at the agency",
    "rule.credential": _TEXT,
    "rule.proxyPurchase": _TEXT,
    "rule.neverPaid": _TEXT,
    "rule.giver": _TEXT,
    "rule.recipient": _TEXT,
    "rule.benefits": _TEXT,
    "rule.payOrder": _TEXT,
    "rule.stepOrder": _TEXT,
}
