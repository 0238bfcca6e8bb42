# SPDX-License-Identifier: Apache-2.0
"""Clients of the line server: start it, kill it, ask it, and ask again until it has answered.

A client keeps its key until it has an answer that is final: that is what institutions must do.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gongji.settlement import errors
from patience import LOADED

ANSWER_WAIT_S = 30 * LOADED
START_WAIT_S = 30 * LOADED
RETRY_PAUSE_S = 0.02
# Not final: the same message is sent again. Anything else is an answer.
NOT_FINAL = frozenset({errors.BUSY, errors.OUTCOME_UNKNOWN})


class LineServer:
    """A server process; ``start`` may be called again after ``kill``, at the same port."""

    def __init__(self, url: str, port: int = 0) -> None:
        self.url = url
        self.port = port
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start and wait until it is ready."""
        program = [sys.executable, str(Path(__file__).with_name("line_server.py"))]
        self._process = subprocess.Popen(
            [*program, self.url, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the line server did not start"
        self.port = int(line)

    def kill(self) -> None:
        """kill -9, as an oom killer would."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """Let it end by itself."""
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            try:
                self._process.wait(START_WAIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._reap()

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process = None


class LineClient:
    """One connection, made when needed and made again after a fault."""

    def __init__(self, server: LineServer) -> None:
        self._server = server
        self._socket: socket.socket | None = None
        self._file: Any = None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request, one answer; raises OSError when there is none (outcome unknown)."""
        try:
            if self._socket is None:
                address = ("127.0.0.1", self._server.port)
                self._socket = socket.create_connection(address, timeout=ANSWER_WAIT_S)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._file = self._socket.makefile("rb")
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            line = self._file.readline()
            if not line.endswith(b"\n"):
                raise ConnectionResetError("cut before the answer")
        except OSError:
            self.close()
            raise
        answer: dict[str, Any] = json.loads(line)
        return answer

    def until_answered(self, request: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """(final answer, how often it was sent): the same key again and again until then."""
        end = time.monotonic() + ANSWER_WAIT_S
        sent = 0
        while True:
            sent += 1
            with contextlib.suppress(OSError):
                answer = self.ask(request)
                if answer.get("refused") not in NOT_FINAL:
                    return answer, sent
            assert time.monotonic() < end, f"no final answer to {request} in {ANSWER_WAIT_S} s"
            time.sleep(RETRY_PAUSE_S)

    def close(self) -> None:
        """Close the connection; the next request makes a new one."""
        if self._socket is not None:
            self._file.close()
            self._socket.close()
            self._socket = None
