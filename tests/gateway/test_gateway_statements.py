# SPDX-License-Identifier: Apache-2.0
"""Reconciliation over the national interface: totals, single settlements, files."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from gateway_world import PHARMACY, City, number_of, purchase

from gongji.gateway import errors
from gongji.gateway.dialect import dialect_of
from gongji.gateway.handlers import statements


def packed(text: str, name: str = "a.txt") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def uploaded(city: City, content: bytes | list[int]) -> str:
    data: Any = list(content) if isinstance(content, list) else base64.b64encode(content).decode()
    out = city.ok(
        "9101",
        {"fs_upload_in": {"in": data, "filename": "a.zip", "fixmedins_code": PHARMACY}},
        code=PHARMACY,
    )
    return str(out["file_qury_no"])


def downloaded(city: City, number: str, code: str = PHARMACY) -> Any:
    data = {"fsDownloadIn": {"file_qury_no": number, "filename": "x", "fixmedins_code": "plc"}}
    message = city.message("9102", data, code=code)
    return city.gateway.handle_now(json.dumps(message).encode(), trusted=True)


def stated(city: City, **more: Any) -> dict[str, Any]:
    return {
        "data": {
            "insutype": "310",
            "clr_type": "41",
            "setl_optins": "360199",
            "stmt_begndate": "2026-03-02",
            "stmt_enddate": "2026-03-02",
            "medfee_sumamt": "0",
            "fund_pay_sumamt": 0,
            "acct_pay": "0",
            "fixmedins_setl_cnt": 0,
            **more,
        }
    }


def test_totals_and_single_settlements(city: City) -> None:
    p, wife = city.person(current=1_000), city.person(current=100_000)
    city.authorise(wife, p, 10)
    infos = [city.ok("2102", purchase(p), code=PHARMACY)["setlinfo"] for _ in range(3)]
    undo = {"setl_id": infos[0]["setl_id"], "mdtrt_id": infos[0]["mdtrt_id"], "psn_no": p.psn_no}
    infos.append(city.ok("2103", {"data": undo}, code=PHARMACY)["setlinfo"])
    sums = {
        name: sum(info[name] for info in infos)
        for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")
    }
    right = stated(city, **{k: str(v) for k, v in sums.items()}, fixmedins_setl_cnt="4")
    assert city.ok("3201", right, code=PHARMACY)["stmtinfo"]["stmt_rslt"] == "0"
    wrong = city.ok("3201", stated(city), code=PHARMACY)["stmtinfo"]
    assert wrong["stmt_rslt"] == "1"
    assert "笔数 4" in wrong["stmt_rslt_dscr"]
    rows = [
        [
            i["setl_id"],
            i["mdtrt_id"],
            p.psn_no,
            i["medfee_sumamt"],
            i["fund_pay_sumamt"],
            i["acct_pay"],
            "1" if i["medfee_sumamt"] < 0 else "0",
        ]
        for i in infos[1:]
    ]
    rows[0][5] += 1
    rows.append(["999", "1", p.psn_no, "1.00", "0.00", "1.00", "0"])
    text = "\n".join("\t".join(str(c) for c in row) for row in rows)
    number = uploaded(city, list(packed(text)))
    asked = stated(city, file_qury_no=number, cash_payamt="0")
    out = city.ok("3202", asked, code=PHARMACY)["fileinfo"]
    reply = downloaded(city, out["file_qury_no"])
    assert reply.media_type == "application/octet-stream"
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        answer = archive.read(archive.namelist()[0]).decode()
    lines = [one.split("\t") for one in answer.splitlines()]
    assert all(len(one) == 10 for one in lines)
    results = {one[2]: one[4] for one in lines}
    assert results == {
        infos[1]["setl_id"]: "1",
        infos[2]["setl_id"]: "0",
        infos[3]["setl_id"]: "0",
        "999": "1",
        "null": "1",
    }
    lost = next(one for one in lines if one[2] == "null")
    assert lost[3] == infos[0]["medins_setl_id"]
    assert Decimal(lost[7]) == infos[0]["medfee_sumamt"]


def test_files_belong_to_their_institution(city: City) -> None:
    number = uploaded(city, packed("x"))
    assert downloaded(city, number).content == packed("x")
    foreign = downloaded(city, number, "H36010000003")
    assert number_of(json.loads(foreign.content)) == 4121


def test_bad_files_are_refused(city: City) -> None:
    def answer(content: bytes) -> int:
        asked = stated(city, file_qury_no=uploaded(city, content), cash_payamt="0")
        return city.refused("3202", asked, code=PHARMACY)

    assert answer(b"not a zip") == 4122
    assert answer(packed("a\tb")) == 4123
    assert answer(packed("1\t2\t3\tx\t0\t0\t0")) == 4123

    def upload(**more: Any) -> int:
        data = {"in": "AAAA", "filename": "a.zip", "fixmedins_code": PHARMACY, **more}
        return city.refused("9101", {"fsUploadIn": data}, code=PHARMACY)

    assert upload(filename="../a") == 4124
    assert upload(**{"in": "***"}) == 4049
    assert upload(**{"in": [1, 2, 999]}) == 4049
    assert upload(**{"in": "A" * (12 * 1024 * 1024 - 2000)}) in (4120, 4010, 4049)


NAMES = "setl_id\tmdtrt_id\tpsn_no\tmedfee_sumamt\tfund_pay_sumamt\tacct_pay\trefd_setl_flag"


def compared(city: City, text: str) -> dict[str, Any]:
    """3202 over a file with that text."""
    number = uploaded(city, packed(text))
    asked = stated(city, file_qury_no=number, cash_payamt="0")
    return city.ask("3202", asked, code=PHARMACY)


def rows_of(city: City, reply: dict[str, Any]) -> list[list[str]]:
    """Rows of the file that answers a 3202."""
    content = downloaded(city, reply["output"]["fileinfo"]["file_qury_no"]).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return [row.split("\t") for row in text.splitlines()]


@pytest.mark.parametrize(
    "names",
    [NAMES, NAMES.replace("\t", " \t"), "\ufeff" + NAMES, f"\n{NAMES}\r", NAMES.upper(),
     "结算ID\t就诊ID\t人员编号\t医疗费总额\t基金支付总额\t个人账户支出\t退费结算标志"],
)  # fmt: skip
def test_a_first_row_of_names_is_skipped(city: City, names: str) -> None:
    row = "777\t2\t3\t30.0000\t0\t.5\t0"
    reply = compared(city, f"{names}\n{row}\n")
    assert reply["infcode"] == 0
    sent = [one for one in rows_of(city, reply) if one[2] == "777"]
    assert [one[7:] for one in sent] == [["30.0000", "0", ".5"]]  # told back as sent
    assert compared(city, names)["infcode"] == 0


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("1\t2\t3\tfee\t0\t0\t0", 1, "第 4 列 medfee_sumamt（医疗费总额）不是数字"),
        ("1\t2\t3\t0\tNaN\t0\t0", 1, "第 5 列 fund_pay_sumamt（基金支付总额）不是数字"),
        ("1\t2\t3\t0\t0\tInfinity\t0", 1, "第 6 列 acct_pay（个人账户支出）不是数字"),
        ("1\t2\t3\t1e999\t0\t0\t0", 1, "第 4 列 medfee_sumamt（医疗费总额）数值超出范围"),
        ("1\t2\t3\t1,200.50\t0\t0\t0", 1, "第 4 列 medfee_sumamt（医疗费总额）不是数字"),
        ("1\t2\t3\t30.001\t0\t0\t0", 1, "第 4 列 medfee_sumamt（医疗费总额）小数位过多"),
        ("1\t2\t3\t\t0\t0\t0", 1, "第 4 列 medfee_sumamt（医疗费总额）不是数字"),
        ("1\t2\t3\tnull\t0\t0\t0", 1, "第 4 列 medfee_sumamt（医疗费总额）不是数字"),
        (f"1\t2\t3\t{'9' * 60}\t0\t0\t0", 1, "第 4 列 medfee_sumamt（医疗费总额）数值超出范围"),
        (f"1\t2\t{'x' * 65}\t0\t0\t0\t0", 1, "第 3 列 psn_no（人员编号）超过 64 个字符"),
        ("1\t2\t3\t0\t0\t0", 1, "有 6 列，应为 7 列"),
        ("1,2,3,0,0,0,0", 1, "有 1 列，应为 7 列"),
        (f"1\t2\t3\t0\t0\t0\t0\n{NAMES}", 2, "第 4 列 medfee_sumamt（医疗费总额）不是数字"),
        (f"{NAMES}\n{NAMES}", 2, "第 4 列 medfee_sumamt（医疗费总额）不是数字"),
        (f"{NAMES}\n\n1\t2\t3\t0\t0\tx1\t0", 3, "第 6 列 acct_pay（个人账户支出）不是数字"),
    ],
)
def test_a_bad_row_is_named_with_its_column(city: City, text: str, row: int, column: str) -> None:
    before = city.count("exchange_file")
    reply = compared(city, text)
    assert number_of(reply) == errors.FILE_ROW
    assert f"对账文件第 {row} 行" in reply["err_msg"]
    assert column in reply["err_msg"]
    assert city.count("exchange_file") == before + 1  # the one that was sent


def test_damaged_files_are_refused_by_number(city: City) -> None:
    whole = packed("\n".join(f"{n}\t2\t3\t30.00\t0\t0\t0" for n in range(200)))
    rng = random.Random(20260302)
    numbers = set()
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        cut = bytes(damaged[: rng.choice((len(damaged), rng.randrange(len(damaged))))])
        number = uploaded(city, cut or b"x")
        reply = city.ask("3202", stated(city, file_qury_no=number, cash_payamt="0"), code=PHARMACY)
        if reply["infcode"] != 0:
            numbers.add(number_of(reply))
    assert numbers <= {errors.FILE_NOT_ZIP, errors.FILE_ROW}
    assert errors.FILE_NOT_ZIP in numbers


@pytest.mark.parametrize(
    ("options", "counted"),
    [({}, "100.00"), ({"stmt_acct": "own"}, "33.33"), ({"stmt_acct": "sum"}, "166.67"),
     ({"preset": "jilin"}, "100.00"), ({"stmt_acct": "own", "stmt_file_acct": "sum"}, "166.67")],
)  # fmt: skip
def test_accounts_in_the_file_as_agreed(options: dict[str, str], counted: str) -> None:
    one = Mock(own_fen=3_333, relatives_fen=6_667, total_fen=10_000, fund_fen=0)
    assert statements._figures(one, dialect_of(options)) == ["100.00", "0.00", counted]
