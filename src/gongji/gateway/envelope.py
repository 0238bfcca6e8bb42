# SPDX-License-Identifier: Apache-2.0
"""The message envelope: one JSON object in, one out, whatever the path.

Reading never trusts the body: size, depth, encoding and every declared member are checked, and
numbers stay text or whole numbers. Writing makes amounts JSON numbers with exactly the declared
decimals; nothing here is a float.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

import msgspec

from gongji.gateway import errors
from gongji.gateway.checking import ENVELOPE_CHECKER, NUMBERS_KEPT, Row
from gongji.gateway.dialect import STRING, Dialect
from gongji.gateway.errors import refusal
from gongji.kernel import money
from gongji.settlement.records import CIVIL_TIME

BODY_BYTES_MAX = 12 * 1024 * 1024  # a whole message, a Base64 file included
JSON_DEPTH_MAX = 16
MOMENTS_KEPT = 1024  # lines of one bill mostly carry one time

SUCCESS = 0
FAILURE = -1

_DECODER = msgspec.json.Decoder(float_hook=str)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SERIAL = itertools.count(int.from_bytes(os.urandom(4), "big"))
_SERIAL_MODULUS = 10**10


class Request(NamedTuple):
    """A message as received: checked members of the envelope, input still as it came."""

    infno: str
    msgid: str
    members: Row
    raw_input: Any
    whole: Row  # the decoded object, for signatures over the envelope

    def text(self, name: str) -> str:
        """A checked member of the envelope, "" when it is missing."""
        return str(self.members.get(name, ""))


def decode(body: bytes) -> Any:
    """JSON with numbers as whole numbers or text; Refusal 4011-4012."""
    if body[:3] == b"\xef\xbb\xbf":
        body = body[3:]
    try:
        value = _DECODER.decode(body)
    except RecursionError:
        raise refusal(errors.JSON_TOO_DEEP, limit=JSON_DEPTH_MAX) from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        raise refusal(errors.BODY_NOT_JSON) from None
    # No message is deeper than it has opening brackets: most need no walk.
    if body.count(b"{") + body.count(b"[") > JSON_DEPTH_MAX and _deeper(value, JSON_DEPTH_MAX):
        raise refusal(errors.JSON_TOO_DEEP, limit=JSON_DEPTH_MAX)
    return value


def _deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(v for v in item.values() if isinstance(v, (dict, list)))
            elif isinstance(item, list):
                inner.extend(v for v in item if isinstance(v, (dict, list)))
        if not inner:
            return False
        level = inner
    return True


def read(body: bytes) -> Request:
    """The envelope of a message; Refusal 4011-4013, 4040-4048."""
    value = decode(body)
    if not isinstance(value, dict):
        raise refusal(errors.BODY_NOT_OBJECT)
    members = ENVELOPE_CHECKER.row(value)
    return Request(members["infno"], members["msgid"], members, value.get("input"), value)


def input_object(raw: Any) -> Row:
    """The input as an object, also when it came as JSON text; Refusal 4029-4030."""
    if isinstance(raw, str):
        raw = decode(raw.encode())
    if not isinstance(raw, dict):
        raise refusal(errors.NODE_SHAPE, node="input", expected="对象或 JSON 文本")
    return raw


# Writing ---------------------------------------------------------------------------------------


class _Yuan(dict[int, str]):
    """Texts of amounts by fen, made when first asked for; zero comes in every reply."""

    def __missing__(self, amount_fen: int) -> str:
        if len(self) >= NUMBERS_KEPT:
            self.clear()
        text = self[amount_fen] = money.yuan(amount_fen)
        return text


YUAN_TEXT = _Yuan()


@lru_cache(maxsize=NUMBERS_KEPT)
def scaled_text(value: int, decimals: int) -> str:
    """A scaled whole number as JSON text with that many decimals."""
    return format(Decimal(value).scaleb(-decimals), "f")


def yuan(amount_fen: int) -> msgspec.Raw:
    """Fen as the JSON number 12.30."""
    return msgspec.Raw(YUAN_TEXT[amount_fen].encode())


def scaled(value: int, decimals: int) -> msgspec.Raw:
    """A scaled whole number as a JSON number with that many decimals."""
    return msgspec.Raw(scaled_text(value, decimals).encode())


def encode_json(value: Any) -> bytes:
    """JSON text with exact decimals."""
    return _ENCODER.encode(value)


class _Clock:
    """The last moment written, with its texts: the clock gives whole seconds, messages come in
    thousands within one."""

    __slots__ = ("civil", "moment", "stamp")

    def __init__(self, moment: dt.datetime) -> None:
        m = moment.astimezone(CIVIL_TIME)
        self.moment = moment
        self.civil = m.isoformat(" ", "seconds")[:19]
        digits = self.civil.translate(_DIGITS_ONLY)
        self.stamp = f"{digits}{m.microsecond // 1000:03d}"


_DIGITS_ONLY = str.maketrans("", "", "-: ")
_clock = _Clock(dt.datetime.fromtimestamp(0, CIVIL_TIME))


def _read_clock(moment: dt.datetime) -> _Clock:
    global _clock
    kept = _clock
    if kept.moment != moment:
        kept = _clock = _Clock(moment)
    return kept


def stamp(moment: dt.datetime) -> str:
    """yyyyMMddHHmmssSSS in civil time."""
    return _read_clock(moment).stamp


def civil(moment: dt.datetime) -> str:
    """yyyy-MM-dd HH:mm:ss in civil time."""
    return _read_clock(moment).civil


@lru_cache(maxsize=MOMENTS_KEPT)
def civil_moment(text: str) -> dt.datetime:
    """A checked date-time field as an aware moment."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=CIVIL_TIME)


def reference(area: int, moment: dt.datetime) -> str:
    """inf_refmsgid: our area (6), time (14), serial (10)."""
    serial = next(_SERIAL) % _SERIAL_MODULUS
    return f"{area:06d}{stamp(moment)[:14]}{serial:010d}"


@lru_cache(maxsize=4096)
def camel_case(name: str) -> str:
    """psn_no as psnNo."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {camel_case(k): _camel(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_camel(v) for v in value]
    return value


def write(
    dialect: Dialect,
    *,
    infcode: int,
    err_msg: str | None,
    output: Any,
    ref: str,
    received: dt.datetime,
    now: dt.datetime,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """A reply. ``output`` is a plain object (or text that is already encrypted)."""
    if dialect.camel:
        output = _camel(output)
    if output is None and dialect.empty_output == "object" and infcode == SUCCESS:
        output = {}
    if dialect.output == STRING and output is not None and not isinstance(output, str):
        output = _ENCODER.encode(output).decode()
    if infcode == SUCCESS and not extra and not dialect.envelope:
        content = b"null" if output is None else _ENCODER.encode(output)
        code = '"0"' if dialect.infcode == STRING else "0"
        text = "null" if err_msg is None else quoted(err_msg)
        rest = (
            f',"infcode":{code},"warn_msg":null,"cainfo":null,"err_msg":{text}'
            f',"refmsg_time":"{stamp(received)}","signtype":null,"respond_time":"{stamp(now)}"'
            f',"inf_refmsgid":"{ref}"}}'
        )
        return b"".join((b'{"output":', content, rest.encode()))
    reply = {
        "output": output,
        "infcode": str(infcode) if dialect.infcode == STRING else infcode,
        "warn_msg": None,
        "cainfo": None,
        "err_msg": err_msg,
        "refmsg_time": stamp(received),
        "signtype": None,
        "respond_time": stamp(now),
        "inf_refmsgid": ref,
    }
    if dialect.envelope:
        reply.update(dialect.envelope)
    if extra:
        reply.update(extra)
    return _ENCODER.encode(reply)
