# SPDX-License-Identifier: Apache-2.0
"""Reconciliation over the national interface: totals, single settlements, files."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from decimal import Decimal
from typing import Any

from gateway_world import PHARMACY, City, number_of, purchase


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
