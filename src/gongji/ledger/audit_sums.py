# SPDX-License-Identifier: Apache-2.0
"""Audit checks that the database itself can answer: sums, balances, links, mirrors.

They read rows only, never the code that wrote them; each returns the rows that are wrong.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from gongji.ledger.accounts import (
    ACCOUNT_NAMES,
    CORRECTION,
    CREDIT,
    DUE_TO_HEIRS,
    INSTITUTION,
    INTEREST,
    KIND_NAMES,
    MIRRORS,
    PA_CARRIED,
    PA_CURRENT,
    PERSONAL,
    REVERSAL,
    SETTLEMENT,
    YEAR_ROLL,
)
from gongji.ledger.arrays import ints
from gongji.ledger.report import FAULTS_LISTED_MAX, Report

PERIODIC = (CREDIT, INTEREST, YEAR_ROLL)


def _rows(conn: Connection[Any], sql: str, *params: object) -> list[tuple[Any, ...]]:
    """The wrong rows; a little more than a report lists, so that a flood does not fill memory."""
    cursor = conn.execute(sql, params, prepare=False)
    rows: list[tuple[Any, ...]] = cursor.fetchmany(FAULTS_LISTED_MAX * 2)
    return rows


def count_rows(conn: Connection[Any], report: Report) -> None:
    """Exact numbers of rows."""
    for table in ("account", "entry", "posting", "ledger_batch", "seal", "credit_run"):
        row = conn.execute(f"SELECT count(*) FROM {table}").fetchone()
        report.count(table, row[0] if row else 0)


def entry_sums(conn: Connection[Any], report: Report) -> None:
    """Every entry sums to 0 fen, and so does everything together."""
    for entry_id, total in _rows(
        conn,
        "SELECT entry_id, sum(amount_fen) FROM posting GROUP BY entry_id"
        " HAVING sum(amount_fen) <> 0 ORDER BY entry_id",
    ):
        report.fault("posting", f"entry {entry_id}", "sum 0 fen", total)
    everything = _rows(conn, "SELECT coalesce(sum(amount_fen), 0) FROM posting")[0][0]
    if everything != 0:
        report.fault("posting", "all", "sum 0 fen", everything)


_BALANCES = """
SELECT coalesce(a.owner, p.owner), a.owner IS NULL, a.current_fen, a.carried_fen,
  coalesce(p.current_fen, 0), coalesce(p.carried_fen, 0)
FROM account AS a FULL JOIN (
  SELECT owner, coalesce(sum(amount_fen) FILTER (WHERE account = %s), 0) AS current_fen,
    coalesce(sum(amount_fen) FILTER (WHERE account = %s), 0) AS carried_fen
  FROM posting WHERE account IN (%s, %s) GROUP BY owner
) AS p ON p.owner = a.owner
WHERE a.owner IS NULL OR a.current_fen <> coalesce(p.current_fen, 0)
  OR a.carried_fen <> coalesce(p.carried_fen, 0) ORDER BY 1
"""


def balances(conn: Connection[Any], report: Report) -> None:
    """Each bucket of each account is the sum of its postings, and none is below 0."""
    codes = (PA_CURRENT, PA_CARRIED)
    for owner, missing, current, carried, sum_current, sum_carried in _rows(
        conn, _BALANCES, *codes, *codes
    ):
        key = f"owner {owner}"
        if missing:
            report.fault("account", key, "an account for the postings", "none")
            continue
        if current != sum_current:
            report.fault("account", key, f"current_fen {sum_current} (sum of postings)", current)
        if carried != sum_carried:
            report.fault("account", key, f"carried_fen {sum_carried} (sum of postings)", carried)
    for owner, current, carried in _rows(
        conn,
        "SELECT owner, current_fen, carried_fen FROM account"
        " WHERE current_fen < 0 OR carried_fen < 0 ORDER BY owner",
    ):
        report.fault("account", f"owner {owner}", "no negative bucket", f"{current}, {carried}")


def links(conn: Connection[Any], report: Report) -> None:
    """Postings have their entry and known codes; entries have postings and a known kind."""
    for owner, entry_id, seq in _rows(
        conn,
        "SELECT p.owner, p.entry_id, p.seq FROM posting AS p WHERE NOT EXISTS"
        " (SELECT FROM entry AS e WHERE e.entry_id = p.entry_id) ORDER BY 2, 3",
    ):
        report.fault("posting", f"owner {owner}, entry {entry_id}, seq {seq}", "its entry", "none")
    for owner, entry_id in _rows(
        conn,
        "SELECT e.owner, e.entry_id FROM entry AS e WHERE NOT EXISTS"
        " (SELECT FROM posting AS p WHERE p.entry_id = e.entry_id)"
        " AND e.kind <> %s AND NOT EXISTS (SELECT FROM entry AS o WHERE o.owner = e.owner"
        " AND o.entry_id = e.reversal_of AND o.kind = %s) ORDER BY 2",
        CORRECTION,
        CORRECTION,
    ):
        report.fault("entry", f"owner {owner}, entry {entry_id}", "its postings", "none")
    for owner, entry_id, kind in _rows(
        conn,
        "SELECT owner, entry_id, kind FROM entry WHERE NOT kind = ANY(%s::smallint[])",
        ints(KIND_NAMES),
    ):
        report.fault("entry", f"owner {owner}, entry {entry_id}", "a known kind", kind)
    for owner, entry_id, seq, account in _rows(
        conn,
        "SELECT owner, entry_id, seq, account FROM posting WHERE NOT account = ANY(%s::smallint[])",
        ints(ACCOUNT_NAMES),
    ):
        key = f"owner {owner}, entry {entry_id}, seq {seq}"
        report.fault("posting", key, "a known account", account)


_MIRROR_LINKS = """
SELECT r.owner, r.entry_id, r.kind, r.reversal_of, o.kind FROM entry AS r
LEFT JOIN entry AS o ON o.owner = r.owner AND o.entry_id = r.reversal_of
WHERE (r.reversal_of IS NOT NULL) <> (r.kind = ANY(%s::smallint[]))
  OR (r.reversal_of IS NOT NULL AND (o.entry_id IS NULL
    OR (r.kind = %s) <> (o.kind <> %s)))
ORDER BY r.entry_id
"""
# What a reversal and its original moved together, leg by leg, is nothing. Money of one person's
# account counts as one leg: after the turn of the year it comes back to the carried bucket, and to
# what is due to heirs once the account is closed (the settlements' own check says which).
_MIRROR_LEGS = """
WITH pair AS (
  SELECT entry_id AS mirror, entry_id, reversal_of FROM entry WHERE reversal_of IS NOT NULL
), leg AS (
  SELECT pair.mirror, false AS first, p.* FROM pair JOIN posting AS p ON p.entry_id = pair.entry_id
  UNION ALL
  SELECT pair.mirror, true, p.* FROM pair JOIN posting AS p ON p.entry_id = pair.reversal_of
), one AS (
  SELECT mirror, owner, CASE WHEN account = ANY(%s::smallint[]) THEN %s ELSE account END AS account,
    party, amount_fen FROM leg
)
SELECT mirror, owner, account, party, sum(amount_fen) FROM one
GROUP BY mirror, owner, account, party HAVING sum(amount_fen) <> 0
UNION ALL
-- Time goes one way: nothing becomes money of the current year, nor carried money that was due.
-- What the original gave back to the current bucket may have been carried over since.
SELECT mirror, owner, account, party, sum(amount_fen) FROM leg
WHERE account = ANY(%s::smallint[]) GROUP BY mirror, owner, account, party
HAVING sum(amount_fen) * CASE WHEN account = %s THEN -1 ELSE 1 END > 0
  AND NOT (account = %s AND coalesce(sum(amount_fen) FILTER (WHERE first), 0) > 0) ORDER BY mirror
"""


def mirrors(conn: Connection[Any], report: Report) -> None:
    """A reversal undoes one entry of the same owner exactly, and no entry is undone twice."""
    for owner, entry_id, kind, reversal_of, original in _rows(
        conn, _MIRROR_LINKS, ints(MIRRORS), REVERSAL, REVERSAL
    ):
        report.fault(
            "entry",
            f"owner {owner}, entry {entry_id}",
            "a reversal of a settlement, or a restore of a reversal, of the same owner",
            f"kind {kind} of entry {reversal_of}, kind {original}",
        )
    for owner, reversal_of, times in _rows(
        conn,
        "SELECT owner, reversal_of, count(*) FROM entry WHERE reversal_of IS NOT NULL"
        " GROUP BY owner, reversal_of HAVING count(*) > 1",
    ):
        key = f"owner {owner}, entry {reversal_of}"
        report.fault("entry", key, "reversed once at most", f"{times} times")
    for mirror, owner, account, party, rest in _rows(
        conn,
        _MIRROR_LEGS,
        ints((*PERSONAL, DUE_TO_HEIRS)),
        PA_CURRENT,
        ints((PA_CURRENT, DUE_TO_HEIRS)),
        DUE_TO_HEIRS,
        PA_CURRENT,
    ):
        report.fault(
            "posting",
            f"entry {mirror}, owner {owner}, account {account}, party {party}",
            "the mirror of the reversed entry",
            f"{rest} fen left over",
        )


def periodic(conn: Connection[Any], report: Report) -> None:
    """Credits, interest and rolls: one row of credit_run for each entry and the reverse."""
    for owner, entry_id, kind, period in _rows(
        conn,
        "SELECT coalesce(e.owner, c.owner), coalesce(e.entry_id, c.entry_id),"
        " coalesce(e.kind, c.kind), c.period"
        " FROM (SELECT * FROM entry WHERE kind = ANY(%s::smallint[])) AS e"
        " FULL JOIN credit_run AS c"
        " ON c.owner = e.owner AND c.entry_id = e.entry_id AND c.kind = e.kind"
        " WHERE e.entry_id IS NULL OR c.entry_id IS NULL ORDER BY 2",
        ints(PERIODIC),
    ):
        table, other = ("entry", "credit_run") if period is None else ("credit_run", "entry")
        key = f"owner {owner}, entry {entry_id}, kind {kind}"
        report.fault(table, key, f"its row in {other}", "none")
    for owner, entry_id, period, sealed in _rows(
        conn,
        "SELECT owner, entry_id, period, convert_from(document, 'UTF8')::jsonb ->> 'period'"
        " FROM credit_run WHERE period::text IS DISTINCT FROM"
        " convert_from(document, 'UTF8')::jsonb ->> 'period'",
    ):
        key = f"owner {owner}, entry {entry_id}"
        report.fault("credit_run", key, f"the sealed period {sealed}", period)


_SIGNS = """
SELECT e.entry_id, p.owner, p.account, p.amount_fen FROM entry AS e
JOIN posting AS p ON p.entry_id = e.entry_id
WHERE e.kind = %s AND (p.amount_fen > 0) <> (p.account = %s) ORDER BY 1
"""


def signs(conn: Connection[Any], report: Report) -> None:
    """A settlement only pays: every payer is negative, what the institution gets positive.

    So no fund pays more than the bill and no accounts more than the burden. Nothing that is due
    to heirs is below 0.
    """
    for entry_id, owner, account, amount in _rows(conn, _SIGNS, SETTLEMENT, INSTITUTION):
        key = f"entry {entry_id}, owner {owner}, account {account}"
        report.fault("posting", key, "a leg that pays", f"{amount} fen the other way")
    for owner, party, amount in _rows(
        conn,
        "SELECT owner, party, sum(amount_fen) FROM posting WHERE account = %s"
        " GROUP BY owner, party HAVING sum(amount_fen) < 0",
        DUE_TO_HEIRS,
    ):
        key = f"owner {owner}, area {party}"
        report.fault("posting", key, "nothing below 0 due to heirs", f"{amount} fen")


CHECKS = (
    ("entries sum to 0", entry_sums),
    ("balances are their postings", balances),
    ("rows belong together", links),
    ("reversals mirror their originals", mirrors),
    ("settlements only pay", signs),
    ("periodic credits are made once", periodic),
)
