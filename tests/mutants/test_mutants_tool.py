# SPDX-License-Identifier: Apache-2.0
"""The mutants' own tool: what must be killed is, what must survive does, and it says so."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from mutants_operators import mutants_of  # noqa: E402
from mutants_run import SURVIVORS, Listed, place_of, rooms  # noqa: E402

PRODUCT = '''"""A product."""
import functools

FEE_FEN = 7
CODE = 3

@functools.lru_cache
def fee(count: int) -> int:
    if count < 10:
        return count * FEE_FEN
    return 70

class Gate:
    def __init__(self) -> None:
        super().__init__()
        self.open = 0

    @property
    def shut(self) -> bool:
        return FEE_FEN > 6 and CODE == 3
'''
CHECKS = '''"""Its tests."""
from product import Gate, fee

def test_fee():
    assert (fee(2), fee(9), fee(11)) == (14, 63, 70)

def test_gate():
    assert Gate().shut
'''
# At 10 both branches give 70, so the bound may lie on either side of it.
ALIKE = """
[[survivor]]
module = "product"
function = "fee"
statement = "if count < 10:"
change = "count < 10 -> count <= 10"
reason = "10 x 7 = 70: the branches meet"

[[survivor]]
module = "product"
function = "fee"
statement = "if count < 10:"
change = "10 -> 11"
reason = "the same bound in other words"
"""


def changes(text: str) -> list[str]:
    made = mutants_of("product", ast.parse(text))
    assert len({one.key for one in made}) == len(made)
    return [one.change for one in made]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "product.py").write_text(PRODUCT)
    (tmp_path / "test_product.py").write_text(CHECKS)
    (tmp_path / "survivors.toml").write_text(ALIKE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def play(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(sys.executable, str(HERE / "mutants_run.py"), "--jobs", "2", "--grace", "1"),
        *("--file", str(folder / "product.py"), "--tests", str(folder / "test_product.py")),
        *("--survivors", str(folder / "survivors.toml"), "--cache", str(folder / "cache.json")),
        *options,
    ]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


def outcomes(folder: Path) -> dict[str, str]:
    kept = json.loads((folder / "cache.json").read_text())
    return {key.split(" | ")[2]: outcome for key, (_, outcome, _) in kept.items()}


def test_a_fault_that_a_test_sees_is_killed_and_one_that_none_sees_survives(folder: Path) -> None:
    done = play(folder)
    found = outcomes(folder)
    assert found["count < 10 -> count >= 10"] == "killed"
    assert found["count * FEE_FEN -> count // FEE_FEN"] == "killed"
    assert found["7 -> 8"] == "killed"  # a constant, and a cache that has been filled
    assert found["FEE_FEN > 6 and CODE == 3 -> FEE_FEN > 6 or CODE == 3"] == "survived"
    assert found["count < 10 -> count <= 10"] == "survived"
    assert found["super().__init__() -> pass"] == "survived"
    assert "not judged" not in done.stdout
    assert done.returncode == 1
    assert "survives: product.py:20 Gate.shut: FEE_FEN > 6 and CODE == 3" in done.stdout
    assert found["10 -> 9"] == "killed"  # nine of them cost 63
    assert "survives: product.py:9" not in done.stdout  # listed, with the reason
    # What is known is not run again until the tests change; then as many as are asked for.
    assert "mutants to run" not in play(folder).stdout
    (folder / "test_product.py").write_text(CHECKS + "\n# another text\n")
    assert "own: 3 mutants to run" in play(folder, "--sample", "3", "--seed", "5").stdout


def test_listed_survivors_are_no_fault(folder: Path) -> None:
    (folder / "product.py").write_text(PRODUCT.partition("class Gate")[0])
    (folder / "test_product.py").write_text(
        '"""Tests."""\nfrom product import fee\n\ndef test_fee():\n'
        "    assert [fee(n) for n in (0, 2, 9, 11)] == [0, 14, 63, 70]\n"
    )
    done = play(folder)
    assert done.returncode == 0, done.stdout
    assert "0 survive that survivors.toml does not explain" in done.stdout


def test_an_endless_loop_is_ended(folder: Path) -> None:
    (folder / "product.py").write_text(
        '"""A loop."""\n\ndef fee(count: int) -> int:\n    while count > 0:\n        count -= 1\n'
        "    return count\n"
    )
    (folder / "test_product.py").write_text(
        '"""Tests."""\nfrom product import fee\n\ndef test_fee():\n    assert fee(3) == 0\n'
    )
    play(folder)
    assert outcomes(folder)["count -= 1 -> pass"] == "timed out"


def test_without_tests_that_pass_nothing_is_claimed(folder: Path) -> None:
    (folder / "test_product.py").write_text('"""T."""\ndef test_it():\n    assert False\n')
    done = play(folder)
    assert done.returncode == 2
    assert "left out, fails without a fault" in done.stdout


def test_a_survivor_without_a_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "survivors.toml"
    path.write_text(ALIKE)
    assert len(Listed(path).reasons) == 2
    for broken in (ALIKE.replace("10 x 7 = 70: the branches meet", " "), ALIKE + ALIKE):
        path.write_text(broken)
        with pytest.raises(SystemExit):
            Listed(path)


def test_what_is_listed_is_still_made() -> None:
    """An entry whose statement has changed explains nothing any more."""
    made = {
        place_of(mutant)
        for room in rooms(())
        for source in room.sources
        for mutant in source.mutants
    }
    assert set(Listed(SURVIVORS).reasons) <= made


def test_faults_of_every_kind_are_made() -> None:
    made = changes(
        "def f(a: int, b: list) -> int:\n"
        "    g(a)\n"
        "    while a and b:\n"
        "        a += 1\n"
        "        if not a in b:\n"
        "            continue\n"
        "        break\n"
        "    return min(a, -b[0]) if a else [c for c in b if c.d]\n"
    )
    for change in (
        "g(a) -> pass",
        "a and b -> a or b",
        "a and b -> not (a and b)",
        "a += 1 -> pass",
        "a += 1 -> a -= 1",
        "1 -> 2",
        "not a in b -> a in b",
        "a in b -> a not in b",
        "continue -> break",
        "break -> continue",
        "min(a, -b[0]) -> max(a, -b[0])",
        "-b[0] -> b[0]",
        "a -> not a",
        "c.d -> not c.d",
    ):
        assert change in made


def test_texts_codes_and_annotations_are_left_alone() -> None:
    assert (
        changes(
            '"""Module."""\nCODE = 3\n\nclass A:\n    kind: int = 4\n\n'
            'def f(a: "int < 3", b=5):\n    """Words."""\n    a = f"{b + 1}" + "x"\n'
        )
        == []
    )
    raised = changes("def f(a):\n    raise E(a + 1)\n")
    assert raised == ["raise E(a + 1) -> pass"]


def test_a_key_outlives_lines_that_move() -> None:
    text = "def f(a):\n    return a > 1\n"
    before = [one.key for one in mutants_of("m", ast.parse(text))]
    assert [one.key for one in mutants_of("m", ast.parse("\n\n# words\n" + text))] == before
