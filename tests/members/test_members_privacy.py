# SPDX-License-Identifier: Apache-2.0
"""Encryption at rest: only the right key in the right place opens; hashes tell kinds apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.kernel.errors import Refusal
from gongji.members.errors import BOX_UNREADABLE
from gongji.members.privacy import BLIND_BYTES, PrivacyBox, mask_cert, mask_name, new_key

BOX = PrivacyBox(b"k" * 32)


@given(text=st.text(max_size=60), context=st.text(max_size=20))
def test_round_trip(text: str, context: str) -> None:
    sealed = BOX.encrypt(text, context)
    assert BOX.decrypt(sealed, context) == text
    assert BOX.encrypt(text, context) != sealed
    assert not text.encode() or len(text) < 4 or text.encode() not in sealed


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_changed_bit_is_refused(place: int, bit: int) -> None:
    sealed = bytearray(BOX.encrypt("360100198001010014"))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(Refusal) as caught:
        BOX.decrypt(bytes(sealed))
    assert caught.value.code == BOX_UNREADABLE


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"0" * 27])
def test_cut_data_is_refused(sealed: bytes) -> None:
    with pytest.raises(Refusal):
        BOX.decrypt(sealed)


def test_another_key_or_place_is_refused() -> None:
    sealed = BOX.encrypt("王", "person/1/name")
    for box, context in ((PrivacyBox(new_key()), "person/1/name"), (BOX, "person/2/name")):
        with pytest.raises(Refusal):
            box.decrypt(sealed, context)


def test_key_length_is_checked() -> None:
    with pytest.raises(ValueError, match="32"):
        PrivacyBox(b"short")


def test_blind_index() -> None:
    one = BOX.blind(2, "360100198001010014")
    assert len(one) == BLIND_BYTES
    assert (
        one
        == BOX.blind(2, "360100198001010014")
        == PrivacyBox(b"k" * 32).blind(2, "360100198001010014")
    )
    others = {BOX.blind(3, "360100198001010014"), BOX.blind(2, "360100198001010022")}
    others.add(PrivacyBox(b"l" * 32).blind(2, "360100198001010014"))
    assert len(others | {one}) == 4


@pytest.mark.parametrize(
    ("name", "shown"), [("", ""), ("王", "*"), ("王伟", "王*"), ("欧阳修", "欧*修")]
)
def test_masked_names(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_masked_certificates() -> None:
    assert mask_cert("36010019800101001X") == "360*************1X"
    assert mask_cert("E1234") == "*****"
