# SPDX-License-Identifier: Apache-2.0
"""People, accounts and authorisations of the test worlds, made by the services that make real ones.

Amounts are fen. The caller commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import psycopg

from clock import moment
from gongji.care.visits import CIVIL_TIME
from gongji.kernel.errors import Refusal
from gongji.ledger import accounts as codes
from gongji.ledger import services as ledger
from gongji.ledger.opening import Opening, open_with_balances
from gongji.ledger.periodic import Run
from gongji.members import idcard
from gongji.members import services as members
from gongji.members.people import PAUSED, TERMINATED, Coverage
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.sharing import services as sharing
from gongji.sharing.authorisations import PAUSED as GIVING_PAUSED
from gongji.sharing.history import Actor

Conn = psycopg.Connection[Any]

AGENCY = Actor(clerk="test")
BEGUN = dt.date(2010, 1, 1)  # when everybody was insured
BOUND = dt.date(2026, 1, 10)  # when relatives were authorised
SEQUENCES = 500  # men and women of one birthday in one place


def certificate(area: int, birth: dt.date, number: int, sex: int = idcard.MALE) -> str:
    """Give the identity number of the ``number``-th person of that sex."""
    turn, place = divmod(number, SEQUENCES)
    return idcard.make(area + turn, birth, 2 * place + sex % 2)


def employee(
    coverage_no: int = 1,
    *,
    insutype: int = 310,
    area: int = 360100,
    retired: bool = False,
    status: int = 1,
    begun: dt.date = BEGUN,
    gone: dt.date | None = None,
    aid_class: int = 0,
    civil_servant: bool = False,
) -> Coverage:
    """Give an insurance relation; ``gone``: the day from which it is paused or its last one."""
    return Coverage(
        coverage_no,
        insutype,
        area,
        "21" if retired else "11",
        retired,
        status,
        civil_servant,
        aid_class,
        False,
        0,
        begun,
        gone if status == PAUSED else None,
        gone if status == TERMINATED else None,
        "演示单位",
    )


def insured(
    conn: Conn,
    box: PrivacyBox,
    certno: str,
    coverages: Sequence[Coverage],
    *,
    today: dt.date,
    name: str = "张三",
    tokens: tuple[str, ...] = (),
    cards: tuple[str, ...] = (),
) -> int:
    """Register a person with insurance; the owner id."""
    owner = members.register_person(
        conn,
        box,
        cert_type="01",
        certno=certno,
        name=name,
        today=today,
        tokens=tokens,
        cards=cards,
    )
    for coverage in coverages:
        members.add_coverage(conn, owner, coverage)
    return owner


def open_account(
    conn: Conn, owner: int, area: int, now: dt.datetime, current: int = 0, carried: int = 0
) -> None:
    """Open a personal account of this year with its balances."""
    opening = Opening(owner, area, now.year, BEGUN, current, carried)
    open_with_balances(conn, [opening], Run(now.date(), now, "test"))


def feed(conn: Conn, owner: int, area: int, now: dt.datetime, current: int, carried: int) -> None:
    """Put money into an account by an opening entry."""
    amounts = (
        (codes.PA_CURRENT, current),
        (codes.PA_CARRIED, carried),
        (codes.OPENING_BALANCES, -current - carried),
    )
    legs = tuple(ledger.Posting(owner, account, area, fen) for account, fen in amounts if fen)
    if legs:
        (entry_id,) = ledger.next_ids(conn, 1)
        entry = ledger.NewEntry(owner, entry_id, codes.OPENING, now.date(), None, legs)
        ledger.post(conn, ledger.Batch([entry], "test", now), lock=True)


def bind(
    conn: Conn,
    library: PolicyLibrary,
    giver: int,
    recipient: int,
    relation: int,
    now: dt.datetime,
    *,
    valid_from: dt.date = BOUND,
    state: int = 1,
    odd: bool = False,
    **terms: Any,
) -> int:
    """Authorise on the first day of validity (today where that lies ahead); the auth_id.

    ``terms``: uses, valid_until and the limits by the names of their columns. ``odd``: where the
    place allows no such pair, it is taken over from an older system as it stands; whether it pays
    is judged at each settlement.
    """
    limits = sharing.Limits(
        terms.pop("visit_limit_fen", None),
        terms.pop("day_limit_fen", None),
        terms.pop("year_limit_fen", None),
        terms.pop("grant_fen", None),
    )
    made = min(now, moment(valid_from))
    facts = {
        "giver": giver,
        "recipient": recipient,
        "relation": relation,
        "actor": AGENCY,
        "now": made,
        "limits": limits,
        "valid_from": valid_from,
        **terms,
    }
    try:
        auth_id = sharing.authorise(conn, library, **facts)
    except Refusal:
        if not odd:
            raise
        auth_id = sharing.take_over(conn, **facts)
    if state == GIVING_PAUSED:
        paused_at = max(made, now.astimezone(CIVIL_TIME))
        sharing.pause(conn, recipient, auth_id, actor=AGENCY, now=paused_at)
    return auth_id
