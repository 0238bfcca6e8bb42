# SPDX-License-Identifier: Apache-2.0
"""Institutions and catalogue: read once, read again when the version moves, keys sealed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from care_world import BOX, HOSPITAL, ITEMS, PHARMACY, build

from gongji.care import errors, institutions, med_types
from gongji.care.catalogue import put_items
from gongji.care.institutions import Registry
from gongji.kernel.benefit import CHRONIC, INPATIENT, OUTPATIENT
from gongji.kernel.benefit import PHARMACY as PHARMACY_SETTING
from gongji.kernel.errors import Refusal
from gongji.members.privacy import PrivacyBox

Conn = psycopg.Connection[Any]


def test_the_register_follows_its_version(conn: Conn) -> None:
    build(conn)
    registry = Registry(BOX)
    assert registry.refresh(conn)
    assert not registry.refresh(conn)
    assert registry.by_code(HOSPITAL.code) == HOSPITAL
    assert registry.by_id(2) == PHARMACY
    assert registry.by_code("nobody") is None
    institutions.set_active(conn, HOSPITAL.code, False)
    assert registry.refresh(conn)
    found = registry.by_code(HOSPITAL.code)
    assert found is not None
    assert not found.active
    assert [one.institution_id for one in registry.all()] == [1, 2]


def test_keys_are_sealed(conn: Conn) -> None:
    build(conn)
    rows = conn.execute("SELECT i::text FROM institution i").fetchall()
    assert "s1" not in repr(HOSPITAL)
    assert b"secret".hex() not in str(rows)
    with pytest.raises(Refusal):
        Registry(PrivacyBox(b"x" * 32)).refresh(conn)


def test_register_refusals(conn: Conn) -> None:
    build(conn)
    for wrong in (replace(HOSPITAL, institution_id=9), replace(HOSPITAL, code="H9")):
        with pytest.raises(Refusal) as caught:
            institutions.register_institution(conn, BOX, wrong)
        assert caught.value.code == errors.INSTITUTION_TAKEN
    for ask in (
        lambda: institutions.set_active(conn, "H9", True),
        lambda: institutions.kind_of(conn, 99),
    ):
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.value.code == errors.INSTITUTION_UNKNOWN


def test_the_catalogue_follows_its_version(conn: Conn) -> None:
    catalogue = build(conn)
    assert len(catalogue) == len(ITEMS)
    assert catalogue.item("B2") == ITEMS[2]
    assert not catalogue.refresh(conn)
    put_items(conn, [replace(ITEMS[2], first_self_bp=500)])
    assert catalogue.refresh(conn)
    changed = catalogue.item("B2")
    assert changed is not None
    assert changed.first_self_bp == 500


@pytest.mark.parametrize(
    ("med_type", "kind", "setting"),
    [
        ("11", 1, OUTPATIENT),
        ("110104", 1, OUTPATIENT),
        ("1301", 1, OUTPATIENT),
        ("14", 1, CHRONIC),
        ("140201", 1, CHRONIC),
        ("9901", 1, CHRONIC),
        ("9903", 1, OUTPATIENT),
        ("2101", 1, INPATIENT),
        ("52", 1, INPATIENT),
        ("41", 2, PHARMACY_SETTING),
        ("11", 2, PHARMACY_SETTING),
        ("14", 2, CHRONIC),
    ],
)
def test_settings(med_type: str, kind: int, setting: int) -> None:
    assert med_types.setting_of(med_type, kind) == setting


@pytest.mark.parametrize(
    ("med_type", "kind", "code"),
    [
        ("", 1, errors.MED_TYPE_UNKNOWN),
        ("9", 1, errors.MED_TYPE_UNKNOWN),
        ("77", 1, errors.MED_TYPE_UNKNOWN),
        ("21", 2, errors.INSTITUTION_KIND),
        ("41", 1, errors.INSTITUTION_KIND),
    ],
)
def test_settings_that_do_not_exist(med_type: str, kind: int, code: int) -> None:
    with pytest.raises(Refusal) as caught:
        med_types.setting_of(med_type, kind)
    assert caught.value.code == code


def test_every_refusal_speaks_both_languages() -> None:
    for code in errors.numbers():
        told = errors.refusal(code)
        assert 2100 <= told.code <= 2199
        assert told.zh
        assert told.en
