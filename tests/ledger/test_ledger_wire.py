# SPDX-License-Identifier: Apache-2.0
"""The wire of the hot statements: what is sent arrives, errors are psycopg's, nothing lingers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from gongji.ledger import wire
from gongji.ledger.wire import PIECE, CommitUnknown, Statement, Wire

pytestmark = pytest.mark.postgres
ZONE = dt.timezone(dt.timedelta(hours=8))
NUMBERS = [0, 1, -1, 2**63 - 1, -(2**63), *range(10**7, 10**7 + 2 * PIECE + 3)]
TEXTS = ["", "NULL", 'a "b"', "c\\d", "e,f{g}", "第一批", "line\nbreak"]
DAYS = [dt.date(1950, 1, 1), dt.date(2000, 1, 1), dt.date(2026, 3, 2)] * PIECE
TIMES = [dt.datetime(1970, 1, 1, tzinfo=ZONE), dt.datetime(2026, 3, 2, 10, 0, 0, 1, tzinfo=ZONE)]
ARRAYS = {
    "bigint": (wire.int8s, NUMBERS),
    "bigint with NULLs": (wire.optional_int8s, [None, 5, None, -5]),
    "bigint without NULLs": (wire.optional_int8s, [5, -5]),
    "text": (wire.texts, TEXTS),
    "bytea": (wire.blobs, [b"", b"\x00\xff", b"\\x41"]),
    "date": (wire.dates, DAYS),
    "timestamptz": (wire.moments, TIMES),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("empty", [False, True])
def test_arrays_arrive_as_they_were_sent(conn: psycopg.Connection, name: str, empty: bool) -> None:
    to_wire, values = ARRAYS[name]
    sent: list[Any] = [] if empty else list(values)
    sql = f"SELECT unnest(%s::{name.split()[0]}[])"
    assert [row[0] for row in conn.execute(sql, (to_wire(sent),))] == sent
    (rows,) = Wire(conn).run([(Statement(sql), (to_wire(sent),))])
    assert [row[0] for row in rows] == sent


@pytest.mark.parametrize(
    ("make", "kind", "value"),
    [
        (wire.int8, "bigint", -7),
        (wire.text, "text", "共济"),
        (wire.moment, "timestamptz", TIMES[1]),
    ],
)
def test_single_values(
    conn: psycopg.Connection, make: Callable[[Any], bytes], kind: str, value: Any
) -> None:
    assert Wire(conn).run([(Statement(f"SELECT %s::{kind}"), (make(value),))]) == [[(value,)]]
    assert conn.execute(f"SELECT %s::{kind}", (make(value),)).fetchone() == (value,)


def test_one_transaction_until_it_is_ended(conn: psycopg.Connection) -> None:
    line = Wire(conn)
    conn.rollback()
    number = Statement("SELECT pg_current_xact_id()::text")
    first = line.run([(number, ()), (number, ())])
    assert first[0] == first[1] == line.run([(number, ())])[0]
    line.rollback()
    assert line.run([(number, ())])[0] != first[0]
    assert line.run([]) == []


def test_an_error_is_psycopgs_and_the_wire_goes_on(conn: psycopg.Connection) -> None:
    line, fine = Wire(conn), Statement("SELECT 1")
    divide = Statement("SELECT 1 / %s::bigint")
    for _ in range(2):  # prepared or not
        with pytest.raises(psycopg.errors.DivisionByZero):
            line.run([(fine, ()), (divide, (wire.int8(0),)), (fine, ())])
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            line.run([(fine, ())])
        line.rollback()
        assert line.run([(fine, ()), (divide, (wire.int8(1),))]) == [[(1,)], [(1,)]]
        conn.commit()
    with pytest.raises(psycopg.errors.SyntaxError):
        line.run([(Statement("SELEKT"), ())])
    line.rollback()
    assert line.run([(fine, ())]) == [[(1,)]]


def test_a_lost_connection_is_an_operational_error(conn: psycopg.Connection) -> None:
    line, fine = Wire(conn), Statement("SELECT 1")
    line.run([(fine, ())])
    end = Statement("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(psycopg.OperationalError):
        line.run([(fine, ()), (end, ()), (fine, ())])
    with pytest.raises(psycopg.OperationalError):
        line.run([(fine, ())])


def test_a_number_that_does_not_fit_never_leaves() -> None:
    with pytest.raises(wire.struct.error):
        wire.int8s([2**63])


def test_the_last_calls_are_committed_with_their_rows(conn: psycopg.Connection) -> None:
    line = Wire(conn)
    conn.execute("CREATE TABLE kept (n bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    conn.commit()
    put = Statement("INSERT INTO kept VALUES (%s::bigint) RETURNING n")
    divide = Statement("SELECT 1 / %s::bigint")
    line.run([(put, (wire.int8(1),))])
    assert line.commit([(put, (wire.int8(2),)), (divide, (wire.int8(1),))]) == [[(2,)], [(1,)]]
    # A call before the commit fails: nothing is committed, and that is certain.
    line.run([(put, (wire.int8(3),))])
    with pytest.raises(psycopg.errors.DivisionByZero):
        line.commit([(divide, (wire.int8(0),))])
    line.rollback()
    # The commit itself fails: what became of it is for the caller to look up.
    line.run([(put, (wire.int8(1),))])
    with pytest.raises(CommitUnknown):
        line.commit([(put, (wire.int8(4),))])
    assert conn.execute("SELECT n FROM kept ORDER BY n").fetchall() == [(1,), (2,)]


def test_an_exchange_that_was_cut_closes_the_connection(conn: psycopg.Connection) -> None:
    line = Wire(conn)

    def cut(*args: Any) -> Any:
        raise TimeoutError

    line.wait = cut
    with pytest.raises(TimeoutError):
        line.run([(Statement("SELECT 1"), ())])
    assert conn.closed
