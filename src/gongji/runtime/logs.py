# SPDX-License-Identifier: Apache-2.0
"""Logs as JSON lines from which no person can be read: certificates, names, phones are masked.

Masking is the last step before a line is written, so that it also covers tracebacks and the logs
of other libraries. Fields are masked by their name, free text by its form; a name in free text
can only be found behind its label, so code logs persons by their number, never by name.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from gongji.members.privacy import mask_cert, mask_name
from gongji.runtime.errors import UserError

LEVELS = ("debug", "info", "warning", "error")
HIDDEN = "***"
DEPTH_MAX = 6

# Fields by name, as in our code and in the messages of the national interface.
_PERSON = r"psn|person|patient|giver|recipient|holder|member|agter|coner|opter|dr|user"
NAME_FIELD = re.compile(rf"(^|_)({_PERSON})_?name$|^name$|^姓名$", re.IGNORECASE)
CERT_FIELD = re.compile(r"certno|cert_no|cert$|certificate$|idcard|mdtrt_cert_no", re.IGNORECASE)
PHONE_FIELD = re.compile(r"phone|mobile|(^|_)tel$", re.IGNORECASE)
SECRET_FIELD = re.compile(
    r"password|passwd|secret|token|authorization|signature|^addr$|address$|(^|_)key$", re.IGNORECASE
)

# Free text by form. An 18-digit number counts when it holds a plausible date of birth.
_DATE = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
CERT_TEXT = re.compile(
    rf"(?<!\d)(?:[1-9]\d{{5}}(?:18|19|20)\d{{2}}{_DATE}\d{{3}}[\dXx]"
    rf"|[1-9]\d{{5}}\d{{2}}{_DATE}\d{{3}})(?!\d)"
)
PHONE_TEXT = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
URL_PASSWORD_TEXT = re.compile(r"(?<=://)([^\s:/@]*):[^\s@/]+@")
LABELLED_NAME = re.compile(
    rf"((?:(?:{_PERSON})_?name|姓名)[\"']?\s*[:=：]\s*[\"']?)([\u3400-\u9fff·]{{2,}})",
    re.IGNORECASE,
)


def mask_phone(number: str) -> str:
    """A phone number for logs: three figures in front, two at the end."""
    return number[:3] + "*" * (len(number) - 5) + number[-2:] if len(number) > 5 else HIDDEN


def mask_text(text: str) -> str:
    """Free text without certificate numbers, mobile numbers, URL passwords, labelled names."""
    text = CERT_TEXT.sub(lambda m: mask_cert(m.group()), text)
    text = PHONE_TEXT.sub(lambda m: mask_phone(m.group()), text)
    text = URL_PASSWORD_TEXT.sub(rf"\1:{HIDDEN}@", text)
    return LABELLED_NAME.sub(lambda m: m.group(1) + mask_name(m.group(2)), text)


def mask_field(name: str, value: object, depth: int = 0) -> object:
    """A value fit for a log line, judged by the name of its field and by its form."""
    if value is None or isinstance(value, bool):
        return value
    if SECRET_FIELD.search(name):
        return HIDDEN
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _mask_inside(name, value, depth)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    text = str(value)
    if NAME_FIELD.search(name):
        return mask_name(text)
    if CERT_FIELD.search(name):
        return mask_cert(text)
    if PHONE_FIELD.search(name):
        return mask_phone(text)
    return value if isinstance(value, int | float) else mask_text(text)


def mask_event(logger: object, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The structlog processor; stands last before the renderer."""
    return {name: mask_field(name, value) for name, value in event.items()}


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send structlog and the standard logging module to one stream as masked JSON lines.

    Raises UserError for an unknown level. May be called again; the last call counts.
    """
    if level not in LEVELS:
        raise UserError(f"{level!r} is no log level: choose from {', '.join(LEVELS)}")
    number = getattr(logging, level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                mask_event,
                structlog.processors.JSONRenderer(serializer=json.dumps, ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    _take_over()


def _take_over() -> None:
    """Let libraries that brought a stream of their own write through ours: theirs masks nothing."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        kept = [one for one in logger.handlers if not isinstance(one, logging.StreamHandler)]
        if len(kept) < len(logger.handlers):
            logger.handlers[:] = kept
            logger.propagate = True


def _mask_inside(name: str, value: object, depth: int) -> object:
    """The members of a container; deeper than anything we log is cut off rather than shown."""
    if depth >= DEPTH_MAX:
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            mask_text(str(key)): mask_field(str(key), inner, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_field(name, inner, depth + 1) for inner in value]
    return HIDDEN
