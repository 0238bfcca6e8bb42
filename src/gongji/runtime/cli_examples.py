# SPDX-License-Identifier: Apache-2.0
"""``gongji examples``: the files of messages that come along, to read, to copy, to play."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from gongji.runtime import examples
from gongji.runtime.errors import UserError

EXAMPLE = """\
They are made for the demonstration. What a message leaves open, such as ${mdtrt_id}, gongji settle
fills in from the replies before it and from the clock.

example:
  gongji examples
  gongji demo --prepare && gongji examples outpatient | gongji settle -
  gongji examples stay --replies
  gongji examples --out examples
"""


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "examples",
        help="files of messages to read, to copy, to play",
        description="Files of messages of the national interface, each with its replies.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", help="print this one; without a name they are listed")
    parser.add_argument(
        "--replies", action="store_true", help="print what a fresh demonstration answers instead"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="copy all of them there")


def run(args: argparse.Namespace) -> int:
    """List, print or copy; raises UserError."""
    if args.out is not None:
        if args.name or args.replies:
            raise UserError("--out copies all of them: leave name and --replies out")
        print(f"copied {_copy(args.out)} files to {args.out}")
    elif args.name:
        text = examples.read(args.name)
        if args.replies:
            file = examples.FOLDER / f"{args.name}{examples.REPLIES}.jsonl"
            text = file.read_text(encoding="utf-8")
        print(text, end="")
    elif args.replies:
        raise UserError("--replies needs a name, for example: gongji examples stay --replies")
    else:
        for name, shown in examples.SHOWN.items():
            print(f"{name:<15} {shown}")
    return 0


def _copy(folder: Path) -> int:
    """Copy every file that does not exist yet; raises UserError for one that does."""
    files = sorted(examples.FOLDER.glob("*.jsonl"))
    for file in files:
        if (folder / file.name).exists():
            raise UserError(f"{folder / file.name} exists already: nothing was copied")
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)
    return len(files)
