# SPDX-License-Identifier: Apache-2.0
"""From a command and the facts to a record and its writes; pure decisions, in arrival order.

Every check comes before the first change of the in-memory world, so a refused member leaves no
trace and never disturbs the others of its batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from gongji.care.institutions import PHARMACY_KIND
from gongji.care.lines import bill_of_sale
from gongji.care.med_types import setting_of
from gongji.care.visits import CANCELLED, DISCHARGED
from gongji.kernel.benefit import (
    EMPTY_BILL,
    INPATIENT,
    Bill,
)
from gongji.kernel.settling import NEW_VISIT
from gongji.ledger.accounts import ACTIVE, DUE_TO_HEIRS
from gongji.members.people import Coverage
from gongji.policy.away import bill_away, is_weak_away
from gongji.policy.compiled import AreaPolicy
from gongji.policy.days import settlement_day
from gongji.policy.library import PolicyLibrary
from gongji.settlement import errors
from gongji.settlement.calculation import Inputs, Outputs, plus, run_kernel, sum_of
from gongji.settlement.commands import Declared, SettlePurchase, SettleVisit
from gongji.settlement.continuing import (
    bill_before,
    check_walls,
    givers_of_visit,
    landings_of,
    rest_of_bill,
    state_without,
    uncut,
)
from gongji.settlement.effects import spend_limits, stand
from gongji.settlement.entitling import Care, benefit_of
from gongji.settlement.facts import Account, LinesRow, VisitRow, World, keep_rules
from gongji.settlement.landing import move_balances
from gongji.settlement.payers import payers_of
from gongji.settlement.records import SETTLED, Body, Landing, Record, Standing
from gongji.settlement.rules import RuleBook
from gongji.settlement.service_days import coverage_of, service_day_of, settled_as
from gongji.settlement.states import add_to, moves_of_record
from gongji.settlement.stays import standing_of, used_of_visit
from gongji.settlement.stores import NewVisit
from gongji.settlement.writes import Writes

_NO_ACCOUNT = Account(0, 0, 1, 0, 0)
_STATED = (  # amounts that a caller may state, in the order of a Bill
    "medfee_sumamt 医疗费总额",
    "fulamt_ownpay_amt 全自费金额",
    "overlmt_selfpay 超限价金额",
    "preselfpay_amt 先行自付金额",
    "inscp_scp_amt 符合政策范围金额",
)


@dataclass(slots=True)
class Context:
    """What planning needs beside the facts of the batch."""

    library: PolicyLibrary
    rules: RuleBook
    institution_areas: Callable[[int], int]
    next_entry_id: Callable[[], int]
    next_visit_id: Callable[[], int]
    now: dt.datetime
    trial: bool = False


@dataclass(slots=True)
class _Case:
    """One settlement about to be calculated."""

    command: SettleVisit | SettlePurchase
    visit: VisitRow
    mdtrt_id: int
    chrg_bchno: str
    bill: Bill
    coverage: Coverage
    service_date: dt.date
    policy: AreaPolicy
    batches: list[LinesRow] = field(default_factory=list)
    standing: Sequence[Record] = ()  # what stands of the same visit
    before: tuple[Standing, ...] = ()  # the same, of a stay: the bill continues it
    extra_first_self_fen: int = 0


def plan_settlement(
    ctx: Context, world: World, command: SettleVisit | SettlePurchase, writes: Writes
) -> Record:
    """Plan a settlement (or a trial); raises Refusal before anything is changed."""
    if isinstance(command, SettlePurchase):
        case = _purchase(ctx, world, command)
    else:
        case = _visit(ctx, world, command)
    return _settle(ctx, world, case, writes)


def _visit(ctx: Context, world: World, command: SettleVisit) -> _Case:
    visit = world.visits.get((command.owner, command.mdtrt_id))
    if visit is None:
        raise errors.visit_not_found(command.mdtrt_id)
    if visit.institution_id != command.key.institution_id:
        raise errors.visit_of_other_institution(command.mdtrt_id)
    if visit.status == CANCELLED:
        raise errors.visit_cancelled(command.mdtrt_id)
    if command.insutype != visit.insutype:
        raise errors.scheme_differs(command.insutype, visit.insutype)
    if command.med_type != visit.med_type:
        raise errors.med_type_differs(command.med_type, visit.med_type)
    stay = visit.setting == INPATIENT
    if stay and not command.interim and visit.status != DISCHARGED and not ctx.trial:
        raise errors.not_discharged(command.mdtrt_id)
    chrg_bchno = "" if stay else command.chrg_bchno
    standing = world.standing.get((command.owner, command.mdtrt_id), ())
    rows = world.lines.get((command.owner, command.mdtrt_id), [])
    if not stay:
        live = world.live.get((command.owner, command.mdtrt_id, chrg_bchno))
        if live is not None:
            raise errors.already_settled(chrg_bchno, live)
        rows = [r for r in rows if r.chrg_bchno == chrg_bchno]
    elif not rows and standing and (command.interim or not standing[-1].body.interim):
        raise errors.already_settled(chrg_bchno, standing[-1].setl_id)
    if not rows and not (stay and standing):
        raise errors.no_lines(chrg_bchno)
    bill = _sum(rows)
    service_date = service_day_of(
        visit, ctx.now, stay=stay, interim=command.interim, leaving_on=command.ends_on
    )
    coverage = coverage_of(
        ctx.library, world, command.owner, visit.insutype, service_date, ctx.now, visit.coverage_no
    )
    return _checked(
        ctx,
        _Case(
            command,
            visit,
            command.mdtrt_id,
            chrg_bchno,
            bill,
            coverage,
            service_date,
            ctx.library.compiled(coverage.area, coverage.insutype, service_date),
            rows,
            standing,
            standing_of(standing) if stay else (),
        ),
    )


def _sum(rows: list[LinesRow]) -> Bill:
    bill = EMPTY_BILL
    for row in rows:
        bill = plus(bill, row.bill)
    return bill


def _purchase(ctx: Context, world: World, command: SettlePurchase) -> _Case:
    service_date = settled_as(command.bought_at.date(), ctx.now)
    coverage = coverage_of(
        ctx.library, world, command.owner, command.insutype, service_date, ctx.now
    )
    visit = VisitRow(
        command.key.institution_id,
        setting_of(command.med_type, PHARMACY_KIND),
        command.med_type,
        command.insutype,
        coverage.coverage_no,
        coverage.area,
        0,
        service_date,
        None,
        1,
        command.dise_codg,
        0,
    )
    mdtrt_id = 0 if ctx.trial else ctx.next_visit_id()
    return _checked(
        ctx,
        _Case(
            command,
            visit,
            mdtrt_id,
            "1",
            bill_of_sale(command.lines),
            coverage,
            service_date,
            ctx.library.compiled(coverage.area, coverage.insutype, service_date),
        ),
    )


def _checked(ctx: Context, case: _Case) -> _Case:
    """The bill with its extra first self-pay, once it equals what the caller states."""
    if case.bill.total_fen <= 0 and not case.before:
        raise errors.nothing_to_pay()
    visit, area = case.visit, ctx.institution_areas(case.visit.institution_id)
    billed, extra_fen = bill_before(case.before)
    raw = plus(case.bill, uncut(billed, extra_fen))
    whole = bill_away(case.policy, raw, visit.setting, case.coverage.area, area, visit.filed)
    case.bill = rest_of_bill(whole, billed)
    case.extra_first_self_fen = whole.first_self_fen - raw.first_self_fen - extra_fen
    _compare(case.command.declared, case.bill)
    return case


def _compare(declared: Declared, bill: Bill) -> None:
    stated = (
        declared.total_fen,
        declared.self_paid_fen,
        declared.over_limit_fen,
        declared.first_self_fen,
        declared.in_policy_fen,
    )
    for name, value, actual in zip(_STATED, stated, bill[:5], strict=True):
        if value is not None and value != actual:
            raise errors.amount_changed(name, value, actual)


def _settle(ctx: Context, world: World, case: _Case, writes: Writes) -> Record:
    coverage, owner = case.coverage, case.command.owner
    case.visit, visit_class = _benefit(ctx, world, case)
    visit = case.visit
    benefit_rules, sharing_rules, rules_id, rules_mark, weak = ctx.rules.find(
        case.policy,
        visit.setting,
        ctx.rules.level_of(visit.institution_id),
        coverage,
        _age(world.births[owner], case.service_date),
        visit.admission_no,
        visit_class,
    )
    pool = case.policy.pool(visit.setting, visit_class)
    year_key = (owner, case.service_date.year, visit.insutype)
    own = world.accounts.get(owner, _NO_ACCOUNT)
    usable = own.status == ACTIVE
    today = settlement_day(ctx.now)
    care_area = ctx.institution_areas(visit.institution_id)
    givers, payers = payers_of(world, case.policy, coverage, visit.setting, today, owner, care_area)
    used = NEW_VISIT
    if case.standing:
        payers = givers_of_visit(world, givers, payers, case.standing, case.before)
        used = NEW_VISIT if case.before else used_of_visit(case.standing)
    weak = weak or is_weak_away(case.policy, coverage.area, care_area, visit.filed, visit.setting)
    inputs = Inputs(
        bill=case.bill,
        state=state_without(world.accumulators, year_key, pool, case.before),
        use=case.command.use,
        own_current_fen=own.current_fen if usable else 0,
        own_carried_fen=own.carried_fen if usable else 0,
        payers=tuple(payers),
        visit=used,
        before=sum_of(case.before) if case.before else None,
    )
    outputs = run_kernel(benefit_rules, sharing_rules, inputs)
    check_walls(inputs, outputs)
    body = _body(case, inputs, outputs, pool, own, visit_class, rules_mark, weak)
    record = _record(ctx, case, body, rules_id, own)
    if case.before:
        record.landed = landings_of(world, owner, body)
        if Landing(owner, DUE_TO_HEIRS) in record.landed:
            record.balance_after_fen = own.current_fen + own.carried_fen  # nothing came back to it
    if ctx.trial:
        return record
    move_balances(world.accounts, record)
    spend_limits(world, record, record.body_date(), 1, writes)
    for key, move in moves_of_record(record):
        add_to(world.accumulators, key, move)
        writes.accumulators.add(key)
    if owner in world.chains:
        keep_rules(world, rules_id, benefit_rules, sharing_rules)
    _write(world, record, case, writes)
    return record


def _body(
    case: _Case,
    inputs: Inputs,
    outputs: Outputs,
    pool: int,
    own: Account,
    visit_class: int,
    rules_mark: int,
    weak: bool,
) -> Body:
    stay = case.visit.setting == INPATIENT
    return Body(
        inputs.bill,
        inputs.state,
        outputs.benefit,
        outputs.sharing,
        inputs.use,
        inputs.own_current_fen,
        inputs.own_carried_fen,
        inputs.payers,
        outputs.legs,
        case.coverage.psn_type,
        case.coverage.civil_servant,
        case.coverage.retired,
        pool,
        case.coverage.coverage_no,
        own.area,
        visit_class,
        inputs.visit.deductible_fen,
        rules_mark,
        str(case.command.detail.get("invono", "")),
        tuple((r.chrg_bchno, r.upload_no) for r in case.batches) if stay else (),
        weak,
        isinstance(case.command, SettleVisit) and case.command.interim,
        case.extra_first_self_fen,
        own.year,
        inputs.visit.pooled_fen,
        inputs.visit.in_policy_fen,
        case.before,
    )


def _record(ctx: Context, case: _Case, body: Body, rules_id: int, own: Account) -> Record:
    command, visit = case.command, case.visit
    setl_id = 0 if ctx.trial else ctx.next_entry_id()
    spent = body.sharing.own_current_fen + body.sharing.own_carried_fen
    return Record(
        command.owner,
        setl_id,
        SETTLED,
        None,
        case.mdtrt_id,
        f"#{setl_id}" if visit.setting == INPATIENT else case.chrg_bchno,
        visit.institution_id,
        command.key.msgid,
        command.key.infno,
        visit.insutype,
        case.coverage.area,
        visit.setting,
        visit.med_type,
        case.service_date,
        ctx.now,
        rules_id,
        body,
        own.current_fen + own.carried_fen - spent,
    )


def _write(world: World, record: Record, case: _Case, writes: Writes) -> None:
    command = case.command
    if isinstance(command, SettlePurchase):
        writes.visits.append(
            NewVisit(case.mdtrt_id, record.setl_id, command, case.coverage, case.visit.setting)
        )
    for row in case.batches:
        writes.settled_lines.append(
            (record.owner, record.mdtrt_id, row.chrg_bchno, row.upload_no, record.setl_id)
        )
    if record.setting == INPATIENT:
        world.lines[record.owner, record.mdtrt_id] = []
    stand(world, record)
    writes.add_record(record, command.key)


def _benefit(ctx: Context, world: World, case: _Case) -> tuple[VisitRow, int]:
    """The visit as it is settled, and its class; Refusal 3130, 3131."""
    visit, owner = case.visit, case.command.owner
    pharmacy = ctx.rules.is_pharmacy(visit.institution_id)
    care = Care(visit.med_type, visit.setting, visit.dise_codg, pharmacy)
    filings, day = world.chronic.get(owner, ()), case.service_date
    found = benefit_of(case.policy, care, world.sexes[owner], filings, day)
    return msgspec.structs.replace(visit, setting=found.setting), found.visit_class


def _age(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


__all__ = ["Context", "plan_settlement"]
