# SPDX-License-Identifier: Apache-2.0
"""From the national kind of care (med_type, 医疗类别) to the setting whose rules apply.

Provinces extend the codes by further digits; the longest known beginning decides.
"""

from __future__ import annotations

from gongji.care.errors import INSTITUTION_KIND, MED_TYPE_UNKNOWN, refusal
from gongji.care.institutions import PHARMACY_KIND
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY

_SETTINGS: dict[str, int] = {
    "11": OUTPATIENT,
    "12": OUTPATIENT,
    "13": OUTPATIENT,
    "14": CHRONIC,
    "15": CHRONIC,
    "18": CHRONIC,
    "19": OUTPATIENT,
    "21": INPATIENT,
    "22": INPATIENT,
    "23": INPATIENT,
    "24": INPATIENT,
    "26": INPATIENT,
    "27": INPATIENT,
    "28": INPATIENT,
    "41": PHARMACY,
    "51": OUTPATIENT,
    "52": INPATIENT,
    "71": INPATIENT,
    "93": PHARMACY,
    "9901": CHRONIC,
    "9903": OUTPATIENT,
    "9904": CHRONIC,
}

# Registration before the visit is described (2201) says nothing about the kind of care.
ORDINARY_OUTPATIENT = "11"


def setting_of(med_type: str, institution_kind: int) -> int:
    """The setting (kernel.benefit) of a kind of care at a hospital or pharmacy.

    A pharmacy always is the pharmacy setting unless the medicine is for a filed chronic disease.
    Refusal 2105 for unknown codes, 2102 for what that kind of institution cannot do.
    """
    setting = _known(med_type)
    if setting is None:
        raise refusal(MED_TYPE_UNKNOWN, med_type=med_type[:6])
    if institution_kind == PHARMACY_KIND:
        if setting == INPATIENT:
            raise refusal(INSTITUTION_KIND, med_type=med_type)
        return CHRONIC if setting == CHRONIC else PHARMACY
    if setting == PHARMACY:
        raise refusal(INSTITUTION_KIND, med_type=med_type)
    return setting


def asks_for_filing(med_type: str) -> bool:
    """Tell whether a kind of care is that of a filed chronic or special disease, anywhere."""
    return _known(med_type) == CHRONIC


def _known(med_type: str) -> int | None:
    for length in range(len(med_type), 1, -1):
        setting = _SETTINGS.get(med_type[:length])
        if setting is not None:
            return setting
    return None
