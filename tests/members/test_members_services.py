# SPDX-License-Identifier: Apache-2.0
"""Persons, keys, coverage and filings on a real database; the wrong ones are refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from gongji.kernel.errors import Refusal
from gongji.members import errors, idcard, people, services
from gongji.members.people import ChronicFiling, Coverage
from gongji.members.privacy import PrivacyBox

Conn = psycopg.Connection[Any]

TODAY = dt.date(2026, 11, 22)
BOX = PrivacyBox(b"m" * 32)
# The first whose check character is X, to prove that x is read.
WITH_X = next(
    number
    for number in (idcard.make(360100, dt.date(1980, 1, 1), n) for n in range(99))
    if number.endswith("X")
)
EMPLOYEE = Coverage(
    coverage_no=1,
    insutype=310,
    area=360100,
    psn_type="11",
    retired=False,
    status=people.INSURED,
    civil_servant=False,
    aid_class=0,
    flexible=False,
    credit_base_fen=600_000,
    begun=dt.date(2010, 1, 1),
    paused=None,
    ended=None,
    employer="演示单位",
)


def register(conn: Conn, number: str = WITH_X, **more: Any) -> int:
    return services.register_person(
        conn, BOX, cert_type="1", certno=number, name="王演示", today=TODAY, **more
    )


def test_a_person_is_found_by_every_key(conn: Conn) -> None:
    owner = register(conn, psn_no="P1", tokens=["token-1"], cards=["C9"], phone="13800000000")
    for kind, text in (
        (people.KEY_CERT, WITH_X.lower()),
        (people.KEY_PSN_NO, "P1"),
        (people.KEY_TOKEN, "token-1"),
        (people.KEY_CARD, "C9"),
    ):
        assert services.resolve(conn, BOX, kind, text) == owner
    assert services.resolve(conn, BOX, people.KEY_TOKEN, WITH_X) is None
    assert services.find_by_certificate(conn, BOX, "01", WITH_X) == owner
    assert services.find_by_certificate(conn, BOX, "08", WITH_X) is None


def test_a_person_reads_back(conn: Conn) -> None:
    owner = register(conn)
    services.add_coverage(conn, owner, EMPLOYEE)
    services.add_coverage(conn, owner, replace(EMPLOYEE, coverage_no=2, insutype=390))
    person = services.load_person(conn, BOX, owner)
    assert (person.certno, person.name, person.cert_type) == (WITH_X, "王演示", "01")
    assert person.psn_no == services.default_psn_no(owner)
    assert person.birth == dt.date(1980, 1, 1)
    assert person.sex == idcard.validate(WITH_X, TODAY).sex
    assert [c.insutype for c in person.coverages] == [310, 390]
    assert person.coverages[0] == EMPLOYEE


def test_nothing_clear_is_stored(conn: Conn) -> None:
    register(conn, phone="13800000000")
    rows = conn.execute("SELECT p::text FROM person p UNION SELECT k::text FROM person_key k")
    text = " ".join(row[0] for row in rows)
    for clear in (WITH_X, "王演示", "13800000000"):
        assert clear not in text
        assert clear.encode().hex() not in text


def test_many_people_cost_two_queries(conn: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = [register(conn, idcard.make(360100, dt.date(1980, 1, 1 + n), 10)) for n in range(20)]
    for owner in owners[1:]:
        services.add_coverage(conn, owner, EMPLOYEE)
    asked: list[Any] = []
    execute = psycopg.Connection.execute

    def counted(self: Conn, query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(query)
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    found = services.load_people(conn, BOX, [*owners, 999])
    assert set(found) == set(owners)
    assert found[owners[0]].coverages == ()
    assert len(asked) == 2
    assert set(services.load_insured(conn, owners)) == set(owners)
    assert len(asked) == 4
    assert services.load_people(conn, BOX, []) == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "  "}, errors.NAME_MISSING),
        ({"certno": WITH_X[:-1] + "0"}, errors.CERTIFICATE_CHECK_DIGIT),
        ({"birth": dt.date(1981, 1, 1)}, errors.CERTIFICATE_CONTRADICTED),
        ({"sex": 9}, errors.CERTIFICATE_CONTRADICTED),
        ({"cert_type": "08", "certno": "E1"}, errors.CERTIFICATE_MALFORMED),
    ],
)
def test_bad_registrations(conn: Conn, change: dict[str, Any], code: int) -> None:
    facts: dict[str, Any] = {"cert_type": "01", "certno": WITH_X, "name": "王", "today": TODAY}
    with pytest.raises(Refusal) as caught:
        services.register_person(conn, BOX, **{**facts, **change})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, errors.CERTIFICATE_TAKEN),
        ({"number": idcard.make(360100, dt.date(1990, 1, 1), 1)}, errors.NUMBER_TAKEN),
        (
            {"number": idcard.make(360100, dt.date(1990, 1, 1), 1), "psn_no": "P2"},
            errors.KEY_TAKEN,
        ),
    ],
)
def test_taken_keys_leave_nothing_behind(conn: Conn, more: dict[str, Any], code: int) -> None:
    register(conn, psn_no="P1", tokens=["t"])
    facts = {"psn_no": "P1", "tokens": ["t"], **more}
    with pytest.raises(Refusal) as caught:
        register(conn, facts.pop("number", WITH_X), **facts)
    assert caught.value.code == code
    row = conn.execute("SELECT count(*) FROM person").fetchone()
    assert row is not None
    assert row[0] == 1


def test_a_key_can_move_when_released(conn: Conn) -> None:
    one = register(conn)
    other = register(conn, idcard.make(360100, dt.date(1990, 1, 1), 1))
    services.add_key(conn, BOX, one, people.KEY_CARD, "C1")
    services.add_key(conn, BOX, one, people.KEY_CARD, "C1")
    with pytest.raises(Refusal) as caught:
        services.add_key(conn, BOX, other, people.KEY_CARD, "C1")
    assert caught.value.code == errors.KEY_TAKEN
    services.remove_key(conn, BOX, one, people.KEY_CARD, "C1")
    services.add_key(conn, BOX, other, people.KEY_CARD, "C1")
    assert services.resolve(conn, BOX, people.KEY_CARD, "C1") == other


def test_coverage_refusals(conn: Conn) -> None:
    owner = register(conn)
    services.add_coverage(conn, owner, EMPLOYEE)
    for change, code in (
        ({}, errors.COVERAGE_EXISTS),
        ({"coverage_no": 2, "status": 7}, errors.STATUS_UNKNOWN),
        ({"coverage_no": 2, "ended": dt.date(2000, 1, 1)}, errors.DATES_REVERSED),
    ):
        with pytest.raises(Refusal) as caught:
            services.add_coverage(conn, owner, replace(EMPLOYEE, **change))
        assert caught.value.code == code
    with pytest.raises(Refusal) as caught:
        services.load_person(conn, BOX, owner + 1)
    assert caught.value.code == errors.PERSON_UNKNOWN


def test_status_moves_with_its_day(conn: Conn) -> None:
    owner = register(conn)
    services.add_coverage(conn, owner, EMPLOYEE)
    may = dt.date(2026, 5, 1)
    day_before = dt.date(2026, 4, 30)

    def active(day: dt.date) -> bool:
        return services.load_coverages(conn, [owner])[owner][0].active_on(day)

    services.set_status(conn, owner, 1, people.PAUSED, may)
    assert (active(day_before), active(may)) == (True, False)
    services.set_status(conn, owner, 1, people.INSURED, may)
    assert active(may)
    services.set_status(conn, owner, 1, people.TERMINATED, may)
    assert (active(may), active(dt.date(2026, 5, 2))) == (True, False)
    for number, status, on, code in (
        (9, 1, may, errors.COVERAGE_UNKNOWN),
        (1, 5, may, errors.STATUS_UNKNOWN),
        (1, 2, dt.date(2009, 1, 1), errors.DATES_REVERSED),
    ):
        with pytest.raises(Refusal) as caught:
            services.set_status(conn, owner, number, status, on)
        assert caught.value.code == code


def test_states_without_a_day_never_count() -> None:
    day = dt.date(2026, 5, 1)
    for status in (people.NOT_INSURED, people.PAUSED, people.INVALID, people.TERMINATED):
        assert not replace(EMPLOYEE, status=status).active_on(day)
    assert not EMPLOYEE.active_on(dt.date(2009, 12, 31))


def test_the_coverage_of_a_day() -> None:
    day = dt.date(2026, 5, 1)
    older = replace(EMPLOYEE, coverage_no=1, status=people.TERMINATED, ended=dt.date(2020, 1, 1))
    newer = replace(EMPLOYEE, coverage_no=2, begun=dt.date(2020, 1, 2))
    assert people.coverage_for((older, newer), 310, day) is newer
    assert people.coverage_for((older, newer), 310, dt.date(2015, 1, 1)) is older
    assert people.coverage_for((older,), 310, day) is older
    assert people.coverage_for((older,), 390, day) is None


def test_chronic_filings(conn: Conn) -> None:
    owner = register(conn)
    filing = ChronicFiling("M03900", "高血压", 2, dt.date(2024, 1, 1), None)
    services.file_chronic(conn, owner, filing)
    with pytest.raises(Refusal) as caught:
        services.file_chronic(conn, owner, filing)
    assert caught.value.code == errors.FILING_EXISTS
    with pytest.raises(Refusal) as caught:
        services.file_chronic(conn, owner, replace(filing, ended=dt.date(2000, 1, 1)))
    assert caught.value.code == errors.DATES_REVERSED
    services.end_chronic(conn, owner, "M03900", dt.date(2026, 1, 1))
    with pytest.raises(Refusal) as caught:
        services.end_chronic(conn, owner, "M03900", dt.date(2026, 1, 1))
    assert caught.value.code == errors.FILING_UNKNOWN
    (kept,) = services.load_chronic(conn, [owner])[owner]
    assert kept.valid_on(dt.date(2026, 1, 1))
    assert not kept.valid_on(dt.date(2026, 1, 2))


def filed_again(conn: Conn, owner: int, begun: str, ended: str | None) -> int:
    """The number of the refusal, 0 when the disease was filed for those days."""
    last = dt.date.fromisoformat(ended) if ended else None
    filing = ChronicFiling("M03900", "高血压", 1, dt.date.fromisoformat(begun), last)
    try:
        services.file_chronic(conn, owner, filing)
    except Refusal as refused:
        return refused.code
    return 0


def test_filings_of_a_disease_follow_each_other(conn: Conn) -> None:
    owner = register(conn)
    assert filed_again(conn, owner, "2024-01-01", "2025-12-31") == 0
    for begun, ended in (
        ("2025-12-31", None),
        ("2023-01-01", "2024-01-01"),
        ("2024-06-01", "2024-06-30"),
        ("2023-01-01", None),
    ):
        assert filed_again(conn, owner, begun, ended) == errors.FILING_EXISTS
    assert filed_again(conn, owner, "2026-01-01", None) == 0
    assert filed_again(conn, owner, "2023-01-01", "2023-12-31") == 0
    kept = services.load_chronic(conn, [owner])[owner]
    assert [one.begun.year for one in kept] == [2023, 2024, 2026]


def test_a_filing_suits_the_person_and_has_a_class(conn: Conn) -> None:
    owner = register(conn)
    (sex,) = conn.execute("SELECT sex FROM person WHERE owner = %s", (owner,)).fetchone()
    other = {1: "C53.900", 2: "C61.x00"}[sex]
    for code, disease_class, number in (
        (other, 1, errors.FILING_UNSUITED),
        ("M07801", 0, errors.FILING_CLASS),
    ):
        filing = ChronicFiling(code, "病种", disease_class, dt.date(2024, 1, 1), None)
        with pytest.raises(Refusal) as caught:
            services.file_chronic(conn, owner, filing)
        assert caught.value.code == number
    with pytest.raises(Refusal) as caught:
        services.file_chronic(conn, 1, replace(filing, disease_class=1))
    assert caught.value.code == errors.PERSON_UNKNOWN


def test_every_refusal_speaks_both_languages() -> None:
    for code in errors.numbers():
        told = errors.refusal(code)
        assert 2000 <= told.code <= 2099
        assert told.zh
        assert told.en
