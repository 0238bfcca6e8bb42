# SPDX-License-Identifier: Apache-2.0
"""Small pieces measured alone, in microseconds: rules look-up, kernel, gateway's ends, a page.

The median of several rounds of a tight loop; no database, no other thread.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable

from gongji.gateway import envelope
from gongji.gateway.call import fingerprint
from gongji.gateway.inputs import INPUTS
from gongji.kernel.benefit import OUTPATIENT, BenefitState, Bill, settle_benefit
from gongji.kernel.sharing import USE_ACCOUNTS, Payer, share
from gongji.policy.library import PolicyLibrary
from gongji.portal.door import Portal
from gongji.runtime import django_settings
from gongji.settlement.records import CIVIL_TIME
from gongji_bench.crowd import EMPLOYEE, ONE_AREA, Crowd
from gongji_bench.messages import Writer
from gongji_bench.visits import FIRST_VISIT, draw

ROUNDS = 7
LOOP = 2_000
LEVEL, AGE, ADMISSION = 3, 40, 0
FAR_FEN = 10**12
PAGE = "/policy/pay"
PAGE_QUERY = (
    b"area=360100&scheme=employee&status=ret&setting=1&level=3&bill=780&first=66&self=4&own=35.10"
    b"&r1=SPOUSE&b1=100&r2=CHILD&b2=1000&y2=128.50&r3=CHILD&b3=500&st3=paused"
)


def microseconds(work: Callable[[], object], loop: int = LOOP) -> float:
    """Median time of one call."""
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter_ns()
        for _ in range(loop):
            work()
        rounds.append((time.perf_counter_ns() - begin) / loop / 1000)
    return round(statistics.median(rounds), 2)


def measure() -> dict[str, float]:
    """Name of the piece -> microseconds."""
    today = dt.datetime.now(CIVIL_TIME).date()
    library = PolicyLibrary.load()
    policy = library.compiled(ONE_AREA, EMPLOYEE, today)
    rules = policy.benefit(OUTPATIENT, LEVEL, False, AGE, ADMISSION)
    sharing = policy.sharing
    bill = Bill(53_000, 3_000, 0, 0, 50_000)
    state = BenefitState(*([0] * len(BenefitState._fields)))
    givers = [Payer(20_000, 0, 5_000, FAR_FEN, FAR_FEN, FAR_FEN, 0)] * 2

    def look_up() -> object:
        found = library.compiled(ONE_AREA, EMPLOYEE, today)
        return found.benefit(OUTPATIENT, LEVEL, False, AGE, ADMISSION), found.sharing

    def kernel() -> object:
        result = settle_benefit(rules, state, bill)
        current, carried, reasons = [0, 0], [0, 0], [0, 0]
        return share(
            sharing,
            result.burden_fen,
            bill.self_paid_fen,
            result.deductible_fen,
            USE_ACCOUNTS,
            10_000,
            0,
            len(givers),
            givers,
            current,
            carried,
            reasons,
        )

    crowd = Crowd(8, 8)
    sales = draw(crowd, 1, 1, purchases=False, first_id=FIRST_VISIT)
    request = Writer(crowd, sales, 0, dt.datetime.now(CIVIL_TIME)).new(0)
    body = request.partition(b"\r\n\r\n")[2]

    def decode() -> object:
        read = envelope.read(body)
        nodes = INPUTS[read.infno].check(envelope.input_object(read.raw_input))
        return fingerprint(read.infno, nodes)

    django_settings.configure()
    portal = Portal(library, lambda: today)

    def page() -> object:
        return portal.make({"path": PAGE, "headers": []}, PAGE_QUERY, True)

    return {
        "rules look-up (area, scheme, date, setting, level)": microseconds(look_up),
        "kernel: benefit and sharing, two givers": microseconds(kernel),
        "gateway: decode, check, fingerprint of a 2207": microseconds(decode, LOOP // 4),
        "page: what would we pay, three relatives, all variants": microseconds(page, LOOP // 200),
    }
