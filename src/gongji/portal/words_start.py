# SPDX-License-Identifier: Apache-2.0
"""Words of the page that greets a browser; ``{address}`` is the server's own."""

from __future__ import annotations

_CURL = (
    "curl -s {address} -H 'apikey: demo-apikey-0006' -d '"
    '{"infno":"1101","msgid":"P36010000006202603021000000001","mdtrtarea_admvs":"360100",'
    '"opter":"001","inf_time":"2026-03-02 10:00:00","fixmedins_code":"P36010000006",'
    '"input":{"data":{"mdtrt_cert_type":"02","mdtrt_cert_no":"360100195005040168"}}}\''
)

START: dict[str, tuple[str, str]] = {
    "start_title": ("家庭共济结算平台", "Family mutual aid: this server"),
    "start_lead": (
        "家人看病，用家人的医保个人账户付。这里查得到政策，也接得上医院和药店的系统。",
        "Relatives' personal accounts pay for care. Look up the rules here, or connect the"
        " system of a hospital or pharmacy.",
    ),
    "start_people": ("查政策、算一算", "For people"),
    "start_vendors": ("接入系统", "For those who connect a system"),
    "start_post": (
        "向本地址的任意路径 POST 接口报文（FSI），按 infno 分发。演示数据里的第一条：查询参保人。",
        "POST messages of the national interface (FSI) to any path. The first one, with the"
        " people of the demonstration: who is this patient?",
    ),
    "start_curl": (_CURL, _CURL),
    "start_examples": (
        "不经 HTTP、不用签名，也可以放一份样例报文进去：",
        "Without HTTP and signature, play a file of examples:",
    ),
    "start_docs": (
        "说明书随代码提供：docs/gateway.md（接入）、docs/gateway-examples.md（每个交易的报文）、"
        "docs/policy-library.md（政策库）。",
        "Guides come with the code: docs/gateway.md (connecting), docs/gateway-examples.md (every"
        " message), docs/policy-library.md (the rules).",
    ),
    "start_health": ("运行状况", "Health"),
}
