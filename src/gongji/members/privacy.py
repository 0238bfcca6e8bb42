# SPDX-License-Identifier: Apache-2.0
"""What protects personal data at rest: encryption, keyed look-up hashes, masking.

AES-256-GCM with a random nonce; look-ups use HMAC-SHA-256 cut to 16 bytes. Both keys are derived
from one master key and differ. Nothing here logs, and errors carry no clear text. One master key
serves at most 2**32 encryptions (bound of random GCM nonces); a sealed text names its format.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gongji.members.errors import BOX_UNREADABLE, refusal

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
BLIND_BYTES = 16
_FORMAT = b"\x01"


def _derived(master: bytes, purpose: bytes) -> bytes:
    kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"gongji/1/" + purpose)
    return kdf.derive(master)


class PrivacyBox:
    """Opens and closes personal data with one master key of 32 random bytes.

    ``context`` binds a sealed text to its place (a field of a row): moved elsewhere it cannot be
    opened. Safe to share between threads.
    """

    __slots__ = ("_aead", "_index")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the master key has {KEY_BYTES} bytes, not {len(key)}")
        self._aead = AESGCM(_derived(key, b"seal"))
        self._index = hmac.new(_derived(key, b"blind index"), digestmod=hashlib.sha256)

    def encrypt(self, text: str, context: str = "") -> bytes:
        """Seal a text: format, nonce, cipher text and tag."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._aead.encrypt(nonce, text.encode(), context.encode())
        return _FORMAT + nonce + sealed

    def decrypt(self, sealed: bytes, context: str = "") -> str:
        """Open a sealed text; Refusal 2040 for another key, another place or damaged bytes."""
        data = bytes(sealed)
        start = len(_FORMAT) + NONCE_BYTES
        if data[: len(_FORMAT)] != _FORMAT or len(data) < start + TAG_BYTES:
            raise refusal(BOX_UNREADABLE)
        try:
            clear = self._aead.decrypt(data[len(_FORMAT) : start], data[start:], context.encode())
        except InvalidTag:
            raise refusal(BOX_UNREADABLE) from None
        return clear.decode()

    def blind(self, kind: int, text: str) -> bytes:
        """Keyed hash for an equality look-up, 16 bytes; differs by kind, cannot be reversed."""
        # Copying a keyed hash saves the two key blocks, which matters when loading millions.
        mac = self._index.copy()
        mac.update(b"%d:" % kind)
        mac.update(text.encode())
        return mac.digest()[:BLIND_BYTES]


def new_key() -> bytes:
    """A fresh master key; whoever stores it guards all personal data."""
    return os.urandom(KEY_BYTES)


def mask_name(name: str) -> str:
    """A name for lists: the first character stays when there are two, both ends from three on."""
    if len(name) <= 1:
        return "*" * len(name)
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_cert(certno: str) -> str:
    """A certificate number for lists: three characters at the front, two at the end."""
    if len(certno) <= 5:
        return "*" * len(certno)
    return certno[:3] + "*" * (len(certno) - 5) + certno[-2:]
