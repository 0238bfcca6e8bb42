# SPDX-License-Identifier: Apache-2.0
"""Which care and which diseases contradict a person's sex."""

from __future__ import annotations

import pytest

from gongji.policy.suiting import FEMALE, MALE, unsuited

UNKNOWN = (0, 9)


@pytest.mark.parametrize("med_type", ["52", "5201", "2106", "2107"])
def test_childbirth_in_hospital(med_type: str) -> None:
    assert unsuited(MALE, med_type) is not None
    assert all(unsuited(sex, med_type) is None for sex in (FEMALE, *UNKNOWN))


@pytest.mark.parametrize("med_type", ["51", "21", "2101", "14", "41", ""])
def test_other_care_is_for_all(med_type: str) -> None:
    assert all(unsuited(sex, med_type) is None for sex in (MALE, FEMALE, *UNKNOWN))


@pytest.mark.parametrize(
    ("code", "whose"),
    [
        ("O00.900", FEMALE),
        ("O99", FEMALE),
        ("C53.900", FEMALE),
        ("C58.x00", FEMALE),
        ("N70.000", FEMALE),
        ("N98.100", FEMALE),
        (" c61.x00", MALE),
        ("C63.900", MALE),
        ("N40.x00", MALE),
        ("N51.000", MALE),
    ],
)
def test_groups_of_one_sex(code: str, whose: int) -> None:
    other = MALE + FEMALE - whose
    assert unsuited(whose, "11", code) is None
    assert unsuited(other, "11", code) is not None
    assert all(unsuited(sex, "11", code) is None for sex in UNKNOWN)


@pytest.mark.parametrize(
    "code", ["", "M07801", "M03900", "N39.000", "N52", "N79", "N99", "C50.900", "C59", "C64",
             "O8", "O800", "P07.300", "OB1", "高血压"],
)  # fmt: skip
def test_codes_that_say_nothing(code: str) -> None:
    assert all(unsuited(sex, "11", code) is None for sex in (MALE, FEMALE))
