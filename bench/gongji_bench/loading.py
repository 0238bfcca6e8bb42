# SPDX-License-Identifier: Apache-2.0
"""Loads the crowd by COPY: persons, keys, coverage, accounts, sealed opening entries, givers.

Opening balances are ledger entries with true leaves, so the audit judges them like any other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import psycopg

from gongji.care.institutions import Institution, register_institution
from gongji.ledger import accounts as codes
from gongji.ledger.canonical import canonical_entry, canonical_legs, day_number, sm3
from gongji.members import idcard
from gongji.members.people import KEY_CERT, KEY_PSN_NO
from gongji.members.privacy import PrivacyBox
from gongji.members.services import context, default_psn_no
from gongji_bench.crowd import (
    FAMILY,
    HOSPITALS,
    ONE_AREA,
    PARENT_OF_FIRST,
    PHARMACIES,
    RESIDENT,
    VISIT_LIMIT_FEN,
    Crowd,
)

FIRST_ENTRY = 10_000_001
ENTRIES_PER_BATCH = 1000
ALL_USES = 30
GIVEN_FROM = "2024-01-01"
SECRET = "bench-secret-{}"
DRUG = "XA01AAA001A001010100001"

Conn = psycopg.Connection[Any]


def copy(conn: Conn, table: str, rows: Iterable[str]) -> None:
    """COPY of lines that are already in text format."""
    with conn.cursor().copy(f"COPY {table} FROM STDIN") as out:
        block: list[str] = []
        for row in rows:
            block.append(row)
            if len(block) == 4096:
                out.write("\n".join(block) + "\n")
                block.clear()
        if block:
            out.write("\n".join(block) + "\n")


def institution_code(number: int) -> str:
    """National code: hospitals first, pharmacies after them."""
    return f"{'H' if number <= HOSPITALS else 'P'}3601{number:07d}"


def institution_level(number: int) -> int:
    """Levels 1, 2, 3 in turn; a pharmacy has none."""
    return number % 3 + 1 if number <= HOSPITALS else 1


def load_crowd(conn: Conn, box: PrivacyBox, crowd: Crowd, today: dt.date) -> None:
    """Everything but visits, in one transaction."""
    _institutions(conn, box)
    _catalogue(conn)
    _persons(conn, box, crowd)
    _coverages(conn, crowd)
    _accounts(conn, crowd, today)
    _givers(conn, crowd)
    conn.commit()


def _institutions(conn: Conn, box: PrivacyBox) -> None:
    for number in range(1, HOSPITALS + PHARMACIES + 1):
        code = institution_code(number)
        kind = 1 if number <= HOSPITALS else 2
        keys = {"paasid": code, "secret": SECRET.format(number)}
        level = institution_level(number)
        one = Institution(
            number, code, f"基准机构{number}", kind, level, "", ONE_AREA, True, "x-tif", keys, {}
        )
        register_institution(conn, box, one)


def _catalogue(conn: Conn) -> None:
    conn.execute(
        "INSERT INTO catalogue_item (code, name, list_type, chrgitm_lv, med_chrgitm_type,"
        " first_self_bp, begun) VALUES (%s, '基准药品', '101', '01', '09', 0, '2020-01-01')",
        (DRUG,),
    )
    conn.execute("UPDATE reference_version SET version = version + 1 WHERE name = 'catalogue'")


def certno(crowd: Crowd, index: int) -> str:
    """Identity number: unique by birth date (1,000 days) and sequence up to a million people."""
    family, member = divmod(index, FAMILY)
    return idcard.make(crowd.area(index), crowd.birth(index), family // 1000 * FAMILY + member)


def _persons(conn: Conn, box: PrivacyBox, crowd: Crowd) -> None:
    persons, keys = [], []
    for index in range(crowd.people):
        owner, cert = crowd.owner(index), certno(crowd, index)
        psn_no = default_psn_no(owner)
        sealed = box.encrypt(cert, context(owner, "cert")).hex()
        name = box.encrypt(f"居民{index}", context(owner, "name")).hex()
        birth = crowd.birth(index)
        persons.append(f"{owner}\t{psn_no}\t01\t\\\\x{sealed}\t\\\\x{name}\t1\t{birth}")
        keys.append(f"\\\\x{box.blind(KEY_PSN_NO, psn_no).hex()}\t{KEY_PSN_NO}\t{owner}")
        keys.append(f"\\\\x{box.blind(KEY_CERT, cert).hex()}\t{KEY_CERT}\t{owner}")
    copy(conn, "person (owner, psn_no, cert_type, cert_enc, name_enc, sex, birth)", persons)
    copy(conn, "person_key (key, kind, owner)", keys)
    conn.execute("SELECT setval('person_seq', %s)", (crowd.owner(crowd.people),))


def _coverages(conn: Conn, crowd: Crowd) -> None:
    rows = []
    for index in range(crowd.people):
        retired = index % FAMILY == PARENT_OF_FIRST
        insutype = crowd.insutype(index)
        psn_type = "14" if insutype == RESIDENT else "12" if retired else "11"
        rows.append(
            f"{crowd.owner(index)}\t1\t{insutype}\t{crowd.area(index)}\t{psn_type}"
            f"\t{'t' if retired else 'f'}\t1\t2010-01-01"
        )
    copy(
        conn,
        "coverage (owner, coverage_no, insutype, area, psn_type, retired, status, begun)",
        rows,
    )


def _accounts(conn: Conn, crowd: Crowd, today: dt.date) -> None:
    """Accounts with their balances, and one opening entry for each that has money."""
    made_at = dt.datetime.combine(today, dt.time(), dt.UTC)
    day = day_number(today)
    accounts, entries, postings, batches = [], [], [], []
    ids: list[int] = []
    leaves: list[bytes] = []

    def close_batch() -> None:
        if ids:
            members = "{" + ",".join(map(str, ids)) + "}"
            text = b"".join(leaves).hex()
            head = f"{len(batches) + 1}\t{made_at}\tload\t{len(ids)}"
            batches.append(f"{head}\t{members}\t\\\\x{text}")
            ids.clear()
            leaves.clear()

    for index in range(crowd.people):
        if crowd.insutype(index) == RESIDENT:
            continue
        owner, area = crowd.owner(index), crowd.area(index)
        current, carried = crowd.balances[index]
        accounts.append(f"{owner}\t{area}\t{current}\t{carried}\t{today.year}\t2010-01-01")
        legs = (
            (codes.OPENING_BALANCES, -current - carried),
            (codes.PA_CURRENT, current),
            (codes.PA_CARRIED, carried),
        )
        legs = tuple(leg for leg in legs if leg[1])
        if not legs:
            continue
        entry_id = FIRST_ENTRY + len(entries)
        flat: list[int] = []
        for seq, (account, amount) in enumerate(legs):
            flat += (seq, owner, account, area, amount)
            postings.append(f"{owner}\t{entry_id}\t{seq}\t{account}\t{area}\t{amount}")
        packed = canonical_legs(flat)
        leaves.append(sm3(canonical_entry(entry_id, owner, codes.OPENING, day, 0, packed, b"")))
        ids.append(entry_id)
        entries.append(f"{owner}\t{entry_id}\t{len(batches) + 1}\t{codes.OPENING}\t{today}")
        if len(ids) == ENTRIES_PER_BATCH:
            close_batch()
    close_batch()
    copy(conn, "account (owner, area, current_fen, carried_fen, year, opened)", accounts)
    copy(conn, "ledger_batch (batch_id, made_at, writer, entries, entry_ids, leaves)", batches)
    copy(conn, "entry (owner, entry_id, batch_id, kind, business_date)", entries)
    copy(conn, "posting (owner, entry_id, seq, account, party, amount_fen)", postings)
    conn.execute("SELECT setval('entry_seq', %s)", (FIRST_ENTRY + len(entries),))
    conn.execute("SELECT setval('ledger_batch_seq', %s)", (len(batches) + 1,))


def _givers(conn: Conn, crowd: Crowd) -> None:
    rows: list[str] = []
    for index in range(crowd.people):
        givers = crowd.givers(index)
        for position, (giver, relation) in enumerate(givers, 1):
            limit = VISIT_LIMIT_FEN if position < len(givers) else "\\N"
            rows.append(
                f"{crowd.owner(index)}\t{1001 + len(rows)}\t{crowd.owner(giver)}\t{relation}"
                f"\t{position}\t{ALL_USES}\t1\t{GIVEN_FROM}\t{limit}\t{GIVEN_FROM}"
            )
    copy(
        conn,
        "authorisation (recipient, auth_id, giver, relation, position, uses, state, valid_from,"
        " visit_limit_fen, made_at)",
        rows,
    )
    conn.execute("SELECT setval('authorisation_seq', %s)", (1001 + len(rows),))
