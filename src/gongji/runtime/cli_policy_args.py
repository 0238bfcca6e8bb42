# SPDX-License-Identifier: Apache-2.0
"""Arguments that the actions of ``gongji policy`` share, read in one way."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from gongji.runtime.errors import UserError

CIVIL_TIME = ZoneInfo("Asia/Shanghai")


def add_packs(parser: argparse.ArgumentParser) -> None:
    """The option that names another folder of packs."""
    parser.add_argument("--packs", type=Path, help="folder of packs (default: those shipped)")


def add_lang(parser: argparse.ArgumentParser) -> None:
    """The option that chooses the language of the words."""
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the words")


def day(text: str, option: str) -> dt.date:
    """A day written YYYY-MM-DD; raises UserError."""
    try:
        if len(text) != len("YYYY-MM-DD"):
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option} {text!r} is not a day; write YYYY-MM-DD") from None


def day_or_today(text: str | None, option: str) -> dt.date:
    """The day that was given, or today in China."""
    return day(text, option) if text else dt.datetime.now(CIVIL_TIME).date()


def area(text: str) -> int:
    """An area code; raises UserError."""
    if not text.isdigit() or not text.isascii():
        raise UserError(f"{text!r} is not an area code; write six digits, such as 360100")
    return int(text)


def write(text: str, out: Path | None, what: str) -> int:
    """Print text, or write it to a file and say so; raises UserError. Returns the exit code."""
    if out is None:
        print(text)
        return 0
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as why:
        raise UserError(f"{out}: {why.strerror}") from None
    print(f"wrote {what} to {out}")
    return 0
