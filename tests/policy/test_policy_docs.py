# SPDX-License-Identifier: Apache-2.0
"""The guide for jurists: its example is a real file, its lint codes are those lint gives."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from policy_packs import copied

from gongji.policy.lint import lint
from gongji.policy.reading import read_shelf

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "policy-format.md").read_text(encoding="utf-8")
POLICY = ROOT / "src" / "gongji" / "policy"


def test_the_example_is_a_clean_file(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert example
    root = copied(tmp_path)
    (root / "360100" / "inpatient.yaml").write_text(example[1], encoding="utf-8")
    codes = {f.code for f in lint(root, today=dt.date(2026, 12, 1)) if "inpatient" in f.file}
    assert codes == set()
    values = read_shelf(root).packs[360100].values
    assert values["ip.ratio.L3.in"][0].value == 8_500
    assert values["ip.ratio.L3.in"][0].note == "三级医院"


def test_every_code_of_lint_is_explained() -> None:
    given = set()
    for path in POLICY.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("lint"):
            given |= set(re.findall(r'(?:finding|_at)\(\s*\w+(?:\[[^]]+\])?,\s*"([a-z-]+)"', text))
            given |= set(re.findall(r'"", "([a-z-]+)", ', text))
    assert {"ratio", "between", "stale", "overlap", "parent"} <= given
    section = GUIDE[GUIDE.index("## 7.") : GUIDE.index("## 8.")]
    assert {code for code in given if f"`{code}`" not in section} == set()
