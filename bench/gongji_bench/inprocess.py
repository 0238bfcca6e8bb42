# SPDX-License-Identifier: Apache-2.0
"""Level L0: the engine in this process, closed loop, one asyncio task per client.

The same messages as over HTTP, as commands made before the clock starts.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import time
from dataclasses import dataclass

import msgspec

from gongji.care.lines import PricedLine
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import USE_ACCOUNTS
from gongji.settlement import errors
from gongji.settlement.commands import (
    Command,
    Declared,
    MessageKey,
    ReverseSettlement,
    SettlePurchase,
    SettleVisit,
)
from gongji.settlement.engine import Engine
from gongji.settlement.records import CIVIL_TIME
from gongji_bench.figures import Samples, Tally
from gongji_bench.mix import CHANGED, FAILED, NEW, RESENT, REVERSED, Slots
from gongji_bench.visits import BATCH, ORDINARY, PURCHASE, Sale

FINGERPRINT_BYTES = 16


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=FINGERPRINT_BYTES).digest()


def command_of(sale: Sale, msgid: str, day: dt.date) -> SettleVisit | SettlePurchase:
    """The bill as a command of the engine."""
    infno = "2207" if sale.mdtrt_id else "2102"
    key = MessageKey(sale.institution, msgid, infno, _mark(msgid))
    if sale.mdtrt_id:
        return SettleVisit(
            key=key,
            owner=sale.owner,
            mdtrt_id=sale.mdtrt_id,
            chrg_bchno=BATCH,
            med_type=ORDINARY,
            insutype=sale.insutype,
            use=USE_ACCOUNTS,
            declared=Declared(sale.total_fen),
        )
    line = PricedLine("1", sale.total_fen, 0, 0, 0, sale.total_fen, {"feedetl_sn": "1"})
    return SettlePurchase(
        key=key,
        owner=sale.owner,
        bought_at=dt.datetime.combine(day, dt.time(9), CIVIL_TIME),
        med_type=PURCHASE,
        insutype=sale.insutype,
        use=USE_ACCOUNTS,
        declared=Declared(sale.total_fen),
        lines=(line,),
    )


@dataclass
class InProcess:
    """One row's clients."""

    engine: Engine
    commands: list[SettleVisit | SettlePurchase]
    slots: Slots
    samples: Samples
    tally: Tally
    results: dict[int, int]  # number of the message -> setl_id
    self_paid_fen: list[int]  # by number: always paid in cash, says nothing of funds
    deadline_ns: int = 0

    async def client(self) -> None:
        """Send, wait, note, again."""
        settle, add, clock = self.engine.settle, self.samples.add, time.perf_counter_ns
        while clock() < self.deadline_ns:
            slot = self.slots.take()
            if slot is None:
                return
            kind, number = slot
            command = self.commands[number] if kind == NEW else self._derived(kind, number)
            begin = clock()
            refused = 0
            setl_id = cash_fen = 0
            try:
                record = await settle(command)
                if record is not None:
                    setl_id, cash_fen = record.setl_id, record.cash_fen
            except Refusal as why:
                refused = why.code
            end = clock()
            done = self._judge(kind, number, setl_id, refused, cash_fen)
            add(end, end - begin, kind if done else FAILED)

    def _derived(self, kind: int, number: int) -> Command:
        first = self.commands[number]
        if kind == RESENT:
            return first
        if kind == CHANGED:
            key = msgspec.structs.replace(first.key, fingerprint=_mark(first.key.msgid + "changed"))
            declared = Declared(first.declared.total_fen + 1)
            return msgspec.structs.replace(first, key=key, declared=declared)
        infno = "2208" if isinstance(first, SettleVisit) else "2103"
        msgid = f"R{first.key.msgid}"
        key = MessageKey(first.key.institution_id, msgid, infno, _mark(msgid))
        return ReverseSettlement(key, first.owner, self.results[number])

    def _judge(self, kind: int, number: int, setl_id: int, refused: int, cash_fen: int) -> bool:
        """Count an answer; False when it is none or not the right one."""
        tally = self.tally
        if refused == errors.BUSY:
            tally.busy += 1
            return False
        if kind == CHANGED and refused == errors.KEY_REUSED:
            tally.changed_refused += 1
        elif refused or kind == CHANGED:
            return tally.mistake(f"message {number}, kind {kind}: refused with {refused}")
        elif kind == NEW:
            self.results[number] = setl_id
            self.slots.acknowledge(number)
            tally.accepted += 1
            tally.checked += 1
            tally.in_cash += cash_fen > self.self_paid_fen[number]
        elif kind == REVERSED:
            tally.reversed += 1
        elif setl_id == self.results[number]:
            tally.resent_same += 1
        else:
            return tally.mistake(f"message {number} re-sent: answered {setl_id}")
        return True

    async def run(self, concurrency: int, seconds: float) -> None:
        """All clients until the deadline."""
        self.deadline_ns = time.perf_counter_ns() + int(seconds * 1e9)
        await asyncio.gather(*(self.client() for _ in range(concurrency)))
