# SPDX-License-Identifier: Apache-2.0
"""The invented population: whole families, money that adds up, the same for the same seed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from gongji.members import idcard, people
from gongji.members.privacy import PrivacyBox
from gongji.members.services import load_people, resolve
from gongji.runtime.population import GIVERS_MAX, MADE_AT, make_population
from gongji.sharing.authorisations import load_for

Conn = psycopg.Connection[Any]

BOX = PrivacyBox(b"p" * 32)


def test_families(conn: Conn) -> None:
    made = make_population(conn, BOX, 400, 7)
    assert len(made.patients) + len(made.employees) == 400
    found = load_for(conn, made.patients)
    assert set(found) == set(made.patients)
    for authorisations in found.values():
        assert 1 <= len(authorisations) <= GIVERS_MAX
        assert [one.position for one in authorisations] == list(range(1, len(authorisations) + 1))
    everybody = load_people(conn, BOX, [*made.patients, *made.employees])
    for owner, person in everybody.items():
        card = idcard.IdCard(int(person.certno[:6]), person.birth, int(person.certno[14:17]))
        assert person.certno == idcard.make(card.area, card.birth, card.sequence)
        assert person.sex == card.sex
        assert person.coverages[0].active_on(MADE_AT.date())
        assert resolve(conn, BOX, people.KEY_CERT, person.certno) == owner
        assert resolve(conn, BOX, people.KEY_PSN_NO, made.psn_no(owner)) == owner


def test_money_is_in_the_ledger(conn: Conn, db: str) -> None:
    made = make_population(conn, BOX, 60, 1)
    conn.commit()
    row = conn.execute("SELECT count(*), sum(current_fen + carried_fen) FROM account").fetchone()
    assert row is not None
    assert row[0] == len(made.employees)
    posted = conn.execute("SELECT sum(amount_fen) FROM posting WHERE account IN (1, 2)").fetchone()
    assert posted == (row[1],)


def test_same_seed_same_people(conn: Conn) -> None:
    def picture() -> list[Any]:
        return conn.execute(
            "SELECT count(*), sum(current_fen), sum(carried_fen) FROM account"
        ).fetchall()

    with conn.transaction(force_rollback=True):
        make_population(conn, BOX, 100, 3)
        first = picture()
    with conn.transaction(force_rollback=True):
        make_population(conn, BOX, 100, 3)
        assert picture() == first
    with conn.transaction(force_rollback=True):
        make_population(conn, BOX, 100, 4)
        assert picture() != first


def test_too_few(conn: Conn) -> None:
    with pytest.raises(ValueError, match="at least"):
        make_population(conn, BOX, 3, 1)
