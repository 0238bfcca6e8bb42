# SPDX-License-Identifier: Apache-2.0
"""The visit as other rooms see it; a plain value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

OPEN = 1
DISCHARGED = 2
CANCELLED = 3

# Civil time of the whole country; without summer time, so a fixed offset is exact.
CIVIL_TIME = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit (就诊) or stay; ``detail`` and ``diagnoses`` keep what the institution uploaded."""

    owner: int
    mdtrt_id: int
    institution_id: int
    setting: int
    med_type: str
    insutype: int
    coverage_no: int
    insured_area: int
    admission_no: int
    begun_at: dt.datetime
    ended_at: dt.datetime | None
    status: int
    ipt_otp_no: str
    dise_codg: str
    detail: dict[str, object]
    diagnoses: list[dict[str, object]]
