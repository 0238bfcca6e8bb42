# SPDX-License-Identifier: Apache-2.0
"""Which members of a batch need a row that another transaction has locked; waits for none.

Asked only when a batch could not have its locks in time, and while a request waits for one. The
rows are those that ``facts.load`` locks first: patients, then accounts of whoever could pay or
be paid. A row locked elsewhere is found by trying the members one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import errors as pg

from gongji.ledger.locking import Variant
from gongji.ledger.wire import Statement, Wire, int8s, texts
from gongji.settlement import lookups
from gongji.settlement.commands import Command, ReverseSettlement, SettleVisit, UndoMessage
from gongji.settlement.records import Record, record_from_row

# Those that are there, and those of them that nobody else has locked. SKIP LOCKED never waits;
# what it locks is let go at once.
_PATIENTS = Statement("SELECT owner FROM person WHERE owner = ANY(%s::bigint[])")
_FREE_PATIENTS = Statement(
    "SELECT owner FROM person WHERE owner = ANY(%s::bigint[]) FOR NO KEY UPDATE SKIP LOCKED"
)
_ACCOUNTS = Statement("SELECT owner FROM account WHERE owner = ANY(%s::bigint[])")
_FREE_ACCOUNTS = Statement(
    "SELECT owner FROM account WHERE owner = ANY(%s::bigint[]) FOR UPDATE SKIP LOCKED"
)
_GIVERS = Statement(
    "SELECT recipient, giver FROM authorisation WHERE recipient = ANY(%s::bigint[]) AND state <> 3"
)


def blocked(wire: Wire, commands: Sequence[Command], variant: Variant) -> set[int]:
    """Places in ``commands`` of those that would have to wait; ends the transaction.

    Where a whole table is locked, that is every one. Sharded engines know no SKIP LOCKED over
    several shards: accounts are not looked at there.
    """
    try:
        return _blocked(wire, commands, variant)
    except (pg.LockNotAvailable, pg.DeadlockDetected):
        return set(range(len(commands)))
    finally:
        wire.rollback()


def _blocked(wire: Wire, commands: Sequence[Command], variant: Variant) -> set[int]:
    needs = _payers(wire, commands)
    owners = (int8s(sorted({c.owner for c in commands})),)
    there, free = wire.run([(_PATIENTS, owners), (_FREE_PATIENTS, owners)])
    patients = {row[0] for row in there} - {row[0] for row in free}
    accounts: set[int] = set()
    if variant is Variant.ORDERED:
        names = (int8s(sorted(set().union(*needs))),)
        there, free = wire.run([(_ACCOUNTS, names), (_FREE_ACCOUNTS, names)])
        accounts = {row[0] for row in there} - {row[0] for row in free}
    return {
        place
        for place, command in enumerate(commands)
        if command.owner in patients or not accounts.isdisjoint(needs[place])
    }


def _payers(wire: Wire, commands: Sequence[Command]) -> list[set[int]]:
    """Whose accounts each command locks: the patient's, givers', those that once paid."""
    needs = [{command.owner} for command in commands]
    givers: dict[int, set[int]] = {}
    (rows,) = wire.run([(_GIVERS, (int8s(sorted({c.owner for c in commands})),))])
    for recipient, giver in rows:
        givers.setdefault(recipient, set()).add(giver)
    results = _results(wire, commands)
    wanted = sorted({one for one in results if one is not None})
    visits = sorted({(c.owner, c.mdtrt_id) for c in commands if isinstance(c, SettleVisit)})
    records = [
        *_records(wire, lookups.SETTLEMENTS, wanted),
        *_records(wire, lookups.STANDING, visits),
    ]
    paid: dict[tuple[int, int], set[int]] = {}
    stood: dict[tuple[int, int], set[int]] = {}
    for record in records:
        who = {payer.giver for payer in record.body.payers}
        paid.setdefault((record.owner, record.setl_id), set()).update(who)
        stood.setdefault((record.owner, record.mdtrt_id), set()).update(who)
    for need, command, result in zip(needs, commands, results, strict=True):
        need.update(givers.get(command.owner, ()))
        if result is not None:
            need.update(paid.get(result, ()))
        if isinstance(command, SettleVisit):
            need.update(stood.get((command.owner, command.mdtrt_id), ()))
    return needs


def _records(wire: Wire, statement: Statement, pairs: Sequence[tuple[int, int]]) -> list[Record]:
    if not pairs:
        return []
    owners, numbers = zip(*pairs, strict=True)
    (rows,) = wire.run([(statement, (int8s(owners), int8s(numbers)))])
    return [record_from_row(row) for row in rows]


def _results(wire: Wire, commands: Sequence[Command]) -> list[tuple[int, int] | None]:
    """The settlement that a command takes back, as far as it is known."""
    made: dict[tuple[int, str, str], tuple[int, int]] = {}
    named = [c.original for c in commands if isinstance(c, UndoMessage)]
    if named:
        ids, msgids, _ = zip(*named, strict=True)
        (rows,) = wire.run([(lookups.MESSAGES, (int8s(ids), texts(msgids)))])
        for institution_id, msgid, infno, _, _, owner, result_id in rows:
            if result_id:
                made[institution_id, msgid, infno] = owner, result_id
    return [
        (c.owner, c.setl_id)
        if isinstance(c, ReverseSettlement)
        else made.get(c.original)
        if isinstance(c, UndoMessage)
        else None
        for c in commands
    ]
