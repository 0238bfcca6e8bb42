# SPDX-License-Identifier: Apache-2.0
"""Files of messages that show a vendor the way of a patient, and what they leave open.

The files lie in the package (``gongji/examples``). A text in a message may hold ``${now}``,
``${day}``, ``${day-5}``, ``${stamp}`` (moment, day, another day, the moment without marks: of the
beginning of the file), ``${mdtrt_id}`` or any other member of an earlier reply (its last value),
and ``${zip:...}`` (Base64 of a ZIP that holds the text). So a file can be played on any day.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import gongji
from gongji.runtime.errors import UserError

FOLDER = Path(gongji.__file__).resolve().parent / "examples"
REPLIES = ".replies"  # purchase.replies.jsonl: what a fresh demonstration answered

# In the order in which they are best read: name, what it shows.
SHOWN = {
    "purchase": "a purchase at a pharmacy: trial, settlement, sent again, undone",
    "outpatient": "a visit: registration, lines, trial, settlement, what was settled",
    "stay": "a stay: admission, lines and returns, trial, discharge, settlement",
    "reversal": "everything taken back: purchase, visit, stay, and an unknown outcome",
    "reconciliation": "the end of a day: totals, a statement file, queries",
}

_OPEN = re.compile(r"\$\{(\w+)(?:([+-]\d{1,3}))?\}")
_ZIP = re.compile(r"\$\{zip:(.*?)\}", re.DOTALL)
_MARK = b"${"


def read(name: str) -> str:
    """The messages of an example, one per line; raises UserError for a name that is none."""
    if name not in SHOWN:
        raise UserError(f"there is no example {name!r}: choose from {', '.join(SHOWN)}")
    return (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")


class Filler:
    """Puts into each message what it leaves open, from the clock and from earlier replies."""

    def __init__(self, begun: dt.datetime) -> None:
        self._begun = begun
        self._found: dict[str, str] = {}

    def fill(self, body: bytes) -> bytes:
        """The message to send; raises UserError for a name that no reply has held so far."""
        if _MARK not in body:
            return body
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            return body  # the gateway says what is wrong with it
        return json.dumps(self._filled(message), ensure_ascii=False).encode()

    def learn(self, reply: bytes) -> None:
        """Remember the texts and numbers of a reply under their names; the last one counts."""
        try:
            output = json.loads(reply, parse_float=str, parse_int=str).get("output")
        except (ValueError, AttributeError):
            return
        self._learn(output)

    def _learn(self, node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                self._learn(one)
        elif isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, dict | list):
                    self._learn(value)
                elif isinstance(value, str) and value:
                    self._found[name] = value

    def _filled(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {name: self._filled(value) for name, value in node.items()}
        if isinstance(node, list):
            return [self._filled(one) for one in node]
        if isinstance(node, str) and "${" in node:
            return _ZIP.sub(lambda found: _zipped(found[1]), _OPEN.sub(self._value, node))
        return node

    def _value(self, found: re.Match[str]) -> str:
        name, days = found[1], int(found[2] or 0)
        moment = self._begun + dt.timedelta(days=days)
        if name == "now":
            return f"{moment:%Y-%m-%d %H:%M:%S}"
        if name == "day":
            return f"{moment:%Y-%m-%d}"
        if name == "stamp":
            return f"{moment:%Y%m%d%H%M%S}"
        if name not in self._found:
            raise UserError(f"a message asks for ${{{name}}}, which no reply before has held")
        return self._found[name]


def _zipped(text: str) -> str:
    """A ZIP with one text, the same for the same text, as Base64."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("statement.txt"), text)
    return base64.b64encode(packed.getvalue()).decode()
