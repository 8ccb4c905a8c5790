# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report of the doctor as one file of HTML, without scripts and other files."""

from __future__ import annotations

import json
from html import escape

from .report import Check, Report, fact_rows, kind

_STYLE = """
:root { color-scheme: light dark; --ok: light-dark(#1a7f37, #4ac26b);
  --warning: light-dark(#8a5a00, #e0b040); --problem: light-dark(#c21820, #ff7b72); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent);
  overflow-wrap: anywhere; white-space: pre-line; }
th { white-space: nowrap; }
@media (max-width: 40rem) { th { white-space: normal; overflow-wrap: normal; } }
pre { overflow-x: auto; padding: .8rem; font-size: 13px;
  background: color-mix(in srgb, currentColor 7%, transparent); }
.ok { color: var(--ok); } .warning { color: var(--warning); } .problem { color: var(--problem); }
.ok, .warning, .problem { font-weight: 600; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def as_html(report: Report) -> str:
    """The page; all texts are escaped."""
    sections = [
        "<h1>orthanc-python doctor</h1>",
        _verdict(report),
        "<table><thead><tr><th>Result</th><th>Check</th><th>Found</th></tr></thead><tbody>",
        *map(_row, report.checks),
        "</tbody></table>",
    ]
    rows = [
        f"<tr><th>{escape(n)}</th><td>{escape(v)}</td></tr>" for n, v in fact_rows(report.facts)
    ]
    if rows:
        sections += ["<h2>Python in Orthanc</h2><table><tbody>", *rows, "</tbody></table>"]
    if report.passed_over:
        found = [f"{x['source']}: {x['path']}: {x['reason']}" for x in report.passed_over]
        sections += ["<h2>Rejected Pythons</h2><ul>"]
        sections += [f"<li>{escape(line)}</li>" for line in found] + ["</ul>"]
    if report.log:
        sections.append(f"<h2>Log of Orthanc</h2><pre>{escape(report.log)}</pre>")
    if report.configuration:
        lines = json.dumps(report.configuration, indent=2, ensure_ascii=False)
        sections.append(f"<h2>For orthanc.json</h2><pre>{escape(lines)}</pre>")
    return "\n".join([_head(), "<body>", *sections, "</body>", "</html>", ""])


def _head() -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>orthanc-python doctor</title>\n<style>{_STYLE}</style>\n</head>"
    )


def _verdict(report: Report) -> str:
    if report.healthy:
        return '<p class="ok">No problems found.</p>'
    count = sum(not check.ok for check in report.checks)
    return f'<p class="problem">Problems found: {count}.</p>'


def _row(check: Check) -> str:
    name = kind(check)
    found = escape(check.found)
    if check.remedy:
        found += f"<br><strong>{escape(check.remedy)}</strong>"
    return (
        f'<tr><td class="{name}">{name}</td><th scope="row">{escape(check.name)}</th>'
        f"<td>{found}</td></tr>"
    )
