# SPDX-License-Identifier: Apache-2.0
"""The visits that will be settled: drawn by Zipf, priced, loaded in bulk outside the clock.

A stretch of visits belongs to one measured row and is used from its beginning; what a row does
not reach stays unsettled and harms nobody. Amounts are fen.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from typing import Any, NamedTuple

import psycopg

from gongji.kernel.benefit import RESIDENT
from gongji_bench.crowd import EVERYBODY, HOSPITALS, PHARMACIES, Crowd
from gongji_bench.loading import DRUG, copy

FIRST_VISIT = 5_000_000_001  # far above the ids that purchases take from the sequence
BATCH = "B1"
BILL_FEN_MIN, BILL_FEN_MAX = 500, 200_000
SELF_PAID_SHARE = 20  # one part in twenty of every bill is outside the catalogue
OUTPATIENT, ORDINARY, PURCHASE = 1, "11", "41"


class Sale(NamedTuple):
    """One bill: a visit with its charge batch (2207), or a purchase (2102, no visit yet)."""

    index: int  # of the patient in the crowd
    owner: int
    insutype: int
    institution: int
    mdtrt_id: int  # 0 for a purchase
    total_fen: int
    self_paid_fen: int


def draw(
    crowd: Crowd, count: int, seed: int, *, whom: str = EVERYBODY, purchases: bool, first_id: int
) -> list[Sale]:
    """``count`` bills in the order in which they will be sent."""
    rng = random.Random(seed)
    low, span = math.log(BILL_FEN_MIN), math.log(BILL_FEN_MAX / BILL_FEN_MIN)
    found = []
    for number, index in enumerate(crowd.patients(count, whom, rng)):
        total_fen = int(math.exp(low + span * rng.random()))
        if purchases:
            institution, self_paid_fen, mdtrt_id = HOSPITALS + 1 + rng.randrange(PHARMACIES), 0, 0
        else:
            institution, mdtrt_id = 1 + rng.randrange(HOSPITALS), first_id + number
            if crowd.insutype(index) == RESIDENT:
                # What residents' funds pay at levels 2 and 3 is not known: every third is level 1.
                institution = max(3, institution - institution % 3)
            self_paid_fen = total_fen // SELF_PAID_SHARE
        found.append(
            Sale(
                index,
                crowd.owner(index),
                crowd.insutype(index),
                institution,
                mdtrt_id,
                total_fen,
                self_paid_fen,
            )
        )
    return found


def load_visits(
    conn: psycopg.Connection[Any], crowd: Crowd, sales: list[Sale], begun: dt.datetime
) -> None:
    """COPY visits and their charge batches; commits."""
    moment = begun.isoformat()
    visits, batches = [], []
    for sale in sales:
        area = crowd.area(sale.index)
        in_policy_fen = sale.total_fen - sale.self_paid_fen
        visits.append(
            f"{sale.owner}\t{sale.mdtrt_id}\t{sale.institution}\t{OUTPATIENT}\t{ORDINARY}"
            f"\t{sale.insutype}\t1\t{area}\t{moment}\t{moment}"
        )
        document = (
            f'[{{"feedetl_sn":"{sale.mdtrt_id}","med_list_codg":"{DRUG}",'
            f'"amount_fen":{sale.total_fen}}}]'
        )
        batches.append(
            f"{sale.owner}\t{sale.mdtrt_id}\t{BATCH}\t1\t{document}\t{{{sale.mdtrt_id}}}"
            f"\t{sale.total_fen}\t{sale.self_paid_fen}\t0\t0\t{in_policy_fen}\t{moment}"
        )
    copy(
        conn,
        "visit (owner, mdtrt_id, institution_id, setting, med_type, insutype, coverage_no,"
        " insured_area, begun_at, made_at)",
        visits,
    )
    copy(
        conn,
        "fee_batch (owner, mdtrt_id, chrg_bchno, upload_no, lines, serials, total_fen,"
        " self_paid_fen, over_limit_fen, first_self_fen, in_policy_fen, made_at)",
        batches,
    )
    conn.commit()
