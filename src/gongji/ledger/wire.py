# SPDX-License-Identifier: Apache-2.0
"""Statements of the hot path, written to libpq directly: queued, sent in one go, read together.

psycopg sends each statement of a pipeline by itself and adapts every parameter; a batch of a few
dozen rows pays more for that than for the work. Here parameters arrive in PostgreSQL's binary
form (``Wired``), which ordinary psycopg cursors accept as well. Errors are psycopg's own.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final

import psycopg
from psycopg import Connection, pq
from psycopg import abc as pg_abc
from psycopg.adapt import Dumper, Transformer
from psycopg.pq.abc import PGresult
from psycopg.waiting import Ready, Wait

_DAY_ZERO: Final = dt.date(2000, 1, 1).toordinal()
_TIME_ZERO: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_BINARY: Final = 1
PIECE: Final = 256  # elements packed at once: one prepared format for each smaller number
_NULL: Final = struct.pack(">i", -1)
_length = struct.Struct(">i").pack
_array_head = struct.Struct(">iiiii").pack


class Wired(bytes):
    """One parameter in PostgreSQL's binary form."""

    __slots__ = ()
    OID: ClassVar[int]


class Int8(Wired):
    """bigint."""

    OID = 20


class Text(Wired):
    """text."""

    OID = 25


class Moment(Wired):
    """timestamptz."""

    OID = 1184


class Moments(Wired):
    """timestamptz[]."""

    OID = 1185


class Int8s(Wired):
    """bigint[]."""

    OID = 1016


class Dates(Wired):
    """date[]."""

    OID = 1182


class Texts(Wired):
    """text[]."""

    OID = 1009


class Blobs(Wired):
    """bytea[]."""

    OID = 1001


class _WiredDumper(Dumper):
    format = pq.Format.BINARY

    def __init__(self, cls: type[Wired], context: Any = None) -> None:
        super().__init__(cls, context)
        self.oid = cls.OID

    def dump(self, obj: Wired) -> bytes:
        return obj


for _kind in (Int8, Text, Moment, Moments, Int8s, Dates, Texts, Blobs):
    psycopg.adapters.register_dumper(_kind, _WiredDumper)


@lru_cache(maxsize=PIECE + 1)
def _int8s_packer(count: int) -> struct.Struct:
    return struct.Struct(">" + "iq" * count)


@lru_cache(maxsize=PIECE + 1)
def _dates_packer(count: int) -> struct.Struct:
    return struct.Struct(">" + "ii" * count)


def int8s(values: Collection[int]) -> Int8s:
    """Integers as bigint[]; the statement casts them where a column is smaller."""
    count = len(values)
    if not count:
        return Int8s(struct.pack(">iii", 0, 0, 20))
    flat = [8] * (2 * count)
    flat[1::2] = values
    return Int8s(_array_head(1, 0, 20, count, 1) + _packed(_int8s_packer, flat))


def moments(values: Iterable[dt.datetime]) -> Moments:
    """Aware times as timestamptz[], to the microsecond."""
    flat: list[int] = []
    for value in values:
        flat += (8, (value - _TIME_ZERO) // _MICROSECOND)
    head = _array_head(1, 0, 1184, len(flat) // 2, 1) if flat else struct.pack(">iii", 0, 0, 1184)
    return Moments(head + _packed(_int8s_packer, flat))


def optional_int8s(values: Sequence[int | None]) -> Int8s:
    """Integers with NULLs."""
    if None not in values:
        return int8s([v for v in values if v is not None])
    parts = [_NULL if v is None else struct.pack(">iq", 8, v) for v in values]
    return Int8s(_array_head(1, 1, 20, len(parts), 1) + b"".join(parts))


def dates(values: Iterable[dt.date]) -> Dates:
    """Civil dates as date[]."""
    days = [day.toordinal() - _DAY_ZERO for day in values]
    count = len(days)
    if not count:
        return Dates(struct.pack(">iii", 0, 0, 1082))
    flat = [4] * (2 * count)
    flat[1::2] = days
    return Dates(_array_head(1, 0, 1082, count, 1) + _packed(_dates_packer, flat))


def _packed(packer: Callable[[int], struct.Struct], flat: list[int]) -> bytes:
    count = len(flat) // 2
    if count <= PIECE:
        return packer(count).pack(*flat)
    starts = range(0, 2 * count, 2 * PIECE)
    pieces = [flat[start : start + 2 * PIECE] for start in starts]
    return b"".join([packer(len(piece) // 2).pack(*piece) for piece in pieces])


def texts(values: Iterable[str]) -> Texts:
    """Texts as text[]."""
    return Texts(_sized(25, [value.encode() for value in values]))


def blobs(values: Iterable[bytes]) -> Blobs:
    """Byte strings as bytea[]."""
    return Blobs(_sized(17, list(values)))


def _sized(oid: int, items: list[bytes]) -> bytes:
    if not items:
        return struct.pack(">iii", 0, 0, oid)
    parts = [b""] * (2 * len(items))
    parts[::2] = map(_length, map(len, items))
    parts[1::2] = items
    return _array_head(1, 0, oid, len(items), 1) + b"".join(parts)


def int8(value: int) -> Int8:
    """One bigint."""
    return Int8(struct.pack(">q", value))


def text(value: str) -> Text:
    """One text."""
    return Text(value.encode())


def moment(value: dt.datetime) -> Moment:
    """One aware time, to the microsecond."""
    return Moment(struct.pack(">q", (value - _TIME_ZERO) // _MICROSECOND))


class Statement:
    """SQL with ``%s`` for each parameter, prepared once per connection; results come binary."""

    __slots__ = ("count", "formats", "name", "sql")
    _made = 0

    def __init__(self, sql: str) -> None:
        parts = sql.split("%s")
        self.count = len(parts) - 1
        marked = [f"{part}${number}" for number, part in enumerate(parts[:-1], start=1)]
        self.sql = ("".join(marked) + parts[-1]).encode()
        self.formats = [_BINARY] * self.count
        Statement._made += 1
        self.name = b"gj%d" % Statement._made


Call = tuple[Statement, Sequence[bytes]]
Rows = list[tuple[Any, ...]]
Answers = pg_abc.PQGen[list[PGresult]]
Waiter = Callable[[Connection[Any], Answers], list[PGresult]]
_BEGIN = Statement("BEGIN")
_ROLLBACK = Statement("ROLLBACK")
_COMMIT = Statement("COMMIT")
_COMMIT.name = b"COMMIT"  # seen in every message, by whoever watches the wire for commits
_FINE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
_SYNC = pq.ExecStatus.PIPELINE_SYNC
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED


class CommitUnknown(Exception):
    """The commit was sent and its result is not known."""


class Wire:
    """The hot statements of one psycopg connection; not while the connection is in a pipeline.

    ``wait`` runs a generator of psycopg's kind to its end; by default the thread waits for it.
    """

    def __init__(self, conn: Connection[Any]) -> None:
        self.conn = conn
        self.wait: Waiter = Connection.wait
        self._known: set[Statement] = set()
        self._readers: dict[Statement, pg_abc.Transformer] = {}

    def run(self, calls: Sequence[Call]) -> list[Rows]:
        """Rows of each call, in one round trip, in a transaction (begun when there is none).

        Raises the psycopg error of the first call that failed; none after it has run.
        """
        if not calls:
            return []
        if self.conn.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            return self._run([(_BEGIN, ()), *calls])[1:]
        return self._run(calls)

    def commit(self, calls: Sequence[Call]) -> list[Rows]:
        """Rows of the last calls of a transaction, and its commit, in one round trip.

        Raises CommitUnknown when the commit was sent and not answered for certain. Any other
        error is of a call before it: nothing is committed.
        """
        whole = [*calls, (_COMMIT, ())]
        try:
            made, results = self._exchange(whole)
        except Exception as cut:  # whatever it was: the commit may have been sent
            raise CommitUnknown from cut
        if results[-1].status not in (*_FINE, _ABORTED):
            raise CommitUnknown from psycopg.errors.error_from_result(results[-1])
        try:
            return self._read(whole, made, results)[:-1]
        except Exception as unread:
            if results[-1].status in _FINE:  # committed, whatever could not be read of it
                raise CommitUnknown from unread
            raise

    def rollback(self) -> None:
        """End the transaction; psycopg's own ``rollback`` would drop the prepared statements."""
        if self.conn.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            self._run([(_ROLLBACK, ())])

    def _run(self, calls: Sequence[Call]) -> list[Rows]:
        made, results = self._exchange(calls)
        return self._read(calls, made, results)

    def _exchange(self, calls: Sequence[Call]) -> tuple[list[Statement | None], list[PGresult]]:
        """Send everything and take every result, whatever it is."""
        pgconn = self.conn.pgconn
        try:
            pgconn.enter_pipeline_mode()
            made = self._send(pgconn, calls)
            results = self.wait(self.conn, _answers(pgconn))
            pgconn.exit_pipeline_mode()
        except BaseException:
            self.conn.close()  # nobody knows what is still on its way
            raise
        return made, results

    def _read(
        self, calls: Sequence[Call], made: list[Statement | None], results: list[PGresult]
    ) -> list[Rows]:
        """Rows of each call; raises the error of the first that failed."""
        answers = []
        for statement, result in zip(made, results, strict=True):
            if result.status not in _FINE:
                raise psycopg.errors.error_from_result(result, self.conn.info.encoding)
            if statement is None:
                answers.append(result)
            else:
                self._known.add(statement)
        return [self._rows(call[0], one) for call, one in zip(calls, answers, strict=True)]

    def _send(self, pgconn: pq.abc.PGconn, calls: Sequence[Call]) -> list[Statement | None]:
        """What each result will be of: the preparation of a statement, or (None) a call."""
        made: list[Statement | None] = []
        for statement, params in calls:
            if statement not in self._known and statement not in made:
                pgconn.send_prepare(statement.name, statement.sql)
                made.append(statement)
            pgconn.send_query_prepared(statement.name, params, statement.formats, _BINARY)
            made.append(None)
        pgconn.pipeline_sync()
        return made

    def _rows(self, statement: Statement, result: PGresult) -> Rows:
        count = result.ntuples
        if not count:
            return []
        reader = self._readers.get(statement)
        if reader is None:
            reader = self._readers[statement] = Transformer(self.conn)
            reader.set_pgresult(result, format=pq.Format.BINARY)
        else:
            reader.set_pgresult(result, set_loaders=False)
        return reader.load_rows(0, count, tuple)


def _answers(pgconn: pq.abc.PGconn) -> Answers:
    """Everything up to the end of the pipeline."""
    results: list[PGresult] = []
    unsent = pgconn.flush()
    while True:
        ready = yield Wait.RW if unsent else Wait.R
        if ready & Ready.R:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:  # the end of one statement
                    if pgconn.status != pq.ConnStatus.OK:
                        raise psycopg.OperationalError("connection lost in a pipeline")
                    continue
                if result.status == _SYNC:
                    return results
                results.append(result)
        if unsent:
            unsent = pgconn.flush()
