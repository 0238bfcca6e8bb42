# SPDX-License-Identifier: Apache-2.0
"""What one batch needs to know, read set-based in two round trips; locks come before balances.

One global order of locks: the patients, then every account that could be touched, each in
ascending order; whatever a decision rests on is read after the lock that guards it. Changes of
authorisations and lines take the patient's lock as well. A trial takes the same path unlocked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gongji.kernel.benefit import BenefitRules, Bill
from gongji.kernel.sharing import SharingRules
from gongji.ledger.locking import Variant
from gongji.ledger.wire import Call, Rows, Wire, int8s, texts
from gongji.members.coverages import breaks_from
from gongji.members.people import ChronicFiling, Coverage
from gongji.settlement import lookups
from gongji.settlement.commands import (
    Command,
    KeyName,
    ReverseSettlement,
    SettleVisit,
    UndoMessage,
)
from gongji.settlement.entitling import asking_for_filings
from gongji.settlement.known import (
    MessageRow,
    keep_messages,
    keys_of,
    messages_call,
    read_messages,
    results_of,
)
from gongji.settlement.records import Record, record_from_row
from gongji.settlement.rules import rules_from
from gongji.sharing.authorisations import Authorisation


class Account(msgspec.Struct):
    """A personal account under lock; planning moves the balances in memory, fen."""

    current_fen: int
    carried_fen: int
    status: int
    area: int
    year: int  # that the current bucket stands for


class VisitRow(msgspec.Struct):
    """The part of a visit that settles."""

    institution_id: int
    setting: int
    med_type: str
    insutype: int
    coverage_no: int
    insured_area: int
    admission_no: int
    begun_on: dt.date
    ended_on: dt.date | None
    status: int
    dise_codg: str
    filed: int


class LinesRow(msgspec.Struct):
    """Sums of one uploaded charge batch, fen."""

    chrg_bchno: str
    upload_no: int
    bill: Bill


@dataclass(slots=True)
class World:
    """Everything one batch decides on; planning changes it as its members are planned."""

    births: dict[int, dt.date] = field(default_factory=dict)
    sexes: dict[int, int] = field(default_factory=dict)
    coverages: dict[int, list[Coverage]] = field(default_factory=dict)
    chronic: dict[int, list[ChronicFiling]] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    visits: dict[tuple[int, int], VisitRow] = field(default_factory=dict)
    lines: dict[tuple[int, int], list[LinesRow]] = field(default_factory=dict)
    live: dict[tuple[int, int, str], int] = field(default_factory=dict)
    # By visit: the settlements that stand, the oldest first.
    standing: dict[tuple[int, int], list[Record]] = field(default_factory=dict)
    accumulators: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    stored_years: set[tuple[int, int, int]] = field(default_factory=set)  # accumulators with a row
    authorisations: dict[int, list[Authorisation]] = field(default_factory=dict)
    messages: dict[KeyName, MessageRow] = field(default_factory=dict)
    settlements: dict[tuple[int, int], Record] = field(default_factory=dict)
    # What is known to differ for a year, and for whom everything that stands has been read.
    differing: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    chains: dict[int, list[Record]] = field(default_factory=dict)
    rules: dict[int, BenefitRules] = field(default_factory=dict)
    relatives_count: dict[int, bool] = field(default_factory=dict)


class FactsMoved(Exception):
    """What decides which rows to lock changed before they were locked: read again from the start.

    An undo that looked for its message before that was committed: its accounts are not locked.
    """


def load(
    wire: Wire,
    commands: list[Command],
    *,
    lock: bool,
    trial: bool,
    variant: Variant,
) -> World:
    """Read all facts of the batch inside the open transaction, locked first unless told not to.

    Running a settlement without ``lock`` is the negative control of the race tests, nothing else.
    """
    world = World()
    owners = sorted({c.owner for c in commands})
    wanted = {(c.owner, c.setl_id) for c in commands if isinstance(c, ReverseSettlement)}
    named = [c.original for c in commands if isinstance(c, UndoMessage)]
    if named and not trial:
        read_messages(wire, world.messages, named)
    undone = results_of(world.messages, named)
    wanted |= undone
    _load_patients(wire, world, commands, owners, lock, trial)
    if wanted:
        _load_records(wire, world, sorted(wanted))
    if not trial and results_of(world.messages, named) != undone:
        raise FactsMoved
    payers = {a.giver for found in world.authorisations.values() for a in found}
    records = [r for found in world.standing.values() for r in found if r.body.payers]
    for record in (*records, *world.settlements.values()):
        payers.update([p.giver for p in record.body.payers])
    filed = asking_for_filings(world.visits, commands)
    _load_accounts(wire, world, sorted(payers.union(owners)), filed, lock, variant)
    if wanted:
        theirs = sorted({owner for owner, _ in wanted})
        _load_for_reversal(wire, world, theirs, {_visit_of(c) for c in commands})
    _load_first_answers(wire, world, commands)
    if not trial:
        _load_chains_of_years(wire, world, commands, wanted)
    return world


def _load_patients(
    wire: Wire,
    world: World,
    commands: list[Command],
    owners: list[int],
    lock: bool,
    trial: bool,
) -> None:
    """First round trip: lock the patients, then read what belongs to them."""
    people = (int8s(owners),)
    calls: list[Call] = [
        (lookups.LOCK_PATIENTS if lock else lookups.PATIENTS, people),
        (lookups.AUTHORISATIONS, people),
        (lookups.ACCUMULATORS, people),
    ]
    batches = {v for c in commands if (v := _visit_of(c)) is not None}
    if not trial:
        calls.append((lookups.DIFFERENCES, people))
    if batches:
        calls.append(_visits(batches))
        calls.append(_standing({batch[:2] for batch in batches}))
    if not trial:
        calls.append(messages_call(keys_of(commands)))
    persons, authorised, accumulated, *more = wire.run(calls)
    for owner, birth, sex in persons:
        world.births[owner], world.sexes[owner] = birth, sex
    _keep_authorisations(world, authorised)
    world.accumulators = {row[:3]: list(row[3:]) for row in accumulated}
    world.stored_years = set(world.accumulators)
    if not trial:
        world.differing = {row[:3]: list(row[3:]) for row in more.pop(0)}
        keep_messages(world.messages, more.pop())
    if batches:
        _keep_visits(world, more[0])
        _keep_standing(world, more[1])


def _load_accounts(
    wire: Wire,
    world: World,
    payers: list[int],
    filed: list[int],
    lock: bool,
    variant: Variant,
) -> None:
    """Second round trip: lock every account that could be touched, then read coverages; and the
    filings of those whose commands ask for one (``filed``)."""
    names = (int8s(payers),)
    calls: list[Call] = [(lookups.LOCK_ACCOUNTS[variant] if lock else lookups.ACCOUNTS, names)]
    calls.append((lookups.COVERAGES, names))
    ended = _with_ended_givers(world)
    if ended:
        calls.append((lookups.ENDED_AUTHORISATIONS, (int8s(ended),)))
    if filed:
        calls.append((lookups.CHRONIC, (int8s(filed),)))
    accounts, coverages, *chronic = wire.run(calls)
    if ended:
        _keep_authorisations(world, chronic.pop(0))
    for owner, area, status, current, carried, year in accounts:
        world.accounts[owner] = Account(current, carried, status, area, year)
    for owner, *relation in coverages:
        world.coverages.setdefault(owner, []).append(_coverage(*relation))
    for rows in chronic:
        for owner, *filing in rows:
            world.chronic.setdefault(owner, []).append(ChronicFiling(*filing))


def _with_ended_givers(world: World) -> list[int]:
    """Patients with a visit that was paid by a giver whose authorisation has ended since."""
    known = {a.auth_id for found in world.authorisations.values() for a in found}
    owners = {
        record.owner
        for found in world.standing.values()
        for record in found
        for payer in record.body.payers
        if payer.auth_id not in known
    }
    return sorted(owners)


def _coverage(no: int, insutype: int, area: int, psn_type: str, *more: Any) -> Coverage:
    """Without what no settlement asks for: flexible employment, the base of monthly credits."""
    retired, status, servant, aid, begun, paused, ended, breaks = more
    return Coverage(
        *(no, insutype, area, psn_type, retired, status, servant, aid, False, 0),
        *(begun, paused, ended, "", breaks_from(breaks)),
    )


def _load_for_reversal(
    wire: Wire,
    world: World,
    owners: list[int],
    known: set[tuple[int, int, str] | None],
) -> None:
    """Reversals also need what became of their record, ended authorisations, and, when they are
    undone, whether the batch is live and the settlement itself still wanted; of a stay, what else
    of it stands."""
    _load_chains(wire, world)
    calls: list[Call] = [(lookups.ENDED_AUTHORISATIONS, (int8s(owners),))]
    batches = {(r.owner, r.mdtrt_id, r.chrg_bchno) for r in world.settlements.values()}
    new = batches.difference(known)  # lines loaded twice would count twice
    if new:
        calls.append(_visits(new))
    visits = {(r.owner, r.mdtrt_id) for r in world.settlements.values()}
    visits -= {batch[:2] for batch in known if batch is not None}
    if visits:
        calls.append(_standing(visits))
    ended, *more = wire.run(calls)
    known_ids = {a.auth_id for found in world.authorisations.values() for a in found}
    _keep_authorisations(world, [row for row in ended if row[1] not in known_ids])
    if visits:
        _keep_standing(world, more.pop())
    for rows in more:
        _keep_visits(world, rows)


def _load_chains(wire: Wire, world: World) -> None:
    """Records before and after those loaded: reversed, restored, reversed again."""
    found = world.settlements
    asked: set[tuple[int, int]] = set()
    while True:
        links = ((r.owner, n) for r in found.values() for n in (r.reversal_of, r.reversed_by) if n)
        missing = set(links) - found.keys() - asked
        if not missing:
            break
        asked |= missing
        _load_records(wire, world, sorted(missing))
    if asked:
        roots = [r for r in found.values() if r.reversal_of is None]
        names = [(r.institution_id, r.msgid, r.infno) for r in roots]
        read_messages(wire, world.messages, names)


def _visit_of(command: Command) -> tuple[int, int, str] | None:
    """(owner, mdtrt_id, charge batch); lines of a stay are kept under the empty batch name."""
    if not isinstance(command, SettleVisit):
        return None
    return command.owner, command.mdtrt_id, command.chrg_bchno


def _visits(batches: set[tuple[int, int, str]]) -> Call:
    owners, mdtrt_ids, names = zip(*batches, strict=True)
    return lookups.VISITS, (int8s(owners), int8s(mdtrt_ids), texts(names))


def _standing(visits: set[tuple[int, int]]) -> Call:
    owners, mdtrt_ids = zip(*visits, strict=True)
    return lookups.STANDING, (int8s(owners), int8s(mdtrt_ids))


def _keep_standing(world: World, rows: Rows) -> None:
    for row in rows:
        record = record_from_row(row)
        world.standing.setdefault((record.owner, record.mdtrt_id), []).append(record)


def _keep_visits(world: World, rows: Rows) -> None:
    for row in rows:
        owner, mdtrt_id = row[0], row[1]
        world.visits[owner, mdtrt_id] = VisitRow(*row[2:14])
        if row[15] is not None:
            world.live[owner, mdtrt_id, row[14]] = row[15]
        elif row[16] is not None:
            world.lines.setdefault((owner, mdtrt_id), []).append(
                LinesRow(row[16], row[17], Bill(*row[18:]))
            )


def _keep_authorisations(world: World, rows: Rows) -> None:
    for row in rows:
        world.authorisations.setdefault(row[0], []).append(Authorisation(*row))


def _load_first_answers(wire: Wire, world: World, commands: list[Command]) -> None:
    """Records of messages that were answered before (rare: re-sent or undone messages)."""
    wanted = set()
    for command in commands:
        row = world.messages.get(command.key.name)
        if row is not None and row.result_id:
            wanted.add((row.owner, row.result_id))
    missing = sorted(wanted - world.settlements.keys())
    if missing:
        _load_records(wire, world, missing)


def _load_chains_of_years(
    wire: Wire, world: World, commands: list[Command], wanted: set[tuple[int, int]]
) -> None:
    """Everything that stands of those whose later settlements may have to be run again.

    That is whoever has a settlement reversed, and whoever settles while a year is known to differ.
    """
    differing = {key[0] for key, found in world.differing.items() if any(found)}
    owners = {owner for owner, _ in wanted}
    owners |= {c.owner for c in commands if c.owner in differing}
    if not owners:
        return
    world.chains = {owner: [] for owner in owners}
    (rows,) = wire.run([(lookups.ALL_STANDING, (int8s(sorted(owners)),))])
    for row in rows:
        record = record_from_row(row)
        world.chains[record.owner].append(record)
    used = {record.rules_id for chain in world.chains.values() for record in chain}
    used |= {record.rules_id for record in world.settlements.values()}  # one may be restored
    if used:
        (sets,) = wire.run([(lookups.RULE_SETS, (int8s(sorted(used)),))])
        for rules_id, body in sets:
            keep_rules(world, rules_id, *rules_from(msgspec.json.decode(body)))


def keep_rules(
    world: World, rules_id: int, benefit_rules: BenefitRules, sharing_rules: SharingRules
) -> None:
    """Have what a settlement is run again by at hand."""
    world.rules[rules_id] = benefit_rules
    world.relatives_count[rules_id] = sharing_rules.relatives_count_to_deductible != 0


def _load_records(wire: Wire, world: World, ids: list[tuple[int, int]]) -> None:
    owners, setl_ids = zip(*ids, strict=True)
    (rows,) = wire.run([(lookups.SETTLEMENTS, (int8s(owners), int8s(setl_ids)))])
    for row in rows:
        record = record_from_row(row)
        world.settlements[record.owner, record.setl_id] = record
