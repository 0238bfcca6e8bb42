# SPDX-License-Identifier: Apache-2.0
"""Plays the examples on a fresh demonstration and tells what was answered: as files, as a page.

The clock stands still, so that nothing but a few numbers of chance differs between two runs; those
are masked.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from gongji.care.visits import CIVIL_TIME
from gongji.gateway.gateway import JSON, Gateway, Reply
from gongji.gateway.handlers import HANDLERS
from gongji.gateway.schema import TRANSACTIONS
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.runtime import examples
from gongji.runtime.demo_load import load_demo
from gongji.settlement.platform import build_platform

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "gateway-examples.md"
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=CIVIL_TIME)
BOX = PrivacyBox(b"e" * 32)
MASKED = "…"
CHANCE = ("inf_refmsgid", "file_qury_no", "sign_no")
_EXACT = re.compile(r'"<<(-?[0-9.]+)>>"')
# Where a message is told by the same one of another kind.
LIKE = {"2203A": "2203", "2206A": "2206", "2207A": "2207", "2303A": "2303", "2304A": "2304"}

HEAD = """\
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made by `make examples` from real runs; edit the files in src/gongji/examples instead. -->
# Every transaction with its reply

These are real messages against the demonstration, in `examples/` and in the package
(`gongji examples` lists them, `gongji examples outpatient | gongji settle -` plays one). What is
explained in [the guide](gateway.md) is shown here. All people are invented.

A request stands in an envelope; here once in whole, below only its `input`. Of the replies the
`output` is shown. A list is cut to its first row. `…` is a number of chance.

"""


class Told(NamedTuple):
    """One message that was sent and what came back."""

    example: str
    line: int
    request: dict[str, Any]
    reply: dict[str, Any]

    @property
    def infno(self) -> str:
        """The number of the transaction."""
        return str(self.request["infno"])


def record(url: str) -> list[Told]:
    """Play every example in order on a fresh migrated database."""
    with psycopg.connect(url) as conn:
        load_demo(conn, BOX, PolicyLibrary.load(), now=NOW)
    platform = build_platform(url, BOX, PolicyLibrary.load(), now=lambda: NOW)
    platform.start()
    gateway = Gateway(platform)
    told = []
    try:
        for name in examples.SHOWN:
            filler = examples.Filler(NOW)
            for number, line in enumerate(examples.read(name).splitlines(), 1):
                body = filler.fill(line.encode())
                reply = gateway.handle_now(body, trusted=True)
                filler.learn(reply.content)
                request = masked(json.loads(body))
                told.append(Told(name, number, request, content(reply)))
    finally:
        gateway.close()
        platform.stop()
    return told


def exact(number: str) -> str:
    """A number as it was written: JSON's own would lose its last digits."""
    return f"<<{number}>>"


def dumped(node: Any, indent: int | None = None) -> str:
    """JSON with every number as it came."""
    return _EXACT.sub(r"\1", json.dumps(node, ensure_ascii=False, indent=indent))


def content(reply: Reply) -> dict[str, Any]:
    """A reply as data; of a file its name and its rows."""
    if reply.media_type == JSON:
        return masked(json.loads(reply.content, parse_float=exact))
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        rows = archive.read(archive.namelist()[0]).decode().splitlines()
    return {"file": MASKED, "rows": [row.split("\t") for row in rows]}


def masked(node: Any) -> Any:
    """Without what chance has chosen."""
    if isinstance(node, list):
        return [masked(one) for one in node]
    if isinstance(node, dict):
        return {
            name: MASKED if name in CHANCE and value else masked(value)
            for name, value in node.items()
        }
    return node


def replies(told: list[Told], name: str) -> str:
    """The file of replies of one example."""
    lines = [dumped(one.reply) for one in told if one.example == name]
    return "\n".join(lines) + "\n"


def replies_file(name: str) -> Path:
    """Where the replies of an example are kept."""
    return examples.FOLDER / f"{name}{examples.REPLIES}.jsonl"


def page(told: list[Told]) -> str:
    """The page of the guide: each transaction once, in the order of their numbers."""
    first: dict[str, Told] = {}
    for one in told:
        kept = first.get(one.infno)
        # The first that was answered tells more than one without an output.
        if kept is None or (kept.reply.get("output") is None and one.reply.get("output")):
            first[one.infno] = one
    parts = [HEAD, "## The envelope\n\n", block(cut(told[0].request)), block(cut(told[0].reply))]
    parts += [_section(infno, first.get(infno)) for infno in sorted(HANDLERS)]
    refused = next(one for one in told if str(one.reply.get("infcode")) == "-1")
    parts += [
        "## A refusal\n\n",
        f"`examples/{refused.example}.jsonl`, line {refused.line}: a late copy of a message that",
        " 2601 has undone.\n\n",
        block(refused.reply),
    ]
    return "".join(parts).rstrip() + "\n"


def _section(infno: str, one: Told | None) -> str:
    """One transaction: what was sent and what came back."""
    head = f"## {infno} {TRANSACTIONS[infno].label}\n\n"
    if one is None:
        return f"{head}Members and reply are those of {LIKE[infno]}.\n\n"
    sent = f"Request (`examples/{one.example}.jsonl`, line {one.line}):\n\n"
    text = head + sent + block(cut(one.request["input"]))
    if "rows" in one.reply:
        rows = one.reply["rows"]
        return f"{text}Reply, a ZIP with {len(rows)} rows, the first one:\n\n{block(rows[0])}"
    if one.reply["output"] is None:
        return f"{text}Reply: `infcode` 0, no output.\n\n"
    return f"{text}Reply:\n\n{block(cut(one.reply['output']))}"


def cut(node: Any) -> Any:
    """Lists with their first row alone."""
    if isinstance(node, list):
        return [cut(one) for one in node[:1]]
    if isinstance(node, dict):
        return {name: cut(value) for name, value in node.items()}
    return node


def block(node: Any) -> str:
    """JSON for readers."""
    return f"```json\n{dumped(node, indent=1)}\n```\n\n"
