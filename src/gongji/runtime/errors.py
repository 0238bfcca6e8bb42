# SPDX-License-Identifier: Apache-2.0
"""The one error that a person at the command line reads: a single sentence, no traceback.

Raised for everything that the user can mend (a setting, an address, a file, a busy port).
"""

from __future__ import annotations


class UserError(Exception):
    """A sentence for the person at the terminal; line breaks are folded into one line."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
