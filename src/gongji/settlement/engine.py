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
from abc import ABC, abstractmethod
from collections.abc import Callable

from gongji.kernel.errors import Refusal
from gongji.settlement import errors
from gongji.settlement.batch import BatchRunner
from gongji.settlement.commands import Command
from gongji.settlement.lanes import LoopAnswer, LoopLane, ThreadAnswer, ThreadLane
from gongji.settlement.queueing import Outcome
from gongji.settlement.records import Record
from gongji.settlement.waiting import Waiting

WRITE_LANES = 1
ANSWER_WAIT_S_MAX = 60  # how long a caller waits; then the outcome is unknown to it

MakeRunner = Callable[[str, bool], BatchRunner]


class _InLoop:
    """The lanes of one event loop."""

    def __init__(
        self, make_runner: MakeRunner, writer: str, lanes: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.loop = loop
        self.writes = tuple(LoopLane(make_runner(writer, False), loop) for _ in range(lanes))
        self.trials = LoopLane(make_runner(writer, True), loop)
        self.waiting = Waiting()

    def stop(self) -> None:
        """Finish what is queued, if the loop still runs and this is not its own thread."""
        every = (*self.writes, self.trials)
        if not self.loop.is_running():
            for lane in every:
                lane.abandon()
            return
        here = _running_loop() is self.loop
        for lane in every:
            if here:
                lane.close()
            else:
                self.loop.call_soon_threadsafe(lane.close)
        if not here:
            for lane in every:
                lane.wait_ended()


class Submitting(ABC):
    """Anything that takes commands in an event loop: an engine here, or a link to one."""

    @abstractmethod
    def start(self) -> None:
        """Begin."""

    @abstractmethod
    def stop(self) -> None:
        """Finish what is queued and end; later requests are answered "busy"."""

    @abstractmethod
    def settle_now(self, command: Command) -> Record | None:
        """``settle`` for a caller without an event loop."""

    @abstractmethod
    def trial_now(self, command: Command) -> Record:
        """``trial`` for a caller without an event loop."""

    @abstractmethod
    def submit(
        self, command: Command, deliver: Callable[[Outcome], None], *, trial: bool = False
    ) -> None:
        """Queue a command; ``deliver`` is called once, in the running event loop.

        Raises Refusal 3180 when there is no room.
        """

    async def settle(self, command: Command) -> Record | None:
        """Settle, reverse or undo; None for an undo that had nothing to reverse.

        Raises Refusal. Returns only after the commit is durable; a repeated key returns the first
        record.
        """
        return await self._wait(command, trial=False)

    async def trial(self, command: Command) -> Record:
        """What the settlement would give if nothing changes; stores nothing. Raises Refusal."""
        return _settled(await self._wait(command, trial=True))

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


class Engine(Submitting):
    """The settlement engine of one process: a writing lane and a trial lane.

    Callers in an event loop have lanes in that loop, callers in threads lanes with threads. One
    large batch at a time costs less than two small ones, so one writing lane is enough; with more
    of them a patient always takes the same one. Correctness rests on the locks, never on the lanes.
    """

    def __init__(self, make_runner: MakeRunner, lanes: int = WRITE_LANES) -> None:
        self._make_runner = make_runner
        self._lanes = lanes
        self._writer = writer = f"{socket.gethostname()}:{os.getpid()}"
        self._writes = tuple(
            ThreadLane(f"gongji-writer-{number}", make_runner(writer, False))
            for number in range(lanes)
        )
        self._trials = ThreadLane("gongji-trials", make_runner(writer, True))
        self._in_loops: dict[asyncio.AbstractEventLoop, _InLoop] = {}
        self._gate = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Start the threads."""
        for lane in self._writes:
            lane.start()
        self._trials.start()

    def stop(self) -> None:
        """Finish what is queued and end; later requests are answered "busy"."""
        with self._gate:
            self._stopped = True
            places, self._in_loops = list(self._in_loops.values()), {}
        for place in places:
            place.stop()
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
        loop = asyncio.get_running_loop()
        place = self._in_loops.get(loop) or self._lanes_of(loop)
        answer = LoopAnswer(deliver)
        lane = place.trials if trial else place.writes[command.owner % self._lanes]
        lane.put(command, answer)
        place.waiting.add(answer, loop, ANSWER_WAIT_S_MAX)

    def _lanes_of(self, loop: asyncio.AbstractEventLoop) -> _InLoop:
        with self._gate:
            if self._stopped:
                raise errors.busy()
            for gone in [one for one in self._in_loops if one.is_closed()]:
                self._in_loops.pop(gone).stop()
            made = _InLoop(self._make_runner, self._writer, self._lanes, loop)
            self._in_loops[loop] = made
            return made

    def settle_now(self, command: Command) -> Record | None:
        """``settle`` for a caller without an event loop."""
        return _wait_now(self._writes[command.owner % self._lanes], command)

    def trial_now(self, command: Command) -> Record:
        """``trial`` for a caller without an event loop."""
        return _settled(_wait_now(self._trials, command))


def _wait_now(lane: ThreadLane, command: Command) -> Record | None:
    answer = ThreadAnswer()
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


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
