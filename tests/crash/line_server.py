# SPDX-License-Identifier: Apache-2.0
"""A process with an engine behind a line protocol, made to be killed: one JSON line, one answer.

Run as ``python line_server.py <database URL> <port or 0>``; it prints its port when ready. The
tests' world fixes the clock and the policy; nothing is kept outside the database.
"""

from __future__ import annotations

import json
import socket
import socketserver
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "settlement"))

from settlement_world import HOSPITAL, NOW, PHARMACY, make_platform

from gongji.care.lines import PricedLine
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import USE_ACCOUNTS
from gongji.settlement.commands import (
    Command,
    Declared,
    MessageKey,
    ReverseSettlement,
    SettlePurchase,
    SettleVisit,
    UndoMessage,
)
from gongji.settlement.platform import Platform


def command_of(ask: dict[str, Any]) -> Command:
    """The command that a line stands for; amounts in fen."""
    op, owner = ask["op"], ask["owner"]
    mark = ask.get("mark", "f").encode()
    if op == "settle":
        key = MessageKey(HOSPITAL, ask["msgid"], "2207", mark)
        declared = Declared(ask["amount"])
        return SettleVisit(key, owner, ask["visit"], "B1", "11", 310, USE_ACCOUNTS, declared)
    if op == "reverse":
        key = MessageKey(PHARMACY, ask["msgid"], "2103", mark)
        return ReverseSettlement(key, owner, ask["setl_id"])
    if op == "undo":
        key = MessageKey(PHARMACY, ask["msgid"], "2601", mark)
        return UndoMessage(key, owner, ask["original"], ask["infno"])
    amount = ask["amount"]
    line = PricedLine("1", amount, 0, 0, 0, amount, {"feedetl_sn": "1"})
    key = MessageKey(PHARMACY, ask["msgid"], "2102", mark)
    return SettlePurchase(key, owner, NOW, "41", 310, USE_ACCOUNTS, Declared(amount), (line,))


def answer_of(platform: Platform, ask: dict[str, Any]) -> dict[str, Any]:
    """What the engine says, as a plain object."""
    try:
        record = platform.engine.settle_now(command_of(ask))
    except Refusal as refusal:
        return {"refused": refusal.code}
    if record is None:
        return {"nothing": True}
    return {
        "setl_id": record.setl_id,
        "mdtrt_id": record.mdtrt_id,
        "kind": record.kind,
        "own": record.own_fen,
        "relatives": record.relatives_fen,
        "cash": record.cash_fen,
    }


def main(url: str, port: int) -> None:
    """Serve until killed; the end of standard input is the end of the server, too."""
    platform = make_platform(url)

    class Lines(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for line in self.rfile:
                answer = answer_of(platform, json.loads(line))
                self.wfile.write(json.dumps(answer).encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", port), Lines) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()
    platform.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
