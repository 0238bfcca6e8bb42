# SPDX-License-Identifier: Apache-2.0
"""A queue with its writer: what has arrived while one batch is written is the next batch.

Two kinds, with the same rules of admission. A ``ThreadLane`` serves callers that wait in threads.
A ``LoopLane`` lives in an event loop: its batches run in a greenlet that gives way to the loop
whenever the database works, so reading requests, planning and answering never fight for the
interpreter. Whatever goes wrong in a batch is left to a thread, where retries may sleep. A request
that needs a row which somebody else has locked is put aside and tried again; others go on.
"""

from __future__ import annotations

import asyncio
import logging
import select
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import greenlet
import psycopg
from psycopg import pq
from psycopg.waiting import Ready, Wait

from gongji.ledger.wire import Answers
from gongji.settlement import errors
from gongji.settlement.batch import BatchRunner, OutcomeUnknown
from gongji.settlement.commands import Command
from gongji.settlement.queueing import BATCH_MAX, Item, Job, Line, Outcome

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


class Lane:
    """What both kinds share: a line of requests and the runner that settles them."""

    def __init__(self, runner: BatchRunner) -> None:
        self._runner = runner
        self._line = Line(runner.trial)
        self._closing = False


class ThreadLane(Lane):
    """One line with its writer thread (or its reader, for trials)."""

    def __init__(self, name: str, runner: BatchRunner) -> None:
        super().__init__(runner)
        self._gate = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then end the thread and its connection."""
        with self._gate:
            self._closing = True
            self._line.close()
            self._gate.notify()
        self._thread.join(timeout=STOP_WAIT_S_MAX)

    def put(self, command: Command, answer: ThreadAnswer) -> None:
        """Queue a request; raises Refusal 3180 when the queue is full or closing."""
        with self._gate:
            if self._closing or len(self._line) >= QUEUE_MAX:
                raise errors.busy()
            self._line.put(Item(command, [answer], time.monotonic()))
            self._gate.notify()

    def _run(self) -> None:
        while True:
            with self._gate:
                items = self._line.take(time.monotonic())
                if not items:
                    if self._closing and not self._line:
                        break
                    self._gate.wait(self._line.pause(time.monotonic()))
                    continue
            try:
                self._settle(items)
            except Exception:
                self._give_up(items)
        self._runner.close()

    def _settle(self, items: list[Item]) -> None:
        jobs = [Job(item.command) for item in items]
        self._runner.settle(jobs, careful=self._line.lock_awaited)
        with self._gate:
            self._line.settled(items, jobs, time.monotonic())

    @staticmethod
    def _give_up(items: Sequence[Item]) -> None:
        """A fault of our own, being handled, ends these requests: the lane goes on without them."""
        log.exception("a batch could not be answered")
        for item in items:
            item.tell(errors.outcome_unknown())


class LoopLane(Lane):
    """One queue in an event loop; everything but ``_slowly`` happens in the loop's thread."""

    def __init__(self, runner: BatchRunner, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(runner)
        self._loop = loop
        self._busy = False
        self._ended = threading.Event()
        self._seen = 0
        self._begin_by = 0.0
        self._timer: asyncio.TimerHandle | None = None  # for those that are put aside
        self._watched = -1  # descriptor whose readability the loop reports
        self._waiting: greenlet.greenlet | None = None

    def put(self, command: Command, answer: LoopAnswer) -> None:
        """Queue a request; raises Refusal 3180 when the queue is full or closing."""
        if self._closing or len(self._line) >= QUEUE_MAX:
            raise errors.busy()
        self._line.put(Item(command, [answer], time.monotonic()))
        self._begin()

    def close(self) -> None:
        """Take nothing more, finish what is queued, end the connection."""
        self._closing = True
        self._line.close()
        if self._line:
            self._begin()
        elif not self._busy:
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

    def _begin(self) -> None:
        if not self._busy:
            self._busy = True
            self._gather()

    def _gather(self) -> None:
        """Begin a batch when the loop has nothing more to read, or soon."""
        self._seen = len(self._line.fresh)
        self._begin_by = self._loop.time() + GATHER_S_MAX
        self._loop.call_soon(self._next)

    def _next(self) -> None:
        waiting = len(self._line.fresh)
        if self._seen < waiting < BATCH_MAX and self._loop.time() < self._begin_by:
            self._seen = waiting
            self._loop.call_soon(self._next)
            return
        items = self._line.take(time.monotonic())
        if items:
            jobs = [Job(item.command) for item in items]
            greenlet.greenlet(self._attempt).switch(items, jobs)
        else:
            self._rest()

    def _rest(self) -> None:
        """No member for a batch: wait for requests, and for the time of those put aside."""
        self._busy = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pause = self._line.pause(time.monotonic())
        if pause is not None:
            self._timer = self._loop.call_later(pause, self._begin)
        elif self._closing:
            self._end()

    def _attempt(self, items: list[Item], jobs: list[Job]) -> None:
        try:
            self._runner.attempt(jobs, self._wait, self._line.lock_awaited)
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
        self._runner.settle(jobs, why, careful=self._line.lock_awaited)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._finish, items, jobs)

    def _finish(self, items: list[Item], jobs: list[Job]) -> None:
        self._line.settled(items, jobs, time.monotonic())
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
