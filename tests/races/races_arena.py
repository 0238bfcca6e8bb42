# SPDX-License-Identifier: Apache-2.0
"""Several engines on one database, requests sent to them at once, and what the races left behind.

Two engines of one process race as two processes do: they share nothing but the database. The
``Meeting`` makes a race certain where locks are missing; with locks it only costs its wait.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from settlement_world import KEY, NOW, World, institutions, make_platform

from clock import Clock
from gongji.kernel.errors import Refusal
from gongji.ledger.audit import audit
from gongji.ledger.sealing import seal_pending
from gongji.members.privacy import PrivacyBox
from gongji.settlement import batch
from gongji.settlement.audit import CHECKS, documents
from gongji.settlement.planning import Context
from gongji.settlement.platform import Platform
from gongji.settlement.records import Record
from patience import LOADED

# How long an engine waits, after reading, for the others to have read. Under locks they cannot
# come and the wait is in vain; where nothing holds them back they are on their way for certain.
MEETING_WAIT_S = 0.4
MEETING_S_MAX = 30 * LOADED
LEAVE_S_MAX = 30 * LOADED  # until the server has seen that connections were closed
ANSWER_WAIT_S = 60 * LOADED

Answer = Record | Refusal | BaseException | None


class EngineLog(logging.Handler):
    """Counts what the database had to refuse: retries, fall-backs, batches given up.

    ``errors`` counts by the name of the database error; with locks there is never one.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.errors: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            self.errors[record.exc_info[0].__name__] += 1
        elif record.args:
            self.errors[str(record.args[-1])] += 1


@dataclass
class Arena:
    """One world and its engines."""

    world: World
    platforms: list[Platform]
    log: EngineLog
    meeting: Callable[..., None] = field(repr=False, default=lambda parties: None)

    def at_once(self, commands: Sequence[Any], *, threads: int | None = None) -> list[Answer]:
        """Send every command at the same moment, spread over the engines; answers in order."""
        count = threads or len(commands)
        answers: list[Answer] = [None] * len(commands)
        start = threading.Barrier(count)

        def send(first: int) -> None:
            start.wait(ANSWER_WAIT_S)
            for index in range(first, len(commands), count):
                answers[index] = self.answer(commands[index], index)

        workers = [threading.Thread(target=send, args=(i,)) for i in range(count)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return answers

    def answer(self, command: Any, engine: int = 0) -> Answer:
        """The record, the refusal or the fault that one engine gives."""
        try:
            return self.platforms[engine % len(self.platforms)].engine.settle_now(command)
        except Exception as refusal:
            return refusal

    def settled(self, command: Any, engine: int = 0) -> Record:
        """The record of a command that must succeed."""
        record = self.answer(command, engine)
        assert isinstance(record, Record), record
        return record

    def faults(self, *, replay: bool = True) -> list[Any]:
        """Everything the audit finds, sealed first."""
        return audit_faults(self.world.url, replay=replay)

    def assert_clean(self) -> None:
        """No fault in the books."""
        found = self.faults()
        assert found == [], found[:5]

    def deadlocks_at_the_end(self) -> int:
        """Stop every engine; deadlocks that the server has counted when all have left.

        A server process gives its counts when it ends, which is a while after its client has left.
        """
        self.stop()
        ours = self.world.conn.info.backend_pid
        end = time.monotonic() + LEAVE_S_MAX
        with psycopg.connect(self.world.url, autocommit=True) as conn:
            while conn.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid NOT IN (pg_backend_pid(), %s)",
                (ours,),
            ).fetchone():
                assert time.monotonic() < end, "a connection stays open"
                time.sleep(0.02)
            row = conn.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        assert row is not None
        return int(row[0])

    def stop(self) -> None:
        """Stop every engine."""
        for platform in self.platforms:
            platform.stop()


def audit_faults(url: str, *, replay: bool = True) -> list[Any]:
    """Seal what is not sealed, then audit ledger and settlements."""
    with psycopg.connect(url) as conn:
        while seal_pending(conn, sweep=True):
            pass
    with psycopg.connect(url) as conn:
        report = audit(conn, settlement_documents=documents, checks=CHECKS, replay=replay)
    return report.faults


def codes(answers: Sequence[Answer]) -> Counter[Any]:
    """How often each answer came: "record", "nothing" (an undo), a refusal's code, a fault."""
    names: Counter[Any] = Counter()
    for answer in answers:
        if answer is None:
            names["nothing"] += 1
        elif isinstance(answer, Record):
            names["record"] += 1
        else:
            names[answer.code if isinstance(answer, Refusal) else repr(answer)] += 1
    return names


def records(answers: Sequence[Answer]) -> list[Record]:
    """The records among the answers."""
    return [answer for answer in answers if isinstance(answer, Record)]


def meeting_of(monkeypatch: pytest.MonkeyPatch, *, lock: bool) -> Callable[..., None]:
    """A function that makes the next first batches of N engines read before any of them writes.

    ``certain``: no lock keeps them from it, as in every control; they wait for the slowest.
    """
    plan = batch.plan_batch

    def call(parties: int, *, certain: bool = not lock) -> None:
        wait_s = MEETING_S_MAX if certain else MEETING_WAIT_S
        barrier = threading.Barrier(parties)
        met = threading.local()

        def plan_and_meet(context: Context, *facts: Any) -> Any:
            attempt = plan(context, *facts)
            if not context.trial and not getattr(met, "done", False):
                met.done = True
                with contextlib.suppress(threading.BrokenBarrierError):
                    barrier.wait(wait_s)
            return attempt

        monkeypatch.setattr(batch, "plan_batch", plan_and_meet)

    return call


@contextlib.contextmanager
def arena_on(
    url: str, monkeypatch: pytest.MonkeyPatch, *, engines: int = 4, lock: bool = True
) -> Iterator[Arena]:
    """Engines on a fresh migrated database; ``lock=False`` is the negative control."""
    log = EngineLog()
    logger = logging.getLogger("gongji.settlement")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(log)
    with psycopg.connect(url) as conn:
        institutions(conn, PrivacyBox(KEY))
        clock = Clock(NOW)
        platforms = [make_platform(url, now=clock, lock=lock) for _ in range(engines)]
        arena = Arena(
            World(url, platforms[0], conn), platforms, log, meeting_of(monkeypatch, lock=lock)
        )
        try:
            yield arena
        finally:
            arena.stop()
            logger.removeHandler(log)
            logger.setLevel(level)
