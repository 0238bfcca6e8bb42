# SPDX-License-Identifier: Apache-2.0
"""The shape of a handler, and the checks that several of them share.

A plain handler runs once inside a transaction; a money handler prepares one command for the
engine and turns the record into a reply. Both raise Refusal to say no.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from psycopg import Connection

from gongji.care import services as care
from gongji.care.institutions import HOSPITAL_KIND, PHARMACY_KIND
from gongji.care.visits import Visit
from gongji.gateway import codes, errors
from gongji.gateway.amounts import SCOPE
from gongji.gateway.call import Call, visit_id
from gongji.gateway.checking import Row
from gongji.gateway.envelope import civil, encode_json
from gongji.gateway.errors import refusal
from gongji.gateway.people import Identity, same_region
from gongji.kernel import money
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from gongji.kernel.errors import Refusal
from gongji.kernel.sharing import USE_ACCOUNTS, USE_NONE, USE_OWN_ONLY
from gongji.members import people as members_people
from gongji.members import services as members
from gongji.members.people import Coverage, Person
from gongji.policy.areas import same_province
from gongji.policy.compiled import XR_IN_PROVINCE, XR_LONG_TERM, XR_REFERRAL, XR_UNFILED
from gongji.settlement import messages
from gongji.settlement.commands import Command, Declared
from gongji.settlement.records import Record

Conn = Connection[Any]

BOTH = frozenset({HOSPITAL_KIND, PHARMACY_KIND})
HOSPITAL = frozenset({HOSPITAL_KIND})
PHARMACY_ONLY = frozenset({PHARMACY_KIND})
CLOCK_TOLERANCE = dt.timedelta(days=1)  # clocks of institutions run ahead at times

SETTING_NAMES = {OUTPATIENT: "门诊", PHARMACY: "药店购药", CHRONIC: "门诊慢特病", INPATIENT: "住院"}

# Never kept with a visit: it is in the register of persons, encrypted.
_PERSONAL = frozenset(
    {"psn_no", "mdtrt_cert_no", "card_sn", "certno", "psn_name", "coner_name", "tel", "cert_type"}
)
_ONE, _TWO, _THREE, _FOUR = SCOPE
_read_decimals = msgspec.json.Decoder(float_hook=Decimal)


class Download(NamedTuple):
    """A reply that is a file instead of JSON (9102)."""

    content: bytes
    name: str


@dataclass(slots=True)
class Prepared:
    """A money message ready for the engine; without a command it is answered at once."""

    person: Identity
    command: Command | None
    extra: Any = field(default=None)


class Money(NamedTuple):
    """How one transaction becomes a command and a record becomes its output."""

    build: Callable[[Call, Identity, Conn | None], Prepared]
    answer: Callable[[Call, Prepared, Record | None], Any]
    node: str = "data"
    needs_database: bool = False
    trial: bool = False


class Handler(NamedTuple):
    """One transaction: who may call it and what it does; exactly one of the two is set."""

    kinds: frozenset[int]
    plain: Callable[[Call, Conn], Any] | None = None
    money: Money | None = None


def once(
    call: Call,
    conn: Conn,
    owner: int,
    work: Callable[[], tuple[int, Any]],
    again: Callable[[], Any] | None = None,
) -> Any:
    """Do the work of a message once: sent again, it gives the first answer.

    ``work`` returns (our id of the result, output). ``again`` makes the output anew where it is
    too large to keep.
    """
    first = messages.recall(conn, call.key)
    if first is not None:
        if again is not None:
            return again()
        return _read_decimals.decode(first["output"]) if "output" in first else None
    result_id, output = work()
    kept: dict[str, Any] = {}
    if output is not None and again is None:
        kept["output"] = encode_json(output).decode()
    messages.remember(conn, call.key, owner, result_id, kept, call.now)
    return output


def owner_of(call: Call, conn: Conn, row: Row) -> int:
    """The patient of a row by number, voucher and certificate; Refusal 4080-4083."""
    return identity(call, conn, row).owner


def identity(call: Call, conn: Conn, row: Row) -> Identity:
    """Who the patient of a row is, without coverage; Refusal 4080-4083."""
    return call.people.kept(row, call.now) or call.people.load(conn, row, call.now)


def patient(call: Call, conn: Conn, row: Row) -> Person:
    """The patient of a row with coverage, read fresh; Refusal 4080-4084."""
    owner = call.people.load(conn, row, call.now).owner
    person = members.load_person(conn, call.platform.box, owner)
    check_region(call, tuple(c.area for c in person.coverages))
    return person


def check_region(call: Call, areas: tuple[int, ...]) -> None:
    """insuplc_admdvs names a place where the patient is insured; Refusal 4084.

    Many systems send the district of care for everybody: that passes.
    """
    stated = call.request.members.get("insuplc_admdvs", "")
    if not _is_there(stated, areas, call.institution.area):
        raise refusal(errors.PERSON_FOREIGN, area=stated)


@lru_cache(maxsize=4096)
def _is_there(stated: str, areas: tuple[int, ...], here: int) -> bool:
    """Whether a stated place is one of the person's or this one; unreadable ones pass."""
    if not (stated.isascii() and stated.isdigit() and len(stated) == 6):
        return True
    return any(same_region(int(stated), area) for area in (*areas, here))


def coverage_for(person: Person, insutype: str, day: dt.date) -> Coverage:
    """The relation that counts on a day; Refusal 4085-4086."""
    found = members_people.coverage_for(person.coverages, int(insutype), day)
    if found is None:
        raise refusal(errors.COVERAGE_NONE, insutype=insutype)
    if not found.active_on(day):
        state = codes.label("psn_insu_stas", str(found.status))
        if found.status == members_people.INSURED:
            state = f"{day.isoformat()} 当日未参保"
        raise refusal(errors.COVERAGE_ENDED, insutype=insutype, state=state)
    return found


def check_home(call: Call, areas: Sequence[int]) -> None:
    """One of the places where the patient is insured has its policy here; Refusal 4084.

    ``areas`` are those of one scheme. Without any, the coverage itself is what is refused.
    """
    for area in areas:
        try:
            call.platform.library.home(area)
        except Refusal:
            continue
        return
    if areas:
        raise refusal(errors.PERSON_FOREIGN, area=f"{areas[0]:06d}")


def load_visit(call: Call, conn: Conn, row: Row, owner: int) -> Visit:
    """A visit of this patient at this institution; Refusal 4100, 2110, 2111."""
    return care.load_visit(
        conn, owner, visit_id(row), institution_id=call.institution.institution_id
    )


def check_stay(call: Call, visit: Visit, stay: bool) -> None:
    """Stays and other visits have transactions of their own; Refusal 4107."""
    if (visit.setting == INPATIENT) != stay:
        raise refusal(
            errors.VISIT_KIND,
            mdtrt_id=visit.mdtrt_id,
            kind=SETTING_NAMES[visit.setting],
            infno=call.infno,
        )


def check_not_future(call: Call, moment: dt.datetime, field_shown: str, name: str) -> None:
    """Refusal 4073 for a moment further ahead than a wrong clock explains."""
    if moment > call.now + CLOCK_TOLERANCE:
        raise refusal(errors.TIME_IN_FUTURE, field=field_shown, name=name)


def check_fee_times(call: Call, node: str, rows: Sequence[Row], begun_at: dt.datetime) -> None:
    """When the fees of a visit, stay or purchase arose; Refusal 4073, 4075 naming the row.

    Not ahead of our clock beyond its tolerance, and not before the day before the care began.
    """
    # Checked moments are texts of one layout, so that their order is the order in time.
    first = care.first_day(begun_at).isoformat()
    last = civil(call.now + CLOCK_TOLERANCE)
    for number, row in enumerate(rows, 1):
        if first <= row["fee_ocur_time"] <= last:
            continue
        name = "fee_ocur_time"
        shown = f"{node} 第 {number} 行 {name}（费用发生时间）"
        if row[name] > last:
            raise refusal(errors.TIME_IN_FUTURE, field=shown, name=name)
        raise refusal(errors.FEE_TOO_EARLY, field=shown, name=name, day=first)


def kept_detail(row: Row) -> dict[str, object]:
    """What a visit keeps of an uploaded row, under the names of the interface."""
    return {k: v for k, v in row.items() if k not in _PERSONAL and not isinstance(v, bytes)}


def filed(call: Call, coverage: Coverage, row: Row) -> int:
    """What a message states about care away from the insured place, as XR_*.

    Flags in exp_content: LONG_TERM_FLAG, filed as living elsewhere for long (counts at home too);
    OTP_ER_REFL_FLAG, emergency or referral, as cross-province messages carry it.
    """
    try:
        flags = msgspec.json.decode(row.get("exp_content") or "{}")
    except msgspec.DecodeError:
        flags = {}

    def stated(name: str) -> bool:
        return isinstance(flags, dict) and str(flags.get(name, "")) in ("1", "true", "True")

    if stated("LONG_TERM_FLAG"):
        return XR_LONG_TERM
    if same_province(coverage.area, call.institution.area):
        return XR_IN_PROVINCE
    return XR_REFERRAL if stated("OTP_ER_REFL_FLAG") else XR_UNFILED


def use_of(call: Call, row: Row) -> int:
    """acct_used_flag as the kernel's choice; empty means the centre's default: accounts pay."""
    flag = row.get("acct_used_flag", "1")
    if flag == "0":
        return USE_NONE
    if flag == "1" and call.dialect.acct_used_flag == "hunan":
        return USE_OWN_ONLY
    return USE_ACCOUNTS


def declared_of(row: Row) -> Declared:
    """Amounts that a settlement states, the four parts where they are there; Refusal 4067."""
    total_fen: int = row["medfee_sumamt"]
    get = row.get
    one, two, three, four = get(_ONE), get(_TWO), get(_THREE), get(_FOUR)
    if not (one is None or two is None or three is None or four is None):
        sum_fen = one + two + three + four
        if sum_fen != total_fen:
            raise refusal(
                errors.PARTS_SUM, stated=money.yuan(total_fen), actual=money.yuan(sum_fen)
            )
    return Declared(total_fen, one, two, three, four)


def diagnosis(row: Row) -> dict[str, Any]:
    """A diagnosis row as the visit keeps it."""
    return {
        "kind": row["diag_type"],
        "sort_no": row["diag_srt_no"],
        "code": row["diag_code"],
        "name": row["diag_name"],
        "main": row.get("maindiag_flag", "1" if row["diag_srt_no"] == 1 else "0") == "1",
        "valid": row.get("vali_flag", "1") != "0",
        "dept": row["diag_dept"],
        "doctor_no": row["dise_dor_no"],
        "doctor_name": row["dise_dor_name"],
        "time": row["diag_time"],
        "condition": row.get("adm_cond", ""),
    }
