# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of pack files for editors: shapes from ``schema.json``, words from the registers.

Units, keys and choices are put in when it is asked for, so that an editor offers and checks what
this version knows. Lint uses the shapes alone: it names an unknown key or unit in its own words.
"""

from __future__ import annotations

import copy
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from gongji.policy.key_spec import KeySpec
from gongji.policy.keys import KEYS, matcher
from gongji.policy.units import UNITS

SCHEMA = Path(__file__).parent / "schema.json"
KINDS = ("values", "index", "notes", "sources", "cases", "claims")
FILE_OF_KIND = "policy-{}.schema.json"


@lru_cache(maxsize=1)
def shapes() -> dict[str, Any]:
    """The shapes of all kinds of files, as shipped; do not change what is returned."""
    data: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return data


def for_editors(kind: str | None = None) -> dict[str, Any]:
    """The schema of one kind of file, or of any; raises KeyError for a kind that is none."""
    if kind is not None and kind not in KINDS:
        raise KeyError(kind)
    schema = copy.deepcopy(shapes())
    defs = schema["$defs"]
    defs["shared"]["properties"]["unit"] = {"enum": list(UNITS)}
    block = defs["values"]["properties"]["blocks"]["items"]["allOf"][1]
    written = block["properties"]["values"]
    defs["written"] = written.pop("additionalProperties")
    written["additionalProperties"] = False
    written["properties"] = {spec.pattern: _key(spec) for spec in KEYS if "{" not in spec.pattern}
    written["patternProperties"] = {
        _pattern(spec): _key(spec) for spec in KEYS if "{" in spec.pattern
    }
    if kind is not None:
        del schema["anyOf"]
        schema["title"] = f"{schema['title']}: {kind}"
        schema["$ref"] = f"#/$defs/{kind}"
    return schema


def _pattern(spec: KeySpec) -> str:
    """The key's pattern in the dialect of JSON Schema, which has no named groups."""
    python = matcher(spec.pattern).pattern
    return "^" + re.sub(r"\(\?P<\w+>", "(", python).removesuffix(r"\Z") + "$"


def _key(spec: KeySpec) -> dict[str, Any]:
    words = f"{spec.zh} · {spec.en} ({' or '.join(spec.units)})"
    if not spec.choices:
        return {"description": words, "$ref": "#/$defs/written"}
    return {
        "description": words,
        "anyOf": [
            {"enum": list(spec.choices)},
            {
                "allOf": [{"$ref": "#/$defs/shared"}],
                "required": ["value"],
                "properties": {"value": {"enum": [*spec.choices, None]}},
            },
            {"type": "null"},
        ],
    }
