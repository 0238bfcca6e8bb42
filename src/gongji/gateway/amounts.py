# SPDX-License-Identifier: Apache-2.0
"""The money identities of a settlement reply (notes of 2101-2305, 5203), as a check.

All amounts are fen. An amount that a reply leaves out or gives as null is not compared: real
replies do both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

FUNDS = (
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "maf_pay",
    "hifdm_pay",
    "oth_pay",
)
SCOPE = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
LINE_SCOPE = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")


def fen(value: Any) -> int | None:
    """An amount of a reply (number or text) in fen; None for null and empty."""
    if value is None or value == "":
        return None
    return int((Decimal(str(value)) * 100).to_integral_exact())


def _get(row: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        found = fen(row.get(name))
        if found is not None:
            return found
    return None


def _sum(row: Mapping[str, Any], names: Sequence[str]) -> int:
    return sum(fen(row.get(name)) or 0 for name in names)


def broken_identities(
    setlinfo: Mapping[str, Any], setldetail: Sequence[Mapping[str, Any]] = ()
) -> list[str]:
    """Which identities a settlement reply breaks, one sentence each; empty when it is sound."""
    total = _get(setlinfo, "medfee_sumamt")
    fund = _get(setlinfo, "fund_pay_sumamt")
    person = _get(setlinfo, "psn_part_amt", "psn_pay")
    account = _get(setlinfo, "acct_pay")
    aid = _get(setlinfo, "acct_mulaid_pay") or 0
    cash = _get(setlinfo, "psn_cash_pay", "pdn_cash_pay", "cash_payamt")
    hospital = _get(setlinfo, "hosp_part_amt", "ownpay_hosp_part") or 0
    if total is None or fund is None or account is None or cash is None:
        return ["an amount is missing"]
    checks = {
        "total = funds + person + hospital": person is None or total == fund + person + hospital,
        "funds add up": fund == _sum(setlinfo, FUNDS),
        "person = account + cash": person is None or person == account + cash,
        "total = scope parts": total == _sum(setlinfo, SCOPE),
        "aid lies inside the account": abs(aid) <= abs(account) and aid * account >= 0,
    }
    rows = [fen(row.get("fund_payamt")) for row in setldetail]
    if rows and None not in rows:
        checks["details = total - cash"] = sum(r or 0 for r in rows) == total - cash
    return [name for name, holds in checks.items() if not holds]


def broken_line(row: Mapping[str, Any]) -> bool:
    """Whether the parts of a line do not add up to its amount."""
    return fen(row.get("det_item_fee_sumamt")) != _sum(row, LINE_SCOPE)
