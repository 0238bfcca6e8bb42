# SPDX-License-Identifier: Apache-2.0
"""Words of the tools: what would we pay, may I, premium, cover, questions."""

from __future__ import annotations

TOOLS: dict[str, tuple[str, str]] = {
    "tool_pay": ("我家要付多少", "What would we pay?"),
    "tool_pay_sub": ("一张账单，谁付多少、为什么", "one bill: who pays what, and why"),
    "tool_may": ("能不能用", "May I?"),
    "tool_may_sub": ("给谁用、用在哪里，行不行", "for whom and for what it may be used"),
    "tool_premium": ("居民医保要交多少", "Premium"),
    "tool_premium_sub": ("一年多少钱，什么时候交", "how much for a year, and when"),
    "tool_covered": ("什么时候能报", "When am I covered?"),
    "tool_covered_sub": ("晚交、断交，等多久", "late or broken payment: how long to wait"),
    "tool_questions": ("大家常问", "What people ask"),
    "tool_questions_sub": ("一问一答，都有出处", "answers with their sources"),
}
