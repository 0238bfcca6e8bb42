# SPDX-License-Identifier: Apache-2.0
"""Access tokens of the OAuth variant: password grant with a Basic client, stateless bearer tokens.

A token names institution and expiry and is sealed with a keyed hash that also covers the client
secret: changing the secret, or suspending the institution, ends every token of it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from gongji.care.institutions import Institution
from gongji.gateway.signatures import OAUTH, Register
from gongji.gateway.sm import same

TOKEN_SECONDS = 2 * 60 * 60
FAILURES_MAX = 10  # wrong attempts per client and window, then a pause
FAILURE_SECONDS = 300
CLIENTS_MAX = 10_000  # clients whose failures are remembered
_KIND = 90  # of the keyed hash, apart from the kinds of person keys


class Blinder(Protocol):
    """What tokens need of ``members.privacy.PrivacyBox``."""

    def blind(self, kind: int, text: str) -> bytes:
        """A keyed hash."""


class TokenRefused(Exception):
    """The grant is refused; ``error`` is the OAuth error code, ``status`` the HTTP status."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class Tokens:
    """Grants and reads bearer tokens."""

    def __init__(self, register: Register, box: Blinder) -> None:
        self._register = register
        self._box = box
        self._failures: dict[str, tuple[int, int]] = {}

    def grant(
        self, authorization: str, form: Mapping[str, str], now: dt.datetime
    ) -> dict[str, str | int]:
        """The token reply of a password grant; raises TokenRefused."""
        if form.get("grant_type") != "password":
            raise TokenRefused(400, "unsupported_grant_type")
        client, secret = _basic(authorization)
        second = int(now.timestamp())
        count, since = self._failures.get(client, (0, second))
        if second - since > FAILURE_SECONDS:
            count, since = 0, second
        if count >= FAILURES_MAX:
            raise TokenRefused(429, "slow_down")
        found = self._client(client)
        keys = found.keys if found is not None else {}
        wanted = (
            (secret, keys.get("client_secret", "")),
            (form.get("username", ""), keys.get("username", "")),
            (form.get("password", ""), keys.get("password", "")),
        )
        # Every part is compared, found or not: the time taken tells nothing.
        right = [same(given, kept) and bool(kept) for given, kept in wanted]
        if found is None or not all(right):
            if len(self._failures) >= CLIENTS_MAX:
                self._failures.clear()
            self._failures[client] = (count + 1, since)
            if found is None or not right[0]:
                raise TokenRefused(401, "invalid_client")
            raise TokenRefused(400, "invalid_grant")
        self._failures.pop(client, None)
        expiry = second + TOKEN_SECONDS
        return {
            "access_token": f"{found.code}.{expiry}.{self._seal(found, expiry)}",
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": form.get("scope", ""),
        }

    def read(self, token: str, now: dt.datetime) -> str | None:
        """The institution code of a valid token, else None."""
        parts = token.split(".")
        if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit()):
            return None
        found = self._register.by_code(parts[0])
        if found is None or len(parts[1]) > 12:
            return None
        expiry = int(parts[1])
        if not same(parts[2], self._seal(found, expiry)) or expiry < int(now.timestamp()):
            return None
        return found.code

    def _client(self, client: str) -> Institution | None:
        for one in self._register.all():
            if one.sign_variant == OAUTH and one.active and one.keys.get("client_id") == client:
                return one
        return None

    def _seal(self, found: Institution, expiry: int) -> str:
        secret = found.keys.get("client_secret", "")
        return self._box.blind(_KIND, f"{found.code}|{expiry}|{secret}").hex()


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise TokenRefused(401, "invalid_client")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise TokenRefused(401, "invalid_client") from None
    client, _, secret = text.partition(":")
    return client, secret
