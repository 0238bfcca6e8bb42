# SPDX-License-Identifier: Apache-2.0
"""A small world for the engine's tests: people, accounts and visits, all made by the services.

Amounts are fen. The area is Nanchang (360100) on a day when its packs are confirmed. The clock is
a value: ``world.clock.set(...)``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parent.parent))

import family
from clock import Clock, Moment, moment
from gongji.care import services as care
from gongji.care.catalogue import Item, put_items
from gongji.care.errors import STAY_OVERLAPS
from gongji.care.institutions import Institution, register_institution
from gongji.care.lines import PricedLine
from gongji.care.pricing import RawLine, price_line
from gongji.care.visits import CANCELLED, DISCHARGED, OPEN, Visit
from gongji.kernel.benefit import INPATIENT
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import USE_ACCOUNTS
from gongji.ledger.audit import audit
from gongji.members import services as members
from gongji.members.people import Coverage, coverage_for
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
CLASS_A, CLASS_C = "X-CLASS-A", "X-CLASS-C"
MED_TYPES = {1: "11", 3: "14", 4: "21"}
FEN_MICRO = 10_000  # the price of a piece that costs one fen
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
    _people: Iterator[int] = field(default_factory=itertools.count)

    @property
    def clock(self) -> Any:
        """The clock of the platform; ``world.clock.set(...)`` moves it."""
        return self.platform.now

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
        civil_servant: bool = False,
    ) -> int:
        """A man with one coverage; ``current=None`` = no personal account."""
        now = self.clock()
        certno = family.certificate(area, birth, next(self._people))
        coverage = family.employee(
            insutype=insutype,
            area=area,
            retired=retired,
            status=status,
            civil_servant=civil_servant,
        )
        owner = family.insured(
            self.conn, self.platform.box, certno, [coverage], today=now.date(), name="演示"
        )
        if current is not None and insutype == 310:
            family.open_account(self.conn, owner, area, now, current, carried)
        self.conn.commit()
        return owner

    def fund(self, owner: int, current: int, carried: int = 0, area: int = 360100) -> None:
        """Put money into an account by an opening entry."""
        family.feed(self.conn, owner, area, self.clock(), current, carried)
        self.conn.commit()

    def authorise(self, giver: int, recipient: int, *, relation: int = 10, **terms: Any) -> int:
        """An authorisation at the end of the recipient's order, made on its first day.

        One that the place does not allow is taken over from an older system.
        """
        library, now = self.platform.library, self.clock()
        auth_id = family.bind(
            self.conn, library, giver, recipient, relation, now, odd=True, **terms
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
        day: dt.date | None = None,
        status: int = 1,
        insutype: int = 310,
        dise_codg: str = "",
    ) -> int:
        """A visit or stay from 9:00 with one charge batch (upload of a stay) each of that amount.

        ``day``: today unless told. ``status`` 2: a stay discharged at once; 3: cancelled before
        anything was uploaded.
        """
        place = care_day(day or self.clock().date())
        facts = {
            "owner": owner,
            "institution": self._institution(institution),
            "med_type": MED_TYPES[setting],
            "coverage": self._coverage(owner, insutype, place.date()),
            "ipt_otp_no": "1",
            "dise_codg": dise_codg,
            "detail": {},
            "now": self.clock(),
        }
        if setting == INPATIENT:
            mdtrt_id = self._stay(facts, place, (in_policy, self_paid), len(batches), status)
        else:
            mdtrt_id = care.register_visit(self.conn, setting=setting, begun_at=place, **facts)
            visit = care.load_visit(self.conn, owner, mdtrt_id)
            if status == CANCELLED:
                care.cancel_visit(self.conn, visit)
            else:
                for batch in batches:
                    self._upload(visit, batch, in_policy, self_paid)
        self.conn.commit()
        return mdtrt_id

    def _stay(
        self,
        facts: dict[str, Any],
        begun: dt.datetime,
        amounts: tuple[int, int],
        uploads: int,
        status: int,
    ) -> int:
        """Admit, upload, discharge; a stay before one that is known is entered later, corrected."""
        admitted = begun
        try:
            mdtrt_id = care.admit(self.conn, begun_at=begun, diagnoses=(), **facts)
        except Refusal as refusal:
            if refusal.code != STAY_OVERLAPS:
                raise
            admitted += dt.timedelta(days=1)
            mdtrt_id = care.admit(self.conn, begun_at=admitted, diagnoses=(), **facts)
        visit = care.load_visit(self.conn, facts["owner"], mdtrt_id)
        for _ in range(uploads):
            self._upload(visit, "", *amounts, at=begun)
        if status == DISCHARGED:
            self.discharge(visit.owner, mdtrt_id, admitted)
        if admitted != begun:
            right = {name: facts[name] for name in ("ipt_otp_no", "dise_codg", "detail", "now")}
            care.change(
                self.conn,
                visit,
                begun_at=begun,
                ended_at=begun,
                med_type=visit.med_type,
                diagnoses=(),
                **right,
            )
        return mdtrt_id

    def discharge(self, owner: int, stay: int, ended_at: Moment | None = None) -> None:
        """2402; today at 9:00 unless told."""
        end = moment(ended_at) if ended_at else care_day(self.clock().date())
        visit = care.load_visit(self.conn, owner, stay)
        told: dict[str, Any] = {"dise_codg": "", "detail": {}, "diagnoses": ()}
        care.discharge(self.conn, visit, ended_at=end, now=self.clock(), **told)
        self.conn.commit()

    def more_lines(self, owner: int, stay: int, in_policy: int, *, self_paid: int = 0) -> None:
        """One more upload of a stay; what is below 0 takes back rows that are there."""
        visit = care.load_visit(self.conn, owner, stay)
        if visit.status == DISCHARGED:
            self._status(stay, OPEN)
        self._upload(visit, "", in_policy, self_paid)
        if visit.status == DISCHARGED:
            self._status(stay, DISCHARGED)
        self.conn.commit()

    def _status(self, stay: int, status: int) -> None:
        # tidy: fault, rows behind a discharge, which care refuses and the engine must bear
        self.conn.execute("UPDATE visit SET status = %s WHERE mdtrt_id = %s", (status, stay))

    def _upload(
        self,
        visit: Visit,
        batch: str,
        in_policy: int,
        self_paid: int,
        *,
        at: dt.datetime | None = None,
    ) -> None:
        """One row of class A and one of class C, each of pieces of one fen."""
        kept = [stored.line for stored in care.lines_of(self.conn, visit.owner, visit.mdtrt_id)]
        serials = itertools.count(len(kept) + 1)
        lines: list[PricedLine | RawLine] = []
        parts = [(CLASS_A, in_policy), (CLASS_C, self_paid)]
        for code, fen in [part for part in parts if part[1]] or parts[:1]:
            if fen < 0:
                lines += _taken_back(kept, code, -fen, serials, at or visit.begun_at)
                continue
            raw = _pieces(str(next(serials)), code, fen, at or visit.begun_at)
            day = raw.occurred_at.date()
            lines.append(price_line(self.platform.catalogue, raw, day, visit.insutype))
        care.upload_lines(self.conn, visit, batch, lines, self.clock())

    def _institution(self, number: int) -> Institution:
        found = self.platform.institutions.by_id(number)
        if found is None:
            self.platform.refresh()
            found = self.platform.institutions.by_id(number)
        assert found is not None, number
        return found

    def _coverage(self, owner: int, insutype: int, on: dt.date) -> Coverage:
        relations = members.load_coverages(self.conn, [owner])[owner]
        found = coverage_for(relations, insutype, on)
        assert found is not None, (owner, insutype)
        return found

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


def care_day(day: dt.date) -> dt.datetime:
    """9:00 of a day."""
    return dt.datetime.combine(day, dt.time(9), CIVIL_TIME)


def _pieces(serial: str, code: str, fen: int, at: dt.datetime, of: str = "") -> RawLine:
    """A row of as many pieces as fen; below 0 it takes back pieces of the row ``of``."""
    count, price = (fen, FEN_MICRO) if fen else (1, 0)
    return RawLine(serial, code, code, fen, price, count * 10_000, at, cancels_sn=of)


def _taken_back(
    kept: Iterable[PricedLine], code: str, fen: int, serials: Iterator[int], at: dt.datetime
) -> list[RawLine]:
    """Rows that take back so many fen of what is left of a class, the first rows first."""
    left: dict[str, int] = {}
    for line in kept:
        if line.document["item_code"] == code:
            of = str(line.document["cancels_serial"]) or line.feedetl_sn
            left[of] = left.get(of, 0) + line.amount_fen
    found = []
    for of, rest in left.items():
        taken = min(rest, fen)
        if taken:
            found.append(_pieces(str(next(serials)), code, -taken, at, of))
            fen -= taken
    assert not fen, "more is taken back than there is"
    return found


def institutions(conn: psycopg.Connection[Any], box: PrivacyBox) -> None:
    """A clinic, two hospitals of level 3, a pharmacy in Nanchang; an item of class A, one of C."""
    since = dt.date(2000, 1, 1)
    items = (
        Item(CLASS_A, "甲类", "101", "01", "09", 0, None, False, True, since),
        Item(CLASS_C, "丙类", "101", "03", "09", 10_000, None, False, False, since),
    )
    put_items(conn, items)
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
    now: Callable[[], dt.datetime] | None = None,
    lanes: int = 1,
    packs: PolicyLibrary | None = None,
) -> Platform:
    """A started platform on a migrated database that has the institutions.

    One lane: commands are answered in the order in which they were sent. ``packs``: other packs
    than the shipped ones. ``now``: a clock of its own unless told, at NOW.
    """
    rules, clock = packs or library(), now or Clock(NOW)
    platform = build_platform(url, PrivacyBox(KEY), rules, now=clock, lock=lock, lanes=lanes)
    platform.start()
    return platform
