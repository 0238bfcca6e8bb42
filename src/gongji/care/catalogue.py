# SPDX-License-Identifier: Apache-2.0
"""The catalogue (医保目录) in memory: drugs, services, consumables with class, ratio, ceiling.

Prices are 1e-6 yuan, ratios basis points. Refreshed when its version moved; a look-up never
touches the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from gongji.care import versions
from gongji.kernel.benefit import CLASS_A, CLASS_B, CLASS_C, RESIDENT

Conn = Connection[Any]

VERSION_NAME = "catalogue"

# 收费项目等级 (chrgitm_lv) as stored -> class of the kernel.
LEVELS = {"01": CLASS_A, "02": CLASS_B, "03": CLASS_C}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the catalogue; ``ceiling_micro`` None = no price ceiling.

    ``resident_first_self_bp`` replaces ``first_self_bp`` for residents where it is set.
    """

    code: str
    name: str
    list_type: str
    chrgitm_lv: str
    med_chrgitm_type: str
    first_self_bp: int
    ceiling_micro: int | None
    restricted: bool
    basic_drug: bool
    begun: dt.date
    ended: dt.date | None = None
    resident_first_self_bp: int | None = None
    negotiated: bool = False
    child_drug: bool = False
    special: bool = False
    spec: str = ""
    form_name: str = ""

    @property
    def item_class(self) -> int:
        """CLASS_A, CLASS_B or CLASS_C (甲/乙/丙)."""
        return LEVELS[self.chrgitm_lv]

    def in_force(self, day: dt.date) -> bool:
        """Part of the catalogue on that day."""
        return self.begun <= day and (self.ended is None or day <= self.ended)

    def first_self_for(self, scheme: int) -> int:
        """First self-pay ratio of a scheme, basis points."""
        if scheme == RESIDENT and self.resident_first_self_bp is not None:
            return self.resident_first_self_bp
        return self.first_self_bp


_COLUMNS = (
    "code, name, list_type, chrgitm_lv, med_chrgitm_type, first_self_bp, ceiling_micro, restricted,"
    " basic_drug, begun, ended, resident_first_self_bp, negotiated, child_drug, special, spec,"
    " form_name"
)


class Catalogue:
    """All items by national code; share one between threads."""

    def __init__(self) -> None:
        self._version = -1
        self._items: dict[str, Item] = {}

    def refresh(self, conn: Conn) -> bool:
        """Read the catalogue again if its version moved; True when it did."""
        version = versions.current(conn, VERSION_NAME)
        if version == self._version:
            return False
        rows = conn.execute(f"SELECT {_COLUMNS} FROM catalogue_item")
        self._items = {row[0]: Item(*row) for row in rows}
        self._version = version
        return True

    def item(self, code: str) -> Item | None:
        """The item with that national code, in force or not."""
        return self._items.get(code)

    def __len__(self) -> int:
        return len(self._items)


def put_items(conn: Conn, items: Iterable[Item]) -> None:
    """Add items or replace them by code, and move the version."""
    marks = ", ".join(["%s"] * (_COLUMNS.count(",") + 1))
    changes = ", ".join(
        f"{name} = excluded.{name}" for name in _COLUMNS.split(", ") if name != "code"
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO catalogue_item ({_COLUMNS}) VALUES ({marks})"
            f" ON CONFLICT (code) DO UPDATE SET {changes}",
            [tuple(getattr(item, name.strip()) for name in _COLUMNS.split(",")) for item in items],
        )
    versions.bump(conn, VERSION_NAME)
