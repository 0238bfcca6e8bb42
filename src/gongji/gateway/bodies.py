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


def _key_text(institution: Institution) -> bytes:
    keys = institution.keys
    return (keys.get("sm4_key") or keys.get("client_id", "")).encode()


def _sm4_key(institution: Institution) -> bytes:
    key = _key_text(institution)
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


def _signers(institution: Institution, dialect: Dialect) -> tuple[str, ...]:
    """User ids that a signature may be made with: the agreed one, else those that clients take
    where none is agreed."""
    keys = institution.keys
    agreed = keys.get("sm2_signer")
    if agreed:
        return (agreed,)
    client = keys.get("client_id", "")
    if dialect.body_sign == "input" and client:
        return client, sm.DEFAULT_SIGNER
    return (sm.DEFAULT_SIGNER,)


def check_signature(
    institution: Institution, dialect: Dialect, request: Request, body: bytes, clear: Any
) -> str:
    """Check the signature in cainfo where one is agreed; Refusal 4006.

    The user id that it was made with, "" where none is agreed.
    """
    if not dialect.body_sign:
        return ""
    if dialect.body_sign == "input":
        if isinstance(clear, str):
            message = clear.encode()
        else:
            message = bytes(msgspec.json.decode(body, type=_Input).input)
    else:
        message = _joined(request.whole).encode()
    public, given = institution.keys.get("sm2_public", ""), request.text("cainfo")
    for signer in _signers(institution, dialect) if public and given else ():
        if sm.sm2_verify(public, signer, message, given):
            return signer
    raise refusal(errors.BODY_SIGN_WRONG)


def _joined(whole: Mapping[str, Any]) -> str:
    pairs = [
        f"{name}={whole[name]}"
        for name in sorted(whole)
        if name not in _UNSIGNED_MEMBERS and whole[name] not in (None, "")
    ]
    return "&".join(pairs)


def sealed_output(
    institution: Institution, dialect: Dialect, signer: str, output: Any
) -> tuple[str | None, dict[str, Any]]:
    """The output encrypted, and the members of the reply that go with it.

    No output is an empty object, encrypted as well: clients decrypt before they look at infcode.
    None where the institution has no key of its own to encrypt with. ``signer`` is the user id
    that the request was signed with, "" where that is not known.
    """
    key = _key_text(institution)
    if len(key) != SM4_KEY_BYTES:
        return None, {}
    text = encode_json({} if output is None else output)
    extra: dict[str, Any] = {"enc_type": "SM4"}
    private = institution.keys.get("platform_sm2_private")
    public = institution.keys.get("platform_sm2_public")
    if private and public:
        signer = signer or _signers(institution, dialect)[0]
        extra.update(cainfo=_signed(private, public, signer, text), signtype="SM2")
    return base64.b64encode(sm.sm4_encrypt(key, text)).decode(), extra


def _signed(private: str, public: str, signer: str, text: bytes) -> str:
    for _ in range(SM2_TRIES):
        try:
            signed = sm.sm2_sign(private, public, signer, text, secrets.token_hex(32))
        except ValueError:
            continue
        return base64.b64encode(signed).decode()
    raise RuntimeError("no SM2 signature could be made")
