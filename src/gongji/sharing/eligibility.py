# SPDX-License-Identifier: Apache-2.0
"""Whether a giver may pay for a recipient at all: the rule of ``policy.eligibility``.

It stands in the room of the policy, so that advice for families asks the very same function; this
room offers it to those above with its own kinds of authorisation and coverage.
"""

from __future__ import annotations

from gongji.policy.eligibility import (
    ACCOUNT_NORMAL,
    MAY_PAY,
    NO_ACCOUNT,
    POOL,
    PROVINCE,
    SharingPolicy,
    same_pool,
    same_province,
    why_not,
)

__all__ = [
    "ACCOUNT_NORMAL",
    "MAY_PAY",
    "NO_ACCOUNT",
    "POOL",
    "PROVINCE",
    "SharingPolicy",
    "same_pool",
    "same_province",
    "why_not",
]
