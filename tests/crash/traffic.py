# SPDX-License-Identifier: Apache-2.0
"""Clients in traffic while something is killed, and the proof afterwards that no fen went astray.

Each client works on its own keys: purchases, reversals, undos and repeats, the same key until a
final answer. ``check`` compares what was acknowledged with what the database holds.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from line_client import LineClient, LineServer
from races_arena import audit_faults
from settlement_world import World

from gongji.settlement import errors
from patience import LOADED

CLIENTS = 6
JOIN_S_MAX = 60 * LOADED


@dataclass
class Acknowledged:
    """One request with its final answer."""

    request: dict[str, Any]
    answer: dict[str, Any]
    sent: int


@dataclass
class Traffic:
    """Clients of one server; ``start``, then kill things, then ``finish`` and ``check``."""

    server: LineServer
    people: list[int]
    seed: int
    client: Callable[[LineServer], LineClient] = LineClient
    key_of: Callable[[str], str] = str  # the msgid that stands for our name of a message
    done: list[Acknowledged] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    last_answer_at: float = 0.0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start the clients."""
        for number in range(CLIENTS):
            thread = threading.Thread(target=self._client, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def finish(self) -> None:
        """Every client ends with the request it has in hand answered for good."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=JOIN_S_MAX)
        assert not any(thread.is_alive() for thread in self._threads)
        assert self.faults == [], (self.seed, self.faults[:3])

    def wait_for_answer(self, since: float, limit_s: float) -> float:
        """Seconds from ``since`` until the next final answer; fails beyond the limit."""
        while self.last_answer_at <= since:
            assert self.faults == [], (self.seed, self.faults[:3])
            assert time.monotonic() - since < limit_s, "not ready again in time"
            time.sleep(0.01)
        return self.last_answer_at - since

    def _client(self, number: int) -> None:
        luck = random.Random(f"{self.seed}/{number}")
        client = self.client(self.server)
        mine: list[Acknowledged] = []
        try:
            while not self._stopping.is_set():
                self._step(client, luck, mine, f"C{number}-{len(mine)}")
        except BaseException as fault:
            self.faults.append(f"client {number}: {fault!r}")
        finally:
            client.close()
            self.done += mine

    def _step(
        self, client: LineClient, luck: random.Random, mine: list[Acknowledged], msgid: str
    ) -> None:
        settled = [a for a in mine if a.request["op"] == "purchase" and "setl_id" in a.answer]
        choice = luck.random()
        if settled and choice < 0.15:
            old = luck.choice(settled)
            again, _ = client.until_answered(old.request)
            # The answer to a key is the first one, unless the message was undone since.
            assert again in (old.answer, {"refused": errors.KEY_CANCELLED}), (old, again)
            return
        request: dict[str, Any] = {"msgid": msgid, "owner": luck.choice(self.people)}
        if settled and choice < 0.3:
            old = luck.choice(settled[-5:])
            request |= {"op": "reverse", "owner": old.request["owner"]}
            request |= {n: old.answer[n] for n in ("setl_id", "mdtrt_id")}
        elif settled and choice < 0.4:
            old = luck.choice(settled[-5:])
            request |= {"op": "undo", "owner": old.request["owner"], "infno": "2102"}
            request["original"] = old.request["msgid"]
        else:
            request |= {"op": "purchase", "amount": luck.randrange(1, 3000)}
        answer, sent = client.until_answered(request)
        mine.append(Acknowledged(request, answer, sent))
        self.last_answer_at = time.monotonic()


def families(world: World) -> list[int]:
    """People who pay for one another."""
    people = [world.person(current=200000, carried=50000) for _ in range(12)]
    for index, patient in enumerate(people):
        for step in (1, 5):
            world.authorise(people[(index + step) % len(people)], patient)
    return people


_KEYS = "SELECT msgid, outcome, owner, result_id FROM message"
_SETTLEMENTS = (
    "SELECT setl_id, msgid, kind, own_fen, relatives_fen, cash_fen, owner FROM settlement"
)


def check(url: str, traffic: Traffic) -> None:
    """No acknowledged effect is lost or doubled, nothing else was done, the audit is clean."""
    with psycopg.connect(url) as conn:
        messages = {row[0]: row[1:] for row in conn.execute(_KEYS)}
        settlements = {row[0]: row[1:] for row in conn.execute(_SETTLEMENTS)}
    key_of = traffic.key_of
    accepted = {key_of(a.request["msgid"]) for a in traffic.done if "refused" not in a.answer}
    assert set(messages) == accepted
    effects = [row[0] for row in settlements.values()]
    assert len(effects) == len(set(effects)), "one key had two effects"
    told = {key_of(a.request["msgid"]) for a in traffic.done if "setl_id" in a.answer}
    untold = {key_of(a.request["msgid"]) for a in traffic.done if "silent" in a.answer}
    assert len(told) * 2 > len(traffic.done), "hardly anything was accepted"
    assert told - set(effects) == set(), "an acknowledged settlement is lost"
    assert set(effects) - told - untold == set(), "an effect was acknowledged to nobody"
    for one in traffic.done:
        if "setl_id" in one.answer:
            msgid, kind, *amounts, owner = settlements[one.answer["setl_id"]]
            sign = -1 if kind == 2 else 1
            assert (msgid, owner) == (key_of(one.request["msgid"]), one.request["owner"])
            assert kind == one.answer["kind"]
            assert amounts == [sign * one.answer[name] for name in ("own", "relatives", "cash")]
    found = audit_faults(url)
    assert found == [], found[:5]
