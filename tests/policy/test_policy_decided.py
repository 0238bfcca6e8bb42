# SPDX-License-Identifier: Apache-2.0
"""Decisions of the product have a word of their own; what nothing reads or what differs on a weak
text is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from policy_packs import block, copied, replace, written

from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, RESIDENT, Bill
from gongji.policy import errors, showing
from gongji.policy.away import bill_away, kind_of
from gongji.policy.compiled import (
    XR_AS_FILED,
    XR_IN_PROVINCE,
    XR_LONG_TERM,
    XR_REFERRAL,
    XR_RETURNING,
    XR_UNFILED,
)
from gongji.policy.errors import NOT_SETTLED_HERE, PolicyGap
from gongji.policy.key_spec import KeySpec
from gongji.policy.keys import KEYS
from gongji.policy.library import DECIDES_MONEY, PolicyLibrary
from gongji.policy.lint import lint
from gongji.policy.lint_unread import is_read
from gongji.policy.shown_only import SHOWN_ONLY

TODAY = dt.date(2026, 12, 1)
DAY = dt.date(2026, 3, 2)
NANCHANG, JIUJIANG, TANGSHAN = 360100, 360400, 130200


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def found(root: Path, code: str) -> list[tuple[str, str]]:
    return [(f.file, f.key) for f in lint(root, today=TODAY) if f.code == code]


# Decisions


def test_every_decision_is_decided_and_nothing_else_is(library: PolicyLibrary) -> None:
    for area in library.areas():
        for records in library.pack(area).values.values():
            for record in records:
                product = library.sources[record.source].grade == "P"
                if record.confidence == "decided":
                    assert product, record
                    assert record.note, record
                    dt.date.fromisoformat(record.published)
                elif product:
                    assert record.confidence == "low", record


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("confidence: decided\n    note: 各地", "confidence: medium\n    note: 各地"),
        ("source: GJ-01\n", "source: P23\n"),
        ("    note: 各地文件写“最高支付限额”，按基金支付额理解；写明按费用计的地区另行覆盖\n", ""),
        ("published: 2026-11-22\n    source: GJ-01", "published: unknown\n    source: GJ-01"),
    ],
    ids=["medium", "a document", "no reason", "no day"],
)
def test_lint_holds_decisions_to_word_reason_and_day(tmp_path: Path, old: str, new: str) -> None:
    root = copied(tmp_path)
    replace(root, "100000/steps.yaml", old, new)
    assert ("100000/steps.yaml", "op.capBasis") in found(root, "decided")


def test_a_deployment_may_leave_decisions_out() -> None:
    strict = PolicyLibrary.load(accept=DECIDES_MONEY - {"decided"})
    with pytest.raises(PolicyGap) as caught:
        strict.require(NANCHANG, "ip.capBasis", DAY)
    assert caught.value.key == "ip.capBasis"
    assert "本产品的决定" in caught.value.zh


def test_a_decision_is_shown_with_its_day(library: PolicyLibrary) -> None:
    shown = showing.sheet(library, NANCHANG, "employee", DAY)
    row = next(row for row in shown.rows if row.key == "ip.capBasis")
    told = "\n".join(showing.lines(row, "zh"))
    assert "本产品的决定（2026-11-22）" in told
    assert "非法律" in told


# Keys that nothing reads


def test_each_key_is_read_or_says_why_not() -> None:
    patterns = {spec.pattern for spec in KEYS}
    assert set(SHOWN_ONLY) <= patterns
    assert [spec.pattern for spec in KEYS if not spec.shown and not is_read(spec)] == []


def test_what_is_only_shown_is_not_read() -> None:
    read = [spec.pattern for spec in KEYS if spec.shown and is_read(spec)]
    # Named only to refuse what needs them.
    assert set(read) <= {
        "op.outside.deductible.{L}", "op.outside.repeatDeductible.{L}",
        "op.repeatDeductible.{L}", "op.ratioPrimary[.{S}]", "op.ratioReferred[.{S}]",
        "chr.ratio[.{S}]", "res.chr.ratio", "mat.naturalBirth", "op.countsInPooledCap",
        "res.op.ratioCountyTcm", "res.op.ratioAt.{P}", "res.op.capAt.{P}", "xr.asFiled",
        "xr.referral.ratioCut", "xr.unfiled.ratioCut",
    }  # fmt: skip
    assert not is_read(KeySpec("op.nobodyReadsThis", ("yuan",), "", ""))


def test_lint_refuses_a_key_that_nothing_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "gongji.policy.lint_unread.is_read", lambda spec: "perVisitCap" not in spec.pattern
    )
    assert {f.key.split(".L")[0] for f in lint(today=TODAY) if f.code == "unread"} == {
        "op.perVisitCap",
        "res.op.perVisitCap",
    }


@pytest.mark.parametrize(
    ("key", "unit", "value", "ask"),
    [
        ("op.repeatDeductible.L2", "yuan", "50", (OUTPATIENT, 2)),
        ("op.ratioPrimary", "percent", "71", (OUTPATIENT, 1)),
        ("op.ratioReferred", "percent", "71", (OUTPATIENT, 3)),
        ("op.tcmRatio", "percent", "71", (OUTPATIENT, 2)),
        ("op.monthlyCap", "yuan", "300", (OUTPATIENT, 1)),
        ("op.countsInPooledCap", "yes_no", "true", (INPATIENT, 3)),
    ],
)
def test_a_rule_that_is_only_shown_denies_what_needs_it(
    tmp_path: Path, key: str, unit: str, value: str, ask: tuple[int, int]
) -> None:
    root = copied(tmp_path)
    place = root / "360100" / "inpatient.yaml"
    more = block(key, value, unit=unit, confidence="low").replace("DOC", "P36")
    place.write_text(place.read_text("utf-8") + more, encoding="utf-8")
    policy = PolicyLibrary.load(root).compiled(NANCHANG, 310, DAY)
    with pytest.raises(PolicyGap) as caught:
        policy.benefit(*ask, False, 45, 1)
    assert (caught.value.code, caught.value.key) == (NOT_SETTLED_HERE, key)


def test_the_same_ratio_denies_nothing(tmp_path: Path, library: PolicyLibrary) -> None:
    ratio = library.require(NANCHANG, ("op.ratio.L1.in", "op.ratio.L1"), DAY)
    root = copied(tmp_path)
    place = root / "360100" / "inpatient.yaml"
    more = block("op.ratioPrimary.in", str(ratio.written), unit=ratio.written_unit)
    place.write_text(place.read_text("utf-8") + more.replace("DOC", "P36"), encoding="utf-8")
    policy = PolicyLibrary.load(root).compiled(NANCHANG, 310, DAY)
    assert policy.benefit(OUTPATIENT, 1, False, 45, 1).segment_ratio_bp[0] == ratio.value


# Weak values that differ


def weak(value: str, **more: str) -> str:
    return block(confidence="low", more="inherit_if_unconfirmed: true", value=value, **more)


@pytest.mark.parametrize(
    ("key", "unit", "above", "below", "holds"),
    [
        ("ma.giverOrder", "choice", "CONFIGURED", "CONFIGURED", True),
        ("ma.giverOrder", "choice", "CONFIGURED", "FILING_ORDER", False),
        ("ma.treatmentArea", "choice", "PROVINCE", "NATION", True),
        ("ma.treatmentArea", "choice", "NATION", "POOL", False),
        ("ma.relations", "relations", "[SPOUSE]", "[SPOUSE, CHILD]", True),
        ("ma.relations", "relations", "[SPOUSE, CHILD]", "[SPOUSE]", False),
        ("ma.use.vaccine", "yes_no", "false", "true", True),
        ("ma.use.vaccine", "yes_no", "true", "false", False),
        ("ma.maxGiversPerRecipient", "count", "1", "none", True),
        ("ma.maxGiversPerRecipient", "count", "none", "1", False),
        ("ip.cap", "yuan", "100000", "120000", False),
        ("ip.cap", "yuan", "100000", "100000", True),
    ],
)
def test_the_parent_stands_in_only_where_nothing_more_is_allowed(
    tmp_path: Path, key: str, unit: str, above: str, below: str, holds: bool
) -> None:
    root = written(
        tmp_path,
        {100000: [block(key, above, unit=unit)], 990000: [weak(below, key=key, unit=unit)]},
    )
    library = PolicyLibrary.load(root)
    if holds:
        assert library.require(990000, key, DAY).area == 100000
    else:
        with pytest.raises(PolicyGap) as caught:
            library.require(990000, key, DAY)
        assert caught.value.code == errors.VALUE_NOT_CONFIRMED
    assert (("990000/values.yaml", key) in found(root, "deviates")) is not holds


# Care elsewhere


def bill(in_policy_fen: int) -> Bill:
    return Bill(in_policy_fen, 0, 0, 0, in_policy_fen)


@pytest.mark.parametrize(
    ("care", "filed", "kind"),
    [
        (NANCHANG, 0, None),
        (360102, XR_UNFILED, None),
        (NANCHANG, XR_LONG_TERM, XR_RETURNING),
        (JIUJIANG, XR_UNFILED, XR_IN_PROVINCE),
        (JIUJIANG, XR_LONG_TERM, XR_IN_PROVINCE),
        (440100, 0, XR_UNFILED),
        (440100, XR_LONG_TERM, XR_LONG_TERM),
        (440100, XR_REFERRAL, XR_REFERRAL),
    ],
)
def test_what_care_elsewhere_counts_as(
    library: PolicyLibrary, care: int, filed: int, kind: int | None
) -> None:
    policy = library.compiled(NANCHANG, 310, DAY)
    assert kind_of(policy, INPATIENT, NANCHANG, care, filed) == kind
    # Jiangxi: 0 % in the province and filed for long, 10 % referred or returning, 20 % unfiled.
    share = {None: 0, XR_IN_PROVINCE: 0, XR_LONG_TERM: 0, XR_REFERRAL: 10, XR_RETURNING: 10,
             XR_UNFILED: 20}[kind]  # fmt: skip
    assert bill_away(policy, bill(10_000), INPATIENT, NANCHANG, care, filed).first_self_fen == (
        share * 100
    )


def test_the_capital_region_counts_as_filed_but_not_for_chronic_care(
    library: PolicyLibrary,
) -> None:
    policy = library.compiled(TANGSHAN, 310, DAY)
    for care in (110000, 110105, 120000):
        assert kind_of(policy, OUTPATIENT, TANGSHAN, care, XR_UNFILED) == XR_AS_FILED
        assert bill_away(policy, bill(10_000), OUTPATIENT, TANGSHAN, care, 0) == bill(10_000)
        with pytest.raises(PolicyGap, match=r"xr\.unfiled"):
            bill_away(policy, bill(10_000), CHRONIC, TANGSHAN, care, 0)
    with pytest.raises(PolicyGap, match=r"xr\.unfiled"):
        bill_away(policy, bill(10_000), OUTPATIENT, TANGSHAN, 310000, 0)
    before = library.compiled(TANGSHAN, 310, dt.date(2023, 3, 31))
    assert kind_of(before, OUTPATIENT, TANGSHAN, 110000, 0) == XR_UNFILED


def test_elsewhere_in_the_province_needs_a_value(library: PolicyLibrary) -> None:
    policy = library.compiled(TANGSHAN, 310, DAY)
    with pytest.raises(PolicyGap, match=r"xr\.inProvince"):
        bill_away(policy, bill(10_000), OUTPATIENT, TANGSHAN, 130700, 0)


def test_a_cut_of_the_ratio_is_denied(tmp_path: Path) -> None:
    root = copied(tmp_path)
    place = root / "360000" / "inpatient.yaml"
    more = block("xr.unfiled.ratioCut", "10", unit="percent", confidence="low")
    place.write_text(place.read_text("utf-8") + more.replace("DOC", "P36"), encoding="utf-8")
    policy = PolicyLibrary.load(root).compiled(NANCHANG, RESIDENT, DAY)
    with pytest.raises(PolicyGap, match=r"xr\.unfiled\.ratioCut"):
        bill_away(policy, bill(10_000), INPATIENT, NANCHANG, 440100, 0)
    assert bill_away(policy, bill(10_000), INPATIENT, NANCHANG, 440100, XR_LONG_TERM)


# The base of the serious-illness threshold


@pytest.mark.parametrize(("base", "open_from_fen"), [("STAYS", 10**15), ("ALL_VISITS", 500_000)])
def test_the_visits_that_count_are_a_value(tmp_path: Path, base: str, open_from_fen: int) -> None:
    root = copied(tmp_path)
    replace(root, "100000/steps.yaml", "res.serious.base: STAYS", f"res.serious.base: {base}")
    policy = PolicyLibrary.load(root).compiled(NANCHANG, RESIDENT, DAY)
    visit = policy.benefit(OUTPATIENT, 1, False, 8, 1)
    assert visit.serious_counts == int(base == "ALL_VISITS")
    assert visit.open_serious_from_fen == open_from_fen
    stay = policy.benefit(INPATIENT, 3, False, 8, 1)
    assert (stay.serious_counts, stay.open_serious_from_fen) == (1, 500_000)
    aided = policy.benefit(INPATIENT, 3, False, 8, 1, aid_class=1)
    assert (aided.open_serious_from_fen, aided.open_aid_from_fen) == (250_000, 0)
