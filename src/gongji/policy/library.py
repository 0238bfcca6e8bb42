# SPDX-License-Identifier: Apache-2.0
"""The library of policy packs: which value holds in an area on a day, and who says so.

The nearest area that speaks of a key decides (city, province, nation); among its records those in
force on the day count, the latest known first. A record that is not confirmed enough blocks the
parent's value: what differs here and is not confirmed is denied, not replaced by something else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

from gongji.kernel.benefit import EMPLOYEE, RESIDENT
from gongji.kernel.errors import Refusal
from gongji.kernel.money import ratio_of
from gongji.policy import errors, provenance
from gongji.policy.areas import MUNICIPALITIES
from gongji.policy.compiled import AreaPolicy
from gongji.policy.deviating import stands_in
from gongji.policy.keys import labels
from gongji.policy.provenance import Provenance
from gongji.policy.reading import read_shelf
from gongji.policy.records import ACTIVE, Note, Pack, Source, Value
from gongji.policy.records import DECIDES_MONEY as DECIDES_MONEY

PACKS = Path(__file__).parent / "packs"
DAYS_CACHED_MAX = 20_000  # (area, scheme, day) answers kept before the memory is emptied
ONE_DAY = dt.timedelta(days=1)


class PolicyLibrary:
    """Values of all packs, with look-up by area, key, day in force and day of belief."""

    def __init__(
        self, packs: dict[int, Pack], sources: dict[str, Source], accept: frozenset[str]
    ) -> None:
        self._packs = packs
        self._sources = sources
        self.accept = accept
        self._paths = {area: self._path_of(area) for area in packs}
        self._dates: dict[int, tuple[dt.date, ...]] = {}
        self._digests: dict[int, bytes] = {}
        self._canonical: dict[int, str] = {}
        self._by_interval: dict[tuple[int, int, int], AreaPolicy] = {}
        self._by_day: dict[tuple[int, int, dt.date], AreaPolicy] = {}

    @classmethod
    def load(
        cls, path: Path | None = None, *, accept: frozenset[str] = DECIDES_MONEY
    ) -> PolicyLibrary:
        """Read all packs below ``path`` (None: those shipped); raises PackFault on the first
        fault. ``accept`` names the confidences that may decide money."""
        shelf = read_shelf(path or PACKS)
        if shelf.faults:
            fault = shelf.faults[0]
            raise errors.PackFault(fault.file, fault.line, f"{fault.key} {fault.text}".strip())
        return cls(shelf.packs, shelf.sources, accept)

    def _path_of(self, area: int) -> tuple[int, ...]:
        path: list[int] = []
        at: int | None = area
        while at is not None:
            if at in path or at not in self._packs:
                raise errors.PackFault(f"{area}/index.yaml", 1, f"no way up from area {at}")
            path.append(at)
            at = self._packs[at].parent
        return tuple(path)

    # What there is

    @property
    def sources(self) -> Mapping[str, Source]:
        """The register of documents, by id."""
        return self._sources

    def areas(self) -> tuple[int, ...]:
        """Codes of all areas with a pack, in order."""
        return tuple(sorted(self._packs))

    def home(self, area: int) -> int:
        """The area whose pack speaks for a code: itself, or the city of a county or district.

        Never the province: a city without a pack is unknown. Raises Refusal 1100.
        """
        found = home_of(self._packs, area)
        if found is not None:
            return found
        raise errors.unknown_area(area)

    def pack(self, area: int) -> Pack:
        """The pack that speaks for an area; raises Refusal 1100."""
        return self._packs[self.home(area)]

    def path(self, area: int) -> tuple[int, ...]:
        """The area, its province, the nation; raises Refusal 1100."""
        return self._paths[self.home(area)]

    def notes(self, area: int) -> list[Note]:
        """Claims that were not loaded for the area or above it, with the reasons."""
        return [note for code in self.path(area) for note in self._packs[code].notes]

    def keys(self, area: int) -> tuple[str, ...]:
        """Every key that the area or an area above it speaks of, in order."""
        return tuple(sorted({key for code in self.path(area) for key in self._packs[code].values}))

    def records(self, area: int, key: str) -> tuple[Value, ...]:
        """All records of a key on the way from the area to the nation."""
        return tuple(v for code in self.path(area) for v in self._packs[code].values.get(key, ()))

    def dates(self, area: int) -> tuple[dt.date, ...]:
        """Days on which some value of the area or above it begins or has just ended."""
        if area not in self._dates:
            days: set[dt.date] = set()
            for code in self.path(area):
                for records in self._packs[code].values.values():
                    days.update(v.from_date for v in records if v.from_date)
                    ends = (v.until for v in records if v.until and v.until < dt.date.max)
                    days.update(end + ONE_DAY for end in ends)
            self._dates[area] = tuple(sorted(days))
        return self._dates[area]

    def digest(self, area: int) -> bytes:
        """SM3 over the canonical content of the packs from the area to the nation (32 bytes)."""
        if area not in self._digests:
            text = ",".join(self.canonical(code) for code in self.path(area))
            self._digests[area] = _sm3(f"[{text}]".encode())
        return self._digests[area]

    def canonical(self, area: int) -> str:
        """The content of one pack, without those above it, as canonical JSON."""
        home = self.home(area)
        if home not in self._canonical:
            content = _canonical(self._packs[home])
            text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            self._canonical[home] = text
        return self._canonical[home]

    # Look-up

    def find(
        self, area: int, keys: Sequence[str], on: dt.date, *, known_on: dt.date | None = None
    ) -> Value | None:
        """The governing record among alternative keys (the fullest first), whatever its
        confidence: nearest area first, then the first key that it speaks of. None: nobody does.

        A weak record marked to be inherited gives way to the parent's where that may stand in.
        """
        weak: Value | None = None
        for code in self.path(area):
            values = self._packs[code].values
            for key in keys:
                record = governing(values.get(key, ()), on, known_on)
                if record is None:
                    continue
                if record.inherit_if_unconfirmed and not self.accepted(record):
                    weak = weak or record
                    continue
                return record if weak is None or stands_in(record, weak) else weak
        return weak

    def value(
        self, area: int, key: str, on: dt.date, *, known_on: dt.date | None = None
    ) -> Value | None:
        """The record of a key in force on a day, as believed on ``known_on`` (None: now).

        It may be unconfirmed or undated: ask ``accepted`` before money depends on it.
        """
        return self.find(area, (key,), on, known_on=known_on)

    def accepted(self, record: Value) -> bool:
        """May this record decide money in this library?"""
        return record.from_date is not None and record.confidence in self.accept

    def require(
        self, area: int, keys: str | Sequence[str], on: dt.date, *, known_on: dt.date | None = None
    ) -> Value:
        """Like ``find`` (one key or alternatives), but raises PolicyGap unless it may decide."""
        wanted = (keys,) if isinstance(keys, str) else tuple(keys)
        record = self.find(area, wanted, on, known_on=known_on)
        if record is None or not self.accepted(record):
            raise self.gap(area, wanted[0], errors.day(on), record)
        return record

    def unsettled(self, record: Value, when: tuple[str, str]) -> errors.PolicyGap:
        """A rule that is only shown and that this care needs, as an exception to raise."""
        pack = self.pack(record.area)
        topic = errors.Topic(
            pack.area, pack.name_zh, record.key, *labels(record.key), *when, record.note
        )
        return errors.not_settled(topic)

    def gap(
        self,
        area: int,
        key: str,
        when: tuple[str, str],
        record: Value | None,
    ) -> errors.PolicyGap:
        """Why the value may not be used, as an exception to raise; ``when`` in both languages."""
        pack = self.pack(record.area if record else area)
        shown = record.key if record else key
        note = record.note if record else ""
        topic = errors.Topic(pack.area, pack.name_zh, shown, *labels(shown), *when, note)
        if record is None:
            return errors.missing(topic)
        if record.confidence == "unconfirmed":
            return errors.not_confirmed(topic, record.confidence)
        if record.from_date is None:
            return errors.undated(topic)
        return errors.not_confirmed(topic, record.confidence)

    def provenance(self, records: Iterable[Value]) -> tuple[Provenance, ...]:
        """Provenance of records that were used."""
        return tuple(provenance.of(record, self._sources) for record in records)

    # Compiled

    def compiled(
        self, area: int, scheme: int, on: dt.date, *, known_on: dt.date | None = None
    ) -> AreaPolicy:
        """Rules of an area for a scheme (310, 390) on a day; one object per change interval.

        Raises Refusal 1100 (no pack), 1104 (draft) or 1105 (no such scheme).
        Gaps are raised later, by the part of the policy that meets one.
        """
        if known_on is None:
            found = self._by_day.get((area, scheme, on))
            if found is not None:
                return found
        if scheme not in (EMPLOYEE, RESIDENT):
            raise Refusal(
                errors.UNKNOWN_SCHEME,
                f"险种 {scheme} 不支持",
                f"scheme {scheme} is not supported",
                scheme=scheme,
            )
        home = self.home(area)
        if self._packs[home].status != ACTIVE:
            raise errors.draft(home, self._packs[home].name_zh)
        dates = self.dates(home)
        interval = bisect_right(dates, on)
        first = dates[interval - 1] if interval else None
        last = dates[interval] - ONE_DAY if interval < len(dates) else None
        when = errors.period(first, last)
        if known_on is not None:  # a question about the past, not worth keeping
            return AreaPolicy(self, home, scheme, on, known_on, when)
        key = (home, scheme, interval)
        policy = self._by_interval.get(key)
        if policy is None:
            policy = self._by_interval[key] = AreaPolicy(self, home, scheme, on, None, when)
        if len(self._by_day) >= DAYS_CACHED_MAX:
            self._by_day.clear()
        self._by_day[(area, scheme, on)] = policy
        return policy

    # The personal account

    def credit_fen(
        self, area: int, on: dt.date, retired: bool, base_fen: int, *, age: int = 0
    ) -> tuple[int, tuple[Provenance, ...]]:
        """Monthly credit to a personal account, fen: own base x ratio, or the fixed sum of the
        retired, which may depend on the ``age`` reached. Rounded half-up to the fen; raises
        PolicyGap when not confirmed."""
        if retired:
            bands = [f"pa.creditRet.from{years}" for years in range(min(age, 99), 44, -1)]
            record = self.require(area, [*bands, "pa.creditRet"], on)
            return record.integer(), self.provenance((record,))
        if base_fen < 0:
            raise errors.bad_argument("缴费基数不能为负", "the base must not be negative")
        record = self.require(area, "pa.creditIn", on)
        amount_fen = ratio_of(base_fen, record.integer())
        return amount_fen, self.provenance((record,))

    def interest_bp(self, area: int, on: dt.date) -> tuple[int, tuple[Provenance, ...]]:
        """Yearly interest of the personal account, basis points; PolicyGap when not confirmed."""
        record = self.require(area, "pa.interest", on)
        return record.integer(), self.provenance((record,))


def home_of(packs: Container[int], area: int) -> int | None:
    """The code among those given whose pack speaks for an area, or None (see ``home``)."""
    if area in packs:
        return area
    city = area // 100 * 100
    if city in packs and city % 10_000:
        return city
    province = area // 10_000 * 10_000
    if area // 10_000 in MUNICIPALITIES and province in packs:
        return province
    return None


def governing(records: Sequence[Value], on: dt.date, known_on: dt.date | None) -> Value | None:
    """The record in force on a day as believed on ``known_on``; an undated one if nothing else."""
    best: Value | None = None
    undated: Value | None = None
    for record in records:
        if known_on is not None and record.known_from > known_on:
            continue
        if record.from_date is None:
            ended = record.until is not None and record.until < on
            if not ended and (undated is None or record.known_from >= undated.known_from):
                undated = record
        elif record.covers(on) and (best is None or _later(record, best)):
            best = record
    return best or undated


def _later(record: Value, than: Value) -> bool:
    """A later belief wins over an earlier one; within one belief the later beginning."""
    mine = (record.known_from, record.from_date or dt.date.min)
    return mine > (than.known_from, than.from_date or dt.date.min)


def _canonical(pack: Pack) -> dict[str, object]:
    values = {
        key: [
            [
                str(v.value),
                v.unit,
                str(v.from_date),
                v.from_kind,
                str(v.until),
                v.published,
                str(v.checked),
                str(v.known_from),
                v.source,
                v.article,
                v.confidence,
                v.note,
                v.inherit_if_unconfirmed,
            ]
            for v in sorted(records, key=lambda v: (v.known_from, str(v.from_date)))
        ]
        for key, records in pack.values.items()
    }
    return {"area": pack.area, "parent": pack.parent, "status": pack.status, "values": values}


def _sm3(data: bytes) -> bytes:
    try:
        return hashlib.new("sm3", data).digest()
    except ValueError:  # an OpenSSL built without SM3
        from gmssl import func, sm3

        return bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(data)))
