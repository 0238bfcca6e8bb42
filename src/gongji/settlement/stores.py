# SPDX-License-Identifier: Apache-2.0
"""The statements by which ``writes`` stores a batch, each with the rows of all its members.

Rows come through ``unnest`` in the select list, in lockstep: nothing is kept on the side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gongji.care.lines import unprescribed_fen
from gongji.ledger.wire import (
    Call,
    Statement,
    blobs,
    dates,
    int8s,
    moment,
    moments,
    optional_int8s,
    texts,
)
from gongji.members.people import Coverage
from gongji.settlement.commands import KeyName, MessageKey, SettlePurchase
from gongji.settlement.facts import World
from gongji.settlement.known import MessageRow
from gongji.settlement.lookups import ACCUMULATED, ACCUMULATOR_COLUMNS
from gongji.settlement.records import Record
from gongji.sharing.authorisations import Authorisation


@dataclass(slots=True)
class NewVisit:
    """The visit that a purchase makes."""

    mdtrt_id: int
    setl_id: int
    command: SettlePurchase
    coverage: Coverage
    setting: int


_INSERT_SETTLEMENTS = Statement(
    "INSERT INTO settlement (owner, setl_id, kind, reversal_of, mdtrt_id, chrg_bchno,"
    " institution_id, msgid, infno, insutype, insured_area, setting, med_type, service_date,"
    " rules_id, total_fen, fund_fen, own_fen, relatives_fen, cash_fen, record, made_at)"
    " SELECT unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::text[]), unnest(%s::bigint[]),"
    " unnest(%s::text[]), unnest(%s::text[]), unnest(%s::bigint[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), unnest(%s::text[]), unnest(%s::date[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), unnest(%s::bytea[]), %s::timestamptz"
)


def _settlement_row(r: Record) -> tuple[Any, ...]:
    body = r.body
    sharing, sign = body.sharing, r.sign
    return (
        r.owner,
        r.setl_id,
        r.kind,
        r.reversal_of,
        r.mdtrt_id,
        r.chrg_bchno,
        r.institution_id,
        r.msgid,
        r.infno,
        r.insutype,
        r.insured_area,
        r.setting,
        r.med_type,
        r.service_date,
        r.rules_id,
        sign * body.bill.total_fen,
        sign * body.benefit.fund_fen,
        sign * (sharing.own_current_fen + sharing.own_carried_fen),
        sign * sharing.relatives_fen,
        sign * sharing.cash_fen,
    )


_TO_WIRE: tuple[Callable[[Any], bytes], ...] = (
    *(int8s, int8s, int8s, optional_int8s, int8s, texts, int8s, texts, texts, int8s),
    *(int8s, int8s, texts, dates, int8s, int8s, int8s, int8s, int8s, int8s),
)


def settlements(records: Sequence[Record], packed: Sequence[bytes], now: dt.datetime) -> Call:
    """New settlement rows, with the packed body of each."""
    columns = zip(*map(_settlement_row, records), strict=True)
    wired = [to_wire(column) for to_wire, column in zip(_TO_WIRE, columns, strict=True)]
    return _INSERT_SETTLEMENTS, (*wired, blobs(packed), moment(now))


_INSERT_DIFFERENCES = Statement(
    "INSERT INTO fund_difference (owner, setl_id, year, scheme, pooled_fen, large_fen,"
    " serious_fen, subsidy_fen, aid_fen, made_at)"
    f" SELECT {', '.join(['unnest(%s::bigint[])'] * 9)}, %s::timestamptz"
)


def differences(records: Sequence[Record], now: dt.datetime) -> Iterator[Call]:
    """What funds have paid too much or too little from these records on."""
    rows = [
        (
            r.owner,
            r.setl_id,
            one.year,
            r.insutype,
            one.pooled_fen,
            one.large_fen,
            one.serious_fen,
            one.subsidy_fen,
            one.aid_fen,
        )
        for r in records
        for one in r.differences
    ]
    if rows:
        columns = [int8s(column) for column in zip(*rows, strict=True)]
        yield _INSERT_DIFFERENCES, (*columns, moment(now))


_SUMS = tuple(name.strip() for name in ACCUMULATOR_COLUMNS.split(","))
_MOVE_ACCUMULATORS = Statement(
    f"UPDATE accumulator a SET {', '.join(f'{name} = k.{name}' for name in _SUMS)}"
    " FROM (SELECT unnest(%s::bigint[]) AS owner, unnest(%s::bigint[]) AS year,"
    " unnest(%s::bigint[]) AS scheme, "
    + ", ".join(f"unnest(%s::bigint[]) AS {name}" for name in _SUMS)
    + ") AS k WHERE a.owner = k.owner AND a.year = k.year AND a.scheme = k.scheme"
)
_BEGIN_ACCUMULATORS = Statement(
    f"INSERT INTO accumulator (owner, year, scheme, {ACCUMULATOR_COLUMNS})"
    f" SELECT {', '.join(['unnest(%s::bigint[])'] * (3 + ACCUMULATED))}"
    " ON CONFLICT (owner, year, scheme) DO UPDATE SET "
    + ", ".join(f"{name} = EXCLUDED.{name}" for name in _SUMS)
)


def accumulators(world: World, changed: set[tuple[int, int, int]]) -> Iterator[Call]:
    """New sums of the years; a year that has no row yet gets one."""
    keys = sorted(changed)
    stored = [key for key in keys if key in world.stored_years]
    begun = [key for key in keys if key not in world.stored_years]
    for statement, group in ((_MOVE_ACCUMULATORS, stored), (_BEGIN_ACCUMULATORS, begun)):
        if group:
            rows = [(*key, *world.accumulators[key]) for key in group]
            yield statement, [int8s(column) for column in zip(*rows, strict=True)]


_SPEND = Statement(
    "UPDATE authorisation a SET used_day = k.used_day, used_day_fen = k.day_fen,"
    " used_year = k.used_year, used_year_fen = k.year_fen, used_grant_fen = k.grant_fen"
    " FROM (SELECT unnest(%s::bigint[]) AS recipient, unnest(%s::bigint[]) AS auth_id,"
    " unnest(%s::date[]) AS used_day, unnest(%s::bigint[]) AS day_fen,"
    " unnest(%s::bigint[]) AS used_year, unnest(%s::bigint[]) AS year_fen,"
    " unnest(%s::bigint[]) AS grant_fen) AS k"
    " WHERE a.recipient = k.recipient AND a.auth_id = k.auth_id"
)


def authorisations(used: dict[tuple[int, int], Authorisation]) -> Call:
    """What limits have used now."""
    rows = [
        (
            a.recipient,
            a.auth_id,
            a.used_day,
            a.used_day_fen,
            a.used_year,
            a.used_year_fen,
            a.used_grant_fen,
        )
        for _, a in sorted(used.items())
    ]
    recipients, auth_ids, days, day_fen, years, year_fen, grant_fen = zip(*rows, strict=True)
    amounts = (int8s(day_fen), int8s(years), int8s(year_fen), int8s(grant_fen))
    return _SPEND, (int8s(recipients), int8s(auth_ids), dates(days), *amounts)


_INSERT_MESSAGES = Statement(
    "INSERT INTO message (institution_id, msgid, infno, fingerprint, owner, result_id, outcome,"
    " made_at) SELECT unnest(%s::bigint[]), unnest(%s::text[]), unnest(%s::text[]),"
    " unnest(%s::bytea[]), unnest(%s::bigint[]), unnest(%s::bigint[]), 1, %s::timestamptz"
)


def messages(accepted: Sequence[tuple[MessageKey, int, int]], now: dt.datetime) -> Call:
    """Accepted messages with owner and result."""
    keys, owners, results = zip(*accepted, strict=True)
    return _INSERT_MESSAGES, (
        int8s([key.institution_id for key in keys]),
        texts([key.msgid for key in keys]),
        texts([key.infno for key in keys]),
        blobs([key.fingerprint for key in keys]),
        int8s(owners),
        int8s(results),
        moment(now),
    )


_SETTLE_LINES = Statement(
    "UPDATE fee_batch f SET settled_by = k.setl_id FROM (SELECT unnest(%s::bigint[]) AS owner,"
    " unnest(%s::bigint[]) AS mdtrt_id, unnest(%s::text[]) AS chrg_bchno,"
    " unnest(%s::bigint[]) AS upload_no, unnest(%s::bigint[]) AS setl_id) AS k"
    " WHERE f.owner = k.owner AND f.mdtrt_id = k.mdtrt_id AND f.chrg_bchno = k.chrg_bchno"
    " AND f.upload_no = k.upload_no"
)


def settled_lines(rows: Sequence[tuple[int, int, str, int, int]]) -> Call:
    """Which lines are settled: care refuses to remove them."""
    owners, mdtrt_ids, names, uploads, setl_ids = zip(*rows, strict=True)
    keys = (int8s(owners), int8s(mdtrt_ids), texts(names), int8s(uploads))
    return _SETTLE_LINES, (*keys, int8s(setl_ids))


_FREE_LINES = Statement(
    "UPDATE fee_batch f SET settled_by = NULL FROM (SELECT unnest(%s::bigint[]) AS owner,"
    " unnest(%s::bigint[]) AS mdtrt_id, unnest(%s::bigint[]) AS setl_id) AS k"
    " WHERE f.owner = k.owner AND f.mdtrt_id = k.mdtrt_id AND f.settled_by = k.setl_id"
)
_REVERSED = Statement(
    "UPDATE settlement s SET reversed_by = k.by FROM (SELECT unnest(%s::bigint[]) AS owner,"
    " unnest(%s::bigint[]) AS setl_id, unnest(%s::bigint[]) AS by) AS k"
    " WHERE s.owner = k.owner AND s.setl_id = k.setl_id AND s.reversed_by IS NULL"
)


def reversals(
    reversed_ids: Sequence[tuple[int, int, int]], freed: Sequence[tuple[int, int, int]]
) -> Iterator[Call]:
    """Records that point at their mirror, and lines that may be changed again."""
    for statement, rows in ((_REVERSED, reversed_ids), (_FREE_LINES, freed)):
        if rows:
            yield statement, [int8s(column) for column in zip(*rows, strict=True)]


_NEVER_CAME = Statement(
    "INSERT INTO message (institution_id, msgid, infno, fingerprint, owner, result_id, outcome,"
    " made_at) SELECT unnest(%s::bigint[]), unnest(%s::text[]), unnest(%s::text[]),"
    " unnest(%s::bytea[]), unnest(%s::bigint[]), unnest(%s::bigint[]), 2, %s::timestamptz"
)
_CANCEL = Statement(
    "UPDATE message m SET outcome = 2 FROM (SELECT unnest(%s::bigint[]) AS institution_id,"
    " unnest(%s::text[]) AS msgid, unnest(%s::text[]) AS infno) AS k"
    " WHERE m.institution_id = k.institution_id AND m.msgid = k.msgid AND m.infno = k.infno"
)


def undone(
    never_came: dict[KeyName, MessageRow],
    cancelled: Iterable[KeyName],
    now: dt.datetime,
) -> Iterator[Call]:
    """Messages undone by 2601: cancelled for good, also when they arrive only later.

    One that was not there must still not be there: if it came meanwhile (for another person, so
    under no common lock), the unique key stops this batch and it is planned again.
    """
    if never_came:
        keys = sorted(never_came)
        rows = [never_came[key] for key in keys]
        params = (
            int8s([key[0] for key in keys]),
            texts([key[1] for key in keys]),
            texts([key[2] for key in keys]),
            blobs([row.fingerprint for row in rows]),
            int8s([row.owner for row in rows]),
            int8s([row.result_id for row in rows]),
            moment(now),
        )
        yield _NEVER_CAME, params
    named = sorted(cancelled)
    if named:
        institutions, msgids, infnos = zip(*named, strict=True)
        yield _CANCEL, (int8s(institutions), texts(msgids), texts(infnos))


_INSERT_VISITS = Statement(
    "INSERT INTO visit (owner, mdtrt_id, institution_id, setting, med_type, insutype,"
    " coverage_no, insured_area, begun_at, dise_codg, detail, status, made_at)"
    " SELECT unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), unnest(%s::text[]), unnest(%s::bigint[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), unnest(%s::timestamptz[]), unnest(%s::text[]),"
    " unnest(%s::text[])::jsonb, 1, %s::timestamptz"
)
_INSERT_LINES = Statement(
    "INSERT INTO fee_batch (owner, mdtrt_id, chrg_bchno, upload_no, lines, serials, settled_by,"
    " total_fen, self_paid_fen, over_limit_fen, first_self_fen, in_policy_fen, unprescribed_fen,"
    " made_at)"
    " SELECT unnest(%s::bigint[]), unnest(%s::bigint[]), '1', 1, unnest(%s::text[])::jsonb,"
    " string_to_array(unnest(%s::text[]), E'\\n'), unnest(%s::bigint[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::bigint[]),"
    " unnest(%s::bigint[]), %s::timestamptz"
)


def purchases(visits: Sequence[NewVisit], now: dt.datetime) -> Iterator[Call]:
    """Visits that purchases make, each with its lines, settled at once."""
    commands = [v.command for v in visits]
    owners, mdtrt_ids = int8s([c.owner for c in commands]), int8s([v.mdtrt_id for v in visits])
    yield (
        _INSERT_VISITS,
        (
            owners,
            mdtrt_ids,
            int8s([c.key.institution_id for c in commands]),
            int8s([v.setting for v in visits]),
            texts([c.med_type for c in commands]),
            int8s([c.insutype for c in commands]),
            int8s([v.coverage.coverage_no for v in visits]),
            int8s([v.coverage.area for v in visits]),
            moments([c.bought_at for c in commands]),
            texts([c.dise_codg for c in commands]),
            texts([_json(c.detail) for c in commands]),
            moment(now),
        ),
    )
    lines = [c.lines for c in commands]
    yield (
        _INSERT_LINES,
        (
            owners,
            mdtrt_ids,
            texts([_json([line.document for line in group]) for group in lines]),
            texts(["\n".join([line.feedetl_sn for line in group]) for group in lines]),
            int8s([v.setl_id for v in visits]),
            int8s([sum([line.amount_fen for line in group]) for group in lines]),
            int8s([sum([line.self_paid_fen for line in group]) for group in lines]),
            int8s([sum([line.over_limit_fen for line in group]) for group in lines]),
            int8s([sum([line.first_self_fen for line in group]) for group in lines]),
            int8s([sum([line.in_policy_fen for line in group]) for group in lines]),
            int8s([unprescribed_fen(group) for group in lines]),
            moment(now),
        ),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
