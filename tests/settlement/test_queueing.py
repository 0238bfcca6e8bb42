# SPDX-License-Identifier: Apache-2.0
"""Which requests become one batch: a prefix of what arrived, without any that needs another."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from gongji.kernel.errors import Refusal
from gongji.settlement import errors
from gongji.settlement.commands import MessageKey, ReverseSettlement, UndoMessage
from gongji.settlement.queueing import (
    BATCH_MAX,
    LOCK_RETRY_S,
    LOCK_WAIT_S_MAX,
    Done,
    Item,
    Job,
    Line,
)

_numbers = itertools.count(1)


def reversal(owner: int, msgid: str | None = None, mark: bytes = b"") -> ReverseSettlement:
    return ReverseSettlement(MessageKey(1, msgid or f"M{next(_numbers)}", "2208", mark), owner, 7)


def undo(owner: int, named: str, infno: str = "2208") -> UndoMessage:
    return UndoMessage(MessageKey(1, f"U{next(_numbers)}", "2601", b""), owner, named, infno)


class Told(list[Any]):
    """Outcomes that somebody was told."""

    def set(self, outcome: Any) -> None:
        self.append(outcome)


def line_of(*commands: Any, trial: bool = False) -> tuple[Line, list[Told]]:
    line, told = Line(trial), [Told() for _ in commands]
    for command, answer in zip(commands, told, strict=True):
        line.put(Item(command, [answer], 0.0))
    return line, told


def take(line: Line, now: float = 0.0) -> list[Any]:
    return [item.command for item in line.take(now)]


def test_a_batch_ends_before_the_second_request_of_a_patient() -> None:
    one, two, three, four = reversal(1), reversal(2), reversal(1), reversal(3)
    line, _ = line_of(one, two, three, four)
    assert take(line) == [one, two]
    assert take(line) == [three, four]
    assert len(line) == 0


def test_a_batch_ends_before_a_request_that_shares_a_msgid() -> None:
    one, other, named = reversal(1, "X"), reversal(2, "X", b"other"), reversal(3, "Y")
    line, _ = line_of(one, other, named, undo(4, "Y"))
    assert take(line) == [one]
    assert take(line) == [other, named]
    assert len(take(line)) == 1


def test_the_same_message_twice_is_one_member_and_told_twice() -> None:
    one = reversal(1, "X")
    line, told = line_of(one, reversal(2), one)
    items = line.take(0.0)
    assert [item.command.owner for item in items] == [1, 2]
    done = Done(None)
    line.settled(items, [Job(item.command, done) for item in items], 0.0)
    assert told == [[done], [done], [done]]


def test_a_batch_has_a_greatest_size() -> None:
    line, _ = line_of(*(reversal(n) for n in range(BATCH_MAX + 5)))
    assert [len(take(line)), len(take(line))] == [BATCH_MAX, 5]


def test_trials_of_one_patient_share_a_batch() -> None:
    line, _ = line_of(reversal(1), reversal(1), reversal(1), trial=True)
    assert len(take(line)) == 3


def blocked(line: Line, items: list[Item], now: float) -> None:
    line.settled(items, [Job(item.command, blocked=True) for item in items], now)


def test_who_waits_for_a_lock_is_passed_by_others_and_not_by_his_own() -> None:
    stuck, next_of_his, other = reversal(1, "X"), reversal(1), reversal(2)
    line, told = line_of(stuck)
    blocked(line, line.take(0.0), 0.0)
    for command in (next_of_his, undo(3, "X"), other):
        line.put(Item(command, [Told()], 0.0))
    assert take(line) == [other]
    assert line.lock_awaited
    assert take(line) == []
    assert line.pause(0.0) == pytest.approx(LOCK_RETRY_S)
    assert take(line, LOCK_RETRY_S) == [stuck]
    assert told == [[]]
    assert len(line) == 2


def test_a_wait_for_a_lock_ends_with_busy() -> None:
    line, told = line_of(reversal(1))
    blocked(line, line.take(0.0), LOCK_WAIT_S_MAX - 0.01)
    assert told == [[]]
    blocked(line, line.take(LOCK_WAIT_S_MAX + 1), LOCK_WAIT_S_MAX + 1)
    assert [one.code for one in told[0]] == [errors.BUSY]
    assert line.pause(0.0) is None


def test_nobody_waits_for_a_lock_when_the_lane_closes() -> None:
    line, told = line_of(reversal(1))
    blocked(line, line.take(0.0), 0.0)
    line.close()
    assert line.pause(0.0) == 0.0
    blocked(line, line.take(0.0), 0.0)
    assert [one.code for one in told[0]] == [errors.BUSY]
    assert len(line) == 0


def test_what_is_no_command_ends_alone() -> None:
    line, told = line_of(object(), reversal(2))
    assert len(take(line)) == 1
    assert isinstance(told[0][0], Refusal)
    assert told[0][0].code == errors.OUTCOME_UNKNOWN
