# SPDX-License-Identifier: Apache-2.0
"""The register of claims is complete, every place exists, and a planted slip is named."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest
from policy_packs import copied, replace

from gongji.policy.claims import Claim, concerns, read_claims, standing
from gongji.policy.library import PolicyLibrary
from gongji.policy.lint import lint
from gongji.runtime import cli

TODAY = dt.date(2026, 12, 1)


def registered() -> list[Claim]:
    claims, faults = read_claims()
    assert faults == []
    return claims


def test_every_claim_has_its_place_once() -> None:
    numbers = Counter(claim.id for claim in registered())
    assert dict(numbers) == {f"C{number:03d}": 1 for number in range(1, 231)}


def test_every_value_exists() -> None:
    library = PolicyLibrary.load()
    found = [standing(claim, library, TODAY) for claim in registered()]
    assert [item.claim.id for item in found if item.lacking] == []


def test_claims_that_were_judged_by_hand() -> None:
    by_id = {claim.id: claim for claim in registered()}
    # A retained balance of 2,000 yuan is Fujian's; "family account first" is wrong everywhere;
    # a total that does not follow from its parts is not a value; the parent's card is never shown.
    for number in ("C016", "C033", "C056", "C164", "C223", "C148"):
        assert by_id[number].kind == "rejected", number
    assert by_id["C200"].kind == by_id["C230"].kind == "out_of_scope"
    assert (by_id["C109"].kind, by_id["C127"].text) == ("rejected", "C109")
    library = PolicyLibrary.load()
    (amount,) = standing(by_id["C075"], library, TODAY).records
    assert (amount.key, amount.value) == ("res.premium.2025.personal", 40_000)


def test_a_note_and_the_register_agree() -> None:
    by_id = {claim.id: claim for claim in registered()}
    library = PolicyLibrary.load()
    for area in (100000, 360000):
        for note in library.pack(area).notes:
            for number in note.claims:
                claim = by_id[number]
                claim = by_id[claim.text] if claim.kind == "repeats" else claim
                if note.kind == "rejected":
                    assert claim.kind in {"rejected", "out_of_scope"}, number


def test_a_province_includes_its_cities() -> None:
    numbers = {claim.id for claim in registered() if concerns(claim, "360000")}
    assert {"C001", "C069"} <= numbers  # the province, and Jiujiang
    assert {claim.id for claim in registered() if concerns(claim, "360400")} == {"C069", "C070"}
    assert "C039" not in numbers  # names no region


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("claims-a.yaml", "area: 360000, key: ma.proof", "area: 360000, key: ma.prof", "C029"),
        ("claims-a.yaml", "key: ma.relations, on: 2024-12-09", "key: ma.relations, on: 2019-01-01",
         "C015"),
        ("claims-a.yaml", "repeats: C004", "repeats: C404", "C013"),
        ("claims-a.yaml", "repeats: C004", "repeats: C018", "C013"),
        ("360000/notes.yaml", "claims: [C036]", "claims: [C936]", "C936"),
    ],
)  # fmt: skip
def test_a_place_that_does_not_exist_is_named(
    tmp_path: Path, file: str, old: str, new: str, where: str
) -> None:
    root = copied(tmp_path)
    replace(root, file, old, new)
    assert [(f.code, f.key, f.file) for f in lint(root, today=TODAY)] == [("claim", where, file)]


def test_a_claim_with_two_places_or_twice_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    replace(root, "claims-a.yaml", "repeats: C004", 'repeats: C004, rejected: "x"')
    replace(root, "claims-c.yaml", "C230:", "C001:")
    codes = {(f.code, f.key) for f in lint(root, today=TODAY)}
    assert ("claim", "C001") in codes
    assert {code for code, _ in codes} >= {"schema", "claim"}


def test_a_folder_without_a_register_is_not_checked(tmp_path: Path) -> None:
    root = copied(tmp_path)
    for path in root.glob("claims*.yaml"):
        path.unlink()
    assert lint(root, today=TODAY) == []


def test_the_table_for_people_and_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["policy", "claims", "--region", "360000"]) == 0
    out = capsys.readouterr().out
    assert "C033  江西省 360000 · 扣款次序: 优先使用共济账户" in out
    assert "未采用: 官方问答写先用本人账户" in out
    assert cli.main(["policy", "claims", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert sum(data["counts"].values()) == len(data["claims"]) == 230
    row = next(claim for claim in data["claims"] if claim["id"] == "C227")
    assert [value["shown"] for value in row["values"]] == ["380 元", "640 元"]


@pytest.mark.parametrize("region", ["999999", "南昌"])
def test_a_region_without_claims_is_one_line(
    capsys: pytest.CaptureFixture[str], region: str
) -> None:
    assert cli.main(["policy", "claims", "--region", region]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
