# SPDX-License-Identifier: Apache-2.0
"""Level L2: keep-alive HTTP/1.1 connections in a closed loop, as cheap as Python allows.

Each connection is one asyncio protocol: a whole request out, a reply counted by its
content-length, the next request at once. Every reply is judged; one in SAMPLE is read in full.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gongji_bench.figures import Samples, Tally
from gongji_bench.messages import Writer
from gongji_bench.mix import CHANGED, FAILED, NEW, RESENT, REVERSED, Slots

SAMPLE = 16
KEY_REUSED_SIGN = b"3140"
BUSY_SIGN = b"3180"
_LENGTH = b"content-length: "
_OK = (b'"infcode":0', b'"infcode":"0"')
_SETL, _MDTRT = b'"setl_id":"', b'"mdtrt_id":"'


def _text_after(reply: bytes, mark: bytes) -> str:
    start = reply.find(mark)
    if start < 0:
        return ""
    start += len(mark)
    return reply[start : reply.find(b'"', start)].decode()


@dataclass
class Load:
    """One row's traffic: requests, what was answered, when to stop."""

    writer: Writer
    requests: list[bytes]
    slots: Slots
    samples: Samples
    tally: Tally
    answers: dict[int, tuple[str, str]] = field(default_factory=dict)  # number -> setl, visit
    deadline_ns: int = 0

    def next(self) -> tuple[int, int, bytes] | None:
        """The next request; None when the row is over."""
        if time.perf_counter_ns() >= self.deadline_ns:
            return None
        slot = self.slots.take()
        if slot is None:
            return None
        kind, number = slot
        if kind in (NEW, RESENT):
            return kind, number, self.requests[number]
        if kind == CHANGED:
            return kind, number, self.writer.new(number, more_fen=1)
        return kind, number, self.writer.reversal(number, *self.answers[number])

    def judge(self, kind: int, number: int, reply: bytes) -> bool:
        """Count a reply; False when it is none or not the right one."""
        tally = self.tally
        if not (_OK[0] in reply or _OK[1] in reply):
            return self._refused(kind, number, reply)
        setl_id = _text_after(reply, _SETL)
        if kind == NEW and setl_id:
            self.answers[number] = setl_id, _text_after(reply, _MDTRT)
            self.slots.acknowledge(number)
            tally.accepted += 1
            return number % SAMPLE != 0 or self._read(number, reply)
        if kind == REVERSED and setl_id:
            tally.reversed += 1
            return True
        if kind == RESENT and setl_id == self.answers[number][0]:
            tally.resent_same += 1
            return True
        return tally.mistake(f"message {number}, kind {kind}: {reply[-300:]!r}")

    def _refused(self, kind: int, number: int, reply: bytes) -> bool:
        if kind == CHANGED and KEY_REUSED_SIGN in reply:
            self.tally.changed_refused += 1
            return True
        if BUSY_SIGN in reply:
            self.tally.busy += 1
            return False
        return self.tally.mistake(f"message {number}, kind {kind}: {reply[-300:]!r}")

    def _read(self, number: int, reply: bytes) -> bool:
        """Read a reply in full: it is about this message, and its amounts add up."""
        sale = self.writer.sales[number]
        body: Any = json.loads(reply[reply.find(b"\r\n\r\n") + 4 :], parse_float=Decimal)
        info = body["output"]["setlinfo"]
        total, fund = Decimal(info["medfee_sumamt"]), Decimal(info["fund_pay_sumamt"])
        account, cash = Decimal(info["acct_pay"]), Decimal(info["psn_cash_pay"])
        self.tally.checked += 1
        self.tally.in_cash += cash * 100 > sale.self_paid_fen
        if info["medins_setl_id"] != self.writer.msgid(number):
            return self.tally.mistake(f"message {number} got the answer of another")
        if total * 100 != sale.total_fen or fund + account + cash != total:
            return self.tally.mistake(f"message {number}: {total} is not {fund}+{account}+{cash}")
        return True


class Connection(asyncio.Protocol):
    """One client: sends, waits for the whole reply, sends again."""

    __slots__ = ("_begin", "_kind", "_load", "_number", "_rest", "_transport", "done")

    def __init__(self, load: Load) -> None:
        self._load = load
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._kind = self._number = self._begin = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin at once."""
        self._transport = transport  # type: ignore[assignment]
        self._send()

    def data_received(self, data: bytes) -> None:
        """Complete a reply, judge it, send the next request."""
        if self._rest:
            data = self._rest + data
        head = data.find(b"\r\n\r\n")
        if head < 0:
            self._rest = data
            return
        at = data.find(_LENGTH) + len(_LENGTH)
        if len(data) < head + 4 + int(data[at : data.find(b"\r\n", at)]):
            self._rest = data
            return
        end = time.perf_counter_ns()
        self._rest = b""
        load = self._load
        good = load.judge(self._kind, self._number, data)
        load.samples.add(end, end - self._begin, self._kind if good else FAILED)
        self._send()

    def _send(self) -> None:
        item = self._load.next()
        if item is None or self._transport is None:
            self._finish()
            return
        self._kind, self._number, request = item
        self._begin = time.perf_counter_ns()
        self._transport.write(request)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection cut by the server counts as a mistake."""
        if not self.done.done():
            self._load.tally.mistake(f"connection lost: {exc}")
            self.done.set_result(None)


async def run(load: Load, port: int, concurrency: int, seconds: float) -> None:
    """All connections until the deadline."""
    loop = asyncio.get_running_loop()
    load.deadline_ns = time.perf_counter_ns() + int(seconds * 1e9)
    made = [
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", port)
        for _ in range(concurrency)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
