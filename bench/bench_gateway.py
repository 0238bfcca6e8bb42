# SPDX-License-Identifier: Apache-2.0
"""Python time of one money message in the gateway, without engine and database.

Signature, decode, check, translate into a command, translate the record back, encode: per message
in microseconds, the best of several rounds over messages with different numbers and amounts.
Run: python bench/bench_gateway.py
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import Mock

from gongji.care.catalogue import Catalogue, Item
from gongji.care.institutions import Institution
from gongji.care.pricing import RawLine, price_line
from gongji.gateway.gateway import Gateway, Reply
from gongji.gateway.people import Identity
from gongji.gateway.signatures import Verifier, let_in
from gongji.kernel.benefit import BenefitResult, BenefitState, Bill
from gongji.kernel.sharing import SharingResult
from gongji.policy.library import PolicyLibrary
from gongji.settlement.commands import Command
from gongji.settlement.queueing import Done
from gongji.settlement.records import CIVIL_TIME, SETTLED, Body, PayerInput, PayerLeg, Record

NOW = dt.datetime(2026, 3, 2, 10, 0, 0, tzinfo=CIVIL_TIME)
CERTNO = "360100198001010010"
PSN_NO = "GJ000000100001"
DRUG = "XA01ABD075A002010100483"
TARGETS_US = {"2207": 45, "2102": 100}
VARIETY = 500  # different messages
SECRET = "0123456789abcdef"


def institution(code: str, kind: int) -> Institution:
    """An institution that signs its headers."""
    keys = {"paasid": code, "secret": SECRET}
    return Institution(kind, code, "演示机构", kind, 3, "2", 360100, True, "x-tif", keys, {})


class Register:
    """Two institutions."""

    def __init__(self) -> None:
        both = (institution("H36010000003", 1), institution("P36010000011", 2))
        self._all = {one.code: one for one in both}

    def by_code(self, code: str) -> Institution | None:
        """The institution with that code."""
        return self._all.get(code)

    def all(self) -> tuple[Institution, ...]:
        """Both."""
        return tuple(self._all.values())


def record_for(command: Any) -> Record:
    """What an engine would answer: two relatives, one of whom pays."""
    total = command.declared.total_fen
    bill = Bill(total, 0, 0, 0, total)
    half = total // 2
    body = filled(
        Body,
        bill=bill,
        state=BenefitState(*([0] * len(BenefitState._fields))),
        benefit=BenefitResult(0, total, half, 0, 0, 0, 0, 0, 0, half, total - half, total - half),
        sharing=SharingResult(total - half, 100, 0, total - half - 100, 0, 0),
        payers=(
            filled(PayerInput, giver=2, relation=10, blocked=50),
            filled(PayerInput, giver=3, relation=52, current_fen=10**6),
        ),
        legs=(PayerLeg(0, 0, 50), PayerLeg(total - half - 100, 0, 0)),
        psn_type="11",
        civil_servant=False,
        retired=False,
        invono="",
        fee_batches=(),
    )
    made: Record = filled(
        Record,
        owner=command.owner,
        setl_id=10_000_001,
        kind=SETTLED,
        mdtrt_id=1_000_001,
        chrg_bchno="B1",
        institution_id=command.key.institution_id,
        msgid=command.key.msgid,
        infno=command.key.infno,
        insutype=310,
        insured_area=360100,
        setting=1,
        med_type=command.med_type,
        service_date=NOW.date(),
        made_at=NOW,
        body=body,
    )
    return made


def filled(struct: Any, /, **values: Any) -> Any:
    """A struct with zero in every field that is not given."""
    return struct(**{name: values.get(name, 0) for name in struct.__struct_fields__})


def gateway() -> Gateway:
    """A gateway whose engine answers at once and whose patient is known."""
    platform = Mock()
    platform.now = lambda: NOW
    platform.institutions = Register()
    platform.library = PolicyLibrary.load()
    platform.catalogue = Catalogue()
    item = Item(DRUG, "药", "101", "01", "09", 0, None, False, True, dt.date(2020, 1, 1))
    platform.catalogue._items = {DRUG: item}
    platform.engine.submit = settle_at_once
    made = Gateway(platform)
    person = Identity(
        1, PSN_NO, "01", CERTNO, "张三", 1, dt.date(1980, 1, 1), "01", ((310, 360100),)
    )
    made._people.keep(person, NOW)  # a known patient needs no database
    return made


def settle_at_once(command: Command, deliver: Any, *, trial: bool = False) -> None:
    """The engine's stand-in."""
    deliver(Done(record_for(command)))


def message(infno: str, code: str, serial: int, data: Any) -> bytes:
    """A whole message."""
    msgid, time_sent = f"{code}20260302100000{serial:04d}", f"2026-03-02 10:00:{serial % 60:02d}"
    return json.dumps(
        {
            "infno": infno, "msgid": msgid, "mdtrtarea_admvs": "360199",
            "insuplc_admdvs": "360100", "recer_sys_code": "99", "dev_no": "", "dev_safe_info": "",
            "cainfo": "", "signtype": "", "infver": "V1.0", "opter_type": "1", "opter": "001",
            "opter_name": "收费员", "inf_time": time_sent, "fixmedins_code": code,
            "fixmedins_name": "演示机构", "sign_no": "123456", "input": data,
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip


def yuan(amount_fen: int) -> str:
    """12.30"""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def visit(serial: int) -> bytes:
    """2207 with the scope amounts."""
    total = yuan(30_000 + serial * 137)
    return message("2207", "H36010000003", serial, {"data": {
        "psn_no": PSN_NO, "mdtrt_cert_type": "02", "mdtrt_cert_no": CERTNO, "med_type": "11",
        "medfee_sumamt": total, "psn_setlway": "01", "mdtrt_id": f"{1_000_001 + serial}",
        "chrg_bchno": "B1", "acct_used_flag": "1", "insutype": "310", "invono": f"I{serial}",
        "fulamt_ownpay_amt": "0", "overlmt_selfpay": "0", "preselfpay_amt": "0",
        "inscp_scp_amt": total,
    }})  # fmt: skip


def purchase(serial: int) -> bytes:
    """2102 with three lines."""
    line_fen = 3_000 + serial * 2
    lines = [
        {"feedetl_sn": f"F{n}", "rxno": "", "rx_circ_flag": "0",
         "fee_ocur_time": "2026-03-02 09:30:00", "med_list_codg": DRUG, "medins_list_codg": "YP1",
         "det_item_fee_sumamt": yuan(line_fen), "cnt": "2", "pric": f"{yuan(line_fen // 2)}0000"}
        for n in range(3)
    ]  # fmt: skip
    return message("2102", "P36010000011", serial, {
        "druginfo": {"psn_no": PSN_NO, "mdtrt_cert_type": "02", "mdtrt_cert_no": CERTNO,
                     "begntime": "2026-03-02 09:30:00", "medfee_sumamt": yuan(3 * line_fen),
                     "insutype": "310", "acct_used_flag": "1", "med_type": "41"},
        "drugdetail": lines,
    })  # fmt: skip


MESSAGES = {"2207": ("H36010000003", visit), "2102": ("P36010000011", purchase)}


def signed(code: str, serial: int) -> dict[str, str]:
    """Headers of a message."""
    stamp, nonce = str(int(NOW.timestamp())), f"n{serial:08d}"
    signature = hashlib.sha256(f"{stamp}{SECRET}{nonce}{stamp}".encode()).hexdigest()
    return {
        "host": "localhost", "content-type": "application/json", "x-tif-paasid": code,
        "x-tif-timestamp": stamp, "x-tif-nonce": nonce, "x-tif-signature": signature,
    }  # fmt: skip


def answer_next(
    made: Gateway, verifier: Verifier, coming: Iterator[tuple[dict[str, str], bytes]]
) -> bytes:
    """From headers and body of the next message to the bytes of its reply."""
    headers, body = next(coming)
    signer = verifier.check(headers, NOW)
    if signer is not None:
        let_in(signer, body)
    replies: list[Reply] = []
    made.start(body, signer, replies.append)
    return replies[0].content


def best_us(work: Callable[[], Any], rounds: int, each: int) -> float:
    """Processor time of one call in the best of several rounds, microseconds."""
    times = []
    for _ in range(rounds):
        begun = time.process_time_ns()
        for _ in range(each):
            work()
        times.append((time.process_time_ns() - begun) / each / 1000)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Python time of a money message in the gateway.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--each", type=int, default=1000)
    args = parser.parse_args()
    made = gateway()
    verifier = Verifier(made.platform.institutions, lambda _token, _now: None)
    gc.freeze()  # what is loaded at the start lives as long as the process
    for infno, (code, write) in MESSAGES.items():
        traffic = [(signed(code, n), write(n)) for n in range(VARIETY)]
        answered = partial(answer_next, made, verifier, itertools.cycle(traffic))
        for _ in traffic:
            reply = answered()
            if b'"infcode":0' not in reply:
                raise SystemExit(reply.decode())
        whole = best_us(answered, args.rounds, args.each)
        body = traffic[0][1]
        rest = elsewhere_us(made, body, args.rounds, args.each)
        print(
            f"{infno}: {whole - rest:.1f} us in the gateway (target {TARGETS_US[infno]}),"
            f" {rest:.1f} us outside it; {len(body)} bytes in, {len(reply)} bytes out"
        )


def elsewhere_us(made: Gateway, body: bytes, rounds: int, each: int) -> float:
    """What pricing of the lines and the engine's stand-in take of the whole, microseconds."""
    seen: list[Any] = []
    engine = made.platform.engine
    engine.submit = lambda command, *_, **__: seen.append(command)
    made.start(body, None, seen.append, trusted=True)
    engine.submit = settle_at_once
    command = seen[0]
    took = best_us(lambda: record_for(command), rounds, each)
    lines = getattr(command, "lines", ())
    if lines:
        raw = RawLine("F", DRUG, "YP1", 3000, 15 * 10**6, 2 * 10**4, NOW, facts={"a": 1})
        catalogue, day = made.platform.catalogue, NOW.date()
        took += len(lines) * best_us(
            lambda: price_line(catalogue, raw, day, 310, 1000), rounds, each
        )
    return took


if __name__ == "__main__":
    main()
