# SPDX-License-Identifier: Apache-2.0
"""How long a test waits before it gives up.

A limit of seconds is a promise on a machine of one's own. ``make test`` also runs on machines that
are busy with something else, where the same limit only says when a test hangs; ``make nightly``
holds the promise itself.
"""

from __future__ import annotations

import os

# A limit times this.
LOADED = 1 if os.environ.get("GONGJI_NIGHTLY") == "1" else 6
