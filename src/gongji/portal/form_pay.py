# SPDX-License-Identifier: Apache-2.0
"""The form of "what would we pay": its fields with defaults for an elder, and the family in it.

Everything that is typed travels in the address, so that a calculation can be kept and shared;
no name is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from gongji.advice.family import Family, Relative, bill_of
from gongji.kernel.benefit import (
    CHRONIC,
    EMPLOYEE,
    INPATIENT,
    NEW_YEAR,
    OUTPATIENT,
    PHARMACY,
    RESIDENT,
)
from gongji.policy.benefit_rules import CHILDBIRTH, CHRONIC_CLASS_I, ORDINARY
from gongji.policy.library import PolicyLibrary
from gongji.portal.forms import Choice, Field, Option, areas_by_province
from gongji.portal.given import Given
from gongji.portal.look import Look
from gongji.portal.shelf import When
from gongji.portal.words import W
from gongji.portal.words_tools import (
    FILED,
    KIN_STATE,
    LEVEL,
    PRESCRIPTION,
    RELATIVES,
    SCHEME,
    SETTING,
    STATUS,
)

RELATIVES_MAX = 5
AGE_MAX = 120
ADMISSIONS_MAX = 30
FIRST_AREA = 360100
# A retired person at a large hospital with a bill of 780 yuan, helped by a daughter or son.
DEFAULTS = {"bill": "780", "first": "66", "self": "4", "own": "35.10", "r1": "CHILD",
            "b1": "1000"}  # fmt: skip
# What stands in the list of settings -> setting and class of the visit.
VISITS: dict[str, tuple[int, int]] = {
    "1": (OUTPATIENT, ORDINARY),
    "2": (PHARMACY, ORDINARY),
    "3": (CHRONIC, ORDINARY),
    "4": (INPATIENT, ORDINARY),
    "5": (CHRONIC, CHRONIC_CLASS_I),
    "6": (INPATIENT, CHILDBIRTH),
}
Pairs = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KinFields:
    """The fields of one relative; ``open`` when something is filled in."""

    number: int
    first: list[Field | Choice]
    more: list[Field | Choice]
    open: bool


class PayForm:
    """The fields as they are shown again, and the family that they describe."""

    def __init__(self, library: PolicyLibrary, given: Given, when: When, look: Look) -> None:
        self._library, self._given, self._look = library, given, look
        self._fresh = not given.raw("bill")
        areas = tuple(str(area) for area in library.areas())
        first = str(FIRST_AREA) if str(FIRST_AREA) in areas else areas[-1]
        self._area = given.choice("area", areas, first)
        self._words = {
            "scheme": given.choice("scheme", tuple(SCHEME), "employee"),
            "status": given.choice("status", tuple(STATUS), "ret"),
            "setting": given.choice("setting", tuple(SETTING), "1"),
            "level": given.choice("level", tuple(LEVEL), "3"),
            "care": given.choice("care", areas, ""),
            "filed": given.choice("filed", tuple(FILED), "3"),
            "rx": given.choice("rx", tuple(PRESCRIPTION), "no"),
        }
        self.family = self._family(when, areas)
        self._errors = {one.field: look.pick((one.zh, one.en)) for one in given.problems}
        self._when = when

    @property
    def asked(self) -> bool:
        """Has anybody asked yet?"""
        return not self._fresh

    def _raw(self, field: str) -> str:
        return self._given.raw(field, DEFAULTS.get(field, "") if self._fresh else "")

    def _family(self, when: When, areas: tuple[str, ...]) -> Family | None:
        given, words = self._given, self._words
        total_fen = given.yuan("bill")
        if self._fresh:
            return None
        if total_fen <= 0 and not any(one.field == "bill" for one in given.problems):
            given.complain("bill", "请填账单总额，要大于 0", "the bill must be above zero")
        parts = [given.yuan(name) for name in ("self", "over", "first")]
        if sum(parts) > total_fen > 0:
            given.complain(
                "self",
                "全自费、超限价和先自付加起来超过了账单总额",
                "the parts exceed the bill",
            )
        retired = words["scheme"] == "employee" and words["status"] == "ret"
        own_fen, carried_fen = self._account("own", "own_c")
        used = NEW_YEAR._replace(
            deductible_used_fen=given.yuan("used_d"), pooled_paid_fen=given.yuan("used_f")
        )
        age = given.whole("age", 68 if retired else 45, 0, AGE_MAX)
        admission = given.whole("adm", 1, 1, ADMISSIONS_MAX)
        relatives = tuple(
            one
            for number in range(1, RELATIVES_MAX + 1)
            if (one := self._relative(number, areas)) is not None
        )
        if given.problems:
            return None
        setting, visit_class = VISITS[words["setting"]]
        return Family(
            area=int(self._area),
            scheme=EMPLOYEE if words["scheme"] == "employee" else RESIDENT,
            setting=setting,
            level=int(words["level"]),
            bill=bill_of(total_fen, *parts),
            date=when.on,
            retired=retired,
            age=age,
            admission_no=admission if setting == INPATIENT else 1,
            visit_class=visit_class,
            used=used,
            own_current_fen=own_fen - carried_fen if words["scheme"] == "employee" else 0,
            own_carried_fen=carried_fen if words["scheme"] == "employee" else 0,
            relatives=relatives,
            care_area=int(words["care"] or 0),
            filed=int(words["filed"]),
            prescribed=words["rx"] == "yes",
        )

    def _account(self, whole: str, carried: str) -> tuple[int, int]:
        whole_fen, carried_fen = self._given.yuan(whole), self._given.yuan(carried)
        if carried_fen > whole_fen:
            self._given.complain(
                carried, "往年剩下的钱不能超过余额", "the carried part exceeds the balance"
            )
        return whole_fen, carried_fen

    def _relative(self, number: int, areas: tuple[str, ...]) -> Relative | None:
        given = self._given
        relation = given.choice(f"r{number}", tuple(RELATIVES), "")
        if not relation:
            return None
        whole_fen, carried_fen = self._account(f"b{number}", f"c{number}")
        area = given.choice(f"a{number}", areas, self._area)
        state = given.choice(f"st{number}", tuple(KIN_STATE), "ok")
        visit_fen, day_fen, year_fen, aside_fen = (
            given.yuan(f"{letter}{number}") if given.text(f"{letter}{number}") else None
            for letter in "vdys"
        )
        return Relative(
            label=self._look.pick((f"家人{number}", f"relative {number}")),
            relation=relation,
            area=int(area),
            current_fen=whole_fen - carried_fen,
            carried_fen=carried_fen,
            visit_limit_fen=visit_fen,
            day_limit_fen=day_fen,
            year_limit_fen=year_fen,
            set_aside_fen=aside_fen,
            paused=state == "paused",
            employee=state != "resident",
            insured=state != "broken",
        )

    # What is shown again

    def _field(self, name: str, word: str, kind: str = "amount", hint: str = "") -> Field:
        look = self._look
        hint = look.pick(W[hint]) if hint else ""
        value = self._raw(name)
        return Field(name, look.pick(W[word]), kind, value, hint, self._errors.get(name, ""))

    def _choice(self, name: str, word: str, pairs: Pairs, chosen: str, nothing: str = "") -> Choice:
        look = self._look
        options = [Option("", look.pick(W[nothing]), not chosen)] if nothing else []
        options += [Option(key, look.pick(pair), key == chosen) for key, pair in pairs.items()]
        error = self._errors.get(name, "")
        return Choice(name, look.pick(W[word]), [("", options)], error=error)

    def _areas(self, name: str, word: str, chosen: str, nothing: str = "") -> Choice:
        look = self._look
        empty = look.pick(W[nothing]) if nothing else ""
        groups = areas_by_province(self._library, look, chosen, empty)
        return Choice(name, look.pick(W[word]), groups, error=self._errors.get(name, ""))

    def patient(self) -> list[Field | Choice]:
        """Who is ill."""
        words = self._words
        return [
            self._areas("area", "area", self._area),
            self._choice("scheme", "pay_scheme", SCHEME, words["scheme"]),
            self._choice("status", "pay_status", STATUS, words["status"]),
            self._field("own", "pay_own"),
        ]

    def visit(self) -> list[Field | Choice]:
        """What for, where and how much."""
        words, look = self._words, self._look
        day = Field(
            "on",
            look.pick(W["on"]),
            "date",
            str(self._when.on),
            "",
            self._errors.get("on", ""),
        )
        return [
            self._choice("setting", "pay_setting", SETTING, words["setting"]),
            self._choice("rx", "pay_rx", PRESCRIPTION, words["rx"]),
            self._choice("level", "pay_level", LEVEL, words["level"]),
            self._field("bill", "pay_bill"),
            day,
        ]

    def more(self) -> list[Field | Choice]:
        """What may be left out."""
        words = self._words
        return [
            self._areas("care", "pay_care", words["care"], "pay_care_same"),
            self._choice("filed", "pay_filed", FILED, words["filed"]),
            self._field("self", "pay_self", hint="pay_self_hint"),
            self._field("over", "pay_over"),
            self._field("first", "pay_first", hint="pay_first_hint"),
            self._field("age", "pay_age", "number"),
            self._field("adm", "pay_adm", "number"),
            self._field("own_c", "pay_own_carried", hint="carried_hint"),
            self._field("used_d", "pay_used_ded", hint="pay_used_ded_hint"),
            self._field("used_f", "pay_used_fund", hint="pay_used_fund_hint"),
        ]

    def kin(self) -> list[KinFields]:
        """The relatives."""
        found = []
        for number in range(1, RELATIVES_MAX + 1):
            relation = self._raw(f"r{number}")
            first: list[Field | Choice] = [
                self._choice(f"r{number}", "kin_relation", RELATIVES, relation, "kin_none"),
                self._field(f"b{number}", "kin_balance"),
            ]
            state = self._raw(f"st{number}") or "ok"
            more: list[Field | Choice] = [
                self._choice(f"st{number}", "kin_state", KIN_STATE, state),
                self._areas(f"a{number}", "kin_area", self._raw(f"a{number}"), "kin_same"),
                self._field(f"c{number}", "kin_carried", hint="carried_hint"),
                self._field(f"v{number}", "kin_visit", hint="limit_hint"),
                self._field(f"d{number}", "kin_day", hint="limit_hint"),
                self._field(f"y{number}", "kin_year", hint="limit_hint"),
                self._field(f"s{number}", "kin_aside", hint="kin_aside_hint"),
            ]
            found.append(KinFields(number, first, more, bool(relation)))
        return found

    def wrong(self, fields: list[Field | Choice]) -> bool:
        """Does any of these fields carry a message?"""
        return any(field.error for field in fields)
