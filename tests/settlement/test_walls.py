# SPDX-License-Identifier: Apache-2.0
"""Walls that no bill passes: planning and ledger refuse, the audit finds; each is broken here."""

# tidy: faults, each put in for a wall or the audit to find
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from settlement_world import DAY, NOW, World, library

from gongji.kernel.benefit import EMPTY_BILL, NEW_YEAR, Bill
from gongji.kernel.errors import InvariantError, Refusal
from gongji.kernel.sharing import USE_ACCOUNTS
from gongji.ledger import accounts as codes
from gongji.ledger.audit import Report, audit
from gongji.ledger.services import Batch, NewEntry, Posting, prepare
from gongji.policy.givers import rules_at_settlement
from gongji.settlement import planning
from gongji.settlement.audit import CHECKS, documents
from gongji.settlement.calculation import Inputs, Outputs, run_kernel
from gongji.settlement.continuing import check_walls, rest_of_bill
from gongji.settlement.records import PayerLeg

BILL = Bill(100_000, 5_000, 0, 5_000, 90_000)


def calculated(bill: Bill = BILL) -> tuple[Inputs, Outputs]:
    """A visit of level 3 in Nanchang and what the kernel makes of it."""
    policy = library().compiled(360100, 310, DAY)
    rules = policy.benefit(1, 3, False, 40, 0, 0, civil_servant=False, aid_class=0)
    inputs = Inputs(bill, NEW_YEAR, USE_ACCOUNTS, 20_000, 0, ())
    return inputs, run_kernel(rules, rules_at_settlement(policy), inputs)


def test_what_the_kernel_gives_passes() -> None:
    check_walls(*calculated())


def _benefit(**more: int) -> Callable[[Inputs, Outputs], tuple[Inputs, Outputs]]:
    def change(inputs: Inputs, outputs: Outputs) -> tuple[Inputs, Outputs]:
        return inputs, outputs._replace(benefit=outputs.benefit._replace(**more))

    return change


def _sharing(**more: int) -> Callable[[Inputs, Outputs], tuple[Inputs, Outputs]]:
    def change(inputs: Inputs, outputs: Outputs) -> tuple[Inputs, Outputs]:
        return inputs, outputs._replace(sharing=outputs.sharing._replace(**more))

    return change


def _bill(**more: int) -> Callable[[Inputs, Outputs], tuple[Inputs, Outputs]]:
    def change(inputs: Inputs, outputs: Outputs) -> tuple[Inputs, Outputs]:
        return inputs._replace(bill=inputs.bill._replace(**more)), outputs

    return change


def _leg(inputs: Inputs, outputs: Outputs) -> tuple[Inputs, Outputs]:
    return inputs, outputs._replace(legs=(PayerLeg(100, 0, 0),))


BROKEN = {
    "a deductible below 0": _benefit(deductible_fen=-1),
    "a fund below 0": _benefit(pooled_fen=-1),
    "a fund above the bill": _benefit(fund_fen=100_001),
    "an account below 0": _sharing(own_current_fen=-1),
    "an account above the burden": _sharing(own_current_fen=100_000),
    "cash below 0": _sharing(cash_fen=-1),
    "cash out of nothing": _sharing(cash_fen=1),
    "relatives without a leg": _sharing(relatives_fen=100),
    "a leg that nobody counts": _leg,
    "a part of the bill below 0": _bill(self_paid_fen=-1),
    "parts that are not the bill": _bill(first_self_fen=0),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_planning_stops_at_each_wall(change: Any) -> None:
    inputs, outputs = change(*calculated())
    with pytest.raises(InvariantError):
        check_walls(inputs, outputs)


def test_returns_beyond_the_bill_are_the_callers_fault() -> None:
    with pytest.raises(Refusal) as caught:
        rest_of_bill(Bill(10, -5, 0, 0, 15), EMPTY_BILL)
    assert caught.value.code == 3112
    assert "0.05" in caught.value.zh


@pytest.mark.postgres
def test_a_kernel_gone_wrong_moves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = world.person(current=20_000)
    visit = world.visit(patient, 50_000)

    def wrong(*args: Any) -> Outputs:
        outputs = run_kernel(*args)
        more = outputs.sharing._replace(own_current_fen=20_001, cash_fen=outputs.sharing.cash_fen)
        return outputs._replace(sharing=more)

    monkeypatch.setattr(planning, "run_kernel", wrong)
    with pytest.raises(Refusal) as caught:
        world.platform.engine.settle_now(world.settle(patient, visit, 50_000))
    assert caught.value.code == 3199
    assert world.balance(patient) == (20_000, 0)
    assert world.count("settlement") == 0


def entry(*legs: tuple[int, int], kind: int = codes.SETTLEMENT) -> Batch:
    """An entry of (account, fen) legs."""
    postings = tuple(Posting(7, account, 1, fen) for account, fen in legs)
    return Batch([NewEntry(7, 1, kind, DAY, None, postings)], "test", NOW)


def test_the_ledger_lets_a_settlement_only_pay() -> None:
    institution, fund, cash = codes.INSTITUTION, codes.FUND_EMPLOYEE_POOLED, codes.CASH
    prepare(entry((institution, 100), (fund, -60), (cash, -40)))
    for legs in (
        ((institution, 100), (fund, -160), (cash, 60)),  # the fund pays more than the bill
        ((institution, 100), (codes.PA_CURRENT, -160), (fund, 60)),
        ((institution, -100), (fund, 100)),
        ((institution, 100), (codes.PA_CURRENT, -160), (codes.PA_CARRIED, 60)),
        ((institution, 100), (codes.PA_CURRENT, -160), (codes.DUE_TO_HEIRS, 60)),
    ):
        with pytest.raises(InvariantError):
            prepare(entry(*legs))
        prepare(entry(*legs, kind=codes.CORRECTION))
    with pytest.raises(InvariantError):
        prepare(entry())
    prepare(entry(kind=codes.CORRECTION))


@pytest.fixture
def book(world: World) -> World:
    """A stay of two bills and a visit, both with a relative; audited clean."""
    giver, patient = world.person(current=500_000), world.person(current=1_000)
    world.authorise(giver, patient)
    settle = world.platform.engine.settle_now
    settle(world.settle(patient, world.visit(patient, 40_000), 40_000))
    stay = world.visit(patient, 90_000, setting=4)
    settle(world.stay_bill(patient, stay, 90_000))
    world.more_lines(patient, stay, -5_000)
    settle(world.stay_bill(patient, stay, -5_000))
    world.assert_clean()
    return world


@pytest.fixture
def intruder(book: World, pg_server: Any) -> Iterator[psycopg.Connection[Any]]:
    """A superuser for whom no trigger fires."""
    if pg_server.embedded is None:
        pytest.skip("needs a superuser")
    with pg_server.superuser(book.url) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.commit()
        yield conn


def proof(world: World) -> Report:
    with psycopg.connect(world.url) as conn:
        return audit(conn, settlement_documents=documents, checks=CHECKS, replay=True)


def found(world: World) -> set[str]:
    """Which checks found a fault."""
    return {fault.check for fault in proof(world).faults}


SIGNS = "settlements only pay"
WHOLE = "Of visits and stays as a whole no leg, no part of the bill, no deductible is below 0"


@pytest.mark.postgres
def test_the_audit_finds_a_settlement_that_takes_back(
    book: World, intruder: psycopg.Connection[Any]
) -> None:
    """More cash than the bill, the difference to the own account: the entry still sums to 0."""
    intruder.execute(
        "UPDATE posting SET amount_fen = amount_fen - 900 WHERE account = %s AND entry_id ="
        " (SELECT min(setl_id) FROM settlement)",
        (codes.FUND_EMPLOYEE_POOLED,),
    )
    intruder.execute(
        "UPDATE posting SET amount_fen = amount_fen + 1900 WHERE account = %s AND entry_id ="
        " (SELECT min(setl_id) FROM settlement)",
        (codes.PA_CURRENT,),
    )
    intruder.commit()
    checks = found(book)
    assert {SIGNS, WHOLE} <= checks


@pytest.mark.postgres
def test_the_audit_finds_a_stay_that_gave_back_more_than_it_took(
    book: World, intruder: psycopg.Connection[Any]
) -> None:
    """The correction alone may carry legs the other way: only the stay as a whole tells."""
    setl_id, record = intruder.execute(
        "SELECT setl_id, record FROM settlement ORDER BY setl_id DESC LIMIT 1"
    ).fetchone()
    intruder.execute(
        "UPDATE posting SET amount_fen = amount_fen + 90_000 WHERE account = %s AND entry_id = %s",
        (codes.PA_CURRENT, setl_id),
    )
    intruder.execute(
        "UPDATE posting SET amount_fen = amount_fen - 90_000 WHERE account = %s AND entry_id = %s",
        (codes.INSTITUTION, setl_id),
    )
    kept = msgspec.msgpack.decode(record)
    kept[0][2][0] = -95_000  # the deductible of what moved
    kept[0][0][4] -= 1_000_000  # in-policy cost
    intruder.execute(
        "UPDATE settlement SET record = %s WHERE setl_id = %s",
        (msgspec.msgpack.encode(kept), setl_id),
    )
    intruder.commit()
    report = proof(book)
    keys = " ".join(fault.key for fault in report.faults if fault.check == WHOLE)
    assert "deductible" in keys
    assert "in policy" in keys
    assert "account 1" in keys
    assert SIGNS not in {fault.check for fault in report.faults}


@pytest.mark.postgres
def test_the_audit_finds_money_that_landed_in_another_year(
    book: World, intruder: psycopg.Connection[Any]
) -> None:
    setl_id, record, owner = intruder.execute(
        "SELECT setl_id, record, owner FROM settlement ORDER BY setl_id LIMIT 1"
    ).fetchone()
    kept = msgspec.msgpack.decode(record)
    for place in (codes.PA_CARRIED, codes.DUE_TO_HEIRS):
        kept[2] = [[owner, place]]
        intruder.execute(
            "UPDATE settlement SET record = %s WHERE setl_id = %s",
            (msgspec.msgpack.encode(kept), setl_id),
        )
        intruder.commit()
        assert any("came back to another bucket" in check for check in found(book))


@pytest.mark.postgres
def test_the_audit_finds_a_difference_that_nobody_made_and_one_that_is_gone(
    book: World, intruder: psycopg.Connection[Any]
) -> None:
    intruder.execute(
        "INSERT INTO fund_difference SELECT owner, setl_id, 2026, 310, 500, 0, 0, 0, 0, now()"
        " FROM settlement LIMIT 1"
    )
    intruder.commit()
    (what,) = found(book)
    assert "otherwise than what stands gives" in what
    intruder.execute("DELETE FROM fund_difference")
    intruder.commit()
    assert found(book) == set()
    patient, first = book.conn.execute(
        "SELECT owner, min(setl_id) FROM settlement GROUP BY owner"
    ).fetchone()
    book.conn.commit()
    visit = book.visit(patient, 100_000)
    book.platform.engine.settle_now(book.settle(patient, visit, 100_000))
    book.platform.engine.settle_now(book.reverse(patient, first))
    assert found(book) == set()
    intruder.execute("DELETE FROM fund_difference")
    intruder.commit()
    assert any("otherwise than what stands gives" in check for check in found(book))
