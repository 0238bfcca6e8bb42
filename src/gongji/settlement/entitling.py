# SPDX-License-Identifier: Apache-2.0
"""Which benefit a visit, stay or purchase has: its setting and class, on its day of service.

One function for settlement, trial, entitlement (2001) and the description of a visit (2203), so
that they cannot disagree. A filing (备案) counts from its first to its last day; without one in
force chronic care is ordinary care, or refused where the area says so (chr.withoutFiling).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from gongji.care.med_types import asks_for_filing
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from gongji.policy.benefit_rules import CHILDBIRTH, ORDINARY
from gongji.policy.suiting import unsuited
from gongji.settlement import errors
from gongji.settlement.commands import Command, SettlePurchase

NO_FILING = ("就诊当日没有该病种的有效备案", "no filing of this disease is in force on that day")


class Filed(Protocol):
    """What is needed of ``members.people.ChronicFiling``."""

    @property
    def dise_code(self) -> str:
        """Code of the disease."""

    @property
    def disease_class(self) -> int:
        """1 or 2 (一类, 二类)."""

    def valid_on(self, day: dt.date) -> bool:
        """In force on that day."""


class FilingRule(Protocol):
    """What is needed of ``policy.compiled.AreaPolicy``."""

    def unfiled_is_ordinary(self) -> bool:
        """Is chronic care without a filing settled as ordinary care?"""


class Described(Protocol):
    """What is needed of a visit (``facts.VisitRow``)."""

    @property
    def setting(self) -> int:
        """Setting as the visit was described."""


class Care(NamedTuple):
    """What is asked for, as a visit, stay or purchase states it."""

    med_type: str
    setting: int  # care.med_types.setting_of
    dise_codg: str
    pharmacy: bool


class Benefit(NamedTuple):
    """What it is settled as: setting of the kernel and class of ``policy.benefit_rules``."""

    setting: int
    visit_class: int


def benefit_of(
    policy: FilingRule, care: Care, sex: int, filings: Iterable[Filed], day: dt.date
) -> Benefit:
    """Decide setting and class of care on its day of service.

    Raises Refusal 3130 (care or disease of the other sex), 3131 (no filing in force, where the
    area refuses that).
    """
    check_suited(sex, care.med_type, care.dise_codg)
    if care.setting == INPATIENT:
        childbirth = care.med_type.startswith("52")
        return Benefit(INPATIENT, CHILDBIRTH if childbirth else ORDINARY)
    if care.setting != CHRONIC:
        return Benefit(care.setting, ORDINARY)
    found = in_force(filings, care.dise_codg, day)
    if found is not None:
        return Benefit(CHRONIC, found.disease_class)
    if not policy.unfiled_is_ordinary():
        raise errors.no_filing(care.dise_codg, day.isoformat())
    return Benefit(PHARMACY if care.pharmacy else OUTPATIENT, ORDINARY)


def in_force(filings: Iterable[Filed], dise_codg: str, day: dt.date) -> Filed | None:
    """Find the filing of a disease that is in force on a day; None when there is none."""
    found = (one for one in filings if one.dise_code == dise_codg and one.valid_on(day))
    return next(found, None)


def check_suited(sex: int, med_type: str, dise_codg: str = "") -> None:
    """Refuse care or a disease that the patient's sex cannot have; Refusal 3130."""
    reason = unsuited(sex, med_type, dise_codg)
    if reason is not None:
        raise errors.unsuited(*reason)


def is_unfiled(med_type: str, setting: int) -> bool:
    """Tell of a settled case whether it asked for a filing and was settled without one."""
    return setting != CHRONIC and asks_for_filing(med_type)


def asking_for_filings(
    visits: Mapping[tuple[int, int], Described], commands: Iterable[Command]
) -> list[int]:
    """List the patients of chronic care: of visits as described, of purchases as stated."""
    owners = {owner for (owner, _), visit in visits.items() if visit.setting == CHRONIC}
    purchases = (c for c in commands if isinstance(c, SettlePurchase))
    owners.update(c.owner for c in purchases if asks_for_filing(c.med_type))
    return sorted(owners)
