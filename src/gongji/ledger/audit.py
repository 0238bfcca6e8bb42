# SPDX-License-Identifier: Apache-2.0
"""``audit``: proves the ledger from its rows, in one consistent snapshot, changing nothing.

Sums, balances, links, mirrors, leaves, seals; other rooms add their checks as callables. It shares
with the writer only the account codes and the definition of canonical bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

from gongji.ledger import audit_chain, audit_sums
from gongji.ledger.audit_chain import Anchor, Documents
from gongji.ledger.report import Fault, Report

# A check of another room: writes faults into the report; replay = also compute anew.
RoomCheck = Callable[[Connection[Any], Report, bool], None]
WORK_MEM = "256MB"

__all__ = ["Anchor", "Documents", "Fault", "Report", "RoomCheck", "audit"]


def audit(
    conn: Connection[Any],
    *,
    progress: Callable[[str], None] | None = None,
    settlement_documents: Documents | None = None,
    checks: Sequence[RoomCheck] = (),
    replay: bool = False,
    anchors: Sequence[Anchor] = (),
) -> Report:
    """Check everything and report; never raises for a fault, only for a lost connection.

    ``settlement_documents`` gives the sealed bytes of settlements by entry id; without it their
    leaves cannot be judged and the report says so. ``checks`` are run with (conn, report, replay).
    A connection outside a transaction gets one read-only snapshot for all checks; inside one, the
    caller's snapshot rules.
    """
    report = Report(progress=progress)
    own_snapshot = conn.info.transaction_status is TransactionStatus.IDLE
    with conn.transaction():
        if own_snapshot:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        conn.execute(f"SET LOCAL work_mem = '{WORK_MEM}'")
        with report.check(conn, "rows are counted"):
            audit_sums.count_rows(conn, report)
        for name, check in audit_sums.CHECKS:
            with report.check(conn, name):
                check(conn, report)
        with report.check(conn, "leaves are their rows"):
            audit_chain.leaves(conn, report, settlement_documents)
        with report.check(conn, "seals form one chain"):
            audit_chain.seals(conn, report, anchors)
        for room_check in checks:
            with report.check(conn, _title(room_check)):
                room_check(conn, report, replay)
    return report


def _title(check: RoomCheck) -> str:
    """First line of the check's docstring, else its name."""
    text = (check.__doc__ or "").strip().splitlines()
    return text[0].rstrip(".") if text else getattr(check, "__name__", "check")
