# SPDX-License-Identifier: Apache-2.0
"""After the rows: the audit of the whole database, and effects equal to acknowledged messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from gongji.ledger.audit import audit
from gongji.ledger.sealing import seal_pending
from gongji.runtime.cli_audit import settlement_room
from gongji_bench.figures import Tally


@dataclass
class Proof:
    """What the audit said, and what the driver's own count says."""

    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Nothing wrong."""
        return not self.faults


def prove(url: str, tallies: Sequence[Tally]) -> Proof:
    """Seal what is left, audit everything, compare effects with acknowledgements."""
    proof = Proof()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("ANALYZE")
        while seal_pending(conn):
            pass
    with psycopg.connect(url) as conn:
        documents, checks = settlement_room()
        report = audit(conn, settlement_documents=documents, checks=checks)
        proof.faults.extend(str(fault) for fault in report.faults[:20])
        proof.counts["faults"] = len(report.faults)
    with psycopg.connect(url) as conn:
        _effects(conn, tallies, proof)
    for tally in tallies:
        if tally.wrong:
            proof.faults.append(f"{tally.wrong} wrong answers, the first: {tally.first_wrong}")
    return proof


def _effects(conn: psycopg.Connection[Any], tallies: Sequence[Tally], proof: Proof) -> None:
    """One effect for each acknowledged key, none for a refused one."""
    accepted = sum(t.accepted for t in tallies)
    reversals = sum(t.reversed for t in tallies)
    for name, sql, expected in (
        ("settlements", "SELECT count(*) FROM settlement WHERE kind = 1", accepted),
        ("reversals", "SELECT count(*) FROM settlement WHERE kind = 2", reversals),
        ("messages", "SELECT count(*) FROM message", accepted + reversals),
    ):
        row = conn.execute(sql).fetchone()
        found = int(row[0]) if row else 0
        proof.counts[name] = found
        if found != expected:
            proof.faults.append(f"{name}: {found} in the database, {expected} acknowledged")
