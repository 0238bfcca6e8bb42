# SPDX-License-Identifier: Apache-2.0
"""The matrix of coverage is made from the packs; a few cells are compared with the list by hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from policy_packs import block, written

from gongji.policy.coverage import GROUPS, Cell, matrix
from gongji.policy.errors import PolicyGap
from gongji.policy.library import PolicyLibrary
from gongji.runtime import cli

DAY = dt.date(2026, 3, 1)


def cells(library: PolicyLibrary, area: int, on: dt.date = DAY) -> dict[str, Cell]:
    (line,) = (each for each in matrix(library, on) if each.area == area)
    return dict(zip((group.id for group in GROUPS), line.cells, strict=True))


@pytest.mark.parametrize(
    ("area", "group", "confidence"),
    [
        # The list of what was found, compiled by hand when the documents were read.
        (360100, "credit", "medium"),
        (360100, "relations", "high"),
        (360100, "retained", ""),  # a decision of the product is no document
        (360100, "order", "high"),
        (360100, "outpatient", "medium"),
        (360100, "inpatient", "high"),
        (360400, "inpatient", "medium"),
        (360100, "large", "low"),
        (360100, "premium", "medium"),
        (360100, "elsewhere", "medium"),
        (360100, "deadline", "unconfirmed"),  # looked for, no document found
        (360100, "waiting", "high"),
    ],
)
def test_cells_of_jiangxi(area: int, group: str, confidence: str) -> None:
    assert cells(PolicyLibrary.load(), area)[group].confidence == confidence


@pytest.mark.parametrize("area", [420500, 520400])
def test_an_open_word_on_long_term_care_does_not_hide_the_nations_uses(area: int) -> None:
    found = cells(PolicyLibrary.load(), area)["uses"]
    assert (found.confidence, found.area) == ("high", 100000)


def test_a_cell_tells_where_its_value_comes_from() -> None:
    found = cells(PolicyLibrary.load(), 360100)
    assert found["inpatient"].area == 360100
    assert found["outpatient"].area == 360000
    assert found["waiting"].area == 100000
    # Before the notice of 2025-07-01 only a portal's figures were known; the cap is the province's.
    earlier = cells(PolicyLibrary.load(), 360100, dt.date(2024, 1, 1))
    assert (earlier["inpatient"].confidence, earlier["inpatient"].key) == ("medium", "ip.cap")


def test_what_is_only_unconfirmed_or_decided_here_is_said(tmp_path: Path) -> None:
    doubted = block("claim.deadline", "null", unit="text", confidence="unconfirmed")
    decided = block("ma.giverOrder", "CONFIGURED", unit="choice", confidence="decided")
    root = written(
        tmp_path, {100000: [doubted], 990000: [decided.replace("source: DOC", "source: OWN")]}
    )
    with (root / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write("  OWN: {title: 决定, address: a, date: 2020-01-01, grade: P}\n")
    found = cells(PolicyLibrary.load(root), 990000)
    assert found["deadline"].confidence == "unconfirmed"
    assert found["order"].confidence == ""


def test_a_weak_text_that_deviates_from_a_product_decision_denies_and_is_still_found(
    tmp_path: Path,
) -> None:
    """The decision does not speak for a place with a text of its own, however weak that is."""
    decided = block("ma.giverOrder", "SINGLE", unit="choice", confidence="decided")
    weak = block(
        "ma.giverOrder",
        "CONFIGURED",
        unit="choice",
        confidence="low",
        more="inherit_if_unconfirmed: true",
    )
    root = written(
        tmp_path, {100000: [decided.replace("source: DOC", "source: OWN")], 990000: [weak]}
    )
    with (root / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write("  OWN: {title: 决定, address: a, date: 2020-01-01, grade: P}\n")
    library = PolicyLibrary.load(root)
    with pytest.raises(PolicyGap, match="not confirmed"):
        library.require(990000, "ma.giverOrder", DAY)
    assert cells(library, 990000)["order"] == Cell("low", 990000, "ma.giverOrder")


def test_the_matrix_for_people_and_machines(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    day = ("policy", "coverage", "--date", "2026-03-01")
    assert cli.main([*day]) == 0
    out = capsys.readouterr().out
    assert "360100" in out
    assert "H*" in out
    assert cli.main([*day, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    areas = {area["area"]: area for area in data["areas"]}
    assert {360000, 360100} <= set(areas)
    assert 100000 not in areas
    assert areas[360100]["cells"]["inpatient"]["confidence"] == "high"
    page = tmp_path / "coverage.html"
    assert cli.main([*day, "--html", "--lang", "en", "--out", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert '<th scope="row">Nanchang 360100</th>' in text
    assert "high (nation)" in text
    assert "<script" not in text


@pytest.mark.parametrize(
    "args", [("--date", "soon"), ("--json", "--html"), ("--out", "/no/such/folder/x")]
)
def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str], args: tuple[str, ...]) -> None:
    assert cli.main(["policy", "coverage", *args]) == 2
    assert capsys.readouterr().err.count("\n") == 1
