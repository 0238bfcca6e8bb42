# SPDX-License-Identifier: Apache-2.0
"""``gongji serve``: the national interface on a migrated database, until it is told to stop."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from typing import Any

from gongji.runtime import migrate
from gongji.runtime.errors import UserError
from gongji.runtime.server import serve
from gongji.runtime.settings import Settings


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "serve",
        help="serve the national interface on a database",
        description="Serve the gateway on GONGJI_DATABASE_URL (or the embedded server).",
        epilog="example:\n  GONGJI_DATABASE_URL=postgresql://... gongji serve --port 8600\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", help="address to listen on (GONGJI_HOST)")
    parser.add_argument("--port", type=int, help="port, 0 = any free one (GONGJI_PORT)")
    parser.add_argument("--workers", type=int, help="processes (GONGJI_WORKERS)")


def run(args: argparse.Namespace) -> int:
    """Serve; returns 0 after a clean stop, raises UserError."""
    settings = Settings.from_environment()
    changes = {
        name: getattr(args, name)
        for name in ("host", "port", "workers")
        if getattr(args, name) is not None
    }
    if changes.get("workers", 1) < 1 or not 0 <= changes.get("port", 0) <= 65535:
        raise UserError("--workers must be at least 1 and --port between 0 and 65535")
    settings = dataclasses.replace(settings, **changes)
    with settings.database(_progress) as url:
        if migrate.pending(url):
            raise UserError("the database has an older schema: run gongji migrate first")
        serve(url, settings, on_ready=lambda port: print(f"ready on {settings.host}:{port}"))
    return 0


def _progress(text: str) -> None:
    print(text, file=sys.stderr)
