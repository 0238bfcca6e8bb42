# SPDX-License-Identifier: Apache-2.0
"""What each transaction does: one module per family, joined into one table by infno.

A handler translates checked rows into a call of a room below and its result into an output. It
holds no rules and writes nothing itself.
"""

from __future__ import annotations

from gongji.gateway.handlers import (
    base,
    files,
    info,
    lookups,
    people,
    purchases,
    statements,
    stays,
    undo,
    visits,
)
from gongji.gateway.handlers.base import Download, Handler, Money, Prepared

HANDLERS: dict[str, Handler] = {
    **info.HANDLERS,
    **people.HANDLERS,
    **purchases.HANDLERS,
    **visits.HANDLERS,
    **stays.HANDLERS,
    **undo.HANDLERS,
    **statements.HANDLERS,
    **lookups.HANDLERS,
    **files.HANDLERS,
}

__all__ = ["HANDLERS", "Download", "Handler", "Money", "Prepared", "base"]
