# SPDX-License-Identifier: Apache-2.0
"""The server's log file: kept small, and quoted in one line where a start fails."""

from __future__ import annotations

from pathlib import Path

LOG_BYTES_MAX = 16 * 1024 * 1024
TAIL_CHARS = 600


class ServerLog:
    """One log file, appended to by the server; one old one is kept beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def rotate(self) -> int:
        """Put a long log aside; returns the length in bytes of the one that is appended to."""
        try:
            length = self._file.stat().st_size
        except FileNotFoundError:
            return 0
        if length > LOG_BYTES_MAX:
            self._file.rename(self._file.with_suffix(".log.1"))
            return 0
        return length

    def tail(self, start: int = 0) -> str:
        """The last words written after byte ``start``, as part of a one-line message."""
        try:
            with self._file.open("rb") as log:
                log.seek(start)
                text = log.read().decode(errors="replace").strip()
        except OSError:
            return f"no server log at {self._file}"
        lines = [line.strip() for line in text[-TAIL_CHARS:].splitlines()]
        return f"its log {self._file} ends: {' | '.join(lines)}"
