# SPDX-License-Identifier: Apache-2.0
"""Relations of the law (近亲属) and the national relation codes that belong to each.

The national interface has one relation table (patn_rlts, two digits). A code that could also be
an in-law or a remote relative (28, 38, 49, 53-56, 59, 65-69, 72, 74, 76, 78 ...) belongs to no
relation here: what is not surely a near relative is denied.
"""

from __future__ import annotations

# Name in packs -> national codes.
RELATIONS: dict[str, tuple[int, ...]] = {
    "SPOUSE": (10, 11, 12),
    "PARENT": (50, 51, 52, 57, 58),
    "CHILD": (20, 21, 22, 23, 24, 25, 26, 27, 29, 30, 31, 32, 33, 34, 35, 36, 37, 39),
    "SIBLING": (70, 71, 73, 75, 77, 79),
    "PATERNAL_GRANDPARENT": (60, 61, 62),
    "MATERNAL_GRANDPARENT": (60, 63, 64),
    "SON_S_CHILD": (40, 41, 42),
    "DAUGHTER_S_CHILD": (40, 43, 44),
    "PARENT_IN_LAW": (53, 54, 55, 56),  # regional extension only; not a near relative
}

# For people: Chinese, English.
NAMES: dict[str, tuple[str, str]] = {
    "SPOUSE": ("配偶", "spouse"),
    "PARENT": ("父母", "parents"),
    "CHILD": ("子女", "children"),
    "SIBLING": ("兄弟姐妹", "siblings"),
    "PATERNAL_GRANDPARENT": ("祖父母", "father's parents"),
    "MATERNAL_GRANDPARENT": ("外祖父母", "mother's parents"),
    "SON_S_CHILD": ("孙子女", "son's children"),
    "DAUGHTER_S_CHILD": ("外孙子女", "daughter's children"),
    "PARENT_IN_LAW": ("配偶父母", "spouse's parents"),
}


def codes(names: tuple[str, ...]) -> frozenset[int]:
    """National relation codes of the named relations; unknown names raise KeyError."""
    return frozenset(code for name in names for code in RELATIONS[name])
