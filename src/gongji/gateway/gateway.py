# SPDX-License-Identifier: Apache-2.0
"""The gateway: a message in, a reply out; the same for HTTP and for a file of messages.

Every message goes one way, ``Gateway.start``, from whatever door it comes. Whatever happens, the
answer is an envelope: a refusal is infcode -1 with its number and reason, a fault of ours is
infcode -1 with a neutral sentence and a log line without personal data. Money messages go straight
to the engine; everything else runs in threads with one transaction each.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import psycopg
import psycopg_pool
import structlog

from gongji.care.institutions import HOSPITAL_KIND, Institution
from gongji.gateway import bodies, envelope, errors
from gongji.gateway.call import Call, base_infno, fingerprint
from gongji.gateway.dialect import NATIONAL, Dialect, dialect_of
from gongji.gateway.envelope import BODY_BYTES_MAX, FAILURE, SUCCESS, Request, input_object
from gongji.gateway.errors import err_msg, refusal
from gongji.gateway.handlers import HANDLERS, Download, Handler, Money, Prepared
from gongji.gateway.inputs import checker_of
from gongji.gateway.own_loop import OwnLoop
from gongji.gateway.people import Arrivals, Found, People, same_region
from gongji.gateway.schema import KNOWN_ELSEWHERE, TRANSACTIONS
from gongji.gateway.signatures import GATEWAY, OAUTH, UNSIGNED, Rejected, Signer
from gongji.gateway.turns import Turns
from gongji.kernel.errors import Refusal
from gongji.settlement.commands import MessageKey
from gongji.settlement.errors import busy
from gongji.settlement.platform import Platform
from gongji.settlement.queueing import Outcome

THREADS = 8  # messages that talk to the database at once, beside the engine

JSON = "application/json; charset=utf-8"
BINARY = "application/octet-stream"

# The database had no room for a message: rolled back, nothing was done.
_NOT_DONE = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg_pool.PoolTimeout,
)

_log = structlog.get_logger("gongji.gateway")
_T = TypeVar("_T")
_KIND_NAMES = {True: "定点医疗机构", False: "定点零售药店"}


class Reply(NamedTuple):
    """What goes back: HTTP status, content type, content; ``name`` of a file."""

    content: bytes
    status: int = 200
    media_type: str = JSON
    name: str = ""


Done = Callable[[Reply], None]


@dataclass(slots=True)
class _Sender:
    """Whose message it is, as far as that is known: decides the form of the answer."""

    institution: Institution | None
    dialect: Dialect
    received: dt.datetime
    ref: str
    sm2_signer: str = ""  # user id that the body was signed with


class Gateway:
    """Answers messages with the services of one platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._people = People(platform.box)
        self._dialects: dict[str, tuple[Institution, Dialect]] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="gongji-gateway")
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals = Arrivals(self._people, platform.connect, platform.now)
        self._turns = Turns()
        self._own_loop = OwnLoop()

    def close(self) -> None:
        """Let running messages finish."""
        self._threads.shutdown(wait=True)
        self._arrivals.close()
        self._own_loop.close()

    async def handle(
        self,
        body: bytes,
        signer: Signer | None,
        *,
        trusted: bool = False,
        attachment: bytes | None = None,
    ) -> Reply:
        """``start`` for a caller that can await."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def done(reply: Reply) -> None:
            if not answer.done():
                answer.set_result(reply)

        self.start(body, signer, done, trusted=trusted, attachment=attachment)
        return await answer

    def start(
        self,
        body: bytes,
        signer: Signer | None,
        done: Done,
        *,
        trusted: bool = False,
        attachment: bytes | None = None,
    ) -> None:
        """Answer one message: ``done`` is called once, at once or later, in the running loop.

        Without a signer only institutions without signature are served; ``trusted`` callers in
        this process need none. ``attachment`` is the file of a multipart 9101.
        """
        sender = self._sender(signer)
        try:
            call, handler = self._opened(body, signer, sender, trusted, attachment)
            money = handler.money
            if money is None or money.needs_database:
                self._keep(
                    asyncio.get_running_loop().create_task(self._slow(call, handler, done, sender))
                )
                return
            row = call.one(money.node)
            person = self._people.kept(row, call.now)
            if person is not None:
                self._submit(call, money, money.build(call, person, None), sender, done)
                return
        except Exception as no:
            done(self._no(sender, no))
            return

        def found(one: Found) -> None:
            try:
                if isinstance(one, Exception):
                    raise one
                self._submit(call, money, money.build(call, one, None), sender, done)
            except Exception as no:
                done(self._no(sender, no))

        self._arrivals.load(row, found)

    async def _slow(self, call: Call, handler: Handler, done: Done, sender: _Sender) -> None:
        """Messages that work on the database beside the engine, or before it."""
        try:
            async with self._turns.of(call.psn_no()):
                if handler.plain is not None:
                    output = await self._in_thread(lambda: self._plain(call, handler))
                    done(self._accepted(sender, output))
                    return
                money = handler.money
                if money is None:
                    raise RuntimeError("a handler without work")
                prepared = await self._in_thread(lambda: self._prepared(call, money))
            self._submit(call, money, prepared, sender, done)
        except Exception as no:
            done(self._no(sender, no))

    def _submit(
        self, call: Call, money: Money, prepared: Prepared, sender: _Sender, done: Done
    ) -> None:
        """Give a command to the engine, and its outcome, as a reply, to ``done``."""
        if prepared.command is None:
            done(self._accepted(sender, money.answer(call, prepared, None)))
            return

        def deliver(outcome: Outcome) -> None:
            try:
                if isinstance(outcome, Refusal):
                    raise outcome
                reply = self._accepted(sender, money.answer(call, prepared, outcome.record))
            except Exception as no:
                reply = self._no(sender, no)
            done(reply)

        self.platform.engine.submit(prepared.command, deliver, trial=money.trial)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def handle_now(
        self, body: bytes, signer: Signer | None = None, *, trusted: bool = False
    ) -> Reply:
        """``handle`` for a caller without an event loop."""
        return self._own_loop.run(self.handle(body, signer, trusted=trusted))

    def reject(self, rejected: Rejected) -> Reply:
        """The answer to a request whose signature is not right, in the form of its variant."""
        if rejected.variant == GATEWAY:
            answer = {"code": 401, "message": errors.gateway_message(rejected.refused)}
            return Reply(envelope.encode_json(answer), 401)
        reply = self._refused(self._sender(None), rejected.refused)
        return reply._replace(status=401) if rejected.variant == OAUTH else reply

    # Opening a message

    def _sender(self, signer: Signer | None) -> _Sender:
        now = self.platform.now()
        one = signer.institution if signer is not None else None
        dialect = NATIONAL
        if one is not None:
            with contextlib.suppress(Refusal):  # named when the message is opened
                dialect = self._dialect(one)
        area = one.area // 10_000 * 10_000 if one is not None else 100_000
        return _Sender(one, dialect, now, envelope.reference(area, now))

    def _dialect(self, one: Institution) -> Dialect:
        kept = self._dialects.get(one.code)
        if kept is not None and kept[0] is one:
            return kept[1]
        try:
            dialect = dialect_of(one.dialect)
        except ValueError:
            raise refusal(errors.DIALECT_INVALID) from None
        self._dialects[one.code] = (one, dialect)
        return dialect

    def _opened(
        self,
        body: bytes,
        signer: Signer | None,
        sender: _Sender,
        trusted: bool,
        attachment: bytes | None,
    ) -> tuple[Call, Handler]:
        if len(body) > BODY_BYTES_MAX:
            raise refusal(errors.BODY_TOO_LARGE, limit=BODY_BYTES_MAX)
        request = envelope.read(body)
        one = self._institution(request, signer, trusted)
        dialect = self._dialect(one)
        sender.institution, sender.dialect = one, dialect
        clear = bodies.opened(one, dialect, request)
        if not trusted:
            sender.sm2_signer = bodies.check_signature(one, dialect, request, body, clear)
        handler = _handler(request.infno, one)
        _check_area(request, one)
        raw = input_object(clear)
        if attachment is not None:
            for node in [one for one in raw.values() if isinstance(one, dict)] or [raw]:
                node["in"] = attachment
        checker = checker_of(request.infno, dialect)
        nodes = checker.check(raw)
        infno = base_infno(request.infno)
        key = MessageKey(one.institution_id, request.msgid, infno, fingerprint(infno, nodes))
        call = Call(
            self.platform,
            self._people,
            one,
            dialect,
            request,
            checker.transaction,
            nodes,
            key,
            sender.received,
            sender.ref,
        )
        return call, handler

    def _institution(self, request: Request, signer: Signer | None, trusted: bool) -> Institution:
        code = request.text("fixmedins_code")
        one = self.platform.institutions.by_code(code)
        if signer is not None and (one is None or one.code != signer.institution.code):
            raise refusal(errors.INSTITUTION_NOT_SIGNER)
        if one is None:
            raise refusal(errors.INSTITUTION_UNKNOWN, institution=code)
        if signer is None and not trusted and one.sign_variant != UNSIGNED:
            raise refusal(errors.SIGN_HEADER_MISSING, header="（本机构须签名）")
        if not one.active:
            raise refusal(errors.INSTITUTION_INACTIVE, institution=code)
        return one

    # Running a message

    def _prepared(self, call: Call, money: Money) -> Prepared:
        row = call.one(money.node)
        with self.platform.connect() as conn:
            person = self._people.kept(row, call.now) or self._people.load(conn, row, call.now)
            return money.build(call, person, conn)

    def _plain(self, call: Call, handler: Handler) -> Any:
        if handler.plain is None:
            raise RuntimeError("not a plain handler")
        with self.platform.connect() as conn:
            return handler.plain(call, conn)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    # Answering

    def _accepted(self, sender: _Sender, output: Any) -> Reply:
        if isinstance(output, Download):
            return Reply(output.content, media_type=BINARY, name=output.name)
        return self._write(sender, SUCCESS, sender.dialect.success, output)

    def _no(self, sender: _Sender, why: Exception) -> Reply:
        if isinstance(why, Refusal):
            return self._refused(sender, why)
        if isinstance(why, _NOT_DONE):
            return self._refused(sender, busy())
        return self._failed(sender, why)

    def _refused(self, sender: _Sender, refused: Refusal) -> Reply:
        return self._write(sender, FAILURE, err_msg(refused), None)

    def _failed(self, sender: _Sender, fault: Exception) -> Reply:
        """Class and place of the fault only: its text could quote what was in the message."""
        frames = traceback.extract_tb(fault.__traceback__)
        place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
        _log.error(
            "gateway.fault",
            ref=sender.ref,
            institution=sender.institution.code if sender.institution else None,
            fault=type(fault).__name__,
            place=place,
        )
        return self._refused(sender, refusal(errors.INTERNAL, ref=sender.ref))

    def _write(self, sender: _Sender, infcode: int, message: str | None, output: Any) -> Reply:
        dialect, one, extra = sender.dialect, sender.institution, None
        if one is not None and dialect.encrypted:
            output, extra = bodies.sealed_output(one, dialect, sender.sm2_signer, output)
        content = envelope.write(
            dialect,
            infcode=infcode,
            err_msg=message,
            output=output,
            ref=sender.ref,
            received=sender.received,
            now=self.platform.now(),
            extra=extra,
        )
        return Reply(content)


def _handler(infno: str, one: Institution) -> Handler:
    handler = HANDLERS.get(infno)
    if handler is None:
        known = infno in TRANSACTIONS or infno in KNOWN_ELSEWHERE
        code = errors.INFNO_NOT_OFFERED if known else errors.INFNO_UNKNOWN
        raise refusal(code, infno=infno[:10])
    if one.kind not in handler.kinds:
        kind = _KIND_NAMES[HOSPITAL_KIND in handler.kinds]
        raise refusal(errors.INSTITUTION_KIND, infno=infno, kind=kind)
    return handler


def _check_area(request: Request, one: Institution) -> None:
    stated = request.text("mdtrtarea_admvs")
    readable = stated.isascii() and stated.isdigit() and len(stated) == 6
    if not readable or not same_region(int(stated), one.area):
        raise refusal(errors.AREA_WRONG, stated=stated, area=f"{one.area:06d}")
