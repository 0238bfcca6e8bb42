# SPDX-License-Identifier: Apache-2.0
"""The few files that pages need, kept in memory under names that change with their content."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
NAME_DIGITS = 12  # of the SHA-256 of the content, in the name


class Asset(NamedTuple):
    """One file as it is sent."""

    address: str
    media_type: str
    content: bytes
    squeezed: bytes  # gzip


def load(folder: Path = FOLDER) -> dict[str, Asset]:
    """All files of the folder by their plain name."""
    found = {}
    for file in sorted(folder.iterdir()):
        kind = TYPES.get(file.suffix)
        if kind is None:
            continue
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:NAME_DIGITS]
        address = f"{PREFIX}{file.stem}.{digest}{file.suffix}"
        found[file.name] = Asset(address, kind, content, gzip.compress(content, mtime=0))
    return found
