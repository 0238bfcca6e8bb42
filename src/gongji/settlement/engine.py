# SPDX-License-Identifier: Apache-2.0
"""Group commit: concurrent requests gathered into one transaction, answered after it is durable.

One bad member never fails the others. Any number of engines may run on one database; nothing is
kept between batches that a decision rests on. Invariants: a reply leaves only after the commit is
known durable; a commit whose outcome is not known is looked up by its keys before any answer.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from gongji.kernel.errors import Refusal
from gongji.settlement import errors
from gongji.settlement.batch import Attempt, BatchRunner, Job, Outcome
from gongji.settlement.commands import Command, ReverseSettlement, SettleVisit, UndoMessage
from gongji.settlement.records import Record

BATCH_MAX = 256  # members of one transaction
QUEUE_MAX = 4096  # requests waiting; beyond it "busy" is answered at once
WRITE_LANES = 2
WATCH_S = 1.0  # how often overdue answers are looked for
ANSWER_WAIT_S_MAX = 60  # how long a caller waits; then the outcome is unknown to it


class _AsyncAnswer:
    """A callback that is run once, in its event loop, with the outcome."""

    __slots__ = ("deliver", "done", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, deliver: Callable[[Outcome], None]) -> None:
        self.loop = loop
        self.deliver = deliver
        self.done = False

    def set(self, outcome: Outcome) -> None:
        if not self.done:
            self.done = True
            self.deliver(outcome)


class _SyncAnswer:
    """Where a thread waits."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        self.future: Future[Outcome] = Future()

    def set(self, outcome: Outcome) -> None:
        if not self.future.done():
            self.future.set_result(outcome)


@dataclass(slots=True)
class _Item:
    command: Command
    answers: list[_AsyncAnswer | _SyncAnswer]


class Lane:
    """One queue with its writer thread (or its reader, for trials)."""

    def __init__(self, name: str, runner: BatchRunner) -> None:
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._deferred: list[_Item] = []
        self._runner = runner
        self._closing = False
        self._gate = threading.Lock()  # nothing is queued behind the closing mark
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then end the thread and its connection."""
        with self._gate:
            self._closing = True
            self._queue.put(None)
        self._thread.join(timeout=ANSWER_WAIT_S_MAX)

    def put(self, command: Command, answer: _AsyncAnswer | _SyncAnswer) -> None:
        """Queue a request; raises Refusal 3180 when the queue is full or closing."""
        with self._gate:
            if self._closing or self._queue.qsize() >= QUEUE_MAX:
                raise errors.busy()
            self._queue.put(_Item(command, [answer]))

    def _run(self) -> None:
        while True:
            items, closing = self._gather()
            if items:
                jobs = [Job(item.command) for item in items]
                self._runner.run(jobs)
                _deliver(items, jobs)
            # More than one batch may be queued when the end is asked for: all are answered.
            if closing and not self._deferred and self._queue.empty():
                self._runner.close()
                return

    def _gather(self) -> tuple[list[_Item], bool]:
        """Next batch: deferred members first, then what is queued, without waiting for more."""
        incoming = self._deferred
        self._deferred = []
        closing = False
        if not incoming:
            first = self._queue.get()
            if first is None:
                closing = True
            else:
                incoming = [first]
        try:
            while len(incoming) < BATCH_MAX:
                item = self._queue.get_nowait()
                if item is None:
                    closing = True
                else:
                    incoming.append(item)
        except Empty:
            pass
        closing = closing or self._closing
        return self._admit(incoming), closing

    def _admit(self, incoming: Sequence[_Item]) -> list[_Item]:
        """Join equal messages; put off members that depend on another of the same batch."""
        batch: dict[tuple[int, str], _Item] = {}
        has_reversal: set[int] = set()
        for item in incoming:
            command = item.command
            key = (command.key.institution_id, command.key.msgid)
            first = batch.get(key)
            if first is not None:
                if first.command.key == command.key:
                    first.answers.extend(item.answers)
                else:
                    self._deferred.append(item)
                continue
            if self._must_wait(command, batch, has_reversal):
                self._deferred.append(item)
                continue
            if isinstance(command, ReverseSettlement | UndoMessage):
                has_reversal.add(command.owner)
            batch[key] = item
        return list(batch.values())

    @staticmethod
    def _must_wait(
        command: Command, batch: dict[tuple[int, str], _Item], has_reversal: set[int]
    ) -> bool:
        if isinstance(command, UndoMessage):
            # An undo of a message that is being done right now waits for its outcome.
            return (command.key.institution_id, command.original_msgid) in batch
        return isinstance(command, SettleVisit) and command.owner in has_reversal


def _deliver(items: Sequence[_Item], jobs: Sequence[Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_AsyncAnswer, Outcome]]] = {}
    for item, job in zip(items, jobs, strict=True):
        outcome = job.outcome if job.outcome is not None else errors.internal()
        for answer in item.answers:
            if isinstance(answer, _AsyncAnswer):
                by_loop.setdefault(answer.loop, []).append((answer, outcome))
            else:
                answer.set(outcome)
    for loop, answers in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set_all, answers)


def _set_all(answers: list[tuple[_AsyncAnswer, Outcome]]) -> None:
    for answer, outcome in answers:
        answer.set(outcome)


class _Waiting:
    """Answers not given yet, in the order of asking; overdue ones are told "unknown".

    One timer looks at all of them, which costs a request less than a timer of its own.
    """

    def __init__(self) -> None:
        self._answers: deque[tuple[float, _AsyncAnswer]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, answer: _AsyncAnswer) -> None:
        """Watch an answer of the running loop."""
        loop = answer.loop
        answers = self._answers
        if len(answers) > QUEUE_MAX:
            while answers and answers[0][1].done:
                answers.popleft()
        answers.append((loop.time() + ANSWER_WAIT_S_MAX, answer))
        if self._timer is None or self._loop is not loop:
            self._loop = loop
            self._timer = loop.call_later(WATCH_S, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        answers, now = self._answers, loop.time()
        while answers and (answers[0][1].done or answers[0][0] <= now):
            answer = answers.popleft()[1]
            if not answer.done:
                answer.set(errors.outcome_unknown())
        self._timer = loop.call_later(WATCH_S, self._look, loop) if answers else None


class Engine:
    """The settlement engine of one process: writing lanes, by patient, and one trial lane.

    A patient always takes the same lane, so lanes seldom wait for each other's locks: while one
    waits for the database, another plans. Correctness rests on the locks, never on the lanes.
    """

    def __init__(
        self, make_runner: Callable[[str, bool], BatchRunner], lanes: int = WRITE_LANES
    ) -> None:
        writer = f"{socket.gethostname()}:{os.getpid()}"
        self._writes = tuple(
            Lane(f"gongji-writer-{number}", make_runner(writer, False)) for number in range(lanes)
        )
        self._trials = Lane("gongji-trials", make_runner(writer, True))
        self._waiting = _Waiting()

    def start(self) -> None:
        """Start both lanes."""
        for lane in self._writes:
            lane.start()
        self._trials.start()

    def stop(self) -> None:
        """Finish what is queued and end; later requests are answered "busy"."""
        for lane in self._writes:
            lane.stop()
        self._trials.stop()

    def submit(
        self, command: Command, deliver: Callable[[Outcome], None], *, trial: bool = False
    ) -> None:
        """Queue a command; ``deliver`` is called once, in the running event loop.

        Raises Refusal 3180 when there is no room. After ANSWER_WAIT_S_MAX the outcome is
        delivered as unknown: a commit may wait for its standby without end, a caller may not.
        """
        answer = _AsyncAnswer(asyncio.get_running_loop(), deliver)
        (self._trials if trial else self._lane(command)).put(command, answer)
        self._waiting.add(answer)

    def _lane(self, command: Command) -> Lane:
        return self._writes[command.owner % len(self._writes)]

    async def settle(self, command: Command) -> Record | None:
        """Settle, reverse or undo; None for an undo that had nothing to reverse.

        Raises Refusal. Returns only after the commit is durable; a repeated key returns the first
        record.
        """
        return await self._wait(command, trial=False)

    async def trial(self, command: Command) -> Record:
        """What the settlement would give if nothing changes; stores nothing. Raises Refusal."""
        return _settled(await self._wait(command, trial=True))

    def settle_now(self, command: Command) -> Record | None:
        """``settle`` for a caller without an event loop."""
        return _wait_now(self._lane(command), command)

    def trial_now(self, command: Command) -> Record:
        """``trial`` for a caller without an event loop."""
        return _settled(_wait_now(self._trials, command))

    async def _wait(self, command: Command, *, trial: bool) -> Record | None:
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def deliver(outcome: Outcome) -> None:
            if not future.done():
                future.set_result(outcome)

        self.submit(command, deliver, trial=trial)
        outcome = await future
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome.record


def _wait_now(lane: Lane, command: Command) -> Record | None:
    answer = _SyncAnswer()
    lane.put(command, answer)
    try:
        outcome = answer.future.result(timeout=ANSWER_WAIT_S_MAX)
    except TimeoutError as late:
        # It may still be done; the caller learns it by sending the same message again.
        raise errors.outcome_unknown() from late
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome.record


def _settled(record: Record | None) -> Record:
    if record is None:
        raise errors.internal()
    return record


__all__ = ["Attempt", "Engine", "Lane"]
