# SPDX-License-Identifier: Apache-2.0
"""Two hundred random families: advice says what a trial on the real database says, to the fen.

Five places: the shipped Nanchang, and copies of its packs with other orders, floors, models and
limits of givers. The facts are drawn once and given to both sides.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from settlement_world import CLINIC, DAY, HOSPITAL, NOW, World, library, make_platform

from gongji.advice.family import Answer, Family, Relative, bill_of
from gongji.advice.paying import what_would_we_pay
from gongji.kernel.benefit import CHRONIC, INPATIENT, NEW_YEAR, OUTPATIENT, PHARMACY
from gongji.kernel.errors import Refusal
from gongji.kernel.reasons import AUTHORISATION_NOT_YET_VALID as NOT_YET
from gongji.members import services as members
from gongji.members.people import PAUSED, ChronicFiling
from gongji.policy.benefit_rules import CHRONIC_CLASS_I, ORDINARY
from gongji.policy.givers import ALL_USES
from gongji.policy.library import PACKS, PolicyLibrary
from gongji.settlement.commands import Command, MessageKey
from gongji.settlement.platform import Platform
from gongji.settlement.records import Record

FAMILIES = 40  # for each place
BROKEN = dt.date(2025, 6, 1)  # who is not insured has not been since
NANCHANG, JIUJIANG, WUHAN = 360100, 360400, 420100
BLOCK = """\
  - {{unit: {unit}, from: 2026-01-09, published: "2026", source: P30, article: 试, confidence: high,
     checked: 2026-11-22, known_from: 2026-11-23, values: {{{key}: {value}}}}}
"""
PLACES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "as shipped": (),
    "largest first, 50 yuan stay": (
        ("ma.giverOrder", "choice", "LARGEST_BALANCE_FIRST"),
        ("ma.retainedBalance", "yuan", "50"),
        ("ma.sourceBalance", "choice", "ACCUMULATED_ONLY"),
    ),
    "latest bound, own account empty, cost of all kinds": (
        ("ma.giverOrder", "choice", "LATEST_BOUND_FIRST"),
        ("ma.ownMustBeZero", "yes_no", "true"),
        ("ma.eligibleBase", "choice", "ALL_PERSONAL"),
        ("rx.chronicNeedsPrescription", "yes_no", "true"),
    ),
    "moved beforehand, local first, one giver": (
        ("ma.model", "choice", "TRANSFER_POCKET"),
        ("ma.giverOrder", "choice", "LOCAL_THEN_REMOTE"),
        ("ma.retainedBalance", "yuan", "2000"),
        ("ma.maxGiversPerSettlement", "count", "1"),
    ),
    "grants in a group of one pooling area": (
        ("ma.model", "choice", "GROUP_GRANT"),
        ("ma.insuredArea", "choice", "POOL"),
        ("ma.giverOrder", "choice", "BINDING_TIME_ASC"),
    ),
}


@dataclass(frozen=True)
class Drawn:
    """One family as both sides get it; ``institution`` is where the bill arises."""

    family: Family
    institution: int


def changed(folder: Path, changes: tuple[tuple[str, str, str], ...]) -> PolicyLibrary:
    """The shipped packs, with values of Nanchang that differ."""
    if not changes:
        return library()
    root = folder / "packs"
    shutil.copytree(PACKS, root)
    blocks = "".join(BLOCK.format(key=k, unit=u, value=v) for k, u, v in changes)
    text = f"area: {NANCHANG}\ntopic: mutual_aid\nblocks:\n{blocks}"
    (root / str(NANCHANG) / "mutual_aid_here.yaml").write_text(text, encoding="utf-8")
    return PolicyLibrary.load(root)


def maybe(rng: random.Random, most_fen: int) -> int | None:
    """A limit, often none."""
    return None if rng.random() < 0.5 else rng.randrange(most_fen)


def drawn(rng: random.Random, pocket: bool) -> Drawn:
    """A random family. A pocket is never larger than the account that holds it."""
    relatives = []
    for number in range(rng.randrange(5)):
        current, carried = rng.randrange(30_000), rng.randrange(30_000)
        most = current + carried if pocket else 20_000
        relatives.append(
            Relative(
                label=f"r{number}",
                relation=rng.choice((10, 20, 50, 53, 70, 80)),
                area=rng.choice((NANCHANG, NANCHANG, NANCHANG, JIUJIANG, WUHAN)),
                current_fen=current,
                carried_fen=carried,
                visit_limit_fen=maybe(rng, 20_000),
                day_limit_fen=maybe(rng, 20_000),
                year_limit_fen=maybe(rng, 20_000),
                set_aside_fen=maybe(rng, most + 1),
                bound_on=dt.date(2026, rng.choice((1, 1, 1, 2, 2, 3)), rng.randrange(3, 6)),
                paused=rng.random() < 0.1,
                employee=rng.random() < 0.9,
                insured=rng.random() < 0.9,
                uses=ALL_USES if rng.random() < 0.8 else 1 << OUTPATIENT,
            )
        )
    scheme = rng.choice((310, 310, 390))
    setting = rng.choice((OUTPATIENT, OUTPATIENT, PHARMACY, INPATIENT, CHRONIC))
    in_policy = rng.randrange(1, 3_000_000 if setting == INPATIENT else 80_000)
    self_paid = rng.choice((0, rng.randrange(20_000)))
    sold = setting in (PHARMACY, CHRONIC)  # chronic care here is a filed disease at a pharmacy
    clinic = not sold and rng.random() < 0.5
    used = NEW_YEAR._replace(
        deductible_used_fen=rng.choice((0, 12_345)), pooled_paid_fen=rng.choice((0, 199_000))
    )
    family = Family(
        area=NANCHANG,
        scheme=scheme,
        setting=setting,
        level=1 if clinic or sold else 3,
        bill=bill_of(in_policy + self_paid, self_paid),
        date=DAY,
        retired=scheme == 310 and rng.random() < 0.3,
        age=46,
        used=used,
        own_current_fen=rng.choice((0, rng.randrange(40_000))) if scheme == 310 else 0,
        own_carried_fen=rng.choice((0, rng.randrange(40_000))) if scheme == 310 else 0,
        relatives=tuple(relatives),
        visit_class=CHRONIC_CLASS_I if setting == CHRONIC else ORDINARY,
        at_pharmacy=sold,
        prescribed=rng.random() < 0.6,
    )
    return Drawn(family, CLINIC if clinic else HOSPITAL)


def tried(world: World, platform: Platform, one: Drawn) -> Record | Refusal:
    """The same family in the database, and the trial of its bill or its refusal."""
    command = entered(world, one)
    try:
        return platform.engine.trial_now(command)
    except Refusal as refusal:
        return refusal


def entered(world: World, one: Drawn) -> Command:
    """Put the family into the database; the command that settles its bill."""
    family = one.family
    patient = world.person(
        current=family.own_current_fen if family.scheme == 310 else None,
        carried=family.own_carried_fen,
        insutype=family.scheme,
        retired=family.retired,
    )
    broken = []
    for relative in family.relatives:
        giver = world.person(
            current=relative.current_fen if relative.employee else None,
            carried=relative.carried_fen,
            insutype=310 if relative.employee else 390,
            area=relative.area,
        )
        if not relative.insured:
            broken.append(giver)
        world.authorise(
            giver,
            patient,
            relation=relative.relation,
            uses=relative.uses,
            state=2 if relative.paused else 1,
            valid_from=relative.bound_on,
            visit_limit_fen=relative.visit_limit_fen,
            day_limit_fen=relative.day_limit_fen,
            year_limit_fen=relative.year_limit_fen,
            grant_fen=relative.set_aside_fen,
        )
    for giver in broken:
        members.set_status(world.conn, giver, 1, PAUSED, BROKEN)
    used(world, patient, family)
    in_policy, self_paid = family.bill.in_policy_fen, family.bill.self_paid_fen
    if family.at_pharmacy:
        return bought(world, patient, family)
    stay = family.setting == INPATIENT
    visit = world.visit(
        patient,
        in_policy,
        self_paid=self_paid,
        institution=one.institution,
        setting=family.setting,
        status=2 if stay else 1,
        insutype=family.scheme,
    )
    return world.settle(
        patient,
        visit,
        family.bill.total_fen,
        batch="" if stay else "B1",
        key=MessageKey(one.institution, f"T{visit:09d}", "2303" if stay else "2206", b"t"),
        med_type="21" if stay else "11",
        insutype=family.scheme,
    )


def bought(world: World, patient: int, family: Family) -> Command:
    """The bill as a purchase at a pharmacy, for a disease filed on that day or for none."""
    filed = family.setting == CHRONIC
    if filed:
        filing = ChronicFiling("M07801", "透析", CHRONIC_CLASS_I, DAY, DAY)
        members.file_chronic(world.conn, patient, filing)
        world.conn.commit()
    command: Command = world.purchase(
        patient,
        family.bill.in_policy_fen,
        self_paid=family.bill.self_paid_fen,
        prescribed=family.prescribed,
        med_type="14" if filed else "41",
        dise_codg="M07801" if filed else "",
        insutype=family.scheme,
    )
    return command


def used(world: World, patient: int, family: Family) -> None:
    """What the year has used: deductible and fund money of the pool that the visit counts in."""
    first = "ip" if family.setting in (INPATIENT, CHRONIC) else "op"
    world.conn.execute(  # tidy: sums that the settlements of half a year would leave
        f"INSERT INTO accumulator (owner, year, scheme, {first}_deductible_fen,"
        f" {first}_pooled_fen) VALUES (%s, %s, %s, %s, %s)",
        (
            patient,
            NOW.year,
            family.scheme,
            family.used.deductible_used_fen,
            family.used.pooled_paid_fen,
        ),
    )
    world.conn.commit()


def differences(answer: Answer, record: Record) -> Iterator[str]:
    """Where the two say something else."""
    body = record.body
    if answer.bill != body.bill:
        yield f"bill {answer.bill} {body.bill}"
    if answer.benefit != body.benefit:
        yield f"benefit {answer.benefit} {body.benefit}"
    if answer.sharing != body.sharing:
        yield f"sharing {answer.sharing} {body.sharing}"
    here = [(one.relation, one.paid_fen, one.reason) for one in answer.gave]
    there = [
        (payer.relation, leg.current_fen + leg.carried_fen, leg.reason)
        for payer, leg in zip(body.payers, body.legs, strict=True)
    ]
    if sorted(here) != sorted(there):
        yield f"givers {here} {there}"
    # Nobody is bound to pay from a day to come in the database: the order of such tells nothing.
    here, there = ([g for g in found if g[2] != NOT_YET] for found in (here, there))
    if here != there:
        yield f"order of givers {here} {there}"


@pytest.mark.parametrize("place", PLACES)
def test_advice_is_what_a_trial_says(world: World, tmp_path: Path, place: str) -> None:
    packs = changed(tmp_path, PLACES[place])
    rng = random.Random(f"families of {place}")
    platform = make_platform(world.url, packs=packs)
    settled = gave = 0
    try:
        for number in range(FAMILIES):
            one = drawn(rng, "moved" in place)
            answer = what_would_we_pay(packs, one.family)
            outcome = tried(world, platform, one)
            if isinstance(outcome, Refusal):
                assert answer.refusal is not None, (number, outcome)
                assert answer.refusal.code == outcome.code
                continue
            assert answer.refusal is None, (number, answer.refusal)
            assert list(differences(answer, outcome)) == [], (number, one.family)
            settled += 1
            gave += answer.relatives_fen > 0
    finally:
        platform.stop()
    # Enough of them reach money, so that agreement is about something.
    assert settled >= 20
    assert gave >= 5
