# SPDX-License-Identifier: Apache-2.0
"""The races again between real processes: four servers on one database, clients in threads.

What holds between engines of one process holds between processes: nothing is shared in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from line_client import LineClient, LineServer
from races_arena import Arena

from gongji.settlement import errors

pytestmark = pytest.mark.postgres
MakeArena = Callable[..., Arena]

PROCESSES = 4
CLIENTS = 20


@pytest.fixture
def processes(arena: MakeArena) -> Iterator[tuple[Arena, list[LineServer]]]:
    """Four server processes on a database of their own, and its world."""
    ring = arena(engines=1)
    servers = [LineServer(ring.world.url) for _ in range(PROCESSES)]
    starters = [threading.Thread(target=server.start) for server in servers]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    try:
        yield ring, servers
    finally:
        for server in servers:
            server.stop()


def _ask_all(servers: list[LineServer], requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send all requests at once from CLIENTS connections spread over the processes."""
    answers: list[dict[str, Any]] = [{}] * len(requests)
    start = threading.Barrier(CLIENTS)

    def send(first: int) -> None:
        client = LineClient(servers[first % len(servers)])
        start.wait()
        for index in range(first, len(requests), CLIENTS):
            answers[index] = client.ask(requests[index])
        client.close()

    threads = [threading.Thread(target=send, args=(i,)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_processes_share_one_effect_one_yuan_and_one_reversal(
    processes: tuple[Arena, list[LineServer]],
) -> None:
    ring, servers = processes
    world = ring.world
    giver = world.person(current=100)
    patients = [world.person(current=0) for _ in range(60)]
    for patient in patients:
        world.authorise(giver, patient)
    wanted = [{"op": "purchase", "msgid": f"Y{p}", "owner": p, "amount": 100} for p in patients]
    paid = _ask_all(servers, wanted)
    assert sorted(a["relatives"] for a in paid) == [0] * 59 + [100]
    assert world.balance(giver) == (0, 0)

    same = {"op": "purchase", "msgid": "SAME", "owner": patients[0], "amount": 700}
    answers = _ask_all(servers, [same] * 100)
    assert answers == [answers[0]] * 100
    other = _ask_all(servers, [{**same, "mark": "other"}] * CLIENTS)
    assert other == [{"refused": errors.KEY_REUSED}] * CLIENTS

    (winner,) = [(p, a) for p, a in zip(patients, paid, strict=True) if a["relatives"]]
    back = [
        {"op": "reverse", "msgid": f"R{i}", "owner": winner[0], "setl_id": winner[1]["setl_id"]}
        for i in range(CLIENTS)
    ]
    reversed_ = _ask_all(servers, back)
    refused = [a for a in reversed_ if "refused" in a]
    assert refused == [{"refused": errors.ALREADY_REVERSED}] * (CLIENTS - 1)
    assert world.balance(giver) == (100, 0)
    ring.assert_clean()


def test_processes_settle_many_families_without_a_deadlock(
    processes: tuple[Arena, list[LineServer]],
) -> None:
    ring, servers = processes
    world = ring.world
    people = [world.person(current=4000) for _ in range(15)]
    for patient in people:
        for step in (1, 4, 7):
            world.authorise(people[(people.index(patient) + step) % len(people)], patient)
    requests = [
        {"op": "purchase", "msgid": f"D{i}", "owner": people[i * 7 % 15], "amount": 100 + i}
        for i in range(600)
    ]
    answers = _ask_all(servers, requests)
    assert all("setl_id" in answer for answer in answers)
    for answer, request in zip(answers, requests, strict=True):
        assert answer["own"] + answer["relatives"] + answer["cash"] <= request["amount"]
    for server in servers:
        server.stop()
    assert ring.deadlocks_at_the_end() == 0
    ring.assert_clean()
