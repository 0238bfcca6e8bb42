# SPDX-License-Identifier: Apache-2.0
"""demo.json: everything that somebody needs who wants to try the demonstration from outside.

Balances and authorisations are read from the database at the moment of writing; keys and people
are invented, so nothing in the file is secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from psycopg import Connection

from gongji.kernel.benefit import CHRONIC, EMPLOYEE, INPATIENT, OUTPATIENT, PHARMACY
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.runtime.demo_catalogue import ITEMS
from gongji.runtime.demo_families import PEOPLE
from gongji.runtime.demo_institutions import INSTITUTIONS
from gongji.runtime.demo_load import owners_of_demo
from gongji.runtime.demo_people import (
    DemoPerson,
    card_of,
    certificate_of,
    psn_no_of,
    token_of,
)
from gongji.sharing.authorisations import ACTIVE, PAUSED, Authorisation, load_for
from gongji.sharing.relations import label

Conn = Connection[Any]

FORMAT = 1

_USES = {OUTPATIENT: "outpatient", PHARMACY: "pharmacy", CHRONIC: "chronic", INPATIENT: "inpatient"}
_STATES = {ACTIVE: "active", PAUSED: "paused"}
_CLASSES = {"01": "甲", "02": "乙", "03": "丙"}
_KINDS = {"101": "drug", "102": "decoction pieces", "201": "service", "301": "consumable"}
_ACCOUNT_STATES = {1: "active", 2: "frozen", 3: "closed"}


def demo_json(
    conn: Conn, box: PrivacyBox, gateway_url: str, library: PolicyLibrary
) -> dict[str, Any]:
    """The content of demo.json; amounts in fen, ratios in basis points, prices in 1e-6 yuan."""
    owners = owners_of_demo(conn, box)
    accounts = {
        owner: {
            "current_fen": current,
            "carried_fen": carried,
            "state": _ACCOUNT_STATES.get(status, str(status)),
        }
        for owner, current, carried, status in conn.execute(
            "SELECT owner, current_fen, carried_fen, status FROM account WHERE owner = ANY(%s)",
            (list(owners.values()),),
        )
    }
    authorisations = load_for(conn, owners.values())
    places = {
        owners[person.key]: (index, person)
        for index, person in enumerate(PEOPLE)
        if person.key in owners
    }
    return {
        "format": FORMAT,
        "gateway": gateway_url,
        "institutions": [_institution(one) for one in INSTITUTIONS],
        "people": [
            {
                **_person(index, person),
                "account": accounts.get(owner),
                "authorisations": [
                    _authorisation(one, places) for one in authorisations.get(owner, ())
                ],
            }
            for owner, (index, person) in places.items()
        ],
        "catalogue": [_item(one) for one in ITEMS],
        "policy_dates": {
            str(area): [day.isoformat() for day in library.dates(area)] for area in library.areas()
        },
    }


def write_demo_json(path: Path, content: dict[str, Any]) -> None:
    """Write the file whole or not at all: a reader never sees half of it."""
    write_whole(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write beside and move into place; the old file stays when anything fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
        raise


def _institution(one: Any) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "level": one.level,
        "hosp_lv": one.hosp_lv,
        "type": "hospital" if one.kind == 1 else "pharmacy",
        "area": one.area,
        "active": one.active,
        "sign_variant": one.sign_variant,
        "keys": one.keys,
        "dialect": one.dialect,
    }


def _person(index: int, person: DemoPerson) -> dict[str, Any]:
    return {
        "psn_no": psn_no_of(index, person),
        "cert_type": "01",
        "certno": certificate_of(index, person),
        "token": token_of(index),
        "card": card_of(index),
        "name": person.name,
        "birth": person.birth.isoformat(),
        "sex": person.sex,
        "area": person.area,
        "scheme": person.scheme,
        "scheme_name": "employee" if person.scheme == EMPLOYEE else "resident",
        "psn_type": person.psn_type,
        "retired": person.retired,
        "status": person.status,
        "civil_servant": person.civil_servant,
        "aid_class": person.aid_class,
        "chronic": [
            {"code": one.dise_code, "name": one.dise_name, "class": one.disease_class}
            for one in person.chronic
        ],
        "story": {"zh": person.story_zh, "en": person.story_en},
    }


def _authorisation(one: Authorisation, places: dict[int, tuple[int, DemoPerson]]) -> dict[str, Any]:
    relation_zh, relation_en = label(one.relation)
    known = places.get(one.giver)
    return {
        "auth_id": one.auth_id,
        "position": one.position,
        "giver_psn_no": psn_no_of(*known) if known else "",
        "giver_name": known[1].name if known else "",
        "relation": one.relation,
        "relation_name": {"zh": relation_zh, "en": relation_en},
        "state": _STATES.get(one.state, "ended"),
        "uses": [name for setting, name in _USES.items() if one.allows_use(setting)],
        "valid_from": one.valid_from.isoformat(),
        "valid_until": one.valid_until.isoformat() if one.valid_until else None,
        "visit_limit_fen": one.visit_limit_fen,
        "day_limit_fen": one.day_limit_fen,
        "year_limit_fen": one.year_limit_fen,
        "grant_fen": one.grant_fen,
    }


def _item(one: Any) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "kind": _KINDS[one.list_type],
        "list_type": one.list_type,
        "charge_type": one.med_chrgitm_type,
        "class": _CLASSES[one.chrgitm_lv],
        "first_self_bp": one.first_self_bp,
        "ceiling_micro": one.ceiling_micro,
        "restricted": one.restricted,
        "begun": one.begun.isoformat(),
        "ended": one.ended.isoformat() if one.ended else None,
    }
