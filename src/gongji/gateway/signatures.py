# SPDX-License-Identifier: Apache-2.0
"""Who sent a request: the signature variants of the provinces, checked before anything is parsed.

The variant is recognised by its headers and must be the one agreed with the institution. Every
comparison takes constant time. A time stamp is good for REPLAY_SECONDS; a nonce (x-tif) binds to
one body, so that captured headers cannot carry another message, while sending the very same
message again stays possible: what it does is idempotent by msgid.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from gongji.care.institutions import Institution
from gongji.gateway import errors, sm
from gongji.gateway.errors import refusal
from gongji.kernel.errors import Refusal

REPLAY_SECONDS = 30 * 60
NONCES_MAX = 200_000  # per generation; a full one is turned over early
INDEX_SECONDS = 2  # unknown keys make the index look again at most this often

X_TIF = "x-tif"
GATEWAY = "gateway"
X_CA = "x-ca"
OAUTH = "oauth"
APIKEY = "apikey"
UNSIGNED = "none"  # only where the gateway was opened for it (demonstration, tests)
VARIANTS = (X_TIF, GATEWAY, X_CA, OAUTH, APIKEY, UNSIGNED)

_KEY_NAMES = {X_TIF: "paasid", GATEWAY: "access_key", APIKEY: "apikey"}
NONCE_CHARS = (4, 64)

Headers = Mapping[str, str]


class Rejected(Exception):
    """A request that is not let in; the door answers in the form of the variant."""

    def __init__(self, refused: Refusal, variant: str) -> None:
        super().__init__(str(refused))
        self.refused = refused
        self.variant = variant


class Signer(NamedTuple):
    """The institution behind a signature. ``check_body`` holds what needs the raw body."""

    institution: Institution
    variant: str
    check_body: Callable[[bytes], bool] | None = None
    failure: int = errors.SIGN_WRONG


class Register(Protocol):
    """What signatures need of ``care.institutions.Registry``."""

    def by_code(self, code: str) -> Institution | None:
        """The institution with that code."""

    def all(self) -> tuple[Institution, ...]:
        """Every institution."""


class SeenNonces:
    """Which signature came with which body, for the length of the replay window.

    Two generations instead of a date per entry: each lives one to two windows. One process
    remembers for itself; several processes narrow the protection to what each has seen.
    """

    def __init__(self) -> None:
        self._young: dict[tuple[str, str, str], bytes] = {}
        self._old: dict[tuple[str, str, str], bytes] = {}
        self._turned = 0

    def first_or_same(self, key: tuple[str, str, str], body: bytes, now: int) -> bool:
        """True when this signature is new or came with the same body before."""
        if now - self._turned > REPLAY_SECONDS or len(self._young) >= NONCES_MAX:
            self._old, self._young, self._turned = self._young, {}, now
        digest = hashlib.sha256(body).digest()
        known = self._young.get(key) or self._old.get(key)
        if known is None:
            self._young[key] = digest
            return True
        return hmac.compare_digest(known, digest)


class Verifier:
    """Checks headers against the register of institutions."""

    def __init__(
        self,
        register: Register,
        bearer: Callable[[str, dt.datetime], str | None],
        *,
        allow_unsigned: bool = False,
    ) -> None:
        self._register = register
        self._bearer = bearer
        self._allow_unsigned = allow_unsigned
        self._nonces = SeenNonces()
        self._index: dict[tuple[str, str], str] = {}
        self._indexed_at = 0

    def check(self, headers: Headers, now: dt.datetime) -> Signer | None:
        """The signer of a request by its headers (names in lower case).

        Raises Rejected 4001-4009. None: no signature at all, and the gateway allows that for
        institutions of the variant "none".
        """
        if "x-tif-paasid" in headers:
            return self._x_tif(headers, now)
        if "_api_access_key" in headers:
            return self._gateway(headers, now)
        if "x-ca-key" in headers:
            return self._x_ca(headers, now)
        if "authorization" in headers:
            return self._oauth(headers, now)
        if "apikey" in headers:
            return self._apikey(headers, now)
        if self._allow_unsigned:
            return None
        raise Rejected(
            refusal(errors.SIGN_HEADER_MISSING, header="x-tif-paasid（或本省约定的签名头）"), ""
        )

    def by_key(self, variant: str, key: str, now: dt.datetime) -> Institution | None:
        """The institution with that access key under that variant."""
        wanted = (variant, key)
        code = self._index.get(wanted)
        found = self._register.by_code(code) if code is not None else None
        if found is not None and self._key(found) == wanted:
            return found
        second = int(now.timestamp())
        if second - self._indexed_at >= INDEX_SECONDS:
            self._index = {self._key(one): one.code for one in self._register.all()}
            self._indexed_at = second
            code = self._index.get(wanted)
            return self._register.by_code(code) if code is not None else None
        return None

    @staticmethod
    def _key(one: Institution) -> tuple[str, str]:
        variant = one.sign_variant
        name = _KEY_NAMES.get(variant)
        return variant, (one.keys.get(name) if name else None) or one.code

    def _x_tif(self, headers: Headers, now: dt.datetime) -> Signer:
        found = self._known(X_TIF, headers["x-tif-paasid"], now)
        stamp = _header(headers, "x-tif-timestamp", X_TIF)
        nonce = _header(headers, "x-tif-nonce", X_TIF)
        given = _header(headers, "x-tif-signature", X_TIF)
        second = _in_window(stamp, 1, now, X_TIF)
        secret = found.keys.get("secret", "")
        expected = hashlib.sha256(f"{stamp}{secret}{nonce}{stamp}".encode()).hexdigest()
        if not secret or not sm.same(given.lower(), expected) or not _is_nonce(nonce):
            raise Rejected(refusal(errors.SIGN_WRONG), X_TIF)
        key = (found.code, stamp, nonce)
        first_or_same = self._nonces.first_or_same
        return Signer(
            found, X_TIF, lambda body: first_or_same(key, body, second), errors.SIGN_REUSED
        )

    def _gateway(self, headers: Headers, now: dt.datetime) -> Signer:
        found = self._known(GATEWAY, headers["_api_access_key"], now)
        names = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version")
        text = "&".join(f"{name}={_header(headers, name, GATEWAY)}" for name in names)
        given = _header(headers, "_api_signature", GATEWAY)
        _in_window(headers["_api_timestamp"], 1000, now, GATEWAY)
        secret = found.keys.get("secret", "")
        mac = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
        if not secret or not sm.same(given, base64.b64encode(mac).decode()):
            raise Rejected(refusal(errors.SIGN_WRONG), GATEWAY)
        return Signer(found, GATEWAY)

    def _x_ca(self, headers: Headers, now: dt.datetime) -> Signer:
        found = self._known(X_CA, headers["x-ca-key"], now)
        stamp, _, given = _header(headers, "x-ca-signature", X_CA).partition(":")
        _in_window(stamp, 1, now, X_CA)
        secret = found.keys.get("secret", "")

        def check(body: bytes) -> bool:
            mac = sm.hmac_sm3(secret.encode(), stamp.encode() + b"\n" + body)
            return bool(secret) and sm.same(given.upper(), mac.hex().upper())

        return Signer(found, X_CA, check)

    def _oauth(self, headers: Headers, now: dt.datetime) -> Signer:
        scheme, _, token = headers["authorization"].partition(" ")
        code = self._bearer(token.strip(), now) if scheme.lower() == "bearer" else None
        found = self._register.by_code(code) if code is not None else None
        if found is None or found.sign_variant != OAUTH:
            raise Rejected(refusal(errors.TOKEN_INVALID), OAUTH)
        return Signer(found, OAUTH)

    def _apikey(self, headers: Headers, now: dt.datetime) -> Signer:
        given = headers["apikey"]
        found = self._known(APIKEY, given, now)
        if not sm.same(given, found.keys.get("apikey", "")):
            raise Rejected(refusal(errors.SIGN_KEY_UNKNOWN), APIKEY)
        return Signer(found, APIKEY)

    def _known(self, variant: str, key: str, now: dt.datetime) -> Institution:
        found = self.by_key(variant, key, now)
        if found is None or not key:
            raise Rejected(refusal(errors.SIGN_KEY_UNKNOWN), variant)
        return found


def _header(headers: Headers, name: str, variant: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise Rejected(refusal(errors.SIGN_HEADER_MISSING, header=name), variant)
    return value


def _is_nonce(text: str) -> bool:
    shortest, longest = NONCE_CHARS
    return shortest <= len(text) <= longest and text.isascii() and text.isalnum()


def _in_window(stamp: str, per_second: int, now: dt.datetime, variant: str) -> int:
    """The present in seconds; refuses a time stamp outside the replay window."""
    present = int(now.timestamp())
    readable = stamp.isascii() and stamp.isdigit() and len(stamp) <= 16
    second = int(stamp) // per_second if readable else 0
    if abs(present - second) > REPLAY_SECONDS:
        raise Rejected(refusal(errors.SIGN_TIME, minutes=REPLAY_SECONDS // 60), variant)
    return present


def let_in(signer: Signer, body: bytes) -> None:
    """The part of the check that needs the raw body; raises Rejected."""
    if signer.check_body is not None and not signer.check_body(body):
        raise Rejected(refusal(signer.failure), signer.variant)
