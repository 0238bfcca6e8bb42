# SPDX-License-Identifier: Apache-2.0
"""The two ways to say no: a numbered refusal for callers, and an invariant that stops the writer.

Refusals are answers (bad input, a rule that forbids); they change nothing and are safe to retry
after correction. An InvariantError means that going on could be wrong: nothing is committed.
"""

from __future__ import annotations

# Numbers of this room: 1000-1099.
NUMBER_UNREADABLE = 1001
DECIMALS_TOO_MANY = 1002
NUMBER_TOO_LARGE = 1003
RATIO_OUT_OF_RANGE = 1004


class Refusal(Exception):
    """A numbered, expected refusal with its reason in Chinese and English.

    ``code`` is unique in the product and stable; ``details`` hold the figures behind the
    sentence (amounts in fen) for logs and tests, never personal data.
    """

    def __init__(self, code: int, zh: str, en: str, **details: int | str | None) -> None:
        super().__init__(f"[{code}] {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.details = details


class InvariantError(RuntimeError):
    """Something that must never happen did; the writer stops rather than go on wrong."""
