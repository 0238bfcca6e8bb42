# SPDX-License-Identifier: Apache-2.0
"""One request, one answer: batches of any composition give what one by one gives, and the trial.

A mix from a seed (visits, purchases, chronic care, stays with interim bills, reversals, undos,
repeats of relatives who pay for one another) is settled twice, on two fresh databases: one by one,
each settlement behind its trial, and in batches of random size that arrive at once. Every answer
and every balance is compared. A failure names its seed: GONGJI_SEED=<seed> runs it alone.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from races_arena import audit_faults
from settlement_world import HOSPITAL, KEY, PHARMACY, World, institutions, make_platform

from gongji.kernel.errors import Refusal
from gongji.members import services as members
from gongji.members.people import ChronicFiling
from gongji.members.privacy import PrivacyBox
from gongji.settlement import errors, queueing
from gongji.settlement.commands import MessageKey, ReverseSettlement, UndoMessage
from gongji.settlement.records import Record

pytestmark = pytest.mark.postgres
SEEDS = 4
SEEDS_CONTROL = 8
SEEDS_NIGHTLY = 300
STEPS = 70
BATCH_MAX = 9
REFER_BEHIND = BATCH_MAX  # a reversal names a settlement that was answered in an earlier batch
PEOPLE = 6
FILED, NOT_FILED = "M03900", "M07801"
# What a trial does not look at: keys, the discharge.
NOT_TRIED = {errors.KEY_REUSED, errors.KEY_CANCELLED, errors.NOT_DISCHARGED}

Make = Callable[["Side"], Any]


@dataclass
class Step:
    """A request, made when the answers to earlier ones are known; or a change before the next."""

    make: Make
    change: bool = False
    fresh: bool = True  # its key is used for the first time
    first: bool = False  # made of what all before it have left


class Side:
    """One database with its world: the same people, visits and ids on both sides."""

    def __init__(self, url: str, seed: int) -> None:
        self.luck = random.Random(seed)
        self.conn = psycopg.connect(url)
        institutions(self.conn, PrivacyBox(KEY))
        self.platform = make_platform(url)
        self.world = World(url, self.platform, self.conn)
        self.answers: list[Any] = []
        self.made: dict[int, Any] = {}
        self._build()

    def _build(self) -> None:
        luck, world = self.luck, self.world
        self.people = [
            world.person(
                current=luck.choice((0, luck.randrange(20_000))), carried=luck.randrange(900)
            )
            for _ in range(PEOPLE)
        ]
        for patient in self.people:
            for giver in luck.sample(self.people, luck.randrange(3)):
                if giver != patient:
                    limit = luck.choice((None, luck.randrange(9_000)))
                    world.authorise(giver, patient, day_limit_fen=limit)
        for patient in self.people[::2]:
            filing = ChronicFiling(FILED, "透析", 1, dt.date(2020, 1, 1), None)
            members.file_chronic(self.conn, patient, filing)
        self.conn.commit()
        self.visits: list[tuple[int, int, int, int]] = []  # patient, visit, setting, amount
        for _ in range(STEPS // 2):
            patient, setting = luck.choice(self.people), luck.choice((1, 1, 1, 3, 4))
            amount = luck.choice((luck.randrange(1, 3_000), luck.randrange(1, 90_000)))
            visit = world.visit(
                patient,
                amount,
                setting=setting,
                status=2 if setting == 4 else 1,
                dise_codg=luck.choice((FILED, NOT_FILED)) if setting == 3 else "",
            )
            self.visits.append((patient, visit, setting, amount))

    def one_by_one(self, steps: list[Step]) -> None:
        """Settle each by itself, behind its trial."""
        engine = self.platform.engine
        for number, step in enumerate(steps):
            command = step.make(self)
            if step.change:
                self.answers.append(None)
                continue
            tried = None
            if step.fresh and hasattr(command, "declared"):
                tried = _answer(engine.trial_now, command)
            answer = _answer(engine.settle_now, command)
            code = getattr(answer, "code", 0)
            if tried is not None and code not in NOT_TRIED:
                assert _figures(tried) == _figures(answer), ("trial", number, tried, answer)
            self.answers.append(answer)

    def in_batches(self, steps: list[Step], luck: random.Random) -> None:
        """Send random numbers of them at once; changes come between batches."""

        async def together(commands: list[Any]) -> list[Any]:
            settling = map(self.platform.engine.settle, commands)
            return await asyncio.gather(*settling, return_exceptions=True)

        def stops(step: Step) -> bool:
            return step.change or step.first

        async def all_of_them() -> None:
            at = 0
            while at < len(steps):
                if steps[at].change:
                    steps[at].make(self)
                    self.answers.append(None)
                    at += 1
                    continue
                end = at + 1
                size = luck.randrange(1, BATCH_MAX + 1)
                while end < len(steps) and end - at < size and not stops(steps[end]):
                    end += 1
                self.answers.extend(await together([step.make(self) for step in steps[at:end]]))
                at = end

        asyncio.run(all_of_them())

    def state(self) -> dict[str, list[Any]]:
        """Everything that decides about the next settlement."""
        queries = {
            "account": "SELECT owner, current_fen, carried_fen FROM account ORDER BY 1",
            "year": "SELECT * FROM accumulator ORDER BY owner, year, scheme",
            "limits": "SELECT recipient, giver, used_day_fen, used_year_fen, used_grant_fen"
            " FROM authorisation ORDER BY 1, 2",
            "messages": "SELECT institution_id, msgid, infno, outcome, result_id <> 0"
            " FROM message ORDER BY 1, 2, 3",
        }
        return {name: self.conn.execute(query).fetchall() for name, query in queries.items()}

    def close(self) -> None:
        """Stop the platform."""
        self.platform.stop()
        self.conn.close()


def _answer(ask: Callable[[Any], Any], command: Any) -> Any:
    try:
        return ask(command)
    except Refusal as refused:
        return refused


def _figures(answer: Any) -> Any:
    """What an answer says, without the ids that differ between databases."""
    if isinstance(answer, Record):
        body = answer.body
        legs = [(leg.current_fen, leg.carried_fen, leg.reason) for leg in body.legs]
        givers = [payer.giver for payer in body.payers]
        kind = (answer.kind, answer.setting, answer.service_date)
        return kind, body.bill, body.benefit, body.sharing, givers, legs, answer.balance_after_fen
    return answer if answer is None else (type(answer).__name__, getattr(answer, "code", answer))


def _once(number: int, step: Step) -> Make:
    """The same command whenever it is asked for, on each side."""
    made = step.make

    def make(side: Side) -> Any:
        if step.change or number not in side.made:
            side.made[number] = made(side)
        return side.made[number]

    return make


class Mix:
    """Steps from a seed, the same for both sides: they name people and visits by their place."""

    def __init__(self, seed: int, plan: Side) -> None:
        self.luck, self.plan = random.Random(seed * 7 + 1), plan
        self.steps: list[Step] = []
        for number in range(STEPS):
            kind = self.luck.choice("vvvvvppppccrrrruuuumaw")
            step = getattr(self, f"_{kind}")(number)
            self.steps.append(dataclasses.replace(step, make=_once(number, step)))

    def _key(self, institution: int, infno: str, number: int) -> MessageKey:
        # Often the same msgid for another transaction, as of clients that make it of the clock.
        return MessageKey(institution, f"S{number // 3}", f"{infno}", b"%d" % number)

    def _v(self, number: int) -> Step:
        """A visit or stay; one that is settled already now and then."""
        patient, visit, setting, amount = self.luck.choice(self.plan.visits)
        stay, interim = setting == 4, self.luck.random() < 0.5
        key = replace(self._key(HOSPITAL, "2304" if stay else "2207", number), msgid=f"V{number}")
        use = self.luck.choice((1, 1, 1, 0, 2))

        def make(side: Side) -> Any:
            total = amount
            if stay:
                (total,) = side.conn.execute(
                    "SELECT COALESCE(sum(total_fen), 0)::bigint FROM fee_batch"
                    " WHERE mdtrt_id = %s AND settled_by IS NULL",
                    (visit,),
                ).fetchone()
                side.conn.commit()
            return side.world.settle(
                patient,
                visit,
                total or amount,
                batch="" if stay else "B1",
                key=key,
                med_type={1: "11", 3: "14", 4: "21"}[setting],
                interim=stay and interim,
                use=use,
            )

        return Step(make, first=stay)

    def _p(self, number: int) -> Step:
        patient, amount = self.luck.choice(self.plan.people), self.luck.randrange(1, 9_000)
        key = replace(self._key(PHARMACY, "2102", number), msgid=f"P{number}")
        return Step(lambda side: side.world.purchase(patient, amount, key=key))

    def _c(self, number: int) -> Step:
        """A purchase for a chronic disease, filed or not."""
        made, code = self._p(number), self.luck.choice((FILED, NOT_FILED))
        return Step(lambda side: replace(made.make(side), med_type="14", dise_codg=code))

    def _earlier(self, number: int) -> int | None:
        found = [
            n
            for n in range(number - REFER_BEHIND)
            if self.steps[n].fresh and not self.steps[n].change
        ]
        return self.luck.choice(found[-12:]) if found else None

    def _r(self, number: int) -> Step:
        """A reversal of what an earlier step has made, if it has."""
        earlier = self._earlier(number)
        if earlier is None:
            return self._p(number)
        key = self._key(PHARMACY, "2103", number)

        def make(side: Side) -> Any:
            record = side.answers[earlier]
            if not isinstance(record, Record):
                return ReverseSettlement(key, side.people[0], 10**9)
            mine = replace(key, institution_id=record.institution_id)
            return ReverseSettlement(mine, record.owner, record.setl_id)

        return Step(make)

    def _u(self, number: int) -> Step:
        """2601 of a step before, perhaps of the same batch, or of one that comes a little later."""
        other = number + self.luck.randrange(-4, 3)
        patient = self.luck.choice(self.plan.people)
        key = self._key(PHARMACY, "2601", number)
        step = self.steps[other] if 0 <= other < number and not self.steps[other].change else None

        def make(side: Side) -> Any:
            if step is None:
                return UndoMessage(key, patient, f"P{max(other, 0)}", "2102")
            named = step.make(side)
            mine = replace(key, institution_id=named.key.institution_id)
            return UndoMessage(mine, named.owner, named.key.msgid, named.key.infno)

        return Step(make)

    def _m(self, number: int) -> Step:
        """The same message again."""
        steps = [s for s in self.steps[-6:] if not s.change]
        return Step(self.luck.choice(steps).make, fresh=False) if steps else self._p(number)

    def _a(self, number: int) -> Step:
        """Another message under a used key."""
        again = self._m(number)

        def make(side: Side) -> Any:
            command = again.make(side)
            return replace(command, key=replace(command.key, fingerprint=b"another"))

        return Step(make, fresh=False)

    def _w(self, number: int) -> Step:
        """More lines of a stay."""
        stays = [v for v in self.plan.visits if v[2] == 4]
        if not stays:
            return self._p(number)
        patient, stay, _, _ = self.luck.choice(stays)
        amount = self.luck.randrange(1, 90_000)
        return Step(lambda side: side.world.more_lines(patient, stay, amount), change=True)


def both(seed: int, new_db: Callable[[], str]) -> None:
    """Run a seed on both sides; AssertionError where they differ."""
    sides: list[Side] = []
    try:
        sides += [Side(new_db(), seed), Side(new_db(), seed)]
        alone, together = sides
        steps = Mix(seed, alone).steps
        alone.one_by_one(steps)
        together.in_batches(steps, random.Random(seed))
        for number, (one, other) in enumerate(zip(alone.answers, together.answers, strict=True)):
            assert _figures(one) == _figures(other), f"seed {seed}, step {number}: {one} {other}"
        assert alone.state() == together.state(), f"seed {seed}"
        kinds = {type(answer) for answer in alone.answers}
        assert {Record, Refusal} <= kinds, f"seed {seed}: hardly a mix"
    finally:
        for side in sides:
            side.close()
    for side in sides:
        assert audit_faults(side.world.url) == [], f"seed {seed}"


def seeds() -> list[int]:
    """The seeds of make test, or the one that is asked for."""
    asked = os.environ.get("GONGJI_SEED")
    return [int(asked)] if asked else list(range(1, SEEDS + 1))


@pytest.mark.parametrize("seed", seeds())
def test_batches_give_what_one_by_one_gives(new_db: Callable[[], str], seed: int) -> None:
    both(seed, new_db)


@pytest.mark.campaign
def test_batches_give_what_one_by_one_gives_at_length(new_db: Callable[[], str]) -> None:
    for seed in range(SEEDS + 1, SEEDS_NIGHTLY):
        both(seed, new_db)


def test_members_that_depend_on_one_another_are_noticed(
    new_db: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: whoever arrives together shares a batch, whatever they touch."""
    monkeypatch.setattr(queueing, "_of_command", lambda command: ())

    def all_of_them() -> None:
        for seed in range(1, SEEDS_CONTROL + 1):
            both(seed, new_db)

    with pytest.raises(AssertionError, match="seed"):
        all_of_them()
