# SPDX-License-Identifier: Apache-2.0
"""What the settlement room adds to the audit: records, postings, keys, sums of the year, replay.

Each check reads rows only and reports every difference; ``documents`` gives the ledger's audit the
sealed bytes of the records.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import Connection

from gongji.kernel.benefit import BenefitRules
from gongji.kernel.sharing import SharingRules
from gongji.ledger import arrays
from gongji.ledger.audit import RoomCheck
from gongji.ledger.report import Report
from gongji.settlement.audit_reading import FETCH_ROWS, readable, records
from gongji.settlement.audit_visits import (
    differences_are_known,
    money_lands_where_its_year_lies,
    visits_are_whole,
)
from gongji.settlement.lookups import ACCUMULATED, ACCUMULATOR_COLUMNS
from gongji.settlement.postings import document_of, entry_of
from gongji.settlement.records import (
    RECORD_COLUMNS,
    REVERSED,
    SETTLED,
    Record,
    pack,
)
from gongji.settlement.replay import differences
from gongji.settlement.rules import digest_of, load_rules, mark_of
from gongji.settlement.states import Year, add_to, moves_of_record
from gongji.settlement.stays import limits_used

# Settlements in the order in which they were committed (their own numbers are in no order).
_IN_ORDER = (
    "e.batch_id, s.setl_id",
    " LEFT JOIN entry e ON e.owner = s.owner AND e.entry_id = s.setl_id",
)


def documents(conn: Connection[Any], keys: Sequence[tuple[int, int]]) -> Mapping[int, bytes]:
    """Sealed bytes of settlements by entry id, rebuilt from their rows."""
    rows = conn.execute(
        f"SELECT {RECORD_COLUMNS} FROM unnest(%s::bigint[], %s::bigint[]) AS k (owner, setl_id)"
        " JOIN settlement s USING (owner, setl_id)",
        (arrays.ints(k[0] for k in keys), arrays.ints(k[1] for k in keys)),
    ).fetchall()
    found = {}
    for row in rows:
        # The bytes as they stand, readable or not: the leaf tells whether they are the sealed ones.
        head = Record(*row[:16], None, 0)  # type: ignore[call-arg]
        found[head.setl_id] = document_of(head, bytes(row[16]))
    return found


def postings_are_the_record(conn: Connection[Any], report: Report, replay: bool) -> None:
    """Every settlement's postings are what its record says."""
    query = (
        "SELECT p.legs, e.kind, e.reversal_of, s.total_fen, s.fund_fen, s.own_fen,"
        f" s.relatives_fen, s.cash_fen, {RECORD_COLUMNS} FROM settlement s"
        " LEFT JOIN entry e ON e.owner = s.owner AND e.entry_id = s.setl_id"
        " LEFT JOIN (SELECT entry_id, array_agg(ARRAY[owner, account, party, amount_fen]"
        " ORDER BY seq) AS legs FROM posting GROUP BY entry_id) p ON p.entry_id = s.setl_id"
    )
    with conn.cursor("audit_record_postings") as cursor:
        cursor.itersize = FETCH_ROWS
        cursor.execute(query)
        for legs, kind, reversal_of, *sums_and_row in cursor:
            record = readable(report, sums_and_row[5:])
            report.count("settlements", 1)
            if record is None:
                continue
            entry = entry_of(record, pack(record))
            key = str(record.setl_id)
            expected = [list(leg) for leg in entry.postings]
            if (legs or []) != expected:
                report.fault("posting", key, expected, legs)
            if (kind, reversal_of) != (entry.kind, entry.reversal_of):
                report.fault("entry", key, (entry.kind, entry.reversal_of), (kind, reversal_of))
            body = record.body
            columns = [
                record.sign * amount
                for amount in (
                    body.bill.total_fen,
                    body.benefit.fund_fen,
                    record.own_fen,
                    record.relatives_fen,
                    record.cash_fen,
                )
            ]
            if list(sums_and_row[:5]) != columns:
                report.fault("settlement", key, columns, sums_and_row[:5])


_ONE_EFFECT = (
    # (what is wrong, query giving key, expected, found)
    "SELECT s.setl_id, 'one accepted message', count(m.*)::text FROM settlement s"
    " LEFT JOIN message m ON m.institution_id = s.institution_id AND m.msgid = s.msgid"
    " AND m.result_id = s.setl_id AND m.owner = s.owner AND m.infno = s.infno"
    " GROUP BY s.owner, s.setl_id HAVING count(m.*) <> 1",
    "SELECT m.msgid, 'the settlement of the message', 'none' FROM message m"
    " LEFT JOIN settlement s ON s.owner = m.owner AND s.setl_id = m.result_id"
    " WHERE m.answer IS NULL AND m.result_id <> 0 AND m.infno <> '2401' AND s.setl_id IS NULL",
    "SELECT e.entry_id, 'a settlement', 'none' FROM entry e LEFT JOIN settlement s"
    " ON s.owner = e.owner AND s.setl_id = e.entry_id WHERE e.kind IN (1, 2, 3, 8)"
    " AND s.setl_id IS NULL",
    "SELECT s.setl_id, 'linked both ways', 'reversed_by ' || s.reversed_by FROM settlement s"
    " LEFT JOIN settlement r ON r.owner = s.owner AND r.setl_id = s.reversed_by"
    " AND r.reversal_of = s.setl_id WHERE s.reversed_by IS NOT NULL AND r.setl_id IS NULL",
    "SELECT r.setl_id, 'linked both ways', 'reversal_of ' || r.reversal_of FROM settlement r"
    " LEFT JOIN settlement s ON s.owner = r.owner AND s.setl_id = r.reversal_of"
    " AND s.reversed_by = r.setl_id WHERE r.reversal_of IS NOT NULL AND s.setl_id IS NULL",
)


def one_effect_per_key(conn: Connection[Any], report: Report, replay: bool) -> None:
    """Effects and acknowledged keys are one to one; reversals are linked both ways."""
    for query in _ONE_EFFECT:
        for key, expected, found in conn.execute(query).fetchall():
            report.fault("settlement", str(key), expected, found)


def years_are_their_settlements(conn: Connection[Any], report: Report, replay: bool) -> None:
    """Sums of a patient's year and of limits are the sums of the settlements."""
    years: dict[Year, list[int]] = {}
    used = _Used()
    for record in records(conn, report, "audit_years", *_IN_ORDER):
        for key, move in moves_of_record(record):
            add_to(years, key, move, record.sign)
        used.add(record)
    for *key, found in conn.execute(
        f"SELECT owner, year, scheme, ARRAY[{ACCUMULATOR_COLUMNS}] FROM accumulator"
    ).fetchall():
        expected = years.pop((key[0], key[1], key[2]), [0] * ACCUMULATED)
        if found != expected:
            report.fault("accumulator", "/".join(map(str, key)), expected, found)
    for rest in (k for k, sums in years.items() if any(sums)):
        report.fault("accumulator", "/".join(map(str, rest)), "a row", "none")
    used.compare(conn, report)


class _Used:
    """What limits have used: the money of the settlements that stand, in the order of commits."""

    def __init__(self) -> None:
        # By authorisation: newest day, paid on it, newest year, paid in it, paid in all.
        self._sums: dict[tuple[int, int], tuple[dt.date, int, int, int, int]] = {}

    def add(self, record: Record) -> None:
        """Count a settlement; one that was reversed has used its day, and nothing of it.

        What was paid by a clock that had stepped back counts on the later day that had begun
        already, and a reversal does not give it back to that day (Authorisation.spend).
        """
        if record.kind == REVERSED:
            return
        stands = record.reversed_by is None
        for payer, on, paid in limits_used(record.body, record.body_date()):
            key = (record.owner, payer.auth_id)
            day, on_day, year, in_year, in_all = self._sums.get(key, (on, 0, on.year, 0, 0))
            if paid > 0:
                if on > day:
                    day, on_day = on, 0
                if on.year > year:
                    year, in_year = on.year, 0
                on_day += paid if stands or on < day else 0
                in_year += paid if stands or on.year < year else 0
            elif stands:  # given back to a day by a later bill of the stay
                on_day += paid if on == day else 0
                in_year += paid if on.year == year else 0
            self._sums[key] = (day, on_day, year, in_year, in_all + (paid if stands else 0))

    def compare(self, conn: Connection[Any], report: Report) -> None:
        """Every authorisation against its settlements; one that paid is still there."""
        for recipient, auth_id, *found in conn.execute(
            "SELECT recipient, auth_id, used_day, used_day_fen, used_year, used_year_fen,"
            " used_grant_fen FROM authorisation"
        ).fetchall():
            # One that never paid keeps the day and year that it began with.
            expected = self._sums.pop((recipient, auth_id), (found[0], 0, found[2], 0, 0))
            if found != list(expected):
                report.fault("authorisation", f"{recipient}/{auth_id}", list(expected), found)
        for recipient, auth_id in self._sums:
            report.fault("authorisation", f"{recipient}/{auth_id}", "a row: it has paid", "none")


def replay_gives_the_record(conn: Connection[Any], report: Report, replay: bool) -> None:
    """Every settlement, calculated again from its kept inputs (with --replay)."""
    if not replay:
        report.note("settlements were not calculated again: use --replay")
        return
    rules: dict[int, tuple[BenefitRules, SharingRules] | None] = {}
    # Pairs of a record and its mirror, one of them seen so far. The mirror may have the lower
    # id: every process takes its ids from a block of its own.
    pairs: dict[int, Record] = {}
    for record in records(conn, report, "audit_replay"):
        if record.rules_id not in rules:
            rules[record.rules_id] = _rules(conn, report, record.rules_id)
        used = rules[record.rules_id]
        report.count("replayed", 1)
        if record.kind == SETTLED and used is not None:
            for what, kept, again in differences(*used, record.body):
                report.fault("settlement", f"{record.setl_id} {what}", again, kept)
        for mirror_id in (record.reversed_by, record.setl_id if record.reversal_of else None):
            if mirror_id is None:
                continue
            other = pairs.pop(mirror_id, None)
            if other is None:
                pairs[mirror_id] = record
            elif other.body != record.body:
                report.fault("settlement", str(mirror_id), "its original's body", "another")
    for mirror_id in pairs:
        report.fault("settlement", str(mirror_id), "its original", "none")


def _rules(
    conn: Connection[Any], report: Report, rules_id: int
) -> tuple[BenefitRules, SharingRules] | None:
    """Stored rules, or a fault that names them: settlements by other rules are replayed all the
    same."""
    try:
        return load_rules(conn, rules_id)
    except (LookupError, TypeError, msgspec.MsgspecError) as broken:
        report.fault("rule_set", str(rules_id), "rules that can be read", repr(broken))
        return None


def rules_are_unchanged(conn: Connection[Any], report: Report, replay: bool) -> None:
    """Stored rule sets hash to their digest, and every record names the one it used."""
    marks: dict[int, int] = {}
    for rules_id, digest, pack_digest, area, body, provenance in conn.execute(
        "SELECT rules_id, digest, pack_digest, area, body, provenance FROM rule_set"
    ).fetchall():
        marks[rules_id] = mark_of(digest)
        again = digest_of(body, area, provenance, pack_digest)
        if again != digest:
            report.fault("rule_set", str(rules_id), again.hex(), digest.hex())
    for record in records(conn, report, "audit_rules"):
        expected = marks.get(record.rules_id)
        if record.body.rules_mark != expected:
            report.fault("settlement", f"{record.setl_id} rules", expected, record.body.rules_mark)


CHECKS: tuple[RoomCheck, ...] = (
    rules_are_unchanged,
    postings_are_the_record,
    visits_are_whole,
    money_lands_where_its_year_lies,
    one_effect_per_key,
    years_are_their_settlements,
    replay_gives_the_record,
    differences_are_known,
)
