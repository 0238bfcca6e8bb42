# SPDX-License-Identifier: Apache-2.0
"""Fee lines between the interface and the catalogue: rows in, priced lines, split rows out.

Only translation: the split itself is ``care.pricing``. Documents keep plain English keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring as quoted

import msgspec

from gongji.care.lines import PricedLine
from gongji.care.pricing import LINE_TOLERANCE_FEN, RawLine, price_line
from gongji.care.returns import StatedLine
from gongji.gateway import errors
from gongji.gateway.call import Call
from gongji.gateway.checking import Row
from gongji.gateway.dialect import Dialect
from gongji.gateway.envelope import YUAN_TEXT, civil_moment, scaled, scaled_text
from gongji.gateway.errors import refusal
from gongji.gateway.replies import Values, shaped
from gongji.gateway.templates import Template, template
from gongji.kernel import money
from gongji.kernel.benefit import NO_CEILING_MICRO
from gongji.kernel.errors import Refusal

CLASS_B_KEY = "care.classBFirstSelf"

_YES, _NO = '"1"', '"0"'

# Interface names of what a line keeps beside its figures, and the names in its document.
_KEPT: dict[str, str] = {
    "rxno": "prescription_no",
    "drord_no": "order_no",
    "rx_circ_flag": "outside_prescription",
    "sin_dos_dscr": "dose",
    "used_frqu_dscr": "frequency",
    "prd_days": "days_e2",
    "medc_way_dscr": "route",
    "bilg_dept_codg": "billing_dept_no",
    "bilg_dept_name": "billing_dept",
    "bilg_dr_codg": "billing_doctor_no",
    "bilg_dr_name": "billing_doctor",
    "acord_dept_codg": "serving_dept_no",
    "acord_dept_name": "serving_dept",
    "orders_dr_code": "serving_doctor_no",
    "orders_dr_name": "serving_doctor",
    "tcmdrug_used_way": "herbal_use",
    "etip_flag": "outside_test",
    "etip_hosp_code": "outside_test_at",
    "dscg_tkdrug_flag": "take_home",
    "matn_fee_flag": "childbirth_cost",
    "dise_codg": "disease",
    "comb_no": "set_no",
    "memo": "note",
}


def class_b_ratio(call: Call, area: int, on: dt.date) -> int | None:
    """First self-pay of class B items where the insured area states one for all, basis points."""
    library = call.platform.library
    if not area:
        return None
    try:
        value = library.value(area, CLASS_B_KEY, on)
    except Refusal:
        return None  # no pack for the area: the engine refuses the settlement with its reason
    if value is None or not library.accepted(value):
        return None
    return value.integer()


def priced(
    call: Call, row: Row, number: int, on: dt.date, scheme: int, ratio: int | None
) -> StatedLine:
    """Price one row, or give one that takes back another as stated; Refusal 4063, 4068, 2138.

    ``ratio`` is what ``class_b_ratio`` says for the day ``on``.
    """
    price, count, amount_fen = row["pric"], row["cnt"], row["det_item_fee_sumamt"]
    if price < 0:
        raise _sign(number, "pric（单价）", "不小于 0；冲销时数量和金额为负")
    if count == 0:
        raise _sign(number, "cnt（数量）", "不为 0")
    if amount_fen and (amount_fen < 0) != (count < 0):
        raise _sign(number, "det_item_fee_sumamt（明细项目费用总额）", "与 cnt（数量）同号")
    line = RawLine(
        feedetl_sn=row["feedetl_sn"],
        item_code=row["med_list_codg"],
        own_code=row["medins_list_codg"],
        amount_fen=amount_fen,
        price_micro=price,
        count_e4=count,
        occurred_at=civil_moment(row["fee_ocur_time"]),
        approval=int(row["hosp_appr_flag"]) if "hosp_appr_flag" in row else None,
        cancels_sn=row.get("init_feedetl_sn", ""),
        prescribed=has_prescription(row),
        facts={_KEPT[k]: v for k, v in row.items() if k in _KEPT},
    )
    if count < 0:
        return line  # its amount is a share of what it takes back, not price times quantity
    actual_fen = money.line_amount_fen(price, count)
    if abs(actual_fen - amount_fen) > LINE_TOLERANCE_FEN:
        raise refusal(
            errors.LINE_AMOUNT,
            place=f"第 {number} 行",
            stated=money.yuan(amount_fen),
            actual=money.yuan(actual_fen),
        )
    return price_line(call.platform.catalogue, line, on, scheme, ratio)


def has_prescription(row: Row) -> bool:
    """Tell whether a row is sold on a designated institution's prescription.

    It says so (rx_circ_flag 1) and names it (rxno): 2101/2102 and 2204 state both for each row.
    """
    return row.get("rx_circ_flag", "0") == "1" and bool(row.get("rxno", "").strip())


def _sign(number: int, field: str, expected: str) -> Refusal:
    name = field.partition("（")[0]
    return refusal(
        errors.AMOUNT_SIGN, place=f"第 {number} 行", field=field, name=name, expected=expected
    )


def distinct(rows: Sequence[Row]) -> None:
    """Serial numbers of one upload differ; Refusal 4065."""
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        if row["feedetl_sn"] in seen:
            raise refusal(errors.LINE_REPEATED, place=f"第 {number} 行")
        seen.add(row["feedetl_sn"])


def one_value(rows: Sequence[Row], name: str, label: str) -> str:
    """The value of a field that all rows of an upload share; Refusal 4066."""
    first = str(rows[0].get(name, ""))
    for number, row in enumerate(rows, 1):
        if str(row.get(name, "")) != first:
            raise refusal(
                errors.ROWS_DIFFER, place=f"第 {number} 行", field=f"{name}（{label}）", name=name
            )
    return first


def level(code: str, family: str) -> str:
    """Charge class 01/02/03; the national edition prints 1/2/3."""
    return code.lstrip("0") if family == "jx" else code


def _number(document: dict[str, object], name: str) -> int:
    value = document[name]
    return value if isinstance(value, int) else int(str(value))


_MEMBERS = (
    "feedetl_sn",
    "det_item_fee_sumamt",
    "cnt",
    "pric",
    "pric_uplmt_amt",
    "selfpay_prop",
    "fulamt_ownpay_amt",
    "overlmt_amt",
    "preselfpay_amt",
    "inscp_scp_amt",
    "chrgitm_lv",
    "med_chrgitm_type",
    "bas_medn_flag",
    "hi_nego_drug_flag",
    "chld_medc_flag",
    "list_sp_item_flag",
    "lmt_used_flag",
    "memo",
    "drt_reim_flag",
    "hosp_part_amt",
)


def _line_texts(line: PricedLine, dialect: Dialect) -> tuple[str, ...]:
    """JSON texts of the members named in _MEMBERS."""
    document, yuan_text = line.document, YUAN_TEXT
    get = document.get
    ceiling = _number(document, "ceiling_micro")
    no_ceiling = ceiling >= NO_CEILING_MICRO
    memo = document["memo"]
    return (
        quoted(line.feedetl_sn),
        yuan_text[line.amount_fen],
        scaled_text(_number(document, "count_e4"), 4),
        scaled_text(_number(document, "price_micro"), 6),
        dialect.no_ceiling if no_ceiling else scaled_text(ceiling, 6),
        scaled_text(_number(document, "first_self_bp"), 4),
        yuan_text[line.self_paid_fen],
        yuan_text[line.over_limit_fen],
        yuan_text[line.first_self_fen],
        yuan_text[line.in_policy_fen],
        quoted(level(str(document["level"]), dialect.codes)),
        quoted(str(document["charge_type"])),
        _YES if get("basic_drug") else _NO,
        _YES if get("negotiated") else _NO,
        _YES if get("child_drug") else _NO,
        _YES if get("special") else _NO,
        _YES if get("restricted") else _NO,
        quoted(str(memo)) if memo else "null",
        _NO,
        yuan_text[0],
    )


def line_values(line: PricedLine, dialect: Dialect) -> Values:
    """Every value that a reply row about a line may carry, as JSON text."""
    texts = _line_texts(line, dialect)
    return {name: msgspec.Raw(text.encode()) for name, text in zip(_MEMBERS, texts, strict=True)}


def split_rows(
    infno: str, node: str, lines: Sequence[PricedLine], dialect: Dialect
) -> list[Values]:
    """Reply rows of an upload or a purchase."""
    return [shaped(infno, node, line_values(line, dialect), dialect) for line in lines]


@lru_cache(maxsize=64)
def _template(infno: str, node: str) -> Template:
    return template(infno, node, _MEMBERS)


def split_text(infno: str, node: str, lines: Sequence[PricedLine], dialect: Dialect) -> str:
    """``split_rows`` as JSON text, for dialects that keep the names of members."""
    filled = _template(infno, node).filled
    return f"[{','.join([filled(_line_texts(line, dialect)) for line in lines])}]"


def stored_values(line: PricedLine, dialect: Dialect) -> Values:
    """Values of a line read back (5204): the split and what was uploaded with it."""
    document = line.document
    values = line_values(line, dialect)
    for name, kept in _KEPT.items():
        if kept in document and name != "memo":
            values[name] = document[kept]
    if "days_e2" in document:
        values["prd_days"] = scaled(_number(document, "days_e2"), 2)
    moment = dt.datetime.fromisoformat(str(document["occurred_at"]))
    code = document["item_code"]
    values.update(
        rx_drord_no=document.get("order_no") or document.get("prescription_no"),
        fee_ocur_time=moment.replace(tzinfo=None).isoformat(" ", "seconds"),
        hilist_code=code,
        hilist_name=document["item_name"] or str(document["own_code"]),
        list_type=document["list_type"],
        med_list_codg=code,
        medins_list_codg=document["own_code"],
        medins_list_name=document["item_name"] or str(document["own_code"]),
        spec=document.get("spec") or None,
        dosform_name=document.get("form_name") or "",
        hosp_appr_flag=str(document["approval"]),
        hosp_prep_flag="0",
    )
    return values
