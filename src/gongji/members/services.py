# SPDX-License-Identifier: Apache-2.0
"""The only writer of persons, their keys, coverage and filings; also the look-ups.

The caller owns the transaction: a Refusal leaves nothing behind from the refused call. Looking up
many people costs one query per table, whatever their number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import Connection

from gongji.members import errors, idcard
from gongji.members.coverages import add_coverage, coverage_row, load_coverages, set_status
from gongji.members.errors import refusal
from gongji.members.filings import end_chronic as end_chronic
from gongji.members.filings import file_chronic as file_chronic
from gongji.members.filings import load_chronic as load_chronic
from gongji.members.people import (
    KEY_CARD,
    KEY_CERT,
    KEY_PSN_NO,
    KEY_TOKEN,
    Insurance,
    Insured,
    Person,
)
from gongji.members.privacy import PrivacyBox

Conn = Connection[Any]

__all__ = [
    "CERT_IDENTITY_CARD",
    "Brief",
    "add_coverage",
    "add_key",
    "context",
    "coverage_row",
    "default_psn_no",
    "end_chronic",
    "file_chronic",
    "find_by_certificate",
    "load_briefs",
    "load_chronic",
    "load_coverages",
    "load_insured",
    "load_people",
    "load_person",
    "normal_cert_type",
    "register_person",
    "remove_key",
    "resolve",
    "resolve_many",
    "set_status",
]

CERT_IDENTITY_CARD = "01"
SEX_UNKNOWN = 0


def normal_cert_type(text: str) -> str:
    """Certificate types with two digits at least: some places send 1 for 01."""
    return text.strip().zfill(2)


def context(owner: int, column: str) -> str:
    """What a person's sealed text is bound to, so that rows cannot be exchanged unseen."""
    return f"person/{owner}/{column}"


def default_psn_no(owner: int) -> str:
    """Person number for people who bring none: the prefix of the product and the owner id."""
    return f"GJ{owner:012d}"


def register_person(
    conn: Conn,
    box: PrivacyBox,
    *,
    cert_type: str,
    certno: str,
    name: str,
    today: dt.date,
    psn_no: str | None = None,
    sex: int | None = None,
    birth: dt.date | None = None,
    nation: str = "01",
    phone: str | None = None,
    tokens: Sequence[str] = (),
    cards: Sequence[str] = (),
) -> int:
    """Register a person and return the owner id; Refusal 2001-2008, 2012.

    Of an identity card, sex and birth date are read; stated ones must agree. For other documents
    the birth date must be given.
    """
    cert_type = normal_cert_type(cert_type)
    certno = idcard.normal(certno)
    name = name.strip()
    if not name:
        raise refusal(errors.NAME_MISSING)
    if cert_type == CERT_IDENTITY_CARD:
        card = idcard.validate(certno, today)
        if sex not in (None, SEX_UNKNOWN, card.sex) or birth not in (None, card.birth):
            raise refusal(errors.CERTIFICATE_CONTRADICTED)
        sex, birth = card.sex, card.birth
    if birth is None or not certno or birth > today:
        raise refusal(errors.CERTIFICATE_MALFORMED)
    with conn.transaction():
        owner = _next_owner(conn)
        psn_no = psn_no or default_psn_no(owner)
        conn.execute(
            "INSERT INTO person (owner, psn_no, cert_type, cert_enc, name_enc, phone_enc, sex,"
            " birth, nation) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                owner,
                psn_no,
                cert_type,
                box.encrypt(certno, context(owner, "cert")),
                box.encrypt(name, context(owner, "name")),
                None if phone is None else box.encrypt(phone, context(owner, "phone")),
                SEX_UNKNOWN if sex is None else sex,
                birth,
                nation,
            ),
        )
        _add_key(conn, box, owner, KEY_CERT, certno, errors.CERTIFICATE_TAKEN)
        _add_key(conn, box, owner, KEY_PSN_NO, psn_no, errors.NUMBER_TAKEN)
        for token in tokens:
            _add_key(conn, box, owner, KEY_TOKEN, token, errors.KEY_TAKEN)
        for text in cards:
            _add_key(conn, box, owner, KEY_CARD, text, errors.KEY_TAKEN)
    return owner


def add_key(conn: Conn, box: PrivacyBox, owner: int, kind: int, text: str) -> None:
    """One more way to find a person (a token or a card); Refusal 2008 when it is another's."""
    _add_key(conn, box, owner, kind, text, errors.KEY_TAKEN)


def remove_key(conn: Conn, box: PrivacyBox, owner: int, kind: int, text: str) -> None:
    """Take a token or a card away from a person; nothing happens when it was not theirs."""
    conn.execute(
        "DELETE FROM person_key WHERE key = %s AND kind = %s AND owner = %s",
        (_blind(box, kind, text), kind, owner),
    )


def resolve(conn: Conn, box: PrivacyBox, kind: int, text: str) -> int | None:
    """The owner behind a person number, certificate, token or card; None when unknown."""
    row = conn.execute(
        "SELECT owner FROM person_key WHERE key = %s AND kind = %s",
        (_blind(box, kind, text), kind),
    ).fetchone()
    return None if row is None else int(row[0])


def resolve_many(
    conn: Conn, box: PrivacyBox, wanted: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """Owner ids by (kind, text) as in ``resolve``, in one query; unknown ones are absent."""
    keys = {(_blind(box, kind, text), kind): (kind, text) for kind, text in set(wanted)}
    if not keys:
        return {}
    # Text literals: adapting element by element costs more than the query.
    blinds = "{" + ",".join(['"\\\\x' + key.hex() + '"' for key, _ in keys]) + "}"
    kinds = "{" + ",".join([str(kind) for _, kind in keys]) + "}"
    rows = conn.execute(
        "SELECT k.key, k.kind, p.owner FROM unnest(%s::bytea[], %s::smallint[]) AS k (key, kind)"
        " JOIN person_key p ON p.key = k.key AND p.kind = k.kind",
        (blinds, kinds),
        binary=True,
    ).fetchall()
    return {keys[key, kind]: owner for key, kind, owner in rows}


class Brief(NamedTuple):
    """What a reply says of a person, decrypted, and where the person is insured."""

    owner: int
    psn_no: str
    cert_type: str
    certno: str
    name: str
    sex: int
    birth: dt.date
    nation: str
    areas: tuple[tuple[int, int], ...]  # (insutype, area) in the order of coverage_no
    insurances: tuple[Insurance, ...] = ()


# The last day on which a relation counts as it stands; one that never counts ends before it began.
_UNTIL = (
    "CASE WHEN c.status IN (1, 4) AND c.ended IS NOT NULL THEN c.ended WHEN c.status = 1 THEN NULL"
    " WHEN c.status = 2 AND c.paused IS NOT NULL THEN LEAST(c.paused - 1, c.ended)"
    " ELSE c.begun - 1 END"
)
_INSURANCES = ", ".join(
    f"array_agg({column} ORDER BY c.coverage_no) FILTER (WHERE c.owner IS NOT NULL)"
    for column in ("c.coverage_no::int", "c.insutype::int", "c.area::int", "c.begun", _UNTIL)
)


def load_briefs(conn: Conn, box: PrivacyBox, owners: Iterable[int]) -> dict[int, Brief]:
    """Read many persons for replies, in one query; unknown ids are absent."""
    rows = conn.execute(
        "SELECT p.owner, p.psn_no, p.cert_type, p.cert_enc, p.name_enc, p.sex, p.birth, p.nation,"
        f" {_INSURANCES} FROM person p LEFT JOIN coverage c ON c.owner = p.owner"
        " WHERE p.owner = ANY(%s::bigint[]) GROUP BY p.owner",
        ("{" + ",".join([str(owner) for owner in owners]) + "}",),
        binary=True,
    ).fetchall()
    decrypt = box.decrypt
    found = {}
    for owner, psn_no, cert_type, cert_enc, name_enc, sex, birth, nation, *columns in rows:
        insurances = tuple(map(Insurance, *(column or () for column in columns)))
        found[owner] = Brief(
            owner,
            psn_no,
            cert_type,
            decrypt(cert_enc, context(owner, "cert")),
            decrypt(name_enc, context(owner, "name")),
            sex,
            birth,
            nation,
            tuple((one.insutype, one.area) for one in insurances),
            insurances,
        )
    return found


def find_by_certificate(conn: Conn, box: PrivacyBox, cert_type: str, certno: str) -> int | None:
    """The owner of a certificate of that type; None when unknown or of another type."""
    row = conn.execute(
        "SELECT k.owner FROM person_key k JOIN person p ON p.owner = k.owner"
        " WHERE k.key = %s AND k.kind = %s AND p.cert_type = %s",
        (_blind(box, KEY_CERT, certno), KEY_CERT, normal_cert_type(cert_type)),
    ).fetchone()
    return None if row is None else int(row[0])


def load_person(conn: Conn, box: PrivacyBox, owner: int) -> Person:
    """One person with coverage; Refusal 2010 when there is none."""
    found = load_people(conn, box, (owner,))
    if owner not in found:
        raise refusal(errors.PERSON_UNKNOWN)
    return found[owner]


def load_people(conn: Conn, box: PrivacyBox, owners: Iterable[int]) -> dict[int, Person]:
    """Many persons by owner id, decrypted; unknown ids are absent. Two queries in all."""
    wanted = list(owners)
    rows = conn.execute(
        "SELECT owner, psn_no, cert_type, cert_enc, name_enc, sex, birth, nation"
        " FROM person WHERE owner = ANY(%s)",
        (wanted,),
    ).fetchall()
    coverages = load_coverages(conn, wanted)
    return {
        owner: Person(
            owner=owner,
            psn_no=psn_no,
            cert_type=cert_type,
            certno=box.decrypt(cert_enc, context(owner, "cert")),
            name=box.decrypt(name_enc, context(owner, "name")),
            sex=sex,
            birth=birth,
            nation=nation,
            coverages=coverages.get(owner, ()),
        )
        for owner, psn_no, cert_type, cert_enc, name_enc, sex, birth, nation in rows
    }


def load_insured(conn: Conn, owners: Iterable[int]) -> dict[int, Insured]:
    """Many persons without anything that must be decrypted: the settlement path. Two queries."""
    wanted = list(owners)
    rows = conn.execute(
        "SELECT owner, sex, birth FROM person WHERE owner = ANY(%s)", (wanted,)
    ).fetchall()
    coverages = load_coverages(conn, wanted)
    return {
        owner: Insured(owner, sex, birth, coverages.get(owner, ())) for owner, sex, birth in rows
    }


def _next_owner(conn: Conn) -> int:
    row = conn.execute("SELECT nextval('person_seq')").fetchone()
    return int(row[0]) if row else 0


def _blind(box: PrivacyBox, kind: int, text: str) -> bytes:
    # Certificates are written with x or X; tokens and numbers mean what they say.
    return box.blind(kind, idcard.normal(text) if kind == KEY_CERT else text.strip())


def _add_key(conn: Conn, box: PrivacyBox, owner: int, kind: int, text: str, taken: int) -> None:
    blind = _blind(box, kind, text)
    added = conn.execute(
        "INSERT INTO person_key (key, kind, owner) VALUES (%s, %s, %s)"
        " ON CONFLICT (key, kind) DO UPDATE SET owner = person_key.owner"
        " RETURNING owner",
        (blind, kind, owner),
    ).fetchone()
    if added is None or added[0] != owner:
        raise refusal(taken)
