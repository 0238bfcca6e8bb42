# SPDX-License-Identifier: Apache-2.0
"""Persons and their coverage as other rooms see them; plain values, nothing is read or written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

# 人员参保状态 (national psn_insu_stas).
NOT_INSURED = 0
INSURED = 1
PAUSED = 2
INVALID = 3
TERMINATED = 4

# Classes of medical aid (医疗救助对象类别) kept with a coverage.
AID_NONE = 0
AID_DESTITUTE = 1  # 特困人员, 孤儿
AID_LOW_INCOME = 2  # 低保对象
AID_MARGINAL = 3  # 低保边缘家庭成员
AID_MONITORED = 4  # 防止返贫监测对象
AID_ILLNESS = 5  # 因病致贫重病患者

# Ways to find a person (person_key.kind).
KEY_PSN_NO = 1
KEY_CERT = 2
KEY_TOKEN = 3  # e-credential (医保电子凭证)
KEY_CARD = 4  # social-security card

ONE_DAY = dt.timedelta(days=1)

Days = tuple[dt.date, dt.date]  # first and last day, both included


@dataclass(slots=True)
class Coverage:
    """One insurance relation; amounts in fen, area a 6-digit code.

    ``breaks``: days without insurance that are over, ascending and apart. They stay when the
    relation counts again.
    """

    coverage_no: int
    insutype: int
    area: int
    psn_type: str
    retired: bool
    status: int
    civil_servant: bool
    aid_class: int
    flexible: bool
    credit_base_fen: int
    begun: dt.date
    paused: dt.date | None
    ended: dt.date | None
    employer: str = ""
    breaks: tuple[Days, ...] = ()

    def active_on(self, day: dt.date) -> bool:
        """Say whether the person is normally insured on that day (正常参保).

        A paused relation counts up to the day before the pause, a terminated one up to its end:
        care of an earlier day keeps what it was entitled to. Without such a date it never counts.
        A break that is over stays one.
        """
        if day < self.begun or (self.ended is not None and day > self.ended):
            return False
        for first, last in self.breaks:
            if first <= day <= last:
                return False
        if self.status == INSURED:
            return True
        if self.status == PAUSED:
            return self.paused is not None and day < self.paused
        return self.status == TERMINATED and self.ended is not None

    def insured_days(self, until: dt.date) -> list[Days]:
        """List the days on which the relation counts, up to ``until``, as ranges in order."""
        last = until if self.ended is None else min(until, self.ended)
        if self.status == PAUSED:
            if self.paused is None:
                return []
            last = min(last, self.paused - ONE_DAY)
        elif self.status != INSURED and (self.status != TERMINATED or self.ended is None):
            return []
        found, first = [], self.begun
        for begin, end in self.breaks:
            if begin > last:
                break
            if first < begin:
                found.append((first, begin - ONE_DAY))
            first = max(first, end + ONE_DAY)
        if first <= last:
            found.append((first, last))
        return found


@dataclass(frozen=True, slots=True)
class Insured:
    """What a settlement needs of a person: nothing that has to be decrypted."""

    owner: int
    sex: int
    birth: dt.date
    coverages: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True)
class ChronicFiling:
    """A filed chronic or special disease (门诊慢特病备案)."""

    dise_code: str
    dise_name: str
    disease_class: int  # 1 or 2 (一类, 二类)
    begun: dt.date
    ended: dt.date | None

    def valid_on(self, day: dt.date) -> bool:
        """In force on that day."""
        return self.begun <= day and (self.ended is None or day <= self.ended)


@dataclass(frozen=True, slots=True)
class Person:
    """A person with the decrypted fields that a reply must carry; never logged."""

    owner: int
    psn_no: str
    cert_type: str
    certno: str
    name: str
    sex: int
    birth: dt.date
    nation: str
    coverages: tuple[Coverage, ...]


class Relation(Protocol):
    """An insurance relation as far as the choice between several needs it."""

    @property
    def coverage_no(self) -> int:
        """Its number with this person."""

    @property
    def insutype(self) -> int:
        """Scheme, 310 or 390."""

    @property
    def begun(self) -> dt.date:
        """First day."""

    def active_on(self, day: dt.date) -> bool:
        """Say whether it counts on that day."""


class Insurance(NamedTuple):
    """Where a person is insured and when; what may be kept for a short while of a relation.

    ``until``: the last day, None while it goes on; breaks that are over are not told.
    """

    coverage_no: int
    insutype: int
    area: int
    begun: dt.date
    until: dt.date | None

    def active_on(self, day: dt.date) -> bool:
        """Say whether it counts on that day, breaks left aside."""
        return self.begun <= day and (self.until is None or day <= self.until)


R = TypeVar("R", bound=Relation)


def coverage_that_counts(
    relations: Iterable[R], insutype: int, day: dt.date, preferred: int | None = None
) -> R | None:
    """Pick the relation of a scheme that counts on a day; None where none is in force.

    Of several in force the one that began last: whoever retires, changes the employer or gets the
    row of a new year goes by the new relation. ``preferred``, the number under which a visit was
    registered, decides between relations that began on the same day; then the higher number does.
    """
    found, best = None, (dt.date.min, False, 0)
    for one in relations:
        if one.insutype == insutype and one.active_on(day):
            rank = (one.begun, one.coverage_no == preferred, one.coverage_no)
            if rank > best:
                found, best = one, rank
    return found


def coverage_for(
    relations: Iterable[R], insutype: int, day: dt.date, preferred: int | None = None
) -> R | None:
    """Pick the relation that counts on a day, else the latest of the scheme, which tells why none
    does; None where the person has none of the scheme."""
    mine = [one for one in relations if one.insutype == insutype]
    found = coverage_that_counts(mine, insutype, day, preferred)
    return found or max(mine, key=lambda c: (c.begun, c.coverage_no), default=None)


def insured_on(
    coverages: Sequence[Coverage], schemes: Iterable[int], day: dt.date
) -> Coverage | None:
    """Pick the relation by which a person is insured on a day, of the first scheme that has one."""
    for scheme in schemes:
        found = coverage_that_counts(coverages, scheme, day)
        if found is not None:
            return found
    return None


def breaks_between(
    coverages: Sequence[Coverage], schemes: Collection[int], since: dt.date, until: dt.date
) -> tuple[dt.date, ...]:
    """List the first days of the breaks (参保中断) between two days, both included.

    A break is any day on which no relation of these schemes counts; a change of relation without
    a day between is none, and neither is the time before the person was first insured.
    """
    mine = [one for one in coverages if one.insutype in schemes]
    if len(mine) == 1:
        one = mine[0]
        if one.status == INSURED and not one.breaks and one.ended is None:
            return ()  # nearly everybody
    days = sorted(days for one in mine for days in one.insured_days(until))
    if not days:
        return ()
    found: list[dt.date] = []
    open_from = max(since, days[0][0])
    for first, last in days:
        if open_from < first:
            found.append(open_from)
        open_from = max(open_from, last + ONE_DAY)
    if open_from <= until:
        found.append(open_from)
    return tuple(found)
