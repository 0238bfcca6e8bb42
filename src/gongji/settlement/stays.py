# SPDX-License-Identifier: Apache-2.0
"""Visits that were settled before: what stands of them, and on which days limits were used.

A stay is calculated as a whole each time (``kernel.settling``); an outpatient visit goes on where
the batches before have left off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gongji.kernel.settling import NEW_VISIT, VisitUsed
from gongji.settlement.records import Body, PayerInput, Record, Standing, Taken


def standing_of(records: Sequence[Record]) -> tuple[Standing, ...]:
    """Settlements of a stay that stand, the oldest first, as a further one keeps them."""
    if not records:
        return ()
    last = records[-1]
    year, pool = last.service_date.year, last.body.pool
    return tuple(_standing(one, year, pool) for one in records)


def _standing(record: Record, year: int, pool: int) -> Standing:
    body = record.body
    return Standing(
        record.setl_id,
        year,
        pool,
        record.body_date().toordinal(),
        body.own_year,
        body.bill,
        body.extra_first_self_fen,
        body.benefit,
        body.sharing,
        tuple(
            Taken(
                payer.giver,
                payer.area,
                payer.auth_id,
                payer.relation,
                payer.year,
                leg.current_fen,
                leg.carried_fen,
            )
            for payer, leg in zip(body.payers, body.legs, strict=True)
            if leg.current_fen or leg.carried_fen
        ),
    )


def taken_of(before: Iterable[Standing]) -> dict[int, Taken]:
    """What earlier settlements of a stay took of each giver together, by authorisation.

    The year is that of the last of them that moved anything.
    """
    found: dict[int, Taken] = {}
    for standing in before:
        for one in standing.taken:
            known = found.get(one.auth_id)
            if known is None:
                found[one.auth_id] = one
                continue
            found[one.auth_id] = Taken(
                *(one.giver, one.area, one.auth_id, one.relation, one.year),
                known.current_fen + one.current_fen,
                known.carried_fen + one.carried_fen,
            )
    return found


def own_years(before: Iterable[Standing]) -> dict[int, int]:
    """What a stay holds of the current bucket of the own account, fen by the year of the money."""
    return _by_year((one.own_year, one.sharing.own_current_fen) for one in before)


def givers_years(before: Iterable[Standing], giver: int) -> dict[int, int]:
    """What a stay holds of the current bucket of one giver, fen by the year of the money."""
    taken = [one for standing in before for one in standing.taken if one.giver == giver]
    return _by_year((one.year, one.current_fen) for one in taken)


def of_past_years(held: Mapping[int, int], back_fen: int, year: int) -> int:
    """How much of what goes back is of years before ``year``: money of the last year goes first."""
    of_year_fen = sum(fen for money_year, fen in held.items() if money_year >= year)
    return max(0, back_fen - of_year_fen)


def _by_year(moves: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Money taken by year, less what went back of it, that of the last year first."""
    held: dict[int, int] = {}
    for year, fen in moves:
        if fen > 0:
            held[year] = held.get(year, 0) + fen
            continue
        back_fen = -fen
        for known in sorted(held, reverse=True):
            part_fen = min(back_fen, held[known])
            held[known] -= part_fen
            back_fen -= part_fen
    return held


def used_of_visit(records: Iterable[Record]) -> VisitUsed:
    """What batches of an outpatient visit that stand have used of what counts per visit, fen."""
    used = NEW_VISIT
    for record in records:
        used = plus_batch(used, record.body)
    return used


def plus_batch(used: VisitUsed, body: Body) -> VisitUsed:
    """What a visit has used, with one more batch."""
    return VisitUsed(
        used.deductible_fen + body.benefit.deductible_fen,
        used.pooled_fen + body.benefit.pooled_fen,
        used.in_policy_fen + body.bill.in_policy_fen - body.benefit.unfunded_fen,
    )


def taken_in_visit(records: Iterable[Record]) -> dict[int, int]:
    """What settlements of a visit that stand have taken by each authorisation, fen."""
    found: dict[int, int] = {}
    for record in records:
        for payer, leg in zip(record.body.payers, record.body.legs, strict=True):
            paid_fen = leg.current_fen + leg.carried_fen
            if paid_fen:
                found[payer.auth_id] = found.get(payer.auth_id, 0) + paid_fen
    return found


def limits_used(body: Body, on: dt.date) -> Iterator[tuple[PayerInput, dt.date, int]]:
    """(payer, civil day, fen) that a settlement made on a day uses of limits.

    What goes back to a giver is taken off the last days on which the stay had used it.
    """
    for payer, leg in zip(body.payers, body.legs, strict=True):
        paid_fen = leg.current_fen + leg.carried_fen
        if paid_fen > 0:
            yield payer, on, paid_fen
        elif paid_fen < 0:
            for day, back_fen in _last_of(_days_used(body.before, payer.auth_id), -paid_fen):
                yield payer, day, -back_fen


def _days_used(before: Iterable[Standing], auth_id: int) -> dict[dt.date, int]:
    """What each day still holds of one authorisation's use by the stay, fen."""
    used: dict[dt.date, int] = {}
    for standing in before:
        for one in standing.taken:
            if one.auth_id != auth_id:
                continue
            fen = one.current_fen + one.carried_fen
            if fen > 0:
                day = dt.date.fromordinal(standing.settled_on)
                used[day] = used.get(day, 0) + fen
            else:
                for day, back_fen in _last_of(used, -fen):
                    used[day] -= back_fen
    return used


def _last_of(used: Mapping[dt.date, int], fen: int) -> list[tuple[dt.date, int]]:
    """The last days that hold ``fen`` together, each with its part."""
    found = []
    for day in sorted(used, reverse=True):
        part_fen = min(fen, used[day])
        if part_fen > 0:
            found.append((day, part_fen))
            fen -= part_fen
    return found
