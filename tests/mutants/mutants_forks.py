# SPDX-License-Identifier: Apache-2.0
"""Run the tests of a room against each mutant, in a fork of one process that has collected them.

The process imports everything once, starts the PostgreSQL server of the session and forks: first
for a run without a fault, which measures every test and records which statements it reaches, then
for every mutant. A fork puts the mutated code into the living functions, runs the tests that reach
the statement, those that killed before and the quickest first, and ends at the first that fails.
Examples of hypothesis are the same in every run, are not shrunk and are at most EXAMPLES_MAX.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import gc
import importlib
import io
import os
import pickle
import resource
import signal
import sys
import time
import types
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from mutants_operators import MODULE, Mutant, mutants_of, numbered

EXAMPLES_MAX = 60
HIT = "__mutants_hit__"
POLL_SECONDS = 0.002
# Twice counted, in processor time and by the clock: a busy machine is no endless loop.
CLOCK_TIMES = 6
TOLD_EVERY = 25
TIMES = 5
SERVER = "pg_server"
DATABASES = "migrated"

KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"


@dataclass
class Source:
    """A module under test: its name as people write it, its file, its tree, its mutants."""

    name: str
    imported_as: str
    path: Path
    text: str
    tree: ast.Module
    mutants: list[Mutant]

    @classmethod
    def read(cls, name: str, imported_as: str, path: Path) -> Source:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        return cls(name, imported_as, path, text, tree, mutants_of(name, tree))


@dataclass
class Verdict:
    """What became of a mutant, and by which test."""

    mutant: Mutant
    outcome: str
    by: str = ""


@dataclass
class Baseline:
    """The run without a fault: seconds of each test that passed, and statements it reached."""

    seconds: dict[str, float] = field(default_factory=dict)
    reached: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


@dataclass
class Running:
    """A fork at work."""

    mutant: Mutant
    answer: int  # end of the pipe that the fork writes to
    ends_at: float
    scratch: str  # prefix of its databases


class Campaign:
    """A pytest plugin in place of the loop over the tests."""

    def __init__(
        self,
        sources: Sequence[Source],
        chosen: Sequence[Mutant],
        jobs: int,
        grace_seconds: int,
        killers: dict[str, str],
        tell: Callable[[Verdict], None],
        say: Callable[[str], None],
    ) -> None:
        self.sources = {source.name: source for source in sources}
        self.chosen = list(chosen)
        self.jobs, self.grace_seconds = jobs, grace_seconds
        self.killers = dict(killers)  # by function and by mutant: the test that killed last
        self.tell, self.say = tell, say
        self.items: list[pytest.Item] = []
        self.baseline = Baseline()
        self.functions: dict[str, list[types.FunctionType]] = {}
        self.server: Any = None
        self.out = os.dup(1)  # forks that have closed theirs tell how far they are

    # ---- hooks --------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        import hypothesis  # not before pytest, which says so

        steady = hypothesis.settings(
            parent=hypothesis.settings.default,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
            derandomize=True,
            database=None,
        )
        hypothesis.settings.register_profile("mutants", parent=steady)
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = list(session.items)
        for item in self.items:
            _fewer_examples(item)
        for source in self.sources.values():
            importlib.import_module(source.imported_as)
        self._prepare_server()
        self.functions = living(self.sources.values())
        gc.collect()
        gc.freeze()
        self.baseline = self._measure()
        for name in self.baseline.broken:
            self.say(f"left out, fails without a fault: {name}")
        if self.baseline.seconds:
            self._all()
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        result = yield
        if fixturedef.argname == SERVER:
            self.server = result
        return result

    # ---- the server ---------------------------------------------------------------------------

    def _prepare_server(self) -> None:
        """Start what belongs to the session here, so that every fork has it."""
        wanting = [item for item in self.items if DATABASES in getattr(item, "fixturenames", ())]
        if not wanting:
            return
        first = min(wanting, key=lambda item: item.nodeid)
        with contextlib.redirect_stdout(io.StringIO()):
            runtestprotocol(first, log=False, nextitem=_other(self.items, first))

    def _drop(self, prefix: str) -> None:
        if self.server is None:
            return
        import psycopg

        with contextlib.suppress(psycopg.Error), psycopg.connect(self.server.url) as conn:
            found = conn.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (prefix + "_",)
            ).fetchall()
        for (name,) in found:
            with contextlib.suppress(psycopg.Error):
                self.server.drop(name)

    # ---- without a fault ----------------------------------------------------------------------

    def _measure(self) -> Baseline:
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            _child(read, write, lambda: pickle.dumps(self._measured()))
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            text = pipe.read()
        os.waitpid(pid, 0)
        if not text or text.startswith(SURVIVED.encode()):
            self.say(f"the run without a fault did not end: {text.decode()}")
            return Baseline()
        measured: Baseline = pickle.loads(text)
        return measured

    def _measured(self) -> Baseline:
        found = Baseline()
        hits: set[tuple[str, int]] = set()
        setattr(builtins, HIT, hits.add)
        for source in self.sources.values():
            replace(source, instrumented(source), self.functions)
        for place, item in enumerate(self.items):
            if place % TOLD_EVERY == 0:
                words = f"  without a fault: {place} of {len(self.items)} tests\n"
                os.write(self.out, words.encode())
            hits.clear()
            start = time.perf_counter()
            after = self.items[place + 1] if place + 1 < len(self.items) else None
            reports = runtestprotocol(item, log=False, nextitem=after or _other(self.items, item))
            if any(report.skipped for report in reports):
                continue
            if any(report.failed for report in reports):
                found.broken.append(item.nodeid)
                continue
            found.seconds[item.nodeid] = time.perf_counter() - start
            found.reached[item.nodeid] = set(hits)
        return found

    # ---- with one -----------------------------------------------------------------------------

    def _all(self) -> None:
        waiting = list(reversed(self.chosen))
        running: dict[int, Running] = {}
        number = 0
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop()
                tests = self._tests(mutant)
                if not tests:
                    self.tell(Verdict(mutant, SURVIVED, "no test reaches it"))
                    continue
                number += 1
                pid, started = self._start(mutant, tests, number)
                running[pid] = started
            self._reap(running)

    def _tests(self, mutant: Mutant) -> list[pytest.Item]:
        """Those that reach the statement: who killed it, who killed in the function, quickest."""
        place = (mutant.module, mutant.place_in_source)
        seconds, reached = self.baseline.seconds, self.baseline.reached
        able = [
            item
            for item in self.items
            if item.nodeid in seconds
            and (mutant.function == MODULE or place in reached[item.nodeid])
        ]
        last = (self.killers.get(mutant.key), self.killers.get(_function_of(mutant)))
        return sorted(
            able,
            key=lambda item: (
                item.nodeid != last[0],
                item.nodeid != last[1],
                seconds[item.nodeid],
            ),
        )

    def _start(self, mutant: Mutant, tests: list[pytest.Item], number: int) -> tuple[int, Running]:
        seconds = sum(self.baseline.seconds[item.nodeid] for item in tests)
        prefix = f"{self.server.prefix}m{number}" if self.server else ""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            limit = int(time.process_time() + TIMES * seconds + self.grace_seconds)
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
            _child(read, write, lambda: self._judge(mutant, tests, prefix))
        os.close(write)
        ends_at = time.monotonic() + TIMES * seconds + CLOCK_TIMES * self.grace_seconds
        return pid, Running(mutant, read, ends_at, prefix)

    def _judge(self, mutant: Mutant, tests: list[pytest.Item], prefix: str) -> bytes:
        if self.server is not None:
            self.server.prefix = prefix
        source = self.sources[mutant.module]
        mutant.apply()
        if mutant.function == MODULE:
            change_constant(source, self.functions)
        else:
            replace(source, source.tree, self.functions)
        forget()
        for place, item in enumerate(tests):
            after = tests[place + 1] if place + 1 < len(tests) else _other(self.items, item)
            if any(r.failed for r in runtestprotocol(item, log=False, nextitem=after)):
                return f"{KILLED}\n{item.nodeid}".encode()
        return f"{SURVIVED}\n".encode()

    def _reap(self, running: dict[int, Running]) -> None:
        """Take in the forks that have ended; end those over their time."""
        time.sleep(POLL_SECONDS)
        for pid, fork in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            late = not ended and time.monotonic() > fork.ends_at
            if not ended and not late:
                continue
            if late:
                os.killpg(pid, signal.SIGKILL)
                _, status = os.waitpid(pid, 0)
            del running[pid]
            with os.fdopen(fork.answer, "rb") as pipe:
                outcome, _, by = pipe.read().decode().partition("\n")
            if late or os.WIFSIGNALED(status):
                outcome, by = TIMED_OUT, ""
            elif not outcome:
                outcome, by = KILLED, "the process ended"
            if outcome != SURVIVED:
                self._drop(fork.scratch)
            if outcome == KILLED and by:
                self.killers[fork.mutant.key] = self.killers[_function_of(fork.mutant)] = by
            self.tell(Verdict(fork.mutant, outcome, by))


def _child(read: int, write: int, work: Callable[[], bytes]) -> None:
    """The life of a fork: do the work, write what it gives, leave without ceremony."""
    try:
        os.setsid()
        os.close(read)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        try:
            text = work()
        except BaseException as fault:
            text = f"{SURVIVED}\nnot judged: {fault!r}".encode()
        while text:
            text = text[os.write(write, text) :]
    finally:
        os._exit(0)


def _other(items: Sequence[pytest.Item], item: pytest.Item) -> pytest.Item | None:
    """Another test: named as the next one, it keeps what belongs to the session."""
    module = item.nodeid.partition("::")[0]
    others = [one for one in items if one is not item]
    elsewhere = [one for one in others if one.nodeid.partition("::")[0] != module]
    return next(iter(elsewhere or others), None)


def _function_of(mutant: Mutant) -> str:
    return f"{mutant.module} {mutant.function}"


def _fewer_examples(item: pytest.Item) -> None:
    import hypothesis

    function = getattr(item, "obj", None)
    function = getattr(function, "__func__", function)
    chosen = getattr(function, "_hypothesis_internal_use_settings", None)
    if chosen is not None and chosen.max_examples > EXAMPLES_MAX:
        function._hypothesis_internal_use_settings = hypothesis.settings(
            chosen, max_examples=EXAMPLES_MAX
        )


# ---- code in living functions -----------------------------------------------------------------


def living(sources: Iterable[Source]) -> dict[str, list[Any]]:
    """Every function object of the modules, by file, qualified name and first line."""
    files = {str(source.path) for source in sources}
    found: dict[str, list[Any]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__code__.co_filename in files:
            found.setdefault(_place(thing.__code__), []).append(thing)
    return found


def _place(code: types.CodeType) -> str:
    return f"{code.co_filename}:{code.co_qualname}:{code.co_firstlineno}"


def replace(source: Source, tree: ast.Module, functions: dict[str, list[Any]]) -> None:
    """Give every living function of a module the code that ``tree`` has for it."""
    waiting = [compile(tree, str(source.path), "exec", dont_inherit=True)]
    while waiting:
        code = waiting.pop()
        waiting += [inner for inner in code.co_consts if isinstance(inner, types.CodeType)]
        for function in functions.get(_place(code), ()):
            function.__code__ = code  # ValueError where it takes other variables from outside


def instrumented(source: Source) -> ast.Module:
    """A copy of the tree in which every statement of a function first says that it was reached."""
    tree = ast.parse(source.text)
    numbers = numbered(tree)
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            _say_hits(node, source.name, numbers)
    return ast.fix_missing_locations(tree)


def _say_hits(node: ast.AST, name: str, numbers: dict[ast.stmt, int]) -> None:
    for part in ("body", "orelse", "finalbody"):
        inner = getattr(node, part, None)
        if not isinstance(inner, list) or not all(isinstance(one, ast.stmt) for one in inner):
            continue
        told: list[ast.stmt] = []
        for one in inner:
            if one in numbers and not isinstance(one, ast.Global | ast.Nonlocal):
                place = ast.Constant((name, numbers[one]))
                call = ast.Call(ast.Name(HIT, ast.Load()), [place], [])
                told.append(ast.copy_location(ast.Expr(call), one))
            told.append(one)
            if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                _say_hits(one, name, numbers)
        setattr(node, part, told)
    for case in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]:
        _say_hits(case, name, numbers)


def change_constant(source: Source, functions: dict[str, list[Any]]) -> None:
    """Give constants of a broken module their new values, also where they were imported by name.

    The module runs once more in a place of its own; what comes out as another number, itself or
    as the default value of a parameter, is put where the old one is.
    """
    module = sys.modules[source.imported_as]
    code = compile(source.tree, str(source.path), "exec", dont_inherit=True)
    broken = types.ModuleType(source.imported_as)
    broken.__file__ = str(source.path)
    exec(code, broken.__dict__)  # tidy: the module under test itself
    package = source.imported_as.partition(".")[0]
    for name, new in list(vars(broken).items()):
        old = vars(module).get(name)
        if isinstance(new, types.FunctionType):
            for function in functions.get(_place(new.__code__), ()):
                function.__defaults__ = new.__defaults__
        elif isinstance(new, int | tuple) and isinstance(old, int | tuple) and new != old:
            for other_name, other in list(sys.modules.items()):
                mine = getattr(other, "__dict__", {}).get(name)
                if other_name.partition(".")[0] == package and mine == old:
                    setattr(other, name, new)


def forget() -> None:
    """Empty every cache of results: what was calculated before was calculated without the fault."""
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper):
            module = getattr(thing, "__module__", "") or ""
            if module.startswith("gongji."):
                thing.cache_clear()
