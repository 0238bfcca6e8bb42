# SPDX-License-Identifier: Apache-2.0
"""Reading values for one calculation while writing down which ones were used for which step.

``need`` raises the gap, ``maybe`` allows the law to be silent, ``supplement`` follows the pack's
own word on what happens while a supplementary step is not confirmed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gongji.policy import provenance
from gongji.policy.provenance import NOT_CONFIRMED_NOT_PAID, Provenance
from gongji.policy.records import Value

if TYPE_CHECKING:
    from gongji.policy.library import PolicyLibrary

Keys = tuple[str, ...]


class Trail:
    """Look-ups of one area and day, with the records used kept per step."""

    def __init__(
        self,
        library: PolicyLibrary,
        area: int,
        on: dt.date,
        known_on: dt.date | None,
        when: tuple[str, str],
    ) -> None:
        self.library = library
        self.area = area
        self.on = on
        self.known_on = known_on
        self.when = when  # the days for which a gap speaks, zh and en
        self._steps: dict[str, list[Provenance]] = {}

    def steps(self) -> Mapping[str, tuple[Provenance, ...]]:
        """Everything used so far, by step."""
        return {step: tuple(items) for step, items in self._steps.items()}

    def note(self, step: str, record: Value, status: str = provenance.USED) -> Value:
        """Write a record down for a step."""
        item = provenance.of(record, self.library.sources, status)
        items = self._steps.setdefault(step, [])
        if item not in items:
            items.append(item)
        return record

    def absent(self, step: str, key: str) -> None:
        """Write down that the rules of this scheme do not have the step."""
        self._steps.setdefault(step, []).append(provenance.absent(key, self.area))

    def need(self, step: str, *keys: str) -> Value:
        """The governing record of the first key spoken of; raises PolicyGap."""
        found = self.library.find(self.area, keys, self.on, known_on=self.known_on)
        if found is None or not self.library.accepted(found):
            raise self.library.gap(self.area, keys[0], self.when, found)
        return self.note(step, found)

    def maybe(self, step: str, *keys: str) -> Value | None:
        """None where no record exists; raises PolicyGap where one exists but may not decide."""
        found = self.library.find(self.area, keys, self.on, known_on=self.known_on)
        if found is None:
            return None
        if not self.library.accepted(found):
            raise self.library.gap(self.area, found.key, self.when, found)
        return self.note(step, found)

    def maybe_any(self, key: str) -> Value | None:
        """The governing record of a key, whatever its confidence; it decides nothing."""
        return self.library.find(self.area, (key,), self.on, known_on=self.known_on)

    def unsettled(self, *keys: str, same_as: Value | None = None) -> None:
        """Refuse where the area speaks of a key that is only shown, whatever its confidence.

        ``same_as``: a record with the same value changes nothing. Raises PolicyGap.
        """
        for key in keys:
            found = self.maybe_any(key)
            if found is None or (same_as is not None and found.value == same_as.value):
                continue
            raise self.library.unsettled(found, self.when)

    def known(self, step: str, *keys: str) -> Value | None:
        """The governing record where it may decide, else None; only what may decide is kept."""
        found = self.library.find(self.area, keys, self.on, known_on=self.known_on)
        if found is None or not self.library.accepted(found):
            return None
        return self.note(step, found)

    def supplement(
        self, step: str, wanted: Mapping[str, Keys], optional: Mapping[str, Keys], fallback: str
    ) -> dict[str, Value] | None:
        """Values of a supplementary step, or None when it is not settled here.

        All of ``wanted`` must be confirmed (and those of ``optional`` that exist). Otherwise the
        value of ``fallback`` decides: NOT_SETTLED_HERE leaves the step at nothing and says so;
        anything else raises the gap of the first value that is not confirmed.
        """
        find = self.library.find
        names = {**wanted, **optional}
        found = {n: find(self.area, k, self.on, known_on=self.known_on) for n, k in names.items()}
        open_names = [
            name
            for name, record in found.items()
            if (record is None and name in wanted)
            or (record is not None and not self.library.accepted(record))
        ]
        present = {name: record for name, record in found.items() if record is not None}
        if not open_names:
            for record in present.values():
                self.note(step, record)
            return present
        rule = find(self.area, (fallback,), self.on, known_on=self.known_on)
        if rule is None or not self.library.accepted(rule) or rule.value != "NOT_SETTLED_HERE":
            first = open_names[0]
            raise self.library.gap(self.area, names[first][0], self.when, found[first])
        for record in present.values():
            self.note(step, record, NOT_CONFIRMED_NOT_PAID)
        self.note(step, rule)
        return None
