# SPDX-License-Identifier: Apache-2.0
"""exp_content of a settlement: who paid what and why others did not, as JSON text.

The national text has no message for this. No names and no numbers of persons: a relative is an
order, ``relation`` (national code of what the patient is to the giver) and ``giverIs`` (what the
giver is to the patient, in words). ``withheld`` is the part of the cash that may belong to a
supplement which is not confirmed. Keys are camel case without underscores, because one client
rewrites underscores inside replies; the whole fits into C 4000.
"""

from __future__ import annotations

from functools import lru_cache
from json.encoder import encode_basestring as quoted

from gongji.gateway.envelope import YUAN_TEXT
from gongji.kernel import reasons
from gongji.kernel.errors import Refusal
from gongji.kernel.moving import MOVABLE, moving_helps
from gongji.kernel.sharing import ORDER_CONFIGURED
from gongji.ledger.accounts import DUE_TO_HEIRS
from gongji.policy.givers import order_of, rules_at_settlement
from gongji.policy.library import PolicyLibrary
from gongji.settlement.calculation import payers_of_body
from gongji.settlement.entitling import is_unfiled
from gongji.settlement.postings import personal_legs
from gongji.settlement.records import REVERSED, Record
from gongji.sharing.relations import giver_label

# Said with every result that rests on a rule which is not confirmed (GONGJI_ACCEPT_CONFIDENCE).
WEAK = "所依据的规定有未经官方确认的，结果仅供参考"
# Said of money that comes back to a closed account; order 0 is the patient's own.
HELD = "这个账户已注销（如持有人去世），退回的钱不进账户，由医保经办机构付给继承人"
# Said where later settlements of the year have used what is no longer so: by the sign of the sum.
_DIFFERS = {
    1: "之后的结算按年度累计重新计算，基金多付 {} 元，由医保经办机构追回",
    0: "之后的结算按年度累计重新计算，各基金之间有差额，由医保经办机构调整",
    -1: "之后的结算按年度累计重新计算，基金多付的减少（或少付）{} 元，由医保经办机构处理",
}
PAYERS_SHOWN = 12  # keeps the text within 4000 characters
TEXT_CHARS = 4000
NOWHERE: frozenset[int] = frozenset()

_KEYS = ('{"own":', ',"ownCurrent":', ',"ownCarried":', ',"aid":', ',"cash":', ',"payers":[')


def _inside(text: str, level: int) -> str:
    """JSON text as it stands inside a JSON text (level 1), or by itself (level 0)."""
    return quoted(text)[1:-1] if level else text


@lru_cache(maxsize=4096)
def _payer(
    relation: int, reason: int, level: int, cash_left: bool, movable: bool, eligible: bool
) -> tuple[str, str, str]:
    """The entry of one relative around its order and its amount."""
    label = quoted(giver_label(relation)[0])
    said = reasons.sentence(reason, cash_left=cash_left, movable=movable, eligible=eligible)
    sentence = quoted(said[0])
    return (
        _inside('{"order":', level),
        _inside(f',"relation":"{relation:02d}","giverIs":{label},"amount":', level),
        _inside(f',"reason":{reason},"text":{sentence}}}', level),
    )


@lru_cache(maxsize=64)
def _withheld(kinds: int, level: int) -> tuple[str, str]:
    """What stands around the sum that was kept from accounts for supplements."""
    zh = reasons.withheld_sentence(kinds)[0].replace(" {0}", "这一部分")
    return _inside(',"withheld":', level), _inside(f',"withheldText":{quoted(zh)}', level)


@lru_cache(maxsize=8)
def _of_fund(reason: int, level: int) -> tuple[str, str]:
    """The entry about the fund around its amount."""
    text = quoted(reasons.sentence(reason)[0])
    begun = _inside(f'{{"reason":{reason},"amount":', level)
    return begun, _inside(f',"text":{text}}}', level)


_KEYS_AT = tuple(tuple(_inside(key, level) for key in _KEYS) for level in (0, 1))
_FUND_AT = tuple(_inside(',"fund":[', level) for level in (0, 1))
_MORE_AT = tuple(_inside(',"more":', level) for level in (0, 1))
_WEAK_AT = tuple(_inside(f',"notConfirmed":"{WEAK}"', level) for level in (0, 1))


def movable(record: Record, library: PolicyLibrary) -> frozenset[int]:
    """Places (from 0) of givers who would pay in front of the order, where the family sets it.

    Empty where the rules of the day cannot be read any more: then nothing is promised.
    """
    body = record.body
    if not any(leg.reason in MOVABLE for leg in body.legs):
        return NOWHERE
    try:
        policy = library.compiled(record.insured_area, record.insutype, record.service_date)
        rules, order = rules_at_settlement(policy), order_of(policy)
    except Refusal:
        return NOWHERE
    if order != ORDER_CONFIGURED:
        return NOWHERE
    paid = [leg.current_fen + leg.carried_fen for leg in body.legs]
    payers = payers_of_body(body)
    return frozenset(
        place
        for place, leg in enumerate(body.legs)
        if moving_helps(rules, payers, paid, leg.reason, place)
    )


def _afterwards(record: Record) -> str:
    """What a reversal (or a further bill of a stay) leaves to be done, as members of the text."""
    told = ""
    orders = {payer.giver: order for order, payer in enumerate(record.body.payers, 1)}
    held = []
    for owner, place, _, amount_fen in personal_legs(record):
        if place == DUE_TO_HEIRS:
            amount = f'"amount":{YUAN_TEXT[amount_fen]},"text":{quoted(HELD)}'
            held.append(f'{{"order":{orders.get(owner, 0)},{amount}}}')
    if held:
        told += f',"held":[{",".join(held)}]'
    fund_fen = sum(one.fund_fen for one in record.differences)
    if record.differences:
        sentence = _DIFFERS[(fund_fen > 0) - (fund_fen < 0)].format(YUAN_TEXT[abs(fund_fen)])
        amount = f'"amount":{YUAN_TEXT[fund_fen]},"text":{quoted(sentence)}'
        told += f',"fundDifference":{{{amount}}}'
    return told


def explanation(record: Record, level: int = 0, moves: frozenset[int] = NOWHERE) -> str:
    """The text for exp_content, amounts in yuan, signed as the record.

    Level 1: as it stands between the quotation marks of a JSON text. ``moves`` as ``movable``.
    """
    sign, body, yuan = record.sign, record.body, YUAN_TEXT
    shared = body.sharing
    current_fen, carried_fen = sign * shared.own_current_fen, sign * shared.own_carried_fen
    own, current, carried, aid, cash, listed = _KEYS_AT[level]
    text = (
        f"{own}{yuan[current_fen + carried_fen]}{current}{yuan[current_fen]}"
        f"{carried}{yuan[carried_fen]}{aid}{yuan[sign * shared.relatives_fen]}"
        f"{cash}{yuan[sign * shared.cash_fen]}{listed}"
    )
    entries = []
    cash_left, eligible = shared.cash_fen > 0, shared.eligible_fen > 0
    for order, (payer, leg) in enumerate(zip(body.payers, body.legs, strict=True), 1):
        reason = leg.reason
        if reason == reasons.GIVEN_BACK and record.kind == REVERSED:
            reason = reasons.TAKEN_AGAIN
        begun, middle, end = _payer(
            payer.relation, reason, level, cash_left, order - 1 in moves, eligible
        )
        amount = yuan[sign * (leg.current_fen + leg.carried_fen)]
        entries.append(f"{begun}{order}{middle}{amount}{end}")
        if order == PAYERS_SHOWN:
            break
    more = len(body.payers) - len(entries)
    tail = f"]{_MORE_AT[level]}{more}" if more else "]"
    if shared.withheld_fen:
        begun, told = _withheld(shared.withheld_for, level)
        tail += f"{begun}{yuan[sign * shared.withheld_fen]}{told}"
    tail += _about_fund(record, level)
    if body.weak:
        tail += _WEAK_AT[level]
    if record.landed or record.differences:
        tail += _inside(_afterwards(record), level)
    return f"{text}{','.join(entries)}{tail}}}"


def _about_fund(record: Record, level: int) -> str:
    """Why the fund did not pay, or paid as for other care: amount of the bill and reason."""
    body, sign, yuan = record.body, record.sign, YUAN_TEXT
    found = []
    if body.benefit.unfunded_fen:
        found.append((reasons.NO_PRESCRIPTION, body.benefit.unfunded_fen))
    if is_unfiled(record.med_type, record.setting):
        found.append((reasons.FILING_NOT_IN_FORCE, body.bill.total_fen))
    if not found:
        return ""
    entries = []
    for reason, amount_fen in found:
        begun, ended = _of_fund(reason, level)
        entries.append(f"{begun}{yuan[sign * amount_fen]}{ended}")
    return f"{_FUND_AT[level]}{','.join(entries)}]"
