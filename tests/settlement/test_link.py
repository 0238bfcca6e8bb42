# SPDX-License-Identifier: Apache-2.0
"""The way between gateway and writer: what is asked and answered arrives as it was."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest
from settlement_world import KEY, World, institutions, make_platform

from gongji.care.lines import PricedLine
from gongji.kernel.errors import Refusal
from gongji.members.privacy import PrivacyBox
from gongji.settlement import errors, waiting
from gongji.settlement import link as linking
from gongji.settlement.batch import Done, Outcome
from gongji.settlement.commands import (
    Command,
    Declared,
    MessageKey,
    ReverseSettlement,
    SettlePurchase,
    SettleVisit,
    UndoMessage,
)
from gongji.settlement.engine import Submitting
from gongji.settlement.link import (
    LINK_MAX,
    EngineLink,
    decode_command,
    decode_outcome,
    encode_command,
    encode_outcome,
    host,
)
from gongji.settlement.records import CIVIL_TIME, Record

ID = MessageKey(7, "H36010000003-1", "2102", b"\x00\xff" * 8)
LINE = PricedLine("F1", 1234, 0, 34, 200, 1000, {"cnt": "2.0000", "pric": "6.17", "hilist": None})
COMMANDS = [
    SettleVisit(ID, 5, 6, "B1", "11", 310, 2, Declared(100), detail={"invono": "发票-1"}),
    SettleVisit(ID, 5, 6, "", "21", 390, 0, Declared(100, 1, 2, 3, 94), interim=True),
    # Past midnight here is the day before in UTC: the day of service must not move.
    SettlePurchase(
        ID, 9, dt.datetime(2026, 3, 2, 0, 5, tzinfo=CIVIL_TIME), "41", 310, 2, Declared(1234),
        (LINE, LINE), "M03900", {"invono": ""},
    ),
    ReverseSettlement(ID, 5, 77, None),
    ReverseSettlement(ID, 5, 77, 8),
    UndoMessage(ID, 5, "H36010000003-0", "2207"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_commands_arrive_as_they_were(command: Command) -> None:
    there = decode_command(*encode_command(command))
    assert there == command
    if isinstance(command, SettlePurchase):
        assert isinstance(there, SettlePurchase)
        assert there.bought_at.utcoffset() == dt.timedelta(hours=8)
        assert there.bought_at.date() == dt.date(2026, 3, 2)


def test_refusals_arrive_with_number_words_and_figures() -> None:
    refused = errors.amount_changed("medfee_sumamt 医疗费总额", 100, 101)
    there = decode_outcome(*encode_outcome(refused))
    assert isinstance(there, Refusal)
    same = (refused.code, refused.zh, refused.en, refused.details)
    assert (there.code, there.zh, there.en, there.details) == same
    assert decode_outcome(*encode_outcome(Done(None))) == Done(None)


class Writer(Submitting):
    """Answers what it is told to, in its own time."""

    def __init__(self) -> None:
        self.asked: list[tuple[Command, Callable[[Outcome], None], bool]] = []

    def submit(
        self, command: Command, deliver: Callable[[Outcome], None], *, trial: bool = False
    ) -> None:
        """Keep it; "busy" from the fourth on."""
        if len(self.asked) == 3:
            raise errors.busy()
        self.asked.append((command, deliver, trial))

    def start(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""

    def settle_now(self, command: Command) -> Record | None:
        """Nothing."""
        return None

    def trial_now(self, command: Command) -> Record:
        """Nothing."""
        raise errors.busy()


@contextlib.asynccontextmanager
async def _linked(
    writer: Submitting, lost: list[int]
) -> AsyncIterator[tuple[EngineLink, socket.socket]]:
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    there: list[int] = []
    close = await host(writer, ours, lambda: there.append(1))
    link = EngineLink(theirs, lambda: lost.append(1))
    await link.open()
    while not there:
        await asyncio.sleep(0)
    try:
        yield link, ours
    finally:
        link.close()
        close()
        await asyncio.sleep(0.01)


def test_answers_find_their_question_in_any_order() -> None:
    async def ask() -> list[Any]:
        writer = Writer()
        async with _linked(writer, []) as (link, _):
            tasks = [asyncio.create_task(link.settle(one)) for one in (COMMANDS[0], *COMMANDS[2:5])]
            while len(writer.asked) < 3 or not tasks[3].done():
                await asyncio.sleep(0.001)
            for number, (_, deliver, _) in reversed(list(enumerate(writer.asked))):
                deliver(Done(None) if number else errors.person_not_found())
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            assert [asked for asked, _, _ in writer.asked] == [COMMANDS[0], *COMMANDS[2:4]]
            return answers

    unknown, nothing, also, busy = asyncio.run(ask())
    assert isinstance(unknown, Refusal)
    assert isinstance(busy, Refusal)
    assert (unknown.code, nothing, also) == (errors.person_not_found().code, None, None)
    assert busy.code == errors.BUSY


def test_a_lost_writer_leaves_outcomes_unknown_and_takes_nothing_more() -> None:
    async def ask() -> tuple[Any, Any, list[int]]:
        writer = Writer()
        lost: list[int] = []
        async with _linked(writer, lost) as (link, ours):
            asked = asyncio.create_task(link.settle(COMMANDS[0]))
            while not writer.asked:
                await asyncio.sleep(0.001)
            ours.shutdown(socket.SHUT_RDWR)
            (first,) = await asyncio.gather(asked, return_exceptions=True)
            (later,) = await asyncio.gather(link.settle(COMMANDS[0]), return_exceptions=True)
            return first, later, lost

    first, later, lost = asyncio.run(ask())
    assert (first.code, later.code, lost) == (errors.OUTCOME_UNKNOWN, errors.BUSY, [1])


class Prompt(Writer):
    """Answers whatever it is asked, at once."""

    def submit(
        self, command: Command, deliver: Callable[[Outcome], None], *, trial: bool = False
    ) -> None:
        """Nothing to reverse."""
        deliver(Done(None))


def test_a_stuck_writer_is_waited_for_by_a_bounded_number_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody reads at the other end, then somebody does: too late for those who asked first."""
    monkeypatch.setattr(linking, "LINK_WAIT_S_MAX", 0)
    monkeypatch.setattr(waiting, "WATCH_S", 0.01)
    told: list[Outcome] = []

    async def ask() -> Record | None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        link = EngineLink(theirs, lambda: None)
        await link.open()
        for _ in range(LINK_MAX):
            link.submit(COMMANDS[0], told.append)
        with pytest.raises(Refusal) as refused:
            link.submit(COMMANDS[0], told.append)
        assert refused.value.code == errors.BUSY
        while len(told) < LINK_MAX:
            await asyncio.sleep(0.01)
        with pytest.raises(Refusal):  # the writer still owes them all
            link.submit(COMMANDS[0], told.append)
        monkeypatch.setattr(linking, "LINK_WAIT_S_MAX", 1000)
        close = await host(Prompt(), ours, lambda: None)
        try:
            while True:
                with contextlib.suppress(Refusal):  # until the late answers have made room
                    return await link.settle(COMMANDS[0])
                await asyncio.sleep(0.01)
        finally:
            link.close()
            close()
            await asyncio.sleep(0.01)

    assert asyncio.run(ask()) is None
    codes = {one.code for one in told if isinstance(one, Refusal)}
    assert (len(told), codes) == (LINK_MAX, {errors.OUTCOME_UNKNOWN})


@pytest.fixture
def world(db: str) -> Iterator[World]:
    """A world with a real engine."""
    with psycopg.connect(db) as conn:
        institutions(conn, PrivacyBox(KEY))
        platform = make_platform(db)
        try:
            yield World(db, platform, conn)
        finally:
            platform.stop()


@pytest.mark.postgres
def test_records_over_a_link_are_the_engines_own(world: World) -> None:
    giver, patient = world.person(current=5000), world.person(current=1000)
    world.authorise(giver, patient)
    commands = [world.settle(patient, world.visit(patient, 4000), 4000), world.purchase(giver, 50)]

    async def ask() -> tuple[list[Any], Record]:
        async with _linked(world.platform.engine, []) as (link, _):
            settled = await asyncio.gather(*map(link.settle, commands))
            return list(settled), await link.trial(world.purchase(patient, 30))

    settled, trial = asyncio.run(ask())
    assert settled == [world.platform.engine.settle_now(command) for command in commands]
    assert settled[0].relatives_fen == 3000
    assert settled[0].made_at.utcoffset() == dt.timedelta(hours=8)
    assert (trial.setl_id, trial.cash_fen) == (0, 0)
    assert trial.relatives_fen == 30
