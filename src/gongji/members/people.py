# SPDX-License-Identifier: Apache-2.0
"""Persons and their coverage as other rooms see them; plain values, nothing is read or written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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


@dataclass(slots=True)
class Coverage:
    """One insurance relation; amounts in fen, area a 6-digit code."""

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

    def active_on(self, day: dt.date) -> bool:
        """Normally insured on that day (正常参保).

        A paused relation counts up to the day before the pause, a terminated one up to its end:
        care of an earlier day keeps what it was entitled to. Without such a date it never counts.
        """
        if day < self.begun or (self.ended is not None and day > self.ended):
            return False
        if self.status == INSURED:
            return True
        if self.status == PAUSED:
            return self.paused is not None and day < self.paused
        return self.status == TERMINATED and self.ended is not None


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


def coverage_for(coverages: tuple[Coverage, ...], insutype: int, day: dt.date) -> Coverage | None:
    """The coverage of a scheme on a day: an active one first, else the latest, else None."""
    same = [coverage for coverage in coverages if coverage.insutype == insutype]
    active = [coverage for coverage in same if coverage.active_on(day)]
    candidates = active or same
    return max(candidates, key=lambda c: (c.begun, c.coverage_no), default=None)
