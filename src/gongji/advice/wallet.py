# SPDX-License-Identifier: Apache-2.0
"""The wallet (医保钱包) across provinces: where it is looked up, and what may be moved into it.

Provinces open it, so a city without a pack is not unknown: this one value says "the whole
province"; everything else of such a city stays unknown. Until the rule of 2026 relatives
transferred money, a few times a day and not at night; since then the giver sets a quota that stays
frozen in the giver's own account, and nothing is transferred.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from gongji.kernel.errors import Refusal
from gongji.kernel.money import yuan
from gongji.policy.areas import province_of
from gongji.policy.library import PolicyLibrary

OPEN = "ma.wallet.open"
IN_OWN_POOL = "ma.wallet.inOwnPool"
MODE = "ma.wallet.mode"
TRANSFER, QUOTA = "TRANSFER", "QUOTA"
_HOURS = re.compile(r"(\d\d):(\d\d)\D+(\d\d):(\d\d)")


class Moving(NamedTuple):
    """Whether money may be moved into a relative's wallet, and why (not), in both languages."""

    allowed: bool
    mode: str  # TRANSFER, QUOTA, or empty where nothing is confirmed
    zh: str
    en: str


def wallet_area(library: PolicyLibrary, area: int) -> int:
    """The area to ask: itself where a pack speaks for it, else its province."""
    province = province_of(area)
    spoken_for = {area, area // 100 * 100} & set(library.areas())
    return area if spoken_for or province not in library.areas() else province


def mode_on(library: PolicyLibrary, area: int, on: dt.date) -> str:
    """TRANSFER or QUOTA, empty where it is not confirmed."""
    try:
        return str(library.require(wallet_area(library, area), MODE, on).value)
    except Refusal:
        return ""


def may_move(
    library: PolicyLibrary, area: int, at: dt.datetime, amount_fen: int, made_today: int
) -> Moving:
    """May a giver insured in ``area`` move ``amount_fen`` at that civil time, as the
    ``made_today`` + 1st of the day?

    Rules of the national guide of 2025-09-18 (transfers a day, sum of each, hours); a quota is
    bounded by the giver's own balance alone. What is not confirmed is denied.
    """
    mode = mode_on(library, area, at.date())
    if mode == QUOTA:
        return Moving(
            True,
            mode,
            "现在是额度方式。给钱的人设一个额度，钱冻结在自己的账户里，没有次数和时段的限制。",
            "The wallet works by quota: the sum stays frozen in the giver's own account, without"
            " limits of times or hours.",
        )
    try:
        at_home = wallet_area(library, area)
        most = library.require(at_home, "ma.wallet.transfersPerDay", at.date()).integer()
        each_fen = library.require(at_home, "ma.wallet.perTransfer", at.date()).integer()
        hours = str(library.require(at_home, "ma.wallet.closed", at.date()).value)
    except Refusal as gap:
        return Moving(False, "", gap.zh, gap.en)
    if _is_closed(hours, at.time()):
        return Moving(False, TRANSFER, f"{hours}不办理转账。", "No transfers at this hour.")
    if made_today >= most:
        return Moving(
            False, TRANSFER, f"一天最多转 {most} 次。", f"At most {most} transfers a day."
        )
    if amount_fen > each_fen:
        most_yuan = yuan(each_fen)
        return Moving(
            False,
            TRANSFER,
            f"一次最多转 {most_yuan} 元。",
            f"At most {most_yuan} yuan in one transfer.",
        )
    return Moving(
        True,
        TRANSFER,
        "可以转。对方没有收下的，第二天 6:00 退回。",
        "It may be transferred. What is not accepted comes back at 06:00 of the next day.",
    )


def _is_closed(hours: str, at: dt.time) -> bool:
    """Whether a time lies in hours written as "22:00 … 06:00"; unreadable hours are closed."""
    found = _HOURS.search(hours)
    if found is None:
        return True
    begin = dt.time(int(found[1]), int(found[2]))
    end = dt.time(int(found[3]), int(found[4]))
    if begin <= end:
        return begin <= at < end
    return at >= begin or at < end
