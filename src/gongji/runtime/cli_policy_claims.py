# SPDX-License-Identifier: Apache-2.0
"""``gongji policy claims``: every claim of the register, its place, and the counts."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import Counter
from typing import Any

from gongji.policy.claims import GENERAL, KIND_WORDS, KINDS, Standing, concerns, read_claims
from gongji.policy.claims import standing as standing_of
from gongji.policy.errors import PackFault, confidence_zh
from gongji.policy.library import PolicyLibrary, home_of
from gongji.runtime import cli_policy_args as args_of
from gongji.runtime.errors import UserError

_LACKING = {
    "pack": ("该地区尚无政策包", "the area has no pack yet"),
    "key": ("政策包未写此项", "the packs do not speak of it"),
}


def add_parser(actions: Any) -> None:
    """Register the action."""
    parser = actions.add_parser("claims", help="claims seen about the law, and what became of each")
    parser.add_argument("--region", help="area code (a province includes its cities) or general")
    parser.add_argument("--json", action="store_true", help="for machines")
    args_of.add_lang(parser)
    args_of.add_packs(parser)
    parser.set_defaults(do=run)


def run(args: argparse.Namespace) -> int:
    """Print the table; raises UserError for a region of which nothing is said."""
    claims, faults = read_claims(args.packs)
    if faults:
        raise PackFault(faults[0].file, faults[0].line, faults[0].text)
    if not claims:
        raise UserError("there is no register of claims beside these packs")
    if args.region is not None:
        if args.region != GENERAL:
            args_of.area(args.region)
        claims = [claim for claim in claims if concerns(claim, args.region)]
        if not claims:
            raise UserError(f"no claim is registered for the region {args.region}")
    library = PolicyLibrary.load(args.packs)
    today = dt.datetime.now(args_of.CIVIL_TIME).date()
    found = [standing_of(claim, library, today) for claim in claims]
    counts = Counter(item.claim.kind for item in found)
    if args.json:
        data = {
            "counts": {kind: counts[kind] for kind in KINDS},
            "claims": [_plain(item) for item in found],
        }
        print(json.dumps(data, ensure_ascii=False, indent=2))
        return 0
    zh = args.lang == "zh"
    for item in found:
        print("\n".join(_lines(item, library, zh)))
    print()
    for kind in KINDS:
        print(f"{KIND_WORDS[kind][0 if zh else 1]}: {counts[kind]}")
    print(f"{'合计' if zh else 'together'}: {len(found)}")
    return 0


def _region(region: str, library: PolicyLibrary, zh: bool) -> str:
    if region == GENERAL:
        return "未写明地区" if zh else "no region named"
    if home_of(library.areas(), int(region)) is None:
        return region
    pack = library.pack(int(region))
    return f"{pack.name_zh if zh else pack.name_en} {region}"


def _lines(item: Standing, library: PolicyLibrary, zh: bool) -> list[str]:
    claim = item.claim
    where = _region(claim.region, library, zh)
    out = [f"{claim.id}  {where} · {claim.topic}: {claim.says}"]
    kind = KIND_WORDS[claim.kind][0 if zh else 1]
    if claim.kind != "value":
        return [*out, f"      {kind}: {claim.text}"]
    for record in item.records:
        confidence = confidence_zh(record.confidence) if zh else record.confidence
        since = record.from_date or ("日期不明" if zh else "date unknown")
        shown = record.shown("zh" if zh else "en")
        out.append(f"      {kind}: {record.area} {record.key} = {shown} ({confidence}, {since})")
    if item.lacking:
        reason = _LACKING[item.lacking][0 if zh else 1]
        out.append(f"      {kind}: {claim.area} {', '.join(claim.keys)} ({reason})")
    return out


def _plain(item: Standing) -> dict[str, object]:
    claim = item.claim
    data: dict[str, object] = {
        "id": claim.id,
        "region": claim.region,
        "topic": claim.topic,
        "says": claim.says,
        "kind": claim.kind,
    }
    if claim.kind != "value":
        return {**data, "text": claim.text}
    return {
        **data,
        "area": claim.area,
        "keys": list(claim.keys),
        "on": str(claim.on) if claim.on else None,
        "lacking": item.lacking,
        "values": [
            {
                "area": record.area,
                "key": record.key,
                "shown": record.shown("zh"),
                "confidence": record.confidence,
                "source": record.source,
                "from": str(record.from_date or "unknown"),
            }
            for record in item.records
        ],
    }
