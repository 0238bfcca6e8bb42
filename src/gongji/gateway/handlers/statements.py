# SPDX-License-Identifier: Apache-2.0
"""Reconciliation: totals (3201) and single settlements (3202, with files by 9101 and 9102).

acct_pay includes relatives' money as everywhere at this edge; systems that count otherwise say so
in their dialect. A reversal is a settlement of its own with negative amounts.
"""

from __future__ import annotations

import datetime as dt
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

from gongji.gateway import errors
from gongji.gateway.call import Call
from gongji.gateway.checking import Row
from gongji.gateway.dialect import Dialect
from gongji.gateway.envelope import civil
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import BOTH, Conn, Handler
from gongji.gateway.handlers.files import fetch, store
from gongji.gateway.reading import scaled
from gongji.gateway.schema import NUMBER, TRANSACTIONS
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from gongji.kernel.errors import (
    DECIMALS_TOO_MANY,
    NUMBER_TOO_LARGE,
    NUMBER_UNREADABLE,
    Refusal,
)
from gongji.kernel.money import yuan
from gongji.members import services as members
from gongji.members.people import KEY_PSN_NO
from gongji.settlement import queries
from gongji.settlement.queries import StatementRow
from gongji.settlement.records import CIVIL_TIME, REVERSED

RANGE_DAYS_MAX = 366
UNPACKED_BYTES_MAX = 64 * 1024 * 1024
ROWS_MAX = 200_000
COLUMN_CHARS_MAX = 64
AMOUNT_FEN_BOUND = 10**16  # N 16,2 of the national text

COLUMNS = TRANSACTIONS["3202"].files["uploaded"]  # of the file that an institution sends

_DIGIT = re.compile(r"\d")
# What reading an archive that was damaged, or made to look like one, raises.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    OSError,
    ValueError,
    struct.error,
)
_WHY = {
    NUMBER_UNREADABLE: "不是数字",
    DECIMALS_TOO_MANY: "小数位过多",
    NUMBER_TOO_LARGE: "数值超出范围",
}

_SETTINGS = {
    "11": OUTPATIENT,
    "12": OUTPATIENT,
    "13": OUTPATIENT,
    "41": PHARMACY,
    "14": CHRONIC,
    "15": CHRONIC,
    "18": CHRONIC,
    "2": INPATIENT,
}

EQUAL, CENTRE_MORE, INSTITUTION_MORE, DIFFERENT = 0, 1, 2, 3
_INCLUDED = {"national": "其中共济", "own": "另有共济", "sum": "计入两次的共济"}
_RESULTS = {
    "hn": ("0", "1", "1", "1"),
    "jx": ("0", "1", "2", "3"),
    "hb": ("000000", "000103", "000103", "000103"),
}


def settings_of(clr_type: str, dialect: Dialect) -> list[int] | None:
    """Settings of a kind of clearing; None = all (kinds that provinces made)."""
    found = next((v for k, v in _SETTINGS.items() if clr_type.startswith(k)), None)
    if found is None:
        return None
    if found == OUTPATIENT and dialect.codes == "jx":
        return [OUTPATIENT, CHRONIC]  # no chronic kind of its own there
    return [found]


def _account(own_fen: int, relatives_fen: int, counted: str) -> int:
    """acct_pay as an institution counts it: ``counted`` is an option of its dialect."""
    if counted == "own":
        return own_fen
    if counted == "sum":
        # That system adds acct_mulaid_pay to acct_pay, which includes it already.
        return own_fen + 2 * relatives_fen
    return own_fen + relatives_fen


def _days(row: Row) -> tuple[dt.date, dt.date]:
    first = dt.date.fromisoformat(row["stmt_begndate"])
    last = dt.date.fromisoformat(row["stmt_enddate"])
    if first > last:
        raise refusal(
            errors.TIMES_REVERSED,
            first="stmt_begndate（对账开始日期）",
            second="stmt_enddate（对账结束日期）",
            name="stmt_begndate",
        )
    if (last - first).days > RANGE_DAYS_MAX:
        raise refusal(errors.RANGE_TOO_LONG, days=RANGE_DAYS_MAX)
    return first, last


def totals(call: Call, conn: Conn) -> Any:
    """3201: compares the institution's sums with ours and says ours where they differ."""
    row = call.one()
    first, last = _days(row)
    ours = queries.totals(
        conn,
        call.institution.institution_id,
        first,
        last,
        insutype=int(row["insutype"]),
        settings=settings_of(row["clr_type"], call.dialect),
    )
    counted = call.dialect.stmt_acct
    account_fen = _account(ours.own_fen, ours.relatives_fen, counted)
    centre = (ours.total_fen, ours.fund_fen, account_fen, ours.settlements)
    stated = tuple(
        row[name] for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "fixmedins_setl_cnt")
    )
    result = EQUAL
    if centre != stated:
        result = DIFFERENT
        if ours.settlements != row["fixmedins_setl_cnt"]:
            more = ours.settlements > row["fixmedins_setl_cnt"]
            result = CENTRE_MORE if more else INSTITUTION_MORE
    text = (
        "一致"
        if result == EQUAL
        else (
            f"中心：笔数 {ours.settlements}，医疗费总额 {yuan(ours.total_fen)}，"
            f"基金支付 {yuan(ours.fund_fen)}，个人账户 {yuan(account_fen)}"
            f"（{_INCLUDED[counted]} {yuan(ours.relatives_fen)}）"
        )
    )
    return {
        "stmtinfo": {
            "setl_optins": row["setl_optins"],
            "stmt_rslt": _RESULTS[call.dialect.stmt_rslt][result],
            "stmt_rslt_dscr": text,
        }
    }


def single(call: Call, conn: Conn) -> Any:
    """3202: compares the rows of an uploaded file with ours; the answer is a file."""
    row = call.one()
    first, last = _days(row)
    sent = _read(fetch(call, conn, row["file_qury_no"])[1])
    ours = {
        str(one.setl_id): one
        for one in queries.statement(
            conn,
            call.institution.institution_id,
            first,
            last,
            settings=settings_of(row["clr_type"], call.dialect) if "clr_type" in row else None,
        )
    }
    others = _others(call, conn, sent, ours)
    owners = {one.owner for found in (ours, others) for one in found.values()}
    numbers = _psn_numbers(call, conn, owners)
    rows = list(_compared(call.dialect, sent, ours, others, numbers))
    name = f"{call.institution.code}{call.now:%Y%m%d%H%M%S}.txt.zip"
    file_no, until = store(call, conn, name, _packed(name.removesuffix(".zip"), rows))
    return {"fileinfo": {"file_qury_no": file_no, "filename": name, "dld_endtime": civil(until)}}


def _others(
    call: Call, conn: Conn, sent: list[list[str]], ours: dict[str, StatementRow]
) -> dict[str, StatementRow]:
    """Settlements that were sent and are of another day or kind of clearing than was asked for.

    A bill of just before midnight stands under the next day in an institution's books.
    """
    wanted = {
        (psn_no, int(setl_id))
        for setl_id, _, psn_no, *_ in sent
        if setl_id not in ours and setl_id.isascii() and setl_id.isdigit() and len(setl_id) < 19
    }
    if not wanted:
        return {}
    keys = {(KEY_PSN_NO, psn_no) for psn_no, _ in wanted}
    owners = members.resolve_many(conn, call.platform.box, keys)
    named = [
        (owners[KEY_PSN_NO, psn_no], setl_id)
        for psn_no, setl_id in sorted(wanted)
        if (KEY_PSN_NO, psn_no) in owners
    ]
    found = queries.statement_rows(conn, call.institution.institution_id, named)
    return {str(one.setl_id): one for one in found}


def _psn_numbers(call: Call, conn: Conn, owners: set[int]) -> dict[int, str]:
    people = members.load_people(conn, call.platform.box, owners)
    return {owner: person.psn_no for owner, person in people.items()}


def _compared(
    dialect: Dialect,
    sent: list[list[str]],
    ours: dict[str, StatementRow],
    others: dict[str, StatementRow],
    numbers: dict[int, str],
) -> Iterable[list[str]]:
    """Rows of the answer: those sent, then those that only the centre has."""
    results = _RESULTS[dialect.stmt_rslt]
    seen = set()
    for columns in sent:
        setl_id, mdtrt_id, psn_no = columns[:3]
        one = ours.get(setl_id) or others.get(setl_id)
        if one is None or one.setl_id in seen:
            yield [
                psn_no,
                mdtrt_id,
                setl_id,
                "",
                results[INSTITUTION_MORE],
                columns[6],
                "中心无此结算或重复上传",
                *columns[3:6],
            ]
            continue
        seen.add(one.setl_id)
        mine = _figures(one, dialect)
        same = mine == [yuan(scaled(text, 2)) for text in columns[3:6]]
        same = same and numbers.get(one.owner) == psn_no and str(one.mdtrt_id) == mdtrt_id
        result = EQUAL if same else DIFFERENT
        memo = "" if same else "人员、就诊或金额与中心不一致，金额为中心数据"
        if setl_id not in ours:
            memo = f"{_where(one)}；{memo or '金额一致，无需冲正，也无需重发'}"
        yield [psn_no, mdtrt_id, setl_id, one.msgid, results[result], _refunded(one), memo, *mine]
    for one in ours.values():
        if one.setl_id not in seen:
            yield [
                numbers.get(one.owner, ""),
                "",
                "",
                one.msgid,
                results[CENTRE_MORE],
                _refunded(one),
                "医药机构未上传",
                *_figures(one, dialect),
            ]


def _where(one: StatementRow) -> str:
    """Where a settlement stands that is not among those asked for."""
    day = one.made_at.astimezone(CIVIL_TIME).date()
    return f"中心有此结算，结算日期 {day}，不在本次对账的日期或类别内"


def _figures(one: StatementRow, dialect: Dialect) -> list[str]:
    counted = dialect.stmt_file_acct or dialect.stmt_acct
    account_fen = _account(one.own_fen, one.relatives_fen, counted)
    return [yuan(one.total_fen), yuan(one.fund_fen), yuan(account_fen)]


def _refunded(one: StatementRow) -> str:
    return "1" if one.kind == REVERSED else "0"


def _read(packed: bytes) -> list[list[str]]:
    """Rows of the one text inside a ZIP; Refusal 4122-4123."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(names) != 1 or names[0].file_size > UNPACKED_BYTES_MAX:
                raise refusal(errors.FILE_NOT_ZIP)
            text = archive.read(names[0]).decode("utf-8-sig")
    except _DAMAGED:
        raise refusal(errors.FILE_NOT_ZIP) from None
    rows = []
    first = True
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip():
            continue
        columns = ["" if c in ("null", "NULL") else c for c in map(str.strip, line.split("\t"))]
        names_only = first and len(columns) == len(COLUMNS) and not _DIGIT.search(line)
        first = False
        if not names_only:  # systems put the names of the columns into the first row
            _check_row(columns, number)
            rows.append(columns)
    return rows


def _check_row(columns: list[str], number: int) -> None:
    """Refusal 4123 naming row and column."""
    if number > ROWS_MAX:
        raise refusal(errors.FILE_ROW, row=number, what=f"超出，最多 {ROWS_MAX} 行")
    if len(columns) != len(COLUMNS):
        what = f"有 {len(columns)} 列，应为 {len(COLUMNS)} 列并以 TAB 分隔"
        raise refusal(errors.FILE_ROW, row=number, what=what)
    for place, (text, field) in enumerate(zip(columns, COLUMNS, strict=True), 1):
        why = ""
        if len(text) > COLUMN_CHARS_MAX:
            why = f"超过 {COLUMN_CHARS_MAX} 个字符"
        elif field.kind == NUMBER:
            why = _no_amount(text)
        if why:
            what = f"第 {place} 列 {field.shown}{why}"
            raise refusal(errors.FILE_ROW, row=number, what=what)


def _no_amount(text: str) -> str:
    """Why a text is no amount, "" where it is one."""
    try:
        fen = scaled(text, 2)
    except Refusal as refused:
        return f"{_WHY[refused.code]}，应为数字，最多 2 位小数"
    return "" if abs(fen) < AMOUNT_FEN_BOUND else "数值超出范围"


def _packed(name: str, rows: Iterable[list[str]]) -> bytes:
    text = "".join("\t".join(c or "null" for c in row) + "\n" for row in rows)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


HANDLERS: dict[str, Handler] = {"3201": Handler(BOTH, totals), "3202": Handler(BOTH, single)}
