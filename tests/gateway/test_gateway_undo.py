# SPDX-License-Identifier: Apache-2.0
"""Keys of messages and 2601: one msgid for two transactions, and an admission undone in flight."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from gateway_world import (
    PHARMACY,
    City,
    Patient,
    admission,
    bill,
    description,
    line,
    number_of,
    purchase,
    registration,
    visit_with_lines,
)

from gongji.care import services as care
from gongji.runtime import migrate
from gongji.settlement import errors, messages

WAIT_S_MAX = 20
ROUNDS = 12


def undo_of(p: Patient, message: dict[str, Any], infno: str | None = None) -> dict[str, Any]:
    """2601's input."""
    named = {"omsgid": message["msgid"], "oinfno": infno or message["infno"]}
    return {"data": {"psn_no": p.psn_no, **named}}


def answered(city: City, infno: str, data: Any, msgid: str, **more: Any) -> dict[str, Any]:
    """The reply to a message with this msgid."""
    return city.send({**city.message(infno, data, **more), "msgid": msgid})


def stays_open(city: City, p: Patient) -> int:
    (count,) = city.conn.execute(
        "SELECT count(*) FROM visit WHERE owner = %s AND setting = 4 AND status <> 3", (p.owner,)
    ).fetchone()
    city.conn.commit()
    return int(count)


# One msgid, several transactions


def test_a_msgid_of_the_second_serves_two_transactions(city: City) -> None:
    p, msgid = city.person(current=10_000), city.msgid()
    first = answered(city, "2201", registration(p, "N1"), msgid)
    assert first["infcode"] == 0, first["err_msg"]
    visit = first["output"]["data"]["mdtrt_id"]
    for infno, data in (
        ("2203A", description(p, visit)),
        ("2204", {"feedetail": [line(p, visit)]}),
        ("2207", bill(p, visit)),
    ):
        reply = answered(city, infno, data, msgid)
        assert reply["infcode"] == 0, reply["err_msg"]
        assert answered(city, infno, data, msgid)["output"] == reply["output"]
    assert answered(city, "2201", registration(p, "N1"), msgid)["output"] == first["output"]
    other = answered(city, "2201", registration(p, "N2"), msgid)
    assert number_of(other) == errors.KEY_REUSED
    assert number_of(answered(city, "2207", bill(p, visit, "99.00"), msgid)) == errors.KEY_REUSED


def test_an_a_variant_is_the_same_transaction(city: City) -> None:
    p = city.person(current=20_000)
    visit, msgid = visit_with_lines(city, p), city.msgid()
    first = answered(city, "2207", bill(p, visit), msgid)
    assert answered(city, "2207A", bill(p, visit), msgid)["output"] == first["output"]


def test_an_undo_finds_its_message_by_msgid_and_transaction(city: City) -> None:
    p, msgid = city.person(current=10_000), city.msgid(PHARMACY)
    bought = answered(city, "2102", purchase(p), msgid, code=PHARMACY)
    back = {"data": {"psn_no": p.psn_no, **ids(bought)}}
    assert answered(city, "2103", back, msgid, code=PHARMACY)["infcode"] == 0
    assert sum(city.balance(p)) == 10_000
    # The reversal has had no effect: the purchase stands again; then the purchase has had none.
    city.ok("2601", undo_of(p, {"msgid": msgid, "infno": "2103"}), code=PHARMACY)
    assert sum(city.balance(p)) < 10_000
    city.ok("2601", undo_of(p, {"msgid": msgid, "infno": "2102"}), code=PHARMACY)
    assert sum(city.balance(p)) == 10_000
    for infno, data in (("2102", purchase(p)), ("2103", back)):
        late = answered(city, infno, data, msgid, code=PHARMACY)
        assert number_of(late) == errors.KEY_CANCELLED


def ids(reply: dict[str, Any]) -> dict[str, Any]:
    info = reply["output"]["setlinfo"]
    return {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"]}


def test_an_undo_of_what_never_came_names_one_transaction(city: City) -> None:
    """The msgid is known of a registration; the settlement under it was lost on its way."""
    p, msgid = city.person(current=10_000), city.msgid()
    visit = visit_with_lines(city, p)
    assert answered(city, "2201", registration(p, "N7"), msgid)["infcode"] == 0
    city.ok("2601", undo_of(p, {"msgid": msgid, "infno": "2207"}))
    assert number_of(answered(city, "2207", bill(p, visit), msgid)) == errors.KEY_CANCELLED
    assert answered(city, "2201", registration(p, "N7"), msgid)["infcode"] == 0
    assert city.ok("2207", bill(p, visit)) is not None  # under another msgid


def test_money_that_stands_is_not_said_to_be_undone(city: City) -> None:
    """oinfno names another money message than the msgid belongs to."""
    p, msgid = city.person(current=10_000), city.msgid()
    visit = visit_with_lines(city, p)
    assert answered(city, "2207", bill(p, visit), msgid)["infcode"] == 0
    wrong = undo_of(p, {"msgid": msgid, "infno": "2304"})
    assert city.refused("2601", wrong) == errors.UNDO_MISMATCH
    city.ok("2601", undo_of(p, {"msgid": msgid, "infno": "2207"}))
    city.ok("2601", wrong)  # nothing of that msgid stands any more


# An admission and its undo


def test_an_admission_is_undone_behind_it(city: City) -> None:
    p = city.person()
    admitted = city.message("2401", admission(p))
    first = city.send(admitted)
    assert first["infcode"] == 0
    city.ok("2601", undo_of(p, admitted))
    assert stays_open(city, p) == 0
    assert number_of(city.send(admitted)) == errors.KEY_CANCELLED
    city.ok("2601", undo_of(p, admitted))
    city.ok("2401", admission(p))


def test_an_admission_is_undone_before_it_comes(city: City) -> None:
    p = city.person()
    admitted = city.message("2401", admission(p))
    city.ok("2601", undo_of(p, admitted))
    assert number_of(city.send(admitted)) == errors.KEY_CANCELLED
    assert stays_open(city, p) == 0


def test_an_admission_that_was_cancelled_is_undone(city: City) -> None:
    p = city.person()
    admitted = city.message("2401", admission(p))
    stay = city.send(admitted)["output"]["result"]["mdtrt_id"]
    city.ok("2404", {"data": {"mdtrt_id": stay, "psn_no": p.psn_no}})
    city.ok("2601", undo_of(p, admitted))
    assert number_of(city.send(admitted)) == errors.KEY_CANCELLED


def test_an_admission_that_is_in_use_cannot_be_undone(city: City) -> None:
    p = city.person()
    admitted = city.message("2401", admission(p))
    stay = city.send(admitted)["output"]["result"]["mdtrt_id"]
    city.ok("2301", {"feedetail": [line(p, stay, med_type="21")]})
    assert city.refused("2601", undo_of(p, admitted)) == 2114
    assert stays_open(city, p) == 1
    again = city.send(admitted)  # it still has its effect, and its answer
    assert again["output"]["result"]["mdtrt_id"] == stay


def test_an_undo_names_the_person_of_the_admission(city: City) -> None:
    p, other = city.person(), city.person()
    admitted = city.message("2401", admission(p))
    assert city.send(admitted)["infcode"] == 0
    assert city.refused("2601", undo_of(other, admitted)) == errors.UNDO_OTHER_PERSON
    assert stays_open(city, p) == 1


@pytest.mark.parametrize("infno", ["2201", "2203", "2204", "2301", "2402", "2404"])
def test_what_cannot_be_undone_is_said(city: City, infno: str) -> None:
    p = city.person()
    asked = undo_of(p, {"msgid": city.msgid(), "infno": infno})
    assert city.refused("2601", asked) == 4105


class Asked:
    """A message in a thread of its own."""

    def __init__(self, city: City, message: dict[str, Any]) -> None:
        self.reply: dict[str, Any] = {}
        self._thread = threading.Thread(target=lambda: self.reply.update(city.send(message)))
        self._thread.start()

    def end(self) -> dict[str, Any]:
        """Wait for it."""
        self._thread.join(WAIT_S_MAX)
        assert self.reply
        return self.reply

    @property
    def is_open(self) -> bool:
        """Whether it is not answered yet."""
        return self._thread.is_alive()


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> Iterator[threading.Event]:
    """Whoever has called this function waits at its end until the event is set."""
    inner, go_on, came = getattr(place, name), threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Any:
        answer = inner(*args, **more)
        came.set()
        assert go_on.wait(WAIT_S_MAX)
        return answer

    go_on.came = came  # type: ignore[attr-defined]
    monkeypatch.setattr(place, name, slow)
    try:
        yield go_on
    finally:
        go_on.set()


def test_an_undo_waits_for_an_admission_in_flight(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The admission has done its work and is not committed: the undo finds it behind its commit."""
    p = city.person()
    admitted = city.message("2401", admission(p))
    with held(monkeypatch, care, "admit") as go_on:
        first = Asked(city, admitted)
        assert go_on.came.wait(WAIT_S_MAX)  # type: ignore[attr-defined]
        undo = Asked(city, city.message("2601", undo_of(p, admitted)))
        time.sleep(0.3)
        assert undo.is_open
        go_on.set()
        assert (first.end()["infcode"], undo.end()["infcode"]) == (0, 0)
    assert stays_open(city, p) == 0
    assert number_of(city.send(admitted)) == errors.KEY_CANCELLED


def test_an_admission_waits_for_its_undo_in_flight(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = city.person()
    admitted = city.message("2401", admission(p))
    with held(monkeypatch, messages, "undo") as go_on:
        undo = Asked(city, city.message("2601", undo_of(p, admitted)))
        assert go_on.came.wait(WAIT_S_MAX)  # type: ignore[attr-defined]
        late = Asked(city, admitted)
        time.sleep(0.3)
        assert late.is_open
        go_on.set()
        assert undo.end()["infcode"] == 0
        assert number_of(late.end()) == errors.KEY_CANCELLED
    assert stays_open(city, p) == 0


def test_an_admission_and_its_undo_at_once_never_happened(city: City) -> None:
    orders = set()
    for number in range(ROUNDS):
        p = city.person()
        admitted = city.message("2401", admission(p))
        pair = [admitted, city.message("2601", undo_of(p, admitted))]
        both = [Asked(city, message) for message in (pair if number % 2 else pair[::-1])]
        replies = [one.end() for one in both]
        first, undo = replies if number % 2 else replies[::-1]
        assert undo["infcode"] == 0, undo["err_msg"]
        if first["infcode"] != 0:
            assert number_of(first) == errors.KEY_CANCELLED
        orders.add(first["infcode"])
        assert stays_open(city, p) == 0
        assert number_of(city.send(admitted)) == errors.KEY_CANCELLED
    assert orders


def test_without_the_key_held_the_race_appears(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the undo does not see the admission, and the database's key must save it."""
    p = city.person()
    admitted = city.message("2401", admission(p))
    monkeypatch.setattr(messages, "_hold", lambda conn, name: None)
    with held(monkeypatch, messages, "undo") as go_on:
        undo = Asked(city, city.message("2601", undo_of(p, admitted)))
        assert go_on.came.wait(WAIT_S_MAX)  # type: ignore[attr-defined]
        late = Asked(city, admitted)
        time.sleep(0.3)
        go_on.set()
        undo.end()
        assert number_of(late.end()) == 4000
    assert stays_open(city, p) == 0


# Existing rows


def test_rows_of_before_keep_working(new_db: Any) -> None:
    """The key of before is put back with its rows; the step makes the new one of them."""
    url = new_db()
    with psycopg.connect(url) as conn:
        conn.execute(
            "ALTER TABLE message DROP CONSTRAINT message_pkey,"
            " ADD CONSTRAINT message_pkey PRIMARY KEY (institution_id, msgid)"
        )
        # tidy: rows as the release before left them
        conn.execute(
            "INSERT INTO message VALUES (1, 'X', '2207', 'f', 1, 7, 70, NULL, now()),"
            " (1, 'Y', '2401', 'g', 2, 7, 0, NULL, now()),"
            " (2, 'X', '2201', 'h', 1, 8, 80, '{\"output\": \"1\"}', now())"
        )
        # Steps are put back from the last one on.
        conn.execute("DROP TABLE fund_difference")
        steps = ["0004_message_key", "0005_fund_difference"]
        conn.execute("DELETE FROM django_migrations WHERE name = ANY(%s)", (steps,))
    assert migrate.migrate(url) == [("gongji_settlement", step) for step in steps]
    assert migrate.migrate(url) == []
    with psycopg.connect(url) as conn:
        rows = conn.execute("SELECT msgid, infno, outcome, answer FROM message ORDER BY result_id")
        assert rows.fetchall() == [
            ("Y", "2401", 2, None),
            ("X", "2207", 1, None),
            ("X", "2201", 1, {"output": "1"}),
        ]
        # tidy: a row of another transaction under the same msgid
        conn.execute("INSERT INTO message VALUES (1, 'X', '2201', 'f', 1, 7, 70, NULL, now())")
        with pytest.raises(psycopg.errors.UniqueViolation):
            # tidy: fault, a key twice
            conn.execute("INSERT INTO message VALUES (1, 'X', '2207', 'z', 1, 7, 9, NULL, now())")
