# SPDX-License-Identifier: Apache-2.0
"""Units of pack values, and their exact translation to fen, basis points and plain integers.

Packs are written as the law is written (yuan, percent); everything behind the look-up is integer
fen and basis points. The translation never rounds: a value that does not fit is refused.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from gongji.kernel.benefit import NO_LIMIT_FEN, SEGMENTS
from gongji.policy.relations import NAMES

Plain = int | str | dt.date | tuple[int, ...] | tuple[str, ...] | tuple[tuple[int, int], ...]

# Written unit -> unit after translation.
UNITS: dict[str, str] = {
    "yuan": "fen",
    "fen": "fen",
    "yuan_per_month": "fen_per_month",
    "yuan_per_year": "fen_per_year",
    "yuan_by_admission": "fen_by_admission",
    "percent": "bp",
    "bp": "bp",
    "segments": "segments",
    "count": "count",
    "minutes": "minutes",
    "days": "days",
    "months": "months",
    "years": "years",
    "age": "age",
    "yes_no": "yes_no",
    "choice": "choice",
    "relations": "relations",
    "areas": "areas",
    "date": "date",
    "text": "text",
}

NONE = "none"  # as a written value: the law sets no limit
ONE_HUNDRED_PERCENT_BP = 10_000
ONE_PERCENT_BP = 100

# Words of choices, for people.
CHOICE_WORDS: dict[str, tuple[str, str]] = {
    "AUTHORISE": ("授权", "authorisation"),
    "TRANSFER_POCKET": ("划转家庭账户", "transfer to a family account"),
    "GROUP_GRANT": ("家庭组授予额度", "grants in a family group"),
    "WALLET": ("医保钱包", "wallet"),
    "ALL": ("全部余额", "the whole balance"),
    "ACCUMULATED_ONLY": ("仅历年余额", "carried balance only"),
    "POOL": ("本统筹区", "pooling area"),
    "PROVINCE": ("本省", "province"),
    "NATION": ("全国", "nation"),
    "NATIONAL_WALLET": ("全国（医保钱包）", "nation (wallet)"),
    "CONFIGURED": ("按家庭设定的次序", "as the family orders them"),
    "BINDING_TIME_ASC": ("按绑定时间先后", "by time of binding"),
    "FILING_ORDER": ("按备案次序", "by order of filing"),
    "LOCAL_THEN_REMOTE": ("本地在先", "local givers first"),
    "SINGLE": ("只有一位授权人", "one giver only"),
    "LATEST_BOUND_FIRST": ("后绑定的先付", "the latest bound first"),
    "LARGEST_BALANCE_FIRST": ("余额多的先付", "the largest balance first"),
    "EITHER": ("任一方", "either side"),
    "GIVER": ("授权人", "the giver"),
    "TRANSFER": ("转账", "transfer"),
    "QUOTA": ("额度", "quota"),
    "IN_POLICY_ONLY": ("政策范围内个人负担", "in-policy burden only"),
    "ALL_PERSONAL": ("全部个人负担", "the whole personal burden"),
    "DIRECT": ("直接代缴", "direct"),
    "REFUND_AFTER": ("先缴后退", "pay first, refund after"),
    "COMMITMENT": ("承诺制", "commitment"),
    "UPLOAD": ("上传证明", "upload of proofs"),
    "REGISTRY": ("系统核验", "registry check"),
    "NONE": ("不要求", "none"),
    "FACE_16PLUS": ("16 岁以上人脸", "face from 16 years"),
    "SUSPEND": ("暂停", "suspended"),
    "DISSOLVE": ("自动解除", "dissolved"),
    "RETURN": ("退回", "returned"),
    "CURRENT_FIRST": ("先当年后历年", "current year first"),
    "CARRIED_FIRST": ("先历年后当年", "carried balance first"),
    "CARRIED_ONLY": ("仅历年", "carried balance only"),
    "YEARLY": ("按年累计", "yearly"),
    "PER_VISIT": ("按次", "per visit"),
    "FUND": ("按基金支付额", "money paid by the fund"),
    "IN_POLICY": ("按政策范围内费用", "in-policy cost"),
    "AFTER_DEDUCTIBLE": ("起付线以上", "above the deductible"),
    "WITH_DEDUCTIBLE": ("含起付线", "including the deductible"),
    "YEAR": ("全年累计", "the year so far"),
    "AS_INPATIENT": ("同住院", "as inpatient"),
    "SHARES_INPATIENT": ("与住院共用", "shares the inpatient cap"),
    "NOT_SETTLED_HERE": ("不在此结算", "not settled here"),
    "REFUSE": ("不予结算", "refused"),
    "STAYS": ("住院和一类慢特病", "stays and class I chronic care"),
    "ALL_VISITS": ("各类就医", "all visits"),
    "ABSOLUTE": ("按累计负担", "of the burden itself"),
    "ABOVE_THRESHOLD": ("按起付线以上", "above the threshold"),
}

_TYPED = re.compile(r"(?:¥ ?)?(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?(?: ?元)?", re.ASCII)
_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]{1,2}))?\Z")


def hundredths(written: object) -> int:
    """300 -> 30000, "77.5" -> 7750: yuan to fen, percent to basis points; raises ValueError."""
    match = None
    if isinstance(written, int | str) and not isinstance(written, bool):
        match = _DECIMAL.match(str(written))
    if match is None:
        raise ValueError(f"{written!r} is not a number with at most two decimals")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def typed_fen(typed: str) -> int:
    """Yuan as people type them, to fen: 1,200.50 and ￥780 and 780 元; raises ValueError.

    A comma stands only before groups of three digits: 780,5 could be 780.50 as well as 7,805.
    """
    match = _TYPED.fullmatch(unicodedata.normalize("NFKC", typed).strip())
    if match is None:
        raise ValueError(f"{typed!r} is not an amount of yuan")
    return hundredths(match[1].replace(",", "") + (match[2] or ""))


def translate(written: object, unit: str) -> Plain:
    """The written value in translated units; raises ValueError with the reason."""
    if unit not in UNITS:
        raise ValueError(f"the unit {unit!r} is unknown")
    if unit in {"yuan", "yuan_per_month", "yuan_per_year"}:
        return NO_LIMIT_FEN if written == NONE else hundredths(written)
    if unit == "percent":
        return hundredths(written)
    if unit in {"count", "minutes", "days", "months", "years", "age", "bp", "fen"}:
        return _whole(written, unit)
    if unit == "yuan_by_admission":
        return tuple(hundredths(item) for item in _items(written))
    if unit == "segments":
        return _segments(written)
    if unit == "yes_no":
        if not isinstance(written, bool):
            raise ValueError(f"{written!r} is not true or false")
        return int(written)
    if unit == "relations":
        return tuple(str(item) for item in _items(written))
    if unit == "areas":
        return tuple(_whole(item, unit) for item in _items(written))
    if unit == "date":
        if not isinstance(written, dt.date):
            raise ValueError(f"{written!r} is not a date")
        return written
    if not isinstance(written, str) or not written:
        raise ValueError(f"{written!r} is not text")
    return written


def _whole(written: object, unit: str) -> int:
    if written == NONE and unit == "count":
        return 0  # as a count of givers or relatives: any number
    if written == NONE and unit == "fen":
        return NO_LIMIT_FEN
    if isinstance(written, bool) or not isinstance(written, int) or written < 0:
        raise ValueError(f"{written!r} is not a whole number of {unit}")
    return written


def _items(written: object) -> list[object]:
    if not isinstance(written, list) or not written:
        raise ValueError(f"{written!r} is not a list")
    return written


def _segments(written: object) -> tuple[tuple[int, int], ...]:
    items = _items(written)
    if len(items) > SEGMENTS:
        raise ValueError(f"more than {SEGMENTS} segments")
    segments: list[tuple[int, int]] = []
    for number, item in enumerate(items):
        if not isinstance(item, dict) or "ratio" not in item:
            raise ValueError("a segment is written {upto: yuan, ratio: percent}")
        last = number == len(items) - 1
        if last == ("upto" in item):
            raise ValueError("every segment but the last has an upper bound")
        upto = NO_LIMIT_FEN if last else hundredths(item["upto"])
        if segments and upto <= segments[-1][0]:
            raise ValueError("upper bounds must rise")
        segments.append((upto, hundredths(item["ratio"])))
    return tuple(segments)


def ratios(value: Plain, unit: str) -> tuple[int, ...]:
    """The ratios inside a translated value, basis points (empty for other units)."""
    if unit in {"percent", "bp"} and isinstance(value, int):
        return (value,)
    if unit == "segments" and isinstance(value, tuple):
        return tuple(item[1] for item in value if isinstance(item, tuple))
    return ()


def _yuan(amount_fen: int) -> str:
    yuan, rest = divmod(amount_fen, 100)
    return f"{yuan:,}.{rest:02d}" if rest else f"{yuan:,}"


def _percent(ratio_bp: int) -> str:
    whole, rest = divmod(ratio_bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else f"{whole}"


def show(value: Plain, unit: str, lang: str = "zh") -> str:
    """A translated value for people, with its unit (``lang`` zh or en)."""
    zh = lang == "zh"
    no_limit = "不设限" if zh else "no limit"
    if isinstance(value, int):
        if unit == "fen":
            return no_limit if value >= NO_LIMIT_FEN else _yuan(value) + (" 元" if zh else " yuan")
        if unit == "fen_per_month":
            return _yuan(value) + (" 元/月" if zh else " yuan a month")
        if unit == "fen_per_year":
            return _yuan(value) + (" 元/年" if zh else " yuan a year")
        if unit == "bp":
            return _percent(value) + "%"
        if unit == "yes_no":
            return ("是" if value else "否") if zh else ("yes" if value else "no")
        if unit == "count" and value == 0:
            return no_limit
        words = {"minutes": "分钟", "days": "天", "months": "个月", "years": "年", "age": "岁"}
        if zh:
            return f"{value} {words.get(unit, '')}".strip()
        if unit == "age":
            return f"{value} years of age"
        return str(value) if unit == "count" else f"{value} {unit}"
    if isinstance(value, tuple):
        return _show_tuple(value, unit, zh)
    if unit == "choice" and value in CHOICE_WORDS:
        return CHOICE_WORDS[str(value)][0 if zh else 1]
    return str(value)


def _show_tuple(value: tuple[object, ...], unit: str, zh: bool) -> str:
    if unit == "fen_by_admission":
        amounts = " / ".join(_yuan(int(str(item))) for item in value)
        if len(value) == 1:
            return amounts + (" 元（每次）" if zh else " yuan (each admission)")
        return amounts + (" 元（依次住院，末项重复）" if zh else " yuan (by admission)")
    if unit == "segments":
        parts = []
        for item in value:
            if not isinstance(item, tuple):
                continue
            upto_fen, ratio_bp = item
            if upto_fen >= NO_LIMIT_FEN:
                bound = "以上" if zh else "above"
            else:
                bound = ("至 " if zh else "to ") + _yuan(upto_fen)
            parts.append(f"{bound} {_percent(ratio_bp)}%")
        return "; ".join(parts)
    if unit == "relations":
        names = [NAMES.get(str(item), (str(item),) * 2)[0 if zh else 1] for item in value]
        return ("、" if zh else ", ").join(names)
    return ", ".join(str(item) for item in value)
