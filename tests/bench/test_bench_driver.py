# SPDX-License-Identifier: Apache-2.0
"""The benchmark's driver on a tiny population: loads, settles both ways, proves. Not timed."""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from gongji.ledger.audit import audit
from gongji.policy.library import PolicyLibrary
from gongji.runtime import cli_bench
from gongji_bench import command, figures, mix, packs, pgbench, plan, proof, report
from gongji_bench.crowd import EVERYBODY, FAMILY, HOT, ONE_AREA, SPREAD, Crowd
from gongji_bench.place import Place
from gongji_bench.session import Session


def test_percentiles_are_exact() -> None:
    values = list(range(1, 101))
    assert [figures.percentile(values, p) for p in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert figures.percentile([7], 99) == 7
    assert figures.percentile([], 50) == 0


def test_mix_refers_to_acknowledged_messages_only() -> None:
    slots = mix.Slots(5_000, seed=1, lag=10)
    acknowledged: set[int] = set()
    referred: list[int] = []
    while (slot := slots.take()) is not None:
        kind, number = slot
        if kind == mix.NEW:
            slots.acknowledge(number)
            acknowledged.add(number)
        else:
            assert number in acknowledged
            referred.append(number)
    assert len(referred) == len(set(referred))
    assert slots.issued[mix.NEW] == 5_000
    assert 50 < slots.issued[mix.REVERSED] < 200


def test_crowd_is_the_same_for_the_same_seed_and_split_by_fund() -> None:
    one, two = Crowd(4_002, 1_000), Crowd(4_002, 1_000)
    assert one.people == 4_000
    assert one.balances == two.balances
    assert {1, 2, 3} == {len(one.givers(index)) for index in range(one.people)}
    hot = one.patients(500, HOT, random.Random(1))
    spread = one.patients(500, SPREAD, random.Random(1))
    assert {one.area(index) for index in hot} == {ONE_AREA}
    assert len({one.area(index) for index in spread}) > 5
    assert max(one.patients(500, EVERYBODY, random.Random(1))) < one.people
    child = FAMILY - 1
    assert one.balances[child] == (0, 0)


def test_tiny_run_is_clean_in_process_and_over_http(db: str, tmp_path: Path) -> None:
    chosen = plan.RunPlan(people=400, seconds=0.5, warm_up=0.2, clients=())
    chosen.rows = [
        plan.RowPlan(plan.L0, plan.VISIT, 8),
        plan.RowPlan(plan.L2, plan.VISIT, 8),
        plan.RowPlan(plan.L2, plan.PURCHASE, 8),
    ]
    said: list[str] = []
    place = Place(db, db, tmp_path, tmp_path, None)
    outcome = Session(place, chosen, said.append).run()
    assert outcome.proof.faults == []
    assert [row.tally["wrong"] for row in outcome.rows] == [0, 0, 0]
    assert all(row.tally["accepted"] > 0 for row in outcome.rows)
    assert outcome.proof.counts["settlements"] >= sum(r.tally["accepted"] for r in outcome.rows)
    text = report.document(outcome)
    assert "2102" in text
    assert str(tmp_path) not in text
    with psycopg.connect(db) as conn:
        assert audit(conn).clean


def test_a_lost_settlement_and_a_wrong_answer_are_faults(db: str) -> None:
    tally = figures.Tally(accepted=1)
    tally.mistake("an answer of somebody else")
    found = proof.prove(db, [tally])
    assert not found.clean
    assert any("acknowledged" in fault for fault in found.faults)
    assert any("wrong answers" in fault for fault in found.faults)


def test_arguments_make_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    cli_bench.add_parser(parser.add_subparsers())
    args = parser.parse_args(["bench", "--quick", "--level", "L2", "--no-pgbench"])
    chosen = command.plan_of(args, workers=2)
    assert chosen.workers == 2
    assert chosen.clients == ()
    assert {row.level for row in chosen.rows} == {plan.L2}
    assert chosen.people == command.QUICK_PEOPLE
    assert capsys.readouterr().out == ""


def test_the_packs_are_read_and_compiled_in_a_fresh_process() -> None:
    library = PolicyLibrary.load()
    day = dt.date(2026, 3, 1)
    # Nanchang and Jiujiang at least, employees: four settings, three levels, two statuses.
    assert packs.compile_all(library, day) > 2 * 4 * 3 * 2
    found = packs.measure()
    assert len(found) == 2
    assert all(figure > 0 for figure in found.values())
    assert f"values of {len(library.areas())} areas" in next(iter(found))


def test_best_round_of_pgbench() -> None:
    assert pgbench.Round("before", {8: 10.0, 16: 30.0, 32: 20.0}).best() == (16, 30.0)
