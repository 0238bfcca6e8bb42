# SPDX-License-Identifier: Apache-2.0
"""Numbers, moments and card numbers as the languages of clients print them, read exactly.

Java, C#, JavaScript, Python and the databases write one value in many ways. What cannot be read
without guessing is refused: a comma in a number, a day written month first, a zone that is only
named.
"""

from __future__ import annotations

import datetime as dt
import re

from gongji.kernel import money
from gongji.kernel.errors import (
    DECIMALS_TOO_MANY,
    NUMBER_TOO_LARGE,
    NUMBER_UNREADABLE,
    Refusal,
)
from gongji.settlement.records import CIVIL_TIME

EXPONENT_DIGITS = 3  # of a number written as 1E+2, zeros in front not counted
YEARS = (1880, 2200)  # of any date
PLAIN_DIGITS = 10  # before the point: within the bounds of every kind of number

_WHOLE_DIGITS = {2: money.YUAN_DIGITS, 6: money.PRICE_DIGITS}  # others as quantities
_NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?)(\d+))?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})"
    r"(?:[ T](\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?"
    r"(?: ?(Z|[+-]\d\d(?::?\d\d)?)(?:\[[A-Za-z/_]+\])?)?)?",
    re.ASCII,
)
# Date.toString and toUTCString of JavaScript: always in English, always with the offset.
_ENGLISH = re.compile(
    r"[A-Z][a-z]{2}(?: (?P<m>[A-Z][a-z]{2}) (?P<d>\d\d)|, (?P<d2>\d\d) (?P<m2>[A-Z][a-z]{2}))"
    r" (?P<y>\d{4}) (?P<time>\d\d:\d\d:\d\d) GMT(?P<zone>[+-]\d{4})?(?: \([^()]{1,40}\))?"
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)(?:\d{3})?)?", re.ASCII)
_EPOCH = re.compile(r"(\d{13})|/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_UNSET = dt.datetime(1, 1, 1)  # noqa: DTZ001 - whatever its zone
_UNSET_MS = -62_135_596_800_000  # 0001-01-01 in UTC, as .NET counts it from 1970


def scaled(text: str, decimals: int, *, half_up: bool = False) -> int:
    """A decimal text times ten to the ``decimals``, exact; raises Refusal 1001-1003.

    Zeros behind the point, a missing digit on one side of it, a sign and an exponent are read.
    With ``half_up`` further decimals are rounded, halves away from zero, instead of refused.
    """
    whole, _, rest = text.partition(".")
    plain = len(rest) == decimals and len(whole) <= PLAIN_DIGITS and text.isascii()
    if plain and whole.isdigit() and rest.isdigit():
        return int(whole + rest)
    match = _NUMBER.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        raise Refusal(NUMBER_UNREADABLE, "不是数字", "not a plain decimal number")
    whole, rest = _shifted(match[2], match[3] or "", match[4], match[5])
    whole, rest = whole.lstrip("0"), rest.rstrip("0")
    if len(rest) > decimals and not half_up:
        raise Refusal(DECIMALS_TOO_MANY, "小数位过多", "too many decimals")
    if len(whole) > _WHOLE_DIGITS.get(decimals, money.COUNT_DIGITS):
        raise _too_large()
    value = int((whole + rest[:decimals].ljust(decimals, "0")) or "0")
    if rest[decimals : decimals + 1] >= "5":
        value += 1
    return -value if match[1] == "-" else value


def _shifted(whole: str, rest: str, sign: str | None, exponent: str | None) -> tuple[str, str]:
    """Digits before and behind the point without the exponent."""
    digits = (exponent or "").lstrip("0")
    if not digits or not (whole + rest).strip("0"):
        return whole, rest
    if len(digits) > EXPONENT_DIGITS:
        raise _too_large()
    places = int(digits)
    if sign == "-":
        whole = whole.rjust(places, "0")
        return whole[:-places], whole[-places:] + rest
    rest = rest.ljust(places, "0")
    return whole + rest[:places], rest[places:]


def _too_large() -> Refusal:
    return Refusal(NUMBER_TOO_LARGE, "数字太大", "too large")


def read_moment(text: str) -> dt.datetime | None:
    """A date or date-time in the forms clients send, as civil time without zone.

    A zone is converted, its absence means civil time. None: year 1, which is how .NET prints a
    time that was never set. Raises ValueError for everything else, rubbish behind it included.
    """
    body = _english_in_figures(text.strip())
    match = _MOMENT.fullmatch(body)
    if match is not None:
        year, _, month, day, hour, minute, second, zone = match.groups()
    else:
        match = _STAMP.fullmatch(body)
        if match is None:
            return _from_epoch(body)
        (year, month, day, hour, minute, second), zone = match.groups(), None
    moment = dt.datetime(  # noqa: DTZ001 - the zone follows, if there is one
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
    )
    if moment == _UNSET:
        return None
    _check_year(moment)
    if zone is not None:
        moment = moment.replace(tzinfo=_zone(zone)).astimezone(CIVIL_TIME).replace(tzinfo=None)
    return moment


def _english_in_figures(body: str) -> str:
    """``Tue Dec 01 2026 09:05:03 GMT+0800 (CST)`` in figures; every other text as it is."""
    match = _ENGLISH.fullmatch(body)
    month = match and (match["m"] or match["m2"])
    if match is None or month not in _MONTHS:
        return body
    day = match["d"] or match["d2"]
    zone = match["zone"] or "Z"
    return f"{match['y']}-{_MONTHS.index(month) + 1}-{day} {match['time']}{zone}"


def _zone(text: str) -> dt.timezone:
    """Z, +08, +0800 or +08:00; ValueError for an offset that no place has."""
    digits = text[1:].replace(":", "").ljust(4, "0") if text != "Z" else "0000"
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        raise ValueError("no such offset")
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-offset if text[0] == "-" else offset)


def _from_epoch(body: str) -> dt.datetime | None:
    """Milliseconds since 1970 in UTC; ValueError where the text is none."""
    match = _EPOCH.fullmatch(body)
    if match is None:
        raise ValueError("not a date")
    milliseconds = int(match[1] or match[2])
    if milliseconds == _UNSET_MS:
        return None
    try:
        moment = dt.datetime.fromtimestamp(milliseconds // 1000, CIVIL_TIME)
    except (OverflowError, OSError):
        raise ValueError("not a date") from None
    _check_year(moment)
    return moment.replace(tzinfo=None)


def _check_year(moment: dt.datetime) -> None:
    if not YEARS[0] <= moment.year <= YEARS[1]:
        raise ValueError("not a date")


def card_number(text: str) -> str:
    """A voucher number without what a card reader appends: ``number|business text``."""
    return text.partition("|")[0].strip()
