# SPDX-License-Identifier: Apache-2.0
"""``gongji serve``: the national interface on a migrated database, until it is told to stop."""

from __future__ import annotations

import argparse
import contextlib
import os
from typing import Any

from gongji.runtime import migrate
from gongji.runtime.errors import UserError
from gongji.runtime.printing import tell
from gongji.runtime.server import reserve, serve
from gongji.runtime.settings import WORKERS_MAX, Settings

OPTIONS = ("host", "port", "workers")


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "serve",
        help="serve the national interface and the pages on a database",
        description="Serve the gateway, and pages under /policy, on GONGJI_DATABASE_URL"
        " (or the embedded server).",
        epilog="example:\n  GONGJI_DATABASE_URL=postgresql://... gongji serve --port 8600\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", help="address to listen on (GONGJI_HOST)")
    parser.add_argument("--port", help="port, 0 = any free one (GONGJI_PORT)")
    parser.add_argument(
        "--workers",
        help=f"processes, 1 to {WORKERS_MAX} (GONGJI_WORKERS); from 2 on one of them writes"
        " and the others answer",
    )


def run(args: argparse.Namespace) -> int:
    """Serve; returns 0 after a clean stop, raises UserError."""
    # An option is the variable of the same name: the same bounds hold for both.
    given = {f"GONGJI_{name.upper()}": getattr(args, name) for name in OPTIONS}
    options = {name: value for name, value in given.items() if value is not None}
    settings = Settings.from_environment({**os.environ, **options})
    with (
        contextlib.closing(reserve(settings.host, settings.port)) as listener,
        settings.database(tell) as url,
    ):
        if migrate.pending(url):
            raise UserError("the database has an older schema: run gongji migrate first")
        serve(url, settings, listener, on_ready=lambda port: _ready(settings.host, port))
    return 0


def _ready(host: str, port: int) -> None:
    # Whoever reads this through a pipe waits for it.
    print(f"ready on {host}:{port}", flush=True)
