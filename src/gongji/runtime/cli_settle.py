# SPDX-License-Identifier: Apache-2.0
"""``gongji settle FILE``: plays a file of messages through the gateway, in process.

One full request of the national interface per line; a signature is not needed. The messages meet
the same checks, engine and ledger as over HTTP. Exit code 1 when any was refused.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from gongji.gateway.gateway import JSON, Gateway, Reply
from gongji.runtime import migrate
from gongji.runtime.errors import UserError
from gongji.runtime.examples import Filler
from gongji.runtime.server import assemble
from gongji.runtime.settings import Settings
from gongji.settlement.platform import civil_now

REFUSED = 1  # exit code: at least one message was refused

_AMOUNTS = (
    ("medfee_sumamt", "total"),
    ("fund_pay_sumamt", "funds"),
    ("acct_pay", "accounts"),
    ("acct_mulaid_pay", "of relatives"),
    ("psn_cash_pay", "cash"),
)
_IDS = ("setl_id", "mdtrt_id")

EXAMPLE = """\
A text such as ${mdtrt_id} or ${now} in a message is filled in from the replies before it or from
the clock (gongji examples --help).

examples:
  gongji settle purchases.jsonl
  gongji examples outpatient | gongji settle -
  head -1 purchases.jsonl | gongji settle - --json
"""


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "settle",
        help="play a file of messages through the gateway",
        description="Play messages of the national interface (one JSON request per line).",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="file with one request per line, - = stdin")
    parser.add_argument("--json", action="store_true", help="print whole replies")


def run(args: argparse.Namespace) -> int:
    """Play the file; 0, or 1 when a message was refused. Raises UserError."""
    lines = list(_lines(args.file))
    settings = Settings.from_environment()
    with settings.database() as url:
        if migrate.pending(url):
            raise UserError("the database has an older schema: run gongji migrate first")
        platform = assemble(url, settings)
        platform.start()
        gateway = Gateway(platform)
        try:
            return play(gateway, lines, whole=args.json)
        finally:
            gateway.close()
            platform.stop()


def _lines(name: str) -> Iterator[bytes]:
    if name == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield from file
    except OSError as why:
        raise UserError(f"{name}: {why.strerror}") from None


def play(
    gateway: Gateway, lines: Iterable[bytes], *, whole: bool, out: TextIO | None = None
) -> int:
    """Send every line that is not empty and print its outcome; 0, or 1 when any was refused.

    Raises UserError when a line leaves something open that no reply before it has held.
    """
    refused = 0
    filler = Filler(civil_now())
    for number, line in enumerate(lines, 1):
        body = line.strip()
        if not body:
            continue
        reply = gateway.handle_now(filler.fill(body), trusted=True)
        filler.learn(reply.content)
        code = _code(reply)
        refused += code != "0"
        text = reply.content.decode() if whole and reply.media_type == JSON else None
        print(text or f"{number} {_infno(body)} {outcome(reply)}", file=out or sys.stdout)
    return REFUSED if refused else 0


def _infno(body: bytes) -> str:
    try:
        return str(json.loads(body)["infno"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "?"


def _code(reply: Reply) -> str:
    if reply.media_type != JSON:
        return "0"
    return str(json.loads(reply.content, parse_float=Decimal)["infcode"])


def outcome(reply: Reply) -> str:
    """One line about a reply: infcode and the main amounts, or the reason of a refusal."""
    if reply.media_type != JSON:
        return f"infcode 0, file {reply.name} of {len(reply.content)} bytes"
    answer = json.loads(reply.content, parse_float=Decimal)
    if str(answer["infcode"]) != "0":
        return f"infcode {answer['infcode']} {answer['err_msg']}"
    parts = ["infcode 0"]
    output = answer["output"]
    nodes = output.values() if isinstance(output, dict) else ()
    for node in nodes:
        if isinstance(node, dict):
            parts += [f"{name} {node[name]}" for name in _IDS if node.get(name)]
            parts += [f"{word} {node[name]}" for name, word in _AMOUNTS if name in node]
    return ", ".join(parts)
