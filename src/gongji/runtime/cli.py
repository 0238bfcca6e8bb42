# SPDX-License-Identifier: Apache-2.0
"""The command ``gongji``: finds the command's module, parses, runs, turns errors into one line.

Each command lives in ``cli_<module>.py`` with ``add_parser(subparsers)`` and ``run(args) -> int``
and is imported only when called. Errors go to standard error as exactly one line, exit code 2;
GONGJI_DEBUG=1 shows the traceback instead. Commands that write finish their work also when nobody
reads what they print (``printing``).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

from gongji import __version__
from gongji.kernel.errors import Refusal
from gongji.runtime import printing
from gongji.runtime.errors import UserError

EXIT_OK = 0
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
ERROR_CHARS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: which module holds it and what it does, in one line.

    One that ``writes`` is not stopped by a reader that leaves; an action of another one says so
    with ``set_defaults(writes=True)`` or has an option ``--out``.
    """

    module: str
    summary: str
    writes: bool = True


COMMANDS = {
    "demo": Command("cli_demo", "start everything with an invented family and open the door"),
    "sandbox": Command("cli_demo", "put the demonstration back to its first day (sandbox reset)"),
    "serve": Command("cli_serve", "serve the national interface on a database"),
    "migrate": Command("cli_migrate", "bring the database to the schema of this version"),
    "policy": Command("cli_policy", "look at, check and test the policy packs", False),
    "audit": Command(
        "cli_audit", "prove sums, balances, seals and settlements of a database", writes=False
    ),
    "due": Command(
        "cli_due", "list money due to heirs and what funds have paid too much", writes=False
    ),
    "settle": Command("cli_settle", "play a file of messages through the gateway, in process"),
    "examples": Command("cli_examples", "files of messages to read, to copy, to play", False),
    "bench": Command("cli_bench", "measure this machine"),
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see: {self.prog} --help)")


def build(module: ModuleType | None) -> argparse.ArgumentParser:
    """The parser of ``gongji`` with the subcommands of one module."""
    parser = Parser(
        prog="gongji",
        description="Family mutual aid of the medical-insurance personal account (家庭共济).",
        epilog="commands:\n"
        + "\n".join(f"  {name:<9} {command.summary}" for name, command in COMMANDS.items())
        + "\n\nexample:\n  gongji demo\n  gongji policy --help\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"gongji {__version__}")
    subparsers = parser.add_subparsers(
        dest="command", metavar="command", parser_class=Parser, help="one of those below"
    )
    if module is not None:
        module.add_parser(subparsers)
    return parser


def load(name: str) -> ModuleType:
    """The module of a subcommand; raises UserError for a name that is none."""
    command = COMMANDS.get(name)
    if command is None:
        raise UserError(f"there is no command {name!r} (see: gongji --help)")
    full = f"gongji.runtime.{command.module}"
    if importlib.util.find_spec(full) is None:
        raise UserError(f"this installation does not contain the command {name!r}")
    return importlib.import_module(full)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Only --help and --version leave by SystemExit."""
    if argv is None:
        printing.open_standard_files()
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except printing.ReaderGone:
        return printing.EXIT_READER_GONE
    except Exception as why:
        if os.environ.get("GONGJI_DEBUG") == "1":
            raise
        with printing.guarded(patient=True):
            print(f"gongji: {one_line(why)}", file=sys.stderr)
        return EXIT_ERROR


def _run(args: list[str]) -> int:
    name = args[0] if args else "--help"
    if name.startswith("-"):
        with printing.guarded(patient=False):
            build(None).parse_args([name])
        raise UserError(f"unknown option {name} (see: gongji --help)")
    module = load(name)
    with printing.guarded(patient=False):
        parsed = build(module).parse_args(args)
    with printing.guarded(patient=_writes(name, parsed)) as (out, _):
        code = module.run(parsed)
    if out.lost is not None and not isinstance(out.lost, BrokenPipeError):
        raise UserError(f"all was done, but what it printed is lost: {out.lost.strerror}")
    return EXIT_OK if code is None else int(code)


def _writes(name: str, parsed: argparse.Namespace) -> bool:
    """Whether a command changes a database or a file, so that it must not stop half-way."""
    command = COMMANDS.get(name)
    return (
        (command is not None and command.writes)
        or getattr(parsed, "writes", False)
        or getattr(parsed, "out", None) is not None
    )


def one_line(why: BaseException) -> str:
    """An error as one sentence: what happened and, for the unexpected, how to see more."""
    if isinstance(why, UserError):
        text = str(why)
    elif isinstance(why, Refusal):
        text = f"[{why.code}] {why.zh} ({why.en})"
    elif isinstance(why, OSError) and why.strerror:
        text = f"{why.filename}: {why.strerror}" if why.filename else why.strerror
    elif type(why).__module__.startswith("psycopg"):  # known without importing the driver
        text = f"the database refused: {str(why).strip().partition(chr(10))[0]}"
    else:
        text = f"unexpected {type(why).__name__}: {why} (GONGJI_DEBUG=1 shows where)"
    return " ".join(text.split())[:ERROR_CHARS_MAX]


if __name__ == "__main__":
    sys.exit(main())
