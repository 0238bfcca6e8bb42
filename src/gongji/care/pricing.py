# SPDX-License-Identifier: Apache-2.0
"""One fee line from what the institution states to what the catalogue makes of it.

Amounts are fen, prices 1e-6 yuan, quantities 1e-4. A line is stored as a document in plain
English keys; doors translate them. Rule of the split: national interface, lines of 2101/2204/2301.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from gongji.care.catalogue import Catalogue, Item
from gongji.care.errors import LINE_AMOUNT_DIFFERS, LINE_SIGN, NO_RETURN, refusal
from gongji.care.lines import PricedLine
from gongji.kernel.benefit import (
    APPROVAL_GIVEN,
    APPROVAL_NONE,
    APPROVAL_REFUSED,
    CLASS_B,
    CLASS_C,
    NO_CEILING_MICRO,
    split_line,
)
from gongji.kernel.money import WHOLE_BP, line_amount_fen

LINE_TOLERANCE_FEN = 1

# What an item is called that the catalogue does not hold.
OUTSIDE_LEVEL = "03"
OUTSIDE_CHARGE_TYPE = "14"
OUTSIDE_LIST_TYPE = "105"

# Members of a line's document that its returns take over (with what ``_described`` says).
ITEM_FACTS = (
    "item_code",
    "price_micro",
    "approval",
    "prescribed",
    "ceiling_micro",
    "first_self_bp",
    "memo",
    "item_name",
    "list_type",
    "level",
    "charge_type",
    "basic_drug",
    "negotiated",
    "child_drug",
    "special",
    "restricted",
    "spec",
    "form_name",
)

MEMO_UNKNOWN = "医保目录中没有该编码，按全自费处理"
MEMO_NOT_IN_FORCE = "该项目在费用发生日不在医保目录有效期内，按全自费处理"
MEMO_RESTRICTED = "限制使用项目未经医院审批通过，按全自费处理"
MEMO_REFUSED = "医院审批不通过，按全自费处理"


@dataclass(frozen=True, slots=True)
class RawLine:
    """A fee line as the institution states it; with a negative count it takes back another.

    ``facts`` are further fields kept as they are for queries (departments, doctors, dose ...), in
    plain English keys of the door's choice; they never change the split. ``approval`` None: not
    stated.
    """

    feedetl_sn: str
    item_code: str
    own_code: str
    amount_fen: int
    price_micro: int
    count_e4: int
    occurred_at: dt.datetime
    approval: int | None = None
    cancels_sn: str = ""  # serial of the line that a negative line takes back
    prescribed: bool = False  # on a designated institution's prescription; asked at pharmacies
    facts: Mapping[str, object] = field(default_factory=dict)


def price_line(
    catalogue: Catalogue,
    line: RawLine,
    on: dt.date,
    scheme: int,
    class_b_first_self_bp: int | None = None,
) -> PricedLine:
    """Split a line by the catalogue of the day ``on``; Refusal 2130, 2131, 2138 for bad figures.

    Not for lines that take back another: ``care.returns`` splits those by their original.

    An unknown or expired item, a restricted one without approval, and anything that the hospital
    marked as not approved is fully self-paid, and the memo says why. ``class_b_first_self_bp``
    replaces the ratio of items of class B when the area states one for all of them.
    """
    _check_figures(line)
    approval = APPROVAL_NONE if line.approval is None else line.approval
    item = catalogue.item(line.item_code)
    memo = _memo(item, approval, on)
    usable = item if item is not None and item.in_force(on) else None
    item_class = CLASS_C if usable is None else usable.item_class
    ratio_bp = _first_self_bp(usable, scheme, class_b_first_self_bp)
    ceiling_micro = NO_CEILING_MICRO
    if usable is not None and usable.ceiling_micro is not None:
        ceiling_micro = usable.ceiling_micro
    split = split_line(
        line.amount_fen,
        line.price_micro,
        line.count_e4,
        ceiling_micro,
        item_class,
        ratio_bp,
        int(usable is not None and usable.restricted),
        approval,
    )
    fully_self_paid = item_class == CLASS_C or bool(memo)
    document: dict[str, object] = {
        **line.facts,
        "serial": line.feedetl_sn,
        "cancels_serial": "",
        "item_code": line.item_code,
        "own_code": line.own_code,
        "amount_fen": line.amount_fen,
        "price_micro": line.price_micro,
        "count_e4": line.count_e4,
        "occurred_at": line.occurred_at.isoformat(),
        "approval": approval,
        "prescribed": line.prescribed,
        "ceiling_micro": ceiling_micro,
        "first_self_bp": WHOLE_BP if fully_self_paid else ratio_bp,
        **split._asdict(),
        "memo": memo,
        **_described(usable),
    }
    return PricedLine(
        feedetl_sn=line.feedetl_sn,
        amount_fen=line.amount_fen,
        document=document,
        **split._asdict(),
    )


def priced_from(document: dict[str, object]) -> PricedLine:
    """A stored document as the line it was made from."""

    def fen(name: str) -> int:
        return int(str(document[name]))

    return PricedLine(
        feedetl_sn=str(document["serial"]),
        amount_fen=fen("amount_fen"),
        self_paid_fen=fen("self_paid_fen"),
        over_limit_fen=fen("over_limit_fen"),
        first_self_fen=fen("first_self_fen"),
        in_policy_fen=fen("in_policy_fen"),
        document=document,
    )


def _check_figures(line: RawLine) -> None:
    if line.price_micro < 0 or line.count_e4 <= 0 or line.amount_fen < 0:
        raise refusal(LINE_SIGN, serial=line.feedetl_sn)
    if line.cancels_sn:
        raise refusal(NO_RETURN, serial=line.feedetl_sn, of=line.cancels_sn)
    expected_fen = line_amount_fen(line.price_micro, line.count_e4)
    if abs(expected_fen - line.amount_fen) > LINE_TOLERANCE_FEN:
        raise refusal(
            LINE_AMOUNT_DIFFERS,
            serial=line.feedetl_sn,
            stated_fen=line.amount_fen,
            expected_fen=expected_fen,
        )


def _first_self_bp(item: Item | None, scheme: int, class_b_bp: int | None) -> int:
    """First self-pay ratio of an item in force; everything when there is none."""
    if item is None:
        return WHOLE_BP
    if class_b_bp is not None and item.item_class == CLASS_B:
        return class_b_bp
    return item.first_self_for(scheme)


def _memo(item: Item | None, approval: int, on: dt.date) -> str:
    """Why a line is fully self-paid although nothing says class C; empty otherwise."""
    if item is None:
        return MEMO_UNKNOWN
    if not item.in_force(on):
        return MEMO_NOT_IN_FORCE
    if approval == APPROVAL_REFUSED:
        return MEMO_REFUSED
    if item.restricted and approval != APPROVAL_GIVEN:
        return MEMO_RESTRICTED
    return ""


def _described(item: Item | None) -> dict[str, object]:
    """What the catalogue says about an item, for replies."""
    if item is None:
        return {
            "item_name": "",
            "list_type": OUTSIDE_LIST_TYPE,
            "level": OUTSIDE_LEVEL,
            "charge_type": OUTSIDE_CHARGE_TYPE,
            "basic_drug": False,
            "negotiated": False,
            "child_drug": False,
            "special": False,
            "restricted": False,
            "spec": "",
            "form_name": "",
        }
    return {
        "item_name": item.name,
        "list_type": item.list_type,
        "level": item.chrgitm_lv,
        "charge_type": item.med_chrgitm_type,
        "basic_drug": item.basic_drug,
        "negotiated": item.negotiated,
        "child_drug": item.child_drug,
        "special": item.special,
        "restricted": item.restricted,
        "spec": item.spec,
        "form_name": item.form_name,
    }
