# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Texts and plots of the status page, and the exceptions that are kept for it."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest

from .conftest import Runtime


class Parser(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[object] = []

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.seen.append((tag, attributes))

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def test_a_text_stays_a_text_in_elements_and_attributes(runtime: Runtime) -> None:
    text = "<script>alert(1)</script></p>\"' onclick=x &lt; --> ]]>"
    escaped = runtime("status_html").escape(text)
    parser = Parser()
    parser.feed(f'<p title="{escaped}">{escaped}')
    parser.close()
    assert parser.seen == [("p", [("title", text)]), text]


def test_no_control_character_remains(runtime: Runtime) -> None:
    everything = "".join(map(chr, range(0x110000)))
    escaped = runtime("status_html").escape(everything)
    escaped.encode("utf-8")  # no lone surrogates
    kinds = {unicodedata.category(character) for character in set(escaped) - {"\n", "\t"}}
    assert "Cc" not in kinds
    assert not {"LRO", "RLO", "LRE", "RLE", "LRI", "RLI", "FSI", "PDF", "PDI"} & {
        unicodedata.bidirectional(character) for character in set(escaped)
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a href='\"&", "&lt;a href=&#x27;&quot;&amp;"),
        ("\u202eltr\u2069", "\\u202eltr\\u2069"),
        ("\0\x1b\x7f\x9f", "\\u0000\\u001b\\u007f\\u009f"),
        ("\udc80\ud800", "\\udc80\\ud800"),
        ("a\n\tü 中 🙂", "a\n\tü 中 🙂"),
    ],
)
def test_characters_that_cannot_be_seen_are_spelled(
    runtime: Runtime, text: str, expected: str
) -> None:
    assert runtime("status_html").escape(text) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 µs"),
        (2.5e-7, "0.25 µs"),
        (0.0000123, "12.3 µs"),
        (0.0123, "12.3 ms"),
        (59.94, "59.9 s"),
        (12345.6, "12346 s"),
    ],
)
def test_durations_have_a_unit_that_fits(runtime: Runtime, seconds: float, expected: str) -> None:
    assert runtime("status_html").duration(seconds) == expected


def test_a_plot_of_durations_has_a_logarithmic_scale(runtime: Runtime) -> None:
    plot = runtime("status_html").duration_plot
    # 10 µs is at 1, 100 s at 139: seven decades
    assert 'class="mean" y="3" width="40.4"' in plot(0.001, 0.01)
    assert "H60.1M" in plot(0.001, 0.01)
    assert "H139" in plot(1, 1000)
    assert 'class="mean" y="3" width="1.0"' in plot(1e-9, 1e-9)


def test_the_last_exceptions_are_kept_and_repetitions_counted(runtime: Runtime) -> None:
    recent = runtime("recent_errors")
    traceback = runtime("tracebacks")
    for number in range(60):
        traceback.format_exception(ValueError(number), "Error in a test")
    for _ in range(3):
        traceback.format_exception(ValueError("x" * 100_000), "Error in a test")
    traceback.format_exception(ValueError("not reported"))
    newest, second, *others = recent.newest_first()
    assert newest["Times"] == 3
    assert len(newest["Traceback"]) < 21_000
    assert newest["Traceback"].startswith("Traceback (most recent call last):\nValueError: xxx")
    assert second["Traceback"].endswith("ValueError: 59")
    assert len(others) == 48
    assert recent.count() == 63


def test_nothing_is_kept_without_the_page(runtime: Runtime) -> None:
    runtime("tracebacks").format_exception(ValueError(), "Error in a test")
    assert runtime("recent_errors").newest_first() == []
