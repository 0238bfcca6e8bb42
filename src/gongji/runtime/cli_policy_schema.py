# SPDX-License-Identifier: Apache-2.0
"""``gongji policy schema``: the JSON Schema of pack files, for editors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from gongji.policy import schema
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime.errors import UserError

EXAMPLE = """\
An editor with the YAML language server checks a file that begins with
  # yaml-language-server: $schema=FOLDER/policy-values.schema.json

examples:
  gongji policy schema --kind values
  gongji policy schema --out schemas
"""


def add_parser(actions: Any) -> None:
    """Register the action."""
    parser = actions.add_parser(
        "schema",
        help="JSON Schema of the files, with all keys and units, for editors",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kind", choices=schema.KINDS, help="of one kind of file (default: any)")
    parser.add_argument("--out", type=Path, help="folder to write one file for each kind into")
    parser.set_defaults(do=run)


def run(args: argparse.Namespace) -> int:
    """Print a schema or write them all; raises UserError."""
    if args.out is None:
        print(_text(args.kind))
        return 0
    kinds = (args.kind,) if args.kind else schema.KINDS
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise UserError(f"{args.out}: {why.strerror}") from None
    for kind in kinds:
        args_of.write(_text(kind), args.out / schema.FILE_OF_KIND.format(kind), "a schema")
    return 0


def _text(kind: str | None) -> str:
    return json.dumps(schema.for_editors(kind), ensure_ascii=False, indent=2)
