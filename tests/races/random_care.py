# SPDX-License-Identifier: Apache-2.0
"""Visits and stays of one random run, through the services of care, in the auditor's books too.

Lines of stays come and are taken back in parts; patients are discharged, and the discharge undone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import Any

from auditor_books import Visit
from auditor_fund import Bill
from auditor_packs import CHRONIC, OUTPATIENT, STAY
from auditor_packs import PHARMACY as AT_PHARMACY
from random_people import COVERED_FROM, DISEASES, LEVELS, Families
from settlement_world import CLINIC, HOSPITAL, OTHER, PHARMACY

from gongji.care import services as care
from gongji.care.institutions import Institution
from gongji.care.lines import PricedLine
from gongji.care.pricing import RawLine
from gongji.kernel.errors import Refusal
from gongji.members.people import Coverage

MED_TYPES = {OUTPATIENT: "11", AT_PHARMACY: "41", CHRONIC: "14", STAY: "21"}
COUNT = 4  # of every line: parts of a line go back by quarters, so that nothing is rounded


@dataclass
class Line:
    """A line of a stay, and how many of its quarters have not been taken back."""

    serial: str
    bill: Bill
    left: int = COUNT


class Care(Families):
    """Families with visits and stays."""

    def __init__(self, *args: Any) -> None:
        self.lines: dict[int, list[Line]] = {}  # of stays
        self._begun: dict[int, dt.date] = {}
        super().__init__(*args)

    def bill(self) -> Bill:
        """What is billed; every part a multiple of the count."""
        luck = self.luck
        in_policy = luck.choice((luck.randrange(3000), luck.randrange(60000), 30000, 600000))
        if luck.random() < 0.03:
            in_policy = luck.choice((12_000_000, 30_000_000))  # beyond caps
        parts = [luck.choice((0, 0, luck.randrange(5000))) for _ in range(3)]
        return Bill(*(fen // COUNT * COUNT for fen in (*parts, in_policy + COUNT)))

    def line(self, serial: str, bill: Bill, *, prescribed: bool = False) -> PricedLine:
        """A line as the catalogue would have split it."""
        parts = {
            "self_paid_fen": bill.self_paid,
            "over_limit_fen": bill.over_limit,
            "first_self_fen": bill.first_self,
            "in_policy_fen": bill.in_policy,
        }
        document: dict[str, object] = {
            "serial": serial,
            "feedetl_sn": serial,
            "cancels_serial": "",
            "item_code": "X1",
            "amount_fen": bill.total,
            "price_micro": bill.total * 10_000 // COUNT,
            "count_e4": COUNT * 10_000,
            "occurred_at": self.clock.now.isoformat(),
            "approval": 0,
            "prescribed": prescribed,
            **parts,
        }
        return PricedLine(serial, bill.total, **parts, document=document)

    # ---- visits -------------------------------------------------------------------------------

    def new_visit(self, owner: int) -> int:
        """An outpatient or chronic visit, or one at a pharmacy, with two charge batches."""
        luck = self.luck
        setting = luck.choice((OUTPATIENT, OUTPATIENT, CHRONIC, CHRONIC, AT_PHARMACY))
        institution = PHARMACY if setting == AT_PHARMACY else luck.choice((HOSPITAL, CLINIC, OTHER))
        if setting == CHRONIC and luck.random() < 0.2:
            institution = PHARMACY
        disease = luck.choice(DISEASES) if setting == CHRONIC else ""
        begun = self.clock.now - dt.timedelta(days=luck.choice((0, 0, 0, 1, 5)))
        number = care.register_visit(
            self.world.conn,
            owner=owner,
            institution=_institution(institution),
            setting=setting,
            med_type=MED_TYPES[setting],
            coverage=self._relation(owner),
            begun_at=begun,
            ipt_otp_no="",
            dise_codg=disease,
            detail={},
            now=self.clock.now,
        )
        visit = Visit(owner, institution, setting, begun.date(), {}, disease)
        for batch in ("B1", "B2"):
            bill, prescribed = self.bill(), luck.random() < 0.6
            line = self.line(f"{batch}-1", bill, prescribed=prescribed)
            loaded = care.load_visit(self.world.conn, owner, number)
            care.upload_lines(self.world.conn, loaded, batch, [line], self.clock.now)
            if institution == PHARMACY and not prescribed:
                bill = _unprescribed(bill)
            visit.batches[batch] = bill
        self.world.conn.commit()
        self.auditor.visits[number] = visit
        return number

    def _relation(self, owner: int) -> Coverage:
        one = self.auditor.people[owner]
        return Coverage(
            *(1, one.insutype, one.area, "11", one.retired, 1, False, 0, False, 0),
            *(COVERED_FROM, None, None),
        )

    # ---- stays --------------------------------------------------------------------------------

    def new_stay(self, owner: int) -> int | None:
        """Admit a patient who is in no stay."""
        luck, books = self.luck, self.auditor
        stays = [v for v in books.visits.values() if v.owner == owner and v.setting == STAY]
        if any(not stay.discharged or stay.day >= self.today for stay in stays):
            return None
        institution = luck.choice((HOSPITAL, HOSPITAL, CLINIC, OTHER))
        number = care.admit(
            self.world.conn,
            owner=owner,
            institution=_institution(institution),
            med_type=MED_TYPES[STAY],
            coverage=self._relation(owner),
            begun_at=self.clock.now,
            ipt_otp_no="1",
            dise_codg="",
            detail={},
            diagnoses=(),
            now=self.clock.now,
        )
        self.world.conn.commit()
        stay = Visit(owner, institution, STAY, self.today, {})
        stay.admission = 1 + sum(self._begun[n].year == self.today.year for n in self._mine(owner))
        books.visits[number] = stay
        self._begun[number], self.lines[number] = self.today, []
        self.more_lines(number)
        return number

    def _mine(self, owner: int) -> list[int]:
        return [n for n in self._begun if self.auditor.visits[n].owner == owner]

    def more_lines(self, number: int) -> None:
        """One more upload of an open stay: new lines, or some that are taken back."""
        stay, luck, kept = self.auditor.visits[number], self.luck, self.lines[number]
        if stay.discharged:
            return
        name = str(len(stay.batches) + 1)
        stated: list[Any] = []
        total = Bill()
        returning = [line for line in kept if line.left]
        if returning and luck.random() < 0.5:
            line = luck.choice(returning)
            count = luck.randrange(1, line.left + 1)
            back = Bill(*(-part * count // COUNT for part in _parts(line.bill)))
            stated.append(self._return(f"R{name}", line, count, back.total))
            total += back
            line.left -= count
        if not stated or luck.random() < 0.3:
            bill = self.bill()
            stated.append(self.line(f"L{name}", bill))
            total += bill
            kept.append(Line(f"L{name}", bill))
        loaded = care.load_visit(self.world.conn, stay.owner, number)
        care.upload_lines(self.world.conn, loaded, "", stated, self.clock.now)
        self.world.conn.commit()
        stay.batches[name] = total

    def _return(self, serial: str, line: Line, count: int, amount: int) -> RawLine:
        return RawLine(
            feedetl_sn=serial,
            item_code="X1",
            own_code="",
            amount_fen=amount,
            price_micro=line.bill.total * 10_000 // COUNT,
            count_e4=-count * 10_000,
            occurred_at=self.clock.now,
            cancels_sn=line.serial,
        )

    def discharge(self, number: int) -> None:
        """Discharge a patient today, seldom stated for tomorrow, or undo the discharge."""
        stay, conn = self.auditor.visits[number], self.world.conn
        loaded = care.load_visit(conn, stay.owner, number)
        if not stay.discharged:
            end = self.clock.now + dt.timedelta(days=self.luck.random() < 0.1)
            care.discharge(
                conn,
                loaded,
                ended_at=end,
                dise_codg="",
                detail={},
                diagnoses=(),
                now=self.clock.now,
            )
            stay.discharged, stay.day = True, end.date()
        else:
            with contextlib.suppress(Refusal):  # settled since, or a later stay has begun
                care.cancel_discharge(conn, loaded)
                stay.discharged = False
        conn.commit()


def _parts(bill: Bill) -> tuple[int, int, int, int]:
    return bill.self_paid, bill.over_limit, bill.first_self, bill.in_policy


def _unprescribed(bill: Bill) -> Bill:
    return Bill(*_parts(bill), bill.in_policy)


def _institution(number: int) -> Institution:
    kind = 2 if number == PHARMACY else 1
    return Institution(
        *(number, f"X{number}", "机构", kind, LEVELS[number], "", 360100, True, "x-tif", {}, {})
    )
