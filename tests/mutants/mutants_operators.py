# SPDX-License-Identifier: Apache-2.0
"""Make the mutants of a module: each is one small fault in one statement.

A mutant replaces one node of the syntax tree. It is known by function, statement and change, not
by its line, so that a list of survivors outlives lines that move. Codes of a vocabulary, texts,
annotations, default values, the arguments of a ``raise`` and zip's ``strict`` are left alone.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

MODULE = "<module>"
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# Constants of a module are changed where they are quantities; others are codes, and any will do.
QUANTITY = re.compile(r"(^|_)(FEN|BP|MICRO|E4|DIGITS|SEGMENTS|DAYS|MONTHS|YEARS|YEAR)(_|$)")
SHOWN_CHARACTERS = 100


@dataclass(frozen=True)
class Mutant:
    """One fault: the node ``new`` in place of ``field`` (at ``place`` of a list) of ``parent``."""

    module: str
    function: str
    statement: str
    change: str
    line: int
    place_in_source: int  # number of the statement, as hits are recorded
    parent: ast.AST
    field: str
    place: int | None
    new: ast.AST
    twin: int = 0  # counts mutants of one function that read alike

    @property
    def key(self) -> str:
        return f"{self.module} {self.function} | {self.statement} | {self.change} | {self.twin}"

    def apply(self) -> None:
        """Break the tree that this mutant was made from; there is no way back."""
        if self.place is None:
            setattr(self.parent, self.field, self.new)
        else:
            getattr(self.parent, self.field)[self.place] = self.new


def shown(node: ast.AST) -> str:
    """The first line of a node in Python's own layout, shortened."""
    text = ast.unparse(node).strip().split("\n")[0]
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def numbered(tree: ast.Module) -> dict[ast.stmt, int]:
    """A number for every statement, in the order of the source."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
    ordered = sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
    return {node: number for number, node in enumerate(ordered)}


def mutants_of(module: str, tree: ast.Module) -> list[Mutant]:
    """Every mutant of a module, in the order of the source."""
    numbers = numbered(tree)
    seen: dict[str, int] = {}
    made = []
    for function, statement, parent, field, place, old, new in _sites(tree):
        ast.copy_location(new, old)
        ast.fix_missing_locations(new)
        after = shown(new)
        if isinstance(new, ast.stmt):
            new = _instead(statement, new)
        mutant = Mutant(
            module,
            function,
            shown(statement),
            f"{shown(old)} -> {after}",
            getattr(old, "lineno", statement.lineno),
            numbers[statement],
            parent,
            field,
            place,
            new,
        )
        twin = seen.get(mutant.key, 0)
        seen[mutant.key] = twin + 1
        made.append(Mutant(**{**mutant.__dict__, "twin": twin}))
    return made


def _instead(statement: ast.stmt, new: ast.stmt) -> ast.stmt:
    """``new`` in place of a statement whose names the compiler still sees.

    A function keeps the variables that it takes from outside: only such code fits into a living
    function.
    """
    both = ast.copy_location(ast.If(ast.Constant(False), [statement], [new]), statement)
    return ast.fix_missing_locations(both)


# ---- places -----------------------------------------------------------------------------------

Site = tuple[str, ast.stmt, ast.AST, str, int | None, ast.AST, ast.AST]


def _sites(tree: ast.Module) -> Iterator[Site]:
    for place, node in enumerate(tree.body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and QUANTITY.search(target.id):
                for where, old, new in _constants(node):
                    yield (MODULE, node, *where, old, new)
        else:
            yield from _definitions(node, "", tree, "body", place)


def _definitions(
    node: ast.AST, prefix: str, parent: ast.AST, field: str, place: int | None
) -> Iterator[Site]:
    """Functions of a module or class; what a class says beside them is left alone."""
    if isinstance(node, ast.ClassDef):
        for at, inner in enumerate(node.body):
            yield from _definitions(inner, f"{prefix}{node.name}.", node, "body", at)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _function(node, f"{prefix}{node.name}")


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> Iterator[Site]:
    for parent, field, place, statement in _statements(node):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _function(statement, f"{name}.<locals>.{statement.name}")
            continue
        for new in _whole(statement, node.returns):
            yield (name, statement, parent, field, place, statement, new)
        if isinstance(statement, ast.Raise | ast.ClassDef):
            continue
        for where, old, new in _expressions(statement):
            yield (name, statement, *where, old, new)


def _statements(node: ast.AST) -> Iterator[tuple[ast.AST, str, int, ast.stmt]]:
    """The statements inside, with their places; those of inner functions are not opened."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for place, inner in enumerate(getattr(node, field, ())):
            if isinstance(inner, ast.stmt):
                yield node, field, place, inner
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    continue
            yield from _statements(inner)


Where = tuple[ast.AST, str, int | None]


def _expressions(statement: ast.stmt) -> Iterator[tuple[Where, ast.AST, ast.AST]]:
    """Faults in the expressions of one statement, not in the statements inside it."""
    if isinstance(statement, ast.If | ast.While):
        yield from _negated((statement, "test", None), statement.test)
    for where, node in _below(statement):
        for new in _faults(node):
            yield where, node, new
        if isinstance(node, ast.IfExp):
            yield from _negated((node, "test", None), node.test)
        if isinstance(node, ast.comprehension):
            for place, test in enumerate(node.ifs):
                yield from _negated((node, "ifs", place), test)


def _below(node: ast.AST) -> Iterator[tuple[Where, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        if isinstance(node, ast.keyword) and node.arg == "strict":
            continue
        several = value if isinstance(value, list) else [value]
        for place, inner in enumerate(several):
            if isinstance(inner, ast.stmt | ast.excepthandler | ast.match_case | ast.JoinedStr):
                continue
            if isinstance(inner, ast.AST):
                yield (node, field, place if isinstance(value, list) else None), inner
                yield from _below(inner)


def _constants(statement: ast.stmt) -> Iterator[tuple[Where, ast.AST, ast.AST]]:
    for where, node in _below(statement):
        if isinstance(node, ast.Constant):
            for new in _faults(node):
                yield where, node, new


# ---- faults -----------------------------------------------------------------------------------


def _whole(statement: ast.stmt, returns: ast.expr | None) -> Iterator[ast.stmt]:
    """What a whole statement becomes: nothing, another jump, another result."""
    if isinstance(statement, ast.Raise | ast.AugAssign | ast.Delete):
        yield ast.Pass()
    elif isinstance(statement, ast.Expr):
        if isinstance(statement.value, ast.Call | ast.Await):
            yield ast.Pass()
    elif isinstance(statement, ast.Continue):
        yield ast.Break()
    elif isinstance(statement, ast.Break):
        yield ast.Continue()
    elif isinstance(statement, ast.Return) and not isinstance(statement.value, ast.Constant | None):
        kind = returns.id if isinstance(returns, ast.Name) else ""
        if kind == "bool":
            yield ast.Return(ast.UnaryOp(ast.Not(), copy.deepcopy(statement.value)))
        else:
            yield ast.Return(ast.Constant({"int": 0, "str": ""}.get(kind)))
    if isinstance(statement, ast.AugAssign) and type(statement.op) in ARITHMETIC:
        yield ast.AugAssign(statement.target, ARITHMETIC[type(statement.op)](), statement.value)


def _negated(where: Where, test: ast.expr) -> Iterator[tuple[Where, ast.AST, ast.AST]]:
    """The other branch; a single comparison and a ``not`` are turned round by their own faults."""
    single = isinstance(test, ast.Compare) and len(test.ops) == 1
    if not single and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
        yield where, test, ast.UnaryOp(ast.Not(), copy.deepcopy(test))


def _faults(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                new = copy.deepcopy(node)
                new.ops[place] = other()
                yield new
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other_op, copy.deepcopy(node.values))
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not | ast.USub):
            yield copy.deepcopy(node.operand)
    elif isinstance(node, ast.BinOp):
        if type(node.op) in ARITHMETIC and not (_text(node.left) or _text(node.right)):
            yield ast.BinOp(
                copy.deepcopy(node.left), ARITHMETIC[type(node.op)](), copy.deepcopy(node.right)
            )
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TWINS:
        new_call = copy.deepcopy(node)
        new_call.func = ast.Name(TWINS[node.func.id], ast.Load())
        yield new_call


def _text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
