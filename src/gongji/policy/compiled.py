# SPDX-License-Identifier: Apache-2.0
"""The policy of one area and scheme between two changes, compiled to what the kernel takes.

Answers are computed once and kept; every answer has its provenance under the same arguments.
Whatever is not confirmed raises PolicyGap at the question that needs it, not before.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gongji.kernel.benefit import (
    CHRONIC,
    INPATIENT,
    OUTPATIENT,
    PHARMACY,
    BenefitRules,
)
from gongji.kernel.sharing import SharingRules
from gongji.policy import benefit_rules, errors, only_shown, sharing_rules
from gongji.policy.areas import province_of
from gongji.policy.asking import CHILDBIRTH, CHRONIC_CLASS_I, CHRONIC_CLASS_II, ORDINARY, Ask
from gongji.policy.provenance import Provenance
from gongji.policy.relations import codes
from gongji.policy.trail import Trail

if TYPE_CHECKING:
    from gongji.policy.library import PolicyLibrary

# Filing of care outside the insured place (the ``filed`` argument).
XR_IN_PROVINCE = 0
XR_LONG_TERM = 1
XR_REFERRAL = 2  # referral or emergency
XR_UNFILED = 3
XR_RETURNING = 4  # filed as long-term outside, treated at the insured place
XR_AS_FILED = 5  # an area that counts as filed without a filing
_XR_KEYS = {
    XR_IN_PROVINCE: "xr.inProvince.extraFirstSelf",
    XR_LONG_TERM: "xr.longTerm.extraFirstSelf",
    XR_REFERRAL: "xr.referral.extraFirstSelf",
    XR_UNFILED: "xr.unfiled.extraFirstSelf",
    XR_RETURNING: "xr.returning.extraFirstSelf",
    XR_AS_FILED: "xr.asFiled.extraFirstSelf",
}

_UNFILED = "chr.withoutFiling"

# Pools: visits of one pool share deductible and cap of the year.
POOL_OUTPATIENT = 1
POOL_INPATIENT = 2
POOL_CHRONIC_II = 3

SETTINGS = (OUTPATIENT, PHARMACY, CHRONIC, INPATIENT)
LEVEL_MAX = 3
ADMISSION_MAX = 99  # later admissions read like this one
AGE_MAX = 150

Answer = tuple[BenefitRules, Mapping[str, tuple[Provenance, ...]]]


class AreaPolicy:
    """All rules of one area and scheme, valid from one change of any value to the next."""

    def __init__(
        self,
        library: PolicyLibrary,
        area: int,
        scheme: int,
        on: dt.date,
        known_on: dt.date | None = None,
        when: tuple[str, str] | None = None,
    ) -> None:
        self._library = library
        self._on = on
        self._known_on = known_on
        self._when = when or errors.day(on)
        self.area = area
        self.scheme = scheme
        self.digest = library.digest(area)
        self._benefits: dict[Ask, Answer] = {}
        self._kept: dict[str, int] = {}
        self._sharing: SharingRules | None = None
        self._relations: frozenset[int] | None = None
        self._model: str | None = None
        self._steps: dict[str, tuple[Provenance, ...]] = {}

    # The patient's own benefits

    def benefit(
        self,
        setting: int,
        level: int,
        retired: bool,
        age: int,
        admission_no: int,
        inpatient_class: int = ORDINARY,
        *,
        civil_servant: bool = False,
        aid_class: int = 0,
    ) -> BenefitRules:
        """Rules of one visit; PolicyGap where a value is missing or not confirmed.

        ``level`` 0 (unrated) reads as 1; ``admission_no`` 1 is the year's first.
        ``inpatient_class``: chronic visits 1 = class I, 2 (or 0) = class II; stays 0 = ordinary,
        3 = childbirth. Raises Refusal 1107 for arguments that do not exist.
        """
        return self._answer(
            self._ask(
                setting,
                level,
                retired,
                age,
                admission_no,
                inpatient_class,
                civil_servant,
                aid_class,
            )
        )[0]

    def provenance(
        self,
        setting: int,
        level: int,
        retired: bool,
        age: int,
        admission_no: int,
        inpatient_class: int = ORDINARY,
        *,
        civil_servant: bool = False,
        aid_class: int = 0,
    ) -> Mapping[str, tuple[Provenance, ...]]:
        """Which values stand behind each step of ``benefit`` with the same arguments.

        Steps: deductible, pooled, visit_cap, cap, large, serious, subsidy, aid, prescription.
        """
        return self._answer(
            self._ask(
                setting,
                level,
                retired,
                age,
                admission_no,
                inpatient_class,
                civil_servant,
                aid_class,
            )
        )[1]

    def _ask(
        self,
        setting: int,
        level: int,
        retired: bool,
        age: int,
        admission_no: int,
        visit_class: int,
        civil_servant: bool,
        aid_class: int,
    ) -> Ask:
        if setting not in SETTINGS:
            raise errors.bad_argument(f"就医类型 {setting} 不存在", f"no such setting: {setting}")
        if not 0 <= level <= LEVEL_MAX:
            raise errors.bad_argument(f"机构等级 {level} 不存在", f"no such level: {level}")
        allowed = {
            CHRONIC: (ORDINARY, CHRONIC_CLASS_I, CHRONIC_CLASS_II),
            INPATIENT: (ORDINARY, CHILDBIRTH),
        }.get(setting, (ORDINARY,))
        if visit_class not in allowed:
            raise errors.bad_argument(
                f"就医类别 {visit_class} 不适用于该就医类型",
                f"class {visit_class} does not exist in setting {setting}",
            )
        if not 0 <= age <= AGE_MAX or admission_no < 0 or not 0 <= aid_class <= 9:
            raise errors.bad_argument("年龄、住院次数或救助类别有误", "age, admission or aid class")
        stay = setting == INPATIENT
        return Ask(
            self.scheme,
            setting,
            max(level, 1),
            bool(retired),
            age if stay else 0,
            min(max(admission_no, 1), ADMISSION_MAX) if stay else 1,
            visit_class,
            bool(civil_servant),
            aid_class,
            level == 0 and setting == OUTPATIENT,
        )

    def _answer(self, ask: Ask) -> Answer:
        found = self._benefits.get(ask)
        if found is None:
            trail = self._trail()
            rules = benefit_rules.build(trail, ask)
            found = self._benefits[ask] = (rules, trail.steps())
        return found

    @staticmethod
    def pool(setting: int, inpatient_class: int = ORDINARY) -> int:
        """POOL_* whose deductible and caps a visit uses: outpatient and pharmacy share one,
        inpatient and class I another."""
        if setting == INPATIENT or (setting == CHRONIC and inpatient_class == CHRONIC_CLASS_I):
            return POOL_INPATIENT
        return POOL_CHRONIC_II if setting == CHRONIC else POOL_OUTPATIENT

    def unfiled_is_ordinary(self) -> bool:
        """Is chronic care without a filing in force settled as ordinary care (chr.withoutFiling)?

        Whatever is not confirmed, or not written at all, means that it is refused.
        """
        if "unfiled" not in self._kept:
            found = self._library.value(self.area, _UNFILED, self._on, known_on=self._known_on)
            if found is not None and not self._library.accepted(found):
                found = None
            self._kept["unfiled"] = int(found is not None and found.value == "ORDINARY")
        return bool(self._kept["unfiled"])

    # Mutual aid

    @property
    def sharing(self) -> SharingRules:
        """Rules of the kernel's sharing; raises PolicyGap."""
        if self._sharing is None:
            trail = self._trail()
            self._sharing = sharing_rules.build(trail)
            self._steps.update(trail.steps())
        return self._sharing

    @property
    def relations(self) -> frozenset[int]:
        """National relation codes that may share on this date; raises PolicyGap."""
        if self._relations is None:
            trail = self._trail()
            self._relations = codes(trail.need("relations", "ma.relations").names())
            self._steps.update(trail.steps())
        return self._relations

    @property
    def model(self) -> str:
        """AUTHORISE, TRANSFER_POCKET, GROUP_GRANT or WALLET; raises PolicyGap."""
        if self._model is None:
            trail = self._trail()
            self._model = str(trail.need("model", "ma.model").value)
            self._steps.update(trail.steps())
        return self._model

    @property
    def insured_scope(self) -> int:
        """POOL = 1 or PROVINCE = 2: where giver and recipient must be insured."""
        return self._keep("insured_area", sharing_rules.insured_scope)

    @property
    def treatment_scope(self) -> int:
        """POOL = 1, PROVINCE = 2 or NATION = 3: where relatives' money may be used."""
        return self._keep("treatment_area", sharing_rules.treatment_scope)

    @property
    def giver_order(self) -> int:
        """ORDER_* of the kernel: how givers are ranked before it; raises PolicyGap."""
        return self._keep("order", sharing_rules.giver_order)

    def use_allowed(self, setting: int) -> bool:
        """May relatives' accounts pay in this setting? What is not confirmed is not allowed."""
        key = sharing_rules.USE_KEYS.get(setting)
        if key is None:
            raise errors.bad_argument(f"就医类型 {setting} 不存在", f"no such setting: {setting}")

        def ask(trail: Trail) -> int:
            try:
                return trail.need(f"use_{setting}", key).integer()
            except errors.PolicyGap:
                return 0

        return bool(self._keep(f"use_{setting}", ask))

    def dissolves(self, broken_on: dt.date, by_giver: bool) -> bool:
        """Say whether a break of insurance that began on a day ended the authorisation.

        By the rule in force on that day: DISSOLVE and RETURN end it, SUSPEND only stops payment
        during the break. The recipient's break counts where a text says that either side's does.
        Raises: PolicyGap where what a break does is not confirmed.
        """
        look = self._library
        if not by_giver:
            side = look.value(
                self.area, sharing_rules.PAUSE_OF_KEY, broken_on, known_on=self._known_on
            )
            if side is None or not look.accepted(side) or side.value != sharing_rules.EITHER_SIDE:
                return False
        rule = look.require(
            self.area, sharing_rules.ON_PAUSE_KEY, broken_on, known_on=self._known_on
        )
        return rule.value != sharing_rules.SUSPEND

    # Care elsewhere

    def extra_first_self_bp(self, setting: int, filed: int) -> int:
        """Extra first self-pay of care away from the insured place, basis points of the in-policy
        cost; ``filed`` is one of XR_*. Raises PolicyGap. The setting does not matter so far."""
        key = _XR_KEYS.get(filed)
        if key is None or setting not in SETTINGS:
            raise errors.bad_argument(f"备案类型 {filed} 不存在", f"no such filing: {filed}")
        return self._keep(f"extra_first_self_{filed}", lambda t: t.need("extra", key).integer())

    def extra_first_self_sources(self, filed: int) -> tuple[Provenance, ...]:
        """The value behind ``extra_first_self_bp``; raises PolicyGap."""
        trail = self._trail()
        trail.need("extra", _XR_KEYS[filed])
        return trail.steps()["extra"]

    def counts_as_filed(self, care_area: int) -> bool:
        """Whether care in an area of another province counts as filed without a filing."""
        found = self._trail().known("extra", "xr.asFiledAreas")
        areas = found.value if found is not None and isinstance(found.value, tuple) else ()
        return province_of(care_area) in areas

    def refuse_elsewhere(self, setting: int, filed: int) -> None:
        """Refuse care outside the pooling area that has a rule of its own which is only shown;
        raises PolicyGap."""
        only_shown.elsewhere(self._trail(), self.scheme, setting, filed)

    def sources(self) -> Mapping[str, tuple[Provenance, ...]]:
        """Values behind the sharing steps (model, relations, eligible_base, buckets, retained,
        own_first, max_givers, deductible_counts, order, areas, uses); raises PolicyGap."""
        _ = (self.model, self.sharing, self.relations)
        with contextlib.suppress(errors.PolicyGap):  # several givers are denied then, not one
            _ = self.giver_order
        _ = (self.insured_scope, self.treatment_scope)
        for setting in SETTINGS:
            self.use_allowed(setting)
        # In one order whoever asked first, without what concerns care elsewhere: the digest of
        # a stored rule set must not depend on earlier questions.
        return {name: self._steps[name] for name in sorted(self._steps) if name != "extra"}

    def _trail(self) -> Trail:
        return Trail(self._library, self.area, self._on, self._known_on, self._when)

    def _keep(self, name: str, ask: Callable[[Trail], int]) -> int:
        if name not in self._kept:
            trail = self._trail()
            self._kept[name] = ask(trail)
            self._steps.update(trail.steps())
        return self._kept[name]
