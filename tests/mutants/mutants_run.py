# SPDX-License-Identifier: Apache-2.0
"""Break the product one fault at a time and see whether its tests notice: ``make mutants``.

Exit code 0: every mutant that was run is killed or listed in survivors.toml with the reason why
no test can tell it from the original. 1: some survive unlisted. 2: nothing could be run.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import random
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from mutants_forks import KILLED, SURVIVED, TIMED_OUT, Campaign, Source, Verdict  # noqa: E402
from mutants_operators import Mutant  # noqa: E402

TESTS = {
    "kernel": ("tests/kernel", "tests/worked"),
    "ledger": ("tests/ledger",),
    "sharing": ("tests/sharing",),
    "settlement": (
        *(
            f"tests/settlement/test_{name}.py"
            for name in (
                "settle",
                "dates",
                "deductible_switch",
                "differences",
                "entitling",
                "planning_figures",
                "explain",
                "stays_in_parts",
                "variants_of_law",
                "walls",
                "weak_rules",
                "audit_faults",
            )
        ),
        "tests/races/test_money_races.py",
    ),
}
# Of the settlement room: what decides money, not what carries it.
PLANNING = (
    "calculation", "continuing", "effects", "entitling", "landing", "payers", "planning",
    "postings", "recovery", "reversing", "service_days", "states", "stays",
)  # fmt: skip
NOT_OURS = ("__init__", "apps")
SURVIVORS = HERE / "survivors.toml"
CACHE = ROOT / ".mutants.json"
OPTIONS = ("sample", "seed", "jobs", "grace", "cache", "survivors")


@dataclass
class Room:
    """Modules, and the tests that hold them."""

    name: str
    sources: list[Source]
    tests: list[str]


@dataclass
class Count:
    """The figures of one module."""

    made: int = 0
    run: int = 0
    killed: int = 0
    listed: int = 0
    survivors: list[Verdict] = field(default_factory=list)


def rooms(wanted: Iterable[str]) -> list[Room]:
    """The rooms and modules named, as ``kernel`` or ``kernel/sharing``; all without a name."""
    names = list(wanted)
    found = []
    for room, tests in TESTS.items():
        sources = []
        for path in sorted((ROOT / "src/gongji" / room).glob("*.py")):
            name = f"{room}/{path.stem}"
            left_out = path.stem in NOT_OURS or (room == "settlement" and path.stem not in PLANNING)
            if name in names or (not left_out and (not names or room in names)):
                sources.append(Source.read(name, f"gongji.{room}.{path.stem}", path))
        if sources:
            found.append(Room(room, sources, [str(ROOT / test) for test in tests]))
    return found


def digest_of(tests: Iterable[str]) -> str:
    """One word for the text of the tests and of what they share."""
    files = {ROOT / "tests/conftest.py", ROOT / "pyproject.toml"}
    for test in map(Path, tests):
        files |= set((test if test.is_dir() else test.parent).rglob("*.py"))
    found = hashlib.sha256()
    for file in sorted(files):
        if file.exists():
            found.update(file.read_bytes())
    return found.hexdigest()


class Listed:
    """Survivors that no test can tell from the original, each with its reason."""

    def __init__(self, path: Path) -> None:
        entries = tomllib.loads(path.read_text()).get("survivor", []) if path.exists() else []
        self.reasons: dict[tuple[str, str, str, str], str] = {}
        for entry in entries:
            place = (entry["module"], entry["function"], entry["statement"], entry["change"])
            if not entry["reason"].strip() or place in self.reasons:
                raise SystemExit(f"survivors.toml: no reason, or listed twice: {place}")
            self.reasons[place] = entry["reason"]

    def reason(self, mutant: Mutant) -> str:
        return self.reasons.get(place_of(mutant), "")


def place_of(mutant: Mutant) -> tuple[str, str, str, str]:
    """What a survivor is known by."""
    return (mutant.module, mutant.function, mutant.statement, mutant.change)


class Results:
    """Verdicts of earlier runs; one counts while the module and the tests are the same."""

    def __init__(self, path: Path, fresh: bool, kills: bool) -> None:
        self.path, self.fresh, self.kills = path, fresh, kills
        self.ours: dict[str, list[str]] = {}
        self.kept: dict[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, mutant: Mutant, digest: str) -> Verdict | None:
        kept = self.kept.get(mutant.key)
        if self.fresh or not kept:
            return None
        if kept[0] != digest and not (self.kills and kept[1] == KILLED):
            return None
        return Verdict(mutant, kept[1], kept[2])

    def killers(self) -> dict[str, str]:
        """By mutant and by function: the test that killed last, to be tried first."""
        found = {}
        for key, (_, outcome, by) in self.kept.items():
            if outcome == KILLED:
                found[key] = found[key.partition(" | ")[0]] = by
        return found

    def put(self, verdict: Verdict, digest: str) -> None:
        kept = [digest, verdict.outcome, verdict.by]
        self.kept[verdict.mutant.key] = self.ours[verdict.mutant.key] = kept

    def save(self) -> None:
        """Write what this run found beside what other runs have written meanwhile."""
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            text = self.path.read_text() if self.path.exists() else "{}"
            beside = self.path.with_suffix(".new")
            both = json.loads(text) | self.ours
            beside.write_text(json.dumps(both, indent=0, ensure_ascii=False))
            beside.replace(self.path)


def run_room(
    room: Room, chosen: list[Mutant], results: Results, wanted: argparse.Namespace
) -> list[Verdict]:
    """The verdicts on the mutants chosen, from earlier runs or from one now."""
    tests = digest_of(room.tests)
    digests = {
        source.name: hashlib.sha256((tests + source.text).encode()).hexdigest()[:16]
        for source in room.sources
    }
    verdicts = []
    open_ones = []
    for mutant in chosen:
        known = results.get(mutant, digests[mutant.module])
        if known:
            verdicts.append(known)
        else:
            open_ones.append(mutant)
    if not open_ones:
        return verdicts
    say(f"{room.name}: {len(open_ones)} mutants to run, {len(verdicts)} known")

    def tell(verdict: Verdict) -> None:
        verdicts.append(verdict)
        results.put(verdict, digests[verdict.mutant.module])
        if verdict.outcome != KILLED:
            say(f"  {verdict.outcome}: {told(verdict)}")
        if len(verdicts) % 25 == 0:
            results.save()
            killed = sum(one.outcome != SURVIVED for one in verdicts)
            say(f"  {len(verdicts)} of {len(chosen)}, {killed} killed")

    campaign = Campaign(
        room.sources, open_ones, wanted.jobs, wanted.grace, results.killers(), tell, say
    )
    pytest.main([*room.tests, "-s", "-p", "no:xdist", "--timeout", "0", "-q"], plugins=[campaign])
    results.save()
    return verdicts


def told(verdict: Verdict) -> str:
    mutant = verdict.mutant
    why = f"   ({verdict.by})" if verdict.by else ""
    return f"{mutant.module}.py:{mutant.line} {mutant.function}: {mutant.change}{why}"


def say(words: str) -> None:
    print(words, flush=True)


def report(room: Room, verdicts: list[Verdict], listed: Listed) -> dict[str, Count]:
    """The figures of every module of a room, printed."""
    counts = {source.name: Count(len(source.mutants)) for source in room.sources}
    for verdict in verdicts:
        count = counts[verdict.mutant.module]
        count.run += 1
        if verdict.outcome in (KILLED, TIMED_OUT):
            count.killed += 1
        elif listed.reason(verdict.mutant):
            count.listed += 1
        else:
            count.survivors.append(verdict)
    say(f"\n{'module':28}{'made':>7}{'run':>7}{'killed':>8}{'%':>7}{'listed':>8}{'left':>6}")
    total = Count()
    for name, count in counts.items():
        _row(name, count)
        total.made += count.made
        total.run += count.run
        total.killed += count.killed
        total.listed += count.listed
        total.survivors += count.survivors
    _row(f"{room.name} together", total)
    for verdict in sorted(total.survivors, key=lambda v: (v.mutant.module, v.mutant.line)):
        say(f"survives: {told(verdict)}\n          in: {verdict.mutant.statement}")
    for verdict in verdicts:
        if verdict.outcome == KILLED and listed.reason(verdict.mutant):
            alike = [v for v in verdicts if place_of(v.mutant) == place_of(verdict.mutant)]
            if all(v.outcome == KILLED for v in alike):
                say(f"listed as a survivor, but killed: {told(verdict)}")
    return counts


def _row(name: str, count: Count) -> None:
    percent = f"{count.killed * 100 / count.run:.1f}" if count.run else "-"
    say(
        f"{name:28}{count.made:>7}{count.run:>7}{count.killed:>8}{percent:>7}"
        f"{count.listed:>8}{len(count.survivors):>6}"
    )


def asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="kernel, kernel/sharing, …; all without one")
    parser.add_argument("--sample", type=int, default=0, help="run this many of each room")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--grace", type=int, default=10, help="seconds beside five times the usual")
    parser.add_argument("--fresh", action="store_true", help="believe no earlier run")
    parser.add_argument("--kills", action="store_true", help="believe kills of any earlier run")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--survivors", type=Path, default=SURVIVORS)
    # A module and tests of one's own, for the tests of this tool.
    parser.add_argument("--file", type=Path)
    parser.add_argument("--tests", type=Path)
    return parser.parse_args(arguments)


def each_by_itself(chosen: list[Room], wanted: argparse.Namespace) -> int:
    """One process for each room: pytest collects once in its life."""
    worst = 0
    for room in chosen:
        names = [source.name for source in room.sources]
        options = [f"--{name}={getattr(wanted, name)}" for name in OPTIONS]
        command = [sys.executable, __file__, *names, *options, *["--fresh"] * wanted.fresh]
        command += ["--kills"] * wanted.kills
        worst = max(worst, subprocess.run(command, check=False).returncode)
    return worst


def main(arguments: list[str] | None = None) -> int:
    wanted = asked(arguments)
    if wanted.file:
        source = Source.read(wanted.file.stem, wanted.file.stem, wanted.file)
        chosen_rooms = [Room("own", [source], [str(wanted.tests)])]
    else:
        chosen_rooms = rooms(wanted.modules)
    if not chosen_rooms:
        say("no such module: name rooms or modules as kernel or kernel/sharing")
        return 2
    if len(chosen_rooms) > 1:
        return each_by_itself(chosen_rooms, wanted)
    listed = Listed(wanted.survivors)
    results = Results(wanted.cache, wanted.fresh, wanted.kills)
    left = run = 0
    for room in chosen_rooms:
        mutants = [mutant for source in room.sources for mutant in source.mutants]
        if 0 < wanted.sample < len(mutants):
            luck = random.Random(wanted.seed)
            mutants = sorted(luck.sample(mutants, wanted.sample), key=mutants.index)
        verdicts = run_room(room, mutants, results, wanted)
        counts = report(room, verdicts, listed)
        if len(verdicts) < len(mutants):
            say(f"{room.name}: {len(mutants) - len(verdicts)} mutants were not run")
            return 2
        run += len(verdicts)
        left += sum(len(count.survivors) for count in counts.values())
    say(f"\n{run} mutants run, {left} survive that survivors.toml does not explain")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
