# SPDX-License-Identifier: Apache-2.0
"""Reading records for the audit: a row that cannot be read is a fault and hides no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from psycopg import Connection

from gongji.ledger.report import Report
from gongji.settlement.records import RECORD_COLUMNS, Record, record_from_row

FETCH_ROWS = 1000


def readable(report: Report, row: Sequence[Any]) -> Record | None:
    """A record, or a fault that names the row whose bytes cannot be read: the others are judged."""
    try:
        return record_from_row(row)
    except msgspec.MsgspecError as broken:
        report.fault("settlement", f"{row[1]} record", "a record that can be read", broken)
        return None


def records(
    conn: Connection[Any], report: Report, name: str, order: str = "s.setl_id", joined: str = ""
) -> Iterator[Record]:
    """Every record that can be read, one after another by a cursor of that name."""
    with conn.cursor(name) as cursor:
        cursor.itersize = FETCH_ROWS
        cursor.execute(f"SELECT {RECORD_COLUMNS} FROM settlement s{joined} ORDER BY {order}")
        for row in cursor:
            record = readable(report, row)
            if record is not None:
                yield record
