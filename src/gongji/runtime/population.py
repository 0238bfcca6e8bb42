# SPDX-License-Identifier: Apache-2.0
"""A large invented population for measurements: families, accounts, authorisations, by COPY.

The same size and seed give the same people. Identity numbers carry the code of the province
itself (360000) or 359999, which no real one does. Amounts are fen. Never load it beside real
people.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from gongji.care.visits import CIVIL_TIME
from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.ledger.opening import Opening, open_with_balances
from gongji.ledger.periodic import Run
from gongji.members import idcard
from gongji.members.people import INSURED, KEY_CERT, KEY_PSN_NO
from gongji.members.privacy import PrivacyBox
from gongji.members.services import context, default_psn_no
from gongji.runtime.postgres.waiting import Progress, silent
from gongji.sharing import history, relations
from gongji.sharing.authorisations import ACTIVE, ALL_USES

Conn = Connection[Any]

AREA_OF_RESIDENTS = 360000  # in identity numbers; employees' carry one less, which is no area
AREAS = (360100, 360400)
MADE_AT = dt.datetime(2026, 1, 9, 9, 0, tzinfo=CIVIL_TIME)
WRITER = "population"
GIVERS_MAX = 3
CURRENT_MAX_FEN = 300_000
CARRIED_MAX_FEN = 2_000_000

_FIRST_BIRTH = dt.date(1940, 1, 1).toordinal()
_BIRTHS = 25_000  # days over which births are spread
_WORKING_BIRTHS = (9_000, 22_000)  # employees: born 1964 to 2000


@dataclass(frozen=True, slots=True)
class Member:
    """One invented person before anything is written."""

    owner: int
    certno: str
    birth: dt.date
    area: int
    employed: bool
    current_fen: int
    carried_fen: int


@dataclass(frozen=True, slots=True)
class Tie:
    """One authorisation: giver, recipient, place in the recipient's order."""

    giver: int
    recipient: int
    position: int


@dataclass(frozen=True, slots=True)
class Population:
    """Who was made: owner ids. ``patients`` are residents with givers, givers are employees."""

    patients: tuple[int, ...]
    employees: tuple[int, ...]
    ties: int

    @staticmethod
    def psn_no(owner: int) -> str:
        """The person number of an owner of this population."""
        return default_psn_no(owner)


def make_population(
    conn: Conn, box: PrivacyBox, n: int, seed: int, progress: Progress = silent
) -> Population:
    """Write ``n`` people (at least 4) in families of one patient and one to three givers.

    Everything goes into one transaction (or a savepoint of the caller's).
    """
    if n < 1 + GIVERS_MAX:
        raise ValueError(f"a population has at least {1 + GIVERS_MAX} people")
    with conn.transaction():
        owners = _fresh(conn, "person_seq", n)
        members, ties = _families(owners, seed)
        progress(f"writing {n} people")
        _copy_people(conn, box, members)
        progress(f"opening {sum(m.employed for m in members)} accounts")
        openings = (
            Opening(m.owner, m.area, MADE_AT.year, MADE_AT.date(), m.current_fen, m.carried_fen)
            for m in members
            if m.employed
        )
        open_with_balances(conn, openings, Run(MADE_AT.date(), MADE_AT, WRITER))
        progress(f"writing {len(ties)} authorisations")
        _copy_ties(conn, ties)
    for table in ("person", "person_key", "coverage", "account", "authorisation"):
        conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
    return Population(
        patients=tuple(m.owner for m in members if not m.employed),
        employees=tuple(m.owner for m in members if m.employed),
        ties=len(ties),
    )


def _families(owners: Sequence[int], seed: int) -> tuple[list[Member], list[Tie]]:
    chance = random.Random(seed)
    members: list[Member] = []
    ties: list[Tie] = []
    rest = list(owners)
    rest.reverse()
    while rest:
        givers = min(chance.randint(1, GIVERS_MAX), len(rest) - 1)
        area = chance.choice(AREAS)
        patient = _member(rest.pop(), area, givers == 0, chance)
        members.append(patient)
        for position in range(1, givers + 1):
            giver = _member(rest.pop(), area, True, chance)
            members.append(giver)
            ties.append(Tie(giver.owner, patient.owner, position))
    return members, ties


def _member(owner: int, area: int, employed: bool, chance: random.Random) -> Member:
    low, high = _WORKING_BIRTHS if employed else (0, _BIRTHS)
    # Day and sequence are two digits of the owner id, so that no number occurs twice.
    sequence, day = divmod(owner, high - low)
    birth = dt.date.fromordinal(_FIRST_BIRTH + low + day)
    return Member(
        owner=owner,
        certno=idcard.make(AREA_OF_RESIDENTS - employed, birth, sequence % 1000),
        birth=birth,
        area=area,
        employed=employed,
        current_fen=chance.randrange(CURRENT_MAX_FEN) if employed else 0,
        carried_fen=chance.randrange(CARRIED_MAX_FEN) if employed else 0,
    )


def _copy_people(conn: Conn, box: PrivacyBox, members: Iterable[Member]) -> None:
    rows = list(members)
    _copy(
        conn,
        "person (owner, psn_no, cert_type, cert_enc, name_enc, sex, birth)",
        (
            (
                m.owner,
                default_psn_no(m.owner),
                "01",
                box.encrypt(m.certno, context(m.owner, "cert")),
                box.encrypt(f"演示·{m.owner}", context(m.owner, "name")),
                idcard.MALE if int(m.certno[16]) % 2 else idcard.FEMALE,
                m.birth,
            )
            for m in rows
        ),
    )
    _copy(conn, "person_key (key, kind, owner)", _keys(box, rows))
    _copy(
        conn,
        "coverage (owner, coverage_no, insutype, area, psn_type, status, begun)",
        (
            (
                m.owner,
                1,
                EMPLOYEE if m.employed else RESIDENT,
                m.area,
                "11" if m.employed else "50",
                INSURED,
                dt.date(2023, 1, 1),
            )
            for m in rows
        ),
    )


def _keys(box: PrivacyBox, members: Iterable[Member]) -> Iterator[tuple[bytes, int, int]]:
    for m in members:
        yield box.blind(KEY_CERT, m.certno), KEY_CERT, m.owner
        yield box.blind(KEY_PSN_NO, default_psn_no(m.owner)), KEY_PSN_NO, m.owner


def _copy_ties(conn: Conn, ties: Sequence[Tie]) -> None:
    auth_ids = _fresh(conn, "authorisation_seq", len(ties))
    event_ids = _fresh(conn, "authorisation_event_seq", len(ties))
    _copy(
        conn,
        "authorisation (recipient, auth_id, giver, relation, position, uses, state, valid_from,"
        " made_at)",
        (
            (
                tie.recipient,
                auth_id,
                tie.giver,
                relations.PARENT,
                tie.position,
                ALL_USES,
                ACTIVE,
                MADE_AT.date(),
                MADE_AT,
            )
            for tie, auth_id in zip(ties, auth_ids, strict=True)
        ),
    )
    _copy(
        conn,
        "authorisation_event (recipient, event_id, auth_id, verb, actor, at, before, after)",
        (
            (
                tie.recipient,
                event_id,
                auth_id,
                history.TAKEN_OVER,
                f"agency:{WRITER}",
                MADE_AT,
                Jsonb({}),
                Jsonb({"giver": tie.giver, "relation": relations.PARENT}),
            )
            for tie, auth_id, event_id in zip(ties, auth_ids, event_ids, strict=True)
        ),
    )


def _fresh(conn: Conn, sequence: str, count: int) -> list[int]:
    rows = conn.execute(
        "SELECT nextval(%s::regclass) FROM generate_series(1, %s)", (sequence, count)
    )
    return [row[0] for row in rows]


def _copy(conn: Conn, target: str, rows: Iterable[Sequence[Any]]) -> None:
    with conn.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
