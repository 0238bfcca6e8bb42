# SPDX-License-Identifier: Apache-2.0
"""Numbered refusals of the room (2000-2099); each says what is wrong and what to do next.

No message carries personal data: a certificate or a name never ends up in a log through an error.
"""

from __future__ import annotations

from gongji.kernel.errors import Refusal

CERTIFICATE_MALFORMED = 2001
CERTIFICATE_CHECK_DIGIT = 2002
CERTIFICATE_AREA_UNKNOWN = 2003
CERTIFICATE_DATE_IMPOSSIBLE = 2004
CERTIFICATE_CONTRADICTED = 2005
CERTIFICATE_TAKEN = 2006
NUMBER_TAKEN = 2007
KEY_TAKEN = 2008
PERSON_UNKNOWN = 2010
NAME_DIFFERS = 2011
NAME_MISSING = 2012
COVERAGE_UNKNOWN = 2020
COVERAGE_EXISTS = 2021
STATUS_UNKNOWN = 2022
DATES_REVERSED = 2023
FILING_EXISTS = 2030
FILING_UNKNOWN = 2031
FILING_UNSUITED = 2032
FILING_CLASS = 2033
BOX_UNREADABLE = 2040

_TEXTS: dict[int, tuple[str, str]] = {
    CERTIFICATE_MALFORMED: (
        "证件号码格式不正确：居民身份证应为17位数字加1位校验码",
        "malformed certificate number: an identity number has 17 digits and a check character",
    ),
    CERTIFICATE_CHECK_DIGIT: (
        "证件号码校验码不正确，请核对后重新输入",
        "the check character of the identity number is wrong; compare it with the document",
    ),
    CERTIFICATE_AREA_UNKNOWN: (
        "证件号码前两位不是已知的省级代码",
        "the identity number does not begin with a known province code",
    ),
    CERTIFICATE_DATE_IMPOSSIBLE: (
        "证件号码中的出生日期不存在或在将来",
        "the birth date inside the identity number does not exist or lies in the future",
    ),
    CERTIFICATE_CONTRADICTED: (
        "填写的性别或出生日期与证件号码不一致",
        "sex or birth date differ from what the identity number says",
    ),
    CERTIFICATE_TAKEN: (
        "该证件号码已登记，请直接查询已有人员",
        "this certificate is registered already; look the person up instead",
    ),
    NUMBER_TAKEN: (
        "该人员编号已被使用",
        "this person number is taken",
    ),
    KEY_TAKEN: (
        "该凭证已属于其他人员，请先解除原绑定",
        "this credential belongs to another person; release it there first",
    ),
    PERSON_UNKNOWN: (
        "查无此人，请核对凭证或证件号码",
        "no such person; check the credential or certificate number",
    ),
    NAME_DIFFERS: (
        "姓名与登记信息不一致，请核对",
        "the name differs from the registered one",
    ),
    NAME_MISSING: ("姓名不能为空", "the name must not be empty"),
    COVERAGE_UNKNOWN: (
        "没有该参保关系",
        "the person has no such insurance relation",
    ),
    COVERAGE_EXISTS: (
        "该参保关系序号已存在",
        "an insurance relation with this number exists already",
    ),
    STATUS_UNKNOWN: (
        "参保状态应为0至4",
        "an insurance status lies between 0 and 4",
    ),
    DATES_REVERSED: (
        "结束日期早于开始日期",
        "the end lies before the beginning",
    ),
    FILING_EXISTS: (
        "该病种在这段时间已有备案",
        "this disease is filed already for a part of that time",
    ),
    FILING_UNKNOWN: (
        "没有该病种的有效备案",
        "there is no filing of this disease",
    ),
    FILING_UNSUITED: (
        "该病种与参保人性别不符，不能备案",
        "the disease does not occur in persons of this sex and cannot be filed",
    ),
    FILING_CLASS: (
        "病种类别应为 1（一类）或 2（二类）",
        "the class of a filed disease is 1 or 2",
    ),
    BOX_UNREADABLE: (
        "加密数据无法解开：密钥不符或数据已损坏，请检查密钥配置",
        "encrypted data cannot be opened: another key or damaged data; check the configured key",
    ),
}


def refusal(code: int, **details: int | str | None) -> Refusal:
    """The refusal with that number; ``details`` are figures for logs, never personal data."""
    zh, en = _TEXTS[code]
    return Refusal(code, zh, en, **details)


def numbers() -> tuple[int, ...]:
    """Every number of the room, for tests and documentation."""
    return tuple(_TEXTS)
