# SPDX-License-Identifier: Apache-2.0
"""When am I covered: payment against the window, breaks against waiting periods, with sources."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gongji.advice.family import Gap
from gongji.advice.premiums import Sheet
from gongji.kernel import cover
from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.kernel.cover import LONG_BREAK_YEARS, Start, Window, stamp
from gongji.policy import errors
from gongji.policy.library import PolicyLibrary
from gongji.policy.provenance import Provenance
from gongji.policy.records import Value

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class CoverQuestion:
    """Who paid what when. Residents: coverage ``year``, whole years missed before it, of which
    repaid; ``exempt`` = whom the law excuses from waiting; ``born_on`` of a newborn, who asks about
    the year of birth. Employees: months
    of the break and whether they were repaid."""

    area: int
    scheme: int
    paid_on: dt.date
    year: int = 0
    missed_years: int = 0
    repaid_years: int = 0
    exempt: bool = False
    broken_months: int = 0
    repaid: bool = False
    born_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CoverAnswer:
    """First and last day of cover (None = not known or none), months waited, the share of
    benefits paid while waiting (basis points, 0 = none), the reason, values and gaps."""

    start: dt.date | None
    end: dt.date | None
    wait_months: int
    share_bp: int
    zh: str
    en: str
    values: tuple[Provenance, ...] = ()
    gaps: tuple[Gap, ...] = ()


_SAID = {
    cover.NOT_OPEN: ("还没有到缴费时间。", "The window has not opened yet."),
    cover.WHOLE_YEAR: ("按时缴费，全年都有医保。", "Paid in time: covered for the whole year."),
    cover.NEXT_DAY: (
        "在缴费期内缴费，从缴费第二天起有医保。",
        "Paid inside the window: covered from the day after payment.",
    ),
    cover.LATE: ("缴费晚了，要等 {0} 个月。", "Paid late: {0} months of waiting."),
    cover.BROKEN: ("以前断过保，要等 {0} 个月。", "Cover was broken: {0} months of waiting."),
    cover.UNKNOWN: (
        "当地没有写明这一天缴费从哪天起算，请问医保局。",
        "The place does not say from when a payment of this day counts: ask the bureau.",
    ),
    cover.NEWBORN: (
        "出生后按时参保，从出生那天起有医保。",
        "Insured in time after birth: covered from the day of birth.",
    ),
    cover.NOT_THIS_YEAR: (
        "要等 {0} 个月，等完已过这一年。",
        "{0} months of waiting end after this year.",
    ),
}
_NO_WAIT = ("缴费晚了，但不用等，从缴费第二天起有医保。", "Paid late, but without a wait.")
_NO_BREAK = (
    "没有断缴，不用等，医保一直有。第一次参保的，请问当地医保局，电话 12393。",
    "No break, no wait: cover goes on. Who joins for the first time asks the bureau, "
    "telephone 12393.",
)
_UNCONFIRMED = (
    "没有确认的当地规定，算不出日期。请问医保局，电话 12393。",
    "No confirmed local rule: no day can be given. Ask the bureau, telephone 12393.",
)


def when_covered(
    library: PolicyLibrary, asked: CoverQuestion, known_on: dt.date | None = None
) -> CoverAnswer:
    """From which day the person is covered. Raises ValueError for facts that cannot be and
    Refusal 1100 for a place without a pack; a missing rule is an answer with gaps."""
    counts = (asked.missed_years, asked.repaid_years, asked.broken_months)
    if asked.scheme not in (EMPLOYEE, RESIDENT) or min(counts) < 0:
        raise ValueError("the scheme is 310 or 390; years and months are not negative")
    if asked.repaid_years > asked.missed_years:
        raise ValueError("more years are repaid than were missed")
    library.pack(asked.area)
    if asked.scheme == EMPLOYEE:
        return _employee(library, asked, known_on)
    if not 2000 <= asked.year <= 2099:
        raise ValueError("a resident's question names the coverage year")
    if asked.born_on is not None:
        if asked.paid_on < asked.born_on or asked.year < asked.born_on.year:
            raise ValueError("a newborn is insured after birth, from the year of birth on")
        if asked.year == asked.born_on.year:
            return _newborn(library, asked, asked.born_on, known_on)
    return _resident(library, asked, known_on)


def _resident(
    library: PolicyLibrary, asked: CoverQuestion, known_on: dt.date | None
) -> CoverAnswer:
    head = f"res.premium.{asked.year}"
    first = dt.date(asked.year, 1, 1)
    sheet = Sheet(library, asked.area, _day_of(library, asked, f"{head}.windowTo"), known_on)
    opens, closes = _date(sheet, f"{head}.windowFrom"), _date(sheet, f"{head}.windowTo")
    if opens is None or closes is None:
        return _no_day(sheet)
    whole = sheet.day(f"{head}.wholeYearUntil")
    window = Window(
        _stamp(opens),
        _stamp(closes),
        _stamp(whole) if whole else 0,
        _stamp(first),
        stamp(asked.year, 12, 31),
    )
    broken = asked.missed_years > 0 and not asked.exempt
    late = asked.paid_on > closes
    waits = (late or broken) and not asked.exempt
    wait = _resident_wait(sheet, asked, head, late) if waits else 0
    if wait is None:
        return _no_day(sheet)
    start = cover.resident_start(window, _stamp(asked.paid_on), broken, wait)
    said = _NO_WAIT if start.kind == cover.LATE and not start.wait_months else _SAID[start.kind]
    end = dt.date(asked.year, 12, 31) if start.day else None
    return _answer(sheet, start, end, 0, said)


def _newborn(
    library: PolicyLibrary, asked: CoverQuestion, born_on: dt.date, known_on: dt.date | None
) -> CoverAnswer:
    sheet = Sheet(library, asked.area, asked.paid_on, known_on)
    days = sheet.need("wait.newbornDays")
    if days is None:
        return _no_day(sheet)
    last = born_on + dt.timedelta(days=days.integer())
    start = cover.newborn_start(_stamp(born_on), _stamp(asked.paid_on), _stamp(last))
    end = dt.date(asked.year, 12, 31) if start.day else None
    return _answer(sheet, start, end, 0, _SAID[start.kind])


def _day_of(library: PolicyLibrary, asked: CoverQuestion, key: str) -> dt.date:
    """The day on which the rules of a coverage year are looked up: that of payment, unless they
    had not begun to hold then."""
    held = [r.from_date for r in library.records(asked.area, key) if r.from_date is not None]
    return max(asked.paid_on, min(held)) if held else asked.paid_on


def _resident_wait(sheet: Sheet, asked: CoverQuestion, head: str, late: bool) -> int | None:
    """Months of waiting, None where the rules that are needed are not confirmed (N-20)."""
    if late and not asked.missed_years:
        excused = sheet.maybe(f"{head}.unbrokenNoWait")
        if excused is not None and excused.integer():
            return 0
    local = sheet.maybe(f"{head}.lateWait")
    fixed = local or sheet.need("wait.residentMonths")
    if fixed is None:
        return None
    if not asked.missed_years:
        return fixed.integer()
    more = sheet.need("wait.residentPerYear")
    least: Value | None = None
    if asked.missed_years >= LONG_BREAK_YEARS:
        least = sheet.need("wait.residentLeastLong")
        if least is None:
            return None
    if more is None:
        return None
    sheet.gaps.append(
        Gap(
            errors.VALUE_NOT_CONFIRMED,
            "wait",
            more.key,
            "断保的第一年只算固定等待期。也有文本把第一年另加 1 个月，以当地为准",
            "the first missed year counts in the fixed wait only; some texts add a month for it",
        )
    )
    return cover.resident_wait(
        fixed.integer(),
        more.integer(),
        asked.missed_years,
        asked.repaid_years,
        least.integer() if least else 0,
    )


def _employee(
    library: PolicyLibrary, asked: CoverQuestion, known_on: dt.date | None
) -> CoverAnswer:
    sheet = Sheet(library, asked.area, asked.paid_on, known_on)
    if asked.broken_months == 0:  # cover goes on: no rule on breaks is asked
        goes_on = cover.employee_start(_stamp(asked.paid_on), 0, True, 0, 0)
        return _answer(sheet, goes_on, None, 0, _NO_BREAK)
    grace = sheet.need("wait.employeeGraceMonths")
    if grace is None:
        return _no_day(sheet)
    wait, share_bp = 0, WHOLE_BP
    if asked.broken_months > grace.integer() or not asked.repaid:
        name = "wait.employeeRepaidMonths" if asked.repaid else "wait.employeeUnpaidMonths"
        months = sheet.need(name)
        if months is None:
            return _no_day(sheet)
        wait = months.integer()
        share = sheet.maybe("wait.employeeShare")
        share_bp = share.integer() if share is not None else 0
    start = cover.employee_start(
        _stamp(asked.paid_on), asked.broken_months, asked.repaid, grace.integer(), wait
    )
    if start.wait_months:
        half = f"这期间按 {share_bp // 100}% 付。" if share_bp else "这期间没有待遇。"
        part = f"{share_bp // 100}% of benefits until then." if share_bp else "None until then."
        said = (f"断保后要等 {{0}} 个月才有全部待遇。{half}", f"{{0}} months of waiting. {part}")
    else:
        said = (
            "断保不长，已补缴，不用等，从缴费当月起有待遇。",
            "A short break, repaid: covered from the month of payment.",
        )
    return _answer(sheet, start, None, share_bp if start.wait_months else 0, said)


def _no_day(sheet: Sheet) -> CoverAnswer:
    """Without a confirmed rule there is no day; N-25 leaves an employee's wait to the place."""
    return CoverAnswer(None, None, 0, 0, *_UNCONFIRMED, sheet.values(), tuple(sheet.gaps))


def _answer(
    sheet: Sheet, start: Start, end: dt.date | None, share_bp: int, said: tuple[str, str]
) -> CoverAnswer:
    zh, en = (one.replace("{0}", str(start.wait_months)) for one in said)
    first = dt.date(*cover.parts(start.day)) if start.day else None
    return CoverAnswer(
        first, end, start.wait_months, share_bp, zh, en, sheet.values(), tuple(sheet.gaps)
    )


def _date(sheet: Sheet, key: str) -> dt.date | None:
    record = sheet.need(key)
    return record.value if record is not None and isinstance(record.value, dt.date) else None


def _stamp(day: dt.date) -> int:
    return stamp(day.year, day.month, day.day)
