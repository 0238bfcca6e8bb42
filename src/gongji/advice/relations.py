# SPDX-License-Identifier: Apache-2.0
"""What a giver is to the patient, in words; authorisations keep the other direction as a code.

A mother gives to her son: the giver is PARENT, the authorisation says 20 (the patient is a son).
"""

from __future__ import annotations

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
    "SPOUSE": ("配偶", "spouse"),
    "PARENT": ("父亲或母亲", "parent"),
    "CHILD": ("子女", "child"),
    "SIBLING": ("兄弟姐妹", "brother or sister"),
    "PATERNAL_GRANDPARENT": ("祖父或祖母", "father's parent"),
    "MATERNAL_GRANDPARENT": ("外祖父或外祖母", "mother's parent"),
    "SON_S_CHILD": ("孙子女", "son's child"),
    "DAUGHTER_S_CHILD": ("外孙子女", "daughter's child"),
    "PARENT_IN_LAW": ("配偶的父母", "spouse's parent"),
    "CHILD_IN_LAW": ("女婿或儿媳", "child-in-law"),
    "OTHER": ("其他亲属", "other relative"),
}

# Labels that say the relation themselves.
KIN = frozenset(
    word
    for words in (
        "妈妈 爸爸 父亲 母亲 妻子 丈夫 老公 老婆 配偶 爱人 儿子 女儿 哥哥 弟弟 姐姐 妹妹",
        "爷爷 奶奶 外公 外婆 姥爷 姥姥 祖父 祖母 外祖父 外祖母 孙子 孙女 外孙 外孙子 外孙女",
        "女婿 儿媳 公公 婆婆 岳父 岳母",
    )
    for word in words.split()
)


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
