# SPDX-License-Identifier: Apache-2.0
"""Every reason code has one plain sentence in each language; an unknown code is an error."""

from __future__ import annotations

import pytest

from gongji.kernel import reasons
from gongji.kernel.errors import InvariantError

CODES = {
    name: value for name, value in vars(reasons).items() if name.isupper() and type(value) is int
}


def test_codes_are_unique() -> None:
    assert len(set(CODES.values())) == len(CODES)
    assert CODES


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_its_sentences(name: str) -> None:
    zh, en = reasons.sentence(CODES[name])
    assert zh.endswith("。")
    assert 8 <= len(zh) <= 45
    assert en.endswith(".")
    assert en.isascii()


def test_no_two_codes_read_alike() -> None:
    texts = [reasons.sentence(code) for code in CODES.values()]
    assert len({zh for zh, _ in texts}) == len({en for _, en in texts}) == len(CODES)


@pytest.mark.parametrize("code", [-1, 49, 999])
def test_unknown_code_is_an_error(code: int) -> None:
    with pytest.raises(InvariantError):
        reasons.sentence(code)
