# SPDX-License-Identifier: Apache-2.0
"""Settlement replies: a record as setlinfo and setldetail, in the order of the field tables.

At this edge acct_pay includes acct_mulaid_pay; balc is the patient's own balance afterwards; a
reversal carries negative amounts. The rows of setldetail sum to medfee_sumamt - psn_cash_pay.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any

import msgspec

from gongji.care.institutions import Institution
from gongji.gateway import codes
from gongji.gateway.call import Call
from gongji.gateway.dialect import Dialect
from gongji.gateway.envelope import YUAN_TEXT, civil, scaled, scaled_text, yuan
from gongji.gateway.explaining import explanation, movable
from gongji.gateway.people import Identity
from gongji.gateway.templates import NAMES, Template, template
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY, RESIDENT
from gongji.kernel.money import WHOLE_BP, half_up
from gongji.settlement.records import REVERSED, Record

Values = dict[str, Any]

ACCOUNT_FUND = "310200"
AID_SUFFIX = "（家庭共济）"
AID_INFO = "家庭共济：由亲属的职工医保个人账户支付"
ON_LINE = "2"  # setl_type

_EMPLOYEE_FUNDS = ("310100", "330100")  # pooled, large amounts
_RESIDENT_FUNDS = ("390100", "390200")

_CLEARING = {OUTPATIENT: "11", PHARMACY: "41", CHRONIC: "14", INPATIENT: "21"}
_ZERO = YUAN_TEXT[0]


def clr_type(setting: int, family: str) -> str:
    """Kind of clearing; the national table has no chronic one."""
    found = _CLEARING[setting]
    return "11" if found == "14" and family == "jx" else found


def clr_way(family: str) -> str:
    """Clearing by item."""
    return "01" if family == "jx" else "1"


def hospital_level(one: Institution, dialect: Dialect) -> str | None:
    """hosp_lv as the institution's edition writes it."""
    if dialect.hosp_lv == "two_digits" and one.hosp_lv:
        return one.hosp_lv.zfill(2)
    return one.hosp_lv or None


def age_tenths(birth: dt.date, day: dt.date) -> int:
    """Age in tenths of a year, counted down."""
    years = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    try:
        birthday = birth.replace(year=birth.year + years)
    except ValueError:  # 29 February
        birthday = dt.date(birth.year + years, 3, 1)
    return years * 10 + min(9, max(0, (day - birthday).days) * 10 // 365)


def age(birth: dt.date, day: dt.date) -> Any:
    """Age as the JSON number 25.2."""
    return scaled(age_tenths(birth, day), 1)


def _detail_rows(record: Record) -> list[tuple[str, int, bool]]:
    """(fund_pay_type, unsigned fen, whether relatives paid it) of every row of setldetail."""
    b, shared = record.body.benefit, record.body.sharing
    pooled, large = _RESIDENT_FUNDS if record.insutype == RESIDENT else _EMPLOYEE_FUNDS
    parts = (
        (pooled, b.pooled_fen, False),
        (large, b.large_fen + b.serious_fen, False),
        ("320100", b.subsidy_fen, False),
        ("610100", b.aid_fen, False),
        (ACCOUNT_FUND, shared.own_current_fen + shared.own_carried_fen, False),
        (ACCOUNT_FUND, shared.relatives_fen, True),
    )
    return [part for part in parts if part[1]]


def setldetail(record: Record, dialect: Dialect) -> list[Values]:
    """One row per fund, one for the own account, one for relatives' accounts."""
    sign = record.sign
    scope = yuan(sign * record.body.bill.in_policy_fen)
    return [
        {
            "fund_pay_type": dialect.fund_codes.get(code, code),
            "inscp_scp_amt": scope,
            "crt_payb_lmt_amt": None,
            "fund_payamt": yuan(sign * amount_fen),
            "fund_pay_type_name": _fund_name(code, dialect.codes, aid),
            "setl_proc_info": AID_INFO if aid else None,
        }
        for code, amount_fen, aid in _detail_rows(record)
    ]


def _fund_name(code: str, family: str, aid: bool) -> str:
    return codes.label("fund_pay_type", code, family) + (AID_SUFFIX if aid else "")


@lru_cache(maxsize=1024)
def _detail_parts(code: str, shown: str, family: str, aid: bool) -> tuple[str, str, str]:
    """A row of setldetail as JSON text around its scope and its amount."""
    name, info = quoted(_fund_name(code, family, aid)), quoted(AID_INFO) if aid else "null"
    return (
        f'{{"fund_pay_type":{quoted(shown)},"inscp_scp_amt":',
        ',"crt_payb_lmt_amt":null,"fund_payamt":',
        f',"fund_pay_type_name":{name},"setl_proc_info":{info}}}',
    )


def _detail_text(record: Record, dialect: Dialect) -> str:
    """``setldetail`` as JSON text."""
    sign, family, own_codes = record.sign, dialect.codes, dialect.fund_codes
    scope = YUAN_TEXT[sign * record.body.bill.in_policy_fen]
    rows = []
    for code, amount_fen, aid in _detail_rows(record):
        begun, middle, end = _detail_parts(code, own_codes.get(code, code), family, aid)
        rows.append(f"{begun}{scope}{middle}{YUAN_TEXT[sign * amount_fen]}{end}")
    return f"[{','.join(rows)}]"


_AMOUNTS = (
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "hifp_pay",
    "cvlserv_pay",
    "hifmi_pay",
    "hifob_pay",
    "maf_pay",
    "fund_pay_sumamt",
    "psn_part_amt",
    "acct_pay",
    "psn_cash_pay",
    "acct_mulaid_pay",
    "balc",
    "pool_prop_selfpay",
    "pdn_cash_pay",  # 2208 is read under both names
    "psn_pay",  # 2103 is read under these as well
    "cash_payamt",
)
_NEVER_PAID = dict.fromkeys(("hifes_pay", "oth_pay", "hifdm_pay", "hosp_part_amt"), _ZERO)
_OTHERS = (
    "mdtrt_id",
    "setl_id",
    "psn_no",
    "psn_name",
    "psn_cert_type",
    "certno",
    "gend",
    "naty",
    "brdy",
    "age",
    "insutype",
    "psn_type",
    "cvlserv_flag",
    "setl_time",
    "mdtrt_cert_type",
    "med_type",
    "medins_setl_id",
    "clr_optins",
    "clr_way",
    "clr_type",
    "exp_content",
)
_MEMBERS = _AMOUNTS + _OTHERS


def _amounts(record: Record) -> tuple[str, ...]:
    """JSON texts of the members named in _AMOUNTS."""
    sign, body, yuan_text = record.sign, record.body, YUAN_TEXT
    bill, benefit, shared = body.bill, body.benefit, body.sharing
    large = yuan_text[sign * (benefit.large_fen + benefit.serious_fen)]
    resident = record.insutype == RESIDENT
    account_fen = shared.own_current_fen + shared.own_carried_fen + shared.relatives_fen
    ratio = 0
    if benefit.pooled_base_fen > 0:
        ratio = half_up(benefit.pooled_fen * WHOLE_BP, benefit.pooled_base_fen)
    cash = yuan_text[sign * shared.cash_fen]
    burden = yuan_text[sign * benefit.burden_fen]
    return (
        yuan_text[sign * bill.total_fen],
        yuan_text[sign * bill.self_paid_fen],
        yuan_text[sign * bill.over_limit_fen],
        yuan_text[sign * bill.first_self_fen],
        yuan_text[sign * bill.in_policy_fen],
        yuan_text[sign * benefit.deductible_fen],
        yuan_text[sign * benefit.pooled_fen],
        yuan_text[sign * benefit.subsidy_fen],
        large if resident else _ZERO,
        _ZERO if resident else large,
        yuan_text[sign * benefit.aid_fen],
        yuan_text[sign * benefit.fund_fen],
        burden,
        yuan_text[sign * account_fen],
        cash,
        yuan_text[sign * shared.relatives_fen],
        yuan_text[record.balance_after_fen],
        scaled_text(ratio, 4),
        cash,
        burden,
        cash,
    )


def _or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)


@lru_cache(maxsize=65_536)
def _birth_texts(birth: dt.date, day: dt.date) -> tuple[str, str]:
    """JSON texts of brdy and age: many patients of a day were born on the same one."""
    return f'"{birth.isoformat()}"', scaled_text(age_tenths(birth, day), 1)


@lru_cache(maxsize=64)
def _clearing_texts(setting: int, family: str) -> tuple[str, str]:
    """JSON texts of clr_way and clr_type."""
    return f'"{clr_way(family)}"', f'"{clr_type(setting, family)}"'


def _texts(call: Call, record: Record, person: Identity, trial: bool) -> tuple[str, ...]:
    """JSON texts of the members named in _MEMBERS."""
    body, dialect = record.body, call.dialect
    untimed = trial and not dialect.trial_time
    return (
        *_amounts(record),
        f'"{record.mdtrt_id}"' if record.mdtrt_id else "null",
        "null" if trial else f'"{record.setl_id}"',
        quoted(person.psn_no),
        quoted(person.name),
        quoted(person.cert_type),
        quoted(person.certno),
        f'"{person.sex}"',
        quoted(person.nation),
        *_birth_texts(person.birth, record.service_date),
        f'"{record.insutype}"',
        quoted(body.psn_type),
        '"1"' if body.civil_servant else '"0"',
        "null" if untimed else f'"{civil(record.made_at)}"',
        _or_null(call.voucher_kind()),
        quoted(record.med_type),
        quoted(record.msgid),
        f'"{call.institution.area:06d}"',
        *_clearing_texts(record.setting, dialect.codes),
        f'"{explanation(record, 1, movable(record, call.platform.library))}"',
    )


def setlinfo(call: Call, record: Record, person: Identity, *, trial: bool = False) -> Values:
    """Every value that a setlinfo of any transaction may carry, as JSON text."""
    texts = _texts(call, record, person, trial)
    values: Values = {
        name: msgspec.Raw(text.encode()) for name, text in zip(_MEMBERS, texts, strict=True)
    }
    values.update({name: yuan(0) for name in _NEVER_PAID})
    if call.dialect.extras:
        values.update(_chongqing(call, record, values))
    return values


def _chongqing(call: Call, record: Record, values: Values) -> Values:
    """Members that Chongqing adds to its settlement replies."""
    more: Values = {
        "othfund_pay": yuan(0),
        "psn_pay": values["psn_part_amt"],
        "ownpay_hosp_part": yuan(0),
        "inscp_amt": values["inscp_scp_amt"],
        "cashPayamt": values["psn_cash_pay"],
        "dedc_std": values["act_pay_dedc"],
        "crt_dedc": values["act_pay_dedc"],
        "insu_admdvs": f"{record.insured_area:06d}",
        "mdtrt_cert_no": None,
        "psn_insu_rlts_id": str(record.body.coverage_no),
    }
    if record.kind == REVERSED:
        more.update(setl_type=ON_LINE, begndate=record.service_date.isoformat())
        more.update(enddate=civil(record.made_at)[:10], invono=record.body.invono or None)
    return more


_CHONGQING = (
    "othfund_pay",
    "psn_pay",
    "ownpay_hosp_part",
    "inscp_amt",
    "cashPayamt",
    "dedc_std",
    "crt_dedc",
    "insu_admdvs",
    "mdtrt_cert_no",
    "psn_insu_rlts_id",
    "setl_type",
    "begndate",
    "enddate",
    "invono",
)


def shaped(infno: str, node: str, values: Values, dialect: Dialect) -> Values:
    """The values that a node declares, in its order, null where there is none."""
    get = values.get
    row = {name: get(name) for name in NAMES[infno, node]}
    if dialect.exp_content != "exp_content" and "exp_content" in row:
        row[dialect.exp_content] = row.pop("exp_content")
    if dialect.also_named and node == "setlinfo":
        also = dialect.also_named.items()
        row.update({other: row[name] for name, other in also if name in row})
    return row


@lru_cache(maxsize=256)
def _info_template(infno: str, exp_name: str) -> Template:
    names = NAMES[infno, "setlinfo"]
    last: list[tuple[str, str]] = []
    if exp_name != "exp_content" and "exp_content" in names:
        last.append(("exp_content", exp_name))
    if "setl_id" not in names:
        last.append(("setl_id", "setl_id"))  # null in trials, as some centres answer
    return template(infno, "setlinfo", _MEMBERS, last, _NEVER_PAID)


def settlement_text(call: Call, record: Record, person: Identity, *, trial: bool) -> str | None:
    """``settlement_output`` as JSON text without the bracket that closes it.

    None where the dialect adds members or renames them: those are put together as objects.
    """
    dialect = call.dialect
    if dialect.camel or dialect.extras or dialect.exp_in_output or dialect.also_named:
        return None
    form = _info_template(call.infno, dialect.exp_content)
    info = form.filled(_texts(call, record, person, trial))
    return f'{{"setlinfo":{info},"setldetail":{_detail_text(record, dialect)}'


def settlement_output(call: Call, record: Record, person: Identity, *, trial: bool) -> Any:
    """output of a trial, a settlement or a reversal: setlinfo and setldetail."""
    text = settlement_text(call, record, person, trial=trial)
    if text is not None:
        return msgspec.Raw(f"{text}}}".encode())
    return settlement_object(call, record, person, trial=trial)


def settlement_object(call: Call, record: Record, person: Identity, *, trial: bool) -> Values:
    """``settlement_output`` as an object, for every dialect."""
    dialect = call.dialect
    values = setlinfo(call, record, person, trial=trial)
    info = shaped(call.infno, "setlinfo", values, dialect)
    info.setdefault("setl_id", values["setl_id"])  # null in trials, as some centres answer
    if dialect.extras:
        info.update({name: values[name] for name in _CHONGQING if name in values})
    output: Values = {"setlinfo": info, "setldetail": setldetail(record, dialect)}
    if dialect.exp_in_output:
        info.pop(dialect.exp_content, None)
        output[dialect.exp_in_output] = values["exp_content"]
    return output
