# SPDX-License-Identifier: Apache-2.0
"""Reversals and undos: the same record run backwards, each fen to the account it came from.

A reversal also works when the authorisation has ended since. Money of a year that is over comes
back as carried money, that of a closed account is due to heirs (``landing``). What later
settlements of the year have got too much because of it is noted (``recovery``). Of several
settlements of one stay only the last that stands can be reversed, because it builds on those before
it. Undoing a reversal posts the original once more, if the money and the lines are still there and
every account may still pay it.
"""

from __future__ import annotations

import datetime as dt

from gongji.kernel.benefit import INPATIENT
from gongji.ledger.accounts import ACTIVE, DUE_TO_HEIRS
from gongji.settlement import errors
from gongji.settlement.commands import MessageKey, ReverseSettlement, UndoMessage
from gongji.settlement.effects import fall, spend_limits, stand
from gongji.settlement.facts import World
from gongji.settlement.known import MessageRow
from gongji.settlement.landing import is_covered, landings, move_balances, still_there
from gongji.settlement.planning import Context
from gongji.settlement.postings import personal_legs
from gongji.settlement.records import RESTORED, REVERSED, Landing, Record
from gongji.settlement.states import add_to, moves_of_record
from gongji.settlement.stays import taken_in_visit
from gongji.settlement.writes import CANCELLED, Writes

SETTLING = frozenset({"2102", "2207", "2207A", "2304", "2304A"})
REVERSING = frozenset({"2103", "2208", "2305"})


def plan_reversal(ctx: Context, world: World, command: ReverseSettlement, writes: Writes) -> Record:
    """2103/2208/2305: plan the mirror of a live settlement; raises Refusal."""
    record = world.settlements.get((command.owner, command.setl_id))
    if record is None:
        raise errors.settlement_not_found(command.setl_id)
    if record.institution_id != command.key.institution_id:
        raise errors.settlement_of_other_institution(command.setl_id)
    if command.mdtrt_id is not None and command.mdtrt_id != record.mdtrt_id:
        raise errors.visit_mismatch(command.setl_id)
    if record.kind == REVERSED:
        raise errors.not_reversible(command.setl_id)
    standing = _standing(world, record)
    if standing is None:
        raise errors.already_reversed(command.setl_id)
    return _reverse(ctx, world, standing, command.key, writes)


def plan_undo(ctx: Context, world: World, command: UndoMessage, writes: Writes) -> Record | None:
    """2601: after it the named message has had no effect, whether or not it ever arrived."""
    if command.original_infno not in SETTLING | REVERSING:
        raise errors.undo_not_supported(command.original_infno)
    named = command.original
    row = world.messages.get(named)
    if row is None:
        _check_namesakes(world, command)
        row = MessageRow(command.original_infno, b"", CANCELLED, command.owner, 0)
        world.messages[named] = row
        writes.never_came[named] = row
        writes.add_message(command.key, command.owner, 0)
        return None
    if row.owner != command.owner:
        raise errors.undo_other_person()
    record = world.settlements.get((row.owner, row.result_id)) if row.result_id else None
    undone: Record | None = None
    if record is not None and row.outcome != CANCELLED:
        undone = _without(ctx, world, record, command.key, writes)
    if undone is None:
        writes.add_message(command.key, command.owner, 0)
    row.outcome = CANCELLED
    if named not in writes.never_came:
        writes.tombstones[named] = row
    return undone


def _check_namesakes(world: World, command: UndoMessage) -> None:
    """Refusal 3142 where only another money message of the person has that msgid, and stands.

    Whoever states the wrong oinfno means that one: "undone" would be said of money that stays.
    """
    institution_id, msgid, _ = command.original
    for infno in SETTLING | REVERSING:
        row = world.messages.get((institution_id, msgid, infno))
        if row is not None and row.owner == command.owner and row.outcome != CANCELLED:
            raise errors.undo_mismatch(infno, command.original_infno)


def _without(
    ctx: Context, world: World, record: Record, key: MessageKey, writes: Writes
) -> Record | None:
    """Make it as if the message that made ``record`` had never come; None when it is so already."""
    if record.kind != REVERSED:
        standing = _standing(world, record)
        return None if standing is None else _reverse(ctx, world, standing, key, writes)
    if record.reversed_by is not None or _was_undone(world, record):
        return None
    return _restore(ctx, world, record, key, writes)


def _standing(world: World, record: Record) -> Record | None:
    """What stands of a settlement now: itself, or what restored it after a reversal was undone."""
    while record.reversed_by is not None:
        record = world.settlements[record.owner, record.reversed_by]
    return None if record.kind == REVERSED else record


def _was_undone(world: World, record: Record) -> bool:
    """Whether the settlement at the root of ``record`` was undone itself: it must not come back."""
    while record.reversal_of is not None:
        record = world.settlements[record.owner, record.reversal_of]
    row = world.messages.get((record.institution_id, record.msgid, record.infno))
    return row is not None and row.outcome == CANCELLED


def _reverse(ctx: Context, world: World, record: Record, key: MessageKey, writes: Writes) -> Record:
    standing = world.standing.get((record.owner, record.mdtrt_id), ())
    if record.setting == INPATIENT and standing and standing[-1].setl_id != record.setl_id:
        raise errors.settled_since(record.setl_id, standing[-1].setl_id)
    landed = _landed(world, record)
    if record.body.before and not _can_take_again(
        world, record, _mirror(record, key, landed, 0, ctx)
    ):
        raise errors.money_gone(record.setl_id)
    mirror = _mirror(record, key, landed, ctx.next_entry_id(), ctx)
    _move(world, record, record.body_date(), -1, writes)
    move_balances(world.accounts, mirror)
    mirror.balance_after_fen = _own_balance(world, record.owner)
    record.reversed_by = mirror.setl_id
    writes.reversed_ids.append((record.owner, record.setl_id, mirror.setl_id))
    fall(world, record, mirror)
    world.settlements[record.owner, mirror.setl_id] = mirror
    writes.freed_lines.append((record.owner, record.mdtrt_id, record.setl_id))
    writes.add_record(mirror, key)
    return mirror


def _can_take_again(world: World, record: Record, mirror: Record) -> bool:
    """Whether what a further bill of a stay gave back is still there, in accounts that may pay."""
    if DUE_TO_HEIRS in [one.account for one in record.landed]:
        return False
    taken = {owner for owner, _, _, fen in personal_legs(mirror) if fen < 0}
    return is_covered(world.accounts, mirror) and all(_is_active(world, one) for one in taken)


def _landed(world: World, record: Record) -> tuple[Landing, ...]:
    """Where money comes back to; what a settlement gave back is taken from where it lies now."""
    body, year = record.body, record.body_date().year
    coming_back, gave_back = [], []
    if max(body.sharing.own_current_fen, body.sharing.own_carried_fen) > 0:
        coming_back.append((record.owner, body.own_year or year))
    elif min(body.sharing.own_current_fen, body.sharing.own_carried_fen) < 0:
        gave_back.append((record.owner, body.own_year or year))
    for payer, leg in zip(body.payers, body.legs, strict=True):
        if max(leg.current_fen, leg.carried_fen) > 0:
            coming_back.append((payer.giver, payer.year or year))
        elif leg.current_fen or leg.carried_fen:
            gave_back.append((payer.giver, payer.year or year))
    found = landings(world.accounts, coming_back)
    return (*found, *still_there(world.accounts, record.landed, gave_back))


def _move(world: World, record: Record, on: dt.date, sign: int, writes: Writes) -> None:
    """Move limits and sums of the year by a record; ``sign`` -1 takes its moves back."""
    spend_limits(world, record, on, sign, writes)
    for key, move in moves_of_record(record):
        add_to(world.accumulators, key, move, sign)
        writes.accumulators.add(key)


def _restore(
    ctx: Context, world: World, reversal: Record, key: MessageKey, writes: Writes
) -> Record:
    """Post the original of a reversal again; refused when that is not possible any more."""
    batch = (reversal.owner, reversal.mdtrt_id, reversal.chrg_bchno)
    restored = _mirror(reversal, key, _taken_again(world, reversal), 0, ctx)
    # An outpatient batch or a purchase has one upload; stays are not restored.
    lines_gone = reversal.setting == INPATIENT or not _lines_stand(world, reversal, writes)
    if (
        lines_gone
        or batch in world.live
        or not is_covered(world.accounts, restored)
        or not _accounts_allow(world, reversal, ctx.now.date())
    ):
        raise errors.cannot_restore(reversal.setl_id)
    restored.setl_id = ctx.next_entry_id()
    move_balances(world.accounts, restored)
    restored.balance_after_fen = _own_balance(world, reversal.owner)
    _move(world, restored, ctx.now.date(), 1, writes)
    reversal.reversed_by = restored.setl_id
    writes.reversed_ids.append((reversal.owner, reversal.setl_id, restored.setl_id))
    stand(world, restored)
    world.settlements[reversal.owner, restored.setl_id] = restored
    writes.settled_lines.append(
        (restored.owner, restored.mdtrt_id, restored.chrg_bchno, 1, restored.setl_id)
    )
    writes.add_record(restored, key)
    return restored


def _taken_again(world: World, reversal: Record) -> tuple[Landing, ...]:
    """Where the money that a reversal gave back lies now."""
    body, year = reversal.body, reversal.body_date().year
    legs = zip(body.payers, body.legs, strict=True)
    gave_back = [
        (payer.giver, payer.year or year)
        for payer, leg in legs
        if leg.current_fen or leg.carried_fen
    ]
    if reversal.own_fen:
        gave_back.append((reversal.owner, body.own_year or year))
    return still_there(world.accounts, reversal.landed, gave_back)


def _accounts_allow(world: World, reversal: Record, today: dt.date) -> bool:
    """Whether every account that is to pay again may pay today, and each limit leaves it.

    Other bills may have used a limit since the reversal gave it back, and a giver may have ended
    the authorisation or died: nobody is asked for more than a settlement of today could take.
    """
    body = reversal.body
    if reversal.own_fen and not _is_active(world, reversal.owner):
        return False
    by_id = {a.auth_id: a for a in world.authorisations.get(reversal.owner, ())}
    in_visit = taken_in_visit(world.standing.get((reversal.owner, reversal.mdtrt_id), ()))
    for payer, leg in zip(body.payers, body.legs, strict=True):
        paid_fen = leg.current_fen + leg.carried_fen
        if not paid_fen:
            continue
        one = by_id.get(payer.auth_id)
        if one is None or not one.in_force(today) or not _is_active(world, payer.giver):
            return False
        left_fen = min(
            one.visit_left_fen() - in_visit.get(one.auth_id, 0),
            one.day_left_fen(today),
            one.year_left_fen(today.year),
            one.grant_left_fen(),
        )
        if paid_fen > left_fen:
            return False
    return True


def _is_active(world: World, owner: int) -> bool:
    account = world.accounts.get(owner)
    return account is not None and account.status == ACTIVE


def _lines_stand(world: World, reversal: Record, writes: Writes) -> bool:
    """Whether the lines that a reversal freed are still there as they were settled.

    Freed lines may be removed, and then their visit: nothing is paid for lines that are gone.
    """
    if any(mirror == reversal.setl_id for _, _, mirror in writes.reversed_ids):
        return True  # freed in this very batch, under the patient's lock: nobody came between
    rows = world.lines.get((reversal.owner, reversal.mdtrt_id), ())
    found = [row.bill for row in rows if row.chrg_bchno == reversal.chrg_bchno]
    return found == [reversal.body.bill]


def _own_balance(world: World, owner: int) -> int:
    own = world.accounts.get(owner)
    return own.current_fen + own.carried_fen if own is not None else 0


def _mirror(
    record: Record, key: MessageKey, landed: tuple[Landing, ...], setl_id: int, ctx: Context
) -> Record:
    """The same record the other way round: a reversal, or the restore of a reversal."""
    return Record(
        owner=record.owner,
        setl_id=setl_id,
        kind=RESTORED if record.kind == REVERSED else REVERSED,
        reversal_of=record.setl_id,
        mdtrt_id=record.mdtrt_id,
        chrg_bchno=record.chrg_bchno,
        institution_id=record.institution_id,
        msgid=key.msgid,
        infno=key.infno,
        insutype=record.insutype,
        insured_area=record.insured_area,
        setting=record.setting,
        med_type=record.med_type,
        service_date=record.service_date,
        made_at=ctx.now,
        rules_id=record.rules_id,
        body=record.body,
        balance_after_fen=0,
        landed=landed,
    )
