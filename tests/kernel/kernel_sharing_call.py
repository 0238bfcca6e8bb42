# SPDX-License-Identifier: Apache-2.0
"""Call ``share`` with lists as a test would read it: the result, and one outcome per giver."""

from __future__ import annotations

from gongji.kernel import benefit as b
from gongji.kernel import sharing as s

NONE = b.NO_LIMIT_FEN
RULES = s.SharingRules(
    eligible_base=s.BASE_IN_POLICY,
    own_buckets=s.CURRENT_FIRST,
    giver_buckets=s.CURRENT_FIRST,
    retained_fen=0,
    own_must_be_zero=0,
    max_givers=s.NO_GIVER_LIMIT,
    relatives_count_to_deductible=1,
)
FREE = s.Payer(0, 0, NONE, NONE, NONE, NONE, 0)
Given = list[tuple[int, int, int]]


def pay(
    rules: s.SharingRules,
    burden: int,
    givers: list[s.Payer],
    *,
    ineligible: int = 0,
    deductible: int = 0,
    use: int = s.USE_ACCOUNTS,
    own: tuple[int, int] = (0, 0),
) -> tuple[s.SharingResult, Given]:
    count = len(givers)
    current, carried, reasons = [-1] * count, [-1] * count, [-1] * count
    result = s.share(
        rules,
        burden,
        ineligible,
        deductible,
        use,
        *own,
        count,
        givers,
        current,
        carried,
        reasons,
    )
    return result, list(zip(current, carried, reasons, strict=True))
