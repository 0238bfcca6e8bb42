# SPDX-License-Identifier: Apache-2.0
"""The server's settings: durable by default, sized to the machine, closed to the network.

Written to gongji.conf in the cluster at every start, so that an update of these rules reaches
clusters made before. Nothing here may weaken a commit; tests pass their own overrides.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

SHARED_BUFFERS_MB_MAX = 2048
SHARED_BUFFERS_MB_MIN = 32
MEMORY_SHARE = 4  # one part in four of the machine's memory
CONNECTIONS_MAX = 100
MEMORY_LIMIT_FILES = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
FILE_NAME = "gongji.conf"


def memory_mb() -> int:
    """Memory of the machine or of the container, whichever is smaller, in MiB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in MEMORY_LIMIT_FILES:
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total // (1024 * 1024)


def default_shared_buffers_mb() -> int:
    """A quarter of the memory, at most 2 GB."""
    return max(SHARED_BUFFERS_MB_MIN, min(SHARED_BUFFERS_MB_MAX, memory_mb() // MEMORY_SHARE))


def settings(shared_buffers_mb: int, lz4: bool) -> dict[str, str]:
    """Every setting that we decide, by name."""
    chosen = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": str(CONNECTIONS_MAX),
        "shared_buffers": f"{shared_buffers_mb}MB",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_wal_size": "4GB",
        "checkpoint_completion_target": "0.9",
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
        "datestyle": "iso, ymd",
        "lc_messages": "C",
        "logging_collector": "off",
        "log_destination": "stderr",
        "log_line_prefix": "%m [%p] ",
        "log_min_error_statement": "panic",  # statements carry personal data
        "log_lock_waits": "on",
    }
    if lz4:
        chosen["default_toast_compression"] = "lz4"
    return chosen


def write(cluster: Path, chosen: Mapping[str, str]) -> Path:
    """Write gongji.conf and make postgresql.conf read it last; returns the file."""
    lines = ["# Written by Gongji at every start; changes made here are lost."]
    for name, value in chosen.items():
        quoted = value.replace("\\", "\\\\").replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    file = cluster / FILE_NAME
    file.write_text("\n".join(lines) + "\n")
    main = cluster / "postgresql.conf"
    include = f"include = '{FILE_NAME}'"
    if include not in main.read_text():
        with main.open("a") as out:
            out.write(f"\n{include}\n")
    return file


def last_port(cluster: Path) -> int | None:
    """The port of the previous start, from gongji.conf; None before the first."""
    try:
        match = re.search(r"^port = '(\d+)'$", (cluster / FILE_NAME).read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match.group(1)) if match else None
