# SPDX-License-Identifier: Apache-2.0
"""Reading settlements back: one record, a person's, an institution's totals, the year's sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from gongji.settlement.lookups import ACCUMULATOR_COLUMNS
from gongji.settlement.records import RECORD_COLUMNS, Record, record_from_row

ROWS_MAX = 1000  # settlements returned by one query


class Totals(NamedTuple):
    """Sums of an institution's settlements in a range of days; amounts in fen, reversals negative.

    ``settlements`` counts them, a reversal as one of its own.
    """

    settlements: int
    total_fen: int
    fund_fen: int
    own_fen: int
    relatives_fen: int
    cash_fen: int


class StatementRow(NamedTuple):
    """One settlement in a reconciliation, amounts in fen, reversals negative."""

    owner: int
    setl_id: int
    kind: int
    reversal_of: int | None
    reversed_by: int | None
    mdtrt_id: int
    msgid: str
    insutype: int
    setting: int
    total_fen: int
    fund_fen: int
    own_fen: int
    relatives_fen: int
    cash_fen: int
    made_at: dt.datetime


def record_of(conn: psycopg.Connection[Any], owner: int, setl_id: int) -> Record | None:
    """One settlement, reversal or restored settlement of a person."""
    row = conn.execute(
        f"SELECT {RECORD_COLUMNS} FROM settlement s WHERE owner = %s AND setl_id = %s",
        (owner, setl_id),
    ).fetchone()
    return record_from_row(row) if row else None


def records_of(
    conn: psycopg.Connection[Any], owner: int, *, mdtrt_id: int | None = None
) -> list[Record]:
    """A person's settlements, newest first, optionally of one visit; at most ROWS_MAX."""
    rows = conn.execute(
        f"SELECT {RECORD_COLUMNS} FROM settlement s WHERE owner = %s"
        " AND (%s::bigint IS NULL OR mdtrt_id = %s)"
        f" ORDER BY made_at DESC, setl_id DESC LIMIT {ROWS_MAX}",
        (owner, mdtrt_id, mdtrt_id),
    ).fetchall()
    return [record_from_row(row) for row in rows]


_STATEMENT_COLUMNS = (
    "owner, setl_id, kind, reversal_of, reversed_by, mdtrt_id, msgid, insutype, setting,"
    " total_fen, fund_fen, own_fen, relatives_fen, cash_fen, made_at"
)
_RANGE = (
    " FROM settlement WHERE institution_id = %(institution)s"
    " AND made_at >= (%(first)s::date)::timestamp AT TIME ZONE 'Asia/Shanghai'"
    " AND made_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"
    " AND (%(insutype)s::int IS NULL OR insutype = %(insutype)s)"
    " AND (%(settings)s::smallint[] IS NULL OR setting = ANY(%(settings)s))"
)


def totals(
    conn: psycopg.Connection[Any],
    institution_id: int,
    first: dt.date,
    last: dt.date,
    *,
    insutype: int | None = None,
    settings: list[int] | None = None,
) -> Totals:
    """3201: sums over civil days first..last, both included."""
    row = conn.execute(
        "SELECT count(*), COALESCE(sum(total_fen), 0)::bigint, COALESCE(sum(fund_fen), 0)::bigint,"
        " COALESCE(sum(own_fen), 0)::bigint, COALESCE(sum(relatives_fen), 0)::bigint,"
        " COALESCE(sum(cash_fen), 0)::bigint" + _RANGE,
        _range(institution_id, first, last, insutype, settings),
    ).fetchone()
    return Totals(*row) if row else Totals(0, 0, 0, 0, 0, 0)


def statement(
    conn: psycopg.Connection[Any],
    institution_id: int,
    first: dt.date,
    last: dt.date,
    *,
    insutype: int | None = None,
    settings: list[int] | None = None,
) -> list[StatementRow]:
    """3202: every settlement and reversal of the range, in order of time."""
    rows = conn.execute(
        f"SELECT {_STATEMENT_COLUMNS}{_RANGE} ORDER BY made_at, setl_id",
        _range(institution_id, first, last, insutype, settings),
    ).fetchall()
    return [StatementRow(*row) for row in rows]


def statement_rows(
    conn: psycopg.Connection[Any], institution_id: int, wanted: Sequence[tuple[int, int]]
) -> list[StatementRow]:
    """Read settlements of an institution by (owner, setl_id), whatever their day and kind."""
    owners, setl_ids = [key[0] for key in wanted], [key[1] for key in wanted]
    rows = conn.execute(
        f"SELECT {_STATEMENT_COLUMNS} FROM unnest(%s::bigint[], %s::bigint[]) AS k (owner, setl_id)"
        " JOIN settlement USING (owner, setl_id) WHERE institution_id = %s",
        (owners, setl_ids, institution_id),
    ).fetchall()
    return [StatementRow(*row) for row in rows]


def _range(
    institution_id: int,
    first: dt.date,
    last: dt.date,
    insutype: int | None,
    settings: list[int] | None,
) -> dict[str, object]:
    return {
        "institution": institution_id,
        "first": first,
        "last": last,
        "insutype": insutype,
        "settings": settings,
    }


def accumulators_of(
    conn: psycopg.Connection[Any], owner: int, *, year: int | None = None
) -> list[tuple[int, int, dict[str, int]]]:
    """5206: (year, insutype, sums in fen by name) of a person, newest year first."""
    names = [name.strip() for name in ACCUMULATOR_COLUMNS.split(",")]
    rows = conn.execute(
        f"SELECT year, scheme, {ACCUMULATOR_COLUMNS} FROM accumulator WHERE owner = %s"
        " AND (%s::int IS NULL OR year = %s) ORDER BY year DESC, scheme",
        (owner, year, year),
    ).fetchall()
    return [(row[0], row[1], dict(zip(names, row[2:], strict=True))) for row in rows]


def own_balance(conn: psycopg.Connection[Any], owner: int) -> tuple[int, int] | None:
    """(current, carried) of a person's account in fen, None without one."""
    row = conn.execute(
        "SELECT current_fen, carried_fen FROM account WHERE owner = %s", (owner,)
    ).fetchone()
    return (row[0], row[1]) if row else None
