# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The HTML of the status page. Only `escape` brings texts into it."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Control characters, the marks that change the direction of text, and lone surrogates
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SHORTEST, _LONGEST = 1e-5, 1e2  # seconds: the ends of the plots of durations
_WIDTH, _HEIGHT = 140, 14
# Orthanc passes the same path for /python and /python/: these links work from both.
_HERE = "../python/"


def escape(text: object) -> str:
    """The text for an element or an attribute; characters that one cannot see as \\uXXXX."""
    visible = _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", str(text))
    return html.escape(visible)


def page(title: str, body: str) -> str:
    """A complete document."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{_HERE}status_page.css">
<script src="{_HERE}status_page.js" defer></script>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<nav aria-label="Pages">
<a href="{_HERE}">Status</a>
<a href="{_HERE}stacks">Threads and their stacks</a>
<a href="{_HERE}status">JSON</a>
<a href="../app/explorer.html">Orthanc Explorer</a>
</nav>
</header>
<main>
{body}
</main>
</body>
</html>
"""


def message(title: str, *paragraphs: str) -> str:
    """A page that tells the outcome of an action."""
    return page(title, "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs))


def status(data: Mapping[str, Any]) -> str:
    """The page of the status."""
    sections = (
        _overview(data),
        _findings(data["Findings"]),
        _scripts(data["Scripts"], data["ReloadAllowed"]),
        _routes(data["Routes"]),
        _callbacks(data["Callbacks"], data["Registered"]),
        _jobs(data["Jobs"]),
        _exceptions(data["Exceptions"]),
        _workers(data["Workers"]),
    )
    return page(f"Python in {data['Name']}", "\n".join(sections))


def stacks(name: str, threads: Iterable[Mapping[str, Any]]) -> str:
    """The page of the threads."""
    parts = [
        f"<h3>{escape(thread['Name'])} ({escape(thread['Identifier'])})</h3>\n"
        f"{_text(thread['Stack'], 'Stack of ' + thread['Name'])}"
        for thread in threads
    ]
    body = "\n".join(parts) or "<p>No other thread uses Python.</p>"
    return page(f"Python in {name}: threads", _section("threads", "Threads", body))


def _section(identifier: str, heading: str, body: str) -> str:
    return (
        f'<section id="{identifier}" aria-labelledby="{identifier}-heading">\n'
        f'<h2 id="{identifier}-heading">{escape(heading)}</h2>\n{body}\n</section>'
    )


def _text(text: str, label: str) -> str:
    """Preformatted text; the keyboard must reach it in order to scroll it."""
    return f'<pre tabindex="0" role="region" aria-label="{escape(label)}">{escape(text)}</pre>'


def _table(label: str, columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> str:
    """A table of cells in HTML; the first cell of a row is its heading."""
    if not rows:
        return f"<p>{escape(empty)}</p>"
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    lines = [
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    ]
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="Table: {escape(label)}">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{chr(10).join(lines)}\n</tbody>\n</table>\n</div>"
    )


def _overview(data: Mapping[str, Any]) -> str:
    python = data["Python"]
    kind = "free-threaded, " if python["FreeThreaded"] else ""
    gil = "with the GIL" if python["GilEnabled"] else "without the GIL"
    facts = {
        "Plugin": f"{data['Plugin']['Version']} (SDK {data['Plugin']['Sdk']})",
        "Orthanc": data["Orthanc"]["Version"],
        "Python": f"{python['Version']} ({kind}{gil})",
        "Interpreter": python["Executable"],
        "Environment": python["Prefix"],
        "Memory of the process": _bytes(data["Memory"]["ResidentBytes"]),
        "Threads": f"{data['Threads']['OfOrthanc']} of Orthanc that have used Python, "
        f"{data['Threads']['OfScript']} of the scripts",
        "Wait for the GIL": f"{duration(data['GilWaitSeconds'])} in total, "
        f"{duration(data['LongestGilWaitSeconds'])} at most",
        "Change events": f"{data['Events']['Queued']} wait for the callback",
        "As of": data["Time"],
    }
    items = "".join(
        f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in facts.items()
    )
    sample = (
        f'data-memory="{data["Memory"]["ResidentBytes"]}" '
        f'data-queued="{data["Events"]["Queued"]}" data-loaded="{data["Loaded"]}"'
    )
    return _section("overview", "Overview", f"<dl {sample}>{items}</dl>")


def _findings(findings: Sequence[Mapping[str, str]]) -> str:
    rows = [
        f"<li>{escape(finding['Found'])} <em>{escape(finding['Remedy'])}</em></li>"
        for finding in findings
    ]
    body = f"<ul>{''.join(rows)}</ul>" if rows else "<p>No problems found.</p>"
    return _section("findings", "Findings", body)


def _scripts(scripts: Sequence[Mapping[str, Any]], reload: bool) -> str:
    states = {
        "loaded": "loaded",
        "changed": "changed since it was loaded",
        "deleted": "deleted since it was loaded",
    }
    rows = [
        [
            _code(script["File"]),
            states[script["State"]],
            escape(script["Loaded"]),
            duration(script["LoadSeconds"]),
        ]
        for script in scripts
    ]
    columns = ("Script", "State", "Loaded at", "Import took")
    body = _table("Scripts", columns, rows, "No script is loaded.")
    if reload:
        body += (
            f'\n<form method="post" action="{_HERE}reload"><button>Reload the scripts</button> '
            "Orthanc restarts its servers for this; running requests are completed.</form>"
        )
    return _section("scripts", "Scripts", body)


def _routes(routes: Sequence[Mapping[str, Any]]) -> str:
    rows = [_counted(_code(route["Expression"]), route) for route in routes]
    body = _table("Routes", ("Route", *_COUNTED), rows, "The scripts have no routes.")
    return _section("routes", "Routes", body)


def _callbacks(kinds: Sequence[Mapping[str, Any]], registered: Sequence[Mapping[str, str]]) -> str:
    rows = [_counted(escape(kind["Callback"]), kind) for kind in kinds]
    body = _table("Callbacks", ("Kind of callback", *_COUNTED), rows, "No callback was called yet.")
    body += (
        "\n<p>Times are without the wait for the GIL. A plot goes from 10 µs to 100 s, with a "
        "logarithmic scale: the bar ends at the mean, the line at the longest call.</p>"
    )
    if registered:
        places = [[escape(item["Callback"]), _code(item["Place"])] for item in registered]
        columns = ("Registered", "First registered at")
        body += "\n" + _table("Registered callbacks", columns, places, "")
    return _section("callbacks", "Callbacks", body)


_COUNTED = ("Calls", "Errors", "Mean", "Longest", "Duration")


def _counted(heading: str, row: Mapping[str, Any]) -> list[str]:
    calls, longest = row["Calls"], row["LongestSeconds"]
    mean = row["Seconds"] / calls if calls else 0.0
    spark = f'<svg class="history" width="60" height="{_HEIGHT}" hidden aria-hidden="true"></svg>'
    return [
        heading,
        f'<span class="calls">{calls}</span> {spark}',
        f'<span class="errors">{row["Errors"]}</span>' if row["Errors"] else "0",
        duration(mean) if calls else "",
        duration(longest) if calls else "",
        duration_plot(mean, longest) if calls else "",
    ]


def duration_plot(mean: float, longest: float) -> str:
    """A bar up to the mean and a line up to the longest duration, with a logarithmic scale."""
    bar, line = _position(mean), _position(max(mean, longest))
    middle = _HEIGHT // 2
    label = f"mean {duration(mean)}, longest {duration(longest)}"
    return (
        f'<svg class="durations" role="img" aria-label="{label}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f'<rect class="range" width="{_WIDTH}" height="{_HEIGHT}"/>'
        f'<rect class="mean" y="3" width="{bar}" height="{_HEIGHT - 6}"/>'
        f'<path class="longest" d="M0 {middle}H{line}M{line} 2V{_HEIGHT - 2}"/></svg>'
    )


def _position(seconds: float) -> float:
    limited = min(max(seconds, _SHORTEST), _LONGEST)
    part = math.log(limited / _SHORTEST) / math.log(_LONGEST / _SHORTEST)
    return round(1 + part * (_WIDTH - 2), 1)


def _jobs(jobs: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            _code(job["Type"]),
            escape(job["State"]),
            f"{escape(job['Progress'])} %",
            escape(job["Created"]),
            escape(job["Error"] if job["State"] == "Failure" else ""),
            _code(job["Id"]),
        ]
        for job in jobs
    ]
    columns = ("Type", "State", "Progress", "Created", "Error", "Identifier")
    empty = "No job of the scripts is known to Orthanc."
    return _section("jobs", "Jobs of the scripts", _table("Jobs", columns, rows, empty))


def _exceptions(exceptions: Mapping[str, Any]) -> str:
    parts = [f"<p>{exceptions['Total']} since the start of the process; the newest is first.</p>"]
    for error in exceptions["Last"]:
        times = f" ({error['Times']} times)" if error["Times"] > 1 else ""
        parts.append(
            f'<details id="exception-{error["Number"]}">'
            f"<summary>{escape(error['Time'])} {escape(error['Headline'])}{times}</summary>"
            f"{_text(error['Traceback'], 'Traceback')}</details>"
        )
    return _section("exceptions", "Exceptions", "\n".join(parts))


def _workers(workers: Sequence[Mapping[str, Any]]) -> str:
    rows = [[escape(worker["Name"]), escape(worker["Pid"])] for worker in workers]
    empty = "The scripts have no worker processes."
    return _section("workers", "Workers", _table("Workers", ("Process", "PID"), rows, empty))


def _code(text: object) -> str:
    return f"<code>{escape(text)}</code>"


def duration(seconds: float) -> str:
    """A duration with a unit that fits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}" if seconds < 1000 else f"{seconds:.0f} s"
    return f"{seconds * 1e6:.2g} µs"


def _bytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"
