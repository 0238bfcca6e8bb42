# SPDX-License-Identifier: Apache-2.0
"""The engine of another process of this machine: commands out, records back, over a socket pair.

Several processes read and answer messages while one writes: its batches are as large as the
traffic allows, and two patients' locks never wait for each other's process. Frames are msgpack
lists with their length before them; whatever is sent in one turn of the event loop shares a frame.
A link that is lost leaves its requests *unknown*: the clients ask again, or undo with 2601. So does
a writer that is stuck; what it still owes stays counted, and beyond LINK_MAX "busy" is answered.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import struct
from collections.abc import Callable
from typing import Any

import msgspec

from gongji.kernel.errors import Refusal
from gongji.settlement import errors
from gongji.settlement.commands import (
    Command,
    ReverseSettlement,
    SettlePurchase,
    SettleVisit,
    UndoMessage,
)
from gongji.settlement.engine import ANSWER_WAIT_S_MAX, Submitting
from gongji.settlement.lanes import QUEUE_MAX, LoopAnswer
from gongji.settlement.queueing import Done, Outcome
from gongji.settlement.records import CIVIL_TIME, Record
from gongji.settlement.waiting import Waiting

LINK_MAX = 2 * QUEUE_MAX  # requests the writer owes: what its lanes for writes and trials hold
LINK_WAIT_S_MAX = ANSWER_WAIT_S_MAX + 5  # a writer that is not stuck has said "unknown" before

_KINDS: tuple[type[Any], ...] = (SettleVisit, SettlePurchase, ReverseSettlement, UndoMessage)
_KIND_OF = {kind: number for number, kind in enumerate(_KINDS)}
_RECORD, _NOTHING, _REFUSAL = range(3)
_length = struct.Struct(">I")

_encode = msgspec.msgpack.Encoder().encode
_read_requests = msgspec.msgpack.Decoder(list[tuple[int, bool, int, msgspec.Raw]]).decode
_read_answers = msgspec.msgpack.Decoder(list[tuple[int, int, msgspec.Raw]]).decode
_read_command = tuple(msgspec.msgpack.Decoder(kind).decode for kind in _KINDS)
_read_record = msgspec.msgpack.Decoder(Record).decode
_read_refusal = msgspec.msgpack.Decoder(tuple[int, str, str, dict[str, int | str | None]]).decode


def encode_command(command: Command) -> tuple[int, bytes]:
    """Kind and msgpack of a command."""
    return _KIND_OF[type(command)], _encode(command)


def decode_command(kind: int, data: bytes | msgspec.Raw) -> Command:
    """Inverse of ``encode_command``; moments come back in civil time."""
    command: Command = _read_command[kind](data)
    if isinstance(command, SettlePurchase):
        return msgspec.structs.replace(command, bought_at=_civil(command.bought_at))
    return command


def encode_outcome(outcome: Outcome) -> tuple[int, bytes]:
    """Kind and msgpack of an outcome."""
    if isinstance(outcome, Refusal):
        refused = (outcome.code, outcome.zh, outcome.en, outcome.details)
        return _REFUSAL, _encode(refused)
    return (_NOTHING if outcome.record is None else _RECORD), _encode(outcome.record)


def decode_outcome(kind: int, data: bytes | msgspec.Raw) -> Outcome:
    """Inverse of ``encode_outcome``."""
    if kind == _RECORD:
        record = _read_record(data)
        record.made_at = _civil(record.made_at)
        return Done(record)
    if kind == _NOTHING:
        return Done(None)
    code, zh, en, details = _read_refusal(data)
    return Refusal(code, zh, en, **details)


def _civil(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(CIVIL_TIME)


class _Frames(asyncio.Protocol):
    """Lists of messages over a stream socket, one frame for all of one turn of the loop."""

    def __init__(self) -> None:
        self._rest = b""
        self._out: list[Any] = []
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to send."""
        self._transport = transport  # type: ignore[assignment]

    def close(self) -> None:
        """End the link."""
        if self._transport is not None:
            self._transport.close()

    def is_open(self) -> bool:
        """Whether anything can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, message: Any) -> None:
        """Send with everything else of this turn."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(message)

    def _flush(self) -> None:
        out, self._out = self._out, []
        self.write(out)

    def write(self, messages: list[Any]) -> None:
        """Send at once, in a frame of their own."""
        if self._transport is not None and not self._transport.is_closing():
            frame = _encode(messages)
            self._transport.write(_length.pack(len(frame)) + frame)

    def data_received(self, data: bytes) -> None:
        """Read whole frames; keep what is not whole yet."""
        if self._rest:
            data = self._rest + data
        at = 0
        while len(data) - at >= _length.size:
            (size,) = _length.unpack_from(data, at)
            begin = at + _length.size
            if len(data) - begin < size:
                break
            self.received(data[begin : begin + size])
            at = begin + size
        self._rest = data[at:]

    def received(self, frame: bytes) -> None:
        """A whole frame."""
        raise TypeError("a protocol that reads nothing")


class _HostProtocol(_Frames):
    """The writer's side of one link."""

    def __init__(self, engine: Submitting, ready: Callable[[], None]) -> None:
        super().__init__()
        self._engine = engine
        self._ready: Callable[[], None] | None = ready

    def received(self, frame: bytes) -> None:
        """Give every command to the engine. The first frame only says that the other is there."""
        if self._ready is not None:
            ready, self._ready = self._ready, None
            ready()
        for serial, trial, kind, data in _read_requests(frame):
            self._submit(serial, trial, decode_command(kind, data))

    def _submit(self, serial: int, trial: bool, command: Command) -> None:
        def deliver(outcome: Outcome) -> None:
            kind, answer = encode_outcome(outcome)
            self.send((serial, kind, msgspec.Raw(answer)))

        try:
            self._engine.submit(command, deliver, trial=trial)
        except Refusal as refused:
            deliver(refused)


async def host(
    engine: Submitting, end: socket.socket, ready: Callable[[], None]
) -> Callable[[], None]:
    """Serve one link in the running loop; returns what closes it.

    ``ready`` is called when the other side is there.
    """
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(lambda: _HostProtocol(engine, ready), sock=end)
    return protocol.close


class _LinkProtocol(_Frames):
    """The gateway's side of one link."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__()
        self._lost = lost
        self.waiting: dict[int, LoopAnswer] = {}  # overdue ones too, until the writer answers
        self._serial = 0
        self._watched = Waiting()

    def ask(self, command: Command, deliver: Callable[[Outcome], None], trial: bool) -> None:
        """Send a command; ``deliver`` is called once."""
        kind, data = encode_command(command)
        self._serial += 1
        answer = self.waiting[self._serial] = LoopAnswer(deliver)
        self._watched.add(answer, self._loop, LINK_WAIT_S_MAX)
        self.send((self._serial, trial, kind, msgspec.Raw(data)))

    def received(self, frame: bytes) -> None:
        """Hand out outcomes; one that comes too late is dropped."""
        for serial, kind, data in _read_answers(frame):
            answer = self.waiting.pop(serial, None)
            if answer is not None and not answer.done:
                answer.set(decode_outcome(kind, data))

    def connection_lost(self, exc: Exception | None) -> None:
        """The writer is gone: what it was asked has an outcome that nobody knows here."""
        waiting, self.waiting = self.waiting, {}
        for answer in waiting.values():
            answer.set(errors.outcome_unknown())
        self._lost()


class EngineLink(Submitting):
    """An engine that lives in another process."""

    def __init__(self, end: socket.socket, lost: Callable[[], None]) -> None:
        self._end = end
        self._lost = lost
        self._protocol: _LinkProtocol | None = None

    async def open(self) -> None:
        """Begin in the running loop, and say so to the other side."""
        loop = asyncio.get_running_loop()
        _, self._protocol = await loop.create_connection(
            lambda: _LinkProtocol(self._lost), sock=self._end
        )
        self._protocol.write([])

    def close(self) -> None:
        """End the link, in its loop."""
        if self._protocol is not None:
            self._protocol.close()

    def submit(
        self, command: Command, deliver: Callable[[Outcome], None], *, trial: bool = False
    ) -> None:
        """As ``Engine.submit``; "busy" also without a link, "unknown" when the writer is stuck."""
        link = self._protocol
        if link is None or not link.is_open() or len(link.waiting) >= LINK_MAX:
            raise errors.busy()
        link.ask(command, deliver, trial)

    def start(self) -> None:
        """Nothing: ``open`` begins in the loop."""

    def stop(self) -> None:
        """Nothing: the socket ends with the process."""

    def settle_now(self, command: Command) -> Record | None:
        """Not from here: the link lives in an event loop."""
        raise RuntimeError("an engine in another process is asked from the event loop")

    def trial_now(self, command: Command) -> Record:
        """Not from here: the link lives in an event loop."""
        raise RuntimeError("an engine in another process is asked from the event loop")
