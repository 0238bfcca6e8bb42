# SPDX-License-Identifier: Apache-2.0
"""Numbered refusals of the policy room (1100-1199) and the fault of an unreadable pack.

A gap is an answer, not an accident: it names the area, the value, what is missing and why, so
that a person can be told and a jurist can fill it in. Nothing is ever guessed in its place.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from gongji.kernel.errors import Refusal

UNKNOWN_AREA = 1100
VALUE_MISSING = 1101
VALUE_NOT_CONFIRMED = 1102
EFFECTIVE_DATE_UNKNOWN = 1103
AREA_IS_DRAFT = 1104
UNKNOWN_SCHEME = 1105
PACK_UNREADABLE = 1106
BAD_ARGUMENT = 1107
NOT_SETTLED_HERE = 1108

_CONFIDENCE_ZH = {
    "high": "高",
    "medium": "中",
    "decided": "本产品的决定",
    "low": "低",
    "recalled": "凭记忆",
    "unconfirmed": "未确认",
}


def confidence_zh(confidence: str) -> str:
    """The Chinese word for a confidence level (unchanged when unknown)."""
    return _CONFIDENCE_ZH.get(confidence, confidence)


class PolicyGap(Refusal):
    """A value that money would depend on is absent or not confirmed for this area and date."""

    def __init__(self, code: int, zh: str, en: str, *, area: int, key: str, why: str) -> None:
        super().__init__(code, zh, en, area=area, key=key, why=why)
        self.area = area
        self.key = key
        self.why = why


class PackFault(Refusal):
    """A pack file that cannot be read: file, line and reason (one sentence)."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(
            PACK_UNREADABLE,
            f"政策包文件 {file} 第 {line} 行无法读取：{reason}",
            f"policy pack {file}, line {line}: {reason}",
            file=file,
            line=line,
        )
        self.file = file
        self.line = line
        self.reason = reason


def unknown_area(area: int) -> Refusal:
    """There is no pack for the area."""
    return Refusal(
        UNKNOWN_AREA,
        f"没有统筹区 {area} 的政策包",
        f"there is no policy pack for area {area}",
        area=area,
    )


def draft(area: int, name: str) -> Refusal:
    """The pack of the area is not finished: it is shown, nothing is settled by it."""
    return Refusal(
        AREA_IS_DRAFT,
        f"{name}（{area}）的政策包尚未完成，不能据以结算",
        f"the policy pack of area {area} is a draft; nothing is settled by it",
        area=area,
    )


class Topic(NamedTuple):
    """What a gap is about: whose pack, which key, for when, and what the pack says about it."""

    area: int
    area_zh: str
    key: str
    label_zh: str
    label_en: str
    when_zh: str
    when_en: str
    note: str = ""


def day(on: dt.date) -> tuple[str, str]:
    """A day as both languages name it."""
    return f"{on}", f"on {on}"


def period(first: dt.date | None, last: dt.date | None) -> tuple[str, str]:
    """A stretch of days between two changes, in both languages."""
    if first and last:
        return f"{first} 至 {last}", f"from {first} to {last}"
    if first:
        return f"{first} 起", f"from {first}"
    return (f"{last} 以前", f"until {last}") if last else ("任何日期", "on any day")


def _gap(code: int, topic: Topic, why: str, why_zh: str, why_en: str) -> PolicyGap:
    zh = f"{topic.area_zh}（{topic.area}）“{topic.label_zh}”（{topic.key}）{why_zh}"
    if topic.note:
        zh += f"。说明：{topic.note}"
    en = f"area {topic.area}, {topic.key} ({topic.label_en}): {why_en}"
    return PolicyGap(code, zh, en, area=topic.area, key=topic.key, why=why)


def missing(topic: Topic) -> PolicyGap:
    """No record of the value is in force."""
    return _gap(
        VALUE_MISSING,
        topic,
        "missing",
        f"没有{topic.when_zh}的规定值，不能据以结算",
        f"no value is known {topic.when_en}; nothing is paid on a guess",
    )


def not_confirmed(topic: Topic, confidence: str) -> PolicyGap:
    """A record exists but its confidence is below what this library accepts for money."""
    return _gap(
        VALUE_NOT_CONFIRMED,
        topic,
        f"confidence {confidence}",
        f"{topic.when_zh}的数值尚未确认（可信度：{confidence_zh(confidence)}），不能据以结算",
        f"the value {topic.when_en} is not confirmed (confidence: {confidence}), "
        "so it does not decide money",
    )


def undated(topic: Topic) -> PolicyGap:
    """A record exists whose effective date is unknown: it can never decide money."""
    return _gap(
        EFFECTIVE_DATE_UNKNOWN,
        topic,
        "effective date unknown",
        f"施行日期不明，{topic.when_zh}的费用不能据以结算",
        f"the effective date is unknown, so it cannot decide money {topic.when_en}",
    )


def not_settled(topic: Topic) -> PolicyGap:
    """There is a rule of its own for such care that this system cannot settle by."""
    return _gap(
        NOT_SETTLED_HERE,
        topic,
        "not settled here",
        f"是另一条规定，{topic.when_zh}的这类费用本系统还不能按它结算",
        f"is a rule of its own for such care {topic.when_en} that is not settled here",
    )


def bad_argument(zh: str, en: str) -> Refusal:
    """A level, setting, class or scheme that does not exist."""
    return Refusal(BAD_ARGUMENT, zh, en)
