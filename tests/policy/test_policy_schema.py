# SPDX-License-Identifier: Apache-2.0
"""The schema for editors accepts every shipped file and knows the keys, units and choices."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gongji.policy import yamlpos
from gongji.policy.keys import KEYS, spec_of
from gongji.policy.library import PACKS, PolicyLibrary
from gongji.policy.schema import KINDS, for_editors
from gongji.policy.units import UNITS
from gongji.runtime import cli


def as_editors_read(found: Any) -> Any:
    """Data as a YAML 1.2 editor sees it: a day is text."""
    if isinstance(found, dict):
        return {key: as_editors_read(value) for key, value in found.items()}
    if isinstance(found, list):
        return [as_editors_read(item) for item in found]
    return found.isoformat() if isinstance(found, dt.date) else found


def kind_of(path: Path) -> str:
    if path.parent.name == "cases":
        return "cases"
    name = "claims" if path.name.startswith("claims") else path.stem
    return name if name in KINDS else "values"


def faults(kind: str, data: object) -> list[str]:
    validator = Draft202012Validator(for_editors(kind))
    return [error.message for error in validator.iter_errors(data)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_shipped_file_is_accepted(kind: str) -> None:
    Draft202012Validator.check_schema(for_editors(kind))
    paths = [path for path in sorted(PACKS.rglob("*.yaml")) if kind_of(path) == kind]
    assert paths
    validator = Draft202012Validator(for_editors(kind))
    for path in paths:
        data, _ = yamlpos.read(path, path.name)
        found = [error.message for error in validator.iter_errors(as_editors_read(data))]
        assert found == [], path


def values(key: str, value: object, **more: object) -> dict[str, object]:
    return {
        "area": 360100,
        "topic": "x",
        "blocks": [{"unit": "percent", "values": {key: value}, **more}],
    }


@pytest.mark.parametrize(
    ("data", "right"),
    [
        (values("ip.ratio.L3.in", 85), True),
        (values("ip.ratio.L4.in", 85), False),
        (values("ip.ratios.L3", 85), False),
        (values("flex.2024.publishedYear", "7070.28", unit="yuan_per_year"), True),
        (values("ma.confirmWithin", 5, unit="minutes"), True),
        (values("ma.confirmWithin", 5, unit="minute"), False),
        (values("ma.giverOrder", "LATEST_BOUND_FIRST", unit="choice"), True),
        (values("ma.giverOrder", {"value": "SINGLE", "note": "x"}, unit="choice"), True),
        (values("ma.giverOrder", "RANDOM", unit="choice"), False),
        (values("ma.giverOrder", {"value": "RANDOM"}, unit="choice"), False),
        (values("ma.giverOrder", {"value": "SINGLE", "form": "x"}, unit="choice"), False),
        (values("ma.giverOrder", None, unit="choice", confidence="unconfirmed"), True),
    ],
)
def test_words_are_checked_in_the_editor(data: dict[str, object], right: bool) -> None:
    assert (faults("values", data) == []) is right


def test_every_key_and_unit_is_known() -> None:
    schema = for_editors("values")
    assert schema["$defs"]["shared"]["properties"]["unit"]["enum"] == list(UNITS)
    block = schema["$defs"]["values"]["properties"]["blocks"]["items"]["allOf"][1]
    written = block["properties"]["values"]
    assert len(written["properties"]) + len(written["patternProperties"]) == len(KEYS)
    library = PolicyLibrary.load()
    for area in library.areas():
        for key in library.keys(area):
            named = key in written["properties"]
            matched = [p for p in written["patternProperties"] if re.search(p, key)]
            assert named or len(matched) == 1, key
            assert spec_of(key) is not None


def test_the_command_prints_and_writes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["policy", "schema"]) == 0
    assert "anyOf" in json.loads(capsys.readouterr().out)
    assert cli.main(["policy", "schema", "--kind", "notes"]) == 0
    assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/notes"
    assert cli.main(["policy", "schema", "--out", str(tmp_path / "schemas")]) == 0
    capsys.readouterr()
    names = {path.name for path in (tmp_path / "schemas").iterdir()}
    assert names == {f"policy-{kind}.schema.json" for kind in KINDS}
    (tmp_path / "file").write_text("x")
    for args in (["--kind", "other"], ["--out", str(tmp_path / "file")]):
        assert cli.main(["policy", "schema", *args]) == 2
        assert capsys.readouterr().err.count("\n") == 1
