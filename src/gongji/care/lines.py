# SPDX-License-Identifier: Apache-2.0
"""A fee line as the catalogue and the kernel split it; the form that is stored and settled.

Amounts are fen; the four parts add up to the amount of the line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A fee line after the catalogue has split it; ``document`` is kept for queries (5204)."""

    feedetl_sn: str
    amount_fen: int
    self_paid_fen: int
    over_limit_fen: int
    first_self_fen: int
    in_policy_fen: int
    document: dict[str, object]
