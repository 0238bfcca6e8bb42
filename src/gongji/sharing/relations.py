# SPDX-License-Identifier: Apache-2.0
"""Relation codes: what the recipient is to the giver (使用人是授权人的…), national table patn_rlts.

Which of them may share is policy, dated and by area (``policy.relations`` groups them by law);
here are only the codes and their names. Parents-in-law have codes and are refused by default.
"""

from __future__ import annotations

SPOUSE = 10
SON = 20
DAUGHTER = 30
SON_IN_LAW = 28
DAUGHTER_IN_LAW = 38
GRANDCHILD = 40
SONS_SON = 41
SONS_DAUGHTER = 42
DAUGHTERS_SON = 43
DAUGHTERS_DAUGHTER = 44
PARENT = 50
FATHER = 51
MOTHER = 52
HUSBANDS_FATHER = 53
HUSBANDS_MOTHER = 54
WIFES_FATHER = 55
WIFES_MOTHER = 56
GRANDPARENT = 60
PATERNAL_GRANDFATHER = 61
PATERNAL_GRANDMOTHER = 62
MATERNAL_GRANDFATHER = 63
MATERNAL_GRANDMOTHER = 64
SIBLING = 70
NOT_RELATED = 99

LABELS: dict[int, tuple[str, str]] = {
    10: ("配偶", "spouse"),
    11: ("丈夫", "husband"),
    12: ("妻子", "wife"),
    20: ("儿子", "son"),
    21: ("独生子", "only son"),
    22: ("长子", "eldest son"),
    23: ("次子", "second son"),
    24: ("三子", "third son"),
    25: ("四子", "fourth son"),
    26: ("五子", "fifth son"),
    27: ("养子或继子", "adopted son or stepson"),
    28: ("女婿", "son-in-law"),
    29: ("其他儿子", "other son"),
    30: ("女儿", "daughter"),
    31: ("独生女", "only daughter"),
    32: ("长女", "eldest daughter"),
    33: ("次女", "second daughter"),
    34: ("三女", "third daughter"),
    35: ("四女", "fourth daughter"),
    36: ("五女", "fifth daughter"),
    37: ("养女或继女", "adopted daughter or stepdaughter"),
    38: ("儿媳", "daughter-in-law"),
    39: ("其他女儿", "other daughter"),
    40: ("孙子女或外孙子女", "grandchild"),
    41: ("孙子", "son's son"),
    42: ("孙女", "son's daughter"),
    43: ("外孙子", "daughter's son"),
    44: ("外孙女", "daughter's daughter"),
    45: ("孙媳妇或外孙媳妇", "grandson's wife"),
    46: ("孙女婿或外孙女婿", "granddaughter's husband"),
    47: ("曾孙子或外曾孙子", "great-grandson"),
    48: ("曾孙女或外曾孙女", "great-granddaughter"),
    49: ("其他孙辈", "other grandchild"),
    50: ("父母", "parent"),
    51: ("父亲", "father"),
    52: ("母亲", "mother"),
    53: ("公公", "husband's father"),
    54: ("婆婆", "husband's mother"),
    55: ("岳父", "wife's father"),
    56: ("岳母", "wife's mother"),
    57: ("继父或养父", "stepfather or adoptive father"),
    58: ("继母或养母", "stepmother or adoptive mother"),
    59: ("其他父母关系", "other parent"),
    60: ("祖父母或外祖父母", "grandparent"),
    61: ("祖父", "father's father"),
    62: ("祖母", "father's mother"),
    63: ("外祖父", "mother's father"),
    64: ("外祖母", "mother's mother"),
    65: ("配偶的祖父母或外祖父母", "spouse's grandparent"),
    66: ("曾祖父", "great-grandfather"),
    67: ("曾祖母", "great-grandmother"),
    68: ("配偶的曾祖父母或外曾祖父母", "spouse's great-grandparent"),
    69: ("其他祖辈", "other grandparent"),
    70: ("兄弟姐妹", "brother or sister"),
    71: ("哥哥", "elder brother"),
    72: ("嫂子", "elder brother's wife"),
    73: ("弟弟", "younger brother"),
    74: ("弟媳", "younger brother's wife"),
    75: ("姐姐", "elder sister"),
    76: ("姐夫", "elder sister's husband"),
    77: ("妹妹", "younger sister"),
    78: ("妹夫", "younger sister's husband"),
    79: ("其他兄弟姐妹", "other brother or sister"),
    80: ("其他亲属", "other relative"),
    81: ("伯父", "father's elder brother"),
    82: ("伯母", "wife of the father's elder brother"),
    83: ("叔父", "father's younger brother"),
    84: ("婶母", "wife of the father's younger brother"),
    85: ("舅父", "mother's brother"),
    86: ("舅母", "wife of the mother's brother"),
    87: ("姨父", "husband of the mother's sister"),
    88: ("姨母", "mother's sister"),
    89: ("姑父", "husband of the father's sister"),
    90: ("姑母", "father's sister"),
    91: ("堂兄弟姐妹", "cousin on the father's side"),
    92: ("表兄弟姐妹", "cousin"),
    93: ("侄子", "brother's son"),
    94: ("侄女", "brother's daughter"),
    95: ("外甥", "sister's son"),
    96: ("外甥女", "sister's daughter"),
    97: ("远亲", "remote relative"),
    99: ("非亲属", "not related"),
}


# What the giver then is to the recipient, by ranges of the recipient's code.
_GIVER: tuple[tuple[tuple[int, ...], str, str], ...] = (
    ((10, 11, 12), "配偶", "spouse"),
    ((28, 38), "配偶的父母", "spouse's parent"),
    (tuple(range(20, 40)), "父母", "parent"),
    ((40,), "祖父母或外祖父母", "grandparent"),
    ((41, 42), "祖父母", "father's parent"),
    ((43, 44), "外祖父母", "mother's parent"),
    ((50, 51, 52, 57, 58), "子女", "child"),
    ((53, 54, 55, 56), "女婿或儿媳", "child-in-law"),
    ((60,), "孙子女或外孙子女", "grandchild"),
    ((61, 62), "孙子女", "son's child"),
    ((63, 64), "外孙子女", "daughter's child"),
    ((70, 71, 73, 75, 77, 79), "兄弟姐妹", "brother or sister"),
)


def giver_label(code: int) -> tuple[str, str]:
    """What the giver is to the recipient, in Chinese and English: 52 (mother) -> child."""
    for codes, zh, en in _GIVER:
        if code in codes:
            return zh, en
    return "亲属", "relative"


def label(code: int) -> tuple[str, str]:
    """Name of a relation in Chinese and English; unknown codes are shown as numbers."""
    return LABELS.get(code, (f"关系{code}", f"relation {code}"))
