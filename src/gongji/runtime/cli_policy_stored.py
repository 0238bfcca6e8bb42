# SPDX-License-Identifier: Apache-2.0
"""Packs in the database: ``gongji policy publish``, and the library that ``--seen-on`` asks for.

The driver and the settlement room are imported when a database is asked, not for every action.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

from gongji.policy.library import PolicyLibrary
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime.errors import UserError

END_OF_DAY = dt.time.max


def add_parser(actions: Any) -> None:
    """Register the action."""
    parser = actions.add_parser(
        "publish",
        help="keep the packs in the database, as a gateway does when it starts",
        description="Keep the packs in GONGJI_DATABASE_URL (or the embedded server).",
    )
    args_of.add_packs(parser)
    parser.set_defaults(do=run, writes=True)


def add_options(show: argparse.ArgumentParser) -> None:
    """The options of ``show`` that ask the database."""
    show.add_argument(
        "--from-database", action="store_true", help="the packs that this installation kept"
    )
    show.add_argument("--seen-on", help="as this installation held them at the end of that day")


def run(args: argparse.Namespace) -> int:
    """Publish the packs; raises UserError, PackFault, PostgresError."""
    from gongji.runtime.postgres import connect
    from gongji.settlement.publications import publish

    library = PolicyLibrary.load(args.packs)
    with _database() as url, connect(url) as conn:
        new = publish(conn, library, dt.datetime.now(args_of.CIVIL_TIME))
        conn.commit()
    count = len(library.areas())
    print(f"published the packs of {count} areas" if new else f"nothing new in {count} areas")
    return 0


def library(args: argparse.Namespace) -> PolicyLibrary:
    """The library that ``show`` asks: of a folder, or kept in the database; raises UserError."""
    if not args.from_database:
        if args.seen_on:
            raise UserError("--seen-on asks the database: add --from-database")
        return PolicyLibrary.load(args.packs)
    if args.packs is not None:
        raise UserError("--packs and --from-database exclude each other")
    from gongji.runtime.postgres import connect
    from gongji.settlement.publications import library_at

    day = args_of.day_or_today(args.seen_on, "--seen-on")
    moment = dt.datetime.combine(day, END_OF_DAY, args_of.CIVIL_TIME)
    with _database() as url, connect(url) as conn:
        try:
            return library_at(conn, moment)
        except LookupError as why:
            raise UserError(str(why)) from None


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """The database of the settings, migrated; raises UserError."""
    from gongji.runtime import migrate
    from gongji.runtime.settings import Settings

    with Settings.from_environment().database() as url:
        if migrate.pending(url):
            raise UserError("the database has an older schema: run gongji migrate first")
        yield url
