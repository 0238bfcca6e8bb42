# SPDX-License-Identifier: Apache-2.0
"""Field tables compiled into fast checkers: raw JSON values in, normalised values or a refusal out.

Normalised: text stripped; numbers as whole numbers scaled by the declared decimals (2: fen, 6:
1e-6 yuan, 4: 1e-4); dates and times as text in the declared form; codes in their canonical
spelling. Fields that are empty in any of the ways clients write it are left out: a reader gives
None for a value that is one of these ways.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from gongji.gateway import codes, errors, schema
from gongji.gateway.errors import refusal
from gongji.gateway.reading import card_number, read_moment, scaled
from gongji.gateway.schema import Field, Node
from gongji.kernel.errors import DECIMALS_TOO_MANY, NUMBER_TOO_LARGE, Refusal

ROWS_MAX = 500  # rows of one node in one message
FILE_BYTES_MAX = 8 * 1024 * 1024  # a file inside a message
NUMBERS_KEPT = 65_536  # texts of numbers kept with their values
KEPT_CHARS = 32  # no number or date worth keeping is longer
VOUCHER = "mdtrt_cert_no"  # the number alone counts, whatever a card reader appends to it

Row = dict[str, Any]
Reader = Callable[[Any], Any]

NOTHING_KNOWN: Row = {}
EMPTY = frozenset({"", "null", "NULL", "Null", "undefined"})
_TEXT_ENCODER = msgspec.json.Encoder()


class _Known(dict[str, Any]):
    """Texts that have been read before with what they mean: zeros, dates and codes come again
    and again. Turned over when full."""

    def keep(self, text: str, meaning: Any) -> None:
        """Remember a text (without blanks around it) that was found right."""
        if len(text) > KEPT_CHARS:
            return
        if len(self) >= NUMBERS_KEPT:
            self.clear()
        self[text] = meaning


_known_numbers: dict[tuple[int, int], _Known] = {}
_known_moments: dict[str, _Known] = {schema.DATE: _Known(), schema.DATETIME: _Known()}


class _Bad(Exception):
    """A value that does not fit its field; the checker adds field and place."""

    def __init__(self, code: int, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def _plain(value: Any) -> str:
    """A scalar as text; objects, arrays and booleans are no scalars here."""
    kind = value.__class__
    if kind is str:
        return str(value)
    if kind is int:
        return str(value)
    raise _Bad(errors.FIELD_TYPE)


def _has_control(text: str) -> bool:
    return any(
        (c < " " and c not in "\t\r\n") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text
    )


def _text_reader(limit: int) -> Reader:
    def read(value: Any) -> str:
        text: str = value if value.__class__ is str else _plain(value)
        if len(text) > limit:
            raise _Bad(errors.FIELD_TOO_LONG, length=len(text), limit=limit)
        if not text.isprintable() and _has_control(text):
            raise _Bad(errors.TEXT_CONTROL)
        return text

    return read


def _voucher_reader(limit: int) -> Reader:
    """The number in front of the first bar; None where there is none."""
    plain = _text_reader(limit)

    def read(value: Any) -> str | None:
        text = card_number(_plain(value))
        return None if text in EMPTY else str(plain(text))

    return read


def _extension_reader(limit: int) -> Reader:
    """exp_content is JSON text; some clients send the object itself."""
    plain = _text_reader(limit)

    def read(value: Any) -> str:
        if isinstance(value, (dict, list)):
            value = _TEXT_ENCODER.encode(value).decode()
        return str(plain(value))

    return read


def _number_reader(length: int, decimals: int, *, half_up: bool = False) -> Reader:
    bound = int(10 ** (length or 16))
    unit = int(10**decimals)
    known = _known_numbers.setdefault((length, decimals), _Known())

    def read(value: Any) -> int:
        if value.__class__ is int:
            number = int(value) * unit
            if not -bound < number < bound:
                raise _Bad(errors.NUMBER_OUT_OF_RANGE)
            return number
        text = _plain(value)
        try:
            number = scaled(text, decimals, half_up=half_up)
        except Refusal as refused:
            raise _no_number(refused, text, decimals) from None
        if not -bound < number < bound:
            raise _Bad(errors.NUMBER_OUT_OF_RANGE)
        if not half_up:  # what was rounded is not known to those who do not round
            known.keep(text, number)
        return number

    return read


def _no_number(refused: Refusal, text: str, decimals: int) -> _Bad:
    if refused.code == DECIMALS_TOO_MANY:
        return _Bad(errors.DECIMALS_TOO_MANY)
    if refused.code == NUMBER_TOO_LARGE:
        return _Bad(errors.NUMBER_OUT_OF_RANGE)
    if "," in text or "，" in text:
        expected = f"数字，最多 {decimals} 位小数，小数点写作 . ，不写逗号"
        return _Bad(errors.NUMBER_UNREADABLE, expected=expected)
    return _Bad(errors.NUMBER_UNREADABLE)


def _date_reader(kind: str) -> Reader:
    size = 10 if kind == schema.DATE else 19
    known = _known_moments[kind]

    def read(value: Any) -> str | None:
        text = _plain(value)
        try:
            moment = read_moment(text)
        except (ValueError, OverflowError):
            raise _Bad(errors.DATE_UNREADABLE) from None
        if moment is None:
            return None
        shown = moment.isoformat(" ")[:size]
        known.keep(text, shown)
        return shown

    return read


def _code_reader(table: str, length: int) -> Reader:
    dictionary = codes.DICTIONARIES[table]
    spellings = dictionary.spellings
    plain = _text_reader(max(length, codes.CODE_CHARS))

    def read(value: Any) -> str:
        text = str(plain(value))
        found = spellings.get(text)
        if found is not None:
            return found
        if dictionary.open and text.isascii() and text.isalnum():
            return text
        raise _Bad(errors.CODE_UNKNOWN, table=table, values=dictionary.shown())

    return read


def read_bytes(value: Any) -> bytes:
    """File content: Base64 text, or an array of (signed or unsigned) byte values."""
    if isinstance(value, bytes):  # a multipart upload
        return value
    try:
        if isinstance(value, str):
            if len(value) > FILE_BYTES_MAX * 2:
                raise _Bad(errors.BYTES_UNREADABLE)
            return base64.b64decode("".join(value.split()), validate=True)
        if isinstance(value, list) and len(value) <= FILE_BYTES_MAX:
            return bytes(v + 256 if v < 0 else v for v in value)
    except (binascii.Error, ValueError, TypeError):
        pass
    raise _Bad(errors.BYTES_UNREADABLE)


def _reader(field: Field, half_up: bool) -> Reader:
    if field.kind == schema.NUMBER:
        return _number_reader(field.length, field.decimals, half_up=half_up)
    if field.kind in (schema.DATE, schema.DATETIME):
        return _date_reader(field.kind)
    if field.kind == schema.BYTES:
        return read_bytes
    if field.table:
        return _code_reader(field.table, field.length)
    if field.name == "exp_content":
        return _extension_reader(field.length)
    if field.name == VOUCHER:
        return _voucher_reader(field.length)
    return _text_reader(field.length)


_OTHER_SPELLINGS = {
    "mdtrtarea_admvs": ("mdtrtarea_admdvs",),
    "insuplc_admdvs": ("insuplc_admvs",),
    "Vali_Flag": ("valiFlag", "vali_flag"),
    "oinfno": ("oInfno",),
}


def spellings_of(name: str) -> tuple[str, ...]:
    """Other spellings a field arrives under: camel case, snake case, code for codg, misprints."""
    other = list(_OTHER_SPELLINGS.get(name, ()))
    if name.endswith("_codg"):
        other += [f"{name[:-1]}e", *spellings_of(f"{name[:-1]}e")]
    if name.islower():
        if "_" in name:
            head, *rest = name.split("_")
            other.append(head + "".join(part[:1].upper() + part[1:] for part in rest))
    else:
        other.append("".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_"))
    return tuple(dict.fromkeys(s for s in other if s != name))


def _known(field: Field) -> Mapping[str, Any] | None:
    """Texts of which the meaning is known without reading them."""
    if field.kind == schema.NUMBER:
        return _known_numbers[field.length, field.decimals]
    if field.kind in (schema.DATE, schema.DATETIME):
        return _known_moments[field.kind]
    if field.kind != schema.BYTES and field.table:
        return codes.DICTIONARIES[field.table].spellings
    return None


class _Step(NamedTuple):
    read: Reader
    field: Field


class NodeChecker:
    """Checks rows of one node. ``groups`` are nodes nested in its rows, by field name;
    ``half_up`` names the amounts of which further decimals are rounded instead of refused."""

    __slots__ = (
        "_groups",
        "_known",
        "_limits",
        "_needed",
        "_required",
        "_spellings",
        "_steps",
        "node",
    )

    def __init__(
        self,
        node: Node,
        groups: dict[str, NodeChecker] | None = None,
        half_up: frozenset[str] = frozenset(),
    ) -> None:
        self.node = node
        self._groups = groups or {}
        fields = [f for f in node.fields if f.kind != schema.GROUP]
        self._steps = {f.name: _Step(_reader(f, f.name in half_up), f) for f in fields}
        self._known = {f.name: k for f in fields if (k := _known(f)) is not None}
        plain = [f for f in fields if f.kind == schema.TEXT and not f.table and f.name != VOUCHER]
        self._limits = {f.name: f.length for f in plain}
        self._required = tuple(f for f in fields if f.required)
        self._needed = frozenset(f.name for f in self._required)
        self._spellings = {other: f.name for f in fields for other in spellings_of(f.name)}

    def row(self, raw: Row, place: str = "", number: int = 0) -> Row:
        """The normalised row; Refusal 4040-4049 naming field, place and row number."""
        found: Row = {}
        limit_of, known_of = self._limits.get, self._known.get
        others: list[str] | None = None
        for name, value in raw.items():
            if type(value) is str:
                # What nearly every value is: plain text, or text that has been seen before.
                limit = limit_of(name)
                if limit is not None:
                    if len(value) <= limit and value.isprintable():
                        value = value.strip()
                        if value not in EMPTY:
                            found[name] = value
                        continue
                else:
                    meaning = known_of(name, NOTHING_KNOWN).get(value)
                    if meaning is not None:
                        found[name] = meaning
                        continue
            step = self._steps.get(name)
            if step is None:
                if name in self._spellings:
                    others = [*(others or ()), name]
                continue
            if value is None:
                continue
            if type(value) is str:
                value = value.strip()
                if value in EMPTY:
                    continue
            try:
                value = step.read(value)
            except _Bad as bad:
                raise self._refused(bad, step.field, place, number) from None
            if value is not None:
                found[name] = value
        if others is not None:
            self._other_spellings(raw, others, found, place, number)
        if not found.keys() >= self._needed:
            field = next(f for f in self._required if f.name not in found)
            raise self._refused(_Bad(errors.FIELD_MISSING), field, place, number)
        for name, checker in self._groups.items():
            if raw.get(name):
                found[name] = checker.rows(raw[name], f"{place}{self.node.name} 第 {number} 行 ")
        return found

    def _other_spellings(
        self, raw: Row, names: list[str], found: Row, place: str, number: int
    ) -> None:
        """Fields that came under another spelling, where the declared one is empty."""
        renamed = {self._spellings[n]: raw[n] for n in names if self._spellings[n] not in found}
        for name, value in renamed.items():
            text = value.strip() if isinstance(value, str) else value
            if text is None or (isinstance(text, str) and text in EMPTY):
                continue
            try:
                text = self._steps[name].read(text)
            except _Bad as bad:
                raise self._refused(bad, self._steps[name].field, place, number) from None
            if text is not None:
                found[name] = text

    def rows(self, raw: Any, place: str = "") -> list[Row]:
        """One object or an array of objects as normalised rows; Refusal 4030-4032 besides."""
        listed = raw if isinstance(raw, list) else [raw]
        name = self.node.name
        if len(listed) > ROWS_MAX:
            raise refusal(errors.ROWS_TOO_MANY, node=name, count=len(listed), limit=ROWS_MAX)
        found = []
        for number, row in enumerate(listed, 1):
            if not isinstance(row, dict):
                raise refusal(errors.NODE_SHAPE, node=name, expected="对象或对象数组")
            found.append(self.row(row, place, number))
        return found

    def _refused(self, bad: _Bad, field: Field, place: str, number: int) -> Refusal:
        where = f"{place}{self.node.name} 第 {number} 行 " if number else place
        shown = f"{where}{field.shown}"
        facts = {"field": shown, "name": field.name, "expected": field.expected, **bad.facts}
        return refusal(bad.code, **facts)


ENVELOPE_CHECKER = NodeChecker(schema.ENVELOPE)
