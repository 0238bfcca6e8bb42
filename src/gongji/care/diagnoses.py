# SPDX-License-Identifier: Apache-2.0
"""Diagnoses as a visit keeps them: documents in plain English keys, replaced by their number.

Keys: in_out (1 admission or visit, 2 discharge), kind (diag_type), sort_no, code, name, main,
valid, and whatever else the door keeps (dept, doctor_no, doctor_name, time, condition).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ON_ARRIVAL = 1
ON_DISCHARGE = 2

Diagnosis = Mapping[str, Any]


def merge(
    kept: Iterable[Diagnosis], sent: Iterable[Diagnosis], in_out: int
) -> list[dict[str, Any]]:
    """Diagnoses after an upload: the same number replaces, ``valid`` False removes, else added.

    Rule: national interface, 2203 and 2403.
    """
    merged = {_key(one): dict(one) for one in kept}
    for one in sent:
        document = {"in_out": in_out, **one}
        if document.pop("valid", True):
            merged[_key(document)] = document
        else:
            merged.pop(_key(document), None)
    return [merged[key] for key in sorted(merged)]


def _key(one: Diagnosis) -> tuple[int, str, int]:
    return int(one.get("in_out", ON_ARRIVAL)), str(one.get("kind", "")), int(one.get("sort_no", 0))
