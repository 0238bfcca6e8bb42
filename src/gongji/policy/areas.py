# SPDX-License-Identifier: Apache-2.0
"""What an area code (医保区划) says about province and pooling area.

Two places where the digits mislead: the municipalities are one pooling area each, and the cities
of the Corps (兵团, 660000) carry codes of Xinjiang though the Corps insures its own people.
"""

from __future__ import annotations

MUNICIPALITIES = frozenset({11, 12, 31, 50})  # Beijing, Tianjin, Shanghai, Chongqing
CORPS = 66
CORPS_CITIES = range(659001, 659100)  # 659001 Shihezi … : cities under the Corps alone


def province_of(area: int) -> int:
    """Code of the province that insures an area: 360100 -> 360000, 659001 -> 660000."""
    return (CORPS if area in CORPS_CITIES else area // 10_000) * 10_000


def same_province(one: int, other: int) -> bool:
    """Whether two area codes are insured in one province."""
    return province_of(one) == province_of(other)


def same_pool(one: int, other: int) -> bool:
    """Whether two area codes (county or city) belong to one pooling area (统筹区)."""
    if not same_province(one, other):
        return False
    if one in CORPS_CITIES or other in CORPS_CITIES:
        return one == other  # one code for each city, no counties below
    return one // 10_000 in MUNICIPALITIES or one // 100 == other // 100
