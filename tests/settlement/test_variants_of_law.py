# SPDX-License-Identifier: Apache-2.0
"""Each variant of mutual aid found in practice, through the engine and the ledger, to the yuan.

A first visit at a level 3 hospital of Nanchang: up to 300 yuan all is deductible, so that all of
it is the person's. Only the packs differ; every figure is worked out by hand from the rule.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from settlement_world import HOSPITAL, KEY, World, make_platform

from gongji.care.institutions import Institution, register_institution
from gongji.kernel import reasons
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PACKS, PolicyLibrary
from gongji.settlement.commands import MessageKey

pytestmark = pytest.mark.postgres
NANCHANG, JIUJIANG, WUHAN = 360100, 360400, 420100
BLOCK = """\
  - {{unit: {unit}, from: 2026-01-09, published: "2026", source: P30, article: 试, confidence: high,
     checked: 2026-11-22, known_from: 2026-11-23, values: {{{key}: {value}}}}}
"""
UNITS = {
    "ma.retainedBalance": "yuan",
    "ma.retainedWageShare": "percent",
    "area.averageWage": "yuan_per_year",
    "ma.ownMustBeZero": "yes_no",
    "ma.maxGiversPerRecipient": "count",
    "ma.maxGiversPerSettlement": "count",
}


@dataclass(frozen=True)
class Giver:
    """A relative with balances in yuan; ``bound`` = day of February on which it was filed."""

    current: int = 0
    carried: int = 0
    area: int = NANCHANG
    bound: int = 1
    set_aside: int | None = None


def packs(folder: Path, changes: dict[str, object]) -> PolicyLibrary:
    """The shipped packs with values of Nanchang that differ."""
    root = folder / "packs"
    shutil.copytree(PACKS, root)
    blocks = "".join(
        BLOCK.format(key=key, unit=UNITS.get(key, "choice"), value=value)
        for key, value in changes.items()
    )
    text = f"area: {NANCHANG}\ntopic: mutual_aid\nblocks:\n{blocks}"
    (root / str(NANCHANG) / "mutual_aid_here.yaml").write_text(text, encoding="utf-8")
    return PolicyLibrary.load(root)


def settled(
    world: World,
    library: PolicyLibrary,
    givers: list[Giver],
    *,
    yuan: int = 300,
    self_paid: int = 0,
    own: tuple[int, int] = (0, 0),
    institution: int = HOSPITAL,
) -> tuple[int, list[tuple[int, int, int]]]:
    """(own account, yuan; (number of the giver, yuan, reason) in the order of payment).

    The ledger is audited and every settlement computed anew at the end.
    """
    platform = make_platform(world.url, now=world.clock, packs=library)
    try:
        patient = world.person(current=own[0] * 100, carried=own[1] * 100)
        numbers = {}
        for number, one in enumerate(givers, 1):
            giver = world.person(
                current=one.current * 100, carried=one.carried * 100, area=one.area
            )
            numbers[giver] = number
            set_aside = None if one.set_aside is None else one.set_aside * 100
            world.authorise(
                giver, patient, grant_fen=set_aside, valid_from=dt.date(2026, 2, one.bound)
            )
        visit = world.visit(patient, yuan * 100, self_paid=self_paid * 100, institution=institution)
        key = MessageKey(institution, "M1", "2207", b"f")
        record = platform.engine.settle_now(
            world.settle(patient, visit, (yuan + self_paid) * 100, key=key)
        )
        assert record is not None
        body = record.body
        sharing = body.sharing
        own_fen = sharing.own_current_fen + sharing.own_carried_fen
        assert own_fen + sharing.relatives_fen + sharing.cash_fen == body.benefit.burden_fen
        paid = [
            (numbers[payer.giver], (leg.current_fen + leg.carried_fen) // 100, leg.reason)
            for payer, leg in zip(body.payers, body.legs, strict=True)
        ]
        world.assert_clean()
        return own_fen // 100, paid
    finally:
        platform.stop()


# 1 filed last with 20 yuan, 2 filed first with 10, 3 elsewhere in the province with 30.
THREE = [Giver(20, bound=3), Giver(10, bound=1), Giver(30, bound=2, area=JIUJIANG)]
ORDERS = {
    "CONFIGURED": [(1, 20), (2, 10), (3, 15)],
    "BINDING_TIME_ASC": [(2, 10), (3, 30), (1, 5)],
    "FILING_ORDER": [(2, 10), (3, 30), (1, 5)],
    "LOCAL_THEN_REMOTE": [(2, 10), (1, 20), (3, 15)],
    "LATEST_BOUND_FIRST": [(1, 20), (3, 25), (2, 0)],
    "LARGEST_BALANCE_FIRST": [(3, 30), (1, 15), (2, 0)],
    "SINGLE": [(1, 20), (2, 0), (3, 0)],
}


@pytest.mark.parametrize("order", ORDERS)
def test_seven_orders_of_givers(world: World, tmp_path: Path, order: str) -> None:
    """A bill of 45 yuan; with one giver only, the place also allows only one."""
    changes: dict[str, object] = {"ma.giverOrder": order}
    if order == "SINGLE":
        changes["ma.maxGiversPerRecipient"] = 1
    _, paid = settled(world, packs(tmp_path, changes), THREE, yuan=45)
    assert [(number, yuan) for number, yuan, _ in paid] == ORDERS[order]


ONLY_CARRIED: dict[str, object] = {"ma.sourceBalance": "ACCUMULATED_ONLY"}
WAGE: dict[str, object] = {
    "ma.retainedBalance": 100,
    "ma.retainedWageShare": 5,
    "area.averageWage": 4000,
}
FLOORS = {
    "a sum: 250 - 100": ({"ma.retainedBalance": 100}, Giver(250), 150, reasons.RETAINED_BALANCE),
    "5 % of a wage of 4,000 is 200": (WAGE, Giver(250), 50, reasons.RETAINED_BALANCE),
    "the larger floor is the sum": (
        {**WAGE, "ma.retainedBalance": 230},
        Giver(250),
        20,
        reasons.RETAINED_BALANCE,
    ),
    "carried money only": (ONLY_CARRIED, Giver(500, 40), 40, reasons.BUCKET_NOT_SHARABLE),
    "moved in advance: the floor bound the move": (
        {"ma.model": "TRANSFER_POCKET", "ma.retainedBalance": 2000},
        Giver(200, set_aside=180),
        180,
        reasons.GRANT_EXHAUSTED,
    ),
}


@pytest.mark.parametrize("name", FLOORS)
def test_floors_of_every_kind(world: World, tmp_path: Path, name: str) -> None:
    changes, giver, yuan, reason = FLOORS[name]
    assert settled(world, packs(tmp_path, changes), [giver]) == (0, [(1, yuan, reason)])


MODELS = {
    "AUTHORISE": [(1, 120, reasons.GRANT_EXHAUSTED), (2, 180, reasons.PAID_ALL_ASKED)],
    "TRANSFER_POCKET": [(1, 120, reasons.GRANT_EXHAUSTED), (2, 0, reasons.NOTHING_MOVED)],
    "GROUP_GRANT": [(1, 120, reasons.GRANT_EXHAUSTED), (2, 0, reasons.NOTHING_GRANTED)],
    "WALLET": [(1, 120, reasons.GRANT_EXHAUSTED), (2, 0, reasons.NO_WALLET_QUOTA)],
}


@pytest.mark.parametrize("model", MODELS)
def test_four_models(world: World, tmp_path: Path, model: str) -> None:
    """One set 120 aside, the other nothing: without it only an authorisation reaches money."""
    givers = [Giver(900, set_aside=120), Giver(400)]
    assert settled(world, packs(tmp_path, {"ma.model": model}), givers) == (0, MODELS[model])


@pytest.mark.parametrize("key", ["ma.maxGiversPerRecipient", "ma.maxGiversPerSettlement"])
@pytest.mark.parametrize(("most", "second"), [(1, 0), (2, 290)])
def test_one_or_many_givers(world: World, tmp_path: Path, key: str, most: int, second: int) -> None:
    _, paid = settled(world, packs(tmp_path, {key: most}), [Giver(10), Giver(400)])
    assert [yuan for _, yuan, _ in paid] == [10, second]
    assert paid[1][2] == (reasons.PAID_ALL_ASKED if second else reasons.GIVERS_PER_SETTLEMENT)


@pytest.mark.parametrize(
    ("zero", "yuan", "reason"),
    [("true", 0, reasons.OWN_ACCOUNT_NOT_ZERO), ("false", 280, reasons.PAID_ALL_ASKED)],
)
def test_own_account_must_be_zero_first(
    world: World, tmp_path: Path, zero: str, yuan: int, reason: int
) -> None:
    """Own money of this year may not be used here, so that 50 yuan stay in the own account."""
    changes: dict[str, object] = {"ma.ownMustBeZero": zero, "pa.bucketOrder": "CARRIED_ONLY"}
    library = packs(tmp_path, changes)
    found = settled(world, library, [Giver(0, 400)], own=(50, 20))
    assert found == (20, [(1, yuan, reason)])


@pytest.mark.parametrize(("base", "yuan"), [("IN_POLICY_ONLY", 300), ("ALL_PERSONAL", 350)])
def test_what_accounts_may_pay(world: World, tmp_path: Path, base: str, yuan: int) -> None:
    library = packs(tmp_path, {"ma.eligibleBase": base})
    _, paid = settled(world, library, [Giver(400)], self_paid=50)
    assert [one for _, one, _ in paid] == [yuan]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("POOL", [reasons.GIVER_OUTSIDE_AREA, reasons.GIVER_IN_OTHER_PROVINCE]),
        ("PROVINCE", [reasons.BALANCE_EXHAUSTED, reasons.GIVER_IN_OTHER_PROVINCE]),
        # Across provinces only the wallet reaches; an authorisation never does.
        ("NATIONAL_WALLET", [reasons.BALANCE_EXHAUSTED, reasons.GIVER_IN_OTHER_PROVINCE]),
    ],
)
def test_where_both_are_insured(world: World, tmp_path: Path, scope: str, found: list[int]) -> None:
    givers = [Giver(20, area=JIUJIANG), Giver(20, area=WUHAN)]
    _, paid = settled(world, packs(tmp_path, {"ma.insuredArea": scope}), givers)
    assert [reason for _, _, reason in paid] == found


@pytest.mark.parametrize(
    ("scope", "care_area", "reason"),
    [
        ("POOL", JIUJIANG, reasons.CARE_OUTSIDE_AREA),
        ("PROVINCE", JIUJIANG, reasons.PAID_ALL_ASKED),
        ("PROVINCE", WUHAN, reasons.CARE_OUTSIDE_AREA),
        ("NATION", WUHAN, reasons.PAID_ALL_ASKED),
    ],
)
def test_where_care_is_given_is_another_question(
    world: World, tmp_path: Path, scope: str, care_area: int, reason: int
) -> None:
    """Giver and patient of one city; the hospital lies elsewhere."""
    away = Institution(21, "H36040000021", "外地医院", 1, 3, "", care_area, True, "x-tif", {}, {})
    register_institution(world.conn, PrivacyBox(KEY), away)
    world.conn.commit()
    library = packs(tmp_path, {"ma.treatmentArea": scope})
    _, paid = settled(world, library, [Giver(400)], institution=21)
    assert [one for _, _, one in paid] == [reason]
