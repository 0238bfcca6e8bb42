# SPDX-License-Identifier: Apache-2.0
"""What a giver is to the patient, in words; authorisations keep the other direction as a code.

A mother gives to her son: the giver is PARENT, the authorisation says 20 (the patient is a son).
"""

from __future__ import annotations

from gongji.policy.relations import NAMES

# What the giver is to the patient -> national code of what the patient is to the giver.
CODES: dict[str, int] = {
    "SPOUSE": 10,
    "PARENT": 20,
    "CHILD": 50,
    "SIBLING": 70,
    "PATERNAL_GRANDPARENT": 41,
    "MATERNAL_GRANDPARENT": 43,
    "SON_S_CHILD": 61,
    "DAUGHTER_S_CHILD": 63,
    "PARENT_IN_LAW": 28,
    "CHILD_IN_LAW": 53,
    "OTHER": 80,
}

# For people, one of each: Chinese, English.
WORDS: dict[str, tuple[str, str]] = {
    **NAMES,
    "CHILD_IN_LAW": ("女婿或儿媳", "child-in-law"),
    "OTHER": ("其他亲属", "other relative"),
}


def code_of(relation: str | int) -> int:
    """National code of a relation given as a word or as a code; raises ValueError."""
    if isinstance(relation, int):
        return relation
    if relation not in CODES:
        raise ValueError(f"no such relation: {relation!r}")
    return CODES[relation]


def word_of(relation: str | int) -> tuple[str, str]:
    """What the giver is to the patient, Chinese and English."""
    if isinstance(relation, str):
        return WORDS.get(relation, (relation, relation))
    for word, code in CODES.items():
        if code // 10 == relation // 10 and word not in ("PARENT_IN_LAW", "CHILD_IN_LAW"):
            return WORDS[word]
    return WORDS["OTHER"]
