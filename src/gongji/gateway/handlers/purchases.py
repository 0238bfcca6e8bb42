# SPDX-License-Identifier: Apache-2.0
"""Purchases at pharmacies: trial (2101), settlement (2102), reversal (2103)."""

from __future__ import annotations

from typing import Any

import msgspec

from gongji.care import services as care
from gongji.care.errors import NOT_IN_PURCHASE
from gongji.care.lines import PricedLine
from gongji.care.med_types import setting_of
from gongji.gateway import errors
from gongji.gateway.call import Call
from gongji.gateway.checking import Row
from gongji.gateway.envelope import civil_moment
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import (
    PHARMACY_ONLY,
    Conn,
    Handler,
    Money,
    Prepared,
    check_fee_times,
    check_home,
    check_not_future,
    check_region,
    declared_of,
    use_of,
)
from gongji.gateway.handlers.reversals import REVERSAL
from gongji.gateway.lines import class_b_ratio, distinct, priced, split_rows, split_text
from gongji.gateway.people import Identity
from gongji.gateway.replies import settlement_object, settlement_text
from gongji.kernel import money
from gongji.settlement.commands import SettlePurchase
from gongji.settlement.records import Record


def _lines(call: Call, info: Row, person: Identity) -> tuple[PricedLine, ...]:
    rows = call.rows("drugdetail")
    if not rows:
        raise refusal(errors.ROWS_NONE, node="drugdetail")
    distinct(rows)
    for number, row in enumerate(rows, 1):
        _check_line(row, number)
    total_fen = sum(row["det_item_fee_sumamt"] for row in rows)
    if total_fen != info["medfee_sumamt"]:
        raise refusal(
            errors.LINES_SUM,
            stated=money.yuan(info["medfee_sumamt"]),
            actual=money.yuan(total_fen),
        )
    scheme = int(info["insutype"])
    bought_at = civil_moment(info["begntime"])
    check_fee_times(call, "drugdetail", rows, bought_at)
    day = bought_at.date()
    ratio = class_b_ratio(call, person.area_of(scheme, day), day)
    stated = [priced(call, row, number, day, scheme, ratio) for number, row in enumerate(rows, 1)]
    return care.tie_returns(stated, (), NOT_IN_PURCHASE)


def _check_line(row: Row, number: int) -> None:
    if row["cnt"] < 0 and "init_feedetl_sn" not in row:
        raise refusal(
            errors.AMOUNT_SIGN,
            place=f"第 {number} 行",
            field="cnt（数量）",
            name="cnt",
            expected="大于 0；已结算的退货请用 2103 撤销整笔后重新结算",
        )
    for trace in row.get("durg_trac_info", ()):
        if trace["feedetl_sn"] != row["feedetl_sn"]:
            raise refusal(errors.TRACE_LINE_UNKNOWN, place=f"第 {number} 行")


def _build(call: Call, person: Identity, _conn: Conn | None) -> Prepared:
    info = call.one("druginfo")
    check_region(call, tuple([area for _, area in person.areas]))
    scheme = int(info["insutype"])
    check_home(call, [area for insutype, area in person.areas if insutype == scheme])
    setting_of(info["med_type"], call.institution.kind)  # refuses what a pharmacy cannot do
    bought_at = civil_moment(info["begntime"])
    check_not_future(call, bought_at, "begntime（开始时间）", "begntime")
    lines = _lines(call, info, person)
    command = SettlePurchase(
        key=call.key,
        owner=person.owner,
        bought_at=bought_at,
        med_type=info["med_type"],
        insutype=scheme,
        use=use_of(call, info),
        declared=declared_of(info),
        lines=lines,
        dise_codg=info.get("dise_codg", ""),
        detail={"invono": info.get("invono", "")},
    )
    return Prepared(person, command, lines)


def _answer(trial: bool) -> Any:
    def answer(call: Call, prepared: Prepared, record: Record | None) -> Any:
        if record is None:
            return None
        rows = (call.infno, "detlcutinfo", prepared.extra, call.dialect)
        text = settlement_text(call, record, prepared.person, trial=trial)
        if text is not None:
            return msgspec.Raw(f'{text},"detlcutinfo":{split_text(*rows)}}}'.encode())
        output = settlement_object(call, record, prepared.person, trial=trial)
        output["detlcutinfo"] = split_rows(*rows)
        return output

    return answer


HANDLERS: dict[str, Handler] = {
    "2101": Handler(PHARMACY_ONLY, money=Money(_build, _answer(True), node="druginfo", trial=True)),
    "2102": Handler(PHARMACY_ONLY, money=Money(_build, _answer(False), node="druginfo")),
    "2103": Handler(PHARMACY_ONLY, money=REVERSAL),
}
