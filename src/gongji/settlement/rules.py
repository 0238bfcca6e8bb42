# SPDX-License-Identifier: Apache-2.0
"""The kernel rules of a case and their stored copy (``rule_set``), found once per combination.

A rule set is kept with the digest of its packs and its provenance, so that any settlement can be
replayed and explained after the packs have moved on. It is stored in a transaction of its own:
a batch that needs one for the first time is planned again behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from gongji.kernel.benefit import BenefitRules
from gongji.kernel.sharing import SharingRules
from gongji.ledger.canonical import sm3
from gongji.members.people import Coverage
from gongji.policy.compiled import AreaPolicy
from gongji.policy.givers import rules_at_settlement
from gongji.policy.provenance import Provenance, is_weak

Found = tuple[BenefitRules, SharingRules, int, int, bool]
Store = Callable[[psycopg.Connection[Any]], None]


class RulesNotStored(Exception):
    """A rule set is used for the first time: ``store`` it, then plan the batch again."""

    def __init__(self, store: Store) -> None:
        super().__init__("a rule set is not stored yet")
        self.store = store


class RuleBook:
    """Rule sets by (area policy, setting, level, status, ...), stored on first use."""

    def __init__(self, level_of: Callable[[int], int], pharmacy: Callable[[int], bool]) -> None:
        self.level_of = level_of
        self.is_pharmacy = pharmacy
        self._found: dict[tuple[object, ...], Found] = {}

    def forget(self) -> None:
        """Store every rule set anew at its next use: the database may be another one."""
        self._found = {}

    def find(
        self,
        policy: AreaPolicy,
        setting: int,
        level: int,
        coverage: Coverage,
        age: int,
        admission_no: int,
        visit_class: int,
    ) -> Found:
        """Benefit rules, sharing rules, id and mark of their stored copy, whether they are weak.

        Weak: a value below medium confidence is among them, because the deployment accepts it.

        Raises PolicyGap, and RulesNotStored at the first use.
        """
        stay = setting == 4
        key = (
            id(policy),
            setting,
            level,
            coverage.retired,
            age if stay else 0,
            admission_no if stay else 0,
            visit_class,
            coverage.civil_servant,
            coverage.aid_class,
        )
        found = self._found.get(key)
        if found is None:
            ask = (setting, level, coverage.retired, age, admission_no, visit_class)
            servant, aid = coverage.civil_servant, coverage.aid_class
            benefit = policy.benefit(*ask, civil_servant=servant, aid_class=aid)
            sharing = rules_at_settlement(policy)
            steps = policy.provenance(*ask, civil_servant=servant, aid_class=aid)
            provenance = {**policy.sources(), **steps}

            def store(conn: psycopg.Connection[Any]) -> None:
                rules_id, digest = _store(conn, policy, benefit, sharing, provenance)
                self._found[key] = (
                    benefit,
                    sharing,
                    rules_id,
                    mark_of(digest),
                    is_weak(provenance),
                )

            raise RulesNotStored(store)
        return found


def _store(
    conn: psycopg.Connection[Any],
    policy: AreaPolicy,
    benefit: BenefitRules,
    sharing: SharingRules,
    provenance: dict[str, tuple[Provenance, ...]],
) -> tuple[int, bytes]:
    body = {"benefit": benefit, "sharing": sharing, "scheme": policy.scheme}
    steps = {step: [p._asdict() for p in items] for step, items in provenance.items()}
    digest = digest_of(body, policy.area, steps, policy.digest)
    conn.execute(
        "INSERT INTO rule_set (digest, pack_digest, area, body, provenance)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (digest) DO NOTHING",
        (digest, policy.digest, policy.area, Jsonb(_plain(body)), Jsonb(_plain(steps))),
    )
    conn.commit()
    row = conn.execute("SELECT rules_id FROM rule_set WHERE digest = %s", (digest,)).fetchone()
    conn.commit()
    if row is None:
        raise psycopg.DatabaseError("rule set not stored")
    return int(row[0]), digest


def digest_of(body: Any, area: int, steps: Any, pack_digest: bytes) -> bytes:
    """SM3 over everything that a stored rule set says, in one canonical form."""
    whole = [_plain(body), area, _plain(steps), pack_digest.hex()]
    return sm3(msgspec.json.encode(whole, order="sorted"))


def mark_of(digest: bytes) -> int:
    """The first 63 bits of a digest, as kept in every record."""
    return int.from_bytes(digest[:8], "big") >> 1


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def load_rules(conn: psycopg.Connection[Any], rules_id: int) -> tuple[BenefitRules, SharingRules]:
    """Kernel rules of a stored rule set, for a replay; raises LookupError."""
    row = conn.execute("SELECT body FROM rule_set WHERE rules_id = %s", (rules_id,)).fetchone()
    if row is None:
        raise LookupError(f"rule set {rules_id}")
    return rules_from(row[0])


def rules_from(body: Any) -> tuple[BenefitRules, SharingRules]:
    """Kernel rules as a stored rule set says them; raises TypeError, msgspec.ValidationError."""
    return (
        msgspec.convert(body["benefit"], BenefitRules),
        msgspec.convert(body["sharing"], SharingRules),
    )


def load_provenance(
    conn: psycopg.Connection[Any], rules_id: int
) -> tuple[dict[str, list[Provenance]], int, bytes]:
    """Provenance by step, area and pack digest of a stored rule set; raises LookupError."""
    row = conn.execute(
        "SELECT provenance, area, pack_digest FROM rule_set WHERE rules_id = %s", (rules_id,)
    ).fetchone()
    if row is None:
        raise LookupError(f"rule set {rules_id}")
    steps = {step: [_provenance(item) for item in items] for step, items in row[0].items()}
    return steps, int(row[1]), bytes(row[2])


def _provenance(item: dict[str, Any]) -> Provenance:
    day = item.get("date")
    return Provenance(**{**item, "date": dt.date.fromisoformat(day) if day else None})
