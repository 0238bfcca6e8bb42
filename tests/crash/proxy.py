# SPDX-License-Identifier: Apache-2.0
"""A small TCP proxy before PostgreSQL that cuts a connection at its COMMIT, in one of four ways.

It reads the plain protocol only as far as to see a COMMIT pass; everything else is copied.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading

COMMIT = b"COMMIT\x00"
CHUNK_BYTES = 65536
POLL_S = 0.05
GO_ON_S_MAX = 10

BEFORE = "before"  # cut instead of forwarding the COMMIT
AT = "at"  # forward it and cut at once, not waiting for the reply
AFTER = "after"  # forward it, wait until the server has replied, swallow the reply and cut
RESET = "reset"  # as AT, but with a last word to the client and a reset right behind it
LAST_WORD = b"S" + struct.pack(">I", 4 + 19) + b"application_name\x00x\x00"


class Proxy:
    """Forwards connections; ``cut_next`` arms it for a number of commits."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_S)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._mode = ""
        self._left = 0
        self.cuts = 0
        self.at_commit, self.go_on = threading.Event(), threading.Event()  # of a reset
        self.is_cut = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        """Where clients connect."""
        number: int = self._listener.getsockname()[1]
        return number

    def cut_next(self, mode: str, times: int = 1) -> None:
        """Cut the next ``times`` commits in the given way."""
        with self._lock:
            self._mode, self._left = mode, times

    def close(self) -> None:
        """End everything."""
        self._closing.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except (TimeoutError, OSError):
                continue
            copier = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(copier)
            copier.start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(self._target) as server:
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self._closing.is_set():
                readable, _, _ = select.select([client, server], [], [], POLL_S)
                if server in readable:
                    data = server.recv(CHUNK_BYTES)
                    if not data:
                        return
                    client.sendall(data)
                if client in readable:
                    data = client.recv(CHUNK_BYTES)
                    if not data or self._cut(data, client, server):
                        return
                    server.sendall(data)

    def _cut(self, data: bytes, client: socket.socket, server: socket.socket) -> bool:
        """True when the connection is to end here."""
        with self._lock:
            if COMMIT not in data or self._left == 0:
                return False
            self._left -= 1
            self.cuts += 1
            mode = self._mode
        if mode != BEFORE:
            server.sendall(data)
        if mode == AFTER:
            server.recv(CHUNK_BYTES)
        if mode == RESET:
            self.at_commit.set()
            self.go_on.wait(GO_ON_S_MAX)
            client.sendall(LAST_WORD)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            self.is_cut.set()
        return True
