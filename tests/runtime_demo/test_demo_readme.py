# SPDX-License-Identifier: Apache-2.0
"""What README and the integrators' guide tell a newcomer to type does what they say it does."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from test_demo_command import start, stop

from gongji.care.institutions import Registry
from gongji.gateway.gateway import Gateway
from gongji.members.privacy import PrivacyBox
from gongji.runtime import cli, cli_settle
from gongji.runtime.demo_families import PEOPLE
from gongji.runtime.server import assemble
from gongji.runtime.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PURCHASE = ROOT / "examples" / "purchase.jsonl"
GUIDE = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
READMES = ("README.md", "README.zh-CN.md")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def readme(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def folder(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which a newcomer stands; the database is a fresh one."""
    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    monkeypatch.delenv("GONGJI_DATA", raising=False)
    monkeypatch.delenv("GONGJI_SECRET_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def play(url: str, lines: list[bytes], *, whole: bool = False) -> list[str]:
    platform = assemble(url, Settings.from_environment())
    platform.start()
    gateway = Gateway(platform)
    out = io.StringIO()
    try:
        cli_settle.play(gateway, lines, whole=whole, out=out)
    finally:
        gateway.close()
        platform.stop()
    return out.getvalue().splitlines()


def run_python(program: str, folder: Path) -> str:
    """What a newcomer's paste into python3 prints."""
    run = subprocess.run(
        [sys.executable, "-"],
        input=program,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def within(said: Any, found: Any) -> bool:
    """Whether everything that is said is found; what was left out in the telling may be more."""
    if isinstance(said, dict):
        return all(name in found and within(value, found[name]) for name, value in said.items())
    if isinstance(said, list):
        return len(said) == len(found) and all(map(within, said, found))
    return bool(said == found)


def test_the_ten_lines(folder: Path, db: str) -> None:
    assert cli.main(["demo", "--prepare"]) == 0
    lines = PURCHASE.read_bytes().splitlines()
    played = play(db, lines)
    for name in READMES:
        (told,) = blocks(readme(name), "console")
        shown = [line for line in told.splitlines() if not line.startswith("$")]
        assert len(shown) == len(played) == 5
        for one, real in zip(shown, played, strict=True):
            assert real.startswith(one.removesuffix("...")), name
    assert [line.split("infcode ")[1][:9] for line in play(db, lines)[2:4]] == ["-1 [3141]"] * 2
    fresh = lines[2].replace(b"000000003", b"000000009")
    (reply,) = play(db, [fresh], whole=True)
    explained = json.loads(json.loads(reply)["output"]["setlinfo"]["exp_content"])
    for name in READMES:
        (told,) = blocks(readme(name), "json")
        assert within(json.loads(told), explained), name


@pytest.fixture
def running(folder: Path) -> Iterator[Path]:
    process = start(folder / ".data")
    try:
        yield folder
    finally:
        stop(process)


def test_the_program_over_http(running: Path) -> None:
    first, second = (blocks(readme(name), "python")[0] for name in READMES)
    assert first == second
    told = json.loads(run_python(first, running))
    assert (told["own"], told["aid"], told["cash"]) == (0, 600, 0)
    assert [one["amount"] for one in told["payers"]] == [100, 200, 300]


@pytest.mark.parametrize("name", READMES)
def test_the_number_of_people(name: str) -> None:
    assert re.search(rf"{len(PEOPLE)} (invented people|位虚构人物)", readme(name))


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", readme(name)):
        assert (ROOT / target).exists(), target


def test_an_institution_is_registered_as_the_guide_says(folder: Path, db: str) -> None:
    (program,) = blocks(GUIDE, "python")
    run_python(program, folder)
    registry = Registry(PrivacyBox(Settings.from_environment().secret_key()))
    with psycopg.connect(db) as conn:
        registry.refresh(conn)
    (one,) = registry.all()
    assert one.keys == {"paasid": "hospital-1", "secret": "a long random text"}


def test_the_guide_names_every_field_of_demo_json(folder: Path) -> None:
    assert cli.main(["demo", "--prepare"]) == 0
    content = json.loads((folder / ".data" / "demo.json").read_text(encoding="utf-8"))
    people = content["people"]
    parts = {
        "top": content,
        "`institutions`": content["institutions"][0],
        "`people`": people[0],
        "`chronic`": next(one["chronic"][0] for one in people if one["chronic"]),
        "`story`": people[0]["story"],
        "`account`": people[0]["account"],
        "`authorisations`": people[0]["authorisations"][0],
        "`catalogue`": content["catalogue"][0],
    }
    section = GUIDE.partition("### demo.json")[2].partition("\n## ")[0]
    for part, found in parts.items():
        (row,) = re.findall(rf"^\| {part} \| (.*) \|$", section, re.MULTILINE)
        assert re.findall(r"`(\w+)`", row) == list(found), part
