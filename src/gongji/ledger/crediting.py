# SPDX-License-Identifier: Apache-2.0
"""Monthly credits (划入) of personal accounts; interest and the roll are in ``yearly``.

Amounts come from the policy packs, dated and sourced, and their source is sealed with the entry.
A missing or unconfirmed value credits nothing: the account is counted as a gap, with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from psycopg import Connection

from gongji.kernel.errors import Refusal
from gongji.ledger.accounts import CLOSED, CONTRIBUTIONS, CREDIT, PA_CARRIED, PA_CURRENT
from gongji.ledger.locking import AccountRow
from gongji.ledger.periodic import Movement, Outcome, Run, document, run_batches
from gongji.ledger.services import Posting
from gongji.policy.provenance import Provenance

PAGE_SIZE = 5000


class Policy(Protocol):
    """What is asked of ``policy.library.PolicyLibrary``; both raise PolicyGap, a Refusal."""

    def credit_fen(
        self, area: int, on: dt.date, retired: bool, base_fen: int, *, age: int = 0
    ) -> tuple[int, tuple[Provenance, ...]]:
        """Monthly credit, fen; ``age`` in full years where the sum of the retired goes by age."""

    def interest_bp(self, area: int, on: dt.date) -> tuple[int, tuple[Provenance, ...]]:
        """Yearly interest, basis points."""


class Member(NamedTuple):
    """Who is due a monthly credit; ``base_fen`` = own monthly contribution base (in service).

    ``age``: full years on the first of the month; some areas credit the older retired more.
    """

    owner: int
    area: int
    retired: bool
    base_fen: int
    age: int = 0


def credit_month(
    conn: Connection[Any], policy: Policy, members: Iterable[Member], month: dt.date, run: Run
) -> Outcome:
    """Credit one month by the policy in force on its first day.

    A late month of a year that has been rolled goes to the carried bucket; a month of a year
    that the account has not reached waits for the roll. Who is named twice is credited once.
    """
    first = month.replace(day=1)
    period = first.year * 100 + first.month
    total = Outcome()
    for page in _pages(members):
        named = {member.owner: member for member in reversed(page)}

        def plan(
            row: AccountRow, outcome: Outcome, named: dict[int, Member] = named
        ) -> Movement | None:
            return _credit(row, outcome, policy, named[row.owner], first)

        owners = [member.owner for member in page]
        total.add(run_batches(conn, run, CREDIT, period, owners, plan))
    return total


def _pages(members: Iterable[Member]) -> Iterator[list[Member]]:
    page: list[Member] = []
    for member in members:
        page.append(member)
        if len(page) == PAGE_SIZE:
            yield page
            page = []
    if page:
        yield page


def bucket_of(row: AccountRow, year: int, outcome: Outcome) -> int | None:
    """The bucket that money of ``year`` belongs to; None (and counted) when it must wait."""
    if row.status == CLOSED:
        outcome.closed += 1
        return None
    if row.year < year:
        outcome.not_rolled += 1
        return None
    return PA_CURRENT if row.year == year else PA_CARRIED


def _credit(
    row: AccountRow, outcome: Outcome, policy: Policy, member: Member, first: dt.date
) -> Movement | None:
    bucket = bucket_of(row, first.year, outcome)
    if bucket is None:
        return None
    try:
        amount_fen, origin = policy.credit_fen(
            member.area, first, member.retired, member.base_fen, age=member.age
        )
    except Refusal as gap:
        outcome.gap(member.area, gap.en)
        return None
    if amount_fen <= 0:
        outcome.nothing += 1
        return None
    why = document(
        what="credit",
        period=first.year * 100 + first.month,
        area=member.area,
        retired=member.retired,
        base_fen=0 if member.retired else member.base_fen,
        amount_fen=amount_fen,
        sources=sources(origin),
    )
    return Movement(gift(row, CONTRIBUTIONS, bucket, amount_fen), why, amount_fen)


def gift(row: AccountRow, source: int, bucket: int, amount_fen: int) -> tuple[Posting, ...]:
    """Postings from a source account into a bucket."""
    return (
        Posting(row.owner, source, row.area, -amount_fen),
        Posting(row.owner, bucket, row.area, amount_fen),
    )


def sources(origin: Sequence[Provenance]) -> list[dict[str, object]]:
    """Provenance in the form that is sealed with a movement."""
    return [
        {
            "key": p.key,
            "value": str(p.value),
            "unit": p.unit,
            "source": p.source,
            "title": p.source_title,
            "from": p.date.isoformat() if p.date else "",
            "confidence": p.confidence,
            "area": p.area,
        }
        for p in origin
    ]
