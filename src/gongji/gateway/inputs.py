# SPDX-License-Identifier: Apache-2.0
"""The input of one transaction: its nodes found as clients name them, their rows checked.

Whatever a client leaves out here stands elsewhere in the same message, so nothing is guessed: a
single node may be missing around its fields, the first node may carry the name it has in another
edition, and rows need not repeat the patient and the visit that the first node names.
"""

from __future__ import annotations

from typing import Any

from gongji.gateway import errors
from gongji.gateway.checking import NodeChecker, Row, spellings_of
from gongji.gateway.dialect import ROUNDED, Dialect
from gongji.gateway.errors import refusal
from gongji.gateway.schema import GROUP, TRANSACTIONS, Transaction

FIRST_NODES = ("data", "mdtrtinfo")  # names of the first node in one edition or another
REPEATED = ("psn_no", "mdtrt_id")  # of the first node, in rows of the others
LINE_AMOUNTS = frozenset({"det_item_fee_sumamt"})

Nodes = dict[str, list[Row]]


def _squeezed(name: str) -> str:
    return name.replace("_", "").lower()


class InputChecker:
    """Finds the nodes of one transaction in an input and checks their rows.

    ``half_up`` names the amounts of which further decimals are rounded.
    """

    __slots__ = ("_first", "_flat", "_nodes", "_repeated", "transaction")

    def __init__(self, transaction: Transaction, half_up: frozenset[str] = frozenset()) -> None:
        self.transaction = transaction
        nodes = transaction.inputs
        nested = {
            field.name
            for node in nodes.values()
            for field in node.fields
            if field.kind == GROUP and field.name in nodes
        }
        groups = {name: NodeChecker(nodes[name], half_up=half_up) for name in nested}
        self._nodes = tuple(
            (
                name,
                _squeezed(name),
                node,
                NodeChecker(
                    node,
                    {f.name: groups[f.name] for f in node.fields if f.name in groups},
                    half_up,
                ),
            )
            for name, node in nodes.items()
            if name not in nested
        )
        first, *others = self._nodes
        self._first = first[0]
        fields = {f.name for f in first[2].fields}
        needed = {f.name for f in first[2].fields if f.required}
        self._flat: frozenset[str] = frozenset()
        if not others:
            self._flat = frozenset({*fields, *(o for f in fields for o in spellings_of(f))})
        self._repeated = tuple(
            (name, field)
            for name, _, node, _ in others
            for field in REPEATED
            if field in needed and any(f.name == field for f in node.fields)
        )

    def check(self, raw: Row) -> Nodes:
        """Checked rows by node; Refusal 4029-4032 and those of single fields."""
        found: Nodes = {}
        for name, squeezed, node, checker in self._nodes:
            value = raw.get(name)
            if value is None:
                value = self._elsewhere(raw, name, squeezed)
            if value is None or value == "" or value == []:
                if node.needed:
                    code = errors.ROWS_NONE if value == [] else errors.NODE_MISSING
                    raise refusal(code, node=name)
                continue
            if node.many:
                found[name] = checker.rows(value)
                continue
            # A single row also comes as an array of one.
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            if not isinstance(value, dict):
                raise refusal(errors.NODE_SHAPE, node=name, expected="对象")
            found[name] = [checker.row(value)]
        for name, field in self._repeated:
            for row in found.get(name, ()):
                row.setdefault(field, found[self._first][0][field])
        return found

    def _elsewhere(self, raw: Row, name: str, squeezed: str) -> Any:
        """A node under another spelling or name, or without the node around its fields."""
        for key, value in raw.items():
            if _squeezed(key) == squeezed:
                return value
        if name != self._first:
            return None
        declared = self.transaction.inputs
        for other in FIRST_NODES:
            if other not in declared and isinstance(raw.get(other), (dict, list)):
                return raw[other]
        return raw if not self._flat.isdisjoint(raw) else None


INPUTS: dict[str, InputChecker] = {
    infno: InputChecker(transaction) for infno, transaction in TRANSACTIONS.items()
}
_ROUNDING: dict[str, InputChecker] = {
    infno: InputChecker(transaction, LINE_AMOUNTS) for infno, transaction in TRANSACTIONS.items()
}


def checker_of(infno: str, dialect: Dialect) -> InputChecker:
    """The checker of a transaction for an institution's dialect; ``infno`` is one of ours."""
    return (_ROUNDING if dialect.line_amounts == ROUNDED else INPUTS)[infno]
