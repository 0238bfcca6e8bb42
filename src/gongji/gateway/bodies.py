# SPDX-License-Identifier: Apache-2.0
"""Signed and encrypted bodies: SM2 in cainfo, SM4 in input and output, by institution.

"input": the signature covers the JSON text of input, before encryption. "envelope": it covers
k=v pairs of the non-empty members in the order of their names, without cainfo and input.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from gongji.care.institutions import Institution
from gongji.gateway import errors, sm
from gongji.gateway.dialect import Dialect
from gongji.gateway.envelope import Request, encode_json
from gongji.gateway.errors import refusal

SM4_KEY_BYTES = 16
SM2_TRIES = 4  # a nonce that gives no signature is astronomically rare

_UNSIGNED_MEMBERS = frozenset({"cainfo", "input"})


class _Input(msgspec.Struct):
    input: msgspec.Raw = msgspec.Raw(b"")


def _sm4_key(institution: Institution) -> bytes:
    keys = institution.keys
    key = (keys.get("sm4_key") or keys.get("client_id", "")).encode()
    if len(key) != SM4_KEY_BYTES:
        raise refusal(errors.INPUT_NOT_DECRYPTED)
    return key


def opened(institution: Institution, dialect: Dialect, request: Request) -> Any:
    """The input in clear; Refusal 4007."""
    raw = request.raw_input
    encrypted = dialect.encrypted or request.text("enc_type").upper() == "SM4"
    if not encrypted or not isinstance(raw, str) or raw.lstrip()[:1] in ("{", "["):
        return raw
    try:
        sealed = base64.b64decode(raw, validate=True)
    except binascii.Error:
        raise refusal(errors.INPUT_NOT_DECRYPTED) from None
    clear = sm.sm4_decrypt(_sm4_key(institution), sealed)
    if clear is None:
        raise refusal(errors.INPUT_NOT_DECRYPTED)
    try:
        return clear.decode()
    except UnicodeDecodeError:
        raise refusal(errors.INPUT_NOT_DECRYPTED) from None


def check_signature(
    institution: Institution, dialect: Dialect, request: Request, body: bytes, clear: Any
) -> None:
    """The signature in cainfo where one is agreed; Refusal 4006."""
    if not dialect.body_sign:
        return
    keys = institution.keys
    if dialect.body_sign == "input":
        signer = keys.get("sm2_signer") or keys.get("client_id", "")
        if isinstance(clear, str):
            message = clear.encode()
        else:
            message = bytes(msgspec.json.decode(body, type=_Input).input)
    else:
        signer = keys.get("sm2_signer") or sm.DEFAULT_SIGNER
        message = _joined(request.whole).encode()
    public = keys.get("sm2_public", "")
    if not public or not sm.sm2_verify(public, signer, message, request.text("cainfo")):
        raise refusal(errors.BODY_SIGN_WRONG)


def _joined(whole: Mapping[str, Any]) -> str:
    pairs = [
        f"{name}={whole[name]}"
        for name in sorted(whole)
        if name not in _UNSIGNED_MEMBERS and whole[name] not in (None, "")
    ]
    return "&".join(pairs)


def sealed_output(institution: Institution, output: Any) -> tuple[str, dict[str, Any]]:
    """The output encrypted, and the members of the reply that go with it."""
    text = encode_json(output)
    extra: dict[str, Any] = {"enc_type": "SM4"}
    private = institution.keys.get("platform_sm2_private")
    public = institution.keys.get("platform_sm2_public")
    if private and public:
        signer = institution.keys.get("sm2_signer") or institution.keys.get("client_id", "")
        extra.update(cainfo=_signed(private, public, signer, text), signtype="SM2")
    return base64.b64encode(sm.sm4_encrypt(_sm4_key(institution), text)).decode(), extra


def _signed(private: str, public: str, signer: str, text: bytes) -> str:
    for _ in range(SM2_TRIES):
        try:
            signed = sm.sm2_sign(private, public, signer, text, secrets.token_hex(32))
        except ValueError:
            continue
        return base64.b64encode(signed).decode()
    raise RuntimeError("no SM2 signature could be made")
