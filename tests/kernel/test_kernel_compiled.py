# SPDX-License-Identifier: Apache-2.0
"""The same kernel, compiled: every figure equal to the fen over many random years.

One driver runs plain and compiled; it settles a bill, shares it, moves the year on and back.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from gongji.kernel import benefit as b
from gongji.kernel import sharing as s
from gongji.kernel.compiling import Kernel, compiled

numba = pytest.importorskip("numba")
np = pytest.importorskip("numpy")

OUTPUTS = 66  # 3 x 2 of sharing, then 13 + 6 + 9 + 9 + 6 figures, 3 x 2 and 6 of a further bill
NONE = b.NO_LIMIT_FEN
BenefitRules, BenefitState, Bill = b.BenefitRules, b.BenefitState, b.Bill
SharingRules, SharingResult, Payer = s.SharingRules, s.SharingResult, s.Payer


def driver(kernel: Kernel, compiler: Callable[[Any], Any]) -> Any:
    """A function over one row of inputs and outputs that uses only this kernel."""
    rules_of, payer_of = compiler(benefit_rules), compiler(payer)
    bill_of, put = compiler(billing(kernel)), compiler(put_all)
    settle, share, share_rest = kernel.settle_benefit, kernel.share, kernel.share_rest
    kept = kernel.withheld
    advance, retreat = kernel.advance, kernel.retreat

    def run(x: Any, out: Any) -> None:
        state = BenefitState(x[32], x[33], x[34], x[35], x[36], x[37], x[38], x[39], x[40])
        bill = bill_of(x)
        rules = rules_of(x)
        result = settle(rules, state, bill)
        paid = share(
            SharingRules(x[54], x[55], x[56], x[57], x[58], x[59], x[60]),
            result.burden_fen,
            bill.self_paid_fen + bill.over_limit_fen,
            result.deductible_fen,
            x[61],
            x[62],
            x[63],
            2,
            (payer_of(x, 64), payer_of(x, 71)),
            out[0:2],
            out[2:4],
            out[4:6],
            kept(rules, state, result)[0],
        )
        later = advance(state, result, bill, paid.deductible_counted_fen)
        back = retreat(later, result, bill, paid.deductible_counted_fen)
        place = put(out, 6, result)
        place = put(out, place, paid)
        place = put(out, place, later)
        place = put(out, place, back)
        place = put(out, place, bill)
        before = SharingResult(x[82], x[83], x[84], x[80] + x[81], x[85], 0, 0, 0)
        further = share_rest(
            SharingRules(x[54], x[55], x[56], x[57], x[58], x[59], x[60]),
            result.burden_fen,
            bill.self_paid_fen + bill.over_limit_fen,
            result.deductible_fen,
            x[61],
            x[62],
            x[63],
            before,
            2,
            (payer_of(x, 64), payer_of(x, 71)),
            out[49:51],
            out[51:53],
            out[53:55],
        )
        put(out, 55, further)

    return compiler(run)


def put_all(out: Any, place: int, figures: Any) -> int:
    for figure in figures:
        out[place] = figure
        place += 1
    return place


def benefit_rules(x: Any) -> b.BenefitRules:
    upto, ratio = (x[3], x[4], x[5], x[6]), (x[7], x[8], x[9], x[10])
    serious_upto, serious_ratio = (x[18], x[19], x[20], x[21]), (x[22], x[23], x[24], x[25])
    return BenefitRules(
        x[0],
        x[1],
        x[2],
        upto,
        ratio,
        x[11],
        x[12],
        x[13],
        x[14],
        x[15],
        x[16],
        x[17],
        serious_upto,
        serious_ratio,
        x[26],
        x[27],
        x[28],
        x[29],
        x[30],
        x[31],
        x[78],
        1,
        NONE,
        0,
        NONE,
        0,
    )


def billing(kernel: Kernel) -> Callable[[Any], b.Bill]:
    """A bill of stated parts and one line, with the extra first self-pay."""
    split, add, extra = kernel.split_line, kernel.add_line, kernel.add_extra_first_self

    def bill_of(x: Any) -> b.Bill:
        bill = Bill(x[41] + x[42] + x[43] + x[44], x[41], x[42], x[43], x[44], min(x[79], x[44]))
        line = split(x[45], x[46], x[47], x[48], x[49], x[50], x[51], x[52])
        return extra(add(bill, line), x[53])

    return bill_of


def payer(x: Any, i: int) -> s.Payer:
    return Payer(x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4], x[i + 5], x[i + 6], x[80], x[81])


def row(rnd: Random) -> list[int]:
    """One random case; now and then without limits, now and then with very large sums."""
    size = rnd.choice([400, 50_000, 10_000_000, 10**13])

    def some() -> int:
        return rnd.choice([0, rnd.randrange(size), rnd.randrange(size)])

    def limit() -> int:
        return rnd.choice([NONE, some(), some()])

    def bp() -> int:
        return rnd.choice([0, 8_500, 10_000, rnd.randrange(10_001)])

    def table() -> list[int]:
        bounds = sorted(rnd.randrange(size) for _ in range(3))
        known = rnd.randrange(4)
        return bounds[:known] + [NONE] * (4 - known) + [bp() for _ in range(4)]

    rules = [rnd.choice([1, 2]), some(), rnd.choice([1, 2, 3]), *table(), limit()]
    rules += [rnd.choice([1, 2]), limit(), bp(), limit(), limit(), rnd.choice([1, 2]), *table()]
    rules += [limit(), bp(), limit(), limit(), bp(), limit()]
    state = [some() for _ in range(9)]
    parts = [some() // 8, some() // 8, some() // 8, some()]
    price, count, sign = rnd.randrange(10**9), rnd.randrange(10**6), rnd.choice([1, 1, 1, 0])
    line = [sign * (price * count // 10**8), price, sign * count, rnd.randrange(-1, 10**9)]
    line += [rnd.choice([1, 2, 3]), bp(), rnd.choice([0, 1]), rnd.choice([0, 1, 2])]
    sharing = [rnd.choice([1, 2]), rnd.choice([1, 2, 3]), rnd.choice([1, 2, 3]), some() // 4]
    sharing += [rnd.choice([0, 0, 1]), rnd.choice([0, 1, 2]), rnd.choice([0, 1])]
    case = rules + state + parts + [*line, rnd.choice([0, 1_000, 2_000])] + sharing
    case += [rnd.choice([0, 1, 1, 1, 2]), some() // 4, some() // 4]
    for _ in range(2):
        case += [some(), some(), limit(), limit(), limit(), limit(), rnd.choice([0, 0, 0, 52])]
    case += [rnd.choice([0, 1]), rnd.choice([0, some()])]
    return case + [rnd.choice([0, some() // 4]) for _ in range(6)]


def as_it_is(function: Any) -> Any:
    return function


def both_agree(cases: int, seed: int) -> None:
    plain = driver(compiled(as_it_is), as_it_is)
    one = driver(compiled(numba.njit), numba.njit)
    rnd = Random(seed)
    for start in range(0, cases, 5_000):
        rows = [row(rnd) for _ in range(min(5_000, cases - start))]
        fast = np.zeros((len(rows), OUTPUTS), np.int64)
        table = np.array(rows, np.int64)
        for i, case in enumerate(rows):
            one(table[i], fast[i])
            slow = Slow(OUTPUTS)
            plain(case, slow)
            assert slow.values == fast[i].tolist(), case


class Slow:
    """A list whose slices write through, as an array's do."""

    def __init__(self, size: int) -> None:
        self.values = [0] * size

    def __setitem__(self, place: int, value: int) -> None:
        self.values[place] = value

    def __getitem__(self, part: slice) -> Window:
        return Window(self.values, part.start)


class Window:
    """A few places of a longer list."""

    def __init__(self, values: list[int], first: int) -> None:
        self.values = values
        self.first = first

    def __setitem__(self, place: int, value: int) -> None:
        self.values[self.first + place] = value

    def __getitem__(self, place: int) -> int:
        return self.values[self.first + place]


def test_compiled_and_plain_agree_to_the_fen() -> None:
    both_agree(10_000, seed=20_250_701)


@pytest.mark.campaign
@pytest.mark.timeout(1_800)
def test_compiled_and_plain_agree_over_a_million_cases() -> None:
    both_agree(1_000_000, seed=38)
