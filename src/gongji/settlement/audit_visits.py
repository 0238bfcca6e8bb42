# SPDX-License-Identifier: Apache-2.0
"""The audit of visits and stays as a whole, of money that came back, and of known differences.

The first reads postings alone, by another way than planning; the last runs everything that stands
of every person again, in the order in which it was committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
from psycopg import Connection

from gongji.kernel.benefit import INPATIENT, BenefitRules
from gongji.kernel.money import yuan
from gongji.ledger.accounts import (
    CLOSED,
    DUE_TO_HEIRS,
    INSTITUTION,
    PA_CARRIED,
    PA_CURRENT,
    PERSONAL,
)
from gongji.ledger.arrays import ints
from gongji.ledger.report import FAULTS_LISTED_MAX, Report
from gongji.settlement.audit_reading import records
from gongji.settlement.records import REVERSED, Landing, Record
from gongji.settlement.recovery import NOTHING, differing
from gongji.settlement.rules import load_rules
from gongji.settlement.states import Year

_STANDING = (
    " JOIN entry e ON e.owner = s.owner AND e.entry_id = s.setl_id"
    " WHERE s.reversed_by IS NULL AND s.kind <> 2"
)
# What a visit has moved in all, one account of a person counted as one: a reversal may come back
# to another bucket. All payers at or below 0 and a sum of 0: no fund has paid more than the bill,
# no accounts more than the burden.
_VISITS = """
WITH leg AS (
  SELECT s.owner, s.mdtrt_id, p.owner AS payer, p.party, p.amount_fen,
    CASE WHEN p.account = ANY(%s::smallint[]) THEN %s ELSE p.account END AS account
  FROM settlement s JOIN posting p ON p.entry_id = s.setl_id
)
SELECT owner, mdtrt_id, payer, account, sum(amount_fen) FROM leg
GROUP BY owner, mdtrt_id, payer, account, party
HAVING sum(amount_fen) * CASE WHEN account = %s THEN -1 ELSE 1 END > 0 ORDER BY 1, 2
"""
_PARTS = (
    *("total", "self paid", "over limit", "first self-pay", "in policy", "unprescribed"),
    "deductible",
)


def visits_are_whole(conn: Connection[Any], report: Report, replay: bool) -> None:
    """Of visits and stays as a whole no leg, no part of the bill, no deductible is below 0."""
    merged = ints((*PERSONAL, DUE_TO_HEIRS))
    cursor = conn.execute(_VISITS, (merged, PA_CURRENT, INSTITUTION), prepare=False)
    for owner, mdtrt_id, payer, account, amount in cursor.fetchmany(FAULTS_LISTED_MAX * 2):
        key = f"visit {owner}/{mdtrt_id}, owner {payer}, account {account}"
        report.fault("posting", key, "a payer that pays, an institution that receives", amount)
    stays: dict[tuple[int, int], list[int]] = {}
    for record in records(conn, report, "audit_visits"):
        if record.kind == REVERSED or record.reversed_by is not None:
            continue
        amounts = [*record.body.bill, record.body.benefit.deductible_fen]
        if record.setting == INPATIENT:
            sums = stays.setdefault((record.owner, record.mdtrt_id), [0] * len(_PARTS))
            sums[:] = [a + b for a, b in zip(sums, amounts, strict=True)]
        elif min(amounts) < 0 or record.body.before:
            report.fault("settlement", str(record.setl_id), "amounts of one bill", amounts)
    for (owner, mdtrt_id), sums in stays.items():
        for name, amount in zip(_PARTS, sums, strict=True):
            if amount < 0:
                report.fault("settlement", f"stay {owner}/{mdtrt_id} {name}", "not below 0", amount)


def money_lands_where_its_year_lies(conn: Connection[Any], report: Report, replay: bool) -> None:
    """Money that came back to another bucket is of a year that is over, or of a closed account."""
    for record in records(conn, report, "audit_landings"):
        if not record.landed:
            continue
        years = _years_of_money(record)
        accounts = dict(
            conn.execute(
                "SELECT owner, ARRAY[year, status] FROM account WHERE owner = ANY(%s::bigint[])",
                (ints(one.owner for one in record.landed),),
            ).fetchall()
        )
        for one in record.landed:
            year, status = accounts.get(one.owner, (0, 0))
            money_of = min(filter(None, years.get(one.owner, ())), default=record.body_date().year)
            fits = status == CLOSED if one.account == DUE_TO_HEIRS else year > money_of
            if not fits and record.body.before and one.account == PA_CARRIED:
                fits = _is_of_past_years(record, one, year)
            if not fits:
                key = f"{record.setl_id}, owner {one.owner}"
                report.fault("settlement", key, f"its own bucket of {money_of}", one.account)


def _years_of_money(record: Record) -> dict[int, list[int]]:
    """Years of the money that a settlement has moved, by account; 0: old."""
    years = {record.owner: [record.body.own_year]}
    for payer in record.body.payers:
        years.setdefault(payer.giver, []).append(payer.year)
    return years


def _is_of_past_years(record: Record, one: Landing, year: int) -> bool:
    """Whether a stay took so much of one current bucket in years before ``year``."""
    before, past_fen, back_fen = record.body.before, 0, 0
    for standing in before:
        if one.owner == record.owner and standing.own_year < year:
            past_fen += max(0, standing.sharing.own_current_fen)
        for taken in standing.taken:
            if taken.giver == one.owner and taken.year < year:
                past_fen += max(0, taken.current_fen)
    if one.owner == record.owner:
        back_fen = abs(record.body.sharing.own_current_fen)
    for payer, leg in zip(record.body.payers, record.body.legs, strict=True):
        if payer.giver == one.owner:
            back_fen += abs(leg.current_fen)
    return 0 < (one.part_fen or back_fen) <= past_fen


def differences_are_known(conn: Connection[Any], report: Report, replay: bool) -> None:
    """What funds have paid otherwise than what stands gives is known (with --replay)."""
    known: dict[Year, tuple[int, ...]] = {
        (owner, year, scheme): tuple(sums)
        for owner, year, scheme, *sums in conn.execute(
            "SELECT owner, year, scheme, sum(pooled_fen)::bigint, sum(large_fen)::bigint,"
            " sum(serious_fen)::bigint, sum(subsidy_fen)::bigint, sum(aid_fen)::bigint"
            " FROM fund_difference GROUP BY owner, year, scheme"
        ).fetchall()
    }
    told: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    for record in records(conn, report, "audit_told"):
        if record.differences:
            rows = [msgspec.structs.astuple(one) for one in record.differences]
            told[record.owner, record.setl_id] = rows
    for owner, setl_id, *row in conn.execute(
        "SELECT owner, setl_id, year, pooled_fen, large_fen, serious_fen, subsidy_fen, aid_fen"
        " FROM fund_difference"
    ).fetchall():
        if tuple(row) not in told.get((owner, setl_id), ()):
            report.fault("fund_difference", f"{owner}/{setl_id}", "as the record says", row)
        else:
            told[owner, setl_id].remove(tuple(row))
    for (owner, setl_id), rest in told.items():
        if rest:
            report.fault("fund_difference", f"{owner}/{setl_id}", rest, "none")
    if replay:
        for key, sums in _run_again(conn, report):
            if known.pop(key, NOTHING) != sums:
                report.fault("fund_difference", "/".join(map(str, key)), sums, "another sum")
        for key, rest_of in known.items():
            if any(rest_of):
                report.fault("fund_difference", "/".join(map(str, key)), NOTHING, rest_of)
    _note_open(conn, report)


def _run_again(conn: Connection[Any], report: Report) -> Iterator[tuple[Year, tuple[int, ...]]]:
    rules: dict[int, BenefitRules] = {}
    counts: dict[int, bool] = {}
    found = records(conn, report, "audit_again", "s.owner, e.batch_id, s.setl_id", _STANDING)
    for _, group in groupby(found, key=_owner):
        chain = list(group)
        for record in chain:
            if record.rules_id not in rules:
                try:
                    benefit_rules, sharing_rules = load_rules(conn, record.rules_id)
                except (LookupError, TypeError, msgspec.MsgspecError):
                    break  # told by the check of the rule sets
                rules[record.rules_id] = benefit_rules
                counts[record.rules_id] = sharing_rules.relatives_count_to_deductible != 0
        else:
            yield from differing(chain, rules, counts).items()


def _owner(record: Record) -> int:
    return record.owner


def _note_open(conn: Connection[Any], report: Report) -> None:
    """Differences to be recovered are no faults; they are listed by ``gongji due``."""
    row = conn.execute(
        "SELECT count(*), coalesce(sum(fen), 0)::bigint FROM (SELECT sum(pooled_fen + large_fen"
        " + serious_fen + subsidy_fen + aid_fen) AS fen FROM fund_difference"
        " GROUP BY owner, year, scheme) d WHERE fen <> 0"
    ).fetchone()
    if row and row[0]:
        report.note(f"{row[0]} years in which funds differ by {yuan(row[1])}: see gongji due")
