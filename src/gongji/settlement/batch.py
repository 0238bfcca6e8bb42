# SPDX-License-Identifier: Apache-2.0
"""One batch against the database: attempt, retry whole, fall back to single members, or look up.

A member whose patient or payer is locked by another transaction leaves the batch and waits by
itself; the others go on without it. A statement that takes too long is looked for among single
members. A deadlock, a serialization failure or a lost race on a key retries the batch whole. A
commit that was cut, cancelled or came back with PostgreSQL's "canceling wait for synchronous
replication" warning is unknown: the same batch is run again on a new connection, where every member
that did commit is found by its key, and a further commit proves that the first one is replicated.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import errors as pg

from gongji.kernel.errors import Refusal
from gongji.ledger.locking import Variant
from gongji.ledger.wire import Call, CommitUnknown, Statement, Waiter, Wire
from gongji.settlement import errors
from gongji.settlement.blocked import blocked
from gongji.settlement.commands import Command, ReverseSettlement, UndoMessage
from gongji.settlement.facts import FactsMoved, World, load
from gongji.settlement.planning import Context, plan_settlement
from gongji.settlement.queueing import Done, Item, Job, Line, Outcome
from gongji.settlement.reversing import plan_reversal, plan_undo
from gongji.settlement.rules import RulesNotStored, Store
from gongji.settlement.writes import CANCELLED, Writes, calls_of

ATTEMPTS_MAX = 5
UNKNOWN_WAIT_S_MAX = 20  # how long an unknown outcome is looked up before it is admitted
RECONNECT_PAUSE_S = 0.1
REPLAN_S_MAX = 120
RETRYABLE = (pg.DeadlockDetected, pg.SerializationFailure, pg.UniqueViolation, FactsMoved)
STATEMENT_MS_MAX = 15_000  # of messages beside the engine; and a commit's wait for its standby
# The lane stands still for everybody so long at most: for a lock, then for a statement.
BATCH_LOCK_MS_MAX = 500
BATCH_STATEMENT_MS_MAX = 5_000
# No connection, a server that shuts down, or one that is not (any more) the leader.
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, pg.ReadOnlySqlTransaction)
CONNECTION_OPTIONS = (
    f"-c lock_timeout=8000 -c statement_timeout={STATEMENT_MS_MAX}"
    " -c idle_in_transaction_session_timeout=30000"
    " -c default_transaction_isolation=read\\ committed"
    # Every statement is a point look-up by array: one generic plan serves all batches, and a plan
    # made while a table was empty must not stay a scan when it has grown.
    " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off"
    " -c enable_mergejoin=off -c enable_bitmapscan=off -c jit=off"
)
BATCH_OPTIONS = (
    f"{CONNECTION_OPTIONS} -c lock_timeout={BATCH_LOCK_MS_MAX}"
    f" -c statement_timeout={BATCH_STATEMENT_MS_MAX}"
)
_COMMIT_LIMIT = Statement(f"SET LOCAL statement_timeout = {STATEMENT_MS_MAX}")
_BARRIER = Statement("UPDATE reference_version SET version = version WHERE name = 'barrier'")
_DISCARD_PLANS = Statement("DISCARD PLANS")
SYNC_WAIT_CANCELLED = "canceling wait for synchronous replication"

log = logging.getLogger("gongji.settlement")


class OutcomeUnknown(Exception):
    """The commit was sent and its result is not known."""


class NotConnected(Exception):
    """There is no connection yet, or not any more: making one takes time."""


@dataclass(slots=True)
class Attempt:
    """One try of a batch: what each member got, and what has to be written."""

    outcomes: list[Outcome]
    writes: Writes
    recalled: bool = False


class Contexts(Protocol):
    """What one runner plans with."""

    def reserve(self, wire: Wire) -> None:
        """Have the ids of a batch at hand, before any row is locked."""

    def at(self, now: dt.datetime) -> Context:
        """The context of a batch whose facts were read by ``now``."""


class BatchRunner:
    """Runs batches one after another on its own connection."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection[Any]],
        contexts: Contexts,
        now: Callable[[], dt.datetime],
        writer: str,
        trial: bool,
        variant: Variant = Variant.ORDERED,
        lock: bool = True,
    ) -> None:
        self._connect = connect
        self._contexts = contexts
        self._now = now
        self._writer = writer
        self.trial = trial
        self._variant = variant
        self._lock = lock and not trial
        self._conn: psycopg.Connection[Any] | None = None
        self._wire: Wire | None = None
        self._sync_wait_cancelled = False
        self._planned_at = self._connected_at = 0.0

    def attempt(self, jobs: list[Job], wait: Waiter, careful: bool = False) -> None:
        """Give every job its outcome if all goes well, waiting for the database by ``wait`` only.

        ``careful``: look for locked rows first, and mark as blocked whoever needs one. After any
        exception nothing is known: the jobs are to be given to ``settle`` with it.
        """
        wire = self._wire
        if wire is None or wire.conn.closed:
            raise NotConnected
        wire.wait = wait
        try:
            self._attempt(jobs, careful)
        finally:
            wire.wait = psycopg.Connection.wait

    def run(self, jobs: list[Job]) -> None:
        """Give every job its outcome, in this thread, in as many batches as it takes.

        Never raises. Jobs of one patient or msgid are settled in their order.
        """
        line = Line(self.trial)
        for job in jobs:
            line.put(Item(job.command, [job], time.monotonic()))
        while line:
            items = line.take(time.monotonic())
            if not items:
                time.sleep(line.pause(time.monotonic()) or 0)
                continue
            batch = [Job(item.command) for item in items]
            self.settle(batch, careful=line.lock_awaited)
            line.settled(items, batch, time.monotonic())

    def settle(
        self, jobs: list[Job], failed: Exception | None = None, *, careful: bool = False
    ) -> None:
        """Give every job of a batch its outcome, or mark it as blocked: nothing was done for it.

        Runs in this thread and never raises. ``failed`` is what an ``attempt`` has come to.
        """
        try:
            if not self._run_whole(jobs, failed, careful) and not self._run_singly(jobs):
                self._refuse(jobs, errors.busy())
        except OutcomeUnknown:
            self._refuse(jobs, errors.outcome_unknown())
        except pg.QueryCanceled:
            log.warning("a request is refused: a statement took too long")
            self._refuse(jobs, errors.busy())
        except (*AWAY, OSError) as error:
            log.error("batch refused, database away: %s", type(error).__name__)
            self._refuse(jobs, errors.busy())
        except Exception:
            log.exception("batch refused")
            self._refuse(jobs, errors.internal())

    def close(self) -> None:
        """Close the connection."""
        if self._conn is not None:
            self._conn.close()
            self._conn = self._wire = None

    def _run_whole(self, jobs: list[Job], failed: Exception | None, careful: bool) -> bool:
        """True when the batch was answered; False when single members should be tried."""
        unknown_since: float | None = None
        to_store: Store | None = None
        tries = 0
        while True:
            try:
                if failed is not None:
                    first, failed = failed, None
                    raise first
                if to_store is not None:
                    to_store(self._connected().conn)
                    to_store = None
                self._attempt(jobs, careful)
                return True
            except NotConnected:
                self.close()
            except RulesNotStored as missing:
                self._rollback()
                to_store = missing.store
            except OutcomeUnknown:
                self.close()
                unknown_since = unknown_since or time.monotonic()
                # From here on nobody is put aside as if nothing had been done.
                jobs, careful = [job for job in jobs if not job.blocked], False
            except RETRYABLE as error:
                self._rollback()
                log.info("batch of %d retried: %s", len(jobs), type(error).__name__)
                tries += 1
            except (pg.LockNotAvailable, pg.QueryCanceled) as late:
                self._rollback()
                if unknown_since is None:
                    answered = self._held_up(jobs, late, careful)
                    if answered is not None:
                        return answered
                    careful = True
            except AWAY:
                self.close()
                tries += 1
                # One refusal for all of them: single members would wait as long, each in turn.
                if unknown_since is None and tries >= ATTEMPTS_MAX:
                    raise
                time.sleep(RECONNECT_PAUSE_S)
            except Exception:
                self._rollback()
                if unknown_since is None:
                    if len(jobs) == 1:
                        raise
                    log.exception("batch of %d falls back to single members", len(jobs))
                    return False
                # Nobody may be told "nothing was done" while a commit is unknown.
                log.exception("batch of %d with an unknown outcome is tried again", len(jobs))
                time.sleep(RECONNECT_PAUSE_S)
            if unknown_since is None and tries >= ATTEMPTS_MAX:
                return False
            if unknown_since and time.monotonic() - unknown_since > UNKNOWN_WAIT_S_MAX:
                raise OutcomeUnknown

    def _held_up(self, jobs: list[Job], late: Exception, careful: bool) -> bool | None:
        """As ``_run_whole`` for a batch that has waited too long; None: look for locked rows."""
        alone = len(jobs) == 1
        if isinstance(late, pg.QueryCanceled):
            if alone:
                raise late
            return False
        if not self._lock:
            _block(jobs)
            return True
        if not careful:
            return None
        if alone:  # by no row of a patient or payer
            jobs[0].blocked = jobs[0].unseen = True
        return alone

    def _run_singly(self, jobs: list[Job]) -> bool:
        if len(jobs) == 1:
            return False
        for job in jobs:
            if not job.blocked:
                self.settle([job], careful=True)
        return True

    def _attempt(self, jobs: list[Job], careful: bool) -> None:
        wire = self._connected()
        if careful and self._lock:
            places = blocked(wire, [job.command for job in jobs], self._variant)
            _block([jobs[place] for place in places])
        jobs = [job for job in jobs if not job.blocked]
        if not jobs:
            return
        self._contexts.reserve(wire)
        commands = [job.command for job in jobs]
        world = load(wire, commands, lock=self._lock, trial=self.trial, variant=self._variant)
        # Read under the locks: whoever settles later for the same people has the later time.
        context = self._contexts.at(self._now())
        attempt = plan_batch(context, world, commands)
        if self.trial:
            wire.rollback()
        else:
            self._commit(wire, context, world, attempt)
        for job, outcome in zip(jobs, attempt.outcomes, strict=True):
            job.outcome = outcome

    def _commit(self, wire: Wire, context: Context, world: World, attempt: Attempt) -> None:
        if not attempt.writes.is_empty():
            calls: list[Call] = calls_of(world, attempt.writes, context.now, self._writer)
        elif attempt.recalled:
            # What was found by its key is answered only behind a commit of our own, which is
            # durable (and replicated) no earlier than the one it was found in.
            calls = [(_BARRIER, ())]
        else:
            wire.rollback()
            return
        self._sync_wait_cancelled = False
        try:
            wire.commit([*calls, (_COMMIT_LIMIT, ())])
        except CommitUnknown as cut:
            raise OutcomeUnknown from cut
        if self._sync_wait_cancelled:
            raise OutcomeUnknown

    def _connected(self) -> Wire:
        if self._conn is None or self._wire is None or self._conn.closed:
            self._conn = self._connect()
            self._conn.add_notice_handler(self._on_notice)
            self._wire = Wire(self._conn)
            self._planned_at = self._connected_at = time.monotonic()
        self._replan(self._wire)
        return self._wire

    def _replan(self, wire: Wire) -> None:
        """Drop generic plans at growing intervals: those of an empty table do not fit later."""
        now = time.monotonic()
        if now - self._planned_at > 1 + min(now - self._connected_at, REPLAN_S_MAX) // 2:
            wire.run([(_DISCARD_PLANS, ())])
            self._planned_at = now

    def _on_notice(self, diagnostic: pg.Diagnostic) -> None:
        if SYNC_WAIT_CANCELLED in (diagnostic.message_primary or ""):
            self._sync_wait_cancelled = True

    def _rollback(self) -> None:
        try:
            if self._wire is not None:
                self._wire.rollback()
        except psycopg.Error:
            self.close()

    @staticmethod
    def _refuse(jobs: list[Job], refusal: Refusal) -> None:
        for job in jobs:
            if job.outcome is None and not job.blocked:
                job.outcome = refusal


def _block(jobs: list[Job]) -> None:
    for job in jobs:
        job.blocked = True


def plan_batch(context: Context, world: World, commands: list[Command]) -> Attempt:
    """Plan every member in arrival order; a refused one leaves no trace."""
    attempt = Attempt([], Writes())
    for command in commands:
        try:
            outcome: Outcome = _plan(context, world, command, attempt)
        except Refusal as refusal:
            outcome = refusal
        attempt.outcomes.append(outcome)
    return attempt


def _plan(context: Context, world: World, command: Command, attempt: Attempt) -> Outcome:
    if not context.trial:
        known = world.messages.get(command.key.name)
        if known is not None:
            if known.outcome == CANCELLED:
                raise errors.key_cancelled(command.key.msgid)
            if known.fingerprint != command.key.fingerprint:
                raise errors.key_reused(command.key.msgid)
            attempt.recalled = True
            first = world.settlements.get((known.owner, known.result_id))
            return Done(first)
    writes = attempt.writes
    if isinstance(command, ReverseSettlement):
        return Done(plan_reversal(context, world, command, writes))
    if isinstance(command, UndoMessage):
        return Done(plan_undo(context, world, command, writes))
    return Done(plan_settlement(context, world, command, writes))
