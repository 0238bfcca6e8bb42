# SPDX-License-Identifier: Apache-2.0
"""What this installation believed about the law, and when: packs kept in the database.

Two clocks meet here. A pack's ``known_from`` says since when its authors believe a value; a
publication says since when this installation had the pack at all. A settlement names the digest of
its packs, and their whole content can be had again by it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from gongji.ledger.canonical import sm3
from gongji.policy.errors import PackFault
from gongji.policy.library import DECIDES_MONEY, PolicyLibrary
from gongji.policy.storing import KEPT, canonical, content_of, library_from

ONE_AT_A_TIME = 0x676A706F6C  # advisory lock: two processes that start do not publish twice

Conn = psycopg.Connection[Any]


def publish(conn: Conn, library: PolicyLibrary, now: dt.datetime) -> bool:
    """Keep the packs of a library unless they are the last ones kept; True when something is new.

    The caller commits.
    """
    contents = {}
    for area in library.areas():
        content = content_of(library.pack(area), library.sources)
        contents[sm3(canonical(content))] = content
    packs = sorted(contents)
    paths = {str(area): library.digest(area).hex() for area in library.areas()}
    conn.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
    last = conn.execute(
        "SELECT packs FROM policy_publication ORDER BY publication_id DESC LIMIT 1"
    ).fetchone()
    if last is not None and [bytes(digest) for digest in last[0]] == packs:
        return False
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO policy_pack (digest, area, parent, content, first_seen)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (digest) DO NOTHING",
            [
                (digest, content["area"], content["parent"], Jsonb(content), now)
                for digest, content in contents.items()
            ],
        )
    conn.execute(
        "INSERT INTO policy_publication (made_at, packs, paths) VALUES (%s, %s, %s)",
        (now, packs, Jsonb(paths)),
    )
    return True


def library_at(
    conn: Conn, moment: dt.datetime, accept: frozenset[str] = DECIDES_MONEY
) -> PolicyLibrary:
    """The packs that this installation had at a moment; raises LookupError when it had none yet,
    PackFault when kept content does not match its digest."""
    row = conn.execute(
        "SELECT packs FROM policy_publication WHERE made_at <= %s"
        " ORDER BY made_at DESC, publication_id DESC LIMIT 1",
        (moment,),
    ).fetchone()
    if row is None:
        raise LookupError(f"no policy packs were published by {moment:%Y-%m-%d}")
    return _library(conn, row[0], accept)


def library_of(
    conn: Conn, area: int, pack_digest: bytes, accept: frozenset[str] = DECIDES_MONEY
) -> PolicyLibrary:
    """The packs behind a settlement, by area and pack digest of its rule set; raises LookupError,
    PackFault."""
    row = conn.execute(
        "SELECT packs FROM policy_publication WHERE paths ->> %s = %s"
        " ORDER BY publication_id LIMIT 1",
        (str(area), pack_digest.hex()),
    ).fetchone()
    if row is None:
        raise LookupError(f"no publication holds the packs {pack_digest.hex()} of area {area}")
    library = _library(conn, row[0], accept)
    if library.digest(area) != pack_digest:
        raise PackFault(KEPT, 1, f"the packs of area {area} do not match {pack_digest.hex()}")
    return library


def _library(conn: Conn, digests: list[bytes], accept: frozenset[str]) -> PolicyLibrary:
    wanted = [bytes(digest) for digest in digests]
    rows = conn.execute(
        "SELECT digest, content FROM policy_pack WHERE digest = ANY(%s)", (wanted,)
    ).fetchall()
    found = {bytes(digest): content for digest, content in rows}
    for digest in wanted:
        if digest not in found or sm3(canonical(found[digest])) != digest:
            raise PackFault(KEPT, 1, f"the kept pack {digest.hex()} does not match its digest")
    return library_from(found.values(), accept)
