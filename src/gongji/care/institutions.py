# SPDX-License-Identifier: Apache-2.0
"""Designated institutions (定点医药机构): an in-memory register, refreshed when its version moves.

Keys of an institution are sealed at rest and open only here; they never appear in a repr.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from psycopg import Connection
from psycopg.types.json import Jsonb

from gongji.care import versions
from gongji.care.errors import INSTITUTION_TAKEN, INSTITUTION_UNKNOWN, refusal

Conn = Connection[Any]

HOSPITAL_KIND = 1
PHARMACY_KIND = 2

VERSION_NAME = "institution"


class Box(Protocol):
    """What the register needs of ``members.privacy.PrivacyBox``."""

    def encrypt(self, text: str, context: str = "") -> bytes:
        """Seal a text."""

    def decrypt(self, sealed: bytes, context: str = "") -> str:
        """Open a sealed text."""


@dataclass(frozen=True, slots=True)
class Institution:
    """One hospital or pharmacy. ``level`` 0-3 (0 unrated), ``hosp_lv`` the national code."""

    institution_id: int
    code: str
    name: str
    kind: int
    level: int
    hosp_lv: str
    area: int
    active: bool
    sign_variant: str
    keys: dict[str, str] = field(repr=False)
    dialect: dict[str, Any]


_COLUMNS = (
    "institution_id, code, name, kind, level, hosp_lv, area, active, sign_variant, keys_enc,"
    " dialect"
)


_FIELDS = tuple(name.strip() for name in _COLUMNS.split(","))[:9]


class Registry:
    """All institutions by code and by id; ``refresh`` is one cheap query when nothing changed."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._version = -1
        self._by_code: dict[str, Institution] = {}
        self._by_id: dict[int, Institution] = {}

    def refresh(self, conn: Conn) -> bool:
        """Read the register again if its version moved; True when it did."""
        version = versions.current(conn, VERSION_NAME)
        if version == self._version:
            return False
        found = [self._opened(row) for row in conn.execute(f"SELECT {_COLUMNS} FROM institution")]
        # Whole dicts are exchanged: a reader in another thread sees the old or the new register.
        self._by_code = {one.code: one for one in found}
        self._by_id = {one.institution_id: one for one in found}
        self._version = version
        return True

    def by_code(self, code: str) -> Institution | None:
        """The institution with that national code, active or not."""
        return self._by_code.get(code)

    def by_id(self, institution_id: int) -> Institution | None:
        """The institution with our id."""
        return self._by_id.get(institution_id)

    def all(self) -> tuple[Institution, ...]:
        """Every institution, in the order of its code."""
        return tuple(sorted(self._by_code.values(), key=lambda one: one.code))

    def _opened(self, row: Sequence[Any]) -> Institution:
        keys: dict[str, str] = json.loads(self._box.decrypt(row[9], _context(row[1])))
        first: dict[str, Any] = dict(zip(_FIELDS, row, strict=False))
        return Institution(**first, keys=keys, dialect=row[10])


def register_institution(conn: Conn, box: Box, institution: Institution) -> None:
    """Add an institution and move the version; Refusal 2103 when id or code is taken."""
    added = conn.execute(
        f"INSERT INTO institution ({_COLUMNS})"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            institution.institution_id,
            institution.code,
            institution.name,
            institution.kind,
            institution.level,
            institution.hosp_lv,
            institution.area,
            institution.active,
            institution.sign_variant,
            box.encrypt(json.dumps(institution.keys), _context(institution.code)),
            Jsonb(institution.dialect),
        ),
    )
    if added.rowcount == 0:
        raise refusal(INSTITUTION_TAKEN)
    versions.bump(conn, VERSION_NAME)


def set_active(conn: Conn, code: str, active: bool) -> None:
    """Suspend or restore a designation; Refusal 2100 when the code is unknown."""
    changed = conn.execute("UPDATE institution SET active = %s WHERE code = %s", (active, code))
    if changed.rowcount == 0:
        raise refusal(INSTITUTION_UNKNOWN)
    versions.bump(conn, VERSION_NAME)


def kind_of(conn: Conn, institution_id: int) -> int:
    """HOSPITAL_KIND or PHARMACY_KIND of our id; Refusal 2100 when there is no such institution."""
    row = conn.execute(
        "SELECT kind FROM institution WHERE institution_id = %s", (institution_id,)
    ).fetchone()
    if row is None:
        raise refusal(INSTITUTION_UNKNOWN)
    return int(row[0])


def _context(code: str) -> str:
    return f"institution/{code}/keys"
