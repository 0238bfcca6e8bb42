# SPDX-License-Identifier: Apache-2.0
"""Outpatient visits and their lines on a real database, every rule of state once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from care_world import HOSPITAL, NOW, PHARMACY, Cover, build, held, priced

from gongji.care import errors, services, uploads
from gongji.care.catalogue import Catalogue
from gongji.care.visits import CANCELLED, Visit
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT
from gongji.kernel.benefit import PHARMACY as PHARMACY_SETTING
from gongji.kernel.errors import Refusal

Conn = psycopg.Connection[Any]


@pytest.fixture
def catalogue(conn: Conn) -> Catalogue:
    return build(conn)


@pytest.fixture
def visit(conn: Conn, catalogue: Catalogue) -> Visit:
    return begin(conn)


def begin(conn: Conn, owner: int = 1, **more: Any) -> Visit:
    facts: dict[str, Any] = {
        "institution": HOSPITAL,
        "setting": OUTPATIENT,
        "med_type": "11",
        "coverage": Cover(),
        "begun_at": NOW,
        "ipt_otp_no": "no-1",
        "dise_codg": "",
        "detail": {"doctor_no": "D1"},
        "now": NOW,
    }
    mdtrt_id = services.register_visit(conn, owner=owner, **{**facts, **more})
    return services.load_visit(conn, owner, mdtrt_id)


def settle(conn: Conn, batch: str) -> None:
    held(conn, 77, "chrg_bchno = %s", batch)


def refused(code: int, call: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(Refusal) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code


def test_a_visit_reads_back(conn: Conn, visit: Visit) -> None:
    assert (visit.institution_id, visit.insured_area, visit.status) == (1, 360100, 1)
    assert visit.begun_at == NOW
    assert visit.detail == {"doctor_no": "D1"}
    assert services.load_visit(conn, 1, visit.mdtrt_id, institution_id=1, for_update=True) == visit
    refused(errors.VISIT_UNKNOWN, services.load_visit, conn, 2, visit.mdtrt_id)
    refused(errors.VISIT_ELSEWHERE, services.load_visit, conn, 1, visit.mdtrt_id, institution_id=2)
    refused(errors.PATIENT_UNKNOWN, services.load_visit, conn, 9, 1, for_update=True)


def test_where_a_visit_may_begin(conn: Conn, catalogue: Catalogue) -> None:
    refused(errors.INSTITUTION_INACTIVE, begin, conn, institution=replace(HOSPITAL, active=False))
    refused(errors.INSTITUTION_KIND, begin, conn, setting=PHARMACY_SETTING)
    refused(errors.IS_A_STAY, begin, conn, setting=INPATIENT)
    assert begin(conn, institution=PHARMACY, setting=PHARMACY_SETTING).institution_id == 2


def test_details_may_be_sent_again(conn: Conn, visit: Visit) -> None:
    first = {"kind": "1", "sort_no": 1, "code": "I10", "name": "高血压"}
    second = {"kind": "1", "sort_no": 2, "code": "E11", "name": "糖尿病"}
    services.upload_details(conn, visit, "14", "M03900", {"a": 1}, [second, first], NOW)
    services.upload_details(
        conn, visit, "14", "M03900", {}, [{**first, "valid": False}, {**second, "code": "E14"}], NOW
    )
    changed = services.load_visit(conn, 1, visit.mdtrt_id)
    assert (changed.setting, changed.med_type, changed.dise_codg) == (CHRONIC, "14", "M03900")
    assert changed.detail == {"doctor_no": "D1", "a": 1}
    (kept,) = services.diagnoses_of(conn, 1, visit.mdtrt_id)
    assert (kept["code"], kept["in_out"]) == ("E14", 1)
    refused(errors.VISIT_UNKNOWN, services.diagnoses_of, conn, 1, 5)


def test_details_that_do_not_fit(conn: Conn, catalogue: Catalogue, visit: Visit) -> None:
    def send(med_type: str, now: dt.datetime = NOW) -> None:
        services.upload_details(conn, visit, med_type, "", {}, [], now)

    refused(errors.MED_TYPE_UNKNOWN, send, "88")
    refused(errors.IS_A_STAY, send, "21")
    refused(errors.TIME_IN_FUTURE, send, "11", NOW - dt.timedelta(days=2))
    services.upload_lines(conn, visit, "B1", [priced(catalogue, "A1", 5)], NOW)
    send("13")
    settle(conn, "B1")
    refused(errors.MED_TYPE_FIXED, send, "14")
    send("13")


def test_cancelling(conn: Conn, catalogue: Catalogue, visit: Visit) -> None:
    services.upload_lines(conn, visit, "B1", [priced(catalogue, "A1", 5)], NOW)
    refused(errors.VISIT_HAS_LINES, services.cancel_visit, conn, visit)
    settle(conn, "B1")
    refused(errors.VISIT_SETTLED, services.cancel_visit, conn, visit)
    held(conn, None)
    assert services.cancel_lines(conn, visit, "B1") == 1
    services.cancel_visit(conn, visit)
    assert services.load_visit(conn, 1, visit.mdtrt_id).status == CANCELLED
    for call in (
        lambda: services.cancel_visit(conn, visit),
        lambda: services.upload_lines(conn, visit, "B2", [priced(catalogue, "A1", 5)], NOW),
        lambda: services.cancel_lines(conn, visit, None),
        lambda: services.upload_details(conn, visit, "11", "", {}, [], NOW),
    ):
        refused(errors.VISIT_CANCELLED, call)


def test_a_batch_is_kept_with_its_sums(conn: Conn, catalogue: Catalogue, visit: Visit) -> None:
    lines = [
        priced(catalogue, "A1", 5, sn="1"),
        priced(catalogue, "B1", 10, sn="2"),
        priced(catalogue, "C1", 3, sn="3"),
    ]
    assert services.upload_lines(conn, visit, "B1", lines, NOW) == tuple(lines)
    row = conn.execute(
        "SELECT total_fen, self_paid_fen, over_limit_fen, first_self_fen, in_policy_fen, serials,"
        " upload_no FROM fee_batch"
    ).fetchone()
    assert row == (1800, 300, 800, 20, 680, ["1", "2", "3"], 1)
    kept = services.lines_of(conn, 1, visit.mdtrt_id)
    assert [stored.line for stored in kept] == lines
    assert services.lines_of(conn, 1, visit.mdtrt_id, "B2") == []


def test_uploads_that_are_refused(
    conn: Conn, catalogue: Catalogue, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = priced(catalogue, "A1", 5, sn="1")
    two = priced(catalogue, "A1", 5, sn="2")

    def send(batch: str, *lines: Any) -> None:
        services.upload_lines(conn, visit, batch, lines, NOW)

    send("B1", one)
    refused(errors.BATCH_UPLOADED, send, "B1", one)
    refused(errors.SERIAL_REPEATED, send, "B2", one)
    refused(errors.SERIAL_REPEATED, send, "B2", two, two)
    refused(errors.LINES_MISSING, send, "B2")
    refused(errors.BATCH_NAME_RESERVED, send, "0000", two)
    refused(errors.BATCH_NAME_RESERVED, send, "", two)
    negative = replace(two, amount_fen=-500, document={**two.document, "count_e4": -10_000})
    refused(errors.LINE_SIGN, send, "B2", negative)
    monkeypatch.setattr(uploads, "LINES_PER_VISIT_MAX", 1)
    refused(errors.LINES_TOO_MANY, send, "B2", two)


def test_removing_lines(conn: Conn, catalogue: Catalogue, visit: Visit) -> None:
    for number in "123":
        line = priced(catalogue, "A1", 5, sn=number)
        services.upload_lines(conn, visit, "B" + number, [line], NOW)
    settle(conn, "B1")
    refused(errors.LINES_SETTLED, services.cancel_lines, conn, visit, "B1")
    refused(errors.BATCH_UNKNOWN, services.cancel_lines, conn, visit, "B9")
    refused(errors.NOT_A_STAY, services.cancel_stay_lines, conn, visit, None)
    assert services.cancel_lines(conn, visit, "B2") == 1
    assert services.cancel_lines(conn, visit, None) == 1
    assert services.cancel_lines(conn, visit, None) == 0
    assert [stored.chrg_bchno for stored in services.lines_of(conn, 1, visit.mdtrt_id)] == ["B1"]


def test_visits_of_a_person(conn: Conn, visit: Visit) -> None:
    later = begin(conn, begun_at=NOW + dt.timedelta(hours=3), med_type="13")
    begin(conn, owner=2)

    def found(**more: Any) -> list[int]:
        facts = {"institution_id": 1, "begin": NOW, "end": NOW + dt.timedelta(days=1), **more}
        return [one.mdtrt_id for one in services.visits_of(conn, 1, **facts)]

    assert found() == [later.mdtrt_id, visit.mdtrt_id]
    assert found(med_type="13") == [later.mdtrt_id]
    assert found(mdtrt_id=visit.mdtrt_id) == [visit.mdtrt_id]
    assert found(institution_id=2) == []
    assert found(end=NOW - dt.timedelta(days=1)) == []


def test_a_line_cannot_vanish_under_a_settlement(
    db: str, conn: Conn, catalogue: Catalogue, visit: Visit
) -> None:
    services.upload_lines(conn, visit, "B1", [priced(catalogue, "A1", 5)], NOW)
    conn.commit()
    with psycopg.connect(db) as other:
        # What the settlement engine holds while it decides.
        conn.execute("SELECT 1 FROM person WHERE owner = 1 FOR NO KEY UPDATE")
        other.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            services.cancel_lines(other, visit, "B1")
