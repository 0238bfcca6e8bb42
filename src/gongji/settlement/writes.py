# SPDX-License-Identifier: Apache-2.0
"""Everything one batch writes, gathered while it is planned, sent set-based before the commit.

Money goes through the ledger's ``prepare`` and ``WRITE`` alone; the rest (records, accumulators,
limits, messages, visits of purchases) follows in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from gongji.ledger.services import WRITE, Batch, NewEntry, prepare
from gongji.ledger.wire import Call
from gongji.settlement import stores
from gongji.settlement.commands import KeyName, MessageKey
from gongji.settlement.facts import World
from gongji.settlement.known import MessageRow
from gongji.settlement.postings import entry_of
from gongji.settlement.records import Record, pack
from gongji.settlement.stores import NewVisit
from gongji.sharing.authorisations import Authorisation

ACCEPTED = 1
CANCELLED = 2


@dataclass(slots=True)
class Writes:
    """Collected writes of a batch."""

    entries: list[NewEntry] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)
    messages: list[tuple[MessageKey, int, int]] = field(default_factory=list)
    tombstones: dict[KeyName, MessageRow] = field(default_factory=dict)
    never_came: dict[KeyName, MessageRow] = field(default_factory=dict)
    reversed_ids: list[tuple[int, int, int]] = field(default_factory=list)
    accumulators: set[tuple[int, int, int]] = field(default_factory=set)
    authorisations: dict[tuple[int, int], Authorisation] = field(default_factory=dict)
    visits: list[NewVisit] = field(default_factory=list)
    settled_lines: list[tuple[int, int, str, int, int]] = field(default_factory=list)
    freed_lines: list[tuple[int, int, int]] = field(default_factory=list)

    def add_record(self, record: Record, key: MessageKey) -> None:
        """A settlement, reversal or restored settlement with its postings and its message."""
        packed = pack(record)
        self.records.append(record)
        self.packed.append(packed)
        self.entries.append(entry_of(record, packed))
        self.add_message(key, record.owner, record.setl_id)

    def add_message(self, key: MessageKey, owner: int, result_id: int) -> None:
        """Remember an accepted message."""
        self.messages.append((key, owner, result_id))

    def is_empty(self) -> bool:
        """Nothing to commit."""
        return not (self.messages or self.records or self.tombstones or self.never_came)


def calls_of(world: World, writes: Writes, now: dt.datetime, writer: str) -> list[Call]:
    """All writes of the batch, in the order in which they are to be sent, with the commit."""
    calls = list(stores.undone(writes.never_came, writes.tombstones, now))
    if writes.entries:
        posted = prepare(Batch(entries=writes.entries, writer=writer, made_at=now))
        calls.append((WRITE, posted.params))
    if writes.visits:
        calls.extend(stores.purchases(writes.visits, now))
    calls.extend(stores.reversals(writes.reversed_ids, writes.freed_lines))
    if writes.records:
        calls.append(stores.settlements(writes.records, writes.packed, now))
        calls.extend(stores.differences(writes.records, now))
    calls.extend(stores.accumulators(world, writes.accumulators))
    if writes.authorisations:
        calls.append(stores.authorisations(writes.authorisations))
    if writes.messages:
        calls.append(stores.messages(writes.messages, now))
    if writes.settled_lines:
        calls.append(stores.settled_lines(writes.settled_lines))
    return calls
