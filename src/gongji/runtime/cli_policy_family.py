# SPDX-License-Identifier: Apache-2.0
"""A family from the words of a command line: amounts in yuan, relatives as one text each."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from gongji.advice.family import Family, Relative, bill_of
from gongji.advice.relations import CODES
from gongji.kernel.benefit import NEW_YEAR
from gongji.policy.cases import CLASSES, SETTINGS
from gongji.policy.compiled import XR_LONG_TERM, XR_REFERRAL, XR_UNFILED
from gongji.policy.givers import WAYS
from gongji.policy.keys import SCHEMES
from gongji.policy.library import DECIDES_MONEY, PolicyLibrary
from gongji.policy.records import CONFIDENCES
from gongji.policy.units import typed_fen
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime.errors import UserError

RELATIVE = "label,relation,yuan[,field=value ...]"
# Field of --relative -> field of Relative, how it is read.
_MONEY = {
    "carried": "carried_fen",
    "visit": "visit_limit_fen",
    "day": "day_limit_fen",
    "year": "year_limit_fen",
    "aside": "set_aside_fen",
}
FILED = {"none": XR_UNFILED, "longTerm": XR_LONG_TERM, "referral": XR_REFERRAL}
_DAYS = {"bound": "bound_on", "until": "valid_until"}


def add_accept(parser: argparse.ArgumentParser) -> None:
    """The option that lets weaker values count; every answer then says so."""
    parser.add_argument(
        "--accept",
        default="",
        help="confidences that may decide besides high, medium and decided: low,...",
    )


def library(args: argparse.Namespace) -> PolicyLibrary:
    """The packs with the confidences wanted; raises UserError."""
    more = {word for word in args.accept.split(",") if word}
    wrong = more - set(CONFIDENCES[:-1])
    if wrong:
        raise UserError(f"--accept {min(wrong)!r} is no confidence; write low or recalled")
    return PolicyLibrary.load(args.packs, accept=frozenset(DECIDES_MONEY | more))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Everything that describes the patient, the bill and the relatives."""
    parser.add_argument("--area", required=True, help="where the patient is insured, 360100")
    parser.add_argument("--scheme", required=True, help="employee or resident")
    parser.add_argument("--setting", required=True, help=", ".join(SETTINGS))
    parser.add_argument("--class", dest="visit_class", default="ordinary", help=", ".join(CLASSES))
    parser.add_argument("--level", type=int, default=1, help="level of the institution, 0 to 3")
    parser.add_argument(
        "--prescription",
        action="store_true",
        help="at a pharmacy: on a prescription of a designated institution (without one the"
        " pooled fund does not pay)",
    )
    parser.add_argument(
        "--at-pharmacy",
        action="store_true",
        help="with --setting chronic: bought at a pharmacy",
    )
    parser.add_argument("--date", help="day of service, YYYY-MM-DD (default: today)")
    parser.add_argument("--retired", action="store_true", help="retired")
    parser.add_argument("--age", type=int, default=45, help="age of the patient")
    parser.add_argument("--admission", type=int, default=1, help="which stay of the year")
    parser.add_argument("--total", required=True, help="the bill, yuan")
    parser.add_argument("--self-paid", default="0", help="outside the catalogue, yuan")
    parser.add_argument("--over-limit", default="0", help="above price limits, yuan")
    parser.add_argument("--first-self", default="0", help="first self-pay, yuan")
    parser.add_argument("--used-deductible", default="0", help="paid of the year's deductible")
    parser.add_argument("--used-cap", default="0", help="paid by the pooled fund this year")
    parser.add_argument("--own", default="0", help="own account, this year's money, yuan")
    parser.add_argument("--own-carried", default="0", help="own account, carried balance, yuan")
    parser.add_argument("--care-area", help="where the care is, if not at home")
    parser.add_argument(
        "--filed", default="none", help="filing for care elsewhere: " + ", ".join(FILED)
    )
    parser.add_argument("--civil-servant", action="store_true", help="has the servants' subsidy")
    parser.add_argument("--aid-class", type=int, default=0, help="class of medical aid, 0 = none")
    parser.add_argument(
        "--relative",
        action="append",
        default=[],
        metavar=RELATIVE,
        help="a relative in the family's order; relation: "
        + ", ".join(CODES)
        + "; fields: area, carried, visit, day, year, aside, way, bound, until, paused=yes",
    )


def family(args: argparse.Namespace) -> Family:
    """The family that the options describe; raises UserError."""
    if args.scheme not in SCHEMES:
        raise UserError(f"there is no scheme {args.scheme!r}; write {' or '.join(SCHEMES)}")
    if args.setting not in SETTINGS:
        raise UserError(f"there is no setting {args.setting!r}; write {', '.join(SETTINGS)}")
    if args.visit_class not in CLASSES:
        raise UserError(f"there is no class {args.visit_class!r}; write {', '.join(CLASSES)}")
    if args.filed not in FILED:
        raise UserError(f"there is no filing {args.filed!r}; write {', '.join(FILED)}")
    area = args_of.area(args.area)
    used = NEW_YEAR._replace(
        deductible_used_fen=yuan(args.used_deductible, "--used-deductible"),
        pooled_paid_fen=yuan(args.used_cap, "--used-cap"),
    )
    parts = ("total", "self_paid", "over_limit", "first_self")
    amounts = [yuan(getattr(args, name), f"--{name.replace('_', '-')}") for name in parts]
    try:
        bill = bill_of(*amounts)
    except ValueError as why:
        raise UserError(str(why)) from None
    return Family(
        area=area,
        scheme=SCHEMES[args.scheme],
        setting=SETTINGS[args.setting],
        level=args.level,
        bill=bill,
        date=args_of.day_or_today(args.date, "--date"),
        retired=args.retired,
        age=args.age,
        admission_no=args.admission,
        visit_class=CLASSES[args.visit_class],
        used=used,
        own_current_fen=yuan(args.own, "--own"),
        own_carried_fen=yuan(args.own_carried, "--own-carried"),
        relatives=tuple(_relative(text, area) for text in args.relative),
        care_area=args_of.area(args.care_area) if args.care_area else 0,
        filed=FILED[args.filed],
        civil_servant=args.civil_servant,
        aid_class=args.aid_class,
        at_pharmacy=args.at_pharmacy,
        prescribed=args.prescription,
    )


def _relative(text: str, home: int) -> Relative:
    label, relation, balance, *fields = [*text.split(","), "", ""][: max(3, text.count(",") + 1)]
    if not label or relation.upper() not in CODES:
        raise UserError(
            f"--relative {text!r}: write {RELATIVE}, relation one of {', '.join(CODES)}"
        )
    values: dict[str, Any] = {"current_fen": yuan(balance, f"--relative {text!r}"), "area": home}
    for one in fields:
        name, _, value = one.partition("=")
        option = f"--relative {text!r}: {name}"
        if name in _MONEY:
            values[_MONEY[name]] = yuan(value, option)
        elif name in _DAYS:
            values[_DAYS[name]] = args_of.day(value, option)
        elif name == "area":
            values["area"] = args_of.area(value)
        elif name == "way" and value.upper() in WAYS:
            values["way"] = value.upper()
        elif name == "paused" and value in ("yes", "no"):
            values["paused"] = value == "yes"
        else:
            raise UserError(f"--relative {text!r}: {one!r} is not understood")
    return Relative(label, relation.upper(), **values)


def yuan(text: str, option: str) -> int:
    """Read an amount of an option in yuan as fen; UserError for what is none."""
    try:
        return typed_fen(text)
    except ValueError:
        raise UserError(
            f"{option}: “{text}”不是可用的金额，请写元，最多两位小数，如 780.50"
            " (not an amount; write yuan, such as 780.50)"
        ) from None


def plain(value: object) -> Any:
    """Dataclasses, tuples and days as what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | bool | None) else str(value)
