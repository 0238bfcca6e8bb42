# SPDX-License-Identifier: Apache-2.0
"""YAML with positions: plain Python data plus the line of every key and item.

Narrower than YAML on purpose: whole numbers, text, true/false, null and ISO dates only. A
fraction must be written as text ("77.50"), so that no binary fraction ever comes near money.
Doubled keys, anchors' merges and tags are faults.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from gongji.policy.errors import PackFault

Path_ = tuple[str | int, ...]
Lines = dict[Path_, int]

_INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SCALARS_CACHED_MAX = 50_000  # distinct words of all packs; the same few thousand come again


class _Loader(_BASE):  # type: ignore[misc]
    """The safe loader, asked once for the kind of each distinct word instead of every time."""

    _kinds: ClassVar[dict[str, str]] = {}

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """The tag of a node as YAML defines it."""
        if kind is not yaml.ScalarNode or not implicit[0]:
            return super().resolve(kind, value, implicit)
        tag = self._kinds.get(value)
        if tag is None:
            tag = super().resolve(kind, value, implicit)
            if len(self._kinds) < SCALARS_CACHED_MAX:
                self._kinds[value] = tag
        return tag


def read(path: Path, name: str) -> tuple[object, Lines]:
    """Data of one file and the 1-based line of each path in it; raises PackFault."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackFault(name, 1, f"not readable as UTF-8 text ({type(error).__name__})") from error
    return parse(text, name)


def parse(text: str, name: str) -> tuple[object, Lines]:
    """Like ``read``, from text."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(error, "problem", None) or "not YAML"
        raise PackFault(name, line, f"not YAML: {problem}") from error
    if node is None:
        raise PackFault(name, 1, "the file is empty")
    lines: Lines = {}
    return _build(node, (), lines, name), lines


def _build(node: yaml.Node, at: Path_, lines: Lines, name: str) -> object:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        try:
            return _scalar(node.value, node.tag)
        except ValueError as error:
            raise PackFault(name, node.start_mark.line + 1, str(error)) from error
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise PackFault(name, line, "a key must be a word")
            key = str(key_node.value)
            if key in mapping:
                raise PackFault(name, line, f"the key {key} stands twice")
            inner = (*at, key)
            mapping[key] = _build(value_node, inner, lines, name)
            lines[inner] = line
        return mapping
    return [_build(item, (*at, i), lines, name) for i, item in enumerate(node.value)]


@lru_cache(maxsize=SCALARS_CACHED_MAX)
def _scalar(text: str, tag: str) -> object:
    """The value of a word (never one that can change); raises ValueError with the reason."""
    kind = tag.rpartition(":")[2]
    if kind == "str":
        return text
    if kind == "null":
        return None
    if kind == "bool":
        if text not in {"true", "false"}:
            raise ValueError(f"write true or false, or quote the word {text!r}")
        return text == "true"
    if kind == "int":
        if not _INT.match(text):
            raise ValueError(f"write the whole number {text!r} in plain digits")
        return int(text)
    if kind == "timestamp" and _DATE.match(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{text} is not a day of the calendar") from error
    if kind == "float":
        raise ValueError(f"write the fraction {text} as text in quotes")
    raise ValueError(f"{text!r} is neither number, text, true/false nor a date")
