# SPDX-License-Identifier: Apache-2.0
"""Worked cases of a pack: bills a jurist can check by hand, run through the real kernel.

Amounts are written in yuan. A case expects figures, a gap, the values in force on a day, or a
credit to an account; ``accept`` lets a case say what would follow if weaker values were accepted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

from gongji.kernel.benefit import (
    CHRONIC,
    INPATIENT,
    NO_LIMIT_FEN,
    OUTPATIENT,
    PHARMACY,
    BenefitState,
    Bill,
    settle_benefit,
)
from gongji.kernel.settling import Split, split_bill
from gongji.kernel.sharing import USE_ACCOUNTS, Payer
from gongji.policy import yamlpos
from gongji.policy.benefit_rules import CHILDBIRTH, CHRONIC_CLASS_I, CHRONIC_CLASS_II, ORDINARY
from gongji.policy.errors import PackFault, PolicyGap
from gongji.policy.keys import SCHEMES
from gongji.policy.library import DECIDES_MONEY, PACKS, PolicyLibrary
from gongji.policy.provenance import Provenance
from gongji.policy.units import hundredths

SETTINGS = {
    "outpatient": OUTPATIENT,
    "pharmacy": PHARMACY,
    "chronic": CHRONIC,
    "inpatient": INPATIENT,
}
CLASSES = {
    "ordinary": ORDINARY,
    "classI": CHRONIC_CLASS_I,
    "classII": CHRONIC_CLASS_II,
    "childbirth": CHILDBIRTH,
}
_STATE = {
    "deductible": "deductible_used_fen",
    "in_policy": "in_policy_used_fen",
    "pooled": "pooled_paid_fen",
    "large": "large_paid_fen",
    "serious_base": "serious_base_fen",
    "serious": "serious_paid_fen",
    "subsidy": "subsidy_paid_fen",
    "aid_base": "aid_base_fen",
    "aid": "aid_paid_fen",
}


class _Groups(TypedDict):
    civil_servant: bool
    aid_class: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case as written, with its place."""

    file: str
    line: int
    area: int
    name: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case after running: what differed (empty = as expected)."""

    case: Case
    differences: tuple[str, ...]


def read_cases(root: Path | None = None) -> list[Case]:
    """All cases below a folder of packs; raises PackFault."""
    base = root or PACKS
    found: list[Case] = []
    for path in sorted(base.glob("*/cases/*.yaml")):
        name = path.relative_to(base).as_posix()
        data, lines = yamlpos.read(path, name)
        entries = data.get("cases") if isinstance(data, dict) else None
        area = int(path.parent.parent.name)
        if not isinstance(data, dict) or not isinstance(entries, list) or data.get("area") != area:
            raise PackFault(name, 1, "a file of cases has the area of its folder and cases")
        for number, entry in enumerate(entries):
            line = lines[("cases", number)]
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                raise PackFault(name, line, "a case is a map with a name")
            found.append(Case(name, line, area, str(entry["name"]), entry))
    return found


def run_cases(root: Path | None = None) -> list[Outcome]:
    """Run every case below a folder of packs (None: those shipped)."""
    libraries = lru_cache(maxsize=8)(lambda accept: PolicyLibrary.load(root, accept=accept))
    outcomes = []
    for case in read_cases(root):
        accept = DECIDES_MONEY | frozenset(_words(case.data.get("accept")))
        outcomes.append(Outcome(case, tuple(run_case(libraries(accept), case))))
    return outcomes


def run_case(library: PolicyLibrary, case: Case) -> Iterable[str]:
    """Differences between a case and what the library and the kernel give; none = right."""
    data = case.data
    on = data.get("date")
    if not isinstance(on, dt.date):
        return ["date is missing"]
    try:
        got = _calculate(library, case, on)
    except PolicyGap as gap:
        if data.get("gap") == gap.key:
            return []
        return [f"gap {gap.key} ({gap.why}), expected {data.get('gap', 'figures')}"]
    except (ValueError, KeyError) as error:
        return [f"unreadable case: {error}"]
    if "gap" in data:
        return [f"expected the gap {data['gap']}, got figures"]
    expected = _map(data.get("expect"))
    differences: list[str] = []
    for key, written in expected.items():
        if key == "givers":
            wanted: object = tuple(hundredths(item) for item in _list(written))
        elif key == "values":
            differences.extend(_compare_values(library, case, on, _map(written)))
            continue
        else:
            wanted = hundredths(written)
        if got.get(key) != wanted:
            differences.append(f"{key}: expected {wanted} fen, got {got.get(key)}")
    return differences if expected else ["nothing is expected"]


def _calculate(library: PolicyLibrary, case: Case, on: dt.date) -> dict[str, object]:
    data = case.data
    if "credit" in data:
        credit = _map(data["credit"])
        base_fen = hundredths(credit.get("base", 0))
        years = credit.get("age", 0)
        age = years if isinstance(years, int) else 0
        retired = credit.get("retired") is True
        amount_fen, _ = library.credit_fen(case.area, on, retired, base_fen, age=age)
        return {"credit": amount_fen}
    if "bill" not in data:
        return {}
    policy = library.compiled(case.area, SCHEMES[str(data["scheme"])], on)
    ask, groups = _ask(data)
    rules = policy.benefit(*ask, **groups)
    bill = _bill(_map(data["bill"]))
    if data.get("prescription") is False:
        bill = bill._replace(unprescribed_fen=bill.in_policy_fen)
    used = {_STATE[key]: hundredths(v) for key, v in _map(data.get("used")).items()}
    state = BenefitState(**{name: used.get(name, 0) for name in BenefitState._fields})
    if "accounts" in data:
        accounts = _map(data["accounts"])
        own_fen = hundredths(accounts.get("own", 0))
        payers = [
            Payer(hundredths(balance), 0, *(NO_LIMIT_FEN,) * 4, 0)
            for balance in _list(accounts.get("givers"))
        ]
        split = split_bill(rules, policy.sharing, bill, state, USE_ACCOUNTS, own_fen, 0, payers)
        result = split.benefit
    else:
        split, result = None, settle_benefit(rules, state, bill)
    figures: dict[str, object] = {
        "in_policy": bill.in_policy_fen,
        "deductible": result.deductible_fen,
        "pooled": result.pooled_fen,
        "large": result.large_fen,
        "serious": result.serious_fen,
        "subsidy": result.subsidy_fen,
        "aid": result.aid_fen,
        "fund": result.fund_fen,
        "burden": result.burden_fen,
    }
    if split is not None:
        _pay(split, figures)
    return figures


def provenance_of(library: PolicyLibrary, case: Case) -> list[tuple[Provenance, ...]]:
    """The values behind the figures of a case with a bill, step by step; raises PolicyGap."""
    data = case.data
    on = data["date"]
    if not isinstance(on, dt.date):
        raise ValueError("date is missing")
    policy = library.compiled(case.area, SCHEMES[str(data["scheme"])], on)
    ask, groups = _ask(data)
    steps = list(policy.provenance(*ask, **groups).values())
    return [*steps, *policy.sources().values()] if "accounts" in data else steps


def _ask(data: dict[str, object]) -> tuple[tuple[int, int, bool, int, int, int], _Groups]:
    """Arguments of ``AreaPolicy.benefit`` as the case states them."""
    ask = (
        SETTINGS[str(data["setting"])],
        _int(data, "level", 0),
        data.get("retired") is True,
        _int(data, "age", 45),
        _int(data, "admission", 1),
        CLASSES[str(data.get("class", "ordinary"))],
    )
    groups: _Groups = {
        "civil_servant": data.get("civil_servant") is True,
        "aid_class": _int(data, "aid_class", 0),
    }
    return ask, groups


def _bill(written: dict[str, object]) -> Bill:
    parts = [hundredths(written.get(key, 0)) for key in ("self_paid", "over_limit", "first_self")]
    total_fen = hundredths(written["total"])
    return Bill(total_fen, parts[0], parts[1], parts[2], total_fen - sum(parts))


def _pay(split: Split, figures: dict[str, object]) -> None:
    shared = split.sharing
    figures["own"] = shared.own_current_fen + shared.own_carried_fen
    figures["relatives"] = shared.relatives_fen
    figures["cash"] = shared.cash_fen
    figures["withheld"] = shared.withheld_fen
    paid = zip(split.paid_current_fen, split.paid_carried_fen, strict=True)
    figures["givers"] = tuple(map(sum, paid))


def _compare_values(
    library: PolicyLibrary, case: Case, on: dt.date, wanted: dict[str, object]
) -> Iterable[str]:
    for key, written in wanted.items():
        record = library.value(case.area, key, on)
        found = record.written if record else "absent"
        if found != written:
            yield f"{key}: expected {written}, got {found}"


def _map(found: object) -> dict[str, object]:
    return found if isinstance(found, dict) else {}


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _words(found: object) -> list[str]:
    return [str(item) for item in _list(found)]


def _int(data: dict[str, object], key: str, default: int) -> int:
    found = data.get(key, default)
    if not isinstance(found, int) or isinstance(found, bool):
        raise ValueError(f"{key} is not a whole number")
    return found
