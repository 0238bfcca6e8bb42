# SPDX-License-Identifier: Apache-2.0
"""Chapters of the library: which keys stand together under which name, in reading order."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Topic(NamedTuple):
    """One chapter: its word in addresses, its names, what it answers, and beginnings of keys."""

    slug: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    prefixes: tuple[str, ...]


TOPICS: tuple[Topic, ...] = (
    Topic("sharing", "家庭共济", "Family sharing",
          "谁能给谁用、先扣谁的、能用在哪里", "who may give to whom, in which order, for what",
          ("ma.", "area.")),
    Topic("account", "个人账户", "Personal account",
          "每月进多少钱、先花哪一部分", "what is credited, which part is spent first", ("pa.",)),
    Topic("outpatient", "职工门诊", "Employees: outpatient",
          "看门诊、到药店，医保付多少", "what the fund pays at clinics and pharmacies", ("op.",)),
    Topic("inpatient", "职工住院", "Employees: stays",
          "住院起付线、比例和封顶", "deductible, ratio and cap of a stay", ("ip.",)),
    Topic("chronic", "职工慢特病", "Employees: chronic illness",
          "长期吃药看病的门诊待遇", "outpatient care of long illness", ("chr.",)),
    Topic("childbirth", "生育", "Childbirth",
          "产检和生孩子", "antenatal care and birth", ("mat.", "ip.childbirth.",
                                             "res.ip.childbirth.")),
    Topic("subsidy", "公务员补助", "Civil servants' subsidy",
          "公务员的补充待遇", "what civil servants get beside", ("sub.",)),
    Topic("residents-outpatient", "居民门诊", "Residents: outpatient",
          "老人、孩子等居民医保看门诊", "the residents' scheme at clinics", ("res.op.",)),
    Topic("residents-inpatient", "居民住院", "Residents: stays",
          "居民医保住院", "the residents' scheme in hospital", ("res.ip.",)),
    Topic("residents-chronic", "居民慢特病", "Residents: chronic illness",
          "居民医保的慢特病门诊", "long illness in the residents' scheme", ("res.chr.",)),
    Topic("serious", "居民大病保险", "Residents: serious illness",
          "自付太多时再报一次", "a second payment when the burden is high", ("res.serious.",)),
    Topic("aid", "医疗救助", "Medical aid",
          "困难家庭的救助", "help for families in need", ("aid.",)),
    Topic("premium", "缴费", "Premiums",
          "交多少钱、什么时候交", "how much, and when to pay", ("res.premium.", "premium.")),
    Topic("flexible", "灵活就业", "Flexible employment",
          "自己参加职工医保的人", "those who insure themselves", ("flex.",)),
    Topic("elsewhere", "异地就医", "Care elsewhere",
          "到外地看病，先自付多少", "treatment away from home", ("xr.", "care.")),
    Topic("waiting", "等待期", "Waiting periods",
          "断保以后多久才能报", "when cover begins after a break", ("wait.",)),
    Topic("claims", "手工报销", "Manual claims",
          "先垫钱，回来报", "pay first, claim later", ("claim.",)),
)  # fmt: skip
OTHER = Topic("other", "其他", "Other", "未归入以上各章的", "what fits nowhere above", ("",))
BY_SLUG = {topic.slug: topic for topic in (*TOPICS, OTHER)}


@lru_cache(maxsize=8192)
def topic_of(key: str) -> Topic:
    """The chapter of a key: the longest beginning decides; OTHER when there is none."""
    best, length = OTHER, 0
    for topic in TOPICS:
        for prefix in topic.prefixes:
            if key.startswith(prefix) and len(prefix) > length:
                best, length = topic, len(prefix)
    return best
