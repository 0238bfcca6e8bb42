# SPDX-License-Identifier: Apache-2.0
"""``gongji audit``: prove the ledger of a database from its rows; changes nothing.

Exit code 0: clean. 1: faults, each listed. 2: the audit could not be made (usage, no connection).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import Any

import psycopg

from gongji.ledger.audit import Anchor, Documents, Report, RoomCheck, audit
from gongji.ledger.canonical import LEAF_BYTES
from gongji.runtime.errors import UserError
from gongji.runtime.migrate import pending
from gongji.runtime.postgres.connect import connect
from gongji.runtime.printing import tell
from gongji.runtime.settings import Settings

AUDITED = ("account", "entry", "posting", "ledger_batch", "seal", "settlement", "message")
EXIT_CLEAN = 0
EXIT_FAULTS = 1

EXAMPLE = """\
Everything is read in one snapshot, also while the system works. The head of the seal chain is
printed at the end: keep it elsewhere, and give it back with --anchor to prove that nothing
before it was rewritten.

The database is the one in GONGJI_DATABASE_URL, else the embedded one in GONGJI_DATA (./.data).

example:
  gongji audit
  gongji audit --replay --json > audit.json
  gongji audit --anchor 1200:9f86d081884c7d65...
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "audit",
        help="prove sums, balances, seals and settlements of a database",
        description="Prove sums, balances, seals and settlements of a database from its rows.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--replay", action="store_true", help="also compute every settlement anew, to the fen"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--anchor",
        action="append",
        default=[],
        metavar="SEQ:HASH",
        help="a head printed by an earlier audit (may be repeated)",
    )


def run(args: argparse.Namespace) -> int:
    """Audit and print; 0 clean, 1 faults. Raises UserError when no audit can be made."""
    anchors = [parse_anchor(text) for text in args.anchor]
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(Settings.from_environment().database(progress=tell))
        if pending(url):
            raise UserError("the database lacks tables of this version: run gongji migrate first")
        conn = stack.enter_context(connect(url))
        documents, checks = settlement_room()
        _freshen(conn)
        try:
            report = audit(
                conn,
                progress=tell if sys.stderr.isatty() else None,
                settlement_documents=documents,
                checks=checks,
                replay=args.replay,
                anchors=anchors,
            )
        except psycopg.OperationalError as lost:
            raise UserError(f"the database went away during the audit: {lost}") from lost
    show(report, as_json=args.json)
    return EXIT_CLEAN if report.clean else EXIT_FAULTS


def _freshen(conn: psycopg.Connection[Any]) -> None:
    """Statistics of the tables, so that the audit's joins are planned for their size.

    A role that may not analyse audits all the same, only slower.
    """
    try:
        conn.execute(f"ANALYZE {', '.join(AUDITED)}")
        conn.commit()
    except psycopg.errors.InsufficientPrivilege:
        conn.rollback()


def show(report: Report, *, as_json: bool) -> None:
    """Print the report to standard output."""
    if as_json:
        print(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(report.lines()))


def settlement_room() -> tuple[Documents, list[RoomCheck]]:
    """What the settlement room adds: the sealed documents and its own checks."""
    from gongji.settlement import audit as room

    return room.documents, list(room.CHECKS)


def parse_anchor(text: str) -> Anchor:
    """``SEQ:HASH`` as printed by an audit; raises UserError."""
    number, _, digits = text.partition(":")
    try:
        anchor = int(number), bytes.fromhex(digits)
    except ValueError:
        anchor = 0, b""
    if anchor[0] <= 0 or len(anchor[1]) != LEAF_BYTES:
        raise UserError(f"--anchor {text!r} is not SEQ:HASH with {2 * LEAF_BYTES} hex digits")
    return anchor
