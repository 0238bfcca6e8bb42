# SPDX-License-Identifier: Apache-2.0
"""House rules that no linter knows, each a small checker with a test that breaks it.

A checker takes a path inside the repository and its text and returns findings as (line, words).
Where a rule must be broken, a comment on that line says so: ``# tidy: <why>``.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 400
TEST_MODULE_LINES_MAX = 600
FILE_BYTES_MAX = 1_000_000
SPDX = "# SPDX-License-Identifier: Apache-2.0"
EXEMPT = re.compile(r"# tidy: \w+")
MONEY_ROOMS = ("src/gongji/kernel/", "src/gongji/ledger/", "src/gongji/settlement/")
ROUNDING = "src/gongji/kernel/money.py"
PRINTING = ("src/gongji/runtime/", "bench/", "tests/")
NAIVE = {"now", "utcnow", "utcfromtimestamp", "fromtimestamp", "today"}
UNSAFE = {"eval", "exec"}
# Written in pieces, so that this file does not find itself.
MARKERS = re.compile(
    r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|(?i:not implemen" + r"ted)"
)
STUBS = "raise NotImplemen" + "tedError"
PLACES = re.compile(r"(?<![\w.:/-])/(work|ro" + r"ot|home/\w+)/|/tmp/bash" + r"_jobs")
ROOMS_WITH_TABLES = ("members", "care", "sharing", "ledger", "settlement")
# "?" is what an f-string puts in, "{" what format does: such a table is taken for one of ours.
CHANGES = re.compile(
    r"\b(?:INSERT INTO|(?<!DO )(?<!FOR )(?<!KEY )UPDATE|DELETE FROM|TRUNCATE) (\w+|[?{])"
)
VERSION = re.compile(r"## (Unreleased|\d+\.\d+\.\d+ — \d{4}-\d{2}-\d{2})")
HEADS = ("People concerned", "Dates of service", "Areas", "Details")

Finding = tuple[int, str]
Checker = Callable[[str, str], list[Finding]]


# ---- checkers --------------------------------------------------------------------------------


def header(path: str, text: str) -> list[Finding]:
    """The licence in the first line (after a #!), then a module docstring."""
    lines = [line for line in text.split("\n", 2)[:2] if not line.startswith("#!")]
    found = [] if lines and lines[0] == SPDX else [(1, "the SPDX line is missing")]
    if not (ast.get_docstring(ast.parse(text)) or "").strip():
        found.append((1, "the module docstring is missing"))
    return found


def function_length(path: str, text: str) -> list[Finding]:
    """Functions stay short enough to be read at once."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                found.append((node.lineno, f"{node.name} has {length} lines"))
    return found


def module_length(path: str, text: str) -> list[Finding]:
    """Modules hold one idea."""
    limit = TEST_MODULE_LINES_MAX if path.startswith("tests/") else MODULE_LINES_MAX
    length = len(text.splitlines())
    return [(length, f"{length} lines, {limit} allowed")] if length > limit else []


def no_float_near_money(path: str, text: str) -> list[Finding]:
    """No float() and no true division where amounts are; joining a path with / is allowed."""
    if not path.startswith(MONEY_ROOMS):
        return []
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) == "float":
            found.append((node.lineno, "float() near money"))
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            right = node.right if isinstance(node, ast.BinOp) else node.value
            if not (isinstance(right, ast.Constant) and isinstance(right.value, str)):
                found.append((node.lineno, "true division near money"))
    return found


def no_rounding_by_hand(path: str, text: str) -> list[Finding]:
    """Rounding is stated once, in ``kernel.money.half_up``: no (x + half) // whole elsewhere."""
    if not path.startswith("src/") or path == ROUNDING:
        return []
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) == "round":
            found.append((node.lineno, "round() goes to even: use kernel.money.half_up"))
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv)):
            continue
        left = node.left
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            half = left.right
            halved = isinstance(half, ast.BinOp) and isinstance(half.op, ast.FloorDiv)
            if halved or isinstance(half, ast.Constant):
                found.append((node.lineno, "rounding by hand: use kernel.money.half_up"))
    return found


def no_banned_calls(path: str, text: str) -> list[Finding]:
    """No clock without a zone, no eval, no print outside the command line."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        head, _, last = name.rpartition(".")
        clock = head.rpartition(".")[2] in ("datetime", "date") and last in NAIVE
        zoned = bool(node.keywords) or len(node.args) > (1 if last == "fromtimestamp" else 0)
        if clock and not (zoned and last in ("now", "fromtimestamp")):
            found.append((node.lineno, f"{name}() knows no time zone"))
        if name in UNSAFE or name == "os.system":
            found.append((node.lineno, f"{name}() runs text as code"))
        if name == "print" and not path.startswith(PRINTING):
            found.append((node.lineno, "print() outside the command line"))
    return found


def no_assert(path: str, text: str) -> list[Finding]:
    """``python -O`` removes asserts: the product raises a real error instead."""
    if not path.startswith("src/"):
        return []
    tree = ast.walk(ast.parse(text))
    return [(node.lineno, "assert in src") for node in tree if isinstance(node, ast.Assert)]


def made_by_services(path: str, text: str) -> list[Finding]:
    """Tests build their worlds through the services; SQL changes rows only to inject a fault.

    ``# tidy: <why>`` stands in the statement, in the line above it, in the line of the function,
    or, for a whole module of faults, in a line of its own before the first import.
    """
    lines = text.splitlines()
    tree = ast.parse(text)
    top = next((node.lineno for node in tree.body if not isinstance(node, ast.Expr)), 1)
    if not path.startswith("tests/") or any(map(EXEMPT.match, lines[: top - 1])):
        return []
    found = []
    for node, statements in _with_statements(tree, ()):
        match = CHANGES.search(_sql(node))
        if match is None or match[1] not in {*"?{", *tables()}:
            continue
        last = statements[-1]
        body = getattr(last, "body", None)
        end = body[0].lineno - 1 if body else last.end_lineno
        told = [*lines[max(last.lineno - 2, 0) : end]]
        defs = (ast.FunctionDef, ast.AsyncFunctionDef)
        told += [lines[one.lineno - 1] for one in statements if isinstance(one, defs)]
        if not any(map(EXEMPT.search, told)):
            found.append(
                (node.lineno, f"{match[0]}: a service does this, or say which fault it is")
            )
    return found


def _with_statements(
    node: ast.AST, above: tuple[ast.stmt, ...]
) -> Iterator[tuple[ast.expr, tuple[ast.stmt, ...]]]:
    """Every text with the statements around it, the innermost last."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr | ast.Constant):
            yield child, above
        else:
            inside = (*above, child) if isinstance(child, ast.stmt) else above
            yield from _with_statements(child, inside)


def _sql(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [str(part.value) if isinstance(part, ast.Constant) else "?" for part in parts]
    return "".join(texts)


@cache
def tables() -> frozenset[str]:
    """Every table of the rooms that have a service for it, as their migrations make them."""
    folders = [ROOT / "src" / "gongji" / room / "migrations" for room in ROOMS_WITH_TABLES]
    texts = [file.read_text(encoding="utf-8") for one in folders for file in one.glob("*.py")]
    return frozenset(name for text in texts for name in re.findall(r"CREATE TABLE (\w+)", text))


def no_markers(path: str, text: str) -> list[Finding]:
    """Nothing is left for later in a place where nobody looks."""
    return [
        (number, "a forgotten marker")
        for number, line in enumerate(text.splitlines(), 1)
        if MARKERS.search(line) or STUBS in line
    ]


def no_machine_paths(path: str, text: str) -> list[Finding]:
    """No folder of somebody's machine."""
    return [
        (number, "a path of one machine")
        for number, line in enumerate(text.splitlines(), 1)
        if PLACES.search(line)
    ]


def changelog(path: str, text: str) -> list[Finding]:
    """``## 1.2.3 — date``, newest first; each says whom, which days, where and what, in order."""
    found = [] if text.startswith("# ") else [(1, "the title is missing")]
    versions: list[tuple[int, ...]] = []
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    number = 1 + parts[0].count("\n")
    for part in parts[1:]:
        if not VERSION.fullmatch(part.partition("\n")[0]):
            found.append((number, "a version is '## 1.2.3 — 2026-01-31' or '## Unreleased'"))
        figures = re.match(r"## (\d+)\.(\d+)\.(\d+)", part)
        versions.append(tuple(map(int, figures.groups())) if figures else (9999,))
        heads = re.findall(r"^\*\*(.+?):\*\*", part, re.MULTILINE)
        if tuple(heads) != HEADS:
            found.append((number, f"an entry has the heads {', '.join(HEADS)}, in this order"))
        if not re.search(r"^\*\*Details:\*\*\s+- \S", part, re.MULTILINE):
            found.append((number, "the details are a list"))
        number += part.count("\n")
    if not versions or sorted(versions, reverse=True) != versions:
        found.append((1, "versions stand newest first"))
    return found


def _name(node: ast.expr) -> str:
    """The dotted name of what is called, empty when it is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _name(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


PYTHON: tuple[Checker, ...] = (
    header,
    function_length,
    module_length,
    no_float_near_money,
    no_rounding_by_hand,
    no_banned_calls,
    no_assert,
    made_by_services,
)
TEXT: tuple[Checker, ...] = (no_markers, no_machine_paths)


# ---- the repository --------------------------------------------------------------------------


def tracked() -> list[Path]:
    """Files of the repository (those of git, else everything but hidden folders)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        names = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        names = [
            path
            for path in ROOT.rglob("*")
            if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
        ]
    return [path for path in names if path.is_file() and not path.is_symlink()]


def text_files(suffix: str = "") -> Iterator[tuple[str, str]]:
    """Relative path and text of every text file."""
    for path in tracked():
        if path.name == "LICENSE" or (suffix and path.suffix != suffix):
            continue
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def complain(checker: Checker, files: Iterator[tuple[str, str]]) -> list[str]:
    """All findings of a checker as file:line: words, exempted lines left out."""
    found = []
    for path, text in files:
        lines = text.splitlines()
        for number, words in checker(path, text):
            line = lines[number - 1] if 0 < number <= len(lines) else ""
            if not EXEMPT.search(line):
                found.append(f"{path}:{number}: {words}")
    return found


@pytest.mark.parametrize("checker", PYTHON, ids=lambda c: c.__name__)
def test_python_files(checker: Checker) -> None:
    assert complain(checker, text_files(".py")) == []


@pytest.mark.parametrize("checker", TEXT, ids=lambda c: c.__name__)
def test_text_files(checker: Checker) -> None:
    assert complain(checker, text_files()) == []


def test_changelog() -> None:
    file = ROOT / "CHANGELOG.md"
    if file.exists():
        assert complain(changelog, iter([("CHANGELOG.md", file.read_text())])) == []


def test_no_large_file() -> None:
    large = [str(path.relative_to(ROOT)) for path in tracked() if _bytes(path) > FILE_BYTES_MAX]
    assert large == []


def _bytes(path: Path) -> int:
    return path.stat().st_size


# ---- each checker is proved by breaking it ---------------------------------------------------

GOOD = f'{SPDX}\n"""What it is."""\n'
KERNEL = "src/gongji/kernel/a.py"
DOOR = "src/gongji/gateway/a.py"
WORLD = "tests/settlement/a.py"
SQL = (  # tidy: what the checker must find
    "INSERT INTO person (owner) VALUES (1)",
    "UPDATE visit SET status = 2",
    "DELETE FROM coverage",
    "TRUNCATE authorisation",
    "INSERT INTO account VALUES (1)",
    "UPDATE settlement SET setl_id = 1",
)
ENTRY = (
    "**People concerned:** all.\n**Dates of service:** from 2026-01-01.\n**Areas:** 360100.\n"
    "**Details:**\n\n- it works\n"
)
OLD = f"## 1.0.0 — 2026-01-01\n{ENTRY}"
BROKEN: list[tuple[Checker, str, str]] = [
    (header, DOOR, '"""No licence."""\n'),
    (header, DOOR, f"{SPDX}\nx = 1\n"),
    (header, DOOR, f'\n{SPDX}\n"""Not in the first line."""\n'),
    (header, DOOR, ""),
    (function_length, DOOR, "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
    (function_length, DOOR, "class A:\n  async def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
    (module_length, DOOR, "x = 1\n" * (MODULE_LINES_MAX + 1)),
    (module_length, "tests/a.py", "x = 1\n" * (TEST_MODULE_LINES_MAX + 1)),
    (no_float_near_money, KERNEL, "x = float(y)\n"),
    (no_float_near_money, KERNEL, "x = a_fen / 2\n"),
    (no_float_near_money, "src/gongji/ledger/a.py", "x /= 2\n"),
    (no_float_near_money, "src/gongji/settlement/a.py", "f(a / b)\n"),
    (no_rounding_by_hand, DOOR, "x = (a_fen * bp + 5_000) // 10_000\n"),
    (no_rounding_by_hand, KERNEL, "x = (a + whole // 2) // whole\n"),
    (no_rounding_by_hand, DOOR, "x = round(a, 2)\n"),
    (no_banned_calls, DOOR, "datetime.now()\n"),
    (no_banned_calls, DOOR, "datetime.datetime.utcnow()\n"),
    (no_banned_calls, DOOR, "datetime.fromtimestamp(1)\n"),
    (no_banned_calls, DOOR, "date.today()\n"),
    (no_banned_calls, DOOR, "print(1)\n"),
    (no_banned_calls, DOOR, "eval('1')\n"),
    (no_assert, DOOR, "assert x\n"),
    *((made_by_services, WORLD, f'c.execute("{sql}")\n') for sql in SQL),
    (made_by_services, WORLD, "c.execute(f'DELETE FROM {table}')\n"),
    (made_by_services, WORLD, "f('DELETE FROM {0}'.format(table))\n"),
    (made_by_services, WORLD, 'f(\n    "UPDATE"\n    " visit SET status = 2"\n)\n'),
    (made_by_services, WORLD, "import os\n# tidy: too late\nx = 1\nf('DELETE FROM seal')\n"),
    (no_markers, "README.md", "TO" + "DO: later\n"),
    (no_markers, DOOR, STUBS + "\n"),
    (no_markers, DOOR, "# Not Implemen" + "ted yet\n"),
    (no_machine_paths, "README.md", "see /wo" + "rk/main/x\n"),
    (no_machine_paths, DOOR, 'x = "/ro' + 'ot/x"\n'),
    (no_machine_paths, DOOR, "cd /home/" + "wang/x\n"),
    (changelog, "CHANGELOG.md", f"# C\n## 1.0\n{ENTRY}"),
    (changelog, "CHANGELOG.md", f"# C\n## 1.0.0 (2026-01-01)\n{ENTRY}"),
    (changelog, "CHANGELOG.md", "# C\n## 1.0.0 — 2026-01-01\n- no heads\n"),
    (changelog, "CHANGELOG.md", f"# C\n## 1.0.0 — 2026-01-01\n{ENTRY}**News:** x\n"),
    (changelog, "CHANGELOG.md", f"# C\n## 1.0.0 — 2026-01-01\n{ENTRY}".replace("- it", "it")),
    (changelog, "CHANGELOG.md", f"# C\n{OLD}## 1.1.0 — 2026-02-01\n{ENTRY}"),
    (changelog, "CHANGELOG.md", f"## Unreleased\n{ENTRY}"),
    (changelog, "CHANGELOG.md", "# C\n"),
    (changelog, "CHANGELOG.md", ""),
]
SOUND: list[tuple[Checker, str, str]] = [
    (header, DOOR, GOOD),
    (header, "tools/run", f'#!/usr/bin/env python3\n{SPDX}\n"""What it is."""\n'),
    (function_length, DOOR, "def f():\n" + "    x = 1\n" * (FUNCTION_LINES_MAX - 1)),
    (module_length, DOOR, "x = 1\n" * MODULE_LINES_MAX),
    (no_float_near_money, KERNEL, "x = a_fen // 2\nfile = folder / 'x.sql'\n"),
    (no_float_near_money, DOOR, "x = float(1) / 2\n"),
    (no_rounding_by_hand, ROUNDING, "x = (a + b // 2) // b\n"),
    (no_rounding_by_hand, DOOR, "x = a // 2\ny = (a + b) // c\n"),
    (no_rounding_by_hand, "tests/a.py", "x = round(a, 2)\n"),
    (no_banned_calls, DOOR, "datetime.now(tz=UTC)\ndatetime.now(UTC)\nclock.now()\n"),
    (no_banned_calls, DOOR, "datetime.fromtimestamp(1, UTC)\n"),
    (no_banned_calls, "src/gongji/runtime/cli.py", "print(1)\n"),
    (no_assert, "tests/a.py", "assert x\n"),
    (made_by_services, WORLD, "f('SELECT 1 FROM visit FOR NO KEY UPDATE')\n"),
    (made_by_services, WORLD, "f('INSERT INTO t VALUES (1)')\n"),
    (made_by_services, DOOR, "f('DELETE FROM seal')\n"),
    (made_by_services, WORLD, "# tidy: fault, no seal\nf(\n    'DELETE FROM seal'\n)\n"),
    (made_by_services, WORLD, "f(  # tidy: fault, no seal\n    'DELETE FROM seal'\n)\n"),
    (made_by_services, WORLD, "def g():  # tidy: faults\n    f(1)\n    f('DELETE FROM seal')\n"),
    (made_by_services, WORLD, '"""Faults."""\n# tidy: faults\nimport os\nf("DELETE FROM seal")\n'),
    (no_markers, DOOR, "# the method is done\n"),
    (no_machine_paths, "README.md", "https://example.org/work/x and ./root/x and framework/y\n"),
    (no_markers, DOOR, "except NotImplementedError:  # the zip module raises it\n"),
    (changelog, "CHANGELOG.md", f"# C\n\nWords.\n\n## Unreleased\n{ENTRY}{OLD}"),
]


@pytest.mark.parametrize(("checker", "path", "text"), BROKEN)
def test_a_broken_rule_is_found(checker: Checker, path: str, text: str) -> None:
    assert complain(checker, iter([(path, text)]))


@pytest.mark.parametrize(("checker", "path", "text"), SOUND)
def test_a_kept_rule_is_not(checker: Checker, path: str, text: str) -> None:
    assert complain(checker, iter([(path, text)])) == []


def test_an_exemption_needs_its_reason() -> None:
    bare = "x = a / b  # tidy:\n"
    told = "x = a / b  # tidy: seconds, not money\n"
    assert complain(no_float_near_money, iter([(KERNEL, bare)]))
    assert complain(no_float_near_money, iter([(KERNEL, told)])) == []


def test_every_checker_is_broken_once() -> None:
    assert {checker for checker, _, _ in BROKEN} == {*PYTHON, *TEXT, changelog}
