# SPDX-License-Identifier: Apache-2.0
"""The messages that a batch has to know: those of its members, and those that 2601 names."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gongji.ledger.wire import Call, Rows, Wire, int8s, texts
from gongji.settlement import lookups
from gongji.settlement.commands import Command, KeyName, UndoMessage


class MessageRow(msgspec.Struct):
    """An accepted message."""

    infno: str
    fingerprint: bytes
    outcome: int
    owner: int
    result_id: int


Messages = dict[KeyName, MessageRow]


def keys_of(commands: Sequence[Command]) -> list[KeyName]:
    """Return the names of all messages that these commands concern."""
    undone = [c.original for c in commands if isinstance(c, UndoMessage)]
    return [c.key.name for c in commands] + undone


def messages_call(keys: Sequence[KeyName]) -> Call:
    """Read every message of these msgids: 2601 is told when another transaction has taken one."""
    ids, msgids, _ = zip(*keys, strict=True)
    return lookups.MESSAGES, (int8s(ids), texts(msgids))


def read_messages(wire: Wire, messages: Messages, keys: Sequence[KeyName]) -> None:
    """Add the messages of these msgids, in a round trip of their own."""
    if keys:
        (rows,) = wire.run([messages_call(keys)])
        keep_messages(messages, rows)


def keep_messages(messages: Messages, rows: Rows) -> None:
    """Add messages that were read."""
    for institution_id, msgid, infno, fingerprint, outcome, owner, result_id in rows:
        messages[institution_id, msgid, infno] = MessageRow(
            infno, fingerprint, outcome, owner, result_id
        )


def results_of(messages: Messages, named: Sequence[KeyName]) -> set[tuple[int, int]]:
    """Return what the messages that 2601 names have made, as far as they are known."""
    found = (messages.get(key) for key in named)
    return {(m.owner, m.result_id) for m in found if m is not None and m.result_id}
