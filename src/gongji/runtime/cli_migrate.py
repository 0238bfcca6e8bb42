# SPDX-License-Identifier: Apache-2.0
"""``gongji migrate``: bring the database to the schema of this version, or say what is missing."""

from __future__ import annotations

import argparse

from gongji.runtime import migrate
from gongji.runtime.settings import Settings

EXAMPLE = """\
The database is the one in GONGJI_DATABASE_URL, else the embedded one in GONGJI_DATA (./.data).

example:
  gongji migrate
  GONGJI_DATABASE_URL=postgresql://gongji@db.example/gongji gongji migrate --check
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "migrate",
        help="bring the database to the schema of this version",
        description="Bring the database to the schema of this version.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit code 1 if steps are missing"
    )


def run(args: argparse.Namespace) -> int:
    """Migrate, or with --check list what is missing."""
    with Settings.from_environment().database(progress=print) as url:
        if args.check:
            missing = migrate.pending(url)
            for room, step in missing:
                print(f"missing: {room}.{step}")
            print("the database lacks steps" if missing else "the database is up to date")
            return 1 if missing else 0
        applied = migrate.migrate(url, print)
        print(f"{len(applied)} steps applied" if applied else "the database is up to date")
    return 0
