# SPDX-License-Identifier: Apache-2.0
"""``gongji settle``: a file of messages through the gateway, in process."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import pytest
from gateway_world import PHARMACY, City, purchase

from gongji.runtime import cli_settle
from gongji.runtime.errors import UserError


def played(city: City, lines: list[bytes], *, whole: bool = False) -> tuple[int, list[str]]:
    out = io.StringIO()
    code = cli_settle.play(city.gateway, lines, whole=whole, out=out)
    return code, out.getvalue().splitlines()


def test_outcome_per_line(city: City) -> None:
    p = city.person(current=1_000)
    wife = city.person(current=9_000)
    city.authorise(wife, p, 10)
    message = json.dumps(city.message("2102", purchase(p), code=PHARMACY)).encode()
    code, lines = played(city, [message, b"\n", message, b"  "])
    assert code == 0
    assert len(lines) == 2
    assert lines[0].startswith("1 2102 infcode 0, setl_id ")
    assert "total 30.00" in lines[0]
    assert "of relatives" in lines[0]
    assert lines[0].partition(" ")[2] == lines[1].partition(" ")[2]
    code, lines = played(city, [message], whole=True)
    assert json.loads(lines[0])["output"]["setlinfo"]["medfee_sumamt"] == 30


def test_a_refused_message_is_exit_code_one(city: City) -> None:
    code, lines = played(city, [b"{}", b"[", json.dumps(city.message("9999", {})).encode()])
    assert code == 1
    assert lines[0].startswith("1 ? infcode -1 [4040]")
    assert lines[1].startswith("2 ? infcode -1 [4011]")
    assert lines[2].startswith("3 9999 infcode -1 [4020]")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        cli_settle.run(argparse.Namespace(file=str(tmp_path / "none"), json=False))
