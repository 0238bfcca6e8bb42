# SPDX-License-Identifier: Apache-2.0
"""Every reason why a giver may not pay, one fact changed at a time, and their fixed order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.kernel import reasons
from gongji.kernel.benefit import CHRONIC, INPATIENT, NO_LIMIT_FEN, OUTPATIENT, PHARMACY
from gongji.kernel.errors import Refusal
from gongji.members import people
from gongji.members.people import Coverage
from gongji.policy.areas import same_pool, same_province
from gongji.sharing import eligibility
from gongji.sharing.authorisations import ALL_USES, ENDED, PAUSED, Authorisation
from gongji.sharing.eligibility import POOL, PROVINCE, why_not

DAY = dt.date(2026, 6, 1)
MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
BROKEN = dt.date(2026, 3, 1)


@dataclass(frozen=True)
class Policy:
    """A policy that says what the test needs; ``gap`` names what it does not confirm."""

    relations_: frozenset[int] = frozenset((10, 50, 20))
    scope: int = PROVINCE
    care_scope: int = PROVINCE
    settings: frozenset[int] = frozenset((OUTPATIENT, PHARMACY, CHRONIC, INPATIENT))
    gap: str = ""
    on_pause: str = "DISSOLVE"
    either_side: bool = True

    def dissolves(self, broken_on: dt.date, by_giver: bool) -> bool:
        rule = self._known("pause", self.on_pause)
        return rule == "DISSOLVE" and (by_giver or self.either_side)

    def _known(self, name: str, value: Any) -> Any:
        if self.gap == name:
            raise Refusal(1101, "未确认", "not confirmed")
        return value

    @property
    def relations(self) -> frozenset[int]:
        return self._known("relations", self.relations_)

    @property
    def insured_scope(self) -> int:
        return self._known("scope", self.scope)

    @property
    def treatment_scope(self) -> int:
        return self._known("care", self.care_scope)

    def use_allowed(self, setting: int) -> bool:
        return self._known("use", setting in self.settings)


AUTH = Authorisation(
    recipient=2,
    auth_id=7,
    giver=1,
    relation=50,
    position=1,
    uses=ALL_USES,
    state=1,
    valid_from=dt.date(2026, 1, 1),
    valid_until=dt.date(2026, 12, 31),
    visit_limit_fen=None,
    day_limit_fen=1000,
    year_limit_fen=5000,
    grant_fen=9000,
    used_day=DAY,
    used_day_fen=400,
    used_year=2026,
    used_year_fen=6000,
    used_grant_fen=1,
    made_at=MADE,
    ended_at=None,
)
GIVER = Coverage(
    1, 310, 360100, "11", False, people.INSURED, False, 0, False, 0, dt.date(2010, 1, 1), None, None
)
RECIPIENT = replace(GIVER, insutype=390, area=360400, psn_type="60")


def ask(**change: Any) -> int:
    facts: dict[str, Any] = {
        "auth": AUTH,
        "giver_coverage": GIVER,
        "giver_account": 1,
        "recipient_coverage": RECIPIENT,
        "policy": Policy(),
        "setting": OUTPATIENT,
        "on": DAY,
        "care_area": 360900,
    }
    return why_not(**{**facts, **change})


# In the order of checking: what is wrong, and the reason.
WRONG: list[tuple[str, Any, int]] = [
    ("auth", {"state": ENDED}, reasons.AUTHORISATION_ENDED),
    ("auth", {"state": PAUSED}, reasons.AUTHORISATION_PAUSED),
    ("auth", {"valid_from": dt.date(2026, 6, 2)}, reasons.AUTHORISATION_NOT_YET_VALID),
    ("auth", {"valid_until": dt.date(2026, 5, 31)}, reasons.AUTHORISATION_EXPIRED),
    ("policy", {"gap": "relations"}, reasons.RULE_NOT_CONFIRMED),
    ("auth", {"relation": 55}, reasons.RELATION_NOT_ALLOWED),
    ("giver_account", 3, reasons.ACCOUNT_CLOSED),
    ("giver_coverage", {"insutype": 390}, reasons.GIVER_NOT_EMPLOYEE),
    ("giver_breaks", (BROKEN,), reasons.DISSOLVED_BY_GIVERS_BREAK),
    ("giver_coverage", {"status": people.PAUSED}, reasons.GIVER_COVERAGE_INTERRUPTED),
    ("giver_account", 0, reasons.GIVER_HAS_NO_ACCOUNT),
    ("giver_account", 2, reasons.ACCOUNT_FROZEN),
    ("recipient_breaks", (BROKEN,), reasons.DISSOLVED_BY_RECIPIENTS_BREAK),
    ("recipient_coverage", {"status": people.TERMINATED}, reasons.RECIPIENT_NOT_INSURED),
    ("policy", {"gap": "scope"}, reasons.RULE_NOT_CONFIRMED),
    ("giver_coverage", {"area": 420100}, reasons.GIVER_IN_OTHER_PROVINCE),
    ("policy", {"scope": POOL}, reasons.GIVER_OUTSIDE_AREA),
    ("policy", {"gap": "care"}, reasons.RULE_NOT_CONFIRMED),
    ("care_area", 430100, reasons.CARE_OUTSIDE_AREA),
    ("policy", {"gap": "use"}, reasons.RULE_NOT_CONFIRMED),
    ("policy", {"settings": frozenset()}, reasons.USE_NOT_ALLOWED),
    ("auth", {"uses": 1 << INPATIENT}, reasons.USE_NOT_GRANTED),
]


def changed(*wrong: tuple[str, Any, int]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "auth": AUTH,
        "giver_coverage": GIVER,
        "recipient_coverage": RECIPIENT,
        "policy": Policy(),
    }
    for name, change, _ in wrong:
        facts[name] = replace(facts[name], **change) if isinstance(change, dict) else change
    return facts


def test_nothing_in_the_way() -> None:
    assert ask() == eligibility.MAY_PAY == 0
    assert ask(giver_account=True) == 0


@pytest.mark.parametrize("wrong", WRONG, ids=lambda w: f"{w[0]}-{w[2]}")
def test_each_reason(wrong: tuple[str, Any, int]) -> None:
    assert ask(**changed(wrong)) == wrong[2]


def test_every_reason_before_the_kernel_is_reached() -> None:
    numbered = {
        value
        for name, value in vars(reasons).items()
        if name.isupper() and isinstance(value, int) and 50 <= value < 80  # from 80: of the fund
    }
    # Nothing moved, granted or set aside: found by policy.givers.reachable_fen, tested there.
    by_money = {reasons.NOTHING_MOVED, reasons.NOTHING_GRANTED, reasons.NO_WALLET_QUOTA}
    assert {wrong[2] for wrong in WRONG} == numbered - by_money


@given(data=st.data())
def test_the_first_in_order_is_told(data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(WRONG) - 1))
    field = set(WRONG[first][1]) if isinstance(WRONG[first][1], dict) else None
    later = [
        wrong
        for wrong in WRONG[first + 1 :]
        if wrong[0] != WRONG[first][0]
        or (field and isinstance(wrong[1], dict) and not field & set(wrong[1]))
    ]
    also = data.draw(st.lists(st.sampled_from(later), max_size=3) if later else st.just([]))
    assert ask(**changed(*also, WRONG[first])) == WRONG[first][2]


def test_missing_facts() -> None:
    assert ask(policy=None) == reasons.RULE_NOT_CONFIRMED
    assert ask(giver_coverage=None) == reasons.GIVER_NOT_EMPLOYEE
    assert ask(recipient_coverage=None) == reasons.RECIPIENT_NOT_INSURED


PAUSED_GIVER = replace(GIVER, status=people.PAUSED, paused=BROKEN)
PAUSED_RECIPIENT = replace(RECIPIENT, status=people.PAUSED, paused=BROKEN)


@pytest.mark.parametrize(
    ("rule", "side", "giver_over", "giver_now", "recipient_over", "recipient_now"),
    [
        ("DISSOLVE", True, 71, 71, 72, 72),
        ("DISSOLVE", False, 71, 71, 0, 57),
        ("SUSPEND", True, 0, 56, 0, 57),
        ("gap", True, 64, 56, 64, 57),
    ],
)
def test_what_a_break_does(
    rule: str,
    side: bool,
    giver_over: int,
    giver_now: int,
    recipient_over: int,
    recipient_now: int,
) -> None:
    """Over: insured again on the day; now: the break goes on."""
    policy = Policy(gap="pause") if rule == "gap" else Policy(on_pause=rule, either_side=side)
    broken = {"policy": policy, "giver_breaks": (BROKEN,)}
    assert ask(**broken) == giver_over
    assert ask(**broken, giver_coverage=PAUSED_GIVER) == giver_now
    broken = {"policy": policy, "recipient_breaks": (BROKEN,)}
    assert ask(**broken) == recipient_over
    assert ask(**broken, recipient_coverage=PAUSED_RECIPIENT) == recipient_now


def test_where_care_is_given() -> None:
    pool, nation = Policy(care_scope=POOL), Policy(care_scope=3)
    assert ask(policy=pool, care_area=360421) == 0
    assert ask(policy=pool, care_area=360100) == reasons.CARE_OUTSIDE_AREA
    assert ask(policy=nation, care_area=430100) == 0
    assert ask(policy=pool, care_area=0) == 0


def test_days_at_the_edge() -> None:
    assert ask(on=AUTH.valid_from) == 0
    assert ask(on=AUTH.valid_until) == 0
    paused = replace(GIVER, status=people.PAUSED, paused=DAY + dt.timedelta(days=1))
    assert ask(giver_coverage=paused) == 0
    assert ask(giver_coverage=replace(paused, paused=DAY)) == reasons.GIVER_COVERAGE_INTERRUPTED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (360100, 360100, True),
        (360102, 360100, True),
        (360100, 360400, False),
        (360100, 369900, False),
        (310101, 310115, True),
        (310101, 320100, False),
    ],
)
def test_pools(one: int, other: int, same: bool) -> None:
    assert same_pool(one, other) is same


def test_what_limits_leave() -> None:
    assert AUTH.visit_left_fen() == NO_LIMIT_FEN
    assert AUTH.day_left_fen(DAY) == 600
    assert AUTH.day_left_fen(DAY + dt.timedelta(days=1)) == 1000
    assert AUTH.year_left_fen(2026) == 0
    assert AUTH.year_left_fen(2027) == 5000
    assert AUTH.grant_left_fen() == 8999


EVE, NEW_YEAR = dt.date(2026, 12, 31), dt.date(2027, 1, 1)


def test_a_clock_that_steps_back_lifts_no_limit() -> None:
    auth = replace(AUTH, used_day=dt.date(2000, 1, 1), used_day_fen=0, used_year=2000)
    auth = replace(auth, used_year_fen=0, used_grant_fen=0)
    auth.spend(EVE, 700)
    auth.spend(NEW_YEAR, 100)
    # 1,000 a day and 5,000 a year: what the new day has used counts for the old one too.
    assert (auth.day_left_fen(EVE), auth.year_left_fen(2026)) == (900, 4900)
    auth.spend(EVE, 300)
    assert (auth.used_day, auth.used_year) == (NEW_YEAR, 2027)
    assert (auth.day_left_fen(NEW_YEAR), auth.year_left_fen(2027)) == (600, 4600)
    auth.spend(EVE, -700)  # a reversal of the old day gives nothing back to the new one
    assert (auth.day_left_fen(NEW_YEAR), auth.year_left_fen(2027)) == (600, 4600)
    assert auth.grant_left_fen() == 9000 - 400


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 900)), max_size=12))
def test_no_order_of_days_pays_more_than_the_limit_of_each(paid: list[tuple[int, int]]) -> None:
    """Days in any order, as clocks that step or differ give them; counted days never overrun."""
    auth = replace(AUTH, used_day=dt.date(2000, 1, 1), used_day_fen=0, used_grant_fen=0)
    auth = replace(auth, used_year=2000, used_year_fen=0)
    counted: dict[dt.date, int] = {}
    for back, amount in paid:
        on = NEW_YEAR - dt.timedelta(days=back)
        amount = min(amount, auth.day_left_fen(on), auth.year_left_fen(on.year))
        if amount:
            auth.spend(on, amount)
            counted[auth.used_day] = counted.get(auth.used_day, 0) + amount
    assert all(total <= 1000 for total in counted.values())


@pytest.mark.parametrize(
    ("one", "other", "province", "pool"),
    [
        (659001, 650100, False, False),  # Shihezi is the Corps', though its code is Xinjiang's
        (659001, 660000, True, False),
        (659001, 659004, True, False),
        (650100, 650102, True, True),
        (110101, 110228, True, True),  # a municipality is one pool
        (500101, 500230, True, True),
        (360100, 360400, True, False),
    ],
)
def test_places_whose_digits_mislead(one: int, other: int, province: bool, pool: bool) -> None:
    assert same_province(one, other) is province
    assert same_pool(one, other) is pool
