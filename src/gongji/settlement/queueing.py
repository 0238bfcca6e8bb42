# SPDX-License-Identifier: Apache-2.0
"""Requests that wait for a batch, oldest first, and which of them may be members of one batch.

A batch is what has arrived next, up to the first request that would have to see in the database
what another member does: the answer to a request never depends on who shares its batch, and is the
one that it would get if all were settled one by one in their order. Only who waits for a row that
somebody else has locked is overtaken. Nothing here touches a database or reads a clock.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gongji.kernel.errors import Refusal
from gongji.settlement import errors
from gongji.settlement.commands import (
    Command,
    MessageKey,
    UndoMessage,
)
from gongji.settlement.records import Record

BATCH_MAX = 256  # members of one transaction
LOCK_WAIT_S_MAX = 8.0  # how long a request waits for a row that another transaction has locked
LOCK_RETRY_S = 0.1  # how often it is looked whether the row is free
UNSEEN_RETRY_S = 4.0  # how often one is tried whose row cannot be looked at without waiting for it

log = logging.getLogger("gongji.settlement")


@dataclass(slots=True)
class Done:
    """An accepted command; ``record`` is None for an undo that had nothing to reverse."""

    record: Record | None


Outcome = Done | Refusal


class Answer(Protocol):
    """Whoever is told an outcome."""

    def set(self, outcome: Outcome) -> None:
        """Take the outcome."""


@dataclass(slots=True)
class Job:
    """A command and what came of it: an outcome, or a row that somebody else has locked."""

    command: Command
    outcome: Outcome | None = None
    blocked: bool = False
    unseen: bool = False  # by a row that ``blocked`` does not look at

    def set(self, outcome: Outcome) -> None:
        """Take the outcome."""
        self.outcome = outcome


@dataclass(slots=True)
class Item:
    """A request and whoever waits for its outcome; times are of a monotonic clock, seconds."""

    command: Command
    answers: list[Answer]
    since: float
    blocked: bool = False  # put aside: a row that it needs was locked
    unseen: bool = False  # it is tried in a batch of its own
    due: float = 0.0  # when it is tried again

    def tell(self, outcome: Outcome) -> None:
        """Tell everyone."""
        for answer in self.answers:
            answer.set(outcome)


class Line:
    """What waits for one lane. Only ``put`` may be called beside the lane's own thread."""

    def __init__(self, trial: bool = False) -> None:
        self._marks = _of_trial if trial else _of_command
        self.fresh: deque[Item] = deque()
        self._held: list[Item] = []
        self._closing = False
        self.lock_awaited = False  # whether a request waited for a locked row at the last ``take``

    def __len__(self) -> int:
        return len(self.fresh) + len(self._held)

    def put(self, item: Item) -> None:
        """Add the youngest request."""
        self.fresh.append(item)

    def take(self, now: float) -> list[Item]:
        """Take the members of the next batch out of the line; equal messages become one member."""
        waiting, self._held = deque(self._held), []
        self.lock_awaited = bool(waiting)
        taken: dict[MessageKey, Item] = {}
        members: set[Hashable] = set()
        held_back: set[Hashable] = set()
        for source in (waiting, self.fresh):
            while source:
                item = source.popleft()
                try:
                    key, marks = item.command.key, self._marks(item.command)
                except Exception:  # a fault of our own ends this request, and no lane
                    log.exception("a request could not be read")
                    item.tell(errors.outcome_unknown())
                    continue
                if item.due > now or not held_back.isdisjoint(marks):
                    held_back.update(marks)
                    self._held.append(item)
                    continue
                first = taken.get(key)
                if first is not None:
                    first.answers.extend(item.answers)
                    continue
                alone = item.unseen and bool(taken)
                if alone or len(taken) == BATCH_MAX or not members.isdisjoint(marks):
                    source.appendleft(item)
                    break
                members.update(marks)
                taken[key] = item
                if item.unseen:
                    break
            else:
                continue
            break
        self._held.extend(waiting)
        return list(taken.values())

    def settled(self, items: Sequence[Item], jobs: Sequence[Job], now: float) -> None:
        """Tell the outcomes of a batch; put aside whoever has to wait for a lock.

        After LOCK_WAIT_S_MAX, or when the lane is closing, that request is refused: 3180.
        """
        aside = []
        for item, job in zip(items, jobs, strict=True):
            if job.outcome is not None:
                item.tell(job.outcome)
            elif not job.blocked:
                item.tell(errors.internal())
            elif self._closing or now - item.since >= LOCK_WAIT_S_MAX:
                item.tell(errors.busy())
            else:
                item.blocked, item.unseen = True, job.unseen
                last = max(now + LOCK_RETRY_S, item.since + LOCK_WAIT_S_MAX)
                item.due = min(last, now + (UNSEEN_RETRY_S if job.unseen else LOCK_RETRY_S))
                aside.append(item)
        # In front of those that arrived behind them; members of one batch never wait for another.
        self._held = aside + self._held

    def close(self) -> None:
        """Let nobody wait for a lock any longer: what is put aside is tried once more."""
        self._closing = True
        for item in self._held:
            item.due = 0.0

    def pause(self, now: float) -> float | None:
        """Seconds until one that is put aside is tried again, when ``take`` has found no member.

        None when nobody waits.
        """
        if self.fresh:
            return 0.0
        if not self._held:
            return None
        return max(0.0, min([i.due for i in self._held if i.blocked], default=now) - now)


def _of_command(command: Command) -> tuple[Hashable, ...]:
    """What no other member of its batch may touch: the patient, and msgids.

    Whatever belongs to a patient is read once, before the batch is planned. A msgid stands for all
    its transactions: 2601 looks at every message that carries the one that it names.
    """
    key = command.key
    message = (key.institution_id, key.msgid)
    if isinstance(command, UndoMessage):
        return command.owner, message, (key.institution_id, command.original_msgid)
    return command.owner, message


def _of_trial(command: Command) -> tuple[Hashable, ...]:
    """Trials change nothing: none depends on another."""
    return ()
