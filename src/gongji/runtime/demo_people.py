# SPDX-License-Identifier: Apache-2.0
"""What an invented person of the demonstration is, and the numbers such a person carries.

Nobody real can be meant: every name begins with 演示·, and every identity number carries the code
of a whole city (360100 and the like), while real ones carry a county's. Check characters are
right (GB 11643). Amounts are fen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.members import idcard, people
from gongji.members.people import ChronicFiling
from gongji.sharing.authorisations import ALL_USES
from gongji.sharing.services import NO_LIMITS, Limits

NANCHANG = 360100
JIUJIANG = 360400
WUHAN = 420100  # another province

M = idcard.MALE
F = idcard.FEMALE

# psn_type of the national table (JX).
WORKING, RETIRED, PRESCHOOL, PUPIL, ADULT, ELDERLY = "11", "21", "41", "42", "50", "60"

NO_ACCOUNT = -1
SINCE = dt.date(2026, 1, 9)  # several givers per recipient are allowed from this day


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person; ``current_fen`` NO_ACCOUNT for people without a personal account."""

    key: str
    name: str
    sex: int
    birth: dt.date
    area: int
    scheme: int
    psn_type: str
    current_fen: int = NO_ACCOUNT
    carried_fen: int = 0
    frozen: bool = False
    status: int = people.INSURED
    paused: dt.date | None = None
    civil_servant: bool = False
    aid_class: int = people.AID_NONE
    flexible: bool = False
    chronic: tuple[ChronicFiling, ...] = ()
    story_zh: str = ""
    story_en: str = ""

    @property
    def retired(self) -> bool:
        """Whether the rules for the retired apply."""
        return self.psn_type == RETIRED


@dataclass(frozen=True, slots=True)
class DemoAuthorisation:
    """Who gives to whom; ``relation`` is what the recipient is to the giver.

    ``taken_over``: made by an older system under other rules, so that today's would refuse it.
    """

    giver: str
    recipient: str
    relation: int
    limits: Limits = NO_LIMITS
    uses: int = ALL_USES
    valid_from: dt.date = SINCE
    valid_until: dt.date | None = None
    paused: bool = False
    taken_over: bool = False


def worker(
    key: str,
    name: str,
    sex: int,
    year: int,
    current_yuan: int | None,
    carried_yuan: int = 0,
    story: tuple[str, str] = ("", ""),
    *,
    area: int = NANCHANG,
    **more: object,
) -> DemoPerson:
    """An employee, in service unless said otherwise; ``current_yuan`` None: no account."""
    facts: dict[str, object] = {
        "psn_type": WORKING,
        "current_fen": NO_ACCOUNT if current_yuan is None else current_yuan * 100,
        "carried_fen": carried_yuan * 100,
        "story_zh": story[0],
        "story_en": story[1],
        **more,
    }
    birth = dt.date(year, 1 + len(key) % 12, 1 + len(name) % 28)
    return DemoPerson(key, "演示·" + name, sex, birth, area, EMPLOYEE, **facts)  # type: ignore[arg-type]


def resident(
    key: str,
    name: str,
    sex: int,
    year: int,
    psn_type: str,
    story: tuple[str, str],
    *,
    area: int = NANCHANG,
    **more: object,
) -> DemoPerson:
    """A person of the residents' scheme: never an own account."""
    facts: dict[str, object] = {"story_zh": story[0], "story_en": story[1], **more}
    birth = dt.date(year, 1 + len(key) % 12, 1 + len(name) % 28)
    return DemoPerson(key, "演示·" + name, sex, birth, area, RESIDENT, psn_type, **facts)  # type: ignore[arg-type]


def certificate_of(index: int, person: DemoPerson) -> str:
    """The identity number of the ``index``-th person of the demonstration."""
    return idcard.make(person.area, person.birth, 2 * index + (1 if person.sex == M else 0))


def psn_no_of(index: int, person: DemoPerson) -> str:
    """The person number: area, 99, ten digits."""
    return f"{person.area}99{index + 1:010d}"


def token_of(index: int) -> str:
    """The e-credential token (mdtrt_cert_type 01)."""
    return f"DEMOTOKEN{index + 1:04d}"


def card_of(index: int) -> str:
    """The number of the social-security card (mdtrt_cert_type 03)."""
    return f"DEMO{index + 1:05d}"
