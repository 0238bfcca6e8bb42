# SPDX-License-Identifier: Apache-2.0
"""Logs: JSON lines in which no certificate number, name, phone or secret can be read."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import date

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gongji.runtime import logs
from gongji.runtime.errors import UserError

CERT = "360102199003078515"
PHONE = "13812345678"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What is logged; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    root.handlers[:] = kept
    root.setLevel(level)
    structlog.reset_defaults()


def line(out: io.StringIO) -> dict[str, object]:
    lines = out.getvalue().splitlines()
    assert len(lines) == 1, lines
    found: dict[str, object] = json.loads(lines[0])
    return found


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("psn_name", "王小明", "王*明"),
        ("giver_name", "李四", "李*"),
        ("name", "欧阳一二", "欧**二"),
        ("fixmedins_name", "南昌市第一医院", "南昌市第一医院"),
        ("certno", CERT, "360*************15"),
        ("mdtrt_cert_no", "E12345678", "E12****78"),
        ("tel", PHONE, "138******78"),
        ("mobile", 13812345678, "138******78"),
        ("password", "geheim", "***"),
        ("access_token", "abc", "***"),
        ("secret_key", b"abc", "***"),
        ("fund_pay_fen", 123456, 123456),
        ("person_id", 13812345678, 13812345678),
        ("key_date", "2026-01-01", "2026-01-01"),
        ("body", b"\x00\x01", "<2 bytes>"),
        ("flag", True, True),
        ("none", None, None),
    ],
)
def test_fields_are_masked_by_their_name(name: str, value: object, shown: object) -> None:
    assert logs.mask_field(name, value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"no person {CERT} here", "no person 360*************15 here"),
        ("old 360102900307851 form", "old 360**********51 form"),
        ("end in X: 36010219900307851X", "end in X: 360*************1X"),
        (f"call {PHONE}!", "call 138******78!"),
        ("msgid H36010000001202611221200001234", "msgid H36010000001202611221200001234"),
        ("postgresql://gongji:abc@db/x", "postgresql://gongji:***@db/x"),
        ('{"psn_name": "王小明", "n": 1}', '{"psn_name": "王*明", "n": 1}'),
        ("姓名：张三丰", "姓名：张*丰"),
        ("paid 12345678 fen on 2026-11-22", "paid 12345678 fen on 2026-11-22"),
    ],
)
def test_free_text_is_masked_by_its_form(text: str, shown: str) -> None:
    assert logs.mask_text(text) == shown


def test_containers_are_masked_inside() -> None:
    body = {
        "input": {"data": [{"psn_name": "王小明", "certno": CERT, "amt_fen": 5}]},
        "x": (PHONE,),
    }
    assert logs.mask_field("body", body) == {
        "input": {"data": [{"psn_name": "王*明", "certno": "360*************15", "amt_fen": 5}]},
        "x": ["138******78"],
    }
    deep: object = CERT
    for _ in range(20):
        deep = [deep]
    assert CERT not in str(logs.mask_field("x", deep))


def test_one_json_line_with_time_and_level(out: io.StringIO) -> None:
    structlog.get_logger("gongji.test").info("settled", fund_pay_fen=5, word="共济")
    found = line(out)
    assert found.pop("at")
    assert found == {
        "event": "settled",
        "fund_pay_fen": 5,
        "word": "共济",
        "level": "info",
        "logger": "gongji.test",
    }


def test_other_libraries_and_tracebacks_are_masked(out: io.StringIO) -> None:
    try:
        raise ValueError(f"bad certno {CERT}, phone {PHONE}")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("refused %s", CERT, extra={"tel": PHONE})
    text = out.getvalue()
    assert CERT not in text
    assert PHONE not in text
    found = line(out)
    assert "ValueError" in str(found["exception"])
    assert found["tel"] == "138******78"


def test_a_library_with_a_stream_of_its_own_is_masked_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As uvicorn's own configuration leaves its loggers: not handed on, with their own handler."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    stream = io.StringIO()
    library = logging.getLogger("gongji.test.library")
    library.addHandler(logging.StreamHandler(sys.stderr))
    library.propagate = False
    try:
        logs.configure("info", stream)
        library.error("refused %s", CERT)
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
        structlog.reset_defaults()
    assert "360*************15" in stream.getvalue()
    assert capsys.readouterr() == ("", "")


def test_context_is_added_and_masked(out: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request="r1", psn_name="王小明"):
        structlog.get_logger().warning("slow")
    assert (line(out)["request"], line(out)["psn_name"]) == ("r1", "王*明")


def test_below_the_level_nothing_is_written(out: io.StringIO) -> None:
    structlog.get_logger().debug("quiet")
    logging.getLogger("x").debug("quiet")
    assert out.getvalue() == ""


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(UserError, match="no log level"):
        logs.configure("loud")


DATES = st.dates(min_value=date(1850, 1, 1), max_value=date(2040, 12, 31))


@given(DATES, st.integers(0, 999), st.text(max_size=20), st.text(max_size=20))
def test_no_certificate_number_survives(day: date, order: int, before: str, after: str) -> None:
    number = f"360102{day:%Y%m%d}{order:03d}X"
    assert number not in logs.mask_text(f"{before} {number} {after}")
