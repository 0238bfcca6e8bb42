# SPDX-License-Identifier: Apache-2.0
"""Identity numbers: what is made can be read, what is changed is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.kernel.errors import Refusal
from gongji.members import errors, idcard

TODAY = dt.date(2026, 11, 22)
AREAS = st.sampled_from([110000, 360100, 360400, 420100, 650000, 830000])
BIRTHS = st.dates(min_value=dt.date(1900, 1, 1), max_value=TODAY)


@given(area=AREAS, birth=BIRTHS, sequence=st.integers(0, 999))
def test_what_is_made_reads_back(area: int, birth: dt.date, sequence: int) -> None:
    card = idcard.validate(idcard.make(area, birth, sequence).lower(), TODAY)
    assert (card.area, card.birth, card.sequence) == (area, birth, sequence)
    assert card.sex == (1 if sequence % 2 else 2)


@given(
    birth=BIRTHS,
    sequence=st.integers(0, 999),
    place=st.integers(0, 16),
    shift=st.integers(1, 9),
)
def test_one_wrong_digit_is_always_found(
    birth: dt.date, sequence: int, place: int, shift: int
) -> None:
    number = idcard.make(360100, birth, sequence)
    wrong = str((int(number[place]) + shift) % 10)
    with pytest.raises(Refusal):
        idcard.validate(number[:place] + wrong + number[place + 1 :], TODAY)


def test_every_check_character_occurs() -> None:
    made = {idcard.make(360100, dt.date(1980, 1, 1), n)[-1] for n in range(100)}
    assert made == set("0123456789X")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", errors.CERTIFICATE_MALFORMED),
        ("36010019800101001", errors.CERTIFICATE_MALFORMED),
        ("3601001980010100１X", errors.CERTIFICATE_MALFORMED),
        ("99010019800101001X", errors.CERTIFICATE_AREA_UNKNOWN),
        ("36010019800230001X", errors.CERTIFICATE_DATE_IMPOSSIBLE),
        ("36010020991231001X", errors.CERTIFICATE_DATE_IMPOSSIBLE),
        ("36010018991231001X", errors.CERTIFICATE_DATE_IMPOSSIBLE),
    ],
)
def test_each_fault_has_its_number(text: str, code: int) -> None:
    with pytest.raises(Refusal) as caught:
        idcard.validate(text, TODAY)
    assert caught.value.code == code
    assert not text or text not in caught.value.zh + caught.value.en


def test_wrong_check_character() -> None:
    number = idcard.make(360100, dt.date(1980, 1, 1), 1)
    other = "0" if number[-1] != "0" else "1"
    with pytest.raises(Refusal) as caught:
        idcard.validate(number[:-1] + other, TODAY)
    assert caught.value.code == errors.CERTIFICATE_CHECK_DIGIT


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [
        (dt.date(2000, 2, 29), dt.date(2026, 2, 28), 25),
        (dt.date(2000, 2, 29), dt.date(2026, 3, 1), 26),
        (dt.date(2026, 11, 22), dt.date(2026, 11, 22), 0),
        (dt.date(1956, 11, 22), dt.date(2026, 11, 22), 70),
    ],
)
def test_age(birth: dt.date, day: dt.date, years: int) -> None:
    assert idcard.age_on(birth, day) == years
