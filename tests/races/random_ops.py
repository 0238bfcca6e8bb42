# SPDX-License-Identifier: Apache-2.0
"""Random operations from a seed, each answer compared with the independent auditor's.

Families, visits and authorisations change, days and the year pass, messages are repeated, lost
and undone; several requests may arrive together. The seed stands in every failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from typing import Any

from auditor_books import Expected
from auditor_fund import Bill
from auditor_packs import STAY
from msgspec.structs import replace
from races_arena import Answer
from random_care import MED_TYPES, Care
from random_people import DISEASES, LEVELS, Clock
from settlement_world import PHARMACY

from gongji.kernel.errors import Refusal
from gongji.settlement.commands import Declared, SettlePurchase, SettleVisit
from gongji.settlement.records import Record

BURST_MAX = 8
MINUTE = dt.timedelta(minutes=1)


class Run(Care):
    """One seed: its people, what was sent, and the auditor's books beside the centre's."""

    def __init__(self, *args: Any) -> None:
        self.sent: list[Any] = []
        self.answers: list[tuple[Any, Record]] = []
        super().__init__(*args)

    # ---- messages ---------------------------------------------------------------------------

    def _key(self, infno: str, institution: int) -> Any:
        self._number += 1
        key = self.world.key(infno, f"S{self.seed}-{self._number}")
        return replace(key, institution_id=institution)

    def visit(self) -> Any:
        """A settlement of a charge batch of a new visit, or of one that is there."""
        luck = self.luck
        owner = luck.choice(self.patients)
        visits = self.auditor.visits
        old = [n for n, v in visits.items() if v.owner == owner and v.setting != STAY]
        unsettled = {n: f for n in old[-9:] if (f := self._unsettled(n))}
        if unsettled and luck.random() < 0.6:
            old = list(unsettled)
        number = luck.choice(old[-6:]) if old and luck.random() < 0.5 else self.new_visit(owner)
        fresh = self._unsettled(number)
        batch = luck.choice(fresh if fresh and luck.random() < 0.9 else ("B1", "B2", "B3"))
        total = visits[number].batches.get(batch, Bill(in_policy=100)).total
        return self._settle(number, batch, total)

    def _unsettled(self, number: int) -> list[str]:
        settled = {case.batch for case in self.auditor.standing(number)}
        return [name for name in ("B1", "B2") if name not in settled]

    def stay(self) -> Any:
        """An interim or the final bill of a stay, mostly with further lines since."""
        luck, visits = self.luck, self.auditor.visits
        owner = luck.choice(self.patients)
        old = [n for n, v in visits.items() if v.owner == owner and v.setting == STAY]
        going_on = [n for n in old if not visits[n].discharged or self.auditor.open_lines(n)]
        if luck.random() < 0.9:
            old = going_on
        number = luck.choice(old) if old and luck.random() < 0.9 else self.new_stay(owner)
        if number is None:
            return self.visit()
        if luck.random() < 0.7:
            self.more_lines(number)
        # In December patients rather stay, over New Year.
        if luck.random() < (0.07 if self.today.month == 12 else 0.25):
            self.discharge(number)
        total = sum(self.auditor.open_lines(number).values(), Bill()).total
        interim = luck.random() < (0.3 if visits[number].discharged else 0.85)
        return self._settle(number, "", total, interim=interim)

    def _settle(self, number: int, batch: str, total: int, *, interim: bool = False) -> Any:
        luck, found = self.luck, self.auditor.visits[number]
        institution = found.institution if luck.random() < 0.97 else luck.choice(list(LEVELS))
        return self.world.settle(
            found.owner,
            number if luck.random() < 0.98 else 7,
            total + (luck.random() < 0.04),
            batch=batch,
            key=self._key("2304" if found.setting == STAY else "2207", institution),
            med_type=MED_TYPES[found.setting],
            insutype=self.auditor.people[found.owner].insutype,
            use=luck.choice((1, 1, 1, 1, 1, 0, 2)),
            interim=interim,
        )

    def purchase(self) -> Any:
        """A purchase in a pharmacy, with or without prescription, for a disease or not."""
        luck = self.luck
        owner = luck.choice(self.patients)
        made = self.world.purchase(
            owner,
            1,
            key=self._key("2102", PHARMACY),
            at=self.clock.now,
            insutype=self.auditor.people[owner].insutype,
            use=luck.choice((1, 1, 1, 0, 2)),
        )
        bills = [self.bill() for _ in range(luck.choice((1, 1, 2)))]
        lines = [self.line(f"{n}", b, prescribed=luck.random() < 0.6) for n, b in enumerate(bills)]
        total = sum(bills, Bill()).total + (luck.random() < 0.05)
        made = replace(made, lines=tuple(lines), declared=Declared(total))
        if luck.random() < 0.4:
            made = replace(made, med_type="14", dise_codg=luck.choice(DISEASES))
        return made

    def reverse(self) -> Any:
        """A reversal of something that was made, or of nothing."""
        luck = self.luck
        if not self.answers:
            return self.purchase()
        narrow = luck.choice(self.answers[-12:])[1].owner
        record = luck.choice([r for _, r in self.answers if r.owner == narrow][-3:])
        if luck.random() < 0.4:
            record = luck.choice(self.answers)[1]  # of long ago
        stays = [r for _, r in self.answers if r.setting == STAY and r.kind == 1]
        if stays and luck.random() < 0.2:
            record = luck.choice(stays[-12:])  # so that some have been built upon
        gone = {owner for owner, one in self.auditor.people.items() if one.closed}
        theirs = [r for _, r in self.answers if r.kind == 1 and gone & _who_paid(r)]
        if theirs and luck.random() < 0.3:
            record = luck.choice(theirs)  # so that money comes back to closed accounts
        wrong = luck.random() < 0.05
        back = self.world.reverse(
            record.owner,
            record.setl_id + (10**9 if wrong else 0),
            institution=record.institution_id,
        )
        institution = record.institution_id if luck.random() < 0.96 else luck.choice(list(LEVELS))
        return replace(back, key=self._key("2208", institution))

    def undo(self) -> Any:
        """2601 of a message that came, of one that will come late, or that never comes."""
        luck = self.luck
        back = [command for command, record in self.answers[-20:] if record.kind == 2]
        if not self.sent or luck.random() < 0.15:
            late = self.purchase()
            self.sent.append(late)
        elif back and luck.random() < 0.4:
            late = luck.choice(back)  # a reversal: the settlement stands again, or not
        else:
            # Often one of a few messages of one person, so that undos meet reversals and undos.
            narrow = luck.choice(self.sent[-12:]).owner
            late = luck.choice([c for c in self.sent if c.owner == narrow][-4:])
        owner = late.owner if luck.random() < 0.96 else luck.choice(self.patients)
        infno = late.key.infno if luck.random() < 0.96 else "2102"
        undo = self.world.undo(owner, late.key.msgid, infno)
        return replace(undo, key=self._key("2601", late.key.institution_id))

    def repeat(self) -> Any:
        """The same message once more."""
        return self.luck.choice(self.sent[-15:]) if self.sent else self.visit()

    def other_body(self) -> Any:
        """A used msgid with other content."""
        old = self.repeat()
        return replace(old, key=replace(old.key, fingerprint=b"other"))

    # ---- sending and judging ------------------------------------------------------------------

    def expect(self, command: Any) -> Expected:
        """The auditor's answer."""
        key, owner = command.key, command.owner
        books, today = self.auditor, self.today
        if isinstance(command, SettlePurchase):
            bill = sum(map(_bill_of, command.lines), Bill())
            disease = command.dise_codg if command.med_type == "14" else None
            total = command.declared.total_fen
            day = command.bought_at.date()
            return books.purchase(key, owner, bill, total, command.use, day, today, disease=disease)
        if isinstance(command, SettleVisit):
            total = command.declared.total_fen
            visit, batch, interim = command.mdtrt_id, command.chrg_bchno, command.interim
            return books.settle(
                key, owner, visit, batch, total, command.use, today, interim=interim
            )
        if hasattr(command, "setl_id"):
            return books.reverse(key, owner, command.setl_id)
        return books.undo(key, owner, command.original_msgid, command.original_infno, today)

    def send(self, commands: list[Any]) -> None:
        """Send requests that arrive together, in order, and compare every answer."""
        engine = self.world.platform.engine
        trial = None
        if len(commands) == 1 and hasattr(commands[0], "declared") and self.luck.random() < 0.3:
            with contextlib.suppress(Refusal):
                trial = engine.trial_now(commands[0])
        expected = [self.expect(command) for command in commands]

        async def together() -> list[Any]:
            return await asyncio.gather(*map(engine.settle, commands), return_exceptions=True)

        answers = asyncio.run(together())
        for command, want, got in zip(commands, expected, answers, strict=True):
            self.judge(command, want, got)
            self.sent.append(command)
            if isinstance(got, Record) and want.figures is not None:
                self.answers.append((command, got))
                if isinstance(trial, Record):
                    assert (trial.body, trial.balance_after_fen) == (
                        got.body,
                        got.balance_after_fen,
                    ), self.where(command)

    def where(self, command: Any) -> str:
        """What a failure has to say."""
        return f"seed {self.seed}, step {self.step}: {command}"

    def judge(self, command: Any, want: Expected, got: Answer) -> None:
        """Compare one answer, to the fen."""
        where = self.where(command)
        if want.code:
            assert getattr(got, "code", got) == want.code, (where, want.code, got)
            return
        assert got is None or isinstance(got, Record), (where, got)
        if want.repeat is not None:
            assert (got.setl_id if got else 0) == want.repeat.setl_id, where
            return
        if want.figures is None:
            assert got is None, where
            return
        assert got is not None, where
        figures = figures_of(got)
        assert figures == want.figures, (where, figures, want.figures)
        self.auditor.bind(want, got)

    def one_step(self) -> None:
        """One random operation."""
        self.step += 1
        self.clock.now += MINUTE
        chance = self.luck.random()
        if chance < 0.12:
            self.change_family()
        elif chance < 0.18:
            self.pass_time()
        elif chance < 0.30:
            makers = (self.visit, self.purchase, self.stay, self.stay, self.repeat)
            count = self.luck.randrange(2, BURST_MAX)
            burst = [self.luck.choice(makers)() for _ in range(count)]
            # Beside a reversal or undo of a person, that person's settlements wait for the next
            # batch and others overtake them: right, but no order that could be foreseen here.
            self.send([c for c in burst if hasattr(c, "declared")] or [self.purchase()])
        else:
            ways = (self.visit, self.purchase, self.stay, self.reverse, self.undo, self.repeat)
            weights = (6, 4, 9, 6, 4, 2)
            maker = self.luck.choices((*ways, self.other_body), (*weights, 1))[0]
            self.send([maker()])


def _bill_of(line: Any) -> Bill:
    """A line that a pharmacy sold."""
    unprescribed = 0 if line.prescribed else line.in_policy_fen
    parts = (line.self_paid_fen, line.over_limit_fen, line.first_self_fen, line.in_policy_fen)
    return Bill(*parts, unprescribed)


def _who_paid(record: Record) -> set[int]:
    """Whose accounts a settlement has moved."""
    legs = zip(record.body.payers, record.body.legs, strict=True)
    found = {payer.giver for payer, leg in legs if leg.current_fen or leg.carried_fen}
    return found | ({record.owner} if record.own_fen else set())


def figures_of(got: Record) -> dict[str, Any]:
    """What the auditor predicts of a record."""
    body = got.body
    benefit = body.benefit
    legs = zip(body.payers, body.legs, strict=True)
    return {
        "kind": got.kind,
        "fund": benefit.fund_fen,
        "funds": (benefit.pooled_fen, benefit.large_fen, benefit.serious_fen),
        "deductible": benefit.deductible_fen,
        "own": (body.sharing.own_current_fen, body.sharing.own_carried_fen),
        "legs": [(p.giver, leg.current_fen, leg.carried_fen, leg.reason) for p, leg in legs],
        "cash": got.cash_fen,
        "balance": got.balance_after_fen,
    }


__all__ = ["Clock", "Run"]
