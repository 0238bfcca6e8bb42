# SPDX-License-Identifier: Apache-2.0
"""The field tables of the national interface, loaded once from ``tables/*.json``.

A row of a table is [field, label, type, length, decimals, dictionary, required]. Types: C text,
N number, D date, DT date-time, X bytes, G nested node. Required means: a refusal when missing;
what the national text requires and clients leave out is not, see docs/gateway.md.
"""

from __future__ import annotations

from importlib import resources
from typing import Any, NamedTuple

import msgspec

TEXT = "C"
NUMBER = "N"
DATE = "D"
DATETIME = "DT"
BYTES = "X"
GROUP = "G"

_FILES = ("base", "pharmacy", "outpatient", "inpatient", "queries")


class Field(NamedTuple):
    """One declared field of a node."""

    name: str
    label: str
    kind: str
    length: int
    decimals: int
    table: str  # dictionary of coded values, "" for free values
    required: bool

    @property
    def shown(self) -> str:
        """Code and label as error messages name the field."""
        return f"{self.name}（{self.label}）"

    @property
    def expected(self) -> str:
        """What the field must look like, for error messages."""
        if self.kind == NUMBER:
            if self.decimals:
                return f"数字，最多 {self.decimals} 位小数"
            return f"整数，最多 {self.length} 位"
        if self.kind == DATE:
            return "日期 yyyy-MM-dd"
        if self.kind == DATETIME:
            return "时间 yyyy-MM-dd HH:mm:ss"
        if self.kind == BYTES:
            return "Base64 文本或字节数组"
        if self.table:
            return f"字典 {self.table} 的代码"
        return f"文本，最多 {self.length} 个字符"


class Node(NamedTuple):
    """A named object, or array of objects, inside input or output."""

    name: str
    many: bool
    needed: bool
    fields: tuple[Field, ...]


class Transaction(NamedTuple):
    """One infno with its nodes; ``files`` are the columns of files passed by 9101/9102."""

    infno: str
    label: str
    inputs: dict[str, Node]
    outputs: dict[str, Node]
    files: dict[str, tuple[Field, ...]]


def _field(row: list[Any]) -> Field:
    name, label, kind, length, decimals, table, required = row
    return Field(name, label, kind, length, decimals, table, bool(required))


def _fields(rows: list[list[Any]]) -> tuple[Field, ...]:
    return tuple(_field(row) for row in rows)


def _nodes(raw: dict[str, Any]) -> dict[str, Node]:
    return {
        name: Node(name, body["many"], body.get("need", False), _fields(body["fields"]))
        for name, body in raw.items()
    }


def read_table(name: str) -> Any:
    """A data file of the package, decoded."""
    path = resources.files("gongji.gateway").joinpath("tables", f"{name}.json")
    return msgspec.json.decode(path.read_bytes())


def _load() -> dict[str, Transaction]:
    raw: dict[str, Any] = {}
    for name in _FILES:
        raw.update(read_table(name))
    found: dict[str, Transaction] = {}
    for infno, body in raw.items():
        outputs = body["output"] if "output" in body else raw[body["output_of"]]["output"]
        found[infno] = Transaction(
            infno,
            body["label"],
            _nodes(body["input"]),
            _nodes(outputs),
            {name: _fields(rows) for name, rows in body.get("files", {}).items()},
        )
    return found


TRANSACTIONS: dict[str, Transaction] = _load()
ENVELOPE: Node = Node("", False, True, _fields(read_table("envelope")))
KNOWN_ELSEWHERE: frozenset[str] = frozenset(read_table("not_offered"))
