# SPDX-License-Identifier: Apache-2.0
"""Signing in and out (9001, 9002), institutions (1201), dictionaries (1901)."""

from __future__ import annotations

import secrets
from typing import Any

from gongji.care.institutions import Institution
from gongji.gateway import codes, errors
from gongji.gateway.call import Call
from gongji.gateway.envelope import civil
from gongji.gateway.errors import refusal
from gongji.gateway.handlers.base import BOTH, Conn, Handler
from gongji.gateway.replies import Values, hospital_level, shaped

INSTITUTIONS_MAX = 50  # rows of one 1201
_TABLES_SINCE = "2021-12-30 00:00:00"  # day of the national baseline


def sign_in(call: Call, _conn: Conn) -> Any:
    """9001: a number of six digits; nothing depends on it, later messages may leave it out."""
    values = {"sign_time": civil(call.now), "sign_no": f"{secrets.randbelow(10**6):06d}"}
    return {"signinoutb": shaped("9001", "signinoutb", values, call.dialect)}


def sign_out(call: Call, _conn: Conn) -> Any:
    """9002."""
    return {"signoutoutb": {"sign_time": civil(call.now)}}


def institution(call: Call, _conn: Conn) -> Any:
    """1201: by code, or by a word of the name."""
    row = call.one("medinsinfo")
    code, word = row.get("fixmedins_code", ""), row.get("fixmedins_name", "")
    if not code and not word:
        raise refusal(errors.NAME_OR_CODE)
    kind = row["fixmedins_type"]
    found = [
        one
        for one in call.platform.institutions.all()
        if str(one.kind) == kind and (not code or one.code == code) and word in one.name
    ][:INSTITUTIONS_MAX]
    rows = [shaped("1201", "medinsinfo", _described(call, one), call.dialect) for one in found]
    if call.dialect.medinsinfo == "array":
        return {"medinsinfo": rows}
    return {"medinsinfo": rows[0] if rows else None}


def _described(call: Call, one: Institution) -> Values:
    return {
        "fixmedins_code": one.code,
        "fixmedins_name": one.name,
        "uscc": None,
        "fixmedins_type": str(one.kind),
        "hosp_lv": hospital_level(one, call.dialect),
    }


def dictionary(call: Call, _conn: Conn) -> Any:
    """1901: the codes of one dictionary in the edition of the institution."""
    row = call.one()
    found = codes.find(row["type"])
    if found is None:
        raise refusal(errors.DICTIONARY_UNKNOWN, name=row["type"])
    valid = row["Vali_Flag"] != "0"
    rows = [
        {
            "type": row["type"],
            "label": label,
            "value": value,
            "parentValue": row.get("parent_value", ""),
            "sort": number,
            "valiFlag": "1",
            "createUser": "gongji",
            "createDate": _TABLES_SINCE,
            "version": 1,
        }
        for number, (value, label) in enumerate(found.family(call.dialect.codes).items(), 1)
        if valid
    ]
    return {"list": rows}


HANDLERS: dict[str, Handler] = {
    "9001": Handler(BOTH, sign_in),
    "9002": Handler(BOTH, sign_out),
    "1201": Handler(BOTH, institution),
    "1901": Handler(BOTH, dictionary),
}
