# SPDX-License-Identifier: Apache-2.0
"""A hospital, a pharmacy, a few items and two patients for the tests of the room."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg

from gongji.care import institutions
from gongji.care.catalogue import Catalogue, Item, put_items
from gongji.care.institutions import Institution
from gongji.care.lines import PricedLine
from gongji.care.pricing import RawLine, price_line
from gongji.care.visits import CIVIL_TIME
from gongji.members import idcard
from gongji.members import services as members
from gongji.members.privacy import PrivacyBox

Conn = psycopg.Connection[Any]

BOX = PrivacyBox(b"c" * 32)
NOW = dt.datetime(2026, 6, 1, 10, 0, tzinfo=CIVIL_TIME)
DAY = NOW.date()
BEGUN = dt.date(2020, 1, 1)

HOSPITAL = Institution(
    1, "H36010000001", "演示医院", 1, 3, "2", 360100, True, "x-tif", {"secret": "s1"}, {}
)
PHARMACY = Institution(
    2, "P36010000002", "演示药店", 2, 0, "", 360100, True, "x-ca", {"secret": "s2"}, {"a": 1}
)

ITEMS = (
    Item("A1", "甲类药", "101", "01", "09", 0, None, False, True, BEGUN),
    Item("B1", "乙类药", "101", "02", "09", 1000, 2_000_000, False, False, BEGUN),
    Item("B2", "乙类药二", "101", "02", "09", 1000, None, False, False, BEGUN, None, 2000),
    Item("C1", "丙类药", "101", "03", "09", 10_000, None, False, False, BEGUN),
    Item("R1", "限制药", "101", "02", "09", 500, None, True, False, BEGUN),
    Item("O1", "旧药", "101", "01", "09", 0, None, False, False, BEGUN, dt.date(2026, 5, 31)),
)


@dataclass(frozen=True, slots=True)
class Cover:
    """What a visit keeps of a coverage."""

    coverage_no: int = 1
    insutype: int = 310
    area: int = 360100


def build(conn: Conn) -> Catalogue:
    """Institutions, items and the persons 1 and 2; a fresh catalogue."""
    for one in (HOSPITAL, PHARMACY):
        institutions.register_institution(conn, BOX, one)
    put_items(conn, ITEMS)
    conn.execute("SELECT setval('person_seq', 1, false)")  # numbers that a test can name
    for number in (1, 2):
        certno = idcard.make(360100, dt.date(1980, 1, 1), number)
        owner = members.register_person(
            conn, BOX, cert_type="01", certno=certno, name="演示", today=DAY
        )
        assert owner == number
    catalogue = Catalogue()
    catalogue.refresh(conn)
    return catalogue


def held(conn: Conn, setl_id: int | None, where: str = "true", *params: object) -> None:
    """Let a settlement hold fee batches, or with None let go, as the engine does and nobody else.

    This room knows no engine: here the number stands for its settlement.
    """
    # tidy: the engine's part
    conn.execute(f"UPDATE fee_batch SET settled_by = %s WHERE {where}", (setl_id, *params))


def catalogue_in_memory() -> Catalogue:
    """The items without a database."""
    catalogue = Catalogue()
    catalogue._items = {item.code: item for item in ITEMS}
    return catalogue


def raw(code: str, yuan: int, *, count: int = 1, sn: str = "1", **more: Any) -> RawLine:
    """``count`` pieces of ``yuan`` each."""
    return RawLine(
        feedetl_sn=sn,
        item_code=code,
        own_code="own-" + code,
        amount_fen=yuan * count * 100,
        price_micro=yuan * 1_000_000,
        count_e4=count * 10_000,
        occurred_at=NOW,
        **more,
    )


def back(code: str, yuan: int, count: int, *, sn: str, of: str, **more: Any) -> RawLine:
    """``count`` pieces of ``yuan`` each taken back from the line ``of``."""
    return raw(code, yuan, count=-count, sn=sn, cancels_sn=of, **more)


def priced(catalogue: Catalogue, code: str, yuan: int, **more: Any) -> PricedLine:
    """A line split for an employee on the day of the tests."""
    return price_line(catalogue, raw(code, yuan, **more), DAY, 310)
