# SPDX-License-Identifier: Apache-2.0
"""Numbered refusals of the national interface, 4000-4199, in Chinese and English.

Institutions branch on the number, so a number is never reused. Sentences name the field and what
is expected, never the value of a personal field. docs/gateway.md lists this table; a test
compares them.
"""

from __future__ import annotations

from typing import NamedTuple

from gongji.kernel.errors import Refusal

ERR_MSG_CHARS = 200  # err_msg is C 200 in the national text


class Sentence(NamedTuple):
    """One numbered refusal; ``{}`` parts are filled in by the caller."""

    zh: str
    en: str


# Transport and signature.
INTERNAL = 4000
SIGN_HEADER_MISSING = 4001
SIGN_TIME = 4002
SIGN_KEY_UNKNOWN = 4003
SIGN_WRONG = 4004
SIGN_REUSED = 4005
BODY_SIGN_WRONG = 4006
INPUT_NOT_DECRYPTED = 4007
TOKEN_INVALID = 4008
BODY_TOO_LARGE = 4010
BODY_NOT_JSON = 4011
JSON_TOO_DEEP = 4012
BODY_NOT_OBJECT = 4013
DIALECT_INVALID = 4014

# Envelope and nodes.
INFNO_UNKNOWN = 4020
INFNO_NOT_OFFERED = 4021
INSTITUTION_UNKNOWN = 4022
INSTITUTION_INACTIVE = 4023
INSTITUTION_NOT_SIGNER = 4024
AREA_WRONG = 4025
INSTITUTION_KIND = 4026
NODE_MISSING = 4029
NODE_SHAPE = 4030
ROWS_TOO_MANY = 4031
ROWS_NONE = 4032

# Single fields.
FIELD_MISSING = 4040
FIELD_TYPE = 4041
FIELD_TOO_LONG = 4042
NUMBER_UNREADABLE = 4043
DECIMALS_TOO_MANY = 4044
NUMBER_OUT_OF_RANGE = 4045
DATE_UNREADABLE = 4046
CODE_UNKNOWN = 4047
TEXT_CONTROL = 4048
BYTES_UNREADABLE = 4049

# Fields against each other.
PERSON_NOT_NAMED = 4060
VOUCHER_NUMBER_MISSING = 4061
TIMES_REVERSED = 4062
LINE_AMOUNT = 4063
LINES_SUM = 4064
LINE_REPEATED = 4065
ROWS_DIFFER = 4066
PARTS_SUM = 4067
AMOUNT_SIGN = 4068
MED_TYPE_NOT_FITTING = 4069
NAME_OR_CODE = 4070
BATCH_RESERVED = 4071
TRACE_LINE_UNKNOWN = 4072
TIME_IN_FUTURE = 4073
RANGE_TOO_LONG = 4074
FEE_TOO_EARLY = 4075

# People.
PERSON_UNKNOWN = 4080
VOUCHER_UNKNOWN = 4081
VOUCHER_OF_OTHER = 4082
PERSON_CONTRADICTED = 4083
PERSON_FOREIGN = 4084
COVERAGE_ENDED = 4085
COVERAGE_NONE = 4086

# Visits, settlements, undo.
VISIT_ID = 4100
VISIT_NUMBER = 4101
SETTLEMENT_ID = 4102
SETTLEMENT_NOT_HERE = 4103
REVERSAL_NOT_FITTING = 4104
UNDO_NOT_OFFERED = 4105
UNDO_ITSELF = 4106
VISIT_KIND = 4107

# Files and dictionaries.
FILE_TOO_LARGE = 4120
FILE_UNKNOWN = 4121
FILE_NOT_ZIP = 4122
FILE_ROW = 4123
FILE_NAME = 4124
DICTIONARY_UNKNOWN = 4130

SENTENCES: dict[int, Sentence] = {
    INTERNAL: Sentence(
        "系统内部错误，请用同一 msgid 重发；资金交易可发 2601 冲正。受理号 {ref}",
        "internal error; send the same message again, or undo it with 2601; reference {ref}",
    ),
    SIGN_HEADER_MISSING: Sentence("缺少签名头 {header}", "signature header {header} is missing"),
    SIGN_TIME: Sentence(
        "签名时间戳与中心时间相差超过 {minutes} 分钟，请校准本机时钟",
        "the signature's time stamp is more than {minutes} minutes away",
    ),
    SIGN_KEY_UNKNOWN: Sentence("访问标识无效，请核对中心发放的标识", "unknown access key"),
    SIGN_WRONG: Sentence("签名不正确，请核对密钥和签名算法", "the signature does not match"),
    SIGN_REUSED: Sentence(
        "该签名已用于另一个报文，每次请求请使用新的随机数",
        "this signature was used for another message",
    ),
    BODY_SIGN_WRONG: Sentence(
        "cainfo 报文签名缺失或不正确", "the signature in cainfo is missing or does not match"
    ),
    INPUT_NOT_DECRYPTED: Sentence(
        "input 无法解密，应为 SM4 加密后的 Base64", "input cannot be decrypted"
    ),
    TOKEN_INVALID: Sentence(
        "访问令牌无效或已过期，请重新获取", "the access token is invalid or has expired"
    ),
    BODY_TOO_LARGE: Sentence(
        "报文超过 {limit} 字节，请分批上传", "the message is larger than {limit} bytes"
    ),
    BODY_NOT_JSON: Sentence(
        "报文不是完整的 UTF-8 JSON", "the message is not complete JSON in UTF-8"
    ),
    JSON_TOO_DEEP: Sentence("报文嵌套超过 {limit} 层", "the message is nested deeper than {limit}"),
    BODY_NOT_OBJECT: Sentence("报文最外层应为 JSON 对象", "the message must be a JSON object"),
    DIALECT_INVALID: Sentence(
        "该机构的接口配置有误，请联系经办机构", "the dialect of this institution is not valid"
    ),
    INFNO_UNKNOWN: Sentence(
        "infno（交易编号）{infno} 不是接口规范中的交易", "infno {infno} is no transaction"
    ),
    INFNO_NOT_OFFERED: Sentence(
        "infno（交易编号）{infno} 本平台未开通", "infno {infno} is not offered here"
    ),
    INSTITUTION_UNKNOWN: Sentence(
        "fixmedins_code（定点医药机构编号）{institution} 不是本平台的定点机构",
        "institution {institution} is unknown",
    ),
    INSTITUTION_INACTIVE: Sentence(
        "定点医药机构 {institution} 的服务协议已中止或解除，不能联网结算",
        "institution {institution} is not active",
    ),
    INSTITUTION_NOT_SIGNER: Sentence(
        "fixmedins_code（定点医药机构编号）与签名所属机构不一致",
        "fixmedins_code differs from the institution that signed",
    ),
    AREA_WRONG: Sentence(
        "mdtrtarea_admvs（就医地医保区划）{stated} 与本机构所属区划 {area} 不一致",
        "mdtrtarea_admvs {stated} differs from the institution's area {area}",
    ),
    INSTITUTION_KIND: Sentence(
        "交易 {infno} 只能由{kind}发起", "{infno} is open to another kind of institution only"
    ),
    NODE_MISSING: Sentence("input 缺少节点 {node}", "node {node} is missing in input"),
    NODE_SHAPE: Sentence("节点 {node} 应为{expected}", "node {node} has the wrong shape"),
    ROWS_TOO_MANY: Sentence(
        "节点 {node} 有 {count} 行，最多 {limit} 行，请分批上传",
        "node {node} has {count} rows, at most {limit}",
    ),
    ROWS_NONE: Sentence("节点 {node} 至少应有一行", "node {node} needs at least one row"),
    FIELD_MISSING: Sentence("{field}必填，应为{expected}", "{name} is missing"),
    FIELD_TYPE: Sentence("{field}类型不对，应为{expected}", "{name} has the wrong type"),
    FIELD_TOO_LONG: Sentence(
        "{field}有 {length} 个字符，最多 {limit} 个", "{name} is longer than {limit}"
    ),
    NUMBER_UNREADABLE: Sentence(
        "{field}不是数字，应为{expected}", "{name} is not a plain decimal number"
    ),
    DECIMALS_TOO_MANY: Sentence(
        "{field}小数位过多，应为{expected}", "{name} has too many decimals"
    ),
    NUMBER_OUT_OF_RANGE: Sentence("{field}数值超出范围，应为{expected}", "{name} is out of range"),
    DATE_UNREADABLE: Sentence("{field}不是有效日期，应为{expected}", "{name} is not a valid date"),
    CODE_UNKNOWN: Sentence(
        "{field}不在字典 {table} 内，可用值：{values}", "{name} is not in dictionary {table}"
    ),
    TEXT_CONTROL: Sentence("{field}含有控制字符", "{name} contains control characters"),
    BYTES_UNREADABLE: Sentence(
        "{field}无法还原为文件，应为 Base64 文本或字节数组", "{name} cannot be read as bytes"
    ),
    PERSON_NOT_NAMED: Sentence(
        "请上送就诊凭证（mdtrt_cert_type、mdtrt_cert_no），或证件（psn_cert_type、certno）",
        "neither a voucher nor a certificate is given",
    ),
    VOUCHER_NUMBER_MISSING: Sentence(
        "mdtrt_cert_no（就诊凭证编号）必填：凭证类型 {kind} 需要凭证编号",
        "mdtrt_cert_no is missing for voucher type {kind}",
    ),
    TIMES_REVERSED: Sentence("{first}晚于{second}", "{name} is later than its counterpart"),
    LINE_AMOUNT: Sentence(
        "{place} det_item_fee_sumamt（明细项目费用总额）{stated} 元，单价×数量为 {actual} 元，"
        "允许相差 0.01 元",
        "a line amount differs from price times quantity",
    ),
    LINES_SUM: Sentence(
        "medfee_sumamt（医疗费总额）{stated} 元与明细合计 {actual} 元不一致",
        "medfee_sumamt differs from the sum of the lines",
    ),
    LINE_REPEATED: Sentence(
        "{place} feedetl_sn（费用明细流水号）在本次上传中重复", "feedetl_sn is repeated"
    ),
    ROWS_DIFFER: Sentence(
        "{place} {field}与第 1 行不一致，一次上传只能有一个", "rows differ in {name}"
    ),
    PARTS_SUM: Sentence(
        "全自费、超限价、先行自付、政策范围四项合计 {actual} 元，与 medfee_sumamt"
        "（医疗费总额）{stated} 元不一致",
        "the four scope amounts do not add up to medfee_sumamt",
    ),
    AMOUNT_SIGN: Sentence("{place} {field}应{expected}", "{name} has the wrong sign"),
    MED_TYPE_NOT_FITTING: Sentence(
        "med_type（医疗类别）{med_type} 不适用于交易 {infno}",
        "med_type {med_type} does not fit {infno}",
    ),
    NAME_OR_CODE: Sentence(
        "fixmedins_code（定点医药机构编号）与 fixmedins_name（定点医药机构名称）至少上送一项",
        "neither fixmedins_code nor fixmedins_name is given",
    ),
    BATCH_RESERVED: Sentence(
        "chrg_bchno（收费批次号）不能为 0000，该值表示撤销全部明细", "chrg_bchno 0000 is reserved"
    ),
    TRACE_LINE_UNKNOWN: Sentence(
        "{place} durg_trac_info 的 feedetl_sn（费用明细流水号）与所在明细不一致",
        "a trace code names another line",
    ),
    TIME_IN_FUTURE: Sentence("{field}晚于当前时间", "{name} lies in the future"),
    RANGE_TOO_LONG: Sentence("查询时间段最长 {days} 天", "the range is longer than {days} days"),
    FEE_TOO_EARLY: Sentence(
        "{field}应不早于 {day}（就诊、入院或购药开始日期的前一天）",
        "{name} lies before {day}, the day before the care began",
    ),
    PERSON_UNKNOWN: Sentence(
        "psn_no（人员编号）不存在，请先用 1101 获取人员信息", "psn_no is unknown"
    ),
    VOUCHER_UNKNOWN: Sentence(
        "未找到该凭证对应的参保人：该参保人的基本信息为空，该参保人的参保信息为空",
        "no insured person has this voucher",
    ),
    VOUCHER_OF_OTHER: Sentence(
        "就诊凭证不属于 psn_no（人员编号）对应的参保人，须使用患者本人的凭证",
        "the voucher is not the patient's own",
    ),
    PERSON_CONTRADICTED: Sentence(
        "{field}与参保登记不一致", "{name} differs from the registration"
    ),
    PERSON_FOREIGN: Sentence(
        "参保地 {area} 不在本平台，请按异地就医流程办理", "insured elsewhere: {area}"
    ),
    COVERAGE_ENDED: Sentence(
        "险种 {insutype} 参保状态为{state}，不能享受医保待遇", "coverage {insutype} is not active"
    ),
    COVERAGE_NONE: Sentence(
        "参保人没有 insutype（险种类型）{insutype} 的参保关系", "no coverage of type {insutype}"
    ),
    VISIT_ID: Sentence("mdtrt_id（就诊ID）不是本平台发放的编号", "mdtrt_id was not issued here"),
    VISIT_NUMBER: Sentence(
        "ipt_otp_no（住院门诊号）与挂号时不一致", "ipt_otp_no differs from the registration"
    ),
    SETTLEMENT_ID: Sentence("setl_id（结算ID）不是本平台发放的编号", "setl_id was not issued here"),
    SETTLEMENT_NOT_HERE: Sentence(
        "结算 {setl_id} 不属于本机构或该次就诊", "settlement {setl_id} is not of this visit"
    ),
    REVERSAL_NOT_FITTING: Sentence(
        "结算 {setl_id} 应使用交易 {expected} 撤销", "{setl_id} is reversed by {expected}"
    ),
    UNDO_NOT_OFFERED: Sentence(
        "oinfno（原交易编号）{infno} 不支持冲正", "{infno} cannot be undone by 2601"
    ),
    UNDO_ITSELF: Sentence(
        "omsgid（原发送方报文ID）不能是本报文的 msgid", "a message cannot undo itself"
    ),
    VISIT_KIND: Sentence(
        "就诊 {mdtrt_id} 是{kind}，不能用交易 {infno}", "{infno} does not fit this kind of visit"
    ),
    FILE_TOO_LARGE: Sentence("文件超过 {limit} 字节", "the file is larger than {limit} bytes"),
    FILE_UNKNOWN: Sentence(
        "file_qury_no（文件查询号）不存在或已过期", "the file is unknown or has expired"
    ),
    FILE_NOT_ZIP: Sentence(
        "文件应为 ZIP，内含一个 TAB 分隔的 UTF-8 文本", "the file is not a ZIP with one TXT"
    ),
    FILE_ROW: Sentence("对账文件第 {row} 行{what}", "row {row} of the file cannot be read"),
    FILE_NAME: Sentence(
        "filename（文件名）只能是文件名，不能含路径", "filename must not contain a path"
    ),
    DICTIONARY_UNKNOWN: Sentence("type（字典类型）{name} 不存在", "dictionary {name} is unknown"),
}


# What the gateway of a national edition says when it lets nobody in; clients compare the texts.
_GATEWAY_MESSAGES = {
    SIGN_HEADER_MISSING: "缺少服务网关的请求头!",
    SIGN_TIME: "签名时间戳超时!",
    SIGN_KEY_UNKNOWN: "非法用户!",
    SIGN_WRONG: "签名不一致!",
}


def gateway_message(refused: Refusal) -> str:
    """The message of a 401 of the variant "gateway"."""
    return _GATEWAY_MESSAGES.get(refused.code) or err_msg(refused)


def refusal(code: int, **facts: int | str) -> Refusal:
    """The numbered refusal with its sentences filled in; ``facts`` carry no personal data."""
    zh, en = SENTENCES[code]
    return Refusal(code, zh.format(**facts), en.format(**facts), **facts)


def err_msg(refused: Refusal) -> str:
    """What goes into err_msg: number and Chinese sentence, at most 200 characters."""
    return f"[{refused.code}] {refused.zh}"[:ERR_MSG_CHARS]


def table() -> str:
    """The refusals as a Markdown table, for docs/gateway.md."""
    rows = ["| number | err_msg | meaning |", "|--|--|--|"]
    rows += [f"| {n} | {s.zh} | {s.en} |" for n, s in sorted(SENTENCES.items())]
    return "\n".join(rows)
