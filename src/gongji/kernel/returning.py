# SPDX-License-Identifier: Apache-2.0
"""What goes back when a part of a fee line is returned: pro rata by count, exact at the end.

Amounts are fen, counts 1e-4, all of them as positive numbers. Plain Python only: a count times an
amount does not fit into 64 bits.
"""

from __future__ import annotations

from gongji.kernel.benefit import LineSplit
from gongji.kernel.errors import InvariantError
from gongji.kernel.money import half_up


def split_return(
    whole: LineSplit, whole_count_e4: int, left: LineSplit, left_count_e4: int, count_e4: int
) -> LineSplit:
    """Split the return of ``count_e4`` of a line; what it takes is within ``left`` in every part.

    ``whole`` is the line as it was billed, ``left`` what earlier returns have left of it. The
    amount is that of the whole times count through whole count, half-up to the fen; each part
    likewise, and the in-policy part takes the odd fen, so that the parts add up to the amount. The
    return that uses the count up takes all that is left: together the returns give the line back
    to the fen. Raises InvariantError for a count or parts that are not there.
    """
    counts_fit = 0 < count_e4 <= left_count_e4 <= whole_count_e4
    if not counts_fit or any(not 0 <= part <= of for part, of in zip(left, whole, strict=True)):
        raise InvariantError(f"no return of {count_e4} of {left_count_e4}: {left} of {whole}")
    if count_e4 == left_count_e4:
        return left
    # Rounded up again and again, small amounts are used up before the count is.
    rest_fen = min(sum(left), half_up(sum(whole) * count_e4, whole_count_e4))
    behind_fen = sum(left)
    parts = []
    for part_fen, left_fen in zip(whole, left, strict=True):
        behind_fen -= left_fen
        share_fen = min(half_up(part_fen * count_e4, whole_count_e4), left_fen, rest_fen)
        share_fen = max(share_fen, rest_fen - behind_fen)  # the parts behind can take no more
        parts.append(share_fen)
        rest_fen -= share_fen
    return LineSplit(*parts)
