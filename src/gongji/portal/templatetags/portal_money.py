# SPDX-License-Identifier: Apache-2.0
"""Amounts in templates: whole fen become yuan with two decimals, by integers alone."""

from __future__ import annotations

from django import template

register = template.Library()


def yuan(amount_fen: int) -> str:
    """123456 -> 1,234.56; a negative amount keeps its sign."""
    whole, rest = divmod(abs(amount_fen), 100)
    return f"{'−' if amount_fen < 0 else ''}{whole:,}.{rest:02d}"


register.filter("yuan", yuan)
