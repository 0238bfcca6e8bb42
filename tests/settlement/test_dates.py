# SPDX-License-Identifier: Apache-2.0
"""Which day decides what, through the engine, with a clock that is a value of the test.

Purchases of a resident at a pharmacy: the fund pays nothing, relatives all of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from settlement_world import World, make_platform

from clock import Clock, moment
from family import employee
from gongji.kernel import reasons
from gongji.kernel.errors import Refusal
from gongji.ledger.accounts import FROZEN
from gongji.ledger.services import set_account_status
from gongji.members import people
from gongji.members import services as members
from gongji.settlement import errors
from gongji.settlement.platform import Platform
from gongji.settlement.records import Record


def day(month: int, number: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


@pytest.fixture
def town(world: World) -> Iterator[World]:
    """A world on 1 July, audited clean at the end."""
    world.clock.set("2026-07-01 10:00")
    yield world
    world.assert_clean()


@pytest.fixture
def clock(town: World) -> Clock:
    found: Clock = town.clock
    return found


def pair(town: World, **terms: Any) -> tuple[int, int]:
    giver = town.person(current=100_000)
    recipient = town.person(insutype=390)
    town.authorise(giver, recipient, **terms)
    return giver, recipient


def buy(town: World, owner: int, fen: int, given: str, platform: Platform | None = None) -> Record:
    command = town.purchase(owner, fen, insutype=390, at=moment(given))
    record = (platform or town.platform).engine.settle_now(command)
    assert record is not None
    return record


def gave(record: Record) -> tuple[int, int]:
    """(what relatives paid, reason of the first)."""
    return record.relatives_fen, record.body.legs[0].reason


def refused(town: World, command: Any) -> int:
    with pytest.raises(Refusal) as caught:
        town.platform.engine.settle_now(command)
    return caught.value.code


def move(town: World, owner: int, status: int, on: dt.date) -> None:
    members.set_status(town.conn, owner, 1, status, on)
    town.conn.commit()


def test_authorisations_are_judged_on_the_day_of_settlement(town: World, clock: Clock) -> None:
    _, over = pair(town, valid_until=day(6, 30))
    assert gave(buy(town, over, 5000, "2026-06-15 09:00")) == (0, reasons.AUTHORISATION_EXPIRED)
    clock.set("2026-06-30 23:59")
    assert gave(buy(town, over, 5000, "2026-06-15 09:00")) == (5000, 0)
    clock.set("2026-07-01 10:00")
    _, new = pair(town, valid_from=day(7, 1))
    assert gave(buy(town, new, 5000, "2026-06-15 09:00")) == (5000, 0)
    clock.set("2026-06-30 10:00")
    soon = gave(buy(town, new, 5000, "2026-06-15 09:00"))
    assert soon == (0, reasons.AUTHORISATION_NOT_YET_VALID)


def test_an_account_frozen_since_the_service_pays_nothing(town: World) -> None:
    giver, recipient = pair(town)
    set_account_status(town.conn, giver, FROZEN)
    town.conn.commit()
    assert gave(buy(town, recipient, 5000, "2026-06-15 09:00")) == (0, reasons.ACCOUNT_FROZEN)


def test_a_break_of_the_giver_dissolves(town: World) -> None:
    """Jiangxi dissolves: during the break, after it, and for services of before it."""
    giver, recipient = pair(town)
    assert gave(buy(town, recipient, 5000, "2026-05-15 09:00")) == (5000, 0)
    move(town, giver, people.PAUSED, day(6, 1))
    gone = (0, reasons.DISSOLVED_BY_GIVERS_BREAK)
    assert gave(buy(town, recipient, 5000, "2026-07-01 09:00")) == gone
    move(town, giver, people.INSURED, day(7, 1))
    for served in ("2026-05-15 09:00", "2026-06-30 09:00", "2026-07-01 09:00"):
        assert gave(buy(town, recipient, 5000, served)) == gone
    move(town, giver, people.INSURED, day(6, 1))  # paid up from the first day: no break
    assert gave(buy(town, recipient, 5000, "2026-07-01 09:00")) == (5000, 0)


def test_a_gap_between_two_relations_is_a_break(town: World) -> None:
    gone = (0, reasons.DISSOLVED_BY_GIVERS_BREAK)
    for again, told in ((day(3, 2), gone), (day(3, 1), (5000, 0))):
        giver, recipient = pair(town)
        move(town, giver, people.TERMINATED, day(2, 28))
        members.add_coverage(town.conn, giver, employee(2, begun=again))
        town.conn.commit()
        assert gave(buy(town, recipient, 5000, "2026-07-01 09:00")) == told


def test_a_break_of_the_recipient(town: World) -> None:
    """No benefits inside it, and the authorisation has ended."""
    _, recipient = pair(town)
    move(town, recipient, people.PAUSED, day(6, 1))
    move(town, recipient, people.INSURED, day(7, 1))
    inside = town.purchase(recipient, 5000, insutype=390, at=moment("2026-06-30 09:00"))
    assert refused(town, inside) == errors.COVERAGE_NOT_ACTIVE
    gone = (0, reasons.DISSOLVED_BY_RECIPIENTS_BREAK)
    assert gave(buy(town, recipient, 5000, "2026-07-01 09:00")) == gone
    assert gave(buy(town, recipient, 5000, "2026-05-31 09:00")) == gone


def test_how_far_back_and_never_ahead(town: World, clock: Clock) -> None:
    _, recipient = pair(town)

    def ask(given: str) -> Any:
        return town.purchase(recipient, 5000, insutype=390, at=moment(given))

    assert refused(town, ask("2024-12-31 10:00")) == errors.SERVICE_TOO_OLD
    assert refused(town, ask("2009-12-31 10:00")) == errors.COVERAGE_NOT_ACTIVE
    assert buy(town, recipient, 5000, "2025-01-01 10:00").service_date == day(1, 1, 2025)
    assert refused(town, ask("2026-07-02 00:00")) == errors.SERVICE_IN_FUTURE
    clock.set("2026-07-01 23:55")
    # The clock of the till runs minutes ahead: settled as today.
    assert buy(town, recipient, 5000, "2026-07-02 00:01").service_date == day(7, 1)
    assert refused(town, ask("2026-07-03 00:00")) == errors.SERVICE_IN_FUTURE
    visit = town.visit(recipient, 5000, insutype=390, day=day(12, 31, 2024))
    asked = town.settle(recipient, visit, 5000, insutype=390)
    assert refused(town, asked) == errors.SERVICE_TOO_OLD
    visit = town.visit(recipient, 5000, insutype=390, day=day(7, 3))
    asked = town.settle(recipient, visit, 5000, insutype=390)
    assert refused(town, asked) == errors.SERVICE_IN_FUTURE


def test_who_retires_during_a_stay_is_settled_as_retired(town: World) -> None:
    """Nanchang, level 3, retired: 3,000.00 less 800.00, 85 % of 2,200.00 = 1,870.00."""
    patient = town.person()
    stay = town.visit(patient, 300_000, setting=4, day=day(5, 28))
    move(town, patient, people.TERMINATED, day(5, 31))
    members.add_coverage(town.conn, patient, employee(2, retired=True, begun=day(6, 1)))
    town.discharge(patient, stay, "2026-06-05 09:00")
    record = town.platform.engine.settle_now(town.stay_bill(patient, stay, 300_000, interim=False))
    assert record is not None
    assert record.body.retired
    assert (record.body.coverage_no, record.body.benefit.fund_fen) == (2, 187_000)


@pytest.fixture
def other(db: str, town: World) -> Iterator[tuple[Platform, Clock]]:
    """A second server on the same database with a clock of its own."""
    clock = Clock("2026-12-31 23:59:58")
    platform = make_platform(db, now=clock)
    yield platform, clock
    platform.stop()


def test_two_servers_apart_over_new_year_lift_no_limit(
    town: World, clock: Clock, other: tuple[Platform, Clock]
) -> None:
    """200.00 a day, 300.00 a year: once one server counts the new day, the other does too."""
    _, recipient = pair(town, day_limit_fen=20_000, year_limit_fen=30_000)
    late, late_clock = other
    served = "2026-12-31 23:50"
    clock.set("2026-12-31 23:59:50")
    assert gave(buy(town, recipient, 15_000, served)) == (15_000, 0)
    clock.set("2027-01-01 00:00:03")
    assert gave(buy(town, recipient, 1_000, served)) == (1_000, 0)
    # The other server still shows 31 December: 190.00 are left, of the new day.
    assert gave(buy(town, recipient, 15_000, served, late)) == (15_000, 0)
    again = gave(buy(town, recipient, 15_000, served, late))
    assert again == (4_000, reasons.LIMIT_PER_DAY)
    assert gave(buy(town, recipient, 15_000, served)) == (0, reasons.LIMIT_PER_DAY)
    late_clock.set("2027-01-02 09:00")
    # 200.00 of the year's 300.00 are used.
    rest = gave(buy(town, recipient, 15_000, "2027-01-02 09:00", late))
    assert rest == (10_000, reasons.LIMIT_PER_YEAR)


def test_a_reversal_behind_a_clock_that_stepped_back(town: World, clock: Clock) -> None:
    """What was counted on the later day is not given back to it; the audit says the same."""
    _, recipient = pair(town, day_limit_fen=20_000)
    served = "2026-06-30 09:00"
    clock.set("2026-07-02 00:00:03")
    buy(town, recipient, 1_000, served)
    clock.set("2026-07-01 23:59:58")
    behind = buy(town, recipient, 15_000, served)
    reversal = town.reverse(recipient, behind.setl_id, institution=behind.institution_id)
    assert town.platform.engine.settle_now(reversal) is not None
    town.assert_clean()
    assert gave(buy(town, recipient, 15_000, served)) == (4_000, reasons.LIMIT_PER_DAY)
