# SPDX-License-Identifier: Apache-2.0
"""One self-contained page: no script, nothing from another host, readable without colour.

Everything that reaches the page passes ``text``; tables have a caption and headed rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root{color-scheme:light dark;--ink:#14202B;--soft:#44525F;--page:#F4F6F8;--card:#fff;
--line:#7A8896;--brand:#084A82;--ok:#0A6B3D;--warn:#8A4B00;--bad:#B3201F}
@media(prefers-color-scheme:dark){:root{--ink:#EAF0F5;--soft:#C3CDD6;--page:#14202B;
--card:#1D2B38;--line:#8C9AA7;--brand:#9CCBF2;--ok:#7FD6A6;--warn:#F2C078;--bad:#F5A5A3}}
*{box-sizing:border-box}
html{scroll-padding:1rem}
body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--page);color:var(--ink);
font:1.125rem/1.6 "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.3}h2{font-size:1.3rem;margin:2rem 0 .5rem}
a{color:var(--brand)}a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--brand);
outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-size:1rem}
caption{text-align:start;padding:.75rem;font-weight:600}
th,td{padding:.5rem .75rem;text-align:start;vertical-align:top;border-top:1px solid var(--line);
min-width:4em;overflow-wrap:break-word}
thead th{color:var(--soft)}th[scope=row]{min-width:9em}
td.n,td.d{white-space:nowrap;font-variant-numeric:tabular-nums}
.high{color:var(--ok);font-weight:600}.medium{color:var(--ok)}.low,.recalled{color:var(--warn)}
.unconfirmed{color:var(--bad)}.none{color:var(--soft)}
dl{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.5rem 0}dt{color:var(--soft)}
dl div{display:flex;gap:.5rem}dd{margin:0;font-weight:600}
@media print{body{background:#fff}.wide{overflow:visible}}
"""

Content = str | tuple[str, str]  # text, or (class, text)


def text(found: object) -> str:
    """Any value as safe text of a page."""
    return escape(str(found), quote=True)


def page(title: str, lang: str, skip: str, body: Iterable[str]) -> str:
    """The whole document; ``body`` is markup."""
    language = "zh-Hans" if lang == "zh" else "en"
    # The policy holds for the file itself, wherever it is opened.
    guard = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{guard}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            f'<a class="skip" href="#main">{text(skip)}</a>',
            '<main id="main">',
            f"<h1>{text(title)}</h1>",
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Content]]) -> str:
    """A table that scrolls by itself on a narrow screen; the first cell heads its row."""
    out = [
        f'<div class="wide" role="region" tabindex="0" aria-label="{text(caption)}">',
        f"<table><caption>{text(caption)}</caption>",
        "<thead><tr>",
        *(f'<th scope="col">{text(head)}</th>' for head in heads),
        "</tr></thead><tbody>",
    ]
    for row in rows:
        out.append("<tr>")
        for number, content in enumerate(row):
            kind, words = content if isinstance(content, tuple) else ("", content)
            mark = f' class="{text(kind)}"' if kind else ""
            tag = 'th scope="row"' if number == 0 else "td"
            out.append(f"<{tag}{mark}>{text(words)}</{tag[:2]}>")
        out.append("</tr>")
    return "".join([*out, "</tbody></table></div>"])


def section(anchor: str, title: str, *parts: str) -> str:
    """A headed part of the page, reachable by its anchor."""
    head = f'<h2 id="{text(anchor)}">{text(title)}</h2>'
    return f'<section aria-labelledby="{text(anchor)}">{head}{"".join(parts)}</section>'


def paragraph(words: str) -> str:
    """Plain words."""
    return f"<p>{text(words)}</p>"


def counts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names with their figures."""
    items = (f"<div><dt>{text(name)}</dt><dd>{text(n)}</dd></div>" for name, n in pairs)
    return f"<dl>{''.join(items)}</dl>"


def contents(title: str, links: Iterable[tuple[str, str]]) -> str:
    """A list of the parts of the page: (anchor, title)."""
    items = (f'<li><a href="#{text(anchor)}">{text(name)}</a></li>' for anchor, name in links)
    return f'<nav aria-label="{text(title)}"><ul>{"".join(items)}</ul></nav>'
