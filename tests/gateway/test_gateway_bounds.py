# SPDX-License-Identifier: Apache-2.0
"""When a fee may have arisen, whose insured place is known here, which months can be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from gateway_world import (
    CITY,
    PHARMACY,
    City,
    admission,
    bought,
    description,
    line,
    number_of,
    purchase,
    registration,
)

from gongji.gateway import errors

UNKNOWN_CITY = 430100

FITTING = ("2026-03-01 00:00:00", "2026-03-01", "2026-03-03 10:00:00")
UNFITTING = (
    ("2026-02-28 23:59:59", errors.FEE_TOO_EARLY),
    ("1900-01-01", errors.FEE_TOO_EARLY),
    ("2026-03-03 10:00:01", errors.TIME_IN_FUTURE),
    ("2026-03-04", errors.TIME_IN_FUTURE),
)


def visit_of(city: City, p: Any) -> str:
    visit = city.ok("2201", registration(p, city.msgid()[-8:]))["data"]["mdtrt_id"]
    city.ok("2203A", description(p, visit))
    return str(visit)


def test_fees_of_a_visit_lie_near_it(city: City) -> None:
    p = city.person()
    visit = visit_of(city, p)
    for moment, number in UNFITTING:
        rows = [line(p, visit, 1), line(p, visit, 2, fee_ocur_time=moment)]
        reply = city.ask("2204", {"feedetail": rows})
        assert number_of(reply) == number
        assert "feedetail 第 2 行 fee_ocur_time（费用发生时间）" in reply["err_msg"]
    rows = [line(p, visit, n, fee_ocur_time=moment) for n, moment in enumerate(FITTING, 1)]
    assert len(city.ok("2204", {"feedetail": rows})["result"]) == len(FITTING)


def test_fees_of_a_stay_begin_with_the_day_before_admission(city: City) -> None:
    p = city.person()
    stay = city.ok("2401", admission(p, begntime="2026-02-25 00:30:00"))["result"]["mdtrt_id"]

    def row(number: int, moment: str) -> dict[str, Any]:
        return line(p, stay, number, fee_ocur_time=moment, med_type="21")

    reply = city.ask("2301", {"feedetail": row(1, "2026-02-23 23:59:59")})
    assert number_of(reply) == errors.FEE_TOO_EARLY
    assert "2026-02-24" in reply["err_msg"]
    late = {"feedetail": row(1, "2026-03-04 00:00:00")}
    assert city.refused("2301", late) == errors.TIME_IN_FUTURE
    rows = [row(1, "2026-02-24 00:00:00"), row(2, "2026-03-01 12:00:00")]
    assert len(city.ok("2301", {"feedetail": rows})["result"]) == 2


@pytest.mark.parametrize("infno", ["2101", "2102"])
def test_fees_of_a_purchase_lie_near_it(city: City, infno: str) -> None:
    p = city.person(current=50_000)
    for moment, number in UNFITTING:
        told = purchase(p, bought(1), bought(2, fee_ocur_time=moment))
        reply = city.ask(infno, told, code=PHARMACY)
        assert number_of(reply) == number
        assert "drugdetail 第 2 行 fee_ocur_time（费用发生时间）" in reply["err_msg"]
    rows = [bought(n, fee_ocur_time=moment) for n, moment in enumerate(FITTING, 1)]
    city.ok(infno, purchase(p, *rows), code=PHARMACY)


def test_the_insured_place_must_be_known_before_anything_is_stored(city: City) -> None:
    stored = ("visit", "message", "settlement", "entry")
    before = [city.count(table) for table in stored]
    p = city.person(area=UNKNOWN_CITY, current=None)
    asked = [
        city.ask("2201", registration(p)),
        city.ask("2401", admission(p)),
        city.ask("2101", purchase(p), code=PHARMACY),
        city.ask("2102", purchase(p), code=PHARMACY),
    ]
    for reply in asked:
        assert number_of(reply) == errors.PERSON_FOREIGN
        assert str(UNKNOWN_CITY) in reply["err_msg"]
    assert [city.count(table) for table in stored] == before


def test_a_district_of_a_known_city_is_no_foreign_place(city: City) -> None:
    p = city.person(area=CITY + 2, current=5_000)
    assert visit_of(city, p)
    city.ok("2102", purchase(p), code=PHARMACY)


def test_yearly_sums_are_asked_for_a_month_that_is_one(city: City) -> None:
    p = city.person(current=5_000)
    city.ok("2102", purchase(p), code=PHARMACY)

    def ask(month: str) -> dict[str, Any]:
        return city.ask("5206", {"data": {"psn_no": p.psn_no, "cum_ym": month}})

    for month in ("202613", "202600", "2026-3", "20263", "000001", "999912", "全年"):
        reply = ask(month)
        assert number_of(reply) == errors.DATE_UNREADABLE
        assert "cum_ym（累计年月）" in reply["err_msg"]
    for month in ("202701", "219912", "2027"):
        assert number_of(ask(month)) == errors.TIME_IN_FUTURE
    for month in ("202603", "202612", "2026", "202512", ""):
        assert ask(month)["infcode"] == 0
