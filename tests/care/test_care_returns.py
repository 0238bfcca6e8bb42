# SPDX-License-Identifier: Apache-2.0
"""Lines that take back another: split by their original alone, contradictions refused."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from care_world import (
    HOSPITAL,
    ITEMS,
    NOW,
    Cover,
    back,
    build,
    catalogue_in_memory,
    held,
    priced,
    raw,
)
from hypothesis import given
from hypothesis import strategies as st

from gongji.care import errors, services
from gongji.care.catalogue import Catalogue, put_items
from gongji.care.lines import PricedLine
from gongji.care.pricing import ITEM_FACTS, RawLine, price_line
from gongji.care.returns import StatedLine
from gongji.care.visits import Visit
from gongji.kernel.benefit import OUTPATIENT
from gongji.kernel.errors import Refusal

Conn = psycopg.Connection[Any]
CATALOGUE = catalogue_in_memory()
DAY = dt.timedelta(days=1)
PARTS = ("self_paid_fen", "over_limit_fen", "first_self_fen", "in_policy_fen")


def parts(line: PricedLine) -> tuple[int, ...]:
    return tuple(getattr(line, name) for name in PARTS)


def tied(*lines: StatedLine, kept: tuple[PricedLine, ...] = ()) -> tuple[PricedLine, ...]:
    return services.tie_returns(lines, kept, errors.NOT_IN_PURCHASE)


def refused(code: int, *lines: StatedLine, kept: tuple[PricedLine, ...] = ()) -> Refusal:
    with pytest.raises(Refusal) as caught:
        tied(*lines, kept=kept)
    assert caught.value.code == code
    return caught.value


def thirds(number: int, amount_fen: int) -> RawLine:
    """One of three pieces for 10.00, taken back."""
    line = back("B2", 1, 1, sn=f"R{number}", of="L")
    return replace(line, price_micro=3_333_300, amount_fen=-amount_fen)


# 3 x 3.3333 = 10.00 of class B with 10 % first self-pay: 1.00 and 9.00.
LINE = replace(raw("B2", 1, count=3, sn="L"), price_micro=3_333_300, amount_fen=1_000)
SOLD = price_line(CATALOGUE, LINE, NOW.date(), 310)


def test_three_thirds_give_the_line_back() -> None:
    assert parts(SOLD) == (0, 0, 100, 900)
    returns = tied(thirds(1, 333), thirds(2, 333), thirds(3, 334), kept=(SOLD,))
    assert [parts(line) for line in returns] == [
        (0, 0, -33, -300),
        (0, 0, -33, -300),
        (0, 0, -34, -300),
    ]
    assert [line.amount_fen for line in returns] == [-333, -333, -334]


def test_the_last_third_is_told() -> None:
    told = refused(
        errors.RETURN_AMOUNT_DIFFERS,
        thirds(3, 333),
        kept=(SOLD, *tied(*two_thirds(), kept=(SOLD,))),
    )
    assert "负数明细 R3 的金额应为 -3.34 元，上送 -3.33 元" in told.zh
    assert "R3 must be -3.34, not -3.33" in told.en


def two_thirds() -> tuple[RawLine, RawLine]:
    return thirds(1, 333), thirds(2, 333)


def test_a_return_may_stand_before_its_line() -> None:
    some = back("A1", 10, 2, sn="R", of="L")
    sold = priced(CATALOGUE, "A1", 10, count=3, sn="L")
    assert tied(some, sold) == tuple(reversed(tied(sold, some)))
    assert parts(tied(some, sold)[0]) == (0, 0, 0, -2_000)


def test_what_a_return_takes_from_its_line() -> None:
    sold = priced(CATALOGUE, "B1", 10, count=2, sn="L", approval=1, facts={"note": "first"})
    (line,) = tied(back("B1", 10, 1, sn="R", of="L", facts={"note": "second"}), kept=(sold,))
    # Over the ceiling of 2.00 are 8.00, of the rest 0.20 are first self-pay.
    assert parts(line) == (0, -800, -20, -180)
    document = line.document
    assert {name: document[name] for name in ITEM_FACTS} == {
        name: sold.document[name] for name in ITEM_FACTS
    }
    assert (document["approval"], document["note"]) == (1, "second")
    assert (document["serial"], document["cancels_serial"]) == ("R", "L")
    assert (document["count_e4"], document["amount_fen"]) == (-10_000, -1_000)


@pytest.mark.parametrize(
    ("sold", "stated", "change", "field"),
    [
        ("A1", "C1", {}, "med_list_codg"),  # class A returned as self-paid
        ("C1", "A1", {}, "med_list_codg"),  # self-paid returned as class A
        ("R1", "R1", {"approval": 1}, "hosp_appr_flag"),  # self-paid returned as approved
        ("A1", "A1", {"approval": 2}, "hosp_appr_flag"),
        ("A1", "A1", {"price_micro": 10_000_001}, "pric"),
        ("A1", "A1", {"price_micro": 5_000_000, "count_e4": -20_000}, "pric"),
    ],
)
def test_what_contradicts_the_line(
    sold: str, stated: str, change: dict[str, int], field: str
) -> None:
    line = replace(back(stated, 10, 1, sn="R", of="L"), **change)
    told = refused(
        errors.RETURN_CONTRADICTS, line, kept=(priced(CATALOGUE, sold, 10, count=3, sn="L"),)
    )
    assert f"负数明细 R 的 {field}" in told.zh
    assert "原明细 L" in told.zh


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (errors.CANCELLED_MORE_THAN_BILLED, {"count_e4": -40_000, "amount_fen": -4_000}),
        (errors.CANCELLED_MORE_THAN_BILLED, {"count_e4": -30_001, "amount_fen": -3_000}),
        (errors.CANCELLED_MORE_THAN_BILLED, {"count_e4": 10_000}),
        (errors.RETURN_AMOUNT_DIFFERS, {"amount_fen": -999}),
        (errors.RETURN_AMOUNT_DIFFERS, {"amount_fen": -1_001}),
        (errors.RETURN_AMOUNT_DIFFERS, {"amount_fen": 1_000}),
        (errors.RETURN_AMOUNT_DIFFERS, {"amount_fen": 0}),
        (errors.NOT_IN_PURCHASE, {"cancels_sn": "nobody"}),
        (errors.NOT_IN_PURCHASE, {"cancels_sn": ""}),
        (errors.RETURN_OF_RETURN, {"cancels_sn": "R"}),
    ],
)
def test_figures_and_names_that_are_wrong(code: int, change: dict[str, Any]) -> None:
    line = replace(back("A1", 10, 1, sn="R", of="L"), **change)
    refused(code, line, kept=(priced(CATALOGUE, "A1", 10, count=3, sn="L"),))


def test_a_return_cannot_be_returned() -> None:
    sold = priced(CATALOGUE, "A1", 10, count=3, sn="L")
    first = back("A1", 10, 1, sn="R", of="L")
    second = back("A1", 10, 1, sn="S", of="R")
    refused(errors.RETURN_OF_RETURN, second, first, sold)
    refused(errors.RETURN_OF_RETURN, second, kept=(sold, *tied(first, kept=(sold,))))


def test_more_than_is_left_says_how_much_is_left() -> None:
    sold = priced(CATALOGUE, "A1", 10, count=3, sn="L")
    two = back("A1", 10, 2, sn="R", of="L")
    told = refused(errors.CANCELLED_MORE_THAN_BILLED, two, replace(two, feedetl_sn="S"), sold)
    assert "明细 S 冲销数量 2 超过原明细 L 尚可冲销的数量 1" in told.zh
    half = replace(two, feedetl_sn="S", count_e4=-10_001)
    assert "冲销数量 1.0001" in refused(errors.CANCELLED_MORE_THAN_BILLED, two, half, sold).zh


def test_returns_that_an_earlier_release_split_otherwise() -> None:
    sold = priced(CATALOGUE, "A1", 10, count=3, sn="L")
    wrong = tied(back("A1", 10, 1, sn="R", of="L"), kept=(sold,))[0]
    wrong = replace(wrong, in_policy_fen=0, self_paid_fen=-1_000)
    last = back("A1", 10, 1, sn="S", of="L")
    refused(errors.RETURNED_WRONGLY, last, kept=(sold, wrong))


@given(
    code=st.sampled_from(["A1", "B1", "B2", "C1", "R1", "O1", "??"]),
    approval=st.integers(0, 2),
    price=st.integers(0, 10**8),
    cuts=st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
    first=st.booleans(),
)
def test_returns_in_any_steps_leave_nothing(
    code: str, approval: int, price: int, cuts: list[int], first: bool
) -> None:
    count = sum(cuts)
    amount_fen = (price * count + 5 * 10**7) // 10**8
    line = replace(
        raw(code, 1, sn="L", approval=approval),
        price_micro=price,
        count_e4=count,
        amount_fen=amount_fen,
    )
    sold = price_line(CATALOGUE, line, NOW.date(), 310)
    left = sold
    kept: list[PricedLine] = [sold]
    for number, cut in enumerate(cuts):
        one = replace(
            line, feedetl_sn=f"R{number}", cancels_sn="L", count_e4=-cut, amount_fen=-(10**9)
        )
        if first:
            one = replace(one, approval=None)
        due = refused(errors.RETURN_AMOUNT_DIFFERS, one, kept=tuple(kept)).details["due"]
        fen = int(str(due).replace(".", "").replace("-", ""))
        (given_back,) = tied(replace(one, amount_fen=-fen), kept=tuple(kept))
        kept.append(given_back)
        left = replace(
            left, **{name: getattr(left, name) + getattr(given_back, name) for name in PARTS}
        )
        assert all(0 <= a <= b for a, b in zip(parts(left), parts(sold), strict=True))
    assert parts(left) == (0, 0, 0, 0)


# On a real database ----------------------------------------------------------------------------


@pytest.fixture
def catalogue(conn: Conn) -> Catalogue:
    return build(conn)


def facts(**more: Any) -> dict[str, Any]:
    return {
        "owner": 1,
        "institution": HOSPITAL,
        "med_type": "21",
        "coverage": Cover(),
        "begun_at": NOW,
        "ipt_otp_no": "Z1",
        "dise_codg": "",
        "detail": {},
        "now": NOW + 40 * DAY,
        **more,
    }


@pytest.fixture
def stay(conn: Conn, catalogue: Catalogue) -> Visit:
    mdtrt_id = services.admit(conn, diagnoses=[], **facts())
    return services.load_visit(conn, 1, mdtrt_id)


@pytest.fixture
def visit(conn: Conn, catalogue: Catalogue) -> Visit:
    mdtrt_id = services.register_visit(conn, setting=OUTPATIENT, **facts(med_type="11"))
    return services.load_visit(conn, 1, mdtrt_id)


def send(conn: Conn, visit: Visit, *lines: StatedLine, batch: str = "B1") -> tuple[int, ...]:
    """The amounts of the lines as they are kept."""
    kept = services.upload_lines(conn, visit, batch, lines, NOW)
    return tuple(line.amount_fen for line in kept)


def sending(code: int, conn: Conn, visit: Visit, *lines: StatedLine, batch: str = "B1") -> str:
    with pytest.raises(Refusal) as caught:
        services.upload_lines(conn, visit, batch, lines, NOW)
    assert caught.value.code == code
    return caught.value.zh


def sums_hold(conn: Conn) -> tuple[int, ...]:
    """The sums of all batches, once they are those of their lines, and no part is below zero."""
    rows = conn.execute(
        "SELECT total_fen, self_paid_fen, over_limit_fen, first_self_fen, in_policy_fen, lines"
        " FROM fee_batch"
    ).fetchall()
    names = ("amount_fen", *PARTS)
    for *kept, lines in rows:
        assert kept == [sum(line[name] for line in lines) for name in names]
    total = tuple(sum(row[place] for row in rows) for place in range(5))
    assert min(total) >= 0
    return total


def test_a_stay_takes_back_what_was_settled(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    send(conn, stay, priced(catalogue, "A1", 100, count=10, sn="L"))
    held(conn, 7)
    half = replace(back("A1", 100, 1, sn="R", of="L"), count_e4=-5_000, amount_fen=-5_000)
    assert send(conn, stay, half) == (-5_000,)
    rows = conn.execute("SELECT upload_no, settled_by, in_policy_fen FROM fee_batch ORDER BY 1")
    assert rows.fetchall() == [(1, 7, 100_000), (2, None, -5_000)]
    assert sums_hold(conn) == (95_000, 0, 0, 0, 95_000)
    nine = back("A1", 100, 9, sn="S", of="L")
    rest = replace(half, feedetl_sn="T")
    assert send(conn, stay, nine, rest) == (-90_000, -5_000)
    assert sums_hold(conn) == (0, 0, 0, 0, 0)
    sending(errors.CANCELLED_MORE_THAN_BILLED, conn, stay, replace(half, feedetl_sn="U"))


def test_the_catalogue_of_the_day_of_the_return_does_not_matter(
    conn: Conn, catalogue: Catalogue, stay: Visit
) -> None:
    send(conn, stay, priced(catalogue, "A1", 10, count=2, sn="L"))
    put_items(conn, [replace(ITEMS[0], chrgitm_lv="03", first_self_bp=10_000)])
    assert send(conn, stay, back("A1", 10, 2, sn="R", of="L")) == (-2_000,)
    assert sums_hold(conn) == (0, 0, 0, 0, 0)


def test_only_lines_of_the_same_stay(conn: Conn, catalogue: Catalogue, stay: Visit) -> None:
    mdtrt_id = services.admit(conn, diagnoses=[], **facts(owner=2))
    other = services.load_visit(conn, 2, mdtrt_id)
    send(conn, other, priced(catalogue, "A1", 10, sn="L"))
    told = sending(errors.CANCELLED_LINE_UNKNOWN, conn, stay, back("A1", 10, 1, sn="R", of="L"))
    assert "负数明细 R" in told
    assert "未找到 L" in told
    negative = priced(catalogue, "A1", 10, sn="L")
    negative = replace(negative, document={**negative.document, "count_e4": -10_000})
    sending(errors.LINE_SIGN, conn, stay, negative)


def test_a_line_goes_together_with_its_returns(
    conn: Conn, catalogue: Catalogue, stay: Visit
) -> None:
    send(conn, stay, priced(catalogue, "B2", 10, count=3, sn="L"), priced(catalogue, "A1", 5))
    send(conn, stay, back("B2", 10, 1, sn="R", of="L"), back("B2", 10, 2, sn="S", of="L"))
    for serials in (["L"], ["L", "R"]):
        with pytest.raises(Refusal) as caught:
            services.cancel_stay_lines(conn, stay, serials)
        assert caught.value.code == errors.LINE_IS_CANCELLED
    assert "请先撤销或一并撤销负数明细" in caught.value.zh
    assert services.cancel_stay_lines(conn, stay, ["R"]) == 1
    assert sums_hold(conn) == (1_500, 0, 0, 100, 1_400)
    assert services.cancel_stay_lines(conn, stay, ["L", "S"]) == 2
    assert sums_hold(conn) == (500, 0, 0, 0, 500)


def test_a_line_stays_while_a_settled_return_stands(
    conn: Conn, catalogue: Catalogue, stay: Visit
) -> None:
    send(conn, stay, priced(catalogue, "A1", 10, count=3, sn="L"))
    send(conn, stay, back("A1", 10, 1, sn="R", of="L"))
    held(conn, 7, "upload_no = 2")
    for serials in (["L"], None):
        with pytest.raises(Refusal) as caught:
            services.cancel_stay_lines(conn, stay, serials)
        assert caught.value.code == errors.LINE_IS_CANCELLED
    held(conn, None)
    assert services.cancel_stay_lines(conn, stay, None) == 2


def test_a_charge_batch_takes_back_only_its_own_lines(
    conn: Conn, catalogue: Catalogue, visit: Visit
) -> None:
    one, some = priced(catalogue, "A1", 10, count=3, sn="1"), back("A1", 10, 1, sn="2", of="1")
    assert send(conn, visit, some, one) == (-1_000, 3_000)
    assert sums_hold(conn) == (2_000, 0, 0, 0, 2_000)
    later = back("A1", 10, 1, sn="3", of="1")
    for settled_by in (None, 7):
        held(conn, settled_by)
        told = sending(errors.NOT_IN_UPLOAD, conn, visit, later, batch="B2")
        assert "2205" in told
        assert "2208" in told
    sending(errors.NOT_IN_UPLOAD, conn, visit, replace(later, cancels_sn=""), batch="B2")


def test_no_line_before_the_visit(conn: Conn, catalogue: Catalogue, visit: Visit) -> None:
    def dated(moment: dt.datetime, sn: str) -> PricedLine:
        line = replace(raw("A1", 10, sn=sn), occurred_at=moment)
        return price_line(catalogue, line, NOW.date(), 310)

    midnight = NOW.replace(hour=0)
    sending(errors.LINE_BEFORE_BEGIN, conn, visit, dated(midnight - DAY - DAY / 86_400, "1"))
    send(conn, visit, dated(midnight - DAY, "1"))
    told = {"med_type": "11", "dise_codg": "", "detail": {}, "diagnoses": [], "now": NOW + 9 * DAY}
    services.upload_details(conn, visit, begun_at=NOW + DAY / 24, **told)
    with pytest.raises(Refusal) as caught:
        services.upload_details(conn, visit, begun_at=NOW + DAY, **told)
    assert caught.value.code == errors.LINE_BEFORE_BEGIN
    assert "明细 1 的" in caught.value.zh
    held(conn, 7)
    services.upload_details(conn, visit, begun_at=NOW + DAY, **told)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_no_part_of_a_stay_goes_below_zero(
    conn: Conn, catalogue: Catalogue, stay: Visit, seed: int
) -> None:
    chance = random.Random(seed)
    sold: list[RawLine] = []
    done: Counter[str] = Counter()

    def upload(number: int) -> None:
        price, count = chance.randint(1, 9_999_999), chance.randint(1, 70_000)
        fen = (price * count + 5 * 10**7) // 10**8
        line = raw(chance.choice(["A1", "B1", "B2", "C1", "R1"]), 1, sn=str(number))
        line = replace(line, price_micro=price, count_e4=count, amount_fen=fen)
        sold.append(line)
        send(conn, stay, price_line(catalogue, line, NOW.date(), 310))

    def give_back(number: int) -> None:
        of = chance.choice(sold)
        count = chance.choice([of.count_e4, chance.randint(1, of.count_e4)])
        line = replace(of, feedetl_sn=str(number), cancels_sn=of.feedetl_sn, count_e4=-count)
        line = replace(line, amount_fen=-(10**9))
        with pytest.raises(Refusal) as caught:  # which amount is right?
            services.upload_lines(conn, stay, "", [line], NOW)
        due = caught.value.details["due"]
        send(conn, stay, replace(line, amount_fen=int(str(due).replace(".", ""))))

    def remove(_: int) -> None:
        rows = conn.execute("SELECT unnest(serials) FROM fee_batch ORDER BY made_at, 1").fetchall()
        serials = {chance.choice(rows)[0] for _ in range(2)}
        services.cancel_stay_lines(conn, stay, serials if chance.random() < 0.95 else None)

    def settle(number: int) -> None:
        held(conn, number, "settled_by IS NULL")

    def reverse(_: int) -> None:
        held(conn, None, "settled_by = (SELECT max(settled_by) FROM fee_batch)")

    upload(0)
    for number in range(1, 100):
        step = chance.choice([upload, *[give_back] * 4, *[remove] * 2, settle, reverse, reverse])
        with suppress(Refusal, KeyError, IndexError), conn.transaction():
            step(number)
            done[step.__name__] += 1
        sums_hold(conn)
    assert min(done[name] for name in ("upload", "give_back", "remove")) >= 3
