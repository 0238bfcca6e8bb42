# SPDX-License-Identifier: Apache-2.0
"""Codes of the ledger: accounts that postings name, kinds of entries, states of an account.

Sign: who pays is negative, who receives is positive; an entry sums to 0. The numbers are stored
in every posting and sealed with it: they are never reused or given another meaning.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

# Personal account (PA): posting.owner = owner of the account, party = its pooling area.
PA_CURRENT: Final = 1
PA_CARRIED: Final = 2
# Funds: posting.owner = the patient, party = the area where the patient is insured.
FUND_EMPLOYEE_POOLED: Final = 10
FUND_LARGE: Final = 11
FUND_SERIOUS: Final = 12
FUND_SUBSIDY: Final = 13
FUND_AID: Final = 14
FUND_RESIDENT_POOLED: Final = 15
FUND_OTHER: Final = 16
# At the institution: posting.owner = the patient, party = institution_id.
INSTITUTION: Final = 20  # what it receives in all, cash included
CASH: Final = 21
HOSPITAL_SHARE: Final = 22
# Where money of personal accounts comes from: posting.owner = the account's owner, party = area.
CONTRIBUTIONS: Final = 30
INTEREST_PAID: Final = 31
OPENING_BALANCES: Final = 32
# Held for somebody: posting.owner = the owner of the closed account, party = its pooling area.
DUE_TO_HEIRS: Final = 40

ACCOUNT_NAMES: Final = MappingProxyType(
    {
        PA_CURRENT: ("个人账户·当年", "personal account, current year"),
        PA_CARRIED: ("个人账户·历年", "personal account, carried over"),
        FUND_EMPLOYEE_POOLED: ("职工基本医疗统筹基金", "employees' pooled fund"),
        FUND_LARGE: ("大额医疗费用补助", "large-amount supplement"),
        FUND_SERIOUS: ("居民大病保险", "residents' serious-illness insurance"),
        FUND_SUBSIDY: ("公务员医疗补助", "civil servants' subsidy"),
        FUND_AID: ("医疗救助", "medical aid"),
        FUND_RESIDENT_POOLED: ("居民基本医疗统筹基金", "residents' pooled fund"),
        FUND_OTHER: ("其他基金", "other fund"),
        INSTITUTION: ("定点医药机构应收", "institution's receivable"),
        CASH: ("个人现金", "cash of the patient"),
        HOSPITAL_SHARE: ("医院负担", "hospital's share"),
        CONTRIBUTIONS: ("个人账户划入来源", "source of monthly credits"),
        INTEREST_PAID: ("个人账户利息来源", "source of interest"),
        OPENING_BALANCES: ("期初余额", "opening balances"),
        DUE_TO_HEIRS: ("待付继承人", "due to heirs of a closed account"),
    }
)
PERSONAL: Final = frozenset({PA_CURRENT, PA_CARRIED})
FUNDS: Final = frozenset(
    {
        FUND_EMPLOYEE_POOLED,
        FUND_LARGE,
        FUND_SERIOUS,
        FUND_SUBSIDY,
        FUND_AID,
        FUND_RESIDENT_POOLED,
        FUND_OTHER,
    }
)

# Kinds of entries.
SETTLEMENT: Final = 1
REVERSAL: Final = 2  # the mirror of a settlement (or of a restored one)
RESTORE: Final = 3  # the mirror of a reversal that was itself undone
CREDIT: Final = 4  # monthly credit 划入
INTEREST: Final = 5
OPENING: Final = 6  # balance taken over when an account is opened
YEAR_ROLL: Final = 7  # current -> carried at the turn of the year
CORRECTION: Final = 8  # a settlement that takes back what earlier ones of the same stay took

KIND_NAMES: Final = MappingProxyType(
    {
        SETTLEMENT: ("结算", "settlement"),
        REVERSAL: ("撤销结算", "reversal"),
        RESTORE: ("冲正恢复", "restored settlement"),
        CREDIT: ("个人账户划入", "monthly credit"),
        INTEREST: ("个人账户计息", "interest"),
        OPENING: ("期初余额", "opening balance"),
        YEAR_ROLL: ("年度结转", "year-end roll"),
        CORRECTION: ("结算冲减", "settlement with money taken back"),
    }
)
MIRRORS: Final = frozenset({REVERSAL, RESTORE})  # exactly these carry reversal_of
SETTLED: Final = frozenset(
    {SETTLEMENT, REVERSAL, RESTORE, CORRECTION}
)  # exactly these carry a document

# States of an account (account.status). The ledger stores them; other rooms judge by them.
ACTIVE: Final = 1
FROZEN: Final = 2
CLOSED: Final = 3
