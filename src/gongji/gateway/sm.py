# SPDX-License-Identifier: Apache-2.0
"""Chinese national cryptography as the interface uses it: SM2 signatures, SM3 MACs, SM4 bodies.

SM3 and SM4 come from ``cryptography``, the SM2 curve from ``gmssl``. Signatures are accepted as
r||s or as DER, in hex or Base64: libraries differ. Verification never raises on bad input.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives import hmac as mac
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from gmssl import sm2 as _sm2

DEFAULT_SIGNER = "1234567812345678"  # user id of GM/T 0009 where none is agreed
_BLOCK_BITS = 128
_HALF_HEX = 64  # hex digits of r, s and of a coordinate

# GM/T 0003.5 curve, as the Z value needs it.
_CURVE = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)


def sm3(data: bytes) -> bytes:
    """The SM3 digest, 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC over SM3, 32 bytes."""
    code = mac.HMAC(key, hashes.SM3())
    code.update(data)
    return code.finalize()


def sm4_encrypt(key: bytes, clear: bytes) -> bytes:
    """SM4-ECB with PKCS#7 padding (the mode that institutions' systems use); key of 16 bytes."""
    padder = padding.PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()
    return encryptor.update(padder.update(clear) + padder.finalize()) + encryptor.finalize()


def sm4_decrypt(key: bytes, sealed: bytes) -> bytes | None:
    """Inverse of ``sm4_encrypt``; None for a wrong key or damaged bytes."""
    try:
        decryptor = Cipher(SM4(key), modes.ECB()).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = padding.PKCS7(_BLOCK_BITS).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except (ValueError, InvalidKey):
        return None


def _public(key_hex: str) -> str:
    key = key_hex.strip().upper()
    return key[2:] if len(key) == 2 * _HALF_HEX + 2 and key.startswith("04") else key


def _digest(public: str, signer: bytes, message: bytes) -> bytes:
    """e = SM3(Z || M) with Z = SM3(ENTL || id || curve || public key)."""
    z = sm3((len(signer) * 8).to_bytes(2, "big") + signer + _CURVE + bytes.fromhex(public))
    return sm3(z + message)


def _signature(text: str) -> str | None:
    """r||s in hex, from hex or Base64 of r||s or DER."""
    body = text.strip()
    try:
        raw = bytes.fromhex(body)
    except ValueError:
        try:
            raw = base64.b64decode(body, validate=True)
        except binascii.Error:
            return None
    if len(raw) == _HALF_HEX:
        return raw.hex()
    try:
        r, s = decode_dss_signature(raw)
        return (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()
    except (ValueError, OverflowError):
        return None


def sm2_verify(public_hex: str, signer: str, message: bytes, signature: str) -> bool:
    """Whether the SM2-with-SM3 signature over ``message`` is right."""
    found = _signature(signature)
    public = _public(public_hex)
    if found is None or len(public) != 2 * _HALF_HEX:
        return False
    try:
        curve = _sm2.CryptSM2(private_key="", public_key=public)
        return bool(curve.verify(found, _digest(public, signer.encode(), message)))
    except (ValueError, TypeError, IndexError, ArithmeticError):
        # The library stumbles over points and numbers that no real signature has.
        return False


def sm2_sign(private_hex: str, public_hex: str, signer: str, message: bytes, nonce: str) -> bytes:
    """The SM2-with-SM3 signature r||s, 64 bytes; ``nonce``: 64 random hex digits, used once."""
    public = _public(public_hex)
    curve = _sm2.CryptSM2(private_key=private_hex, public_key=public)
    signed = curve.sign(_digest(public, signer.encode(), message), nonce)
    if signed is None:
        raise ValueError("SM2 nonce not usable, draw another")
    return bytes.fromhex(str(signed))


def same(given: str, expected: str) -> bool:
    """Comparison in constant time; texts of any kind."""
    return hmac.compare_digest(given.encode(), expected.encode())
