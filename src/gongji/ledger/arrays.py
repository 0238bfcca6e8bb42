# SPDX-License-Identifier: Apache-2.0
"""Array literals for ``unnest``: one join per column instead of one adaptation per element.

Measured against binary arrays and COPY, see docs/ledger.md. Only integers, hex and ISO dates are
written here, none of which can break out of a literal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable


def ints(values: Iterable[int]) -> str:
    """Literal of integers; the statement casts it."""
    return "{" + ",".join(map(str, values)) + "}"


def optional_ints(values: Iterable[int | None]) -> str:
    """Literal of integers, None as NULL."""
    return "{" + ",".join(["NULL" if v is None else str(v) for v in values]) + "}"


def dates(values: Iterable[dt.date]) -> str:
    """Literal of dates."""
    return "{" + ",".join([v.isoformat() for v in values]) + "}"


def blobs(values: Iterable[bytes]) -> str:
    """Literal of bytea in hex form."""
    return "{" + ",".join(['"\\\\x' + v.hex() + '"' for v in values]) + "}"
