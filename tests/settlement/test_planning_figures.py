# SPDX-License-Identifier: Apache-2.0
"""What planning does to figures in memory, without a database; every sum worked by hand, fen."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from settlement_world import library

from gongji.kernel.benefit import NO_LIMIT_FEN, BenefitResult, BenefitState, Bill
from gongji.kernel.errors import Refusal
from gongji.kernel.reasons import AUTHORISATION_ENDED
from gongji.kernel.settling import VisitUsed
from gongji.kernel.sharing import SharingResult
from gongji.ledger import accounts as codes
from gongji.members.people import INSURED, Coverage
from gongji.settlement import (
    continuing,
    effects,
    entitling,
    errors,
    landing,
    payers,
    postings,
    states,
    stays,
)
from gongji.settlement.facts import Account, World
from gongji.settlement.records import (
    CIVIL_TIME,
    RESTORED,
    REVERSED,
    SETTLED,
    Body,
    Landing,
    PayerInput,
    PayerLeg,
    Record,
    Standing,
    Taken,
)
from gongji.settlement.states import POOL_INPATIENT, POOL_OUTPATIENT
from gongji.sharing.authorisations import ALL_USES, Authorisation

PATIENT, WIFE, SON = 7, 8, 9
DAY = dt.date(2026, 3, 1)
KEY = (PATIENT, 2026, 310)
# 1,000 in policy: 200 deductible, 75 % of 800 from the pooled fund, 400 left: own 100 and 50,
# relatives 150, cash 100.
BILL = Bill(1_000, 0, 0, 0, 1_000)
BENEFIT = BenefitResult(200, 800, 600, 0, 0, 0, 0, 0, 0, 600, 400, 400)
SHARING = SharingResult(400, 100, 50, 150, 100, 200)
# Counted in the year: deductible, cost, pooled; large, burden, serious, subsidy, burden, aid.
USED = BenefitState(200, 800, 600, 0, 400, 0, 0, 400, 0)


def taken(giver: int, current: int, carried: int = 0, year: int = 2026) -> Taken:
    return Taken(giver, 360100, giver + 100, 10, year, current, carried)


def standing(*of: Taken, **more: Any) -> Standing:
    facts: dict[str, Any] = {
        "setl_id": 1,
        "year": 2026,
        "pool": POOL_INPATIENT,
        "settled_on": DAY.toordinal(),
        "own_year": 2026,
        "bill": BILL,
        "extra_first_self_fen": 0,
        "benefit": BENEFIT,
        "sharing": SHARING,
        "taken": of,
    }
    return Standing(**{**facts, **more})


def payer(giver: int, **more: Any) -> PayerInput:
    limits = dict.fromkeys(("visit_left_fen", "day_left_fen", "year_left_fen"), NO_LIMIT_FEN)
    facts: dict[str, Any] = {
        "giver": giver,
        "area": 360100,
        "auth_id": giver + 100,
        "relation": 10,
        "current_fen": 0,
        "carried_fen": 0,
        "grant_left_fen": NO_LIMIT_FEN,
        "blocked": 0,
        **limits,
    }
    return PayerInput(**{**facts, **more})


def body(**more: Any) -> Body:
    facts: dict[str, Any] = {
        "bill": BILL,
        "state": BenefitState(*[0] * 9),
        "benefit": BENEFIT,
        "sharing": SHARING,
        "use": 1,
        "own_current_before_fen": 0,
        "own_carried_before_fen": 0,
        "payers": (),
        "legs": (),
        "psn_type": "11",
        "civil_servant": False,
        "retired": False,
        "pool": POOL_INPATIENT,
        "coverage_no": 1,
        "own_area": 360100,
        "visit_class": 0,
        "visit_deductible_fen": 0,
        "rules_mark": 0,
        "invono": "",
        "fee_batches": (),
    }
    return Body(**{**facts, **more})


def record(**more: Any) -> Record:
    facts: dict[str, Any] = {
        "owner": PATIENT,
        "setl_id": 5,
        "kind": SETTLED,
        "reversal_of": None,
        "mdtrt_id": 3,
        "chrg_bchno": "B1",
        "institution_id": 77,
        "msgid": "M",
        "infno": "2207",
        "insutype": 310,
        "insured_area": 360100,
        "setting": 4,
        "med_type": "21",
        "service_date": DAY,
        "made_at": dt.datetime(2026, 3, 1, 10, tzinfo=CIVIL_TIME),
        "rules_id": 1,
        "body": body(),
        "balance_after_fen": 0,
    }
    return Record(**{**facts, **more})


# ---- the year ---------------------------------------------------------------------------------


def test_the_year_without_the_stay() -> None:
    before = [300, 5_000, 4_000, 10, 900, 20, 30, 850, 5]
    row = [1, 2, 3, 4, 5, 6, *[500, 5_800, 4_600], *[10, 1_300, 20, 30, 1_250, 5]]
    rows = {KEY: list(row)}
    state = continuing.state_without(rows, KEY, POOL_INPATIENT, [standing()])
    assert state == tuple(before)
    assert rows == {KEY: row}  # nothing moves while it is only asked
    # Settled as a stay of the old year: the new year is as it is.
    later = {KEY: list(row), (PATIENT, 2027, 310): [0] * 15}
    fresh = continuing.state_without(later, (PATIENT, 2027, 310), POOL_INPATIENT, [standing()])
    assert fresh == BenefitState(*[0] * 9)
    # The last settlement says where the stay counts as a whole.
    moved = standing(), standing(pool=POOL_OUTPATIENT, bill=Bill(0, 0, 0, 0, 0))
    state = continuing.state_without(rows, KEY, POOL_OUTPATIENT, moved)
    assert state[:3] == (1 - 400, 2 - 1_600, 3 - 1_200)


def test_sums_move_in_their_pool_and_back() -> None:
    rows: dict[Any, list[int]] = {}
    move = states.Move(2026, POOL_INPATIENT, USED)
    states.add_to(rows, KEY, move)
    assert rows == {KEY: [*[0] * 6, 200, 800, 600, 0, 400, 0, 0, 400, 0]}
    states.add_to(rows, KEY, move)
    states.add_to(rows, KEY, move, -1)
    assert states.state_of(rows, KEY, POOL_INPATIENT) == USED
    assert states.state_of(rows, KEY, POOL_OUTPATIENT) == (0, 0, 0, *USED[3:])
    states.add_to(rows, KEY, move._replace(sign=-1))
    assert rows == {KEY: [0] * 15}


def test_a_further_bill_takes_the_stay_out_and_puts_it_in_whole() -> None:
    assert list(states.moves_of(body(), 2026)) == [states.Move(2026, POOL_INPATIENT, USED)]
    more = BenefitResult(0, 100, 75, 0, 0, 0, 0, 0, 0, 75, 25, 25)
    rest = body(
        bill=Bill(100, 0, 0, 0, 100),
        benefit=more,
        sharing=SharingResult(25, 25, 0, 0, 0, 0),
        before=(standing(),),
    )
    out, back_in = states.moves_of(rest, 2027)
    assert out == (2026, POOL_INPATIENT, USED, -1)
    assert back_in == (2027, POOL_INPATIENT, (200, 900, 675, 0, 425, 0, 0, 425, 0), 1)
    keys = [key for key, _ in states.moves_of_record(record(body=rest))]
    assert keys == [KEY, KEY]


# ---- givers of a visit ------------------------------------------------------------------------


def test_limits_per_visit_and_what_a_stay_took() -> None:
    paid = body(payers=(payer(WIFE), payer(SON)), legs=(PayerLeg(30, 20, 1), PayerLeg(0, 0, 7)))
    found: Any = [SimpleNamespace(visit_limit_fen=limit) for limit in (70, None)]
    inputs = [payer(WIFE, visit_left_fen=70), payer(SON)]
    world = World(accounts={4: Account(11, 12, 1, 360100, 2026)})
    before = [standing(taken(WIFE, 30, 20), taken(4, 5, 6))]
    wife, son, ended = continuing.givers_of_visit(world, found, inputs, [record(body=paid)], before)
    assert (wife.visit_left_fen, wife.taken_current_fen, wife.taken_carried_fen) == (20, 30, 20)
    assert (son.visit_left_fen, son.taken_current_fen, son.taken_carried_fen) == (
        NO_LIMIT_FEN,
        0,
        0,
    )
    assert (ended.giver, ended.blocked) == (4, AUTHORISATION_ENDED)
    assert (ended.current_fen, ended.carried_fen) == (11, 12)
    assert (ended.taken_current_fen, ended.taken_carried_fen) == (5, 6)
    twice = [record(body=paid), record(body=paid)]
    fresh: Any = [SimpleNamespace(visit_limit_fen=70)]
    (first,) = continuing.givers_of_visit(world, fresh, [payer(WIFE)], (), ())
    assert first.visit_left_fen == 70
    over, _ = continuing.givers_of_visit(world, found, inputs, twice, ())
    assert (over.visit_left_fen, over.taken_current_fen) == (0, 0)


def test_a_giver_without_an_account_has_nothing() -> None:
    assert payers._balance_of(World(), WIFE) == payers._area_of(World(), WIFE) == 0
    world = World(accounts={WIFE: Account(30, 12, 1, 360100, 2026)})
    assert (payers._balance_of(world, WIFE), payers._area_of(world, WIFE)) == (42, 360100)


class Unconfirmed:
    """A policy that does not say where care may be given."""

    def use_allowed(self, setting: int) -> bool:
        return True

    @property
    def treatment_scope(self) -> int:
        raise Refusal(1102, "未确认", "not confirmed")


def test_a_policy_that_does_not_say_is_asked_for_each_giver_anew() -> None:
    policy: Any = Unconfirmed()
    assert payers._place(policy) is policy


# ---- what comes back --------------------------------------------------------------------------


def test_money_of_an_old_year_comes_back_as_carried() -> None:
    accounts = {
        PATIENT: Account(0, 0, 1, 360100, 2026),
        WIFE: Account(0, 0, 1, 360100, 2026),
        SON: Account(0, 0, codes.CLOSED, 360100, 2026),
    }
    before = (standing(taken(WIFE, 50, year=2025), taken(SON, 40), own_year=2025),)
    back = SharingResult(-40, -10, 0, -30, 0, 0)
    both = (payer(WIFE), payer(SON))
    moves = body(
        sharing=back, payers=both, legs=(PayerLeg(10, 0, 1), PayerLeg(-30, 0, 1)), before=before
    )
    assert continuing.landings_of(World(accounts=accounts), PATIENT, moves) == (
        Landing(PATIENT, codes.PA_CARRIED),
        Landing(SON, codes.DUE_TO_HEIRS),
    )
    # Who gets nothing back lands nowhere; neither does money of the year that still runs.
    quiet = body(
        sharing=SharingResult(0, 0, 0, 0, 0, 0),
        payers=both,
        legs=(PayerLeg(0, 0, 7), PayerLeg(0, 0, 7)),
        before=before,
    )
    assert continuing.landings_of(World(accounts=accounts), PATIENT, quiet) == ()
    assert landing.landing(accounts[WIFE], WIFE, 2026) is None
    assert landing.landing(accounts[WIFE], WIFE, 2025) == Landing(WIFE, codes.PA_CARRIED)
    # Carried money comes back to where carried money lies, whatever its year.
    carried = body(
        sharing=SharingResult(-15, 0, -10, -5, 0, 0),
        payers=both,
        legs=(PayerLeg(0, -5, 1), PayerLeg(0, 0, 1)),
        before=before,
    )
    assert continuing.landings_of(World(accounts=accounts), PATIENT, carried) == ()


def test_balances_move_as_the_postings_will() -> None:
    one = record(body=body(payers=(payer(WIFE),), legs=(PayerLeg(70, 80, 1),)))
    legs = list(postings.personal_legs(one))
    assert legs == [
        (PATIENT, codes.PA_CURRENT, 360100, -100),
        (PATIENT, codes.PA_CARRIED, 360100, -50),
        (WIFE, codes.PA_CURRENT, 360100, -70),
        (WIFE, codes.PA_CARRIED, 360100, -80),
    ]
    accounts = {who: Account(100, 80, 1, 360100, 2026) for who in (PATIENT, WIFE)}
    assert landing.is_covered(accounts, one)
    landing.move_balances(accounts, one)
    assert [(a.current_fen, a.carried_fen) for a in accounts.values()] == [(0, 30), (30, 0)]
    assert not landing.is_covered(accounts, one)
    back = record(kind=REVERSED, body=one.body, landed=(Landing(WIFE, codes.PA_CARRIED),))
    assert list(postings.personal_legs(back))[2:] == [(WIFE, codes.PA_CARRIED, 360100, 150)]
    landing.move_balances(accounts, back)
    assert [(a.current_fen, a.carried_fen) for a in accounts.values()] == [(100, 80), (30, 150)]
    assert landing.is_covered(accounts, back)


@pytest.mark.parametrize("short", [(99, 50), (100, 49)])
def test_one_fen_short_is_not_covered(short: tuple[int, int]) -> None:
    accounts = {PATIENT: Account(*short, 1, 360100, 2026)}
    assert not landing.is_covered(accounts, record())
    assert not landing.is_covered({}, record())


def test_money_due_to_heirs_is_never_taken_again() -> None:
    accounts = {PATIENT: Account(1_000, 1_000, codes.CLOSED, 360100, 2026)}
    landed = (Landing(PATIENT, codes.DUE_TO_HEIRS),)
    assert not landing.is_covered(accounts, record(kind=RESTORED, landed=landed))
    landing.move_balances(accounts, record(kind=REVERSED, landed=landed))
    assert (accounts[PATIENT].current_fen, accounts[PATIENT].carried_fen) == (1_000, 1_000)


# ---- stays ------------------------------------------------------------------------------------


def test_what_a_stay_took_of_each() -> None:
    before = [
        standing(taken(WIFE, 50, 5)),
        standing(taken(WIFE, 0, 10), taken(SON, 1)),
        standing(taken(WIFE, -20, 0)),
    ]
    found = stays.taken_of(before)
    assert (found[WIFE + 100].current_fen, found[WIFE + 100].carried_fen) == (30, 15)
    assert (found[SON + 100].current_fen, found[SON + 100].carried_fen) == (1, 0)


def test_what_batches_have_used_of_a_visit() -> None:
    without = body(
        bill=Bill(1_000, 0, 0, 0, 1_000, 300), benefit=BENEFIT._replace(unfunded_fen=300)
    )
    assert stays.used_of_visit([record(), record(body=without)]) == VisitUsed(400, 1_200, 1_700)
    paid = body(payers=(payer(WIFE), payer(SON)), legs=(PayerLeg(3, 4, 1), PayerLeg(0, 0, 7)))
    assert stays.taken_in_visit([record(body=paid), record(body=paid)]) == {WIFE + 100: 14}


def test_limits_come_back_on_the_last_days() -> None:
    first, second = DAY, DAY + dt.timedelta(days=1)
    third = DAY + dt.timedelta(days=2)
    before = (
        standing(taken(WIFE, 50, 10)),
        standing(taken(SON, 500), settled_on=second.toordinal()),
        standing(taken(WIFE, 30), settled_on=second.toordinal()),
        standing(taken(WIFE, -10), settled_on=second.toordinal()),
    )

    def used(*legs: PayerLeg) -> list[tuple[int, dt.date, int]]:
        moved = body(payers=(payer(WIFE), payer(SON)), legs=legs, before=before)
        return [(one.giver, day, fen) for one, day, fen in stays.limits_used(moved, third)]

    nothing = PayerLeg(0, 0, 7)
    assert used(PayerLeg(3, 4, 1), nothing) == [(WIFE, third, 7)]
    assert used(PayerLeg(0, 1, 1), nothing) == [(WIFE, third, 1)]
    assert used(nothing, nothing) == []
    # 20 are still used on the second day, 60 on the first.
    assert used(PayerLeg(-15, 0, 1), nothing) == [(WIFE, second, -15)]
    assert used(PayerLeg(-20, -5, 1), nothing) == [(WIFE, second, -20), (WIFE, first, -5)]
    assert used(nothing, PayerLeg(-1, 0, 1)) == [(SON, second, -1)]


def test_what_stands_of_a_stay() -> None:
    paid = body(
        payers=(payer(WIFE, year=2025), payer(SON)),
        legs=(PayerLeg(0, 4, 1), PayerLeg(0, 0, 7)),
        own_year=2024,
        extra_first_self_fen=9,
    )
    other = record(setl_id=6, service_date=dt.date(2027, 1, 2), body=body(pool=POOL_OUTPATIENT))
    one, two = stays.standing_of([record(body=paid), other])
    # Both count where the last one does.
    assert (one.year, one.pool) == (two.year, two.pool) == (2027, POOL_OUTPATIENT)
    assert (one.setl_id, one.settled_on, one.own_year) == (5, DAY.toordinal(), 2024)
    assert (one.extra_first_self_fen, one.taken) == (9, (taken(WIFE, 0, 4, 2025),))
    assert stays.standing_of([]) == ()


# ---- postings ---------------------------------------------------------------------------------


def entry(**more: Any) -> list[tuple[int, int]]:
    """(account, fen) of the entry of a record."""
    made = postings.entry_of(record(**more), b"")
    return [(leg.account, leg.amount_fen) for leg in made.postings]


def test_every_fund_has_its_account() -> None:
    benefit = BenefitResult(0, 0, 1, 0, 2, 0, 4, 8, 16, 31, 69, 69)
    each = body(
        bill=Bill(100, 0, 0, 0, 100), benefit=benefit, sharing=SharingResult(69, 0, 0, 0, 69, 0)
    )
    paid = {
        (codes.INSTITUTION, 100),
        (codes.FUND_EMPLOYEE_POOLED, -1),
        (codes.FUND_SUBSIDY, -8),
        (codes.FUND_AID, -16),
        (codes.CASH, -69),
        (codes.FUND_LARGE, -2),
    }
    assert set(entry(body=each)) == {*paid, (codes.FUND_LARGE, -4)}
    resident = {one for one in paid if one[0] != codes.FUND_EMPLOYEE_POOLED}
    resident |= {(codes.FUND_RESIDENT_POOLED, -1), (codes.FUND_SERIOUS, -4)}
    assert set(entry(body=each, insutype=390)) == resident
    back = {(account, -fen) for account, fen in {*paid, (codes.FUND_LARGE, -4)}}
    assert set(entry(body=each, kind=REVERSED, reversal_of=4)) == back


FEN_BACK = [
    {"bill": Bill(-1, 0, 0, 0, -1)},
    {"benefit": BENEFIT._replace(pooled_fen=-1)},
    {"benefit": BENEFIT._replace(large_fen=-1)},
    {"benefit": BENEFIT._replace(serious_fen=-1)},
    {"benefit": BENEFIT._replace(subsidy_fen=-1)},
    {"benefit": BENEFIT._replace(aid_fen=-1)},
    {"sharing": SHARING._replace(own_current_fen=-1)},
    {"sharing": SHARING._replace(own_carried_fen=-1)},
    {"sharing": SHARING._replace(cash_fen=-1)},
    {"payers": (payer(WIFE),), "legs": (PayerLeg(-1, 0, 1),)},
    {"payers": (payer(WIFE),), "legs": (PayerLeg(0, -1, 1),)},
]


@pytest.mark.parametrize("moved", FEN_BACK)
def test_a_single_fen_that_moves_back_makes_a_correction(moved: dict[str, Any]) -> None:
    bill = record(body=body(before=(standing(),), **moved))
    assert postings.takes_back(bill)
    assert postings.entry_of(bill, b"").kind == codes.CORRECTION


def test_what_only_pays_is_a_settlement_and_nothing_at_all_is_a_correction() -> None:
    assert postings.entry_of(record(body=body(before=(standing(),))), b"").kind == codes.SETTLEMENT
    nothing = body(
        bill=Bill(0, 0, 0, 0, 0),
        benefit=BenefitResult(*[0] * 12),
        sharing=SharingResult(*[0] * 6),
        before=(standing(),),
    )
    assert postings.entry_of(record(body=nothing), b"").kind == codes.CORRECTION
    alone = msgspec.structs.replace(nothing, before=())
    assert postings.entry_of(record(body=alone), b"").kind == codes.SETTLEMENT


# ---- who is asked, what stands ----------------------------------------------------------------


def test_a_giver_without_an_account_is_blocked_and_empty() -> None:
    now = dt.datetime(2026, 3, 1, 10, tzinfo=CIVIL_TIME)
    limits = (None, None, None, None)
    auth = Authorisation(
        *(PATIENT, 108, WIFE, 10, 1, ALL_USES, 1, dt.date(2026, 1, 1), None, *limits),
        *(DAY, 0, 2026, 0, 0, now, None),
    )
    facts = (1, 310, 360100, "11", False, INSURED, False, 0, False, 0)
    mine = Coverage(*facts, dt.date(2010, 1, 1), None, None)
    world = World(authorisations={PATIENT: [auth]}, coverages={PATIENT: [mine]})
    policy = library().compiled(360100, 310, DAY)
    found, (one,) = payers.payers_of(world, policy, mine, 1, DAY, PATIENT, 360100)
    assert found == [auth]
    assert (one.area, one.current_fen, one.carried_fen, one.year) == (0, 0, 0, 0)
    assert one.blocked != 0


@pytest.mark.parametrize(("setting", "live"), [(1, {(PATIENT, 3, "B1"): 5}), (4, {})])
def test_a_batch_is_live_and_a_stay_is_not(setting: int, live: dict[Any, int]) -> None:
    world = World()
    effects.stand(world, record(setting=setting))
    assert world.live == live
    assert [one.setl_id for one in world.standing[PATIENT, 3]] == [5]


def test_filings_are_asked_for_the_patients_of_chronic_care() -> None:
    visits: Any = {
        (PATIENT, 1): SimpleNamespace(setting=3),
        (WIFE, 2): SimpleNamespace(setting=1),
        (SON, 3): SimpleNamespace(setting=3),
    }
    assert entitling.asking_for_filings(visits, ()) == [PATIENT, SON]


@pytest.mark.postgres
def test_a_bill_of_nothing_is_refused(world: Any) -> None:
    patient = world.person(current=1_000)
    visit = world.visit(patient, 0)
    with pytest.raises(Refusal) as caught:
        world.platform.engine.settle_now(world.settle(patient, visit, 0))
    assert caught.value.code == errors.NOTHING_TO_PAY
    assert world.count("settlement") == 0
