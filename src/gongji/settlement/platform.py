# SPDX-License-Identifier: Apache-2.0
"""What a door needs, in one place: connections, policies, look-ups, the engine and the clock."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from gongji.care.catalogue import Catalogue
from gongji.care.institutions import PHARMACY_KIND, Institution, Registry
from gongji.ledger.locking import Variant
from gongji.ledger.wire import Call, Statement, Wire
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.settlement.batch import BATCH_OPTIONS, CONNECTION_OPTIONS, BatchRunner
from gongji.settlement.engine import WRITE_LANES, Engine, Submitting
from gongji.settlement.planning import Context
from gongji.settlement.publications import publish
from gongji.settlement.queueing import BATCH_MAX
from gongji.settlement.records import CIVIL_TIME
from gongji.settlement.rules import RuleBook

ID_BLOCK = 1024  # entry or visit ids fetched at once
CONNECT_TIMEOUT_S = 5


def civil_now() -> dt.datetime:
    """The present in Asia/Shanghai civil time, whole seconds as the interface carries them."""
    return _moment(int(time.time()))


@lru_cache(maxsize=4)
def _moment(second: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, CIVIL_TIME)


def _limits(options: str) -> dict[str, Any]:
    """Limits of a connection. A server that vanished without a word is noticed in seconds."""
    return {
        "options": options,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection with the limits of the money path; commits are always synchronous."""
    conn = psycopg.connect(url, prepare_threshold=1, **_limits(BATCH_OPTIONS))
    mode = conn.execute("SHOW synchronous_commit").fetchone()
    if mode is None or mode[0] not in ("on", "remote_apply"):
        conn.execute("SET synchronous_commit = on")
    conn.commit()
    return conn


@dataclass(slots=True)
class Platform:
    """Assembled services of one process; ``start`` before use, ``stop`` after."""

    url: str
    box: PrivacyBox
    library: PolicyLibrary
    catalogue: Catalogue
    institutions: Registry
    engine: Submitting
    pool: ConnectionPool[psycopg.Connection[Any]]
    now: Callable[[], dt.datetime]

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection[Any]]:
        """A pooled connection; commits at the end, rolls back on an exception."""
        with self.pool.connection() as conn:
            yield conn

    def start(self) -> None:
        """Open the pool, keep the packs in use, read the look-ups, start the engine."""
        self.pool.open(wait=True, timeout=CONNECT_TIMEOUT_S)
        with self.connect() as conn:
            publish(conn, self.library, self.now())
        self.refresh()
        self.engine.start()

    def refresh(self) -> None:
        """Read catalogue and institutions again when their version has changed."""
        with self.connect() as conn:
            self.catalogue.refresh(conn)
            self.institutions.refresh(conn)

    def stop(self) -> None:
        """Finish what is queued and close everything."""
        self.engine.stop()
        self.pool.close()


class Ids:
    """Fresh ids of one sequence, fetched a block at a time; unique, neither dense nor ordered.

    Ids are used on the connection that fetched them, or never: a server that crashes before the
    sequence's record is on its disk hands the same ids out again. On one connection an id used is
    durable no earlier than the sequence that gave it.
    """

    def __init__(self, sequence: str) -> None:
        self._wire: Wire | None = None
        block = f"SELECT nextval('{sequence}') FROM generate_series(1, {ID_BLOCK})"
        self._block: Call = (Statement(block), ())
        self._free: list[int] = []

    def reserve(self, wire: Wire, count: int) -> None:
        """Have ``count`` ids of this connection at hand, before any row is locked."""
        if wire is not self._wire:
            self._wire, self._free = wire, []
        if len(self._free) < count:
            (fresh,) = wire.run([self._block])
            self._free = [int(row[0]) for row in reversed(fresh)] + self._free

    def next(self) -> int:
        """The next id; a member of a batch takes one at most."""
        return self._free.pop()


class _Contexts:
    """What one runner plans with: its ids, and rule sets that are stored on its server."""

    def __init__(
        self,
        library: PolicyLibrary,
        rules: RuleBook,
        area_of: Callable[[int], int],
        trial: bool,
    ) -> None:
        self._library = library
        self._rules = rules
        self._area_of = area_of
        self._trial = trial
        self._entries, self._visits = Ids("entry_seq"), Ids("visit_seq")
        self._seen: Wire | None = None

    def reserve(self, wire: Wire) -> None:
        """Be ready for a batch that is about to read its facts over this wire."""
        if wire is not self._seen:
            if self._seen is not None:
                self._rules.forget()  # another server may lack what the lost one had stored
            self._seen = wire
        if not self._trial:
            self._entries.reserve(wire, BATCH_MAX)
            self._visits.reserve(wire, BATCH_MAX)

    def at(self, now: dt.datetime) -> Context:
        """The context of a batch whose facts were read by ``now``."""
        return Context(
            self._library,
            self._rules,
            self._area_of,
            self._entries.next,
            self._visits.next,
            now,
            self._trial,
        )


def build_platform(
    url: str,
    box: PrivacyBox,
    library: PolicyLibrary,
    *,
    now: Callable[[], dt.datetime] = civil_now,
    lock: bool = True,
    variant: Variant = Variant.ORDERED,
    pool_max: int = 10,
    lanes: int = WRITE_LANES,
    engine: Submitting | None = None,
) -> Platform:
    """Assemble the services of one process on a migrated database.

    ``lock=False`` takes the locks away: only the negative controls of the race tests use it.
    With one of ``lanes`` commands are settled in the order in which they were submitted; with
    more, a patient's are. ``engine`` is one that lives elsewhere (``link``).
    """
    pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
        url,
        min_size=1,
        max_size=pool_max,
        open=False,
        kwargs=_limits(CONNECTION_OPTIONS),
        check=ConnectionPool.check_connection,
        timeout=CONNECT_TIMEOUT_S,
        # Give up soon and begin anew with the next request: the pool's own pauses double.
        reconnect_timeout=CONNECT_TIMEOUT_S,
    )
    institutions = Registry(box)

    def known(institution_id: int) -> Institution:
        found = institutions.by_id(institution_id)
        if found is None:
            raise LookupError(f"institution {institution_id}")
        return found

    rules = RuleBook(lambda i: known(i).level, lambda i: known(i).kind == PHARMACY_KIND)

    def make_runner(writer: str, trial: bool) -> BatchRunner:
        contexts = _Contexts(library, rules, lambda i: known(i).area, trial)
        return BatchRunner(lambda: connect(url), contexts, now, writer, trial, variant, lock)

    if engine is None:
        engine = Engine(make_runner, lanes)
    return Platform(url, box, library, Catalogue(), institutions, engine, pool, now)
