# SPDX-License-Identifier: Apache-2.0
"""docs/gateway.md says what the code does: refusals, transactions, options, limits."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from gongji.care import errors as care
from gongji.care.uploads import LINES_PER_VISIT_MAX
from gongji.gateway import checking, envelope, errors, oauth, signatures
from gongji.gateway.dialect import PRESETS, Dialect
from gongji.gateway.explaining import PAYERS_SHOWN
from gongji.gateway.handlers import HANDLERS
from gongji.gateway.handlers.files import KEPT_DAYS
from gongji.gateway.handlers.people import CUM_TYPES
from gongji.gateway.handlers.undo import UNDOABLE
from gongji.settlement import errors as settlement

DOC = (Path(__file__).resolve().parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return DOC.partition(f"## {title}")[2].partition("\n## ")[0]


def test_refusals_are_listed_as_in_the_code() -> None:
    listed = re.search(r"<!-- errors:.*?-->\n(.*?)\n<!-- /errors -->", DOC, re.DOTALL)
    assert listed is not None
    assert listed.group(1) == errors.table()


def test_transactions() -> None:
    listed = set(re.findall(r"\b\d{4}A?\b", section("Transactions").partition("\n\n2101")[0]))
    assert listed == set(HANDLERS)


def test_dialects() -> None:
    text = section("Dialects")
    assert set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == {
        f.name for f in msgspec.structs.fields(Dialect)
    }
    for preset in PRESETS:
        assert f"`{preset}`" in text


def test_numbers_of_other_rooms_exist() -> None:
    known = {
        value
        for module in (care, settlement)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int)
    }
    listed = {
        int(n)
        for n in re.findall(r"^\| (\d{4}) \|", section("Refusals of the rooms"), re.MULTILINE)
    }
    assert listed <= known
    assert len(listed) > 30


@pytest.mark.parametrize(
    "text",
    [
        f"{envelope.BODY_BYTES_MAX // 1024**2} MiB per message",
        f"{checking.ROWS_MAX} rows per node",
        f"{envelope.JSON_DEPTH_MAX} levels of nesting",
        f"{checking.FILE_BYTES_MAX // 1024**2} MiB per file",
        f"{LINES_PER_VISIT_MAX // 1000} {LINES_PER_VISIT_MAX % 1000:03d} lines per",
        f"good for {signatures.REPLAY_SECONDS // 60} minutes",
        f"At most {PAYERS_SHOWN} relatives",
        ", ".join(CUM_TYPES[name] for name in ("op_deductible_fen", "op_scope_fen")),
        "2102,\n  2103, 2207, 2208, 2304, 2305, 2401",
    ],
)
def test_figures(text: str) -> None:
    assert text in DOC


def test_words_for_figures() -> None:
    assert KEPT_DAYS == 7
    assert oauth.TOKEN_SECONDS == 2 * 3600
    assert (oauth.FAILURES_MAX, oauth.FAILURE_SECONDS) == (10, 300)
    assert {"2102", "2103", "2207", "2208", "2304", "2305", "2401"} == UNDOABLE
    for code in CUM_TYPES.values():
        assert code in DOC
