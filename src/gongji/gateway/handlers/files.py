# SPDX-License-Identifier: Apache-2.0
"""Files between institution and centre: upload (9101), download (9102); kept for a few days.

A file belongs to the institution that sent it or for which it was made; nobody else can fetch it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from gongji.gateway import errors
from gongji.gateway.call import Call
from gongji.gateway.checking import FILE_BYTES_MAX
from gongji.gateway.envelope import civil, reference
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import BOTH, Conn, Download, Handler

KEPT_DAYS = 7
SWEPT_AT_ONCE = 100  # expired files removed by one upload


def store(call: Call, conn: Conn, name: str, body: bytes) -> tuple[str, dt.datetime]:
    """Keep a file; its number and the end of its time."""
    conn.execute(
        "DELETE FROM exchange_file WHERE file_no IN"
        " (SELECT file_no FROM exchange_file WHERE until < %s LIMIT %s)",
        (call.now, SWEPT_AT_ONCE),
    )
    file_no = reference(call.institution.area, call.now)
    until = call.now + dt.timedelta(days=KEPT_DAYS)
    conn.execute(
        "INSERT INTO exchange_file (file_no, institution_id, name, body, until, made_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (file_no, call.institution.institution_id, name, body, until, call.now),
    )
    return file_no, until


def fetch(call: Call, conn: Conn, file_no: str) -> tuple[str, bytes]:
    """Name and content of a file of this institution; Refusal 4121."""
    row = conn.execute(
        "SELECT name, body FROM exchange_file"
        " WHERE file_no = %s AND institution_id = %s AND until >= %s",
        (file_no, call.institution.institution_id, call.now),
    ).fetchone()
    if row is None:
        raise refusal(errors.FILE_UNKNOWN)
    return str(row[0]), bytes(row[1])


def upload(call: Call, conn: Conn) -> Any:
    """9101."""
    row = call.one("fsUploadIn")
    name, body = row["filename"], row["in"]
    if "/" in name or "\\" in name or name.startswith("."):
        raise refusal(errors.FILE_NAME)
    if not body or len(body) > FILE_BYTES_MAX:
        raise refusal(errors.FILE_TOO_LARGE, limit=FILE_BYTES_MAX)
    file_no, until = store(call, conn, name, body)
    return {
        "file_qury_no": file_no,
        "filename": name,
        "fixmedins_code": call.institution.code,
        "dld_endtime": civil(until),
    }


def download(call: Call, conn: Conn) -> Any:
    """9102: the file itself."""
    name, body = fetch(call, conn, call.one("fsDownloadIn")["file_qury_no"])
    return Download(body, name)


HANDLERS: dict[str, Handler] = {"9101": Handler(BOTH, upload), "9102": Handler(BOTH, download)}
