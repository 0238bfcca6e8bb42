# SPDX-License-Identifier: Apache-2.0
"""A queue with its writer: what has arrived while one batch is written is the next batch.

Two kinds, with the same rules of admission. A ``ThreadLane`` serves callers that wait in threads.
A ``LoopLane`` lives in an event loop: its batches run in a greenlet that gives way to the loop
whenever the database works, so reading requests, planning and answering never fight for the
interpreter. Whatever goes wrong in a batch is left to a thread, where retries may sleep.
"""

from __future__ import annotations

import asyncio
import logging
import select
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import greenlet
import psycopg
from psycopg import pq
from psycopg.waiting import Ready, Wait

from gongji.ledger.wire import Answers
from gongji.settlement import errors
from gongji.settlement.batch import BatchRunner, Job, Outcome, OutcomeUnknown
from gongji.settlement.commands import Command, ReverseSettlement, SettleVisit, UndoMessage

BATCH_MAX = 256  # members of one transaction
QUEUE_MAX = 4096  # requests waiting; beyond it "busy" is answered at once
STOP_WAIT_S_MAX = 60
GATHER_S_MAX = 0.002  # how long a batch waits while its loop still reads requests

log = logging.getLogger("gongji.settlement")


class LoopAnswer:
    """A callback that is run once, in its event loop, with the outcome."""

    __slots__ = ("deliver", "done")

    def __init__(self, deliver: Callable[[Outcome], None]) -> None:
        self.deliver = deliver
        self.done = False

    def set(self, outcome: Outcome) -> None:
        """Deliver the first outcome; later ones come too late."""
        if self.done:
            return
        self.done = True
        try:
            self.deliver(outcome)
        except Exception:  # one who cannot be told stops neither the others nor the lane
            log.exception("an answer could not be delivered")


class ThreadAnswer:
    """Where a thread waits."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        self.future: Future[Outcome] = Future()

    def set(self, outcome: Outcome) -> None:
        """Wake the thread."""
        if not self.future.done():
            self.future.set_result(outcome)


@dataclass(slots=True)
class Item:
    """A request and whoever waits for its outcome."""

    command: Command
    answers: list[LoopAnswer | ThreadAnswer]

    def answer(self, job: Job) -> None:
        """Tell everyone."""
        self.tell(job.outcome if job.outcome is not None else errors.internal())

    def tell(self, outcome: Outcome) -> None:
        """Tell everyone this."""
        for answer in self.answers:
            answer.set(outcome)


class Lane:
    """What both kinds share: which of the requests that wait may be members of one batch."""

    def __init__(self, runner: BatchRunner) -> None:
        self._runner = runner
        self._deferred: list[Item] = []

    def _admit(self, incoming: Sequence[Item]) -> list[Item]:
        """Join equal messages; put off members that depend on another of the same batch."""
        batch: dict[tuple[int, str], Item] = {}
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
            if _must_wait(command, batch, has_reversal):
                self._deferred.append(item)
                continue
            if isinstance(command, ReverseSettlement | UndoMessage):
                has_reversal.add(command.owner)
            batch[key] = item
        return list(batch.values())

    @staticmethod
    def _give_up(items: Sequence[Item]) -> None:
        """A fault of our own, being handled, ends these requests: the lane goes on without them."""
        log.exception("a batch could not be answered")
        for item in items:
            item.tell(errors.outcome_unknown())


def _must_wait(
    command: Command, batch: dict[tuple[int, str], Item], has_reversal: set[int]
) -> bool:
    if isinstance(command, UndoMessage):
        # An undo of a message that is being done right now waits for its outcome.
        return (command.key.institution_id, command.original_msgid) in batch
    return isinstance(command, SettleVisit) and command.owner in has_reversal


class ThreadLane(Lane):
    """One queue with its writer thread (or its reader, for trials)."""

    def __init__(self, name: str, runner: BatchRunner) -> None:
        super().__init__(runner)
        self._queue: SimpleQueue[Item | None] = SimpleQueue()
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
        self._thread.join(timeout=STOP_WAIT_S_MAX)

    def put(self, command: Command, answer: ThreadAnswer) -> None:
        """Queue a request; raises Refusal 3180 when the queue is full or closing."""
        with self._gate:
            if self._closing or self._queue.qsize() >= QUEUE_MAX:
                raise errors.busy()
            self._queue.put(Item(command, [answer]))

    def _run(self) -> None:
        # More than one batch may be queued when the end is asked for: all are answered.
        while not (self._closing and not self._deferred and self._queue.empty()):
            incoming = self._gather()
            try:
                if incoming:
                    self._settle(incoming)
            except Exception:
                self._give_up(incoming)
        self._runner.close()

    def _settle(self, incoming: list[Item]) -> None:
        items = self._admit(incoming)
        jobs = [Job(item.command) for item in items]
        self._runner.run(jobs)
        for item, job in zip(items, jobs, strict=True):
            item.answer(job)

    def _gather(self) -> list[Item]:
        """Next batch: deferred members first, then what is queued, without waiting for more."""
        incoming = self._deferred
        self._deferred = []
        first = None if incoming else self._queue.get()
        if first is not None:
            incoming.append(first)
        try:
            while len(incoming) < BATCH_MAX:
                item = self._queue.get_nowait()
                if item is not None:
                    incoming.append(item)
        except Empty:
            pass
        return incoming


class LoopLane(Lane):
    """One queue in an event loop; everything but ``_slowly`` happens in the loop's thread."""

    def __init__(self, runner: BatchRunner, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(runner)
        self._loop = loop
        self._queue: deque[Item] = deque()
        self._busy = False
        self._closing = False
        self._ended = threading.Event()
        self._seen = 0
        self._begin_by = 0.0
        self._watched = -1  # descriptor whose readability the loop reports
        self._waiting: greenlet.greenlet | None = None

    def put(self, command: Command, answer: LoopAnswer) -> None:
        """Queue a request; raises Refusal 3180 when the queue is full or closing."""
        if self._closing or len(self._queue) >= QUEUE_MAX:
            raise errors.busy()
        self._queue.append(Item(command, [answer]))
        if not self._busy:
            self._busy = True
            self._gather()

    def close(self) -> None:
        """Take nothing more, finish what is queued, end the connection."""
        self._closing = True
        if not self._busy:
            self._end()

    def wait_ended(self) -> None:
        """From another thread: wait until ``close`` has been done."""
        self._ended.wait(STOP_WAIT_S_MAX)

    def abandon(self) -> None:
        """The loop is gone, and with it whoever waited."""
        self._closing = True
        self._runner.close()
        self._ended.set()

    def _end(self) -> None:
        self._unwatch()
        self.abandon()

    def _gather(self) -> None:
        """Begin a batch when the loop has nothing more to read, or soon."""
        self._seen = len(self._queue)
        self._begin_by = self._loop.time() + GATHER_S_MAX
        self._loop.call_soon(self._next)

    def _next(self) -> None:
        waiting = len(self._queue)
        if self._seen < waiting < BATCH_MAX and self._loop.time() < self._begin_by:
            self._seen = waiting
            self._loop.call_soon(self._next)
            return
        incoming = self._deferred
        self._deferred = []
        queue = self._queue
        while queue and len(incoming) < BATCH_MAX:
            incoming.append(queue.popleft())
        if not incoming:
            self._busy = False
            if self._closing:
                self._end()
            return
        try:
            items = self._admit(incoming)
        except Exception:
            self._give_up(incoming)
            self._gather()
            return
        jobs = [Job(item.command) for item in items]
        greenlet.greenlet(self._attempt).switch(items, jobs)

    def _attempt(self, items: list[Item], jobs: list[Job]) -> None:
        try:
            self._runner.attempt(jobs, self._wait)
        except Exception as why:
            self._unwatch()
            try:
                threading.Thread(target=self._slowly, args=(items, jobs, why), daemon=True).start()
            except Exception:  # the system gives no thread: nothing can be retried or looked up
                self._refuse(items, jobs, why)
        else:
            self._finish(items, jobs)

    def _refuse(self, items: list[Item], jobs: list[Job], why: Exception) -> None:
        """Answer without another try, on a connection that may be in any state: end it too."""
        log.error("batch refused, no thread for it: %s", type(why).__name__)
        self._runner.close()
        unknown = isinstance(why, OutcomeUnknown)
        for job in jobs:
            job.outcome = errors.outcome_unknown() if unknown else errors.busy()
        self._finish(items, jobs)

    def _slowly(self, items: list[Item], jobs: list[Job], why: Exception) -> None:
        self._runner.run(jobs, why)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._finish, items, jobs)

    def _finish(self, items: list[Item], jobs: list[Job]) -> None:
        for item, job in zip(items, jobs, strict=True):
            item.answer(job)
        self._gather()

    def _wait(self, conn: psycopg.Connection[Any], answers: Answers) -> list[pq.abc.PGresult]:
        """psycopg's ``wait`` in a greenlet: the loop goes on until the database has answered."""
        here = greenlet.getcurrent()
        outside = here.parent
        if outside is None:
            raise RuntimeError("a batch that runs in no greenlet")
        loop, descriptor = self._loop, conn.fileno()
        try:
            wanted = next(answers)
            while True:
                if self._watched != descriptor:
                    loop.add_reader(descriptor, self._wake, Ready.R)
                    self._watched = descriptor
                if wanted & Wait.W:
                    loop.add_writer(descriptor, self._wake, Ready.W)
                self._waiting = here
                try:
                    ready = outside.switch()
                finally:
                    if wanted & Wait.W:
                        loop.remove_writer(descriptor)
                wanted = answers.send(ready)
                while _is_cut(descriptor):
                    # uvloop reports an error once and never again: what is left is read at once.
                    wanted = answers.send(Ready.R)
        except StopIteration as end:
            results: list[pq.abc.PGresult] = end.value
            return results

    def _wake(self, ready: Ready) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.switch(ready)
        elif ready is Ready.R:
            self._unwatch()  # said by the server unasked: read with the next answer

    def _unwatch(self) -> None:
        if self._watched >= 0:
            self._loop.remove_reader(self._watched)
            self._watched = -1


def _is_cut(descriptor: int) -> bool:
    """Whether the other side is gone; what it has sent before may still be there to read."""
    poll = select.poll()
    poll.register(descriptor, 0)  # asks for nothing: only errors are reported
    return bool(poll.poll(0))
