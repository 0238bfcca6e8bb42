# SPDX-License-Identifier: Apache-2.0
"""How an institution's system writes and reads messages, as data: a preset and its changes.

The national text leaves room and clients filled it differently; every choice here was seen in a
real client (docs/gateway.md names them). Unknown options are refused when the institution is
loaded, so that a misspelt option never changes money silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gongji.gateway.schema import TRANSACTIONS

NUMBER = "number"
STRING = "string"
EXACT = "exact"
ROUNDED = "rounded"


class Dialect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Choices of one institution; the defaults are the national text."""

    infcode: str = NUMBER  # number | string
    success: str | None = None  # err_msg of a success: null, "", "success" or "成功"
    medinsinfo: str = "single"  # single | array (1201)
    person_output: str = "object"  # object | array: output of 1101 is an array of one
    line_amounts: str = EXACT  # exact | rounded: further decimals half-up, or refused
    codes: str = "hn"  # hn | jx | js: tables served by 1901 and labels
    exp_content: str = "exp_content"  # or expContent
    exp_in_output: str = ""  # expContent: beside setlinfo under that name, not inside
    camel: bool = False  # reply members in camel case
    output: str = "object"  # object | string (JSON text)
    encrypted: bool = False  # input and output as Base64 of SM4
    empty_output: str = "null"  # null | object, for transactions without output
    acct_used_flag: str = "national"  # hunan: 1 own account only, 2 relatives too
    extras: str = ""  # chongqing: the additional members of its settlement replies
    account_years: bool = False  # 1101 baseinfo.exp_content with current and carried balance
    hosp_lv: str = "plain"  # plain 2 | two_digits 02
    no_ceiling: str = "999999"  # pric_uplmt_amt of an item without price ceiling
    trial_time: bool = True  # setl_time in trials; else null
    stmt_rslt: str = "hn"  # hn 0/1 | jx 0/1/2/3 | hb 000000/000103
    stmt_acct: str = "national"  # acct_pay of statements: national (relatives included) | own | sum
    stmt_file_acct: str = ""  # the same for the file of 3202 alone; "" = as stmt_acct
    also_named: dict[str, str] = {}  # members of setlinfo under a further name as well
    fund_codes: dict[str, str] = {}  # own fund_pay_type codes, e.g. 310200 -> 310201
    body_sign: str = ""  # "" | input (SM2 over input) | envelope (SM2 over sorted members)
    envelope: dict[str, str | None] = {}  # further constant members of a reply

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"dialect option {name} must be one of {allowed}")
        for name, other in self.also_named.items():
            if name not in _SETLINFO or other in _SETLINFO:
                raise ValueError(f"dialect option also_named: {name} as {other} is not possible")


_SETLINFO: frozenset[str] = frozenset(
    field.name
    for transaction in TRANSACTIONS.values()
    for node in transaction.outputs.values()
    if node.name == "setlinfo"
    for field in node.fields
)
_ALLOWED: dict[str, tuple[str, ...]] = {
    "infcode": (NUMBER, STRING),
    "medinsinfo": ("single", "array"),
    "person_output": ("object", "array"),
    "line_amounts": (EXACT, ROUNDED),
    "codes": ("hn", "jx", "js"),
    "exp_content": ("exp_content", "expContent"),
    "exp_in_output": ("", "expContent"),
    "output": ("object", "string"),
    "empty_output": ("null", "object"),
    "acct_used_flag": ("national", "hunan"),
    "extras": ("", "chongqing"),
    "hosp_lv": ("plain", "two_digits"),
    "no_ceiling": ("999999", "99999999.000000"),
    "stmt_rslt": ("hn", "jx", "hb"),
    "stmt_acct": ("national", "own", "sum"),
    "stmt_file_acct": ("", "national", "own", "sum"),
    "body_sign": ("", "input", "envelope"),
}

PRESETS: dict[str, dict[str, Any]] = {
    "national": {"codes": "jx"},
    "hunan": {"acct_used_flag": "hunan", "envelope": {"message": ""}, "trial_time": False},
    "jiangxi": {"codes": "jx", "exp_content": "expContent"},
    "zhejiang": {
        "codes": "js",
        "medinsinfo": "array",
        "account_years": True,
        "hosp_lv": "two_digits",
        "no_ceiling": "99999999.000000",
        "trial_time": False,
    },
    "hebei": {
        "codes": "js",
        "exp_in_output": "expContent",
        "trial_time": False,
        "envelope": {"enctype": ""},
    },
    "chongqing": {
        "extras": "chongqing",
        "fund_codes": {"310200": "310201"},
        "envelope": {"enctype": ""},
    },
    "guangdong": {
        "codes": "jx",
        "medinsinfo": "array",
        "also_named": {"psn_part_amt": "psn_part_am"},
    },
    "guangzhou": {
        "codes": "jx",
        "medinsinfo": "array",
        "person_output": "array",
        "also_named": {"psn_part_amt": "psn_part_am"},
    },
    "jiangsu": {"codes": "js", "medinsinfo": "array"},
    "shanghai": {"infcode": STRING, "exp_content": "expContent"},
    "sichuan": {"infcode": STRING},
    "jilin": {
        "infcode": STRING,
        "success": "成功",
        "encrypted": True,
        "body_sign": "input",
        "stmt_acct": "sum",
        "stmt_file_acct": "national",
    },
    "hubei": {
        "infcode": STRING,
        "success": "",
        "output": "string",
        "body_sign": "envelope",
        "stmt_rslt": "hb",
    },
}

NATIONAL = Dialect()


def dialect_of(stored: Mapping[str, Any]) -> Dialect:
    """The dialect from its stored form ``{"preset": name, option: value, ...}``; else ValueError.

    Unencrypted test set-ups of an encrypting preset say ``{"preset": "jilin", "encrypted":
    false, "body_sign": ""}``.
    """
    options = dict(stored)
    preset = options.pop("preset", None)
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"unknown dialect preset {preset!r}")
    merged = {**(PRESETS[preset] if preset else {}), **options}
    try:
        return msgspec.convert(merged, Dialect)
    except msgspec.ValidationError as error:
        raise ValueError(f"dialect: {error}") from None
