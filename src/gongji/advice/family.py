# SPDX-License-Identifier: Apache-2.0
"""A family's question and its answer, as plain values: money in fen, areas as six-digit codes.

Nobody is named and nothing is stored: relatives appear by the label that the asker gives them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from gongji.kernel.benefit import NEW_YEAR, BenefitResult, BenefitState, Bill
from gongji.kernel.sharing import SharingResult
from gongji.policy.givers import ALL_USES, WAY_AUTHORISE
from gongji.policy.provenance import Provenance

EARLY = dt.date(2000, 1, 1)


def bill_of(
    total_fen: int, self_paid_fen: int = 0, over_limit_fen: int = 0, first_self_fen: int = 0
) -> Bill:
    """A bill from its total and the parts that the person surely pays, fen; the rest is in
    policy. Raises ValueError where the parts exceed the total or an amount is negative."""
    parts = (self_paid_fen, over_limit_fen, first_self_fen)
    if min(total_fen, *parts) < 0 or sum(parts) > total_fen:
        raise ValueError("the parts of a bill are not negative and stay within its total")
    return Bill(total_fen, *parts, total_fen - sum(parts))


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative who could give, fen.

    ``relation``: what the relative is to the patient, a word of ``policy.relations.NAMES`` or a
    national code (what the patient is to the relative, as authorisations keep it). ``way``: how
    the money comes (policy.givers.WAY_*), None = as the patient's place does it. ``set_aside_fen``
    is what was moved to a family account (TRANSFER_POCKET), granted in a group (GROUP_GRANT) or
    set as wallet quota (WALLET) and is still left; under AUTHORISE a sum given once, None = none
    was set. Limits of None do not limit.
    """

    label: str
    relation: str | int
    area: int
    current_fen: int = 0
    carried_fen: int = 0
    visit_limit_fen: int | None = None
    day_limit_fen: int | None = None
    year_limit_fen: int | None = None
    set_aside_fen: int | None = None
    way: str | None = None
    bound_on: dt.date = EARLY
    valid_until: dt.date | None = None
    paused: bool = False
    employee: bool = True  # insured as an employee, so there is an account
    insured: bool = True  # contributions are paid up
    uses: int = ALL_USES  # bit mask, bit 1 << setting


@dataclass(frozen=True, slots=True)
class Family:
    """One patient, one bill and the relatives in the order that the family has set.

    ``scheme`` 310 employee, 390 resident; ``setting`` kernel.benefit.OUTPATIENT..INPATIENT;
    ``visit_class`` and ``aid_class`` as in AreaPolicy.benefit; ``care_area`` 0 = at home;
    ``filed`` policy.compiled.XR_*: what is filed for care elsewhere; filed for long it counts at
    home too. The bill's own ``unprescribed_fen`` is set from ``prescribed`` (all of it or nothing).
    """

    area: int
    scheme: int
    setting: int
    level: int
    bill: Bill
    date: dt.date
    retired: bool = False
    age: int = 45
    admission_no: int = 1
    visit_class: int = 0
    civil_servant: bool = False
    aid_class: int = 0
    used: BenefitState = NEW_YEAR
    own_current_fen: int = 0
    own_carried_fen: int = 0
    relatives: tuple[Relative, ...] = ()
    care_area: int = 0
    filed: int = 3
    at_pharmacy: bool = False  # a purchase for a filed disease; PHARMACY is one by itself
    prescribed: bool = False  # on a designated institution's prescription; asked at pharmacies


@dataclass(frozen=True, slots=True)
class Gave:
    """What one relative paid, fen, in the order of payment, and why not more.

    ``reason`` is a code of kernel.reasons; ``place`` the relative's place in Family.relatives.
    ``balance_fen`` was in the account (or set aside) before. ``movable``: in front of the order,
    which the family sets, this relative would pay.
    """

    place: int
    label: str
    relation: int
    way: str
    current_fen: int
    carried_fen: int
    reason: int
    balance_fen: int
    movable: bool = False

    @property
    def paid_fen(self) -> int:
        """Both balances together, fen."""
        return self.current_fen + self.carried_fen


@dataclass(frozen=True, slots=True)
class Gap:
    """Why something is not paid or not known: number, step, key and the reason, both languages."""

    code: int
    step: str  # "benefit", "sharing", "bill", or the step of the provenance
    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The full split of one bill. With a ``refusal`` no figure is known and both results are None.

    ``gaps`` tell what was left at nothing because no value is confirmed. ``steps``: values behind
    each step. ``weak``: some value used is below medium confidence (only where accepted).
    """

    family: Family
    bill: Bill
    refusal: Gap | None
    benefit: BenefitResult | None = None
    sharing: SharingResult | None = None
    gave: tuple[Gave, ...] = ()
    gaps: tuple[Gap, ...] = ()
    steps: Mapping[str, tuple[Provenance, ...]] = field(default_factory=dict)
    model: str = WAY_AUTHORISE
    order: int = 0
    weak: bool = False

    @property
    def fund_fen(self) -> int:
        """All funds together, fen."""
        return self.benefit.fund_fen if self.benefit else 0

    @property
    def own_fen(self) -> int:
        """The patient's own account, fen."""
        return self.sharing.own_current_fen + self.sharing.own_carried_fen if self.sharing else 0

    @property
    def relatives_fen(self) -> int:
        """All relatives together, fen."""
        return self.sharing.relatives_fen if self.sharing else 0

    @property
    def cash_fen(self) -> int:
        """What is left to pay in cash, fen."""
        return self.sharing.cash_fen if self.sharing else 0


@dataclass(frozen=True, slots=True)
class Variant:
    """The same family with one thing changed; differences against the base, fen (more = +)."""

    kind: str  # level, prescription, order, more, less, rules
    zh: str
    en: str
    answer: Answer
    fund_fen: int
    own_fen: int
    relatives_fen: int
    cash_fen: int
