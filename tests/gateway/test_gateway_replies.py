# SPDX-License-Identifier: Apache-2.0
"""Replies written as text are the replies built as objects, member by member, in their order."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongji.gateway import envelope, replies
from gongji.gateway.dialect import PRESETS, dialect_of
from gongji.gateway.explaining import PAYERS_SHOWN, explanation
from gongji.gateway.people import Identity
from gongji.gateway.schema import TRANSACTIONS
from gongji.kernel.benefit import BenefitResult, BenefitState, Bill
from gongji.kernel.sharing import SharingResult
from gongji.settlement.records import (
    CIVIL_TIME,
    REVERSED,
    SETTLED,
    Body,
    PayerInput,
    PayerLeg,
    Record,
)

INFNOS = sorted(i for i, t in TRANSACTIONS.items() if "setlinfo" in t.outputs and i != "5203")
MOMENT = dt.datetime(2026, 3, 2, 10, 0, 5, tzinfo=CIVIL_TIME)

fen = st.sampled_from((0, 1, 99, 100, 12_345, 10**9 + 1))
text = st.sampled_from(("11", 'a"b\\', "张三%s", "\u2028\t", "𠮷"))


def amounts(kind: Any) -> Any:
    return st.builds(kind, *[fen] * len(kind._fields))


@st.composite
def records(draw: st.DrawFn) -> Record:
    payers = draw(st.integers(0, PAYERS_SHOWN + 2))
    body = Body(
        bill=draw(amounts(Bill)),
        state=BenefitState(*[0] * len(BenefitState._fields)),
        benefit=draw(amounts(BenefitResult)),
        sharing=draw(amounts(SharingResult)),
        use=0,
        own_current_before_fen=0,
        own_carried_before_fen=0,
        payers=tuple(
            PayerInput(2, 360100, 1, draw(st.sampled_from((10, 52, 5))), *[0] * 7)
            for _ in range(payers)
        ),
        legs=tuple(
            PayerLeg(draw(fen), draw(fen), draw(st.sampled_from((0, 1, 50)))) for _ in range(payers)
        ),
        psn_type=draw(text),
        civil_servant=draw(st.booleans()),
        retired=False,
        pool=1,
        coverage_no=1,
        own_area=0,
        visit_class=0,
        visit_deductible_fen=0,
        rules_mark=0,
        invono="",
        fee_batches=(),
    )
    return Record(
        owner=1,
        setl_id=7,
        kind=draw(st.sampled_from((SETTLED, REVERSED))),
        reversal_of=None,
        mdtrt_id=draw(st.sampled_from((0, 5))),
        chrg_bchno="B",
        institution_id=1,
        msgid=draw(text),
        infno="2207",
        insutype=draw(st.sampled_from((310, 390))),
        insured_area=360100,
        setting=draw(st.integers(1, 4)),
        med_type="11",
        service_date=MOMENT.date(),
        made_at=MOMENT,
        rules_id=1,
        body=body,
        balance_after_fen=draw(fen),
    )


def ordered(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal, object_pairs_hook=list)


@pytest.mark.parametrize("preset", sorted(PRESETS))
@settings(max_examples=12, deadline=None)
@given(
    record=records(), infno=st.sampled_from(INFNOS), trial=st.booleans(), name=text, voucher=text
)
def test_text_and_object_are_one_reply(
    preset: str, record: Record, infno: str, trial: bool, name: str, voucher: str
) -> None:
    person = Identity(1, "GJ1", "01", name, name, 1, dt.date(1996, 2, 29), "01", ())
    call = Mock(infno=infno, dialect=dialect_of({"preset": preset}))
    call.institution.area = 360100
    call.voucher_kind = lambda: voucher
    whole = replies.settlement_output(call, record, person, trial=trial)
    parts = replies.settlement_object(call, record, person, trial=trial)
    assert ordered(envelope.encode_json(whole)) == ordered(envelope.encode_json(parts))


@settings(max_examples=40, deadline=None)
@given(record=records())
def test_explanation_is_the_same_json_inside_json(record: Record) -> None:
    told = explanation(record)
    assert json.loads(f'"{explanation(record, 1)}"') == told
    payers = json.loads(told)["payers"]
    assert len(payers) == min(PAYERS_SHOWN, len(record.body.payers))
    assert [one["order"] for one in payers] == list(range(1, len(payers) + 1))
