# SPDX-License-Identifier: Apache-2.0
"""Stays: one at a time, counted by year, closed before they are settled, lines that cancel."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from care_world import (
    HOSPITAL,
    NOW,
    PHARMACY,
    Cover,
    build,
    held,
    priced,
    raw,
)

from gongji.care import errors, services
from gongji.care.catalogue import Catalogue
from gongji.care.pricing import price_line
from gongji.care.visits import CANCELLED, CIVIL_TIME, DISCHARGED, OPEN, Visit
from gongji.kernel.errors import Refusal

Conn = psycopg.Connection[Any]
DAY = dt.timedelta(days=1)


@pytest.fixture
def catalogue(conn: Conn) -> Catalogue:
    return build(conn)


@pytest.fixture
def stay(conn: Conn, catalogue: Catalogue) -> Visit:
    return admit(conn)


def admit(conn: Conn, begun_at: dt.datetime = NOW, **more: Any) -> Visit:
    facts: dict[str, Any] = {
        "owner": 1,
        "institution": HOSPITAL,
        "med_type": "21",
        "coverage": Cover(),
        "ipt_otp_no": "Z1",
        "dise_codg": "",
        "detail": {},
        "diagnoses": [{"kind": "1", "sort_no": 1, "code": "J18"}],
        "now": NOW + 400 * DAY,
    }
    facts.update(more)
    mdtrt_id = services.admit(conn, begun_at=begun_at, **facts)
    return services.load_visit(conn, facts["owner"], mdtrt_id)


def discharge(conn: Conn, stay: Visit, ended_at: dt.datetime, **more: Any) -> None:
    facts: dict[str, Any] = {"dise_codg": "", "detail": {}, "diagnoses": [], "now": NOW + 400 * DAY}
    services.discharge(conn, stay, ended_at=ended_at, **{**facts, **more})


def change(conn: Conn, stay: Visit, **more: Any) -> None:
    facts: dict[str, Any] = {
        "begun_at": stay.begun_at,
        "ended_at": None,
        "med_type": "21",
        "ipt_otp_no": "",
        "dise_codg": "",
        "detail": {},
        "diagnoses": [],
        "now": NOW + 400 * DAY,
    }
    services.change(conn, stay, **{**facts, **more})


def reloaded(conn: Conn, stay: Visit) -> Visit:
    return services.load_visit(conn, stay.owner, stay.mdtrt_id)


def refused(code: int, call: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(Refusal) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code


def test_admissions_are_counted_by_civil_year(conn: Conn, catalogue: Catalogue) -> None:
    def night(year: int, month: int, day: int, hour: int) -> dt.datetime:
        return dt.datetime(year, month, day, hour, tzinfo=CIVIL_TIME)

    numbers = []
    for begun_at in (
        night(2025, 12, 31, 23),
        night(2026, 1, 1, 1),
        night(2026, 2, 1, 8),
        night(2026, 3, 1, 8),
    ):
        stay = admit(conn, begun_at)
        numbers.append(stay.admission_no)
        if begun_at.month == 2:
            services.cancel_admission(conn, stay)
        else:
            discharge(conn, stay, begun_at + dt.timedelta(hours=1))
    assert numbers == [1, 1, 2, 2]


def test_one_stay_at_a_time(conn: Conn, stay: Visit) -> None:
    refused(errors.STAY_OPEN_ALREADY, admit, conn, NOW + DAY)
    refused(errors.STAY_OPEN_ALREADY, admit, conn, NOW - 9 * DAY)
    discharge(conn, stay, NOW + 5 * DAY)
    refused(errors.STAY_OVERLAPS, admit, conn, NOW + 3 * DAY)
    next_stay = admit(conn, NOW + 5 * DAY)
    assert next_stay.admission_no == 2
    assert admit(conn, NOW, owner=2).admission_no == 1
    found = services.open_stay_of(conn, 1)
    assert found is not None
    assert found.mdtrt_id == next_stay.mdtrt_id
    refused(errors.STAY_OPEN_ALREADY, services.cancel_discharge, conn, stay)
    services.cancel_admission(conn, next_stay)
    services.cancel_discharge(conn, stay)
    assert reloaded(conn, stay).status == OPEN
    assert reloaded(conn, stay).ended_at is None


def test_where_and_what(conn: Conn, catalogue: Catalogue) -> None:
    refused(errors.INSTITUTION_KIND, admit, conn, institution=PHARMACY)
    refused(errors.NOT_A_STAY, admit, conn, med_type="11")
    refused(errors.TIME_IN_FUTURE, admit, conn, NOW + 2 * DAY, now=NOW)
    refused(errors.PATIENT_UNKNOWN, admit, conn, owner=9)


def test_discharge(conn: Conn, stay: Visit) -> None:
    refused(errors.DISCHARGE_BEFORE_ADMISSION, discharge, conn, stay, NOW - DAY)
    refused(errors.TIME_IN_FUTURE, discharge, conn, stay, NOW + 3 * DAY, now=NOW)
    refused(errors.NOT_DISCHARGED, services.cancel_discharge, conn, stay)
    leaving = {"kind": "1", "sort_no": 1, "code": "J18.9"}
    discharge(conn, stay, NOW + DAY, detail={"way": "1"}, diagnoses=[leaving], dise_codg="X")
    closed = reloaded(conn, stay)
    assert (closed.status, closed.ended_at, closed.dise_codg) == (DISCHARGED, NOW + DAY, "X")
    assert [(one["in_out"], one["code"]) for one in closed.diagnoses] == [(1, "J18"), (2, "J18.9")]
    refused(errors.DISCHARGED_ALREADY, discharge, conn, stay, NOW + DAY)
    refused(errors.DISCHARGED_ALREADY, services.cancel_admission, conn, stay)
    services.cancel_discharge(conn, stay)
    assert [one["code"] for one in reloaded(conn, stay).diagnoses] == ["J18"]


def test_lines_close_with_the_stay(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    services.upload_lines(conn, stay, "ignored", [priced(catalogue, "A1", 5, sn="1")], NOW)
    services.upload_lines(conn, stay, "", [priced(catalogue, "A1", 5, sn="2")], NOW)
    assert [(s.chrg_bchno, s.upload_no) for s in services.lines_of(conn, 1, stay.mdtrt_id)] == [
        ("", 1),
        ("", 2),
    ]
    refused(errors.VISIT_HAS_LINES, services.cancel_admission, conn, stay)
    refused(errors.IS_A_STAY, services.cancel_lines, conn, stay, None)
    refused(errors.IS_A_STAY, services.cancel_visit, conn, stay)
    discharge(conn, stay, NOW + DAY)
    late = [priced(catalogue, "A1", 5, sn="3")]
    refused(errors.VISIT_NOT_OPEN, services.upload_lines, conn, stay, "", late, NOW)
    held(conn, 7)
    refused(errors.VISIT_SETTLED, services.cancel_discharge, conn, stay)


def test_an_interim_settlement_does_not_hold_the_discharge(
    conn: Conn, catalogue: Catalogue, stay: Visit
) -> None:
    services.upload_lines(conn, stay, "", [priced(catalogue, "A1", 5, sn="1")], NOW)
    held(conn, 70)
    services.upload_lines(conn, stay, "", [priced(catalogue, "A1", 5, sn="2")], NOW)
    discharge(conn, stay, NOW + DAY)
    services.cancel_discharge(conn, stay)
    discharge(conn, stay, NOW + DAY)
    held(conn, 71, "settled_by IS NULL")
    refused(errors.VISIT_SETTLED, services.cancel_discharge, conn, stay)


def test_changes(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    change(conn, stay, begun_at=NOW - DAY, med_type="22", ipt_otp_no="Z2", detail={"bed": "9"})
    moved = reloaded(conn, stay)
    assert (moved.begun_at, moved.med_type, moved.ipt_otp_no) == (NOW - DAY, "22", "Z2")
    assert (moved.detail, moved.admission_no) == ({"bed": "9"}, 1)
    change(conn, stay, begun_at=NOW - 300 * DAY, ended_at=NOW, med_type="22")
    assert reloaded(conn, stay).ended_at is None
    discharge(conn, stay, NOW + DAY)
    change(conn, stay, begun_at=NOW, ended_at=NOW + 2 * DAY, med_type="22")
    assert reloaded(conn, stay).ended_at == NOW + 2 * DAY
    refused(errors.DISCHARGE_BEFORE_ADMISSION, change, conn, stay, begun_at=NOW, ended_at=NOW - DAY)
    refused(errors.NOT_A_STAY, change, conn, stay, med_type="11")
    services.cancel_discharge(conn, stay)
    services.upload_lines(conn, stay, "", [priced(catalogue, "A1", 5)], NOW)
    held(conn, 7)
    refused(errors.MED_TYPE_FIXED, change, conn, stay, begun_at=NOW, med_type="21")
    refused(errors.VISIT_SETTLED, change, conn, stay, begun_at=NOW - DAY, med_type="22")


def test_a_cancelled_stay_is_over(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    services.cancel_admission(conn, stay)
    assert reloaded(conn, stay).status == CANCELLED
    for call in (
        lambda: discharge(conn, stay, NOW + DAY),
        lambda: change(conn, stay),
        lambda: services.cancel_admission(conn, stay),
        lambda: services.cancel_discharge(conn, stay),
        lambda: services.cancel_stay_lines(conn, stay, None),
    ):
        refused(errors.VISIT_CANCELLED, call)


def test_one_line_can_be_taken_out(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    lines = [priced(catalogue, code, 10, sn=sn) for sn, code in (("1", "B1"), ("2", "C1"))]
    services.upload_lines(conn, stay, "", lines, NOW)
    refused(errors.LINE_UNKNOWN, services.cancel_stay_lines, conn, stay, ["7"])
    assert services.cancel_stay_lines(conn, stay, ["1"]) == 1
    row = conn.execute("SELECT total_fen, self_paid_fen, serials FROM fee_batch").fetchone()
    assert row == (1000, 1000, ["2"])
    held(conn, 7)
    refused(errors.LINES_SETTLED, services.cancel_stay_lines, conn, stay, ["2"])
    assert services.cancel_stay_lines(conn, stay, None) == 0
    held(conn, None)
    assert services.cancel_stay_lines(conn, stay, ["2"]) == 1
    assert services.lines_of(conn, 1, stay.mdtrt_id) == []


def test_two_admissions_at_once(db: str, conn: Conn, catalogue: Catalogue) -> None:
    conn.commit()
    with psycopg.connect(db) as other:
        admit(conn)
        other.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            admit(other)


def upload_at(conn: Conn, catalogue: Catalogue, stay: Visit, sn: str, moment: dt.datetime) -> None:
    line = price_line(
        catalogue, replace(raw("A1", 5, sn=sn), occurred_at=moment), moment.date(), 310
    )
    services.upload_lines(conn, stay, "", [line], NOW)


def test_no_line_after_the_day_of_discharge(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    night = (NOW + 2 * DAY).replace(hour=23, minute=59)
    upload_at(conn, catalogue, stay, "1", NOW)
    upload_at(conn, catalogue, stay, "2", night)
    with pytest.raises(Refusal) as caught:
        discharge(conn, stay, NOW + DAY)
    assert caught.value.code == errors.LINE_AFTER_DISCHARGE
    assert "明细 2 的 fee_ocur_time（费用发生时间）2026-06-03 23:59 晚于出院日 2026-06-02" in (
        caught.value.zh
    )
    held(conn, 7)  # an interim settlement holds it
    refused(errors.LINE_AFTER_DISCHARGE, discharge, conn, stay, NOW + DAY)
    discharge(conn, stay, (NOW + 2 * DAY).replace(hour=8))  # what is used on that day is billed
    refused(errors.LINE_AFTER_DISCHARGE, change, conn, stay, ended_at=NOW + DAY)
    change(conn, stay, ended_at=NOW + 3 * DAY)
    assert reloaded(conn, stay).ended_at == NOW + 3 * DAY


def test_no_line_before_the_admission(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    upload_at(conn, catalogue, stay, "1", NOW.replace(hour=0) - DAY)
    refused(errors.LINE_BEFORE_BEGIN, upload_at, conn, catalogue, stay, "2", NOW - DAY - DAY / 2)
    change(conn, stay, begun_at=NOW.replace(hour=23))
    refused(errors.LINE_BEFORE_BEGIN, change, conn, stay, begun_at=NOW + DAY)
    change(conn, stay, begun_at=NOW - 5 * DAY)


def test_stays_of_earlier_releases_may_hold_late_lines(
    conn: Conn, catalogue: Catalogue, stay: Visit
) -> None:
    upload_at(conn, catalogue, stay, "1", NOW + DAY)
    # tidy: fault, a discharge before a row
    conn.execute("UPDATE visit SET status = 2, ended_at = %s", (NOW,))
    stay = reloaded(conn, stay)
    span = (conn, stay, stay.begun_at, stay.ended_at)
    refused(errors.LINE_AFTER_DISCHARGE, services.check_kept_times, *span, unsettled=True)
    held(conn, 7)
    services.check_kept_times(*span, unsettled=True)
    change(conn, stay, dise_codg="J18", ended_at=NOW)  # nothing is moved
