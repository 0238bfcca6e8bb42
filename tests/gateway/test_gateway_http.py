# SPDX-License-Identifier: Apache-2.0
"""The door over HTTP: signature variants, replay window, tokens, sizes, files, health."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from gateway_world import (
    CLINIC,
    HOSPITAL,
    HUBEI,
    JILIN,
    NOW,
    OTHER,
    PHARMACY,
    SM2_PRIVATE,
    SM2_PUBLIC,
    STRINGS,
    City,
    number_of,
    purchase,
    voucher,
)

from gongji.gateway import errors, sm
from gongji.gateway.app import TOKEN_PATH, create_app
from gongji.gateway.envelope import BODY_BYTES_MAX
from gongji.gateway.signatures import REPLAY_SECONDS, SeenNonces

SECOND = int(NOW.timestamp())
SIGN_IN = {"signIn": {"opter_no": "1", "mac": "m", "ip": "127.0.0.1"}}

Headers = dict[str, str]


def x_tif(
    _body: bytes,
    *,
    second: int = SECOND,
    secret: str = "secret-3",
    nonce: str = "",
    paasid: str = "paas-3",
) -> Headers:
    nonce = nonce or secrets.token_hex(3)
    text = f"{second}{secret}{nonce}{second}"
    return {
        "x-tif-paasid": paasid,
        "x-tif-timestamp": str(second),
        "x-tif-nonce": nonce,
        "x-tif-signature": hashlib.sha256(text.encode()).hexdigest(),
    }


def api(
    _body: bytes, *, second: int = SECOND, secret: str = "secret-4", key: str = "ak-4", **more: str
) -> Headers:
    headers = {
        "_api_access_key": key,
        "_api_name": "hsa-fsi-9001",
        "_api_timestamp": str(second * 1000),
        "_api_version": "1.0",
    }
    text = "&".join(f"{k}={headers[k]}" for k in sorted(headers))
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return {**headers, "_api_signature": base64.b64encode(mac).decode(), **more}


def x_ca(
    body: bytes, *, second: int = SECOND, secret: str = "secret-11", key: str = PHARMACY
) -> Headers:
    mac = sm.hmac_sm3(secret.encode(), f"{second}\n".encode() + body)
    return {"x-ca-key": key, "x-ca-signature": f"{second}:{mac.hex().upper()}"}


def apikey(_body: bytes, key: str = "key-1") -> Headers:
    return {"apikey": key}


@pytest.fixture(scope="module")
def post(city: City) -> Callable[..., httpx.Response]:
    """POST a body to the application; any path."""
    app = create_app(city.platform)
    unsigned = create_app(city.platform, allow_unsigned=True)

    def send(
        body: Any,
        headers: Headers | None = None,
        *,
        path: str = "/fsi/api/x/y",
        method: str = "POST",
        open_door: bool = False,
        **more: Any,
    ) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(app=unsigned if open_door else app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, content=body, headers=headers, **more)

        return asyncio.run(run())

    return send


def sign_in(city: City, code: str) -> bytes:
    return json.dumps(city.message("9001", SIGN_IN, code=code)).encode()


SIGNED = [(HOSPITAL, x_tif), (OTHER, api), (PHARMACY, x_ca), (CLINIC, apikey)]


@pytest.mark.parametrize(("code", "sign"), SIGNED)
def test_signed_messages_are_let_in(city: City, post: Any, code: str, sign: Any) -> None:
    body = sign_in(city, code)
    reply = post(body, sign(body))
    assert reply.status_code == 200
    assert reply.json()["infcode"] == 0
    assert reply.json()["output"]["signinoutb"]["sign_no"].isdigit()


# What clients of the variant "gateway" compare the message with.
MESSAGES = {
    "缺少服务网关的请求头!": errors.SIGN_HEADER_MISSING,
    "签名时间戳超时!": errors.SIGN_TIME,
    "非法用户!": errors.SIGN_KEY_UNKNOWN,
    "签名不一致!": errors.SIGN_WRONG,
}


def rejected(reply: httpx.Response) -> int:
    """Number of a rejection, in the form of its variant."""
    answer = reply.json()
    if "code" in answer:
        assert reply.status_code == 401
        assert answer["code"] == 401
        return MESSAGES[answer["message"]]
    assert reply.status_code in (200, 401)
    return number_of(answer)


@pytest.mark.parametrize(
    ("number", "code", "sign"),
    [
        (errors.SIGN_HEADER_MISSING, HOSPITAL, lambda b: {}),
        (errors.SIGN_HEADER_MISSING, HOSPITAL, lambda b: {**x_tif(b), "x-tif-nonce": ""}),
        (errors.SIGN_HEADER_MISSING, OTHER, lambda b: api(b, _api_signature="")),
        (errors.SIGN_TIME, HOSPITAL, lambda b: x_tif(b, second=SECOND - REPLAY_SECONDS - 1)),
        (errors.SIGN_TIME, HOSPITAL, lambda b: x_tif(b, second=SECOND + REPLAY_SECONDS + 1)),
        (errors.SIGN_TIME, OTHER, lambda b: api(b, second=SECOND // 1000)),
        (errors.SIGN_TIME, PHARMACY, lambda b: {**x_ca(b), "x-ca-signature": "now:AB"}),
        (errors.SIGN_KEY_UNKNOWN, HOSPITAL, lambda b: x_tif(b, paasid="nobody")),
        (errors.SIGN_KEY_UNKNOWN, OTHER, lambda b: api(b, key="nobody")),
        (errors.SIGN_KEY_UNKNOWN, PHARMACY, lambda b: x_ca(b, key=HOSPITAL)),
        (errors.SIGN_KEY_UNKNOWN, CLINIC, lambda b: apikey(b, "key-2")),
        (errors.SIGN_KEY_UNKNOWN, CLINIC, lambda b: apikey(b, "")),
        (errors.SIGN_WRONG, HOSPITAL, lambda b: x_tif(b, secret="other")),
        (errors.SIGN_WRONG, HOSPITAL, lambda b: {**x_tif(b), "x-tif-signature": "ü"}),
        (errors.SIGN_WRONG, OTHER, lambda b: api(b, secret="other")),
        (errors.SIGN_WRONG, PHARMACY, lambda b: x_ca(b + b" ")),
        (errors.TOKEN_INVALID, JILIN, lambda b: {"authorization": "Bearer H36.1.aa"}),
        (errors.TOKEN_INVALID, JILIN, lambda b: {"authorization": "Basic x"}),
        (errors.INSTITUTION_NOT_SIGNER, CLINIC, x_tif),
        (errors.INSTITUTION_NOT_SIGNER, "H00000000000", x_tif),
    ],
)
def test_wrong_signatures(city: City, post: Any, number: int, code: str, sign: Any) -> None:
    body = sign_in(city, code)
    assert rejected(post(body, {k: v.encode() for k, v in sign(body).items()})) == number


def test_signature_is_checked_before_the_body_is_read(post: Any) -> None:
    assert rejected(post(b"not json at all", {})) == errors.SIGN_HEADER_MISSING


def test_captured_headers_carry_no_other_message(city: City, post: Any) -> None:
    p = city.person(current=1_000)
    first = json.dumps(city.message("9001", SIGN_IN)).encode()
    headers = x_tif(first)
    assert post(first, headers).json()["infcode"] == 0
    assert post(first, headers).json()["infcode"] == 0  # the very same message again
    other = json.dumps(city.message("1101", {"data": voucher(p)})).encode()
    assert rejected(post(other, headers)) == errors.SIGN_REUSED


def test_nonces_are_remembered_for_the_window() -> None:
    seen = SeenNonces()
    key = ("H", "1", "n")
    assert seen.first_or_same(key, b"a", 10_000)
    assert not seen.first_or_same(key, b"b", 10_000 + REPLAY_SECONDS)
    assert not seen.first_or_same(key, b"b", 10_001 + REPLAY_SECONDS)  # in the old generation
    assert seen.first_or_same(("H", "1", "m"), b"b", 10_000)


def test_purchase_over_http_is_answered_once(city: City, post: Any) -> None:
    p = city.person(current=10_000)
    body = json.dumps(city.message("2102", purchase(p), code=PHARMACY)).encode()
    first = post(body, x_ca(body))
    again = post(body, x_ca(body))
    assert first.json()["infcode"] == 0, first.text
    assert first.json()["output"] == again.json()["output"]
    assert b'"medfee_sumamt":30.00' in first.content
    trial = json.dumps(city.message("2101", purchase(p), code=PHARMACY)).encode()
    assert post(trial, x_ca(trial)).json()["output"]["setlinfo"]["setl_id"] is None


def test_unsigned_institutions_need_an_open_door(city: City, post: Any) -> None:
    body = sign_in(city, STRINGS)
    assert rejected(post(body)) == errors.SIGN_HEADER_MISSING
    assert post(body, open_door=True).json()["infcode"] == "0"
    assert rejected(post(sign_in(city, HOSPITAL), open_door=True)) == errors.SIGN_HEADER_MISSING


# OAuth and signed bodies


def token(post: Any, **more: str) -> httpx.Response:
    form = {"grant_type": "password", "username": "u", "password": "p", "scope": "fsi", **more}
    basic = base64.b64encode(b"client-16-bytes!:cs").decode()
    body = "&".join(f"{k}={v}" for k, v in form.items()).encode()
    headers = {
        "authorization": f"Basic {basic}",
        "content-type": "application/x-www-form-urlencoded",
    }
    reply: httpx.Response = post(body, headers, path=TOKEN_PATH)
    return reply


def test_token_and_signed_encrypted_body(city: City, post: Any) -> None:
    granted = token(post)
    assert granted.status_code == 200
    bearer = {"authorization": f"Bearer {granted.json()['access_token']}"}
    p = city.person(current=1_000)
    clear = json.dumps({"data": voucher(p)}, sort_keys=True).encode()
    signed = sm.sm2_sign(SM2_PRIVATE, SM2_PUBLIC, "client-16-bytes!", clear, secrets.token_hex(32))
    sealed = base64.b64encode(sm.sm4_encrypt(b"client-16-bytes!", clear)).decode()
    message = city.message(
        "1101",
        sealed,
        code=JILIN,
        enc_type="SM4",
        signtype="SM2",
        cainfo=base64.b64encode(signed).decode(),
    )
    reply = post(json.dumps(message).encode(), bearer).json()
    assert reply["infcode"] == "0"
    assert reply["err_msg"] == "成功"
    opened = sm.sm4_decrypt(b"client-16-bytes!", base64.b64decode(reply["output"]))
    assert opened is not None
    assert json.loads(opened)["baseinfo"]["psn_no"] == p.psn_no
    assert sm.sm2_verify(SM2_PUBLIC, "client-16-bytes!", opened, reply["cainfo"])
    message["cainfo"] = base64.b64encode(bytes(64)).decode()
    assert rejected(post(json.dumps(message).encode(), bearer)) == errors.BODY_SIGN_WRONG
    plain = {**message, "input": {"data": voucher(p)}, "cainfo": ""}
    assert rejected(post(json.dumps(plain).encode(), bearer)) == errors.BODY_SIGN_WRONG
    raw = json.dumps({"data": voucher(p)})
    signed = sm.sm2_sign(
        SM2_PRIVATE, SM2_PUBLIC, "client-16-bytes!", raw.encode(), secrets.token_hex(32)
    )
    plain["cainfo"] = signed.hex()
    assert post(json.dumps(plain).encode(), bearer).json()["infcode"] == "0"


def test_signature_over_the_envelope(city: City, post: Any) -> None:
    p = city.person()
    message = city.message("1101", json.dumps({"data": voucher(p)}), code=HUBEI, opter_type="1")
    members = {k: v for k, v in message.items() if v not in (None, "") and k != "input"}
    text = "&".join(f"{k}={members[k]}" for k in sorted(members))
    signed = sm.sm2_sign(
        SM2_PRIVATE, SM2_PUBLIC, sm.DEFAULT_SIGNER, text.encode(), secrets.token_hex(32)
    )
    message["cainfo"] = signed.hex().upper()
    reply = post(json.dumps(message).encode(), open_door=True).json()
    assert reply["infcode"] == "0"
    assert json.loads(reply["output"])["baseinfo"]["psn_no"] == p.psn_no
    message["opter"] = "002"
    assert rejected(post(json.dumps(message).encode(), open_door=True)) == errors.BODY_SIGN_WRONG


def test_tokens_are_refused(city: City, post: Any) -> None:
    assert token(post, grant_type="code").status_code == 400
    assert token(post, scope="x" * 10_000).json() == {"error": "invalid_request"}
    assert token(post, password="x").json() == {"error": "invalid_grant"}
    form = b"grant_type=password&username=u&password=p"
    assert post(form, {}, path=TOKEN_PATH).status_code == 401
    for _ in range(12):
        last = token(post, password="guess")
    assert last.status_code == 429
    assert token(post).status_code == 429


# Sizes, files, other paths


def test_body_over_the_limit(city: City, post: Any) -> None:
    body = b"x" * (BODY_BYTES_MAX + 1)
    assert rejected(post(body, apikey(body))) == errors.BODY_TOO_LARGE

    async def chunks() -> Any:
        for _ in range(4):
            yield b"x" * (BODY_BYTES_MAX // 3)

    assert rejected(post(chunks(), apikey(b""))) == errors.BODY_TOO_LARGE


UPLOAD = {"in": "", "filename": "a.zip", "fixmedins_code": CLINIC}


@pytest.mark.parametrize("data", [{"fsUploadIn": UPLOAD}, UPLOAD])
def test_multipart_upload_and_download(city: City, post: Any, data: dict[str, Any]) -> None:
    text = json.dumps(city.message("9101", data, code=CLINIC))
    boundary = "----client"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="jsonStr"\r\n\r\n{text}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        + b"\x00\xff\r\nPK"
        + f"\r\n--{boundary}--\r\n".encode()
    )
    kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
    reply = post(body, {**apikey(body), **kind}).json()
    assert reply["infcode"] == 0, reply["err_msg"]
    asked = city.message(
        "9102",
        {
            "fsDownloadIn": {
                "file_qury_no": reply["output"]["file_qury_no"],
                "filename": "a",
                "fixmedins_code": CLINIC,
            }
        },
        code=CLINIC,
    )
    got = post(json.dumps(asked).encode(), apikey(b""))
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.content == b"\x00\xff\r\nPK"
    broken = post(b"--x", {**apikey(b""), "content-type": "multipart/form-data; boundary=x"})
    assert rejected(broken) == errors.BODY_NOT_JSON


def test_pages(post: Any) -> None:
    assert "共济" in post(None, method="GET", path="/").text
    assert post(None, method="GET", path="/healthz").json() == {"status": "ok"}
    assert post(None, method="GET", path="/nothing").status_code == 404
    assert post(None, method="PUT", path="/").status_code == 405
