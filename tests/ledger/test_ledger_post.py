# SPDX-License-Identifier: Apache-2.0
"""The one way in: what it writes, what it refuses, and that a refusal leaves nothing behind."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from ledger_tools import AREA, DAY, NOW, balance, batch, clean, fund, mirror, reverse, settle
from ledger_tools import settlement as new_settlement

from gongji.kernel.errors import InvariantError, Refusal
from gongji.ledger import accounts as a
from gongji.ledger import errors
from gongji.ledger.locking import Variant, lock_accounts
from gongji.ledger.services import (
    ENTRIES_PER_BATCH_MAX,
    Batch,
    IdBlock,
    NewAccount,
    NewEntry,
    Posting,
    confirm,
    next_ids,
    open_accounts,
    post,
    prepare,
    send,
    set_account_status,
)

pytestmark = pytest.mark.postgres
WANG, LI, ZHAO = 1001, 1002, 1003


@pytest.fixture
def funded(conn: psycopg.Connection) -> psycopg.Connection:
    fund(conn, {WANG: (10_000, 5_000), LI: (20_000, 0)})
    return conn


def test_a_settlement_moves_balances_with_its_postings(funded: psycopg.Connection) -> None:
    settle(funded, WANG, [(WANG, a.PA_CURRENT, 10_000), (LI, a.PA_CURRENT, 700)])
    assert balance(funded, WANG) == (0, 5_000)
    assert balance(funded, LI) == (19_300, 0)
    rows = funded.execute("SELECT sum(amount_fen) FROM posting").fetchone()
    assert rows == (0,)
    clean(funded)


def test_several_entries_of_one_account_move_it_once(funded: psycopg.Connection) -> None:
    ids = next_ids(funded, 3)
    post(
        funded,
        batch(*(new_settlement(i, WANG, [(WANG, a.PA_CURRENT, 1_000)]) for i in ids)),
        lock=True,
    )
    funded.commit()
    assert balance(funded, WANG) == (7_000, 5_000)
    assert funded.execute("SELECT count(*) FROM ledger_batch").fetchone() == (2,)
    clean(funded)


def test_a_reversal_returns_each_fen_to_its_bucket(funded: psycopg.Connection) -> None:
    entry = settle(funded, WANG, [(WANG, a.PA_CARRIED, 5_000), (LI, a.PA_CURRENT, 1)])
    back = reverse(funded, entry)
    assert (balance(funded, WANG), balance(funded, LI)) == ((10_000, 5_000), (20_000, 0))
    reverse(funded, back)  # an undone reversal
    assert (balance(funded, WANG), balance(funded, LI)) == ((10_000, 0), (19_999, 0))
    clean(funded)


def test_a_second_reversal_is_refused_by_number(funded: psycopg.Connection) -> None:
    entry = settle(funded, WANG, [(WANG, a.PA_CURRENT, 100)])
    reverse(funded, entry)
    with pytest.raises(Refusal) as refused:
        reverse(funded, entry)
    assert refused.value.code == errors.ALREADY_REVERSED
    funded.rollback()
    assert balance(funded, WANG) == (10_000, 5_000)
    clean(funded)


@pytest.mark.parametrize("lock", [True, False])
def test_a_bucket_never_goes_below_zero(funded: psycopg.Connection, lock: bool) -> None:
    entry = new_settlement(next_ids(funded, 1)[0], WANG, [(WANG, a.PA_CURRENT, 10_001)])
    with pytest.raises(Refusal) as refused:
        post(funded, batch(entry), lock=lock)
    assert refused.value.code == errors.BALANCE_NOT_ENOUGH
    funded.rollback()
    assert balance(funded, WANG) == (10_000, 5_000)
    clean(funded)


def test_no_account_no_posting(funded: psycopg.Connection) -> None:
    entry = new_settlement(next_ids(funded, 1)[0], WANG, [(ZHAO, a.PA_CURRENT, 1)])
    with pytest.raises(Refusal) as refused:
        post(funded, batch(entry), lock=True)
    assert refused.value.code == errors.ACCOUNT_MISSING
    funded.rollback()
    with pytest.raises(InvariantError, match="accounts should have moved"):
        post(funded, batch(entry), lock=False)
    funded.rollback()
    clean(funded)


def test_an_id_used_twice_stops_the_writer(funded: psycopg.Connection) -> None:
    entry = settle(funded, WANG, [(WANG, a.PA_CURRENT, 100)])
    with pytest.raises(InvariantError, match="used twice"):
        post(funded, batch(entry), lock=True)
    funded.rollback()
    clean(funded)


GOOD = new_settlement(1, WANG, [(WANG, a.PA_CURRENT, 100)])
FIRST = GOOD.postings[0]
BROKEN = {
    "unbalanced": GOOD._replace(postings=(*GOOD.postings, Posting(WANG, a.CASH, 77, 1))),
    "zero amount": GOOD._replace(postings=(*GOOD.postings, Posting(WANG, a.CASH, 77, 0))),
    "one posting": GOOD._replace(postings=(FIRST,)),
    "no posting": GOOD._replace(postings=()),
    "too many postings": GOOD._replace(
        postings=tuple(Posting(WANG, a.CASH, 77, (-1) ** i) for i in range(514))
    ),
    "posting without owner": GOOD._replace(postings=(FIRST._replace(owner=0), *GOOD.postings[1:])),
    "unknown account": GOOD._replace(postings=(FIRST._replace(account=99), *GOOD.postings[1:])),
    "entry without owner": GOOD._replace(owner=0),
    "entry without id": GOOD._replace(entry_id=0),
    "unknown kind": GOOD._replace(kind=99),
    "reversal of nothing": GOOD._replace(kind=a.REVERSAL),
    "settlement that reverses": GOOD._replace(reversal_of=5),
    "reversal of itself": GOOD._replace(kind=a.REVERSAL, reversal_of=1),
    "part of a fen": GOOD._replace(
        postings=(Posting(WANG, 1, AREA, -0.5), Posting(WANG, 20, 77, 0.5))  # type: ignore[arg-type]
    ),
    "beyond bigint": GOOD._replace(
        postings=(Posting(WANG, 1, AREA, -(2**63) - 1), Posting(WANG, 20, 77, 2**63 + 1))
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_entry_never_reaches_the_database(broken: NewEntry) -> None:
    prepare(batch(GOOD))  # the control
    with pytest.raises(InvariantError):
        prepare(batch(broken))


def test_a_broken_batch_never_reaches_the_database() -> None:
    with pytest.raises(InvariantError, match="0 entries"):
        prepare(Batch((), "test", NOW))
    with pytest.raises(InvariantError, match="repeated"):
        prepare(batch(GOOD, GOOD))
    with pytest.raises(InvariantError, match="zone"):
        prepare(Batch((GOOD,), "test", NOW.replace(tzinfo=None)))
    many = [GOOD._replace(entry_id=i + 1) for i in range(ENTRIES_PER_BATCH_MAX + 1)]
    with pytest.raises(InvariantError, match="entries in one batch"):
        prepare(Batch(many, "test", NOW))


def test_sending_and_confirming_work_in_a_pipeline(funded: psycopg.Connection) -> None:
    ids = next_ids(funded, 2)
    prepared = [prepare(batch(new_settlement(i, WANG, [(LI, a.PA_CURRENT, 100)]))) for i in ids]
    with funded.pipeline():
        cursors = [funded.cursor() for _ in prepared]
        for cursor, one in zip(cursors, prepared, strict=True):
            send(cursor, one)
        batch_ids = [confirm(one) for one in cursors]
    funded.commit()
    assert len(set(batch_ids)) == 2
    assert balance(funded, LI) == (19_800, 0)
    clean(funded)


@pytest.mark.parametrize("variant", list(Variant))
def test_both_lock_variants_give_the_same_rows(
    funded: psycopg.Connection, variant: Variant
) -> None:
    rows = lock_accounts(funded, [LI, ZHAO, WANG], variant)
    assert sorted(rows) == [WANG, LI]
    row = rows[WANG]
    assert (row.area, row.status, row.year, row.balance_fen) == (AREA, a.ACTIVE, 2025, 15_000)
    assert lock_accounts(funded, [], variant) == {}
    entry = new_settlement(next_ids(funded, 1)[0], WANG, [(WANG, a.PA_CURRENT, 1)])
    post(funded, batch(entry), lock=True, variant=variant)
    funded.commit()
    clean(funded)


def test_accounts_open_once_and_keep_what_they_have(funded: psycopg.Connection) -> None:
    day = dt.date(2025, 7, 1)
    assert open_accounts(funded, []) == 0
    news = [NewAccount(ZHAO, AREA, 2025, day), NewAccount(WANG, 360400, 2026, day)]
    assert open_accounts(funded, news) == 1
    assert balance(funded, WANG) == (10_000, 5_000)
    assert balance(funded, ZHAO) == (0, 0)
    set_account_status(funded, ZHAO, a.FROZEN)
    assert lock_accounts(funded, [ZHAO])[ZHAO].status == a.FROZEN
    with pytest.raises(Refusal):
        set_account_status(funded, 999, a.CLOSED)
    funded.rollback()
    clean(funded)


def test_ids_are_unique_across_blocks_and_rollbacks(funded: psycopg.Connection) -> None:
    one, two = IdBlock(4), IdBlock(4)
    taken = [*one.take(funded, 3), *two.take(funded, 3), *one.take(funded, 9), *two.take(funded, 1)]
    funded.rollback()
    taken += one.take(funded, 2) + next_ids(funded, 5) + two.take(funded, 0)
    assert len(taken) == len(set(taken)) == 23
    assert one.take(funded, 0) == []


def test_a_naive_mirror_helper_mirrors() -> None:
    back = mirror(GOOD, 2)
    assert (back.kind, back.reversal_of, back.business_date) == (a.REVERSAL, 1, DAY)
    assert [leg.amount_fen for leg in back.postings] == [-x.amount_fen for x in GOOD.postings]
