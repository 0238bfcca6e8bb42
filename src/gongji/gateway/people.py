# SPDX-License-Identifier: Apache-2.0
"""The person behind a message: looked up by number and voucher, kept in memory for a short while.

Only what a reply must carry is kept, for IDENTITY_SECONDS, bounded, and never logged. Coverage is
not kept: what a patient is entitled to is read fresh by the engine.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from psycopg import Connection

from gongji.gateway import errors
from gongji.gateway.checking import Row
from gongji.gateway.errors import refusal
from gongji.kernel.errors import Refusal
from gongji.members import idcard, services
from gongji.members.people import (
    KEY_CARD,
    KEY_CERT,
    KEY_PSN_NO,
    KEY_TOKEN,
    Coverage,
    Insurance,
    Person,
    coverage_for,
)
from gongji.members.privacy import PrivacyBox
from gongji.policy.areas import same_pool, same_province

IDENTITY_SECONDS = 60  # a corrected name shows after this long at the latest
IDENTITIES_MAX = 50_000
ARRIVALS_MAX = 256  # looked up in one go

Conn = Connection[Any]
Connect = Callable[[], AbstractContextManager[Conn]]
Clock = Callable[[], dt.datetime]

# Kinds of voucher (mdtrt_cert_type): terminal scan and face end in an e-credential too; 99 is a
# foreign document.
VOUCHERS: Mapping[str, int] = {
    "01": KEY_TOKEN,
    "02": KEY_CERT,
    "03": KEY_CARD,
    "04": KEY_TOKEN,
    "05": KEY_TOKEN,
    "99": KEY_CERT,
}


class Identity(NamedTuple):
    """Who a person is, decrypted; ``areas`` are the insured places by scheme."""

    owner: int
    psn_no: str
    cert_type: str
    certno: str
    name: str
    sex: int
    birth: dt.date
    nation: str
    areas: tuple[tuple[int, int], ...]  # (insutype, area)
    insurances: tuple[Insurance, ...] = ()

    def area_of(self, insutype: int, day: dt.date) -> int:
        """The place of the relation that counts on a day, 0 when the scheme has none."""
        found = coverage_for(self.insurances, insutype, day)
        return found.area if found is not None else 0


def identity_of(person: Person) -> Identity:
    """The part of a person that replies carry."""
    return Identity(
        person.owner,
        person.psn_no,
        person.cert_type,
        person.certno,
        person.name,
        person.sex,
        person.birth,
        person.nation,
        tuple((c.insutype, c.area) for c in person.coverages),
        tuple(_insurance(c) for c in person.coverages),
    )


def _insurance(c: Coverage) -> Insurance:
    days = c.insured_days(dt.date.max)
    last = days[-1][1] if days else c.begun - dt.timedelta(days=1)
    until = None if last == dt.date.max else last
    return Insurance(c.coverage_no, c.insutype, c.area, c.begun, until)


class People:
    """Look-up of patients by psn_no, checked against voucher and certificate of a message."""

    def __init__(self, box: PrivacyBox) -> None:
        self._box = box
        self._kept: dict[str, tuple[int, Identity]] = {}

    def kept(self, row: Row, now: dt.datetime) -> Identity | None:
        """The patient of a row if nothing has to be asked of the database; Refusal 4082-4083."""
        found = self._kept.get(row.get("psn_no", ""))
        if found is None or not 0 <= int(now.timestamp()) - found[0] < IDENTITY_SECONDS:
            return None
        identity = found[1]
        number = row.get("mdtrt_cert_no")
        if number is not None:
            kind = VOUCHERS.get(row.get("mdtrt_cert_type", ""))
            if kind != KEY_CERT or idcard.normal(number) != identity.certno:
                return None
        agree(identity, row)
        return identity

    def load(self, conn: Conn, row: Row, now: dt.datetime) -> Identity:
        """The patient of a row; Refusal 4080, 4082, 4083."""
        found = self.load_many(conn, [row], now)[0]
        if isinstance(found, Refusal):
            raise found
        return found

    def load_many(
        self, conn: Conn, rows: Sequence[Row], now: dt.datetime
    ) -> list[Identity | Refusal]:
        """The patients of many rows in three queries, each found or refused by itself."""
        vouchers = [_voucher(row) for row in rows]
        wanted = {(KEY_PSN_NO, row["psn_no"]) for row in rows}
        wanted.update(voucher for voucher in vouchers if voucher is not None)
        owners = services.resolve_many(conn, self._box, wanted)
        people = services.load_briefs(conn, self._box, set(owners.values()))
        return [
            self._found(row, voucher, owners, people, now)
            for row, voucher in zip(rows, vouchers, strict=True)
        ]

    def _found(
        self,
        row: Row,
        voucher: tuple[int, str] | None,
        owners: Mapping[tuple[int, str], int],
        people: Mapping[int, services.Brief],
        now: dt.datetime,
    ) -> Identity | Refusal:
        owner = owners.get((KEY_PSN_NO, row["psn_no"]))
        if owner is None or owner not in people:
            return refusal(errors.PERSON_UNKNOWN)
        if voucher is not None and owners.get(voucher) != owner:
            return refusal(errors.VOUCHER_OF_OTHER)
        identity = Identity(*people[owner])
        try:
            agree(identity, row)
        except Refusal as refused:
            return refused
        self.keep(identity, now)
        return identity

    def keep(self, identity: Identity, now: dt.datetime) -> None:
        """Remember a person for a short while."""
        if len(self._kept) >= IDENTITIES_MAX:
            self._kept.clear()
        self._kept[identity.psn_no] = (int(now.timestamp()), identity)

    def find(self, conn: Conn, row: Row) -> Person | None:
        """The person of a 1101, by voucher or by certificate; None when unknown."""
        number = row.get("mdtrt_cert_no")
        if number is not None:
            kind = VOUCHERS.get(row.get("mdtrt_cert_type", "02"), KEY_CERT)
            owner = services.resolve(conn, self._box, kind, number)
        else:
            owner = services.find_by_certificate(
                conn, self._box, row.get("psn_cert_type", "01"), row["certno"]
            )
        return None if owner is None else services.load_person(conn, self._box, owner)


def _voucher(row: Row) -> tuple[int, str] | None:
    number = row.get("mdtrt_cert_no")
    if number is None:
        return None
    return VOUCHERS.get(row.get("mdtrt_cert_type", ""), KEY_CERT), number


Found = Identity | Exception  # a patient, the Refusal, or the fault met while looking


class Arrivals:
    """Patients of messages that arrive together, looked up together in a thread.

    The thread is their own: it reads only, and messages that wait for a lock do not keep it.
    """

    def __init__(self, people: People, connect: Connect, now: Clock) -> None:
        self._people = people
        self._connect = connect
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gongji-arrivals")
        self._now = now
        self._waiting: list[tuple[Row, Callable[[Found], None]]] = []
        self._task: asyncio.Task[None] | None = None

    def load(self, row: Row, deliver: Callable[[Found], None]) -> None:
        """Call ``deliver`` in the running loop with the patient of a row, Refusal or fault."""
        self._waiting.append((row, deliver))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    def close(self) -> None:
        """Let a look-up that is running finish."""
        self._thread.shutdown(wait=True)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[:ARRIVALS_MAX], self._waiting[ARRIVALS_MAX:]
            rows = [row for row, _ in batch]
            found: Sequence[Found]
            try:
                found = await loop.run_in_executor(self._thread, self._load, rows)
            except Exception as fault:
                found = [fault] * len(rows)
            for (_, deliver), one in zip(batch, found, strict=True):
                deliver(one)

    def _load(self, rows: list[Row]) -> list[Identity | Refusal]:
        with self._connect() as conn:
            return self._people.load_many(conn, rows, self._now())


def _plain_name(name: str) -> str:
    return "".join(c for c in name if c.isalnum()).casefold()


def agree(identity: Identity, row: Row) -> None:
    """Certificate and name, where a message states them, are the person's; Refusal 4083."""
    certno = row.get("certno")
    if certno is not None and idcard.normal(certno) != identity.certno:
        raise refusal(errors.PERSON_CONTRADICTED, field="certno（证件号码）", name="certno")
    name = row.get("psn_name")
    if name is not None and _plain_name(name) != _plain_name(identity.name):
        raise refusal(errors.PERSON_CONTRADICTED, field="psn_name（人员姓名）", name="psn_name")


def same_region(one: int, other: int) -> bool:
    """Whether two district codes lie in one pool: same city, or same province for provincial ones.

    cccc99 is a city's pool, pp9900/pp9999/pp0000 a province's.
    """
    if one // 100 == other // 100:
        return True
    if not same_province(one, other):
        return False
    if same_pool(one, other):
        return True
    return any(code // 100 % 100 in (0, 99) for code in (one, other))
