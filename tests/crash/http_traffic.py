# SPDX-License-Identifier: Apache-2.0
"""The same traffic over the national interface: ``gongji serve`` as its own process, HTTP, x-ca.

Requests and answers are those of the line server, translated into 2102, 2103 and 2601.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from line_client import ANSWER_WAIT_S, START_WAIT_S, LineClient, LineServer

import family
from gongji.care.catalogue import Item, put_items
from gongji.care.institutions import Institution, register_institution
from gongji.gateway import errors as faults
from gongji.gateway import sm
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.settlement import errors as busy
from gongji.settlement.records import CIVIL_TIME

KEY = bytes(range(32))
STORE, SECRET, DRUG = "P36010000077", "secret-of-the-store", "XA01ABD075A002010100483"
AREA = 360100


def now() -> dt.datetime:
    """The present, as the server sees it."""
    return dt.datetime.now(CIVIL_TIME).replace(microsecond=0)


class HttpServer(LineServer):
    """``gongji serve`` on a migrated database; killed and started again at the same port."""

    def __init__(self, url: str, data: Path, workers: int = 1) -> None:
        super().__init__(url)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        key = data / "secret.key"
        key.write_bytes(KEY)
        key.chmod(0o600)
        self._environment = {
            **os.environ,
            "GONGJI_DATABASE_URL": url,
            "GONGJI_DATA": str(data),
            "GONGJI_SECRET_KEY": str(key),
            "GONGJI_WORKERS": str(workers),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> None:
        """Start and wait until it says that it is ready."""
        program = [sys.executable, "-m", "gongji.runtime.cli", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(
            program,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert "ready" in self._process.stdout.readline()

    def stop(self) -> None:
        """A clean end by SIGTERM."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGTERM)
            self._process.wait(START_WAIT_S)
            assert self._process.returncode == 0
            self._reap()


class HttpClient(LineClient):
    """One keep-alive connection of a pharmacy that knows its patients by number and certificate."""

    def __init__(self, server: LineServer, certificates: dict[int, str]) -> None:
        super().__init__(server)
        self._certificates = certificates
        self._http: http.client.HTTPConnection | None = None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One message, one reply; raises OSError when there is none."""
        body = json.dumps(self._message(request)).encode()
        second = int(time.time())
        mac = sm.hmac_sm3(SECRET.encode(), f"{second}\n".encode() + body)
        headers = {
            "x-ca-key": STORE,
            "x-ca-signature": f"{second}:{mac.hex().upper()}",
            "Content-Type": "application/json",
        }
        try:
            if self._http is None:
                port = self._server.port
                self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WAIT_S)
            self._http.request("POST", "/", body, headers)
            reply = self._http.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException) as cut:
            self.close()
            raise ConnectionResetError(str(cut)) from cut
        return _answer(request, json.loads(content, parse_float=Decimal))

    def close(self) -> None:
        """Close the connection."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _message(self, ask: dict[str, Any]) -> dict[str, Any]:
        owner, msgid = ask["owner"], msgid_of(ask["msgid"])
        psn_no = f"GJ{owner:012d}"
        if ask["op"] == "reverse":
            data = {"psn_no": psn_no, "setl_id": str(ask["setl_id"]), "mdtrt_id": ask["mdtrt_id"]}
            return _envelope("2103", msgid, {"data": data})
        if ask["op"] == "undo":
            original = msgid_of(ask["original"])
            data = {"psn_no": psn_no, "omsgid": original, "oinfno": ask["infno"]}
            return _envelope("2601", msgid, {"data": data})
        return _envelope("2102", msgid, self._purchase(ask, psn_no, self._certificates[owner]))

    @staticmethod
    def _purchase(ask: dict[str, Any], psn_no: str, certno: str) -> dict[str, Any]:
        amount = f"{Decimal(ask['amount']) / 100:.2f}"
        when = ask.setdefault("when", f"{now():%Y-%m-%d %H:%M:%S}")
        return {
            "druginfo": {
                "psn_no": psn_no,
                "mdtrt_cert_type": "02",
                "mdtrt_cert_no": certno,
                "begntime": when,
                "medfee_sumamt": amount,
                "insutype": "310",
                "acct_used_flag": "1",
                "med_type": "41",
            },
            "drugdetail": [
                {
                    "feedetl_sn": "1",
                    "rxno": "",
                    "rx_circ_flag": "0",
                    "fee_ocur_time": when,
                    "med_list_codg": DRUG,
                    "medins_list_codg": "YP1",
                    "det_item_fee_sumamt": amount,
                    "cnt": "1",
                    "pric": amount,
                }
            ],
        }


def msgid_of(name: str) -> str:
    """A msgid in the national layout (30 characters) that carries our name of the message."""
    return STORE + "C" + name.removeprefix("C").rjust(17, "0")


def _envelope(infno: str, msgid: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "infno": infno,
        "msgid": msgid,
        "mdtrtarea_admvs": "360199",
        "insuplc_admdvs": "",
        "recer_sys_code": "99",
        "signtype": "",
        "infver": "V1.0",
        "opter_type": 1,
        "opter": "001",
        "opter_name": "店员",
        "inf_time": f"{now():%Y-%m-%d %H:%M:%S}",
        "fixmedins_code": STORE,
        "fixmedins_name": "演示药店",
        "sign_no": "null",
        "input": data,
    }


def _answer(ask: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
    if str(reply["infcode"]) != "0":
        number = re.match(r"\[(\d+)\]", reply["err_msg"])
        assert number, reply
        # A fault of the centre names no outcome either: the key is sent again.
        code = int(number[1])
        return {"refused": busy.BUSY if code == faults.INTERNAL else code}
    if ask["op"] == "undo":
        return {"silent": True}  # 2601 does not say whether there was anything to undo
    info = reply["output"]["setlinfo"]
    fen = {
        name: abs(int(Decimal(str(info[field])) * 100))
        for name, field in (
            ("accounts", "acct_pay"),
            ("relatives", "acct_mulaid_pay"),
            ("cash", "psn_cash_pay"),
        )
    }
    return {
        "setl_id": int(info["setl_id"]),
        "mdtrt_id": str(info["mdtrt_id"]),
        "kind": 2 if ask["op"] == "reverse" else 1,
        "own": fen["accounts"] - fen["relatives"],
        "relatives": fen["relatives"],
        "cash": fen["cash"],
    }


def city(url: str) -> dict[int, str]:
    """A pharmacy and twelve people who pay for one another; owner -> certificate."""
    box, today = PrivacyBox(KEY), now().date()
    people: dict[int, str] = {}
    with psycopg.connect(url) as conn:
        keys = {"secret": SECRET}
        one = Institution(1, STORE, "演示药店", 2, 1, "2", AREA, True, "x-ca", keys, {})
        register_institution(conn, box, one)
        since = dt.date(2020, 1, 1)
        put_items(conn, [Item(DRUG, "药", "101", "01", "09", 0, None, False, True, since)])
        for number in range(12):
            certno = family.certificate(AREA, dt.date(1980, 1, 1), number)
            owner = family.insured(conn, box, certno, [family.employee(area=AREA)], today=today)
            family.open_account(conn, owner, AREA, now(), 200_000)
            people[owner] = certno
        owners, rules = list(people), PolicyLibrary.load()
        for index, owner in enumerate(owners):
            for step in (1, 5):
                giver = owners[(index + step) % len(owners)]
                family.bind(conn, rules, giver, owner, 10, now())
    return people
