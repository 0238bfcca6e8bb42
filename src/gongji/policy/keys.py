# SPDX-License-Identifier: Apache-2.0
"""The register of keys: what each value of a pack means, in which unit, and who needs it.

A pattern holds fields: ``{L}`` level L1-L3, ``{S}`` in (在职) or ret (退休), ``{Y}`` coverage
year, ``{C}`` class of aid, ``{P}`` village or township, ``{B}`` an age from which a value holds,
``{K}`` a group of payers of a premium. A field in brackets may be left out; the fuller key wins
within one area. ``needed`` tells lint and ``policy show`` which schemes cannot do without the
value.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.policy.key_spec import PAYER_GROUPS, KeySpec
from gongji.policy.keys_benefits import BENEFITS
from gongji.policy.keys_cover import COVER
from gongji.policy.keys_sharing import SHARING
from gongji.policy.shown_only import SHOWN_ONLY

LEVELS = ("L1", "L2", "L3")
STATUSES = ("in", "ret")

SCHEMES = {"employee": EMPLOYEE, "resident": RESIDENT}

_FIELDS = {
    "{L}": r"(?P<L>L[123])",
    "[.{L}]": r"(?:\.(?P<L>L[123]))?",
    "[.{S}]": r"(?:\.(?P<S>in|ret))?",
    "{Y}": r"(?P<Y>20[0-9]{2})",
    "[.{C}]": r"(?:\.(?P<C>C[1-9]))?",
    "{P}": r"(?P<P>village|township)",
    "[.{B}]": r"(?:\.(?P<B>from[0-9]{2}))?",
    "[.{K}]": r"(?:\.(?P<K>" + "|".join(PAYER_GROUPS) + r"))?",
}
_FIELD_ZH = {
    "L1": "一级",
    "L2": "二级",
    "L3": "三级",
    "in": "在职",
    "ret": "退休",
    "village": "村卫生室",
    "township": "乡镇卫生院",
    **PAYER_GROUPS,
}


KEYS: tuple[KeySpec, ...] = tuple(
    spec._replace(shown=SHOWN_ONLY.get(spec.pattern, "")) for spec in (*SHARING, *BENEFITS, *COVER)
)


_FIELD = re.compile(r"(\[\.\{[A-Z]\}\]|\{[A-Z]\})")


def matcher(pattern: str) -> re.Pattern[str]:
    """The expression that a key of the pattern matches, with a named group for each field."""
    parts = _FIELD.split(pattern)
    return re.compile("".join(_FIELDS.get(part, re.escape(part)) for part in parts) + r"\Z")


_MATCHERS = tuple((matcher(spec.pattern), spec) for spec in KEYS)


@lru_cache(maxsize=4096)
def spec_of(key: str) -> KeySpec | None:
    """The family of a key, or None for a key that does not exist."""
    for expression, spec in _MATCHERS:
        if expression.match(key):
            return spec
    return None


@lru_cache(maxsize=4096)
def labels(key: str) -> tuple[str, str]:
    """Name of a key for people, Chinese and English, with its level and status."""
    for expression, spec in _MATCHERS:
        match = expression.match(key)
        if match:
            fields = [value for value in match.groupdict().values() if value]
            zh = "".join([spec.zh, *(" " + _FIELD_ZH.get(field, field) for field in fields)])
            return zh, " ".join([spec.en, *fields])
    return key, key


def needed_keys(scheme: str) -> list[tuple[str, ...]]:
    """For each value that a scheme needs: the keys that can give it, the fullest first."""
    wanted: list[tuple[str, ...]] = []
    statuses: tuple[str, ...] = STATUSES if scheme == "employee" else ("",)
    for spec in KEYS:
        if scheme not in spec.needed:
            continue
        for level in LEVELS if "{L}" in spec.pattern else ("",):
            for status in statuses if "{S}" in spec.pattern else ("",):
                keys = expansions(spec.pattern, level, status)
                if keys not in wanted:
                    wanted.append(keys)
    return wanted


@lru_cache(maxsize=4096)
def expansions(pattern: str, level: str = "", status: str = "", aid: str = "") -> tuple[str, ...]:
    """Keys of a pattern for a level, status and class of aid, the fullest first."""
    keys = [pattern]
    for field, mark, given in (("L", "{L}", level), ("S", "{S}", status), ("C", "{C}", aid)):
        optional = f"[.{mark}]"
        if optional in pattern:
            full = [key.replace(optional, f".{given}") for key in keys] if given else []
            keys = [*full, *(key.replace(optional, "") for key in keys)]
        else:
            keys = [key.replace(mark, given or field) for key in keys]
    return tuple(keys)


def alternatives(key: str) -> tuple[str, ...]:
    """The key and the shorter ones that answer for it where it is not written, fullest first."""
    for expression, spec in _MATCHERS:
        match = expression.match(key)
        if match:
            fields = match.groupdict()
            given = (fields.get("L") or "", fields.get("S") or "", fields.get("C") or "")
            found = expansions(spec.pattern, *given)
            return found if key in found else (key,)
    return (key,)
