# SPDX-License-Identifier: Apache-2.0
"""Code tables (dictionaries): what is accepted, what 1901 serves, what a code is called.

Three editions exist (hn Hunan, jx national/Jiangxi, js Jiangsu). Input is accepted in any of
them, with or without leading zeros; the dialect of an institution chooses what is served.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gongji.gateway.schema import read_table

FAMILIES = ("hn", "jx", "js")
CODE_CHARS = 12  # of codes in tables that provinces extend freely
CODES_IN_MESSAGE = 12  # an error message names at most this many allowed codes


class Dictionary(NamedTuple):
    """One code table. ``open`` tables may be extended by provinces: any code passes."""

    name: str
    label: str
    open: bool
    families: dict[str, dict[str, str]]
    spellings: dict[str, str]  # accepted spelling -> canonical code

    def family(self, name: str) -> dict[str, str]:
        """Codes and labels of an edition; the Hunan edition where it prints none of its own."""
        return self.families.get(name) or self.families["hn"]

    def shown(self) -> str:
        """The allowed codes for an error message."""
        codes = sorted(set(self.spellings.values()))
        more = " 等" if len(codes) > CODES_IN_MESSAGE else ""
        return "、".join(codes[:CODES_IN_MESSAGE]) + more


def _spellings(families: dict[str, dict[str, str]]) -> dict[str, str]:
    """01 and 1 mean the same where both are not codes of their own in one edition."""
    found: dict[str, str] = {}
    for codes in families.values():
        for code in codes:
            found.setdefault(code, code)
    for code in list(found):
        for other in (code.lstrip("0") or "0", code.zfill(2)):
            if other not in found:
                found[other] = code
    for code, canonical in list(found.items()):
        # 1 of one edition and 01 of another: the edition named first (hn) gives the code.
        long = code.zfill(2)
        if canonical == code and long != code and long in families["hn"]:
            found[code] = long
        short = code.lstrip("0")
        if canonical == code and short != code and short in families["hn"]:
            found[code] = short
    return found


def _load() -> dict[str, Dictionary]:
    raw: dict[str, dict[str, Any]] = read_table("codes")
    found = {}
    for name, body in raw.items():
        families = {e: dict(body[e]) for e in FAMILIES if e in body}
        accepted = dict(families)
        if "extra" in body:
            accepted["extra"] = dict(body["extra"])
        found[name] = Dictionary(name, body["label"], body["open"], families, _spellings(accepted))
    return found


DICTIONARIES: dict[str, Dictionary] = _load()
_BY_LOWER = {name.lower(): name for name in DICTIONARIES}


def find(name: str) -> Dictionary | None:
    """The dictionary a 1901 asks for: INSUTYPE, insutype and insuType are the same."""
    lower = name.strip().lower()
    squeezed = lower.replace("_", "")
    if lower in _BY_LOWER:
        return DICTIONARIES[_BY_LOWER[lower]]
    for known, real in _BY_LOWER.items():
        if known.replace("_", "") == squeezed:
            return DICTIONARIES[real]
    return None


def label(table: str, code: str, family: str = "hn") -> str:
    """What a code is called; the code itself where no edition names it."""
    dictionary = DICTIONARIES[table]
    found = dictionary.family(family).get(code)
    if found is not None:
        return found
    for codes in dictionary.families.values():
        if code in codes:
            return codes[code]
    return code
