# SPDX-License-Identifier: Apache-2.0
"""Filings of chronic and special diseases (门诊慢特病备案): file, end, look up.

A filing is in force from its first to its last day, both included; a disease may be filed again
behind an ended filing. The caller owns the transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from gongji.members import errors
from gongji.members.errors import refusal
from gongji.members.people import ChronicFiling
from gongji.policy.suiting import unsuited

Conn = Connection[Any]


def file_chronic(conn: Conn, owner: int, filing: ChronicFiling) -> None:
    """File a chronic disease; Refusal 2010, 2023, 2030, 2032, 2033.

    Filings of one disease follow each other: the days of two never overlap (2030). Takes the
    person's lock, so that two at once cannot.
    """
    if filing.ended is not None and filing.ended < filing.begun:
        raise refusal(errors.DATES_REVERSED)
    if filing.disease_class not in (1, 2):
        raise refusal(errors.FILING_CLASS)
    person = conn.execute(
        "SELECT sex FROM person WHERE owner = %s FOR NO KEY UPDATE", (owner,)
    ).fetchone()
    if person is None:
        raise refusal(errors.PERSON_UNKNOWN)
    if unsuited(person[0], "", filing.dise_code) is not None:
        raise refusal(errors.FILING_UNSUITED)
    added = conn.execute(
        "INSERT INTO chronic_filing (owner, dise_code, dise_name, disease_class, begun, ended)"
        " SELECT %s, %s, %s, %s, %s, %s WHERE NOT EXISTS (SELECT FROM chronic_filing"
        " WHERE owner = %s AND dise_code = %s AND begun <= COALESCE(%s, 'infinity'::date)"
        " AND (ended IS NULL OR ended >= %s))",
        (
            owner,
            filing.dise_code,
            filing.dise_name,
            filing.disease_class,
            filing.begun,
            filing.ended,
            owner,
            filing.dise_code,
            filing.ended,
            filing.begun,
        ),
    )
    if added.rowcount == 0:
        raise refusal(errors.FILING_EXISTS)


def end_chronic(conn: Conn, owner: int, dise_code: str, on: dt.date) -> None:
    """Make ``on`` the last day of a filing; Refusal 2031 when there is none in force."""
    ended = conn.execute(
        "UPDATE chronic_filing SET ended = %s WHERE owner = %s AND dise_code = %s"
        " AND begun <= %s AND (ended IS NULL OR ended > %s)",
        (on, owner, dise_code, on, on),
    )
    if ended.rowcount == 0:
        raise refusal(errors.FILING_UNKNOWN)


def load_chronic(conn: Conn, owners: Iterable[int]) -> dict[int, tuple[ChronicFiling, ...]]:
    """Filings of many persons, ended ones included; persons without are absent."""
    rows = conn.execute(
        "SELECT owner, dise_code, dise_name, disease_class, begun, ended FROM chronic_filing"
        " WHERE owner = ANY(%s) ORDER BY owner, dise_code, begun",
        (list(owners),),
    ).fetchall()
    found: dict[int, list[ChronicFiling]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(ChronicFiling(*row[1:]))
    return {owner: tuple(filings) for owner, filings in found.items()}
