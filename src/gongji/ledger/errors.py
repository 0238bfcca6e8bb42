# SPDX-License-Identifier: Apache-2.0
"""Numbered refusals of the ledger room (3000-3099), and the walls of the database put into them.

Faults of a caller (unbalanced entry, unknown account code) are InvariantErrors, not refusals.
"""

from __future__ import annotations

import psycopg
from psycopg import errors as pg

from gongji.kernel.errors import InvariantError, Refusal

ALREADY_REVERSED = 3001
BALANCE_NOT_ENOUGH = 3002
ACCOUNT_MISSING = 3003
YEAR_NOT_ENDED = 3010


def already_reversed() -> Refusal:
    """The entry has been reversed before; nothing was posted."""
    return Refusal(
        ALREADY_REVERSED, "该笔记账已撤销，不能重复撤销", "this entry has been reversed already"
    )


def balance_not_enough() -> Refusal:
    """A bucket of a personal account would become negative; nothing was posted."""
    return Refusal(
        BALANCE_NOT_ENOUGH, "个人账户余额不足，未记账", "balance too low, nothing was posted"
    )


def account_missing(owner: int) -> Refusal:
    """The person has no personal account; nothing was posted."""
    return Refusal(
        ACCOUNT_MISSING, "该参保人没有个人账户，未记账", f"{owner} has no personal account"
    )


def year_not_ended(year: int) -> Refusal:
    """The year-end roll was asked for before the year was over."""
    return Refusal(
        YEAR_NOT_ENDED, f"{year} 年度尚未结束，不能结转", f"the year {year} is not over yet"
    )


def translate(error: psycopg.Error) -> Exception:
    """What a database error of a posting statement means; the error itself if it means nothing.

    Matched by SQLSTATE and prefix: on sharded servers constraint names carry the shard number.
    """
    name = error.diag.constraint_name or ""
    if isinstance(error, pg.UniqueViolation):
        if name.startswith("entry_reversal_of"):
            return already_reversed()
        if name.startswith(("entry_", "posting_")):
            return InvariantError(f"an entry id was used twice ({name})")
    if isinstance(error, pg.CheckViolation) and name.startswith("account_"):
        return balance_not_enough()
    if isinstance(error, pg.DivisionByZero):
        return InvariantError("accounts should have moved that did not")
    return error
