# SPDX-License-Identifier: Apache-2.0
"""Where money lies that comes back to a personal account, and moving balances in memory.

Money of a year that the account has left is carried money, in areas that share the current year
only as well; monthly credits for a past year follow the same rule (``ledger.crediting``). The money
of a closed account is due to heirs: the agency pays it out, nothing pays from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gongji.ledger.accounts import CLOSED, DUE_TO_HEIRS, PA_CARRIED, PA_CURRENT
from gongji.settlement.facts import Account
from gongji.settlement.postings import personal_legs
from gongji.settlement.records import Landing, Record


def landing(account: Account, owner: int, money_year: int) -> Landing | None:
    """Where money of ``money_year`` comes back to; None: to the bucket that it came from."""
    if account.status == CLOSED:
        return Landing(owner, DUE_TO_HEIRS)
    if account.year > money_year:
        return Landing(owner, PA_CARRIED)
    return None


def landings(
    accounts: Mapping[int, Account], coming_back: Iterable[tuple[int, int]]
) -> tuple[Landing, ...]:
    """Landings of (owner, year of the money) that do not go back to their own bucket."""
    found = [landing(accounts[owner], owner, year) for owner, year in coming_back]
    return tuple([one for one in found if one is not None])


def still_there(
    accounts: Mapping[int, Account],
    landed: Iterable[Landing],
    gave_back: Iterable[tuple[int, int]],
) -> tuple[Landing, ...]:
    """Where money lies now that was given back: (owner, year of the account when it was).

    Where it landed; what went to the current bucket is carried money once the account has left
    that year, and is not taken from the money of the new one.
    """
    kept = {one.owner: one for one in landed}
    found = []
    for owner, account_year in dict(gave_back).items():
        known, now = kept.get(owner), landing(accounts[owner], owner, account_year)
        if known is not None and known.account == DUE_TO_HEIRS:
            now = None
        one = now or known
        if one is not None:
            found.append(one)
    return tuple(found)


def is_covered(accounts: Mapping[int, Account], record: Record) -> bool:
    """Whether every account can pay what the record takes from it, all its legs together."""
    taken: dict[tuple[int, int], int] = {}
    for owner, place, _, amount_fen in personal_legs(record):
        # One giver may stand twice: in a stay, by an authorisation that ended and by a new one.
        taken[owner, place] = taken.get((owner, place), 0) + amount_fen
    for (owner, place), amount_fen in taken.items():
        if amount_fen >= 0:
            continue
        account = accounts.get(owner)
        if account is None or place == DUE_TO_HEIRS:
            return False
        held_fen = account.current_fen if place == PA_CURRENT else account.carried_fen
        if held_fen + amount_fen < 0:
            return False
    return True


def move_balances(accounts: Mapping[int, Account], record: Record) -> None:
    """Move the balances in memory as the record's postings will."""
    for owner, place, _, amount_fen in personal_legs(record):
        account = accounts[owner]
        if place == PA_CURRENT:
            account.current_fen += amount_fen
        elif place == PA_CARRIED:
            account.carried_fen += amount_fen
