# SPDX-License-Identifier: Apache-2.0
"""The report on the packs as one page, in Chinese or English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gongji.policy import coverage_page, page
from gongji.policy.claims import GENERAL, KIND_WORDS, KINDS
from gongji.policy.errors import confidence_zh
from gongji.policy.keys import labels
from gongji.policy.lint import STALE_DAYS_MAX
from gongji.policy.records import CONFIDENCES, DRAFT, Pack, Value
from gongji.policy.report import ENDS_SOON_DAYS, AreaState, Report
from gongji.policy.units import show

_ZH = {
    "title": "政策包状况报告",
    "skip": "跳到正文",
    "contents": "目录",
    "summary": "概要",
    "areas": "各地区",
    "coverage": "覆盖表",
    "stale": "久未核对的数值",
    "undated": "没有施行日期的数值",
    "ending": "即将到期的数值",
    "totals": "合计与各项不符",
    "claims": "说法登记",
    "rejected": "与政策包相矛盾的说法",
}
_EN = {
    "title": "State of the policy packs",
    "skip": "to the text",
    "contents": "contents",
    "summary": "Summary",
    "areas": "Areas",
    "coverage": "Coverage",
    "stale": "Values not checked for long",
    "undated": "Values without an effective date",
    "ending": "Values that end soon",
    "totals": "Totals that do not add up",
    "claims": "Claims",
    "rejected": "Claims that contradict the packs",
}


def document(report: Report, lang: str = "zh") -> str:
    """The whole page."""
    return _Writer(report, lang == "zh").document()


class _Writer:
    def __init__(self, report: Report, zh: bool) -> None:
        self._report = report
        self._zh = zh
        self._words = _ZH if zh else _EN
        self._lang = "zh" if zh else "en"

    def document(self) -> str:
        report = self._report
        parts = {
            "summary": [self._summary()],
            "areas": [self._areas()],
            "coverage": [coverage_page.table(report.coverage, report.on, self._lang)],
            "stale": self._records("stale", report.stale),
            "undated": self._records("undated", report.undated),
            "ending": self._records("ending", report.ending),
            "totals": self._totals(),
            "claims": [self._claims()],
            "rejected": self._rejected(),
        }
        anchors = [(name, self._words[name]) for name in parts]
        body = [
            page.contents(self._words["contents"], anchors),
            *(page.section(name, self._words[name], *made) for name, made in parts.items()),
        ]
        title = f"{self._words['title']} · {report.on}"
        return page.page(title, self._lang, self._words["skip"], body)

    def _say(self, zh: str, en: str) -> str:
        return zh if self._zh else en

    def _name(self, pack: Pack) -> str:
        name = pack.name_zh if self._zh else pack.name_en
        draft = self._say("（草稿）", " (draft)") if pack.status == DRAFT else ""
        return f"{name}{draft} {pack.area}"

    def _confidence(self, confidence: str) -> str:
        return confidence_zh(confidence) if self._zh else confidence

    def _summary(self) -> str:
        report = self._report
        total: Counter[str] = Counter()
        for state in report.areas:
            total.update(state.confidences)
        pairs: list[tuple[str, object]] = [
            (self._say("地区", "areas"), len(report.areas)),
            (self._say("当日有效的数值", "values in force"), sum(total.values())),
            *((self._confidence(word), total[word]) for word in CONFIDENCES),
            (self._words["stale"], len(report.stale)),
            (self._words["undated"], len(report.undated)),
            (self._words["ending"], len(report.ending)),
        ]
        about = self._say(
            "只有可信度为高、中的数值和本产品的决定，且写明施行日期的，才决定金额。"
            f"超过 {STALE_DAYS_MAX} 天未与文件核对的算久未核对；"
            f"{ENDS_SOON_DAYS} 天内到期的算即将到期。",
            "Only values of high or medium confidence and decisions of this product, with an "
            "effective date, decide money. Not "
            f"checked for long means more than {STALE_DAYS_MAX} days; ending soon means within "
            f"{ENDS_SOON_DAYS} days.",
        )
        return page.paragraph(about) + page.counts(pairs)

    def _areas(self) -> str:
        heads = [
            self._say("地区", "area"),
            *(self._confidence(word) for word in CONFIDENCES),
            self._say("其中产品决定", "product decisions"),
            self._say("无日期", "no date"),
            self._say("久未核对", "stale"),
            self._say("将到期", "ending"),
        ]
        caption = self._say("各地区自身的有效数值", "values that each area itself has in force")
        return page.table(caption, heads, [self._area(state) for state in self._report.areas])

    def _area(self, state: AreaState) -> list[page.Content]:
        figures = [state.confidences[word] for word in CONFIDENCES]
        rest = [state.product, state.undated, state.stale, state.ending]
        return [self._name(state.pack), *(("n", str(n)) for n in (*figures, *rest))]

    def _records(self, part: str, records: Sequence[Value]) -> list[str]:
        if not records:
            return [page.paragraph(self._say("没有。", "None."))]
        heads = [
            self._say("数值", "value"),
            self._say("地区", "area"),
            self._say("内容", "content"),
            self._say("施行", "in force"),
            self._say("核对", "checked"),
            self._say("可信度", "confidence"),
            self._say("依据", "source"),
        ]
        return [page.table(self._words[part], heads, [self._row(r) for r in records])]

    def _row(self, record: Value) -> list[page.Content]:
        label = labels(record.key)[0 if self._zh else 1]
        unconfirmed = record.written is None
        shown = self._confidence("unconfirmed") if unconfirmed else record.shown(self._lang)
        since = str(record.from_date or self._say("不明", "unknown"))
        until = f" — {record.until}" if record.until else ""
        return [
            f"{label} {record.key}",
            self._name(self._report.packs[record.area]),
            shown,
            since + until,
            ("d", str(record.checked)),
            (record.confidence, self._confidence(record.confidence)),
            f"{self._source(record.source)} {record.article}",
        ]

    def _source(self, source_id: str) -> str:
        source = self._report.sources.get(source_id)
        return source.title if source else source_id

    def _totals(self) -> list[str]:
        if not self._report.totals:
            return [page.paragraph(self._say("没有。", "None."))]
        heads = [
            self._say("公布的合计", "published total"),
            self._say("地区", "area"),
            self._say("公布", "published"),
            self._say("按各项计算", "by its parts"),
            self._say("说明", "note"),
        ]
        rows = []
        for item in self._report.totals:
            total, fen = item.total, item.computed_fen
            parts = self._say("缺少各项", "parts missing")
            rows.append(
                [
                    f"{labels(total.key)[0 if self._zh else 1]} {total.key}",
                    self._name(self._report.packs[total.area]),
                    total.shown(self._lang),
                    parts if fen is None else show(fen, total.unit, self._lang),
                    total.note,
                ]
            )
        return [page.table(self._words["totals"], heads, rows)]

    def _claims(self) -> str:
        kinds = Counter(item.claim.kind for item in self._report.claims)
        lacking = sum(bool(item.lacking) for item in self._report.claims)
        pairs: list[tuple[str, object]] = [
            (KIND_WORDS[kind][0 if self._zh else 1], kinds[kind]) for kind in KINDS
        ]
        pairs.append((self._say("数值尚缺", "value still lacking"), lacking))
        return page.counts(pairs)

    def _rejected(self) -> list[str]:
        heads = [
            self._say("说法", "claim"),
            self._say("地区", "area"),
            self._say("为何不采", "why it is not taken over"),
        ]
        rows: list[list[page.Content]] = [
            [item.note.text, self._name(item.pack), item.note.reason]
            for item in self._report.rejected
        ]
        noted = {number for item in self._report.rejected for number in item.note.claims}
        for item in self._report.claims:
            claim = item.claim
            if claim.kind != "rejected" or claim.id in noted:
                continue
            pack = self._report.packs.get(int(claim.region)) if claim.region.isdigit() else None
            nowhere = self._say("未写明地区", "no region named")
            where = self._name(pack) if pack else claim.region.replace(GENERAL, nowhere)
            rows.append([claim.says, where, claim.text])
        if not rows:
            return [page.paragraph(self._say("没有。", "None."))]
        return [page.table(self._words["rejected"], heads, rows)]
