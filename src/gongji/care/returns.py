# SPDX-License-Identifier: Apache-2.0
"""Fee lines that take back another (冲销): tied to their original before anything is kept.

Code, class, price, ceiling, approval, ratio and split come from the line that is taken back, pro
rata by count; the institution states them again, and what it states must agree. The line's own
day in the catalogue never matters. Rule of the split: ``kernel.returning``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gongji.care import errors
from gongji.care.errors import refusal
from gongji.care.lines import PricedLine
from gongji.care.pricing import ITEM_FACTS, RawLine
from gongji.kernel.benefit import LineSplit
from gongji.kernel.money import yuan
from gongji.kernel.returning import split_return

StatedLine = PricedLine | RawLine  # a RawLine takes back another line and is not split yet

# What a return must repeat from its original, and how a refusal names it.
_REPEATED = {
    "item_code": "med_list_codg（医疗目录编码）",
    "price_micro": "pric（单价）",
    "approval": "hosp_appr_flag（医院审批标志）",
}


@dataclass(slots=True)
class _Original:
    """A line and what earlier returns have left of it: count in 1e-4, parts in fen."""

    line: PricedLine
    count_e4: int
    left_count_e4: int
    left: LineSplit


def tie_returns(
    lines: Sequence[StatedLine], kept: Iterable[PricedLine], absent: int
) -> tuple[PricedLine, ...]:
    """Split every return of an upload by the line that it takes back; all lines in their order.

    ``kept`` are stored lines that are named, with their returns. A line of the same upload may be
    named too, wherever it stands. ``absent`` is the refusal for a return that names none of them.
    Raises Refusal ``absent``, 2133, 2135-2137, 2149.
    """
    stored = list(kept)
    priced = [line for line in lines if isinstance(line, PricedLine)]
    book = {line.feedetl_sn: _original(line) for line in (*stored, *priced) if not is_return(line)}
    returns = {line.feedetl_sn for line in stored if is_return(line)}
    returns.update(line.feedetl_sn for line in lines if isinstance(line, RawLine))
    for line in filter(is_return, stored):
        if (original := book.get(cancelled_serial(line))) is not None:
            _take_off(original, _count(line), _split(line, -1))
    tied = []
    for line in lines:
        if isinstance(line, RawLine):
            if line.cancels_sn in returns:
                raise refusal(errors.RETURN_OF_RETURN, serial=line.feedetl_sn, of=line.cancels_sn)
            if line.cancels_sn not in book:
                raise refusal(absent, serial=line.feedetl_sn, of=line.cancels_sn or "（空）")
            tied.append(_tie(book[line.cancels_sn], line))
        else:
            tied.append(line)
    return tuple(tied)


def is_return(line: PricedLine) -> bool:
    """Whether a line takes back another: its count is negative."""
    return _count(line) < 0


def cancelled_serial(line: PricedLine) -> str:
    """The serial of the line that a return takes back."""
    return str(line.document.get("cancels_serial") or "")


def _original(line: PricedLine) -> _Original:
    return _Original(line, _count(line), _count(line), _split(line, 1))


def _count(line: PricedLine) -> int:
    return int(str(line.document.get("count_e4", 0)))


def _split(line: PricedLine, sign: int) -> LineSplit:
    parts = (line.self_paid_fen, line.over_limit_fen, line.first_self_fen, line.in_policy_fen)
    return LineSplit(*(sign * part for part in parts))


def _take_off(original: _Original, count_e4: int, parts: LineSplit) -> None:
    """Take a return off what is left; ``count_e4`` is negative, the parts are positive."""
    original.left_count_e4 += count_e4
    original.left = LineSplit(*(a - b for a, b in zip(original.left, parts, strict=True)))


def _tie(original: _Original, line: RawLine) -> PricedLine:
    """One return as it is kept, taken off its original."""
    _check_repeated(original.line, line)
    whole, count_e4 = _split(original.line, 1), -line.count_e4
    if any(not 0 <= left <= of for left, of in zip(original.left, whole, strict=True)):
        # Kept by a release that split returns by what they stated.
        raise refusal(errors.RETURNED_WRONGLY, serial=line.feedetl_sn, of=line.cancels_sn)
    if not 0 < count_e4 <= original.left_count_e4:
        raise refusal(
            errors.CANCELLED_MORE_THAN_BILLED,
            serial=line.feedetl_sn,
            of=line.cancels_sn,
            count=_plain(count_e4),
            left=_plain(original.left_count_e4),
        )
    parts = split_return(whole, original.count_e4, original.left, original.left_count_e4, count_e4)
    if line.amount_fen != -sum(parts):
        raise refusal(
            errors.RETURN_AMOUNT_DIFFERS,
            serial=line.feedetl_sn,
            of=line.cancels_sn,
            stated=yuan(line.amount_fen),
            due=yuan(-sum(parts)),
        )
    _take_off(original, line.count_e4, parts)
    return _returned(original.line, line, parts)


def _check_repeated(original: PricedLine, line: RawLine) -> None:
    """What the return states again is what the original says; Refusal 2135."""
    for name, shown in _REPEATED.items():
        stated = getattr(line, name)
        if stated is not None and stated != original.document[name]:
            raise refusal(
                errors.RETURN_CONTRADICTS,
                serial=line.feedetl_sn,
                of=line.cancels_sn,
                field=shown,
                name=name,
            )


def _returned(original: PricedLine, line: RawLine, parts: LineSplit) -> PricedLine:
    taken = {name: -part for name, part in parts._asdict().items()}
    document: dict[str, object] = {
        **line.facts,
        **{name: original.document[name] for name in ITEM_FACTS if name in original.document},
        "serial": line.feedetl_sn,
        "cancels_serial": line.cancels_sn,
        "own_code": line.own_code,
        "amount_fen": line.amount_fen,
        "count_e4": line.count_e4,
        "occurred_at": line.occurred_at.isoformat(),
        **taken,
    }
    return PricedLine(
        feedetl_sn=line.feedetl_sn, amount_fen=line.amount_fen, document=document, **taken
    )


def _plain(count_e4: int) -> str:
    """A count as people write it: 25000 -> "2.5"."""
    whole, rest = divmod(count_e4, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
