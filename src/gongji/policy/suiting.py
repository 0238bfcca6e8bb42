# SPDX-License-Identifier: Apache-2.0
"""For whom a kind of care or a disease code can be: what the national code itself says of the sex.

Sources: 医疗类别 (med_type) of the national interface and its Hunan edition; groups of ICD-10
(GB/T 14396, 国家医保版) whose very names belong to one sex. Decisions of this product, not law:
that a contradiction is refused; that 51 (生育门诊) stays open to men, because family planning of
husbands is settled under it; that a sex which is not known passes. Codes of filed diseases (M and
five digits, 门诊慢特病) say nothing of sex or age, so nothing is read from them.
"""

from __future__ import annotations

import re

MALE = 1  # GB/T 2261.1
FEMALE = 2
_SEX_ZH = {MALE: "男性", FEMALE: "女性"}
_SEX_EN = {MALE: "men", FEMALE: "women"}

# Beginnings of med_type that are childbirth in hospital: 52 (national), 2106 平产 and 2107 剖宫产
# of residents (Hunan edition).
_CHILDBIRTH = ("52", "2106", "2107")

# Groups of ICD-10: letter, first and last two digits, who can have it, name of the group.
_GROUPS: tuple[tuple[str, int, int, int, str], ...] = (
    ("C", 51, 58, FEMALE, "女性生殖器官恶性肿瘤"),
    ("C", 60, 63, MALE, "男性生殖器官恶性肿瘤"),
    ("N", 40, 51, MALE, "男性生殖器官疾病"),
    ("N", 70, 77, FEMALE, "女性盆腔器官炎性疾病"),
    ("N", 80, 98, FEMALE, "女性生殖道非炎性疾患"),
    ("O", 0, 99, FEMALE, "妊娠、分娩和产褥期"),
)
# Never a code of filed diseases: those are M and five digits without a point.
_ICD10 = re.compile(r"([A-Z])([0-9]{2})(?:\.|\Z)")


def is_childbirth(med_type: str) -> bool:
    """Tell whether a kind of care is childbirth in hospital."""
    return med_type.startswith(_CHILDBIRTH)


def unsuited(sex: int, med_type: str, dise_codg: str = "") -> tuple[str, str] | None:
    """Say why a person of that sex cannot have this care or disease, zh and en; None when fit.

    ``sex`` as in GB/T 2261.1; 0 and 9 are not known and contradict nothing.
    """
    if sex == MALE and is_childbirth(med_type):
        return (
            f"医疗类别 {med_type} 是生育住院，参保人为男性，不能按生育待遇办理",
            f"med_type {med_type} is childbirth in hospital and the patient is male",
        )
    found = _ICD10.match(dise_codg.strip().upper())
    if found is None:
        return None
    letter, number = found[1], int(found[2])
    for group, first, last, whose, name in _GROUPS:
        if group == letter and first <= number <= last and sex == MALE + FEMALE - whose:
            return (
                f"病种 {found[1]}{found[2]}（{name}）只限{_SEX_ZH[whose]}，与参保人性别不符",
                f"disease {found[1]}{found[2]} occurs in {_SEX_EN[whose]} only",
            )
    return None


__all__ = ["FEMALE", "MALE", "is_childbirth", "unsuited"]
