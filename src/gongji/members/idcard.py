# SPDX-License-Identifier: Apache-2.0
"""Citizen identity numbers (GB 11643): six digits of area, birth date, sequence, check character.

The check character is ISO 7064 MOD 11-2 over the first 17 digits. An odd sequence is male. Only
the province is checked of the area: counties come and go, numbers stay.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gongji.members.errors import (
    CERTIFICATE_AREA_UNKNOWN,
    CERTIFICATE_CHECK_DIGIT,
    CERTIFICATE_DATE_IMPOSSIBLE,
    CERTIFICATE_MALFORMED,
    refusal,
)

MALE = 1
FEMALE = 2

LENGTH = 18
_CHECK_CHARACTERS = "10X98765432"  # indexed by the weighted sum modulo 11
_WEIGHTS = tuple(pow(2, LENGTH - 1 - place, 11) for place in range(LENGTH - 1))
_OLDEST = dt.date(1900, 1, 1)

# Province codes of GB/T 2260, and 83 of the residence permits that share the number format.
_PROVINCE_TEXT = "11-15 21-23 31-37 41-46 50-54 61-65 71 81-83"
_PROVINCES = frozenset(
    province
    for first, _, last in (part.partition("-") for part in _PROVINCE_TEXT.split())
    for province in range(int(first), int(last or first) + 1)
)


@dataclass(frozen=True, slots=True)
class IdCard:
    """What an identity number says."""

    area: int
    birth: dt.date
    sequence: int

    @property
    def sex(self) -> int:
        """1 male, 2 female (GB/T 2261.1)."""
        return MALE if self.sequence % 2 else FEMALE


def check_character(body: str) -> str:
    """The eighteenth character for 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def normal(text: str) -> str:
    """The stored form of a certificate number: no outer spaces, upper case (x -> X)."""
    return text.strip().upper()


def validate(text: str, on: dt.date) -> IdCard:
    """Read an identity number; Refusal 2001-2004 when it cannot be one on the day ``on``."""
    number = normal(text)
    body = number[:-1]
    if len(number) != LENGTH or not (body.isascii() and body.isdigit()):
        raise refusal(CERTIFICATE_MALFORMED)
    if int(number[:2]) not in _PROVINCES:
        raise refusal(CERTIFICATE_AREA_UNKNOWN)
    try:
        birth = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise refusal(CERTIFICATE_DATE_IMPOSSIBLE) from None
    if not _OLDEST <= birth <= on:
        raise refusal(CERTIFICATE_DATE_IMPOSSIBLE)
    if number[-1] != check_character(body):
        raise refusal(CERTIFICATE_CHECK_DIGIT)
    return IdCard(int(number[:6]), birth, int(number[14:17]))


def make(area: int, birth: dt.date, sequence: int) -> str:
    """The identity number of that area, birth date and sequence (0-999; odd is male)."""
    if not 100_000 <= area <= 999_999 or not 0 <= sequence <= 999:
        raise ValueError("an area has six digits, a sequence at most three")
    body = f"{area:06d}{birth:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def age_on(birth: dt.date, day: dt.date) -> int:
    """Full years of age on a day; never negative."""
    before_birthday = (day.month, day.day) < (birth.month, birth.day)
    return max(0, day.year - birth.year - before_birthday)
