# SPDX-License-Identifier: Apache-2.0
"""Whether a giver may pay for a recipient at all, before any figure is looked at.

Pure functions on values that are already loaded; settlement, the doors and the advice for
families ask the same function. The reasons come in one fixed order (as listed in ``why_not``),
so that the same facts always give the same answer; they are kernel.reasons.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.kernel.errors import Refusal
from gongji.kernel.reasons import (
    ACCOUNT_CLOSED,
    ACCOUNT_FROZEN,
    AUTHORISATION_ENDED,
    AUTHORISATION_EXPIRED,
    AUTHORISATION_NOT_YET_VALID,
    AUTHORISATION_PAUSED,
    CARE_OUTSIDE_AREA,
    DISSOLVED_BY_GIVERS_BREAK,
    DISSOLVED_BY_RECIPIENTS_BREAK,
    GIVER_COVERAGE_INTERRUPTED,
    GIVER_HAS_NO_ACCOUNT,
    GIVER_IN_OTHER_PROVINCE,
    GIVER_NOT_EMPLOYEE,
    GIVER_OUTSIDE_AREA,
    PAID_ALL_ASKED,
    RECIPIENT_NOT_INSURED,
    RELATION_NOT_ALLOWED,
    RULE_NOT_CONFIRMED,
    USE_NOT_ALLOWED,
    USE_NOT_GRANTED,
)
from gongji.policy.areas import same_pool, same_province
from gongji.policy.sharing_rules import SCOPE_POOL as POOL
from gongji.policy.sharing_rules import SCOPE_PROVINCE as PROVINCE

MAY_PAY = PAID_ALL_ASKED  # 0: nothing stands in the way

# Schemes whose breaks count: a giver's, a recipient's.
GIVERS_SCHEMES = (EMPLOYEE,)
BASIC_SCHEMES = (EMPLOYEE, RESIDENT)

# States of an authorisation (authorisation.state).
ACTIVE = 1
PAUSED = 2
ENDED = 3

# States of a personal account (ledger.account.status); no account is 0.
NO_ACCOUNT = 0
ACCOUNT_NORMAL = 1
ACCOUNT_IS_CLOSED = 3


class Grant(Protocol):
    """An authorisation as far as it decides here."""

    @property
    def state(self) -> int:
        """ACTIVE, PAUSED or ENDED."""

    @property
    def relation(self) -> int:
        """National code: what the recipient is to the giver."""

    @property
    def valid_from(self) -> dt.date:
        """First day."""

    @property
    def valid_until(self) -> dt.date | None:
        """Last day, or None."""

    def allows_use(self, setting: int) -> bool:
        """Whether the giver granted this setting of care."""


class Cover(Protocol):
    """An insurance relation as far as it decides here."""

    @property
    def insutype(self) -> int:
        """Scheme, 310 or 390."""

    @property
    def area(self) -> int:
        """Six-digit code of the place of insurance."""

    def active_on(self, day: dt.date) -> bool:
        """Normally insured on that day."""


class SharingPolicy(Protocol):
    """The part of a compiled policy (``policy.compiled.AreaPolicy``) that decides here."""

    @property
    def relations(self) -> frozenset[int]:
        """Relation codes allowed on the date."""

    @property
    def treatment_scope(self) -> int:
        """POOL, PROVINCE or NATION: where relatives' money may be used."""

    @property
    def insured_scope(self) -> int:
        """POOL or PROVINCE; larger scopes count as PROVINCE, the wallet is a way of its own."""

    def use_allowed(self, setting: int) -> bool:
        """Whether accounts of relatives may pay in this setting."""

    def dissolves(self, broken_on: dt.date, by_giver: bool) -> bool:
        """Whether a break of insurance that began on a day ended the authorisation."""


def why_not(
    auth: Grant,
    giver_coverage: Cover | None,
    giver_account: int,
    recipient_coverage: Cover | None,
    policy: SharingPolicy | None,
    setting: int,
    on: dt.date,
    care_area: int = 0,
    giver_breaks: Sequence[dt.date] = (),
    recipient_breaks: Sequence[dt.date] = (),
) -> int:
    """Give the reason code why this giver may not pay on ``on``, the day of settlement; 0 = may.

    Coverages are those that count on ``on``. ``giver_account`` is the account's status, 0 when
    there is none (True reads as normal). ``care_area`` is the institution's area, 0 when the
    question is not of a certain place. ``policy`` is of the patient's area on the day of service;
    None or a gap in it denies. Breaks: first days of the breaks of insurance since the
    authorisation began, one that goes on included. Order: state, dates, relation, closed account,
    giver's scheme, breaks and cover, account, recipient's breaks and cover, areas of insurance,
    area of care, use allowed by policy, use granted. Rules: N-01 to N-08 of the national
    framework.
    """
    reason = _authorisation_reason(auth, on)
    if reason:
        return reason
    if policy is None:
        return RULE_NOT_CONFIRMED
    try:
        if auth.relation not in policy.relations:
            return RELATION_NOT_ALLOWED
        return (
            _giver_reason(giver_coverage, giver_account, policy, on, giver_breaks)
            or _recipient_reason(recipient_coverage, policy, on, recipient_breaks)
            or _place_reason(auth, giver_coverage, recipient_coverage, policy, setting, care_area)
        )
    except Refusal:
        # What the policy cannot confirm, it refuses to answer.
        return RULE_NOT_CONFIRMED


def dissolved_by(
    policy: SharingPolicy,
    giver_breaks: Sequence[dt.date],
    recipient_breaks: Sequence[dt.date],
) -> tuple[int, dt.date] | None:
    """Find the break that ended an authorisation: (reason code, first day of the break) or None.

    Raises: PolicyGap where what a break does is not confirmed.
    """
    for day in giver_breaks:
        if policy.dissolves(day, True):
            return DISSOLVED_BY_GIVERS_BREAK, day
    for day in recipient_breaks:
        if policy.dissolves(day, False):
            return DISSOLVED_BY_RECIPIENTS_BREAK, day
    return None


def _giver_reason(
    coverage: Cover | None,
    account: int,
    policy: SharingPolicy,
    on: dt.date,
    breaks: Sequence[dt.date],
) -> int:
    if account == ACCOUNT_IS_CLOSED:
        return ACCOUNT_CLOSED
    if coverage is None or coverage.insutype != EMPLOYEE:
        return GIVER_NOT_EMPLOYEE
    if breaks:
        reason = _after_breaks(policy, breaks, (), not coverage.active_on(on))
        if reason:
            return reason
    if not coverage.active_on(on):
        return GIVER_COVERAGE_INTERRUPTED
    if account == NO_ACCOUNT:
        return GIVER_HAS_NO_ACCOUNT
    return MAY_PAY if account == ACCOUNT_NORMAL else ACCOUNT_FROZEN


def _recipient_reason(
    coverage: Cover | None, policy: SharingPolicy, on: dt.date, breaks: Sequence[dt.date]
) -> int:
    insured = coverage is not None and coverage.active_on(on)
    if breaks:
        reason = _after_breaks(policy, (), breaks, not insured)
        if reason:
            return reason
    return MAY_PAY if insured else RECIPIENT_NOT_INSURED


def _after_breaks(
    policy: SharingPolicy,
    giver: Sequence[dt.date],
    recipient: Sequence[dt.date],
    goes_on: bool,
) -> int:
    """Why breaks stop the payment. While one goes on, a rule that is not confirmed leaves the
    plainer reason: not insured now."""
    try:
        found = dissolved_by(policy, giver, recipient)
    except Refusal:
        if goes_on:
            return MAY_PAY
        raise
    return found[0] if found is not None else MAY_PAY


def _place_reason(
    auth: Grant,
    giver_coverage: Cover | None,
    recipient_coverage: Cover | None,
    policy: SharingPolicy,
    setting: int,
    care_area: int,
) -> int:
    if giver_coverage is None or recipient_coverage is None:
        return MAY_PAY  # told before
    reason = _area_reason(giver_coverage.area, recipient_coverage.area, policy.insured_scope)
    if reason:
        return reason
    if care_area and not _care_inside(care_area, recipient_coverage.area, policy.treatment_scope):
        return CARE_OUTSIDE_AREA
    if not policy.use_allowed(setting):
        return USE_NOT_ALLOWED
    return MAY_PAY if auth.allows_use(setting) else USE_NOT_GRANTED


def _care_inside(care_area: int, insured_area: int, scope: int) -> bool:
    if care_area == insured_area:
        return True
    if scope == POOL:
        return same_pool(care_area, insured_area)
    return scope > PROVINCE or same_province(care_area, insured_area)


def _authorisation_reason(auth: Grant, on: dt.date) -> int:
    if auth.state == ENDED:
        return AUTHORISATION_ENDED
    if auth.state == PAUSED:
        return AUTHORISATION_PAUSED
    if on < auth.valid_from:
        return AUTHORISATION_NOT_YET_VALID
    if auth.valid_until is not None and on > auth.valid_until:
        return AUTHORISATION_EXPIRED
    return MAY_PAY


def _area_reason(giver_area: int, recipient_area: int, scope: int) -> int:
    if giver_area == recipient_area:
        return MAY_PAY
    if not same_province(giver_area, recipient_area):
        return GIVER_IN_OTHER_PROVINCE
    if scope == POOL and not same_pool(giver_area, recipient_area):
        return GIVER_OUTSIDE_AREA
    return MAY_PAY
