# SPDX-License-Identifier: Apache-2.0
"""A small world for the engine's tests: people, accounts, visits made straight in the database.

Amounts are fen. The area is Nanchang (360100) on a day when its packs are confirmed.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from gongji.care.institutions import Institution, register_institution
from gongji.care.lines import PricedLine
from gongji.kernel.sharing import USE_ACCOUNTS
from gongji.ledger import accounts as codes
from gongji.ledger import services as ledger
from gongji.ledger.audit import audit
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.settlement.audit import CHECKS, documents
from gongji.settlement.commands import (
    Declared,
    MessageKey,
    ReverseSettlement,
    SettlePurchase,
    SettleVisit,
    UndoMessage,
)
from gongji.settlement.platform import Platform, build_platform
from gongji.settlement.records import CIVIL_TIME

KEY = bytes(range(32))
NOW = dt.datetime(2026, 3, 2, 10, 0, 0, tzinfo=CIVIL_TIME)
DAY = NOW.date()
CLINIC, HOSPITAL, PHARMACY, OTHER = 1, 3, 11, 4
_LIBRARY: list[PolicyLibrary] = []


def library() -> PolicyLibrary:
    """The shipped packs, loaded once for all tests."""
    if not _LIBRARY:
        _LIBRARY.append(PolicyLibrary.load())
    return _LIBRARY[0]


@dataclass
class World:
    """People and messages; every method commits."""

    url: str
    platform: Platform
    conn: psycopg.Connection[Any]
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def person(
        self,
        *,
        current: int | None = 0,
        carried: int = 0,
        insutype: int = 310,
        area: int = 360100,
        status: int = 1,
        retired: bool = False,
        birth: dt.date = dt.date(1980, 1, 1),
    ) -> int:
        """A person with one coverage; ``current=None`` = no personal account."""
        (owner,) = self.conn.execute("SELECT nextval('person_seq')").fetchone()
        self.conn.execute(
            "INSERT INTO person (owner, psn_no, cert_type, cert_enc, name_enc, sex, birth)"
            " VALUES (%s, %s, '01', '', '', 1, %s)",
            (owner, str(owner), birth),
        )
        self.conn.execute(
            "INSERT INTO coverage (owner, coverage_no, insutype, area, psn_type, retired, status,"
            " begun) VALUES (%s, 1, %s, %s, %s, %s, %s, '2010-01-01')",
            (owner, insutype, area, "21" if retired else "11", retired, status),
        )
        if current is not None and insutype == 310:
            new = ledger.NewAccount(owner, area, DAY.year, dt.date(2010, 1, 1))
            ledger.open_accounts(self.conn, [new])
            self.fund(owner, current, carried, area)
        self.conn.commit()
        return owner

    def fund(self, owner: int, current: int, carried: int = 0, area: int = 360100) -> None:
        """Put money into an account by an opening entry."""
        if not current and not carried:
            return
        legs = [
            ledger.Posting(owner, codes.PA_CURRENT, area, current),
            ledger.Posting(owner, codes.PA_CARRIED, area, carried),
            ledger.Posting(owner, codes.OPENING_BALANCES, area, -current - carried),
        ]
        entry = ledger.NewEntry(
            owner,
            ledger.next_ids(self.conn, 1)[0],
            codes.OPENING,
            DAY,
            None,
            tuple(leg for leg in legs if leg.amount_fen),
        )
        ledger.post(self.conn, ledger.Batch([entry], "test", NOW), lock=True)
        self.conn.commit()

    def authorise(self, giver: int, recipient: int, *, relation: int = 10, **limits: Any) -> int:
        """An authorisation at the end of the recipient's order."""
        columns = {
            "uses": 30,
            "state": 1,
            "valid_from": dt.date(2026, 1, 10),
            "valid_until": None,
            "visit_limit_fen": None,
            "day_limit_fen": None,
            "year_limit_fen": None,
            "grant_fen": None,
            **limits,
        }
        (auth_id,) = self.conn.execute("SELECT nextval('authorisation_seq')").fetchone()
        (position,) = self.conn.execute(
            "SELECT count(*) + 1 FROM authorisation WHERE recipient = %s", (recipient,)
        ).fetchone()
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        self.conn.execute(
            f"INSERT INTO authorisation (recipient, auth_id, giver, relation, position, made_at,"
            f" {names}) VALUES (%s, %s, %s, %s, %s, %s, {marks})",
            (recipient, auth_id, giver, relation, position, NOW, *columns.values()),
        )
        self.conn.commit()
        return auth_id

    def visit(
        self,
        owner: int,
        in_policy: int,
        *,
        self_paid: int = 0,
        batches: tuple[str, ...] = ("B1",),
        institution: int = HOSPITAL,
        setting: int = 1,
        day: dt.date = DAY,
        status: int = 1,
        insutype: int = 310,
    ) -> int:
        """A visit with one uploaded charge batch each of the same amount."""
        (mdtrt_id,) = self.conn.execute("SELECT nextval('visit_seq')").fetchone()
        begun = dt.datetime.combine(day, dt.time(9), CIVIL_TIME)
        ended = begun if status == 2 else None
        med_type = {1: "11", 3: "14", 4: "21"}[setting]
        self.conn.execute(
            "INSERT INTO visit (owner, mdtrt_id, institution_id, setting, med_type, insutype,"
            " coverage_no, insured_area, admission_no, begun_at, ended_at, status, made_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, 1, 360100, 1, %s, %s, %s, %s)",
            (owner, mdtrt_id, institution, setting, med_type, insutype, begun, ended, status, NOW),
        )
        for number, batch in enumerate(batches, start=1):
            # As care stores them: a stay has numbered uploads under the empty batch name.
            name, upload = ("", number) if setting == 4 else (batch, 1)
            amounts = (in_policy + self_paid, self_paid, in_policy)
            self.conn.execute(
                "INSERT INTO fee_batch (owner, mdtrt_id, chrg_bchno, upload_no, lines, total_fen,"
                " self_paid_fen, over_limit_fen, first_self_fen, in_policy_fen, made_at)"
                " VALUES (%s, %s, %s, %s, '[]', %s, %s, 0, 0, %s, %s)",
                (owner, mdtrt_id, name, upload, *amounts, NOW),
            )
        self.conn.commit()
        return mdtrt_id

    def more_lines(self, owner: int, stay: int, in_policy: int, *, self_paid: int = 0) -> None:
        """One more upload of a stay."""
        total = in_policy + self_paid
        self.conn.execute(
            "INSERT INTO fee_batch (owner, mdtrt_id, chrg_bchno, upload_no, lines, total_fen,"
            " self_paid_fen, over_limit_fen, first_self_fen, in_policy_fen, made_at)"
            " SELECT owner, mdtrt_id, '', max(upload_no) + 1, '[]', %s, %s, 0, 0, %s, %s"
            " FROM fee_batch WHERE owner = %s AND mdtrt_id = %s GROUP BY owner, mdtrt_id",
            (total, self_paid, in_policy, NOW, owner, stay),
        )
        self.conn.commit()

    def stay_bill(self, owner: int, stay: int, total: int, **more: Any) -> SettleVisit:
        """2304 of what is not settled yet, interim."""
        values = {"key": self.key("2304"), "med_type": "21", "interim": True, **more}
        return self.settle(owner, stay, total, batch="", **values)

    def key(self, infno: str, msgid: str | None = None, mark: bytes = b"") -> MessageKey:
        """A fresh message key, or a given one."""
        return MessageKey(HOSPITAL, msgid or f"M{next(self._numbers):08d}", infno, mark or b"f")

    def settle(
        self, owner: int, mdtrt_id: int, total: int, *, batch: str = "B1", **more: Any
    ) -> SettleVisit:
        """2207 of one charge batch."""
        values: dict[str, Any] = {
            "key": self.key("2207"),
            "med_type": "11",
            "insutype": 310,
            "use": USE_ACCOUNTS,
            "declared": Declared(total),
            **more,
        }
        return SettleVisit(owner=owner, mdtrt_id=mdtrt_id, chrg_bchno=batch, **values)

    def purchase(
        self,
        owner: int,
        in_policy: int,
        *,
        self_paid: int = 0,
        prescribed: bool = True,
        **more: Any,
    ) -> Any:
        """2102 with one line, on a prescription unless told otherwise."""
        total = in_policy + self_paid
        document: dict[str, object] = {"feedetl_sn": "1", "prescribed": prescribed}
        line = PricedLine("1", total, self_paid, 0, 0, in_policy, document)
        key = more.pop("key", None) or MessageKey(
            PHARMACY, f"P{next(self._numbers):08d}", "2102", b"f"
        )
        return SettlePurchase(
            key=key,
            owner=owner,
            bought_at=more.pop("at", NOW),
            med_type=more.pop("med_type", "41"),
            dise_codg=more.pop("dise_codg", ""),
            insutype=more.pop("insutype", 310),
            use=more.pop("use", USE_ACCOUNTS),
            declared=Declared(total),
            lines=(line,),
        )

    def reverse(self, owner: int, setl_id: int, *, institution: int = HOSPITAL) -> Any:
        """2208."""
        key = MessageKey(institution, f"R{next(self._numbers):08d}", "2208", b"r")
        return ReverseSettlement(key, owner, setl_id)

    def undo(self, owner: int, msgid: str, infno: str, *, institution: int = HOSPITAL) -> Any:
        """2601."""
        key = MessageKey(institution, f"U{next(self._numbers):08d}", "2601", b"u")
        return UndoMessage(key, owner, msgid, infno)

    def balance(self, owner: int) -> tuple[int, int]:
        """(current, carried) of an account."""
        row = self.conn.execute(
            "SELECT current_fen, carried_fen FROM account WHERE owner = %s", (owner,)
        ).fetchone()
        self.conn.commit()
        return row

    def count(self, table: str) -> int:
        """Rows of a table."""
        (number,) = self.conn.execute(f"SELECT count(*) FROM {table}").fetchone()
        self.conn.commit()
        return number

    def assert_clean(self) -> None:
        """The ledger's own audit finds no fault."""
        with psycopg.connect(self.url) as conn:
            report = audit(conn, settlement_documents=documents, checks=CHECKS, replay=True)
        assert report.faults == [], report.faults[:5]


def institutions(conn: psycopg.Connection[Any], box: PrivacyBox) -> None:
    """A clinic, two hospitals of level 3 and a pharmacy in Nanchang."""
    for number, kind, level in ((CLINIC, 1, 1), (HOSPITAL, 1, 3), (OTHER, 1, 3), (PHARMACY, 2, 1)):
        code = f"{'H' if kind == 1 else 'P'}3601{number:07d}"
        one = Institution(
            number, code, f"机构{number}", kind, level, "", 360100, True, "x-tif", {}, {}
        )
        register_institution(conn, box, one)
    conn.commit()


def make_platform(
    url: str,
    *,
    lock: bool = True,
    now: Callable[[], dt.datetime] = lambda: NOW,
    lanes: int = 1,
    packs: PolicyLibrary | None = None,
) -> Platform:
    """A started platform on a migrated database that has the institutions.

    One lane: commands are answered in the order in which they were sent. ``packs``: other packs
    than the shipped ones.
    """
    rules = packs or library()
    platform = build_platform(url, PrivacyBox(KEY), rules, now=now, lock=lock, lanes=lanes)
    platform.start()
    return platform
