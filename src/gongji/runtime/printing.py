# SPDX-License-Identifier: Apache-2.0
"""Standard output and standard error for the length of a command; nothing else guards them.

A reader may leave before the end (``gongji migrate | head -2``). A command that only reads then
stops at once, as programs under Unix do: exit code 141, no complaint. A command that writes goes
on until its work is done; what it would have said is dropped, its exit code tells how the work
ended.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

EXIT_READER_GONE = 128 + 13  # SIGPIPE, as a shell reports it
_STANDARD_FDS = (0, 1, 2)


class ReaderGone(Exception):
    """Nobody reads the output of a command that only reads."""


class Output:
    """A standard stream whose reader may leave; everything else is the stream's own.

    ``patient``: what cannot be written is dropped and remembered in ``lost``; each line leaves at
    once, so that whoever reads sees the work as it goes. Else ReaderGone is raised.
    """

    def __init__(self, stream: TextIO, *, patient: bool) -> None:
        self._stream = stream
        self._patient = patient
        # A terminal that knows no Chinese gets the code of a character instead of an error.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write text, or drop it when nobody can read it; raises ReaderGone, OSError."""
        if self.lost is None:
            try:
                self._stream.write(text)
                if self._patient and text.endswith("\n"):
                    self._stream.flush()
            except OSError as why:
                self._lose(why)
        return len(text)

    def flush(self) -> None:
        """Send on what is buffered; raises ReaderGone, OSError."""
        if self.lost is None:
            try:
                self._stream.flush()
            except OSError as why:
                self._lose(why)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts; raises ReaderGone, OSError."""
        for line in lines:
            self.write(line)

    def _lose(self, why: OSError) -> None:
        self.lost = why
        _into_nothing(self._stream)
        if self._patient:
            return
        if isinstance(why, BrokenPipeError):
            raise ReaderGone from why
        raise why

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def guarded(*, patient: bool) -> Iterator[tuple[Output, Output]]:
    """Put both standard streams behind ``Output`` for the length of the block, and flush them."""
    before = sys.stdout, sys.stderr
    out, err = Output(before[0], patient=patient), Output(before[1], patient=True)
    sys.stdout, sys.stderr = out, err  # type: ignore[assignment]
    try:
        try:
            yield out, err
        except SystemExit:  # of --help, which has printed
            out.flush()
            raise
        out.flush()
        err.flush()
    finally:
        sys.stdout, sys.stderr = before


def tell(text: str) -> None:
    """Say on standard error how far a command is."""
    print(text, file=sys.stderr, flush=True)


def open_standard_files() -> None:
    """Put /dev/null where a standard file is closed, before anything else takes its number.

    Else the next file or connection gets the number, and what is printed goes into it.
    """
    for number in _STANDARD_FDS:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _into_nothing(stream: TextIO) -> None:
    """Let the rest of a stream's buffer vanish: Python would complain about it when it ends."""
    with contextlib.suppress(OSError, io.UnsupportedOperation, ValueError):
        number = stream.fileno()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, number)
        os.close(nothing)
