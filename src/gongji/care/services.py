# SPDX-License-Identifier: Apache-2.0
"""The door of the room: every way to change or read visits, stays and fee lines.

Services take the connection first; the caller owns the transaction and commits. All changes of a
patient's visits run one after the other, and never beside a settlement of that patient.
"""

from __future__ import annotations

from gongji.care.fee_times import check_kept_times, first_day
from gongji.care.outpatient import cancel_visit, register_visit, upload_details
from gongji.care.reading import (
    StoredLine,
    diagnoses_of,
    lines_of,
    load_visit,
    lock_patient,
    open_stay_of,
    visits_of,
)
from gongji.care.returns import tie_returns
from gongji.care.stays import admit, cancel_admission, cancel_discharge, change, discharge
from gongji.care.uploads import (
    ALL_BATCHES,
    LINES_PER_VISIT_MAX,
    cancel_lines,
    cancel_stay_lines,
    upload_lines,
)

__all__ = [
    "ALL_BATCHES",
    "LINES_PER_VISIT_MAX",
    "StoredLine",
    "admit",
    "cancel_admission",
    "cancel_discharge",
    "cancel_lines",
    "cancel_stay_lines",
    "cancel_visit",
    "change",
    "check_kept_times",
    "diagnoses_of",
    "discharge",
    "first_day",
    "lines_of",
    "load_visit",
    "lock_patient",
    "open_stay_of",
    "register_visit",
    "tie_returns",
    "upload_details",
    "upload_lines",
    "visits_of",
]
