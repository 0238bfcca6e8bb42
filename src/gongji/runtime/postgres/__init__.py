# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL for this installation: the embedded server, or any server named by its URL.

``open_database`` is the only door the rest of the runtime needs: it yields a URL that answers.
"""

from __future__ import annotations

from gongji.runtime.postgres.binaries import Binaries, PostgresError, bundled, from_folder
from gongji.runtime.postgres.connect import check_reachable, connect, hide_password, open_database
from gongji.runtime.postgres.server import EmbeddedPostgres

__all__ = [
    "Binaries",
    "EmbeddedPostgres",
    "PostgresError",
    "bundled",
    "check_reachable",
    "connect",
    "from_folder",
    "hide_password",
    "open_database",
]
